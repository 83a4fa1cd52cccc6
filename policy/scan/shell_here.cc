#include "policy/scan/shell_here.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

bool ends_word(char c) { return is_blank(c) || has("\n;&|()<>", std::string_view(&c, 1)); }

// What stands in quotes from behind the opening one on; moves `at` behind the closing one.
void quoted_part(std::string_view text, size_t& at, char quote, std::string& out) {
  for (; at < text.size() && text[at] != quote; ++at) {
    if (quote == '"' && text[at] == '\\' && at + 1 < text.size()) ++at;
    out.push_back(text[at]);
  }
  at = std::min(at + 1, text.size());
}

}  // namespace

HereMark here_mark(std::string_view text, size_t& at) {
  HereMark mark;
  if (at < text.size() && text[at] == '-') {
    mark.tabs = true;
    ++at;
  }
  while (at < text.size() && is_blank(text[at])) ++at;
  while (at < text.size() && !ends_word(text[at])) {
    const char c = text[at++];
    if (c == '\'' || c == '"') {
      mark.quoted = true;
      quoted_part(text, at, c, mark.delimiter);
    } else if (c == '\\' && at < text.size()) {
      if (text[at] != '\n') {
        mark.quoted = true;
        mark.delimiter.push_back(text[at]);
      }
      ++at;
    } else {
      mark.computed = mark.computed || c == '$' || c == '`';
      mark.delimiter.push_back(c);
    }
  }
  return mark;
}

HereBody here_body(std::string_view text, size_t from, const HereMark& mark, bool substituted) {
  HereBody body;
  body.next = from;
  bool continued = false;  // the line before goes on in this one
  while (body.next < text.size() && !body.ended) {
    const size_t end = std::min(text.find('\n', body.next), text.size());
    std::string_view line = text.substr(body.next, end - body.next);
    body.next = std::min(end + 1, text.size());
    while (mark.tabs && line.starts_with('\t')) line.remove_prefix(1);
    body.ended = line == mark.delimiter && !continued;
    if (body.ended) break;
    if (substituted && !mark.delimiter.empty() && line.starts_with(mark.delimiter) &&
        line.substr(mark.delimiter.size()).starts_with(')')) {
      body.next = end - line.size() + mark.delimiter.size();
      break;
    }
    const size_t escapes = line.size() - (line.find_last_not_of('\\') + 1);
    continued = !mark.quoted && escapes % 2 == 1;
    body.text.append(line).push_back('\n');
  }
  return body;
}

}  // namespace agentmesh::policy::scan
