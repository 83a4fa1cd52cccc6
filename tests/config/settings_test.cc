#include "config/settings.h"

#include <sys/stat.h>

#include <cstdlib>
#include <regex>
#include <string>

#include <fmt/format.h>

#include "base/files.h"
#include "config/paths.h"
#include "tests/catch.h"
#include "tests/temp_directory.h"

namespace agentmesh::config {
namespace {

TEST_CASE("without a file everything has its default") {
  const LoadedSettings loaded = load_settings("/nonexistent/agentmesh.yaml", false);
  CHECK_FALSE(loaded.failed);
  CHECK(loaded.settings.policy == "moderate");
  CHECK_FALSE(loaded.settings.mode);
  CHECK(loaded.settings.proxy.max_message_bytes == 67'108'864);
}

TEST_CASE("a file that was named and is not there is an error that names it once") {
  const LoadedSettings loaded = load_settings("/nonexistent/agentmesh.yaml", true);
  CHECK(loaded.failed);
  REQUIRE(loaded.diagnostics.size() == 1);
  CHECK(policy::to_string(loaded.diagnostics.front()) ==
        "/nonexistent/agentmesh.yaml: No such file or directory");
}

TEST_CASE("a file in which everything is commented out is no mistake") {
  for (const char* text : {"", "\n", "# mode: shadow\n", "---\n"}) {
    CAPTURE(text);
    const LoadedSettings loaded = read_settings(text, "agentmesh.yaml");
    CHECK_FALSE(loaded.failed);
    CHECK(loaded.diagnostics.empty());
    CHECK(loaded.settings.policy == "moderate");
  }
}

TEST_CASE("every key of agentmesh.yaml arrives where it belongs") {
  const LoadedSettings loaded = read_settings(R"(
policy: team/strict.yaml
mode: shadow
footer: meta
deny_as: error
agent: desk
max_message_bytes: 1048576
max_inspected_bytes: 65536
max_sessions: 12
max_outstanding: 10
call_timeout_ms: 5000
shutdown_ms: {eof: 1, busy: 2, term: 3}
audit:
  log: team-a
  origin: example.org/log
  durability: durable
  segment_bytes: 4096
  checkpoint_records: 7
  checkpoint_ms: 8
  payloads: full
  on_error: allow
  on_damage: seal
  timeout_ms: 9
  keep_days: 30
  max_bytes_per_hour: 1000000
trust: {prior: 0.5, strength: 10, half_life: 3d, breaker: {failures: 5, wait: 30s, max: 5m, deadline: 90s}}
groups: {security-team: [1000, 1001], ops: 0}
identity: {sponsor: Ann Lee}
)",
                                              "/etc/am/agentmesh.yaml");
  for (const auto& d : loaded.diagnostics) UNSCOPED_INFO(to_string(d));
  REQUIRE_FALSE(loaded.failed);
  const Settings& s = loaded.settings;
  CHECK(s.policy == "/etc/am/team/strict.yaml");
  CHECK(s.mode == policy::Mode::kShadow);
  CHECK(s.on_damage_given);
  CHECK(s.groups.at("security-team") == std::vector<uint32_t>{1000, 1001});
  CHECK(s.groups.at("ops") == std::vector<uint32_t>{0});
  const proxy::Options& p = s.proxy;
  CHECK(p.footer == proxy::Footer::kMeta);
  CHECK(p.deny_as == proxy::DenyAs::kError);
  CHECK(p.agent == "desk");
  CHECK(p.max_message_bytes == 1048576);
  CHECK(p.max_inspected_bytes == 65536);
  CHECK(p.max_sessions == 12);
  CHECK(p.max_outstanding == 10);
  CHECK(p.call_timeout_ms == 5000);
  CHECK(p.shutdown.eof_ms == 1);
  CHECK(p.shutdown.busy_ms == 2);
  CHECK(p.shutdown.term_ms == 3);
  CHECK(p.audit.log == "team-a");
  CHECK(p.audit.origin == "example.org/log");
  CHECK(p.audit.durability == audit::Durability::kDurable);
  CHECK(p.audit.segment_bytes == 4096);
  CHECK(p.audit.checkpoint_records == 7);
  CHECK(p.audit.checkpoint_ms == 8);
  CHECK(p.audit.payloads == audit::Payloads::kFull);
  CHECK(p.audit.on_error == audit::OnError::kAllow);
  CHECK(p.audit.on_damage == audit::OnDamage::kSeal);
  CHECK(p.audit.timeout_ms == 9);
  CHECK(p.audit.keep_days == 30);
  CHECK(p.audit.max_bytes_per_hour == 1'000'000);
  CHECK(p.trust.prior == 0.5);
  CHECK(p.trust.strength == 10);
  CHECK(p.trust.half_life_us == 3LL * 24 * 3600 * 1'000'000);
  CHECK(p.breaker.failures == 5);
  CHECK(p.breaker.wait_ms == 30'000);
  CHECK(p.breaker.max_wait_ms == 300'000);
  CHECK(p.breaker.deadline_ms == 90'000);
  CHECK(p.sponsor == "Ann Lee");
}

TEST_CASE("the page about settings names every key, and what it shows are the defaults") {
  const auto page = read_file(AGENTMESH_SOURCE_DIR "/docs/settings.md");
  const auto of_audit = read_file(AGENTMESH_SOURCE_DIR "/docs/audit.md");
  const auto source = read_file(AGENTMESH_SOURCE_DIR "/config/settings.cc");
  REQUIRE(page);
  REQUIRE(of_audit);
  REQUIRE(source);
  const std::regex key(R"re((?:keys|inner)\.(?:integer|word|string|text|take|real)\("(\w+)")re");
  size_t keys = 0;
  for (std::sregex_iterator at(source->begin(), source->end(), key), end; at != end; ++at, ++keys) {
    const std::string name = (*at)[1];
    CAPTURE(name);
    CHECK((page->find(name) != std::string::npos ||
           of_audit->find(name + ": ") != std::string::npos));
  }
  CHECK(keys > 20);
  const size_t begin = page->find("```yaml\n") + 8;
  const std::string shown = page->substr(begin, page->find("```", begin) - begin);
  const LoadedSettings loaded = read_settings(shown, "settings.md");
  for (const auto& d : loaded.diagnostics) UNSCOPED_INFO(to_string(d));
  REQUIRE_FALSE(loaded.failed);
  const proxy::Options shows = loaded.settings.proxy;
  const proxy::Options defaults;
  CHECK(loaded.settings.policy == Settings().policy);
  CHECK(shows.max_message_bytes == defaults.max_message_bytes);
  CHECK(shows.max_inspected_bytes == defaults.max_inspected_bytes);
  CHECK(shows.max_outstanding == defaults.max_outstanding);
  CHECK(shows.max_sessions == defaults.max_sessions);
  CHECK(shows.call_timeout_ms == defaults.call_timeout_ms);
  CHECK(shows.shutdown.busy_ms == defaults.shutdown.busy_ms);
  CHECK(shows.audit.max_bytes_per_hour == defaults.audit.max_bytes_per_hour);
  CHECK(shows.trust.half_life_us == defaults.trust.half_life_us);
  CHECK(shows.breaker.deadline_ms == defaults.breaker.deadline_ms);
}

// Every field that the file can set.
std::string spelled(const Settings& s) {
  std::string groups;
  for (const auto& [name, uids] : s.groups)
    groups += fmt::format("{}={} ", name, fmt::join(uids, ","));
  const proxy::Options& p = s.proxy;
  const audit::Options& a = p.audit;
  return fmt::format(
      "{} {} {} {} {}\n{} {} {} {} {} {} {} {} {} {} {} {}\n{} {} {} {} {} {} {} {} {} {} {} {}\n"
      "{} {} {} {} {} {} {}",
      s.policy, s.policy_place.line, s.mode.has_value(), s.on_damage_given, groups,
      static_cast<int>(p.footer), static_cast<int>(p.deny_as), p.agent, p.max_message_bytes,
      p.max_inspected_bytes, p.max_sessions, p.max_outstanding, p.call_timeout_ms,
      p.shutdown.eof_ms, p.shutdown.busy_ms, p.shutdown.term_ms, p.sponsor, a.log, a.origin,
      static_cast<int>(a.durability), a.segment_bytes, a.checkpoint_records, a.checkpoint_ms,
      static_cast<int>(a.payloads), static_cast<int>(a.on_error), static_cast<int>(a.on_damage),
      a.timeout_ms, a.keep_days, a.max_bytes_per_hour, p.trust.prior, p.trust.strength,
      p.trust.half_life_us, p.breaker.failures, p.breaker.wait_ms, p.breaker.max_wait_ms,
      p.breaker.deadline_ms);
}

TEST_CASE("what is complained of counts for nothing: its key keeps the default") {
  const char* const cases[] = {
      "policy: [strict]",
      "mode: loud",
      "footer: up",
      "deny_as: no",
      "agent: [a]",
      "max_message_bytes: 1",
      "max_inspected_bytes: 1",
      "max_sessions: -1",
      "max_outstanding: 0",
      "call_timeout_ms: -1",
      "shutdown_ms: {eof: -1}",
      "shutdown_ms: {busy: -1}",
      "shutdown_ms: {term: -1}",
      "audit: {log: ../../x}",
      "audit: {log: ''}",
      "audit: {origin: a b}",
      "audit: {origin: ''}",
      "audit: {durability: fast}",
      "audit: {segment_bytes: 1}",
      "audit: {checkpoint_records: 0}",
      "audit: {checkpoint_ms: 0}",
      "audit: {payloads: some}",
      "audit: {on_error: maybe}",
      "audit: {on_damage: maybe}",
      "audit: {timeout_ms: 0}",
      "audit: {keep_days: -1}",
      "audit: {max_bytes_per_hour: -1}",
      "trust: {prior: 2}",
      "trust: {strength: 0}",
      "trust: {half_life: 7x}",
      "trust: {breaker: {failures: -1}}",
      "trust: {breaker: {wait: soon}}",
      "trust: {breaker: {wait: 366d}}",
      "trust: {breaker: {wait: 10m, max: 1m}}",
      "trust: {breaker: {max: 1ms}}",
      "trust: {breaker: {deadline: 366d}}",
      "trust: {breaker: 1}",
      "groups: {ops: [1, ann]}",
      "groups: {ops: -1}",
      "identity: {sponsor: [Ann]}",
      "identity: Ann",
  };
  const std::string defaults = spelled(Settings());
  std::string tried;
  for (const char* text : cases) {
    CAPTURE(text);
    const LoadedSettings loaded = read_settings(text, "a.yaml");
    CHECK(loaded.failed);
    CHECK(spelled(loaded.settings) == defaults);
    tried += std::string(text) + "\n";
  }
  // What stands beside it counts.
  CHECK(read_settings("audit: {log: A B}\nfooter: off\n", "a.yaml").settings.proxy.footer ==
        proxy::Footer::kOff);
  const auto source = read_file(AGENTMESH_SOURCE_DIR "/config/settings.cc");
  REQUIRE(source);
  const std::regex key(
      R"re((?:keys\.(?:integer|word|string|text|take|real)|inner\.integer|span_us|span_ms)\((?:keys, |inner, )?"(\w+)")re");
  for (std::sregex_iterator at(source->begin(), source->end(), key), end; at != end; ++at) {
    const std::string name = (*at)[1];
    CAPTURE(name);
    CHECK(tried.find(name + ": ") != std::string::npos);
  }
}

TEST_CASE("an unknown key or a bad value names file, line and key") {
  struct Case {
    const char* text;
    const char* remark;
  };
  const Case cases[] = {
      {"policy: \"strict\n", "a.yaml:1:9: this quote is never closed"},
      {"policy: strict\nmode:enforce\n", "a.yaml:2:1: 'mode:enforce' has no ': ' behind it"},
      {"polcy: strict\n", "a.yaml:1:1: unknown key 'polcy'; did you mean 'policy'?"},
      {"audit: {durabilty: written}\n",
       "a.yaml:1:9: audit: unknown key 'durabilty'; did you mean 'durability'?"},
      {"audit: {durability: fast}\n",
       "a.yaml:1:21: audit.durability: unknown 'fast' (use queued, written, durable)"},
      {"audit: {segment_bytes: 100}\n",
       "a.yaml:1:24: audit.segment_bytes: '100' is not a whole number between 4096 and 1099511627776"},
      {"audit: {log: A B}\n", "a.yaml:1:14: audit.log: a log's name is 1 to 32 of a-z, 0-9 and -"},
      {"audit: {origin: a b}\n", "a.yaml:1:17: audit.origin: an origin holds no spaces and no +"},
      {"trust: {half_life: 7}\n",
       "a.yaml:1:20: trust.half_life: expected a text, found a number (put '7' in quotes)"},
      {"trust: {half_life: 7x}\n",
       "a.yaml:1:20: trust.half_life: '7x' is not a span of time (use 500ms, 50s, 10m, 24h, 7d)"},
      {"trust: {half_life: 999d}\n",
       "a.yaml:1:20: trust.half_life: '999d' is not between 1ms and 366d"},
      {"trust: {prior: 2}\n", "a.yaml:1:16: trust.prior: '2' is not a number between 0 and 1"},
      {"trust: {breaker: {wait: 10m, max: 1m}}\n",
       "a.yaml:1:18: trust.breaker: `max` is shorter than `wait`"},
      {"groups: {ops: [ann]}\n",
       "a.yaml:1:16: groups.ops: expected a user id (a number), found a text"},
      {"groups: {ops: -1}\n",
       "a.yaml:1:15: groups.ops: expected a user id (a number), found a number"},
      {"max_outstanding: 0\n",
       "a.yaml:1:18: max_outstanding: '0' is not a whole number between 1 and 16777216"},
      {"shutdown_ms: 5\n", "a.yaml:1:14: shutdown_ms: expected a map, found a number"},
      {"mode: shadow\nmode: enforce\n",
       "a.yaml:2:1: key 'mode' is given twice; the first is at line 1"},
      {"- policy\n", "a.yaml:1:1: agentmesh.yaml: expected a map, found a list"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const LoadedSettings loaded = read_settings(c.text, "a.yaml");
    REQUIRE(loaded.failed);
    CHECK(to_string(loaded.diagnostics.front()) == c.remark);
  }
}

Environment with(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> std::optional<std::string> {
    const auto it = values.find(name);
    if (it == values.end() || it->second.empty()) return std::nullopt;
    return it->second;
  };
}

TEST_CASE("the state directory: the option, AGENTMESH_HOME, XDG_STATE_HOME, the home directory") {
  CHECK(state_directory("/s", with({{"AGENTMESH_HOME", "/a"}})).value() == "/s");
  CHECK(state_directory("", with({{"AGENTMESH_HOME", "/a/../b"}, {"XDG_STATE_HOME", "/x"}}))
            .value() == "/b");
  CHECK(state_directory("", with({{"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}})).value() ==
        "/x/agentmesh");
  CHECK(state_directory("", with({{"XDG_STATE_HOME", "relative"}, {"HOME", "/h"}})).value() ==
        "/h/.local/state/agentmesh");
  CHECK(state_directory("", with({{"HOME", "/h"}})).value() == "/h/.local/state/agentmesh");
}

TEST_CASE("a line to type names the state directory where a reader's terminal would not find it") {
  const auto words = [](const std::vector<Environment>& readers) {
    return state_words("/h/.local/state/agentmesh", readers);
  };
  constexpr const char* kNamed = " --state-dir /h/.local/state/agentmesh";
  CHECK(words({with({{"HOME", "/h"}})}).empty());
  CHECK(words({with({{"HOME", "/other"}})}) == kNamed);
  CHECK(words({with({{"HOME", "/h"}, {"XDG_STATE_HOME", "/x"}})}) == kNamed);
  CHECK(words({with({{"HOME", "/h"}, {"AGENTMESH_HOME", "/a"}})}) == kNamed);
  // A client's entry sets it for its proxy, and no terminal has it.
  CHECK(words({with({{"HOME", "/other"}, {"AGENTMESH_HOME", "/h/.local/state/agentmesh"}})}) ==
        kNamed);
  CHECK(words({with({{"HOME", "/h"}}), with({{"HOME", "/other"}})}) == kNamed);
  CHECK(words({with({{"HOME", "/h"}}), with({{"HOME", "/h"}})}).empty());
  CHECK(state_words("/st 7/it's", {with({{"HOME", "/h"}})}) == R"( --state-dir '/st 7/it'\''s')");
}

TEST_CASE("a policy below ~ is in the home that the settings are in, whatever HOME says") {
  const char* home = std::getenv("HOME");
  const std::string before = home != nullptr ? home : "";
  ::setenv("HOME", "/other", 1);
  const auto policy = [](const std::string& file) {
    return read_settings("policy: ~/mine.yaml", file).settings.policy;
  };
  CHECK(policy("/home/ann/.config/agentmesh/agentmesh.yaml") == "/home/ann/mine.yaml");
  CHECK(policy("/etc/agentmesh.yaml") == "/other/mine.yaml");
  CHECK(policy("/.config/agentmesh/agentmesh.yaml") == "/other/mine.yaml");
  if (home != nullptr) ::setenv("HOME", before.c_str(), 1);
}

TEST_CASE("the configuration file is required only when it was named") {
  CHECK(config_file("/c.yaml", with({})).value().path == "/c.yaml");
  CHECK(config_file("/c.yaml", with({})).value().required);
  CHECK(config_file("", with({{"XDG_CONFIG_HOME", "/x"}})).value().path ==
        "/x/agentmesh/agentmesh.yaml");
  CHECK(config_file("", with({{"HOME", "/h"}})).value().path ==
        "/h/.config/agentmesh/agentmesh.yaml");
  CHECK_FALSE(config_file("", with({{"HOME", "/h"}})).value().required);
}

TEST_CASE("settings that are named in a usual place may be missing, as they may there anyway") {
  const Environment here = with({{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/x"}});
  for (const char* usual :
       {"/h/.config/agentmesh/agentmesh.yaml", "/another/.config/agentmesh/agentmesh.yaml",
        "/h/a/../.config/agentmesh/agentmesh.yaml", "/x/agentmesh/agentmesh.yaml"}) {
    CAPTURE(usual);
    CHECK_FALSE(config_file(usual, here).value().required);
  }
  for (const char* named :
       {"/etc/agentmesh/agentmesh.yaml", "/h/.config/agentmesh/other.yaml",
        "/h/.config/agentmesh.yaml", "/h/my.config/agentmesh/agentmesh.yaml", "/dev/null"}) {
    CAPTURE(named);
    CHECK(config_file(named, here).value().required);
  }
}

TEST_CASE("a pipe in the place of the settings is an error, and is not waited for") {
  const tests::TempDirectory directory;
  const std::string pipe = directory / "agentmesh.yaml";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const LoadedSettings loaded = load_settings(pipe, false);
  CHECK(loaded.failed);
}

}  // namespace
}  // namespace agentmesh::config
