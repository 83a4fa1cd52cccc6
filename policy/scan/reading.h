// Reading: a text and what is under its disguises (decode.h), for scanners that are handed one text after the other.
//
// Cost: each is made when first asked for, and kept. For one thread. The text must outlive it.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "policy/scan/base64_runs.h"
#include "policy/scan/decode.h"
#include "policy/scan/encoded.h"

namespace agentmesh::policy::scan {

class Reading {
 public:
  explicit Reading(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }
  bool plain() {
    if (!plain_) plain_ = is_plain(text_);
    return *plain_;
  }
  const Folded& folded() {
    if (!folded_) folded_ = fold(text_);
    return *folded_;
  }
  // The first run of letters as base64 has them (base64_runs.h); npos in most texts.
  size_t first_run() {
    if (!first_run_) first_run_ = find_base64_run(text_, 0);
    return *first_run_;
  }
  const std::vector<Encoded>& encoded() {
    if (!encoded_) encoded_ = find_encoded(text_, first_run());
    return *encoded_;
  }

 private:
  std::string_view text_;
  std::optional<bool> plain_;
  std::optional<size_t> first_run_;
  std::optional<Folded> folded_;
  std::optional<std::vector<Encoded>> encoded_;
};

}  // namespace agentmesh::policy::scan
