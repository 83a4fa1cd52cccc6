#include "cli/server_command.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace agentmesh::cli {

ServerCommand take_server_command(std::vector<std::string>& words) {
  constexpr std::string_view kTarget = "--target";
  ServerCommand out;
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    out.behind.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  std::vector<std::string> rest;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string& word = words[i];
    if (word == kTarget && i + 1 < words.size()) {
      out.targets.push_back(std::move(words[++i]));
    } else if (word.starts_with(kTarget) && word.size() > kTarget.size() &&
               word[kTarget.size()] == '=') {
      out.targets.push_back(word.substr(kTarget.size() + 1));
    } else {
      rest.push_back(std::move(word));
    }
  }
  words = std::move(rest);
  return out;
}

}  // namespace agentmesh::cli
