// What an operator can choose about trust (the `trust:` part of agentmesh.yaml), with its defaults.

#pragma once

#include <cstdint>

namespace agentmesh::trust {

struct Options {
  double prior = 0.80;   // m: the share of good that a new subject starts with, 0 … 1
  double strength = 20;  // k: how many ordinary events the prior is worth
  int64_t half_life_us = 7LL * 24 * 3600 * 1'000'000;
};

}  // namespace agentmesh::trust
