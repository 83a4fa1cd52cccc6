// Reads: which variables, fields and keys of data an expression looks at, and whether it made sure that they are there.
//
// `args.path.x` reads "args", "args.path" and "args.path.x". A key is guarded where has() on it (or 'key' in map) must
// have been true for the read to matter: has(args.x) && args.x == 1, !has(args.x) || …, has(args.x) ? args.x : ….
// What `all` and `exists` bind is not followed. Thread and cost: pure functions, for load time.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policy/cel/ast.h"

namespace agentmesh::policy::cel {

struct Read {
  enum class What : uint8_t {
    kName,   // a declared name: "args"
    kField,  // a field of fixed shape: "action.type"; always there
    kKey,    // a key of data: "args.path"; its absence is an evaluation error
  };
  What what = What::kName;
  std::string path;     // with dots, as if every key could be written so
  uint32_t offset = 0;  // of its last part, in the source
  bool guarded = true;  // only a kKey can be unguarded
};

// One expression of several that are asked together: (condition) && !(unless) is {condition}, {unless, negated}.
struct Clause {
  const Ast* ast = nullptr;
  bool negated = false;
};

// What clause `of` reads, in the order of the text, every path and offset once. The others' has() count as guards.
std::vector<Read> reads_of(const std::vector<Clause>& clauses, size_t of);

}  // namespace agentmesh::policy::cel
