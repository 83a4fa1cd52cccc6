// Configurations made up by the thousand, in every syntax: wrapping changes command and args of stdio servers and nothing else,
// wrapping twice is wrapping once, undo gives the very bytes back, and a dry run's diff says what a real run does.

#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "integrations/diff.h"
#include "integrations/wrap.h"
#include "tests/catch.h"
#include "tests/integrations/patched.h"

namespace agentmesh::integrations {
namespace {

class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}

  size_t below(size_t n) { return random_() % n; }
  bool one_in(size_t n) { return below(n) == 0; }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  std::string text(std::initializer_list<const char*> all) {
    return *(all.begin() + static_cast<std::ptrdiff_t>(below(all.size())));
  }

  std::string word() {
    return text({"npx",       "-y",           "/opt/my server/run",
                 "a\\b",      "it's",         "\"q\"",
                 "é😀",        "${HOME}/x",    "--port=1",
                 "",          "x # y",        "{a: b}",
                 "yes",       "1.5",          "\t",
                 "tab\there", "[1]",          "&a",
                 "*",         "- b",          "node",
                 "ünï",       "a,b",          "null",
                 "~",         "C:\\Users\\me"});
  }
  std::string command() {
    return text({"npx", "node", "/opt/my server/run", "uvx", "C:\\Program Files\\x.exe", "it's",
                 "é😀", "./run", "a\\b", "yes", "1"});
  }
  // In double quotes; now and then a letter as `code` spells it ("\\u{:04x}").
  std::string quoted(const std::string& text, const char* code) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\')
        out += std::string("\\") + c;
      else if (c == '\t')
        out += "\\t";
      else if (c >= 'a' && c <= 'z' && one_in(12))
        out += fmt::format(fmt::runtime(code), static_cast<unsigned>(c));
      else
        out += c;
    }
    return out + "\"";
  }
  std::string name() {
    return fmt::format("{}{}", text({"s", "fs ", "é", "a.b", "x/y", "q'"}), ++names_);
  }

 private:
  std::mt19937 random_;
  int names_ = 0;
};

// --- JSON and JSON with comments

class Json {
 public:
  Json(Maker& maker, bool comments)
      : m_(maker), comments_(comments), line_(m_.text({"\n", "\r\n", ""})) {}

  std::string document() {
    std::string out = m_.one_in(5) ? "\xEF\xBB\xBF" : "";
    out += gap() + "{" + gap();
    if (m_.one_in(2))
      out += "\"theme\"" + colon() + "{\"mcpServers\": {\"no\": {\"command\": \"x\"}}}," + gap();
    out += "\"mcpServers\"" + colon() + servers();
    if (m_.one_in(2)) out += "," + gap() + "\"after\"" + colon() + "[1, -2.50e3, null]";
    out += last_comma() + gap() + "}" + (m_.one_in(2) ? gap() : "");
    return out;
  }

 private:
  std::string gap() {
    std::string out;
    for (size_t i = m_.below(3); i > 0; --i) {
      out += m_.text({" ", "\t", "  "});
      if (m_.one_in(2)) out += line_;
      if (comments_ && m_.one_in(6)) out += "/* , ] } \" */";
      if (comments_ && m_.one_in(8) && !line_.empty()) out += "// \"command\": [" + line_;
    }
    return out;
  }
  std::string colon() { return gap() + ":" + gap(); }
  std::string last_comma() { return comments_ && m_.one_in(3) ? gap() + "," : ""; }
  std::string quoted(const std::string& text) { return m_.quoted(text, "\\u{:04x}"); }
  std::string list() {
    std::string out = "[";
    const size_t count = m_.below(4);
    for (size_t i = 0; i < count; ++i)
      out += (i > 0 ? "," : "") + gap() + quoted(m_.word()) + gap();
    return out + (count > 0 ? last_comma() : "") + gap() + "]";
  }
  std::string servers() {
    std::string out = "{" + gap();
    const size_t count = m_.below(5);
    std::string before;
    for (size_t i = 0; i < count; ++i) {
      const std::string name = !before.empty() && m_.one_in(8) ? before : m_.name();
      out += (i > 0 ? "," + gap() : "") + quoted(name) + colon() + entry();
      before = name;
    }
    return out + (count > 0 ? last_comma() : "") + gap() + "}";
  }
  std::string entry() {
    std::vector<std::string> members;
    if (!m_.one_in(10)) members.push_back("\"command\"" + colon() + quoted(m_.command()));
    if (m_.one_in(12)) members.push_back("\"comm\\u0061nd\"" + colon() + quoted("twice"));
    if (!m_.one_in(3))
      members.insert(m_.one_in(2) ? members.begin() : members.end(), "\"args\"" + colon() + list());
    if (m_.one_in(8)) members.push_back("\"url\"" + colon() + "\"https://x\"");
    if (m_.one_in(3))
      members.push_back("\"env\"" + colon() + "{\"command\": \"e\"," + gap() + "\"args\": []}");
    if (m_.one_in(4)) members.push_back("\"disabled\"" + colon() + "true");
    if (m_.one_in(5))
      members.insert(members.begin(),
                     "\"deep\"" + colon() + std::string(100, '[') + std::string(100, ']'));
    std::string out = "{" + gap();
    for (size_t i = 0; i < members.size(); ++i) out += (i > 0 ? "," + gap() : "") + members[i];
    return out + (members.empty() ? "" : last_comma()) + gap() + "}";
  }

  Maker& m_;
  bool comments_;
  std::string line_;
};

// --- TOML

class Toml {
 public:
  explicit Toml(Maker& maker) : m_(maker), line_(m_.text({"\n", "\r\n"})) {}

  std::string document() {
    std::string out = m_.one_in(6) ? "\xEF\xBB\xBF" : "";
    out += "model = \"m\"" + end();
    const size_t tables = m_.below(4);
    for (size_t i = 0; i < tables; ++i) out += table();
    if (m_.one_in(2)) out += "[other]" + end() + "command = \"npx\"" + end();
    if (m_.one_in(2)) {
      out += "[mcp_servers]" + end();
      for (size_t i = m_.below(3); i > 0; --i) out += key() + " = " + inline_table() + end();
    }
    if (m_.one_in(3)) out.resize(out.size() - line_.size());
    return out;
  }

 private:
  std::string end() {
    std::string out = m_.one_in(5) ? " # \"command\" = [" : m_.one_in(6) ? "  " : "";
    out += line_;
    if (m_.one_in(6)) out += line_;
    if (m_.one_in(9)) out += "# args = [" + line_;
    return out;
  }
  std::string key() { return quoted(m_.name(), true); }
  std::string quoted(const std::string& text, bool basic = false) {
    const bool literal =
        text.find('\'') == std::string::npos && text.find('\t') == std::string::npos;
    if (!basic && literal && m_.one_in(3)) return "'" + text + "'";
    return m_.quoted(text, "\\u{:04X}");
  }
  std::string list(bool lines) {
    std::string out = "[";
    const size_t count = m_.below(4);
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) out += ",";
      if (lines && m_.one_in(2)) out += (m_.one_in(4) ? " # ]" : "") + line_ + "    ";
      out += m_.text({"", " "}) + quoted(m_.word());
    }
    if (lines && count > 0 && m_.one_in(3)) out += "," + line_;
    return out + m_.text({"", " "}) + "]";
  }
  std::string table() {
    const std::string name = key();
    std::string out = "[mcp_servers." + name + "]" + end();
    std::vector<std::string> members;
    if (!m_.one_in(10)) members.push_back("command = " + quoted(m_.command()));
    if (!m_.one_in(3))
      members.insert(m_.one_in(2) ? members.begin() : members.end(),
                     m_.text({"args", "\"args\""}) + " = " + list(true));
    if (m_.one_in(8)) members.emplace_back("url = \"https://x\"");
    if (m_.one_in(3)) members.emplace_back("startup_timeout_sec = 1.50");
    if (m_.one_in(3)) members.emplace_back("env = { command = \"e\", args = \"no\" }");
    for (const std::string& member : members) out += m_.text({"", "  ", "\t"}) + member + end();
    if (m_.one_in(4))
      out += "[mcp_servers." + name + ".tools.t]" + end() + "command = \"no\"" + end();
    return out;
  }
  std::string inline_table() {
    std::string out = "{" + m_.text({"", " "}) + "command = " + quoted(m_.command());
    if (m_.one_in(2)) out += m_.text({", ", " ,"}) + "args=" + list(false);
    if (m_.one_in(3)) out += ", enabled = false";
    return out + m_.text({"", " "}) + "}";
  }

  Maker& m_;
  std::string line_;
};

// --- YAML

class Yaml {
 public:
  explicit Yaml(Maker& maker) : m_(maker), line_(m_.text({"\n", "\r\n"})) {}

  std::string document() {
    std::string out = m_.one_in(6) ? "\xEF\xBB\xBF" : "";
    if (m_.one_in(2)) out += "name: mine" + end();
    out += "mcpServers:";
    const size_t count = m_.below(4);
    if (count == 0) return out + " []" + line_;
    out += end();
    const std::string indent = m_.text({"", "  ", "    "});
    for (size_t i = 0; i < count; ++i) out += m_.one_in(3) ? flow(indent) : block(indent);
    if (m_.one_in(2)) out += "models:" + end() + "  - name: y" + end();
    if (m_.one_in(3)) out.resize(out.size() - line_.size());
    return out;
  }

 private:
  std::string end() {
    std::string out = m_.one_in(5) ? " # command: [" : "";
    out += line_;
    if (m_.one_in(7)) out += line_;
    if (m_.one_in(9)) out += "# args:" + line_;
    return out;
  }
  std::string scalar(const std::string& text) {
    const bool simple =
        !text.empty() && text.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.") ==
                             std::string::npos;
    if (simple && m_.one_in(2)) return text;
    if (text.find('\t') == std::string::npos && m_.one_in(2)) {
      std::string out = "'";
      for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
      return out + "'";
    }
    return m_.quoted(text, "\\x{:02x}");
  }
  std::string list() {
    std::string out = "[";
    for (size_t i = 0, count = m_.below(4); i < count; ++i)
      out += (i > 0 ? m_.text({",", ", "}) : "") + scalar(m_.word());
    return out + m_.text({"", " "}) + "]";
  }
  std::string block(const std::string& indent) {
    std::vector<std::string> members = {"name: " + scalar(m_.name()) + end()};
    const auto anywhere = [&] {
      return members.begin() + static_cast<std::ptrdiff_t>(m_.below(members.size() + 1));
    };
    if (!m_.one_in(10)) members.insert(anywhere(), "command: " + scalar(m_.command()) + end());
    const std::string inner = indent + "  ";
    if (m_.one_in(3)) {
      members.insert(anywhere(), "args: " + list() + end());
    } else if (!m_.one_in(3)) {
      std::string items = "args:" + end();
      const std::string dash = inner + m_.text({"", "  "});
      for (size_t i = 0, count = 1 + m_.below(3); i < count; ++i)
        items += dash + "- " + scalar(m_.word()) + end();
      members.insert(anywhere(), items);
    }
    if (m_.one_in(8)) members.push_back("url: https://x" + end());
    if (m_.one_in(3)) members.push_back("env:" + line_ + inner + "  command: e" + end());
    std::string out;
    for (size_t i = 0; i < members.size(); ++i)
      out += (i == 0 ? indent + "- " : inner) + members[i];
    return out;
  }
  std::string flow(const std::string& indent) {
    std::string out =
        indent + "- {name: " + scalar(m_.name()) + ", command: " + scalar(m_.command());
    if (m_.one_in(2)) out += ", args: " + list();
    if (m_.one_in(3)) out += ", env: {command: e}";
    return out + "}" + end();
  }

  Maker& m_;
  std::string line_;
};

// ---

std::string raw(std::string_view text, Span span) {
  return std::string(text.substr(span.begin, span.end - span.begin));
}

// What is in an entry besides command and args, as it is written.
std::vector<std::string> rest_of(const Document& document, const Entry& entry) {
  std::vector<std::string> out;
  for (const Field& field : entry.fields) {
    if (field.key == "command" || field.key == "args") continue;
    out.push_back(raw(document.text, field.key_span) + " " + raw(document.text, field.value));
  }
  return out;
}

const RunOptions kRun{"/opt/agentmesh", "strict", "", ""};
// What is wrapped already is brought up to date with it.
const RunOptions kLater{"/opt/new/agentmesh", "moderate", "/s", "/c", "/s", "/c", true, true};

// What a dry run prints makes the bytes that a real run writes.
void check_diff(const std::string& text, const std::vector<Edit>& edits) {
  const std::string diff = unified_diff("f", text, edits);
  CAPTURE(diff);
  CHECK(tests::patched(text, diff).value_or("(no such diff)") == edited(text, edits));
}

// The parsed difference, entry by entry.
void check_difference(const Document& before, const Document& after) {
  REQUIRE(before.entries.size() == after.entries.size());
  for (size_t i = 0; i < before.entries.size(); ++i) {
    const Entry& was = before.entries[i];
    const Entry& is = after.entries[i];
    CHECK(was.name == is.name);
    CHECK(rest_of(before, was) == rest_of(after, is));
    if (was.standing != Standing::kStdio) {
      CHECK(was.standing == is.standing);
      continue;
    }
    REQUIRE(is.standing == Standing::kOurs);
    CHECK(is.command_field().text == kRun.own_path);
    std::vector<std::string> wanted = {"proxy"};
    if (was.name.starts_with('-'))
      wanted.push_back("--name=" + was.name);
    else
      wanted.insert(wanted.end(), {"--name", was.name});
    wanted.insert(wanted.end(), {"--policy", kRun.policy, "--", was.command_field().text});
    if (was.has_args()) wanted.insert(wanted.end(), was.words().begin(), was.words().end());
    CHECK(is.words() == wanted);
  }
}

// True if something was wrapped.
bool check(const Client& client, const std::string& text) {
  CAPTURE(client.flag, text);
  const auto before = read_document(text, client, "f");
  if (!before) FAIL(before.error().what);
  const auto plan = wrap(*before, {}, kRun);
  if (!plan) FAIL(plan.error().what);
  const std::string wrapped = edited(text, plan->edits);
  const auto after = read_document(wrapped, client, "f");
  if (!after) FAIL(after.error().what);
  check_difference(*before, *after);
  check_diff(text, plan->edits);

  const auto twice = wrap(*after, {}, kRun);
  REQUIRE(twice);
  CHECK(twice->edits.empty());

  std::set<EntryId> added;
  for (const Outcome& outcome : plan->outcomes)
    if (outcome.args_added) added.insert(outcome.entry.id());
  const auto undo =
      unwrap(*after, {}, [&](const Entry& entry) { return added.contains(entry.id()); });
  REQUIRE(undo);
  CHECK(edited(wrapped, undo->edits) == text);
  check_diff(wrapped, undo->edits);
  const auto update = wrap(*after, {}, kLater);
  REQUIRE(update);
  CHECK(update->edits.empty() == plan->edits.empty());
  check_diff(wrapped, update->edits);
  return !plan->edits.empty();
}

constexpr uint32_t kFiles = 1500;

template <class Make>
void check_many(const char* flag, Make make) {
  uint32_t changed = 0;
  for (uint32_t seed = 0; seed < kFiles; ++seed) {
    Maker maker(seed);
    changed += check(*find_client(flag), make(maker)) ? 1U : 0U;
  }
  CHECK(changed > kFiles / 2);
}

TEST_CASE("made-up files: JSON") {
  check_many("claude", [](Maker& m) { return Json(m, false).document(); });
}
TEST_CASE("made-up files: JSON with comments and trailing commas") {
  check_many("gemini", [](Maker& m) { return Json(m, true).document(); });
}
TEST_CASE("made-up files: TOML") {
  check_many("codex", [](Maker& m) { return Toml(m).document(); });
}
TEST_CASE("made-up files: YAML") {
  check_many("continue", [](Maker& m) { return Yaml(m).document(); });
}

}  // namespace
}  // namespace agentmesh::integrations
