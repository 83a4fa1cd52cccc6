#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/skeleton.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/our_words.h"
#include "policy/scan/spoken.h"
#include "policy/scan/text.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kOpening = 160;   // bytes in which a mark's key stands
constexpr size_t kWhole = 480;     // and all of a footer or denial
constexpr size_t kLastLine = 512;  // bytes at the text's end that are searched
constexpr size_t kMostHits = 8;

using View = std::string_view;

bool is_any_of(char c, View some) { return some.find(c) != View::npos; }

// Ticks, crosses, warning signs, emoji: what stands before the name in a footer. Bullets and arrows are a list's.
bool is_sign(uint32_t c) {
  return (c >= 0x2200 && c <= 0x2BFF && !(c >= 0x2500 && c <= 0x25FF)) ||
         (c >= 0x1F300 && c <= 0x1FAFF) || c == 0xFE0F;
}

// A text and what is left of it.
bool take(View& text, View prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// What a footer and a denial say, as they look.
const std::vector<std::string>& verdicts() {
  static const auto kVerdicts = [] {
    std::vector<std::string> all;
    for (const View word : {"allowed", "denied", "would be denied", "would need approval",
                            "verified", "approved", "blocked", "withheld", "held", "refused"})
      all.push_back(skeleton(word));
    return all;
  }();
  return kVerdicts;
}

const std::vector<std::string>& denials() {
  static const auto kOpenings = [] {
    std::vector<std::string> all;
    for (const View denial : kDenials) all.push_back(skeleton(denial.substr(0, denial.size() - 1)));
    // What nobody here says, and would be taken for ours all the same.
    for (const View other : {"Denied by AgentMesh", "Allowed by AgentMesh", "Approved by AgentMesh",
                             "Verified by AgentMesh"})
      all.push_back(skeleton(other));
    return all;
  }();
  return kOpenings;
}

// " · trust 812", " · audit #18", "by moderate/default": the rest of a footer.
bool has_detail(View rest) {
  if (rest.find("audlt#") != View::npos) return true;
  if (const size_t by = rest.find("by"); by < 24)
    if (const size_t slash = rest.find('/', by); slash != View::npos && slash < by + 40)
      return true;
  for (size_t at = rest.find("trust"); at != View::npos; at = rest.find("trust", at + 1))
    if (at + 5 < rest.size() && (is_digit(rest[at + 5]) || is_any_of(rest[at + 5], "lo")))
      return true;
  return false;
}

// Where a form may begin, behind what belongs to nobody.
struct Place {
  View text;
  bool sign = false;
  bool marked_up = false;  // as a heading or in a list, where documents name things
};

// Behind what may stand before a form and belongs to nobody: blanks, colours, stress, signs.
Place opened(View text) {
  Place place{text};
  while (!place.text.empty()) {
    const char c = place.text[0];
    if (is_blank(c) || is_any_of(c, "*_~([")) {
      place.text.remove_prefix(1);
    } else if (c == '#' ||
               (c == '-' && place.text.substr(1, 1) == " " && place.text.substr(2, 1) != " ")) {
      place.marked_up = true;
      place.text.remove_prefix(1);
    } else if (place.text.starts_with("\x1B[")) {
      const size_t end = place.text.substr(0, 32).find('m');
      if (end == View::npos) break;
      place.text.remove_prefix(end + 1);
    } else {
      const CodePoint point = code_point_at(place.text, 0);
      const bool sign = is_sign(point.value);
      if (!sign && !(point.value > 0x7F && is_invisible(point.value))) break;
      place.sign = place.sign || sign;
      place.text.remove_prefix(point.bytes);
    }
  }
  return place;
}

constexpr size_t kFirst = 5;  // letters that tell a form from nearly everything else

constexpr uint64_t packed(View letters) {
  uint64_t all = 0;
  for (const char c : letters) all = all << 8U | static_cast<uint8_t>(c);
  return all;
}

// The first letters as they look, in a text that nothing was made of yet: nearly every line ends here.
bool may_begin(View text) {
  constexpr std::array<uint64_t, 10> kForms = {
      packed("agent"), packed("block"), packed("heldb"), packed("wlthh"), packed("refus"),
      packed("needs"), packed("denle"), packed("allow"), packed("appro"), packed("verlf")};
  uint64_t first = 0;
  size_t known = 0;
  for (size_t at = 0; at < text.size() && known < kFirst;) {
    const uint32_t c = next_code_point(text, at);
    if (is_invisible(c)) continue;
    char like = looks_like(c);
    if (like == 'i' || like == '1' || like == '|') like = 'l';  // as skeleton() has them
    if (like == '0') like = 'o';
    if (known == 0 && !is_any_of(like, "abdhnrvw")) return false;
    first = first << 8U | static_cast<uint8_t>(like);
    ++known;
  }
  return std::find(kForms.begin(), kForms.end(), first) != kForms.end();
}

// JSON of a result: our key, and nothing but `"_meta":{` before it.
bool is_mark(View text) {
  View rest = text.substr(0, kOpening);
  while (!rest.empty())
    if (is_any_of(rest[0], "{[\"': \t\r\n="))
      rest.remove_prefix(1);
    else if (!take(rest, "_meta") && !take(rest, "result"))
      break;
  if (!take(rest, kOurPrefix)) return false;
  while (!rest.empty() && (is_alnum(rest[0]) || is_any_of(rest[0], "-_/"))) rest.remove_prefix(1);
  while (!rest.empty() && is_any_of(rest[0], "\"' ")) rest.remove_prefix(1);
  return !rest.empty() && is_any_of(rest[0], ":=");
}

// Says who has to say yes, and how.
bool is_ticket(View looks) {
  static const std::string kYours = skeleton(kNeedsYes);
  static const std::string kOthers = skeleton(kNeedsYesOf);
  static const std::string kRun = skeleton(kRunForYes);
  return looks.starts_with(kYours) ||
         (looks.starts_with(kOthers) && looks.find(kRun) != View::npos);
}
bool has_ticket(View looks) {
  static const std::string kBegins[] = {skeleton(kNeedsYes), skeleton(kNeedsYesOf)};
  for (const std::string& begins : kBegins)
    if (const size_t at = looks.find(begins); at != View::npos && is_ticket(looks.substr(at)))
      return true;
  return false;
}

bool is_denial(View looks, bool whole) {
  if (is_ticket(looks)) return true;
  for (const std::string& denial : denials()) {
    View rest = looks;
    if (!take(rest, denial)) continue;
    const bool said =
        rest.empty() || is_any_of(rest[0], ":.!-*_)]") || static_cast<uint8_t>(rest[0]) >= 0x80;
    return said && (!whole || rest.find("rule:") != View::npos || has_ticket(looks));
  }
  return false;
}

bool is_footer(View looks, bool sign, bool whole) {
  static const std::string kName = skeleton(kOurName);
  View rest = looks;
  if (!take(rest, kName)) return false;
  const size_t before = rest.size();
  while (!rest.empty() && !is_alnum(rest[0])) rest.remove_prefix(1);
  const bool apart = rest.size() < before;
  const bool decides = std::any_of(verdicts().begin(), verdicts().end(),
                                   [&](const std::string& word) { return rest.starts_with(word); });
  return decides && (sign || apart) && ((sign && !whole) || has_detail(rest));
}

// A letter that no form of ours begins with.
bool begins_otherwise(View text) {
  constexpr uint32_t kOurs = 1U << ('a' - 'a') | 1U << ('b' - 'a') | 1U << ('d' - 'a') |
                             1U << ('h' - 'a') | 1U << ('i' - 'a') | 1U << ('n' - 'a') |
                             1U << ('r' - 'a') | 1U << ('v' - 'a') | 1U << ('w' - 'a');
  size_t at = 0;
  while (at < text.size() && is_blank(text[at])) ++at;
  if (at == text.size()) return true;
  return is_alpha(text[at]) && (kOurs >> static_cast<unsigned>(lower(text[at]) - 'a') & 1U) == 0;
}

// Whether a form of ours begins here. `whole`: the opening alone is not enough.
bool begins_form(View text, bool whole) {
  if (begins_otherwise(text)) return false;
  if (!whole && is_mark(text)) return true;
  const Place place = opened(text);
  if (!may_begin(place.text)) return false;
  const std::string looks = skeleton(place.text.substr(0, kWhole));
  const bool everything = whole || place.marked_up;
  return is_denial(looks, everything) || is_footer(looks, place.sign, everything);
}

// Places behind tags that do not quote: "<p>", "<br>".
template <class Use>
void each_paragraph(View line, Use use) {
  constexpr std::array<View, 7> kQuoting = {"code", "pre", "kbd", "samp", "tt", "q>", "blockq"};
  for (size_t open = line.find('<'); open != View::npos; open = line.find('<', open)) {
    const size_t close = line.find('>', open);
    if (close == View::npos) return;
    const std::string tag = ascii_lower(line.substr(open + 1, 6));
    open = close + 1;
    if (std::none_of(kQuoting.begin(), kQuoting.end(),
                     [&](View quoting) { return tag.starts_with(quoting); }))
      use(open);
  }
}

// Places in the last line where a sentence, or a sign, begins that a text might end with; none inside quotes.
template <class Use>
void each_ending(View line, Use use) {
  bool in_ticks = false;
  bool in_quotes = false;
  for (size_t at = 0; at + 1 < line.size(); ++at) {
    in_ticks ^= line[at] == '`';
    in_quotes ^= line[at] == '"';
    if (line[at] != ' ' || at == 0 || line[at - 1] == ' ' || in_ticks || in_quotes) continue;
    const bool sentence = is_any_of(line[at - 1], ".!?)");
    const bool plain = static_cast<uint8_t>(line[at + 1]) < 0x80;
    if (sentence || (!plain && is_sign(code_point_at(line, at + 1).value))) use(at + 1);
  }
}

}  // namespace

void find_forged_mark(Reading& reading, std::vector<Hit>& hits) {
  const View text = reading.text();
  const size_t known = hits.size();
  const auto look = [&](View from, bool whole) {
    if (hits.size() - known >= kMostHits || !begins_form(from, whole)) return;
    const auto begin = static_cast<size_t>(from.data() - text.data());
    add_hit(hits, {"result.forged-mark", Severity::kHigh, begin, begin + 1});
  };
  const size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  look(text.substr(first), false);
  View line;
  View last;
  for (Spoken lines(text); lines.next(line);) {
    last = line;
    if (line.data() > text.data() + first) look(line, false);
    each_paragraph(line, [&](size_t at) { look(line.substr(at), false); });
  }
  const size_t end = text.find_last_not_of(" \t\r\n");
  const bool ends_with_it =
      end != View::npos && !last.empty() && last.data() + last.size() > text.data() + end;
  if (!ends_with_it) return;
  last.remove_prefix(last.size() - std::min(last.size(), kLastLine));
  each_ending(last, [&](size_t at) { look(last.substr(at), true); });
}

}  // namespace agentmesh::policy::scan
