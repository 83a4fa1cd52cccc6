#include "base/shell_word.h"

namespace agentmesh {

std::string shell_word(std::string_view word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-./:@%+,") == std::string_view::npos;
  if (plain) return std::string(word);
  std::string out = "'";
  for (const char c : word)
    if (c == '\'')
      out += "'\\''";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
  return out + "'";
}

std::string last_operand(std::string_view word) {
  return (word.starts_with('-') ? "-- " : "") + shell_word(word);
}

}  // namespace agentmesh
