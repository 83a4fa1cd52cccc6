// Our words: how what AgentMesh itself says to clients begins. Who writes these texts and who looks for imitations of them both
// read them here.

#pragma once

#include <array>
#include <string_view>

namespace agentmesh::policy {

// Denials, held calls, withheld results, lines that cannot be read.
inline constexpr std::string_view kBlocked = "Blocked by AgentMesh:";
inline constexpr std::string_view kHeld = "Held by AgentMesh:";
inline constexpr std::string_view kWithheld = "Withheld by AgentMesh:";
inline constexpr std::string_view kRefused = "Refused by AgentMesh:";
inline constexpr std::array kDenials = {kBlocked, kHeld, kWithheld, kRefused};
// In a held one: what a person is to run.
inline constexpr std::string_view kNeedsYes = "Needs your yes: run `agentmesh ";
// The same where it is for others, whose names stand between the two.
inline constexpr std::string_view kNeedsYesOf = "Needs a yes of ";
inline constexpr std::string_view kRunForYes = ": run `agentmesh ";

// The footer, behind its sign.
inline constexpr std::string_view kOurName = "AgentMesh";

// Where the mark stands in `_meta`, and what all names of ours there begin with.
inline constexpr std::string_view kMarkKey = "io.agentmesh/verification";
inline constexpr std::string_view kOurPrefix = "io.agentmesh/";

}  // namespace agentmesh::policy
