#include "policy/slow.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/automaton.h"

namespace agentmesh::policy {

namespace {

constexpr size_t kProbeBytes = 8192;
constexpr size_t kMaxClasses = 6;

// "12}", "0,40}": more than a handful.
bool counts_far(std::string_view count) {
  int number = 0;
  for (const char c : count) {
    if (c >= '0' && c <= '9')
      number = std::min(number * 10 + (c - '0'), 1000);
    else if (c == ',')
      number = 0;
    else
      break;
    if (number >= 6) return true;
  }
  return false;
}

// What has to be remembered comes from counted repetitions and from runs of wildcards.
bool may_be_slow(std::string_view regex) {
  size_t wide = 0;
  for (size_t i = 0; i < regex.size(); ++i) {
    if (regex[i] == '{' && counts_far(regex.substr(i + 1))) return true;
    if (regex[i] == '\\') {
      ++i;
      if (i < regex.size() && std::string_view("wWdDsSpP").find(regex[i]) != std::string_view::npos)
        ++wide;
    } else if (regex[i] == '.' || regex[i] == '[') {
      ++wide;
    }
  }
  return wide >= 6;
}

// The characters of a class, as far as they are plain: "[a-c_]" gives "ac_".
std::string members(std::string_view inside) {
  std::string out;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '\\' && i + 1 < inside.size()) {
      const char next = inside[++i];
      out += next == 'd' ? "01" : next == 'w' ? "ab0" : next == 's' ? " \t" : std::string(1, next);
    } else if (inside[i] != '-' && inside[i] != '^') {
      out += inside[i];
    }
  }
  return out;
}

// Alphabets that the pattern might be at home in: each of its classes, and all of its letters.
std::vector<std::string> alphabets(std::string_view regex) {
  std::vector<std::string> out{"ab", "01"};
  std::string letters;
  for (size_t i = 0; i < regex.size() && out.size() < kMaxClasses; ++i) {
    if (regex[i] == '\\') {
      ++i;
    } else if (regex[i] == '[') {
      const size_t end = regex.find(']', i + 2);
      if (end == std::string_view::npos) break;
      if (std::string inside = members(regex.substr(i + 1, end - i - 1)); inside.size() >= 2)
        out.push_back(std::move(inside));
      i = end;
    } else if (regex[i] > ' ' &&
               std::string_view("(){}|.*+?^$").find(regex[i]) == std::string_view::npos) {
      letters += regex[i];
    }
  }
  if (letters.size() >= 2) out.push_back(letters + letters + "a ");
  return out;
}

std::string probe(const std::string& alphabet) {
  std::string text(kProbeBytes, ' ');
  uint32_t state = 2463534242U;  // xorshift: the same text every time
  for (char& c : text) {
    state ^= state << 13U;
    state ^= state >> 17U;
    state ^= state << 5U;
    c = alphabet[state % alphabet.size()];
  }
  return text;
}

}  // namespace

bool is_slow(std::string_view regex) {
  if (!may_be_slow(regex)) return false;
  const auto automaton = Automaton::of(regex);
  if (!automaton) return false;
  const std::vector<std::string> all = alphabets(regex);
  return std::any_of(all.begin(), all.end(), [&](const std::string& alphabet) {
    constexpr size_t kEnough = kProbeBytes * kSlowWork;
    return automaton->work(probe(alphabet), kEnough) > kEnough;
  });
}

}  // namespace agentmesh::policy
