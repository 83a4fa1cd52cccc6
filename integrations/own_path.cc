#include "integrations/own_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.h"

namespace agentmesh::integrations {
namespace {

bool leads_to(const std::string& path, const std::string& image) {
  const auto resolved = resolve_path(path);
  return resolved && *resolved == image;
}

}  // namespace

std::string find_program(const std::string& name, std::string_view path) {
  while (!path.empty()) {
    const size_t end = std::min(path.find(':'), path.size());
    const std::string candidate =
        lexically_normal(std::string(path.substr(0, end)) + "/" + name, current_directory());
    path.remove_prefix(std::min(end + 1, path.size()));
    struct stat found {};
    if (::stat(candidate.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
        ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
  }
  return {};
}

Result<std::string> own_path(const std::string& called, const std::string& image,
                             const config::Environment& environment) {
  std::string path;
  if (called.find('/') != std::string::npos) {
    path = lexically_normal(called, current_directory());
  } else if (!called.empty()) {
    path = find_program(called, environment("PATH").value_or(""));
  }
  if (path.empty() || !leads_to(path, image)) path = image;
  if (path.empty()) return fail("cannot tell where this program is");
  if (const std::string name = path.substr(path.rfind('/') + 1); name != "agentmesh")
    return fail(
        "this program is called " + name + " (" + path +
        "); an entry is known as ours by the name agentmesh: rename it, or call it by a link of that name");
  if (path.find_first_of("${") != std::string::npos)
    return fail("this program's path, " + path +
                ", holds '$' or '{', which clients expand: install it elsewhere");
  return path;
}

}  // namespace agentmesh::integrations
