// agentmesh generate: man pages and shell completions, from the same declarations as the help. Hidden: the build runs it.

#include <sys/stat.h>

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/files.h"
#include "base/version.h"
#include "cli/commands.h"

namespace agentmesh::cli {
namespace {

using std::string;

struct GenerateOptions {
  string what;  // man, bash, zsh, fish
  string out;   // man: a directory; else a file, "" for stdout
  std::function<const CLI::App*()> root;
};

// A command or a group: what help and completion need of it.
struct Page {
  const CLI::App* app;
  std::vector<string> path;  // without "agentmesh"

  string words() const { return fmt::format("{}", fmt::join(path, " ")); }
  string name() const { return path.empty() ? "agentmesh" : "agentmesh " + words(); }
  string man_name() const {
    return path.empty() ? "agentmesh" : fmt::format("agentmesh-{}", fmt::join(path, "-"));
  }
};

std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); });
}

void gather(const CLI::App& app, std::vector<string> path, std::vector<Page>& pages) {
  pages.push_back({&app, path});
  for (const CLI::App* each : shown_commands(app)) {
    path.push_back(each->get_name());
    gather(*each, path, pages);
    path.pop_back();
  }
}

std::vector<const CLI::Option*> shown_options(const CLI::App& app, bool positional) {
  std::vector<const CLI::Option*> out;
  for (const CLI::Option* option : app.get_options())
    if (!option->get_group().empty() && option->nonpositional() != positional)
      out.push_back(option);
  return out;
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

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

// --- man pages -----------------------------------------------------------------------------------------------------------

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
       "0 done, or nothing to do; 1 a governed server asked, 2 refused or bad usage: nothing was changed then."},
      {"doctor", "0 nothing failed; 1 something did; 2 bad usage."},
      {"policy check", "0 no errors; 1 warnings, with --strict; 2 errors, or bad usage."},
      {"audit verify",
       "0 the log is whole; 1 it was tampered with; 2 its end is torn and the rest is whole; 3 it cannot be verified (no key, "
       "bad usage); 4 a file cannot be read, or nothing is recorded yet."},
      {"audit show",
       "0 shown; 1 the log cannot be read; 3 the record or its payload is not there, or bad usage."},
      {"audit prove",
       "0 proven; 1 what is stored does not lead to the signed root; 3 not covered by a checkpoint, nothing recorded yet, or bad usage; 4 a file "
       "cannot be read."},
      {"audit query",
       "0 something fits; 1 nothing does, or nothing is recorded yet; 3 bad usage; 4 a file cannot be read."},
      {"audit report",
       "0 done; 1 the log does not verify, and the report says so, or nothing is recorded yet; 3 bad usage; 4 a file cannot be read or written."},
      {"audit export",
       "0 done; 1 some lines are no records, the log does not lead to its checkpoint, or nothing is recorded yet; 3 bad usage; 4 a file cannot be read "
       "or written."},
      {"audit",
       "0 done, or nothing to do; 1 damage, nothing recorded yet, or it could not be done; 3 bad usage."},
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

// --- completions ---------------------------------------------------------------------------------------------------------

// In single quotes for a shell.
string shell_quoted(std::string_view text) {
  string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

bool names_a_file(const CLI::Option& option) {
  const string type = option.get_type_name();
  return type.find("FILE") != string::npos || type.find("DIR") != string::npos;
}

std::vector<string> option_words(const CLI::App& app) {
  std::vector<string> out;
  for (const CLI::Option* option : shown_options(app, false))
    for (const string& name : option->get_lnames()) out.push_back("--" + name);
  return out;
}

// Every page as an arm of a case over the words that lead to it.
string bash_completion(const std::vector<Page>& pages) {
  string out =
      "# bash completion for agentmesh\n"
      "_agentmesh() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} path= word i words= files=\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    if [[ $word == -- ]]; then COMPREPLY=($(compgen -f -c -- \"$cur\")); return; fi\n"
      "    [[ $word == -* ]] && continue\n"
      "    case \"${path:+$path }$word\" in\n      ";
  std::vector<string> paths;
  for (const Page& page : pages)
    if (!page.path.empty()) paths.push_back(shell_quoted(page.words()));
  out += fmt::format("{}) path=\"${{path:+$path }}$word\" ;;\n    esac\n  done\n",
                     fmt::join(paths, "|"));
  out += "  case \"$path:${COMP_WORDS[COMP_CWORD-1]}\" in\n";
  for (const Page& page : pages)
    for (const CLI::Option* option : shown_options(*page.app, false)) {
      if (is_flag(*option)) continue;
      std::vector<string> arms;
      for (const string& name : option->get_lnames())
        arms.push_back(shell_quoted(page.words() + ":--" + name));
      for (const string& name : option->get_snames())
        arms.push_back(shell_quoted(page.words() + ":-" + name));
      string reply;
      if (std::find(option->get_lnames().begin(), option->get_lnames().end(), "policy") !=
          option->get_lnames().end())
        reply = "COMPREPLY=($(compgen -W 'strict moderate permissive' -f -- \"$cur\"))";
      else if (names_a_file(*option))
        reply = "COMPREPLY=($(compgen -f -- \"$cur\"))";
      else
        reply = ":";
      out += fmt::format("    {}) {}; return ;;\n", fmt::join(arms, "|"), reply);
    }
  out += "  esac\n  case \"$path\" in\n";
  for (const Page& page : pages) {
    std::vector<string> words;
    for (const CLI::App* each : shown_commands(*page.app)) words.push_back(each->get_name());
    const bool files = !shown_options(*page.app, true).empty();
    for (const string& option : option_words(*page.app)) words.push_back(option);
    out += fmt::format("    {}) words={}{} ;;\n", shell_quoted(page.words()),
                       shell_quoted(fmt::format("{}", fmt::join(words, " "))),
                       files ? " files=1" : "");
  }
  out +=
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "  [[ -n $files && $cur != -* ]] && COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
      "  return 0\n"
      "}\n"
      "complete -o filenames -F _agentmesh agentmesh\n";
  return out;
}

string zsh_completion(const std::vector<Page>& pages) {
  const auto described = [](const string& word, string text) {
    std::replace(text.begin(), text.end(), ':', ';');
    return shell_quoted(word + ":" + text);
  };
  string out =
      "#compdef agentmesh\n"
      "# zsh completion for agentmesh\n"
      "_agentmesh() {\n"
      "  local route= word\n"
      "  local -a candidates\n"
      "  for word in ${words[2,CURRENT-1]}; do\n"
      "    [[ $word == -- ]] && { _normal; return }\n"
      "    [[ $word == -* ]] && continue\n"
      "    case \"${route:+$route }$word\" in\n      ";
  std::vector<string> paths;
  for (const Page& page : pages)
    if (!page.path.empty()) paths.push_back(shell_quoted(page.words()));
  out += fmt::format("({})) route=\"${{route:+$route }}$word\" ;;\n    esac\n  done\n",
                     fmt::join(paths, "|"));
  out += "  case \"$route\" in\n";
  for (const Page& page : pages) {
    std::vector<string> rows;
    for (const CLI::App* each : shown_commands(*page.app))
      rows.push_back(described(each->get_name(), each->get_description()));
    for (const CLI::Option* option : shown_options(*page.app, false))
      for (const string& name : option->get_lnames())
        rows.push_back(described("--" + name, option->get_description()));
    out += fmt::format("    ({}) candidates=(\n      {}\n    ) ;;\n", shell_quoted(page.words()),
                       fmt::join(rows, "\n      "));
  }
  out +=
      "  esac\n"
      "  _describe -o agentmesh candidates\n"
      "  _files\n"
      "}\n"
      "_agentmesh \"$@\"\n";
  return out;
}

string fish_completion(const std::vector<Page>& pages) {
  string out =
      "# fish completion for agentmesh\n"
      "function __agentmesh_at\n"
      "  set -l words (commandline -opc)\n"
      "  set -l route\n"
      "  for word in $words[2..-1]\n"
      "    string match -q -- '-*' $word; and continue\n"
      "    if contains -- (string join ' ' $route $word) $__agentmesh_routes\n"
      "      set -a route $word\n"
      "    end\n"
      "  end\n"
      "  test \"$route\" = \"$argv\"\n"
      "end\n";
  std::vector<string> routes;
  for (const Page& page : pages)
    if (!page.path.empty()) routes.push_back(shell_quoted(page.words()));
  out += fmt::format("set -g __agentmesh_routes {}\n", fmt::join(routes, " "));
  for (const Page& page : pages) {
    const string at = shell_quoted("__agentmesh_at " + page.words());
    for (const CLI::App* each : shown_commands(*page.app))
      out += fmt::format("complete -c agentmesh -f -n {} -a {} -d {}\n", at, each->get_name(),
                         shell_quoted(each->get_description()));
    for (const CLI::Option* option : shown_options(*page.app, false))
      for (const string& name : option->get_lnames()) {
        const string takes = is_flag(*option) ? "" : names_a_file(*option) ? " -r -F" : " -x";
        out += fmt::format("complete -c agentmesh -n {} -l {}{} -d {}\n", at, name, takes,
                           shell_quoted(option->get_description()));
      }
  }
  return out;
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
