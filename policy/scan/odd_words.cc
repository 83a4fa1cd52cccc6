#include "policy/scan/odd_words.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/paths.h"

namespace agentmesh::policy::scan {
namespace {

// What parts the words of one that is joined.
constexpr ByteSet kPartEnds([](uint8_t c) { return c == '/' || c == ':' || c == '@' || c == '.'; });

// Lies beside secrets and is none: what manuals tell people to send on, to copy and to look at.
bool may_be_shown(std::string_view place) {
  static constexpr std::array<std::string_view, 8> kEnds = {
      ".pub",        ".env.example", ".env.sample", ".env.template",
      ".ssh/config", ".aws/config",  "known_hosts", "authorized_keys"};
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return place.ends_with(end); });
}

}  // namespace

ClassSet parts(std::string_view whole) {
  ClassSet classes = 0;
  for (size_t begin = 0; begin < whole.size();) {
    const size_t end = kPartEnds.find(whole, begin);
    classes |= word_classes(whole.substr(begin, end - begin));
    begin = end + 1;
  }
  return classes;
}

ClassSet behind_article(std::string_view whole) {
  const size_t mark = whole.substr(0, 6).find('\'');
  return mark == std::string_view::npos ? 0 : word_classes(whole.substr(mark + 1));
}

ClassSet compound(std::string_view whole) {
  const size_t hyphen = whole.find('-');
  if (hyphen == std::string_view::npos || whole.find('-', hyphen + 1) != std::string_view::npos)
    return 0;
  return word_classes(whole.substr(hyphen + 1));
}

bool is_mail(std::string_view whole) {
  const std::string word = ascii_lower(whole);
  return word == "email" || word == "e-mail" || word == "mail";
}

bool is_host(std::string_view whole) {
  static constexpr std::array<std::string_view, 6> kEnds = {".com", ".org",  ".example",
                                                            ".xyz", ".site", ".online"};
  return whole.find('/') == std::string_view::npos &&
         std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return whole.ends_with(end); });
}

bool is_secret_place(std::string_view path) {
  while (!path.empty() && (path[0] == '~' || path[0] == '/')) path.remove_prefix(1);
  while (path.ends_with('\'')) path.remove_suffix(1);
  if (may_be_shown(path)) return false;
  std::string absolute = "/";
  absolute += path;
  return holds_secrets(absolute);
}

}  // namespace agentmesh::policy::scan
