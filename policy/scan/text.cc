#include "policy/scan/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/lexicon.h"
#include "policy/scan/paths.h"
#include "policy/scan/text_forms.h"
#include "policy/scan/text_rules.h"
#include "policy/scan/unicode.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

constexpr size_t kMaxSentence = 80;  // words; longer ones are cut
constexpr size_t kMaxPlaces = 64;    // words looked up as paths
constexpr size_t kNear = 2000;       // bytes within which acts add up
constexpr size_t kLongText =
    4000;  // bytes from which a result is a document, where one act alone is often a quotation

struct Word {
  ClassSet classes = 0;
  bool fresh = false;  // begins a sentence or stands behind punctuation
  bool comma = false;  // is one
  bool mail = false;   // "email", a thing or an act
};

// Which rules a sentence brings into play, by the classes of its words. Each rule is filed under the classes of one of its
// steps, one without words that every sentence has where there is such a step: most sentences bring none.
class RuleIndex {
 public:
  RuleIndex() {
    constexpr ClassSet kEverywhere = bit(kTo) | bit(kAnd) | bit(kAre) | bit(kAll) | bit(kYour) |
                                     bit(kThis) | bit(kFrom) | bit(kNot) | bit(kUse) | bit(kOther) |
                                     bit(kYou) | bit(kNow) | bit(kAs) | bit(kData) | bit(kMust) |
                                     bit(kNew) | bit(kWhere) | bit(kSay);
    for (const TextRule& rule : text_rules()) {
      ClassSet filed = rule.steps[0].any;
      for (const Step& step : rule.steps)
        if (step.any != 0 && (filed & kEverywhere) != 0) filed = step.any;
      for (unsigned i = 0; i < rules_.size(); ++i)
        if ((filed >> i & 1U) != 0) rules_[i].push_back(&rule);
    }
  }
  // Calls `visit(rule)`, for some rules more than once.
  template <class Visit>
  void each(ClassSet present, Visit visit) const {
    each_of(static_cast<uint64_t>(present), 0, visit);
    each_of(static_cast<uint64_t>(present >> 64), 64, visit);
  }

 private:
  template <class Visit>
  void each_of(uint64_t present, size_t first, Visit& visit) const {
    for (; present != 0; present &= present - 1)
      for (const TextRule* rule : rules_[first + static_cast<size_t>(std::countr_zero(present))])
        visit(*rule);
  }
  std::array<std::vector<const TextRule*>, 128> rules_;  // by class
};

bool is_word_char(char c) { return is_of(c, kWordByte); }

// Cyrillic capitals made small, for the lexicon; every byte keeps its place.
std::string small_letters(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i + 1 < out.size(); ++i) {
    const auto next = static_cast<uint8_t>(out[i + 1]);
    if (out[i] != '\xD0' || next < 0x90 || next > 0xAF) continue;
    if (next < 0xA0) {
      out[i + 1] = static_cast<char>(next + 0x20);
    } else {
      out[i] = '\xD1';
      out[i + 1] = static_cast<char>(next - 0x20);
    }
  }
  return out;
}

class Scanner {
 public:
  Scanner(TextKind kind, std::span<const std::string> other_tools)
      : kind_(kind), other_tools_(other_tools) {
    words_.reserve(kMaxSentence);
  }

  void read(std::string_view text) {
    text_ = text;
    fresh_ = true;
    whole_ = false;
    here_ = 0;
    for (size_t at = 0; at < text.size();) {
      if (is_word_char(text[at])) {
        at = word(at);
      } else {
        gap(at);
        ++at;
      }
    }
    finish();
    whole_ = true;
    const Forms forms = find_forms(text);
    if (forms.template_token) add(Act::kEnvelope, 6, 4);
    if (forms.role_marker) add(Act::kRole, 6, 4);
    if (forms.plain_role) add(Act::kRole, 2, 1);
    if (forms.loud_tag) add(Act::kEnvelope, 2, 1);
    if (forms.override_phrase) add(Act::kOverride, 6, 4);
    if (kind_ == TextKind::kDescription && places_ > 1) add(Act::kSecretPlace, 3, 0);
  }

  void report(size_t length, std::vector<Hit>& hits) const {
    const int total = most_;
    const bool tool = kind_ == TextKind::kDescription;
    const int medium = !tool && length > kLongText ? 5 : 3;
    if (total < (tool ? 1 : medium)) return;
    Severity severity = total >= medium + 3 ? Severity::kHigh
                        : total >= medium   ? Severity::kMedium
                                            : Severity::kLow;
    if (tool && total >= 12) severity = Severity::kCritical;
    add_hit(hits, {tool ? "tool.poisoned" : "result.injection", severity});
    for (size_t i = 0; i < kActs; ++i)
      if (acts_[i].weight > 0) add_hit(hits, {act_id(static_cast<Act>(i)), Severity::kLow});
  }

 private:
  void add(Act act, int tool, int result) {
    const int weight = kind_ == TextKind::kDescription ? tool : result;
    Seen& seen = acts_[static_cast<size_t>(act)];
    if (seen.weight == 0 || !near(seen) || weight >= seen.weight) seen = {weight, here_, whole_};
    int total = 0;
    for (const Seen& one : acts_)
      if (near(one)) total += one.weight;
    most_ = std::max(most_, total);
  }

  // What stands between two words.
  void gap(size_t at) {
    const char c = text_[at];
    const char next = at + 1 < text_.size() ? text_[at + 1] : ' ';
    if (c == ' ' || c == '\t' || c == '\r') return;
    bool ends = false;
    if (c == '.' || c == '!' || c == '?') {
      ends = !is_word_char(next);
    } else if (c == '\n') {
      ends = next == '\n' || next == '-' || next == '*' || next == '#' || next == '<' ||
             next == '[' || next == '|' || (next >= 'A' && next <= 'Z') ||
             (next >= '0' && next <= '9');
    } else if (c == ',') {
      words_.push_back({bit(kAnd), false, true, false});
    }
    if (c != '-') fresh_ = true;
    if (ends) finish();
  }

  // Takes the word at `at`; returns its end. Dots, slashes, @ and the like inside belong to it.
  size_t word(size_t at) {
    size_t end = at;
    bool joined = false;
    while (end < text_.size()) {
      const char c = text_[end];
      if (is_word_char(c)) {
        ++end;
        continue;
      }
      const bool joint = c == '-' || c == '.' || c == '@' || c == '/' || c == ':';
      if (!joint || end + 1 >= text_.size() ||
          !(is_word_char(text_[end + 1]) || (text_[end + 1] == '/' && c != '.' && c != '-')))
        break;
      joined = joined || c != '-';
      ++end;
    }
    std::string_view whole = text_.substr(at, end - at);
    Word found{0, fresh_, false, false};
    fresh_ = false;
    if (joined && (whole.find("://") != std::string_view::npos ||
                   (whole.find('@') != std::string_view::npos && whole[0] != '@'))) {
      found.classes = bit(kWhere);
    } else {
      while (!whole.empty() && whole.front() == '\'') whole.remove_prefix(1);
      while (!whole.empty() && whole.back() == '\'') whole.remove_suffix(1);
      found.classes = joined ? parts(whole) : word_classes(whole);
      if (names_secret_place(at, end)) found.classes |= bit(kPlace);
      if (is_other_tool(whole)) add(Act::kOtherTool, 3, 0);
      // "an email address" is a thing, and nothing is sent to what it looks like.
      if ((found.classes & bit(kRecipient)) != 0 && !words_.empty() && words_.back().mail)
        words_.back().classes &= ~bit(kSend);
      found.mail = whole.size() >= 4 && ((whole[0] | 0x20) == 'e' || (whole[0] | 0x20) == 'm') &&
                   (ascii_lower(whole) == "email" || ascii_lower(whole) == "e-mail" ||
                    ascii_lower(whole) == "mail");
    }
    words_.push_back(found);
    here_ = end;
    if (words_.size() >= kMaxSentence) finish();
    return end;
  }

  // "create/update": the classes of all parts; "e.g.x" has none.
  static ClassSet parts(std::string_view whole) {
    ClassSet classes = 0;
    for (size_t begin = 0; begin < whole.size();) {
      const size_t end = std::min(whole.find_first_of("/:@.", begin), whole.size());
      classes |= word_classes(whole.substr(begin, end - begin));
      begin = end + 1;
    }
    return classes;
  }

  bool names_secret_place(size_t at, size_t end) {
    const bool dotted =
        at > 0 && (text_[at - 1] == '.' || text_[at - 1] == '/' || text_[at - 1] == '~');
    const std::string_view whole = text_.substr(at, end - at);
    if (!dotted && whole.find('/') == std::string_view::npos && whole.substr(0, 3) != "id_")
      return false;
    if (++looked_up_ > kMaxPlaces) return false;
    while (at > 0 && (text_[at - 1] == '/' || text_[at - 1] == '~' || text_[at - 1] == '.')) --at;
    std::string_view place = text_.substr(at, end - at);
    while (!place.empty() && (place[0] == '~' || place[0] == '/')) place.remove_prefix(1);
    std::string path = "/";
    path += place;
    if (!holds_secrets(path)) return false;
    ++places_;
    return true;
  }

  bool is_other_tool(std::string_view whole) const {
    if (other_tools_.empty() || whole.size() < 6 || whole.find('_') == std::string_view::npos)
      return false;
    return std::find(other_tools_.begin(), other_tools_.end(), whole) != other_tools_.end();
  }

  void finish() {
    if (words_.empty()) return;
    ClassSet present = 0;
    for (const Word& word : words_) present |= word.classes;
    static const RuleIndex kIndex;
    kIndex.each(present, [&](const TextRule& rule) { match(rule, present); });
    words_.clear();
  }

  void match(const TextRule& rule, ClassSet present) {
    for (const Step& step : rule.steps)
      if (step.any != 0 && (step.any & present) == 0) return;
    for (size_t i = 0; i < words_.size(); ++i) {
      if ((words_[i].classes & rule.steps[0].any) == 0 || !fits(rule, i)) continue;
      size_t at = i;
      size_t step = 1;
      for (; step < rule.steps.size() && rule.steps[step].any != 0; ++step) {
        size_t next = at + 1;
        const size_t last = std::min(words_.size(), at + 2 + rule.steps[step].gap);
        while (next < last && (words_[next].classes & rule.steps[step].any) == 0) {
          if (words_[next].comma && (rule.flags & TextRule::kTight) != 0) next = last;
          if ((rule.flags & TextRule::kNoNot) != 0 && (words_[next].classes & bit(kNot)) != 0)
            next = last;
          ++next;
        }
        if (next >= last) break;
        at = next;
      }
      if (step == rule.steps.size() || rule.steps[step].any == 0)
        return add(rule.act, rule.tool, rule.result);
    }
  }

  bool fits(const TextRule& rule, size_t i) const {
    if ((rule.flags & TextRule::kUnlessReport) != 0)
      for (size_t k = i > 12 ? i - 12 : 0; k < i; ++k)
        if ((words_[k].classes & bit(kReport)) != 0) return false;
    if ((rule.flags & TextRule::kUnlessNot) != 0) {
      for (size_t k = i > 10 ? i - 10 : 0; k < i; ++k)
        if ((words_[k].classes & bit(kNot)) != 0 &&
            std::none_of(words_.begin() + static_cast<std::ptrdiff_t>(k),
                         words_.begin() + static_cast<std::ptrdiff_t>(i),
                         [](const Word& word) { return word.fresh; }))
          return false;
    }
    if ((rule.flags & TextRule::kOrder) == 0 || i == 0 || words_[i].fresh) return true;
    constexpr ClassSet kBeforeOrder =
        bit(kAnd) | bit(kMust) | bit(kPlease) | bit(kNow) | bit(kModel);
    return (words_[i - 1].classes & kBeforeOrder) != 0;
  }

  // Acts count together where they stand together: a long document has some of each, far apart.
  struct Seen {
    int weight = 0;
    size_t at = 0;
    bool whole = false;
  };
  bool near(const Seen& seen) const {
    return whole_ || seen.whole || (here_ >= seen.at && here_ - seen.at <= kNear);
  }

  TextKind kind_;
  std::span<const std::string> other_tools_;
  std::string_view text_;
  std::vector<Word> words_;
  bool fresh_ = true;
  size_t places_ = 0;
  size_t looked_up_ = 0;
  std::array<Seen, kActs> acts_{};
  int most_ = 0;
  size_t here_ = 0;     // where in the text
  bool whole_ = false;  // what is found now belongs to no place
};

}  // namespace

void find_instructions(std::string_view text, TextKind kind,
                       std::span<const std::string> other_tools, std::vector<Hit>& hits) {
  Scanner scanner(kind, other_tools);
  if (is_plain(text)) {
    scanner.read(text);
  } else {
    scanner.read(fold(text).text);
    // Folding makes Latin of what only looks so; what is written in Cyrillic is read as that.
    if (text.find_first_of("\xD0\xD1") != std::string_view::npos) scanner.read(small_letters(text));
    if (const std::string message = hidden_message(text); !message.empty()) scanner.read(message);
  }
  for (const Encoded& piece : find_encoded(text)) scanner.read(piece.content);
  scanner.report(text.size(), hits);
}

namespace {

constexpr std::string_view kOurName = "agentmesh";

// By how much the name can be moved on when this byte stands under its last letter (Horspool's search): by all of it for most.
constexpr auto kSteps = [] {
  std::array<uint8_t, 256> steps{};
  steps.fill(kOurName.size());
  for (size_t i = 0; i + 1 < kOurName.size(); ++i) {
    const auto step = static_cast<uint8_t>(kOurName.size() - 1 - i);
    steps[static_cast<uint8_t>(kOurName[i])] = step;
    steps[static_cast<uint8_t>(kOurName[i] - 0x20)] = step;
  }
  return steps;
}();

// The name in any case; npos if it is not there.
size_t find_our_name(std::string_view text, size_t from) {
  for (size_t at = from; at + kOurName.size() <= text.size();) {
    size_t same = kOurName.size();
    while (same > 0 && (text[at + same - 1] | 0x20) == kOurName[same - 1]) --same;
    if (same == 0) return at;
    at += kSteps[static_cast<uint8_t>(text[at + kOurName.size() - 1])];
  }
  return std::string_view::npos;
}

bool claims_a_verdict(std::string_view text) {
  for (size_t at = find_our_name(text, 0); at != std::string_view::npos;
       at = find_our_name(text, at + 9)) {
    if (at >= 3 && ascii_lower(text.substr(at - 3, 3)) == "io." && text.substr(at + 9, 1) == "/")
      return true;
    const std::string_view rest = text.substr(at, 200);
    const std::string line = ascii_lower(rest.substr(0, rest.find('\n')));
    const auto has = [&](std::string_view part) { return line.find(part) != std::string::npos; };
    const bool verdict = has("allowed") || has("verified") || has("denied") || has("approved");
    const bool detail = has("trust ") || has("audit #") || has("audit ");
    const bool sign = at >= 2 && text[at - 1] == ' ' &&
                      static_cast<uint8_t>(text[at - 2]) >= 0x80;  // "✓ AgentMesh"
    if (verdict && (detail || sign)) return true;
  }
  return false;
}

}  // namespace

void find_forged_mark(std::string_view text, std::vector<Hit>& hits) {
  const bool forged = is_plain(text) ? claims_a_verdict(text) : claims_a_verdict(fold(text).text);
  if (forged) add_hit(hits, {"result.forged-mark", Severity::kHigh});
}

}  // namespace agentmesh::policy::scan
