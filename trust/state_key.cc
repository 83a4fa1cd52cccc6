#include "trust/state_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/files.h"

namespace agentmesh::trust {

namespace {

Result<void> check_closed(const std::string& path, unsigned allowed) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(path);
  if (info.st_uid != ::geteuid())
    return fail(fmt::format("{}: belongs to another user (uid {})", path, info.st_uid), EPERM);
  if ((info.st_mode & 0777U & ~allowed) == 0) return {};
  return fail(fmt::format("{}: others may read it; run: chmod {:o} {}", path, allowed, path),
              EPERM);
}

Result<Hash> read_key(const std::string& path) {
  if (auto closed = check_closed(path, 0600); !closed) return tl::unexpected(closed.error());
  const auto text = read_regular(path, 4096);
  if (!text) return tl::unexpected(text.error());
  std::string_view digits = *text;
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r'))
    digits.remove_suffix(1);
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != 32)
    return fail(path + ": is not 64 hex digits; remove it and approve again what it sealed");
  Hash key{};
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

}  // namespace

Result<Hash> state_key(const std::string& state_dir, Random& random) {
  const std::string directory = state_dir + "/keys";
  const std::string path = directory + "/state.key";
  if (auto made = make_directories(directory, 0700); !made) return tl::unexpected(made.error());
  if (auto closed = check_closed(directory, 0700); !closed) return tl::unexpected(closed.error());
  if (file_exists(path)) return read_key(path);

  // Written whole under another name, then linked: of two processes one makes it, and nobody reads half a key.
  const std::string temporary = fmt::format("{}.{}.tmp", path, random_hex(random, 8));
  {
    Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return fail_errno(temporary);
    const std::string text = random_hex(random, 32) + "\n";
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fdatasync(file.get()) != 0) {
      auto error = fail_errno(temporary);
      ::unlink(temporary.c_str());
      return error;
    }
  }
  const int linked = ::link(temporary.c_str(), path.c_str());
  const int error = errno;
  ::unlink(temporary.c_str());
  if (linked != 0 && error != EEXIST) {
    errno = error;
    return fail_errno(path);
  }
  return read_key(path);
}

Hash state_key_to_read(const std::string& state_dir) {
  return read_key(state_dir + "/keys/state.key").value_or(Hash{});
}

Hash seal_of(const Hash& key, std::span<const std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    std::array<uint8_t, 8> length{};
    put_u64_le(length.data(), part.size());
    all.append(reinterpret_cast<const char*>(length.data()), length.size());
    all += part;
  }
  return blake2b256(all, key);
}

}  // namespace agentmesh::trust
