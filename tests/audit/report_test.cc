// What the log can evidence, framework by framework: the table of controls, with the best that each can be and the records that
// carry it.

#include "audit/report.h"

#include <cctype>
#include <string>
#include <vector>

#include "audit/line_check.h"
#include "tests/catch.h"

namespace agentmesh::audit {

namespace {

constexpr int64_t kYearUs = int64_t{365} * 86'400'000'000;

// A year that has every kind of record, in a log that verifies.
Report full_year() {
  Report report;
  report.records = 1000;
  report.first_ts = report.log_begins = 1'795'000'000'000'000;
  report.last_ts = report.first_ts + kYearUs;
  for (size_t i = 0; i < kTypes; ++i)
    report.types[std::string(type_name(static_cast<Type>(i)))].see(i);
  for (const char* mark : {"denied",
                           "refused-line",
                           "breaker",
                           "pin",
                           "halt",
                           "agent",
                           "hosts",
                           "redacted",
                           "sponsor",
                           "denied-by-person",
                           "granted-by-person",
                           "finding",
                           "finding:secret",
                           "finding:shell",
                           "finding:sql",
                           "finding:path",
                           "finding:result",
                           "finding:text",
                           "finding:pii",
                           "finding:tool"})
    report.marks[mark].see(1);
  report.verdict.level = Level::kSigned;
  report.verdict.checkpoints = 4;
  report.verdict.checkpoint = SizeAndRoot{1000, {}};
  return report;
}

struct Row {
  const char* framework;
  const char* control;
  Evidence best;
  bool checked;
  const char* records;  // by blanks
};

constexpr Evidence kYes = Evidence::kEvidenced;
constexpr Evidence kPartly = Evidence::kPartly;
constexpr Evidence kNot = Evidence::kNotByThisTool;

const Row kRows[] = {
    {"EU AI Act", "Art. 12(1)-(2)", kYes, true,
     "decision outcome session.start session.end policy.load checkpoints"},
    {"EU AI Act", "Art. 13(3)(f)", kPartly, false, "genesis"},
    {"EU AI Act", "Art. 14(4)(d)-(e)", kPartly, false, "approval denied-by-person operator halt"},
    {"EU AI Act", "Art. 15(4)-(5)", kPartly, false, "finding breaker tools.changed refused-line"},
    {"EU AI Act", "Art. 19, 26(5)-(6)", kYes, true, "records prune"},
    {"SOC 2", "CC6.1, CC6.3", kPartly, false, "decision agent denied"},
    {"SOC 2", "CC6.6, CC6.7", kPartly, false, "hosts finding:secret redacted"},
    {"SOC 2", "CC6.8", kPartly, false, "tools.pinned tools.changed pin"},
    {"SOC 2", "CC7.1, CC7.2", kYes, false, "finding denied trust.change checkpoints"},
    {"SOC 2", "CC7.3, CC7.4", kPartly, false, "operator approval breaker"},
    {"SOC 2", "CC8.1", kPartly, false, "policy.load decision"},
    {"HIPAA", "164.312(b)", kYes, false, "records checkpoints"},
    {"HIPAA", "164.312(c)(1)-(2)", kYes, false, "checkpoints"},
    {"HIPAA", "164.312(a)(1), (a)(2)(i), (d)", kPartly, false, "agent session.start denied"},
    {"HIPAA", "164.308(a)(1)(ii)(D)", kPartly, false, "decision finding"},
    {"HIPAA", "164.316(b)(2)(i)", kPartly, false, "records prune"},
    {"GDPR", "Art. 30", kPartly, false, "decision tools.listed"},
    {"GDPR", "Art. 32(1)(b), (d)", kPartly, false, "checkpoints"},
    {"GDPR", "Art. 5(2), 25", kPartly, false, "decision erase redacted"},
    {"GDPR", "Art. 33", kPartly, false, "finding denied outcome"},
    {"OWASP MCP", "MCP01", kPartly, false, "finding:secret redacted"},
    {"OWASP MCP", "MCP02", kPartly, false, "denied approval tools.changed"},
    {"OWASP MCP", "MCP03", kYes, false, "tools.pinned tools.changed finding:tool pin"},
    {"OWASP MCP", "MCP04", kPartly, false, "tools.pinned session.start"},
    {"OWASP MCP", "MCP05", kPartly, false, "finding:shell finding:sql finding:path denied"},
    {"OWASP MCP", "MCP06", kPartly, false, "finding:result finding:text outcome"},
    {"OWASP MCP", "MCP07", kPartly, false, "agent denied"},
    {"OWASP MCP", "MCP08", kYes, false, "records checkpoints"},
    {"OWASP MCP", "MCP09", kPartly, false, "session.start tools.pinned"},
    {"OWASP MCP", "MCP10", kPartly, false, "redacted finding:secret finding:pii hosts"},
    {"OWASP Agentic", "ASI01-ASI06", kPartly, false, "finding denied tools.changed agent"},
    {"OWASP Agentic", "ASI07", kNot, false, ""},
    {"OWASP Agentic", "ASI09", kPartly, false, "approval"},
    {"OWASP LLM", "LLM01, 02, 03, 05, 06, 10", kPartly, false,
     "finding redacted tools.pinned denied"},
    {"NIST AI RMF", "GOVERN 1.4, 1.5; MEASURE 2.4, 2.6, 2.7, 2.8; MANAGE 2.4, 4.1, 4.3", kPartly,
     false, "policy.load finding trust.change denied"},
    {"MITRE ATLAS", "T0051.001, T0053, T0068, T0080, T0081, T0086, T0098, T0099, T0101, T0110",
     kPartly, true, "finding denied tools.changed"},
    {"ISO/IEC 42001", "A.6.2.8", kYes, true, "records checkpoints"},
    {"ISO/IEC 42001", "A.6.2.6, A.8.4, A.9.2-A.9.4, A.10.3", kPartly, false,
     "policy.load finding tools.pinned"},
};

std::string kinds_of(const Control& control) {
  std::string out;
  for (const auto& [kind, seen] : control.records) out += (out.empty() ? "" : " ") + kind;
  return out;
}

}  // namespace

TEST_CASE("each control is at best what the log can evidence of it, with the records that do") {
  const auto controls = controls_of(full_year());
  REQUIRE(controls.size() == std::size(kRows));
  for (size_t i = 0; i < controls.size(); ++i) {
    const Control& control = controls[i];
    CAPTURE(control.framework, control.control, control.missing);
    CHECK(control.framework.starts_with(kRows[i].framework));
    CHECK(control.control == kRows[i].control);
    CHECK(control.state == kRows[i].best);
    CHECK(control.checked == kRows[i].checked);
    CHECK(kinds_of(control) == kRows[i].records);
    CHECK(control.missing.empty() == (control.state == kYes));
    // With its edition or year; a living document has none.
    CHECK((control.framework.find("(living document)") != std::string::npos ||
           control.framework.find("20") != std::string::npos));
  }
}

TEST_CASE(
    "no control is evidenced by a log that nobody vouches for, is too young, or says nothing") {
  const auto any_evidenced = [](const Report& report) {
    std::string out;
    for (const Control& control : controls_of(report))
      if (control.state == kYes) out += control.control + "; ";
    return out;
  };
  Report report = full_year();
  report.verdict.level = Level::kChain;
  CHECK(any_evidenced(report).empty());
  for (const int exit : {1, 2, 3, 4}) {
    report = full_year();
    report.verdict.exit = exit;
    CHECK(any_evidenced(report).empty());
  }
  report = full_year();
  report.types.clear();
  report.marks.clear();
  report.records = 0;
  CHECK(any_evidenced(report) == "164.312(c)(1)-(2); ");  // which asks for the verification alone
  report = full_year();
  report.last_ts = report.log_begins + kYearUs / 3;
  CHECK(any_evidenced(report).find("Art. 19") == std::string::npos);
}

}  // namespace agentmesh::audit
