// Guards: what must be so for a condition to hold, read off its expression, so that most rules are never asked.
//
// `action.type == 'delete' && …` can only hold for deletes; `tool in ['a', 'b'] && …` only for those two;
// `args.text.contains('x') && …` only where that argument is a text with an x in it, or fails. A part of an `&&` that is
// false makes the whole false, whatever fails beside it, so this loses nothing. Where nothing can be read off, the guard
// lets everything through.
// Thread and cost: pure functions, for load time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/cel/cel.h"
#include "policy/match.h"
#include "policy/names.h"

namespace agentmesh::policy {

using KindSet = uint16_t;  // bit: Kind
inline constexpr KindSet kAllKinds = (1U << 9U) - 1;

// It may hold only if the argument is a text that fits one of these patterns, or is no text at all, or (with
// `missing`) is not there; with `anywhere` only if some text at any depth of the arguments fits.
struct ArgGuard {
  std::string name;
  std::vector<Pattern> texts;
  bool missing = false;
  bool any_text = false;  // or any text
  bool anywhere = false;  // `name` says nothing
};

struct Guard {
  KindSet kinds = kAllKinds;                      // values of action.type for which it may hold
  std::optional<std::vector<std::string>> tools;  // the only tools for which it may hold
  NameSet needs = 0;  // findings, paths, urls: it cannot hold while one of these is empty
  std::optional<ArgGuard> argument;  // of one argument
  // Operands of an && at the top, not all of them, that ask for the kind alone: they hold for every call of `kinds`.
  std::vector<uint32_t> settled;
};

Guard read_guard(const cel::Program& condition);

}  // namespace agentmesh::policy
