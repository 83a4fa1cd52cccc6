#include "policy/facts.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "policy/kinds.h"
#include "policy/look.h"
#include "policy/realms.h"
#include "policy/roots.h"
#include "policy/scan/decode.h"
#include "policy/scan/pii.h"
#include "policy/scan/secrets.h"

namespace agentmesh::policy {

namespace {

// What looking at a text costs besides its bytes, in bytes.
constexpr size_t kPerText = 32;

Kind kind_of_call(const CalledTool& tool, const Input& input, Seen& seen) {
  if (input.stage == Stage::kRequest) return Kind::kUnknown;
  if (input.tool.empty()) return kind_of_method(input.method);
  if (tool.entry() != nullptr) {
    seen.reversible = tool.entry()->reversible;
    if (tool.entry()->kind) return *tool.entry()->kind;
  }
  const NameReading& name = tool.reading();
  if (name.worst > name.kind) seen.worst = name.worst;
  return name.kind;
}

// Policy.md, Conditions: SQL that is wholly read_only makes a call `query`, if the tool is one for databases and nothing
// in its name, `tools:` or the other arguments (beside_sql.h) says worse than running a query.
Kind kind_with_sql(CalledTool& tool, const Seen& seen) {
  if (seen.sql.sql_class != scan::SqlClass::kReadOnly || !seen.shell.commands.empty() ||
      seen.beside_sql || !tool.sql_tells())
    return seen.kind;
  if (seen.kind != Kind::kUnknown && seen.kind != Kind::kRead && seen.kind != Kind::kExecute)
    return seen.kind;
  return Kind::kQuery;
}

// Messages, requests and exports; and what is written where others read it: an issue, a page, whatever stands in a repository of an
// owner. Where `tools:` says the kind, by that alone.
bool sends(const CalledTool& tool, const Input& input, Kind kind) {
  if (kind == Kind::kMessage || kind == Kind::kNetwork || kind == Kind::kExport) return true;
  if (input.stage != Stage::kCall || input.tool.empty()) return false;
  if (tool.entry() != nullptr && tool.entry()->kind) return false;
  if (tool.reading().sends) return true;
  return kind == Kind::kWrite && names_repository(input.args);
}

bool starts(std::string_view id, std::string_view with) { return id.starts_with(with); }

}  // namespace

Inspection::Inspection(const Input& input, Seen& seen)
    : input_(input), seen_(seen), nesting_(own_), left_(2 * input.max_inspected_bytes) {}

Inspection::Inspection(const Input& input, Seen& seen, Nesting& nesting)
    : input_(input),
      seen_(seen),
      nesting_(nesting),
      left_(2 * input.max_inspected_bytes -
            std::min(2 * input.max_inspected_bytes, nesting.bytes)) {}

std::string_view Inspection::take(const Walk& walk) {
  const std::string_view text = walk.text();
  const size_t most = std::min(left_, input_.max_inspected_bytes);
  left_ -= std::min(left_, text.size() + kPerText);
  if (text.size() <= most) return text;
  const bool of_tool = input_.stage == Stage::kList;
  if (!noted_)
    add(of_tool ? "tool.uninspected" : "data.uninspected",
        of_tool ? Severity::kMedium : Severity::kLow, [&walk] { return walk.where(); });
  noted_ = true;
  return cut_utf8(text, most);
}

bool Inspection::has_room(std::string_view id, Severity severity) {
  for (Count& alike : counts_)
    if (alike.severity == severity && alike.id == id) return ++alike.count <= kMaxAlike;
  counts_.push_back({id, severity, 1});
  return true;
}

void Inspection::keep(std::string_view id, Severity severity, std::string where) {
  for (Finding& finding : seen_.findings)
    if (finding.id == id && finding.where == where) {
      finding.severity = std::max(finding.severity, severity);
      return;
    }
  seen_.findings.push_back({std::string(id), severity, std::move(where)});
}

void Inspection::settle(const Walk& walk) {
  if (hits_.empty()) return;
  bool untold = false;
  for (const scan::Hit& hit : hits_) {
    add(hit.id, hit.severity, [&walk] { return walk.where(); });
    const bool secret = starts(hit.id, "secret.");
    const bool personal = starts(hit.id, "pii.");
    seen_.facts.secret =
        seen_.facts.secret || (secret && hit.id != "secret.link" && hit.severity > Severity::kLow);
    seen_.facts.pii = seen_.facts.pii || personal;
    untold = untold || secret || personal;
  }
  if (untold) add_untold(walk);
  if (untold && walk.what() == Walk::What::kKey)
    hidden_names_.push_back(name_in_place(walk.text()));
  hits_.clear();
}

// Secrets and personal data.
void Inspection::add_untold(const Walk& walk) {
  cuts_.clear();
  for (const scan::Hit& hit : hits_) {
    const bool secret = starts(hit.id, "secret.");
    if (!secret && !starts(hit.id, "pii.")) continue;
    const Span::What what = secret ? Span::What::kSecret : Span::What::kPersonal;
    if (walk.what() == Walk::What::kNumber) {
      const size_t begin = base_ + walk.offset();
      seen_.spans.push_back({what, begin, begin + walk.raw().size(), "0"});
      continue;
    }
    const bool whole = hit.end <= hit.begin;
    std::string marker = "[redacted:" + std::string(hit.id);
    // Two keys of one object stay two.
    if (walk.what() == Walk::What::kKey && ++keys_marked_ > 1)
      marker += " " + std::to_string(keys_marked_);
    cuts_.push_back(
        {what, whole ? 0 : hit.begin, whole ? walk.text().size() : hit.end, marker + "]"});
  }
  add_spans(walk, cuts_);
}

void Inspection::add_spans(const Walk& walk, const std::vector<Cut>& cuts) {
  if (cuts.empty()) return;
  ends_.clear();
  for (const Cut& cut : cuts) {
    ends_.push_back(cut.begin);
    ends_.push_back(cut.end);
  }
  std::sort(ends_.begin(), ends_.end());
  raw_ends_ = ends_;
  scan::to_raw_offsets(walk.raw(), raw_ends_);
  const auto raw_of = [this](size_t offset) {
    const auto at = std::lower_bound(ends_.begin(), ends_.end(), offset) - ends_.begin();
    return raw_ends_[static_cast<size_t>(at)];
  };
  for (const Cut& cut : cuts) {
    std::string escaped;
    json::append_string(escaped, cut.text);
    const size_t begin = base_ + walk.offset();
    seen_.spans.push_back({cut.what, begin + raw_of(cut.begin), begin + raw_of(cut.end),
                           escaped.substr(1, escaped.size() - 2)});
  }
}

namespace {

std::optional<scan::SqlClass> sql_class_from(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(scan::SqlClass::kDestructive); ++i)
    if (scan::to_string(static_cast<scan::SqlClass>(i)) == word)
      return static_cast<scan::SqlClass>(i);
  return std::nullopt;
}

// A place is made of keys, and a key may be what must not be told: a finding says where, never what.
// `names`: what is known to be one, as it stands in places.
void mask_places(std::vector<Finding>& findings, const std::vector<std::string>& names) {
  std::vector<scan::Hit> hits;
  for (Finding& finding : findings) {
    for (const std::string& name : names)
      if (const size_t at = finding.where.find(name); at != std::string::npos)
        finding.where.replace(at, name.size(), "[redacted]");
    hits.clear();
    scan::find_secrets(finding.where, "", hits);
    scan::find_pii(finding.where, hits);
    std::sort(hits.begin(), hits.end(),
              [](const scan::Hit& a, const scan::Hit& b) { return a.begin > b.begin; });
    size_t done = finding.where.size();
    for (const scan::Hit& hit : hits) {
      if (hit.end <= hit.begin || hit.end > done) continue;
      finding.where.replace(hit.begin, hit.end - hit.begin, "[redacted]");
      done = hit.begin;
    }
  }
}

void settle_facts(const RuleSet& set, const CalledTool& tool, const Input& input, Seen& out) {
  out.facts.type = to_string(out.kind);
  out.sends = sends(tool, input, out.kind);
  if (out.facts.sql.empty()) out.facts.sql = "none";
  out.facts.reads = out.kind == Kind::kRead || out.kind == Kind::kQuery;
  // Keys and credentials are private wherever they lie.
  const bool keys = std::any_of(out.findings.begin(), out.findings.end(), [](const Finding& f) {
    return f.id == "path.sensitive" && f.severity >= Severity::kHigh;
  });
  out.facts.private_place =
      out.facts.reads && (keys || set.server_is_private(input.server) || tool.reading().secret);
  out.facts.untrusted = set.server_is_untrusted(input.server);
}

// Whether every path in the arguments is spelled from the root: where the others led depends on where the server stood.
bool all_absolute(const Input& input, const Seen& seen) {
  const std::string_view args = input.args.raw();
  return std::all_of(seen.path_texts.begin(), seen.path_texts.end(), [args](const auto& text) {
    if (text.offset >= args.size()) return false;  // it stands inside a text
    const std::string_view spelled = args.substr(text.offset + 1);
    return spelled.starts_with('/') || scan::ascii_lower(spelled.substr(0, 5)) == "file:";
  });
}

// What the log kept of the call: in place of a look at the arguments, or, where those were kept too, in place of what only
// that time could tell. The kind is this policy's where its `tools:` says one.
void remember(const CalledTool& tool, const Input& input, Seen& out) {
  const bool looked = input.args.present();
  const Recorded& kept = *input.recorded;
  if (tool.entry() != nullptr && tool.entry()->kind)
    out.kind = *tool.entry()->kind;
  else
    out.kind = kind_from(kept.type).value_or(out.kind);
  out.findings.assign(input.findings.begin(), input.findings.end());
  out.findings.insert(out.findings.end(), kept.findings.begin(), kept.findings.end());
  out.bytes = kept.bytes;
  if (!looked)
    out.sql.sql_class = kept.sql.empty()
                            ? scan::SqlClass::kNone
                            : sql_class_from(kept.sql).value_or(scan::SqlClass::kUnparsed);
  out.facts.sql = scan::to_string(out.sql.sql_class);
  out.facts.inside = kept.inside;
  out.facts.paths = kept.paths;
  out.facts.hosts = kept.hosts;
  out.facts.private_url = kept.private_url;
  out.facts.secret = kept.secret;
  out.facts.pii = kept.pii;
  for (const std::string& flag : kept.shell) {
    out.shell.pipes_to_shell = out.shell.pipes_to_shell || flag == "pipes_to_shell";
    out.shell.substitutes = out.shell.substitutes || flag == "substitutes";
  }
  out.self_protected = std::any_of(kept.findings.begin(), kept.findings.end(),
                                   [](const Finding& f) { return f.id == "self.protected"; });
  out.unknown.roots = true;
  if (looked) {
    out.unknown.paths = !all_absolute(input, out);
    if (out.unknown.paths) out.outside_of = nullptr;
    return;
  }
  out.unknown.args = kept.bytes > 0 && kept.bytes != 2;  // {} holds nothing
  out.unknown.paths = kept.paths > 0;
  out.unknown.urls = kept.hosts > 0;
  out.unknown.tables = out.sql.sql_class != scan::SqlClass::kNone;
  out.unknown.commands = out.unknown.args;
}

}  // namespace

std::span<const Seen::PathText> Seen::paths_at(size_t offset) const {
  const auto first = std::lower_bound(path_texts.begin(), path_texts.end(), offset,
                                      [](const PathText& a, size_t b) { return a.offset < b; });
  auto last = first;
  while (last != path_texts.end() && last->offset == offset) ++last;
  return {first, last};
}

void Seen::add_part(Part part) {
  if (part_count < first_parts.size())
    first_parts[part_count] = part;
  else
    more_parts.push_back(part);
  ++part_count;
}

void look(const RuleSet& set, const Input& input, Seen& out) {
  CalledTool tool(set, input.tool);
  Nesting nesting;
  nesting.tool = &tool;
  look_within(set, input, out, nesting);
  settle_facts(set, tool, input, out);
}

void take_by_name(const RuleSet& set, const Input& input, Seen& seen) {
  seen.kind = seen.by_name;
  settle_facts(set, CalledTool(set, input.tool), input, seen);
}

void look_within(const RuleSet& set, const Input& input, Seen& out, Nesting& nesting) {
  out = Seen();
  out.findings.assign(input.findings.begin(), input.findings.end());
  out.roots = roots_in_force(set, input.surroundings);
  out.kind = out.by_name = kind_of_call(*nesting.tool, input, out);
  Inspection inspection(input, out, nesting);
  if (input.recorded != nullptr && !input.args.present()) {
    remember(*nesting.tool, input, out);
    return;
  }
  switch (input.stage) {
    case Stage::kCall:
      out.bytes = input.args.raw().size();
      look_at_arguments(set, inspection);
      out.kind = kind_with_sql(*nesting.tool, out);
      break;
    case Stage::kResult:
      out.bytes = input.result.raw().size();
      look_at_result(set, inspection);
      break;
    case Stage::kList:
      out.bytes = input.definition.raw().size();
      look_at_definition(inspection);
      break;
    case Stage::kRequest:
      out.bytes = input.args.raw().size();
      look_at_server_request(inspection);
      break;
  }
  if (input.recorded != nullptr) remember(*nesting.tool, input, out);
  if (out.facts.secret || out.facts.pii) mask_places(out.findings, inspection.hidden_names());
}

}  // namespace agentmesh::policy
