// Patterns: RE2, searched anywhere in a text (the language's definition of `matches`). The one room RE2 lives in here.
//
// Cost: compile() tens of microseconds; search() about 3 ns per byte for an ordinary pattern, more for one with counted
// repetitions. Memory: at most 2 MiB for a pattern of a policy, 256 KiB for one computed at run time.
// Thread: a Regex may be searched with by any number of threads; a RegexCache belongs to one.

#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace agentmesh::policy::cel {

class Regex {
 public:
  // The error is RE2's sentence: "missing ): a(b".
  static Result<Regex> compile(std::string_view pattern, size_t max_memory = size_t{2} << 20);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  bool search(std::string_view text) const;

 private:
  explicit Regex(std::unique_ptr<re2::RE2> re);
  std::unique_ptr<re2::RE2> re_;
};

// The last few patterns that were computed at run time.
class RegexCache {
 public:
  static constexpr size_t kMaxPattern = 1024;  // bytes

  // Good until the next call. The error says why the pattern cannot be used.
  Result<const Regex*> find(std::string_view pattern);

 private:
  struct Entry {
    std::string pattern;
    std::unique_ptr<const Regex> regex;
  };
  std::array<Entry, 8> entries_;
  size_t next_ = 0;
};

}  // namespace agentmesh::policy::cel
