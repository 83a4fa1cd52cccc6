#include "policy/scan/spelled_out.h"

#include <algorithm>
#include <cstddef>

#include "base/bytes.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/lexicon.h"
#include "policy/scan/spellings.h"

namespace agentmesh::policy::scan {
namespace {

using Kind = Spelling::Kind;

constexpr size_t kLongestWord = 32;  // bytes of a word that the lexicon may have
constexpr size_t kLongestRead = 96;  // bytes of its spelling that are read both ways

bool ends_address(char c) {
  return static_cast<uint8_t>(c) <= ' ' || c == '"' || c == '\'' || c == '`' || c == '\\';
}

class SpelledOut {
 public:
  explicit SpelledOut(std::string_view text) : text_(text) {}

  std::string all() {
    for (size_t at = next_spelling_sign(text_, 0); at < text_.size();
         at = next_spelling_sign(text_, at)) {
      const Spelling one = spelling_at(text_, at);
      switch (one.kind) {
        case Kind::kNone: at = behind_sign(at); break;
        case Kind::kBlank:
        case Kind::kLine: at = blanks(at); break;
        case Kind::kNothing:
        case Kind::kLetter: at = word(at); break;
        case Kind::kMark: at = mark(at, one); break;
        case Kind::kSlash: at = address(at); break;
      }
      done_ = at;
    }
    return std::move(out_);
  }

 private:
  size_t behind_sign(size_t at) const {
    if (text_[at] != '\\') return at + 1;
    return std::min(text_.find_first_not_of('\\', at), text_.size());
  }

  // Writes `said` at the end of what stood from `begin` to `end`, or at its beginning.
  void put(size_t begin, size_t end, std::string_view said, bool last = true) {
    if (said.size() > end - begin) return;
    if (out_.empty()) out_ = text_;
    std::fill(out_.begin() + static_cast<std::ptrdiff_t>(begin),
              out_.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    out_.replace(last ? end - said.size() : begin, said.size(), said);
  }

  // Blanks, tabs and line ends in a row; two line ends are a paragraph's.
  size_t blanks(size_t at) {
    size_t end = at;
    size_t lines = 0;
    bool tab = false;
    for (Spelling one = spelling_at(text_, end);
         one.kind == Kind::kBlank || one.kind == Kind::kLine; one = spelling_at(text_, end)) {
      if (one.of_one_letter && is_word_with(end + one.bytes - 1)) break;
      if (one.kind == Kind::kLine) ++lines;
      tab = tab || one.value == '\t';
      end += one.bytes;
    }
    if (end == at) return behind_sign(at);
    put(at, end, lines > 1 ? "\n\n" : lines == 1 ? "\n" : tab ? "\t" : " ");
    return end;
  }

  // Whether the letter of an escape begins a word of the lexicon, and what follows it is none: "\new", "\tell".
  bool is_word_with(size_t letter) const {
    const size_t most = std::min(text_.size(), letter + kLongestWord + 1);
    size_t end = letter + 1;
    while (end < most && is_alpha(text_[end])) ++end;
    return end > letter + 1 && word_classes(text_.substr(letter, end - letter)) != 0 &&
           word_classes(text_.substr(letter + 1, end - letter - 1)) == 0;
  }

  // A word with letters that are spelled, or with what is not shown, at `at`.
  size_t word(size_t at) {
    size_t begin = at;
    while (begin > done_ && at - begin < kLongestWord && is_of(text_[begin - 1], kWordByte))
      --begin;
    std::string said(text_.substr(begin, at - begin));
    bool wide = false;
    bool all = begin == at;  // of its letters are spelled
    size_t end = at;
    while (end < text_.size()) {
      if (is_of(text_[end], kWordByte)) {
        said.push_back(text_[end++]);
        all = false;
        continue;
      }
      const Spelling one = spelling_at(text_, end);
      if (one.kind != Kind::kLetter && one.kind != Kind::kNothing) break;
      if (one.kind == Kind::kLetter) append_utf8(said, one.value);
      wide = wide || (one.kind == Kind::kLetter && one.value >= 0x80);
      end += one.bytes;
    }
    constexpr size_t kLeastAll = 3;
    if ((all && said.size() >= kLeastAll) || word_classes(said) != 0 ||
        (wide && !is_known(text_.substr(begin, end - begin))))
      put(begin, end, said);
    return end;
  }

  // Whether a word of the lexicon is there as it stands.
  static bool is_known(std::string_view spelling) {
    spelling = spelling.substr(0, kLongestRead);
    for (size_t begin = 0; begin < spelling.size();) {
      size_t end = begin;
      while (end < spelling.size() && is_of(spelling[end], kWordByte)) ++end;
      if (word_classes(spelling.substr(begin, end - begin)) != 0) return true;
      begin = end + 1;
    }
    return false;
  }

  // Where a bracket opens, what it opens stands behind it.
  size_t mark(size_t at, const Spelling& one) {
    std::string said;
    append_utf8(said, one.value);
    put(at, at + one.bytes, said, one.value == '<' || one.value == '[' || one.value == '(');
    return at + one.bytes;
  }

  // "https:\/\/a.example\/b", "<\/p>": to its end, which is read without the backslashes.
  size_t address(size_t at) {
    size_t begin = at;
    while (begin > done_ && at - begin < kLongestWord && !ends_address(text_[begin - 1])) --begin;
    std::string said(text_.substr(begin, at - begin));
    size_t end = at;
    while (end < text_.size()) {
      if (!ends_address(text_[end])) {
        said.push_back(text_[end++]);
        continue;
      }
      const Spelling one = spelling_at(text_, end);
      if (one.kind != Kind::kSlash) break;
      said.push_back('/');
      end += one.bytes;
    }
    put(begin, end, said);
    return end;
  }

  std::string_view text_;
  std::string out_;
  size_t done_ = 0;  // what stands before it is read
};

}  // namespace

std::string spelled_out(std::string_view text) { return SpelledOut(text).all(); }

}  // namespace agentmesh::policy::scan
