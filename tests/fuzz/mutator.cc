#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <utility>

namespace agentmesh::fuzz {
namespace {

constexpr size_t kMaxWords = 2000;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void collect_words(const std::string& text, std::vector<std::string>& words) {
  for (size_t i = 0; i < text.size() && words.size() < kMaxWords;) {
    if (!is_word(text[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end - i >= 2 && end - i <= 40) words.push_back(text.substr(i, end - i));
    i = end;
  }
}

// What readers of text trip over: brackets, quotes, escapes, line ends, cut and overlong UTF-8, limits of numbers.
const std::array<std::string_view, 48> kOdd = {"{",
                                               "}",
                                               "[",
                                               "]",
                                               "(",
                                               ")",
                                               "\"",
                                               "'",
                                               "`",
                                               "\\",
                                               "\\u0000",
                                               "\\ud800",
                                               "\\udc00\\ud83d",
                                               "\n",
                                               "\r\n",
                                               "\t",
                                               std::string_view("\0", 1),
                                               "\xEF\xBB\xBF",
                                               "\xC0\xAF",
                                               "\xED\xA0\x80",
                                               "\xF4\x90\x80\x80",
                                               "\xE2\x80\xAE",
                                               "\xFF",
                                               "#",
                                               "//",
                                               "/*",
                                               "*/",
                                               "--",
                                               ";",
                                               ":",
                                               ",",
                                               "- ",
                                               "|\n",
                                               "&a ",
                                               "*a",
                                               "<<: ",
                                               "${x}",
                                               "%2e%2e%2f",
                                               "../",
                                               "0x7f",
                                               "-0",
                                               "1e999",
                                               "9223372036854775808",
                                               "18446744073709551616",
                                               "null",
                                               "true",
                                               "=",
                                               "\n\n"};

}  // namespace

Mutator::Mutator(std::vector<std::string> inputs, uint64_t seed, size_t max_bytes)
    : inputs_(std::move(inputs)), state_(seed), max_bytes_(max_bytes) {
  for (const std::string& input : inputs_) collect_words(input, words_);
  inputs_.emplace_back();
  words_.emplace_back("x");
}

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t Mutator::random() {
  uint64_t z = state_ += 0x9E37'79B9'7F4A'7C15U;
  z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9U;
  z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBU;
  return z ^ (z >> 31);
}

std::string Mutator::next() {
  std::string text = any_input();
  for (size_t left = 1 + below(6); left > 0; --left) change(text);
  if (text.size() > max_bytes_) text.resize(max_bytes_);
  return text;
}

void Mutator::change(std::string& text) {
  const size_t at = below(text.size() + 1);
  const size_t some = std::min(text.size() - at, 1 + below(below(8) == 0 ? 400 : 12));
  switch (below(11)) {
    case 0:  // one bit
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
      break;
    case 1:  // one byte
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      break;
    case 2: text.insert(at, 1, static_cast<char>(below(256))); break;
    case 3: text.erase(at, some); break;
    case 4: text.insert(at, text.substr(below(text.size() + 1), some)); break;
    case 5: text.insert(at, kOdd[below(kOdd.size())]); break;
    case 6: text.insert(at, words_[below(words_.size())]); break;
    case 7: text.replace(at, some, words_[below(words_.size())]); break;
    case 8: {  // the rest of another input
      const std::string& other = any_input();
      text.replace(at, text.size() - at, other, below(other.size() + 1), std::string::npos);
      break;
    }
    case 9: {  // nested, or long
      const std::string piece = text.substr(at, some);
      for (size_t times = 2 + below(below(8) == 0 ? 300 : 6); times > 0 && text.size() < max_bytes_;
           --times)
        text.insert(at, piece);
      break;
    }
    default: text.resize(at); break;
  }
}

}  // namespace agentmesh::fuzz
