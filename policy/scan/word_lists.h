// Word lists: whether a word is one of a few dozen. The first letter is looked at before the rest: a list of names is asked for every
// key of every call, and nearly always the answer is no.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

template <class Words>
bool is_among(const Words& words, std::string_view word) {
  for (const std::string_view each : words)
    if (each.size() == word.size() &&
        (word.empty() || (each.front() == word.front() && each == word)))
      return true;
  return false;
}

}  // namespace agentmesh::policy::scan
