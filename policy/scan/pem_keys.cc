#include "policy/scan/pem_keys.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/secret_kinds.h"
#include "policy/scan/secret_values.h"

namespace agentmesh::policy::scan {
namespace {

// Letters and digits from which on a body is a key, those of its last line included.
constexpr size_t kWhole = 48;

// Where the base64 of a body begins: behind ends of lines, also such as code spells and joins.
size_t behind_line_ends(std::string_view text, size_t at) {
  for (; at < text.size(); ++at) {
    const char next = at + 1 < text.size() ? text[at + 1] : ' ';
    if (text[at] == '\\' && (next == 'n' || next == 'r'))
      ++at;
    else if (text[at] == '+' ? next != ' ' && next != '\n'
                             : std::string_view(" \t\r\n\\\"'").find(text[at]) > 6)
      break;
  }
  return at;
}

// What the base64 of a key begins with: a SEQUENCE and its version (PKCS#1, PKCS#8, SEC 1), or OpenSSH's name for its own.
bool begins_as_key(std::string_view run) {
  for (const std::string_view start : {"MII", "MIG", "MC4CAQ", "MHcCAQ", "b3BlbnNzaC1rZXkt"})
    if (run.starts_with(start)) return true;
  return false;
}

// A body that was cut short, as in a fixture. Not "MIIE...": all keys of a length have the first sixteen letters in common.
bool is_short_key(std::string_view body) {
  constexpr size_t kLeast = 20;
  if (has(body, "...") || has(body, "\xE2\x80\xA6")) return false;
  const size_t begin = behind_line_ends(body, 0);
  size_t end = begin;
  while (end < body.size() && is_in(Alphabet::kBase64, body[end])) ++end;
  const std::string_view run = body.substr(begin, end - begin);
  if (run.size() < kLeast || is_placeholder(run)) return false;
  return begins_as_key(run) || (is_of_all_kinds(run) && is_made_by_machine(run));
}

}  // namespace

std::optional<Hit> PemKeys::at(size_t at) {
  const size_t label = text_.substr(0, at + 64).find("PRIVATE KEY", at);
  if (label == std::string_view::npos || label - at > 40) return std::nullopt;
  const size_t close = text_.substr(0, label + 40).find("-----", label);
  if (close == std::string_view::npos || close - label > 24) return std::nullopt;
  size_t end = end_line(close + 5, close + 16384);
  if (end == std::string_view::npos) {
    end = std::min(close + 5 + 4096, text_.size());
  } else {
    const size_t dashes = text_.substr(0, end + 128).find("-----", end + 9);
    end = dashes == std::string_view::npos ? end : std::min(dashes + 5, text_.size());
  }
  size_t body = 0;
  for (const char c : text_.substr(close + 5, end - close - 5)) body += is_alnum(c) ? 1U : 0U;
  if (body < kWhole) {
    if (!is_short_key(text_.substr(close + 5, end - close - 5))) return std::nullopt;
    return Hit{"secret.private-key", Severity::kMedium, at, end};
  }
  return Hit{"secret.private-key", Severity::kCritical, at, end};
}

// The next "-----END " of [from, until); npos if there is none.
size_t PemKeys::end_line(size_t from, size_t until) {
  const size_t found = text_.substr(0, until).find("-----END ", std::max(from, no_end_before_));
  const size_t searched = found != std::string_view::npos ? found : std::min(until, text_.size());
  no_end_before_ = std::max(no_end_before_, searched > 8 ? searched - 8 : 0);
  return found;
}

}  // namespace agentmesh::policy::scan
