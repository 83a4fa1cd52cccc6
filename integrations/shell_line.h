// A shell's line, as far as it must be read to see which words are commands: quotes, separators, redirections, comments.
//
// Pure function, any thread. Cost: linear. Failure: none; what it does not follow ($( ), ` `, <( ), here-documents, an open quote) is
// told by `unread`.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::integrations {

struct ShellLine {
  // The words of each command, without quotes, redirections and comments. $NAME stays as it is written, $(…)
  // is $().
  std::vector<std::vector<std::string>> commands;
  std::vector<std::string> all_words;  // in a row, with the insides of what is not followed
  bool unread = false;
};
ShellLine read_shell_line(std::string_view text);

}  // namespace agentmesh::integrations
