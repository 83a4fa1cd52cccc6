#include "cli/completions.h"

#include <algorithm>
#include <string_view>

namespace agentmesh::cli {
namespace {

using std::string;

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

}  // namespace

std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); });
}

std::vector<const CLI::Option*> shown_options(const CLI::App& app, bool positional) {
  std::vector<const CLI::Option*> out;
  for (const CLI::Option* option : app.get_options())
    if (!option->get_group().empty() && option->nonpositional() != positional)
      out.push_back(option);
  return out;
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

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

}  // namespace agentmesh::cli
