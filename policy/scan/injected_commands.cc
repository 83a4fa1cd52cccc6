#include "policy/scan/injected_commands.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/injected_lists.h"
#include "policy/scan/shell.h"
#include "policy/scan/shell_names.h"
#include "policy/scan/shell_words.h"
#include "policy/scan/sixteen.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

bool is_separator(char c) { return c == ';' || c == '|' || c == '&' || c == '\n' || c == '\r'; }
// What a command may stand behind.
Sixteen signs(Sixteen bytes) {
  return bytes.is(';') | bytes.is('|') | bytes.is('&') | bytes.is('\n') | bytes.is('\r') |
         bytes.is('$') | bytes.is('`') | bytes.is('<') | bytes.is('>');
}

// Where the text has had so many letters; npos if it has fewer.
size_t behind_letters(std::string_view text, size_t letters) {
  for (size_t i = 0; i < text.size(); ++i)
    if (is_alpha(text[i]) && --letters == 0) return i + 1;
  return std::string_view::npos;
}

// English words that change something, or read a file, when they are commands. The others are stages of query languages as
// well, | where x > 1 | sort by y, and do harm only to a file.
bool acts(std::string_view word) {
  constexpr std::array<std::string_view, 17> kActing = {
      "cat",  "copy",   "cp",     "del",    "erase",   "halt", "install", "mail", "mount",
      "move", "reboot", "script", "source", "service", "tee",  "touch",   "node"};
  return is_among(kActing, word);
}

class Judge {
 public:
  Judge(std::string_view text, Field field)
      : text_(text),
        field_(field),
        first_blank_(text.find(' ')),
        first_other_(text.find_first_not_of(" \t'\"`)0123456789")),
        letters_(behind_letters(text, 4)),
        has_equals_(has(text, "=")) {}

  Sure run() {
    if (is_table()) return Sure::kNo;
    for (size_t i = find_of(text_, 0, signs); i < text_.size(); i = find_of(text_, i + 1, signs)) {
      const char c = text_[i];
      if (is_separator(c)) {
        size_t next = i;
        while (next < text_.size() && is_separator(text_[next])) ++next;
        behind(i, next);
        i = next - 1;
      } else if ((c == '$' || c == '<') && begins_at(i + 1, "(")) {
        if (i == 0 || text_[i - 1] != '\\') inside(i, i + 2, ')');
      } else if (c == '`') {
        backticks(i);
      } else if (c == '>') {
        written(i);
      }
    }
    first_word();
    return sure_;
  }

 private:
  // A row of a table, or several: | a | b |
  bool is_table() const {
    if (text_.size() <= 8 || text_[0] != '|') return false;
    if (text_[1] == ' ' && std::count(text_.begin(), text_.end(), '|') >= 3) return true;
    size_t lines = 0;
    for (size_t at = text_.find('\n'); at != std::string_view::npos;
         at = text_.find('\n', at + 1)) {
      if (text_[at - 1] != '|' || !begins_at(at + 1, "|")) return false;
      ++lines;
    }
    return lines > 0 && text_.back() == '|';
  }

  void seen(Sure how) { sure_ = std::max(sure_, how); }

  // Prose before a separator: several words, or a word and a blank.
  bool prose_before(size_t at) const {
    while (at > 0 && is_blank(text_[at - 1])) --at;
    return first_blank_ < at && letters_ <= at;
  }
  char last_before(size_t at) const {
    while (at > 0 && is_blank(text_[at - 1])) --at;
    return at > 0 ? text_[at - 1] : ' ';
  }
  bool begins_at(size_t at, std::string_view part) const {
    return text_.substr(at, part.size()) == part;
  }

  // What stands around a separator.
  struct Around {
    size_t separator = 0;
    std::string_view sign;
    bool newline = false;
    bool prose = false;     // before it
    bool at_start = false;  // nothing but digits and quotes before it
    bool spaced_after = false;
    bool address = false;  // a host or a file directly before it
  };

  // example.com, 8.8.8.8, a.txt; not 12.5
  bool ends_in_address(size_t end) const {
    size_t begin = end;
    size_t dots = 0;
    size_t letters = 0;  // behind the last dot
    for (; begin > 0 && end - begin < 64; --begin) {
      const char c = text_[begin - 1];
      if (!is_alnum(c) && c != '.' && c != '-' && c != '_') break;
      if (c == '.') ++dots;
      if (dots == 0 && is_alpha(c)) ++letters;
    }
    return begin < end && text_[begin] != '.' && text_[end - 1] != '.' &&
           (dots == 3 || (dots > 0 && letters >= 2));
  }

  Around around(size_t separator, size_t next) const {
    Around found;
    found.separator = separator;
    found.sign = text_.substr(separator, next - separator);
    found.newline = found.sign.find_first_of("\r\n") != std::string_view::npos;
    found.spaced_after = next < text_.size() && is_blank(text_[next]);
    const bool spaced_before = separator > 0 && is_blank(text_[separator - 1]);
    // "a & b", "one; two", "x | y": signs as people write them between words.
    const bool prose_sign = (found.sign == "&" && spaced_before && found.spaced_after) ||
                            (found.sign == ";" && !spaced_before && found.spaced_after) ||
                            (found.sign == "|" && spaced_before && found.spaced_after);
    found.prose = prose_before(separator) ||
                  (prose_sign && separator > 0 && is_alpha(last_before(separator)));
    found.address = ends_in_address(separator);
    found.at_start = first_other_ >= separator;
    return found;
  }

  void behind(size_t separator, size_t next) {
    const Around here = around(separator, next);
    const CommandPlace place = command_place(text_, next);
    const size_t at = place.at;
    if (at >= text_.size()) return;
    if (text_[at] == '$' && (place.brace || expansion(here, at))) return;
    // Backticks are quotation marks, too: `a`|`b`
    const bool jquery = begins_at(at, "$('") || begins_at(at, "$(\"");  // jQuery: $('a')
    if ((begins_at(at, "$(") && !jquery) ||
        (text_[at] == '`' && is_command_name(command_name(word_at(text_, at + 1).text)) &&
         last_before(separator) != '`')) {
      if (!prose_before(separator)) seen(Sure::kLikely);
      return;
    }
    if (text_[at] == '`') return;
    if (begins_at(at, "IFS=") || in_grammar(here, at)) return seen(Sure::kLikely);
    InjectedWord word = word_at(text_, at);
    if (word.text.size() < 2 || is_digit(word.text[0])) return;
    word.tricky = word.tricky || place.spelled;
    const std::string name = command_name(word.text);
    const std::string_view rest = text_.substr(std::min(word.end, text_.size()));
    const bool query = here.sign == "&" && !here.spaced_after &&
                       (rest.substr(0, 1) == "=" || rest.substr(0, 1) == "[");
    if (query) return;  // ?a=1&sort=2
    const bool english = is_word_command(name);
    if (place.brace && rest.substr(0, 1) == ",") return braced(name, rest);
    const bool plain = is_plain_command(name);
    if ((plain || english) && !place.prefix && !place.keyword && !word.tricky &&
        joins(here, word.end, english))
      return;
    if (plain) return plain_command(here, place, word, name, rest);
    if (english) return english_command(here, word, name, rest);
    unknown_command(here, at, word, name, rest);
  }

  bool joins(const Around& here, size_t end, bool english) const {
    if (here.newline && here.sign.find_first_not_of("\r\n") == std::string_view::npos)
      return (english || lines() > 2) && joins_items(text_, here.separator, end, english);
    if (here.sign != "|" && here.sign != ";") return false;
    if (text_.substr(here.separator, end - here.separator).find('{') < 3 && here.sign == ";")
      return false;
    if (field_ == Field::kPattern) return ends_item(text_, end);
    return field_ != Field::kPlace && joins_items(text_, here.separator, end, english);
  }

  size_t lines() const {
    const size_t end = text_.find_last_not_of(" \t\r\n") + 1;
    return 1 + static_cast<size_t>(std::count(
                   text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  }

  // ;$CMD ;$0 ;${x}
  bool expansion(const Around& here, size_t at) {
    size_t end = at + 1;
    while (end < text_.size() && (is_alnum(text_[end]) || text_[end] == '_')) ++end;
    const std::string name(text_.substr(at + 1, end - at - 1));
    if (begins_at(at, "${")) {
      const size_t close = text_.find('}', at);
      if (close == std::string_view::npos || prose_before(here.separator)) return true;
      if (text_.substr(at, close - at).find_first_of(":-+=#/") != std::string_view::npos ||
          begins_at(at, "${SHELL"))
        seen(Sure::kLikely);
      return true;
    }
    if (name.empty()) return false;
    if (!is_digit(name[0]) && has_equals_ && has(text_.substr(0, here.separator), name + "=")) {
      seen(Sure::kSure);
      return true;
    }
    const std::string_view before = text_.substr(0, here.separator);
    const bool variables = !before.empty() && before[0] == '$';  // $id;$name
    if (!prose_before(here.separator) && here.sign != "&" && !variables &&
        (name[0] > '9' || name == "0"))
      seen(Sure::kLikely);
    return true;
  }

  // ;. /tmp/x  ;[ -f /etc/x ]
  bool in_grammar(const Around& here, size_t at) const {
    if (here.prose || here.newline) return false;
    if (begins_at(at, ". ")) {
      const size_t file = text_.find_first_not_of(" \t", at + 1);
      return file != std::string_view::npos && text_.substr(file).find('/') < 3;
    }
    if (begins_at(at, "[ -") || begins_at(at, "[[ -"))
      return has(text_.substr(at), " /") && has(text_.substr(at), "]");
    return false;
  }

  // ;{cat,/etc/passwd}
  void braced(const std::string& name, std::string_view rest) {
    const size_t close = rest.find('}');
    if (close == std::string_view::npos || !is_command_name(name)) return;
    std::string spaced(rest.substr(0, close));
    std::replace(spaced.begin(), spaced.end(), ',', ' ');
    const bool alone = rest.substr(0, close) == "," && is_plain_command(name);  // {id,}
    if (alone ||
        is_among(std::array<std::string_view, 6>{"wget", "curl", "nc", "ncat", "bash", "sh"},
                 name) ||
        has_command_arguments(spaced))
      seen(Sure::kLikely);
  }

  static bool ends(std::string_view rest) {
    return rest.empty() || rest[0] == ';' || rest[0] == '|' || rest[0] == '&' || rest[0] == '\n' ||
           rest[0] == '\'' || rest[0] == '"' || rest[0] == '\\' || rest[0] == '#' ||
           rest[0] == '`' || rest[0] == ')' ||
           rest.find_first_not_of(" \t\r\n'\"") == std::string_view::npos;
  }
  static bool is_capital(const InjectedWord& word) {
    return is_of(word.text[0], kUpperByte) && word.text.size() > 1 && word.text[1] >= 'a';
  }

  // No English word: wget.
  void plain_command(const Around& here, const CommandPlace& place, const InjectedWord& word,
                     const std::string& name, std::string_view rest) {
    const bool arguments = has_command_arguments(rest);
    const bool ended = ends(rest);
    if (is_capital(word) && !arguments && !here.at_start) return;
    if (place.keyword && ended && !here.newline && !here.spaced_after)
      return seen(Sure::kLikely);  // ;then id;fi
    if (here.newline && here.prose && !arguments) return;
    if (here.at_start && (ended || arguments || !rest.empty()))
      return seen(ended || arguments ? Sure::kSure : Sure::kLikely);
    if (!here.prose && (ended || arguments || is_blank(rest[0]) || rest[0] == '<'))
      return seen(arguments || ended ? Sure::kSure : Sure::kLikely);
    if (arguments || (here.address && ended) || takes_words(here, name, rest))
      return seen(Sure::kLikely);
  }

  // x; rm x: what is taken away or fetched need not look like a path where a text is as short as that.
  bool takes_words(const Around& here, const std::string& name, std::string_view rest) const {
    constexpr std::array<std::string_view, 10> kTaking = {
        "rm", "rmdir", "unlink", "mv", "chmod", "wget", "curl", "nc", "ncat", "kill"};
    if (!is_among(kTaking, name) || here.newline || rest.empty() || !is_blank(rest[0]))
      return false;
    std::string_view before = text_.substr(0, here.separator);
    while (!before.empty() && is_blank(before.back())) before.remove_suffix(1);
    return before.find_first_of(" \t:,") == std::string_view::npos && !is_command_name(before) &&
           std::count(rest.begin(), rest.end(), ' ') <= 2;
  }

  // An English word as well: sort.
  void english_command(const Around& here, const InjectedWord& word, const std::string& name,
                       std::string_view rest) {
    if (is_capital(word) && !here.at_start) return;
    if (here.sign == "&" && rest.substr(0, 1) == ";") return;  // &copy;
    const Arguments arguments = command_arguments(rest);
    // | where x > 1: a stage of a query
    const bool stage = !here.at_start && here.sign == "|" &&
                       is_alnum_or_close(last_before(here.separator)) && !acts(name) &&
                       !word.tricky;
    if (arguments > (stage ? Arguments::kPlace : Arguments::kNone)) {
      if (!here.prose || here.at_start) return seen(Sure::kSure);
      if (!here.newline) return seen(Sure::kLikely);
    }
    if (stage && !ends(rest)) return;
    if (here.address && !here.spaced_after && is_blank(rest.empty() ? '\0' : rest[0]))
      return seen(Sure::kLikely);
    const bool few = std::count(rest.begin(), rest.end(), ' ') <= 2;
    if (here.at_start && (ends(rest) || few) && !here.newline) return seen(Sure::kLikely);
    if (!here.prose && ends(rest) && !here.spaced_after && !is_capital(word))
      return seen(Sure::kLikely);
  }
  static bool is_alnum_or_close(char c) {
    return is_alnum(c) || c == ')' || c == ']' || c == '}' || c == '"' || c == '\'' || c == '_';
  }

  void unknown_command(const Around& here, size_t at, const InjectedWord& word,
                       const std::string& name, std::string_view rest) {
    const bool arguments = has_command_arguments(rest);
    const bool capital = is_capital(word);
    const bool absolute = word.text[0] == '/' && word.text.find('/', 1) != std::string::npos;
    if (word.tricky && !here.prose && (globs_to_command(word.text) || arguments))
      return seen(Sure::kLikely);
    if (absolute && (has(word.text, "/bin/") || has(word.text, "/sbin/"))) return seen(Sure::kSure);
    if (std::none_of(word.text.begin(), word.text.end(),
                     [](char c) { return c >= 'a' && c <= 'z'; }))
      return;
    if (here.at_start && arguments && !here.newline && !capital) return seen(Sure::kLikely);
    if (text_[at] == '\'' || text_[at] == '"') return;
    if (!here.prose && !here.spaced_after && here.sign != "&" && arguments && !capital)
      return seen(Sure::kLikely);
    // system('…') behind a separator
    if (rest.substr(0, 1) == "(" && (name == "system" || name == "exec" || name == "passthru" ||
                                     name == "shell_exec" || name == "popen" || name == "eval"))
      seen(Sure::kSure);
  }

  // x>/tmp/x, >>/etc/crontab: what a tool prints goes where the text says.
  void written(size_t at) {
    constexpr std::array<std::string_view, 10> kTops = {"/tmp/",     "/etc/", "/var/", "/home/",
                                                        "/root/",    "/usr/", "/opt/", "/srv/",
                                                        "/dev/shm/", "~/."};
    const std::string_view target = text_.substr(at + 1);
    if (std::none_of(kTops.begin(), kTops.end(),
                     [&](std::string_view top) { return target.starts_with(top); }))
      return;
    if (text_.find('<') > at && !prose_before(at)) seen(Sure::kLikely);
  }

  void inside(size_t begin, size_t at, char close) {
    while (at < text_.size() && (is_blank(text_[at]) || text_[at] == '`')) ++at;
    const bool closed = text_.find(close, at) != std::string_view::npos;
    if (begins_at(at, "</") && closed && !has(text_.substr(at), ">"))  // $(</etc/passwd)
      return seen(Sure::kLikely);
    const InjectedWord word = word_at(text_, at);
    const std::string name = command_name(word.text);
    const std::string_view rest = text_.substr(std::min(word.end, text_.size()));
    const bool ends = !rest.empty() && (rest[0] == close || rest[0] == '`');
    if (is_plain_command(name) && (closed || has_command_arguments(rest)))
      return seen(begin == 0 || !prose_before(begin) ? Sure::kSure : Sure::kLikely);
    const bool words = acts(name) && closed && !rest.empty() && is_blank(rest[0]);  // $(touch x)
    if (is_word_command(name) &&
        (has_command_arguments(rest) || ((ends || words) && !prose_before(begin))))
      seen(Sure::kLikely);
  }

  // `id` by itself or glued to a word; in prose backticks are quotation marks.
  void backticks(size_t at) {
    const size_t end = text_.find('`', at + 1);
    if (end == std::string_view::npos || end == at + 1) return;
    const InjectedWord word = word_at(text_, at + 1);
    const std::string name = command_name(word.text);
    if (!is_command_name(name)) return;
    const bool glued = at > 0 && is_alnum(text_[at - 1]);
    const bool sure = is_plain_command(name) ||
                      has_command_arguments(text_.substr(std::min(word.end, text_.size())));
    const size_t outside =
        static_cast<size_t>(std::count(text_.begin(), text_.end(), ' ')) -
        static_cast<size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at),
                                       text_.begin() + static_cast<std::ptrdiff_t>(end), ' '));
    const bool alone = at == 0 && end + 2 >= text_.size();
    const bool names = std::count(text_.begin(), text_.end(), '`') >= 4;  // `id`,`name`
    if (glued || (sure && ((outside == 0 && !names) || alone)))
      seen(sure ? Sure::kSure : Sure::kLikely);
  }

  // A command without a separator before it counts only if it is spelled like nothing else.
  void first_word() {
    const size_t at = std::min(text_.find_first_not_of(" \t"), text_.size());
    if (at == text_.size()) return;
    const InjectedWord word = word_at(text_, at);
    const std::string name = command_name(word.text);
    const std::string_view rest = text_.substr(std::min(word.end, text_.size()));
    const bool glob = word.text.find_first_of("?*") < word.text.size();  // */type
    if (word.tricky && is_command_name(name) &&
        (glob ? has_command_arguments(rest) : rest.empty() || is_blank(rest[0])))
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
      // {,id}: an empty word first
      const size_t begin = at + (begins_at(at, "{,") ? 2U : 1U);
      const InjectedWord inner = word_at(text_, begin);
      const std::string_view behind = text_.substr(std::min(inner.end, text_.size()));
      if (begin > at + 1 && is_command_name(command_name(inner.text)) && has(behind, "}"))
        seen(Sure::kLikely);
      const std::string of = command_name(inner.text);
      // {id,} and nothing else selects a field of that name.
      const bool field = begin == at + 1 && (of == "id" || is_word_command(of)) &&
                         behind.substr(0, behind.find_last_not_of(" \t\r\n") + 1) == ",}";
      if (!field) braced(of, behind);
    }
  }

  std::string_view text_;
  Field field_;
  size_t first_blank_;
  size_t first_other_;  // than a number or the end of a quotation
  size_t letters_;      // behind the fourth letter
  bool has_equals_;
  Sure sure_ = Sure::kNo;
};

}  // namespace

Sure injected_commands(std::string_view text, Field field) { return Judge(text, field).run(); }

}  // namespace agentmesh::policy::scan
