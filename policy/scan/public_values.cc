#include "policy/scan/public_values.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/json.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/encoded.h"

namespace agentmesh::policy::scan {
namespace {

// Mapbox, PostHog, Stripe, Supabase: what a page holds; whole, since anybody can put a prefix in front of a secret.
struct PublicForm {
  std::string_view prefix;
  size_t least;  // bytes behind it
  size_t most;
};
constexpr std::array<PublicForm, 4> kForEveryone = {
    {{"phc_", 40, 48}, {"pk_live_", 24, 128}, {"pk_test_", 24, 128}, {"sb_publishable_", 24, 64}}};

// Vite, Next.js, Nuxt, Create React App, Vue, Expo, Gatsby, Astro: their documents say that these end up in what is served.
constexpr std::array<std::string_view, 8> kBuiltIn = {"VITE_",      "NEXT_PUBLIC_", "NUXT_PUBLIC_",
                                                      "REACT_APP_", "VUE_APP_",     "EXPO_PUBLIC_",
                                                      "GATSBY_",    "PUBLIC_"};

// What was put there by mistake: NEXT_PUBLIC_SERVICE_ROLE_KEY.
constexpr std::array<std::string_view, 4> kForNobody = {"PRIVATE", "SECRET", "SERVICE", "ADMIN"};

template <class Prefixes>
bool begins_with_one_of(std::string_view text, const Prefixes& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [text](std::string_view prefix) { return text.starts_with(prefix); });
}

// Mapbox's token for pages: "pk.", a user's name as JSON, a signature.
bool is_page_token(std::string_view value) {
  constexpr std::string_view kPrefix = "pk.";
  if (!value.starts_with("pk.eyJ")) return false;
  const size_t dot = value.find('.', kPrefix.size());
  if (dot > 160 || value.size() - dot > 32) return false;  // also where there is none
  const std::string content = base64_content(value.substr(kPrefix.size(), dot - kPrefix.size()));
  json::Reader reader;
  return reader.read(content).fault == json::Fault::kNone &&
         !reader.root().find("u").string().empty() && !reader.root().find("a").string().empty();
}

}  // namespace

bool is_sample_token(std::string_view payload) {
  if (payload.size() > 160) return false;
  const std::string content = base64_content(payload);
  return has(content, "\"1234567890\"") && has(content, "John Doe");
}

bool is_anonymous_token(std::string_view payload) {
  if (payload.size() > 512) return false;
  const std::string content = base64_content(payload);
  json::Reader reader;
  const json::Report& report = reader.read(content);
  return report.fault == json::Fault::kNone && report.repeated_keys.empty() &&
         reader.root().find("role").string() == "anon";
}

bool is_public_key(std::string_view text, size_t begin, size_t end) {
  constexpr size_t kFar = 240;  // on either side
  const size_t from = begin > kFar ? begin - kFar : 0;
  const std::string_view around = text.substr(from, end + kFar - from);
  return has(around, "authDomain") && has(around, "projectId");
}

bool is_for_everyone(std::string_view value) {
  if (is_page_token(value)) return true;
  return std::any_of(kForEveryone.begin(), kForEveryone.end(), [value](const PublicForm& form) {
    if (!value.starts_with(form.prefix)) return false;
    const std::string_view rest = value.substr(form.prefix.size());
    return rest.size() >= form.least && rest.size() <= form.most &&
           std::all_of(rest.begin(), rest.end(),
                       [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
  });
}

bool is_print(std::string_view value) {
  constexpr std::string_view kSha = "SHA256:";
  constexpr std::string_view kMd5 = "MD5:";
  if (value.starts_with(kSha)) {
    std::string_view rest = value.substr(kSha.size());
    if (rest.ends_with('=')) rest.remove_suffix(1);
    return rest.size() == 43 && std::all_of(rest.begin(), rest.end(), [](char c) {
             return is_alnum(c) || c == '+' || c == '/';
           });
  }
  if (!value.starts_with(kMd5)) return false;
  const std::string_view hex = value.substr(kMd5.size());
  const size_t step = hex.size() == 47 ? 3 : hex.size() == 32 ? 2 : 0;
  if (step == 0) return false;
  for (size_t i = 0; i < hex.size(); ++i)
    if (i % step == 2 ? hex[i] != ':' : hex_digit(hex[i]) < 0) return false;
  return true;
}

bool is_name_for_browsers(std::string_view name) {
  return begins_with_one_of(name, kBuiltIn) &&
         std::none_of(kForNobody.begin(), kForNobody.end(),
                      [name](std::string_view word) { return has(name, word); });
}

}  // namespace agentmesh::policy::scan
