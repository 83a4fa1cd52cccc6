#include "policy/scan/shell_inside.h"

#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/shell.h"
#include "policy/scan/shell_places.h"
#include "policy/scan/sql.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxLiterals = 32;

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [text](std::string_view part) { return has(text, part); });
}

std::string quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The words from `first` on as one line. One word alone is a line already.
std::string line_of(const ShellRun& run, size_t first) {
  if (first + 1 == run.arguments.size()) return run.arguments[first];
  std::string line;
  for (size_t i = first; i < run.arguments.size(); ++i)
    line += (line.empty() ? "" : " ") + quoted(run.arguments[i]);
  return line;
}

// Behind the options from `i` on; each of `with_value` takes the next word.
size_t operand(const ShellRun& run, size_t i, std::string_view with_value) {
  while (i < run.arguments.size() && run.arguments[i].size() > 1 && run.arguments[i][0] == '-') {
    const std::string& word = run.arguments[i];
    if (word == "--") return i + 1;
    i += word.size() == 2 && has(with_value, word) ? 2U : 1U;
  }
  return i;
}

// What an interpreter is given to run: behind -c, -e, -r; awk's first operand.
std::string program_of(const ShellRun& run) {
  if (run.name == "awk" || run.name == "gawk" || run.name == "mawk") {
    const size_t at = operand(run, 0, "-F -v");
    return at < run.arguments.size() ? run.arguments[at] : std::string();
  }
  if (!is_interpreter(run.name)) return {};
  for (size_t i = 0; i + 1 < run.arguments.size(); ++i)
    if (run.arguments[i] == "-c" || run.arguments[i] == "-e" || run.arguments[i] == "-r" ||
        run.arguments[i] == "--eval")
      return run.arguments[i + 1];
  return {};
}

// The texts in quotes of a program.
std::vector<std::string> literals(std::string_view program) {
  std::vector<std::string> out;
  for (size_t i = 0; i < program.size() && out.size() < kMaxLiterals; ++i) {
    const char quote = program[i];
    if (quote != '\'' && quote != '"' && quote != '`') continue;
    const size_t end = program.find(quote, i + 1);
    if (end == std::string_view::npos) break;
    out.emplace_back(program.substr(i + 1, end - i - 1));
    i = end;
  }
  return out;
}

}  // namespace

namespace {

// Programs that take a line for a shell behind one of their options: npx -c 'x', nix-shell --run 'x', vim -c ':!x'.
struct LineOption {
  std::string_view program;
  std::string_view option;  // or its last letter is one of several: -qc
  std::string_view before;  // stands before the line: !
};
constexpr std::array<LineOption, 10> kLineOptions = {{{"npx", "-c", ""},
                                                      {"npx", "--call", ""},
                                                      {"npm", "-c", ""},
                                                      {"nix-shell", "--run", ""},
                                                      {"nix-shell", "--command", ""},
                                                      {"script", "-c", ""},
                                                      {"man", "-P", ""},
                                                      {"vim", "-c", ":!"},
                                                      {"nvim", "-c", ":!"},
                                                      {"vi", "-c", ":!"}}};

void lines_in_options(const ShellRun& run, std::vector<std::string>& lines) {
  for (const LineOption& known : kLineOptions) {
    if (known.program != run.name) continue;
    for (size_t i = 0; i + 1 < run.arguments.size(); ++i) {
      const std::string_view word = run.arguments[i];
      const bool joined = known.option.size() == 2 && word.size() > 2 && word[0] == '-' &&
                          word[1] != '-' && word.back() == known.option[1];
      if (word != known.option && !joined) continue;
      if (const std::string_view line = run.arguments[i + 1]; line.starts_with(known.before))
        lines.emplace_back(line.substr(known.before.size()));
    }
  }
}

// What git's settings run: git -c alias.x='!line', -c core.pager='line'.
void lines_in_git(const ShellRun& run, std::vector<std::string>& lines) {
  constexpr std::array<std::string_view, 7> kRun = {
      "core.pager",      "core.editor",   "core.sshcommand",  "core.fsmonitor",
      "sequence.editor", "diff.external", "credential.helper"};
  for (size_t i = 0; i + 1 < run.arguments.size(); ++i) {
    if (run.arguments[i] != "-c") continue;
    const std::string_view setting = run.arguments[i + 1];
    const size_t sign = setting.find('=');
    if (sign == std::string_view::npos) continue;
    const std::string name = ascii_lower(setting.substr(0, sign));
    std::string_view line = setting.substr(sign + 1);
    const bool shell = line.starts_with('!');
    if (shell) line.remove_prefix(1);
    if (is_among(kRun, name) || (shell && name.starts_with("alias."))) lines.emplace_back(line);
  }
}

}  // namespace

Inside commands_inside(const ShellRun& run) {
  Inside out;
  const auto add = [&](size_t first) {
    if (first < run.arguments.size()) out.lines.push_back(line_of(run, first));
  };
  if (run.name == "ssh") {
    out.elsewhere = true;
    add(operand(run, 0, "-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w") + 1);
  } else if (run.name == "kubectl" || run.name == "oc" || run.name == "docker" ||
             run.name == "podman" || run.name == "docker-compose") {
    out.elsewhere = true;
    const auto verb = std::find(run.arguments.begin(), run.arguments.end(), "exec");
    if (verb == run.arguments.end()) return out;
    const auto dashes = std::find(verb, run.arguments.end(), "--");
    const auto at = static_cast<size_t>(verb - run.arguments.begin());
    add(dashes != run.arguments.end() ? static_cast<size_t>(dashes - run.arguments.begin()) + 1
                                      : operand(run, at + 1, "-e -u -w -n -c") + 1);
  } else if (run.name == "git") {
    lines_in_git(run, out.lines);
  } else if (run.name == "tar") {
    for (const std::string_view word : run.arguments)
      for (const std::string_view option : {"--checkpoint-action=exec=", "--to-command="})
        if (word.starts_with(option)) out.lines.emplace_back(word.substr(option.size()));
  } else if (run.name == "tmux" || run.name == "screen") {
    const bool begins = run.option('d', "--detached") || run.name == "tmux";
    const size_t verb = operand(run, 0, "-L -S -f -c -s -t");
    if (begins)
      add(run.name == "tmux" ? operand(run, verb + 1, "-c -e -F -l -n -s -t -x -y")
                             : operand(run, 0, "-S -t -c -e -h -p -s -T"));
  } else if (run.name == "trap") {
    if (!run.arguments.empty()) out.lines.push_back(run.arguments[0]);
  } else if (run.name == "alias") {
    for (const std::string& word : run.arguments)
      if (const size_t sign = word.find('='); sign < word.size())
        out.lines.push_back(word.substr(sign + 1));
  } else if (lines_in_options(run, out.lines); !out.lines.empty()) {
    return out;
  } else if (const std::string program = program_of(run);
             has_any(program, {"system", "popen", "exec", "spawn", "subprocess", "check_output",
                               "passthru", "`", "| getline"})) {
    for (std::string& literal : literals(program))
      if (is_command_name(literal.substr(0, literal.find(' '))))
        out.lines.push_back(std::move(literal));
  }
  return out;
}

bool program_wipes(const ShellRun& run) {
  const std::string program = program_of(run);
  if (!has_any(program, {"rmtree", "rmSync", "rmdirSync", "rm_rf", "rm_r", "remove_tree", "rimraf",
                         "remove_entry"}))
    return false;
  const std::vector<std::string> places = literals(program);
  return std::any_of(places.begin(), places.end(),
                     [](const std::string& place) { return is_system_place(place); });
}

bool database_wipes(const ShellRun& run) {
  constexpr std::array<std::string_view, 8> kClients = {
      "psql", "mysql", "mariadb", "sqlite3", "sqlcmd", "clickhouse-client", "duckdb", "cockroach"};
  if (!is_among(kClients, run.name)) return false;
  for (const std::string& word : run.arguments) {
    const std::string_view text = word.starts_with("--command=") ? std::string_view(word).substr(10)
                                  : word.starts_with("--execute=")
                                      ? std::string_view(word).substr(10)
                                      : std::string_view(word);
    if (!has(text, " ")) continue;
    std::vector<Hit> unused;
    if (looks_like_sql(text) && read_sql(text, unused).sql_class == SqlClass::kDestructive)
      return true;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
