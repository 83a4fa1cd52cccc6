#include "proxy/command_roots.h"

#include <string_view>
#include <utility>

#include "base/files.h"

namespace agentmesh::proxy {
namespace {

bool looks_like_path(std::string_view text) {
  return text == "." || text == ".." || text.starts_with('/') || text.starts_with("./") ||
         text.starts_with("../") || text.starts_with("~/");
}

// The path that a word may name: the word, or the value of an option that looks like one (`--root=/srv`; `--mode=src` does not,
// whatever stands beside it). No shell expands `~` here, but servers do.
std::string path_in(std::string_view word, const std::string& home) {
  if (word.starts_with('-')) {
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos || !looks_like_path(word.substr(equals + 1))) return "";
    word.remove_prefix(equals + 1);
  }
  if (!word.starts_with("~/")) return std::string(word);
  return home.empty() ? "" : home + std::string(word.substr(1));
}

}  // namespace

std::vector<std::string> directories_of_command(std::span<const std::string> words,
                                                const std::string& working_directory,
                                                const std::string& home) {
  std::vector<std::string> directories;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string path = path_in(words[i], home);
    if (path.empty() || path.find('\0') != std::string::npos) continue;
    std::string absolute = lexically_normal(path, working_directory);
    if (!list_directory(absolute)) continue;
    const auto resolved = resolve_path(absolute);
    if (!resolved || *resolved == "/" || *resolved == home) continue;
    directories.push_back(std::move(absolute));
  }
  return directories;
}

}  // namespace agentmesh::proxy
