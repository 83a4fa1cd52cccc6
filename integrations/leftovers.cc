#include "integrations/leftovers.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/fd.h"
#include "base/files.h"

namespace agentmesh::integrations {
namespace {

constexpr size_t kRandom = 6;

bool is_called_so(std::string_view name, std::string_view front, std::string_view back) {
  if (name.size() != front.size() + kRandom + back.size() || !name.starts_with(front) ||
      !name.ends_with(back))
    return false;
  const std::string_view random = name.substr(front.size(), kRandom);
  return std::all_of(random.begin(), random.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

}  // namespace

void remove_leftovers(const std::string& directory, std::string_view front, std::string_view back,
                      uid_t owner) {
  for (const std::string& name : list_directory(directory).value_or(std::vector<std::string>())) {
    if (!is_called_so(name, front, back)) continue;
    const std::string path = directory + "/" + name;
    const auto file = open_own(path, O_RDONLY);
    struct stat status {};
    if (!file || ::fstat(file->get(), &status) != 0) continue;
    const bool ours = status.st_uid == ::geteuid() || status.st_uid == owner;
    if (ours && status.st_nlink == 1 && ::flock(file->get(), LOCK_EX | LOCK_NB) == 0)
      (void)::unlink(path.c_str());
  }
}

}  // namespace agentmesh::integrations
