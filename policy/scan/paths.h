// Paths: what a string of a call means as a path on this machine, and what is wrong with it.
//
// Sees: percent escapes to a fixpoint (also double and overlong), file: URLs, backslashes, NUL, full-width and other
// look-alike dots and slashes, `~`, `.` and `..` by segments, Windows drives, symlinks through the PathResolver.
// Cannot see: what the server does with a path before opening it (variables but $HOME, globs, working directory changes);
// hard links and bind mounts; and time: between our look and the server's open, a symlink can be changed (TOCTOU). Only a
// sandbox around the server closes that.
// Measured (docs/detection.md): 864 paths that climb, 99.9 % refused; 543 sensitive absolute ones, 98.7 % refused or asked about; of
// 137 benign none.
// Cost: two passes of a path without disguise, 1.3 ns a byte of a long one; one PathResolver call each. A disguised one has
// several readings (path_readings.h), each as much. Per budget, that is per call of a tool: at most kMaxSteps names resolved and
// kMaxRead bytes read.
// Thread: pure apart from the resolver. Failure: of what goes beyond these limits, and of a path that cannot be followed (a loop,
// a directory without search permission), certain() is false, and the caller counts it as outside every root and as protected.
//
// Hits: path.traversal (high)    relative, and leaves its root by `..`; or climbs above `/`; or `..` in disguise
//       path.sensitive           a key or credential, a start-up file that is changed (high); the system's own files, a start-up
//                                file of a shell or a packed database that is read (medium): sensitivity()
//       path.encoded (low)       escapes or look-alikes that change the path, without `..`
//       path.nul (high)          a NUL inside
//       path.too-long (high)     longer than a path can be (kLongestPath) even when normalised, or spelled in more than kLongestSpelling
//                                bytes or kMaxForms ways; where a name in it is longer than any file's (kLongestName) nothing can open
//                                it, and there is no hit
//       path.too-many (high)     more than kMaxSteps names or kMaxRead bytes: the rest is not followed
//       path.unresolved (medium)

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/input.h"
#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

inline constexpr size_t kLongestPath = 4096;  // bytes: PATH_MAX
inline constexpr size_t kLongestName = 255;   // NAME_MAX
inline constexpr size_t kLongestSpelling = 65536;
inline constexpr size_t kMaxSteps = 131'072;
inline constexpr size_t kMaxRead = 1U << 20;

// True if `path` is `dir` or lies below it, by whole components: under("/ok/a", "/ok"), not under("/ok_evil", "/ok").
// Both absolute and normal; a trailing slash of `dir` does not matter; everything absolute is under "/".
bool under(std::string_view path, std::string_view dir);

// True if the text as a whole looks like a path: `/…`, `~/…`, `./…`, `../…`, `.\…`, `C:\…`, `\\host\…`, `file:…`, or any
// text without spaces that holds a `..` segment, disguised or not. Prose, URLs, dates and fractions do not.
bool looks_like_path(std::string_view text);
// True if strings under this key of a call's arguments are paths: path, file, filename, dir, folder, cwd, source_path …
// (words of the key, case and separators aside). `content` and the like never.
bool is_path_key(std::string_view key);
// True for keys that may name a place, and may not: source, target, uri, output …
bool is_place_key(std::string_view key);
// The rule of policy.md "Exact points": any text under a path key, whatever is in it and however long; and one that looks like a
// path as it stands or when it is normalised.
bool is_path(std::string_view key, std::string_view text);

// What is done with what a path leads to.
enum class Use : uint8_t {
  kRead,
  kTouch,  // it may be changed, or only named: programs are there to be run
  kChange,
};

// How a path is written.
enum class Spelled : uint8_t {
  kPlainly,
  kRelatively,  // to the working directory, which may be "/", and below it
  kOddly,  // in escapes that it has no need of, in look-alikes, by way of "/./" or of a `..` that leads out
};

// What a path would lay hands on, from harmless to grave. `path` is absolute and normal ("/home/u/.ssh/id_rsa",
// "c:/windows/win.ini"); case is ignored. What a project has as well (web.config, nginx.conf, a directory "sam") counts in the places
// of the system or of a home directory alone, and where it is asked for oddly. The lists are in sensitive_places.h, home_places.cc,
// start_places.cc and system_places.cc.
enum class Sensitivity : uint8_t {
  kNone,
  // The machine's own configuration, logs and kernel interfaces, servers' files, programs that are changed; not what everybody
  // reads (/etc/hosts, /proc/meminfo). PathReader names only those that are absolute and outside the roots and the working directory.
  kSystem,
  kPrivate,  // read: shells' start-up files, where people keep tokens; packed dumps of databases; whom ssh reaches
  kStart,    // changed: what is run or obeyed at a start, a login or a commit
  kCredential,  // keys, tokens, histories, client configurations, wherever they lie
};
Sensitivity sensitivity(std::string_view path, Use use, Spelled how = Spelled::kPlainly);
Severity severity_of(Sensitivity how);  // of what is not kNone
// True of kCredential, and of a project's own file that may hold a token: what can be stolen there.
bool holds_secrets(std::string_view path);

// True if no file is called so, by a name in it: whoever opens the path gets ENAMETOOLONG.
bool has_endless_name(std::string_view path);
// True for path.too-many, path.too-long and path.unresolved: what was not followed.
bool is_limit(const Hit& hit);

// What is left to read paths with.
struct PathBudget {
  size_t steps = kMaxSteps;
  size_t bytes = kMaxRead;
};

// Reads the paths of one call, in order.
class PathReader {
 public:
  // `surroundings` may be null (textual, "/" as working directory) and, like `roots` (absolute, normal) and `budget` (null: one of its
  // own), must outlive this. With roots, a relative path with `..` may move among them; without, it must stay below the working directory.
  explicit PathReader(const Surroundings* surroundings, std::span<const std::string> roots = {},
                      PathBudget* budget = nullptr);
  PathReader(const PathReader&) = delete;
  PathReader& operator=(const PathReader&) = delete;

  // Absolute, decoded, normal, symlinks followed. "" for a URL that is no path by any reading, and for what is too long to be one.
  // Appends hits. Of "/srv/data:/data:ro", which says where one tree is mounted in another, the first is read.
  std::string read(std::string_view text, std::vector<Hit>& hits, Use use = Use::kChange);
  // Of the text last read: where else it leads by another reading, if that may be another place. Without duplicates.
  const std::vector<std::string>& others() const { return others_; }
  // False: where it leads could not be told.
  bool certain() const { return certain_; }
  // What path.sensitive was raised for, of the text last read: each place that it leads to by some reading, and what it would be to
  // read it (`use` aside).
  struct Sensitive {
    std::string place;
    Sensitivity as_read = Sensitivity::kNone;
  };
  const std::vector<Sensitive>& sensitive() const { return sensitive_; }
  // True if the text last read is spelled oddly.
  bool oddly() const { return oddly_; }
  // Where a relative path begins, most likely; "/" if nobody knows.
  std::string_view base() const { return base_; }
  // True if a text was not followed because too much came before it.
  bool spent() const { return told_too_many_; }

 private:
  struct Main;  // the reading with all disguises taken off

  Main main_reading(std::string_view text) const;
  void judge(const Main& main, const std::optional<std::string>& real, std::vector<Hit>& hits);
  void other_readings(std::string_view text, const Main& main, std::vector<Hit>& hits);
  void consider(const std::string& normal, bool elsewhere, const Main& main,
                std::vector<Hit>& hits);
  void as_the_kernel(const std::string& absolute, const Main& main, std::vector<Hit>& hits);
  void pieces(std::string_view text, std::vector<Hit>& hits);
  void keep(std::string path);
  std::optional<std::string> follow(std::string_view path);
  void lose(std::string_view id, Severity severity, std::vector<Hit>& hits);
  void sensitivity_of(std::string_view path, bool relative, std::vector<Hit>& hits);
  Sensitivity how_sensitive(std::string_view path, bool relative, Use use) const;
  bool in_roots(std::string_view path) const;
  bool in_bases(std::string_view path);
  const std::vector<std::string>& bases();
  bool is_guarded(std::string_view path) const;

  const Surroundings* surroundings_;
  std::span<const std::string> roots_;
  std::string_view home_ = "/home";
  std::string_view base_;           // where a relative path begins, most likely
  std::vector<std::string> bases_;  // and wherever else it may; put together when asked for
  PathBudget own_;
  PathBudget& left_;
  bool spent_ = false;
  bool told_too_many_ = false;
  bool certain_ = true;
  Use use_ = Use::kChange;
  bool oddly_ = false;  // spelled so, the text last read
  std::vector<std::string> others_;
  std::vector<Sensitive> sensitive_;
};

}  // namespace agentmesh::policy::scan
