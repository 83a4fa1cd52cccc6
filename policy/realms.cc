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
// What says that it is about files of this machine.
constexpr std::array<std::string_view, 14> kFileTools = {
    "file", "files", "directory", "folder", "document", "download", "upload",
    "read", "write", "save",      "export", "copy",     "edit",     "fs"};

// What servers of repositories call their tools, in front of which their own name may stand. To any other an owner beside a path may
// mean nothing.
constexpr std::array<std::string_view, 6> kStoreTools = {
    "get_file_contents", "getFileContents",   "get_repository_content",
    "push_files",        "get_repo_contents", "create_or_update_file"};

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
  return any_word(tool, [](std::string_view word) { return scan::is_among(kRouteTools, word); });
}

// "file_path", "socketPath": of this machine, whatever the tool is called.
bool is_local_key(std::string_view key) {
  return any_word(key, [](std::string_view word) {
    return word == "file" || word == "socket" || word == "local";
  });
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

bool is_store_tool(std::string_view tool) {
  return std::any_of(kStoreTools.begin(), kStoreTools.end(),
                     [tool](std::string_view name) { return tool.ends_with(name); });
}

}  // namespace

Realm realm_of(const Walk& walk, std::string_view text, std::string_view tool, json::View args) {
  if (is_store_tool(tool))
    return is_plainly_relative(text) && !is_local_key(walk.key()) && names_repository(args)
               ? Realm::kStore
               : Realm::kMachine;
  if (is_file_tool(tool) || is_local_key(walk.key())) return Realm::kMachine;
  const std::string key = joined(walk.key());
  if (scan::is_among(kContainerKeys, key) ||
      (scan::is_among(kInside, key) && below_any(walk, kMounts)))
    return Realm::kContainer;
  if (scan::is_among(kRouteKeys, key) || below_any(walk, kAboveNames) || is_route_tool(tool))
    return Realm::kCalledSo;
  return Realm::kMachine;
}

bool is_file_tool(std::string_view tool) {
  return any_word(tool, [](std::string_view word) { return scan::is_among(kFileTools, word); });
}

bool is_program_key(std::string_view key) {
  return any_word(key, [](std::string_view word) { return scan::is_among(kPrograms, word); });
}

}  // namespace agentmesh::policy
