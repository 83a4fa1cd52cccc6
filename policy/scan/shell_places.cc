#include "policy/scan/shell_places.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/decode.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {

bool is_system_place(std::string_view target) {
  std::string path = ascii_lower(target);
  if (path.empty() || path == "*") return false;
  while (path.size() > 1 && (path.back() == '/' || path.back() == '*' || path.back() == '.'))
    path.pop_back();
  if (path == "/" || path == "~" || path == "$home" || path == "${home}") return true;
  static constexpr std::array<std::string_view, 24> kPlaces = {
      "/etc",     "/usr",     "/bin",  "/sbin",    "/lib",     "/lib64",
      "/boot",    "/dev",     "/proc", "/sys",     "/var",     "/home",
      "/root",    "/opt",     "/srv",  "/usr/bin", "/usr/lib", "/usr/local",
      "/var/lib", "/var/log", "/mnt",  "/media",   "/users",   "/applications"};
  if (is_among(kPlaces, path)) return true;
  const bool drive = path.size() >= 2 && path[1] == ':' && path[0] >= 'a' && path[0] <= 'z';
  return drive && (path.size() == 2 || (path.size() == 3 && (path[2] == '/' || path[2] == '\\')));
}

bool is_disk(std::string_view target) {
  const std::string path = ascii_lower(target);
  for (const std::string_view disk :
       {"/dev/sd", "/dev/hd", "/dev/nvme", "/dev/vd", "/dev/xvd", "/dev/mmcblk", "/dev/disk",
        "/dev/mapper/", "/dev/md", "\\\\.\\physicaldrive", "/dev/rdisk"})
    if (path.starts_with(disk)) return true;
  return false;
}

bool is_made_by_build(std::string_view target) {
  static constexpr std::array<std::string_view, 29> kMade = {
      "build",       "dist",         "out",
      "target",      "node_modules", "bower_components",
      "coverage",    "htmlcov",      "__pycache__",
      "obj",         "_build",       "deriveddata",
      ".build",      ".cache",       ".parcel-cache",
      ".turbo",      ".next",        ".nuxt",
      ".svelte-kit", ".angular",     ".output",
      ".gradle",     ".eggs",        ".tox",
      ".nox",        ".nyc_output",  ".pytest_cache",
      ".mypy_cache", ".ruff_cache"};
  // A disk, a home, a variable, a list of several: where that is nobody knows.
  if (target.size() > 1024 || target.find_first_of(":~$`({") != std::string_view::npos)
    return false;
  if (target.starts_with('/') || target.starts_with('\\')) return false;
  const std::string path = ascii_lower(target);
  bool made = false;
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find_first_of("/\\", at), path.size());
    const std::string_view name = std::string_view(path).substr(at, end - at);
    if (name == "..") return false;
    if (!made && name.find_first_of("*?[") != std::string_view::npos) return false;
    made = made || is_among(kMade, name);
    at = end + 1;
  }
  return made;
}

bool is_password_file(std::string_view path) {
  constexpr std::array<std::string_view, 5> kFiles = {"/etc/shadow", "/etc/shadow-", "/etc/gshadow",
                                                      "/etc/gshadow-", "/etc/master.passwd"};
  return std::any_of(kFiles.begin(), kFiles.end(),
                     [path](std::string_view file) { return path.ends_with(file); });
}

}  // namespace agentmesh::policy::scan
