#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "base/shell_word.h"
#include "base/version.h"
#include "cli/client_files.h"
#include "cli/doctor.h"
#include "cli/doctor_server.h"
#include "integrations/cautions.h"
#include "integrations/client_file.h"
#include "integrations/find_file.h"
#include "integrations/own_path.h"
#include "integrations/own_places.h"
#include "integrations/summary.h"

namespace agentmesh::cli {
namespace {

using integrations::Client;
using integrations::Entry;
using integrations::Field;
using integrations::Standing;
using std::string;

// An agentmesh that entries start: which ones, and what would write today's path into them.
struct Binary {
  string names;
  std::set<string> fixes;
  bool asked_for = false;  // by a file that is the user's own, or was named
};

class Clients {
 public:
  explicit Clients(const Patient& patient) : patient_(patient) {}

  std::vector<string> run() {
    for (const Client& client : integrations::clients()) read(client);
    if (files_.empty() && patient_.checks.empty())
      patient_.add("config.parse", CheckStatus::kSkip, "",
                   "no client's configuration was found here",
                   "name the client and its file: agentmesh doctor --claude --config-path FILE");
    if (patient_.options.config_path.empty()) check_memory();
    // Two clients may find the same servers in one file: the first is asked about them.
    std::set<std::pair<string, size_t>> seen;
    for (const auto& file : files_) {
      const string real = resolve_path(file->path).value_or(file->path);
      for (const Entry& entry : file->document.entries)
        if (seen.emplace(real, entry.begin).second) look_at(*file, entry);
    }
    for (const auto& [path, binary] : binaries_) check_binary(path, binary);
    for (const auto& [policy, names] : policies_)
      check_policy(patient_, policy, "of " + integrations::printable(names));
    start_servers(patient_, servers_, broken_binaries_);
    return {states_.begin(), states_.end()};
  }

 private:
  // Whether files that were wrapped in no usual place are known of.
  void check_memory() {
    for (const integrations::Forgotten& one : forgotten_files(patient_.state_dir)) {
      const bool set_aside = one.errno_value == 0;
      patient_
          .add("config.remembered", set_aside ? CheckStatus::kWarn : CheckStatus::kFail, "",
               fmt::format("{}; {} may be wrapped, and not looked at", one.why, what_it_named(one)),
               how_to_mend(one))
          .file = one.file;
    }
  }

  void read(const Client& client) {
    const auto& asked = patient_.options.clients;
    const bool named = std::find(asked.begin(), asked.end(), client.flag) != asked.end();
    if (!asked.empty() && !named) return;
    std::vector<string> paths;
    if (patient_.options.config_path.empty())
      paths = integrations::files_here(client, patient_.environment);
    std::vector<const FileOfClient*> remembered;
    if (patient_.options.config_path.empty())
      for (const FileOfClient& one : wrapped_)
        if (one.client == &client && !one.remembered_in.empty() && !is_gone(one.file))
          remembered.push_back(&one);
    if (paths.empty() && remembered.empty()) {
      const auto found =
          integrations::find_file(client, patient_.options.config_path, patient_.environment);
      if (found) {
        paths = {found->path};
      } else if (named) {
        patient_.add("config.parse", CheckStatus::kFail, string(client.title), found.error().what);
      }
    }
    std::vector<string> own;
    for (auto& file : integrations::default_files(client, patient_.environment, ""))
      own.push_back(std::move(file.path));
    for (const string& path : paths)
      read_file_of(client, path, path,
                   !named && std::find(own.begin(), own.end(), path) == own.end());
    // What was wrapped once may have been written by somebody else since.
    for (const FileOfClient* one : remembered) read_file_of(client, one->file, one->name, !named);
    if (client.flag == "claude" && !paths.empty()) list_extensions(paths.front());
  }

  // `name`: by which it is read (client_files.h).
  void read_file_of(const Client& client, const string& path, const string& name, bool unasked) {
    auto file = std::make_unique<ClientFile>();
    file->client = &client;
    file->path = path;
    file->unasked = unasked;
    const string title(client.title);
    auto text = integrations::read_client_file(path);
    if (!text) {
      patient_.add("config.parse", CheckStatus::kFail, title, text.error().what).file = path;
      return;
    }
    file->text = std::move(*text);
    auto document = integrations::read_document(file->text, client, name);
    if (!document) {
      const string& what = document.error().what;  // "LINE:COLUMN: …"
      Check& check = patient_.add("config.parse", CheckStatus::kFail, title, path + ":" + what,
                                  "mend the file; its client cannot read it either");
      check.file = path;
      check.line = std::strtoul(what.c_str(), nullptr, 10);
      return;
    }
    file->document = std::move(*document);
    const size_t servers = file->document.entries.size();
    patient_
        .add("config.parse", CheckStatus::kGood, title,
             fmt::format("{}: {} server{}", path, servers, servers == 1 ? "" : "s"))
        .file = path;
    check_strict(*file);
    files_.push_back(std::move(file));
  }

  void check_strict(const ClientFile& file) {
    if (!file.client->strict_json) return;
    for (const auto& [at, what] : {std::pair(file.document.comment, "a comment"),
                                   std::pair(file.document.trailing_comma, "a trailing comma")}) {
      if (!at) continue;
      const size_t line = integrations::place_of(file.text, *at).line;
      Check& check = patient_.add(
          "config.strict", CheckStatus::kWarn, string(file.client->title),
          fmt::format("{} at line {}: {} will not load this file", what, line, file.client->title),
          fmt::format("take it out of {}:{}", file.path, line));
      check.file = file.path;
      check.line = line;
    }
  }

  // What Claude Desktop installs beside its file is started by itself.
  void list_extensions(const string& path) {
    const string directory = path.substr(0, path.rfind('/')) + "/Claude Extensions";
    const auto names = list_directory(directory);
    if (!names) return;
    for (const string& name : *names)
      patient_
          .add("config.ungoverned", CheckStatus::kSkip, name,
               "a desktop extension: it lives outside the configuration file and cannot be wrapped",
               "if it must be governed, configure its server by hand and switch the extension off")
          .file = directory;
  }

  Check& about(const ClientFile& file, const Entry& entry, const char* id, CheckStatus status,
               string detail, string fix = "") {
    return cli::about(patient_, file, entry, id, status, std::move(detail), std::move(fix));
  }

  void look_at(const ClientFile& file, const Entry& entry) {
    const string place = fmt::format("{}:{}", file.path, entry.line);
    switch (entry.standing) {
      case Standing::kOurs: break;
      case Standing::kStdio:
        about(file, entry, "config.ungoverned", CheckStatus::kWarn,
              fmt::format("{} starts it without agentmesh", file.client->title),
              wrap_command(file));
        break;
      case Standing::kRemote:
        about(file, entry, "config.ungoverned", CheckStatus::kSkip,
              "remote: there is no process to stand in front of");
        return;
      case Standing::kForeign:
      case Standing::kNotAServer:
        about(file, entry, "config.ungoverned", CheckStatus::kSkip,
              integrations::meaning_of(entry));
        return;
      case Standing::kBent:  // what would be asked of it in a trial it cannot answer
        about(file, entry, "config.ungoverned", CheckStatus::kFail,
              fmt::format("bent: {}", integrations::meaning_of(entry)),
              "change the entry at " + place);
        return;
      default:
        about(file, entry, "config.ungoverned", CheckStatus::kWarn,
              fmt::format("{}: {}", integrations::word_of(entry.standing),
                          integrations::meaning_of(entry)),
              "change the entry at " + place);
        return;
    }
    InUse now = in_use(patient_, file, entry);
    if (entry.standing == Standing::kOurs) look_at_run(file, entry, now);
    for (const char* key : {"autoApprove", "alwaysAllow", "trust"}) {
      const Field* field = entry.find(key);
      if (field == nullptr) continue;
      const bool set = field->kind == integrations::Kind::kTrue || !field->elements.empty();
      if (set)
        about(file, entry, "config.ungoverned", CheckStatus::kWarn,
              fmt::format("{} is set: the client asks nobody; only the policy decides", key),
              fmt::format("take it out of the entry at {}, if that is not meant", place));
    }
    Server server{&file,
                  &entry,
                  place,
                  plan_trial(file.document, entry, file.path, patient_.environment),
                  std::move(now.policy),
                  true,
                  "",
                  now.unfilled.contains("--state-dir") ? "" : now.state_dir};
    check_target(patient_, server);
    servers_.push_back(std::move(server));
  }

  // The options that a wrapped entry gives the proxy.
  void look_at_run(const ClientFile& file, const Entry& entry, const InUse& now) {
    if (!integrations::runs_elsewhere(*file.client, entry)) {
      Binary& binary = binaries_[entry.command_field().text];
      binary.names += (binary.names.empty() ? "" : ", ") + shown(entry);
      binary.fixes.insert(wrap_command(file));
      binary.asked_for |= !file.unasked;
    }
    if (now.names_policy) {
      string& who = policies_[now.policy_name];
      who += (who.empty() ? "" : ", ") + shown(entry);
    }
    if (!integrations::run_option(entry, "--state-dir").empty() &&
        !now.unfilled.contains("--state-dir"))
      states_.insert(now.state_dir);
    check_walls(patient_, file, entry, now);
    check_watched(patient_, file, entry, now);
    check_places(file, entry);
    check_settings(file, entry);
  }

  // Where the variables that the entry sets lead its proxy.
  void check_places(const ClientFile& file, const Entry& entry) {
    if (!integrations::leads_elsewhere(entry)) return;
    const auto started = as_started(*file.client, entry, file.path, patient_.environment);
    const auto state =
        config::state_directory(integrations::run_option(entry, "--state-dir"), started);
    const auto settings = config::config_file(integrations::run_option(entry, "--config"), started);
    string what;
    // A directory that the entry names is meant: it is looked at with the others.
    if (integrations::run_options(entry, "--state-dir").empty() && state &&
        *state != patient_.state_dir)
      what = fmt::format("another state directory ({}: no halt, approval or pin of yours is there)",
                         *state);
    const string& ours = patient_.config_file;
    const auto said = integrations::run_options(entry, "--config");
    const bool none =
        !said.empty() && integrations::says_no_settings(said.front()) && ours != said.front().value;
    if (settings && settings->path != ours &&
        (none ? file_exists(ours)
              : said.empty() && (file_exists(settings->path) || file_exists(ours))))
      what += fmt::format("{}other settings ({})", what.empty() ? "" : " and ",
                          none ? "none" : settings->path);
    const string fix = wrap_command(file) + " (writes --state-dir and --config)";
    if (!what.empty()) {
      about(file, entry, "config.elsewhere", CheckStatus::kFail,
            fmt::format("what it sets in its environment leads its proxy to {}", what), fix);
    } else if (none) {
      about(file, entry, "config.elsewhere", CheckStatus::kWarn,
            fmt::format("it says --config {}: settings that you make later do not hold for it",
                        integrations::kNoSettings),
            fix);
    }
  }

  // Settings that an entry names and that are not there keep its server from starting.
  void check_settings(const ClientFile& file, const Entry& entry) {
    string unknown;
    const auto named = filled_in(*file.client, integrations::run_option(entry, "--config"),
                                 file.path, patient_.environment, unknown);
    if (!named || !named->starts_with('/')) return;
    const auto started = as_started(*file.client, entry, file.path, patient_.environment);
    const auto settings = config::config_file(*named, started);
    if (settings && settings->required && !file_exists(settings->path))
      about(file, entry, "config.elsewhere", CheckStatus::kFail,
            fmt::format("the settings that it names are not there ({}): its proxy does not start",
                        settings->path),
            fmt::format("make the file, or take --config out of {}:{}", file.path, entry.line));
  }

  // As a person can paste it.
  static string wrap_command(const ClientFile& file) {
    return fmt::format("agentmesh init-integration --{} --config-path {}", file.client->flag,
                       shell_word(file.path));
  }

  void check_binary(const string& path, const Binary& binary) {
    constexpr const char* kId = "binary.path";
    const string& names = binary.names;
    const string fix = fmt::format("{} (writes today's path)", fmt::join(binary.fixes, " && "));
    const string file =
        path.find('/') != string::npos ? path : integrations::find_program(path, kBarePath);
    struct stat status {};
    if (file.empty() || ::stat(file.c_str(), &status) != 0) {
      patient_.add(kId, CheckStatus::kFail, path,
                   fmt::format("not there (used by {})", integrations::printable(names)), fix);
      broken_binaries_.insert(path);
      return;
    }
    if (!S_ISREG(status.st_mode) || ::access(file.c_str(), X_OK) != 0) {
      patient_.add(kId, CheckStatus::kFail, path,
                   fmt::format("it cannot be run (used by {})", integrations::printable(names)),
                   fix);
      broken_binaries_.insert(path);
      return;
    }
    const auto resolved = resolve_path(file);
    if (resolved && *resolved == executable_path()) {
      patient_.add(kId, CheckStatus::kGood, "", fmt::format("{} {}", path, kVersion));
      return;
    }
    if (patient_.options.no_start || !binary.asked_for) {
      patient_.add(
          kId, CheckStatus::kSkip, path,
          fmt::format(
              "another program than this one; it was not run to ask for its version ({}; used by {})",
              patient_.options.no_start ? "--no-start" : kUnasked, integrations::printable(names)));
      return;
    }
    const string version = version_of(file);
    if (version == fmt::format("agentmesh {}", kVersion)) {
      patient_.add(kId, CheckStatus::kGood, "",
                   fmt::format("{} {} (another copy)", path, kVersion));
    } else if (version.starts_with("agentmesh ")) {
      patient_.add(kId, CheckStatus::kWarn, path,
                   fmt::format("another version ({}; this is {})", version.substr(10), kVersion),
                   fix);
    } else {
      patient_.add(kId, CheckStatus::kFail, path,
                   fmt::format("it does not answer as agentmesh does (used by {})",
                               integrations::printable(names)),
                   fix);
      broken_binaries_.insert(path);
    }
  }

  const Patient& patient_;
  std::vector<FileOfClient> wrapped_ = files_of_clients(patient_.state_dir, patient_.environment);
  std::vector<std::unique_ptr<ClientFile>> files_;
  std::vector<Server> servers_;
  std::map<string, Binary> binaries_;  // by path
  std::set<string> broken_binaries_;
  std::map<string, string> policies_;
  std::set<string> states_;
};

}  // namespace

std::vector<string> check_clients(const Patient& patient) { return Clients(patient).run(); }

}  // namespace agentmesh::cli
