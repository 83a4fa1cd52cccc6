#include "proxy/past_calls.h"

#include <string_view>

#include "audit/blob_check.h"
#include "audit/line_check.h"
#include "audit/read.h"
#include "audit/segment.h"
#include "base/json.h"

namespace agentmesh::proxy {
namespace {

int64_t number(json::View value) { return value.integer().value_or(0); }

policy::Severity severity_of(std::string_view word) {
  if (word == "low") return policy::Severity::kLow;
  if (word == "medium") return policy::Severity::kMedium;
  return word == "high" ? policy::Severity::kHigh : policy::Severity::kCritical;
}

void read_facts(json::View record, PastCall& call) {
  const json::View facts = record.find("facts");
  policy::Recorded& out = call.facts;
  out.type = facts.find("type").string();
  out.sql = facts.find("sql").string();
  out.inside = !facts.find("inside").is_false();
  out.paths = static_cast<uint32_t>(number(facts.find("paths")));
  out.hosts = static_cast<uint32_t>(number(facts.find("hosts")));
  out.private_url = facts.find("private_url").is_true();
  out.secret = facts.find("secret").is_true();
  out.pii = facts.find("pii").is_true();
  for (const json::View flag : facts.find("shell").elements()) out.shell.push_back(flag.string());
  for (const json::View finding : record.find("findings").elements())
    out.findings.push_back({finding.find("id").string(),
                            severity_of(finding.find("severity").string()),
                            finding.find("where").string()});
  out.bytes = static_cast<size_t>(number(record.find("args").find("bytes")));
  call.private_read = facts.find("read").is_true();
  call.tainted = facts.find("tainted").is_true();
  call.known = !out.type.empty();
  call.judged = call.known;
}

PastCall call_of(json::View record) {
  PastCall call;
  call.seq = number(record.find("seq"));
  call.ts_us = number(record.find("ts"));
  call.writer = record.find("w").string();
  call.stage =
      record.find("dir").string() == "s2c" ? policy::Stage::kRequest : policy::Stage::kCall;
  call.method = record.find("method").string();
  call.tool = record.find("tool").string();
  call.server = record.find("server").string();
  call.agent = record.find("agent").string();
  call.policy = record.find("policy").string();
  call.rule = record.find("rule").string();
  call.shadow = record.find("mode").string() == "shadow";
  call.went_on = record.find("verdict").string() != "deny";
  if (const json::View trust = record.find("trust"); trust.present())
    call.score = static_cast<int>(number(trust.find("score")));
  read_facts(record, call);
  const std::string verdict = record.find("verdict").string();
  const std::string stage = record.find("stage").string();
  const bool asked = record.find("ask").present() || stage == "approval";
  if (verdict == "would_require_approval" || asked)
    call.decision = policy::Action::kRequireApproval;
  else if (verdict != "allow")
    call.decision = policy::Action::kDeny;
  if (!stage.empty() && stage != "policy" && stage != "rate" && stage != "approval")
    call.judged = false;
  return call;
}

// Opens the arguments that were kept. What a payload is bound to begins with the log's origin, which its first record has.
class KeptArguments {
 public:
  KeptArguments(const std::string& log_dir, const std::string& keys_dir)
      : log_dir_(log_dir), keys_dir_(keys_dir), blobs_(log_dir, keys_dir) {}

  // "" where there is nothing to open, or not as the client sent it.
  std::string of(json::View record) {
    const json::View args = record.find("args");
    const json::View blob = args.find("blob");
    if (keys_dir_.empty() || !blob.is_object() || blob.find("masked").is_true()) return {};
    const std::string writer = record.find("w").string();
    audit::BlobFinding found = blobs_.check(
        args.raw(), {origin(), writer, static_cast<uint64_t>(number(record.find("wseq"))), "args"});
    if (found.state != audit::BlobState::kFine ||
        reader_.read(found.payload).fault != json::Fault::kNone)
      return {};
    return std::move(found.payload);
  }

 private:
  const std::string& origin() {
    if (origin_) return *origin_;
    origin_.emplace();
    if (const auto genesis = audit::find_record(log_dir_, 0); genesis && *genesis)
      origin_ = std::string(audit::check_line(**genesis).facts.origin);
    return *origin_;
  }

  const std::string& log_dir_;
  const std::string& keys_dir_;
  audit::BlobCheck blobs_;
  std::optional<std::string> origin_;
  json::Reader reader_;
};

}  // namespace

policy::Input PastCall::question() const {
  policy::Input input;
  input.stage = stage;
  input.method = method;
  input.tool = tool;
  input.server = server;
  input.agent = agent;
  input.trust = {score, score, score};
  input.session.tainted = tainted;
  input.session.private_read = private_read;
  input.now_us = ts_us;
  input.local = local_time(ts_us);
  input.recorded = &facts;
  if (!args.empty()) input.args = json::View(args);
  return input;
}

Result<uint64_t> first_record_since(const std::string& log_dir, int64_t since_us) {
  auto tail = audit::Tail::open(log_dir, 1);
  if (!tail) return tl::unexpected(tail.error());
  const auto newest = tail->next();
  if (!newest) return tl::unexpected(newest.error());
  const auto segments = audit::list_segments(log_dir);
  if (!segments) return tl::unexpected(segments.error());
  if (!*newest || segments->empty()) return 0;
  uint64_t low = segments->front();
  uint64_t high = static_cast<uint64_t>(number(json::View(**newest).find("seq"))) + 1;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    const auto line = audit::find_record(log_dir, middle);
    if (!line) return tl::unexpected(line.error());
    if (*line && number(json::View(**line).find("ts")) >= since_us)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

Result<void> each_past_call(const std::string& log_dir, const WhichCalls& which,
                            const std::function<void(const PastCall&)>& each) {
  const auto first = first_record_since(log_dir, which.since_us);
  if (!first) return tl::unexpected(first.error());
  KeptArguments kept(log_dir, which.blob_keys_dir);
  json::Reader reader;
  bool broken = false;
  const auto read = audit::each_line(log_dir, *first, [&](std::string_view line, uint64_t) {
    if (line.find(R"("type":"decision")") == std::string_view::npos) return true;
    broken = reader.read(line).fault != json::Fault::kNone;
    if (broken) return false;
    const json::View record = reader.root();
    const int64_t ts = number(record.find("ts"));
    if (ts > which.until_us) return false;
    const bool decision = record.find("type").string() == "decision";
    if (decision && ts >= which.since_us && record.find("stage").string() != "result") {
      PastCall call = call_of(record);
      call.args = kept.of(record);
      each(call);
    }
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  if (broken) return fail("the log holds a line that is no JSON (see `agentmesh audit verify`)");
  return {};
}

}  // namespace agentmesh::proxy
