#include "policy/scan/injected_words.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

InjectedWord word_at(std::string_view text, size_t at) {
  InjectedWord word;
  while (at < text.size()) {
    const char c = text[at];
    const std::string_view two = text.substr(at, 2);
    if (c == '\'' || c == '"') {
      if (!word.text.empty() && at + 1 < text.size() && is_alnum(text[at + 1])) word.tricky = true;
      if (two == "''" || two == "\"\"") word.tricky = true;
      ++at;
    } else if (c == '\\' && at + 1 < text.size() && is_alnum(text[at + 1]) && !word.text.empty() &&
               word.text.back() != ':') {
      word.tricky = true;
      ++at;
    } else if (c == '\\') {
      word.text.push_back('/');
      ++at;
    } else if (two == "$@" || two == "$*" || two == "$!" || two == "$$") {
      word.tricky = true;
      at += 2;
    } else if (text.substr(at, 3) == "$()" || text.substr(at, 3) == "<()") {
      word.tricky = true;
      at += 3;
    } else if (c == '$' && at + 1 < text.size() &&
               (is_alpha(text[at + 1]) || text[at + 1] == '{') && !word.text.empty()) {
      const size_t from = at;
      at += 2;
      while (at < text.size() && (is_alnum(text[at]) || text[at] == '_' || text[at] == '}')) {
        if (text[at] == '}') {
          ++at;
          break;
        }
        ++at;
      }
      if (has(text.substr(from, at - from), "IFS")) break;
      word.tricky = true;
    } else if (is_alnum(c) || c == '/' || c == '.' || c == '_' || c == '-' || c == '+' ||
               c == ':' || c == '?' || c == '*' || c == '[' || c == ']') {
      if (c == '?' || c == '*') word.tricky = true;
      word.text.push_back(c);
      ++at;
    } else {
      break;
    }
    if (word.text.size() > 128) break;
  }
  word.end = at;
  return word;
}

bool globs_to_command(const std::string& word) {
  if (word.find_first_of("?*[") == std::string::npos) return false;
  const size_t letters = static_cast<size_t>(std::count_if(word.begin(), word.end(), is_alpha));
  return word.find('/') != std::string::npos && letters >= 1 && word.size() >= 4;
}

bool has_command_arguments(std::string_view rest) {
  size_t i = 0;
  while (i < rest.size() && is_blank(rest[i])) ++i;
  if (i == 0 && !rest.empty() && rest[0] != '<' && rest[0] != '>' && rest[0] != '$' &&
      rest[0] != '{')
    return false;
  rest.remove_prefix(i);
  for (int words = 0; words < 3 && !rest.empty(); ++words) {
    const char c = rest[0];
    const char next = rest.size() > 1 ? rest[1] : ' ';
    if (c == '-' && (is_alpha(next) || next == '-')) return true;
    if (c == '/' && is_alnum(next)) return true;
    if ((c == '.' || c == '~') && (next == '/' || next == '.')) return true;
    if (c == '$' && (is_alpha(next) || next == '{' || next == '(')) return true;
    if (c == '%' && is_alpha(next) && rest.find('%', 1) < 40) return true;
    if (c == '>' || (c == '<' && (next == '<' || next == '(' || next == ' '))) return true;
    if (is_alpha(c) && next == ':' && rest.size() > 2 && (rest[2] == '\\' || rest[2] == '/'))
      return true;
    if (c == '*' || c == '`') return true;
    const size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (has(word, "://")) return true;
    if (std::count(word.begin(), word.end(), '.') == 3 && is_digit(word[0])) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace agentmesh::policy::scan
