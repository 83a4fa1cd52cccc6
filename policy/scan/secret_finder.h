// Secret finder: credentials in a text as it stands, under no disguise. For secrets.cc alone.
//
// Cost: one pass for signs and one for long runs of letters and digits; values are read only where a prefix or a name leads to them.
// Where names or keys begin again and again inside what one of them holds (overlaps.h), a stretch is judged three times and then put
// down whole: high, whatever it is. Pure functions; an Effort is for one thread.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

// What was judged in a text and in what is under its disguises: in a text of nothing but names and keys that is most of the cost,
// and it would be paid for each disguise again.
class Effort {
 public:
  explicit Effort(size_t bytes) : most_(kFree + kMost * bytes / 4) {}

  // A key or a value of so many bytes was judged.
  void took(size_t bytes) { spent_ += kEach + bytes; }
  bool exhausted() const { return spent_ > most_; }

 private:
  static constexpr size_t kEach = 48;  // a name and what asks for it cost as much as so many bytes
  // Quarters for a byte. A file of nothing but settings that are secrets comes to 8.
  static constexpr size_t kMost = 9;
  static constexpr size_t kFree = 1024;

  size_t most_;
  size_t spent_ = 0;
};

// `first_run`: where the first run of base64 begins (base64_runs.h).
void find_standing_secrets(std::string_view text, size_t first_run, Effort& effort,
                           std::vector<Hit>& hits);

}  // namespace agentmesh::policy::scan
