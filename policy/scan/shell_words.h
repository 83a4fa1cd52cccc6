// Shell words: a command line cut into simple commands, quotes and tricks removed, as a shell would before running it.
//
// Sees what POSIX shells and bash do before a command starts: quoting, $'…', $IFS, assignments made earlier in the text (also by
// `export` and its like, `for … in` and `set`, and taken back where they last for a command or a sub-shell) and what ${name…} makes
// of them, arrays as one text, {a,b}, comments, lists, groups, pipes into and out of them, redirections, here-documents, substitutions and
// sub-shells (each read as commands too), `eval`. A variable it does not know expands to nothing where a command's name stands, and else
// to its own name. Globs stay.
// Cannot see: what `read` and `printf -v` give a variable, those of a shell in a shell, what a function is called with, what `export` behind
// "&" or "|" takes back, patterns in ${name…}, IFS of one's own.
// Cost: linear; at most kMaxSimpleCommands commands and kMaxDepth levels of substitution. Pure functions, any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

inline constexpr size_t kMaxSimpleCommands = 4096;
inline constexpr int kMaxDepth = 6;

struct Redirect {
  std::string op;         // ">" ">>" "<" "<<<" "&>" …
  std::string target;     // after quote removal
  bool numbered = false;  // of another descriptor than the usual one
};

struct SimpleCommand {
  std::vector<std::string> words;  // after assignments; words[0] is the command word
  std::vector<Redirect> redirects;
  std::string here;         // text of a here-document or here-string
  int depth = 0;            // of substitution
  int pipeline = 0;         // commands of one pipeline share a number, from 1
  int input = 0;            // the pipeline that its group reads, if it does
  bool reads_pipe = false;  // its stdin is a pipe
  bool obfuscated = false;  // the command word is spelled so as not to be read
  bool evaluated = false;   // an `eval`, and what it runs is among the commands
  size_t inner_begin = 0;   // commands [inner_begin, inner_end) are substitutions in its words
  size_t inner_end = 0;
};

struct ShellText {
  std::vector<SimpleCommand> commands;
  bool substitutes = false;
  bool truncated = false;  // over a bound: the rest was not read
};

ShellText read_commands(std::string_view text);

}  // namespace agentmesh::policy::scan
