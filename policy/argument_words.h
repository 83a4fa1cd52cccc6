// Argument words: places in a text that is neither a path nor a URL as it stands: a word for a program, the address of a socket, a host
// without a scheme. For look_arguments.cc.
//
// Pure functions, any thread. Views point into `text`.

#pragma once

#include <string_view>

namespace agentmesh::policy {

// Of "unix:///run/x.sock", the path; else "".
std::string_view socket_path(std::string_view text);

// The path in one word for a program: "--file=/x", "-f/x", "@/x", "part=@/x"; else "".
std::string_view path_in_word(std::string_view text);

// And the name of the option in front of it: "file"; "output" of "-o/x", which is what everybody means by it; "" if there is none.
std::string_view option_in_word(std::string_view text);

// "git@169.254.169.254:x", "169.254.169.254/x:latest": whether what is no URL names a cloud's metadata service.
bool names_metadata(std::string_view text);

}  // namespace agentmesh::policy
