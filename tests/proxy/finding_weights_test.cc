// Which findings count against somebody, and how often (proxy/evidence.h).

#include <string>
#include <vector>

#include "proxy/evidence.h"
#include "tests/catch.h"

using agentmesh::policy::Finding;
using agentmesh::proxy::FindingWeights;
using agentmesh::trust::Remark;
using agentmesh::trust::Side;
namespace policy = agentmesh::policy;

namespace {

constexpr int64_t kHourUs = 3'600'000'000;

Finding found(std::string id, policy::Severity severity = policy::Severity::kMedium) {
  return {std::move(id), severity, "arguments.x"};
}

size_t counted(const std::vector<Remark>& remarks) {
  size_t n = 0;
  for (const Remark& remark : remarks) n += remark.again ? 0 : 1;
  return n;
}

}  // namespace

TEST_CASE(
    "facts are nothing against anybody, whatever their severity, unless policy refused them") {
  FindingWeights weights;
  for (const char* id : {"pii.email", "pii.card", "secret.generic", "secret.private-key",
                         "url.private", "path.outside-roots", "sql.unparsed", "data.redacted"}) {
    CAPTURE(id);
    const std::vector<Finding> findings = {found(id, policy::Severity::kHigh)};
    CHECK(weights.weigh(findings, Side::kServer, false, 0).empty());
    CHECK(weights.weigh(findings, Side::kAgent, false, 0).empty());
    CHECK(counted(weights.weigh(findings, Side::kAgent, true, 0)) == 1);
  }
}

TEST_CASE("what is low tells, and what we did not look at is ours") {
  FindingWeights weights;
  const std::vector<Finding> findings = {
      found("result.terminal-escape", policy::Severity::kLow),
      found("data.uninspected", policy::Severity::kHigh),
      found("tool.unlisted", policy::Severity::kHigh),
  };
  CHECK(weights.weigh(findings, Side::kServer, false, 0).empty());
  CHECK(weights.weigh(findings, Side::kAgent, true, 0).empty());
}

TEST_CASE("a doubt that is let through counts once an hour for each id and side") {
  FindingWeights weights;
  const std::vector<Finding> doubt = {found("shell.injection")};
  CHECK(counted(weights.weigh(doubt, Side::kAgent, false, 0)) == 1);
  for (int64_t i = 1; i < 50; ++i) {
    const auto again = weights.weigh(doubt, Side::kAgent, false, i * 1'000'000);
    REQUIRE(again.size() == 1);  // and so it is no good call either
    CHECK(again[0].again);
  }
  CHECK(counted(weights.weigh(doubt, Side::kServer, false, 50'000'000)) == 1);
  const std::vector<Finding> other = {found("sql.injection")};
  CHECK(counted(weights.weigh(other, Side::kAgent, false, 50'000'000)) == 1);
  CHECK(counted(weights.weigh(doubt, Side::kAgent, false, 3 * kHourUs)) == 1);
}

TEST_CASE("what is refused counts each time, and so does what is high") {
  FindingWeights weights;
  for (int i = 0; i < 5; ++i) {
    const std::vector<Finding> doubt = {found("shell.injection")};
    CHECK(counted(weights.weigh(doubt, Side::kAgent, true, i)) == 1);
    const std::vector<Finding> attack = {found("result.injection", policy::Severity::kHigh)};
    CHECK(counted(weights.weigh(attack, Side::kServer, false, i)) == 1);
  }
}
