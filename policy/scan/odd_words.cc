#include "policy/scan/odd_words.h"

#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

// What parts the words of one that is joined.
constexpr ByteSet kPartEnds([](uint8_t c) { return c == '/' || c == ':' || c == '@' || c == '.'; });

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

}  // namespace agentmesh::policy::scan
