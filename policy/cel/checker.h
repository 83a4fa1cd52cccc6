// Checker: gives every name its slot, every call its function, every expression its type, and refuses what cannot work.
//
// What is dyn is checked when it is evaluated. Comparisons of a choice (type.h) with a literal are looked at here: older
// spellings are written out, impossible ones earn a warning.
// Failure: the first mistake, in the order of evaluation, with a hint where one is at hand.

#pragma once

#include <vector>

#include "policy/cel/ast.h"
#include "policy/cel/environment.h"
#include "policy/cel/remark.h"
#include "policy/cel/type.h"

namespace agentmesh::policy::cel {

struct Checked {
  Type type;  // of the whole expression
  std::vector<Remark> warnings;
};

// Whether types that cannot fit are refused, or only names, fields, functions and patterns.
enum class Checks : uint8_t { kTypes, kNames };

Parsed<Checked> check(Ast& ast, const Environment& environment, Checks checks);

}  // namespace agentmesh::policy::cel
