// SQL fragments: the words and signs of a short text as if it stood inside a statement, perhaps inside a literal there. For
// sql_injection.cc alone; sql_tokens.h reads whole statements.
//
// Cost: one pass, a small string a fragment, at most 2048 of them. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

enum class FragmentKind : uint8_t { kWord, kNumber, kQuote, kSign, kComment };

struct Fragment {
  FragmentKind kind = FragmentKind::kSign;
  std::string text;        // lower case; a quote as ', ", or `
  bool spaced = false;     // white space (or a comment) before it
  bool commented = false;  // a /* */ comment before it
};

using Fragments = std::span<const Fragment>;

std::vector<Fragment> sql_fragments(std::string_view text);

}  // namespace agentmesh::policy::scan
