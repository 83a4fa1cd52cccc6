#include "cli/client_files.h"

#include <cerrno>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "base/shell_word.h"
#include "cli/governors.h"
#include "integrations/find_file.h"

namespace agentmesh::cli {

// Than when it was wrapped.
static bool leads_elsewhere(const integrations::WrappedFile& wrapped) {
  return resolve_path(wrapped.file).value_or(wrapped.file) !=
         (wrapped.real.empty() ? wrapped.file : wrapped.real);
}

std::vector<FileOfClient> files_of_clients(const std::string& state_dir,
                                           const config::Environment& environment) {
  std::vector<FileOfClient> files;
  std::set<LookedAt> seen;
  const auto add = [&](FileOfClient one) {
    if (seen.insert(looked_at(*one.client, one.file, one.name)).second)
      files.push_back(std::move(one));
  };
  for (const integrations::Client& client : integrations::clients())
    for (const std::string& file : integrations::files_here(client, environment))
      add({&client, file, "", file});
  for (FileOfClient& one : remembered_files(state_dir)) add(std::move(one));
  return files;
}

std::vector<FileOfClient> remembered_files(const std::string& state_dir) {
  std::vector<FileOfClient> files;
  std::set<integrations::WrappedFile> seen;
  for (const std::string& asked : state_dirs_that_remember(state_dir))
    for (const integrations::WrappedFile& wrapped : integrations::remembered(asked).files)
      if (const auto* const client = integrations::find_client(wrapped.client);
          client != nullptr && seen.insert(wrapped).second)
        for (std::string& file : integrations::files_of(wrapped)) {
          const bool elsewhere = file == wrapped.file && leads_elsewhere(wrapped);
          files.push_back({client, std::move(file), asked, wrapped.file, elsewhere});
        }
  return files;
}

LookedAt looked_at(const integrations::Client& client, const std::string& file,
                   const std::string& name) {
  return {&client, resolve_path(file).value_or(file), integrations::keys_in(client, name).data()};
}

std::vector<integrations::Forgotten> forgotten_files(const std::string& state_dir) {
  std::vector<integrations::Forgotten> out;
  for (const std::string& asked : state_dirs_that_remember(state_dir))
    for (integrations::Forgotten& one : integrations::forgotten_in(asked))
      // What another user keeps there is none of ours.
      if (asked == state_dir || one.errno_value != EACCES) out.push_back(std::move(one));
  return out;
}

std::string what_it_named(const integrations::Forgotten& forgotten) {
  return forgotten.in_part
             ? "a file in no usual place that the row named (the other rows are known)"
             : "files in no usual place that it named";
}

std::string how_to_mend(const integrations::Forgotten& forgotten) {
  constexpr std::string_view kForEach =
      "run agentmesh init-integration --CLIENT --config-path FILE for each (with --undo to take it out)";
  switch (forgotten.errno_value) {
    case 0: return fmt::format("{}, then remove {}", kForEach, shell_word(forgotten.file));
    case EBADMSG:
    case EINVAL:
    case EFBIG: return fmt::format("{}; the damaged file is set aside then", kForEach);
    case ENOTSUP: return "use that version";
    default: return fmt::format("make {} a file that you can read", shell_word(forgotten.file));
  }
}

// "FILE: why", and "FILE:LINE:COLUMN: why" where it begins with its place.
static std::string about_file(const std::string& file, const std::string& why) {
  if (why.find(file) != std::string::npos) return why;
  const bool has_place = !why.empty() && why[0] >= '0' && why[0] <= '9';
  return fmt::format("{}:{}{}", file, has_place ? "" : " ", why);
}

std::vector<WrappedServer> wrapped_servers(const std::string& state_dir,
                                           const config::Environment& environment,
                                           std::vector<std::string>* unread) {
  std::vector<WrappedServer> servers;
  // Two clients may find the same entry in one file: the first has it.
  std::set<std::pair<std::string, size_t>> others;
  for (const FileOfClient& one : files_of_clients(state_dir, environment)) {
    auto more = wrapped_in(*one.client, one.file, one.name, state_dir, environment);
    if (!more) {
      if (unread != nullptr) unread->push_back(about_file(one.file, more.error().what));
      continue;
    }
    const std::string file = resolve_path(one.file).value_or(one.file);
    std::erase_if(*more, [&](const WrappedServer& server) {
      return others.contains({file, server.begin});
    });
    for (const WrappedServer& server : *more) others.emplace(file, server.begin);
    std::move(more->begin(), more->end(), std::back_inserter(servers));
  }
  if (unread != nullptr)
    for (integrations::Forgotten& one : forgotten_files(state_dir))
      unread->push_back(std::move(one.why));
  return servers;
}

}  // namespace agentmesh::cli
