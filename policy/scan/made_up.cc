#include "policy/scan/made_up.h"

#include <array>
#include <initializer_list>
#include <span>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongest = 96;
constexpr size_t kMostDigits = 8;

// By which a value says that it is none. In spellings of hands, too.
constexpr std::string_view kTelling[] = {
    "password",  "passwd",    "pass",        "passphrase", "pwd",     "test",        "tests",
    "testing",   "tester",    "dev",         "devel",      "develop", "development", "local",
    "localhost", "insecure",  "example",     "sample",     "demo",    "dummy",       "fake",
    "mock",      "change",    "changeme",    "changeit",   "replace", "generate",    "generated",
    "default",   "random",    "placeholder", "guest",      "invalid", "foobar",      "sandbox",
    "unsafe",    "temporary", "playground"};

// The same, but people take them for real passwords as well.
constexpr std::string_view kUsual[] = {"passw0rd", "p@ssw0rd", "p@ssword", "pa$$word", "pa$$w0rd",
                                       "secret",   "s3cret",   "s3cr3t",   "qwerty",   "letmein",
                                       "welcome",  "admin",    "root"};
// What stands beside those where somebody took one.
constexpr std::string_view kBesideUsual[] = {"super", "our", "the", "db", "server", "login"};

// What stands beside them.
constexpr std::string_view kBeside[] = {
    "my",         "your",     "our",        "the",         "me",          "it",       "this",
    "that",       "is",       "in",         "on",          "for",         "to",       "with",
    "of",         "and",      "not",        "use",         "only",        "please",   "here",
    "now",        "new",      "old",        "do",          "very",        "super",    "long",
    "strong",     "weak",     "valid",      "wrong",       "secure",      "some",     "something",
    "at",         "least",    "characters", "chars",       "bytes",       "min",      "user",
    "username",   "users",    "app",        "application", "project",     "api",      "key",
    "keys",       "token",    "tokens",     "jwt",         "auth",        "authjs",   "nextauth",
    "session",    "sessions", "cookie",     "db",          "database",    "postgres", "postgresql",
    "mysql",      "mariadb",  "mongo",      "mongodb",     "redis",       "rabbitmq", "minio",
    "minioadmin", "neo",      "elastic",    "keycloak",    "server",      "service",  "client",
    "web",        "backend",  "frontend",   "django",      "flask",       "rails",    "laravel",
    "next",       "value",    "string",     "openssl",     "rand",        "base",     "hex",
    "access",     "refresh",  "signing",    "encryption",  "sign",        "private",  "account",
    "login",      "ci",       "e2e",        "unit",        "integration", "foo",      "bar",
    "baz",        "hello",    "world",      "abc",         "xyz",         "one",      "two"};

bool is_mark(char c) { return std::string_view("-_.!@#$%&*+?:").find(c) < 13; }

// Digits that stand behind a word: a year, a number, a count.
bool has_few_digits(std::string_view value) {
  size_t digits = 0;
  size_t run = 0;
  bool counted = true;
  for (size_t i = 0; i < value.size(); ++i) {
    if (!is_digit(value[i])) {
      run = 0;
      counted = true;
      continue;
    }
    counted = counted && (run == 0 || value[i] == value[i - 1] + 1 || value[i] == value[i - 1]);
    if (++run > 4 && !counted) return false;
    if (++digits > kMostDigits) return false;
  }
  return true;
}

// What can be reached of a value: with words alone, and with one that tells.
enum Reach : uint8_t { kNot = 0, kWords = 1, kTold = 2 };

using Words = std::span<const std::string_view>;

void step(std::string_view value, size_t at, Words words, unsigned reach,
          std::array<uint8_t, kLongest + 1>& reached) {
  const std::string_view rest = value.substr(at);
  for (const std::string_view word : words)
    if (word.front() == rest.front() && rest.starts_with(word))
      reached[at + word.size()] = static_cast<uint8_t>(reached[at + word.size()] | reach);
}

// True if words cover all of a value, and one of `telling` is among them.
bool is_of_words(std::string_view value, std::initializer_list<Words> telling, Words beside) {
  if (value.empty() || value.size() > kLongest || !has_few_digits(value)) return false;
  const std::string lower = ascii_lower(value);
  const std::string_view text = lower;
  std::array<uint8_t, kLongest + 1> reached{};
  reached[0] = kWords;
  for (size_t at = 0; at < text.size(); ++at) {
    if (reached[at] == kNot) continue;
    const char c = text[at];
    const bool alone = c == 'a' && (at == 0 || is_mark(text[at - 1])) && at + 1 < text.size() &&
                       is_mark(text[at + 1]);
    if (is_digit(c) || is_mark(c) || alone)
      reached[at + 1] = static_cast<uint8_t>(reached[at + 1] | reached[at]);
    for (const Words words : telling) step(text, at, words, kTold, reached);
    step(text, at, beside, reached[at], reached);
  }
  return (reached[text.size()] & kTold) != 0;
}

}  // namespace

bool is_made_up(std::string_view value) { return is_of_words(value, {kTelling, kUsual}, kBeside); }

bool is_usual_password(std::string_view value) {
  return is_of_words(value, {kUsual}, kBesideUsual);
}

}  // namespace agentmesh::policy::scan
