#include "policy/scan/url_spelling.h"

#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {

bool is_special_scheme(std::string_view scheme) {
  static constexpr std::array<std::string_view, 5> kSpecial = {"http", "https", "ftp", "ws", "wss"};
  return is_among(kSpecial, scheme);
}

bool begins_as_url(std::string_view text) {
  constexpr size_t kLongest = 5;
  std::array<char, kLongest> scheme{};
  size_t size = 0;
  for (size_t i = 0; i < text.size() && size <= kLongest; ++i) {
    const char c = text[i];
    if (c == ':') {
      const std::string name = ascii_lower({scheme.data(), size});
      return name == "file" || is_special_scheme(name);
    }
    if (static_cast<uint8_t>(c) <= ' ' &&
        (size == 0 || kInsideUrl.find(c) != std::string_view::npos))
      continue;
    if (!is_alpha(c) || size == kLongest) return false;
    scheme[size++] = c;
  }
  return false;
}

std::string_view without_breaks(std::string_view text, std::string& scratch) {
  const size_t begin = text.find_first_not_of(kAroundUrl);
  if (begin == std::string_view::npos) return text;
  const std::string_view inside = text.substr(begin, text.find_last_not_of(kAroundUrl) + 1 - begin);
  if (inside.find_first_of(kInsideUrl) == std::string_view::npos) return text;
  scratch = inside;
  std::erase_if(scratch, [](char c) { return kInsideUrl.find(c) != std::string_view::npos; });
  return scratch;
}

bool lists_urls(std::string_view text) {
  for (size_t line = text.find_first_not_of(kAroundUrl); line < text.size();) {
    line = text.find_first_not_of(kAroundUrl, text.find_first_of(kInsideUrl, line));
    if (line < text.size() && begins_as_url(text.substr(line))) return true;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
