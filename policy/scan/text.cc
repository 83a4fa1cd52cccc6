#include "policy/scan/text.h"

#include <algorithm>
#include <optional>
#include <string>

#include "policy/scan/acts.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/carriers.h"
#include "policy/scan/decode.h"
#include "policy/scan/lexicon.h"
#include "policy/scan/mentions.h"
#include "policy/scan/odd_words.h"
#include "policy/scan/ordinary_acts.h"
#include "policy/scan/plain_words.h"
#include "policy/scan/respelled.h"
#include "policy/scan/rule_index.h"
#include "policy/scan/sentence.h"
#include "policy/scan/spelled_out.h"
#include "policy/scan/text_forms.h"
#include "policy/scan/text_rules.h"
#include "policy/scan/unicode.h"
#include "policy/scan/word_ends.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

constexpr size_t kMaxPlaces = 64;  // words looked up as paths
constexpr size_t kLettersApart = 10;
constexpr size_t kOverlap =
    16;  // words of an overlong sentence that are read again with the next part

class Scanner {
 public:
  Scanner(TextKind kind, std::span<const std::string> other_tools)
      : kind_(kind), other_tools_(other_tools), acts_(kind) {}

  // Reads what stands at `base` of the whole; where characters were folded, `map` has the places of its bytes.
  void read(std::string_view text, size_t base, const Origins* map = nullptr) {
    text_ = text;
    base_ = base;
    map_ = map;
    fresh_ = true;
    here_ = 0;
    mentions_ = {};
    carriers_ = Carriers(text);
    forms_ = FormFinder(text);
    for (size_t at = 0; at < text.size();) {
      const char c = text[at];
      if (c == ' ') {
        ++at;
      } else if (!is_of(c, kWordByte)) {
        gap(at++);
      } else if (begins_wide(c)) {
        at = wide(at);
      } else {
        at = plain_word(at);
      }
    }
    finish();
    if (letters_apart_ >= kLettersApart && !together_again_) {
      together_again_ = true;
      if (const std::string together = without_spreading(text); together.size() < text.size())
        return read(together, base);
    }
    add_acts(forms_.found(), acts_);
    if (kind_ == TextKind::kDescription && places_ > 1) acts_.add_anywhere(Act::kSecretPlace, 6, 0);
  }

  // By the name that the text stands under.
  void addressed() { acts_.add_anywhere(Act::kAddressed, 0, 3); }

  void report(size_t length, std::vector<Hit>& hits) { acts_.report(length, hits); }

 private:
  void add(Act act, int tool, int result) {
    acts_.add(act, tool, result, base_ + (map_ == nullptr ? here_ : (*map_)[here_]));
  }

  // What stands between two words.
  void gap(size_t at) {
    const char c = text_[at];
    if (c == '\r') return;
    if (c == '\t') {  // a cell of a table begins
      fresh_ = true;
      return;
    }
    forms_.look(at);
    if (c == ',') {
      comma();
    } else if (c == ':') {
      colon();
    } else if (c == '"' || c == '`') {
      mentions_.quotation(text_, at);
    }
    if (c != '-') fresh_ = true;
    if (ends_sentence(text_, at)) finish();
  }

  void colon() {
    sentence_.add_to_last(bit(kColon));
    if ((last_ & (bit(kInstruction) | bit(kTask))) != 0) sentence_.add_to_last(bit(kAnnounced));
    if (forms_.in_dialogue())
      sentence_.take_from_last(bit(kModel) | bit(kAi));
    else
      call_last();
  }

  void comma() {
    if (last_is_fresh_) call_last();
    put({bit(kAnd), false, true, false});
  }

  // The last word is how a model is spoken to.
  void call_last() {
    if ((last_ & (bit(kAi) | bit(kModel))) != 0) sentence_.add_to_last(bit(kCalled));
  }

  void put(Sentence::Word found) {
    if (sentence_.size() == 0) sentence_begin_ = here_;
    found.mention = mentions_.hold(here_);
    if ((found.classes & bit(kTo)) != 0 && (last_ & bit(kHas)) != 0)
      sentence_.add_to_last(bit(kMust));
    last_ = found.classes;
    last_is_fresh_ = false;
    sentence_.add(found);
    if ((found.classes & bit(kDrawnIn)) != 0 && !sentence_.full())
      sentence_.add({bit(kAre) | bit(kHas), false, false, found.mention});
    last_is_mail_ = false;
    if ((found.classes & bit(kReport)) != 0) mentions_.reported(here_);
    if (sentence_.full()) cut();
  }

  // Judges an overlong sentence in parts that overlap.
  void cut() {
    judge();
    sentence_.keep_last(kOverlap);
  }

  // A character of Chinese, Japanese or Korean, or punctuation.
  size_t wide(size_t at) {
    if (is_punctuation(text_, at)) {
      fresh_ = true;
      return at + 3;
    }
    if (!runs_on(text_, at)) return word(at);
    here_ = at;
    const std::string_view rest = text_.substr(at);
    if (rest.substr(0, 3) == "。") {
      fresh_ = true;
      finish();
      return at + 3;
    }
    if (rest.substr(0, 3) == "、") {
      comma();
      fresh_ = true;
      return at + 3;
    }
    const RunOn found = run_on_word(rest);
    if (found.bytes > 0) {
      put({without_professions(found.classes, at + found.bytes), fresh_, false, false});
      fresh_ = false;
      return at + found.bytes;
    }
    if (odd_character_) put({0, fresh_, false, false});
    odd_character_ = !odd_character_;
    return std::min(at + 3, text_.size());
  }

  // A plain word, which most are, and those that follow it; others go on to word().
  size_t plain_word(size_t at) {
    if (at + PlainWord::kReach > text_.size()) return word(at);
    const PlainWord found(text_.data() + at);
    const size_t end = at + found.length;
    if (found.length == 0 || found.length > PlainWord::kMost || !ends_word(text_, end))
      return word(at);
    if (goes_on_from(text_, at)) return word(at);
    here_ = end;
    put_word(at, end, looked_up(found, at));
    return text_[end] == ' ' && !mentions_.hold(end) ? more_words(end + 1) : end;
  }

  // Words behind a blank that end before one, have two letters at least and say nothing but their classes: with nothing to ask
  // about what stands around them.
  size_t more_words(size_t at) {
    ClassSet* const words = sentence_.room();
    const size_t most = Sentence::kMost - 1 - sentence_.size();
    ClassSet present = 0;
    ClassSet last = last_;
    size_t count = 0;
    while (count < most && at + PlainWord::kReach <= text_.size()) {
      const PlainWord found(text_.data() + at);
      if (found.length < 2 || found.length > PlainWord::kMost || text_[at + found.length] != ' ')
        break;
      const ClassSet classes = looked_up(found, at);
      if ((classes & (kTelling & ~bit(kTo))) != 0 || (in(classes, kTo) && in(last, kHas))) break;
      words[count++] = last = classes;
      present |= classes;
      at += found.length + 1;
    }
    if (count == 0) return at;
    sentence_.added(count, present);
    last_ = last;
    last_is_mail_ = false;
    if (letters_apart_ < kLettersApart) letters_apart_ = 0;
    here_ = at - 1;
    return at;
  }

  ClassSet looked_up(const PlainWord& found, size_t at) const {
    const ClassSet classes = words_.classes(found);
    if (classes == 0 && found.length >= kShortestMisspelled &&
        may_be_misspelled(static_cast<char>(found.first)))
      return word_classes(text_.substr(at, found.length));
    return classes;
  }

  // Classes on which more hangs than that the word is there: all that put() and put_telling() ask for.
  static constexpr ClassSet kTelling = bit(kTo) | bit(kReport) | bit(kRecipient) | bit(kSend) |
                                       bit(kAi) | bit(kModel) | bit(kDrawnIn);

  void put_word(size_t at, size_t end, ClassSet classes) {
    if (letters_apart_ < kLettersApart) letters_apart_ = end - at > 1 ? 0 : letters_apart_ + 1;
    if ((classes & kTelling) != 0) {
      put_telling(at, end, classes);
    } else {
      if (sentence_.size() == 0) sentence_begin_ = here_;
      sentence_.add_word(classes, fresh_, mentions_.hold(here_));
      last_ = classes;
      last_is_mail_ = false;
      if (sentence_.full()) cut();
    }
    if (fresh_ && classes == 0 && kind_ == TextKind::kDescription &&
        is_article(text_.substr(at, end - at)))
      sentence_.last_is_article();
    fresh_ = false;
  }

  // Who builds models is none.
  ClassSet without_professions(ClassSet classes, size_t end) const {
    constexpr ClassSet kModels = bit(kModel) | bit(kAi);
    if ((classes & kModels) == 0 || end >= text_.size() || !runs_on(text_, end)) return classes;
    return is_of_profession(text_, end) ? classes & ~kModels : classes;
  }

  void put_telling(size_t at, size_t end, ClassSet classes) {
    classes = without_professions(classes, end);
    // "an email address" is a thing, and nothing is sent to what it looks like.
    if (last_is_mail_ && (classes & bit(kRecipient)) != 0) sentence_.take_from_last(bit(kSend));
    put({classes, fresh_, false, false});
    last_is_fresh_ = fresh_;
    if (at > 0 && end < text_.size()) {
      const char before = text_[at - 1];
      const char behind = text_[end];
      if (before == '@' || (before == '(' && behind == ')') || (before == '[' && behind == ']'))
        call_last();
    }
    last_is_mail_ = (classes & bit(kSend)) != 0 && is_mail(text_.substr(at, end - at));
  }

  // What joins the parts of a word.
  struct Joints {
    bool hyphen = false;
    bool colon = false;
    bool at = false;
    bool other = false;  // a dot or a slash
    bool joined() const { return colon || at || other; }
  };

  // Takes the word at `at`; returns its end. Dots, slashes, @ and the like inside belong to it.
  size_t word(size_t at) {
    const char* const letters = text_.data();
    const size_t size = text_.size();
    size_t end = at;
    unsigned seen = 0;  // classes of its bytes
    Joints joints;
    while (end < size) {
      const char c = letters[end];
      const unsigned classes = classes_of(c);
      if ((classes & kWordByte) != 0) {
        if ((classes & kWideByte) != 0 && end > at && begins_wide(c) &&
            (runs_on(text_, end) || is_punctuation(text_, end)))
          break;
        seen |= classes;
        ++end;
        continue;
      }
      const bool joint = c == '-' || c == '.' || c == '@' || c == '/' || c == ':';
      if (!joint || end + 1 >= size ||
          !(is_of(letters[end + 1], kWordByte) ||
            (letters[end + 1] == '/' && c != '.' && c != '-')))
        break;
      joints.hyphen = joints.hyphen || c == '-';
      joints.colon = joints.colon || c == ':';
      joints.at = joints.at || c == '@';
      joints.other = joints.other || c == '.' || c == '/';
      ++end;
    }
    const std::string_view whole = text_.substr(at, end - at);
    here_ = end;
    const bool bare =
        !joints.joined() && !goes_on_from(text_, at) && (end == size || letters[end] != '(');
    if (bare && (seen & (kAlphaByte | kMarkByte | kWideByte)) == 0) {
      put_word(at, end, 0);  // a number, of which the lexicon has none
    } else if (bare && (seen & (kDigitByte | kMarkByte)) == 0 && !joints.hyphen &&
               (seen & (kAlphaByte | kWideByte)) != (kAlphaByte | kWideByte)) {
      put_word(at, end, word_classes(whole));  // ASCII letters, or none
    } else if (bare && is_sentence(whole)) {
      each_word_of(whole, at);
    } else {
      put_word(at, end, odd_word(at, end, joints));
    }
    return end;
  }

  // IGNORE-ALL-PREVIOUS-…, ignore_all_previous_…: the words of a sentence, joined.
  void each_word_of(std::string_view whole, size_t at) {
    for (size_t begin = 0; begin < whole.size();) {
      const size_t end = std::min(whole.find_first_of("-_", begin), whole.size());
      if (end > begin)
        put_word(at + begin, at + end, word_classes(whole.substr(begin, end - begin)));
      begin = end + 1;
    }
  }

  // A word with digits, marks, joints or letters of other alphabets in it, or behind a slash or a dot.
  ClassSet odd_word(size_t at, size_t end, Joints joints) {
    std::string_view whole = text_.substr(at, end - at);
    if ((joints.at && whole[0] != '@') ||
        (joints.colon && whole.find("://") != std::string_view::npos))
      return bit(kWhere);
    if (joints.other && is_host(whole)) return bit(kWhere);
    while (!whole.empty() && whole.front() == '\'') whole.remove_prefix(1);
    while (!whole.empty() && whole.back() == '\'') whole.remove_suffix(1);
    if (end - at != whole.size() && text_[at] == '\'') mentions_.quotation(text_, at);
    if (joints.colon) forms_.look(text_.find(':', at));
    ClassSet classes = word_classes(without_emphasis(whole));
    if (joints.joined()) classes |= parts(whole) & ~(bit(kModel) | bit(kAi));
    if (classes == 0) classes = names_secret(whole) ? bit(kSecret) : as_it_looks(whole);
    if (at > 0 && text_[at - 1] == '/' && goes_on_from(text_, at)) classes = 0;  // of a path
    if (classes == 0) classes = behind_article(whole);
    if (kind_ == TextKind::kDescription && is_account(whole)) classes = bit(kWhere);
    if (joints.hyphen && classes == 0) classes = compound(whole);
    if (is_identifier(text_, whole, end)) classes = (classes & ~bit(kHarm)) | bit(kIdentifier);
    if (names_secret_place(at, end)) classes |= bit(kPlace);
    if (is_other_tool(whole)) add(Act::kOtherTool, 6, 0);
    return classes;
  }

  bool names_secret_place(size_t at, size_t end) {
    const bool dotted = at > 0 && goes_on_behind(text_[at - 1]);
    const std::string_view whole = text_.substr(at, end - at);
    if (!dotted && whole.find('/') == std::string_view::npos && whole.substr(0, 3) != "id_")
      return false;
    if (++looks_ > kMaxPlaces) return false;
    while (at > 0 && goes_on_behind(text_[at - 1])) --at;
    if (!is_secret_place(text_.substr(at, end - at))) return false;
    ++places_;
    return true;
  }

  bool is_other_tool(std::string_view whole) const {
    if (other_tools_.empty() || whole.size() < 6 || whole.find('_') == std::string_view::npos)
      return false;
    return std::find(other_tools_.begin(), other_tools_.end(), whole) != other_tools_.end();
  }

  void finish() {
    if (sentence_.size() > 0) judge();
    sentence_.clear();
  }

  void judge() {
    around_.look_at(text_, sentence_begin_, here_, sentence_.present());
    rule_index().each(sentence_.present(), [&](const TextRule& rule) {
      if (!sentence_.holds(rule, kind_ == TextKind::kResult)) return;
      const ActWeights weights = of_conversation(rule, sentence_.present()) && hands_over_of_tool()
                                     ? handed_over(rule)
                                     : around_.weights(rule);
      add(rule.act, weights.tool, weights.result);
      if (around_.is_user_not_to_know(rule, weights)) add(Act::kUnseen, 0, 1);
      // What nobody was to see, and gives orders.
      if (rule.act != Act::kAddressed && rule.act != Act::kPreference &&
          (carriers_.holds(here_) || carriers_.holds(sentence_begin_)))
        add(Act::kEnvelope, 4, 4);
    });
  }

  bool hands_over_of_tool() {
    if (kind_ != TextKind::kDescription) return false;
    if (!hands_over_) hands_over_ = hands_over(text_);
    return *hands_over_;
  }

  TextKind kind_;
  std::span<const std::string> other_tools_;
  std::optional<bool> hands_over_;  // once asked
  ActsAround around_;
  Acts acts_;
  const WordTable& words_ = word_table();
  std::string_view text_;
  Sentence sentence_;
  Carriers carriers_{""};
  FormFinder forms_{""};
  bool fresh_ = true;
  ClassSet last_ = 0;
  size_t letters_apart_ = 0;  // words of one letter in a row
  bool together_again_ = false;
  bool last_is_mail_ = false;
  bool last_is_fresh_ = false;
  bool odd_character_ = false;
  Mentions mentions_;
  size_t places_ = 0;
  size_t looks_ = 0;
  size_t sentence_begin_ = 0;
  size_t here_ = 0;  // where in the text
  size_t base_ = 0;  // where the text stands in the whole
  const Origins* map_ = nullptr;
};

void read_all(Reading& reading, Scanner& scanner) {
  const std::string_view text = reading.text();
  if (reading.plain()) return scanner.read(text, 0);
  scanner.read(reading.folded().text, 0, &reading.folded().map);
  // Folding makes Latin of what only looks so; what is written in Cyrillic is read as that.
  if (has_cyrillic(text)) scanner.read(small_letters(text), 0);
  if (const std::string message = hidden_message(text); !message.empty()) scanner.read(message, 0);
}

}  // namespace

void find_instructions(Reading& reading, TextKind kind, std::span<const std::string> other_tools,
                       std::vector<Hit>& hits, std::string_view key) {
  Scanner scanner(kind, other_tools);
  if (kind == TextKind::kResult && speaks_to_model(key)) scanner.addressed();
  if (const std::string spelled = spelled_out(reading.text()); spelled.empty()) {
    read_all(reading, scanner);
  } else {
    Reading as_meant(spelled);
    read_all(as_meant, scanner);
  }
  for (const Encoded& piece : reading.encoded()) scanner.read(piece.content, piece.begin);
  scanner.report(reading.text().size(), hits);
}

}  // namespace agentmesh::policy::scan
