#include "audit/blob_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "audit/erase.h"
#include "audit/layout.h"
#include "audit/segment.h"
#include "base/bytes.h"
#include "base/fd.h"
#include "base/files.h"
#include "base/json.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kNonce = 24;
constexpr size_t kSalt = 16;
constexpr size_t kTag = 16;
constexpr int64_t kMostBytes = int64_t{1} << 31;

Result<std::string> read_entry(const std::string& path, int64_t offset, int64_t bytes) {
  const auto fd = open_regular(path);
  if (!fd) return tl::unexpected(fd.error());
  std::string entry(static_cast<size_t>(bytes), '\0');
  size_t filled = 0;
  while (filled < entry.size()) {
    const ssize_t got = ::pread(fd->get(), entry.data() + filled, entry.size() - filled,
                                offset + static_cast<int64_t>(filled));
    if (got < 0) return fail_errno(path);
    if (got == 0) return fail(path + ": ends before the entry does", ENOENT);
    filled += static_cast<size_t>(got);
  }
  return entry;
}

}  // namespace

BlobFinding BlobCheck::check(std::string_view commitment, const Reference& reference) {
  const json::View part(commitment);
  const json::View blob = part.find("blob");
  BlobFinding out;
  if (!blob.is_object()) return out;
  const auto answer = [&](BlobState state, std::string why) {
    out.state = state;
    out.why = std::move(why);
    return out;
  };
  out.day = blob.find("day").string();
  const auto offset = blob.find("off").integer();
  const auto bytes = blob.find("len").integer();
  const auto size = part.find("bytes").integer();
  if (!is_day(out.day) || !offset || !bytes || !size || *offset < 0 ||
      *bytes < static_cast<int64_t>(kNonce + kSalt + kTag) || *bytes > kMostBytes)
    return answer(BlobState::kMismatch, "what the record says about its payload makes no sense");
  out.file = blob_file(out.day, reference.writer);
  const auto* key = key_of(out.day);
  if (key == nullptr) return answer(BlobState::kNoKey, "the key of " + out.day + " is not here");
  const auto entry = read_entry(log_dir_ + "/" + out.file, *offset, *bytes);
  if (!entry) return answer(BlobState::kMissing, "the payload is not here");
  const auto nonce = as_bytes(*entry).first<kNonce>();
  const auto plain =
      open_sealed(*key, nonce, std::string_view(*entry).substr(kNonce), reference.aad());
  if (!plain || plain->size() < kSalt)
    return answer(BlobState::kMismatch, "the payload does not open for this record");
  out.payload = plain->substr(kSalt);
  // Masked: what was sealed is not what was committed to. Of a salt alone (the record's own `len` says so) there is no
  // data to compare either.
  if (blob.find("masked").is_true() || out.payload.empty()) return answer(BlobState::kFine, "");
  Salt salt{};
  std::copy_n(plain->begin(), kSalt, reinterpret_cast<char*>(salt.data()));
  const bool fits = to_hex(commit_to(salt, out.payload)) == part.find("commit").string() &&
                    out.payload.size() == static_cast<uint64_t>(*size);
  if (!fits) return answer(BlobState::kMismatch, "the payload is not what the record commits to");
  return answer(BlobState::kFine, "");
}

const std::array<uint8_t, 32>* BlobCheck::key_of(const std::string& day) {
  auto [at, is_new] = keys_.try_emplace(day);
  if (is_new && !keys_dir_.empty()) {
    auto text = read_regular(keys_dir_ + "/" + day + ".key", 4096);
    while (text && text->ends_with('\n')) text->pop_back();
    const auto bytes = text ? from_hex(*text) : std::nullopt;
    if (bytes && bytes->size() == 32) {
      at->second.emplace();
      std::copy(bytes->begin(), bytes->end(), at->second->begin());
    }
  }
  return at->second ? &*at->second : nullptr;
}

}  // namespace agentmesh::audit
