#include "integrations/json_spans.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"

namespace agentmesh::integrations {
namespace {

constexpr size_t kMaxDepth = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Walks the text from `at`. Every function returns false once there was a fault, which fault_at and fault tell.
class Scanner {
 public:
  Scanner(std::string_view text, size_t at) : text_(text), at_(at) {}

  size_t at() const { return at_; }
  bool done() const { return at_ == text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }

  bool blanks() {
    for (; !done(); ++at_) {
      const char c = text_[at_];
      if (c == '/') {
        if (!comment()) return false;
        --at_;  // the loop steps over the comment's last byte
      } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
        return true;
      }
    }
    return true;
  }

  // A value, blanks before it already skipped.
  bool value(size_t depth, Span& out) {
    out.begin = at_;
    const char c = peek();
    const bool read = c == '{'                  ? object(depth, nullptr)
                      : c == '['                ? array(depth, nullptr)
                      : c == '"'                ? string()
                      : c == '-' || is_digit(c) ? number()
                                                : literal();
    out.end = at_;
    return read;
  }

  bool object(size_t depth, std::vector<Member>* out) {
    const size_t opened = at_;
    if (!enter(depth)) return false;
    while (peek() != '}') {
      Member member;
      member.key.begin = at_;
      if (peek() != '"')
        return broken(opened, "expected a key in double quotes, or '}'",
                      "this '{' is never closed");
      if (!string()) return false;
      member.key.end = at_;
      if (!blanks()) return false;
      if (peek() != ':')
        return broken(opened, "expected ':' after the key", "this '{' is never closed");
      ++at_;
      if (!blanks() || !value(depth + 1, member.value)) return false;
      if (out != nullptr) out->push_back(member);
      if (!separator(opened, '}')) return false;
    }
    ++at_;
    return true;
  }

  bool array(size_t depth, std::vector<Span>* out) {
    const size_t opened = at_;
    if (!enter(depth)) return false;
    while (peek() != ']') {
      Span element;
      if (done()) return fault(opened, "this '[' is never closed");
      if (!value(depth + 1, element)) return false;
      if (out != nullptr) out->push_back(element);
      if (!separator(opened, ']')) return false;
    }
    ++at_;
    return true;
  }

  bool fault(size_t at, std::string what) {
    fault_at = at;
    fault_what = std::move(what);
    return false;
  }

  size_t fault_at = 0;
  std::string fault_what;
  std::optional<size_t> first_comment;
  std::optional<size_t> first_trailing_comma;

 private:
  bool broken(size_t opened, const char* here, const char* at_the_end) {
    return done() ? fault(opened, at_the_end) : fault(at_, here);
  }

  bool enter(size_t depth) {
    if (depth >= kMaxDepth) return fault(at_, fmt::format("nested deeper than {}", kMaxDepth));
    ++at_;
    return blanks();
  }

  // Behind a member or element: a comma and what follows it, or the closing bracket (left for the caller).
  bool separator(size_t opened, char close) {
    if (!blanks()) return false;
    if (peek() == close) return true;
    if (done()) return fault(opened, fmt::format("this '{}' is never closed", text_[opened]));
    if (peek() != ',') return fault(at_, fmt::format("expected ',' or '{}'", close));
    const size_t comma = at_++;
    if (!blanks()) return false;
    if (peek() == close && !first_trailing_comma) first_trailing_comma = comma;
    return true;
  }

  bool comment() {
    const size_t start = at_;
    if (!first_comment) first_comment = start;
    const std::string_view rest = text_.substr(start);
    if (rest.starts_with("//")) {
      at_ = std::min(text_.find_first_of("\r\n", start), text_.size());
      return true;
    }
    if (!rest.starts_with("/*")) return fault(start, "'/' starts neither a value nor a comment");
    const size_t end = text_.find("*/", start + 2);
    if (end == std::string_view::npos) return fault(start, "this comment is never closed");
    at_ = end + 2;
    return true;
  }

  bool string() {
    const size_t start = at_++;
    for (; !done(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        if (c == '\n' || c == '\r') return fault(start, "this string is not closed on its line");
        return fault(at_, "a control character in a string must be escaped");
      }
      if (c == '\\' && !escape()) return false;
    }
    return fault(start, "this string is never closed");
  }

  // Leaves at_ on the escape's last byte.
  bool escape() {
    const size_t start = at_++;
    if (done()) return fault(start, "this escape is cut off");
    if (text_[at_] == 'u') {
      const std::string_view digits = text_.substr(at_ + 1, 4);
      if (digits.size() < 4 || !std::all_of(digits.begin(), digits.end(), is_hex))
        return fault(start, "\\u needs four hexadecimal digits");
      at_ += 4;
      return true;
    }
    if (std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos)
      return fault(start, "JSON has no such escape");
    return true;
  }

  bool digits() {
    if (!is_digit(peek())) return fault(at_, "expected a digit");
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool number() {
    if (peek() == '-') ++at_;
    const size_t first = at_;
    if (!digits()) return false;
    if (text_[first] == '0' && at_ - first > 1)
      return fault(first, "a number does not start with 0");
    if (peek() == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      return digits();
    }
    return true;
  }

  bool literal() {
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return true;
    }
    if (done()) return fault(at_, "the file ends where a value should be");
    return fault(at_, peek() == '\'' ? "JSON strings take double quotes" : "expected a value");
  }

  std::string_view text_;
  size_t at_;
};

}  // namespace

Result<JsonSpans> JsonSpans::read(std::string_view text) {
  if (auto read = check_utf8(text); !read) return tl::unexpected(read.error());

  JsonSpans spans(text);
  Scanner scanner(text, behind_mark(text));
  bool read = scanner.blanks();
  if (read && !scanner.done()) {
    Span root;
    read =
        scanner.value(0, root) && scanner.blanks() &&
        (scanner.done() || scanner.fault(scanner.at(), "something follows the end of the value"));
    spans.root_ = root;
  }
  if (!read) return fail_at(text, scanner.fault_at, scanner.fault_what);
  spans.comment_ = scanner.first_comment;
  spans.trailing_comma_ = scanner.first_trailing_comma;
  return spans;
}

std::string JsonSpans::string(Span value) const { return json::View(value.of(text_)).string(); }

std::vector<Member> JsonSpans::members(Span object) const {
  std::vector<Member> out;
  (void)Scanner(text_, object.begin).object(0, &out);  // read() accepted it
  return out;
}

std::vector<Span> JsonSpans::elements(Span array) const {
  std::vector<Span> out;
  (void)Scanner(text_, array.begin).array(0, &out);  // read() accepted it
  return out;
}

}  // namespace agentmesh::integrations
