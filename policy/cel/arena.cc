#include "policy/cel/arena.h"

#include <algorithm>
#include <cstring>

namespace agentmesh::policy::cel {

namespace {
constexpr size_t kSmallestBlock = 4096;
constexpr size_t kLargestBlock = 256U << 10;
}  // namespace

void* Arena::allocate(size_t size, size_t alignment) {
  const auto misfit = reinterpret_cast<uintptr_t>(at_) & (alignment - 1);
  const size_t padding = misfit == 0 ? 0 : alignment - misfit;
  if (at_ == nullptr || size + padding > static_cast<size_t>(end_ - at_)) {
    grow(size);  // a new block is aligned for anything
    char* const given = at_;
    at_ += size;
    return given;
  }
  char* const given = at_ + padding;
  at_ = given + size;
  return given;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* const to = static_cast<char*>(allocate(text.size(), 1));
  std::memcpy(to, text.data(), text.size());
  return {to, text.size()};
}

void Arena::grow(size_t at_least) {
  const size_t doubled = blocks_.empty() ? kSmallestBlock : blocks_.back().size * 2;
  const size_t size = std::max(at_least, std::min(doubled, kLargestBlock));
  blocks_.push_back(Block{std::make_unique_for_overwrite<char[]>(size), size});
  at_ = blocks_.back().bytes.get();
  end_ = at_ + size;
}

void Arena::clear() {
  if (!blocks_.empty()) blocks_.erase(blocks_.begin() + (first_.empty() ? 1 : 0), blocks_.end());
  if (!first_.empty()) {
    at_ = first_.data();
    end_ = at_ + first_.size();
  } else if (!blocks_.empty()) {
    at_ = blocks_.front().bytes.get();
    end_ = at_ + blocks_.front().size;
  }
}

}  // namespace agentmesh::policy::cel
