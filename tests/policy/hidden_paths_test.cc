// Texts that are no path as they stand: wherever a server that normalises would take them, the hard rules hold.

#include <algorithm>

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::call;
using tests::good;
using tests::say;

constexpr const char* kState = "/home/ann/.local/state/agentmesh";

std::string times(std::string_view unit, size_t count) {
  std::string out;
  while (count-- > 0) out += unit;
  return out;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

Question asked(const char* tool, const std::string& key, const std::string& text) {
  Question question = call(tool, "{\"" + key + "\":\"" + escaped(text) + "\"}");
  question.surroundings.unreadable_paths = {kState};
  question.surroundings.protected_paths = {"/proj/.mcp.json"};
  question.surroundings.resolve = [](std::string_view path) -> Result<std::string> {
    std::string out(path);  // /proj/link leads to /out
    if (out == "/proj/link" || out.starts_with("/proj/link/")) out.replace(0, 10, "/out");
    return out;
  };
  return question;
}

std::vector<std::string> spellings(const std::string& place) {
  const std::string inner = place.substr(1);
  const std::string up = times("../", 12);
  std::string turned = place;
  std::replace(turned.begin(), turned.end(), '/', '\\');
  return {"x y/" + up + inner,
          "a, b/" + up + inner,
          "(x y)/" + up + inner,
          "a; b/" + up + inner,
          "@x y/" + up + inner,
          "/it's\n/.." + place,
          "/a\"b\n/.." + place,
          "/ x/.." + place,
          "/" + times("a/", 2500) + "'" + times("/..", 2501) + place,
          "x y/" + times("a/", 2500) + times("../", 2520) + inner,
          "x:/" + times("a/", 2500) + times("../", 2520) + inner,
          "x y/" + times("\xEF\xBC\x8E\xEF\xBC\x8E/", 12) + inner,
          "x y/" + times("%c0%ae%c0%ae/", 12) + inner,
          "ht\ntp://" + up + inner,
          "caf\xC3\xA9/" + up + inner,
          "caf\xC3\xA9/" + times("./", 2100) + up + inner,
          turned,
          "\\x y\\.." + turned};
}

TEST_CASE("self-protection holds for every spelling, under every key") {
  const auto policy = good("default: allow");
  const std::string key = std::string(kState) + "/keys/state.key";
  for (const char* name : {"path", "source", "uri", "location", "zzz", "content", "old_string"})
    for (const std::string& text : spellings(key)) {
      CAPTURE(name, text.substr(0, 40));
      CHECK(say(ask(*policy, asked("get_file", name, text))) == "deny by self.protected");
    }
  Question keyed = asked("get_file", "x y/" + times("../", 12) + key.substr(1), "1");
  CHECK(say(ask(*policy, keyed)) == "deny by self.protected");
}

TEST_CASE("roots hold for every spelling, under every key that may name a place") {
  const auto policy = good("default: allow\nroots: [/proj]");
  for (const char* name :
       {"path", "source", "destination", "target", "output", "location", "uri"}) {
    for (const std::string& text : spellings("/out/in/secret.txt")) {
      CAPTURE(name, text.substr(0, 40));
      CHECK(say(ask(*policy, asked("move_file", name, text))) == "deny by roots");
    }
    for (const char* text : {"link/se cret.txt", "link/10:30.txt", "link/a\nb", "link\\secret.txt",
                             "link", "/out/a\nb"}) {
      CAPTURE(name, text);
      CHECK(say(ask(*policy, asked("move_file", name, text))) == "deny by roots");
    }
  }
}

TEST_CASE("what is no path is none for the hard rules") {
  const auto policy = good("default: allow\nroots: [/proj]");
  const std::string imports =
      "import a from '../../../a'\nimport b from \"../../../../b\"\nexport { a, b };\n";
  const std::pair<const char*, std::string> texts[] = {
      {"source", imports},
      {"source", "/* see docs/colors */\n.a { color: red }"},
      {"source", "// a/b\nint main() {}"},
      {"from", "\\bfoo\\b"},
      {"to", "Ann / Bob"},
      {"location", "Paris, 10:30"},
      {"uri", "https://example.org/a/../b"},
      {"new", "a\\nb"},
      {"zzz", imports},
      {"zzz", "see x/../../y"},
      {"content", times(imports, 2000)},
      {"source", times(imports, 2000)},
      {"content", "/* see docs/colors */ .a{}"},
      {"content", "/remind me to check a/b"},
      {"text", "/dev/sda1 /mnt ext4"},
      {"content", "The file is docs/../.mcp.json"}};
  for (const auto& [key, text] : texts) {
    CAPTURE(key, text.substr(0, 60));
    CHECK(say(ask(*policy, asked("write_thing", key, text))) == "allow by default");
  }
  std::string notebook = "{\"cells\":[1";
  for (int i = 0; i < 1000; ++i)
    notebook += ",{\"source\":\"" +
                escaped(times(i % 2 == 0 ? imports : "import a from '../../../a'\n", 20)) + "\"}";
  Question cells = asked("write_thing", "x", "y");
  cells.args = notebook + "]}";
  CHECK(say(ask(*policy, cells)) == "allow by default");
  CHECK(ask(*good("default: allow\nextends: [moderate]"),
            call("edit_file", R"({"path":"a.ts","old_string":"../x","new_string":"../y/z"})"))
            .rule != "path-traversal");
}

}  // namespace
}  // namespace agentmesh::policy
