#include "audit/keys.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "audit/disk_files.h"
#include "audit/layout.h"
#include "base/bytes.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

std::string_view without_lf(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

Result<std::array<uint8_t, 32>> read_secret(const std::string& path) {
  if (auto ours = check_private(path); !ours) return tl::unexpected(ours.error());
  const auto text = read_regular(path, 4096);
  if (!text) return tl::unexpected(text.error());
  const auto bytes = from_hex(without_lf(*text));
  std::array<uint8_t, 32> secret{};
  if (!bytes || bytes->size() != secret.size()) return fail(path + ": not 64 hex digits");
  std::copy(bytes->begin(), bytes->end(), secret.begin());
  return secret;
}

}  // namespace

Result<void> check_private(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(path);
  if (info.st_uid != ::geteuid())
    return fail(fmt::format("{}: belongs to another user (uid {})", path, info.st_uid), EPERM);
  const unsigned mode = info.st_mode & 07777U;
  const bool directory = S_ISDIR(info.st_mode);
  if ((mode & 077U) == 0) return {};
  return fail(fmt::format("{}: mode {:04o} lets others in; run: chmod {} {}", path, mode,
                          directory ? "700" : "600", path),
              EPERM);
}

Result<void> prepare_keys_directory(const std::string& state_dir) {
  if (auto made = make_directories(keys_directory(state_dir), 0700); !made) return made;
  if (auto ours = check_private(state_dir + "/keys"); !ours) return ours;
  return check_private(keys_directory(state_dir));
}

Result<Signer> load_signer(const std::string& state_dir, const std::string& log) {
  const std::string path = key_path(state_dir, log);
  if (auto ours = check_private(path); !ours) return tl::unexpected(ours.error());
  const auto text = read_regular(path, 4096);
  if (!text) return tl::unexpected(text.error());
  auto signer = Signer::parse(without_lf(*text));
  if (!signer) return fail(path + ": not a signing key (PRIVATE+KEY+origin+id+base64)");
  return *signer;
}

Result<std::vector<VerifierKey>> load_vkeys(const std::string& path) {
  const auto text = read_regular(path, 1U << 20);
  if (!text) return tl::unexpected(text.error());
  return parse_vkeys(*text, path);
}

Result<std::vector<VerifierKey>> parse_vkeys(std::string_view text, const std::string& path) {
  std::vector<VerifierKey> keys;
  std::string_view rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty()) continue;
    auto key = VerifierKey::parse(line);
    if (!key) return fail(fmt::format("{}:{}: not a public key (origin+id+base64)", path, number));
    keys.push_back(std::move(*key));
  }
  return keys;
}

Result<std::vector<VerifierKey>> own_keys(const std::string& state_dir, const std::string& log) {
  if (const auto signer = load_signer(state_dir, log); !signer)
    return tl::unexpected(signer.error());
  return known_keys(state_dir, log);
}

namespace {

// Those that are kept, and whether only the last of them is wanted; behind them the one that signs, if it is none of all.
Result<std::vector<VerifierKey>> kept_and_signing(const std::string& state_dir,
                                                  const std::string& log, bool last_alone) {
  auto keys = load_vkeys(vkeys_path(state_dir, log));
  if (!keys && keys.error().errno_value == ENOENT) keys.emplace();
  if (!keys) return keys;
  const auto signer = load_signer(state_dir, log);
  const bool is_new =
      signer && std::find(keys->begin(), keys->end(), signer->verifier) == keys->end();
  if (last_alone && keys->size() > 1) keys->erase(keys->begin(), keys->end() - 1);
  if (is_new) keys->push_back(signer->verifier);
  return keys;
}

}  // namespace

Result<std::vector<VerifierKey>> known_keys(const std::string& state_dir, const std::string& log) {
  return kept_and_signing(state_dir, log, false);
}

Result<std::vector<VerifierKey>> newest_keys(const std::string& state_dir, const std::string& log) {
  return kept_and_signing(state_dir, log, true);
}

Result<Signer> load_or_make_signer(const std::string& state_dir, const std::string& log,
                                   const std::string& origin, Disk& disk, Random& random) {
  const std::string path = key_path(state_dir, log);
  if (!file_exists(path)) {
    const std::string name =
        origin.empty() ? "agentmesh.local/log/" + random_hex(random, 8) : origin;
    if (!is_key_name(name)) return fail("audit.origin '" + name + "': no spaces, no '+'");
    std::array<uint8_t, 32> seed{};
    random.fill(seed);
    if (auto put = put_file(disk, path, Signer::make(name, seed).text() + "\n"); !put)
      return tl::unexpected(put.error());
  }
  auto signer = load_signer(state_dir, log);
  if (!signer) return signer;
  if (!origin.empty() && signer->verifier.name != origin)
    return fail(fmt::format("{}: this key is for '{}', not for audit.origin '{}'", path,
                            signer->verifier.name, origin));
  const std::string vkeys = vkeys_path(state_dir, log);
  if (!file_exists(vkeys)) {
    if (auto put = put_file(disk, vkeys, signer->verifier.text() + "\n"); !put)
      return tl::unexpected(put.error());
  }
  if (auto synced = disk.sync_directory(keys_directory(state_dir)); !synced)
    return tl::unexpected(synced.error());
  return signer;
}

Result<std::array<uint8_t, 32>> load_or_make_secret(const std::string& path, Disk& disk,
                                                    Random& random) {
  if (file_exists(path)) return read_secret(path);
  std::array<uint8_t, 32> secret{};
  random.fill(secret);
  // Under a name of its own first: who comes second must find the whole of it, and takes the first one's.
  const std::string mine = fmt::format("{}.{}.{}", path, ::getpid(), random_hex(random, 4));
  if (auto put = put_new_file(disk, mine, to_hex(secret) + "\n"); !put)
    return tl::unexpected(put.error());
  const bool linked = ::link(mine.c_str(), path.c_str()) == 0;
  const int reason = linked ? 0 : errno;
  (void)disk.remove(mine);  // a left-over name does no harm
  if (!linked && reason != EEXIST) {
    errno = reason;
    return fail_errno(path);
  }
  if (auto synced = disk.sync_directory(path.substr(0, path.rfind('/'))); !synced)
    return tl::unexpected(synced.error());
  return read_secret(path);
}

}  // namespace agentmesh::audit
