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

bool is_surely_missing(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

Kept::Kept(const SandboxWorld& world) {
  const auto project = resolve_path(world.working_directory);
  project_ = project ? *project : world.working_directory;
  if (!world.state_dir.empty()) places_.push_back(place_of(world.state_dir, What::kState));
  for (const std::string& path : world.governing)
    places_.push_back(place_of(path, What::kGoverning));
  for (const std::string& path : world.project)
    if (!is_surely_missing(path)) places_.push_back(place_of(path, What::kProject));
}

// Where a part of the way may not be searched or leads in circles (the server can bring about both), what is above it counts.
Kept::Place Kept::place_of(const std::string& path, What what) {
  std::string above = path;
  auto way = way_of(above);
  while (!way && above.size() > 1) {
    above.resize(std::max<size_t>(1, above.rfind('/')));
    way = way_of(above);
  }
  if (!way) return {path, {}, what};
  if (above.size() == path.size()) return {std::move(way->end), std::move(way->directories), what};
  way->directories.push_back(way->end);
  const std::string rest = path.substr(above == "/" ? 0 : above.size());
  return {way->end == "/" ? rest : way->end + rest, std::move(way->directories), what};
}

bool Kept::open(std::string_view declared) {
  if (!below(declared, project_)) return false;
  return std::erase_if(places_, [declared](const Place& place) {
           return place.what == What::kProject && below(place.end, declared);
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

bool Kept::only_the_projects(std::string_view directory) const {
  return std::all_of(places_.begin(), places_.end(), [directory](const Place& place) {
    return place.what == What::kProject || !through(place, directory);
  });
}

}  // namespace agentmesh::proxy
