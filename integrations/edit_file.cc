#include "integrations/edit_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/files.h"
#include "integrations/client_file.h"
#include "integrations/file_lock.h"
#include "integrations/leftovers.h"

namespace agentmesh::integrations {
namespace {

constexpr std::string_view kMark = ".agentmesh-";
constexpr std::string_view kBackupEnd = ".bak";
constexpr std::string_view kTemporaryEnd = ".tmp";

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// How the name of a temporary file beside `path` begins.
std::string temporary_front(const std::string& path) {
  return fmt::format(".{}{}", name_of(path), kMark);
}

bool same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// "20261118T093000Z".
std::string stamp(int64_t now_us) {
  std::string text = rfc3339(now_us).substr(0, 19) + "Z";
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

void copy_attributes(int from, int to) {
  std::string names(65536, '\0');
  const ssize_t size = ::flistxattr(from, names.data(), names.size());
  if (size <= 0) return;
  std::string value(65536, '\0');
  for (size_t at = 0; at < static_cast<size_t>(size);) {
    const char* name = names.c_str() + at;
    at += std::string_view(name).size() + 1;
    const ssize_t got = ::fgetxattr(from, name, value.data(), value.size());
    // "Where permitted": what this user may not set is set by the system or not at all.
    if (got >= 0) (void)::fsetxattr(to, name, value.data(), static_cast<size_t>(got), 0);
  }
}

// Owner, mode, attributes. Where the group cannot be kept, its permissions are not given to another.
Result<void> look_like(int from, const struct stat& status, int to, const std::string& path) {
  mode_t mode = status.st_mode & 07777U;
  if (::fchown(to, status.st_uid, status.st_gid) != 0) {
    if (status.st_uid != ::geteuid())
      return fail(
          path +
              " belongs to another user, and the new file would not: nothing was written; run this as its owner",
          EPERM);
    if (::fchown(to, static_cast<uid_t>(-1), status.st_gid) != 0) mode &= ~static_cast<mode_t>(070);
  }
  if (::fchmod(to, mode) != 0) return fail_errno("set the mode of the new file");
  copy_attributes(from, to);
  return {};
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t taken = ::write(fd, bytes.data(), bytes.size());
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return fail_errno("write " + path);
    bytes.remove_prefix(static_cast<size_t>(taken));
  }
  if (::fsync(fd) != 0) return fail_errno("sync " + path);
  return {};
}

// A new file that is removed unless it was kept.
struct NewFile {
  std::string path;
  Fd fd;
  bool kept = false;

  NewFile() = default;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (fd && !kept) (void)::unlink(path.c_str());
  }
};

Result<void> make_backup(const std::string& path, int64_t now_us, NewFile& backup) {
  const std::string start = path + std::string(kMark) + stamp(now_us);
  for (int number = 1; number < 10000; ++number) {
    backup.path = start + (number > 1 ? fmt::format("-{}", number) : "") + std::string(kBackupEnd);
    backup.fd.reset(::open(backup.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (backup.fd) return {};
    if (errno != EEXIST) break;
  }
  return fail_errno("make the backup " + backup.path);
}

std::optional<Error> why_held(const std::string& path, const std::string& real,
                              const struct stat& status) {
  if ((status.st_mode & 0222U) == 0)
    return Error{path + ": nobody may write it (no write permission bit): left alone", EACCES};
  // A directory that we may write would let us put another file in its place, of another owner.
  if (::access(real.c_str(), W_OK) != 0) return fail_errno("write " + path).value();
  return std::nullopt;
}

}  // namespace

Result<EditFile> EditFile::open(const std::string& path) {
  EditFile file;
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (!real) {
    struct stat link {};
    if (errno == ENOENT && ::lstat(path.c_str(), &link) == 0)
      return fail(path + ": a link to a file that is not there", ENOENT);
    return fail_errno("read " + path);
  }
  file.path_ = real.get();
  // Another run may put a new file in place while we wait for the old one's lock: then once more.
  for (int tries = 0; tries < 10; ++tries) {
    struct stat found {};
    if (::stat(file.path_.c_str(), &found) != 0) return fail_errno("read " + path);
    if (!S_ISREG(found.st_mode)) return fail(path + ": not a regular file");
    file.held_ = why_held(path, file.path_, found);
    file.lock_.reset(::open(file.path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file.lock_) return fail_errno("read " + path);
    if (!lock_within(file.lock_.get(), kLockPatience))
      return fail(path + ": locked by another program; nothing written; run again", EWOULDBLOCK);
    if (::fstat(file.lock_.get(), &file.status_) != 0) return fail_errno("read " + path);
    auto bytes = read_client_file(file.path_);
    if (!bytes) return tl::unexpected(bytes.error());
    file.bytes_ = std::move(*bytes);
    file.hash_ = sha256(file.bytes_);
    if (::stat(file.path_.c_str(), &found) == 0 && same(found, file.status_)) return file;
  }
  return fail(path + " keeps changing while it is read; nothing written; run again");
}

bool EditFile::still_the_same() const {
  struct stat now {};
  if (::stat(path_.c_str(), &now) != 0 || !same(now, status_)) return false;
  const auto bytes = read_client_file(path_);
  return bytes && sha256(*bytes) == hash_;
}

void EditFile::remove_leftovers() const {
  integrations::remove_leftovers(directory_of(path_), temporary_front(path_), kTemporaryEnd,
                                 status_.st_uid);
}

Result<std::string> EditFile::replace(std::string_view bytes, int64_t now_us, const StepHook& hook,
                                      const std::function<Result<void>()>& ready) {
  if (held_) return tl::unexpected(*held_);
  const auto over = [&hook](Step step) {
    if (hook) hook(step);
  };
  const std::string directory = directory_of(path_);
  NewFile backup;
  if (auto made = make_backup(path_, now_us, backup); !made) return tl::unexpected(made.error());
  if (auto dressed = look_like(lock_.get(), status_, backup.fd.get(), path_); !dressed)
    return tl::unexpected(dressed.error());
  if (auto written = write_all(backup.fd.get(), bytes_, backup.path); !written)
    return tl::unexpected(written.error());
  over(Step::kBackedUp);

  NewFile temporary;
  temporary.path = fmt::format("{}{}{}XXXXXX{}", directory, directory == "/" ? "" : "/",
                               temporary_front(path_), kTemporaryEnd);
  temporary.fd.reset(
      ::mkostemps(temporary.path.data(), static_cast<int>(kTemporaryEnd.size()), O_CLOEXEC));
  if (!temporary.fd) return fail_errno("create a file beside " + path_);
  // Another run looks at this (leftovers.h), where our lock is on a file that was replaced under it.
  (void)::flock(temporary.fd.get(), LOCK_EX | LOCK_NB);
  if (auto dressed = look_like(lock_.get(), status_, temporary.fd.get(), path_); !dressed)
    return tl::unexpected(dressed.error());
  if (auto written = write_all(temporary.fd.get(), bytes, temporary.path); !written)
    return tl::unexpected(written.error());
  over(Step::kWritten);

  const auto changed = [this] {
    return fail(path_ + " changed while being edited; nothing written; run again");
  };
  if (!still_the_same()) return changed();
  if (auto told = ready(); !told) return tl::unexpected(told.error());
  if (!still_the_same()) return changed();
  over(Step::kLookedAgain);
  if (::rename(temporary.path.c_str(), path_.c_str()) != 0) return fail_errno("replace " + path_);
  temporary.kept = true;
  backup.kept = true;
  // Whatever the directory's fsync says, the new file is in place: an error here would claim that nothing was written.
  const Fd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened) (void)::fsync(opened.get());
  over(Step::kRenamed);
  return backup.path;
}

std::vector<std::string> backups_of(const std::string& path) {
  const std::string directory = directory_of(path);
  const std::string start = name_of(path) + std::string(kMark);
  const auto names = list_directory(directory);
  if (!names) return {};
  // (stamp, number): the number counts backups of one second.
  std::vector<std::pair<std::pair<std::string, int>, std::string>> found;
  for (const std::string& name : *names) {
    if (!name.starts_with(start) || !name.ends_with(kBackupEnd)) continue;
    const std::string middle =
        name.substr(start.size(), name.size() - start.size() - kBackupEnd.size());
    const size_t dash = middle.find('-');
    const int number = dash == std::string::npos ? 1 : std::atoi(middle.c_str() + dash + 1);
    found.push_back({{middle.substr(0, dash), number}, directory + "/" + name});
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> paths;
  for (auto& [order, name] : found) paths.push_back(std::move(name));
  return paths;
}

}  // namespace agentmesh::integrations
