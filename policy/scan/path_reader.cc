// Where a path of a call leads: the reading with all its disguises taken off, and every other that is another place.

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/files.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/path_readings.h"
#include "policy/scan/path_spelling.h"
#include "policy/scan/paths.h"
#include "policy/scan/system_places.h"

namespace agentmesh::policy::scan {
namespace {

bool any_holds(std::span<const std::string> directories, std::string_view path) {
  return std::any_of(directories.begin(), directories.end(),
                     [path](const std::string& directory) { return under(path, directory); });
}

// Above, below or in one of them.
bool touches(std::span<const std::string> directories, std::string_view path) {
  return std::any_of(directories.begin(), directories.end(), [path](const std::string& directory) {
    return under(path, directory) || under(directory, path);
  });
}

// Nothing in it can be taken out or read otherwise.
bool stays_as_long(std::string_view text) {
  return is_plain(text) && text.find_first_of("%\\\n") == std::string_view::npos &&
         text.find("..") == std::string_view::npos;
}

// Escapes that no program writes: of letters, digits and what stands in names, of the bytes of overlong forms, of nothing at all.
bool is_odd(std::string_view text) {
  size_t at = text.find('%');
  if (at == std::string_view::npos) return true;  // look-alikes
  for (; at < text.size(); at = text.find('%', at + 1)) {
    const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
    if (high < 0 || low < 0) return true;
    const int byte = high * 16 + low;
    const bool overlong = byte == 0xC0 || byte == 0xC1 || byte >= 0xF5;
    if (overlong || is_alnum(static_cast<char>(byte)) ||
        std::string_view("./\\%_-").find(static_cast<char>(byte)) < 6)
      return true;
  }
  return false;
}

// By way of "/./", or of a name that no file has and that a `..` takes back.
bool is_roundabout(std::string_view spelling) {
  return spelling.find("/./") < spelling.size() ||
         (spelling.find("/../") < spelling.size() && has_endless_name(spelling));
}

// A reading, by text.
struct Considered {
  std::string normal;
  bool elsewhere = false;
};

}  // namespace

bool has_endless_name(std::string_view path) {
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (end - begin > kLongestName) return true;
    begin = end + 1;
  }
  return false;
}

bool is_limit(const Hit& hit) {
  return hit.id == "path.too-many" || hit.id == "path.too-long" || hit.id == "path.unresolved";
}

struct PathReader::Main {
  std::string path;  // normal, symlinks not followed
  bool relative = false;
  bool nul = false;
  bool encoded = false;
  bool traversal = false;
  std::string spelling;  // decoded
};

PathReader::PathReader(const Surroundings* surroundings, std::span<const std::string> roots,
                       PathBudget* budget)
    : surroundings_(surroundings), roots_(roots), left_(budget != nullptr ? *budget : own_) {
  if (surroundings_ != nullptr) {
    if (!surroundings_->home.empty()) home_ = surroundings_->home;
    base_ = surroundings_->working_directory;
  }
  if (!roots_.empty() && !in_roots(base_)) base_ = roots_[0];
  if (base_.empty()) base_ = "/";
}

const std::vector<std::string>& PathReader::bases() {
  if (!bases_.empty()) return bases_;
  const auto add = [this](std::string_view base) {
    if (!base.empty() && std::find(bases_.begin(), bases_.end(), base) == bases_.end())
      bases_.emplace_back(base);
  };
  add(base_);
  for (const std::string& root : roots_) add(root);
  if (surroundings_ == nullptr) return bases_;
  add(surroundings_->working_directory);
  for (const std::string& root : surroundings_->derived_roots) add(root);
  return bases_;
}

std::string PathReader::read(std::string_view text, std::vector<Hit>& hits, Use use) {
  others_.clear();
  sensitive_.clear();
  oddly_ = false;
  certain_ = true;
  use_ = use;
  if (const std::string_view outer = mounted(text); !outer.empty()) {
    pieces(text, hits);
    // A directory may be called "data:", and a link in it lead anywhere.
    if (const std::string whole = normal_form(text, false).path; text.starts_with('/'))
      if (std::optional<std::string> real = follow(whole); real && *real != whole)
        keep(std::move(*real));
    if (text.ends_with(":ro") || text.ends_with(",ro") || text.find(":ro,") < text.size())
      use_ = Use::kRead;
    text = outer;
  }
  if (text.size() > kLongestSpelling) {
    if (!stays_as_long(text) || !has_endless_name(text))
      lose("path.too-long", Severity::kHigh, hits);
    return {};
  }
  if (text.size() > left_.bytes) {
    lose("path.too-many", Severity::kHigh, hits);
    return {};
  }
  left_.bytes -= text.size();
  const Main main = main_reading(text);
  oddly_ =
      main.nul || main.traversal || (main.encoded && is_odd(text)) || is_roundabout(main.spelling);
  if (main.nul) add_hit(hits, {"path.nul", Severity::kHigh});
  std::string path;
  bool is_url = false;
  if (main.path.size() > kLongestPath) {
    if (!has_endless_name(main.path)) lose("path.too-long", Severity::kHigh, hits);
  } else {
    std::optional<std::string> real = follow(main.path);
    const bool endless = !real && has_endless_name(main.path);
    // A URL where a path is asked for: below the working directory nothing is called so.
    is_url = has_other_scheme(trim_path(text)) && in_bases(main.path) &&
             main.path.find(':') != std::string::npos && (endless || real == main.path);
    if (!is_url) judge(main, real, hits);
    if (!real && spent_)
      lose("path.too-many", Severity::kHigh, hits);
    else if (!real && !endless)
      lose("path.unresolved", Severity::kMedium, hits);
    else if (!real && !is_url)
      add_hit(hits, {"path.unresolved", Severity::kMedium});
    path = real ? *real : main.path;
  }
  other_readings(text, main, hits);
  std::erase(others_, path);
  return is_url && !is_guarded(path) ? std::string() : path;
}

void PathReader::judge(const Main& main, const std::optional<std::string>& real,
                       std::vector<Hit>& hits) {
  if (main.traversal)
    add_hit(hits, {"path.traversal", Severity::kHigh});
  else if (main.encoded)
    add_hit(hits, {"path.encoded", Severity::kLow});
  pieces(main.spelling, hits);
  sensitivity_of(main.path, main.relative, hits);
  if (real && *real != main.path) sensitivity_of(*real, false, hits);
}

PathReader::Main PathReader::main_reading(std::string_view text) const {
  PathSpelling path = decode_path(text);
  strip_file_scheme(path.text);
  Main main;
  main.nul = path.nul;
  main.encoded = path.encoded;
  const std::string_view base = base_;
  std::string& out = main.path;  // without a trailing slash; "" stands for "/"
  std::string_view rest = path.text;
  if (const std::string_view letter = path_drive(rest); !letter.empty()) {
    out = ascii_lower(letter);
    rest.remove_prefix(2);
  } else if (!rest.empty() && rest[0] == '~' &&
             (rest.size() == 1 || rest[1] == '/' ||
              (is_of(rest[1], kAlphaByte) && rest.find('/') != std::string_view::npos))) {
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view user = rest.substr(1, end - 1);
    out = user.empty()     ? std::string(home_)
          : user == "root" ? "/root"
                           : "/home/" + std::string(user);
    rest.remove_prefix(end);
  } else if (rest.empty() || rest[0] != '/') {
    main.relative = true;
    out = base == "/" ? std::string_view() : base;
  }
  while (!out.empty() && out.back() == '/') out.pop_back();
  const std::string start = out;  // what a relative path must not leave

  bool left = false;       // was above where it began
  bool above_top = false;  // climbed over the top
  bool disguised = false;
  bool was_inside = main.relative;
  for (size_t begin = 0; begin <= rest.size();) {
    size_t end = rest.find('/', begin);
    if (end == std::string_view::npos) end = rest.size();
    const std::string_view segment = rest.substr(begin, end - begin);
    const Segment kind = segment_kind(segment, end == rest.size());
    begin = end + 1;
    if (kind == Segment::kHere) continue;
    if (kind == Segment::kName) {
      out += '/';
      out += segment.substr(0, segment.find('\0'));
      if (!roots_.empty() && in_roots(out)) was_inside = true;
      continue;
    }
    disguised = disguised || kind == Segment::kUpInDisguise || path.encoded;
    const size_t slash = out.rfind('/');
    if (slash == std::string::npos) {
      above_top = true;
    } else {
      out.erase(slash);
    }
    if (main.relative && (out.size() < start.size() || above_top)) left = true;
  }
  if (out.empty()) out = "/";
  if (main.relative && !under(out, start.empty() ? "/" : start)) left = true;
  const bool leaves = !roots_.empty() ? (was_inside && !in_roots(out) && (left || !main.relative) &&
                                         rest.find("..") != std::string_view::npos)
                                      : left;
  main.traversal = disguised || above_top || leaves;
  main.spelling = std::move(path.text);
  return main;
}

// What the main reading took for something else than another reader would.
void PathReader::other_readings(std::string_view text, const Main& main, std::vector<Hit>& hits) {
  const bool plain = has_one_form(text);
  const bool relative = !text.starts_with('/');
  if (plain && !goes_back(text) && (!relative || bases().size() == 1)) return;
  std::vector<Considered> considered;
  const auto consider_once = [&](const std::string& normal, bool elsewhere) {
    const bool known =
        std::any_of(considered.begin(), considered.end(), [&](const Considered& one) {
          return (elsewhere || !one.elsewhere) && one.normal == normal;
        });
    if (known) return;
    considered.push_back({normal, elsewhere});
    consider(normal, elsewhere, main, hits);
  };
  const PathForms forms = plain ? PathForms{{std::string(text)}, true} : path_forms(text);
  if (!forms.all) lose("path.too-long", Severity::kHigh, hits);
  for (const std::string& form : forms.forms) {
    if (form.empty()) continue;
    if (form.size() > left_.bytes) return lose("path.too-many", Severity::kHigh, hits);
    left_.bytes -= form.size();
    const bool begins_elsewhere = form[0] != '/' && form[0] != '~';
    bool elsewhere = false;
    for (const std::string& absolute : absolute_forms(form, {home_, bases()})) {
      const NormalForm normal = normal_form(absolute, false);
      consider_once(normal.path, elsewhere);
      if (normal.disguise) consider_once(normal_form(absolute, true).path, elsewhere);
      if (goes_back(form) && absolute.size() <= kLongestPath) as_the_kernel(absolute, main, hits);
      elsewhere = begins_elsewhere;
    }
  }
}

// `elsewhere`: it begins at another directory than the likeliest.
void PathReader::consider(const std::string& normal, bool elsewhere, const Main& main,
                          std::vector<Hit>& hits) {
  if (normal == main.path || normal.size() > kLongestPath) return;
  const bool odd = !has_one_form(normal) || normal.find("/~") != std::string::npos;
  const std::optional<std::string> followed = follow(normal);
  if (!followed) {
    // Of an odd name that cannot be, nothing opens a file.
    if (spent_)
      lose("path.too-many", Severity::kHigh, hits);
    else if (!odd && !has_endless_name(normal))
      lose("path.unresolved", Severity::kMedium, hits);
  }
  const std::string& real = followed ? *followed : normal;
  const bool leads_out = real != normal && !in_bases(real);
  const bool left_behind = !in_bases(real) && !roots_.empty() && in_roots(main.path);
  if (!is_guarded(real) && !leads_out && !(left_behind && !elsewhere) && (odd || elsewhere)) return;
  sensitivity_of(real, false, hits);
  keep(real);
}

// A kernel follows a link before it goes up from where that leads; who normalises first goes up by text.
void PathReader::as_the_kernel(const std::string& absolute, const Main& main,
                               std::vector<Hit>& hits) {
  const std::optional<std::string> followed = follow(absolute);
  if (!followed) {
    if (spent_) lose("path.too-many", Severity::kHigh, hits);
    return;
  }
  const std::string real = lexically_normal(*followed, "/");
  if (real == main.path || real == normal_form(absolute, false).path) return;
  sensitivity_of(real, false, hits);
  keep(real);
}

// A path argument that is more than a path: a command line, an attribute, a form, a list. What it names counts.
void PathReader::pieces(std::string_view text, std::vector<Hit>& hits) {
  constexpr std::string_view kEnds = " \t\r\n\"'<>=;|&`(),:";
  if (text.find_first_of(kEnds) == std::string_view::npos) return;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of(kEnds, begin), text.size());
    const std::string_view piece = text.substr(begin, end - begin);
    const bool first = begin == 0;
    const bool listed = !first && (text[begin - 1] == ',' || text[begin - 1] == ':');
    begin = end + 1;
    if (first || piece.size() < 4) continue;
    if (!listed && piece.substr(0, 3) == "../") add_hit(hits, {"path.traversal", Severity::kHigh});
    if (piece[0] != '/' && !piece.starts_with("~/")) continue;
    if (!listed && piece[0] == '/' && piece.find('/', 1) != std::string_view::npos) {
      const Sensitivity how = sensitivity(piece, Use::kRead);
      if (how != Sensitivity::kNone) {
        add_hit(hits, {"path.sensitive", severity_of(how)});
        sensitive_.push_back({std::string(piece), how});
      }
    }
    std::string path =
        piece[0] == '~' ? std::string(home_).append(piece.substr(1)) : std::string(piece);
    path = normal_form(path, false).path;
    if (is_guarded(path)) keep(std::move(path));
  }
  // A list, one a line.
  if (text.find('\n') == std::string_view::npos) return;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trim_path(text.substr(begin, end - begin));
    begin = end + 1;
    if (!line.starts_with('/') || line.size() > kLongestPath) continue;
    const std::string normal = normal_form(line, false).path;
    const std::optional<std::string> real = follow(normal);
    if (!real && spent_) lose("path.too-many", Severity::kHigh, hits);
    keep(real ? *real : normal);
  }
}

void PathReader::keep(std::string path) {
  if (std::find(others_.begin(), others_.end(), path) == others_.end())
    others_.push_back(std::move(path));
}

// Nothing: there is no such way, or nothing is left to go on with (spent_).
std::optional<std::string> PathReader::follow(std::string_view path) {
  if (path.empty() || path[0] != '/' || surroundings_ == nullptr || !surroundings_->resolve)
    return std::string(path);
  const auto steps = static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
  if (steps > left_.steps) {
    spent_ = true;
    return std::nullopt;
  }
  left_.steps -= steps;
  Result<std::string> real = surroundings_->resolve(path);
  if (!real) return std::nullopt;
  return std::move(*real);
}

void PathReader::lose(std::string_view id, Severity severity, std::vector<Hit>& hits) {
  certain_ = false;
  if (id == "path.too-many" && std::exchange(told_too_many_, true)) return;
  add_hit(hits, {id, severity});
}

bool PathReader::in_roots(std::string_view path) const { return any_holds(roots_, path); }
bool PathReader::in_bases(std::string_view path) { return any_holds(bases(), path); }

bool PathReader::is_guarded(std::string_view path) const {
  return surroundings_ != nullptr && (touches(surroundings_->unreadable_paths, path) ||
                                      touches(surroundings_->protected_paths, path));
}

Sensitivity PathReader::how_sensitive(std::string_view path, bool relative, Use use) const {
  const Spelled how = oddly_     ? Spelled::kOddly
                      : relative ? Spelled::kRelatively
                                 : Spelled::kPlainly;
  const Sensitivity found = sensitivity(path, use, how);
  // A home that lies where no other does.
  if (found == Sensitivity::kCredential || home_.size() < 2 || !under(path, home_)) return found;
  std::string usual = "/home/me";
  usual += path.substr(home_.size());
  return sensitivity(usual, use, how) == Sensitivity::kCredential ? Sensitivity::kCredential
                                                                  : found;
}

// Appends the hit if `path` is sensitive.
void PathReader::sensitivity_of(std::string_view path, bool relative, std::vector<Hit>& hits) {
  // What every program reads is only named there, unless it is changed.
  const bool read = use_ == Use::kTouch && is_everyday_place(ascii_lower(path));
  const Sensitivity how = how_sensitive(path, relative, read ? Use::kRead : use_);
  if (how == Sensitivity::kNone) return;
  const bool at_home = under(path, base_) && base_ != "/";
  if (how == Sensitivity::kSystem && ((relative && at_home) || at_home || in_roots(path))) return;
  add_hit(hits, {"path.sensitive", severity_of(how)});
  sensitive_.push_back({std::string(path), how_sensitive(path, relative, Use::kRead)});
}

}  // namespace agentmesh::policy::scan
