#include "policy/scan/secret_links.h"

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

constexpr ByteSet kAroundLink([](uint8_t c) {
  return c <= ' ' ||
         std::string_view("\"'`<>()[]{}|\\").find(static_cast<char>(c)) != std::string_view::npos;
});

}  // namespace

bool LinkQueries::hold(size_t name) {
  if (name == 0 || (text_[name - 1] != '?' && text_[name - 1] != '&')) return false;
  for (; read_ < name; ++read_) {
    if (kAroundLink.holds(text_[read_])) in_link_ = false;
    if (text_[read_] != ':' || text_.substr(read_, 3) != "://") continue;
    const std::string_view before = text_.substr(0, read_);
    in_link_ = in_link_ || before.ends_with("http") || before.ends_with("https");
  }
  return in_link_;
}

bool LinkQueries::sign_with(size_t at) {
  constexpr size_t kLongestName = 24;
  if (at < 2 || text_[at - 1] != '=') return false;
  size_t begin = at - 1;
  while (begin > 0 && at - begin < kLongestName && is_of(text_[begin - 1], kNameByte)) --begin;
  const std::string_view name = text_.substr(begin, at - 1 - begin);
  return (name == "X-Amz-Credential" || name == "AWSAccessKeyId") && hold(begin);
}

bool is_signature_of_link(std::string_view name) {
  return name == "X-Amz-Signature" || name == "X-Goog-Signature";
}

}  // namespace agentmesh::policy::scan
