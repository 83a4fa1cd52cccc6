#include "policy/scan/chat_tokens.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/lexicon.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestExpression = 200;
constexpr size_t kLongestBlank = 60;
constexpr size_t kMostBlanks = 4;  // of one turn
constexpr std::string_view kSystemBlock = "<<sys>>";

// Behind these stands whose turn it is.
constexpr std::array<std::string_view, 3> kNamedTurns = {"<|im_start|>", "<|start_header_id|>",
                                                         "<start_of_turn>"};
constexpr std::array<std::string_view, 5> kTurns = {"<|system|>", "<|user|>", "<|assistant|>",
                                                    "<<sys>>", "[inst]"};
constexpr std::array<std::string_view, 7> kSpeakers = {"system", "user",      "assistant", "model",
                                                       "tool",   "developer", "ipython"};
constexpr std::array<std::string_view, 6> kClosing = {"<|im_end|>", "<|eot_id|>",    "<|end|>",
                                                      "<</sys>>",   "<end_of_turn>", "[/inst]"};

bool begins(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  for (size_t i = 0; i < lower_prefix.size(); ++i)
    if (lower(text[i]) != lower_prefix[i]) return false;
  return true;
}

// The size of the one that `text` begins with; 0 if it does with none.
template <size_t N>
size_t size_of_any(std::string_view text, const std::array<std::string_view, N>& prefixes) {
  for (const std::string_view prefix : prefixes)
    if (begins(text, prefix)) return prefix.size();
  return 0;
}

bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

// Without blanks and line ends, also where they are spelled (\n).
std::string_view without_blanks(std::string_view text) {
  for (;;) {
    if (!text.empty() && (text[0] == ' ' || text[0] == '\n' || text[0] == '\r'))
      text.remove_prefix(1);
    else if (text.starts_with("\\n"))
      text.remove_prefix(2);
    else
      return text;
  }
}

// Three words in a row that are no language's of templates: nobody names a value so.
bool says_something(std::string_view expression) {
  constexpr std::array<std::string_view, 16> kOfTemplates = {
      "if", "else", "elif", "for", "in",      "not",  "is",   "and",
      "or", "set",  "end",  "do",  "defined", "none", "true", "false"};
  size_t words = 0;
  for (size_t at = 0; at < expression.size();) {
    if (!is_of(expression[at], kAlphaByte)) {
      if (expression[at] != ' ' && expression[at] != '\n') words = 0;
      ++at;
      continue;
    }
    const size_t begin = at;
    while (at < expression.size() && is_of(expression[at], kAlphaByte)) ++at;
    words =
        is_among(kOfTemplates, ascii_lower(expression.substr(begin, at - begin))) ? 0 : words + 1;
    if (words == 3) return true;
  }
  return false;
}

// The size of the blank of a template that `text` begins with, {message}, {{ content }}, ${x}, $x, %s, %(x)s, <prompt>; else 0.
size_t size_of_blank(std::string_view text) {
  const auto up_to = [text](std::string_view close, size_t most) -> size_t {
    const size_t at = text.substr(0, most).find(close);
    return at == std::string_view::npos ? 0 : at + close.size();
  };
  const auto up_to_without_spaces = [&](std::string_view close) -> size_t {
    const size_t size = up_to(close, kLongestBlank);
    return text.substr(0, size).find(' ') == std::string_view::npos ? size : 0;
  };
  const auto up_to_without_sentences = [&](std::string_view close) -> size_t {
    const size_t size = up_to(close, kLongestExpression);
    return says_something(text.substr(0, size)) ? 0 : size;
  };
  if (text.size() < 2) return 0;
  const char second = text[1];
  switch (text[0]) {
    case '%':
      if (is_digit(second)) return up_to("$s", 5);
      return second == 's' ? 2 : second == '(' ? up_to_without_spaces(")s") : 0;
    case '#': return second == '{' ? up_to_without_spaces("}") : 0;
    case '$': {
      if (second == '{') return up_to_without_spaces("}");
      if (second != '_' && !is_alpha(second)) return 0;
      size_t end = 1;
      while (end < text.size() && (is_alnum(text[end]) || text[end] == '_')) ++end;
      return end;
    }
    case '{':
      if (second == '{') return up_to_without_sentences("}}");
      return second == '%' ? up_to_without_sentences("%}") : up_to_without_spaces("}");
    case '<': return is_of(second, kAlphaByte) || second == '/' ? up_to_without_spaces(">") : 0;
    default: return 0;
  }
}

// A turn with nothing in it yet: blanks alone, the end of the string, of the turn or of the text.
bool is_to_be_filled(std::string_view text) {
  size_t blanks = 0;
  for (size_t size = 0; blanks < kMostBlanks && (size = size_of_blank(text)) > 0; ++blanks)
    text = without_blanks(text.substr(size));
  if (text.size() < 2 || size_of_any(text, kClosing) != 0) return true;
  if (is_quote(text[0])) return !is_of(text[1], kAlphaByte);
  return blanks > 0 && size_of_any(text, kChatTokens) != 0;
}

// In a string inside {{ … }} or {% … %}.
bool in_expression(std::string_view text, size_t at) {
  const size_t from = at < kLongestExpression ? 0 : at - kLongestExpression;
  const std::string_view before = text.substr(from, at - from);
  const size_t open = std::max(before.rfind("{{") + 1, before.rfind("{%") + 1);
  const size_t close = std::max(before.rfind("}}") + 1, before.rfind("%}") + 1);
  if (open <= close) return false;
  const std::string_view inside = before.substr(open);
  if (inside.find_first_of("\"'") == std::string_view::npos) return false;
  const std::string_view behind = text.substr(at, kLongestExpression);
  return has(behind, "}}") || has(behind, "%}");
}

bool is_quoted(std::string_view text, size_t at, size_t size) {
  return at > 0 && at + size < text.size() && is_quote(text[at - 1]) &&
         text[at + size] == text[at - 1];
}

// "put [INST] around it": in the midst of a sentence, which goes on with no order.
bool is_spoken_of(std::string_view text, size_t at, std::string_view behind) {
  using enum WordClass;
  constexpr ClassSet kOrders = bit(kIgnore) | bit(kSend) | bit(kReveal) | bit(kHarm) | bit(kYou);
  if (at < 2 || text[at - 1] != ' ' || !is_small_letter(text[at - 2])) return false;
  if (behind.size() < 2 || behind[0] != ' ') return false;
  behind.remove_prefix(1);
  if (behind[0] == '.' || behind[0] == ',') return true;
  size_t end = 0;
  while (end < behind.size() && is_of(behind[end], kAlphaByte)) ++end;
  return is_small_letter(behind[0]) && (word_classes(behind.substr(0, end)) & kOrders) == 0;
}

// "<|endoftext|> Now write": a turn is closed, and what goes on behind it is to be the next one. So is a text of nothing else.
bool begins_anew(std::string_view text, size_t at, std::string_view behind) {
  const std::string_view more = without_blanks(behind);
  if (more.empty()) return without_blanks(text.substr(0, at)).empty();
  return is_of(more[0], kAlphaByte) && !is_spoken_of(text, at, behind);
}

}  // namespace

TokenUse chat_token_at(std::string_view text, size_t at) {
  const std::string_view token = text.substr(at);
  const size_t size = size_of_any(token, kChatTokens);
  if (size == 0 || is_quoted(text, at, size) || in_expression(text, at)) return TokenUse::kNone;
  std::string_view behind = token.substr(size);
  if (size_of_any(token, kNamedTurns) != 0) {
    behind = without_blanks(behind);
    const size_t who = size_of_any(behind, kSpeakers);
    if (who == 0) return TokenUse::kStands;
    behind.remove_prefix(who);
    for (const std::string_view more : {"<|end_header_id|>", "<|im_sep|>"})
      if (begins(behind, more)) behind.remove_prefix(more.size());
  } else if (size_of_any(token, kTurns) == 0) {
    return begins_anew(text, at, behind) ? TokenUse::kOpens : TokenUse::kStands;
  } else if (is_spoken_of(text, at, behind)) {
    return TokenUse::kStands;
  }
  behind = without_blanks(behind);
  // One is opened within a turn, and none within itself: a text of nothing else is walked over once.
  if (!begins(token, kSystemBlock) && begins(behind, kSystemBlock))
    behind = without_blanks(behind.substr(kSystemBlock.size()));
  return is_to_be_filled(behind) ? TokenUse::kStands : TokenUse::kOpens;
}

}  // namespace agentmesh::policy::scan
