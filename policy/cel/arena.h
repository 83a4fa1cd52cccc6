// Arena: memory that is given out piece by piece and taken back all at once.
//
// Holds plain data only: nothing allocated here has its destructor run. Cost: a pointer moved; a call to the allocator
// only when a block is used up (blocks double, 4 KiB to 256 KiB). clear() keeps the first block, so an arena that is
// used again for work of the same size allocates nothing. Thread: one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace agentmesh::policy::cel {

class Arena {
 public:
  Arena() = default;
  // Starts in `first`, which must outlive the arena.
  explicit Arena(std::span<char> first) : first_(first) { clear(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocate(size_t size, size_t alignment);
  template <class T>
  T* make(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T(value);
  }
  template <class T>
  std::span<T> array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count == 0) return {};
    T* const at = static_cast<T*>(allocate(sizeof(T) * count, alignof(T)));
    for (size_t i = 0; i < count; ++i) new (at + i) T();
    return {at, count};
  }
  template <class T>
  std::span<const T> copy(std::span<const T> from) {
    const std::span<T> to = array<T>(from.size());
    for (size_t i = 0; i < from.size(); ++i) to[i] = from[i];
    return to;
  }
  std::string_view copy(std::string_view text);

  // Everything given out so far is void.
  void clear();

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };
  void grow(size_t at_least);

  std::span<char> first_;
  std::vector<Block> blocks_;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace agentmesh::policy::cel
