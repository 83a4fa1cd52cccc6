#include "policy/scan/pem_keys.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {

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
  if (body < 48) return std::nullopt;
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
