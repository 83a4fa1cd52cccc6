#include "policy/scan/questions.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongest = 600;  // a longer one is no question

bool is_letter(char c) { return is_alpha(c) || static_cast<uint8_t>(c) >= 0x80; }

bool is_of_language(std::string_view word) {
  static constexpr SizedWords kWords(
      {"or",       "and",      "not",    "union",    "all",         "select", "from",   "where",
       "drop",     "table",    "delete", "insert",   "into",        "update", "set",    "values",
       "order",    "by",       "group",  "having",   "like",        "null",   "limit",  "exec",
       "sleep",    "waitfor",  "delay",  "database", "information", "schema", "users",  "user",
       "password", "username", "admin",  "cat",      "ls",          "rm",     "id",     "whoami",
       "curl",     "wget",     "bash",   "sh",       "nc",          "etc",    "passwd", "tmp"});
  return kWords.hold(word);
}

}  // namespace

bool asks_in_words(std::string_view text) {
  if (text.size() > kLongest) return false;
  const std::string lower = ascii_lower(text);
  size_t in_front = 0;
  size_t all = 0;
  bool marked = false;
  for (size_t at = 0; at < lower.size();) {
    const char c = lower[at];
    if (!is_letter(c)) {
      const bool inside = at > 0 && at + 1 < lower.size() && is_letter(lower[at - 1]) &&
                          is_letter(lower[at + 1]);  // what's, drop-down
      marked = marked || (!inside && std::string_view("'\"`;|&$#=()<>*-/\\").find(c) !=
                                         std::string_view::npos);
      ++at;
      continue;
    }
    size_t end = at;
    while (end < lower.size() && is_letter(lower[end])) ++end;
    const std::string_view word = std::string_view(lower).substr(at, end - at);
    if (word.size() >= 2 && !is_of_language(word)) {
      ++all;
      in_front += marked ? 0U : 1U;
    }
    at = end;
  }
  return in_front >= 2 && all >= 3;
}

}  // namespace agentmesh::policy::scan
