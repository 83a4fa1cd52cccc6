// injector: a library for LD_PRELOAD that makes one system call of the process fail, as if the disk had (or memory).
//
//   INJECT_CALL   write | fdatasync | ftruncate | rename | poll
//   INJECT_NTH    which of those that touch INJECT_PATH, from 1
//   INJECT_ERRNO  the number; 0: nothing fails, and all that would are told
//   INJECT_PATH   a part of the path of the file ("/audit/"); "" for poll
//   INJECT_LOG    a file that gets a line when it happened
//
// Every call with that number or a later one fails while INJECT_ON is "1" (a disk that stays broken), else that one alone.

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::string setting(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? text : "";
}

std::atomic<int> calls{0};

template <class Function>
Function real(const char* name) {
  Function function{};
  void* found = ::dlsym(RTLD_NEXT, name);
  std::memcpy(&function, &found, sizeof function);
  return function;
}

std::string path_of(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  char path[4096];
  const ssize_t bytes = ::readlink(link.c_str(), path, sizeof path);
  return bytes > 0 ? std::string(path, static_cast<size_t>(bytes)) : "";
}

void tell(const std::string& what) {
  const int fd =
      ::open(setting("INJECT_LOG").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  static const auto kWrite = real<ssize_t (*)(int, const void*, size_t)>("write");
  const std::string line = what + "\n";
  (void)!kWrite(fd, line.data(), line.size());
  ::close(fd);
}

// True if this call is the one.
bool fails(const char* call, const std::string& path) {
  static const std::string kWanted = setting("INJECT_CALL");
  static const std::string kPart = setting("INJECT_PATH");
  static const int kNth = std::atoi(setting("INJECT_NTH").c_str());
  static const int kError = std::atoi(setting("INJECT_ERRNO").c_str());
  static const bool kOn = setting("INJECT_ON") == "1";
  if (kWanted != call || path.find(kPart) == std::string::npos) return false;
  const int number = ++calls;
  if (number != kNth && !(kOn && number > kNth)) return false;
  tell(path);
  if (kError == 0) return false;
  errno = kError;
  return true;
}

}  // namespace

// Under names of our own in here, so that the C library's declarations (parameters, what they throw) are not said again.
extern "C" {
ssize_t injected_write(int fd, const void* bytes, size_t count) __asm__("write");
int injected_fdatasync(int fd) __asm__("fdatasync");
int injected_ftruncate(int fd, off_t size) __asm__("ftruncate");
int injected_rename(const char* from, const char* to) __asm__("rename");
int injected_poll(pollfd* polled, nfds_t count, int timeout_ms) __asm__("poll");
}

ssize_t injected_write(int fd, const void* bytes, size_t count) {
  static const auto kNext = real<ssize_t (*)(int, const void*, size_t)>("write");
  return fails("write", path_of(fd)) ? -1 : kNext(fd, bytes, count);
}

int injected_fdatasync(int fd) {
  static const auto kNext = real<int (*)(int)>("fdatasync");
  return fails("fdatasync", path_of(fd)) ? -1 : kNext(fd);
}

int injected_ftruncate(int fd, off_t size) {
  static const auto kNext = real<int (*)(int, off_t)>("ftruncate");
  return fails("ftruncate", path_of(fd)) ? -1 : kNext(fd, size);
}

int injected_rename(const char* from, const char* to) {
  static const auto kNext = real<int (*)(const char*, const char*)>("rename");
  return fails("rename", from) ? -1 : kNext(from, to);
}

int injected_poll(pollfd* polled, nfds_t count, int timeout_ms) {
  static const auto kNext = real<int (*)(pollfd*, nfds_t, int)>("poll");
  return fails("poll", "") ? -1 : kNext(polled, count, timeout_ms);
}
