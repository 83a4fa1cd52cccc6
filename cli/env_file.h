// Env file: the variables in a file that an entry's `envFile` names, as VS Code and Cursor read it: NAME=VALUE a line, `export`
// before it or not, # comments, values in single quotes as they are, in double quotes with \n \r \t \" \\ $ and `.
//
// Pure. What is no such line is passed over, as those clients do.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agentmesh::cli {

// In the order of the text; of a name given twice, both.
std::vector<std::pair<std::string, std::string>> env_file_variables(std::string_view text);

}  // namespace agentmesh::cli
