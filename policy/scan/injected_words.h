// Injected words: the word that stands where a command would, as a shell would run it, and whether what follows looks like its
// arguments. For the scanners of shell injection alone; shell_words.h reads whole command lines.
//
// Cost: as far as the word goes; one copy of it. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// How sure it is that a text wants to be a command.
enum class Sure : uint8_t { kNo, kLikely, kSure };

// A word as a shell would run it: quotes, backslashes, empty expansions gone.
struct InjectedWord {
  std::string text;
  size_t end = 0;
  bool tricky = false;
};

InjectedWord word_at(std::string_view text, size_t at);
// "/???/c?t": a name with holes that some command fills.
bool globs_to_command(const std::string& word);

// What stands before a command and is none itself: ( { ! @ "then" "A=1" "time" …
struct CommandPlace {
  size_t at = 0;         // where the command begins
  bool keyword = false;  // a word of the shell's grammar stood there: then, do
  bool prefix = false;   // an assignment, or a command that runs another one
  bool brace = false;    // {cat,/etc/passwd}
  bool spelled = false;  // a blank that is spelled as $IFS
};
CommandPlace command_place(std::string_view text, size_t at);

// What stands behind a command word looks like a command's arguments.
enum class Arguments : uint8_t {
  kNone,
  kWeak,   // options, globs, a redirection: query languages have them too
  kPlace,  // a URL, an address, a variable
  kPath,   // a file, a substitution, or a blank that is spelled as $IFS
};
Arguments command_arguments(std::string_view rest);
inline bool has_command_arguments(std::string_view rest) {
  return command_arguments(rest) != Arguments::kNone;
}

}  // namespace agentmesh::policy::scan
