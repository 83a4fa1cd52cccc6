// Name words: the words of a name as programs spell names: "pythonPath", "python_path", "HTTPGet", "read-file". Split at what is no
// letter and at case changes.
//
// Pure functions, any thread; nothing allocated for words up to 15 bytes.

#pragma once

#include <string>
#include <string_view>

#include "policy/scan/byte_classes.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {

// Whether `see` returns true for a word of `name`, in lower case; it is asked until it does.
template <class See>
bool any_word(std::string_view name, See see) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  std::string word;
  for (size_t i = 0; i <= name.size(); ++i) {
    const char c = i < name.size() ? name[i] : '_';
    const bool letter = is_upper(c) || is_lower(c);
    const bool before_lower = i + 1 < name.size() && is_lower(name[i + 1]);
    const bool hump =
        is_upper(c) && i > 0 && (is_lower(name[i - 1]) || (is_upper(name[i - 1]) && before_lower));
    if ((hump || !letter) && !word.empty()) {
      if (see(std::string_view(word))) return true;
      word.clear();
    }
    if (letter) word.push_back(lower(c));
  }
  return false;
}

// Whether one of `words`, in lower case, is a word of it.
template <class List>
bool has_word(std::string_view name, const List& words) {
  return any_word(name, [&words](std::string_view word) { return is_among(words, word); });
}

// In lower case, without what stands between its words: "toolArgs", "tool_args" and "tool-args" are one.
inline std::string bare_name(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '_' && c != '-') out += lower(c);
  return out;
}

}  // namespace agentmesh::policy::scan
