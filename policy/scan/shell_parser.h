// Shell parser: one command line on its way into simple commands: cut into words (shell_words.cc), with what stands for something else put
// in (shell_expand.cc). For these alone.
//
// A Frame is one text: the line, and each text in it that is read as commands, or expanded. What variables hold, and what everything may
// come to, they share. Failure: beyond a bound ShellText::truncated, and the rest is not read.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/shell_variables.h"
#include "policy/scan/shell_words.h"

namespace agentmesh::policy::scan {

class ShellParser {
 public:
  explicit ShellParser(ShellText& out) : out_(out) {}

  void parse(std::string_view text, int depth);

 private:
  struct Frame {
    std::string_view text;
    size_t at = 0;
    int depth = 0;
    int pipeline = 0;
    SimpleCommand command;
    std::string word;
    bool in_word = false;
    bool quoted = false;       // part of the word is quoted
    bool tricky = false;       // the word is broken up by something that adds nothing to it
    bool substituted = false;  // part of the word is a substitution
    bool equals = false;       // it holds a plain "="
    // In front of the first one stands a name, and no command yet, or one that declares: nothing that follows breaks it up.
    bool assigns = false;
    std::string pending_redirect;
    struct HereEnd {
      std::string delimiter;
      bool quoted = false;  // nothing in it is expanded
    };
    std::vector<HereEnd> here_ends;  // of here-documents that begin at the next line
    bool next_reads_pipe = false;
    bool unnamed = false;  // a word that comes to nothing stood where the command's name does
  };

  bool full() {
    if (out_.commands.size() >= kMaxSimpleCommands) out_.truncated = true;
    return out_.truncated;
  }
  static void break_up(Frame& f) { f.tricky = f.tricky || !f.assigns; }

  // Words.
  void step(Frame& f);
  static void equals_sign(Frame& f);
  void list_operator(Frame& f, char c);
  void redirect(Frame& f, char c);
  void here_documents(Frame& f);
  static void single_quoted(Frame& f);
  void double_quoted(Frame& f);
  static void backslash(Frame& f);
  void end_word(Frame& f);
  void finish_command(Frame& f);

  // What stands for something else.
  void dollar(Frame& f, bool in_quotes);
  bool arithmetic(Frame& f);
  std::string expand(Frame& f, std::string_view text, bool in_quotes);
  void spread(Frame& f, const std::string& value, bool in_quotes, bool breaks = true);
  bool may_expand(size_t size);
  void variable(Frame& f, std::string_view inside, bool in_quotes);
  void backticks(Frame& f, bool in_quotes);
  void inner(Frame& f, std::string_view text);
  void substitute(Frame& f, std::string_view text, bool in_quotes);

  ShellText& out_;
  int pipelines_ = 0;
  size_t expanded_ = 0;
  ShellVariables variables_;
};

// The words from `first` on, with blanks between them.
std::string joined_words(const std::vector<std::string>& words, size_t first);

}  // namespace agentmesh::policy::scan
