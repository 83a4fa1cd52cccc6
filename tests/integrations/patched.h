// What patch(1) makes of a text with a unified diff, and nothing if it would have to guess: for tests by the thousand.

#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agentmesh::integrations::tests {

// Takes a line with its LF (or what is left) from the front of `text`.
inline std::string_view take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

// "@@ -FIRST,SIZE …": one of its numbers.
inline size_t number_behind(std::string_view line, char mark) {
  size_t number = 0;
  const size_t at = line.find(mark);
  if (at != std::string_view::npos)
    (void)std::from_chars(line.data() + at + 1, line.data() + line.size(), number);
  return number;
}

inline std::optional<std::string> patched(std::string_view before, std::string_view diff) {
  std::string out;
  size_t line = 0;  // of `before`, those that are behind us
  if (!diff.empty()) {
    if (!take_line(diff).starts_with("--- ")) return std::nullopt;
    if (!take_line(diff).starts_with("+++ ")) return std::nullopt;
  }
  while (!diff.empty()) {
    const std::string_view head = take_line(diff);
    if (!head.starts_with("@@ -")) return std::nullopt;
    const size_t first = number_behind(head, '-');
    size_t old_left = number_behind(head, ',');
    const std::string_view behind = head.substr(head.find('+'));
    size_t new_left = number_behind(behind, ',');
    const size_t skipped = first - (old_left > 0 ? 1 : 0);
    for (; line < skipped; ++line) out += take_line(before);
    if (line != skipped) return std::nullopt;
    while (old_left + new_left > 0) {
      std::string_view body = take_line(diff);
      if (body.empty()) return std::nullopt;
      const char mark = body.front();
      body.remove_prefix(1);
      if (diff.starts_with('\\')) {  // "\ No newline at end of file"
        (void)take_line(diff);
        body.remove_suffix(1);
      }
      if (mark != '+') {
        if (old_left-- == 0 || take_line(before) != body) return std::nullopt;
        ++line;
      }
      if (mark != '-') {
        if (new_left-- == 0) return std::nullopt;
        out += body;
      }
    }
  }
  out += before;
  return out;
}

}  // namespace agentmesh::integrations::tests
