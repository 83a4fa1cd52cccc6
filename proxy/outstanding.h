// Outstanding: which requests of one direction still wait for their answer (protocol, section 5).
//
// Key = (type, value) of the id (Id::key). An entry lives from forwarding to response. Bounded by `max_outstanding`, and by
// kMostBytes of ids and names: those may be as long as a line.
//
// Order: add when the request is forwarded, erase when its answer was. Pointers from find() are good until that
// entry is erased. Thread: one. Cost: one hash each.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace agentmesh::proxy {

struct Pending {
  std::string method;
  std::string tool;            // tools/call
  uint64_t decision_wseq = 0;  // where `decided`
  uint64_t decision_seq = 0;   // 0 with durability queued
  bool decided = false;
  bool modern = false;  // era of the request
  bool cancelled = false;
  bool task = false;         // params.task was there
  bool sent = false;         // it left: before that nothing can be its answer
  bool first_page = true;    // tools/list without a cursor
  int64_t forwarded_us = 0;  // monotonic
  uint32_t context =
      0;  // the session's own slot for what belongs to this call (policy verdict, findings)
};

class Outstanding {
 public:
  explicit Outstanding(uint32_t limit) : limit_(limit) {}

  enum class Added : uint8_t { kYes, kDuplicate, kFull };
  // A request that is outstanding stays as it is; one beyond the limit is not taken (protocol, R16 and section 5).
  Added add(const std::string& id_key, Pending pending);
  Pending* find(const std::string& id_key);  // null: nobody waits under this id
  void erase(const std::string& id_key);
  bool full() const { return table_.size() >= limit_ || bytes_ >= kMostBytes; }
  size_t size() const { return table_.size(); }
  auto begin() const { return table_.begin(); }
  auto end() const { return table_.end(); }

  static constexpr size_t kMostBytes = 32U << 20;

 private:
  using Table = std::unordered_map<std::string, Pending>;
  static constexpr size_t kSpare = 64;
  static constexpr size_t kSpareBytes =
      4096;  // of one of them: longer names give their storage back
  static size_t bytes_of(const std::string& id_key, const Pending& pending) {
    return id_key.size() + pending.method.size() + pending.tool.size();
  }
  uint32_t limit_;
  size_t bytes_ = 0;
  Table table_;
  std::vector<Table::node_type> spare_;  // of what was erased: the next ones need no memory
};

}  // namespace agentmesh::proxy
