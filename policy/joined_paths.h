// Joined paths: a path that stands in several places of one call, of which each for itself is harmless: a directory in one argument
// and a name in another, parts in a list, a name behind a `cd`.
//
// Which text is put behind which, only the server knows: so each is put behind each directory that is named, behind where that
// leads, and so on. Few lead on: a text that does not begin with a part of a protected place, does not climb and is no directory
// that a command enters is dropped when it comes, and so is a directory above no protected place while nothing climbs.
// For self-protection, and by text but for directories that are entered; look_joined.cc follows the links of what is joined once, for
// the roots as well.
//
// Order: begin_at() and name(), then run(), once. One per call; not for threads.
// Cost: at most kMaxPairs joins of about half a microsecond, kMaxAside directories above nothing protected, and kMaxFollowed
// PathResolver calls. Failure: beyond these lost() is true if some text could complete a protected place.

#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "policy/input.h"

namespace agentmesh::policy {

class JoinedPaths {
 public:
  static constexpr size_t kMaxPairs = 65'536;
  static constexpr size_t kMaxAside = 64;
  static constexpr size_t kMaxFollowed = 256;

  // `here` must outlive this.
  explicit JoinedPaths(const Surroundings& here) : here_(here) {}

  // A directory, perhaps; absolute and normal, as it really is.
  void begin_at(std::string path) { starts_.push_back(std::move(path)); }
  // What a text is to the call.
  enum class Role : uint8_t {
    kName,   // an argument, or a part of one
    kWord,   // of a command, which by itself is relative to where the server works
    kTaken,  // the same, and goes with all it holds
    kEnter,  // a directory that a command enters, or an argument names
  };
  // What may be relative to a directory of the call, however it is spelled.
  void name(std::string_view text, Role role);

  // Where they lead together: protected places, and for what is taken the directories above them. Without duplicates.
  std::vector<std::string> run();
  // True if it could not be told, and some text could complete a protected place.
  bool lost() const { return lost_; }
  // True if a protected place lies below the path.
  bool is_above(std::string_view path) const;

 private:
  struct Text {
    std::string path;  // relative, normal but for `..` in front
    Role role = Role::kName;
    bool climbs = false;
    bool ups = false;   // and names nothing: "../.."
    size_t number = 0;  // of kEnter: which of them, from 1
    bool leads_on() const { return ups || role == Role::kEnter; }
  };
  struct Place {
    std::string path;
    bool above = false;    // a protected place lies below
    bool implied = false;  // where a server works: not named by the call
    size_t after = 0;  // by the kEnter of this number, last; those before it are not entered again
  };

  bool is_part(std::string_view name);
  bool could_lead(std::string_view text) const;
  bool is_guarded(std::string_view path) const;
  bool is_base(std::string_view path) const;
  void add_form(std::string_view form, Role role);
  void add_place(Place place);
  void join(const Place& place, const Text& text);

  const Surroundings& here_;
  std::vector<std::string_view>
      parts_;  // every name in a protected path; put together when asked for
  std::vector<std::string> starts_;
  std::vector<Text> texts_;
  std::vector<Place> places_;
  size_t aside_ = 0;  // of places_, those above nothing protected
  size_t pairs_ = 0;
  size_t entered_ = 0;
  size_t followed_ = 0;
  bool cut_ = false;
  bool lost_ = false;
  std::vector<std::string> found_;
};

}  // namespace agentmesh::policy
