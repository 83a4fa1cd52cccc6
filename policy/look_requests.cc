// What a server's request wants of the client or its person, besides its words (protocol, section 10): more of the
// conversation than it needs, tools of its own for the model, a person's secrets, a page to open.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "policy/look.h"
#include "policy/scan/urls.h"

namespace agentmesh::policy {

namespace {

using Words = std::vector<std::string>;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "apiKey", "API_KEY", "Your API key:" are the words api, key (and your). ASCII; other letters separate words.
Words words_of(std::string_view text) {
  Words words(1);
  char before = ' ';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool letter = is_upper(c) || is_lower(c) || is_digit(c);
    const bool next_lower = i + 1 < text.size() && is_lower(text[i + 1]);
    const bool begins =
        is_upper(c) && (is_lower(before) || is_digit(before) || (is_upper(before) && next_lower));
    if ((!letter || begins) && !words.back().empty()) words.emplace_back();
    if (letter) words.back() += is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
    before = c;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

constexpr std::array<std::string_view, 18> kAlone = {
    "password", "passwords", "passwd", "passphrase",  "passcode",  "pwd",
    "cvv",      "cvc",       "cvv2",   "ssn",         "mnemonic",  "credential",
    "apikey",   "otp",       "totp",   "credentials", "authtoken", "accesstoken"};
struct Pair {
  std::string_view first, second;
};
constexpr std::array<Pair, 32> kPairs = {
    {{"api", "key"},       {"api", "keys"},      {"access", "key"},    {"private", "key"},
     {"secret", "key"},    {"ssh", "key"},       {"signing", "key"},   {"encryption", "key"},
     {"access", "token"},  {"auth", "token"},    {"api", "token"},     {"bearer", "token"},
     {"refresh", "token"}, {"session", "token"}, {"security", "code"}, {"card", "number"},
     {"credit", "card"},   {"debit", "card"},    {"seed", "phrase"},   {"recovery", "phrase"},
     {"recovery", "code"}, {"backup", "code"},   {"client", "secret"}, {"shared", "secret"},
     {"app", "secret"},    {"pin", "code"},      {"pin", "number"},    {"social", "security"},
     {"one", "time"},      {"mfa", "code"},      {"2fa", "code"},      {"verification", "code"}}};
// A name that ends so asks for one, unless what stands before says otherwise.
constexpr std::array<std::string_view, 3> kLast = {"secret", "token", "pin"};
constexpr std::array<std::string_view, 8> kHarmlessBefore = {
    "page", "next", "csrf", "sync", "cursor", "continuation", "progress", "map"};

template <class List>
bool among(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool speaks_of_secrets(const Words& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (among(kAlone, words[i])) return true;
    if (i + 1 == words.size()) continue;
    for (const Pair& pair : kPairs)
      if (words[i] == pair.first && words[i + 1] == pair.second) return true;
  }
  return false;
}

// The name or title of a form's field.
bool names_a_secret(std::string_view name) {
  const Words words = words_of(name);
  if (words.empty()) return false;
  if (speaks_of_secrets(words)) return true;
  const bool harmless = words.size() > 1 && among(kHarmlessBefore, words[words.size() - 2]);
  return among(kLast, words.back()) && !harmless;
}

void look_at_form(json::View schema, Inspection& inspection, int depth) {
  if (depth == 0) return;
  const auto found = [&inspection](Severity severity, const std::string& field) {
    inspection.add("request.secret", severity,
                   [&] { return "params.requestedSchema.properties." + field; });
  };
  for (const json::View::Member& member : schema.find("properties").members()) {
    const std::string name = member.key.string();
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return is_upper(c) || is_lower(c) || is_digit(c) || c == '_' || c == '-';
    });
    const std::string shown = plain && name.size() <= 64 ? name : "*";
    if (names_a_secret(name) || names_a_secret(member.value.find("title").string()) ||
        member.value.find("format").string() == "password")
      found(Severity::kHigh, shown);
    else if (speaks_of_secrets(words_of(member.value.find("description").string())))
      found(Severity::kMedium, shown);
    look_at_form(member.value, inspection, depth - 1);
  }
}

void look_at_elicitation(Inspection& inspection) {
  constexpr int kDeepest = 8;  // forms are flat
  const json::View params = inspection.input().args;
  look_at_form(params.find("requestedSchema"), inspection, kDeepest);
  if (speaks_of_secrets(words_of(params.find("message").string())))
    inspection.add("request.secret", Severity::kMedium,
                   [] { return std::string("params.message"); });
  const json::View url = params.find("url");
  if (!url.is_string()) return;
  std::vector<scan::Hit> hits;
  scan::find_urls(url.string(), true, inspection.seen().urls, hits);
  for (const scan::Hit& hit : hits)
    inspection.add(hit.id, hit.severity, [] { return std::string("params.url"); });
}

void look_at_sampling(Inspection& inspection) {
  const json::View params = inspection.input().args;
  const json::View context = params.find("includeContext");
  if (context.present() && !context.is_null() && context.string() != "none")
    inspection.add("request.context",
                   context.string() == "thisServer" ? Severity::kLow : Severity::kMedium,
                   [] { return std::string("params.includeContext"); });
  if (const json::View tools = params.find("tools"); tools.present() && !tools.is_null())
    inspection.add("request.tools", Severity::kLow, [] { return std::string("params.tools"); });
}

}  // namespace

void look_at_what_is_asked(Inspection& inspection) {
  const std::string_view method = inspection.input().method;
  if (method == "elicitation/create") look_at_elicitation(inspection);
  if (method == "sampling/createMessage") look_at_sampling(inspection);
}

}  // namespace agentmesh::policy
