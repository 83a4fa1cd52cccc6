#include "cli/options.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/version.h"
#include "cli/proxy.h"
#include "cli/say.h"

namespace agentmesh::cli {
namespace {

using std::string;

// CLI11's own help, but for the one command whose words it does not parse.
class Help final : public CLI::Formatter {
 public:
  string make_usage(const CLI::App* app, string name) const override {
    if (app->get_name() == "proxy") return "Usage: agentmesh proxy [options] -- COMMAND [ARG…]\n";
    return CLI::Formatter::make_usage(app, std::move(name));
  }
};

// A command on its way: its CLI11 part and what to run when it is the one.
struct Entry {
  CLI::App* app;
  std::function<int()> run;
};

// The commands, each in a function of its own; `commands` keeps what they fill alive.
class Commands {
 public:
  explicit Commands(CLI::App& app) : app_(app) {}

  CLI::App& root() { return app_; }
  CLI::App* group(const string& name, const string& description) {
    CLI::App* app = app_.add_subcommand(name, description);
    app->require_subcommand(1);
    return app;
  }
  // Adds a command with its options struct; returns the struct and its part of the parser.
  template <class Options>
  std::pair<CLI::App*, Options*> add(CLI::App& parent, const string& name, const string& description, const string& example,
                                     int (*run)(const Options&)) {
    CLI::App* app = parent.add_subcommand(name, description);
    app->footer("Example:\n  " + example);
    auto options = std::make_shared<Options>();
    Options* filled = options.get();
    entries_.push_back({app, [options, run] { return run(*options); }});
    return {app, filled};
  }
  const Entry* chosen() const {
    for (const Entry& entry : entries_)
      if (entry.app->parsed()) return &entry;
    return nullptr;
  }

 private:
  CLI::App& app_;
  std::vector<Entry> entries_;
};

void state_option(CLI::App* app, string& state_dir) {
  app->add_option("--state-dir", state_dir,
                  "where keys, log and trust are kept (default: $AGENTMESH_HOME, else $XDG_STATE_HOME/agentmesh, else "
                  "~/.local/state/agentmesh)")
      ->type_name("DIR");
}

void proxy_command(Commands& commands, std::vector<string> server_command) {
  auto [app, o] = commands.add<ProxyOptions>(
      commands.root(), "proxy", "Run an MCP server and govern what passes between it and its client.",
      "agentmesh proxy --policy strict -- npx -y @modelcontextprotocol/server-filesystem /home/me", run_proxy);
  o->command = std::move(server_command);
  app->add_option("-p,--policy", o->policy, "strict, moderate (default), permissive, or a YAML file")->type_name("NAME|FILE");
  app->add_option("--name", o->name, "the server's name in policy, trust and audit (default: from its command)")
      ->type_name("NAME");
  app->add_option("--agent", o->agent, "the agent's name (default: the client's own)")->type_name("NAME");
  app->add_option("--mode", o->mode, "enforce, or shadow: decide and record, never interfere")
      ->check(CLI::IsMember({"enforce", "shadow"}))
      ->type_name("MODE");
  app->add_option("--footer", o->footer, "how results are marked: both (default), text, meta, off")
      ->check(CLI::IsMember({"both", "text", "meta", "off"}))
      ->type_name("WHAT");
  app->add_option("--deny-as", o->deny_as, "how a denied tools/call is answered: result (default) or error")
      ->check(CLI::IsMember({"result", "error"}))
      ->type_name("HOW");
  app->add_option("--durability", o->durability,
                  "what a call waits for: queued (memory), written (the file; default), durable (the disk: milliseconds)")
      ->check(CLI::IsMember({"queued", "written", "durable"}))
      ->type_name("LEVEL");
  state_option(app, o->state_dir);
  app->add_option("--config", o->config, "settings (default: $XDG_CONFIG_HOME/agentmesh/agentmesh.yaml if it is there)")
      ->type_name("FILE");
  app->add_flag("--pump", o->pump)->group("");
}

// "--target WORD", the older spelling of the server's command, word by word: taken out before parsing, because a WORD may
// look like an option.
std::vector<string> take_targets(std::vector<string>& words) {
  std::vector<string> targets;
  std::vector<string> rest;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--target" && i + 1 < words.size()) {
      targets.push_back(words[++i]);
    } else if (words[i].starts_with("--target=")) {
      targets.push_back(words[i].substr(9));
    } else {
      rest.push_back(words[i]);
    }
  }
  words = std::move(rest);
  return targets;
}

int version_command() {
  print(fmt::format("agentmesh {}\n", kVersion));
  return kOk;
}

}  // namespace

Parsed parse(std::vector<string> words) {
  std::vector<string> server_command;
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    server_command.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  const bool is_proxy = !words.empty() && words.front() == "proxy";
  if (is_proxy) {
    std::vector<string> targets = take_targets(words);
    if (!targets.empty() && !server_command.empty()) {
      complain("give the server's command either behind -- or by --target, not both");
      return {{}, kUsage};
    }
    if (server_command.empty()) server_command = std::move(targets);
  } else if (!server_command.empty() || dashes != words.end()) {
    complain("-- goes with agentmesh proxy");
    return {{}, kUsage};
  }

  CLI::App app("A transparent governance proxy for MCP servers: policy, trust and a verifiable log.", "agentmesh");
  app.footer("Example:\n  agentmesh proxy --policy strict -- npx -y @modelcontextprotocol/server-filesystem /home/me");
  app.formatter(std::make_shared<Help>());
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "show this help");
  Commands commands(app);
  proxy_command(commands, std::move(server_command));
  CLI::App* version = app.add_subcommand("version", "Print the version.");
  app.set_version_flag("--version", fmt::format("agentmesh {}", kVersion));

  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return {{}, app.exit(error)};  // help or version: printed
    complain(fmt::format("{} (see agentmesh --help)", error.what()));
    return {{}, kUsage};
  }
  if (version->parsed()) return {version_command, 0};
  const Entry* entry = commands.chosen();
  if (entry == nullptr) return {{}, kUsage};
  return {entry->run, 0};
}

}  // namespace agentmesh::cli
