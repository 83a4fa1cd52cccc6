#include "audit/birth.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "audit/disk_files.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/state.h"
#include "audit/tree.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr int kLockTimeoutMs = 10'000;

// What births that were cut short have left; nobody is at work on them while we hold the lock.
void sweep(const Options& options) {
  const auto names = list_directory(audit_directory(options.state_dir));
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(".new-" + options.log + ".")) continue;
    std::error_code ignored;  // what cannot be removed is in nobody's way
    std::filesystem::remove_all(audit_directory(options.state_dir) + "/" + name, ignored);
  }
}

// Builds the directory of a new log under another name, and returns that.
Result<std::string> build(const Options& options, const Signer& signer,
                          const std::optional<Genesis::After>& after, const Made& made, Disk& disk,
                          Random& random) {
  const std::string dir = fmt::format("{}/.new-{}.{}", audit_directory(options.state_dir),
                                      options.log, random_hex(random, 8));
  if (auto ok = make_directories(dir + "/seg", 0700); !ok) return tl::unexpected(ok.error());

  Genesis genesis;
  genesis.agentmesh = AGENTMESH_VERSION;
  genesis.log = options.log;
  genesis.origin = signer.verifier.name;
  genesis.vkey = signer.verifier.text();
  genesis.segment_bytes = options.segment_bytes;
  genesis.after = after;
  Draft line;
  draft(genesis, made, line);
  std::string bytes;
  const Hash root = finish(line, 0, Hash{}, bytes);
  const std::string checkpoint =
      sign_note(TreeHead{signer.verifier.name, 1, root}.text(), {&signer});

  const std::pair<std::string, std::string_view> files[] = {{segment_file(0), bytes},
                                                            {"checkpoints", checkpoint},
                                                            {"checkpoint", checkpoint},
                                                            {"lock", ""},
                                                            {"lock.cp", ""}};
  for (const auto& [name, content] : files)
    if (auto ok = put_new_file(disk, dir + "/" + name, content); !ok)
      return tl::unexpected(ok.error());
  for (const std::string& folder : {dir + "/seg", dir})
    if (auto ok = disk.sync_directory(folder); !ok) return tl::unexpected(ok.error());
  return dir;
}

// True if there is a log. An empty directory without a key beside it never was one (somebody made it, or emptied all); with the
// key it was one.
bool is_born(const Options& options, const std::string& dir) {
  if (!file_exists(dir)) return false;
  if (file_exists(key_path(options.state_dir, options.log))) return true;
  const auto names = list_directory(dir);
  return !names || !names->empty();
}

// The moved log keeps the public keys that it had; of them the new one has those of its origin, and last the one that signs it.
Result<void> part_vkeys(const Options& options, const std::string& aside, const VerifierKey& signs,
                        Disk& disk) {
  const std::string path = vkeys_path(options.state_dir, options.log);
  auto text = read_regular(path, 1U << 20);
  if (!text) {  // they are gone, and stop nobody; the one that signed last is known
    const auto newest =
        read_regular(log_directory(options.state_dir, options.log) + "/checkpoint", 1U << 20);
    const auto checkpoint = newest ? Checkpoint::parse(*newest) : std::nullopt;
    text = signs.text() + "\n";
    if (auto ok = put_file(disk, path, *text); !ok) return ok;
    // (Whose the moved log was nobody can say then.)
    if (!checkpoint || signer_of(*checkpoint, {&signs, 1}) == nullptr) return {};
  }
  if (auto ok = put_file(disk, vkeys_path(options.state_dir, aside), *text); !ok) return ok;
  const auto keys = parse_vkeys(*text, path);
  if (!keys || (!keys->empty() && keys->back() == signs)) return {};
  std::string own;
  for (const VerifierKey& key : *keys)
    if (key.name == signs.name && key != signs) own += key.text() + "\n";
  return put_file(disk, path, own + signs.text() + "\n");
}

// The newest of the kept keys is the one that signs: a log that is gone may have left a change of keys half done. Keys that the
// signing one is not among are evidence that there was another log, and stay as they are.
Result<void> put_last(const Options& options, const VerifierKey& signs, Disk& disk) {
  const std::string path = vkeys_path(options.state_dir, options.log);
  auto keys = load_vkeys(path);
  if (!keys) return {};
  const auto own = std::find(keys->begin(), keys->end(), signs);
  if (own == keys->end() || own + 1 == keys->end()) return {};
  std::rotate(own, own + 1, keys->end());
  std::string text;
  for (const VerifierKey& key : *keys) text += key.text() + "\n";
  return put_file(disk, path, text);
}

Result<Fd> lock_keys(const Options& options, Disk& disk) {
  const std::string path = keys_directory(options.state_dir) + "/lock";
  auto fd = disk.open(path, O_RDWR | O_CREAT, 0600);
  if (!fd) return fd;
  if (auto locked = lock_file(fd->get(), path, kLockTimeoutMs); !locked)
    return tl::unexpected(locked.error());
  return fd;
}

}  // namespace

Result<void> ensure_log(const Options& options, const Made& made, Disk& disk, Random& random) {
  const std::string dir = log_directory(options.state_dir, options.log);
  if (auto ok = prepare_keys_directory(options.state_dir); !ok) return ok;
  if (is_born(options, dir)) return {};
  if (auto ok = make_directories(audit_directory(options.state_dir), 0700); !ok) return ok;
  const auto lock = lock_keys(options, disk);
  if (!lock) return tl::unexpected(lock.error());
  if (is_born(options, dir)) return {};  // another process was first
  sweep(options);
  const auto signer =
      load_or_make_signer(options.state_dir, options.log, options.origin, disk, random);
  if (!signer) return tl::unexpected(signer.error());
  if (auto ok = put_last(options, signer->verifier, disk); !ok) return ok;
  const auto built = build(options, *signer, std::nullopt, made, disk, random);
  if (!built) return tl::unexpected(built.error());
  if (auto ok = disk.rename(*built, dir); !ok) return ok;
  return disk.sync_directory(audit_directory(options.state_dir));
}

Result<void> set_aside(const Options& options, const std::string& name,
                       const std::optional<Genesis::After>& after, const Made& made, Disk& disk,
                       Random& random) {
  const std::string dir = log_directory(options.state_dir, options.log);
  // Whoever is making a checkpoint would put it into the new log. Waiting is the caller's: some makers wait for him.
  const auto checkpoints = disk.open(dir + "/lock.cp", O_RDWR | O_CREAT, 0600);
  if (checkpoints && ::flock(checkpoints->get(), LOCK_EX | LOCK_NB) != 0)
    return fail("a checkpoint of it is being made", EBUSY);
  const auto lock = lock_keys(options, disk);
  if (!lock) return tl::unexpected(lock.error());
  sweep(options);
  const auto signer = load_signer(options.state_dir, options.log);
  if (!signer) return tl::unexpected(signer.error());
  std::string aside = name;
  for (int n = 2; file_exists(log_directory(options.state_dir, aside)); ++n) {
    if (n > 100) return fail(log_directory(options.state_dir, name) + ": is there already", EEXIST);
    aside = fmt::format("{}-{}", name, n);
  }
  const auto built = build(options, *signer, after, made, disk, random);
  if (!built) return tl::unexpected(built.error());
  if (auto ok = part_vkeys(options, aside, signer->verifier, disk); !ok) return ok;
  // Those who have the directory open go by its state file until they look at the path again (journal.h).
  StateFile state(dir + "/state");
  state.attach(disk);
  state.invalidate();
  if (auto ok = disk.rename(dir, log_directory(options.state_dir, aside)); !ok) return ok;
  if (auto ok = disk.rename(*built, dir); !ok) return ok;
  return disk.sync_directory(audit_directory(options.state_dir));
}

void wait_for_birth(const std::string& state_dir) {
  constexpr int kPatienceMs = 1000;
  const std::string path = keys_directory(state_dir) + "/lock";
  const auto fd = open_regular(path);
  if (fd) (void)lock_file(fd->get(), path, kPatienceMs);  // it is looked at again, that is all
}

}  // namespace agentmesh::audit
