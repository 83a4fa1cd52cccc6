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

constexpr std::array<std::string_view, 7> kForEveryone = {
    "pk.eyJ", "SHA256:", "MD5:", "phc_", "pk_live_", "pk_test_", "sb_publishable_"};

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

bool is_for_everyone(std::string_view value) { return begins_with_one_of(value, kForEveryone); }

bool is_name_for_browsers(std::string_view name) {
  return begins_with_one_of(name, kBuiltIn) &&
         std::none_of(kForNobody.begin(), kForNobody.end(),
                      [name](std::string_view word) { return has(name, word); });
}

}  // namespace agentmesh::policy::scan
