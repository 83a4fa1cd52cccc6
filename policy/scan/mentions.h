// Mentions: what is quoted and talked about, and so is nobody's order. For text.cc alone.
//
// A quotation is one where words of reports ("attack") stand before it, or where a few words are quoted in the middle of a
// sentence. Cost: a search of 600 bytes at a quotation mark. Not for two threads at once.

#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {

class Mentions {
 public:
  // A word of reports ends at `at`.
  void reported(size_t at) { report_end_ = at + kReported; }

  // A quotation mark stands at `at`.
  void quotation(std::string_view text, size_t at) {
    if (at < end_ || (at > 0 && is_of(text[at - 1], kWordByte))) return;
    const size_t close =
        text.substr(0, std::min(text.size(), at + kLongest)).find(text[at], at + 1);
    if (close == std::string_view::npos) return;
    const bool goes_on = close + 2 < text.size() && text[close + 1] == ' ' &&
                         text[close + 2] >= 'a' && text[close + 2] <= 'z';
    if (at < report_end_ || (goes_on && close - at <= kShort)) end_ = close;
  }

  // Whether a word that ends at `at` is of one.
  bool hold(size_t at) const { return at < end_; }

 private:
  static constexpr size_t kReported = 250;  // bytes behind a word of reports
  static constexpr size_t kLongest = 600;
  static constexpr size_t kShort = 48;

  size_t end_ = 0;
  size_t report_end_ = 0;
};

}  // namespace agentmesh::policy::scan
