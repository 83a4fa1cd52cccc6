// Bent: a forged log that a test bends, and what verify says of it in codes.

#pragma once

#include <algorithm>
#include <set>
#include <string>

#include "tests/audit/forge.h"
#include "tests/audit/logs.h"

namespace agentmesh::audit::tests {

// A forged log of `records` decisions in three segments, signed at the end.
struct Bent {
  Scratch scratch;
  Forge forge;
  std::string dir = scratch.path() + "/log";
  VerifyOptions options;

  explicit Bent(size_t records = 12) {
    for (size_t i = 0; i < records; ++i) forge.add(decision());
    forge.segments = {5, 9};
    options.dir = dir;
    options.trusted = {forge.key.verifier};
    options.threads = 1;
  }
  Verdict verify_now() {
    forge.write(dir);
    return verify(options);
  }
  Verdict verdict() const { return verify(options); }
};

inline std::set<std::string> codes(const Verdict& verdict) {
  std::set<std::string> out;
  for (const Problem& p : verdict.problems) out.insert(p.code);
  return out;
}

using Codes = std::set<std::string>;
inline const Codes kNoCodes;

inline bool has_note(const Verdict& verdict, const std::string& code) {
  return std::any_of(verdict.notes.begin(), verdict.notes.end(),
                     [&](const Remark& n) { return n.code == code; });
}

}  // namespace agentmesh::audit::tests
