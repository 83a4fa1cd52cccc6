#include "policy/realms.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

constexpr std::array<std::string_view, 5> kContainerKeys = {
    "mountpath", "containerpath", "containerdir", "containermountpath", "pathincontainer"};
// Above the key of what is mounted: there, "source" is this machine's and "target" the container's.
constexpr std::array<std::string_view, 5> kMounts = {"mounts", "Mounts", "volumes", "volumeMounts",
                                                     "volume_mounts"};
constexpr std::array<std::string_view, 3> kInside = {"target", "destination", "dst"};

constexpr std::array<std::string_view, 10> kRouteKeys = {
    "prefix",  "keyprefix", "pathprefix", "route",           "routepath",
    "urlpath", "apipath",   "endpoint",   "healthcheckpath", "endpointpath"};
// Above the key of a path: a probe of a container. Above the name of a variable: what a program is started with.
constexpr std::array<std::string_view, 7> kAboveNames = {
    "httpGet", "http_get", "env", "Env", "environment", "env_vars", "environmentVariables"};
constexpr std::array<std::string_view, 9> kRouteTools = {"route",     "routes",  "endpoint",
                                                         "endpoints", "ingress", "redirect",
                                                         "redirects", "webhook", "request"};
// … unless it says that it is about files.
constexpr std::array<std::string_view, 10> kFileTools = {
    "file",   "files", "directory", "folder", "download",
    "upload", "read",  "write",     "save",   "export"};

// What servers of this machine's files call their tools, in front of which their own name may stand: an owner beside a path means
// nothing to them.
constexpr std::array<std::string_view, 15> kLocalTools = {
    "read_file",      "read_text_file", "read_media_file",  "read_multiple_files",
    "write_file",     "edit_file",      "move_file",        "copy_file",
    "list_directory", "directory_tree", "create_directory", "search_files",
    "get_file_info",  "open_file",      "append_file"};
// What goes between a store and this machine, one of whose paths is then meant.
constexpr std::array<std::string_view, 10> kCarries = {"upload",   "download",  "asset", "assets",
                                                       "artifact", "artifacts", "clone", "export",
                                                       "import",   "save"};

constexpr std::array<std::string_view, 15> kPrograms = {
    "shell", "entrypoint", "command", "program",  "interpreter", "executable", "binary",   "python",
    "node",  "java",       "runtime", "compiler", "debugger",    "browser",    "toolchain"};

// The words of "pythonPath" or "python_path", in lower case; `see` returns true where it has seen enough.
template <class See>
bool any_word(std::string_view name, See see) {
  std::string word;
  for (size_t i = 0; i <= name.size(); ++i) {
    const char c = i < name.size() ? name[i] : '_';
    const bool hump =
        scan::is_of(c, scan::kUpperByte) && i > 0 && !scan::is_of(name[i - 1], scan::kUpperByte);
    if ((hump || !scan::is_alnum(c)) && !word.empty()) {
      if (see(std::string_view(word))) return true;
      word.clear();
    }
    if (scan::is_alnum(c)) word.push_back(scan::lower(c));
  }
  return false;
}

// "mount_path" as "mountPath" is: in lower case, without joints.
std::string joined(std::string_view key) {
  std::string out;
  for (const char c : key)
    if (scan::is_alnum(c)) out.push_back(scan::lower(c));
  return out;
}

template <class List>
bool below_any(const Walk& walk, const List& keys) {
  return std::any_of(keys.begin(), keys.end(),
                     [&walk](std::string_view key) { return walk.below(key); });
}

bool is_route_tool(std::string_view tool) {
  return any_word(tool, [](std::string_view word) { return scan::is_among(kRouteTools, word); }) &&
         !any_word(tool, [](std::string_view word) { return scan::is_among(kFileTools, word); });
}

// Relative, and the same by every reading.
bool is_plainly_relative(std::string_view text) {
  return !text.empty() && std::string_view("/~$\\").find(text[0]) == std::string_view::npos &&
         text.find_first_of("%\\:") == std::string_view::npos && text.find("..") > text.size();
}

bool has_text(json::View args, std::string_view name) {
  const json::View member = args.find(name);
  return member.is_string() && member.raw().size() > 2;
}

// {"owner", "repo"}: whose it is.
bool names_repository(json::View args) {
  constexpr std::array<std::array<std::string_view, 2>, 3> kPairs = {
      {{"owner", "repo"}, {"owner", "repository"}, {"workspace", "repo_slug"}}};
  return args.is_object() && std::any_of(kPairs.begin(), kPairs.end(), [args](const auto& pair) {
           return has_text(args, pair[0]) && has_text(args, pair[1]);
         });
}

bool is_local_tool(std::string_view tool) {
  return std::any_of(kLocalTools.begin(), kLocalTools.end(),
                     [tool](std::string_view local) { return tool.ends_with(local); }) ||
         any_word(tool, [](std::string_view word) { return scan::is_among(kCarries, word); });
}

}  // namespace

Realm realm_of(const Walk& walk, std::string_view text, std::string_view tool, json::View args) {
  const std::string key = joined(walk.key());
  if (scan::is_among(kContainerKeys, key) ||
      (scan::is_among(kInside, key) && below_any(walk, kMounts)))
    return Realm::kContainer;
  if (scan::is_among(kRouteKeys, key) || below_any(walk, kAboveNames) || is_route_tool(tool))
    return Realm::kCalledSo;
  const bool elsewhere = is_plainly_relative(text) && key.find("local") == std::string::npos &&
                         !is_local_tool(tool) && names_repository(args);
  return elsewhere ? Realm::kStore : Realm::kMachine;
}

bool is_program_key(std::string_view key) {
  return any_word(key, [](std::string_view word) { return scan::is_among(kPrograms, word); });
}

}  // namespace agentmesh::policy
