#include "policy/scan/home_places.h"

#include <algorithm>
#include <iterator>

#include "policy/scan/start_places.h"

namespace agentmesh::policy::scan {
namespace {

constexpr std::string_view kFiles[] = {"/.yarnrc.yml", "/.bundle/config", "/.condarc", "/.npmrc",
                                       "/.envrc"};
// With all they hold.
constexpr std::string_view kDirectories[] = {"/.aws", "/.azure", "/.kube", "/.m2/settings"};

// Where homes lie, one a person.
constexpr std::string_view kHomes[] = {"/home/",        "/users/",    "/documents and settings/",
                                       "/export/home/", "/var/home/", "/usr/home/"};

// The size of what names a disk in front of its tree: "c:", "/volumes/work", "/mnt/c".
size_t disk_of(std::string_view path) {
  if (path.size() >= 2 && path[1] == ':') return 2;
  for (const std::string_view disks : {"/volumes/", "/mnt/", "/private/"}) {
    if (!path.starts_with(disks)) continue;
    return disks == "/private/" ? disks.size() - 1
                                : std::min(path.find('/', disks.size()), path.size());
  }
  return 0;
}

bool ends_component(std::string_view path, size_t at) {
  return at == path.size() || path[at] == '/';
}

}  // namespace

std::string_view home_in(std::string_view path) {
  for (const std::string_view own : {"$home", "${home}", "/root"})
    if (path.starts_with(own) && ends_component(path, own.size())) return own;
  if (path.starts_with('~')) return path.substr(0, path.find('/'));
  const size_t disk = disk_of(path);
  const std::string_view tree = path.substr(disk);
  for (const std::string_view homes : kHomes) {
    if (!tree.starts_with(homes) || tree.size() == homes.size()) continue;
    return path.substr(0, std::min(path.find('/', disk + homes.size()), path.size()));
  }
  return {};
}

bool is_home_secret(std::string_view path, bool at_top) {
  const std::string_view home = home_in(path);
  if (home.empty() && !at_top) return false;
  const std::string_view inside = path.substr(home.size());
  return std::find(std::begin(kFiles), std::end(kFiles), inside) != std::end(kFiles) ||
         std::any_of(std::begin(kDirectories), std::end(kDirectories),
                     [inside](std::string_view directory) {
                       return inside.starts_with(directory) &&
                              ends_place(inside.substr(directory.size()));
                     });
}

}  // namespace agentmesh::policy::scan
