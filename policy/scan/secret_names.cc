#include "policy/scan/secret_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/public_values.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestName = 64;

constexpr std::array<std::string_view, 14> kPasswords = {
    "password",   "passwd",     "passphrase", "pwd",      "passcode", "passwort", "kennwort",
    "wachtwoord", "contrasena", "motdepasse", "losenord", "senha",    "heslo",    "adgangskode"};
constexpr std::array<std::string_view, 18> kKeys = {
    "secret",        "apikey",      "accesskey",  "secretkey", "privatekey",    "signingkey",
    "encryptionkey", "authkey",     "accountkey", "masterkey", "authorization", "credential",
    "credentials",   "accesskeyid", "sharedkey",  "hmackey",   "functionskey",  "subscriptionkey"};
// In front of "token": a place in a list, or a request that is made once.
constexpr std::array<std::string_view, 17> kPlaceTokens = {
    "next",    "page",     "nextpage",    "paging",        "pagination", "continuation",
    "skip",    "cursor",   "sync",        "delta",         "starting",   "resume",
    "forward", "backward", "idempotency", "clientrequest", "publickey"};
// In front of "key", where no word says that it opens anything: what is looked up by it, or shown to everyone.
constexpr SizedWords kPlainKeys({"primary", "foreign", "sort",        "partition", "cache",
                                 "commit",  "object",  "idempotency", "public",    "pub",
                                 "anon",    "site",    "publishable", "issue",     "dedupe",
                                 "dedup",   "hash",    "lookup",      "index",     "row",
                                 "record",  "range",   "unique",      "group",     "routing",
                                 "feature", "job",     "translation"});
// The same of more than one word, or with a digit.
constexpr std::array<std::string_view, 5> kPlainKeysJoined = {"s3", "i18n", "featureflag",
                                                              "localstorage", "sessionstorage"};
// In front of "key" and "apikey": what a page searches with, which everyone may see.
constexpr std::array<std::string_view, 2> kSearchKeys = {"algoliasearch", "docsearch"};
// Behind a name: which one of several it is, where it is used, how it is written.
constexpr SizedWords kSuffixes({"prod", "production", "dev", "development", "test", "testing",
                                "staging", "stage", "live", "local", "base", "value", "hex", "old",
                                "new", "backup"});
// Right before "pass", with nothing between: whose it is. "bypass" and "compass" are words.
constexpr SizedWords kWhosePass({"db", "user", "admin", "root", "smtp", "mysql", "ftp", "mail",
                                 "redis", "ldap"});

// Of the words above, and of digits.
constexpr ByteSet kLasts([](uint8_t c) {
  return std::string_view("adeghlnopstvwxyADEGHLNOPSTVWXY0123456789").find(static_cast<char>(c)) !=
         std::string_view::npos;
});

bool is_upper(char c) { return is_of(c, kUpperByte); }

// The last word of a name, all letters or all digits: "page" of next_page, nextPage, NEXT_PAGE.
std::string_view last_word(std::string_view name) {
  size_t begin = name.size();
  if (begin == 0) return {};
  if (is_digit(name.back())) {
    while (begin > 0 && is_digit(name[begin - 1])) --begin;
    return name.substr(begin);
  }
  const bool capitals = is_upper(name.back());
  while (begin > 0 && is_alpha(name[begin - 1]) && !(capitals && !is_upper(name[begin - 1]))) {
    --begin;
    if (!capitals && is_upper(name[begin])) break;
  }
  return name.substr(begin);
}

std::string_view without_joints(std::string_view name) {
  while (!name.empty() && !is_alnum(name.back())) name.remove_suffix(1);
  return name;
}

// Without its last word; "" if it has no other.
std::string_view without_last(std::string_view name) {
  return without_joints(name.substr(0, name.size() - last_word(name).size()));
}

// API_KEY_2, REFRESH_TOKEN_V2, key_base64, apiKeyProd
std::string_view without_suffix(std::string_view name) {
  constexpr size_t kLongestNumber = 4;
  name = without_joints(name);
  const std::string_view last = last_word(name);
  if (last.empty() || last.size() == name.size()) return name;
  std::string_view rest = name.substr(0, name.size() - last.size());
  if (is_digit(last[0])) {
    if (last.size() > kLongestNumber) return name;
    const std::string before = ascii_lower(last_word(rest));
    if (before == "v" || (last == "64" && (before == "base" || before == "b")))
      rest.remove_suffix(before.size());
  } else if (!kSuffixes.hold(ascii_lower(last))) {
    return name;
  }
  rest = without_joints(rest);
  return rest.size() < 3 ? name : rest;
}

// A name's letters and digits, small, and where its words begin.
struct Bare {
  std::array<char, kLongestName> letters{};
  std::array<bool, kLongestName> begins{};
  size_t size = 0;

  explicit Bare(std::string_view name) {
    for (size_t i = 0; i < name.size() && size < kLongestName; ++i) {
      if (!is_alnum(name[i])) continue;
      const char before = i == 0 ? '_' : name[i - 1];
      const char next = i + 1 < name.size() ? name[i + 1] : '_';
      begins[size] = !is_alnum(before) || (is_upper(name[i]) && !is_upper(before)) ||
                     (is_upper(name[i]) && is_alpha(next) && !is_upper(next));
      letters[size++] = lower(name[i]);
    }
  }
  std::string_view text() const { return {letters.data(), size}; }
  bool ends(std::string_view tail) const {
    return size >= tail.size() && letters[size - 1] == tail.back() && text().ends_with(tail);
  }
  // True if `tail` is the last of its words, or all of them.
  bool ends_in_words(std::string_view tail) const {
    return ends(tail) && begins[size - tail.size()];
  }
  Bare without(size_t last) const {
    Bare rest = *this;
    rest.size -= last;
    return rest;
  }
  // True if `word` stands in it as whole words.
  bool holds(std::string_view word) const {
    for (size_t at = text().find(word); at < size; at = text().find(word, at + 1))
      if (begins[at] && (at + word.size() == size || begins[at + word.size()])) return true;
    return false;
  }
};

// ALGOLIA_SEARCH_KEY, docsearchApiKey
bool is_search_key(const Bare& name) {
  for (const std::string_view tail : {"apikey", "key"}) {
    if (!name.ends(tail)) continue;
    const Bare rest = name.without(tail.size());
    if (std::any_of(kSearchKeys.begin(), kSearchKeys.end(),
                    [&rest](std::string_view word) { return rest.ends_in_words(word); }))
      return true;
  }
  return false;
}

// next_page_token, syncToken: nobody is let in by it. Said of tokens and keys alone: a password is one whatever it is for.
bool is_excused(const Bare& name) {
  constexpr std::string_view kToken = "token";
  if (!name.ends(kToken) && !name.ends("key")) return false;
  if (name.holds("public")) return true;
  if (is_search_key(name)) return true;
  if (!name.ends(kToken)) return false;
  const std::string_view before = name.text().substr(0, name.size - kToken.size());
  return std::any_of(kPlaceTokens.begin(), kPlaceTokens.end(), [&](std::string_view word) {
    return before.ends_with(word) && name.begins[before.size() - word.size()];
  });
}

// Names that say it only as a word by itself, or the last one: DB_PASS and dbPass, but not bypass. 0 if they do not.
size_t least_of_short(std::string_view name) {
  if (name == "auth" || name == "_auth") return kLeastLogin;
  if (name == "sig") return kLeastSignature;
  for (const std::string_view word : {"pass", "pw", "passe"}) {
    if (lower(name.back()) != word.back() || name.size() < word.size() ||
        lower(name[name.size() - word.size()]) != 'p' ||
        ascii_lower(name.substr(name.size() - word.size())) != word)
      continue;
    const size_t begin = name.size() - word.size();
    if (begin == 0 || !is_alnum(name[begin - 1]) ||
        (is_upper(name[begin]) && !is_upper(name[begin - 1])) ||
        kWhosePass.hold(ascii_lower(last_word(name.substr(0, begin)))))
      return kLeastPassword;
  }
  return 0;
}

bool is_setting(std::string_view name) {
  return name.find('_') != std::string_view::npos &&
         std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// AZURE_OPENAI_KEY, GITHUB_PAT: said in the capitals of an environment only, with a word in front. 0 if it is none, as where that word
// or the two say what is looked up by it.
size_t least_of_setting(std::string_view name, const Bare& bare) {
  if (!is_setting(name)) return 0;
  const std::string_view last = last_word(name);
  const std::string before = ascii_lower(last_word(without_last(name)));
  if (before.empty()) return 0;
  if (last == "PAT") return kLeastToken;
  if (last != "KEY" || kPlainKeys.hold(before)) return 0;
  const Bare rest = bare.without(last.size());
  const bool plain =
      std::any_of(kPlainKeysJoined.begin(), kPlainKeysJoined.end(),
                  [&rest](std::string_view words) { return rest.ends_in_words(words); });
  return plain ? 0 : kLeastKey;
}

}  // namespace

std::optional<size_t> least_secret(std::string_view name) {
  if ((name.size() < 3 && name != "pw") || name.size() > kLongestName) return std::nullopt;
  if (is_alnum(name.back()) && !kLasts.holds(name.back())) return std::nullopt;
  name = without_suffix(without_suffix(name));
  if (name.empty()) return std::nullopt;
  const Bare bare(name);
  const auto ends = [&bare](std::string_view tail) { return bare.ends(tail); };
  size_t least = 0;
  if (std::any_of(kPasswords.begin(), kPasswords.end(), ends)) least = kLeastPassword;
  if (ends("token") || std::any_of(kKeys.begin(), kKeys.end(), ends)) least = kLeastToken;
  if (least == 0) least = least_of_short(name);
  if (least == 0) least = least_of_setting(name, bare);
  if (least == 0 || is_excused(bare)) return std::nullopt;
  if ((ends("token") || ends("key")) && is_name_for_browsers(name)) return std::nullopt;
  return least;
}

std::optional<size_t> least_secret_in_words(std::string_view before) {
  for (const std::string_view word :
       {"contraseña", "Contraseña", "CONTRASEÑA", "密码",        "密碼",     "口令",
        "パスワード", "пароль",     "Пароль",     "비밀번호",    "암호",     "hasło",
        "Hasło",      "şifre",      "Şifre",      "lösenord",    "Lösenord", "mật khẩu",
        "Mật khẩu",   "κωδικός",    "Κωδικός",    "كلمة المرور", "סיסמה",    "รหัสผ่าน"})
    if (before.ends_with(word)) return kLeastPassword;
  return std::nullopt;
}

bool is_setting_of_key(std::string_view name) {
  return is_setting(name) &&
         (name.ends_with("_API_KEY") || name.ends_with("_TOKEN") || name == "API_KEY");
}

bool is_authorization(std::string_view name) {
  constexpr std::string_view kName = "authorization";
  return name.size() >= kName.size() && lower(name.back()) == 'n' &&
         ascii_lower(name.substr(name.size() - kName.size())) == kName;
}

}  // namespace agentmesh::policy::scan
