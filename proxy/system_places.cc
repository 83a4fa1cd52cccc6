#include "proxy/system_places.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/files.h"

namespace agentmesh::proxy {
namespace {

// Whether all of a directory may be read by anybody, to a depth that /etc has.
bool is_public(const std::string& path, int depth) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return true;  // a link to nothing
  if (!S_ISDIR(status.st_mode)) return (status.st_mode & S_IROTH) != 0;
  if ((status.st_mode & (S_IROTH | S_IXOTH)) != (S_IROTH | S_IXOTH) || depth > 6) return false;
  const auto names = list_directory(path);
  if (!names) return false;
  return std::all_of(names->begin(), names->end(), [&](const std::string& name) {
    const std::string entry = path + "/" + name;
    struct stat own {};
    // What a link leads to is not part of this directory.
    if (::lstat(entry.c_str(), &own) == 0 && S_ISLNK(own.st_mode)) return true;
    return is_public(entry, depth + 1);
  });
}

void add_public(const std::string& directory, int depth, std::vector<std::string>& out) {
  const auto names = list_directory(directory);
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string entry = directory + "/" + name;
    if (is_public(entry, depth)) {
      out.push_back(entry);
    } else if (struct stat status{}; ::stat(entry.c_str(), &status) == 0 &&
                                     S_ISDIR(status.st_mode) && (status.st_mode & S_IROTH) != 0) {
      add_public(entry, depth + 1, out);
    }
  }
}

}  // namespace

std::vector<std::string> public_parts(const std::string& directory) {
  std::vector<std::string> out;
  add_public(directory, 0, out);
  return out;
}

std::vector<std::string> system_places() {
  std::vector<std::string> places = {
      "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store",
      "/gnu/store", "/snap", "/home/linuxbrew/.linuxbrew",
      // Not /proc of other programs: Landlock keeps what tells their secrets from whoever is in a sandbox.
      "/proc", "/sys/devices/system", "/sys/fs/cgroup", "/run/systemd/resolve"};
  for (std::string& part : public_parts("/etc")) places.push_back(std::move(part));
  return places;
}

}  // namespace agentmesh::proxy
