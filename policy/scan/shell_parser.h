// Shell parser: one command line on its way into simple commands: cut into words (shell_words.cc), with what stands for something else put
// in (shell_expand.cc), put together to commands and pipelines (shell_lists.cc), and these to groups (shell_groups.cc); and what commands
// of the shell itself do to what follows (shell_builtins.cc). For these alone.
//
// A Frame is one text: the line, and each text in it that is read as commands, or expanded. What variables hold, and what everything may
// come to, they share. Failure: beyond a bound ShellText::truncated, and the rest is not read.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/shell_here.h"
#include "policy/scan/shell_quotes.h"
#include "policy/scan/shell_variables.h"
#include "policy/scan/shell_words.h"

namespace agentmesh::policy::scan {

class ShellParser {
 public:
  explicit ShellParser(ShellText& out) : out_(out) {}

  // `reads_pipe`: its first command does. `input`: a pipeline that each may read, or 0.
  void parse(std::string_view text, int depth, bool reads_pipe = false, int input = 0);

 private:
  static constexpr size_t kNone = SIZE_MAX;

  // A here-document that begins at the next line, and whose it is: kNone until that command is one.
  struct Here {
    HereMark mark;
    size_t command = kNone;
    size_t first = kNone;  // of a group as a whole: the first command of it
  };
  // What closes later: ( ) { } if fi do done case esac.
  struct Group {
    std::string_view closer;
    size_t first = 0;  // its first command
    int input = 0;     // the pipeline that it reads, and so may each command in it; 0: none
    // What variables hold there is not of what is behind it.
    std::optional<ShellVariables::Mark> outside = {};
    // for NAME in …: what NAME is beside the first, and where in the text the loop stands that is read with each.
    std::string variable = {};
    std::vector<std::string> items = {};
    size_t loop = 0;
    bool in_pattern = false;  // of `case`: words are none of a command until ")"
  };
  struct Frame {
    std::string_view text;
    size_t at = 0;
    int depth = 0;
    int pipeline = 0;
    int input = 0;  // the pipeline that the text as a whole reads
    SimpleCommand command;
    std::string word;
    bool in_word = false;
    bool quoted = false;       // part of the word is quoted
    bool tricky = false;       // the word is broken up by something that adds nothing to it
    bool substituted = false;  // part of the word is a substitution
    bool made = false;         // what it ends with is what a variable holds
    bool equals = false;       // it holds a plain "="
    // In front of the first one stands a name, and no command yet, or one that declares: nothing that follows breaks it up.
    bool assigns = false;
    bool list = false;        // words alone, no commands: a=(…)
    size_t begins_token = 0;  // where a "#" would begin a comment
    std::string pending_redirect;
    bool numbered = false;  // it is of another descriptor than the usual one
    std::vector<Here> here;
    std::vector<Group> groups;
    std::vector<Group> loops;     // that ended with this command
    size_t group_before = kNone;  // the first command of the group that ended here
    int group_input = 0;          // and the pipeline that it reads
    // What assignments in front of a command are taken back to when it is clear that there is one.
    std::optional<ShellVariables::Mark> before_assignments = {};
    bool next_reads_pipe = false;
    bool unnamed = false;  // a word that comes to nothing stood where the command's name does
  };
  // How quotes and backslashes are read in a text that is no command.
  enum class Quotes : uint8_t { kPlain, kInQuotes, kHereDocument };

  bool full() {
    if (out_.commands.size() >= kMaxSimpleCommands) out_.truncated = true;
    return out_.truncated;
  }
  // What is put in is what a variable is given: one word.
  static bool is_assigned(const Frame& f) { return f.assigns && f.equals; }
  static void break_up(Frame& f) { f.tricky = f.tricky || !f.assigns; }
  static void push(Frame& f, char c);

  // Words.
  void step(Frame& f);
  static void equals_sign(Frame& f);
  void redirect(Frame& f, char c);
  static void single_quoted(Frame& f);
  void double_quoted(Frame& f);
  static void backslash(Frame& f);
  void end_word(Frame& f);
  void assign(Frame& f, std::string_view word, bool in_front, bool substituted);

  // Commands and pipelines.
  void list_operator(Frame& f, char c);
  void redirect_both(Frame& f);
  void array(Frame& f);
  void array_operator(Frame& f, char c);
  void new_pipeline(Frame& f);
  static int input_of(const Frame& f);
  void pipe(Frame& f);
  void here_documents(Frame& f);
  void finish_command(Frame& f, bool of_its_own = false);
  void put_out(Frame& f);

  // Groups.
  void parenthesis(Frame& f, char c);
  bool arithmetic_command(Frame& f);
  std::optional<std::string_view> arithmetic_text(const Frame& f, size_t open);
  static bool in_pattern(const Frame& f);
  bool pattern_operator(Frame& f, char c);
  static void begin_pattern(Frame& f);
  void open_groups(Frame& f, const std::vector<std::string>& words);
  void close_groups(Frame& f, const std::vector<std::string>& words);
  void close_group(Frame& f, std::string_view closer);
  void repeat_loops(Frame& f);

  // Commands of the shell itself.
  void builtin(Frame& f);
  void give_positional(std::string all);

  // What stands for something else.
  void dollar(Frame& f, bool in_quotes);
  bool arithmetic(Frame& f);
  std::string expand(Frame& f, std::string_view text, Quotes quotes);
  void spread(Frame& f, const std::string& value, bool in_quotes, bool breaks = true);
  bool may_expand(size_t size);
  void variable(Frame& f, std::string_view inside, bool in_quotes);
  void backticks(Frame& f, bool in_quotes);
  void inner(Frame& f, std::string_view text, bool reads_pipe = false);
  static void adopt(Frame& f, size_t first, size_t last);
  void substitute(Frame& f, std::string_view text, bool in_quotes);

  ShellText& out_;
  int pipelines_ = 0;
  int double_lists_ = 0;
  size_t expanded_ = 0;
  ShellVariables variables_;
};

// The words from `first` on, with blanks between them, or what else.
std::string joined_words(const std::vector<std::string>& words, size_t first, char between = ' ');

// How many words stand in front of the command: reserved ones, and the name of a function.
size_t before_command(const std::vector<std::string>& words);
// `export`, `command export` and their like: the words of this command may be assignments.
bool declares(const std::vector<std::string>& words);

}  // namespace agentmesh::policy::scan
