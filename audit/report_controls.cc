// Frameworks and what a proxy's log can say about their controls. A row says what the log could evidence at best; what it does
// evidence in a period depends on what is in it.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "audit/report.h"

namespace agentmesh::audit {

namespace {

struct Row {
  const char* framework;
  const char* control;
  const char* about;
  Evidence best;
  bool checked;
  const char*
      records;  // types and marks, by blanks; "verify" is the verification itself, "all" every record
  const char* missing;  // what the log cannot say
};

constexpr Evidence kEvidenced = Evidence::kEvidenced;
constexpr Evidence kPartly = Evidence::kPartly;
constexpr Evidence kNot = Evidence::kNotByThisTool;

constexpr const char* kAiAct = "EU AI Act (Regulation 2024/1689)";
constexpr const char* kSoc2 = "SOC 2 (Trust Services Criteria 2017)";
constexpr const char* kHipaa = "HIPAA Security Rule (45 CFR Part 164, 2013)";
constexpr const char* kGdpr = "GDPR (Regulation 2016/679)";
constexpr const char* kMcp = "OWASP MCP Top 10 (v0.1, 2025)";
constexpr const char* kAgentic = "OWASP Agentic Applications (2026)";
constexpr const char* kLlm = "OWASP LLM Top 10 (2025)";
constexpr const char* kNist = "NIST AI RMF (1.0, 2023)";
constexpr const char* kAtlas = "MITRE ATLAS (living document)";
constexpr const char* kIso = "ISO/IEC 42001 (2023)";

constexpr Row kRows[] = {
    {kAiAct, "Art. 12(1)-(2)", "automatic logging over the lifetime", kEvidenced, true,
     "decision outcome session.start session.end policy.load verify", ""},
    {kAiAct, "Art. 13(3)(f)", "instructions on how logs are kept and read", kPartly, false,
     "genesis", "the provider's own instructions for use"},
    {kAiAct, "Art. 14(4)(d)-(e)", "a human can override and stop", kPartly, false,
     "approval denied-by-person operator halt", "that the humans were able and instructed to"},
    {kAiAct, "Art. 15(4)-(5)", "robustness and cybersecurity", kPartly, false,
     "finding breaker tools.changed refused-line", "the model's and the servers' own resilience"},
    {kAiAct, "Art. 19, 26(5)-(6)", "logs kept for at least six months", kEvidenced, true,
     "all prune", ""},
    {kSoc2, "CC6.1, CC6.3", "logical access by identity and role", kPartly, false,
     "decision agent denied", "access outside of the proxy"},
    {kSoc2, "CC6.6, CC6.7", "boundaries; movement of information", kPartly, false,
     "hosts finding:secret redacted", "traffic that is not MCP"},
    {kSoc2, "CC6.8", "unauthorised or malicious software", kPartly, false,
     "tools.pinned tools.changed pin", "what servers do besides their messages"},
    {kSoc2, "CC7.1, CC7.2", "detection and monitoring of anomalies", kEvidenced, false,
     "finding denied trust.change verify", ""},
    {kSoc2, "CC7.3, CC7.4", "evaluation of and response to incidents", kPartly, false,
     "operator approval breaker", "the people's own assessment and follow-up"},
    {kSoc2, "CC8.1", "changes are authorised and traceable", kPartly, false, "policy.load decision",
     "who approved the change, and why"},
    {kHipaa, "164.312(b)", "audit controls", kEvidenced, false, "all verify", ""},
    {kHipaa, "164.312(c)(1)-(2)", "integrity of what is recorded", kEvidenced, false, "verify", ""},
    {kHipaa, "164.312(a)(1), (a)(2)(i), (d)", "access control, unique identity, authentication",
     kPartly, false, "agent session.start denied",
     "that a name is whom it says: agents name themselves"},
    {kHipaa, "164.308(a)(1)(ii)(D)", "information system activity review", kPartly, false,
     "decision finding", "that somebody read this report"},
    {kHipaa, "164.316(b)(2)(i)", "documentation kept for six years", kPartly, false, "all prune",
     "retention beyond what is here"},
    {kGdpr, "Art. 30", "records of processing activities", kPartly, false, "decision tools.listed",
     "purposes, categories and recipients: this is input to them only"},
    {kGdpr, "Art. 32(1)(b), (d)", "integrity, and regular testing of it", kPartly, false, "verify",
     "that verification is run regularly"},
    {kGdpr, "Art. 5(2), 25", "accountability, data protection by design", kPartly, false,
     "decision erase redacted", "lawfulness of the processing itself"},
    {kGdpr, "Art. 33", "what happened, and when, for a notification", kPartly, false,
     "finding denied outcome", "the consequences for people"},
    {kMcp, "MCP01", "token mismanagement and secret exposure", kPartly, false,
     "finding:secret redacted", "secrets that no scanner knows"},
    {kMcp, "MCP02", "privilege escalation by scope creep", kPartly, false,
     "denied approval tools.changed", "rights that the servers hold"},
    {kMcp, "MCP03", "tool poisoning", kEvidenced, false,
     "tools.pinned tools.changed finding:tool pin", ""},
    {kMcp, "MCP04", "supply chain", kPartly, false, "tools.pinned session.start",
     "where the servers' code comes from"},
    {kMcp, "MCP05", "command injection and execution", kPartly, false,
     "finding:shell finding:sql finding:path denied", "what servers do with their arguments"},
    {kMcp, "MCP06", "intent flow subversion, prompt injection", kPartly, false,
     "finding:result finding:text outcome", "wording that no scanner sees through"},
    {kMcp, "MCP07", "insufficient authentication and authorization", kPartly, false, "agent denied",
     "the identity behind a client's name"},
    {kMcp, "MCP08", "lack of audit and telemetry", kEvidenced, false, "all verify", ""},
    {kMcp, "MCP09", "shadow servers", kPartly, false, "session.start tools.pinned",
     "servers that are not behind the proxy"},
    {kMcp, "MCP10", "context over-sharing", kPartly, false,
     "redacted finding:secret finding:pii hosts", "what the model keeps and repeats"},
    {kAgentic, "ASI01-ASI06",
     "goal hijack, tool misuse, identity, supply chain, code execution, memory", kPartly, false,
     "finding denied tools.changed agent", "the agent's own plan and memory"},
    {kAgentic, "ASI07", "insecure communication between agents", kNot, false, "",
     "agents that talk to each other elsewhere"},
    {kAgentic, "ASI09", "exploited trust of humans", kPartly, false, "approval",
     "why a person said yes"},
    {kLlm, "LLM01, 02, 03, 05, 06, 10",
     "injection, disclosure, supply chain, output handling, agency, consumption", kPartly, false,
     "finding redacted tools.pinned denied", "what happens inside the model"},
    {kNist, "GOVERN 1.4, 1.5; MEASURE 2.4, 2.6, 2.7, 2.8; MANAGE 2.4, 4.1, 4.3",
     "policies, monitoring, incidents", kPartly, false, "policy.load finding trust.change denied",
     "the organisation's own processes"},
    {kAtlas, "T0051.001, T0053, T0068, T0080, T0081, T0086, T0098, T0099, T0101, T0110",
     "techniques that leave findings; mitigations M0024, M0026-M0030, M0033", kPartly, true,
     "finding denied tools.changed", "techniques that no scanner knows"},
    {kIso, "A.6.2.8", "recording of event logs", kEvidenced, true, "all verify", ""},
    {kIso, "A.6.2.6, A.8.4, A.9.2-A.9.4, A.10.3",
     "operation and monitoring, incidents, use, suppliers", kPartly, false,
     "policy.load finding tools.pinned", "the management system itself"},
};

// Adds what of one kind is in the period.
void add_records(const Report& report, const std::string& kind, Control& control) {
  if (kind == "verify") {
    Seen seen;
    if (report.verdict.exit == 0 && report.verdict.checkpoint) {
      seen.count = report.verdict.checkpoints;
      seen.last = report.verdict.checkpoint->size > 0 ? report.verdict.checkpoint->size - 1 : 0;
    }
    control.records.emplace_back("checkpoints", seen);
    return;
  }
  if (kind == "all") {
    Seen seen;
    seen.count = report.records;
    for (const auto& [type, each] : report.types) {
      seen.first =
          seen.last == 0 && seen.first == 0 ? each.first : std::min(seen.first, each.first);
      seen.last = std::max(seen.last, each.last);
    }
    control.records.emplace_back("records", seen);
    return;
  }
  if (const auto type = report.types.find(kind); type != report.types.end()) {
    control.records.emplace_back(kind, type->second);
  } else if (const auto mark = report.marks.find(kind); mark != report.marks.end()) {
    control.records.emplace_back(kind, mark->second);
  }
}

}  // namespace

std::string_view evidence_name(Evidence state) {
  static constexpr std::string_view kNames[] = {"evidenced", "partly", "not by this tool"};
  return kNames[static_cast<size_t>(state)];
}

std::vector<Control> controls_of(const Report& report) {
  std::vector<Control> out;
  const bool sound = report.verdict.exit == 0 && report.verdict.level != Level::kChain;
  for (const Row& row : kRows) {
    Control control{row.framework, row.control, row.about, row.best, row.checked, {}, row.missing};
    const std::string_view kinds = row.records;
    for (size_t at = 0; at < kinds.size();) {
      const size_t end = std::min(kinds.find(' ', at), kinds.size());
      add_records(report, std::string(kinds.substr(at, end - at)), control);
      at = end + 1;
    }
    const auto lacks = [&](const std::string& why) {
      control.state = Evidence::kPartly;
      control.missing += control.missing.empty() ? why : "; " + why;
    };
    if (control.state != kNot) {
      // Checkpoints alone evidence a control that asks for nothing else.
      const bool only_verify = kinds == "verify";
      const bool any =
          std::any_of(control.records.begin(), control.records.end(), [&](const auto& each) {
            return each.second.count > 0 && (only_verify || each.first != "checkpoints");
          });
      if (!any) lacks("there are no such records in this period");
      if (report.verdict.exit != 0) {
        lacks("the log does not verify without reserve");
      } else if (!sound) {
        lacks("the log is not verified by a signature");
      }
      // Six months: what the log reaches back to is all that it can show.
      constexpr int64_t kSixMonthsUs = int64_t{183} * 86'400'000'000;
      if (std::string_view(row.control).starts_with("Art. 19") &&
          report.last_ts - report.log_begins < kSixMonthsUs)
        lacks("the log does not reach back six months yet");
    }
    out.push_back(std::move(control));
  }
  return out;
}

}  // namespace agentmesh::audit
