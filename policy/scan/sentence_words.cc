#include "policy/scan/sentence_words.h"

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongest = 2000;  // bytes of a sentence that are looked at

constexpr std::array<std::string_view, 31> kEnds = {
    "about",  "that",   "which", "who",     "whose", "where", "when", "you",
    "unless", "until",  "if",    "because", "is",    "are",   "was",  "were",
    "not",    "before", "after", "older",   "of",    "for",   "from", "in",
    "as",     "and",    "or",    "but",     "at",    "by",    "to"};
constexpr std::array<std::string_view, 17> kDenials = {
    "not",     "cannot", "can't",  "couldn't", "unable", "failed", "never",   "no",     "don't",
    "doesn't", "didn't", "wasn't", "weren't",  "isn't",  "nobody", "nothing", "without"};

bool joins(std::string_view text, size_t at) {
  return (text[at] == '-' || text[at] == '\'') && at + 1 < text.size() &&
         is_of(text[at + 1], kWordByte);
}

}  // namespace

bool ends_a_name(std::string_view word) { return is_among(kEnds, word); }
bool denies(std::string_view word) { return is_among(kDenials, word); }

SentenceWords::SentenceWords(std::string_view sentence)
    : text_(ascii_lower(sentence.substr(0, kLongest))) {
  const std::string_view text = text_;
  for (size_t at = 0; at < text.size() && size_ < kMostSentenceWords;) {
    if (!is_of(text[at], kWordByte)) {
      if (size_ > 0 && std::string_view(",;:.!?()\n\"|").find(text[at]) != std::string_view::npos)
        ends_[size_ - 1] = true;
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && (is_of(text[end], kWordByte) || joins(text, end))) ++end;
    if (text.substr(at, 2) != "\xE2\x80") {
      words_[size_++] = text.substr(at, end - at);
    } else if (size_ > 0) {
      ends_[size_ - 1] = true;  // a dash
    }
    at = end;
    cut_ = size_ == kMostSentenceWords && text.find_first_not_of(" .!?\n", at) < text.size();
  }
}

}  // namespace agentmesh::policy::scan
