// SQL fragments: the words and signs of a short text as if it stood inside a statement, perhaps inside a literal there. For
// sql_injection.cc alone; sql_tokens.h reads whole statements.
//
// Cost: one pass, a view a fragment, at most 2048 of them. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {

enum class FragmentKind : uint8_t { kWord, kNumber, kQuote, kSign, kComment };

struct Fragment {
  FragmentKind kind = FragmentKind::kSign;
  std::string_view text;   // a quote as ', ", or `
  bool spaced = false;     // white space (or a comment) before it
  bool commented = false;  // a /* */ comment before it
};

using Fragments = std::span<const Fragment>;

// `text` must be in lower case, and outlive them.
std::vector<Fragment> sql_fragments(std::string_view text);

// The fragment at `i`, an empty one behind the last.
inline Fragment fragment_at(Fragments fragments, size_t i) {
  return i < fragments.size() ? fragments[i] : Fragment();
}
inline bool one_of(const Fragment& fragment, std::initializer_list<std::string_view> words) {
  return is_among(words, fragment.text);
}
bool is_bool(const Fragment& fragment);
bool is_compare(const Fragment& fragment);
bool is_literal(const Fragment& fragment);

}  // namespace agentmesh::policy::scan
