#include "audit/commitment.h"

#include <algorithm>

#include "audit/keys.h"
#include "audit/layout.h"
#include "base/clock.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

constexpr int64_t kDayUs = 86'400'000'000;

}  // namespace

std::string Reference::aad() const {
  std::string text;
  text.reserve(64 + origin.size() + writer.size());
  text.append("agentmesh-blob-v1\n").append(origin).append("\n").append(writer).append("\n");
  text.append(std::to_string(wseq)).append("\n").append(field).append("\n");
  return text;
}

Salt salt_of(const std::array<uint8_t, 32>& day_key, const Reference& reference) {
  const Hash hash = blake2b256(reference.aad(), day_key);
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
      random_(random) {}

Result<Commitment> Commitments::commit(std::string_view data, uint64_t wseq, std::string_view field,
                                       int64_t ts) {
  Salt salt{};
  if (options_.payloads == Payloads::kSalt) {
    if (auto ok = load_day(ts); !ok) return tl::unexpected(ok.error());
    salt = salt_of(day_key_, {origin_, writer_, wseq, field});
  } else {
    random_.fill(salt);
  }
  return Commitment{data.size(), commit_to(salt, data), std::nullopt};
}

Result<void> Commitments::load_day(int64_t ts) {
  const int64_t day = ts >= 0 ? ts / kDayUs : (ts - kDayUs + 1) / kDayUs;
  if (day == day_) return {};
  const std::string dir = blob_keys_directory(options_.state_dir, options_.log);
  if (auto ok = make_directories(dir, 0700); !ok) return ok;
  const auto key = load_or_make_secret(blob_key_path(options_.state_dir, options_.log, utc_day(ts)),
                                       disk_, random_);
  if (!key) return tl::unexpected(key.error());
  day_key_ = *key;
  day_ = day;
  return {};
}

}  // namespace agentmesh::audit
