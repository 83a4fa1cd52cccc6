#include "policy/scan/respelled.h"

#include <cstddef>
#include <cstdint>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {

// Two lead bytes begin Cyrillic letters. (Without a branch: a text of lead bytes alone costs no more.)
bool has_cyrillic(std::string_view text) {
  unsigned found = 0;
  for (size_t i = 1; i < text.size(); ++i) {
    const auto lead = static_cast<uint8_t>(text[i - 1]);
    const auto next = static_cast<uint8_t>(text[i]);
    found |= static_cast<unsigned>((lead | 1U) == 0xD1U) &
             static_cast<unsigned>((next & 0xC0U) == 0x80U);
  }
  return found != 0;
}

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
