#include "policy/scan/injected_words.h"

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_names.h"
#include "policy/scan/shell_words.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestWord = 128;  // bytes as it is written

// A quotation mark inside a word hides it, w"ho"ami, only if it is closed in there: I'd is a word.
bool is_closed_in_word(std::string_view text, size_t at) {
  const size_t close = text.find(text[at], at + 1);
  return close < text.find_first_of(" \t\r\n", at + 1) && close != std::string_view::npos;
}

// $'\x69d' with `at` behind its quotation mark: what it says goes to `word`; where it ends.
size_t read_escapes(std::string_view text, size_t at, std::string& word) {
  while (at < text.size() && text[at] != '\'') {
    if (text[at] != '\\' || at + 1 >= text.size()) {
      word.push_back(text[at++]);
      continue;
    }
    const bool hex = text[at + 1] == 'x';
    size_t end = at + (hex ? 2 : 1);
    int value = 0;
    for (int digits = 0; digits < (hex ? 2 : 3) && end < text.size(); ++digits, ++end) {
      const int digit = hex_digit(text[end]);
      if (digit < 0 || (!hex && digit > 7)) break;
      value = value * (hex ? 16 : 8) + digit;
    }
    word.push_back(static_cast<char>(value));
    at = std::max(end, at + 2);
  }
  return at < text.size() ? at + 1 : at;
}

bool is_name(char c) { return is_alnum(c) || c == '_'; }

// Where an expansion at `at` ends that is empty, or a blank, or hides a letter: $@ $1 ${x} `` $(); `at` if there is none.
size_t end_of_empty(std::string_view text, size_t at) {
  const std::string_view two = text.substr(at, 2);
  const std::string_view three = text.substr(at, 3);
  if (three == "$()" || three == "<()") return at + 3;
  if (two == "``" || two == "$@" || two == "$*" || two == "$!" || two == "$$" || two == "$?")
    return at + 2;
  if (two.size() < 2 || two[0] != '$') return at;
  if (is_digit(two[1])) return at + 2;
  if (two[1] == '{') {
    const size_t close = text.find('}', at);
    return close == std::string_view::npos || close > at + 40 ? at : close + 1;
  }
  if (!is_alpha(two[1]) && two[1] != '_') return at;
  size_t end = at + 2;
  while (end < text.size() && is_name(text[end])) ++end;
  return end;
}

// $IFS ${IFS} ${IFS%?}, and an empty $9 that ends its name: a blank in front of a word. `at` if there is none.
size_t end_of_spelled_blank(std::string_view text, size_t at) {
  if (text[at] != '$') return at;
  const bool brace = text.substr(at + 1, 1) == "{";
  const size_t name = at + (brace ? 2 : 1);
  if (text.substr(name, 3) != "IFS" || (name + 3 < text.size() && is_name(text[name + 3])))
    return at;
  size_t end = end_of_empty(text, at);
  if (text.substr(end, 1) == "$" && end + 1 < text.size() && is_digit(text[end + 1])) end += 2;
  return end;
}

}  // namespace

InjectedWord word_at(std::string_view text, size_t at) {
  InjectedWord word;
  char open = '\0';  // a quotation mark that waits for its other one
  for (const size_t most = std::min(text.size(), at + kLongestWord); at < most;) {
    const char c = text[at];
    if (is_alnum(c)) {
      word.text.push_back(c);
      ++at;
      continue;
    }
    const std::string_view two = text.substr(at, 2);
    if (two == "$'") {
      at = read_escapes(text, at + 2, word.text);
      word.tricky = true;
    } else if (two == "$\"") {
      ++at;
      word.tricky = true;
    } else if (c == '\'' || c == '"') {
      const bool closes = open == c;
      if (!word.text.empty() && at + 1 < text.size() && is_alnum(text[at + 1]) &&
          (closes || is_closed_in_word(text, at)))
        word.tricky = true;
      open = closes ? '\0' : c;
      if (!word.text.empty() && (two == "''" || two == "\"\"") && at + 2 < text.size() &&
          is_alnum(text[at + 2]))
        word.tricky = true;
      ++at;
    } else if (c == '\\' && at + 1 < text.size() && is_alnum(text[at + 1]) && !word.text.empty() &&
               word.text.back() != ':') {
      word.tricky = true;
      ++at;
    } else if (c == '\\') {
      word.text.push_back('/');
      ++at;
    } else if (const size_t end = end_of_empty(text, at); end > at) {
      if (c == '`' && word.text.empty()) break;  // ``name``
      const bool named = c == '$' && (is_name(text[at + 1]) || text[at + 1] == '{');
      if (named && (word.text.empty() || has(text.substr(at, end - at), "IFS"))) break;
      word.tricky = true;
      at = end;
    } else if (c == '/' || c == '.' || c == '_' || c == '-' || c == '+' || c == ':' || c == '?' ||
               c == '*' || c == '[' || c == ']') {
      if (c == '?' || c == '*') word.tricky = true;
      word.text.push_back(c);
      ++at;
    } else {
      break;
    }
  }
  word.end = at;
  return word;
}

bool globs_to_command(const std::string& word) {
  if (word.find_first_of("?*[") == std::string::npos || has(word, "**")) return false;
  const size_t letters = static_cast<size_t>(std::count_if(word.begin(), word.end(), is_alpha));
  return (word[0] == '/' || word[0] == '.') && letters >= 1 && word.size() >= 4;
}

CommandPlace command_place(std::string_view text, size_t at) {
  // Words of the shell's own grammar, and commands that do nothing but run another.
  constexpr std::array<std::string_view, 7> kKeywords = {"then", "do",    "else", "elif",
                                                         "if",   "while", "until"};
  constexpr std::array<std::string_view, 14> kPrefixes = {
      "time", "command", "exec",   "builtin", "eval", "coproc", "nohup",
      "env",  "nice",    "setsid", "sudo",    "doas", "xargs",  "trap"};
  CommandPlace place;
  for (int words = 0; words < 6; ++words) {
    while (at < text.size()) {
      if (const size_t end = end_of_spelled_blank(text, at); end > at) {
        place.spelled = true;
        at = end;
        continue;
      }
      if (!is_blank(text[at]) && text[at] != '(' && text[at] != '{' && text[at] != '@') break;
      place.brace = text[at] == '{';
      ++at;
    }
    place.at = at;
    if (text.substr(at, 2) == "! ") {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && is_name(text[end])) ++end;
    if (end == at || end >= text.size()) break;
    const std::string_view word = text.substr(at, end - at);
    size_t next = end;
    if (text[end] == '=' && !is_digit(word[0])) {
      next = text.find_first_of(" \t;|&\n", end);
      if (next == std::string_view::npos || !is_blank(text[next]) || next == end + 1) break;
      place.prefix = true;
    } else if (is_blank(text[end]) && is_among(kKeywords, word)) {
      place.keyword = true;
    } else if (is_blank(text[end]) && is_among(kPrefixes, word)) {
      // "time" by itself is a word like any other.
      const size_t command = text.find_first_not_of(" \t", end);
      if (command == std::string_view::npos ||
          !is_plain_command(command_name(word_at(text, command).text)))
        break;
      place.prefix = true;
    } else {
      break;
    }
    place.brace = false;
    at = next;
  }
  return place;
}

namespace {

// </etc/passwd, <>/etc/passwd, <~/.netrc; not </b>
bool reads_file(std::string_view word) {
  word.remove_prefix(word.substr(0, 2) == "<>" ? 2 : 1);
  return !word.empty() && (word[0] == '/' || word[0] == '~' || word[0] == '$') &&
         word.find('/', 1) != std::string_view::npos && !has(word, ">");
}

}  // namespace

Arguments command_arguments(std::string_view rest) {
  size_t i = 0;
  while (i < rest.size() && is_blank(rest[i])) ++i;
  if (i == 0 && !rest.empty() && rest[0] != '<' && rest[0] != '>' && rest[0] != '$' &&
      rest[0] != '{')
    return Arguments::kNone;
  rest.remove_prefix(i);
  Arguments best = Arguments::kNone;
  const auto seen = [&best](Arguments found) { best = std::max(best, found); };
  for (int words = 0; words < 3 && !rest.empty(); ++words) {
    const char c = rest[0];
    const char next = rest.size() > 1 ? rest[1] : ' ';
    const size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (c == '-' && (is_alpha(next) || next == '-')) seen(Arguments::kWeak);
    if (c == '/' && (is_alnum(next) || (next == ' ' && words == 0))) seen(Arguments::kPath);
    if ((c == '.' || c == '~') && (next == '/' || next == '.')) seen(Arguments::kPath);
    if (c == '$' && (next == '(' || has(word.substr(0, 8), "IFS"))) seen(Arguments::kPath);
    if (c == '$' && (is_alpha(next) || next == '{')) seen(Arguments::kPlace);
    if (c == '%' && is_alpha(next) && rest.find('%', 1) < 40) seen(Arguments::kPlace);
    const size_t less = word.find_first_of('<');
    if (less < word.size() && reads_file(word.substr(less))) seen(Arguments::kPath);
    if (c == '<' && (next == '<' || next == '(' || next == ' ')) seen(Arguments::kWeak);
    if (c == '>' && (next == '/' || next == '&')) seen(Arguments::kPath);
    if (c == '>' && rest.size() > 1 && !is_digit(next) && next != '=' && next != '<')
      seen(Arguments::kWeak);
    if (is_alpha(c) && next == ':' && rest.size() > 2 && (rest[2] == '\\' || rest[2] == '/'))
      seen(Arguments::kPath);
    if (c == '*' || c == '`') seen(Arguments::kWeak);
    if (has(word, "=/") || has(word, "://")) seen(Arguments::kPlace);
    if (std::count(word.begin(), word.end(), '.') == 3 && is_digit(word[0]))
      seen(Arguments::kPlace);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return best;
}

}  // namespace agentmesh::policy::scan
