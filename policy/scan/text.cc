#include "policy/scan/text.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/decode.h"
#include "policy/scan/lexicon.h"
#include "policy/scan/paths.h"
#include "policy/scan/text_forms.h"
#include "policy/scan/unicode.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

constexpr size_t kMaxStep = 6;

// A sequence of word classes in one sentence; `gap` words may stand before each step after the first.
struct Step {
  uint64_t any = 0;  // a word of one of these classes
  uint8_t gap = 0;
};
enum class Act : uint8_t {
  kConceal,
  kOverride,
  kRole,
  kEnvelope,
  kBeforeAnyTool,
  kExfiltrate,
  kParameter,
  kOtherTool,
  kPreference,
  kJailbreak,
  kSecretPlace,
  kReveal,
  kCommand,
  kCount
};
constexpr std::array<std::string_view, 13> kActIds = {
    "text.conceal",         "text.override",   "text.role",         "text.envelope",
    "text.before-any-tool", "text.exfiltrate", "text.parameter",    "text.other-tool",
    "text.preference",      "text.jailbreak",  "text.secret-place", "text.reveal",
    "text.command"};

struct Rule {
  Act act;
  uint8_t tool;    // weight in a description
  uint8_t result;  // weight in a result
  std::array<Step, kMaxStep> steps{};
};

constexpr uint64_t b(WordClass one) { return bit(one); }
template <class... C>
constexpr uint64_t b(WordClass one, C... more) {
  return bit(one) | b(more...);
}

// Weights: a description is withheld from 6, flagged from 3, low from 1; a result is high from 6, medium from 3.
constexpr Rule kRules[] = {
    // Disregard … previous … instructions, in either order of the last two.
    {Act::kOverride, 6, 4, {{{b(kIgnore), 0}, {b(kPrior, kAll, kYour), 3}, {b(kInstruction), 4}}}},
    {Act::kOverride, 6, 4, {{{b(kIgnore), 0}, {b(kInstruction), 3}, {b(kPrior), 2}}}},
    {Act::kOverride, 4, 3, {{{b(kIgnore), 0}, {b(kAll), 1}, {b(kPrior), 2}}}},
    {Act::kOverride,
     6,
     4,
     {{{b(kIgnore, kDisable), 0}, {b(kSafety), 4}, {b(kLimit, kInstruction), 2}}}},
    {Act::kOverride, 2, 3, {{{b(kIgnore), 0}, {b(kAnd, kInstead), 6}, {b(kSay), 2}}}},
    {Act::kOverride,
     3,
     3,
     {{{b(kNot), 0}, {b(kFollow), 1}, {b(kPrior, kYour), 3}, {b(kInstruction), 3}}}},
    {Act::kOverride,
     2,
     3,
     {{{b(kFollow), 0}, {b(kFollowing), 3}, {b(kInstruction), 2}, {b(kUse), 3}, {b(kTool), 5}}}},
    // Keep it from the user.
    {Act::kConceal, 6, 4, {{{b(kNot), 0}, {b(kTell), 2}, {b(kUser), 4}}}},
    {Act::kConceal, 3, 2, {{{b(kWithout), 0}, {b(kTell, kAsk), 1}, {b(kUser), 3}}}},
    {Act::kConceal, 6, 4, {{{b(kHide), 0}, {b(kFrom), 4}, {b(kUser), 2}}}},
    // Send what is private.
    {Act::kExfiltrate, 4, 2, {{{b(kSend), 0}, {b(kHistory, kSecret), 6}, {b(kTo), 6}}}},
    {Act::kExfiltrate, 6, 4, {{{b(kRead), 0}, {b(kPlace), 5}, {b(kPass, kSend), 12}}}},
    {Act::kExfiltrate,
     6,
     4,
     {{{b(kSend, kPass), 0}, {b(kSecret, kHistory, kData), 5}, {b(kTo), 3}, {b(kWhere), 3}}}},
    // Reveal your instructions.
    {Act::kReveal, 4, 3, {{{b(kReveal), 0}, {b(kYour, kSystem), 3}, {b(kPrompt), 3}}}},
};

struct Word {
  uint64_t classes = 0;
  size_t begin = 0;
  size_t end = 0;
};

class Scanner {
 public:
  Scanner(TextKind kind, std::span<const std::string> other_tools)
      : kind_(kind), other_tools_(other_tools) {}

  void read(std::string_view text) {
    text_ = text;
    size_t at = 0;
    while (at < text.size()) {
      const char c = text[at];
      if (is_word_char(c)) {
        at = word(at);
      } else {
        if (ends_sentence(at)) finish();
        if (c == ',') words_.push_back({bit(kAnd), at, at + 1});
        ++at;
      }
      if (words_.size() >= 96) finish();
    }
    finish();
    for (const Form& form : find_forms(text))
      add(static_cast<Act>(form.act), kind_ == TextKind::kDescription ? form.tool : form.result);
  }

  void add(Act act, int weight) {
    int& known = weights_[static_cast<size_t>(act)];
    known = std::max(known, weight);
  }

  void report(std::vector<Hit>& hits) const {
    int total = 0;
    for (const int weight : weights_) total += weight;
    if (total == 0) return;
    const bool tool = kind_ == TextKind::kDescription;
    Severity severity = total >= 6   ? Severity::kHigh
                        : total >= 3 ? Severity::kMedium
                                     : Severity::kLow;
    if (!tool && severity == Severity::kLow) return;
    if (tool && total >= 12) severity = Severity::kCritical;
    add_hit(hits, {tool ? "tool.poisoned" : "result.injection", severity});
    for (size_t i = 0; i < weights_.size(); ++i)
      if (weights_[i] > 0) add_hit(hits, {kActIds[i], Severity::kLow});
  }

 private:
  static bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '\'' || static_cast<uint8_t>(c) >= 0x80;
  }

  bool ends_sentence(size_t at) const {
    const char c = text_[at];
    const char next = at + 1 < text_.size() ? text_[at + 1] : ' ';
    if (c == '.' || c == '!' || c == '?')
      return next == ' ' || next == '\n' || next == '"' || next == '\'' || next == '<' ||
             next == ')';
    if (c != '\n') return false;
    return next == '\n' || next == '-' || next == '*' || next == '#' || next == '<' ||
           next == '[' || (next >= 'A' && next <= 'Z') || (next >= '0' && next <= '9');
  }

  size_t word(size_t at) {
    size_t end = at;
    while (end < text_.size() &&
           (is_word_char(text_[end]) ||
            ((text_[end] == '-' || text_[end] == '.' || text_[end] == '@' || text_[end] == '/' ||
              text_[end] == ':') &&
             end + 1 < text_.size() && (is_word_char(text_[end + 1]) || text_[end + 1] == '/'))))
      ++end;
    const std::string_view whole = text_.substr(at, end - at);
    uint64_t classes = 0;
    const size_t mail = whole.find('@');
    if (whole.find("://") != std::string_view::npos ||
        (mail != std::string_view::npos && mail > 0)) {
      classes = bit(kWhere);
    } else {
      std::string lower = ascii_lower(whole);
      while (!lower.empty() && lower.back() == '\'') lower.pop_back();
      size_t first = 0;
      while (first < lower.size() && lower[first] == '\'') ++first;
      lower.erase(0, first);
      classes = word_classes(lower);
      if (classes == 0 && lower.size() > 2 && lower.compare(lower.size() - 2, 2, "'s") == 0)
        classes = word_classes(std::string_view(lower).substr(0, lower.size() - 2));
      const bool path = lower.find('/') != std::string::npos ||
                        lower.find('.') != std::string::npos ||
                        lower.find("id_rsa") != std::string::npos;
      if (path && names_secret_place(at, end)) classes |= bit(kPlace);
    }
    words_.push_back({classes, at, end});
    return end;
  }

  bool names_secret_place(size_t at, size_t end) const {
    while (at > 0 && (text_[at - 1] == '/' || text_[at - 1] == '~' || text_[at - 1] == '.')) --at;
    return is_sensitive("/" + ascii_lower(text_.substr(at, end - at)), "");
  }

  void finish() {
    uint64_t present = 0;
    for (const Word& word : words_) present |= word.classes;
    for (const Rule& rule : kRules) match(rule, present);
    words_.clear();
  }

  void match(const Rule& rule, uint64_t present) {
    for (const Step& step : rule.steps)
      if (step.any != 0 && (step.any & present) == 0) return;
    for (size_t i = 0; i < words_.size(); ++i) {
      if ((words_[i].classes & rule.steps[0].any) == 0) continue;
      size_t at = i;
      size_t step = 1;
      while (step < kMaxStep && rule.steps[step].any != 0) {
        size_t next = at + 1;
        const size_t last = std::min(words_.size(), at + 2 + rule.steps[step].gap);
        while (next < last && (words_[next].classes & rule.steps[step].any) == 0) ++next;
        if (next >= last) break;
        at = next;
        ++step;
      }
      if (step == kMaxStep || rule.steps[step].any == 0)
        return add(rule.act, kind_ == TextKind::kDescription ? rule.tool : rule.result);
    }
  }

  TextKind kind_;
  std::span<const std::string> other_tools_;
  std::string_view text_;
  std::vector<Word> words_;
  std::array<int, static_cast<size_t>(Act::kCount)> weights_{};
};

}  // namespace

void find_instructions(std::string_view text, TextKind kind,
                       std::span<const std::string> other_tools, std::vector<Hit>& hits) {
  Scanner scanner(kind, other_tools);
  if (is_plain(text)) {
    scanner.read(text);
  } else {
    scanner.read(fold(text).text);
    if (const std::string message = hidden_message(text); !message.empty()) scanner.read(message);
  }
  for (const Encoded& piece : find_encoded(text)) scanner.read(piece.content);
  scanner.report(hits);
}

void find_forged_mark(std::string_view text, std::vector<Hit>& hits) {
  const Folded folded = fold(text);
  const std::string lower = ascii_lower(folded.text);
  const bool key = lower.find("io.agentmesh/") != std::string::npos;
  bool line = false;
  for (size_t at = lower.find("agentmesh"); at != std::string::npos && !line;
       at = lower.find("agentmesh", at + 9)) {
    const std::string_view rest = std::string_view(lower).substr(at, 200);
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view tail = rest.substr(0, end);
    const bool verdict = tail.find("allowed") != std::string_view::npos ||
                         tail.find("verified") != std::string_view::npos ||
                         tail.find("denied") != std::string_view::npos ||
                         tail.find("approved") != std::string_view::npos;
    const bool detail = tail.find("trust ") != std::string_view::npos ||
                        tail.find("audit #") != std::string_view::npos ||
                        tail.find("audit ") != std::string_view::npos;
    const bool sign =
        at >= 2 && (lower[at - 1] == ' ' && static_cast<uint8_t>(lower[at - 2]) >= 0x80);
    line = verdict && (detail || sign);
  }
  if (key || line) add_hit(hits, {"result.forged-mark", Severity::kHigh});
}

}  // namespace agentmesh::policy::scan
