#include "policy/scan/sql_client.h"

#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// Show and set how it is shown.
constexpr std::array<std::string_view, 40> kShowing = {
    "tables", "schema",    "indexes",    "indices",    "databases", "mode",  "headers",  "header",
    "help",   "show",      "width",      "fullschema", "stats",     "timer", "explain",  "echo",
    "eqp",    "nullvalue", "separator",  "version",    "dbinfo",    "bail",  "changes",  "columns",
    "z",      "x",         "timing",     "pset",       "conninfo",  "h",     "encoding", "a",
    "t",      "qecho",     "errverbose", "sf",         "sv",        "tail",  "print",    "dump"};
// Run a program, or load one.
constexpr std::array<std::string_view, 6> kRunning = {"shell", "system", "load", "!", "!!", "host"};
// Read or write a file, or what a program says: |program.
constexpr std::array<std::string_view, 24> kFiles = {
    "i",      "ir",      "include",   "include_relative",
    "o",      "out",     "w",         "write",
    "g",      "gx",      "read",      "import",
    "open",   "output",  "once",      "save",
    "backup", "restore", "excel",     "r",
    "s",      "log",     "lo_import", "lo_export"};

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

class Commands {
 public:
  explicit Commands(SqlReading& reading) : reading_(reading) {}

  size_t read(std::string_view text) {
    size_t only = 0;  // bytes of lines before any SQL
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view line = trimmed(text.substr(at, end - at));
      const bool known = line.empty() || command(line);
      if (!known) inside(line);
      if (known && only == at) only = std::min(end + 1, text.size());
      at = end + 1;
    }
    return reading_.statements == 0 ? 0 : only;
  }

 private:
  // A line that is a command. False if it is none, or only one that may be something else.
  bool command(std::string_view line) {
    if (line[0] == '!' && line.size() > 1) {  // no SQL begins so
      run();
      return true;
    }
    if (line[0] != '\\' && line[0] != '.' && line[0] != ':') return false;
    const bool dot = line[0] == '.';
    line.remove_prefix(1);
    size_t length = 0;
    while (length < line.size() && (is_alpha(line[length]) || line[length] == '_')) ++length;
    if (length == 0)
      while (length < line.size() && line[length] == '!') ++length;
    const std::string name = ascii_lower(line.substr(0, length));
    const std::string_view rest = trimmed(line.substr(length));
    if (name.empty()) return false;
    if (is_among(kRunning, name) || (dot && abbreviates(name))) {
      run();
      return true;
    }
    if (name == "copy" && !dot) {
      copy(rest);
      return true;
    }
    if (name == "gexec") {
      reading_.runs_text = true;
      unknown();
      return true;
    }
    if (is_among(kFiles, name)) {
      file(rest);
      return true;
    }
    // What stands behind may be read as another command, or as SQL: \dt \! id
    const bool plain = rest.find_first_of("\\;`|") == std::string_view::npos;
    const bool shows = is_among(kShowing, name) || (!dot && (name[0] == 'd' || name == "l"));
    if (!shows) return false;
    if (!plain) {
      inside(rest);
      unknown();
      return true;
    }
    ++reading_.statements;
    reading_.raise(SqlClass::kReadOnly);
    return true;
  }

  // .sh, .syst: sqlite3 takes as much of a name as tells it.
  static bool abbreviates(std::string_view name) {
    return name.size() >= 2 && !is_among(kShowing, name) &&
           std::any_of(kRunning.begin(), kRunning.end(),
                       [&](std::string_view each) { return each.substr(0, name.size()) == name; });
  }

  // Commands behind SQL: SELECT 1 \g |sh
  void inside(std::string_view line) {
    for (size_t at = line.find('\\'); at < line.size(); at = line.find('\\', at + 1)) {
      const std::string_view rest = line.substr(at + 1);
      if (rest.substr(0, 1) == "!" && (at == 0 || line[at - 1] != '\'')) {
        if (at > 0 && line[at - 1] != ' ' && line[at - 1] != ';') continue;
        run();
      } else if (rest.substr(0, 5) == "gexec") {
        reading_.runs_text = true;
        unknown();
      } else if (rest.substr(0, 1) == "g" || rest.substr(0, 1) == "o") {
        const std::string_view to = trimmed(rest.substr(rest.substr(0, 2) == "gx" ? 2 : 1));
        if (to.substr(0, 1) == "|") run();
      }
    }
  }

  void copy(std::string_view rest) {
    const std::string lower_case = ascii_lower(rest);
    if (lower_case.find(" program ") != std::string::npos) return run();
    const size_t to = lower_case.find(" to ");
    const size_t from = lower_case.find(" from ");
    const size_t at = std::min(to == std::string::npos ? rest.size() : to + 4,
                               from == std::string::npos ? rest.size() : from + 6);
    place(rest.substr(at));
    ++reading_.statements;
    reading_.raise(SqlClass::kWrite);
    reading_.hit("sql.side-effect", Severity::kMedium);
  }

  void file(std::string_view rest) {
    if (rest.find('|') != std::string_view::npos) return run();
    place(rest);
    unknown();
  }

  void place(std::string_view rest) {
    rest = trimmed(rest);
    if (!rest.empty() && (rest[0] == '\'' || rest[0] == '"'))
      rest = rest.substr(1, rest.substr(1).find(rest[0]));
    else
      rest = rest.substr(0, rest.find_first_of(" \t;"));
    if (!rest.empty() && reading_.places.size() < 64) reading_.places.emplace_back(rest);
  }

  void run() {
    ++reading_.statements;
    reading_.program(Severity::kCritical);
  }
  void unknown() {
    ++reading_.statements;
    reading_.raise(SqlClass::kUnparsed);
  }

  SqlReading& reading_;
};

}  // namespace

size_t read_client_commands(std::string_view text, SqlReading& reading) {
  const bool may_be = text.find_first_of("\\.!:") != std::string_view::npos;
  return may_be ? Commands(reading).read(text) : 0;
}

}  // namespace agentmesh::policy::scan
