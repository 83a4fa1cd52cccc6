#include "policy/relaxed_tokens.h"

#include <algorithm>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/path_readings.h"

namespace agentmesh::policy {

namespace {

bool is_number(std::string_view word) {
  const auto digits = [&word] {
    const size_t count = std::min(word.find_first_not_of("0123456789"), word.size());
    word.remove_prefix(count);
    return count;
  };
  if (word.starts_with('-')) word.remove_prefix(1);
  const bool zero = word.starts_with('0');
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (word.starts_with('.')) {
    word.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (word.starts_with('e') || word.starts_with('E')) {
    word.remove_prefix(1);
    if (word.starts_with('+') || word.starts_with('-')) word.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return word.empty();
}

// What Python puts in front of a text: r"", b'', Rb"".
constexpr std::string_view kPrefixes = "bBfFrRuU";
size_t prefix_size(std::string_view text) {
  return std::min(text.substr(0, 2).find_first_not_of(kPrefixes), std::min<size_t>(text.size(), 2));
}

constexpr size_t kLongestConstant = 64;
constexpr std::string_view kLineEnd = "\xE2\x80\xA8";
constexpr std::string_view kParagraphEnd = "\xE2\x80\xA9";

// Behind blanks and comments.
size_t next_sign(std::string_view text, size_t at) {
  while (at < text.size()) {
    const size_t blank = scan::blank_bytes(text, at);
    const size_t next = blank > 0 ? at + blank : comment_end(text, at);
    if (next == at) break;
    at = next;
  }
  return at;
}

// Behind a number as Python may write it: +1, 0x10, 1_0, 5., 1 - 2j; and behind "...".
size_t number_end(std::string_view text, size_t at) {
  const auto is_sign = [](char c) { return c == '+' || c == '-'; };
  const auto is_part = [&is_sign](char c) {
    return scan::is_alnum(c) || c == '.' || c == '_' || is_sign(c);
  };
  size_t end = at;
  for (size_t next = at; next < text.size() && is_part(text[next]); next = next_sign(text, end)) {
    // Blanks stand beside a sign, or part words.
    if (next > end && !is_sign(text[next]) && !is_sign(text[end - 1])) break;
    for (end = next; end < text.size() && is_part(text[end]);) ++end;
  }
  return end;
}

bool begins_number(char c) { return scan::is_digit(c) || c == '+' || c == '-' || c == '.'; }

// ("a", …, ({…}, (1, …, ((), …: a tuple, and no signature and no remark, in which words stand.
bool begins_tuple(std::string_view text) {
  size_t at = 0;
  size_t open = 0;
  for (; at < text.size() && text[at] == '('; at = next_sign(text, at + 1)) ++open;
  if (at == text.size()) return false;
  constexpr std::string_view kBegins = "{[\"'";
  if (kBegins.find(text[at]) < kBegins.size()) return true;
  const size_t quote = at + prefix_size(text.substr(at));
  if (quote < text.size() && (text[quote] == '"' || text[quote] == '\'')) return true;
  if (begins_number(text[at])) {
    at = next_sign(text, number_end(text, at));
  } else if (text[at] != ')') {
    const size_t end = std::min(text.find_first_of(" \t\r\n,()/#", at), text.size());
    if (json_constant(text.substr(at, end - at)).empty()) return false;
    at = next_sign(text, end);
  }
  for (; open > 0 && at < text.size() && text[at] == ')'; --open) at = next_sign(text, at + 1);
  return at < text.size() && text[at] == ',';
}

}  // namespace

bool begins_comment(std::string_view text, size_t at) {
  const std::string_view two = text.substr(at, 2);
  return two == "//" || two == "/*" || two.starts_with('#');
}

size_t comment_end(std::string_view text, size_t at) {
  if (!begins_comment(text, at)) return at;
  if (text.substr(at, 2) != "/*") return std::min(text.find_first_of("\r\n", at), text.size());
  const size_t end = text.find("*/", at + 2);
  return end == std::string_view::npos ? text.size() : end + 2;
}

bool begins_odd_line(std::string_view text) {
  return text.starts_with(kLineEnd) || text.starts_with(kParagraphEnd);
}

bool is_text_prefix(std::string_view word) {
  return word.size() <= 2 && word.find_first_not_of(kPrefixes) == std::string_view::npos;
}

bool hides_something(std::string_view comment) {
  return comment.find(',') < comment.size() || comment.find(kLineEnd) < comment.size() ||
         comment.find(kParagraphEnd) < comment.size();
}

std::string_view json_constant(std::string_view word) {
  if (word.size() > kLongestConstant) return "";
  if (is_number(word)) return word;
  const std::string lower = scan::ascii_lower(word);
  if (lower == "true") return "true";
  if (lower == "false") return "false";
  for (const std::string_view nothing :
       {"null", "none", "undefined", "nan", "infinity", "-infinity", "+infinity"})
    if (lower == nothing) return "null";
  return "";
}

JsonFront json_front(std::string_view text) {
  JsonFront front;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    front.begin = at;
    if (c == '{' || c == '[' || (c == '(' && begins_tuple(text.substr(at)))) return front;
    // Of a text in quotes what is in it is asked.
    if (const size_t quote = at + prefix_size(text.substr(at)); quote < text.size())
      if (const char q = text[quote]; q == '"' || q == '\'') {
        front.to_bracket = text.find_first_of("{[(\\", quote) < text.size();
        return front;
      }
    if (const size_t blank = scan::blank_bytes(text, at); blank > 0) {
      at += blank;
    } else if (const size_t end = comment_end(text, at); end > at) {
      front.odd = front.odd || hides_something(text.substr(at, end - at));
      at = end;
    } else if (text.substr(at, 3) == "```") {  // ```json
      at = std::min(text.find('\n', at), text.size());
    } else if (c == ';' || c == '-') {
      front.odd = true;
      ++at;
    } else if (c == '!' || c == '&' || c == '%') {  // !tag, &anchor, %YAML 1.1
      front.odd = true;
      at = std::min(text.find_first_of(c == '%' ? "\r\n" : " \t\r\n{[\"'", at), text.size());
    } else {
      break;
    }
  }
  front.to_bracket = false;
  return front;
}

}  // namespace agentmesh::policy
