// Injected words: the word that stands where a command would, as a shell would run it, and whether what follows looks like its
// arguments. For shell_injection.cc; shell_words.h reads whole command lines.
//
// Cost: as far as the word goes; one copy of it. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// A word as a shell would run it: quotes, backslashes, empty expansions gone.
struct InjectedWord {
  std::string text;
  size_t end = 0;
  bool tricky = false;
};

InjectedWord word_at(std::string_view text, size_t at);
// "/???/c?t", "c?t": a name with holes that some command fills.
bool globs_to_command(const std::string& word);
// What stands behind a command word looks like a command's: options, paths, variables, redirections.
bool has_command_arguments(std::string_view rest);

}  // namespace agentmesh::policy::scan
