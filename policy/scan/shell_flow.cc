#include "policy/scan/shell_flow.h"

#include <algorithm>
#include <utility>

#include "policy/scan/decode.h"
#include "policy/scan/shell_leaks.h"
#include "policy/scan/shell_names.h"

namespace agentmesh::policy::scan {

bool decodes(const ShellRun& run) {
  return ((run.name == "base64" || run.name == "base32" || run.name == "openssl") &&
          run.option('d', "--decode")) ||
         (run.name == "base64" && run.option('D', "--decode")) ||
         (run.name == "xxd" && run.option('r', "--revert")) || run.name == "rev" ||
         (run.name == "gzip" && run.option('d', "--decompress")) || run.name == "uudecode";
}

bool reads_stdin(const ShellRun& run) {
  if (run.has_argument("-s") || run.has_argument("/dev/stdin")) return true;
  for (size_t i = 0; i < run.arguments.size(); ++i) {
    const std::string& word = run.arguments[i];
    if (word.empty() || (word[0] != '-' && word[0] != '+') || word == "-c" || word == "-e")
      return false;
    const bool valued = word == "-o" || word == "+o" || word == "-O" || word == "+O";
    if (valued && is_shell(run.name)) ++i;
  }
  return true;
}

bool runs_said(const std::vector<ShellRun>& runs, const ShellRun& run) {
  for (size_t k = run.command->inner_begin; k < run.command->inner_end && k < runs.size(); ++k) {
    const ShellRun& inner = runs[k];
    if (inner.command->depth == run.command->depth + 1 && inner.command->reads_pipe &&
        (is_shell(inner.name) || is_interpreter(inner.name)) && reads_stdin(inner))
      return true;
  }
  return false;
}

Pipe& Pipes::into(const ShellRun& run) {
  const auto [at, made] = pipes_.try_emplace(run.command->pipeline);
  if (made) at->second.begin = next_;
  // Of a group in a pipeline the input is nearer than that of the group around it.
  if (const int input = run.command->input; input != run.command->pipeline)
    at->second.input = std::max(at->second.input, input);
  return at->second;
}

template <class Asked>
bool Pipes::any(const ShellRun& run, Asked asked) {
  Pipe* pipe = &into(run);
  int number = run.command->pipeline;
  // What a group reads began before it.
  for (size_t passed = 0;; ++passed) {
    if (asked(*pipe, number) || passed == kMaxChain) return true;
    if (pipe->input <= 0 || pipe->input >= number) return false;
    number = pipe->input;
    const auto next = pipes_.find(number);
    if (next == pipes_.end()) return false;
    pipe = &next->second;
  }
}

bool Pipes::brings_fed(const ShellRun& run) {
  return any(run, [](const Pipe& pipe, int) { return pipe.fed; });
}

Printed Pipes::take_printed(const ShellRun& run) {
  Printed out;
  (void)any(run, [&out](Pipe& pipe, int) {
    out = std::exchange(pipe.printed, {});
    return out.cut || !out.text.empty();
  });
  return out;
}

bool Pipes::brings_secret(const std::vector<ShellRun>& runs, size_t i) {
  return any(runs[i], [&](Pipe& pipe, int number) {
    for (; pipe.begin < i && !pipe.secret; ++pipe.begin) {
      const ShellRun& before = runs[pipe.begin];
      pipe.secret = before.command->pipeline == number && prints_secret(before);
    }
    return pipe.secret;
  });
}

void Pipes::put(const ShellRun& run) {
  Pipe& pipe = into(run);
  ++next_;
  pipe.fed = pipe.fed || run.feeds;
  if (is_shell(run.name)) return;
  Printed printed = printed_by(run.name, run.arguments, run.command->here);
  if (printed.text.empty()) printed.text = run.command->here;  // tee f <<A | sh
  Printed& all = pipe.printed;
  if (all.text.size() + printed.text.size() > 2 * kLongestPrinted) {
    all.cut = true;
    return;
  }
  all.cut = all.cut || printed.cut;
  if (!printed.text.empty()) (all.text += printed.text) += '\n';
}

void Saved::put(const std::string& file) {
  const std::string base = file.substr(file.find_last_of('/') + 1);
  if (!base.empty()) commands_.insert(ascii_lower(base));
  scripts_.insert({file, base, "./" + base});
}

void Saved::put_files_of(const ShellRun& run) {
  for (const Redirect& redirect : run.command->redirects)
    if (redirect.op.starts_with('>')) put(redirect.target);
  for (size_t k = 0; k < run.arguments.size(); ++k) {
    const std::string& word = run.arguments[k];
    if ((word == "-o" || word == "-O" || word == "--output" || word == "--output-document") &&
        k + 1 < run.arguments.size() && run.arguments[k + 1].find("://") == std::string::npos)
      put(run.arguments[k + 1]);
    if (word.find("://") != std::string::npos &&
        (run.name == "wget" || run.option('O', "--remote-name"))) {
      const size_t slash = word.find_last_of('/');
      if (slash + 1 < word.size()) put(word.substr(slash + 1));
    }
  }
}

bool Saved::runs(const ShellRun& run) const {
  if (commands_.empty() && scripts_.empty()) return false;
  if (commands_.contains(run.name)) return true;
  if (!is_shell(run.name) && !is_interpreter(run.name) && run.name != "source" && run.name != ".")
    return false;
  return std::any_of(run.arguments.begin(), run.arguments.end(),
                     [this](const std::string& word) { return scripts_.contains(word); });
}

}  // namespace agentmesh::policy::scan
