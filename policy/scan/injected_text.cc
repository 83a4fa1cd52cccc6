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

bool has_more_lines(std::string_view text, int than) {
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    if (than-- == 0) return true;
  return false;
}

}  // namespace agentmesh::policy::scan
