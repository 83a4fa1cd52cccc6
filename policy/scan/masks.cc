#include "policy/scan/masks.h"

#include "policy/scan/byte_classes.h"
#include "policy/scan/secret_kinds.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr std::string_view kMark = "[redacted:";
// What is masked and is no key of a provider (secret_kinds.h).
constexpr SizedWords kOthers({"secret.password",
                              "secret.generic",
                              "secret.link",
                              "secret.jwt",
                              "secret.private-key",
                              "secret.webhook-url",
                              "secret.telegram-token",
                              "secret.database-url",
                              "secret.url-password",
                              "secret.aws-secret-key",
                              "secret.azure-key",
                              "secret.seed-phrase",
                              "secret.password-hash",
                              "secret.registry-login",
                              "secret.mailchimp-key",
                              "pii.email",
                              "pii.phone",
                              "pii.iban",
                              "pii.card",
                              "pii.national-id"});

bool is_masked(std::string_view id) { return kOthers.hold(id) || is_secret_kind(id); }

}  // namespace

bool holds_mask(std::string_view text) {
  for (size_t at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark, at + 1)) {
    const size_t begin = at + kMark.size();
    size_t end = begin;
    while (end < text.size() && (is_of(text[end], kNameByte) || text[end] == '.')) ++end;
    const std::string_view id = text.substr(begin, end - begin);
    if (end < text.size() && text[end] == ' ')  // the second key of an object
      do ++end;
      while (end < text.size() && is_digit(text[end]));
    if (end < text.size() && text[end] == ']' && is_masked(id)) return true;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
