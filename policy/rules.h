// Rules: what a policy file says, as plain values with the place each came from. config/ fills these in from YAML;
// Policy::compile() judges them. Nothing here knows YAML, and nothing here has been checked beyond its type.
//
// A parent (`extends`) is a whole PolicySource inside its child: already read, its parameters already put in.
// Thread: values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/verdict.h"

namespace agentmesh::policy {

// Where something stands in a text. Lines and columns from 1, columns in characters; 0: not known.
struct Place {
  std::string file;  // as errors name it
  int line = 0;
  int column = 0;

  bool operator==(const Place&) const = default;
};
// "strict.yaml:14:9", or as much of it as is known.
std::string to_string(const Place& place);

// A mistake (or a doubt) in a policy's text.
struct Diagnostic {
  enum class Level : uint8_t { kError, kWarning };
  Level level = Level::kError;
  Place place;
  std::string message;  // with the hint: "unknown name 'tool_name'; did you mean 'tool'?"
};
// "strict.yaml:14:9: rules[2].limit: unknown unit 'm' …"
std::string to_string(const Diagnostic& diagnostic);
// In the order of the text: by file in the order of first mention, then line and column.
void sort_by_place(std::vector<Diagnostic>& diagnostics);

// A scalar and where its bytes stand. `anchors` are the points where reading on by one character stops being true
// (escapes, folded lines), in order of offset.
struct Text {
  struct Anchor {
    size_t offset = 0;  // into value
    int line = 0;
    int column = 0;
  };
  std::string value;
  Place place;
  std::vector<Anchor> anchors;

  // The place of value[offset].
  Place at(size_t offset) const;
};

enum class Mode : uint8_t { kEnforce, kShadow };
enum class FirstSight : uint8_t { kHold, kPin };
enum class ChangedPin : uint8_t { kWithhold, kReview, kWarn };
enum class Subject : uint8_t { kAgent, kServer, kTool, kRule };  // of limit_by

// What a call does, from harmless to dangerous. The order is the one in which a name with two kinds of words is judged.
enum class Kind : uint8_t {
  kUnknown,
  kRead,
  kQuery,
  kWrite,
  kNetwork,
  kMessage,
  kExport,
  kExecute,
  kDelete,
};
std::string_view to_string(Kind kind);  // "unknown", "read", …
std::optional<Kind> kind_from(std::string_view word);
std::optional<Action> action_from(std::string_view word);
std::optional<Stage> stage_from(std::string_view word);
std::string_view to_string(Stage stage);  // "call", "result", "list", "request"

// A span of time as policies and settings write it: a count with ms, s, m, h or d, such as "50s": microseconds, more than 0, at most 366 days.
Result<int64_t> parse_span(std::string_view text);

// `args:` of a rule: one named argument ("*": any string at any depth) and the patterns of which one must match.
struct ArgMatcher {
  Text name;
  std::vector<Text> patterns;
};

struct RuleSource {
  Place place;           // the start of the rule
  bool damaged = false;  // part of it could not be read (an error by now): not judged further
  Text name;
  std::string description;
  bool enabled = true;
  Stage stage = Stage::kCall;
  std::optional<std::vector<Text>> tool;  // globs and /regexes/; absent: any
  std::optional<std::vector<Text>> server;
  std::optional<std::vector<Text>> agent;
  std::vector<ArgMatcher> args;
  std::optional<Text> condition;
  std::optional<Text> unless;
  std::optional<Action> action;
  Place action_place;
  std::optional<Text> limit;      // "100/hour"
  std::vector<Subject> limit_by;  // empty: agent and server
  std::vector<Text> approvers;
  std::optional<Text> timeout;  // of an approval: "50s", "10m"
  bool overridable = false;
  std::optional<int64_t> trust_below;
  Place trust_below_place;
  int64_t priority = 0;
  bool durable = false;
  std::vector<Text> tags;
};

// One line of `tools:`: what kind of tool this is, and which of its arguments hold what.
struct ToolClass {
  Text pattern;  // a glob or /regex/
  std::optional<Kind> kind;
  std::optional<bool> reversible;
  std::vector<std::string> sql;
  std::vector<std::string> shell;
  std::vector<std::string> url;
  std::vector<std::string> path;
};

struct ServerClass {
  Text pattern;
  bool is_private = false;  // what is read there is private
  bool untrusted = false;   // what comes from there taints
};

struct Hosts {
  Place place;
  std::optional<std::vector<Text>> allow;  // absent: any host
  std::vector<Text> deny;
};

// A case of `tests:`: a call and what the policy must say. `args` and the others are JSON texts.
struct TestCase {
  Place place;
  std::string name;
  std::string method = "tools/call";
  Stage stage = Stage::kCall;
  std::string tool;
  std::string server;
  std::string agent;
  std::string args;        // "": none
  std::string result;      // stage result
  std::string definition;  // stage list
  std::string session;     // as `policy explain --session` reads it
  std::optional<int64_t> trust;
  std::optional<int64_t> hour, weekday;  // the local time of the call
  std::vector<std::string> roots;        // derived roots for this case
  bool changed = false;                  // stage list: the definition differs from its pin
  std::string expect;                    // the winning action
  std::string rule;                      // "": any
};

struct PolicySource {
  std::string name;
  std::string description;
  std::string file;      // as errors and records name it: "strict.yaml"
  std::string origin;    // "builtin", or the path it was read from
  std::string text;      // the bytes of the file
  std::string identity;  // origin and arguments: one file reached by two ways is one parent
  Place place;
  std::vector<PolicySource> parents;  // in the order of `extends`

  std::vector<Text> agents;  // empty: every agent
  std::optional<Mode> mode;
  Place mode_place;
  std::optional<bool> default_allow;
  Place default_place;
  std::optional<std::vector<Text>> roots;
  std::optional<Hosts> hosts;
  std::optional<FirstSight> first_sight;
  std::optional<ChangedPin> changed_pin;
  std::optional<bool> allow_unknown_methods;
  std::optional<bool> share_session;
  std::vector<ServerClass> servers;
  std::vector<ToolClass> tools;
  std::vector<RuleSource> rules;
  std::vector<TestCase> tests;
};

}  // namespace agentmesh::policy
