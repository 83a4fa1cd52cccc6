// Prints a policy of any size: bench_policy_file [RULES] (rules.h says what is in it).

#include <cstdlib>

#include <fmt/format.h>

#include "bench/rules.h"

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100;
  fmt::print("{}", agentmesh::bench::policy_file(count));
  return 0;
}
