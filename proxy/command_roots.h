// The directories that a server's command line names: its words, and values of its options (`--root=/srv`).
//
// session.h has them resolved, as roots; here they are as written, for who must not follow every link.
// Thread: any. Cost: a look at the disk for each word.

#pragma once

#include <span>
#include <string>
#include <vector>

namespace agentmesh::proxy {

// Those that exist, absolute and normal, links and all. Neither / nor the home directory itself, by no name.
std::vector<std::string> directories_of_command(std::span<const std::string> words,
                                                const std::string& working_directory,
                                                const std::string& home);

}  // namespace agentmesh::proxy
