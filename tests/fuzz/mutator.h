// Mutator: the same inputs and the same seed give the same odd inputs, on every machine and with every compiler.
//
// A poor cousin of libFuzzer's, for the ordinary test run: it sees no coverage, but it costs no clang, and what it finds
// today it finds tomorrow. Words of the corpus itself (runs of letters, and what stands between quotes) are its dictionary.
// Thread: one. Cost: one copy of an input per mutation.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::fuzz {

class Mutator {
 public:
  // `inputs`: what to start from; an empty input is added. Nothing made is longer than `max_bytes`.
  Mutator(std::vector<std::string> inputs, uint64_t seed, size_t max_bytes);

  std::string next();

 private:
  uint64_t random();
  size_t below(size_t bound) { return bound == 0 ? 0 : static_cast<size_t>(random() % bound); }
  const std::string& any_input() { return inputs_[below(inputs_.size())]; }
  void change(std::string& text);

  std::vector<std::string> inputs_;
  std::vector<std::string> words_;
  uint64_t state_;
  size_t max_bytes_;
};

}  // namespace agentmesh::fuzz
