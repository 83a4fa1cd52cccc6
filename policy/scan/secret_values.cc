#include "policy/scan/secret_values.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/sixteen.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Words that people put where a value will come; a provider's key may hold them by chance or as a sample, and stays one.
constexpr Phrases kWordsForSecrets(std::array<std::string_view, 16>{
    "changeme", "change-me", "change_me", "insert", "replace", "dummy", "my-token", "my_token",
    "abcdefgh", "12345678901234567890",
    // and those of keys
    "your", "placeholder", "redacted", "xxxx", "token-here", "key-here"});
constexpr Phrases kPlaceholders(std::array<std::string_view, 6>{"your", "placeholder", "redacted",
                                                                "xxxx", "token-here", "key-here"});
// Tokens that name a place in a list or a request, and keys that are public.
constexpr Phrases kNoSecrets(std::array<std::string_view, 11>{
    "next", "page", "pagination", "continuation", "cursor", "sync", "idempotency", "clientrequest",
    "starting", "resume", "public"});
// Where a value comes from, in place of one.
constexpr Phrases kSources(std::array<std::string_view, 7>{"://", "${", "{{", "process.env",
                                                           "environ", "getenv", "secrets."});

// Signs of code that a key has not.
bool has_code(std::string_view value) {
  return find_of(value, 0, [](Sixteen bytes) {
           return bytes.is('$') | bytes.is('{') | bytes.is('}') | bytes.is('(') | bytes.is(')') |
                  bytes.is('[') | bytes.is(']') | bytes.is('<') | bytes.is('>') | bytes.is('|');
         }) != value.size();
}

// How many of a value's bytes are what.
struct Kinds {
  size_t digits = 0;
  size_t upper = 0;
  size_t lower = 0;
  size_t joints = 0;  // . _ -
  size_t others = 0;

  explicit Kinds(std::string_view value) {
    size_t at = 0;
    for (; at + 16 <= value.size(); at += 16) {
      const Sixteen bytes = Sixteen::at(value.data() + at);
      digits += count(bytes.within('0', '9'));
      upper += count(bytes.within('A', 'Z'));
      lower += count(bytes.within('a', 'z'));
      joints += count(bytes.is('.') | bytes.is('_') | bytes.is('-'));
    }
    for (const char c : value.substr(at)) {
      const unsigned classes = classes_of(c);
      digits += (classes & kDigitByte) != 0 ? 1U : 0U;
      upper += (classes & kUpperByte) != 0 ? 1U : 0U;
      lower += (classes & (kAlphaByte | kUpperByte)) == kAlphaByte ? 1U : 0U;
      joints += c == '.' || c == '_' || c == '-' ? 1U : 0U;
    }
    others = value.size() - digits - upper - lower - joints;
  }
  static size_t count(Sixteen bytes) {
    unsigned bits = bytes.bits();
    bits -= bits >> 1U & 0x5555U;
    bits = (bits & 0x3333U) + (bits >> 2U & 0x3333U);
    bits = (bits + (bits >> 4U)) & 0x0F0FU;
    return (bits + (bits >> 8U)) & 0x1FU;
  }
  bool mixed() const {
    return (digits > 0 && upper + lower > 0) || (upper > 1 && lower > 1 && others > 0);
  }
};

bool is_uuid(std::string_view value) {
  return value.size() == 36 && value[8] == '-' && value[13] == '-' && value[18] == '-' &&
         value[23] == '-';
}

// What is left open, and six of one kind in a row.
bool is_left_open(std::string_view value) {
  size_t run = 1;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    run = i > 0 && c == value[i - 1] ? run + 1 : 1;
    if (run >= 6 || (run >= 3 && c == '.') || c == '*' || c == '<' || c == '>') return true;
  }
  return false;
}

}  // namespace

bool is_placeholder(std::string_view value) {
  return is_left_open(value) || kPlaceholders.in_any_case(value);
}

bool is_random(std::string_view value) {
  const auto kind = [](char c) {
    return is_digit(c) ? 0 : c >= 'a' && c <= 'z' ? 1 : c >= 'A' && c <= 'Z' ? 2 : 3;
  };
  size_t changes = 0;
  for (size_t i = 1; i < value.size(); ++i)
    changes += kind(value[i]) != kind(value[i - 1]) ? 1U : 0U;
  return changes * 3 >= value.size();
}

std::optional<size_t> least_secret(std::string_view name) {
  static constexpr ByteSet kLasts([](uint8_t c) {  // of the words below
    return std::string_view("delnstyDELNSTY").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (name.size() < 3 || name.size() > 64) return std::nullopt;
  if (is_alnum(name.back()) && !kLasts.holds(name.back())) return std::nullopt;
  std::array<char, 64> letters{};
  size_t n = 0;
  for (const char c : name)
    if (is_alnum(c)) letters[n++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const std::string_view bare(letters.data(), n);
  static constexpr std::array<std::string_view, 5> kPasswords = {"password", "passwd", "passphrase",
                                                                 "pwd", "passcode"};
  static constexpr std::array<std::string_view, 14> kKeys = {
      "secret",        "apikey",        "accesskey",   "secretkey",  "privatekey",
      "signingkey",    "encryptionkey", "authkey",     "accountkey", "masterkey",
      "authorization", "credential",    "credentials", "accesskeyid"};
  if (bare.empty()) return std::nullopt;
  const auto ends = [bare](std::string_view tail) {
    return bare.back() == tail.back() && bare.ends_with(tail);
  };
  size_t least = 0;
  if (std::any_of(kPasswords.begin(), kPasswords.end(), ends)) least = 8;
  if (ends("token") || std::any_of(kKeys.begin(), kKeys.end(), ends)) least = 16;
  if (least == 0) return std::nullopt;
  if (kNoSecrets.in(bare)) return std::nullopt;
  return least;
}

std::optional<Hit> secret_value(std::string_view text, std::string_view name, size_t begin,
                                size_t end, size_t least) {
  const std::string_view value = text.substr(begin, end - begin);
  if (value.size() < least) return std::nullopt;
  // What costs least is asked first: in a text of nothing but names, each is followed by a value of the greatest length.
  if (value[0] == '$' || value[0] == '%' || value[0] == '/' || value[0] == '@' || value[0] == '?' ||
      value.substr(0, 3) == "eyJ" || value.substr(0, 4) == "urn:" || value.substr(0, 4) == "arn:" ||
      is_uuid(value))
    return std::nullopt;
  if (least != 8 && has_code(value)) return std::nullopt;
  const Kinds kinds(value);
  if (!kinds.mixed()) return std::nullopt;
  if (least != 8 && (kinds.digits < 2 || kinds.joints * 5 > value.size() ||
                     (value.size() < 32 && !is_random(value))))
    return std::nullopt;
  const double bits = entropy(value);
  if (least == 8) {
    const bool strong = bits >= 3.0 && ((kinds.upper > 0 && kinds.lower > 0) || kinds.others > 0 ||
                                        value.size() >= 16);
    if (!strong ||
        (value.find('(') != std::string_view::npos && value.find(')') != std::string_view::npos))
      return std::nullopt;
  } else if (bits < (value.size() >= 24 ? 3.5 : 3.2)) {
    return std::nullopt;
  }
  if (is_left_open(value) || kSources.in(value) || kWordsForSecrets.in_any_case(value))
    return std::nullopt;
  const bool aws = value.size() == 40 && has(ascii_lower(name), "aws");
  const bool azure = (name.size() == 10 || name.size() == 15) &&
                     (ascii_lower(name) == "accountkey" || ascii_lower(name) == "sharedaccesskey");
  if (aws) return Hit{"secret.aws-secret-key", Severity::kHigh, begin, end};
  if (azure) return Hit{"secret.azure-key", Severity::kHigh, begin, end};
  return Hit{least == 8 ? "secret.password" : "secret.generic",
             least == 8 ? Severity::kHigh : Severity::kMedium, begin, end};
}

}  // namespace agentmesh::policy::scan
