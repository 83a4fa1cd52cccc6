#include "config/policy_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/sandbox_reader.h"
#include "config/schema.h"

namespace agentmesh::config {

namespace {

using policy::PolicySource;
using policy::RuleSource;

const std::vector<std::string_view> kActionWords = {
    "allow", "deny", "require_approval", "redact", "neutralise", "warn", "log"};
const std::vector<std::string_view> kStageWords = {"call", "result", "list", "request"};
const std::vector<std::string_view> kKindWords = {
    "unknown", "read", "query", "write", "network", "message", "export", "execute", "delete"};
const std::vector<std::string_view> kSubjectWords = {"agent", "server", "tool", "rule"};

RuleSource read_rule(const Node& node, const std::string& path, Findings& out) {
  RuleSource rule;
  rule.place = node.place;
  Schema keys(node, path + ".", out);
  const size_t before = out.errors();
  rule.name = keys.text("name").value_or(Text());
  rule.description = keys.string("description").value_or("");
  rule.enabled = keys.boolean("enabled").value_or(true);
  if (const auto stage = keys.word("stage", kStageWords))
    rule.stage = static_cast<policy::Stage>(*stage);
  rule.tool = keys.texts("tool");
  rule.server = keys.texts("server");
  rule.agent = keys.texts("agent");
  if (const Node* args = keys.take("args");
      args != nullptr && expect_map(*args, keys.path("args"), out))
    for (const Entry& entry : args->entries)
      if (auto patterns = read_texts(entry.value, keys.path("args." + entry.key.value), out))
        rule.args.push_back({entry.key, std::move(*patterns)});
  rule.condition = keys.text("condition");
  rule.unless = keys.text("unless");
  if (const Node* action = node.find("action")) rule.action_place = action->place;
  if (const auto action = keys.word("action", kActionWords))
    rule.action = static_cast<policy::Action>(*action);
  rule.limit = keys.text("limit");
  if (auto subjects = keys.texts("limit_by")) {
    for (const Text& subject : *subjects) {
      const auto it = std::find(kSubjectWords.begin(), kSubjectWords.end(), subject.value);
      if (it == kSubjectWords.end())
        keys.error(subject.place, "limit_by", choose(subject.value, kSubjectWords));
      else
        rule.limit_by.push_back(static_cast<policy::Subject>(it - kSubjectWords.begin()));
    }
  }
  if (auto approvers = keys.texts("approvers")) rule.approvers = std::move(*approvers);
  rule.timeout = keys.text("timeout");
  rule.overridable = keys.boolean("overridable").value_or(false);
  if (const Node* below = node.find("trust_below")) rule.trust_below_place = below->place;
  rule.trust_below = keys.integer("trust_below", -1'000'000, 1'000'000);
  rule.priority = keys.integer("priority", -1'000'000'000, 1'000'000'000).value_or(0);
  rule.durable = keys.boolean("durable").value_or(false);
  if (auto tags = keys.texts("tags")) rule.tags = std::move(*tags);
  keys.finish();
  rule.damaged = out.errors() != before;
  return rule;
}

void read_rules(const Node& list, std::string_view key, PolicySource& source, Findings& out) {
  if (!expect_list(list, std::string(key), out)) return;
  for (size_t i = 0; i < list.items.size(); ++i) {
    const std::string path = fmt::format("rules[{}]", i);
    if (expect_map(list.items[i], path, out))
      source.rules.push_back(read_rule(list.items[i], path, out));
  }
}

void read_tools(const Node& map, PolicySource& source, Findings& out) {
  if (!expect_map(map, "tools", out)) return;
  for (const Entry& entry : map.entries) {
    const std::string path = "tools." + entry.key.value;
    if (!expect_map(entry.value, path, out)) continue;
    Schema keys(entry.value, path + ".", out);
    policy::ToolClass tool;
    tool.pattern = entry.key;
    if (const auto kind = keys.word("type", kKindWords))
      tool.kind = static_cast<policy::Kind>(*kind);
    tool.reversible = keys.boolean("reversible");
    tool.sql = keys.strings("sql");
    tool.shell = keys.strings("shell");
    tool.url = keys.strings("url");
    tool.path = keys.strings("path");
    keys.finish();
    source.tools.push_back(std::move(tool));
  }
}

void read_servers(const Node& map, PolicySource& source, Findings& out) {
  if (!expect_map(map, "servers", out)) return;
  for (const Entry& entry : map.entries) {
    const std::string path = "servers." + entry.key.value;
    if (!expect_map(entry.value, path, out)) continue;
    Schema keys(entry.value, path + ".", out);
    policy::ServerClass server;
    server.pattern = entry.key;
    server.is_private = keys.boolean("private").value_or(false);
    server.untrusted = keys.boolean("untrusted").value_or(false);
    keys.finish();
    source.servers.push_back(std::move(server));
  }
}

void read_hosts(const Node& map, PolicySource& source, Findings& out) {
  if (!expect_map(map, "hosts", out)) return;
  Schema keys(map, "hosts.", out);
  policy::Hosts hosts;
  hosts.place = map.place;
  hosts.allow = keys.texts("allow");
  hosts.deny = keys.texts("deny").value_or(std::vector<Text>());
  keys.finish();
  source.hosts = std::move(hosts);
}

void read_pins(const Node& map, PolicySource& source, Findings& out) {
  if (!expect_map(map, "pins", out)) return;
  Schema keys(map, "pins.", out);
  if (const auto first = keys.word("first", {"hold", "pin"}))
    source.first_sight = static_cast<policy::FirstSight>(*first);
  if (const auto changed = keys.word("changed", {"withhold", "review", "warn"}))
    source.changed_pin = static_cast<policy::ChangedPin>(*changed);
  keys.finish();
}

std::vector<Extend> read_extends(const Node& node, Findings& out) {
  std::vector<Extend> extends;
  const auto one = [&](const Node& item, const std::string& path) {
    if (item.is_scalar()) {
      if (auto name = read_text(item, path, out)) extends.push_back({*name, name->place, {}});
      return;
    }
    if (!expect_map(item, path, out)) return;
    Schema keys(item, path + ".", out);
    Extend extend;
    extend.with_place = item.place;
    if (auto name = keys.text("use"))
      extend.name = std::move(*name);
    else if (item.find("use") == nullptr)
      out.error(item.place, path + ": `use` is missing");
    if (const Node* with = keys.take("with");
        with != nullptr && expect_map(*with, keys.path("with"), out)) {
      for (const Entry& entry : item.entries)
        if (&entry.value == with) extend.with_place = entry.key.place;
      extend.arguments = with->entries;
    }
    keys.finish();
    if (!extend.name.value.empty()) extends.push_back(std::move(extend));
  };
  if (!node.is_list()) {
    one(node, "extends");
    return extends;
  }
  for (size_t i = 0; i < node.items.size(); ++i) one(node.items[i], fmt::format("extends[{}]", i));
  return extends;
}

void read_version(Schema& keys, Findings& out) {
  const Node* const version = keys.take("version");
  if (version == nullptr) return;
  if (!version->is_scalar() || version->text.value != "1.0")
    out.error(version->place,
              version->is_scalar()
                  ? fmt::format("version: unknown version '{}' (this program reads \"1.0\")",
                                version->text.value)
                  : "version: expected \"1.0\"");
}

std::string file_stem(const std::string& file) {
  std::string stem = file.substr(file.rfind('/') + 1);
  for (const std::string_view ending : {".yaml", ".yml"})
    if (stem.size() > ending.size() && stem.ends_with(ending)) {
      stem.resize(stem.size() - ending.size());
      break;
    }
  return stem;
}

std::string json_of(Schema& keys, std::string_view key) {
  const Node* const node = keys.take(key);
  return node == nullptr ? "" : to_json(*node);
}

}  // namespace

std::vector<policy::TestCase> read_tests(const Node& list, const std::string& path, Findings& out) {
  std::vector<policy::TestCase> cases;
  if (!expect_list(list, path, out)) return cases;
  for (size_t i = 0; i < list.items.size(); ++i) {
    const Node& node = list.items[i];
    const std::string at = fmt::format("{}[{}]", path, i);
    if (!expect_map(node, at, out)) continue;
    Schema keys(node, at + ".", out);
    policy::TestCase test;
    test.place = node.place;
    test.name = keys.string("name").value_or(fmt::format("case {}", i + 1));
    test.method = keys.string("method").value_or("tools/call");
    if (const auto stage = keys.word("stage", kStageWords))
      test.stage = static_cast<policy::Stage>(*stage);
    test.tool = keys.string("tool").value_or("");
    test.server = keys.string("server").value_or("");
    test.agent = keys.string("agent").value_or("");
    test.args = json_of(keys, "args");
    test.result = json_of(keys, "result");
    test.definition = json_of(keys, "definition");
    test.session = json_of(keys, "session");
    test.trust = keys.integer("trust", 0, 1000);
    if (const Node* time = keys.take("time");
        time != nullptr && expect_map(*time, keys.path("time"), out)) {
      Schema when(*time, keys.path("time."), out);
      test.hour = when.integer("hour", 0, 23);
      test.weekday = when.integer("weekday", 0, 6);
      when.finish();
    }
    test.roots = keys.strings("roots");
    test.changed = keys.boolean("changed").value_or(false);
    if (const auto expect = keys.word("expect", kActionWords))
      test.expect = kActionWords[*expect];
    else if (node.find("expect") == nullptr)
      out.error(node.place, at + ": `expect` is missing");
    test.rule = keys.string("rule").value_or("");
    keys.finish();
    cases.push_back(std::move(test));
  }
  return cases;
}

ReadPolicy read_policy_tree(const Node& root, const std::string& file, Findings& out) {
  ReadPolicy read;
  PolicySource& source = read.source;
  source.file = file;
  source.place = root.place;
  source.place.file = file;
  if (!expect_map(root, "policy", out)) return read;
  Schema keys(root, "", out);
  read_version(keys, out);
  source.name = keys.string("name").value_or(file_stem(file));
  source.description = keys.string("description").value_or("");
  if (const Node* agents = keys.take_either("agents", "agent")) {
    if (auto texts = read_texts(*agents, "agents", out)) source.agents = std::move(*texts);
    if (agents->is_list() && agents->items.empty())
      out.error(agents->place, "agents: an empty list names no agent, so no rule could ever match");
  }
  if (const auto mode = keys.word("mode", {"enforce", "shadow"})) {
    source.mode = static_cast<policy::Mode>(*mode);
    source.mode_place = root.find("mode")->place;
  }
  if (const Node* by_default = keys.take_either("default", "default_action")) {
    if (auto text = read_text(*by_default, "default", out)) {
      if (text->value != "allow" && text->value != "deny")
        out.error(text->place, "default: " + choose(text->value, {"allow", "deny"}));
      source.default_allow = text->value == "allow";
      source.default_place = by_default->place;
    }
  }
  if (const Node* extends = keys.take("extends")) read.extends = read_extends(*extends, out);
  source.roots = keys.texts("roots");
  if (const Node* hosts = keys.take("hosts")) read_hosts(*hosts, source, out);
  if (const Node* pins = keys.take("pins")) read_pins(*pins, source, out);
  if (const auto unknown = keys.word("unknown_methods", {"allow", "deny"}))
    source.allow_unknown_methods = *unknown == 0;
  source.share_session = keys.boolean("share_session");
  if (const Node* servers = keys.take("servers")) read_servers(*servers, source, out);
  if (const Node* tools = keys.take("tools")) read_tools(*tools, source, out);
  if (const Node* rules = keys.take_either("rules", "policies"))
    read_rules(*rules, "rules", source, out);
  if (const Node* tests = keys.take("tests")) source.tests = read_tests(*tests, "tests", out);
  (void)keys.take("params");  // read by params.cc before this tree was made
  if (const Node* sandbox = keys.take("sandbox")) read.sandbox = read_sandbox(*sandbox, out);
  keys.finish();
  return read;
}

}  // namespace agentmesh::config
