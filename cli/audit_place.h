// Which log an audit command is about, whose keys vouch for it, and where its output goes.

#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note.h"
#include "audit/read.h"
#include "base/result.h"
#include "cli/audit.h"

namespace agentmesh::cli {

// Exit statuses of `show` and `prove` besides those of all commands (audit.md, section 10).
inline constexpr int kNotThere = 3;
inline constexpr int kNotRead = 4;

// The log that the settings name, for commands that take no --log.
AuditPlace place_of(const std::string& state_dir, const std::string& log);

// The log's directory.
std::string log_dir(const AuditPlace& place);

// The state directory that the log belongs to, and its name there. For a copy outside of one: the named state directory,
// or "".
struct Home {
  std::string state_dir;
  std::string log;
};
Home home_of(const AuditPlace& place);

// What stands behind `agentmesh audit COMMAND` in a line to type, so that it is about this log; "" for a copy outside of any state
// directory.
std::string place_words(const AuditPlace& place);

// True if the log's directory has nothing of a log in it or is not there, and its home keeps nothing of it: it was not emptied, it
// never was one.
bool never_was_a_log(const AuditPlace& place);

// "agentmesh audit verify", with what makes it about this very directory.
std::string verify_command(const AuditPlace& place);

// Of a log that could not be read. Where there never was one that is said, and the answer is kNo; it is kNo as well where something of
// it is gone, for then it is damaged, and whoever reads it is told what says more; else `status`.
int not_read(const Error& error, const AuditPlace& place, int status);

// The keys that the log's home keeps; none for a copy without one.
Result<std::vector<audit::VerifierKey>> kept_keys(const AuditPlace& place);

// What the log calls itself; "" if nothing says it.
std::string origin_of(const AuditPlace& place);

// Says on stderr which records the log has not that it should have. True if there are any.
bool tell_missing(std::span<const audit::Missing> missing, const AuditPlace& place);

// Stdout, or a file of that name (0600, new or emptied), written to in large pieces.
class Output {
 public:
  static Result<Output> open(const std::string& path);  // "": stdout
  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;
  ~Output();

  // False if nobody reads any more, or the disk is full.
  bool write(std::string_view text);
  Result<void> close();

 private:
  explicit Output(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  std::FILE* file_;
  std::string path_;  // "" for stdout
};

}  // namespace agentmesh::cli
