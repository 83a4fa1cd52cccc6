#include "base/skeleton.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/skeleton_table.h"

namespace agentmesh {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Characters that are told apart by nobody, as the one that stands for them all.
char merged(char c) {
  switch (c) {
    case 'i':
    case '1':
    case '|': return 'l';
    case '0': return 'o';
    default: return c;
  }
}

using Ligature = std::pair<uint32_t, std::string_view>;

// Calls `use` with every code point of a row's text.
template <class Use>
void each_of(const skeleton_table::Like& like, Use use) {
  for (size_t at = 0; at < like.text.size();) use(next_code_point(like.text, at));
}

std::vector<std::pair<uint32_t, char>> sorted_look_alikes() {
  std::vector<std::pair<uint32_t, char>> table;
  for (const auto& like : skeleton_table::kLike)
    each_of(like, [&](uint32_t code_point) { table.emplace_back(code_point, like.ascii[0]); });
  std::sort(table.begin(), table.end());
  return table;
}

std::vector<Ligature> sorted_ligatures() {
  std::vector<Ligature> table;
  for (const auto& like : skeleton_table::kLigatures)
    each_of(like, [&](uint32_t code_point) { table.emplace_back(code_point, like.ascii); });
  std::sort(table.begin(), table.end());
  return table;
}

char letter(uint32_t index) { return static_cast<char>('a' + index % 26); }

char from_table(uint32_t code_point) {
  static const auto kTable = sorted_look_alikes();
  const auto found = std::lower_bound(kTable.begin(), kTable.end(), std::pair(code_point, '\0'));
  return found != kTable.end() && found->first == code_point ? found->second : '\0';
}

std::string_view ligature(uint32_t code_point) {
  static const auto kTable = sorted_ligatures();
  const auto found =
      std::lower_bound(kTable.begin(), kTable.end(), Ligature(code_point, std::string_view()));
  return found != kTable.end() && found->first == code_point ? found->second : std::string_view();
}

// Blocks that repeat an alphabet: full-width, mathematical, enclosed, regional indicators, mathematical Greek.
char from_alphabet(uint32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return lower(static_cast<char>(c - 0xFF01 + '!'));
  if (c >= 0x1D400 && c <= 0x1D6A3) return letter(c - 0x1D400);
  if (c >= 0x1D7CE && c <= 0x1D7FF) return static_cast<char>('0' + (c - 0x1D7CE) % 10);
  if (c >= 0x24B6 && c <= 0x24E9) return letter(c - 0x24B6);
  if (c >= 0x249C && c <= 0x24B5) return letter(c - 0x249C);
  for (const uint32_t first : {0x1F110U, 0x1F130U, 0x1F150U, 0x1F170U, 0x1F1E6U})
    if (c >= first && c < first + 26) return letter(c - first);
  if (c >= 0x1D6A8 && c <= 0x1D7CB) {
    constexpr std::array<uint32_t, 6> kSymbols = {0x3B5, 0x3B8, 0x3BA, 0x3C6, 0x3C1, 0x3C0};
    const uint32_t at = (c - 0x1D6A8) % 58;
    if (at < 25) return from_table(0x391 + at);
    if (at >= 26 && at < 51) return from_table(0x3B1 + at - 26);
    if (at >= 52) return from_table(kSymbols[at - 52]);
  }
  return '\0';
}

bool printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

bool same_but_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

uint32_t next_code_point(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(at);
  size_t more = 0;
  uint32_t code_point = lead;
  if (lead >= 0xF0 && lead <= 0xF4) {
    more = 3;
    code_point = lead & 0x07U;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    more = 2;
    code_point = lead & 0x0FU;
  } else if (lead >= 0xC2 && lead < 0xE0) {
    more = 1;
    code_point = lead & 0x1FU;
  } else if (lead >= 0x80) {
    ++at;
    return 0xFFFD;
  }
  if (at + more >= text.size()) {
    ++at;
    return 0xFFFD;
  }
  for (size_t i = 1; i <= more; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) {
      ++at;
      return 0xFFFD;
    }
    code_point = code_point << 6U | (byte(at + i) & 0x3FU);
  }
  at += more + 1;
  return code_point;
}

bool is_invisible(uint32_t code_point) {
  if (code_point < 0x80) return code_point <= 0x20 || code_point == 0x7F;
  const auto* const end = std::end(skeleton_table::kInvisible);
  const auto* const found =
      std::lower_bound(std::begin(skeleton_table::kInvisible), end, code_point,
                       [](const auto& range, uint32_t c) { return range.last < c; });
  return found != end && found->first <= code_point;
}

char looks_like(uint32_t code_point) {
  if (code_point < 0x80) return lower(static_cast<char>(code_point));
  const char known = from_table(code_point);
  return merged(known != '\0' ? known : from_alphabet(code_point));
}

std::string skeleton(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto add = [&](char c) {
    c = merged(lower(c));
    if (!out.empty() && ((c == 'n' && out.back() == 'r') || (c == 'v' && out.back() == 'v'))) {
      out.back() = c == 'n' ? 'm' : 'w';
    } else {
      out += c;
    }
  };
  for (size_t at = 0; at < text.size();) {
    const uint32_t code_point = next_code_point(text, at);
    if (code_point < 0x80) {
      if (!is_invisible(code_point)) add(static_cast<char>(code_point));
    } else if (const char like = looks_like(code_point); like != '\0') {
      add(like);
    } else if (const std::string_view spelled = ligature(code_point); !spelled.empty()) {
      for (const char c : spelled) add(c);
    } else if (!is_invisible(code_point)) {
      append_utf8(out, code_point);
    }
  }
  return out;
}

bool could_be_read_as(std::string_view text, std::string_view ascii) {
  if (printable_ascii(text)) return same_but_case(text, ascii);
  // certain[n]: the most characters that are there for certain, with the first n characters of `ascii` read; -1: no way.
  constexpr int kNoWay = -1;
  std::vector<int> certain(ascii.size() + 1, kNoWay);
  std::vector<int> next(ascii.size() + 1, kNoWay);
  certain[0] = 0;
  size_t plain_count = 0;
  for (size_t at = 0; at < text.size();) {
    const uint32_t code_point = next_code_point(text, at);
    const bool plain = code_point < 0x80;
    const bool skip = is_invisible(code_point);
    const char like = looks_like(code_point);
    const std::string_view spelled = plain ? std::string_view() : ligature(code_point);
    if (plain && !skip) ++plain_count;
    std::fill(next.begin(), next.end(), kNoWay);
    const auto reach = [&](size_t n, int count) { next[n] = std::max(next[n], count); };
    for (size_t n = 0; n < certain.size(); ++n) {
      const int so_far = certain[n];
      if (so_far == kNoWay) continue;
      if (skip) reach(n, so_far);
      if (n == ascii.size()) continue;
      const char want = lower(ascii[n]);
      if (plain) {
        if (like == want) reach(n + 1, so_far + 1);
        continue;
      }
      reach(n + 1, like == merged(want) ? so_far + 1 : so_far);
      if (!spelled.empty() && n + spelled.size() <= ascii.size() &&
          same_but_case(ascii.substr(n, spelled.size()), spelled))
        reach(n + spelled.size(), so_far + static_cast<int>(spelled.size()));
    }
    std::swap(certain, next);
    if (std::all_of(certain.begin(), certain.end(), [](int count) { return count == kNoWay; }))
      return false;
  }
  if (certain.back() == kNoWay) return false;
  const auto sure = static_cast<size_t>(certain.back());
  return sure == ascii.size() || plain_count * 2 >= ascii.size() ||
         (ascii.size() >= 4 && sure + 1 == ascii.size());
}

}  // namespace agentmesh
