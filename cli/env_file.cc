#include "cli/env_file.h"

#include <algorithm>

namespace agentmesh::cli {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool is_name(std::string_view name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return !name.empty() && name.find_first_not_of(kLetters) == std::string_view::npos;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (const char next = text[++i]) {
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case '"':
      case '\\':
      case '$':
      case '`': out += next; break;
      default: (out += '\\') += next;
    }
  }
  return out;
}

// The end of a quoted value that begins at text[0].
size_t closing(std::string_view text) {
  const char quote = text[0];
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"')
      ++i;
    else if (text[i] == quote)
      return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> env_file_variables(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::pair<std::string, std::string>> variables;
  while (!text.empty()) {
    const size_t equals = text.find('=');
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view name = trimmed(text.substr(0, std::min(equals, end)));
    if (name.starts_with("export ")) name = trimmed(name.substr(7));
    if (equals >= end || !is_name(name)) {
      text.remove_prefix(std::min(end + 1, text.size()));
      continue;
    }
    std::string_view rest = text.substr(equals + 1);
    const size_t begin = std::min(rest.find_first_not_of(" \t"), rest.size());
    const bool quoted = begin < rest.size() && (rest[begin] == '"' || rest[begin] == '\'');
    const size_t close = quoted ? closing(rest.substr(begin)) : std::string_view::npos;
    if (close != std::string_view::npos) {  // may go over several lines
      const std::string_view inside = rest.substr(begin + 1, close - 1);
      variables.emplace_back(name, rest[begin] == '"' ? unescaped(inside) : std::string(inside));
      rest.remove_prefix(begin + close + 1);
      const size_t line_end = rest.find('\n');
      text = line_end == std::string_view::npos ? std::string_view() : rest.substr(line_end + 1);
      continue;
    }
    std::string_view value = rest.substr(0, std::min(rest.find('\n'), rest.size()));
    text = rest.substr(std::min(value.size() + 1, rest.size()));
    if (const size_t comment = value.find(" #"); comment != std::string_view::npos)
      value = value.substr(0, comment);
    value = trimmed(value);
    variables.emplace_back(name, value.starts_with('#') ? std::string_view() : value);
  }
  return variables;
}

}  // namespace agentmesh::cli
