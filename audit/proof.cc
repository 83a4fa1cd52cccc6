#include "audit/proof.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "audit/tree.h"
#include "base/bytes.h"

namespace agentmesh::audit {

namespace {

constexpr std::string_view kRecord = "c2sp.org/tlog-proof@v1\nindex ";
constexpr std::string_view kGrowth = "old ";
constexpr size_t kMostHashes = 128;  // twice as many as a tree of 2^64 leaves asks for

// Takes a line off the text, without its LF; nothing if there is none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<uint64_t> number(std::string_view digits) {
  uint64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  if (!whole || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  return value;
}

std::optional<Hash> hash_of(std::string_view base64) {
  const auto bytes = from_base64(base64);
  Hash hash{};
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

}  // namespace

std::string Proof::text() const {
  std::string out = fmt::format("{}{}\n", consistency ? kGrowth : kRecord, first);
  for (const Hash& hash : path) out.append(to_base64(hash)).append("\n");
  return out + "\n" + checkpoint;
}

std::optional<Proof> Proof::parse(std::string_view text) {
  Proof proof;
  proof.consistency = text.starts_with(kGrowth);
  if (!proof.consistency && !text.starts_with(kRecord)) return std::nullopt;
  text.remove_prefix(proof.consistency ? kGrowth.size() : kRecord.size());
  auto line = take_line(text);
  const auto first = line ? number(*line) : std::nullopt;
  if (!first) return std::nullopt;
  proof.first = *first;
  for (line = take_line(text); line && !line->empty(); line = take_line(text)) {
    const auto hash = hash_of(*line);
    if (!hash || proof.path.size() == kMostHashes) return std::nullopt;
    proof.path.push_back(*hash);
  }
  if (!line) return std::nullopt;
  const auto checkpoint = Checkpoint::parse(text);
  if (!checkpoint) return std::nullopt;
  proof.head = checkpoint->head;
  proof.checkpoint = std::string(text);
  return proof;
}

bool proves(std::string_view text, const Hash& from, std::span<const VerifierKey> keys) {
  const auto proof = Proof::parse(text);
  if (!proof) return false;
  const auto checkpoint = Checkpoint::parse(proof->checkpoint);
  if (!keys.empty() && signer_of(*checkpoint, keys) == nullptr) return false;
  return proof->consistency
             ? consistency_holds(proof->first, from, proof->head.size, proof->head.root,
                                 proof->path)
             : inclusion_holds(from, proof->first, proof->head.size, proof->path, proof->head.root);
}

}  // namespace agentmesh::audit
