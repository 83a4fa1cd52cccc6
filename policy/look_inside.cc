// Arguments inside an argument: {"tool": "read_file", "arguments": "{\"path\": …}"}, which a server that runs other tools unpacks.
//
// Each such text is looked at as the arguments of the same call, and what was seen joins what was seen of the call: findings, places,
// statements, commands, parts of paths. Secrets and personal data are not told twice: they are found in the text as it stands, where
// they can be masked; those that only its reading shows ("\\u0070assword") are told there as well, and the text is masked as a whole. A
// text that is not quite JSON is read as readers with more patience read it (relaxed_json.h).

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "base/json.h"
#include "policy/hidden_paths.h"
#include "policy/look.h"
#include "policy/relaxed_json.h"
#include "policy/scan/name_words.h"
#include "policy/scan/word_lists.h"
#include "policy/shown_data.h"

namespace agentmesh::policy {

namespace {

// What such a text stands under, in lower case, without what stands between words, what is in front (tool_args) and behind (args_json).
// Content is none: {"body": "{…}"} is somebody's.
constexpr std::array<std::string_view, 5> kSurely = {"args", "arguments", "kwargs", "parameters",
                                                     "params"};
constexpr std::array<std::string_view, 18> kPerhaps = {
    "action", "actions",   "arg",        "argument",  "call",       "calls",
    "input",  "inputs",    "invocation", "operation", "operations", "options",
    "param",  "parameter", "request",    "requests",  "step",       "steps"};
constexpr std::array<std::string_view, 6> kInFront = {"action", "func", "function",
                                                      "method", "raw",  "tool"};
constexpr std::array<std::string_view, 3> kBehind = {"json", "string", "str"};
constexpr uint32_t kDeepestJson = 128;  // as of messages

struct Naming {
  bool perhaps = false;
  bool surely = false;
};

Naming naming_of(std::string_view key) {
  const std::string bare = scan::bare_name(key);
  std::string_view stem = bare;
  for (const std::string_view behind : kBehind)
    if (stem.size() > behind.size() && stem.ends_with(behind)) {
      stem.remove_suffix(behind.size());
      break;
    }
  if (scan::is_among(kSurely, stem)) return {true, true};
  if (scan::is_among(kPerhaps, stem)) return {true, stem == "calls"};
  for (const std::string_view front : kInFront) {
    if (!stem.starts_with(front)) continue;
    const std::string_view rest = stem.substr(front.size());
    if (scan::is_among(kSurely, rest) || scan::is_among(kPerhaps, rest))
      return {true, front != "raw" && front != "action"};
  }
  return {};
}

bool is_secret(std::string_view id) { return id.starts_with("secret."); }
bool is_personal(std::string_view id) { return id.starts_with("pii."); }

// Found in the text as it stands, if it shows there.
bool is_told_there(std::string_view id) {
  return is_secret(id) || is_personal(id) || id == "data.redacted";
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

// From the beginning of the call's arguments to that of others, which lie elsewhere in memory: told apart from every place in these.
size_t offset_of(json::View args, json::View inside) {
  return reinterpret_cast<uintptr_t>(inside.raw().data()) -
         reinterpret_cast<uintptr_t>(args.raw().data());
}

void join_paths(Seen& seen, Seen& inside, size_t offset, const std::string& where) {
  const size_t before = seen.paths.size();
  if (seen.path_places.size() == before)
    for (const std::string& place : inside.path_places)
      if (seen.path_places.size() < Inspection::kMaxAlike)
        seen.path_places.push_back(place_of(place, where));
  append(seen.paths, inside.paths);
  for (const Seen::PathText& text : inside.path_texts)
    seen.path_texts.push_back({offset + text.offset, before + text.path});
  for (Seen::HiddenPath& hidden : inside.hidden_paths) {
    const bool told = seen.hidden_paths.size() < Inspection::kMaxAlike;
    hidden.place = told ? place_of(hidden.place, where) : "arguments";
    seen.hidden_paths.push_back(std::move(hidden));
  }
  for (size_t i = 0; i < inside.part_count; ++i) seen.add_part(inside.part(i));
  seen.inside.splice(seen.inside.end(), inside.inside);
  if (inside.lost_path && !seen.lost_path) seen.lost_place = place_of(inside.lost_place, where);
  seen.lost_path = seen.lost_path || inside.lost_path;
  seen.doubtful = seen.doubtful || inside.doubtful;
}

// What is not read may lead anywhere.
void lose_what_is_inside(Seen& seen, const std::string& where) {
  seen.more_urls = true;
  if (!seen.lost_path) seen.lost_place = where;
  seen.lost_path = true;
}

// The text as a whole, which cannot be masked in part.
void mask_all(Seen& seen, const Seen& inside, const InnerText& text, Span::What what) {
  const auto named = [what](const Finding& finding) {
    return what == Span::What::kSecret ? is_secret(finding.id) : is_personal(finding.id);
  };
  const auto first = std::find_if(inside.findings.begin(), inside.findings.end(), named);
  if (first != inside.findings.end())
    seen.spans.push_back({what, text.begin, text.end, "[redacted:" + first->id + "]"});
}

// Secrets, personal data and masks in a text's reading. `shown`: what the text is masked for leaves none of them.
template <class Shown>
void join_data(Seen& seen, const Seen& inside, const InnerText& text, Shown shown) {
  seen.facts.secret = seen.facts.secret || inside.facts.secret;
  seen.facts.pii = seen.facts.pii || inside.facts.pii;
  bool data = false;
  for (const Finding& finding : inside.findings) {
    if (!is_told_there(finding.id)) continue;
    const auto told = std::find_if(
        seen.findings.begin(), seen.findings.end(),
        [&](const Finding& known) { return known.id == finding.id && known.where == text.where; });
    data = data || finding.id != "data.redacted";
    if (told == seen.findings.end())
      add_finding(seen, {finding.id, finding.severity, "arguments"}, text.where);
    else
      told->severity = std::max(told->severity, finding.severity);
  }
  if (!data || (!inside.facts.hides_data && shown())) return;
  seen.facts.hides_data = true;
  mask_all(seen, inside, text, Span::What::kSecret);
  mask_all(seen, inside, text, Span::What::kPersonal);
}

void join(Seen& seen, Seen& inside, const std::string& where) {
  for (const Finding& finding : inside.findings)
    if (!is_told_there(finding.id)) add_finding(seen, finding, where);
  seen.kind = std::max(seen.kind, inside.kind);
  seen.beside_sql = seen.beside_sql || inside.beside_sql;
  seen.more_urls = seen.more_urls || inside.more_urls;
  append(seen.urls, inside.urls);
  seen.sql.statements += inside.sql.statements;
  seen.sql.sql_class = std::max(seen.sql.sql_class, inside.sql.sql_class);
  append(seen.sql.tables, inside.sql.tables);
  append(seen.shell.commands, inside.shell.commands);
  append(seen.shell.words, inside.shell.words);
  append(seen.shell.taken, inside.shell.taken);
  append(seen.shell.entered, inside.shell.entered);
  seen.shell.cut = seen.shell.cut || inside.shell.cut;
  seen.shell.pipes_to_shell = seen.shell.pipes_to_shell || inside.shell.pipes_to_shell;
  seen.shell.substitutes = seen.shell.substitutes || inside.shell.substitutes;
}

}  // namespace

bool may_be_arguments(std::string_view key, std::string_view text) {
  return may_be_json(text) && naming_of(key).perhaps;
}

bool is_surely_arguments(std::string_view key, bool listed) {
  // In a list the others are words for a program: ["-d", "{…}"].
  return naming_of(key).surely && (!listed || scan::bare_name(key).ends_with("calls"));
}

void look_inside(const RuleSet& set, Inspection& inspection, const std::vector<InnerText>& texts) {
  const Input& input = inspection.input();
  Seen& seen = inspection.seen();
  Nesting& nesting = inspection.nesting();
  json::Reader reader;
  // Where texts and spans stand in.
  const std::string_view judged =
      input.message.present() && input.args.present() ? input.message.raw() : input.args.raw();
  std::optional<SpansByPlace> spans;  // of the texts as they stand
  for (const InnerText& inner : texts) {
    const bool room = nesting.depth < kDeepestInside && ++nesting.texts <= kMostInside;
    RelaxedJson read = room ? relaxed_json(reader, inner.text, kDeepestJson) : RelaxedJson();
    const bool doubtful = inner.surely && room && !read.certain;
    seen.doubtful = seen.doubtful || doubtful;
    const bool lost = !room || read.too_deep ||
                      (doubtful && input.surroundings != nullptr &&
                       names_guarded_place(*input.surroundings, inner.text));
    if (lost) lose_what_is_inside(seen, inner.where);
    const bool unread =
        (!read.certain && is_meant_as_json(inner.text)) || (inner.surely && read.unread_list);
    if (lost || doubtful || unread)
      inspection.add("data.uninspected", doubtful ? Severity::kMedium : Severity::kLow,
                     [&inner] { return inner.where; });
    // What is in it may be what is done.
    seen.beside_sql = seen.beside_sql || !read.json || !read.certain;
    if (!room) break;
    if (read.json) {
      seen.inside.push_back(std::move(*read.json));
      Input as_call = input;
      as_call.args = json::View(seen.inside.back());
      as_call.message = json::View();
      as_call.recorded = nullptr;
      as_call.findings = {};
      Seen within;
      ++nesting.depth;
      look_within(set, as_call, within, nesting);
      --nesting.depth;
      join_data(seen, within, inner, [&] {
        const bool affordable = nesting.bytes + inner.text.size() <= input.max_inspected_bytes;
        if (!affordable) return false;
        if (!spans) spans.emplace(seen.spans);
        return shows_its_data(reader, spans->masked(judged, inner.begin, inner.end), kDeepestJson);
      });
      join(seen, within, inner.where);
      join_paths(seen, within, offset_of(input.args, as_call.args), inner.where);
    }
    nesting.bytes += inner.text.size();
  }
  if (!texts.empty())
    std::sort(seen.path_texts.begin(), seen.path_texts.end(),
              [](const Seen::PathText& a, const Seen::PathText& b) { return a.offset < b.offset; });
}

}  // namespace agentmesh::policy
