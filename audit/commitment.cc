#include "audit/commitment.h"

#include <sys/stat.h>

#include <algorithm>

#include "audit/keys.h"
#include "audit/layout.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"

namespace agentmesh::audit {

namespace {

constexpr int64_t kDayUs = 86'400'000'000;

}  // namespace

std::string Reference::aad() const {
  std::string text;
  text.reserve(64 + origin.size() + writer.size());
  append_aad(text);
  return text;
}

void Reference::append_aad(std::string& out) const {
  out.append("agentmesh-blob-v1\n").append(origin).append("\n").append(writer).append("\n");
  json::append_integer(out, static_cast<int64_t>(wseq));
  out.append("\n").append(field).append("\n");
}

Salt salt_of(const std::array<uint8_t, 32>& day_key, std::string_view aad) {
  const Hash hash = blake2b256(aad, day_key);
  Salt salt{};
  std::copy_n(hash.begin(), salt.size(), salt.begin());
  return salt;
}

Hash commit_to(const Salt& salt, std::string_view data) {
  const std::array<std::string_view, 2> parts = {
      std::string_view(reinterpret_cast<const char*>(salt.data()), salt.size()), data};
  return sha256(parts);
}

Commitments::Commitments(const Options& options, std::string origin, std::string writer, Disk& disk,
                         Random& random)
    : options_(options),
      origin_(std::move(origin)),
      writer_(std::move(writer)),
      disk_(disk),
      random_(random),
      blobs_(log_directory(options.state_dir, options.log), writer_, disk, random) {}

Result<Commitment> Commitments::commit(std::string_view data,
                                       const std::optional<std::string>& masked, uint64_t wseq,
                                       std::string_view field, int64_t ts) {
  Salt salt{};
  if (options_.payloads == Payloads::kSalt) {
    if (auto ok = load_day(ts); !ok) return tl::unexpected(ok.error());
    aad_.clear();
    Reference{origin_, writer_, wseq, field}.append_aad(aad_);
    salt = salt_of(day_key_, aad_);
  } else {
    random_.fill(salt);
  }
  Commitment out{data.size(), commit_to(salt, data), std::nullopt};
  if (options_.payloads != Payloads::kFull) return out;
  if (auto ok = load_day(ts); !ok) return tl::unexpected(ok.error());
  const std::string_view kept = masked ? std::string_view(*masked) : data;
  std::string plain(reinterpret_cast<const char*>(salt.data()), salt.size());
  plain += kept;
  auto blob =
      blobs_.append(utc_day(ts), day_key_, plain, Reference{origin_, writer_, wseq, field}.aad());
  if (!blob) return tl::unexpected(blob.error());
  blob->masked = masked.has_value();
  out.blob = std::move(*blob);
  return out;
}

// Whoever erased the day took its key: nothing may be sealed with it any more.
bool Commitments::key_still_there() const {
  struct stat info {};
  const std::string path = blob_key_path(options_.state_dir, options_.log, utc_day(day_ * kDayUs));
  return ::stat(path.c_str(), &info) == 0 && info.st_ino == key_inode_;
}

Result<void> Commitments::load_day(int64_t ts) {
  const int64_t day = ts >= 0 ? ts / kDayUs : (ts - kDayUs + 1) / kDayUs;
  if (day == day_ && (options_.payloads != Payloads::kFull || key_still_there())) return {};
  const std::string dir = blob_keys_directory(options_.state_dir, options_.log);
  if (auto ok = make_directories(dir, 0700); !ok) return ok;
  const std::string path = blob_key_path(options_.state_dir, options_.log, utc_day(ts));
  const auto key = load_or_make_secret(path, disk_, random_);
  if (!key) return tl::unexpected(key.error());
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(path);
  key_inode_ = info.st_ino;
  day_key_ = *key;
  day_ = day;
  return {};
}

}  // namespace agentmesh::audit
