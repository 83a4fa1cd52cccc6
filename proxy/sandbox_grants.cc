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

// A file system as wide as this is not cut up around our state directory.
constexpr size_t kMostCarved = 4096;

}  // namespace

Grants::Grants(const SandboxWorld& world) {
  const auto way = way_of(world.state_dir);
  state_dir_ = way ? way->end : world.state_dir;
  if (way) our_way_ = way->directories;
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
  for (size_t i = 0; i < wishes.size(); ++i) {
    if (ways[i].end.empty()) continue;
    const auto& links = ways[i].links;
    const auto link = std::find_if(links.begin(), links.end(), could_be_changed);
    if (link == links.end())
      place(ways[i].end, wishes[i]);
    else
      led_[*link].push_back({ways[i].end, wishes[i].reach, wishes[i].why});
  }
}

bool Grants::add(const Wish& wish) {
  const auto way = way_of(wish.path);
  if (!way || !file_exists(way->end)) return false;
  const std::string link = wish.led_by.empty() ? changeable_link(*way) : wish.led_by;
  if (link.empty()) return place(way->end, wish);
  led_[link].push_back({way->end, wish.reach, wish.why});
  return false;
}

bool Grants::changeable(std::string_view path) const {
  return std::any_of(grants_.begin(), grants_.end(), [path](const Grant& grant) {
    return grant.reach == Reach::kWrite && below(path, grant.path);
  });
}

std::string Grants::changeable_link(const Way& way) const {
  const auto link = std::find_if(way.links.begin(), way.links.end(),
                                 [this](const std::string& one) { return changeable(one); });
  return link == way.links.end() ? "" : *link;
}

bool Grants::place(const std::string& end, const Wish& wish) {
  if (below(end, state_dir_) && !below(end, tmp_)) {
    if (wish.why == "declared")
      remarks_.push_back(wish.path + " is inside the state directory and stays closed");
    return false;
  }
  if (below(state_dir_, end) || (wish.reach == Reach::kWrite && on_our_way(end)))
    carve(end, wish);
  else
    put({end, wish.reach, wish.why});
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

// Whether who can change this directory could put another state directory in the place of ours.
bool Grants::on_our_way(const std::string& path) const {
  return std::any_of(our_way_.begin(), our_way_.end(),
                     [&](const std::string& directory) { return below(directory, path); });
}

// Landlock gives a directory with everything below it and takes nothing away again. So a directory that holds our
// state is given by its entries, but for the one that leads to it.
void Grants::carve(const std::string& directory, const Wish& wish) {
  remarks_.push_back(fmt::format(
      "{} holds the state directory{}: what is in it now is given one by one, and nothing new can be made in it",
      directory, below(state_dir_, directory) ? "" : " or a link that leads to it"));
  carve_below(directory, wish);
}

void Grants::carve_below(const std::string& directory, const Wish& wish) {
  const auto names = list_directory(directory);
  if (!names || names->size() > kMostCarved) {
    remarks_.push_back(directory + " could not be given in part and stays closed");
    return;
  }
  for (const std::string& name : *names) {
    const std::string entry = (directory == "/" ? "" : directory) + "/" + name;
    if (entry == state_dir_) continue;
    // By its own name: what a link leads to is elsewhere, and may be closed.
    const auto real = resolve_path(entry);
    if (!real || *real != entry) continue;
    if (below(state_dir_, entry) || (wish.reach == Reach::kWrite && on_our_way(entry)))
      carve_below(entry, wish);
    else
      put({entry, wish.reach, wish.why});
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
