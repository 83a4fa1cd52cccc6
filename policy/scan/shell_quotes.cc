#include "policy/scan/shell_quotes.h"

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"
#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {

size_t closing_parenthesis(std::string_view text, size_t open) {
  int level = 0;
  for (size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (c == '\'') {
      const size_t end = text.find('\'', i + 1);
      if (end == std::string_view::npos) return text.size();
      i = end;
    } else if (c == '(') {
      ++level;
    } else if (c == ')' && --level == 0) {
      return i;
    }
  }
  return text.size();
}

size_t closing_backtick(std::string_view text, size_t open) {
  size_t end = open + 1;
  while (end < text.size() && text[end] != '`') end += text[end] == '\\' ? size_t{2} : size_t{1};
  return std::min(end, text.size());
}

size_t closing_brace(std::string_view text, size_t open, bool in_quotes) {
  int level = 0;
  for (size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (c == '\'' && !in_quotes) {
      i = std::min(text.find('\'', i + 1), text.size());
    } else if (c == '"' && !in_quotes) {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
    } else if (c == '(' && i > open && text[i - 1] == '$') {
      i = closing_parenthesis(text, i);
    } else if (c == '`') {
      i = closing_backtick(text, i);
    } else if (c == '{' && (i == open || text[i - 1] == '$')) {
      ++level;
    } else if (c == '}' && --level == 0) {
      return i;
    }
  }
  return std::min(text.find('}', open), text.size());
}

void ansi_escape(std::string_view text, size_t& at, std::string& out) {
  const char c = at < text.size() ? text[at++] : '\\';
  const auto digits = [&](size_t most, unsigned base) {
    uint32_t value = 0;
    for (size_t i = 0; i < most && at < text.size(); ++i, ++at) {
      const int digit = hex_digit(text[at]);
      if (digit < 0 || static_cast<unsigned>(digit) >= base) break;
      value = value * base + static_cast<unsigned>(digit);
    }
    return value;
  };
  if (c >= '0' && c <= '7') {
    --at;
    out.push_back(static_cast<char>(digits(3, 8) & 0xFFU));
  } else if (c == 'x') {
    out.push_back(static_cast<char>(digits(2, 16)));
  } else if (c == 'u') {
    append_utf8(out, digits(4, 16));
  } else if (c == 'U') {
    append_utf8(out, digits(8, 16));
  } else {
    constexpr std::string_view kFrom = "abeEfnrtv";
    constexpr std::string_view kTo = "\a\b\033\033\f\n\r\t\v";
    const size_t known = kFrom.find(c);
    out.push_back(known == std::string_view::npos ? c : kTo[known]);
  }
}

}  // namespace agentmesh::policy::scan
