#include "policy/scan/secret_values.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/chosen_passwords.h"
#include "policy/scan/decode.h"
#include "policy/scan/encoded.h"
#include "policy/scan/made_up.h"
#include "policy/scan/names_in_code.h"
#include "policy/scan/public_values.h"
#include "policy/scan/sealed_values.h"
#include "policy/scan/secret_names.h"
#include "policy/scan/sixteen.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// Words that people put where a value will come; a provider's key may hold them by chance or as a sample, and stays one.
constexpr Phrases kWordsForSecrets(std::array<std::string_view, 17>{
    "changeme", "change-me", "change_me", "insert", "replace", "dummy", "my-token", "my_token",
    "abcdefgh", "12345678901234567890",
    // the id that documents of ids show
    "123e4567-e89b-12d3",
    // and those of keys
    "your", "placeholder", "redacted", "xxxx", "token-here", "key-here"});
constexpr Phrases kPlaceholders(std::array<std::string_view, 6>{"your", "placeholder", "redacted",
                                                                "xxxx", "token-here", "key-here"});
// Where a value comes from, in place of one.
constexpr Phrases kSources(std::array<std::string_view, 7>{"://", "${", "{{", "process.env",
                                                           "environ", "getenv", "secrets."});

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
  // Letters of one case and digits, nothing else: what base36 and hex are written with.
  bool narrow() const { return joints + others == 0 && (upper == 0 || lower == 0); }
  bool mixed() const {
    return (digits > 0 && upper + lower > 0) || (upper > 1 && lower > 1 && others > 0);
  }
};

size_t wide_bytes(std::string_view value) {
  return static_cast<size_t>(
      std::count_if(value.begin(), value.end(), [](char c) { return is_of(c, kWideByte); }));
}

bool is_uuid(std::string_view value) {
  return value.size() == 36 && value[8] == '-' && value[13] == '-' && value[18] == '-' &&
         value[23] == '-';
}

// 0123456789abcdef…, 1234567890…: at least every second byte is the one behind its neighbour.
bool is_counted(std::string_view value) {
  size_t steps = 0;
  for (size_t i = 1; i < value.size(); ++i) {
    const char c = value[i];
    const char before = value[i - 1];
    if (c == before + 1 || (before == '9' && (c == '0' || lower(c) == 'a'))) ++steps;
  }
  return steps * 2 >= value.size();
}

// Bits a byte that a random value of this size and these letters does not fall short of once in a hundred.
double least_entropy(std::string_view value, const Kinds& kinds) {
  if (!kinds.narrow() && !is_uuid(value)) return value.size() >= 24 ? 3.5 : 3.2;
  const bool hex =
      std::all_of(value.begin(), value.end(), [](char c) { return c == '-' || hex_digit(c) >= 0; });
  if (hex) return value.size() >= 32 ? 3.0 : 2.8;
  return value.size() >= 24 ? 3.3 : 3.0;
}

bool is_hex(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return hex_digit(c) >= 0; });
}

// The pairs of letters in a value, and how many of them English has.
struct Pairs {
  size_t all = 0;
  size_t common = 0;

  explicit Pairs(std::string_view letters) {
    // By the first letter, a bit for each second one: the pairs that are more than one in 800 of those in English prose.
    static constexpr std::array<uint32_t, 26> kCommon = {
        0x01EB94E, 0x0144910, 0x018CD91, 0x0004111, 0x0AEF83D, 0x01A4100, 0x0020190,
        0x008C111, 0x02E787F, 0x0000000, 0x0000010, 0x01C4911, 0x014C111, 0x11C415D,
        0x07EF82C, 0x11AC911, 0x0000000, 0x10E5115, 0x01EC190, 0x14E4191, 0x00E380A,
        0x0000110, 0x0000101, 0x0000001, 0x0024000, 0x0000000};
    for (size_t i = 1; i < letters.size(); ++i) {
      const char one = letters[i - 1];
      const char two = letters[i];
      if (!is_alpha(one) || !is_alpha(two)) continue;
      if (is_of(two, kUpperByte) && !is_of(one, kUpperByte)) continue;  // another word begins
      ++all;
      common += kCommon[static_cast<size_t>(lower(one) - 'a')] >> (lower(two) - 'a') & 1U;
    }
  }
  bool enough() const { return all >= 8; }
  // So many as one random value in a hundred has.
  bool wordy() const { return enough() && common * 20 > all * 12; }
};

// What is left open, and six of one kind in a row.
bool is_left_open(std::string_view value) {
  size_t run = 1;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    run = i > 0 && c == value[i - 1] ? run + 1 : 1;
    if (run >= 6 || (run >= 3 && (c == '.' || c == '*')) || c == '<' || c == '>') return true;
  }
  return false;
}

}  // namespace

bool is_login(std::string_view value) {
  if (value.size() < 12) return false;
  const std::string content = base64_content(value);
  const size_t colon = content.find(':');
  return colon != std::string::npos && colon > 0 &&
         std::all_of(content.begin(), content.end(), [](char c) { return c > ' ' && c <= '~'; }) &&
         is_password(std::string_view(content).substr(colon + 1));
}

namespace {

// What stands in a link to Azure's storage.
bool is_signature(std::string_view value) {
  if (value.find('%') == std::string_view::npos && !value.ends_with('=')) return false;
  const std::string text = percent_decode(value).text;
  return text.size() == 44 && text.back() == '=' && base64_content(text).size() == 32 &&
         entropy(text) > 4;
}

// In base64 as in a Secret of Kubernetes, the text is what counts: "cGFzc3dvcmQ=" is a word. "" if it is not of that kind.
std::string text_in_base64(std::string_view value) {
  if (value.size() % 4 != 0 || value.size() > 64) return {};
  std::string content = base64_content(value);
  const bool text = std::all_of(content.begin(), content.end(),
                                [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; });
  while (text && content.ends_with('\n')) content.pop_back();
  return text ? std::move(content) : std::string();
}

}  // namespace

bool is_password(std::string_view value) {
  static constexpr SizedWords kWords({"password", "passwd", "secret", "pass", "postgres", "user",
                                      "root", "example", "token", "changeme", "mypassword",
                                      "username", "mysecret", "api_token", "admin", "apitoken",
                                      "opensesame"});
  return value.size() >= 6 && !is_placeholder(value) &&
         value.find_first_of("${}()[]") == std::string_view::npos &&
         !kWords.hold(ascii_lower(value));
}

bool is_placeholder(std::string_view value) {
  return is_left_open(value) || kPlaceholders.in_any_case(value);
}

bool is_random(std::string_view value) {
  const auto kind = [](char c) {
    return is_digit(c) ? 0 : c >= 'a' && c <= 'z' ? 1 : c >= 'A' && c <= 'Z' ? 2 : 3;
  };
  size_t changes = 0;
  unsigned kinds = value.empty() ? 0U : 1U << static_cast<unsigned>(kind(value[0]));
  for (size_t i = 1; i < value.size(); ++i) {
    changes += kind(value[i]) != kind(value[i - 1]) ? 1U : 0U;
    kinds |= 1U << static_cast<unsigned>(kind(value[i]));
  }
  // Of digits and one case there are fewer changes to be had.
  const bool narrow = value.size() >= kLeastToken && (kinds == 0b011 || kinds == 0b101);
  return changes * (narrow ? 4 : 3) >= value.size();
}

bool is_wordless(std::string_view letters) {
  // Of names in source code two in a thousand have so few of them, of random letters 19 in 20.
  const Pairs pairs(letters);
  return pairs.enough() && pairs.common * 20 <= pairs.all * 9;
}

bool is_made_by_machine(std::string_view run) {
  return is_wordless(run) || (is_random(run) && (is_hex(run) || !Pairs(run).wordy()));
}

bool is_scrambled(std::string_view letters) {
  // By humps: capitals in a row, or small letters with the capital before them. A word has a vowel, and few other letters in a row.
  size_t odd = 0;
  size_t odd_small = 0;
  for (size_t at = 0; at < letters.size();) {
    size_t end = at;
    while (end < letters.size() && is_of(letters[end], kUpperByte)) ++end;
    const bool word = end < letters.size() && is_of(letters[end], kAlphaByte);
    if (word && end - at > 1) {
      --end;  // "HTTPServer"
    } else {
      while (end < letters.size() && is_of(letters[end], kAlphaByte) &&
             !is_of(letters[end], kUpperByte))
        ++end;
    }
    if (end == at) ++end;
    const std::string_view hump = letters.substr(at, end - at);
    size_t vowels = 0;
    size_t row = 0;
    size_t longest = 0;
    for (const char c : hump) {
      const bool vowel = std::string_view("aeiouyAEIOUY").find(c) != std::string_view::npos;
      vowels += vowel ? 1U : 0U;
      row = vowel ? 0 : row + 1;
      longest = std::max(longest, row);
    }
    if (hump.size() == 1 || vowels == 0 || longest > 5) {
      odd += hump.size();
      if (!is_of(hump.back(), kUpperByte)) odd_small += hump.size();
    }
    at = end;
  }
  return odd * 5 >= letters.size() * 2 && odd_small >= 2;
}

namespace {

// Letters that make no words, and a digit at most among them.
bool is_scrambled_value(std::string_view value, const Kinds& kinds, bool password) {
  if (kinds.joints + kinds.others != 0 || kinds.upper < 2 || kinds.lower < 2) return false;
  if (password) return kinds.digits == 0 && value.size() >= 12 && is_scrambled(value);
  return kinds.digits < 2 && value.size() >= 20 && (is_scrambled(value) || is_wordless(value));
}

// Two digits at least and few joints; of a shorter value, in an order that no hand puts them in.
bool is_made(std::string_view value, const Kinds& kinds) {
  return kinds.digits >= 2 && kinds.joints * 5 <= value.size() &&
         (value.size() >= 32 || is_random(value) || (kinds.narrow() && is_wordless(value)));
}

// The longest run of letters and digits.
std::string_view longest_run(std::string_view value) {
  std::string_view longest;
  for (size_t at = 0; at < value.size();) {
    const size_t end = end_of_alnums(value, at);
    if (end - at > longest.size()) longest = value.substr(at, end - at);
    at = end + 1;
  }
  return longest;
}

// What is looked up has words in it, and joints between them; a key has neither: "app.theme.dark.2024.v2", "x86_64_gcc12".
bool has_no_words(std::string_view value, const Kinds& kinds) {
  constexpr size_t kLeastRun = 20;
  const std::string_view run = longest_run(value);
  if (run.size() >= kLeastRun && is_made_by_machine(run)) return true;
  // base64 may have a joint anywhere, and keys that people type have one behind every fifth letter.
  return (kinds.joints + kinds.others) * 5 <= value.size() && is_random(value) &&
         is_wordless(value);
}

// Of a key that signs: GPG_KEY of an image, user.signingkey of git.
bool is_fingerprint(std::string_view name, std::string_view value) {
  if (value.starts_with("0x")) value.remove_prefix(2);
  if ((value.size() != 40 && value.size() != 16) || !is_hex(value) ||
      std::any_of(value.begin(), value.end(), [](char c) { return c >= 'a' && c <= 'f'; }))
    return false;
  const std::string of = ascii_lower(name);
  return of == "signingkey" || of == "user.signingkey" || has(of, "gpg_") || has(of, "pgp_") ||
         has(of, "yarn_");
}

}  // namespace

std::optional<Hit> secret_value(std::string_view text, std::string_view name, size_t begin,
                                size_t end, size_t least) {
  const std::string_view value = text.substr(begin, end - begin);
  if (value.size() < least) return std::nullopt;
  if (least == kLeastLogin)
    return is_login(value)
               ? std::optional(Hit{"secret.registry-login", Severity::kHigh, begin, end})
               : std::nullopt;
  if (least == kLeastSignature)
    return is_signature(value) ? std::optional(Hit{"secret.generic", Severity::kMedium, begin, end})
                               : std::nullopt;
  const bool password = least == kLeastPassword;
  // What costs least is asked first: in a text of nothing but names, each is followed by a value of the greatest length.
  if (value[0] == '$' || value[0] == '%' || value[0] == '/' || value[0] == '@' || value[0] == '?' ||
      value.substr(0, 3) == "eyJ" || value.substr(0, 4) == "urn:" || value.substr(0, 4) == "arn:" ||
      (is_uuid(value) && !is_setting_of_key(name)) ||
      (value.substr(0, 4) == "AIza" && value.size() >= 36) ||  // by its own form
      is_sealed(value))
    return std::nullopt;
  if (!password && has_code(value)) return std::nullopt;
  bool sure = true;
  const Kinds kinds(value);
  if (kinds.upper == 0 && std::count(value.begin(), value.end(), '/') > 1) return std::nullopt;
  const bool scrambled = is_scrambled_value(value, kinds, password);
  if (!kinds.mixed() && !scrambled) return std::nullopt;
  if (!password && !scrambled && !is_made(value, kinds)) return std::nullopt;
  if (least == kLeastKey && !has_no_words(value, kinds)) return std::nullopt;
  if (!password && is_for_everyone(value)) return std::nullopt;
  if (least == kLeastKey && is_print(value)) return std::nullopt;
  if (!password && is_fingerprint(name, value)) return std::nullopt;
  if (password) {
    if (wide_bytes(value) * 3 > value.size()) return std::nullopt;  // a sentence
    sure = entropy(value) >= 3.0 &&
           ((kinds.upper > 0 && kinds.lower > 0) || kinds.others > 0 || value.size() >= 16);
    if ((!sure && !is_chosen_password(value)) || is_call(value) ||
        (value.find('(') != std::string_view::npos && value.find(')') != std::string_view::npos))
      return std::nullopt;
  } else if (entropy(value) < least_entropy(value, kinds) || is_counted(value)) {
    return std::nullopt;
  }
  if (is_left_open(value) || kSources.in(value) || kWordsForSecrets.in_any_case(value))
    return std::nullopt;
  if (is_made_up(value)) {
    if (!password || !is_usual_choice(text, begin, end)) return std::nullopt;
    sure = false;
  }
  if (const std::string inside = text_in_base64(value);
      !inside.empty() && !(password && scrambled)) {
    const auto inner = secret_value(inside, "", 0, inside.size(), least);
    return inner ? std::optional(Hit{inner->id, inner->severity, begin, end}) : std::nullopt;
  }
  // What Django writes into a new project, and warns of where it is served.
  if (value.starts_with("django-insecure-"))
    return Hit{"secret.generic", Severity::kLow, begin, end};
  const bool aws = value.size() == 40 && has(ascii_lower(name), "aws");
  const bool azure = (name.size() == 10 || name.size() == 15) &&
                     (ascii_lower(name) == "accountkey" || ascii_lower(name) == "sharedaccesskey");
  if (aws) return Hit{"secret.aws-secret-key", Severity::kHigh, begin, end};
  if (azure) return Hit{"secret.azure-key", Severity::kHigh, begin, end};
  return Hit{password ? "secret.password" : "secret.generic",
             password && sure ? Severity::kHigh : Severity::kMedium, begin, end};
}

}  // namespace agentmesh::policy::scan
