#include "cli/here.h"

#include <sys/stat.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "audit/log.h"
#include "base/disk.h"
#include "base/files.h"
#include "cli/say.h"
#include "config/paths.h"

namespace agentmesh::cli {

std::optional<Here> find_here(const std::string& state_dir, const std::string& config) {
  const config::Environment environment = config::system_environment();
  auto directory = config::state_directory(state_dir, environment);
  if (!directory) {
    complain(directory.error().what);
    return std::nullopt;
  }
  struct stat about {};
  if (::stat(directory->c_str(), &about) == 0 && !S_ISDIR(about.st_mode)) {
    complain(
        *directory +
        ": the state directory is no directory; move it away, or choose another with --state-dir");
    return std::nullopt;
  }
  if (auto own = check_own_directory(*directory); !own) {
    complain(own.error().what);
    return std::nullopt;
  }
  auto file = config::config_file(config, environment);
  if (!file) {
    complain(file.error().what);
    return std::nullopt;
  }
  config::LoadedSettings loaded = config::load_settings(file->path, file->required);
  if (complain_about(loaded.diagnostics, false) || loaded.failed) return std::nullopt;
  Here here{std::move(*directory), std::move(file->path), std::move(loaded.settings)};
  here.settings.proxy.state_dir = here.state_dir;
  here.settings.proxy.audit.state_dir = here.state_dir;
  return here;
}

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

Recorder recorder(const Here& here) {
  // One writer for all records of the command, opened with the first.
  struct Writer {
    SystemDisk disk;
    SystemClock clock;
    SystemRandom random;
    std::unique_ptr<audit::Log> log;
  };
  return [options = here.settings.proxy.audit,
          writer = std::make_shared<Writer>()](const audit::Record& record) -> Result<void> {
    if (!writer->log) {
      auto opened = audit::Log::open(options, writer->disk, writer->clock, writer->random);
      if (!opened) return tl::unexpected(opened.error());
      writer->log = std::move(*opened);
    }
    std::mutex mutex;
    std::condition_variable done;
    std::optional<audit::Appended> late;
    auto settled = writer->log->append({&record, 1}, false, [&](audit::Appended appended) {
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
  };
}

}  // namespace agentmesh::cli
