#include "integrations/shell_line.h"

#include <utility>

namespace agentmesh::integrations {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  ShellLine read() {
    while (at_ < text_.size() && !here_document_ends()) step();
    end_word();
    end_command();
    return std::move(line_);
  }

 private:
  char now() const { return text_[at_]; }
  bool next_is(char c) const { return at_ + 1 < text_.size() && text_[at_ + 1] == c; }

  // The text of a here-document is data of another program.
  bool here_document_ends() {
    if (!here_document_ || now() != '\n') return false;
    inside(text_.substr(at_));
    return true;
  }

  void step() {
    const char c = now();
    if (c == '\\') {
      if (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') put(text_[at_ + 1]);
      at_ += 2;
    } else if (c == '\'') {
      single_quoted();
    } else if (c == '"') {
      double_quoted();
    } else if (c == '`' || (c == '$' && next_is('('))) {
      substitution();
    } else if (c == '#' && !in_word_) {
      while (at_ < text_.size() && now() != '\n') ++at_;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      end_word();
      ++at_;
    } else if ((c == '<' || c == '>' || (c == '&' && next_is('>')))) {
      redirection();
    } else if (std::string_view(";&|()\n").find(c) != std::string_view::npos) {
      end_word();
      end_command();
      ++at_;
    } else {
      put(c);
      ++at_;
    }
  }

  void single_quoted() {
    in_word_ = true;
    const size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) return open_end();
    word_ += text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
  }

  void double_quoted() {
    in_word_ = true;
    const size_t begin = at_++;
    while (at_ < text_.size() && now() != '"') {
      if (now() == '\\' && at_ + 1 < text_.size()) {
        put(text_[at_ + 1]);
        at_ += 2;
      } else if (now() == '`' || (now() == '$' && next_is('('))) {
        substitution();
      } else {
        put(now());
        ++at_;
      }
    }
    if (at_ >= text_.size()) {
      at_ = begin;
      return open_end();
    }
    ++at_;
  }

  // $( ) or ` `: part of a word; what is in it runs, but not in the place of this command.
  void substitution() {
    in_word_ = true;
    size_t end = at_ + 1;
    if (now() == '`') {
      end = text_.find('`', end);
    } else {
      end = closing(end);
    }
    if (end == std::string_view::npos) return open_end();
    word_ += "$()";
    const size_t begin = at_ + (now() == '`' ? 1 : 2);
    inside(text_.substr(begin, end - begin));
    at_ = end + 1;
  }

  // Where the parenthesis that opens at `open` closes, by counting.
  size_t closing(size_t open) const {
    size_t depth = 0;
    for (size_t i = open; i < text_.size(); ++i) {
      if (text_[i] == '(') ++depth;
      if (text_[i] == ')' && --depth == 0) return i;
    }
    return std::string_view::npos;
  }

  void redirection() {
    if (in_word_ && word_.find_first_not_of("0123456789") == std::string::npos) {
      word_.clear();
      in_word_ = false;
    }
    end_word();
    if (next_is('(')) {
      ++at_;
      const size_t end = closing(at_);
      if (end == std::string_view::npos) return open_end();
      inside(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
      return;
    }
    const size_t begin = at_;
    while (at_ < text_.size() && (now() == '<' || now() == '>' || now() == '&')) ++at_;
    if (at_ < text_.size() && now() == '|') ++at_;
    const std::string_view sign = text_.substr(begin, at_ - begin);
    here_document_ = here_document_ || sign == "<<";
    line_.unread = line_.unread || sign == "<<";
    target_ = true;
  }

  // A quote or a parenthesis that is never closed.
  void open_end() {
    inside(text_.substr(at_ + 1));
    at_ = text_.size();
  }

  // Words that are not followed, blanks between them.
  void inside(std::string_view text) {
    line_.unread = true;
    std::string word;
    for (const char c : text) {
      if (std::string_view(" \t\r\n;&|()'\"`").find(c) == std::string_view::npos) {
        word += c;
      } else if (!word.empty()) {
        line_.all_words.push_back(std::exchange(word, {}));
      }
    }
    if (!word.empty()) line_.all_words.push_back(std::move(word));
  }

  void put(char c) {
    word_ += c;
    in_word_ = true;
  }

  void end_word() {
    if (!in_word_) return;
    in_word_ = false;
    std::string word = std::exchange(word_, {});
    if (std::exchange(target_, false)) return;
    line_.all_words.push_back(word);
    command_.push_back(std::move(word));
  }

  void end_command() {
    target_ = false;
    if (!command_.empty()) line_.commands.push_back(std::exchange(command_, {}));
  }

  std::string_view text_;
  size_t at_ = 0;
  ShellLine line_;
  std::vector<std::string> command_;
  std::string word_;
  bool in_word_ = false;
  bool target_ = false;  // the next word is where a redirection leads
  bool here_document_ = false;
};

}  // namespace

ShellLine read_shell_line(std::string_view text) { return Reader(text).read(); }

}  // namespace agentmesh::integrations
