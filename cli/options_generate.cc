// agentmesh generate: man pages and shell completions, from the same declarations as the help. Hidden: the build runs it.

#include <sys/stat.h>

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/files.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/completions.h"

namespace agentmesh::cli {
namespace {

using std::string;

struct GenerateOptions {
  string what;  // man, bash, zsh, fish
  string out;   // man: a directory; else a file, "" for stdout
  std::function<const CLI::App*()> root;
};

void gather(const CLI::App& app, std::vector<string> path, std::vector<Page>& pages) {
  pages.push_back({&app, path});
  for (const CLI::App* each : shown_commands(app)) {
    path.push_back(each->get_name());
    gather(*each, path, pages);
    path.pop_back();
  }
}

// "-p, --policy NAME|FILE".
string spelled(const CLI::Option& option) {
  std::vector<string> names;
  for (const string& name : option.get_snames()) names.push_back("-" + name);
  for (const string& name : option.get_lnames()) names.push_back("--" + name);
  string out = fmt::format("{}", fmt::join(names, ", "));
  if (!is_flag(option)) out += " " + option.get_type_name();
  return out;
}

string example_of(const CLI::App& app) {
  const string footer = app.get_footer();
  const size_t at = footer.find("Example:\n");
  return at == string::npos ? "" : footer.substr(at + 9);
}

string roff(std::string_view text) {
  string out;
  bool line_starts = true;
  for (const char c : text) {
    if (line_starts && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_starts = c == '\n';
  }
  return out;
}

// overview.md, audit.md section 9; the headers of cli/ say the same to programmers.
string exit_status(const Page& page) {
  struct Row {
    std::string_view command;
    std::string_view status;
  };
  constexpr Row kRows[] = {
      {"proxy",
       "That of the server: N, or 128+N for a signal; 127 if its command was not found, 126 if it cannot be run. 1 if the log "
       "cannot be opened, 2 for bad usage, file or policy: then no server was started."},
      {"init-integration",
       "0 done, or nothing to do; 1 a governed server asked; 2 refused or bad usage: nothing was changed then, but with --all part may have "
       "been done; what was left is named."},
      {"doctor", "0 nothing failed; 1 something did; 2 bad usage."},
      {"policy check", "0 no errors; 1 warnings, with --strict; 2 errors, or bad usage."},
      {"audit verify",
       "0 the log is whole; 1 it was tampered with; 2 its end is torn and the rest is whole; 3 nothing vouches for it or for what was asked "
       "for (no key, or a key's file that cannot be read; an anchor that is no checkpoint of this log), or bad usage; 4 a file of the log, "
       "or the anchor, cannot be read, or nothing is recorded yet."},
      {"audit show",
       "0 shown; 1 the payload is not the one of the record; 2 bad usage; 3 the record or its payload is not there; 4 a file cannot be read."},
      {"audit prove",
       "0 proven; 1 what is stored does not lead to the signed root; 2 bad usage; 3 not covered by a checkpoint, or nothing recorded yet; 4 a "
       "file cannot be read."},
      {"audit query",
       "0 something fits; 1 nothing does, records are missing, or nothing is recorded yet; 2 bad usage, or a file cannot be read."},
      {"audit report",
       "0 done; 1 the log does not verify, and the report says so, or nothing is recorded yet; 2 bad usage, or a file cannot be read or written."},
      {"audit export",
       "0 done; 1 records are missing, some lines are none, the log does not lead to its signed checkpoint, or nothing is recorded yet; 2 bad "
       "usage, or a file cannot be read or written."},
      {"audit",
       "0 done, or nothing to do; 1 damage, nothing recorded yet, or it could not be done; 2 bad usage, or a file cannot be read."},
      {"",
       "0 done, or true; 1 asked, and the answer is no (also: nothing is recorded yet, or a governed server asked for what is "
       "for people); 2 bad usage, file or policy."},
  };
  const string words = page.words();
  for (const Row& row : kRows)
    if (words == row.command || row.command.empty() ||
        (row.command == "audit" && page.path[0] == "audit"))
      return string(row.status);
  return {};
}

// docs/settings.md has all of them.
std::string_view settings_of(const Page& page) {
  if (page.words() != "proxy") return "Settings.";
  return "Settings: policy, mode, footer, deny_as, agent, shutdown_ms, audit, trust, groups, identity, and the limits: "
         "max_message_bytes of a line, max_inspected_bytes of a value, max_outstanding requests, max_sessions at once (256; one "
         "more is not started), call_timeout_ms, and audit.max_bytes_per_hour that a session may add to the log (4 GiB; new calls "
         "are denied beyond it). docs/settings.md has each with its default.";
}

string man_page(const Page& page, const std::vector<Page>& all) {
  const CLI::App& app = *page.app;
  const bool root = page.path.empty();
  string title = page.man_name();
  std::transform(title.begin(), title.end(), title.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  string description = app.get_description();
  string brief = description;
  if (brief.ends_with('.')) brief.pop_back();
  string out = fmt::format(".TH {} 1 \"\" \"AgentMesh {}\" \"AgentMesh\"\n.SH NAME\n{} \\- {}\n",
                           title, kVersion, roff(page.man_name()), roff(brief));

  const auto options = shown_options(app, false);
  const auto words = shown_options(app, true);
  const auto commands = shown_commands(app);
  out += fmt::format(".SH SYNOPSIS\n.B {}\n", roff(page.name()));
  if (!options.empty()) out += "[options]\n";
  for (const CLI::Option* word : words) {
    out += roff(word_of(*word)) + "\n";
  }
  if (page.words() == "proxy") out += roff("-- COMMAND [ARG…]") + "\n";
  if (!commands.empty()) out += roff("COMMAND …") + "\n";

  out += ".SH DESCRIPTION\n" + roff(description) + "\n";
  if (root)
    out +=
        roff(
            "AgentMesh stands between an AI agent and the MCP servers it can reach, in the place of the server's command: "
            "it decides every tool call by policy before the server sees it, reads what comes back, and writes a signed "
            "record of both. What it does not govern passes byte for byte.") +
        "\n";
  if (!commands.empty()) {
    out += ".SH COMMANDS\n";
    for (const CLI::App* each : commands)
      out += fmt::format(".TP\n.B {}\n{}\n", roff(each->get_name()), roff(each->get_description()));
  }
  if (!options.empty() || !words.empty()) {
    out += ".SH OPTIONS\n";
    for (const CLI::Option* word : words)
      out += fmt::format(".TP\n.B {}\n{}\n", roff(word->get_name(true)),
                         roff(word->get_description()));
    for (const CLI::Option* option : options)
      out +=
          fmt::format(".TP\n.B {}\n{}\n", roff(spelled(*option)), roff(option->get_description()));
  }
  if (commands.empty()) out += ".SH EXIT STATUS\n" + roff(exit_status(page)) + "\n";
  if (commands.empty() || root)
    out += fmt::format(
        ".SH FILES\n.TP\n{}\n{}\n.TP\n{}\nThe state directory: keys, the log, trust. {} "
        "choose another.\n",
        roff("~/.config/agentmesh/agentmesh.yaml"), roff(settings_of(page)),
        roff("~/.local/state/agentmesh"), roff("$AGENTMESH_HOME, $XDG_STATE_HOME or --state-dir"));
  if (const string example = example_of(app); !example.empty())
    out += fmt::format(".SH EXAMPLES\n.nf\n.RS\n{}\n.RE\n.fi\n",
                       roff(example.substr(example.find_first_not_of(' '))));

  // What stands above, beside and below.
  std::vector<string> others;
  for (const Page& other : all) {
    if (other.path == page.path) continue;
    const bool above = other.path.size() < page.path.size() &&
                       std::equal(other.path.begin(), other.path.end(), page.path.begin());
    const bool below = other.path.size() == page.path.size() + 1 &&
                       std::equal(page.path.begin(), page.path.end(), other.path.begin());
    if (above || below) others.push_back(fmt::format(".BR {} (1)", roff(other.man_name())));
  }
  if (!others.empty()) out += fmt::format(".SH SEE ALSO\n{}\n", fmt::join(others, ",\n"));
  return out;
}

int write_man_pages(const std::vector<Page>& pages, const string& directory) {
  if (auto made = make_directories(directory, 0755); !made) {
    complain(made.error().what);
    return kUsage;
  }
  for (const Page& page : pages)
    if (auto written =
            replace_file(directory + "/" + page.man_name() + ".1", man_page(page, pages), 0644);
        !written) {
      complain(written.error().what);
      return kUsage;
    }
  return kOk;
}

int run_generate(const GenerateOptions& options) {
  std::vector<Page> pages;
  gather(*options.root(), {}, pages);
  if (options.what == "man") return write_man_pages(pages, options.out);
  const string text = options.what == "bash"  ? bash_completion(pages)
                      : options.what == "zsh" ? zsh_completion(pages)
                                              : fish_completion(pages);
  if (options.out.empty()) {
    print(text);
    return kOk;
  }
  if (auto written = replace_file(options.out, text, 0644); !written) {
    complain(written.error().what);
    return kUsage;
  }
  return kOk;
}

}  // namespace

void generate_command(Commands& commands) {
  auto [app, o] = commands.add<GenerateOptions>(
      commands.root(), "generate",
      "Man pages or a shell's completion, from the declarations of the help.",
      "agentmesh generate bash", run_generate);
  app->group("");  // hidden
  CLI::App* root = &commands.root();
  o->root = [root] { return root; };
  app->add_option("WHAT", o->what, "man, bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"man", "bash", "zsh", "fish"}));
  app->add_option("--out", o->out, "a directory for man pages, else a file (default: stdout)")
      ->type_name("PATH");
}

}  // namespace agentmesh::cli
