// Place list: whether one of a few dozen places ("/.ssh", "/.config/fish") stands in a path, looked for only where a component begins
// with the same letter. Texts are full of words that could be paths, and nearly always the answer is no.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agentmesh::policy::scan {

// What stands behind a place that is whole.
inline bool goes_below(std::string_view rest) { return rest.empty() || rest[0] == '/'; }

template <size_t N>
class PlaceList {
 public:
  // Each with its slash first, and something behind it.
  constexpr explicit PlaceList(const std::string_view (&places)[N]) {
    size_t count = 0;
    for (size_t letter = 0; letter < 256; ++letter) {
      from_[letter] = static_cast<uint8_t>(count);
      for (const std::string_view place : places)
        if (static_cast<uint8_t>(place[1]) == letter) places_[count++] = place;
    }
    from_[256] = static_cast<uint8_t>(count);
  }

  // True if one stands in `path` with a rest behind it for which `ends` is true.
  template <class Ends>
  bool in(std::string_view path, Ends ends) const {
    for (size_t slash = path.find('/'); slash < path.size(); slash = path.find('/', slash + 1))
      if (begins(path.substr(slash), ends)) return true;
    return false;
  }
  // The same, where the path begins with it.
  template <class Ends>
  bool begins(std::string_view path, Ends ends) const {
    if (path.size() < 2 || path[0] != '/') return false;
    const auto letter = static_cast<uint8_t>(path[1]);
    const char next = path.size() > 2 ? path[2] : '\0';  // many begin with a dot
    for (size_t i = from_[letter]; i < from_[letter + 1U]; ++i) {
      const std::string_view place = places_[i];
      if ((place.size() < 3 || place[2] == next) && path.starts_with(place) &&
          ends(path.substr(place.size())))
        return true;
    }
    return false;
  }

 private:
  static_assert(N < 256);
  std::array<std::string_view, N> places_{};  // in the order of their letters
  std::array<uint8_t, 257> from_{};           // where those of a letter begin
};

}  // namespace agentmesh::policy::scan
