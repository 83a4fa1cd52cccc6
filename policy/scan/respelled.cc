#include "policy/scan/respelled.h"

#include <cstddef>
#include <cstdint>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {

std::string small_letters(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i + 1 < out.size(); ++i) {
    const auto next = static_cast<uint8_t>(out[i + 1]);
    if (out[i] != '\xD0' || next < 0x90 || next > 0xAF) continue;
    if (next < 0xA0) {
      out[i + 1] = static_cast<char>(next + 0x20);
    } else {
      out[i] = '\xD1';
      out[i + 1] = static_cast<char>(next - 0x20);
    }
  }
  return out;
}

std::string without_spreading(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool between = text[i] == ' ' && i > 0 && i + 1 < text.size() && text[i - 1] != ' ' &&
                         text[i + 1] != ' ' && (i < 2 || !is_of(text[i - 2], kWordByte)) &&
                         (i + 2 >= text.size() || !is_of(text[i + 2], kWordByte));
    if (!between) out += text[i];
  }
  return out;
}

}  // namespace agentmesh::policy::scan
