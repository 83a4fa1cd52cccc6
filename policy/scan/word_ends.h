// Word ends: where words and sentences of a text end, and which bytes run words together. For text.cc alone.
//
// Cost: a few comparisons; inline, since they are asked at each word. Pure functions, any thread.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/scan/byte_classes.h"
#include "policy/scan/odd_words.h"

namespace agentmesh::policy::scan {

// The first byte of a character of Chinese, Japanese or Korean, or of punctuation beyond ASCII.
inline bool begins_wide(char c) {
  return static_cast<uint8_t>(c) >= 0xE2 && static_cast<uint8_t>(c) <= 0xED;
}
inline bool is_punctuation(std::string_view text, size_t at) {
  return text[at] == '\xE2' && at + 1 < text.size() &&
         (text[at + 1] == '\x80' || text[at + 1] == '\x81');
}
inline bool runs_on(std::string_view text, size_t at) {
  return static_cast<uint8_t>(text[at]) >= 0xE3;
}

// A tag that ends what stands before it, as a cell or a paragraph does.
inline bool begins_block(std::string_view tag) {
  static constexpr std::array<std::string_view, 7> kBlocks = {"!--", "td",  "tr", "p>",
                                                              "p ",  "div", "li"};
  static constexpr ByteSet kFirst([](uint8_t c) {
    return std::string_view("!tpdl").find(static_cast<char>(c)) != std::string_view::npos;
  });
  tag.remove_prefix(tag.size() > 1 && tag[1] == '/' ? 2 : 1);
  if (tag.empty() || !kFirst.holds(tag[0])) return false;
  return std::any_of(kBlocks.begin(), kBlocks.end(),
                     [&](std::string_view block) { return tag.substr(0, block.size()) == block; });
}

// Whether a sentence ends with what stands at `at`, which is of no word.
inline bool ends_sentence(std::string_view text, size_t at) {
  const char c = text[at];
  const char next = at + 1 < text.size() ? text[at + 1] : ' ';
  if (c == '.' || c == '!' || c == '?') return !is_of(next, kWordByte);
  if (c == '<') return begins_block(text.substr(at));
  if (c != '\n') return false;
  return next == '\n' || next == '-' || next == '*' || next == '#' || next == '<' || next == '[' ||
         next == '|' || (next >= 'A' && next <= 'Z') || (next >= '0' && next <= '9');
}

// Whether nothing but a word of letters can have ended at `end`, with another byte behind it.
inline bool ends_word(std::string_view text, size_t end) {
  const char c = text[end];
  if (c == ' ' || c == ',' || c == '\n') return true;
  if (c == '(' || is_of(c, kWordByte)) return false;
  const bool joint = c == '-' || c == '.' || c == '@' || c == '/' || c == ':';
  return !joint || !(is_of(text[end + 1], kWordByte) || text[end + 1] == '/');
}

inline bool goes_on_behind(char before) { return before == '/' || before == '.' || before == '~'; }
// What stands at `at` is part of a path or the like; "//Ignore" is a comment.
inline bool goes_on_from(std::string_view text, size_t at) {
  return at > 0 && goes_on_behind(text[at - 1]) && !opens_comment(text, at);
}

// The name of a function or tool, as people write those, that ends at `end`: read_file, run(…
inline bool is_identifier(std::string_view text, std::string_view name, size_t end) {
  if (name.size() < 3) return false;
  if (end < text.size() && text[end] == '(') return true;
  const size_t low = name.find('_');
  return low != std::string_view::npos && low > 0 && low + 1 < name.size();
}

}  // namespace agentmesh::policy::scan
