#include "audit/line.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "audit/line_members.h"
#include "audit/tree.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kSeqDigits = 16;  // 2^53 − 1

size_t draft_within(const Record& record, const Made& made, const Commitment* payload,
                    const Limits& limits, Draft& out) {
  Members o(out, made, type_name(record), limits);
  write_members(o, record, payload);
  o.done();
  return out.text.size();
}

struct Lists {
  size_t findings = 0, tools = 0, events = 0;
};
Lists lists_of(const Record& record) {
  return std::visit(
      [](const auto& r) {
        Lists lists;
        if constexpr (requires { r.findings; })
          lists.findings = std::min(r.findings.size(), kMaxFindings);
        if constexpr (requires { r.tools; }) lists.tools = r.tools.size();
        if constexpr (requires { r.events; }) lists.events = r.events.size();
        return lists;
      },
      record);
}

// The longest list that fits, found by halving; 0 if even that does not.
template <class Fits>
size_t most(size_t count, Fits fits) {
  size_t low = 0;
  while (low < count) {
    const size_t middle = low + (count - low + 1) / 2;
    if (fits(middle)) {
      low = middle;
    } else {
      count = middle - 1;
    }
  }
  return low;
}

}  // namespace

const Payload* payload_of(const Record& record) {
  return std::visit(
      [](const auto& r) -> const Payload* {
        if constexpr (requires { r.args; }) return r.args ? &*r.args : nullptr;
        if constexpr (requires { r.result; }) return r.result ? &*r.result : nullptr;
        return nullptr;
      },
      record);
}

void draft(const Record& record, const Made& made, const Commitment* commitment, Draft& out) {
  constexpr size_t kRoom = kMaxLineBytes - kSeqDigits;
  Limits limits;
  if (draft_within(record, made, commitment, limits, out) <= kRoom) return;
  const Lists lists = lists_of(record);
  const auto cut = [&](size_t& limit, size_t count) {
    limit = most(count, [&](size_t n) {
      limit = n;
      return draft_within(record, made, commitment, limits, out) <= kRoom;
    });
    return draft_within(record, made, commitment, limits, out) <= kRoom;
  };
  if (cut(limits.findings, lists.findings)) return;
  if (cut(limits.tools, lists.tools)) return;
  (void)cut(limits.events,
            lists.events);  // what is left has limits that fit a line together (line_test.cc)
}

Hash finish(const Draft& draft, uint64_t seq, const Hash& prev, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  const size_t start = out.size();
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), seq).ptr;
  const auto count = static_cast<size_t>(end - digits.data());
  out.append(draft.text, 0, draft.seq_at)
      .append(digits.data(), count)
      .append(draft.text, draft.seq_at);
  char* hex = out.data() + start + draft.prev_at + (draft.prev_at >= draft.seq_at ? count : 0);
  for (const uint8_t byte : prev) {
    *hex++ = kHex[byte >> 4];
    *hex++ = kHex[byte & 15];
  }
  const Hash leaf = hash_leaf(std::string_view(out).substr(start));
  out += '\n';
  return leaf;
}

}  // namespace agentmesh::audit
