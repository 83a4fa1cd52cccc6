// Damages: every kind of harm that is done to a log in the campaign, at random places, and what verify owes to each.

#pragma once

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "tests/audit/shapes.h"

namespace agentmesh::audit::tests {

enum class Expect {
  kNoticed,  // exit is not 0
  kStrict,   // exit is not 0 with --strict
  kLimit,    // verify may have nothing to say
};

struct Case {
  Case(const Shape& s, std::mt19937& r) : shape(s), random(r), files(s.files) {}

  const Shape& shape;
  std::mt19937& random;
  Files files;
  bool by_key_holder = false;  // then only an anchor proves anything
  std::function<void(const std::string&)>
      after;  // done to the state directory when the files are there

  size_t below(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); }
  template <class T>
  const T& any(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  std::string& log(const std::string& name) { return files.at(kLog + name); }
  std::vector<std::string> named(const std::string& begin) const {
    std::vector<std::string> out;
    for (const auto& [name, bytes] : files)
      if (name.starts_with(begin) && !bytes.empty()) out.push_back(name);
    return out;
  }
  std::vector<std::string> segments() const { return named(std::string(kLog) + "seg/"); }

  // Lines: a place among them, and the segments put back.
  Intruder lines() const { return Intruder(log_files(files)); }
  void put(const Intruder& intruder) {
    for (const auto& [name, bytes] : intruder.segments()) files[kLog + name] = bytes;
  }
  Expect of_record(uint64_t index) const {
    return shape.first_seq + index < shape.signed_size ? Expect::kNoticed : Expect::kLimit;
  }
  std::vector<std::string> notes() const {
    const std::string& history = files.at(std::string(kLog) + "checkpoints");
    std::vector<std::string> out;
    for (const HistoryEntry& entry : split_history(history, "").entries)
      out.push_back(history.substr(entry.offset, entry.bytes));
    return out;
  }
  void put_notes(const std::vector<std::string>& notes) {
    log("checkpoints").clear();
    for (const std::string& note : notes) log("checkpoints") += note;
  }
};

using Answer = std::optional<Expect>;  // nothing: this damage is none for this log

struct Damage {
  const char* name;
  std::function<Answer(Case&)> apply;
};

// All of them: those of damages_lines.cc and of damages_files.cc.
const std::vector<Damage>& damages();
std::vector<Damage> damages_of_lines();
std::vector<Damage> damages_of_files();

void flip(std::string& bytes, size_t at, int bit);
// Which record of the whole log has this byte of a segment.
uint64_t record_at(const Case& c, const std::string& file, size_t offset);
// A tile is evidence where it stands for lines that were pruned.
Expect of_tile(const Case& c, const std::string& file, size_t offset);
// A key that is not the log's, of any origin.
const Signer& stranger(const std::string& origin);

// One more harm to any of the files, whatever it is by now.
void harm_anything(Case& c);

}  // namespace agentmesh::audit::tests
