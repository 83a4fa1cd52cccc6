// Arguments inside an argument: {"tool": "read_file", "arguments": "{\"path\": …}"}, which a server that runs other tools unpacks.
//
// Each such text is looked at as the arguments of the same call, and what was seen joins what was seen of the call: findings, places,
// statements, commands, and hard rules. Secrets and personal data are not told twice: they are found in the text as it stands, where
// they can be masked.

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "policy/look.h"
#include "policy/scan/decode.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

// What such a text stands under, in lower case, without what stands between words. Content is none: {"body": "{…}"} is somebody's.
constexpr std::array<std::string_view, 30> kKeys = {
    "action",        "actions",   "args",       "argsjson",  "arguments",      "argumentsjson",
    "call",          "calls",     "input",      "inputjson", "inputs",         "invocation",
    "kwargs",        "operation", "operations", "options",   "parameters",     "params",
    "paramsjson",    "request",   "requests",   "step",      "steps",          "toolargs",
    "toolarguments", "toolcall",  "toolcalls",  "toolinput", "toolparameters", "toolparams"};

bool is_told_already(std::string_view id) {
  return id.starts_with("secret.") || id.starts_with("pii.") || id == "data.redacted";
}

// `text` in the call's own words: "arguments.path" inside "arguments.params" is "arguments.params.path".
std::string place_of(std::string_view inside, const std::string& where) {
  constexpr std::string_view kTop = "arguments";
  return inside.starts_with(kTop) ? where + std::string(inside.substr(kTop.size())) : where;
}

void add_finding(Seen& seen, const Finding& finding, const std::string& where) {
  std::string place = place_of(finding.where, where);
  uint32_t alike = 0;
  for (const Finding& known : seen.findings) {
    if (known.id != finding.id || known.severity != finding.severity) continue;
    if (known.where == place || ++alike == Inspection::kMaxAlike) return;
  }
  seen.findings.push_back({finding.id, finding.severity, std::move(place)});
}

template <class List>
void append(List& to, List& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void join(Seen& seen, Seen& inside, const std::string& where) {
  for (const Finding& finding : inside.findings)
    if (!is_told_already(finding.id)) add_finding(seen, finding, where);
  seen.kind = std::max(seen.kind, inside.kind);
  seen.self_protected = seen.self_protected || inside.self_protected;
  seen.maybe_protected = seen.maybe_protected || inside.maybe_protected;
  if (seen.outside_of == nullptr) seen.outside_of = inside.outside_of;
  if (seen.host_refused_by == nullptr) seen.host_refused_by = inside.host_refused_by;
  seen.facts.inside = seen.facts.inside && inside.facts.inside;
  seen.more_urls = seen.more_urls || inside.more_urls;
  append(seen.paths, inside.paths);
  append(seen.urls, inside.urls);
  seen.sql.statements += inside.sql.statements;
  seen.sql.sql_class = std::max(seen.sql.sql_class, inside.sql.sql_class);
  append(seen.sql.tables, inside.sql.tables);
  append(seen.shell.commands, inside.shell.commands);
  seen.shell.pipes_to_shell = seen.shell.pipes_to_shell || inside.shell.pipes_to_shell;
  seen.shell.substitutes = seen.shell.substitutes || inside.shell.substitutes;
}

}  // namespace

bool may_be_arguments(const Walk& walk, std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || (text[begin] != '{' && text[begin] != '[')) return false;
  std::string key = scan::ascii_lower(walk.key());
  std::erase_if(key, [](char c) { return c == '_' || c == '-'; });
  return scan::is_among(kKeys, key);
}

void look_inside(const RuleSet& set, Inspection& inspection, const std::vector<InnerText>& texts) {
  const Input& input = inspection.input();
  json::Reader reader;
  size_t bytes = 0;
  for (const InnerText& inner : texts) {
    const auto report = reader.read(inner.text);
    if (report.fault != json::Fault::kNone) continue;
    bytes += inner.text.size();
    if (&inner - texts.data() >= static_cast<std::ptrdiff_t>(kMostInside) ||
        bytes > input.max_inspected_bytes || inspection.depth() == kDeepestInside) {
      inspection.add("data.uninspected", Severity::kLow, [&] { return inner.where; });
      return;
    }
    Input as_call = input;
    as_call.args = reader.root();
    as_call.message = json::View();
    as_call.recorded = nullptr;
    as_call.findings = {};
    Seen seen;
    look_within(set, as_call, seen, inspection.depth() + 1);
    join(inspection.seen(), seen, inner.where);
  }
}

}  // namespace agentmesh::policy
