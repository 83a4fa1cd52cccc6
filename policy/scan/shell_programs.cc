#include "policy/scan/shell_programs.h"

#include <array>

#include "policy/scan/shell_names.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {

bool is_shell(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kShells = {
      "sh", "bash", "zsh", "dash", "ksh", "ash", "csh", "tcsh", "fish", "rbash", "busybox"};
  return is_among(kShells, name);
}
bool is_interpreter(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kInterpreters = {
      "perl", "ruby",  "node",      "php", "pwsh", "powershell",
      "lua",  "tclsh", "osascript", "iex", "cmd",  "deno"};
  return is_among(kInterpreters, name) || name.substr(0, 6) == "python";
}
bool is_download(std::string_view name) {
  static constexpr std::array<std::string_view, 15> kDownloads = {"curl",
                                                                  "wget",
                                                                  "fetch",
                                                                  "aria2c",
                                                                  "lynx",
                                                                  "lwp-download",
                                                                  "axel",
                                                                  "http",
                                                                  "https",
                                                                  "iwr",
                                                                  "invoke-webrequest",
                                                                  "irm",
                                                                  "invoke-restmethod",
                                                                  "ftp",
                                                                  "tftp"};
  return is_among(kDownloads, name);
}

size_t skip_prefix(std::span<const std::string> words, size_t i,
                   std::vector<std::string>& prefixes) {
  struct Prefix {
    std::string_view name;
    std::string_view with_value;  // options that take a value of their own
    size_t operands = 0;          // words before the command
    std::string_view verb = {};   // the first of them; with another one it is no prefix
  };
  static constexpr std::array<Prefix, 41> kPrefixes = {{{"sudo", "-u -g -h -p -C -r -t -U -D -T"},
                                                        {"doas", "-u -C"},
                                                        {"env", "-u -C -S"},
                                                        {"nohup", ""},
                                                        {"time", "-f -o"},
                                                        {"nice", "-n"},
                                                        {"ionice", "-c -n"},
                                                        {"stdbuf", "-i -o -e"},
                                                        {"setsid", ""},
                                                        {"timeout", "-k -s", 1},
                                                        {"command", ""},
                                                        {"builtin", ""},
                                                        {"exec", "-a"},
                                                        {"busybox", ""},
                                                        {"watch", "-n"},
                                                        {"strace", "-e -o -p -s"},
                                                        {"chroot", "", 1},
                                                        {"xargs", "-I -n -P -L -d -a -E -s"},
                                                        {"parallel", "-j"},
                                                        {"unbuffer", ""},
                                                        {"proxychains", ""},
                                                        {"caffeinate", ""},
                                                        {"flock", "-w", 1},
                                                        {"taskset", "", 1},
                                                        {"unshare", ""},
                                                        {"nsenter", "-t"},
                                                        {"start", ""},
                                                        {"winpty", ""},
                                                        {"pkexec", "-u"},
                                                        {"runuser", "-u -g -G"},
                                                        {"systemd-run", "-p -u -E -M"},
                                                        {"gosu", "", 1},
                                                        {"su-exec", "", 1},
                                                        {"uv", "", 1, "run"},
                                                        {"poetry", "", 1, "run"},
                                                        {"pipenv", "", 1, "run"},
                                                        {"pdm", "", 1, "run"},
                                                        {"op", "", 1, "run"},
                                                        {"doppler", "-p -c", 1, "run"},
                                                        {"direnv", "", 2, "exec"},
                                                        {"dotenv", "-f -e"}}};
  static constexpr std::array<std::string_view, 12> kKeywords = {
      "then", "do", "else", "elif", "if", "while", "until", "!", "{", "not", "coproc", "in"};
  for (int guard = 0; guard < 16 && i < words.size(); ++guard) {
    // Behind the head of a function, `f()` or `function f`, stands its body.
    if (words[i].size() > 2 && (words[i].ends_with("()") || words[i].ends_with("(){"))) {
      ++i;
      continue;
    }
    if (words[i] == "function" && i + 2 < words.size()) {
      i += 2;
      continue;
    }
    if (is_among(kKeywords, words[i])) {
      prefixes.push_back(words[i]);
      ++i;
      continue;
    }
    const std::string name = command_name(words[i]);
    const auto prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(),
                                     [&](const Prefix& known) { return known.name == name; });
    if (prefix == kPrefixes.end()) return i;
    const auto behind_options = [&](size_t next) {
      while (next < words.size()) {
        const std::string& word = words[next];
        if (word.size() > 1 && word[0] == '-') {
          const bool takes =
              word.size() == 2 && prefix->with_value.find(word) != std::string_view::npos;
          next += takes ? 2U : 1U;
        } else if (name == "env" && word.find('=') != std::string::npos) {
          ++next;
        } else {
          break;
        }
      }
      return next;
    };
    size_t next = behind_options(i + 1);
    if (!prefix->verb.empty()) {
      if (next >= words.size() || words[next] != prefix->verb) return i;
      next = behind_options(next + 1) + prefix->operands - 1;
    } else {
      next += prefix->operands;
    }
    if (next >= words.size()) return i;  // `time` or `env` by itself
    prefixes.push_back(name);
    i = next;
  }
  return i;
}

}  // namespace agentmesh::policy::scan
