#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/skeleton.h"
#include "cli/audit_place.h"
#include "cli/json_object.h"
#include "cli/policy_replay.h"
#include "cli/say.h"
#include "cli/when.h"
#include "proxy/past_calls.h"

namespace agentmesh::cli {
namespace {

// What was seen of one tool, or of one method that has no tools.
struct Use {
  int64_t calls = 0;
  bool paths = false;    // some call named paths
  bool outside = false;  // and one of them lay outside the roots
  bool sql = false;
  bool only_reads = true;    // all SQL was read-only
  bool never_listed = true;  // the server offered no such tool, as far as the log knows
};

bool is_unlisted(const proxy::PastCall& past) {
  const auto& findings = past.facts.findings;
  return std::any_of(findings.begin(), findings.end(),
                     [](const auto& finding) { return finding.id == "tool.unlisted"; });
}

// Rules that say the same are one: these facts, and who.
struct Need {
  std::string server;
  bool method = false;  // names are methods
  bool inside = false;
  bool reads = false;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the zero that the compiler compares with for ours
  auto operator<=>(const Need&) const = default;
};

// A scalar in double quotes: JSON's are YAML's, and the condition language's. What cannot be seen is escaped as well: the
// person who reads the proposal has to see it, and no policy file loads with it.
std::string quoted(std::string_view text) {
  std::string json;
  json::append_string(json, text);
  std::string out;
  for (size_t at = 0; at < json.size();) {
    const size_t begin = at;
    const uint32_t point = next_code_point(json, at);
    if (!is_hidden_point(point))
      out.append(json, begin, at - begin);
    else
      out += point > 0xFFFF ? fmt::format("\\U{:08x}", point) : fmt::format("\\u{:04x}", point);
  }
  return out;
}

// A name that a pattern would take for itself: with * or ? or slashes it is written as a regex.
std::string pattern_of(const std::string& name) {
  const bool plain =
      name.find_first_of("*?") == std::string::npos && !(name.size() > 1 && name.front() == '/');
  if (plain) return quoted(name);
  std::string regex = "/^";
  for (const char c : name) {
    if (std::string_view(R"(\.+*?()|[]{}^$)").find(c) != std::string_view::npos) regex += '\\';
    regex += c;
  }
  return quoted(regex + "$/");
}

std::string list_of(const std::set<std::string>& names, bool patterns) {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "" : ", ") + (patterns ? pattern_of(name) : quoted(name));
  return out;
}

// A string literal of the condition language. JSON's escapes are among CEL's.
std::string methods_of(const std::set<std::string>& names) {
  return "method in [" + list_of(names, false) + "]";
}

// What was left out of the lesson is not let through by what was learned from other calls of the tool.
constexpr std::string_view kNoAttacks =
    "  - name: attacks\n"
    "    description: this looks like an attack, and nothing like it was learned from\n"
    "    condition: findings.exists(f, f.severity in ['high', 'critical'])\n"
    "    action: deny\n"
    "    overridable: true\n";

// Calls of one tool that say by themselves nothing of what may pass, and why.
struct Question {
  int64_t unlisted = 0;  // the server never listed it
  int64_t excepted = 0;  // a person let them through beforehand
  int64_t approved = 0;  // or when asked
};

// Each name once, as a policy wants it.
class RuleNames {
 public:
  std::string unused(const std::string& wish) {
    std::string name = wish;
    for (int number = 2; !used_.insert(name).second; ++number)
      name = fmt::format("{}-{}", wish, number);
    return quoted(name);
  }

 private:
  std::set<std::string> used_ = {"attacks"};
};

class Lesson {
 public:
  explicit Lesson(bool all) : all_(all) {}

  void call(const proxy::PastCall& past) {
    // What a pin or a breaker would have stopped went on in shadow mode, and was a need like any other.
    const bool usable = past.judged || (past.shadow && past.known && past.went_on);
    if (past.stage != policy::Stage::kCall || !usable || (!all_ && !past.shadow)) return;
    ++calls;
    // What looks like an attack is not a need.
    for (const policy::Finding& finding : past.facts.findings) {
      if (finding.severity < policy::Severity::kHigh) continue;
      ++left_out[{past.server, past.tool.empty() ? past.method : past.tool, finding.id}];
      return;
    }
    if (!past.went_on) return;
    ++learned;
    const bool method = past.tool.empty();
    const Key key{past.server, method ? past.method : past.tool, method};
    const bool listed = !is_unlisted(past);
    if (listed && !method) listing_.insert(past.server);
    // What a person let through this once says nothing of what may pass without one.
    if (past.rule.starts_with("allow:")) {
      ++asked_[key].excepted;
    } else if (past.decision == policy::Action::kRequireApproval && !past.shadow) {
      ++asked_[key].approved;
    } else {
      Use& use = uses_[key];
      ++use.calls;
      use.paths = use.paths || past.facts.paths > 0;
      use.outside = use.outside || !past.facts.inside;
      use.sql = use.sql || !past.facts.sql.empty();
      use.only_reads = use.only_reads && (past.facts.sql.empty() || past.facts.sql == "read_only");
      if (listed) use.never_listed = false;
    }
  }

  // The policy, as YAML.
  std::string policy(const std::string& name, const std::string& since) const {
    std::map<Need, std::set<std::string>> rules;
    std::map<Key, Question> questions = asked_;
    for (const auto& [key, use] : uses_) {
      const auto& [server, tool, method] = key;
      if (is_odd(key, use)) {
        questions[key].unlisted = use.calls;
        continue;
      }
      rules[{server, method, use.paths && !use.outside, use.sql && use.only_reads}].insert(tool);
    }
    std::string out = fmt::format(
        "# Proposed by `agentmesh policy learn`{} from {} recorded calls: what was used, and nothing else. Read it before\n"
        "# it decides anything; arguments were looked at only as far as the log has them.\n"
        "version: \"1.0\"\nname: {}\ndescription: What was used, and nothing else\ndefault: deny\nrules:\n{}",
        since.empty() ? "" : " --since " + since, calls, quoted(name), kNoAttacks);
    int number = 0;
    RuleNames rule_names;
    for (const auto& [need, names] : rules) {
      out += fmt::format("  - name: {}\n",
                         rule_names.unused(fmt::format("{}-{}", need.server, ++number)));
      out += fmt::format("    server: {}\n", pattern_of(need.server));
      std::vector<std::string> conditions;
      if (need.method)
        conditions.push_back(methods_of(names));
      else
        out += fmt::format("    tool: [{}]\n", list_of(names, true));
      if (need.inside) conditions.emplace_back("!findings.exists(f, f.id == 'path.outside-roots')");
      if (need.reads) conditions.emplace_back("sql.class in ['none', 'read_only']");
      if (!conditions.empty())
        out += fmt::format("    condition: >-\n      {}\n", fmt::join(conditions, " && "));
      out += "    action: allow\n";
    }
    for (const auto& [key, question] : questions) out += proposed(key, question, rule_names);
    for (const auto& [what, count] : left_out)
      out += fmt::format("# left out: {} on {}, {} call{} with the finding {}\n",
                         one_line(std::get<1>(what)), one_line(std::get<0>(what)), count,
                         plural(static_cast<size_t>(count)), std::get<2>(what));
    return out;
  }

  int64_t calls = 0, learned = 0;
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> left_out;

 private:
  using Key =
      std::tuple<std::string, std::string, bool>;  // server, tool or method, whether it is a method

  // A client that never lists knows its tools from elsewhere.
  bool is_odd(const Key& key, const Use& use) const {
    const auto& [server, tool, method] = key;
    return use.never_listed && !method && listing_.contains(server);
  }

  // A rule that a person has to want: behind #, ready to be taken in. Whoever was asked goes on being asked.
  static std::string proposed(const Key& key, const Question& question, RuleNames& rule_names) {
    const auto& [server, tool, method] = key;
    std::vector<std::string> why;
    const auto add = [&why](std::string_view what, int64_t count) {
      if (count > 0)
        why.push_back(
            fmt::format("{}, {} call{}", what, count, plural(static_cast<size_t>(count))));
    };
    add("called, though the server never listed it", question.unlisted);
    add("let through by exceptions (agentmesh allow)", question.excepted);
    add("approved by a person when asked", question.approved);
    return fmt::format(
        "# {}: take the # away if that is meant for good\n"
        "#  - {{name: {}, server: {}, {}: {}, action: {}}}\n",
        fmt::join(why, "; "), rule_names.unused(server + "-" + tool), pattern_of(server),
        method ? "condition" : "tool",
        method ? quoted("method == " + quoted(tool)) : pattern_of(tool),
        question.approved > 0 ? "require_approval" : "allow");
  }
  static std::string one_line(const std::string& text) { return quoted(text); }

  bool all_;
  std::map<Key, Use> uses_;
  std::map<Key, Question> asked_;
  std::set<std::string> listing_;  // servers whose tools were listed
};

}  // namespace

int policy_learn(const PolicyLearnOptions& options) {
  int64_t since = 0;
  if (!options.since.empty()) {
    const auto when = parse_when(options.since, SystemClock().wall_us());
    if (!when) {
      complain("--since: " + when.error().what);
      return kUsage;
    }
    since = *when;
  }
  Lesson lesson(options.all);
  const std::string log_dir = options.state_dir + "/audit/" + options.log;
  proxy::WhichCalls which;
  which.since_us = since;
  const auto read = proxy::each_past_call(
      log_dir, which, [&lesson](const proxy::PastCall& call) { lesson.call(call); });
  if (!read) return not_read(read.error(), place_of(options.state_dir, options.log), kUsage);
  if (lesson.learned == 0) {
    complain(
        options.all
            ? "no calls were recorded in that time"
            : "no calls were recorded in shadow mode in that time (--all: learn from all that passed)");
    return kNo;
  }
  const std::string policy = lesson.policy(options.name, options.since);
  if (!options.json) {
    print(policy);
    return kOk;
  }
  std::vector<std::string> rows;
  for (const auto& [what, count] : lesson.left_out)
    rows.push_back(JsonObject()
                       .text("server", std::get<0>(what))
                       .text("tool", std::get<1>(what))
                       .text("finding", std::get<2>(what))
                       .integer("calls", count)
                       .done());
  print(JsonObject()
            .text("policy", policy)
            .integer("calls", lesson.calls)
            .integer("learned", lesson.learned)
            .raw("left_out", json_array(rows))
            .done() +
        "\n");
  return kOk;
}

}  // namespace agentmesh::cli
