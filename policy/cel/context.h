// Context: what an evaluation needs besides the program and its variables: memory, a step budget, compiled patterns.
//
// Order: one Context per thread, made once. For each new question: reset(), make the values that need memory
// (json_value(), strings()), then evaluate any number of programs; each evaluation has the whole budget. Values made
// since the last reset() stay good until the next one.
// Cost: about 5 KiB. After warming up nothing is allocated for questions that need less than 4 KiB.
// Thread: one.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cel/arena.h"
#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

class RegexCache;
struct JsonMember;

class Context {
 public:
  // A step is an operator, a list element, or 64 bytes read or copied. 100 000 steps take a few milliseconds.
  static constexpr int64_t kDefaultSteps = 100'000;

  explicit Context(int64_t steps = kDefaultSteps);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void reset();

  Arena& arena() { return arena_; }
  // A list of strings; the strings' bytes stay the caller's.
  Value strings(std::span<const std::string> strings);
  Value strings(std::span<const std::string_view> strings);

  // What a leading "~" means to under(); "" (the default): a directory called "~".
  void set_home(std::string_view home) { home_ = home; }
  std::string_view home() const { return home_; }

  // For the evaluator and the functions.
  void start() { left_ = budget_; }
  // False when the budget is used up.
  bool spend(int64_t steps) { return (left_ -= steps) >= 0; }
  bool exhausted() const { return left_ < 0; }
  bool spend_bytes(size_t bytes) { return spend(static_cast<int64_t>(bytes >> 6)); }
  // `message` is copied. It says of what type and size a value is, and never quotes one: it may be a secret of the call, and
  // the message is kept.
  Value fail(uint32_t offset, std::string_view message);
  Value fail_budget(uint32_t offset);
  RegexCache& regexes() { return *regexes_; }
  std::string& scratch() { return scratch_; }
  std::vector<JsonMember>& members() { return members_; }

 private:
  alignas(16) std::array<char, 4096> first_{};
  Arena arena_;
  int64_t budget_;
  int64_t left_ = 0;
  std::string_view home_;
  std::string scratch_;
  std::vector<JsonMember> members_;  // of the JSON object being read
  std::unique_ptr<RegexCache> regexes_;
};

}  // namespace agentmesh::policy::cel
