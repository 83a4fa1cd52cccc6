// Intruder: somebody who can write to a log's files, can compute hashes, and has no key. Reads the lines, bends them, and
// puts them back as segments; with rechain() every link fits again.

#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "audit/layout.h"
#include "audit/segment.h"
#include "audit/tree.h"
#include "base/bytes.h"
#include "tests/audit/scratch.h"
#include "tests/catch.h"

namespace agentmesh::audit::tests {

class Intruder {
 public:
  struct Line {
    size_t segment = 0;  // index in segments()
    std::string text;    // without LF
  };

  explicit Intruder(std::string log_dir) : dir_(std::move(log_dir)) {
    segments_ = *list_segments(dir_);
    for (size_t i = 0; i < segments_.size(); ++i) {
      const std::string bytes = slurp(dir_ + "/" + segment_file(segments_[i]));
      for (size_t at = 0; at < bytes.size();) {
        const size_t lf = std::min(bytes.find('\n', at), bytes.size());
        lines_.push_back({i, bytes.substr(at, lf - at)});
        at = lf + 1;
      }
    }
  }

  std::vector<Line>& lines() { return lines_; }
  const std::vector<uint64_t>& segments() const { return segments_; }

  // Record `seq`: the first `from` in it becomes `to`.
  void edit(uint64_t seq, const std::string& from, const std::string& to) {
    std::string& text = lines_.at(seq - segments_.front()).text;
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }
  // A line with "\"prev\":\"\"" and "\"seq\":," to be filled in by rechain(), behind all others.
  void append(std::string text) {
    text.insert(text.find("\"prev\":\"") + 8, 64, '0');
    text.insert(text.find("\"seq\":") + 6, "0");
    lines_.push_back({segments_.size() - 1, std::move(text)});
    rechain();
  }
  // Numbers and links as they would be if the lines had been written like this; segments keep their names.
  void rechain() {
    Hash prev{};
    for (size_t i = 0; i < lines_.size(); ++i) {
      std::string& text = lines_[i].text;
      const size_t link = text.find("\"prev\":\"");
      if (link == std::string::npos) continue;
      if (i > 0) text.replace(link + 8, 64, to_hex(prev));
      const size_t seq = text.find("\"seq\":", link) + 6;
      size_t end = seq;
      while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
      text.replace(seq, end - seq, std::to_string(segments_.front() + i));
      prev = hash_leaf(text);
    }
  }
  void save() const {
    std::vector<std::string> bytes(segments_.size());
    for (const Line& line : lines_) bytes[line.segment].append(line.text).append("\n");
    for (size_t i = 0; i < segments_.size(); ++i)
      spill(dir_ + "/" + segment_file(segments_[i]), bytes[i]);
  }

 private:
  const std::string dir_;
  std::vector<uint64_t> segments_;
  std::vector<Line> lines_;
};

}  // namespace agentmesh::audit::tests
