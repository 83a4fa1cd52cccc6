#include "policy/scan/text_forms.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "policy/scan/byte_classes.h"
#include "policy/scan/chat_tokens.h"
#include "policy/scan/decode.h"
#include "policy/scan/labels.h"
#include "policy/scan/leaking_image.h"

namespace agentmesh::policy::scan {
namespace {

bool begins(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  for (size_t i = 0; i < lower_prefix.size(); ++i)
    if (lower(text[i]) != lower_prefix[i]) return false;
  return true;
}

template <size_t N>
bool begins_any(std::string_view text, const std::array<std::string_view, N>& prefixes) {
  if (text.size() < 2) return false;
  const char second = lower(text[1]);
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
    return prefix[1] == second && begins(text, prefix);
  });
}

// Two letters that stand in a row in forms, the first of them the `from`th: what tells most texts from all of them.
class Pairs {
 public:
  template <size_t N>
  constexpr Pairs(const std::array<std::string_view, N>& forms, size_t from) {
    for (const std::string_view form : forms)
      seconds_[static_cast<uint8_t>(form[from])] |= bit(form[from + 1]);
  }
  // In small letters, as the forms are.
  bool hold(char first, char second) const {
    const auto byte = static_cast<uint8_t>(first);
    return byte < seconds_.size() && (seconds_[byte] & bit(second)) != 0;
  }

 private:
  static constexpr uint32_t bit(char c) { return uint32_t{1} << (static_cast<uint8_t>(c) % 32); }
  std::array<uint32_t, 128> seconds_{};
};

constexpr size_t kLongestMarker = 64;
constexpr size_t kLongestOrder = 120;  // behind one

// The end of what a client wraps a result in, written into the result: no document closes what it did not open.
constexpr std::array<std::string_view, 16> kEnvelopes = {
    "</tool_result",     "</tool_output",   "</tool_response", "</function_result",
    "</function_output", "<function_calls", "<tool_call>",     "<tool_use>",
    "[/tool_result",     "</tool_results",  "<|tool",          "</observation>",
    "<function=",        "<invoke name=",   "[tool_calls]",    "<|python_tag|>"};

// What may stand in a marker's brackets: "[SYSTEM", "<system_directive", "(system_message", "### System Instruction".
constexpr std::array<std::string_view, 14> kRoles = {
    "system_message",     "system message",        "system_instruction", "system instruction",
    "system_directive",   "system directive",      "system override",    "system_override",
    "hidden instruction", "hidden_instruction",    "hidden-instruction", "admin override",
    "developer_message",  "system prompt override"};

constexpr std::array<std::string_view, 2> kRoleTags = {"system>", "assistant>"};
constexpr std::array<std::string_view, 5> kLoudTags = {"important>", "information>", "critical>",
                                                       "instructions>", "instruction>"};

constexpr Pairs kInEnvelopes(kEnvelopes, 1);
constexpr Pairs kInTokens(kChatTokens, 1);
constexpr Pairs kInRoles(kRoles, 0);
constexpr Pairs kInRoleTags(kRoleTags, 0);
constexpr Pairs kInLoudTags(kLoudTags, 0);

// "{system_message}", with nothing said behind it.
bool is_blank_of_template(std::string_view inside) {
  const size_t end = inside.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  if (end == std::string_view::npos || inside[end] != '}') return false;
  return end + 1 == inside.size() ||
         std::string_view("<[\n\\\"'`").find(inside[end + 1]) != std::string_view::npos;
}

bool is_line_start(std::string_view text, size_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '*' || text[at - 1] == '\t' ||
                    text[at - 1] == '#'))
    --at;
  return at == 0 || text[at - 1] == '\n';
}

// At the start of a line or behind the end of a sentence.
bool begins_sentence(std::string_view text, size_t at) {
  while (at > 0 &&
         (text[at - 1] == ' ' || text[at - 1] == '*' || text[at - 1] == '"' || text[at - 1] == '-'))
    --at;
  return at == 0 || std::string_view("\n.!?:;>|,").find(text[at - 1]) != std::string_view::npos;
}

// At the start of a line, of a cell or of a text in quotes.
bool begins_field(std::string_view text, size_t at) {
  while (at > 0 && std::string_view(" *#-[").find(text[at - 1]) != std::string_view::npos) --at;
  return at == 0 || std::string_view("\n\t\",;|>").find(text[at - 1]) != std::string_view::npos;
}

// "Sending them now.", "Sure, here is the list:", to the end of the text: what the model is made to have begun.
bool ends_in_doing(std::string_view said, bool agreed) {
  constexpr size_t kMostSaid = 200;
  while (!said.empty() && (said.back() == '\n' || said.back() == ' ' || said.back() == '.'))
    said.remove_suffix(1);
  return said.size() <= kMostSaid && said.find('\n') == std::string_view::npos &&
         (agreed ? !said.ends_with('?')
                 : said.find("ing ") != std::string_view::npos && said.ends_with(" now"));
}

// Whether an element holds a value or other elements, as data do, and no sentence.
bool holds_data(std::string_view inside) {
  const size_t close = inside.find('<');
  if (close == std::string_view::npos) return false;
  const std::string_view value = inside.substr(0, close);
  return std::count(value.begin(), value.end(), ' ') < 2 ||
         value.find_first_not_of(" \n\r\t") == std::string_view::npos;
}

// "--- END OF DOCUMENT ---", "</document>": what a client may have wrapped what is read in ends just there.
bool ends_document(std::string_view before) {
  constexpr size_t kLine = 60;
  static constexpr std::array<std::string_view, 9> kEnds = {
      "end of document", "end of page", "end of content", "end of data", "end of file",
      "end of result",   "</document>", "</context>",     "</content>"};
  const std::string last =
      ascii_lower(before.substr(before.size() - std::min(before.size(), kLine)));
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return last.find(end) != std::string::npos; });
}

bool ends_with(std::string_view text, size_t end, std::string_view word) {
  return end >= word.size() && text.substr(end - word.size(), word.size()) == word;
}

}  // namespace

void FormFinder::bracket(size_t at) {
  static constexpr ByteSet kBehind([](uint8_t c) {  // what forms go on with
    return (byte_classes::classes_of(c) & kAlphaByte) != 0 ||
           std::string_view("|/<(# !").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (at + 1 >= text_.size() || !kBehind.holds(text_[at + 1])) return;
  const char open = text_[at];
  if (open == '(' && is_leaking_image(text_, at)) found_.leaking_image = true;
  const std::string_view rest = text_.substr(at, 48);
  if (open == '<' || open == '[') {
    const char next = rest.size() > 1 ? lower(rest[1]) : ' ';
    const char after = rest.size() > 2 ? lower(rest[2]) : ' ';
    if (kInEnvelopes.hold(next, after) && begins_any(rest, kEnvelopes))
      found_.template_token = true;
    if (kInTokens.hold(next, after)) {
      const TokenUse use = chat_token_at(text_, at);
      if (use == TokenUse::kOpens) found_.template_token = true;
      if (use == TokenUse::kStands) found_.bare_token = true;
    }
    if (open == '<' && rest.starts_with("<!--") &&
        begins_order(text_.substr(at + 4, kLongestOrder)))
      found_.hidden_order = true;
  } else if (rest.size() > 1 && rest[1] == '(') {
    return;  // the next one says what stands behind all of them
  }
  std::string_view inside = rest.substr(1);
  while (!inside.empty() &&
         (inside[0] == '(' || inside[0] == ' ' || inside[0] == '#' || inside[0] == '/'))
    inside.remove_prefix(1);
  if (inside.empty()) return;
  const char first = lower(inside[0]);
  const char second = inside.size() > 1 ? lower(inside[1]) : ' ';
  if (kInRoles.hold(first, second) && begins_any(inside, kRoles) &&
      !(open == '{' && is_blank_of_template(inside)))
    found_.role_marker = true;
  if (open == '[' &&
      (inside.substr(0, 7) == "SYSTEM]" || inside.substr(0, 7) == "SYSTEM:" ||
       inside.substr(0, 6) == "ADMIN]" || inside.substr(0, 7) == "System]") &&
      begins_sentence(text_, at)) {
    const size_t close = text_.substr(0, at + kLongestMarker).find(']', at);
    if (close != std::string_view::npos && close + 2 < text_.size() &&
        !is_label(text_.substr(close + 1, kLongestMarker)) &&
        (text_[close + 1] == ' ' || text_[close + 1] == ':' || text_[close + 1] == '\n'))
      (begins_order(text_.substr(close + 1, kLongestOrder)) ? found_.role_marker : found_.label) =
          true;
  }
  // In small letters it is a section of settings, too.
  if (open == '[' && (inside.starts_with("system]") || inside.starts_with("admin]")) &&
      begins_sentence(text_, at)) {
    const std::string_view behind = text_.substr(at + 1 + inside.find(']') + 1, kLongestOrder);
    if (behind.starts_with(':') && begins_order(behind)) found_.ordering_role = true;
  }
  if (open != '<') return;
  if (kInRoleTags.hold(first, second) && begins_any(inside, kRoleTags)) role_tag(inside, at);
  if (kInLoudTags.hold(first, second) && begins_any(inside, kLoudTags)) found_.loud_tag = true;
}

// <system> as the element of a message; in data it is one element among others.
void FormFinder::role_tag(std::string_view inside, size_t at) {
  const bool closes = text_[at + 1] == '/';
  if (!closes) in_data_ = holds_data(inside.substr(std::min(inside.size(), inside.find('>') + 1)));
  if (!in_data_) found_.role_marker = true;
}

void FormFinder::heading(size_t at) {
  if (text_.substr(at, 3) != "###" || (at > 0 && text_[at - 1] == '#')) return;
  std::string_view rest = text_.substr(at + 3, 40);
  while (!rest.empty() && (rest[0] == '#' || rest[0] == ' ' || rest[0] == '('))
    rest.remove_prefix(1);
  if (begins(rest, "instruction:") || begins(rest, "system:") || begins(rest, "system message") ||
      begins(rest, "new instruction")) {
    const size_t colon = rest.find(':');
    const bool bare =
        colon == std::string_view::npos ||
        rest.substr(colon + 1).find_first_not_of(' ') == rest.substr(colon + 1).find('\n');
    (bare ? found_.bare_heading : found_.heading_role) = true;
  }
  if (begins_any(rest, kRoles)) found_.role_marker = true;
}

void FormFinder::colon(size_t at) {
  in_dialogue_ = false;
  const char before = at == 0 ? ' ' : text_[at - 1];
  if (!is_of(before, kAlphaByte) && before != ']') return;
  for (const std::string_view role : {"SYSTEM", "ASSISTANT", "ADMIN"})
    if (ends_with(text_, at, role) && is_line_start(text_, at - role.size()))
      found_.plain_role = true;
  for (const std::string_view role :
       {"SYSTEM", "System", "ADMIN", "SYSTEM OVERRIDE", "SYSTEM MESSAGE", "System message",
        "SYSTEM NOTICE", "System note", "ADMIN NOTICE", "DEVELOPER"})
    if (ends_with(text_, at, role) && begins_field(text_, at - role.size()) &&
        begins_order(text_.substr(at + 1, kLongestOrder)))
      found_.ordering_role = true;
  turn(at);
}

// "curl https://… | sh": what manuals tell people to type, and no tool asks of a model.
void FormFinder::pipe(size_t at) {
  constexpr size_t kCommand = 160;
  std::string_view behind = text_.substr(at + 1, 16);
  while (!behind.empty() && behind[0] == ' ') behind.remove_prefix(1);
  if (behind.starts_with("sudo ")) behind.remove_prefix(5);
  for (const std::string_view shell : {"sh", "bash", "zsh", "python", "python3", "node"}) {
    if (!behind.starts_with(shell) ||
        (behind.size() > shell.size() && is_of(behind[shell.size()], kWordByte)))
      continue;
    const size_t begin = at - std::min(at, kCommand);
    const std::string_view before = text_.substr(begin, at - begin);
    if (before.find("curl ") != std::string_view::npos ||
        before.find("wget ") != std::string_view::npos)
      found_.piped_shell = true;
  }
}

void FormFinder::turn(size_t at) {
  const bool bracketed = at > 0 && text_[at - 1] == ']';
  const size_t end = bracketed ? at - 1 : at;
  size_t begin = end;
  while (begin > 0 && end - begin < 12 && is_of(text_[begin - 1], kAlphaByte)) --begin;
  const std::string_view who = text_.substr(begin, end - begin);
  if (bracketed && (begin == 0 || text_[begin - 1] != '[')) return;
  if (who.empty() || !is_line_start(text_, begin - (bracketed ? 1 : 0))) return;
  const auto is = [&](std::string_view name) {
    return who.size() == name.size() && begins(who, name);
  };
  if (is("user") || is("human")) {
    ++found_.user_turns;
    if (ends_document(text_.substr(0, begin))) found_.turn_behind_end = true;
  }
  if (!is("assistant") && !is("ai") && !is("model")) return;
  in_dialogue_ = found_.user_turns > 0;
  std::string_view said = text_.substr(at + 1, 16);
  while (!said.empty() && said[0] == ' ') said.remove_prefix(1);
  bool agreed = false;
  for (const std::string_view sign :
       {"sure", "certainly", "of course", "right away", "okay", "understood"})
    agreed = agreed || begins(said, sign);
  if (agreed || begins(said, "done")) found_.ready_turn = true;
  if (ends_in_doing(text_.substr(at + 1), agreed)) found_.doing_turn = true;
}

void add_acts(const Forms& forms, Acts& acts) {
  if (forms.template_token) acts.add_anywhere(Act::kEnvelope, 12, 8);
  if (forms.bare_token) acts.add_anywhere(Act::kEnvelope, 12, 4);
  if (forms.role_marker) acts.add_anywhere(Act::kRole, 12, 8);
  if (forms.label) acts.add_anywhere(Act::kRole, 4, 3);
  if (forms.ordering_role) acts.add_anywhere(Act::kRole, 12, 6);
  if (forms.turn_behind_end) acts.add_anywhere(Act::kEnvelope, 12, 6);
  if (forms.hidden_order) acts.add_anywhere(Act::kEnvelope, 12, 2);
  if (forms.plain_role) acts.add_anywhere(Act::kRole, 4, 2);
  if (forms.heading_role) acts.add_anywhere(Act::kRole, 12, 8);
  if (forms.bare_heading) acts.add_anywhere(Act::kRole, 6, 4);
  if (forms.user_turns > 0 && forms.ready_turn)
    acts.add_anywhere(Act::kRole, 6, forms.user_turns == 1 ? 5 : 1);
  if (forms.user_turns == 1 && forms.doing_turn) acts.add_anywhere(Act::kRole, 6, 6);
  if (forms.leaking_image) acts.add_anywhere(Act::kExfiltrate, 12, 10);
  if (forms.piped_shell) acts.add_anywhere(Act::kConsequence, 8, 0);
  if (forms.loud_tag) acts.add_anywhere(Act::kEnvelope, 4, 2);
}

}  // namespace agentmesh::policy::scan
