// "did you mean": the name someone probably wanted. Pure functions, used only when a compile fails or warns.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::policy::cel {

struct Candidate {
  std::string_view name;
  std::span<const std::string> also_called;
};

// The nearest candidate: one that is also called `wrong`, differs only in case or underscores, is a few typing errors
// away, or is its first or last word. "" if none is near.
std::string_view nearest(std::string_view wrong, std::span<const Candidate> candidates);

// "; did you mean 'tool'?", or "" if nothing is near.
std::string did_you_mean(std::string_view wrong, std::span<const Candidate> candidates);

}  // namespace agentmesh::policy::cel
