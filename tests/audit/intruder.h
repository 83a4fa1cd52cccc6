// Intruder: somebody who can write to a log's files, can compute hashes, and has no key. Reads the lines, bends them, and
// puts them back as segments; with rechain() every link fits again.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/layout.h"
#include "audit/segment.h"
#include "audit/tree.h"
#include "base/bytes.h"
#include "tests/audit/scratch.h"
#include "tests/catch.h"

namespace agentmesh::audit::tests {

using Files = std::map<std::string, std::string>;  // bytes, by path

class Intruder {
 public:
  struct Line {
    std::string segment;  // its file, relative to the log's directory
    std::string text;     // without LF
  };

  explicit Intruder(const Files& log) {
    for (const auto& [name, bytes] : log)
      if (name.starts_with("seg/")) read(name, bytes);
  }
  explicit Intruder(const std::string& log_dir) : dir_(log_dir) {
    const auto segments = *list_segments(dir_);
    for (const uint64_t first : segments)
      read(segment_file(first), slurp(dir_ + "/" + segment_file(first)));
  }

  std::vector<Line>& lines() { return lines_; }
  uint64_t first_seq() const { return segment_first_seq(segments_.front().substr(4)).value_or(0); }

  // Record `seq`: the first `from` in it becomes `to`.
  void edit(uint64_t seq, const std::string& from, const std::string& to) {
    std::string& text = lines_.at(seq - first_seq()).text;
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }
  // A line with "\"prev\":\"\"" and "\"seq\":," to be filled in, behind all others.
  void append(std::string text) {
    text.insert(text.find("\"prev\":\"") + 8, 64, '0');
    text.insert(text.find("\"seq\":") + 6, "0");
    lines_.push_back({segments_.back(), std::move(text)});
    rechain();
  }
  // Numbers and links as they would be if the lines had been written like this. Segments keep their names.
  void rechain() {
    Hash before{};
    for (size_t i = 0; i < lines_.size(); ++i) {
      std::string& text = lines_[i].text;
      const size_t link = text.find("\"prev\":\"");
      if (link == std::string::npos) continue;
      if (i > 0) text.replace(link + 8, 64, to_hex(before));
      const size_t seq = text.find("\"seq\":", link) + 6;
      const size_t end = text.find_first_not_of("0123456789", seq);
      text.replace(seq, end - seq, std::to_string(first_seq() + i));
      before = hash_leaf(text);
    }
  }

  // The segments as they are now; one that has no line left is an empty file.
  Files segments() const {
    Files out;
    for (const std::string& name : segments_) out[name];
    for (const Line& line : lines_) out[line.segment].append(line.text).append("\n");
    return out;
  }
  void save() const {
    for (const auto& [name, bytes] : segments()) spill(dir_ + "/" + name, bytes);
  }

 private:
  void read(const std::string& name, const std::string& bytes) {
    segments_.push_back(name);
    for (size_t at = 0; at < bytes.size();) {
      const size_t lf = std::min(bytes.find('\n', at), bytes.size());
      lines_.push_back({name, bytes.substr(at, lf - at)});
      at = lf + 1;
    }
  }

  const std::string dir_;
  std::vector<std::string> segments_;
  std::vector<Line> lines_;
};

}  // namespace agentmesh::audit::tests
