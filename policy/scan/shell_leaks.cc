#include "policy/scan/shell_leaks.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "policy/scan/decode.h"
#include "policy/scan/paths.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

bool is_secret_word(std::string_view word) {
  const size_t begin = word.find_first_of("/~.");
  return begin < word.size() && holds_secrets(word.substr(begin));
}

bool is_environment(const ShellRun& run) {
  return (run.name == "env" || run.name == "printenv") && run.arguments.empty();
}

bool holds_secret(const ShellRun& run) {
  return std::any_of(run.arguments.begin(), run.arguments.end(), is_secret_word) ||
         std::any_of(run.command->redirects.begin(), run.command->redirects.end(),
                     [](const Redirect& redirect) {
                       return redirect.op.starts_with('<') && is_secret_word(redirect.target);
                     });
}

// Of its own words, the one that is read and sent: -T FILE, -d @FILE, -F x=@FILE, --post-file=FILE.
bool sends_file(const ShellRun& run) {
  const bool curl = run.name == "curl";
  for (size_t i = 0; i < run.arguments.size(); ++i) {
    const std::string_view word = run.arguments[i];
    const std::string_view before = i == 0 ? std::string_view() : run.arguments[i - 1];
    if (curl && (before == "-T" || before == "--upload-file") && is_secret_word(word)) return true;
    if (curl && word.starts_with("--upload-file=") && is_secret_word(word)) return true;
    const size_t at = word.find('@');
    if (curl && (at == 0 || (at < word.size() && word[at - 1] == '=')) &&
        is_secret_word(word.substr(at + 1)))
      return true;
    if (run.name == "wget" && word.starts_with("--post-file=") && is_secret_word(word)) return true;
  }
  // scp KEY host: — but not the key that opens the door (-i KEY).
  if (run.name != "scp" && run.name != "rsync" && run.name != "sftp") return false;
  if (run.arguments.empty() || run.arguments.back().find(':') == std::string::npos) return false;
  for (size_t i = 0; i + 1 < run.arguments.size(); ++i) {
    const bool value =
        i > 0 && run.arguments[i - 1].size() == 2 && run.arguments[i - 1][0] == '-' &&
        std::string_view("iFoecPSlJ").find(run.arguments[i - 1][1]) != std::string_view::npos;
    if (!value && run.arguments[i][0] != '-' && is_secret_word(run.arguments[i])) return true;
  }
  return false;
}

bool to_socket(const ShellRun& run) {
  return std::any_of(
      run.command->redirects.begin(), run.command->redirects.end(), [](const Redirect& redirect) {
        return redirect.op.starts_with('>') && (redirect.target.starts_with("/dev/tcp/") ||
                                                redirect.target.starts_with("/dev/udp/"));
      });
}

// What it takes in by its pipe goes out.
bool is_sender(const ShellRun& run) {
  constexpr std::array<std::string_view, 9> kSenders = {
      "nc", "ncat", "netcat", "socat", "ssh", "mail", "sendmail", "mailx", "telnet"};
  if (is_among(kSenders, run.name)) return true;
  if (run.name != "curl" && run.name != "wget" && run.name != "http" && run.name != "https")
    return false;
  return std::any_of(run.arguments.begin(), run.arguments.end(), [](const std::string& word) {
    return word == "@-" || word == "-" || word.ends_with("=@-") || word == "-d@-" ||
           word == "-T-" || word.ends_with("=-") || word.ends_with("/dev/stdin");
  });
}

// It says something of a file, or does something to it, and not what is in it.
bool only_tells(const ShellRun& run) {
  constexpr std::array<std::string_view, 23> kTelling = {
      "test",  "[",     "ls",        "stat",       "basename", "dirname", "realpath", "readlink",
      "wc",    "file",  "find",      "echo",       "rm",       "touch",   "md5sum",   "sha256sum",
      "chmod", "chown", "sha512sum", "ssh-keygen", "chgrp",    "lsattr",  "git"};
  return is_among(kTelling, run.name);
}

// The name of a header with which one signs in: "Authorization: Bearer", "X-Api-Key:", "PRIVATE-TOKEN:"
bool signs_in(std::string_view header) {
  const std::string name = ascii_lower(header.substr(0, std::min(header.find(':'), size_t{64})));
  return has(name, "auth") || has(name, "key") || has(name, "token");
}

// What is not sent, or signs in: where it goes to, a header with a token, a name and a password.
bool is_kept(std::string_view before, std::string_view word) {
  constexpr std::array<std::string_view, 12> kKept = {
      "-u",       "--user", "--oauth2-bearer", "-U",       "--proxy-user",   "--password", "-o",
      "--output", "-K",     "--config",        "--cacert", "--http-password"};
  if (before == "-H" || before == "--header") return signs_in(word);
  if (word.starts_with("-H")) return signs_in(word.substr(2));
  const size_t sign = word.find('=');
  if (word.starts_with("--header=")) return signs_in(word.substr(sign + 1));
  return is_among(kKept, before) ||
         (sign < word.size() && word[0] == '-' && is_among(kKept, word.substr(0, sign))) ||
         (word.size() > 2 && is_among(kKept, word.substr(0, 2)));
}

}  // namespace

Leak leak_in_words(const std::vector<ShellRun>& runs, const ShellRun& run) {
  constexpr std::array<std::string_view, 12> kTalking = {"curl", "wget",  "http",  "https",
                                                         "dig",  "drill", "kdig",  "nslookup",
                                                         "host", "ping",  "ping6", "xh"};
  const SimpleCommand& command = *run.command;
  if (command.inner_begin == command.inner_end || !is_among(kTalking, run.name)) return Leak::kNone;
  bool sent = false;
  bool kept = false;
  for (size_t i = 0; i < run.arguments.size(); ++i) {
    if (!has(run.arguments[i], "$()")) continue;
    const bool stays = is_kept(i == 0 ? std::string_view() : std::string_view(run.arguments[i - 1]),
                               run.arguments[i]);
    (stays ? kept : sent) = true;
  }
  if (!sent) return Leak::kNone;
  for (size_t k = command.inner_begin; k < command.inner_end && k < runs.size(); ++k)
    if (prints_secret(runs[k]) && !only_tells(runs[k])) return kept ? Leak::kLikely : Leak::kSure;
  return Leak::kNone;
}

bool reads_argument(const ShellRun& run, size_t i) {
  constexpr std::array<std::string_view, 6> kSearching = {"grep", "egrep", "fgrep",
                                                          "rg",   "ag",    "ack"};
  if (only_tells(run)) return false;
  if (!is_among(kSearching, run.name)) return true;
  // The first word that is no option is what is looked for.
  return std::any_of(run.arguments.begin(), run.arguments.begin() + static_cast<std::ptrdiff_t>(i),
                     [](const std::string& word) { return !word.starts_with('-'); });
}

bool sends_input(const ShellRun& run) {
  return run.command->reads_pipe && (is_sender(run) || to_socket(run));
}

bool sends_secret(const ShellRun& run) {
  if (sends_file(run)) return true;
  const bool socket = to_socket(run);
  if (socket && (holds_secret(run) || is_environment(run))) return true;
  if (!socket && !is_sender(run)) return false;
  // nc host 80 < ~/.ssh/id_rsa
  return std::any_of(run.command->redirects.begin(), run.command->redirects.end(),
                     [](const Redirect& redirect) {
                       return redirect.op.starts_with('<') && is_secret_word(redirect.target);
                     });
}

bool prints_secret(const ShellRun& run) {
  return is_environment(run) || (run.name != "ssh" && holds_secret(run));
}

}  // namespace agentmesh::policy::scan
