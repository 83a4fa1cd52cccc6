// ResultText: what `result.text` holds: the texts of a result that a model or a person may read, wherever they stand.
//
// Of content blocks and embedded resources, contents, messages, structured content, older and unknown forms, errors: every
// string, in the order of the message, a line each. Not the protocol's own words (types, roles, ids, cursors), `_meta`, and
// the bytes of media.
// Cost: a few comparisons and a copy of each text. Thread: one.

#pragma once

#include <cstddef>
#include <string>

#include "policy/walk.h"

namespace agentmesh::policy {

class ResultText {
 public:
  // No more than `most` bytes are kept.
  ResultText(std::string& into, size_t most) : into_(into), most_(most) {}

  // The text that `walk` shows, if it is one of them.
  void add(const Walk& walk);
  // True if there were more.
  bool cut() const { return cut_; }

 private:
  std::string& into_;
  size_t most_;
  bool cut_ = false;
};

}  // namespace agentmesh::policy
