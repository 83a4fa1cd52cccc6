#include "policy/scan/secret_forms.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/secret_kinds.h"
#include "policy/scan/secret_values.h"

namespace agentmesh::policy::scan {
namespace {

// Where bytes of `alphabet` end that begin at `at`, at most `most` of them and one.
size_t end_of(std::string_view text, size_t at, Alphabet alphabet, size_t most) {
  const size_t begin = at;
  while (at < text.size() && at - begin <= most && is_in(alphabet, text[at])) ++at;
  return at;
}

Hit high(std::string_view id, size_t begin, size_t end) {
  return {id, Severity::kHigh, begin, end};
}

}  // namespace

bool has_long_word(std::string_view run) {
  constexpr size_t kLeast = 20;
  for (size_t at = 0; at + kLeast <= run.size();) {
    const size_t end = end_of_alnums(run, at);
    if (end - at >= kLeast) return true;
    at = end + 1;
  }
  return false;
}

std::optional<Hit> web_hook(std::string_view text, size_t at) {
  constexpr size_t kLeast = 30;
  for (const std::string_view prefix :
       {"hooks.slack.com/services/T", "discord.com/api/webhooks/", "discordapp.com/api/webhooks/",
        "webhook.office.com/webhookb2/", "mcp.zapier.com/api/mcp/s/"}) {
    if (text.substr(at, prefix.size()) != prefix) continue;
    size_t end = at + prefix.size();
    while (end < text.size() &&
           (is_of(text[end], kNameByte) || text[end] == '/' || text[end] == '@'))
      ++end;
    if (end - at - prefix.size() < kLeast || is_placeholder(text.substr(at, end - at)))
      return std::nullopt;
    const size_t scheme = at >= 8 && text.substr(at - 8, 8) == "https://" ? at - 8 : at;
    return high("secret.webhook-url", scheme, end);
  }
  return std::nullopt;
}

std::optional<Hit> telegram_token(std::string_view text, size_t at) {
  size_t colon = at;
  while (colon < text.size() && colon - at < 11 && is_digit(text[colon])) ++colon;
  if (colon - at < 8 || colon - at > 10 || text.substr(colon, 3) != ":AA") return std::nullopt;
  const size_t end = end_of(text, colon + 1, Alphabet::kDash, 40);
  if (end - colon - 1 < 32 || end - colon - 1 > 40) return std::nullopt;
  return high("secret.telegram-token", at, end);
}

std::optional<Hit> google_token(std::string_view text, size_t at) {
  constexpr std::string_view kPrefix = "1//0";
  constexpr size_t kMost = 160;
  if (text.substr(at, kPrefix.size()) != kPrefix) return std::nullopt;
  const size_t begin = at + kPrefix.size();
  const size_t end = end_of(text, begin, Alphabet::kDash, kMost);
  if (end - begin < 40 || end - begin > kMost || !is_of_all_kinds(text.substr(begin, end - begin)))
    return std::nullopt;
  return high("secret.google-oauth", at, end);
}

std::optional<Hit> azure_key(std::string_view text, size_t at, size_t end) {
  constexpr size_t kBeforeMark = 5;  // of an application's, abc8Q~…
  constexpr size_t kDevOps = 84;     // …AZDOabcd
  const size_t size = end - at;
  if (size == kDevOps && text.substr(end - 8, 4) == "AZDO")
    return high("secret.azure-key", at, end);
  if (size != kBeforeMark || text.substr(end - 1, 2) != "Q~" || !is_digit(text[end - 2]))
    return std::nullopt;
  size_t last = end + 1;
  while (last < text.size() && last - at <= 41 &&
         (is_in(Alphabet::kDot, text[last]) || text[last] == '~'))
    ++last;
  if (last - at < 37 || last - at > 40) return std::nullopt;
  return high("secret.azure-key", at, last);
}

std::optional<Hit> mailchimp_key(std::string_view text, size_t dash) {
  constexpr size_t kSize = 32;
  constexpr size_t kFar = 120;  // on either side
  if (dash < kSize || dash + 3 >= text.size() || text.substr(dash, 3) != "-us" ||
      !is_digit(text[dash + 3]))
    return std::nullopt;
  const size_t begin = dash - kSize;
  if (begin > 0 && is_alnum(text[begin - 1])) return std::nullopt;
  const std::string_view value = text.substr(begin, kSize);
  if (!std::all_of(value.begin(), value.end(), [](char c) { return is_in(Alphabet::kHex, c); }) ||
      is_placeholder(value) || entropy(value) < 2.8)
    return std::nullopt;
  size_t end = dash + 3;
  while (end < text.size() && end - dash < 5 && is_digit(text[end])) ++end;
  // A sum with a zone behind it has the same form.
  const size_t from = begin > kFar ? begin - kFar : 0;
  if (has(ascii_lower(text.substr(from, end + kFar - from)), "chimp"))
    return high("secret.mailchimp-key", begin, end);
  const bool value_alone =
      begin == 0 || std::string_view("\"'`=").find(text[begin - 1]) != std::string_view::npos;
  if (!value_alone) return std::nullopt;
  return Hit{"secret.mailchimp-key", Severity::kMedium, begin, end};
}

}  // namespace agentmesh::policy::scan
