// What the tests of the scanners share.

#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

inline bool has(const std::vector<Hit>& hits, std::string_view id) {
  return std::any_of(hits.begin(), hits.end(), [&](const Hit& hit) { return hit.id == id; });
}

// The severity of the hit with this id, as a digit; "-" if there is none.
inline std::string severity_of(const std::vector<Hit>& hits, std::string_view id) {
  for (const Hit& hit : hits)
    if (hit.id == id) return std::to_string(static_cast<int>(hit.severity));
  return "-";
}

inline std::string ids(const std::vector<Hit>& hits) {
  std::string out;
  for (const Hit& hit : hits) out += (out.empty() ? "" : " ") + std::string(hit.id);
  return out;
}

inline std::string repeated(std::string_view unit, size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += unit;
  return out;
}

// Units that, repeated, have made scanners slow or run out of their text.
inline const std::vector<std::string>& hostile_units() {
  static const std::vector<std::string> kUnits = {"'",
                                                  "\"",
                                                  "`",
                                                  "(",
                                                  "$(",
                                                  "<(",
                                                  "[",
                                                  "{a,",
                                                  "%",
                                                  "%25",
                                                  "%c0",
                                                  "&#",
                                                  "&",
                                                  "/*",
                                                  "*/",
                                                  "--",
                                                  "@",
                                                  "a@a.",
                                                  "://",
                                                  "http://",
                                                  "[::",
                                                  "=a",
                                                  "token=",
                                                  "password: ",
                                                  "\\n1",
                                                  "%3Dpassword=a1 ",
                                                  ";1",
                                                  "\\x1b[1mAKIA",
                                                  "-----BEGIN PRIVATE KEY-----",
                                                  "eyJ.",
                                                  "AAAA/",
                                                  "1 ",
                                                  "+1",
                                                  "GB",
                                                  "select ",
                                                  "(delete from a ",
                                                  "; drop table ",
                                                  "$$",
                                                  "$a$",
                                                  "q'[",
                                                  "ignore ",
                                                  "do not tell the user ",
                                                  "\xE2\x80\x8B",
                                                  "\xF3\xA0\x81\x81",
                                                  "\xE2\x80\xAE",
                                                  "\x1B[",
                                                  "\xC0",
                                                  "\xFF",
                                                  "../",
                                                  "..",
                                                  "\\",
                                                  "~",
                                                  "x=$x$x;",
                                                  "<<E\n",
                                                  "a|",
                                                  "忽略",
                                                  "\n",
                                                  std::string(1, '\0')};
  return kUnits;
}

}  // namespace agentmesh::policy::scan
