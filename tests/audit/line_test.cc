#include "audit/line.h"

#include <string>
#include <vector>

#include "audit/commitment.h"
#include "audit/line_check.h"
#include "audit/tree.h"
#include "base/bytes.h"
#include "base/json.h"
#include "tests/audit/scratch.h"
#include "tests/catch.h"

namespace agentmesh::audit {

namespace {

const char kWriter[] = "00112233aabbccdd";

std::string line_of(const Record& record, uint64_t seq = 7,
                    const Commitment* commitment = nullptr) {
  Draft d;
  draft(record, Made{kWriter, 3, 1795000000000000, 81000000}, commitment, d);
  std::string out;
  finish(d, seq, Hash{}, out);
  out.pop_back();
  return out;
}

std::string long_text(size_t bytes) { return std::string(bytes, 'x'); }

Decision full_decision() {
  Decision d;
  d.dir = "c2s";
  d.bytes = 12;
  d.count = 2;
  d.method = "tools/call";
  d.id = "\"7\"";
  d.tool = "read_file";
  d.target = "file:///x";
  d.server = "fs";
  d.agent = "desk";
  d.policy = "strict";
  d.rule = "paths";
  d.rule_at = "strict.yaml:14";
  d.stage = "policy";
  d.verdict = "deny";
  d.mode = "enforce";
  d.reason = "no";
  d.ask = "0123456789abcdef";
  d.facts =
      Facts{"file.read", "select", true, 2, 1, true, true, true, {"pipe", "sudo"}, true, true};
  d.redacted = 1;
  d.tags = {"files", "privacy"};
  d.findings = {{"path.private", "high", "arguments.path"},
                {"secret.aws", "critical", "arguments.key"}};
  d.trust = Trust{812, "trusted", -5};
  d.events = {{"agent:desk", "honesty", 1000, -500}};
  return d;
}

std::vector<Record> one_of_each() {
  ToolsListed listed{
      2, std::string(64, 'a'), {{std::string(64, 'b'), "alpha"}, {std::string(64, 'c'), "beta"}}};
  Outcome outcome;
  outcome.of = 1;
  outcome.status = "rpc_error";
  outcome.code = -32603;
  outcome.us = 17;
  outcome.findings = {{"result.injection", "high", "content[0].text"}};
  outcome.redacted = 2;
  outcome.tags = {"results"};
  outcome.trust = Trust{800, "trusted", 3};
  outcome.events = {{"server:fs", "safety", 1000, 1000}};
  return {
      SessionStart{"0.1.0", "fs", "desk", "npx", 3, 4242, 1000, "claude", "ops",
                   std::string(64, 'd'), "enforce", "written"},
      SessionEnd{"client_eof", 0, 10, 2, 1, "desk", "1.0", "2025-06-18", {{"a", "b", 1, 2}}},
      PolicyLoad{"strict", "builtin", std::string(64, 'e'), 24, "bad key"},
      listed,
      ToolsPinned{"fs", "prompt", "read_file", std::string(64, 'f'), "first-use"},
      ToolsChanged{"fs",
                   "resource",
                   "x",
                   std::string(64, '0'),
                   std::string(64, '1'),
                   {"description", "schema"},
                   "withheld",
                   {{"a", "b", 1, 2}}},
      Approval{"0123456789abcdef",
               "granted",
               "write_file",
               std::nullopt,
               "uid:1000",
               17,
               {{"a", "b", 1, 2}}},
      full_decision(),
      outcome,
      TrustReport{"server:fs", "high", "it lied", "uid:0"},
      TrustChange{"server:fs", 800, 700, "watched", "tier", "why", "uid:0"},
      Operator{"allow", "fs/x", "because", "uid:0", 1795000000000000},
      TrustSnapshot{{{"server:fs", 1795000000000000, 17, {{1, 2, 3, 4}, {5, 6, 7, 8}}}}},
      KeyRotate{"a+00000000+AQ", "b+00000000+AQ"},
      Prune{321, Hash{}, {"seg/00000000000000000000.jsonl"}, "uid:0"},
      Erase{{"2026-11-18"}, "asked to", "uid:0"},
  };
}

}  // namespace

TEST_CASE("the worked example of the specification comes out byte for byte") {
  const std::string example = audit::tests::slurp("tests/data/audit/example.json");
  json::Reader reader;
  REQUIRE(reader.read(example).fault == json::Fault::kNone);
  const json::View root = reader.root();
  const auto want = [&](size_t i) { return root.find("lines").at(i).string(); };
  const auto leaf = [&](size_t i) { return root.find("leaves").at(i).string(); };

  std::string out;
  Draft d;
  Genesis genesis;
  genesis.agentmesh = "1.0.0";
  genesis.log = "main";
  genesis.origin = "agentmesh.local/log/5ca1ab1e5ca1ab1e";
  genesis.vkey = root.find("vkey").string();
  genesis.segment_bytes = 67108864;
  draft(genesis, Made{kWriter, std::nullopt, 1795000000000000, 81000000}, d);
  const Hash leaf0 = finish(d, 0, Hash{}, out);
  CHECK(out == want(0) + "\n");
  CHECK(to_hex(leaf0) == leaf(0));

  out.clear();
  SessionStart start{"1.0.0", "filesystem", "", "npx", 3,         4242,
                     1000,    "",           "", "",    "enforce", "written"};
  draft(start, Made{kWriter, 0, 1795000000001500, 81001500}, nullptr, d);
  const Hash leaf1 = finish(d, 1, leaf0, out);
  CHECK(out == want(1) + "\n");
  CHECK(to_hex(leaf1) == leaf(1));

  out.clear();
  Decision decision;
  decision.agent = "desk";
  decision.dir = "c2s";
  decision.id = "\"7\"";
  decision.method = "tools/call";
  decision.mode = "enforce";
  decision.policy = "moderate";
  decision.rule = "default";
  decision.server = "filesystem";
  decision.tool = "read_file";
  decision.trust = Trust{812, "trusted", std::nullopt};
  decision.verdict = "allow";
  Salt salt{};
  for (size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<uint8_t>(i);
  const std::string arguments = root.find("arguments").string();
  const Commitment args{arguments.size(), commit_to(salt, arguments), std::nullopt};
  draft(decision, Made{kWriter, 1, 1795000000003000, 81003000}, &args, d);
  const Hash leaf2 = finish(d, 2, leaf1, out);
  CHECK(out == want(2) + "\n");
  CHECK(to_hex(leaf2) == leaf(2));

  Frontier tree;
  for (const Hash& each : {leaf0, leaf1, leaf2}) tree.add(each);
  CHECK(to_hex(tree.root()) == root.find("root").string());
}

TEST_CASE(
    "every type of record makes a line that the strict reader takes, with all its fields and with none") {
  for (const Record& record : one_of_each()) {
    const Commitment commitment{29, Hash{}, Blob{"2026-11-18", 17, 99, true}};
    for (const uint64_t seq :
         {uint64_t{0}, uint64_t{9}, uint64_t{123456}, (uint64_t{1} << 53) - 1}) {
      const std::string line = line_of(record, seq, &commitment);
      CAPTURE(line);
      const LineCheck check = check_line(line);
      CAPTURE(check.why);
      REQUIRE(check.fault == LineFault::kNone);
      CHECK(check.facts.seq == seq);
      CHECK(check.facts.wseq == 3U);
      CHECK(check.facts.w == kWriter);
    }
  }
  const std::vector<Record> bare = {SessionStart{},  SessionEnd{},   PolicyLoad{},  ToolsListed{},
                                    ToolsPinned{},   ToolsChanged{}, Approval{},    Decision{},
                                    Outcome{},       TrustReport{},  TrustChange{}, Operator{},
                                    TrustSnapshot{}, KeyRotate{},    Prune{},       Erase{}};
  for (const Record& record : bare) {
    const std::string line = line_of(record);
    CAPTURE(line);
    CHECK(check_line(line).fault == LineFault::kNone);
    CHECK(line.find("\"\"") == std::string::npos);
    CHECK(line.find("[]") == std::string::npos);
    CHECK(line.find("{}") == std::string::npos);
  }
}

TEST_CASE("facts are written without what was not seen, and inside may be false") {
  Decision decision;
  decision.facts = Facts{};
  CHECK(line_of(decision).find("facts") == std::string::npos);
  decision.facts->inside = false;
  CHECK(line_of(decision).find("\"facts\":{\"inside\":false}") != std::string::npos);
}

TEST_CASE("tags stand in their place in the line, in the order of the rules") {
  const std::string line = line_of(full_decision());
  CHECK(line.find(R"("stage":"policy","tags":["files","privacy"],"target":)") != std::string::npos);
}

TEST_CASE("texts that are too long are cut at a character and named, once") {
  Decision decision = full_decision();
  decision.tool = long_text(255) + "\xc3\xa9";  // two bytes, of which one would fit
  decision.reason = long_text(2000);
  decision.findings[0].where = long_text(600);
  decision.findings[1].where = long_text(600);
  const std::string line = line_of(decision);
  const LineCheck check = check_line(line);
  CAPTURE(check.why);
  REQUIRE(check.fault == LineFault::kNone);
  CHECK(line.find("\"cut\":[\"where\",\"reason\",\"tool\"]") != std::string::npos);
  CHECK(line.find("\"tool\":\"" + long_text(255) + "\"") != std::string::npos);
  CHECK(line.find("\"reason\":\"" + long_text(512) + "\"") != std::string::npos);
}

TEST_CASE("an id over 256 bytes is written as its hash") {
  Decision decision;
  decision.id = "\"" + long_text(254) + "\"";
  CHECK(line_of(decision).find("\"id\":") != std::string::npos);
  decision.id = "\"" + long_text(255) + "\"";
  const std::string line = line_of(decision);
  CHECK(line.find("\"id\":") == std::string::npos);
  CHECK(line.find("\"id_sha256\":\"" + to_hex(sha256(decision.id)) + "\"") != std::string::npos);
}

TEST_CASE("findings beyond 32 are counted") {
  Decision decision;
  decision.findings.assign(40, Finding{"a.b", "low", "x"});
  const std::string line = line_of(decision);
  CHECK(line.find("\"findings_more\":8") != std::string::npos);
  CHECK(check_line(line).fault == LineFault::kNone);
}

TEST_CASE("no record is too large to be logged") {
  const std::string nasty(3000, '\x01');  // six bytes each in JSON
  Decision decision = full_decision();
  for (std::string* text : {&decision.method, &decision.tool, &decision.target, &decision.server,
                            &decision.agent, &decision.policy, &decision.rule, &decision.rule_at,
                            &decision.stage, &decision.reason, &decision.verdict, &decision.mode})
    *text = nasty;
  decision.findings.assign(500, Finding{nasty, nasty, nasty});
  decision.events.assign(300, Event{nasty, nasty, 1, 1});
  decision.facts->shell.assign(500, nasty);
  decision.facts->type = nasty;
  decision.facts->sql = nasty;
  decision.tags.assign(500, nasty);

  ToolsListed listed;
  listed.count = 3000;
  listed.tools.assign(3000, {std::string(64, 'a'), "a tool with a name"});

  ToolsChanged changed{nasty, nasty, nasty, nasty, nasty, std::vector<std::string>(400, nasty),
                       nasty, {}};
  changed.events.assign(300, Event{nasty, nasty, 1, 1});

  TrustSnapshot snapshot;
  snapshot.subjects.assign(
      100, {nasty, INT64_MAX, INT64_MAX,
            std::vector<std::array<int64_t, 4>>(9, {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN})});
  const Prune prune{0, Hash{}, std::vector<std::string>(400, nasty), nasty};
  const Erase erase{std::vector<std::string>(400, nasty), nasty, nasty};
  const KeyRotate rotate{nasty, nasty};

  for (const Record& record :
       std::vector<Record>{decision, listed, changed, snapshot, prune, erase, rotate}) {
    const std::string line = line_of(record, (uint64_t{1} << 53) - 1);
    const LineCheck check = check_line(line);
    CAPTURE(line.size(), check.why);
    CHECK(check.fault == LineFault::kNone);
    CHECK(line.size() <= kMaxLineBytes);
  }
  // Findings go first, and as few as need be; what is left out is counted.
  Decision many;
  many.findings.assign(32, Finding{"a", "low", std::string(512, '\x01')});
  const std::string line = line_of(many);
  CHECK(line.size() > kMaxLineBytes - 4000);
  CHECK(line.find("findings_more") != std::string::npos);
  const std::string tools = line_of(listed);
  CHECK(tools.size() > kMaxLineBytes - 200);
  CHECK(tools.find("\"more\":") != std::string::npos);
}

TEST_CASE("what is no UTF-8 is replaced, and large numbers are held within 2^53 - 1") {
  Decision decision;
  decision.reason =
      "a\xff\xfe"
      "b\xed\xa0\x80";
  decision.bytes = INT64_MAX;
  const std::string line = line_of(decision);
  CAPTURE(line);
  CHECK(check_line(line).fault == LineFault::kNone);
  CHECK(line.find("\"bytes\":9007199254740991") != std::string::npos);
}

TEST_CASE("the strict reader refuses every line that is not of the form, and says why") {
  const std::string good = line_of(full_decision());
  REQUIRE(check_line(good).fault == LineFault::kNone);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    const size_t at = line.find(from);
    REQUIRE(at != std::string::npos);
    return line.replace(at, from.size(), to);
  };
  struct Case {
    std::string line;
    LineFault fault;
  };
  const std::vector<Case> cases = {
      {"", LineFault::kForm},
      {"{}", LineFault::kField},
      {"[]", LineFault::kForm},
      {"{", LineFault::kForm},
      {good + " ", LineFault::kForm},
      {" " + good, LineFault::kForm},
      {good + good, LineFault::kForm},
      {good.substr(0, good.size() - 1), LineFault::kForm},
      {with("\"v\":1", "\"v\":2"), LineFault::kVersion},
      {with("\"v\":1", "\"v\":\"1\""), LineFault::kField},
      {with("\"v\":1", "\"v\":1.0"), LineFault::kForm},
      {with("\"v\":1", "\"v\":1e0"), LineFault::kForm},
      {with("\"v\":1", "\"v\":01"), LineFault::kForm},
      {with("\"v\":1", "\"v\":-0"), LineFault::kForm},
      {with("\"v\":1", "\"v\":null"), LineFault::kForm},
      {with("\"v\":1", "\"v\": 1"), LineFault::kForm},
      {with("\"v\":1,", ""), LineFault::kField},
      {with("\"seq\":7", "\"seq\":-7"), LineFault::kField},
      {with("\"seq\":7", "\"seq\":9007199254740992"), LineFault::kForm},
      {with("\"ts\":", "\"us\":"), LineFault::kForm},
      {with("\"type\":\"decision\"", "\"type\":\"decisions\""), LineFault::kField},
      {with("\"wseq\":3", "\"wseq\":-1"), LineFault::kField},
      {with(",\"wseq\":3", ""), LineFault::kField},
      {with("\"w\":\"00", "\"w\":\"AA"), LineFault::kField},
      {with("\"prev\":\"00", "\"prev\":\"0G"), LineFault::kField},
      {with("\"server\":\"fs\"", "\"server\":\"f\\/s\""), LineFault::kForm},
      {with("\"server\":\"fs\"", "\"server\":\"f\\u0041\""), LineFault::kForm},
      {with("\"server\":\"fs\"", "\"server\":\"f\\u0008\""), LineFault::kForm},
      {with("\"server\":\"fs\"", "\"server\":\"f\\u001F\""), LineFault::kForm},
      {with("\"server\":\"fs\"", "\"server\":\"f\\u001f\\b\x7f\xf0\x9f\x98\x80\""),
       LineFault::kNone},
      {with("\"server\":\"fs\"", "\"server\":\"f\\ud83d\""), LineFault::kForm},
      {with("\"server\":\"fs\"", "\"server\":\"f\x01\""), LineFault::kForm},
      {with("\"server\":\"fs\"", "\"server\":\"f\xc0\xaf\""), LineFault::kForm},
      {with("\"server\":\"fs\"", "\"server\":\"f\xed\xa0\x80\""), LineFault::kForm},
      {with("\"server\":\"fs\"", "\"server\":\"f\xf4\x90\x80\x80\""), LineFault::kForm},
      {with("\"server\":\"fs\"", "\"server\":\"fs\",\"server\":\"fs\""), LineFault::kForm},
      {with("\"agent\"", "\"zgent\""), LineFault::kForm},
      {with("\"agent\":\"desk\"", "\"aaa\":[1,{\"b\":true}],\"agent\":\"desk\""), LineFault::kNone},
      {with("\"agent\":\"desk\"", "\"aaa\":[1,],\"agent\":\"desk\""), LineFault::kForm},
      {with("\"agent\":\"desk\"", "\"aaa\":[[[[[[[1]]]]]]],\"agent\":\"desk\""),
       LineFault::kNone},  // 8 deep
      {with("\"agent\":\"desk\"", "\"aaa\":[[[[[[[[1]]]]]]]],\"agent\":\"desk\""),
       LineFault::kForm},
      {std::string(65536, 'x'), LineFault::kSize},
  };
  for (const Case& c : cases) {
    const LineCheck check = check_line(c.line);
    CAPTURE(c.line.substr(0, 900), check.why);
    CHECK(check.fault == c.fault);
  }
}

TEST_CASE("keys sort by UTF-16 code units, as RFC 8785 has it") {
  // U+1F600 is D83D DE00 in UTF-16 and sorts before U+FB33, though its UTF-8 bytes sort after.
  const std::string good = line_of(Operator{});
  const auto with_keys = [&](const std::string& a, const std::string& b) {
    return good.substr(0, good.size() - 1) + ",\"x" + a + "\":1,\"x" + b + "\":2}";
  };
  CHECK(check_line(with_keys("\xf0\x9f\x98\x80", "\xef\xac\xb3")).fault == LineFault::kNone);
  CHECK(check_line(with_keys("\xef\xac\xb3", "\xf0\x9f\x98\x80")).fault == LineFault::kForm);
  CHECK(check_line(with_keys("\\n", "\\r")).fault == LineFault::kNone);
  CHECK(check_line(with_keys("\\r", "\\n")).fault == LineFault::kForm);
  CHECK(check_line(with_keys("\\u0001", "\\n")).fault == LineFault::kNone);
  CHECK(check_line(with_keys("\\\"", "\\\\")).fault == LineFault::kNone);
}

TEST_CASE("a line cut at any length, or with any byte flipped, is never taken for another one") {
  const std::string good = line_of(full_decision());
  for (size_t i = 0; i < good.size(); ++i)
    CHECK(check_line(std::string_view(good).substr(0, i)).fault != LineFault::kNone);
  const Hash leaf = hash_leaf(good);
  for (size_t i = 0; i < good.size(); ++i)
    for (const int bit : {1, 32, 128}) {
      std::string bent = good;
      bent[i] = static_cast<char>(bent[i] ^ bit);
      (void)check_line(bent);  // must not crash; it may be well-formed, but never the same leaf
      CHECK(hash_leaf(bent) != leaf);
    }
}

}  // namespace agentmesh::audit
