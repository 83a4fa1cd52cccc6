#include "integrations/client.h"

#include <algorithm>
#include <optional>

#include "base/files.h"

namespace agentmesh::integrations {
namespace {

constexpr std::string_view kClaudePlaces[] = {
    "{config}/Claude/claude_desktop_config.json",
    "{home}/.config/Claude/claude_desktop_config.json",
    "{home}/Library/Application Support/Claude/claude_desktop_config.json",
};

constexpr Client kClients[] = {
    {"claude", "Claude Desktop", "mcpServers", true, kClaudePlaces,
     "Quit Claude Desktop completely first (tray or menu bar, not the window), run this, then start it: it rewrites "
     "this file."},
};

// `place` with what it starts with filled in; nothing if this machine does not say what that is.
std::optional<std::string> filled_in(std::string_view place, const std::string& home,
                                     const std::string& config) {
  const size_t end = place.find('}');
  const std::string& start = place.starts_with("{home}") ? home : config;
  if (start.empty()) return std::nullopt;
  return lexically_normal(start + std::string(place.substr(end + 1)), "/");
}

}  // namespace

std::span<const Client> clients() { return kClients; }

const Client* find_client(std::string_view flag) {
  const auto* const found =
      std::find_if(std::begin(kClients), std::end(kClients),
                   [flag](const Client& client) { return client.flag == flag; });
  return found == std::end(kClients) ? nullptr : found;
}

std::vector<std::string> default_files(const Client& client,
                                       const config::Environment& environment) {
  const std::string home = environment("HOME").value_or(home_directory());
  std::string config = home.empty() ? "" : home + "/.config";
  // A relative one does not count (XDG Base Directory Specification).
  if (const auto xdg = environment("XDG_CONFIG_HOME"); xdg && xdg->starts_with('/')) config = *xdg;
  std::vector<std::string> files;
  for (const std::string_view place : client.places) {
    auto file = filled_in(place, home, config);
    if (file && std::find(files.begin(), files.end(), *file) == files.end())
      files.push_back(std::move(*file));
  }
  return files;
}

}  // namespace agentmesh::integrations
