#include "policy/relaxed_json.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "policy/relaxed_tokens.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/path_readings.h"

namespace agentmesh::policy {

namespace {

constexpr int kMostQuoted = 3;  // times that JSON was made a string

bool is_name_byte(char c) {
  return scan::is_alnum(c) || c == '_' || c == '.' || c == '~' || c == '$' || (c & '\x80') != 0;
}

// Rewrites a text token by token; what is still no JSON then the strict reader says.
class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : text_(text) {}

  void run() {
    const JsonFront front = json_front(text_);
    at_ = front.to_bracket ? front.begin : 0;
    odd_ = front.odd;
    while (at_ < text_.size() && !ended_) token();
    odd_ = odd_ || element_;
    for (; !at_top(); open_.pop_back()) {  // a writer that was cut off
      if (out_.ends_with(',')) out_.pop_back();
      out_ += open_.back() == '{' ? '}' : ']';
      if (open_.size() == 1) {
        ++values_;
        if (values_ == 1) first_end_ = out_.size();
      }
    }
    // What is left off is nobody's, unless it may be more of the same.
    const size_t more = text_.find_first_of("{[", at_);
    odd_ = odd_ || text_.find_first_of(":\"'", more) < text_.size();
  }
  bool is_odd() const { return odd_; }
  // The values that stand behind each other; several are a list.
  std::string all() const { return values_ > 1 ? "[" + out_ + "]" : out_; }
  // The first one.
  std::string_view first() const { return std::string_view(out_).substr(0, first_end_); }

 private:
  bool at_top() const { return open_.empty(); }
  bool in_list() const { return !at_top() && open_.back() == '['; }
  bool wants_key() const { return !at_top() && open_.back() == '{' && !behind_colon_; }

  void token() {
    const char c = text_[at_];
    if (const size_t blank = scan::blank_bytes(text_, at_); blank > 0) {
      at_ += blank;
    } else if (at_top() && values_ > 0 && c == ',') {
      ++at_;
    } else if (const size_t end = comment_end(text_, at_); end > at_) {
      comment(text_.substr(at_, end - at_));
      at_ = end;
    } else if (at_top() && values_ > 0 && c != '{' && c != '[' && c != '(') {
      ended_ = true;
    } else {
      if (at_top() && values_ > 0) out_ += ',';
      value(c);
    }
  }

  // To who knows none of these it is the value, or a part of it: {command: //bin/rm -r x}, {sql: SELECT 1 /*! ; DROP TABLE t */}
  void comment(std::string_view text) {
    const bool slashes = text[0] == '/';
    // Of a command that is called "true", only what a shell runs: {command: true // ; rm -r x}
    const bool runs = text.find_first_of(";|&$`") < text.size();
    const bool goes_on = behind_word_ || (behind_constant_ && runs);
    odd_ = odd_ || hides_something(text) || (slashes && (behind_colon_ || goes_on));
    before_word_ = before_word_ || slashes;
    // "[a, //etc/shadow\n]", and not "[a, // first\n]".
    const bool named = text.size() > 2 && text[1] == '/' && is_name_byte(text[2]);
    element_ = element_ || (named && in_list());
  }

  void value(char c) {
    const bool commented = std::exchange(before_word_, false);
    const bool element = std::exchange(element_, false);
    behind_word_ = behind_constant_ = false;
    odd_ = odd_ || (element && (c == ']' || c == ','));
    if (c == '{' || c == '[' || c == '(') {  // a tuple is a list
      open_ += c == '(' ? '[' : c;
      behind_colon_ = false;
      sign(open_.back());
    } else if (c == '}' || c == ']' || c == ')') {
      if (out_.ends_with(',')) out_.pop_back();
      sign(c == ')' ? ']' : c);
      if (!at_top()) open_.pop_back();
      end_value();
    } else if (c == ':' || c == ',') {
      behind_colon_ = c == ':';
      sign(c);
    } else if (c == '"' || c == '\'') {
      string(c);
    } else {
      odd_ = odd_ || (commented && in_list());
      word();
    }
  }

  void sign(char c) {
    out_ += c;
    ++at_;
  }

  void end_value() {
    behind_colon_ = false;
    if (at_top() && ++values_ == 1) first_end_ = out_.size();
  }

  // `count` hex digits from `from` on; nothing: they are not there.
  std::optional<uint32_t> hex(size_t from, size_t count) const {
    if (from + count > text_.size()) return std::nullopt;
    uint32_t value = 0;
    for (size_t i = from; i < from + count; ++i) {
      const int digit = scan::hex_digit(text_[i]);
      if (digit < 0) return std::nullopt;
      value = value * 16 + static_cast<uint32_t>(digit);
    }
    return value;
  }

  void append_unit(uint32_t unit) { out_ += fmt::format("\\u{:04x}", unit & 0xFFFF); }

  void append(char c) {
    if (c == '"' || c == '\\') out_ += '\\';
    if (static_cast<unsigned char>(c) < ' ')
      append_unit(static_cast<unsigned char>(c));
    else
      out_ += c;
  }

  // At the character behind a backslash; ends on its last one.
  void escape() {
    const char c = text_[at_];
    if (std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) {
      out_ += '\\';
      out_ += c;
    } else if (const size_t digits = c == 'u'   ? 4
                                     : c == 'x' ? 2
                                     : c == 'U' ? 8
                                                : 0;
               digits > 0 && hex(at_ + 1, digits)) {
      const uint32_t point = *hex(at_ + 1, digits);
      if (point >= 0x10000) append_unit(0xD800 + (((point - 0x10000) >> 10) & 0x3FF));
      append_unit(point >= 0x10000 ? 0xDC00 + (point & 0x3FF) : point);
      at_ += digits;
    } else if (c >= '0' && c <= '7') {
      uint32_t octal = 0;
      size_t count = 0;
      for (; count < 3 && at_ + count < text_.size(); ++count) {
        const char digit = text_[at_ + count];
        if (digit < '0' || digit > '7') break;
        octal = octal * 8 + static_cast<uint32_t>(digit - '0');
      }
      append_unit(octal & 0xFF);
      at_ += count - 1;
    } else if (c == 'v') {
      append_unit(0x0B);
    } else if (c == '\r' || c == '\n') {  // the line goes on
      if (text_.substr(at_, 2) == "\r\n") ++at_;
      odd_ = odd_ || (at_ + 1 < text_.size() && scan::blank_bytes(text_, at_ + 1) > 0);
    } else {
      // \N{SOLIDUS}; a line that goes on, to JavaScript alone
      odd_ = odd_ || c == 'N' || begins_odd_line(text_.substr(at_));
      append(c);
    }
  }

  void string(char quote) {
    const bool raw = std::exchange(raw_, false);
    out_ += '"';
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] != '\\' || at_ + 1 == text_.size()) {
        append(text_[at_]);
        continue;
      }
      odd_ = odd_ || raw;  // r'\rm' has a backslash in it, and no line end
      ++at_;
      escape();
    }
    out_ += '"';
    ++at_;
    end_scalar();
  }

  void end_scalar() {
    if (at_top()) return end_value();
    behind_colon_ = false;
  }

  // Without quotes: a key, a value, or what Python puts in front of a text.
  void word() {
    const bool key = wants_key();
    const size_t begin = at_;
    size_t inner = 0;  // brackets that are open in it: new Date(2024, 1), .items[] | {name: .name}
    size_t round = 0;  // of these, those that YAML takes for letters
    bool parted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (inner == 0 && ends_word(begin, key)) break;
      if (c == '\n') break;
      if (!key && at_ > begin && (c == '(' || c == '[' || c == '{')) ++inner;
      if (inner > 0 && (c == ')' || c == ']' || c == '}')) --inner;
      if (!key && c == '(') ++round;
      if (c == ')' && round > 0) --round;
      parted = round > 0 && (parted || c == ',');
      odd_ = odd_ || (parted && c == ':');
    }
    odd_ = odd_ || inner > 0;
    const std::string_view word = scan::without_blanks(text_.substr(begin, at_ - begin));
    const size_t end = begin + word.size();  // it begins with no blank
    // Tags, anchors and lines that go on are YAML's, pairs in a list as well; ('a') is an expression.
    constexpr std::string_view kOdd = "?!&*|>%@";
    const size_t colon = word.find(": ");
    const bool pair = !key && !at_top() && open_.back() == '[' && colon < word.size() &&
                      word.find_first_of("([{") > colon;
    odd_ = odd_ || pair || kOdd.find(word.empty() ? ' ' : word[0]) < kOdd.size();
    const bool quoted =
        at_ < text_.size() && end == at_ && (text_[at_] == '"' || text_[at_] == '\'');
    if (!key && quoted && is_text_prefix(word)) {
      raw_ = word.find_first_of("rR") < word.size();
      return;
    }
    const std::string_view as = key ? std::string_view() : json_constant(word);
    if (!as.empty()) {
      out_ += as;
    } else {
      out_ += '"';
      for (size_t i = begin; i < end; ++i) {
        if (text_[i] == '\\' && text_.substr(i + 1, 1) == "u" && hex(i + 2, 4)) {
          append_unit(*hex(i + 2, 4));
          i += 5;
        } else {
          append(text_[i]);
        }
      }
      out_ += '"';
    }
    end_scalar();
    behind_constant_ = !as.empty();
    behind_word_ = !key && as.empty();
  }

  // "{command/**/: rm -rf ~/x/*, n: 1 // how often": a value may hold what begins a comment.
  bool ends_word(size_t begin, bool key) const {
    const char c = text_[at_];
    if (c == '\n' || c == ',' || c == '}' || c == ']' || c == ')') return true;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (c == '"' || c == '\'') return key || is_text_prefix(word);
    if (key) return c == ':' || c == '{' || c == '[' || c == '(' || begins_comment(text_, at_);
    return at_ > begin && begins_comment(text_, at_) &&
           (static_cast<unsigned char>(text_[at_ - 1]) <= ' ' || !json_constant(word).empty());
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string out_;
  std::string open_;  // the brackets around
  bool behind_colon_ = false;
  bool before_word_ = false;      // a comment stands in front of what comes
  bool element_ = false;          // a comment stands in a list that may be one of it
  bool behind_word_ = false;      // a value without quotes, and nothing since
  bool behind_constant_ = false;  // the same of a number, true, null: "{n: 1 // often\n}"
  bool raw_ = false;              // the text that comes has no escapes
  size_t values_ = 0;             // at the top
  size_t first_end_ = 0;
  bool ended_ = false;
  bool odd_ = false;  // readers differ about something in it
};

}  // namespace

bool may_be_json(std::string_view text) { return json_front(text).to_bracket; }

bool is_meant_as_json(std::string_view text) {
  const size_t begin = text.find_first_of("{[");
  if (begin == std::string_view::npos) return false;
  const size_t next = text.find_first_not_of(" \t\r\n", begin + 1);
  if (next == std::string_view::npos) return false;
  return text[begin] == '{' ? text[next] == '"' || text[next] == '\'' : text[next] == '{';
}

RelaxedJson relaxed_json(json::Reader& reader, std::string_view text, uint32_t deepest) {
  RelaxedJson out;
  const auto good = [&](std::string_view json) {
    const json::Report& report = reader.read(json);
    if (report.fault != json::Fault::kNone) return false;
    out.too_deep = report.depth > deepest;
    return true;
  };
  std::string own;     // what was made of the text
  std::string inside;  // the text, where it stood in quotes
  for (int quoted = 0; quoted <= kMostQuoted; ++quoted) {
    if (!good(text)) {
      Rewriter rewriter(text);
      rewriter.run();
      out.certain = out.certain && !rewriter.is_odd();
      const bool pairs = text.find(':') < text.size() || is_meant_as_json(text);
      own = rewriter.all();
      if (!good(own)) {
        out.certain = out.certain && !pairs;
        own = rewriter.first();
        if (!good(own)) {
          // ['a' 'b'] is a list of one to Python.
          out.unread_list = own.starts_with('[');
          out.certain =
              out.certain && !(out.unread_list && text.find_first_of("\"'") < text.size());
          return out;
        }
      }
    }
    if (out.too_deep) break;
    if (!reader.root().is_string()) {
      if (!reader.root().empty()) out.json = reader.root().raw();
      return out;
    }
    std::string unquoted = reader.root().string();  // of `own` or of `inside`
    inside = std::move(unquoted);
    text = inside;
    if (!may_be_json(text)) return out;
  }
  out.certain = false;
  return out;
}

}  // namespace agentmesh::policy
