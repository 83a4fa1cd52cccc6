#include "policy/scan/sealed_values.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

constexpr std::string_view kTitle = "encryptedData";

bool is_base64(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return is_of(c, kBase64Byte) || c == '='; });
}

}  // namespace

bool is_sealed(std::string_view value) {
  for (const std::string_view form :
       {"ENC[AES256_GCM", "ENC[PKCS7,", "ENC[GPG,", "ENC[KMS,", "ENC(", "{cipher}", "vault:v1:"})
    if (value.starts_with(form)) return true;
  return false;
}

bool SealedBlocks::hold(size_t name, std::string_view value) {
  constexpr size_t kLeast = 64;
  if (value.size() < kLeast || !is_base64(value)) return false;
  while (end_ <= name) {
    const size_t title = text_.substr(0, name).find(kTitle, std::max(begin_, end_));
    if (title == std::string_view::npos) {
      begin_ = std::max(begin_, name > kTitle.size() ? name - kTitle.size() : 0);
      return false;
    }
    begin_ = title + kTitle.size();
    end_ = std::max(begin_, end_of_block(title));
  }
  return true;
}

// In braces to the one that closes, which base64 has not; in YAML to the first line that is not indented further.
size_t SealedBlocks::end_of_block(size_t title) const {
  size_t at = title + kTitle.size();
  while (at < text_.size() && std::string_view("\"': \t\r").find(text_[at]) < 6) ++at;
  if (at >= text_.size()) return at;
  if (text_[at] == '{') return std::min(text_.find('}', at), text_.size());
  if (text_[at] != '\n') return at;
  const auto indent = [this](size_t line) {
    const size_t first = std::min(text_.find_first_not_of(' ', line), text_.size());
    return first - line;
  };
  const size_t line = title == 0 ? 0 : text_.rfind('\n', title - 1) + 1;  // npos + 1 is 0
  const size_t outer = indent(line);
  while (at < text_.size()) {
    const size_t next = at + 1;
    const size_t inner = indent(next);
    const bool blank = next + inner >= text_.size() || text_[next + inner] == '\n';
    if (inner <= outer && !blank) return next;
    at = std::min(text_.find('\n', next), text_.size());
  }
  return at;
}

}  // namespace agentmesh::policy::scan
