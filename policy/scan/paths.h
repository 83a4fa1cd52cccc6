// Paths: what a string of a call means as a path on this machine, and what is wrong with it.
//
// Sees: percent escapes to a fixpoint (also double and overlong), file: URLs, backslashes, NUL, full-width and other
// look-alike dots and slashes, `~`, `.` and `..` by segments, Windows drives, symlinks through the PathResolver.
// Cannot see: what the server does with a path before opening it (its own variables, globs, working directory changes);
// hard links and bind mounts; and time: between our look and the server's open, a symlink can be changed (TOCTOU). Only a
// sandbox around the server closes that.
// Measured (docs/detection.md): 864 paths that climb, 99.9 % refused; 543 sensitive absolute ones, 99.1 %; of 137 benign none.
// Cost: two passes of a path without disguise, 1.3 ns a byte of a long one; one PathResolver call each, at most kMaxResolved per call of a tool.
// Thread: pure apart from the resolver. Failure: a path that cannot be resolved (a loop, a directory without search
// permission) keeps its textual form and is the hit path.unresolved (medium).
//
// Hits: path.traversal (high)    relative, and leaves its root by `..`; or climbs above `/`; or `..` in disguise
//       path.sensitive           a key, credential, start-up file (high), the system's own files (medium): sensitivity()
//       path.encoded (low)       escapes or look-alikes that change the path, without `..`
//       path.nul (high)          a NUL inside
//       path.too-many (medium)   more than kMaxResolved paths: the rest is judged by text
//       path.unresolved (medium)

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/input.h"
#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

inline constexpr size_t kMaxResolved = 64;

// True if `path` is `dir` or lies below it, by whole components: under("/ok/a", "/ok"), not under("/ok_evil", "/ok").
// Both absolute and normal; a trailing slash of `dir` does not matter; everything absolute is under "/".
bool under(std::string_view path, std::string_view dir);

// True if the text as a whole looks like a path: `/…`, `~/…`, `./…`, `../…`, `.\…`, `C:\…`, `\\host\…`, `file:…`, or any
// text without spaces that holds a `..` segment, disguised or not. Prose, URLs, dates and fractions do not.
bool looks_like_path(std::string_view text);
// True if strings under this key of a call's arguments are paths: path, file, filename, dir, folder, cwd, source_path …
// (words of the key, case and separators aside). `content` and the like never.
bool is_path_key(std::string_view key);
// The rule of policy.md "Exact points": looks_like_path(text), or is_path_key(key) and the text is one line, not a URL of
// another scheme than file:, and no longer than 4096 bytes.
bool is_path(std::string_view key, std::string_view text);

// What a path would lay hands on. kCredential: keys, tokens, histories, start-up code, client configurations, wherever they
// lie. kSystem: the machine's own configuration, logs and kernel interfaces, servers' files; of these PathReader names only
// paths that are absolute and outside the roots and the working directory. `path` is absolute and normal
// ("/home/u/.ssh/id_rsa", "c:/windows/win.ini"); case is ignored. The lists are in sensitive.cc.
enum class Sensitivity : uint8_t { kNone, kSystem, kCredential };
Sensitivity sensitivity(std::string_view path);
// kCredential without the start-up code: what can be stolen there.
bool holds_secrets(std::string_view path);

// Reads the paths of one call, in order.
class PathReader {
 public:
  // `surroundings` may be null (textual, "/" as working directory) and, like `roots` (absolute, normal), must outlive this.
  // With roots, a relative path with `..` may move among them; without, it must stay below the working directory.
  explicit PathReader(const Surroundings* surroundings, std::span<const std::string> roots = {});

  // Absolute, decoded, normal, symlinks followed. Appends hits.
  std::string read(std::string_view text, std::vector<Hit>& hits);

 private:
  bool sensitivity_of(std::string_view path, bool relative, std::string_view base,
                      std::vector<Hit>& hits) const;

  void pieces(std::string_view text, std::vector<Hit>& hits) const;

  const Surroundings* surroundings_;
  std::span<const std::string> roots_;
  size_t resolved_ = 0;
};

}  // namespace agentmesh::policy::scan
