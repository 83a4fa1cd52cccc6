#include "policy/scan/shell.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/paths.h"
#include "policy/scan/shell_entered.h"
#include "policy/scan/shell_flow.h"
#include "policy/scan/shell_harm.h"
#include "policy/scan/shell_inside.h"
#include "policy/scan/shell_leaks.h"
#include "policy/scan/shell_names.h"
#include "policy/scan/shell_places.h"
#include "policy/scan/shell_printed.h"
#include "policy/scan/shell_programs.h"
#include "policy/scan/shell_takes.h"
#include "policy/scan/shell_traces.h"
#include "policy/scan/shell_verbs.h"
#include "policy/scan/shell_ways.h"
#include "policy/scan/shell_words.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxText = 262144;
constexpr size_t kMaxReading = 4 * kMaxText;
constexpr size_t kMaxWords = 16384;
constexpr int kMaxLevels = 4;           // of commands inside commands
constexpr size_t kMostOfCradle = 8192;  // bytes

class Reader {
 public:
  // `left`: bytes that may be read in all, what is read again counted again.
  Reader(Shell& shell, std::vector<Hit>& hits, size_t& left)
      : shell_(shell), hits_(hits), left_(left) {}

  void read(std::string_view text, int level) {
    if (text.size() > kMaxText) {
      hit("shell.obfuscated", Severity::kMedium);
      shell_.cut = true;
      text = text.substr(0, kMaxText);
    }
    if (text.size() > left_) {
      shell_.cut = true;
      return hit("shell.obfuscated", Severity::kMedium);
    }
    left_ -= text.size();
    const ShellText parsed = read_commands(text);
    if (parsed.truncated) {
      hit("shell.obfuscated", Severity::kMedium);
      shell_.cut = true;
    }
    shell_.substitutes = shell_.substitutes || parsed.substitutes;
    std::vector<ShellRun> runs;
    runs.reserve(parsed.commands.size());
    for (const SimpleCommand& command : parsed.commands) {
      for (const std::string& word : command.words) see(word);
      for (const Redirect& redirect : command.redirects) see(redirect.target);
      ShellRun run;
      run.command = &command;
      std::vector<std::string> names;
      const size_t first = skip_prefix(command.words, 0, names);
      if (first < command.words.size()) names.push_back(command_name(command.words[first]));
      for (std::string& one : names) name(std::move(one));
      if (first < command.words.size()) {
        run.name = command_name(command.words[first]);
        run.arguments = std::span(command.words).subspan(first + 1);
      }
      const bool repeats = run.name == "echo" || run.name == "printf";  // echo "$(curl …)"
      run.feeds = is_download(run.name) || decodes(run) || (repeats && inner_feeds(runs, run));
      if (shell_.entered.size() < kMaxWords) add_entered(run, shell_.entered);
      if (command.obfuscated && !run.name.empty()) hit("shell.obfuscated", Severity::kMedium);
      runs.push_back(run);
    }
    secret_places(runs);
    find_shells_beside(runs);
    Pipes pipes;
    Company company;
    for (const ShellRun& run : runs) company.loud += is_quiet(run) ? 0U : 1U;
    for (size_t i = 0; i < runs.size(); ++i) {
      judge(runs, i, pipes, company, level);
      for (std::string& word : taken_by(runs, i)) take(std::move(word));
      pipes.put(runs[i]);
    }
    whole_text(text, runs);
  }

 private:
  void hit(std::string_view id, Severity severity) { add_hit(hits_, {id, severity}); }

  void name(std::string word) {
    if (word.empty() || word == "{" || word == "}" || shell_.commands.size() >= kMaxCommands)
      return;
    if (std::find(shell_.commands.begin(), shell_.commands.end(), word) == shell_.commands.end())
      shell_.commands.push_back(std::move(word));
  }

  // Keys and histories named by a word or a redirection, "@/path" and "key=/path" included. The passwords of all accounts are high
  // where they may be read.
  void secret_places(const std::vector<ShellRun>& runs) {
    size_t looked_up = 0;
    // `reads` is asked of the few words that name such a file.
    const auto look = [&](std::string_view word, auto reads) {
      const size_t begin = word.find_first_of("/~.");
      if (begin == std::string_view::npos || word.find('/') == std::string_view::npos ||
          ++looked_up > 64)
        return;
      const std::string_view path = word.substr(begin);
      if (!holds_secrets(path)) return;
      const bool passwords = is_password_file(path) && !has(word, " ") && reads();
      hit("shell.secret-place", passwords ? Severity::kHigh : Severity::kMedium);
    };
    for (const ShellRun& run : runs) {
      const std::vector<std::string>& words = run.command->words;
      const size_t first = words.size() - run.arguments.size();
      for (size_t i = 0; i < words.size(); ++i)
        look(words[i], [&] { return i >= first && reads_argument(run, i - first); });
      for (const Redirect& redirect : run.command->redirects)
        look(redirect.target, [] { return true; });
    }
  }

  void see(const std::string& word) {
    if (shell_.words.size() < kMaxWords)
      shell_.words.push_back(word);
    else
      shell_.cut = true;
  }

  void take(std::string word) {
    if (shell_.taken.size() < kMaxWords)
      shell_.taken.push_back(std::move(word));
    else
      shell_.cut = true;
  }

  static void find_shells_beside(std::vector<ShellRun>& runs) {
    std::vector<bool> with_shell;  // by the number of a pipeline
    for (const ShellRun& run : runs) {
      if (!(is_shell(run.name) && reads_stdin(run)) && run.name != "cmd") continue;
      const auto pipeline = static_cast<size_t>(run.command->pipeline);
      if (pipeline >= with_shell.size()) with_shell.resize(pipeline + 1);
      with_shell[pipeline] = true;
    }
    for (ShellRun& run : runs) {
      const auto pipeline = static_cast<size_t>(run.command->pipeline);
      run.beside_shell = pipeline < with_shell.size() && with_shell[pipeline];
    }
  }

  // bash <(echo 'rm -rf x'): what a substitution prints, as a file of commands.
  void read_inner_files(const std::vector<ShellRun>& runs, const ShellRun& run, int level) {
    if (!run.has_argument("<()")) return;
    for (size_t k = run.command->inner_begin; k < run.command->inner_end && k < runs.size(); ++k) {
      const ShellRun& inner = runs[k];
      if (inner.command->depth != run.command->depth + 1) continue;
      const Printed printed = printed_by(inner.name, inner.arguments, inner.command->here);
      shell_.cut = shell_.cut || printed.cut;
      if (!printed.text.empty()) read(printed.text, level + 1);
    }
  }

  bool inner_feeds(const std::vector<ShellRun>& runs, const ShellRun& run) const {
    for (size_t k = run.command->inner_begin; k < run.command->inner_end && k < runs.size(); ++k)
      if (runs[k].feeds) return true;
    return false;
  }

  void judge(const std::vector<ShellRun>& runs, size_t i, Pipes& pipes, Company& company,
             int level) {
    const ShellRun& run = runs[i];
    const SimpleCommand& command = *run.command;
    find_harm(run, company, hits_);
    if ((run.name == "cd" || run.name == "pushd") && !run.arguments.empty())
      company.directory = run.arguments.back();
    find_traces(run, hits_);
    if (run.name.empty()) return;
    find_verbs(run, hits_);
    find_ways(run, hits_);
    if (const Leak leak = leak_in_words(runs, run); leak != Leak::kNone)
      hit("shell.exfiltrate", leak == Leak::kSure ? Severity::kHigh : Severity::kMedium);
    if (sends_secret(run) || (sends_input(run) && pipes.brings_secret(runs, i)))
      hit("shell.exfiltrate", Severity::kHigh);
    if (program_wipes(run)) hit("shell.wipe", Severity::kCritical);
    if (database_wipes(run)) hit("shell.wipe", Severity::kHigh);
    if (level < kMaxLevels) inside(run, level);

    const bool shell = is_shell(run.name);
    const bool interpreter = shell || is_interpreter(run.name);
    if (runs_said(runs, run) && (run.feeds || pipes.brings_fed(run))) {
      shell_.pipes_to_shell = true;
      hit("shell.pipe-to-shell", Severity::kHigh);
    }
    const bool sources = run.name == "source" || run.name == ".";
    const bool reads_commands =
        (interpreter && reads_stdin(run)) || (sources && run.has_argument("/dev/stdin"));
    if (reads_commands && command.reads_pipe) {
      shell_.pipes_to_shell = true;
      if (pipes.brings_fed(run)) hit("shell.pipe-to-shell", Severity::kHigh);
      if (!is_interpreter(run.name) && level < kMaxLevels) {
        const Printed printed = pipes.take_printed(run);
        shell_.cut = shell_.cut || printed.cut;
        if (!printed.text.empty()) read(printed.text, level + 1);
      }
    }
    if ((shell || sources) && level < kMaxLevels) read_inner_files(runs, run, level);
    if (interpreter || run.name == "eval" || sources) {
      if (inner_feeds(runs, run)) {
        shell_.pipes_to_shell = true;
        hit("shell.pipe-to-shell", Severity::kHigh);
      }
      if (!command.here.empty() && shell && level < kMaxLevels) read(command.here, level + 1);
    }
    if ((shell || run.name == "su" || run.name == "script" || run.name == "cmd") &&
        level < kMaxLevels) {
      for (size_t k = 0; k + 1 < run.arguments.size(); ++k) {
        const std::string& flag = run.arguments[k];
        const bool runs_text = (flag.size() > 1 && flag[0] == '-' && flag[1] != '-' &&
                                flag.find('c') != std::string::npos && shell) ||
                               flag == "-c" || ascii_lower(flag) == "/c";
        if (!runs_text) continue;
        const bool ended = run.arguments[k + 1] == "--" && k + 2 < run.arguments.size();
        std::string text = run.arguments[k + (ended ? 2U : 1U)];
        if (run.name == "cmd")
          for (size_t m = k + 2; m < run.arguments.size(); ++m) text += " " + run.arguments[m];
        read(text, level + 1);
        break;
      }
    }
    if (run.name == "eval" && !command.evaluated && level < kMaxLevels) {
      std::string text;
      for (const std::string& word : run.arguments) text += word + " ";
      read(text, level + 1);
    }
    if (run.name == "find") judge_find(run, company.directory);
  }

  void inside(const ShellRun& run, int level) {
    const Inside found = commands_inside(run);
    Shell other;  // its files are not this machine's
    std::vector<Hit> hits;
    for (const std::string& line : found.lines)
      Reader(found.elsewhere ? other : shell_, hits, left_).read(line, level + 1);
    // How an inner command is spelled hides nothing by itself.
    for (const Hit& each : hits)
      if (each.id != "shell.obfuscated") hit(each.id, each.severity);
  }

  // What a find deletes, and how it picks that.
  struct Deletion {
    bool wipes = false;
    std::string_view name;  // the pattern of what goes; "" for anything
  };

  // Behind -exec rm, the words of that from `operands` on.
  void judge_deletion(const ShellRun& run, const Deletion& what, size_t operands) {
    if (what.wipes) return hit("shell.wipe", Severity::kCritical);
    bool made = !what.name.empty();
    for (size_t i = operands; made && i < run.arguments.size(); ++i) {
      const std::string_view word = run.arguments[i];
      if (word == ";" || word == "+") break;
      const bool all = word.starts_with('-') && word.find_first_of("rR") < word.size();
      made = (word == "{}" || word.starts_with('-')) && (!all || is_made_by_build(what.name));
    }
    hit("shell.recursive-delete", made ? Severity::kLow : Severity::kMedium);
  }

  // `place`: where the last `cd` went.
  void judge_find(const ShellRun& run, const std::string& place) {
    Deletion what;
    what.wipes = !run.arguments.empty() && is_system_place(run.arguments[0]) &&
                 run.arguments[0] != "." && !narrows(run);
    if (!is_system_place(place)) what.name = picked_by_name(run);
    for (size_t k = 0; k < run.arguments.size(); ++k) {
      const std::string& word = run.arguments[k];
      if (word == "-delete") judge_deletion(run, what, run.arguments.size());
      if ((word == "-exec" || word == "-execdir" || word == "-ok" || word == "-okdir") &&
          k + 1 < run.arguments.size()) {
        std::vector<std::string> names;
        const size_t first = skip_prefix(run.arguments, k + 1, names);
        for (std::string& one : names) name(std::move(one));
        const std::string inner =
            command_name(run.arguments[std::min(first, run.arguments.size() - 1)]);
        name(inner);
        if (inner == "rm" || inner == "unlink" || inner == "shred")
          judge_deletion(run, what, first + 1);
        if (is_shell(inner)) {
          for (size_t m = first + 1; m + 1 < run.arguments.size(); ++m)
            if (run.arguments[m] == "-c") read(run.arguments[m + 1], kMaxLevels);
        }
      }
    }
  }

  // What is seen across commands: a fork bomb, a download that is run afterwards.
  void whole_text(std::string_view text, const std::vector<ShellRun>& runs) {
    std::string bare;
    for (const char c : text.substr(0, 4096))
      if (c != ' ' && c != '\t' && c != '\n') bare.push_back(c);
    const size_t body = bare.find("(){");
    if (body != std::string::npos && body > 0) {
      size_t begin = body;
      while (begin > 0 && bare[begin - 1] != ';' && bare[begin - 1] != '&' && body - begin < 32)
        --begin;
      const std::string function = bare.substr(begin, body - begin);
      if (has(std::string_view(bare).substr(body), function + "|" + function + "&"))
        hit("shell.wipe", Severity::kCritical);
    }
    Saved saved;
    bool powershell = false;
    for (const ShellRun& run : runs) {
      powershell = powershell || run.name == "powershell" || run.name == "pwsh" ||
                   run.name == "iex" || run.name == "invoke-expression";
      if (is_download(run.name)) {
        saved.put_files_of(run);
      } else if (saved.runs(run)) {
        hit("shell.pipe-to-shell", Severity::kHigh);
      }
    }
    if (powershell || has(text, "]::")) cradle(ascii_lower(text.substr(0, kMostOfCradle)));
  }

  // powershell IEX (New-Object Net.WebClient).DownloadString('…'), iex (irm …), which is no one command to a POSIX shell.
  void cradle(const std::string& lower) {
    constexpr std::array<std::string_view, 3> kRuns = {"iex", "invoke-expression",
                                                       "[scriptblock]::create"};
    constexpr std::array<std::string_view, 4> kBrings = {"webrequest", "restmethod", "irm", "iwr"};
    const auto holds = [&lower](std::string_view word) { return has_word(lower, word); };
    if (std::any_of(kRuns.begin(), kRuns.end(), holds) &&
        (has(lower, "downloadstring") || std::any_of(kBrings.begin(), kBrings.end(), holds)))
      hit("shell.pipe-to-shell", Severity::kHigh);
  }

  Shell& shell_;
  std::vector<Hit>& hits_;
  size_t& left_;
};

}  // namespace

Shell read_shell(std::string_view text, std::vector<Hit>& hits) {
  Shell shell;
  size_t left = kMaxReading;
  Reader(shell, hits, left).read(text, 0);
  return shell;
}

}  // namespace agentmesh::policy::scan
