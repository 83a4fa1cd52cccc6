#include "cli/audit_place.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "audit/checkpoint.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/line_check.h"
#include "audit/segment.h"
#include "base/files.h"
#include "base/shell_word.h"
#include "cli/say.h"

namespace agentmesh::cli {

namespace {

std::string without_slash(std::string dir) {
  while (dir.size() > 1 && dir.ends_with('/')) dir.pop_back();
  return dir;
}

}  // namespace

AuditPlace place_of(const std::string& state_dir, const std::string& log) {
  AuditPlace place;
  place.state_dir = state_dir;
  place.log = place.usual_log = log;
  return place;
}

std::string log_dir(const AuditPlace& place) {
  return place.dir.empty() ? audit::log_directory(place.state_dir, place.log)
                           : without_slash(place.dir);
}

Home home_of(const AuditPlace& place) {
  if (place.dir.empty()) return {place.state_dir, place.log};
  const std::string absolute = lexically_normal(without_slash(place.dir), current_directory());
  const size_t name = absolute.rfind('/');
  const std::string log = absolute.substr(name + 1);
  if (place.state_dir_given)
    return {place.state_dir,
            file_exists(audit::vkeys_path(place.state_dir, log)) ? log : place.log};
  const std::string folder = absolute.substr(0, name);
  if (!folder.ends_with("/audit")) return {"", log};
  return {folder.substr(0, folder.size() - 6), log};
}

std::string place_words(const AuditPlace& place) {
  const Home home = home_of(place);
  if (home.state_dir.empty()) return "";
  return state_words(home.state_dir) +
         (home.log == place.usual_log ? "" : " --log " + shell_word(home.log));
}

bool never_was_a_log(const AuditPlace& place) {
  const auto holds = audit::holds_log(log_dir(place));
  if (holds ? *holds : holds.error().errno_value != ENOENT) return false;
  const auto [state_dir, log] = home_of(place);
  if (state_dir.empty()) return true;
  for (const std::string& kept :
       {audit::key_path(state_dir, log), audit::vkeys_path(state_dir, log),
        audit::blob_keys_directory(state_dir, log)})
    if (file_exists(kept)) return false;
  return true;
}

std::string verify_command(const AuditPlace& place) {
  constexpr const char* kCommand = "agentmesh audit verify";
  const Home home = home_of(place);
  const bool at_home =
      !home.state_dir.empty() &&
      lexically_normal(log_dir(place), current_directory()) ==
          lexically_normal(audit::log_directory(home.state_dir, home.log), current_directory());
  if (at_home) return kCommand + place_words(place);
  return fmt::format("{} --dir {}{}", kCommand, shell_word(log_dir(place)),
                     home.state_dir.empty() ? "" : state_words(home.state_dir));
}

int not_read(const Error& error, const AuditPlace& place, int status) {
  const bool gone = error.errno_value == ENOENT;
  if (gone && never_was_a_log(place)) return no_log(log_dir(place));
  complain(gone ? fmt::format("{} ({})", error.what, verify_command(place)) : error.what);
  return gone ? kNo : status;
}

Result<std::vector<audit::VerifierKey>> kept_keys(const AuditPlace& place) {
  const Home home = home_of(place);
  const std::string path = audit::vkeys_path(home.state_dir, home.log);
  if (home.state_dir.empty() || !file_exists(path)) return std::vector<audit::VerifierKey>();
  return audit::load_vkeys(path);
}

std::string origin_of(const AuditPlace& place) {
  if (const auto keys = kept_keys(place); keys && !keys->empty()) return keys->front().name;
  const auto note = read_regular(log_dir(place) + "/checkpoint", 1U << 20);
  const auto checkpoint = note ? audit::Checkpoint::parse(*note) : std::nullopt;
  return checkpoint ? checkpoint->head.origin : "";
}

bool tell_missing(std::span<const audit::Missing> missing, const AuditPlace& place) {
  constexpr size_t kTold = 20;
  for (const audit::Missing& gap : missing.first(std::min(kTold, missing.size())))
    complain(audit::to_text(gap) + " (agentmesh audit verify" + place_words(place) + ")");
  if (missing.size() > kTold)
    complain(fmt::format("more are missing in {} other places", missing.size() - kTold));
  return !missing.empty();
}

Result<Output> Output::open(const std::string& path) {
  if (path.empty()) return Output(stdout, "");
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fail_errno(path);
  std::FILE* file = ::fdopen(fd, "w");
  if (file == nullptr) {
    const int reason = errno;
    ::close(fd);
    errno = reason;
    return fail_errno(path);
  }
  return Output(file, path);
}

Output::Output(Output&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), path_(std::move(other.path_)) {}

Output::~Output() {
  if (file_ != nullptr && !path_.empty())
    (void)std::fclose(file_);  // close() told what there was to tell
}

bool Output::write(std::string_view text) {
  if (path_.empty()) {
    print(text);  // which keeps why it failed
    return std::ferror(file_) == 0;
  }
  return std::fwrite(text.data(), 1, text.size(), file_) == text.size();
}

Result<void> Output::close() {
  if (path_.empty()) flush_printed();
  if (std::fflush(file_) == 0 && std::ferror(file_) == 0) return {};
  if (path_.empty() && errno == EPIPE) return {};  // nobody reads any more
  return fail_errno(path_.empty() ? "stdout" : path_);
}

}  // namespace agentmesh::cli
