// Where a call's paths and URLs lead, held against what protects itself, the roots and the hosts.

#include <algorithm>

#include "policy/look.h"
#include "policy/roots.h"
#include "policy/scan/path_readings.h"
#include "policy/scan/paths.h"
#include "policy/scan/url_hosts.h"

namespace agentmesh::policy {

namespace {

// Whether a call takes away what its arguments name, directories with all they hold.
bool takes_away(const Input& input, const Seen& seen) {
  return seen.kind == Kind::kDelete || seen.worst == Kind::kDelete ||
         input.tool.find("move") != std::string_view::npos ||
         input.tool.find("rename") != std::string_view::npos;
}

// Of seen.paths those that are only directories of what the call takes away: a tool for one file is told by another argument which,
// relative to them. Where it leads from there is judged by itself.
std::vector<bool> only_begun_at(const Input& input, const Seen& seen) {
  std::vector<bool> out;
  const bool of_file = input.tool.find("file") < input.tool.size() &&
                       input.tool.find("files") == std::string_view::npos;
  if (!of_file && !input.tool.starts_with("git")) return out;
  bool relative = false;
  const auto begins_at_top = [](std::string_view raw) {
    return raw.size() < 2 || raw[1] == '/' || raw[1] == '~' || raw[1] == '$';
  };
  for (size_t i = 0; i < seen.part_count; ++i)
    relative = relative || (seen.part(i).place && !begins_at_top(seen.part(i).raw));
  if (!relative) return out;
  out.resize(seen.paths.size());
  const auto mark = [&](bool directories) {
    for (size_t i = 0; i < seen.part_count; ++i) {
      const Seen::Part& part = seen.part(i);
      if (!part.is_path || part.by_key != directories) continue;
      const auto offset = static_cast<size_t>(part.raw.data() - input.args.raw().data());
      for (const Seen::PathText& at : seen.paths_at(offset)) out[at.path] = directories;
    }
  };
  mark(true);
  mark(false);  // the same place under another key is taken
  return out;
}

void protect(Inspection& inspection) {
  const Input& input = inspection.input();
  Seen& seen = inspection.seen();
  if (input.surroundings == nullptr) return;
  const bool taking = takes_away(input, seen);
  const Kind feared = std::max(seen.kind, seen.worst);
  const auto touched = [&](std::string_view path, Kind kind, bool with_all) {
    return is_protected(path, kind, with_all, *input.surroundings);
  };
  const std::vector<bool> kept = taking ? only_begun_at(input, seen) : std::vector<bool>();
  const auto any_touched = [&](const std::vector<std::string>& paths) {
    for (size_t i = 0; i < paths.size(); ++i)
      if (touched(paths[i], feared, taking && !(i < kept.size() && kept[i]))) return true;
    return false;
  };
  const auto hidden_touch = [&] {
    return std::any_of(seen.hidden_paths.begin(), seen.hidden_paths.end(), [&](const auto& hidden) {
      return touched(hidden.path, feared, taking && hidden.for_roots);
    });
  };
  // A word of a command line is no path argument: only where it leads matters here.
  std::vector<scan::Hit> unused;
  scan::PathReader reader(input.surroundings);
  bool lost = seen.lost_path || seen.shell.cut;
  std::vector<std::string> begins;   // directories that commands name, for what else they name
  std::vector<std::string> entered;  // of these, what a command enters
  const auto words_touch = [&](const std::vector<std::string>& words, bool with_all) {
    const bool enters = &words == &seen.shell.entered;
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      const size_t value = word.find('=');
      const std::string_view path = value == std::string::npos
                                        ? std::string_view(word)
                                        : std::string_view(word).substr(value + 1);
      if (path.find('/') == std::string_view::npos && !path.starts_with('~') && !enters)
        return false;
      if (with_all && path.starts_with("./"))
        return false;  // the working directory is the server's own
      const auto reaches = [&](const std::string& place) {
        return touched(place, Kind::kExecute, with_all);
      };
      std::string place = reader.read(path, unused);
      if (reaches(place)) return true;
      if (!place.empty() && (enters || path[0] == '/' || path[0] == '~')) {
        begins.push_back(std::move(place));
        begins.insert(begins.end(), reader.others().begin(), reader.others().end());
        if (enters)
          entered.insert(entered.end(),
                         begins.end() - 1 - static_cast<std::ptrdiff_t>(reader.others().size()),
                         begins.end());
      }
      // A word that stays too long for a path is none.
      lost = lost || (!reader.certain() &&
                      scan::collapsed(path, scan::kLongestPath).size() <= scan::kLongestPath);
      return std::any_of(reader.others().begin(), reader.others().end(), reaches);
    });
  };
  seen.self_protected =
      any_touched(seen.paths) || hidden_touch() || words_touch(seen.shell.words, false) ||
      words_touch(seen.shell.taken, true) || words_touch(seen.shell.entered, false) ||
      words_touch_behind(input, seen, entered, lost) ||
      joined_touch(input, seen, std::move(begins), taking, lost);
  // What cannot be told might be this.
  const Surroundings& here = *input.surroundings;
  if (!seen.self_protected && lost &&
      !(here.protected_paths.empty() && here.unreadable_paths.empty()))
    seen.self_protected = seen.maybe_protected = true;
  if (seen.maybe_protected)
    for (const scan::Hit& hit : unused)
      if (scan::is_limit(hit))
        inspection.add(hit.id, hit.severity, [] { return std::string("arguments"); });
  if (seen.self_protected)
    inspection.add("self.protected", Severity::kCritical, [] { return std::string("arguments"); });
}

void hold_against_policy(const RuleSet& set, Inspection& inspection) {
  const Input& input = inspection.input();
  Seen& seen = inspection.seen();
  bool own_roots = false;
  for (const Layer& layer : set.layers) {
    if (!layer.roots) continue;
    if (input.recorded != nullptr && !layer.roots_are_absolute()) continue;  // Seen::Unknown::roots
    own_roots = true;
    const Roots roots(expand_roots(*layer.roots, input.surroundings), input.surroundings);
    const auto outside = [&roots](const std::string& path) { return !roots.hold(path); };
    const auto hidden_outside = [&roots](const Seen::HiddenPath& hidden) {
      return hidden.for_roots && !roots.hold(hidden.path);
    };
    if (seen.outside_of == nullptr &&
        (seen.lost_path || seen.doubtful ||
         std::any_of(seen.paths.begin(), seen.paths.end(), outside) ||
         std::any_of(seen.hidden_paths.begin(), seen.hidden_paths.end(), hidden_outside)))
      seen.outside_of = &layer;
  }
  seen.facts.inside = seen.outside_of == nullptr;
  if (own_roots || !seen.roots.empty()) {
    const Roots roots(seen.roots, input.surroundings);
    if (seen.lost_path) {
      seen.facts.inside = false;
      inspection.add("path.outside-roots", Severity::kMedium, [&] { return seen.lost_place; });
    }
    for (size_t i = 0; i < seen.paths.size(); ++i) {
      if (roots.hold(seen.paths[i])) continue;
      seen.facts.inside = false;
      inspection.add("path.outside-roots", Severity::kMedium, [&] {
        return i < seen.path_places.size() ? seen.path_places[i] : std::string("arguments");
      });
    }
    // Such paths are for roots that a policy names; the derived ones only tell of what is one as it stands.
    for (const Seen::HiddenPath& hidden : seen.hidden_paths)
      if (own_roots && hidden.for_roots && !roots.hold(hidden.path))
        inspection.add("path.outside-roots", Severity::kMedium, [&] { return hidden.place; });
  }
  for (const Layer& layer : set.layers) {
    if (!layer.hosts_allow && layer.hosts_deny.empty()) continue;
    if ((seen.more_urls || seen.doubtful) && seen.host_refused_by == nullptr)
      seen.host_refused_by = &layer;
    for (const scan::Url& url : seen.urls) {
      if (url.host.empty() || seen.host_refused_by != nullptr) continue;
      const bool refused = scan::host_in(url.host, layer.hosts_deny) ||
                           (layer.hosts_allow && !scan::host_in(url.host, *layer.hosts_allow));
      if (refused) seen.host_refused_by = &layer;
    }
  }
}

}  // namespace

void judge_places(const RuleSet& set, Inspection& inspection) {
  follow_joined(inspection);
  protect(inspection);
  hold_against_policy(set, inspection);
}

}  // namespace agentmesh::policy
