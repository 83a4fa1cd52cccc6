// Shell completions, from the same declarations as the help; and what these and the man pages need of a command.
//
// Pure functions.

#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"

namespace agentmesh::cli {

// A command or a group: what help and completion need of it.
struct Page {
  const CLI::App* app;
  std::vector<std::string> path;  // without "agentmesh"

  std::string words() const { return fmt::format("{}", fmt::join(path, " ")); }
  std::string name() const { return path.empty() ? "agentmesh" : "agentmesh " + words(); }
  std::string man_name() const {
    return path.empty() ? "agentmesh" : fmt::format("agentmesh-{}", fmt::join(path, "-"));
  }
};

// What is not hidden.
std::vector<const CLI::App*> shown_commands(const CLI::App& app);
std::vector<const CLI::Option*> shown_options(const CLI::App& app, bool positional);
bool is_flag(const CLI::Option& option);

std::string bash_completion(const std::vector<Page>& pages);
std::string zsh_completion(const std::vector<Page>& pages);
std::string fish_completion(const std::vector<Page>& pages);

}  // namespace agentmesh::cli
