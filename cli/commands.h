// Commands: what every part of the command line is declared with. Each options_*.cc adds one group of commands to it; nothing
// else in the tree knows CLI11.
//
// A command is added with its plain option struct, an example for its help, and the function that runs it; the structs live
// as long as what `chosen()` returns.

#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/here.h"
#include "cli/say.h"

namespace agentmesh::cli {

// Most commands work on the state directory: `run` gets it resolved, with the settings that hold there.
template <class Options>
std::function<int()> with_here(std::shared_ptr<Options> options,
                               int (*run)(Options&, const Here&)) {
  return [options = std::move(options), run] {
    const auto here = find_here(options->state_dir);
    if (!here) return kUsage;
    tell_if_not_there(options->state_dir, here->state_dir);
    options->state_dir = here->state_dir;
    return run(*options, *here);
  };
}

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
  CLI::App* group(const std::string& name, const std::string& description) {
    CLI::App* app = app_.add_subcommand(name, description);
    app->require_subcommand(1);
    return app;
  }
  // Adds a command with its options struct; returns the struct and its part of the parser.
  template <class Options>
  std::pair<CLI::App*, Options*> add(CLI::App& parent, const std::string& name,
                                     const std::string& description, const std::string& example,
                                     int (*run)(const Options&)) {
    CLI::App* app = parent.add_subcommand(name, description);
    app->footer("Example:\n  " + example);
    auto options = std::make_shared<Options>();
    Options* filled = options.get();
    entries_.push_back({app, [options, run] { return run(*options); }});
    return {app, filled};
  }
  // The same for a command that works on the state directory.
  template <class Options>
  std::pair<CLI::App*, Options*> add_with_here(CLI::App& parent, const std::string& name,
                                               const std::string& description,
                                               const std::string& example,
                                               int (*run)(Options&, const Here&)) {
    CLI::App* app = parent.add_subcommand(name, description);
    app->footer("Example:\n  " + example);
    auto options = std::make_shared<Options>();
    Options* filled = options.get();
    entries_.push_back({app, with_here(std::move(options), run)});
    return {app, filled};
  }
  // The last that was parsed: a command's own commands are declared behind it.
  const Entry* chosen() const {
    const Entry* last = nullptr;
    for (const Entry& entry : entries_)
      if (entry.app->parsed()) last = &entry;
    return last;
  }

 private:
  CLI::App& app_;
  std::vector<Entry> entries_;
};

// What the words up to the first option lead to: a command, or why they lead to none.
struct Meant {
  const CLI::App* app;        // the deepest that they name
  std::string complaint;      // "" if there is none
  bool only_a_group = false;  // a group alone: its help is the answer
};
Meant what_was_meant(const CLI::App& root, const std::vector<std::string>& words);
// Why `app` does not take its words, in a sentence: `what` is CLI11's, which names the option.
std::string about_refusal(const CLI::App& app, const std::string& what);
// The same of the first option among `words` that `app` does not know; "" if it knows all.
std::string about_unknown_option(const CLI::App& app, const std::vector<std::string>& words);
// Of an option that names a file, a directory or a thing, and was given "": as if it had not been given. "" if there is none.
std::string about_empty_name(const CLI::App& app);
// A word that `app` knows nothing of, in a sentence. An option that stands in front of its command is told with the command, if that is
// among `words`.
std::string about_extra_word(const CLI::App& app, const std::string& word,
                             const std::vector<std::string>& words);

// Hidden: what packages are made with (options_generate.cc).
void generate_command(Commands& commands);

// A positional as a usage line has it: "SERVER", "[TOOL…]".
std::string word_of(const CLI::Option& positional);

// --state-dir, which nearly every command takes.
void state_option(CLI::App* app, std::string& state_dir);

// Refuses what is no whole number between these (signs too).
CLI::Validator whole_number(uint64_t least, uint64_t most = std::numeric_limits<uint64_t>::max());
// --why, which a person reads later: not empty.
CLI::Option* why_option(CLI::App* app, std::string& why, const std::string& help);

// The groups, in the order of the help.
void proxy_command(Commands& commands, std::vector<std::string> server_command);
void integration_commands(Commands& commands, std::string self);
void doctor_command(Commands& commands);
void policy_commands(Commands& commands);
void audit_commands(Commands& commands);
void keys_commands(Commands& commands);
void trust_commands(Commands& commands);
void pins_commands(Commands& commands);
void approvals_commands(Commands& commands);
void allow_commands(Commands& commands);
void halt_commands(Commands& commands);
void status_command(Commands& commands);

}  // namespace agentmesh::cli
