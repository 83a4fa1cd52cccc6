#include "audit/blob_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "audit/disk_files.h"
#include "audit/layout.h"
#include "audit/segment.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kNonce = 24;

}  // namespace

Result<void> BlobStore::open(const std::string& day) {
  file_.reset();
  const std::string blobs = log_dir_ + "/blob";
  const std::string folder = blobs + "/" + day;
  const bool is_new = !file_exists(folder);
  if (auto made = make_directories(folder, 0700); !made) return made;
  path_ = log_dir_ + "/" + blob_file(day, writer_);
  auto fd = disk_.open(path_, O_WRONLY | O_APPEND | O_CREAT, 0600);
  if (!fd) return tl::unexpected(fd.error());
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return fail_errno(path_);
  for (const std::string& directory : {folder, blobs, log_dir_}) {
    if (auto synced = disk_.sync_directory(directory); !synced) return synced;
    if (!is_new) break;
  }
  size_ = static_cast<uint64_t>(info.st_size);
  file_ = std::make_shared<const Fd>(std::move(*fd));
  day_ = day;
  return {};
}

// The day may have been erased, or the log set aside.
bool BlobStore::still_there() const {
  struct stat ours {};
  struct stat there {};
  return file_ && ::fstat(file_->get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

Result<Blob> BlobStore::append(const std::string& day, const std::array<uint8_t, 32>& key,
                               std::string_view plain, std::string_view aad) {
  if (day != day_ || !still_there()) {
    if (auto opened = open(day); !opened) return tl::unexpected(opened.error());
  }
  std::array<uint8_t, kNonce> nonce{};
  random_.fill(nonce);
  std::string entry(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  entry += seal(key, nonce, plain, aad);
  if (auto wrote = write_all(disk_, file_->get(), entry); !wrote) {
    // Where the next one begins is asked again if this one cannot be taken back.
    if (!disk_.truncate(file_->get(), size_)) file_.reset();
    return tl::unexpected(wrote.error());
  }
  const Blob blob{day, size_, entry.size(), false};
  size_ += entry.size();
  return blob;
}

Result<void> sync_blobs(const std::string& log_dir, SyncedBlobs& synced, Disk& disk) {
  const std::string blobs = log_dir + "/blob";
  const auto days = list_directory(blobs);
  if (!days) {
    if (days.error().errno_value == ENOENT) return {};
    return tl::unexpected(days.error());
  }
  // Yesterday's may have got their last entry a moment ago.
  std::vector<SyncedBlobs::File> now;
  for (size_t i = days->size() > 2 ? days->size() - 2 : 0; i < days->size(); ++i) {
    const auto names = list_directory(blobs + "/" + (*days)[i]);
    if (!names) continue;  // erased meanwhile
    for (const std::string& name : *names) {
      const std::string path = blobs + "/" + (*days)[i] + "/" + name;
      const auto size = file_size(path);
      if (!size) continue;
      const bool known = std::any_of(
          synced.files.begin(), synced.files.end(),
          [&](const SyncedBlobs::File& file) { return file.path == path && file.size == *size; });
      if (!known) {
        const auto fd = disk.open(path, O_RDONLY, 0);
        if (!fd && fd.error().errno_value == ENOENT) continue;
        if (!fd && fd.error().errno_value == EINVAL) continue;  // no file: nothing of ours
        if (!fd) return tl::unexpected(fd.error());
        if (auto ok = disk.sync_data(fd->get()); !ok) return ok;
      }
      now.push_back({path, *size});
    }
  }
  synced.files = std::move(now);
  return {};
}

}  // namespace agentmesh::audit
