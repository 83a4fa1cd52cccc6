#include "cli/options.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/version.h"
#include "cli/commands.h"
#include "cli/server_command.h"

namespace agentmesh::cli {

void state_option(CLI::App* app, std::string& state_dir) {
  app->add_option(
         "--state-dir", state_dir,
         "where keys, log and trust are kept (default: $AGENTMESH_HOME, else $XDG_STATE_HOME/agentmesh, else "
         "~/.local/state/agentmesh)")
      ->type_name("DIR");
}

std::string word_of(const CLI::Option& positional) {
  std::string word = positional.get_name(true);
  if (positional.get_expected_max() > 1) word += "…";
  return positional.get_required() ? word : "[" + word + "]";
}

namespace {

using std::string;

// CLI11's own help, with a usage line that says how the command is typed.
class Help final : public CLI::Formatter {
 public:
  string make_usage(const CLI::App* app, string /*name*/) const override {
    string name = app->get_name();
    for (const CLI::App* above = app->get_parent(); above != nullptr; above = above->get_parent())
      name = above->get_name() + " " + name;
    if (app->get_name() == "proxy") return "Usage: agentmesh proxy [options] -- COMMAND [ARG…]\n";
    if (app->get_require_subcommand_min() > 0) return "Usage: " + name + " COMMAND …\n";
    string usage = "Usage: " + name + " [options]";
    for (const CLI::Option* option : app->get_options())
      if (option->get_positional()) {
        usage += " " + word_of(*option);
      }
    return usage + "\n";
  }

  // "--server NAME ..." would say that more than one word may follow.
  string make_option_opts(const CLI::Option* option) const override {
    string text = CLI::Formatter::make_option_opts(option);
    const size_t dots = text.find(" ...");
    if (!option->get_positional() && dots != string::npos) text.erase(dots, 4);
    return text;
  }
};

int version_command() {
  print(fmt::format("agentmesh {}\n", kVersion));
  return kOk;
}

// The tool of `allow SERVER TOOL` may be called like a command of `allow`: then both names go behind --.
void keep_names_of_allow(std::vector<string>& words) {
  if (words.empty() || words[0] != "allow") return;
  const auto is_command = [](const string& word) { return word == "list" || word == "end"; };
  std::vector<size_t> names;
  for (size_t i = 1; i < words.size() && names.size() < 2; ++i) {
    if (words[i] == "--") return;
    const bool takes_value = words[i] == "--args" || words[i] == "--for" || words[i] == "--why" ||
                             words[i] == "--state-dir";
    if (takes_value)
      ++i;
    else if (!words[i].starts_with('-'))
      names.push_back(i);
  }
  if (names.size() < 2 || is_command(words[names[0]]) || !is_command(words[names[1]])) return;
  words.insert(words.end(), {"--", words[names[0]], words[names[1]]});
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(names[1]));
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(names[0]));
}

// The command that was chosen, as far as the words were read.
const CLI::App& deepest_parsed(const CLI::App& root) {
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
  return *app;
}

// The exit status of bad usage. Of `audit verify` 2 says that the end is torn (audit.md, section 9).
int refusal_of(const std::vector<string>& words) {
  const bool verify = words.size() > 1 && words[0] == "audit" && words[1] == "verify";
  return verify ? kVerifyUsage : kUsage;
}

bool wants_json(const std::vector<string>& words) {
  const auto own = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), own, "--json") != own;
}

}  // namespace

CLI::Validator whole_number(uint64_t least, uint64_t most) {
  return {[least, most](string& text) -> string {
            uint64_t number = 0;
            const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
            const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
            if (whole && number >= least && number <= most) return "";
            return most == std::numeric_limits<uint64_t>::max()
                       ? fmt::format("'{}' is no number from {} on", text, least)
                       : fmt::format("'{}' is no number from {} to {}", text, least, most);
          },
          ""};
}

CLI::Option* why_option(CLI::App* app, string& why, const string& help) {
  return app->add_option("--why", why, help)
      ->type_name("TEXT")
      ->check(CLI::Validator(
          [](string& text) -> string {
            return text.find_first_not_of(" \t\n") == string::npos ? "say why; it is recorded" : "";
          },
          ""));
}

namespace {

Parsed parsed(string self, std::vector<string> words) {
  std::vector<string> server_command;
  const bool is_proxy = !words.empty() && words.front() == "proxy";
  if (is_proxy) {
    const ServerCommand command = take_server_command(words);
    if (!command.targets.empty() && !command.behind.empty()) {
      complain("give the server's command either behind -- or by --target, not both");
      return {{}, kUsage};
    }
    server_command = command.words();
  }

  if (!words.empty() && words.front() == "--") {
    complain("-- goes with agentmesh proxy: agentmesh proxy -- COMMAND [ARG…]");
    return {{}, kUsage};
  }
  keep_names_of_allow(words);
  if (!words.empty() && words.front() == "help") {  // as other programs have it
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  const auto kept = std::make_shared<CLI::App>(
      "A transparent governance proxy for MCP servers: policy, trust and a verifiable log.",
      "agentmesh");
  CLI::App& app = *kept;
  app.footer(
      "Example:\n  agentmesh proxy --policy strict -- npx -y @modelcontextprotocol/server-filesystem /home/me");
  app.formatter(std::make_shared<Help>());
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "show this help");
  Commands commands(app);
  proxy_command(commands, std::move(server_command));
  integration_commands(commands, std::move(self));
  doctor_command(commands);
  policy_commands(commands);
  audit_commands(commands);
  keys_commands(commands);
  trust_commands(commands);
  pins_commands(commands);
  approvals_commands(commands);
  allow_commands(commands);
  halt_commands(commands);
  status_command(commands);
  CLI::App* version = app.add_subcommand("version", "Print the version.");
  version->footer("Example:\n  agentmesh version");
  app.set_version_flag("--version", fmt::format("agentmesh {}", kVersion), "print the version");

  generate_command(commands);
  // A group shows how one of its commands is used.
  for (CLI::App* group : app.get_subcommands({}))
    if (const auto inside = group->get_subcommands({});
        !inside.empty() && group->get_require_subcommand_min() > 0)
      group->footer(inside.front()->get_footer());

  const int refused = refusal_of(words);
  const Meant meant = what_was_meant(app, words);
  if (!meant.complaint.empty()) {
    complain(meant.complaint);
    return {{}, refused};
  }
  if (meant.only_a_group) {
    const string help = meant.app->help();
    (void)std::fwrite(help.data(), 1, help.size(), stderr);
    return {{}, refused};
  }
  // CLI11 takes them from the back.
  std::vector<string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ExtrasError& error) {
    const CLI::App& deepest = deepest_parsed(app);
    const auto extra = deepest.remaining();
    complain(about_extra_word(deepest, extra.empty() ? error.what() : extra.front(), words));
    return {{}, refused};
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return {{}, app.exit(error)};  // help or version: printed
    // A word that is misspelt comes before what is missing for that reason.
    const CLI::App& deepest = deepest_parsed(app);
    const string unknown = about_unknown_option(deepest, words);
    complain(unknown.empty() ? about_refusal(*meant.app, error.what()) : unknown);
    return {{}, refused};
  }
  if (const string unnamed = about_empty_name(deepest_parsed(app)); !unnamed.empty()) {
    complain(unnamed);
    return {{}, refused};
  }
  if (version->parsed()) return {version_command, 0};
  const Entry* entry = commands.chosen();
  if (entry == nullptr) return {{}, kUsage};
  // The declarations take 0.3 MiB. A proxy, which lives as long as its client, gives them back before it begins; others may ask
  // them what there is (options_generate.cc).
  if (is_proxy) return {entry->run, 0};
  return {[kept, run = entry->run] { return run(); }, 0};
}

}  // namespace

// A program that asked for JSON gets it, whatever goes wrong.
Parsed parse(string self, std::vector<string> words) {
  const bool json = wants_json(words);
  const int refused = refusal_of(words);
  Parsed result = parsed(std::move(self), std::move(words));
  result.refused = refused;
  if (!json) return result;
  if (!result.run) {
    if (result.status != kOk) complaints_as_json();
    return result;
  }
  result.run = [run = std::move(result.run)] {
    const int status = run();
    if (status != kOk) complaints_as_json();
    return status;
  };
  return result;
}

}  // namespace agentmesh::cli
