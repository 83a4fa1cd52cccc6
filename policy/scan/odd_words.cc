#include "policy/scan/odd_words.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/skeleton.h"
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
  const ClassSet classes = word_classes(whole.substr(hyphen + 1));
  const bool of_ai = in(word_classes(whole.substr(0, hyphen)), WordClass::kAi);
  return of_ai && in(classes, WordClass::kModel) ? classes | bit(WordClass::kAi) : classes;
}

std::string_view without_emphasis(std::string_view whole) {
  while (!whole.empty() && whole.front() == '_') whole.remove_prefix(1);
  while (!whole.empty() && whole.back() == '_') whole.remove_suffix(1);
  return whole;
}

ClassSet as_it_looks(std::string_view whole) {
  constexpr size_t kLongestLook = 64;
  constexpr uint32_t kFirstLookAlike =
      0x250;  // Latin letters with signs on them are letters of their languages
  if (whole.size() > kLongestLook) return 0;
  std::string latin;
  size_t ours = 0;
  for (size_t at = 0; at < whole.size();) {
    const CodePoint point = code_point_at(whole, at);
    at += point.bytes;
    const char like =
        point.value < 0x80 || point.value >= kFirstLookAlike ? looks_like(point.value) : '\0';
    if (like == '\0') return 0;
    if (point.value < 0x80) ++ours;
    // One sign stands for i, l and 1 there.
    latin.push_back(point.value >= 0x80 && like == 'l' ? '\0' : like);
  }
  if (ours == 0 || ours == latin.size()) return 0;
  for (const char meant : {'i', 'l'}) {
    std::string word = latin;
    std::replace(word.begin(), word.end(), '\0', meant);
    if (const ClassSet classes = word_classes(word); classes != 0) return classes;
  }
  return 0;
}

bool names_secret(std::string_view whole) {
  static constexpr std::array<std::string_view, 6> kEnds = {
      "_API_KEY", "_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_CREDENTIALS"};
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) {
    return whole.size() > end.size() && whole.ends_with(end);
  });
}

bool opens_comment(std::string_view text, size_t at) {
  size_t begin = at;
  while (begin > 0 && text[begin - 1] == '/') --begin;
  return at - begin >= 2 &&
         (begin == 0 || !(is_of(text[begin - 1], kWordByte) || text[begin - 1] == ':'));
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

bool is_account(std::string_view whole) {
  constexpr size_t kShortestAccount = 15;
  const auto upper_or_digit = [](char c) { return is_of(c, kUpperByte | kDigitByte); };
  return whole.size() >= kShortestAccount && is_of(whole[0], kUpperByte) &&
         is_of(whole[1], kUpperByte) && is_of(whole[2], kDigitByte) &&
         is_of(whole[3], kDigitByte) && std::all_of(whole.begin(), whole.end(), upper_or_digit);
}

bool is_sentence(std::string_view whole) {
  constexpr std::ptrdiff_t kJoints = 4;
  return std::count(whole.begin(), whole.end(), '-') >= kJoints ||
         std::count(whole.begin(), whole.end(), '_') >= kJoints;
}

bool speaks_to_model(std::string_view key) {
  constexpr size_t kLongestKey = 64;
  if (key.size() > kLongestKey) return false;
  ClassSet classes = 0;
  for (size_t begin = 0; begin < key.size();) {
    size_t end = begin + 1;
    const bool letters = is_of(key[begin], kAlphaByte);
    while (letters && end < key.size() && is_of(key[end], kAlphaByte) &&
           !(is_of(key[end], kUpperByte) && !is_of(key[end - 1], kUpperByte)))
      ++end;
    if (letters) classes |= word_classes(key.substr(begin, end - begin));
    begin = end;
  }
  const auto has = [&](ClassSet any) { return (classes & any) != 0; };
  return has(bit(WordClass::kModel) | bit(WordClass::kAi) | bit(WordClass::kSystem)) &&
         has(bit(WordClass::kNote) | bit(WordClass::kInstruction) | bit(WordClass::kTask) |
             bit(WordClass::kMust));
}

bool is_of_profession(std::string_view text, size_t at) {
  static constexpr std::array<std::string_view, 12> kFields = {"大模型", "模型", "训练", "开发",
                                                               "算法",   "应用", "研发", "产品",
                                                               "测试",   "评测", "行业", "研究"};
  static constexpr std::array<std::string_view, 13> kPeople = {
      "工程师", "开发者", "研究员", "研究者", "研发人员",   "程序员", "训练师",
      "设计师", "从业者", "爱好者", "经理",   "エンジニア", "開発者"};
  std::string_view behind = text.substr(at, 48);
  const auto begins = [&behind](std::string_view word) { return behind.starts_with(word); };
  for (int i = 0; i < 2; ++i) {
    const auto* const field = std::find_if(kFields.begin(), kFields.end(), begins);
    if (field != kFields.end()) behind.remove_prefix(field->size());
  }
  return std::any_of(kPeople.begin(), kPeople.end(), begins);
}

bool is_article(std::string_view word) {
  static constexpr std::array<std::string_view, 8> kArticles = {"the", "The", "las", "Las",
                                                                "los", "Los", "les", "Les"};
  return std::find(kArticles.begin(), kArticles.end(), word) != kArticles.end();
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
