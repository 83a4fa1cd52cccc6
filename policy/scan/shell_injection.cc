// find_shell_injection: what stands behind a separator in a short text, and whether it can only be a command.

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/injected_text.h"
#include "policy/scan/injected_words.h"
#include "policy/scan/shell.h"
#include "policy/scan/shell_names.h"
#include "policy/scan/sixteen.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxText = 1024;  // longer strings are documents and code

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// What a command may stand behind, and what every form that is known as a whole has in it.
Sixteen signs(Sixteen bytes) {
  return bytes.is(';') | bytes.is('|') | bytes.is('&') | bytes.is('\n') | bytes.is('\r') |
         bytes.is('$') | bytes.is('`') | bytes.is('<');
}
Sixteen form_signs(Sixteen bytes) {
  return bytes.is('(') | bytes.is('%') | bytes.is('<') | bytes.is('/');
}

// At least `least` letters, found with as few looks as they take.
bool has_letters(std::string_view text, size_t least) {
  size_t letters = 0;
  for (size_t i = 0; i < text.size() && letters < least; ++i)
    letters += is_alpha(text[i]) ? 1U : 0U;
  return letters >= least;
}

enum class Sure { kNo, kLikely, kSure };

class Judge {
 public:
  explicit Judge(std::string_view text) : text_(text) {}

  Sure run() {
    if (!text_.empty() && text_[0] == '|' && std::count(text_.begin(), text_.end(), '|') >= 3 &&
        text_.size() > 8 && text_[1] == ' ')
      return Sure::kNo;  // a row of a table
    for (size_t i = find_of(text_, 0, signs); i < text_.size(); i = find_of(text_, i + 1, signs)) {
      const char c = text_[i];
      if (c == ';' || c == '|' || c == '&' || c == '\n' || c == '\r') {
        size_t next = i;
        while (next < text_.size() &&
               (text_[next] == ';' || text_[next] == '|' || text_[next] == '&' ||
                text_[next] == '\n' || text_[next] == '\r'))
          ++next;
        behind(i, next);
        i = next - 1;
      } else if ((c == '$' || c == '<') && i + 1 < text_.size() && text_[i + 1] == '(') {
        inside(i, i + 2, ')');
      } else if (c == '`') {
        backticks(i);
      }
    }
    first_word();
    known_forms();
    return sure_;
  }

 private:
  void seen(Sure how) { sure_ = std::max(sure_, how); }

  // Prose before a separator: several words, or a word and a blank.
  bool prose_before(size_t at) const {
    std::string_view before = text_.substr(0, at);
    while (!before.empty() && is_blank(before.back())) before.remove_suffix(1);
    const size_t blank = before.find(' ');
    return blank != std::string_view::npos && has_letters(before, 4);
  }

  void behind(size_t separator, size_t next) {
    const std::string_view sign = text_.substr(separator, next - separator);
    const bool spaced_before = separator > 0 && is_blank(text_[separator - 1]);
    const bool newline = sign.find_first_of("\r\n") != std::string_view::npos;
    size_t at = next;
    while (at < text_.size() &&
           (is_blank(text_[at]) || text_[at] == '(' || text_[at] == '{' || text_[at] == '@'))
      ++at;
    const bool spaced_after = at > next;
    if (at >= text_.size()) return;
    if (text_[at] == '$' && at + 1 < text_.size() && is_alpha(text_[at + 1])) {  // ;$CMD
      size_t end = at + 1;
      while (end < text_.size() && (is_alnum(text_[end]) || text_[end] == '_')) ++end;
      const std::string name(text_.substr(at + 1, end - at - 1));
      if (has(text_.substr(0, separator), name + "=")) return seen(Sure::kSure);
      if (!prose_before(separator) && sign != "&") seen(Sure::kLikely);
      return;
    }
    if (text_[at] == '`' || (text_[at] == '$' && at + 1 < text_.size() && text_[at + 1] == '(')) {
      if (!prose_before(separator)) seen(Sure::kLikely);
      return;
    }
    const InjectedWord word = word_at(text_, at);
    if (word.text.size() < 2 || is_digit(word.text[0])) return;
    const std::string name = command_name(word.text);
    const std::string_view rest = text_.substr(std::min(word.end, text_.size()));
    const bool ends = rest.empty() || rest[0] == ';' || rest[0] == '|' || rest[0] == '&' ||
                      rest[0] == '\n' || rest[0] == '\'' || rest[0] == '"' || rest[0] == '\\' ||
                      rest[0] == '#' || rest[0] == '`' || rest[0] == ')' ||
                      rest.find_first_not_of(" \t\r\n'\"") == std::string_view::npos;
    const bool arguments = has_command_arguments(rest);
    const bool capital =
        word.text[0] >= 'A' && word.text[0] <= 'Z' && word.text.size() > 1 && word.text[1] >= 'a';
    const bool absolute = word.text[0] == '/' && word.text.find('/', 1) != std::string::npos;
    // "a & b", "one; two", "x | y": signs as people write them between words.
    const bool prose_sign = (sign == "&" && spaced_before && spaced_after) ||
                            (sign == ";" && !spaced_before && spaced_after) ||
                            (sign == "|" && spaced_before && spaced_after);
    const bool before_is_prose = prose_before(separator) ||
                                 (prose_sign && separator > 0 && is_alpha(last_before(separator)));
    const bool at_start = text_.substr(0, separator).find_first_not_of(" \t'\"`)0123456789") ==
                          std::string_view::npos;
    const bool query =
        sign == "&" && !spaced_after && (rest.substr(0, 1) == "=" || rest.substr(0, 1) == "[");
    if (query) return;  // ?a=1&sort=2
    if (is_plain_command(name)) {
      if (capital && !arguments && !at_start) return;
      if (newline && before_is_prose && !arguments) return;
      if (at_start && (ends || arguments || !rest.empty()))
        return seen(ends || arguments ? Sure::kSure : Sure::kLikely);
      if (!before_is_prose && (ends || arguments || is_blank(rest[0]) || rest[0] == '<'))
        return seen(arguments || ends ? Sure::kSure : Sure::kLikely);
      if (arguments) return seen(Sure::kLikely);
      return;
    }
    if (is_word_command(name)) {
      if (capital && !at_start) return;
      if (arguments && (!before_is_prose || at_start)) return seen(Sure::kSure);
      if (arguments && !newline) return seen(Sure::kLikely);
      const bool few = std::count(rest.begin(), rest.end(), ' ') <= 2;
      if (at_start && (ends || few) && !newline) return seen(Sure::kLikely);
      if (!before_is_prose && ends && !spaced_after && !capital) return seen(Sure::kLikely);
      return;
    }
    if (word.tricky && !before_is_prose && (globs_to_command(word.text) || arguments))
      return seen(Sure::kLikely);
    if (absolute && (has(word.text, "/bin/") || has(word.text, "/sbin/"))) return seen(Sure::kSure);
    if (std::none_of(word.text.begin(), word.text.end(),
                     [](char c) { return c >= 'a' && c <= 'z'; }))
      return;
    if (at_start && arguments && !newline && !capital) return seen(Sure::kLikely);
    if (text_[at] == '\'' || text_[at] == '"') return;
    if (!before_is_prose && !spaced_after && sign != "&" && arguments && !capital)
      return seen(Sure::kLikely);
    // system('…') behind a separator
    if (rest.substr(0, 1) == "(" && (name == "system" || name == "exec" || name == "passthru" ||
                                     name == "shell_exec" || name == "popen" || name == "eval"))
      seen(Sure::kSure);
  }

  char last_before(size_t at) const {
    while (at > 0 && is_blank(text_[at - 1])) --at;
    return at > 0 ? text_[at - 1] : ' ';
  }

  void inside(size_t begin, size_t at, char close) {
    while (at < text_.size() && (is_blank(text_[at]) || text_[at] == '`')) ++at;
    const InjectedWord word = word_at(text_, at);
    const std::string name = command_name(word.text);
    const bool closed = text_.find(close, at) != std::string_view::npos;
    const std::string_view rest = text_.substr(std::min(word.end, text_.size()));
    const bool ends = !rest.empty() && (rest[0] == close || rest[0] == '`');
    if (is_plain_command(name) && (closed || has_command_arguments(rest)))
      return seen(begin == 0 || !prose_before(begin) ? Sure::kSure : Sure::kLikely);
    if (is_word_command(name) && (has_command_arguments(rest) || (ends && !prose_before(begin))))
      seen(Sure::kLikely);
  }

  // `id` by itself or glued to a word; in prose backticks are quotation marks.
  void backticks(size_t at) {
    const size_t end = text_.find('`', at + 1);
    if (end == std::string_view::npos) return;
    const InjectedWord word = word_at(text_, at + 1);
    const std::string name = command_name(word.text);
    if (!is_command_name(name)) return;
    const bool glued = at > 0 && is_alnum(text_[at - 1]);
    const size_t outside =
        static_cast<size_t>(std::count(text_.begin(), text_.end(), ' ')) -
        static_cast<size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at),
                                       text_.begin() + static_cast<std::ptrdiff_t>(end), ' '));
    const bool alone = at == 0 && end + 2 >= text_.size();
    if (glued || outside == 0 || alone)
      seen(is_plain_command(name) ||
                   has_command_arguments(text_.substr(std::min(word.end, text_.size())))
               ? Sure::kSure
               : Sure::kLikely);
  }

  // A command without a separator before it counts only if it is spelled like nothing else.
  void first_word() {
    size_t at = 0;
    while (at < text_.size() && (is_blank(text_[at]) || text_[at] == '"' || text_[at] == '\''))
      ++at;
    if (at >= text_.size()) return;
    const InjectedWord word = word_at(text_, at);
    const std::string name = command_name(word.text);
    const std::string_view rest = text_.substr(std::min(word.end, text_.size()));
    if (word.tricky && is_command_name(name) && (rest.empty() || is_blank(rest[0])))
      seen(Sure::kLikely);
    const bool shell = name == "sh" || name == "bash" || name == "cmd" || name == "powershell" ||
                       name == "zsh" || name == "nc" || name == "ncat";
    const bool absolute = word.text[0] == '/' && (has(word.text, "bin/"));
    if (shell && is_command_name(name) &&
        (has(rest.substr(0, 24), " -c ") || has(rest.substr(0, 24), " /c ") ||
         has(rest.substr(0, 40), "-e ") || has(ascii_lower(rest.substr(0, 24)), " -enc")) &&
        (absolute || name == "nc" || name == "ncat" || name == "powershell" || name == "cmd"))
      seen(Sure::kLikely);
    if (absolute && is_command_name(name) && !rest.empty() &&
        (is_blank(rest[0]) || rest[0] == '|' || rest[0] == ';') &&
        (rest[0] != ' ' || has_command_arguments(rest)))
      seen(Sure::kLikely);
    if (rest.substr(0, 3) == "<<<" && is_command_name(name)) seen(Sure::kLikely);
    if (text_[at] == '{' && text_.find(',', at) < text_.find(' ', at)) {  // {cat,/etc/passwd}
      size_t begin = at + 1;
      for (int part = 0; part < 2; ++part) {
        const InjectedWord inner = word_at(text_, begin);
        if (is_command_name(command_name(inner.text)) &&
            text_.find('}', inner.end) != std::string_view::npos)
          return seen(Sure::kLikely);
        begin = inner.end + 1;
        if (begin >= text_.size()) break;
      }
    }
  }

  void known_forms() {
    if (find_of(text_, 0, form_signs) == text_.size()) return;
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

void find_shell_injection(std::string_view text, std::vector<Hit>& hits) {
  if (text.size() < 2 || text.size() > kMaxText || has_more_lines(text, 3)) return;
  std::string room;
  std::string_view decoded = without_escapes(text, room);
  if (!is_plain(decoded)) decoded = room = fold(decoded).text;
  const Sure sure = Judge(decoded).run();
  if (sure != Sure::kNo)
    add_hit(hits, {"shell.injection", sure == Sure::kSure ? Severity::kHigh : Severity::kMedium});
}

}  // namespace agentmesh::policy::scan
