#include "proxy/sandbox_kept.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/below.h"
#include "base/files.h"
#include "base/way.h"

namespace agentmesh::proxy {

namespace {

// The innermost of `projects` that holds `path`, without links; "" if none does.
std::string project_of(const std::string& path, const std::vector<std::string>& projects) {
  std::string found;
  for (const std::string& project : projects) {
    std::string real = resolve_path(project).value_or(project);
    if ((below(path, project) || below(path, real)) && real.size() > found.size())
      found = std::move(real);
  }
  return found;
}

bool is_surely_missing(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

Kept::Kept(const SandboxWorld& world) {
  if (!world.state_dir.empty()) places_.push_back(place_of(world.state_dir, What::kState));
  for (const std::string& path : world.closed) places_.push_back(place_of(path, What::kState));
  for (const std::string& path : world.governing)
    places_.push_back(place_of(path, What::kGoverning));
  for (const std::string& path : world.project)
    if (!is_surely_missing(path)) {
      places_.push_back(place_of(path, What::kProject));
      places_.back().project = project_of(path, world.projects);
    }
}

// Where a part of the way may not be searched or leads in circles (the server can bring about both), what is above it counts.
Kept::Place Kept::place_of(const std::string& path, What what) {
  std::string above = path;
  auto way = way_of(above);
  while (!way && above.size() > 1) {
    above.resize(std::max<size_t>(1, above.rfind('/')));
    way = way_of(above);
  }
  if (!way) return {path, {}, what, {}};
  if (above.size() == path.size())
    return {std::move(way->end), std::move(way->directories), what, {}};
  way->directories.push_back(way->end);
  const std::string rest = path.substr(above == "/" ? 0 : above.size());
  return {way->end == "/" ? rest : way->end + rest, std::move(way->directories), what, {}};
}

bool Kept::open(std::string_view declared) {
  return std::erase_if(places_, [declared](const Place& place) {
           return !place.project.empty() && below(declared, place.project) &&
                  below(place.end, declared);
         }) > 0;
}

bool Kept::is(std::string_view path) const {
  return std::any_of(places_.begin(), places_.end(),
                     [path](const Place& place) { return below(path, place.end); });
}

bool Kept::through(const Place& place, std::string_view directory) {
  return std::any_of(place.directories.begin(), place.directories.end(),
                     [directory](const std::string& one) { return below(one, directory); });
}

bool Kept::leads_through(std::string_view directory) const {
  return std::any_of(places_.begin(), places_.end(),
                     [directory](const Place& place) { return through(place, directory); });
}

bool Kept::leads_to_state(std::string_view directory) const {
  return std::any_of(places_.begin(), places_.end(), [directory](const Place& place) {
    return place.what == What::kState && through(place, directory);
  });
}

std::vector<std::string> Kept::governing(std::string_view directory) const {
  std::vector<std::string> out;
  for (const Place& place : places_)
    if (place.what != What::kState && through(place, directory)) out.push_back(place.end);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  std::stable_partition(out.begin(), out.end(),
                        [](const std::string& path) { return file_exists(path); });
  return out;
}

std::vector<std::string> Kept::projects(std::string_view directory) const {
  std::vector<std::string> out;
  for (const Place& place : places_) {
    if (!through(place, directory)) continue;
    if (place.project.empty()) return {};
    if (std::find(out.begin(), out.end(), place.project) == out.end()) out.push_back(place.project);
  }
  return out;
}

}  // namespace agentmesh::proxy
