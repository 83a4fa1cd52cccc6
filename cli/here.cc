#include "cli/here.h"

#include <sys/stat.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "audit/log.h"
#include "base/disk.h"
#include "base/files.h"
#include "cli/say.h"
#include "config/paths.h"
#include "proxy/snapshots.h"

namespace agentmesh::cli {

namespace {

// The state directory, sound and ours.
std::optional<std::string> find_state_directory(const std::string& given,
                                                const config::Environment& environment) {
  auto directory = config::state_directory(given, environment);
  if (!directory) {
    complain(directory.error().what);
    return std::nullopt;
  }
  if (is_no_directory(*directory)) return std::nullopt;
  if (auto own = check_own_directory(*directory); !own) {
    complain(own.error().what);
    return std::nullopt;
  }
  return std::move(*directory);
}

// Sets `failed` if they cannot be used as they are.
Here here_with_settings(std::string state_dir, const std::string& config,
                        const config::Environment& environment, bool& failed) {
  Here here{std::move(state_dir), "", {}};
  if (auto file = config::config_file(config, environment)) {
    config::LoadedSettings loaded = config::load_settings(file->path, file->required);
    failed = complain_about(loaded.diagnostics, false) || loaded.failed;
    here.config_file = std::move(file->path);
    here.settings = std::move(loaded.settings);
  } else {
    failed = true;
    complain(file.error().what);
  }
  here.settings.proxy.state_dir = here.state_dir;
  here.settings.proxy.audit.state_dir = here.state_dir;
  here.settings.proxy.audit.state_words = state_words(here.state_dir);
  if (!config.empty())  // else they are the usual ones
    here.settings.proxy.audit.log_words = log_words(here.settings.proxy.audit.log);
  return here;
}

}  // namespace

std::optional<Here> find_here(const std::string& state_dir, const std::string& config) {
  const config::Environment environment = config::system_environment();
  auto directory = find_state_directory(state_dir, environment);
  if (!directory) return std::nullopt;
  bool failed = false;
  Here here = here_with_settings(std::move(*directory), config, environment, failed);
  if (failed) return std::nullopt;
  return here;
}

std::optional<Here> find_here_despite_settings(const std::string& state_dir) {
  const config::Environment environment = config::system_environment();
  auto directory = find_state_directory(state_dir, environment);
  if (!directory) return std::nullopt;
  bool failed = false;
  Here here = here_with_settings(std::move(*directory), "", environment, failed);
  if (failed)
    complain(fmt::format(
        "the settings cannot be used as they are: what is done is recorded in the log '{}'",
        here.settings.proxy.audit.log));
  return here;
}

void tell_if_not_there(const std::string& given, const std::string& state_dir) {
  if (!given.empty() && !file_exists(state_dir)) complain(state_dir + " is not there");
}

bool is_no_directory(const std::string& state_dir) {
  struct stat about {};
  if (::stat(state_dir.c_str(), &about) != 0 || S_ISDIR(about.st_mode)) return false;
  complain(
      state_dir +
      ": the state directory is no directory; move it away, or choose another with --state-dir");
  return true;
}

std::string state_words(const std::string& state_dir) {
  return config::state_words(state_dir, {config::system_environment()});
}

UsualSettings usual_settings() {
  auto file = config::config_file("", config::system_environment());
  if (!file) return {};
  config::LoadedSettings loaded = config::load_settings(file->path, false);
  return {std::move(file->path), std::move(loaded.settings), loaded.failed,
          std::move(loaded.diagnostics)};
}

std::string usual_log() { return usual_settings().settings.proxy.audit.log; }

std::string log_words(const std::string& log) { return log == usual_log() ? "" : " --log " + log; }

bool complain_about(const std::vector<policy::Diagnostic>& diagnostics, bool warnings) {
  bool failed = false;
  for (const policy::Diagnostic& diagnostic : diagnostics) {
    const bool error = diagnostic.level == policy::Diagnostic::Level::kError;
    failed = failed || error;
    if (error || warnings) complain(policy::to_string(diagnostic));
  }
  return failed;
}

void complain_of_choice(const config::Settings& settings) {
  const policy::Place& place = settings.policy_place;
  if (place.line > 0)
    complain(
        fmt::format("{}:{}:{}: policy: this chooses it", place.file, place.line, place.column));
}

namespace {

// One writer for all records of a command, opened with the first. What it finds wrong with the log is said on stderr.
class Writer {
 public:
  explicit Writer(audit::Options options) : options_(std::move(options)) {}

  Result<void> write(const audit::Record& record) {
    if (!log_) {
      auto opened = audit::Log::open(options_, disk_, clock_, random_);
      if (!opened) return tl::unexpected(opened.error());
      log_ = std::move(*opened);
      log_->tell_of_signing([](const std::string& text) { complain(text); });
      tell();
      if (!log_->remark().empty()) complain(log_->remark());
    }
    auto written = append({&record, 1});
    tell();
    return written;
  }

 private:
  Result<void> append(std::span<const audit::Record> records) {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<audit::Appended> late;
    auto settled = log_->append(records, false, [&](audit::Appended appended) {
      const std::lock_guard lock(mutex);
      late = std::move(appended);
      done.notify_one();
    });
    if (!settled) {
      std::unique_lock lock(mutex);
      done.wait(lock, [&] { return late.has_value(); });
      settled = std::move(late);
    }
    if (!*settled) return tl::unexpected(settled->error());
    return {};
  }

  // Whether the log was set aside, which happens when it is opened or appended to.
  void tell() {
    if (&log_->notice() != told_ && !log_->notice().empty()) complain(log_->notice());
    told_ = &log_->notice();
    if (log_->seals() == seals_) return;
    seals_ = log_->seals();
    if (auto kept = keep_scores(); !kept)
      complain("scores do not follow from the new log: " + kept.error().what);
  }

  // The records that scores came from are not in the new log.
  Result<void> keep_scores() {
    const auto scores = proxy::trust_snapshots(options_.state_dir);
    if (!scores) return tl::unexpected(scores.error());
    const std::vector<audit::Record> records(scores->begin(), scores->end());
    return append(records);
  }

  const audit::Options options_;
  SystemDisk disk_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<audit::Log> log_;
  const std::string* told_ = nullptr;
  uint32_t seals_ = 0;
};

}  // namespace

Recorder recorder(const Here& here) {
  return [writer = std::make_shared<Writer>(here.settings.proxy.audit)](
             const audit::Record& record) { return writer->write(record); };
}

}  // namespace agentmesh::cli
