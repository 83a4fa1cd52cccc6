#include "policy/scan/shell_leaks.h"

#include <array>

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

}  // namespace

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
