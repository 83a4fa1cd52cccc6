#include "proxy/approval_state.h"

#include <algorithm>
#include <span>

#include "base/bytes.h"

namespace agentmesh::proxy {
namespace {

constexpr std::string_view kPrefix = "agentmesh.1.";
constexpr size_t kNonce = 24;
constexpr size_t kLongest = 1024;  // far more than a state of ours has

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

ApprovalState::ApprovalState(Random& random) : random_(random) { random_.fill(key_); }

bool ApprovalState::claims(std::string_view state) { return state.starts_with("agentmesh."); }

std::string ApprovalState::seal(std::string_view ask, int64_t deadline_us,
                                std::string_view bound_to) {
  std::array<uint8_t, kNonce> nonce{};
  random_.fill(nonce);
  uint8_t deadline[8];
  put_u64_le(deadline, static_cast<uint64_t>(deadline_us));
  std::string plain(reinterpret_cast<const char*>(deadline), sizeof deadline);
  plain += ask;
  std::string sealed(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  sealed += agentmesh::seal(key_, nonce, plain, bound_to);
  return std::string(kPrefix) + to_base64(bytes_of(sealed));
}

std::optional<std::string> ApprovalState::open(std::string_view state, int64_t now_us,
                                               std::string_view bound_to) const {
  if (!state.starts_with(kPrefix) || state.size() > kLongest) return std::nullopt;
  const std::string_view code = state.substr(kPrefix.size());
  const auto sealed = from_base64(code);
  // One spelling only: what was altered is refused, also where it makes no difference.
  if (!sealed || sealed->size() <= kNonce || to_base64(*sealed) != code) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(sealed->data()), sealed->size());
  std::array<uint8_t, kNonce> nonce{};
  std::copy_n(sealed->begin(), kNonce, nonce.begin());
  const auto plain = open_sealed(key_, nonce, text.substr(kNonce), bound_to);
  if (!plain || plain->size() <= 8) return std::nullopt;
  const auto deadline =
      static_cast<int64_t>(get_u64_le(reinterpret_cast<const uint8_t*>(plain->data())));
  if (now_us > deadline) return std::nullopt;
  return plain->substr(8);
}

}  // namespace agentmesh::proxy
