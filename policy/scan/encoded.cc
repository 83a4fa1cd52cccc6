#include "policy/scan/encoded.h"

#include <algorithm>

#include "base/bytes.h"
#include "policy/scan/base64_runs.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/escapes.h"
#include "policy/scan/sixteen.h"

namespace agentmesh::policy::scan {
namespace {

size_t count_printable(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  }));
}

bool mostly_printable(std::string_view text) {
  if (text.size() < 12) return false;
  const size_t good = count_printable(text);
  return good * 20 >= text.size() * 19 || (good * 3 >= text.size() && is_utf8(text));
}

// Bits of one character each, put together to bytes.
class Bits {
 public:
  explicit Bits(size_t bytes) { out_.reserve(bytes); }
  void put(unsigned value, unsigned width) {
    bits_ = bits_ << width | value;
    count_ += width;
    if (count_ < 8) return;
    count_ -= 8;
    out_.push_back(static_cast<char>(bits_ >> count_ & 0xFFU));
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  unsigned bits_ = 0;
  unsigned count_ = 0;
};

constexpr bool is_base32(char c) { return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'); }

std::string base32_content(std::string_view run) {
  Bits out(run.size() * 5 / 8 + 1);
  for (const char c : run) out.put(static_cast<unsigned>(is_digit(c) ? c - '2' + 26 : c - 'A'), 5);
  return out.take();
}

std::string hex_content(std::string_view run) {
  std::string out;
  out.reserve(run.size() / 2);
  for (size_t i = 0; i < run.size(); i += 2)
    out.push_back(static_cast<char>(hex_digit(run[i]) * 16 + hex_digit(run[i + 1])));
  return out;
}

// Tries `run`, which begins at `begin` of the text, as hex, as base32 and as base64.
bool take_run(std::string_view run, size_t begin, std::vector<Encoded>& out) {
  if (run.size() < kLeastRun) return false;
  const auto take = [&](std::string content) {
    if (!mostly_printable(content)) return false;
    out.push_back({begin, begin + run.size(), std::move(content)});
    return true;
  };
  if (run.size() % 2 == 0 && run.size() >= 24 &&
      std::all_of(run.begin(), run.end(), [](char c) { return hex_digit(c) >= 0; }) &&
      take(hex_content(run)))
    return true;
  // Paths and names in small letters: no text comes out as that.
  if (std::none_of(run.begin(), run.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return false;
  if (run.size() >= 20 && std::all_of(run.begin(), run.end(), is_base32) &&
      take(base32_content(run)))
    return true;
  return take(base64_content(run));
}

// Where the next line of a run begins that ends at `at`, behind its end, spelled or not, and blanks; `at` if none does.
size_t next_line(std::string_view text, size_t at) {
  constexpr size_t kMostBlanks = 16;
  size_t next = at;
  for (const std::string_view end : {"\r\n", "\n", "\\r\\n", "\\n"})
    if (next == at && text.substr(at, end.size()) == end) next = at + end.size();
  if (next == at) return at;
  for (size_t blanks = 0;
       blanks < kMostBlanks && next < text.size() && (text[next] == ' ' || text[next] == '\t');
       ++blanks)
    ++next;
  return next;
}

// Further lines of `piece`, which is one as long as `width`: each of that length, the last one shorter. A line of a multiple of
// four characters ends with a byte, so that each is decoded by itself. Returns where the last one ends.
size_t take_lines(std::string_view text, size_t width, Encoded& piece) {
  constexpr size_t kLeastWidth = 40;
  if (width < kLeastWidth || width % 4 != 0) return piece.end;
  for (;;) {
    const size_t begin = next_line(text, piece.end);
    if (begin == piece.end || begin >= text.size()) return piece.end;
    size_t end = begin;
    while (end < text.size() && end - begin <= width && is_of(text[end], kBase64Byte)) ++end;
    const std::string_view line = text.substr(begin, end - begin);
    if (line.empty() || line.size() > width) return piece.end;
    size_t padded = end;  // a last line is a multiple of four too, unlike most words
    while (padded < text.size() && text[padded] == '=' && padded < end + 2) ++padded;
    if ((padded - begin) % 4 != 0) return piece.end;
    const std::string content = base64_content(line);
    if (content.empty() || count_printable(content) * 20 < content.size() * 19) return piece.end;
    piece.content += content;
    piece.end = padded;
    if (padded - begin < width || padded > end) return piece.end;
  }
}

constexpr ByteSet kBetweenPairs([](uint8_t c) {
  return c == ' ' || c == ':' || c == ',' || c == '\n';
});

// "67 68 70 5f …": hex in pairs. What is shorter than kLeastPairs is not looked for, so that sixteen bytes of
// kStride tell: no letter behind f is among them.
class HexPairs {
 public:
  HexPairs(std::string_view text, std::vector<Encoded>& out) : text_(text), out_(out) {}

  void run() {
    size_t found = 0;
    for (size_t at = kStride / 2; at + 16 <= text_.size() && found < kMaxEncodedPieces;
         at += kStride) {
      const Sixteen bytes = Sixteen::at(text_.data() + at) | Sixteen::all(0x20);
      if (bytes.within('g', 'z').bits() != 0) continue;
      size_t pair = at;  // where one begins
      for (size_t tries = 0; tries < 3 && !is_pair(pair); ++tries) ++pair;
      if (!is_pair(pair) || !is_pair(pair + 3)) continue;
      const size_t begin = first(pair);
      std::string content;
      size_t end = begin;
      for (size_t next = begin; is_pair(next) && end <= next; next = end + 1) {
        content.push_back(
            static_cast<char>(hex_digit(text_[next]) * 16 + hex_digit(text_[next + 1])));
        end = next + 2;
        if (end >= text_.size() || !kBetweenPairs.holds(text_[end])) break;
      }
      done_ = end;
      while (at + kStride < end) at += kStride;
      if (content.size() < kLeastPairs || !mostly_printable(content)) continue;
      out_.push_back({begin, end, std::move(content)});
      ++found;
    }
  }

 private:
  static constexpr size_t kLeastPairs = 16;
  static constexpr size_t kStride = 31;
  static_assert(kLeastPairs * 3 > kStride + 16);

  bool is_pair(size_t at) const {
    return at + 2 <= text_.size() && hex_digit(text_[at]) >= 0 && hex_digit(text_[at + 1]) >= 0 &&
           (at == 0 || hex_digit(text_[at - 1]) < 0) &&
           (at + 2 == text_.size() || hex_digit(text_[at + 2]) < 0);
  }
  size_t first(size_t pair) const {
    while (pair >= done_ + 3 && kBetweenPairs.holds(text_[pair - 1]) && is_pair(pair - 3))
      pair -= 3;
    return pair;
  }

  std::string_view text_;
  std::vector<Encoded>& out_;
  size_t done_ = 0;
};

}  // namespace

std::string base64_content(std::string_view run) {
  while (!run.empty() && run.back() == '=') run.remove_suffix(1);
  if (run.size() % 4 == 1) return {};
  Bits out(run.size() * 3 / 4 + 3);
  for (const char c : run) {
    if (c >= 'A' && c <= 'Z') {
      out.put(static_cast<unsigned>(c - 'A'), 6);
    } else if (c >= 'a' && c <= 'z') {
      out.put(static_cast<unsigned>(c - 'a') + 26, 6);
    } else if (is_digit(c)) {
      out.put(static_cast<unsigned>(c - '0') + 52, 6);
    } else if (c == '+' || c == '-') {
      out.put(62, 6);
    } else if (c == '/' || c == '_') {
      out.put(63, 6);
    } else {
      return {};
    }
  }
  return out.take();
}

std::vector<Encoded> find_encoded(std::string_view text, size_t first_run) {
  static constexpr ByteSet kJoints(
      [](uint8_t c) { return c == '/' || c == '-' || c == '_' || c == '+'; });
  std::vector<Encoded> out;
  size_t i = 0;
  for (size_t begin = first_run; begin != std::string_view::npos && out.size() < kMaxEncodedPieces;
       begin = find_base64_run(text, i)) {
    i = end_of_base64_run(text, begin + kLeastRun);
    size_t end = i;
    while (end < text.size() && text[end] == '=' && end < i + 6) ++end;
    const std::string_view run = text.substr(begin, i - begin);
    if (begin >= 7 && text.substr(begin - 7, 7) == "base64," && run.size() > 256) continue;
    if (take_run(run, begin, out)) {
      out.back().end = end;
      if (end == i) i = take_lines(text, run.size(), out.back());
      continue;
    }
    const size_t inner = behind_escape(text, begin) - begin;
    if (inner > 0 && inner < run.size() && take_run(run.substr(inner), begin + inner, out)) {
      out.back().end = end;
      if (end == i) i = take_lines(text, run.size() - inner, out.back());
      continue;
    }
    for (size_t k = 0; k < run.size();) {  // a path or a name in front: try its parts
      const size_t stop = kJoints.find(run, k);
      if (stop - k < run.size() && take_run(run.substr(k, stop - k), begin + k, out) &&
          stop == run.size())
        out.back().end = end;
      k = stop + 1;
    }
  }
  const auto pairs = static_cast<std::ptrdiff_t>(out.size());
  HexPairs(text, out).run();
  std::inplace_merge(out.begin(), out.begin() + pairs, out.end(),
                     [](const Encoded& a, const Encoded& b) { return a.begin < b.begin; });
  return out;
}

}  // namespace agentmesh::policy::scan
