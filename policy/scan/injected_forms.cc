#include "policy/scan/injected_forms.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/shell.h"
#include "policy/scan/shell_names.h"
#include "policy/scan/shell_words.h"
#include "policy/scan/sixteen.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// What every form has in it.
Sixteen signs(Sixteen bytes) {
  return bytes.is('(') | bytes.is('%') | bytes.is('<') | bytes.is('/');
}

class Forms {
 public:
  explicit Forms(std::string_view text) : text_(text) {}

  Sure run() {
    known_forms();
    return sure_;
  }

 private:
  void seen(Sure how) { sure_ = std::max(sure_, how); }

  void known_forms() {
    if (find_of(text_, 0, signs) == text_.size()) return;
    const std::string lower = ascii_lower(text_);
    if (has(lower, "<!--#exec") || has(lower, "/dev/tcp/")) seen(Sure::kSure);
    if (has(lower, "%")) batch(lower);
    if (!has(lower, "(")) return;
    code_execution(lower);
    if (!has(lower, "{")) return;
    const size_t shock = lower.find("() {");
    if (shock != std::string::npos && (has(std::string_view(lower).substr(shock), ":;}") ||
                                       has(std::string_view(lower).substr(shock), ":; }")))
      seen(Sure::kSure);
    fork_bomb();
  }

  // system('id'), exec("…"), eval(`…`) as a text of its own.
  void code_execution(std::string_view lower) {
    constexpr std::array<std::string_view, 7> kRuns = {"system", "shell_exec", "passthru", "exec",
                                                       "popen",  "eval",       "proc_open"};
    for (size_t open = lower.find('('); open != std::string_view::npos;
         open = lower.find('(', open + 1)) {
      size_t begin = open;
      while (begin > 0 && (is_alnum(lower[begin - 1]) || lower[begin - 1] == '_')) --begin;
      const std::string_view function = lower.substr(begin, open - begin);
      if (function.ends_with("phpinfo")) return seen(Sure::kLikely);
      const bool member = begin > 0 && lower[begin - 1] == '.';
      const bool of_os = begin >= 3 && lower.substr(begin - 3, 3) == "os.";
      if (!is_among(kRuns, function) || (member && !(of_os && function == "system"))) continue;
      size_t inside = open + 1;
      const bool superglobal = lower.substr(inside, 2) == "$_";
      while (inside < lower.size() && (lower[inside] == '\'' || lower[inside] == '"' ||
                                       lower[inside] == '`' || lower[inside] == ' '))
        ++inside;
      const InjectedWord word = word_at(lower, inside);
      if (superglobal || is_command_name(command_name(word.text))) return seen(Sure::kLikely);
    }
  }

  // cmd.exe: FOR /F %i IN (…) DO, IF %ERRORLEVEL% …, type %SYSTEMROOT%\…
  void batch(const std::string& lower) {
    for (size_t at = lower.find("for "); at != std::string::npos; at = lower.find("for ", at + 4)) {
      const std::string_view rest = std::string_view(lower).substr(at + 4);
      const bool starts = at == 0 || !is_alnum(lower[at - 1]);
      const size_t percent = rest.find('%');
      if (starts && percent < 60 && has(rest.substr(percent), " in") &&
          has(rest.substr(percent), "(") && has(rest, "do"))
        return seen(Sure::kLikely);
    }
    const size_t at = lower.find("if ");
    if (at == std::string::npos || (at > 0 && is_alnum(lower[at - 1]))) return;
    const std::string_view rest = std::string_view(lower).substr(at + 3);
    const bool variable = std::count(rest.begin(), rest.end(), '%') >= 2 || has(rest, "%1") ||
                          has(rest, "%~1") || has(rest, "exist ") || has(rest, "defined ");
    const bool acts = has(rest, "echo") || has(rest, "goto") || has(rest, "set ") ||
                      has(rest, "exit /b") || has(rest, "==") || has(rest, " equ ") ||
                      has(rest, " neq ") || has(rest, " gtr ") || has(rest, " lss ");
    if (at < 3 && variable && acts && (has(rest, "%"))) seen(Sure::kLikely);
  }

  void fork_bomb() {
    std::string bare;
    for (const char c : text_)
      if (!is_blank(c) && c != '\n') bare.push_back(c);
    const size_t body = bare.find("(){");
    if (body == std::string::npos || body == 0) return;
    size_t begin = body;
    while (begin > 0 && body - begin < 16 && bare[begin - 1] != ';' && bare[begin - 1] != '&')
      --begin;
    const std::string name = bare.substr(begin, body - begin);
    const std::string_view rest = std::string_view(bare).substr(body);
    if (has(rest, name + "|" + name) || has(rest, name + "&" + name)) seen(Sure::kSure);
  }

  std::string_view text_;
  Sure sure_ = Sure::kNo;
};

}  // namespace

Sure injected_forms(std::string_view text) { return Forms(text).run(); }

}  // namespace agentmesh::policy::scan
