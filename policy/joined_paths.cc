#include "policy/joined_paths.h"

#include <algorithm>

#include "base/files.h"
#include "policy/scan/path_readings.h"
#include "policy/scan/path_spelling.h"
#include "policy/scan/paths.h"

namespace agentmesh::policy {
namespace {

// A text as it stands behind a directory: one that begins at the top is put there too (Node's path.join, Go's filepath.Join).
std::string behind_directory(std::string_view form) {
  form.remove_prefix(std::min(form.find_first_not_of('/'), form.size()));
  return scan::collapsed(form, scan::kLongestPath);
}

constexpr size_t kLongestOdd = 512;  // bytes of a text of which every form is tried

bool climbs(std::string_view path) { return path == ".." || path.starts_with("../"); }

// `path` joined to `directory`, both normal but for `..` in front of `path`.
std::string joined(const std::string& directory, const std::string& path) {
  if (climbs(path)) return lexically_normal(path, directory);
  return directory == "/" ? "/" + path : directory + "/" + path;
}

// `use` is asked about each protected path, until it says yes.
template <class Use>
bool any_protected(const Surroundings& here, Use use) {
  return std::any_of(here.unreadable_paths.begin(), here.unreadable_paths.end(), use) ||
         std::any_of(here.protected_paths.begin(), here.protected_paths.end(), use);
}

}  // namespace

bool JoinedPaths::is_guarded(std::string_view path) const {
  return any_protected(here_,
                       [path](const std::string& guarded) { return scan::under(path, guarded); });
}

bool JoinedPaths::is_above(std::string_view path) const {
  return any_protected(here_,
                       [path](const std::string& guarded) { return scan::under(guarded, path); });
}

bool JoinedPaths::is_base(std::string_view path) const {
  const std::vector<std::string>& roots = here_.derived_roots;
  return path == here_.working_directory ||
         std::find(roots.begin(), roots.end(), path) != roots.end();
}

bool JoinedPaths::is_part(std::string_view name) {
  if (parts_.empty())
    (void)any_protected(here_, [this](std::string_view guarded) {
      for (size_t begin = 1; begin < guarded.size();) {
        const size_t end = std::min(guarded.find('/', begin), guarded.size());
        const std::string_view part = guarded.substr(begin, end - begin);
        begin = end + 1;
        if (std::find(parts_.begin(), parts_.end(), part) == parts_.end()) parts_.push_back(part);
      }
      return false;
    });
  return std::find(parts_.begin(), parts_.end(), name) != parts_.end();
}

// True if from somewhere above a protected place the text leads to it, however it climbed before.
bool JoinedPaths::could_lead(std::string_view text) const {
  while (text.starts_with("../")) text.remove_prefix(3);
  return any_protected(here_, [text](std::string_view guarded) {
    for (size_t slash = guarded.find('/'); slash < guarded.size();
         slash = guarded.find('/', slash + 1))
      if (scan::under(text, guarded.substr(slash + 1))) return true;
    return false;
  });
}

void JoinedPaths::name(std::string_view text, Role role) {
  if (text.empty() || text.size() > scan::kLongestPath) return;
  if (scan::has_one_form(text)) return add_form(text, role);
  if (text.size() <= kLongestOdd)
    for (const std::string& form : scan::path_forms(text).forms) add_form(form, role);
  add_form(text, role);
  add_form(scan::decode_path(scan::trim_path(text)).text, role);
}

void JoinedPaths::add_form(std::string_view form, Role role) {
  Text text{behind_directory(form), role, false, false, 0};
  if (text.path.empty()) return;
  text.climbs = climbs(text.path);
  text.ups = text.climbs && text.path.find_first_not_of("./") == std::string::npos;
  if (role == Role::kEnter) text.number = ++entered_;
  if (!text.climbs && !text.leads_on() &&
      !is_part(std::string_view(text.path).substr(0, text.path.find('/'))))
    return;
  texts_.push_back(std::move(text));
}

void JoinedPaths::add_place(Place place) {
  for (Place& known : places_) {
    if (known.path != place.path) continue;
    known.implied = known.implied && place.implied;
    known.after = std::min(known.after, place.after);
    return;
  }
  place.above = is_above(place.path);
  if (!place.above && ++aside_ > kMaxAside)
    cut_ = true;
  else
    places_.push_back(std::move(place));
}

void JoinedPaths::join(const Place& place, const Text& text) {
  if (!text.climbs && !text.leads_on() && (place.implied || !place.above)) return;
  if (text.role == Role::kEnter && text.number <= place.after) return;
  // In its own directory a server's command names its own files: `git add .mcp.json`.
  const bool of_command = text.role == Role::kWord || text.role == Role::kTaken;
  if (of_command && !text.climbs && is_base(place.path)) return;
  std::string path = joined(place.path, text.path);
  if (text.role == Role::kEnter && here_.resolve) {
    if (++followed_ > kMaxFollowed)
      cut_ = true;
    else if (Result<std::string> real = here_.resolve(path))
      path = std::move(*real);
  }
  const bool above = is_above(path);
  if ((is_guarded(path) || (above && text.role == Role::kTaken)) &&
      std::find(found_.begin(), found_.end(), path) == found_.end())
    found_.push_back(path);
  if (above || text.leads_on())
    add_place({std::move(path), false, false, std::max(place.after, text.number)});
}

std::vector<std::string> JoinedPaths::run() {
  if (texts_.empty()) return {};
  const auto any = [this](auto says) { return std::any_of(texts_.begin(), texts_.end(), says); };
  const bool climb = any([](const Text& text) { return text.climbs || text.leads_on(); });
  for (std::string& start : starts_)
    if (climb || is_above(start)) add_place({std::move(start), false, false, 0});
  // What a command enters may be relative to where the server works. Nothing else: that was read as such already.
  if (entered_ > 0) {
    if (!here_.working_directory.empty()) add_place({here_.working_directory, false, true, 0});
    for (const std::string& root : here_.derived_roots) add_place({root, false, true, 0});
  }
  for (size_t at = 0; at < places_.size() && pairs_ <= kMaxPairs; ++at) {
    const Place place = places_[at];
    for (const Text& text : texts_) {
      if (++pairs_ > kMaxPairs) break;
      join(place, text);
    }
  }
  lost_ = (cut_ || pairs_ > kMaxPairs) &&
          any([this](const Text& text) { return could_lead(text.path); });
  return std::move(found_);
}

}  // namespace agentmesh::policy
