#include <array>
#include <string>

#include "policy/scan/decode.h"
#include "policy/scan/text.h"

namespace agentmesh::policy::scan {
namespace {

constexpr std::string_view kOurName = "agentmesh";

// By how much the name can be moved on when this byte stands under its last letter (Horspool's search): by all of it for most.
constexpr auto kSteps = [] {
  std::array<uint8_t, 256> steps{};
  steps.fill(kOurName.size());
  for (size_t i = 0; i + 1 < kOurName.size(); ++i) {
    const auto step = static_cast<uint8_t>(kOurName.size() - 1 - i);
    steps[static_cast<uint8_t>(kOurName[i])] = step;
    steps[static_cast<uint8_t>(kOurName[i] - 0x20)] = step;
  }
  return steps;
}();

// The name in any case; npos if it is not there.
size_t find_our_name(std::string_view text, size_t from) {
  for (size_t at = from; at + kOurName.size() <= text.size();) {
    size_t same = kOurName.size();
    while (same > 0 && (text[at + same - 1] | 0x20) == kOurName[same - 1]) --same;
    if (same == 0) return at;
    at += kSteps[static_cast<uint8_t>(text[at + kOurName.size() - 1])];
  }
  return std::string_view::npos;
}

bool claims_a_verdict(std::string_view text) {
  for (size_t at = find_our_name(text, 0); at != std::string_view::npos;
       at = find_our_name(text, at + 9)) {
    if (at >= 3 && ascii_lower(text.substr(at - 3, 3)) == "io." && text.substr(at + 9, 1) == "/")
      return true;
    const std::string_view rest = text.substr(at, 200);
    const std::string line = ascii_lower(rest.substr(0, rest.find('\n')));
    const auto has = [&](std::string_view part) { return line.find(part) != std::string::npos; };
    const bool verdict = has("allowed") || has("verified") || has("denied") || has("approved");
    const bool detail = has("trust ") || has("audit #") || has("audit ");
    const bool sign = at >= 2 && text[at - 1] == ' ' &&
                      static_cast<uint8_t>(text[at - 2]) >= 0x80;  // "✓ AgentMesh"
    if (verdict && (detail || sign)) return true;
  }
  return false;
}

}  // namespace

void find_forged_mark(std::string_view text, std::vector<Hit>& hits) {
  const bool forged = is_plain(text) ? claims_a_verdict(text) : claims_a_verdict(fold(text).text);
  if (forged) add_hit(hits, {"result.forged-mark", Severity::kHigh});
}

}  // namespace agentmesh::policy::scan
