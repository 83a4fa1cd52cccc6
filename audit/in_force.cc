#include "audit/in_force.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/read.h"
#include "audit/rotation.h"
#include "audit/segment.h"
#include "audit/tail_end.h"
#include "base/bytes.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

using Keys = std::vector<VerifierKey>;

constexpr uint64_t kTail = 16 << 10;
constexpr uint64_t kWhole = 1 << 30;

std::string short_name(const std::string& name, const KeyId& id) {
  return fmt::format("{}+{}", name, to_hex(id));
}

bool signed_one(const Checkpoint& checkpoint, const VerifierKey& key) {
  return signer_of(checkpoint, {&key, 1}) != nullptr;
}

// The newest of `checkpoints` that one of the keys signed.
Result<std::optional<Checkpoint>> newest_known(const std::string& log_dir, const Keys& keys) {
  for (const uint64_t most : {kTail, kWhole}) {
    const auto bytes = read_file_end(log_dir + "/checkpoints", most);
    if (!bytes) return tl::unexpected(bytes.error());
    History notes = split_history(*bytes, keys.back().name);
    for (auto entry = notes.entries.rbegin(); entry != notes.entries.rend(); ++entry)
      if (entry->checkpoint && signer_of(*entry->checkpoint, keys) != nullptr)
        return std::move(entry->checkpoint);
    if (bytes->size() < most) break;
  }
  return std::optional<Checkpoint>();
}

// Whose signature stands under that of `key` in a checkpoint that ends with the change to it: the old key signs first. Anybody
// can put a line there, so the record has to say it; of one that was pruned the line has to do.
std::optional<Note::Signature> replaced_by(const std::string& log_dir, const Checkpoint& checkpoint,
                                           const VerifierKey& key) {
  const auto& all = checkpoint.note.signatures;
  const auto own = std::find_if(all.begin(), all.end(), [&](const Note::Signature& one) {
    return one.name == key.name && one.id == key.id;
  });
  const auto next = std::find_if(own, all.end(), [&](const Note::Signature& one) {
    return one.name == key.name && one.id != key.id;
  });
  if (next == all.end() || checkpoint.head.size == 0) return std::nullopt;
  const auto line = find_record(log_dir, checkpoint.head.size - 1);
  if (!line || !*line) return *next;
  const LineFacts facts = check_line(**line).facts;
  const auto announced =
      facts.type == Type::kKeyRotate ? VerifierKey::parse(facts.vkey) : std::nullopt;
  if (announced && *announced != key && signed_one(checkpoint, *announced)) return *next;
  return std::nullopt;
}

// Whether that key lies ready to take the place of the one that it replaced: the change is not finished yet.
bool lies_ready(const std::string& state_dir, const std::string& log,
                const Checkpoint& checkpoint) {
  const auto next = load_next_key(state_dir, log);
  return next && *next && signed_one(checkpoint, (*next)->verifier);
}

tl::unexpected<Error> another(const Options& options, const VerifierKey& key,
                              const std::string& in_force) {
  return fail(
      fmt::format(
          "{}: this key ({}) is not the one in force ({}), and nothing is signed with it; put the right one back, or set the "
          "log aside and begin another with this one: {} --seal NAME",
          key_path(options.state_dir, options.log), short_name(key.name, key.id), in_force,
          audit_command(options, "recover")),
      kOtherKey);
}

tl::unexpected<Error> damaged(std::string why) { return fail(std::move(why), kDamaged); }

// A log is born with both files, `checkpoints` grows first, and both stay: nothing that is honest leaves it behind the other.
Result<std::optional<Checkpoint>> newest_of_both(const std::string& log_dir, const Keys& keys) {
  std::optional<Checkpoint> newest;
  if (const auto bytes = read_regular(log_dir + "/checkpoint", 1U << 20)) {
    newest = Checkpoint::parse(*bytes);
    if (newest && signer_of(*newest, keys) == nullptr) newest.reset();
  }
  auto last = newest_known(log_dir, keys);
  if (!last && last.error().errno_value == ENOENT) return damaged("the file checkpoints is gone");
  if (!last || !newest) return last;
  if (!*last || (*last)->head.size < newest->head.size)
    return damaged(fmt::format(
        "checkpoints ends before the one of {} records, which lies beside it", newest->head.size));
  return last;
}

Result<void> judge(const Options& options, const VerifierKey& key) {
  const std::string& state_dir = options.state_dir;
  const std::string& log = options.log;
  auto kept = load_vkeys(vkeys_path(state_dir, log));
  if (!kept && kept.error().errno_value == ENOENT) kept.emplace();
  if (!kept) return tl::unexpected(kept.error());
  const bool is_last = kept->empty() || kept->back() == key;
  Keys keys = *kept;
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  const std::string dir = log_directory(state_dir, log);
  const auto newest = newest_of_both(dir, keys);
  if (!newest) return tl::unexpected(newest.error());
  if (*newest && signed_one(**newest, key)) {
    const auto next = replaced_by(dir, **newest, key);
    if (!next || lies_ready(state_dir, log, **newest)) return {};
    return another(options, key, short_name(next->name, next->id));
  }
  if (is_last) {
    if (!*newest) return {};  // read_tail_end() has what to say of that
    return damaged(
        fmt::format("its last checkpoint, of {} records, is signed by a key that was replaced",
                    (*newest)->head.size));
  }
  const VerifierKey& in_force = *newest ? *signer_of(**newest, keys) : kept->back();
  return another(options, key, short_name(in_force.name, in_force.id));
}

}  // namespace

Result<Signer> signer_in_force(const Options& options) {
  constexpr int kLooks = 2;
  for (int look = 1;; ++look) {
    auto signer = load_signer(options.state_dir, options.log);
    if (!signer) return signer;
    const auto fits = judge(options, signer->verifier);
    if (fits) return signer;
    if (look == kLooks) return tl::unexpected(fits.error());
  }
}

Result<void> check_key(const Options& options) {
  const auto signer = signer_in_force(options);
  if (!signer) return tl::unexpected(signer.error());
  return {};
}

}  // namespace agentmesh::audit
