#include "proxy/wake_file.h"

#include <sys/stat.h>

#include <utility>

namespace agentmesh::proxy {
namespace {

constexpr int64_t kLookEveryUs = 200'000;

}  // namespace

WakeFile::WakeFile(std::string path, int64_t now_us) : path_(std::move(path)) {
  if (auto watched = WatchedFiles::watch({path_}, WatchedFiles::Of::kTouch))
    watched_.emplace(std::move(*watched));
  else
    (void)look(now_us);  // what was there before is no news
}

std::optional<int64_t> WakeFile::next_look_us() const {
  if (watched_) return std::nullopt;
  return next_look_us_;
}

bool WakeFile::look(int64_t now_us) {
  if (watched_ || now_us < next_look_us_) return false;
  next_look_us_ = now_us + kLookEveryUs;
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return false;
  const timespec changed = status.st_mtim;
  const bool news = changed.tv_sec != seen_.tv_sec || changed.tv_nsec != seen_.tv_nsec;
  seen_ = changed;
  return news;
}

}  // namespace agentmesh::proxy
