// Starts: what a command starts, as far as its words tell: us as a proxy, by itself or through another program, or something else.
//
// env, sudo and their like start the first of their words that is no option, no NAME=VALUE and no option's value; a shell starts what
// stands at a command's place in its line. A word of ours anywhere else (in a comment, as somebody's argument) starts nothing.
//
// Pure functions, any thread. Cost: linear in the words, for each program that starts another, of which six are followed.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::integrations {

enum class Starts {
  kOther,
  kUs,              // agentmesh proxy … -- COMMAND, as we write it
  kThroughAnother,  // a proxy all the same: through another program, or with an older spelling
  kBent,            // as a proxy, by words that are no whole run of one: it would not start
  kInDoubt          // we stand where it cannot be told whether it is a command
};

struct Start {
  Starts what = Starts::kOther;
  size_t dashes = 0;           // kUs: the index of the bare -- among the words
  std::string_view bend = {};  // kBent: what is wrong with the words
};
Start start_of(const std::string& command, const std::vector<std::string>& words);

// By its name: agentmesh or agentmesh.exe, in any case.
bool is_agentmesh(std::string_view command);

}  // namespace agentmesh::integrations
