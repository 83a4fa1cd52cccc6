#include "cli/audit_upkeep.h"

#include <cmath>

#include "audit/tail_end.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/files.h"
#include "cli/json_object.h"
#include "cli/recorder.h"
#include "cli/say.h"
#include "trust/book.h"
#include "trust/store.h"

namespace agentmesh::cli {

namespace {

constexpr size_t kSubjectsPerRecord = 32;

int64_t thousandths(double sum) { return std::llround(sum * 1000); }

}  // namespace

audit::Options log_options(const Here& here, const std::string& log) {
  audit::Options options = here.settings.proxy.audit;
  if (!log.empty()) options.log = log;
  return options;
}

bool refused(const Here& here, std::string_view command) {
  const auto why = refusal_of_governed(here.state_dir, command);
  if (why) complain(*why);
  return why.has_value();
}

std::vector<audit::TrustSnapshot> trust_snapshots(const Here& here) {
  std::vector<audit::TrustSnapshot> out;
  if (!file_exists(here.state_dir + "/state.db")) return out;
  const SystemClock clock;
  SystemRandom random;
  const auto store = trust::Store::open(here.state_dir, clock, random);
  if (!store) return out;
  const auto subjects = (*store)->subjects();
  if (!subjects) return out;
  for (const trust::SubjectSums& each : *subjects) {
    if (out.empty() || out.back().subjects.size() == kSubjectsPerRecord) out.emplace_back();
    audit::TrustSnapshot::Subject subject{
        each.subject, each.sums.at_us, static_cast<int64_t>(each.sums.events), {}};
    for (const trust::Sums::Part& part : each.sums.parts)
      subject.sums.push_back({thousandths(part.good_weight), thousandths(part.good_value),
                              thousandths(part.bad_weight), thousandths(part.bad_value)});
    out.back().subjects.push_back(std::move(subject));
  }
  return out;
}

int failed(const Error& error, bool json) {
  std::string why = error.what;
  if (json) {
    print(JsonObject().boolean("ok", false).text("error", why).done() + "\n");
  } else {
    complain(why);
  }
  return kNo;
}

}  // namespace agentmesh::cli
