#include "policy/scan/injected_text.h"

#include <algorithm>

#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {

std::string_view without_escapes(std::string_view text, std::string& room) {
  if (text.find('%') != std::string_view::npos) {
    Percent percent = percent_decode(text);
    if (percent.changed) {
      room = std::move(percent.text);
      std::replace(room.begin(), room.end(), '+', ' ');
      text = room;
    }
  }
  if (text.find('&') != std::string_view::npos) text = room = html_decode(text);
  return text;
}

bool has_more_lines(std::string_view text, size_t than) {
  size_t lines = 1;
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    const size_t next = text.find_first_not_of(" \t\r", at + 1);
    if (next != std::string_view::npos && text[next] != '\n' && ++lines > than) return true;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
