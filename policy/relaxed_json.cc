#include "policy/relaxed_json.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy {

namespace {

constexpr size_t kMostInFront = 256;  // bytes of a bracket
constexpr int kMostQuoted = 3;        // times that JSON was made a string

bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' '; }

// Rewrites a text token by token; what is still no JSON then the strict reader says.
class Rewriter {
 public:
  explicit Rewriter(std::string_view text) : text_(text) {}

  std::string run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (at_ < text_.size()) token();
    return std::move(out_);
  }

 private:
  void token() {
    const char c = text_[at_];
    const std::string_view two = text_.substr(at_, 2);
    if (is_blank(c)) {
      ++at_;
    } else if (two == "\xC2\xA0") {  // a no-break space
      at_ += 2;
    } else if (two == "//" || c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (two == "/*") {
      const size_t end = text_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else if (c == '"' || c == '\'') {
      string(c);
    } else if (std::string_view("{}[]:,").find(c) != std::string_view::npos) {
      sign(c);
    } else {
      word();
    }
  }

  void sign(char c) {
    if ((c == '}' || c == ']') && out_.ends_with(',')) out_.pop_back();
    out_ += c;
    ++at_;
  }

  void string(char quote) {
    out_ += '"';
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        const char next = text_[++at_];
        if (next != '\'') out_ += '\\';
        out_ += next;
      } else if (c == '"') {
        out_ += "\\\"";
      } else if (static_cast<unsigned char>(c) < ' ') {
        out_ += ' ';
      } else {
        out_ += c;
      }
    }
    out_ += '"';
    ++at_;
  }

  // A number, true, false and null as they are; a key without quotes in quotes; else nothing that is known.
  void word() {
    const size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) &&
           std::string_view("{}[]:,\"'#").find(text_[at_]) == std::string_view::npos)
      ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    size_t behind = at_;
    while (behind < text_.size() && is_blank(text_[behind])) ++behind;
    if (behind < text_.size() && text_[behind] == ':')
      json::append_string(out_, word);
    else if (((scan::is_digit(word[0]) || word[0] == '-') && scan::is_digit(word.back())) ||
             word == "true" || word == "false")
      out_ += word;
    else
      out_ += "null";
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

bool may_be_json(std::string_view text) {
  for (const char c : text.substr(0, kMostInFront)) {
    if (c == '{' || c == '[') return true;
    if (!is_blank(c) && c != '"' && c != '\\' && static_cast<unsigned char>(c) < 0x80) return false;
  }
  return false;
}

bool is_meant_as_json(std::string_view text) {
  const size_t begin = text.find_first_of("{[");
  if (begin == std::string_view::npos) return false;
  const size_t next = text.find_first_not_of(" \t\r\n", begin + 1);
  if (next == std::string_view::npos) return false;
  return text[begin] == '{' ? text[next] == '"' || text[next] == '\'' : text[next] == '{';
}

std::optional<std::string> relaxed_json(json::Reader& reader, std::string_view text,
                                        uint32_t deepest) {
  std::string own;
  const auto good = [&] {
    const json::Report& report = reader.read(text);
    return report.fault == json::Fault::kNone && report.depth <= deepest;
  };
  for (int quoted = 0; quoted <= kMostQuoted; ++quoted) {
    if (!good()) {
      own = Rewriter(text).run();
      text = own;
      if (!good()) return std::nullopt;
    }
    if (!reader.root().is_string())
      return reader.root().empty() ? std::nullopt : std::optional<std::string>(reader.root().raw());
    std::string unquoted = reader.root().string();
    own = std::move(unquoted);
    text = own;
  }
  return std::nullopt;
}

}  // namespace agentmesh::policy
