// Logs as a test wants them: any records, chained, in any segments, signed by any keys at any sizes. What a log would be
// that somebody made on purpose.

#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/layout.h"
#include "audit/line.h"
#include "audit/note.h"
#include "audit/tree.h"
#include "base/files.h"
#include "tests/audit/scratch.h"

namespace agentmesh::audit::tests {

inline Signer key_number(uint8_t n, const std::string& origin = "test.example/log") {
  std::array<uint8_t, 32> seed{};
  seed.fill(n);
  return Signer::make(origin, seed);
}

class Forge {
 public:
  static constexpr const char* kWriter = "00112233aabbccdd";

  Forge() {
    Genesis genesis{"1.0.0", "main", key.verifier.name, key.verifier.text(), 65536, std::nullopt};
    Draft d;
    draft(genesis, Made{kWriter, std::nullopt, ts, mono}, d);
    add(d);
  }

  Signer key = key_number(1);
  int64_t ts = 1'795'000'000'000'000;
  int64_t mono = 1'000'000;
  std::map<std::string, uint64_t> wseq;  // by writer

  void add(Draft d) { drafts_.push_back(std::move(d)); }
  void add(const Record& record, const std::string& writer = kWriter) {
    Draft d;
    draft(record, Made{writer, wseq[writer]++, ts += 1000, mono += 1000}, nullptr, d);
    add(d);
  }
  // The line as given, with seq and prev put in: "…,\"prev\":\"\",…,\"seq\":,…".
  void add_raw(const std::string& text) {
    Draft d;
    d.text = text;
    d.prev_at = d.text.find("\"prev\":\"") + 8;
    d.text.insert(d.prev_at, 64, '0');
    d.seq_at = d.text.find("\"seq\":") + 6;
    add(d);
  }
  // Changes the text of a record that was added.
  void replace(size_t index, const std::string& from, const std::string& to) {
    Draft& d = drafts_[index];
    const size_t at = d.text.find(from);
    if (at == std::string::npos) throw std::runtime_error("nothing to replace: " + from);
    d.text.replace(at, from.size(), to);
    d.prev_at = d.text.find("\"prev\":\"") + 8;
    d.seq_at = d.text.find("\"seq\":") + 6;
  }
  size_t size() const { return drafts_.size(); }

  // Segments begin at these records, besides 0.
  std::vector<uint64_t> segments;
  struct Sign {
    uint64_t size;
    std::vector<const Signer*> signers;
  };
  std::vector<Sign> signs;
  // Called with each line before it is written (without LF; the leaf is of what comes back).
  std::function<std::string(uint64_t seq, const std::string& line)> bend;

  void sign(uint64_t size) { signs.push_back({size, {&key}}); }

  TreeHead head(uint64_t size) const { return {key.verifier.name, size, roots_.at(size)}; }
  const std::string& line(uint64_t seq) const { return lines_.at(seq); }

  void write(const std::string& dir) {
    (void)make_directories(dir + "/seg");
    Frontier tree;
    roots_ = {tree.root()};
    lines_.clear();
    Hash prev{};
    std::string segment;
    uint64_t first = 0;
    for (uint64_t seq = 0; seq < drafts_.size(); ++seq) {
      if (std::find(segments.begin(), segments.end(), seq) != segments.end()) {
        spill(dir + "/" + segment_file(first), segment);
        segment.clear();
        first = seq;
      }
      std::string line;
      prev = finish(drafts_[seq], seq, prev, line);
      line.pop_back();
      if (bend) {
        line = bend(seq, line);
        prev = hash_leaf(line);
      }
      tree.add(prev);
      roots_.push_back(tree.root());
      lines_.push_back(line);
      segment += line + "\n";
    }
    spill(dir + "/" + segment_file(first), segment);
    std::string history;
    std::string note;
    for (const Sign& each : signs) {
      note = sign_note(head(each.size).text(), each.signers);
      history += note;
    }
    spill(dir + "/checkpoints", history);
    spill(dir + "/checkpoint", note);
  }

 private:
  std::vector<Draft> drafts_;
  std::vector<Hash> roots_;
  std::vector<std::string> lines_;
};

}  // namespace agentmesh::audit::tests
