#include "proxy/sandbox_grants.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/below.h"
#include "base/files.h"
#include "base/way.h"

namespace agentmesh::proxy {
namespace {

// A directory as wide as this is not given by its entries.
constexpr size_t kMostCarved = 4096;

constexpr std::string_view kPart = "part";

// "a, b, c and 4 more"
std::string some_of(std::vector<std::string> names) {
  constexpr size_t kMostNamed = 3;
  const size_t more = names.size() > kMostNamed ? names.size() - kMostNamed : 0;
  if (more > 0) names.resize(kMostNamed);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace

Grants::Grants(const SandboxWorld& world) : kept_(world) {
  const auto add_state = [this](const std::string& directory) {
    state_dirs_.push_back(resolve_path(directory).value_or(directory));
  };
  add_state(world.state_dir);
  for (const std::string& directory : world.closed) add_state(directory);
  const auto tmp = resolve_path(world.private_tmp);
  tmp_ = tmp ? *tmp : world.private_tmp;
}

void Grants::add_writable(const std::vector<Wish>& wishes) {
  std::vector<Way> ways;
  for (const Wish& wish : wishes) {
    auto way = way_of(wish.path);
    if (!way || !file_exists(way->end)) way = Way();  // not there: no end
    ways.push_back(std::move(*way));
  }
  const auto could_be_changed = [&ways](const std::string& link) {
    return std::any_of(ways.begin(), ways.end(),
                       [&](const Way& way) { return !way.end.empty() && below(link, way.end); });
  };
  std::vector<std::pair<std::string, const Wish*>> meant;
  for (size_t i = 0; i < wishes.size(); ++i) {
    if (ways[i].end.empty()) continue;
    const auto& links = ways[i].links;
    const auto link = std::find_if(links.begin(), links.end(), could_be_changed);
    if (link == links.end())
      meant.emplace_back(ways[i].end, &wishes[i]);
    else
      led_[*link].push_back({ways[i].end, wishes[i].reach, wishes[i].why});
  }
  for (const auto& [end, wish] : meant)
    if (wish->why == "declared") open_declared(end);
  for (const auto& [end, wish] : meant) {
    // A root that is declared as well is one place.
    if (std::find(written_.begin(), written_.end(), end) != written_.end()) continue;
    written_.push_back(end);
    place(end, *wish);
  }
}

void Grants::open_declared(const std::string& path) {
  if (kept_.open(path))
    remarks_.push_back(fmt::format(
        "{} is declared to be written: the configurations that clients keep in a project can be changed "
        "in it, too, and decide what they start next",
        path));
}

bool Grants::add(const Wish& wish) {
  const auto way = way_of(wish.path);
  if (!way || !file_exists(way->end)) return false;
  const std::string link = wish.led_by.empty() ? changeable_link(*way) : wish.led_by;
  if (link.empty()) return place(way->end, wish);
  led_[link].push_back({way->end, wish.reach, wish.why});
  return false;
}

// Also where a part of it is kept: at an earlier start, from another directory, it may have been given whole.
bool Grants::changeable(std::string_view path) const {
  return std::any_of(written_.begin(), written_.end(),
                     [path](const std::string& written) { return below(path, written); });
}

std::string Grants::changeable_link(const Way& way) const {
  const auto link = std::find_if(way.links.begin(), way.links.end(),
                                 [this](const std::string& one) { return changeable(one); });
  return link == way.links.end() ? "" : *link;
}

bool Grants::place(const std::string& end, const Wish& wish) {
  const bool temporary = !tmp_.empty() && below(end, tmp_);
  if (closed(end) && !temporary) {
    if (wish.why == "declared")
      remarks_.push_back(wish.path + " is inside a state directory and stays closed");
    return false;
  }
  if (!temporary && wish.reach == Reach::kWrite && kept_.is(end)) {
    remarks_.push_back(wish.path +
                       " decides how servers are started: it can be read and not changed");
    put({end, Reach::kReadAndRun, wish.why});
  } else if (!temporary && in_part(end, wish.reach)) {
    carve(end, wish);
  } else {
    put({end, wish.reach, wish.why});
  }
  return true;
}

// A wider reach at the same place wins.
void Grants::put(Grant grant) {
  const auto same = std::find_if(grants_.begin(), grants_.end(),
                                 [&](const Grant& other) { return other.path == grant.path; });
  if (same == grants_.end())
    grants_.push_back(std::move(grant));
  else if (grant.reach == Reach::kWrite && same->reach != Reach::kWrite)
    *same = std::move(grant);
}

bool Grants::holds(const std::string& path, Reach reach) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    return below(path, grant.path) && (grant.reach == Reach::kWrite || grant.reach == reach);
  });
}

bool Grants::closed(const std::string& path) const {
  return std::any_of(state_dirs_.begin(), state_dirs_.end(),
                     [&path](const std::string& state) { return below(path, state); });
}

bool Grants::holds_state(const std::string& directory) const {
  return std::any_of(state_dirs_.begin(), state_dirs_.end(),
                     [&directory](const std::string& state) { return below(state, directory); });
}

// Whether something is not to be given with this directory.
bool Grants::in_part(const std::string& path, Reach reach) const {
  return holds_state(path) || (reach == Reach::kWrite && kept_.leads_through(path));
}

// Landlock gives a directory with everything below it and takes nothing away again. So a directory that holds our state is
// given by its entries, but for the one that leads to it; and one that holds only what may be read is given to be read, and
// its entries to be written.
void Grants::carve(const std::string& directory, const Wish& wish) {
  if (holds_state(directory) || kept_.leads_to_state(directory))
    remarks_.push_back(fmt::format(
        "{} holds a state directory{}: what is in it now is given one by one, and nothing new can be made in it",
        directory, holds_state(directory) ? "" : " or a link that leads to it"));
  std::vector<std::string> levels;
  carve_below(directory, wish, levels);
  const std::vector<std::string> governing = kept_.governing(directory);
  if (wish.reach != Reach::kWrite || governing.empty()) return;
  const std::vector<std::string> projects = kept_.projects(directory);
  remarks_.push_back(fmt::format(
      "{} holds what decides how servers are started, or could ({}): that cannot be changed, and nothing can be made, moved or "
      "removed directly in {}{}",
      directory, some_of(governing), some_of(levels),
      projects.empty() ? ""
                       : fmt::format(". If it is to be written all the same, name {} under `write`",
                                     fmt::join(projects, " and "))));
}

void Grants::carve_below(const std::string& directory, const Wish& wish,
                         std::vector<std::string>& levels) {
  const bool read_at_least = wish.reach == Reach::kWrite && !holds_state(directory);
  if (read_at_least && !holds(directory, Reach::kReadAndRun))
    put({directory, Reach::kReadAndRun, wish.why});
  levels.push_back(directory);
  const auto names = list_directory(directory);
  if (!names || names->size() > kMostCarved) {
    remarks_.push_back(fmt::format("{} could not be given in part and {}", directory,
                                   read_at_least ? "can only be read" : "stays closed"));
    return;
  }
  for (const std::string& name : *names) {
    const std::string entry = (directory == "/" ? "" : directory) + "/" + name;
    if (std::find(state_dirs_.begin(), state_dirs_.end(), entry) != state_dirs_.end()) continue;
    // By its own name: what a link leads to is elsewhere, and may be closed.
    const auto real = resolve_path(entry);
    if (!real || *real != entry) continue;
    if (wish.reach == Reach::kWrite && kept_.is(entry)) {
      if (!read_at_least) put({entry, Reach::kReadAndRun, kPart});
    } else if (in_part(entry, wish.reach)) {
      carve_below(entry, wish, levels);
    } else {
      put({entry, wish.reach, read_at_least ? kPart : wish.why});
    }
  }
}

// What the server's own links led to, and nothing else gave.
void Grants::remark_led() {
  for (auto& [by, places] : led_) {
    std::vector<std::string> closed;
    for (const Grant& place : places)
      if (!holds(place.path, place.reach)) closed.push_back(place.path);
    std::sort(closed.begin(), closed.end());
    // A directory says what is in it, too.
    closed.erase(std::unique(closed.begin(), closed.end(),
                             [](const std::string& above, const std::string& path) {
                               return below(path, above);
                             }),
                 closed.end());
    if (closed.empty()) continue;
    remarks_.push_back(fmt::format(
        "{} leads to {}, and the server could change that: it stays closed. If it is to be open, name it by its own path under "
        "`read` or `write`",
        by, fmt::join(closed, ", ")));
  }
}

void Grants::finish(SandboxPlan& plan) {
  remark_led();
  std::sort(grants_.begin(), grants_.end(),
            [](const Grant& a, const Grant& b) { return a.path < b.path; });
  plan.grants = std::move(grants_);
  plan.remarks = std::move(remarks_);
}

}  // namespace agentmesh::proxy
