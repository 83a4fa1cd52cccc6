#include "integrations/starts.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>

#include "integrations/shell_line.h"

namespace agentmesh::integrations {
namespace {

using std::string;
using Words = std::span<const string>;

constexpr int kDeepest = 6;  // programs that start another, one behind the other
constexpr size_t kMostMentions = 1000;

string in_small_letters(std::string_view word) {
  string small(word);
  std::transform(small.begin(), small.end(), small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return small;
}

string base_name(std::string_view path) {
  return in_small_letters(path.substr(path.find_last_of("/\\") + 1));  // npos + 1 is 0
}

bool any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Words behind(Words words, size_t at) { return words.subspan(std::min(at, words.size())); }

// A program that starts the one named among its words.
struct Launcher {
  std::string_view name;
  std::string_view with_value;  // letters of options that take a value, their own or the next word
  std::string_view long_with_value;  // the same of options with a name, each with blanks around it
  size_t positionals = 0;            // words of its own in front of the command
  bool known = true;                 // no other option takes the next word
  bool package = false;              // it is named as a package, with its version behind an @
};
constexpr Launcher kLaunchers[] = {
    {"env", "uC", " --unset --chdir "},
    {"sudo", "ugphCDRTUrt",
     " --user --group --prompt --host --close-from --chdir --chroot --command-timeout --other-user --role --type "},
    {"doas", "uCa", ""},
    {"nice", "n", " --adjustment "},
    {"ionice", "cn", " --class --classdata "},
    {"nohup", "", ""},
    {"setsid", "", ""},
    {"stdbuf", "ioe", " --input --output --error "},
    {"timeout", "ks", " --kill-after --signal ", 1},
    {"time", "fo", " --format --output "},
    {"chrt", "TPD", " --sched-runtime --sched-period --sched-deadline ", 1},
    {"taskset", "", "", 1},
    {"exec", "a", ""},
    {"command", "", ""},
    {"builtin", "", ""},
    {"busybox", "", ""},
    {"systemd-run", "", "", 0, false},
    {"firejail", "", "", 0, false},
    {"bwrap", "", "", 0, false},
    {"unshare", "", "", 0, false},
    {"setpriv", "", "", 0, false},
    {"runuser", "u", " --user ", 0, false},
    {"flatpak-spawn", "", "", 0, false},
    {"npx", "pcw", " --package --call --workspace --cache --registry ", 0, true, true},
    {"bunx", "p", " --package ", 0, true, true},
    {"pnpx", "", " --package ", 0, true, true},
    {"uvx", "p", " --from --with --python --index --index-url ", 0, true, true},
    {"npm", "pcw", " --package --call --workspace --cache --registry ", 1, true, true},
    {"pnpm", "CF", " --package --dir --filter ", 1, true, true},
    {"yarn", "p", " --package --cwd ", 1, true, true},
    {"bun", "p", " --package --cwd ", 1, true, true},
    {"pipx", "", " --spec --python --index-url --pip-args ", 1, true, true},
};

bool is_shell(std::string_view name) {
  return any_of(name, {"sh", "bash", "dash", "ash", "zsh", "ksh", "fish"});
}

// NAME=VALUE
bool is_assignment(std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == 0 || equals == std::string_view::npos) return false;
  return word.substr(0, equals).find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+") ==
         std::string_view::npos;
}

// `proxy`, in any case, alone or with what a hand put into the same word.
bool says_proxy(std::string_view word) {
  constexpr std::string_view kBlanks = " \t\r\n";
  word.remove_prefix(std::min(word.find_first_not_of(kBlanks), word.size()));
  return in_small_letters(word.substr(0, word.find_first_of(kBlanks))) == "proxy";
}

// What only a proxy of ours is given: the options that a run of it begins with.
bool is_option_of_run(std::string_view word) {
  return any_of(word.substr(0, word.find('=')),
                {"-p", "--policy", "--name", "--agent", "--mode", "--footer", "--deny-as",
                 "--durability", "--sandbox", "--state-dir", "--config", "--target"});
}

// What keeps the words of a run, the first of them `proxy`, from being a whole one; "" if nothing does. `dashes`: of the bare --.
std::string_view bend_of(Words words, size_t dashes) {
  for (size_t i = 1; i < dashes; ++i) {
    const string& word = words[i];
    const bool takes_next = word == "-p" || (word.starts_with("--") && word != "--pump" &&
                                             word.find('=') == string::npos);
    if (takes_next && ++i == dashes) return "the option in front of -- has no value";
    if (!takes_next && !word.starts_with('-'))
      return "a word that is no option's value stands in front of --";
  }
  if (dashes + 1 >= words.size()) return "no command stands behind --";
  if (words[dashes + 1].empty()) return "the command behind -- is empty";
  if (words[dashes + 1].starts_with('-')) return "an option, and no command, stands behind --";
  return "";
}

// Whether the first word that is no option, nor the value of one of ours, says `proxy`. Another command's word is no run.
bool asks_for_a_run(Words words) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (says_proxy(words[i])) return true;
    if (!words[i].starts_with('-')) return false;
    if (is_option_of_run(words[i]) && words[i].find('=') == string::npos) ++i;
  }
  return false;
}

Start ours(Words words) {
  const auto bare = std::find(words.begin(), words.end(), "--");
  if (words.empty()) return {};
  if (words[0] != "proxy") {
    const bool like_a_run =
        asks_for_a_run({words.begin(), bare}) ||
        (bare != words.end() && (bare == words.begin() || is_option_of_run(words[0])));
    if (!like_a_run) return {};
    return {Starts::kBent, 0, "its first argument is not proxy"};
  }
  if (std::any_of(words.begin(), bare, [](const string& word) {
        return word == "--target" || word.starts_with("--target=");
      }))
    return {Starts::kThroughAnother, 0};
  if (bare == words.end())
    return {Starts::kBent, 0, "no -- stands in front of the server's command"};
  const auto dashes = static_cast<size_t>(bare - words.begin());
  const std::string_view bend = bend_of(words, dashes);
  if (!bend.empty()) return {Starts::kBent, 0, bend};
  return {Starts::kUs, dashes};
}

Starts started(const string& command, Words words, int depth);

bool runs(Starts what) { return what == Starts::kUs || what == Starts::kThroughAnother; }
Starts through_another(Starts what) { return what == Starts::kUs ? Starts::kThroughAnother : what; }

// Whether we stand anywhere among the words, as a command with its words or in a line.
bool mentioned(Words words, int depth);

// $HOME/bin/server is known by its end; all of "$SERVER" is not.
bool is_unknown(std::string_view command) {
  return base_name(command).find_first_of("$`") != string::npos;
}

Starts in_line(std::string_view text, Words arguments, int depth) {
  const ShellLine line = read_shell_line(text);
  bool doubt = false;
  for (const std::vector<string>& each : line.commands) {
    size_t at = 0;
    while (at < each.size() &&
           (is_assignment(each[at]) ||
            any_of(each[at], {"!", "{", "if", "then", "elif", "else", "while", "until", "do",
                              "time", "coproc", "and", "or", "not", "begin"})))
      ++at;
    if (at == each.size()) continue;
    const Starts what = started(each[at], behind(each, at + 1), depth + 1);
    if (runs(what) || what == Starts::kBent) return through_another(what);
    doubt = doubt || what == Starts::kInDoubt;
  }
  // What is in a $( ), a here-document or an open quote; what the line makes of its arguments.
  if (line.unread) doubt = doubt || mentioned(line.all_words, depth + 1);
  if (text.find('$') != std::string_view::npos) doubt = doubt || mentioned(arguments, depth + 1);
  return doubt ? Starts::kInDoubt : Starts::kOther;
}

Starts in_shell(Words words, int depth) {
  size_t at = 0;
  bool line = false;
  for (; at < words.size() && words[at].size() > 1 && (words[at][0] == '-' || words[at][0] == '+');
       ++at) {
    const string& word = words[at];
    if (word == "--") {
      ++at;
      break;
    }
    if (word.starts_with("--command=")) return in_line(word.substr(10), {}, depth);
    if (any_of(word, {"--command"})) {
      line = true;
    } else if (any_of(word, {"--rcfile", "--init-file", "--init-command"})) {
      ++at;
    } else if (!word.starts_with("--")) {
      line = line || (word[0] == '-' && word.find('c') != string::npos);
      if (any_of(word.substr(word.size() - 1), {"o", "O"})) ++at;
    }
  }
  if (!line || at >= words.size()) return Starts::kOther;  // a script, which is not read
  return in_line(words[at], behind(words, at + 1), depth);
}

// The text of an option -S of env, whose words stand in front of the rest; nothing if `words[at]` is none. `at` moves to the last
// word of the option.
std::optional<string> split_string(Words words, size_t& at) {
  constexpr std::string_view kLong = "--split-string";
  const string& word = words[at];
  if (word.starts_with(kLong) && word.size() > kLong.size() && word[kLong.size()] == '=')
    return word.substr(kLong.size() + 1);
  const size_t letter = word.starts_with("--") ? string::npos : word.find_first_of("SuC", 1);
  const bool brief = letter != string::npos && word[letter] == 'S';
  if (brief && letter + 1 < word.size()) return word.substr(letter + 1);
  if (!brief && word != kLong) return std::nullopt;
  return ++at < words.size() ? words[at] : "";
}

// Passes over an option. Whether it is certain that it is one word, or which word is its value.
bool pass_option(const Launcher& launcher, Words words, size_t& at) {
  const string& word = words[at];
  if (word.starts_with("--")) {
    if (word.find('=') != string::npos) return true;
    const bool takes_next =
        launcher.long_with_value.find(" " + word + " ") != std::string_view::npos;
    if (takes_next) ++at;
    return takes_next;
  }
  const size_t letter = word.find_first_of(launcher.with_value, 1);
  if (letter + 1 == word.size()) ++at;  // npos + 1 is 0
  return launcher.known;
}

Starts launched(const Launcher& launcher, Words words, int depth) {
  // Where the options are not known, what they leave is behind a bare --; it may be ours as well.
  if (!launcher.known)
    if (const auto bare = std::find(words.begin(), words.end(), "--");
        bare != words.end() && bare + 1 != words.end()) {
      const auto at = static_cast<size_t>(bare - words.begin()) + 1;
      const Starts what = started(words[at], behind(words, at + 1), depth + 1);
      if (what != Starts::kOther) return what;
    }
  bool sure = true;
  bool options = true;
  size_t positionals = launcher.positionals;
  size_t at = 0;
  for (; at < words.size(); ++at) {
    const string& word = words[at];
    if (options && word == "--") {
      options = false;
      sure = true;
    } else if (options && word.size() > 1 && word[0] == '-') {
      if (launcher.name == "env")
        if (const auto text = split_string(words, at)) {
          std::vector<string> split = read_shell_line(*text).all_words;
          const Words rest = behind(words, at + 1);
          split.insert(split.end(), rest.begin(), rest.end());
          return launched(launcher, split, depth + 1);
        }
      const bool certain = pass_option(launcher, words, at);
      sure = sure && certain;
    } else if (word == "-" || is_assignment(word)) {
      continue;
    } else if (positionals > 0) {
      --positionals;
    } else {
      break;
    }
  }
  if (at >= words.size()) return Starts::kOther;
  const size_t version = launcher.package ? words[at].rfind('@') : string::npos;
  const string program = words[at].substr(0, version == 0 ? string::npos : version);
  const Starts what = started(program, behind(words, at + 1), depth + 1);
  if (what != Starts::kOther || sure) return what;
  return mentioned(words, depth + 1) ? Starts::kInDoubt : Starts::kOther;
}

Starts started(const string& command, Words words, int depth) {
  if (is_agentmesh(command)) return ours(words).what;
  if (depth > kDeepest) return Starts::kInDoubt;
  const string name = base_name(command);
  if (depth > 0 && is_unknown(command) && runs(ours(words).what)) return Starts::kInDoubt;
  if (any_of(name, {"cmd", "cmd.exe"})) {
    size_t at = 0;
    bool runs = false;
    for (; at < words.size() && words[at].starts_with('/'); ++at)
      runs = runs || base_name(words[at].substr(1)) == "c";
    if (!runs || at >= words.size()) return Starts::kOther;
    return is_agentmesh(words[at]) ? through_another(ours(behind(words, at + 1)).what)
                                   : Starts::kOther;
  }
  if (is_shell(name)) return through_another(in_shell(words, depth));
  if (name == "eval") {
    string line;
    for (const string& word : words) line += word + ' ';
    return through_another(in_line(line, {}, depth));
  }
  const auto* const launcher =
      std::find_if(std::begin(kLaunchers), std::end(kLaunchers),
                   [&name](const Launcher& each) { return each.name == name; });
  if (launcher == std::end(kLaunchers)) return Starts::kOther;
  return through_another(launched(*launcher, words, depth));
}

bool mentioned(Words words, int depth) {
  if (depth > kDeepest) return true;
  size_t mentions = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const Words its = behind(words, i + 1);
    if (is_agentmesh(words[i]) && ((!its.empty() && says_proxy(its[0])) || runs(ours(its).what) ||
                                   ++mentions > kMostMentions))
      return true;
    if (words[i].find_first_of(" \t\n") != string::npos &&
        in_line(words[i], {}, depth) != Starts::kOther)
      return true;
  }
  return false;
}

}  // namespace

bool is_agentmesh(std::string_view command) {
  return any_of(base_name(command), {"agentmesh", "agentmesh.exe"});
}

Start start_of(const std::string& command, const std::vector<std::string>& words) {
  if (is_agentmesh(command)) return ours(words);
  Start start{started(command, words, 0)};
  if (start.what == Starts::kBent)
    start.bend = "another program starts it, and what follows its name is no whole run";
  return start;
}

}  // namespace agentmesh::integrations
