// Command lines in the arguments of a call, at whatever depth: read as a shell reads them, and what they make of the call's kind.
//
// Which string is one, its key says, and then what it looks like: {"command": "view"} of an editor and {"command": "turn on the
// light"} of a house are none. {"command": "rm", "args": ["-rf", "/"]} and {"argv": ["rm", "-rf", "/"]} are one line each.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "policy/kinds.h"
#include "policy/look.h"
#include "policy/only_looks.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/shell_names.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

constexpr int kDeepest = 8;
constexpr size_t kMaxLines = 64;

// Lower case, without what stands between words. The vague ones hold other things more often.
constexpr std::array<std::string_view, 10> kCommandKeys = {
    "command",     "commands", "cmd",  "cmds",         "cmdline",
    "commandline", "argv",     "exec", "shellcommand", "bashcommand"};
constexpr std::array<std::string_view, 5> kVagueKeys = {"script", "shell", "bash", "input", "run"};
constexpr std::array<std::string_view, 4> kArgumentListKeys = {"args", "arguments", "argv",
                                                               "parameters"};
// Commands that are also English, though the shell scanners know better.
constexpr std::array<std::string_view, 14> kDoubtful = {"dash", "diff", "dir",   "echo", "finger",
                                                        "go",   "id",   "jobs",  "kill", "net",
                                                        "ping", "rev",  "route", "stat"};

// Quotes a word for a shell line that is read, never run.
void append_word(std::string& line, std::string_view word) {
  if (!line.empty()) line += ' ';
  line += '\'';
  for (const char c : word)
    if (c == '\'')
      line += "'\\''";
    else
      line += c;
  line += '\'';
}

void append_words(std::string& line, json::View list) {
  for (const json::View word : list.elements())
    if (word.is_string()) append_word(line, word.string());
}

bool has(std::string_view text, std::string_view part) { return text.find(part) < text.size(); }

// A text as one looks at it before it is read: its first word, and what of a command line's habits it has.
struct Shape {
  std::string first;     // lower case, without directory
  bool alone = true;     // there is no other word
  bool program = false;  // the first word is a path of two names and more
  bool operators = false;
  bool options = false;
  bool names = false;  // a file or a place among the words
};

Shape shape_of(std::string_view text) {
  Shape out;
  for (const std::string_view part : {"&&", "|", "$(", ">>", "2>"})
    out.operators = out.operators || has(text, part);
  out.operators = out.operators || text.starts_with("#!");
  size_t count = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of(" \t\r\n;|&'", begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    if (++count == 1) {
      out.first = scan::ascii_lower(word.substr(word.rfind('/') + 1));
      if (out.first.ends_with(".exe")) out.first.resize(out.first.size() - 4);
      out.program = word.starts_with("./") || word.find('/', 1) < word.size();
      continue;
    }
    out.alone = false;
    const bool letter =
        word.size() > 1 && word[0] == '-' && (word[1] == '-' || (word[1] >= 'A' && word[1] <= 'z'));
    out.options = out.options || letter;
    const size_t dot = word.find('.');
    out.names = out.names || (!has(word, "://") && (has(word, "/") || dot < word.size() - 1));
  }
  return out;
}

// What a text under a command's key makes of a call: kUnknown where it is none, as far as one can tell.
Kind kind_of_text(const Shape& shape, bool vague) {
  if (shape.first.empty()) return Kind::kUnknown;
  const bool plain = scan::is_plain_command(shape.first);
  const bool marked = shape.operators || shape.options;
  if (vague) return plain && (marked || shape.names) ? Kind::kExecute : Kind::kUnknown;
  if (marked || shape.program) return Kind::kExecute;
  const bool doubtful = scan::is_among(kDoubtful, shape.first);
  if (plain && (!doubtful || shape.names)) return Kind::kExecute;
  if (scan::is_word_command(shape.first) && shape.names && shape.first != "open")
    return Kind::kExecute;
  // One of a tool's own commands: {"command": "FLUSHALL"}, {"command": "uninstall x"}.
  if (shape.first == "call" || shape.first == "run" || shape.first == "command")
    return Kind::kUnknown;
  const Kind kind = read_name(shape.first).kind;
  return kind == Kind::kExecute || kind == Kind::kDelete ? kind : Kind::kUnknown;
}

class Commands {
 public:
  explicit Commands(Inspection& inspection)
      : inspection_(inspection),
        input_(inspection.input()),
        seen_(inspection.seen()),
        tool_(*inspection.nesting().tool),
        entry_(tool_.entry()),
        name_(tool_.reading()) {}

  std::unordered_set<const char*> find() {
    if (!input_.tool.empty()) {
      interpreter();
      program();
    }
    object(input_.args, "arguments", 0);
    return std::move(read_);
  }

 private:
  bool said() const { return entry_ != nullptr && !entry_->shell.empty(); }
  bool executes() const { return name_.kind == Kind::kExecute || seen_.kind == Kind::kExecute; }

  // At least this, but for what only reads or what `tools:` says. A name that may mean more is given a command to it:
  // kubectl_get {"command": "kubectl delete pod x"}.
  void raise(Kind kind) {
    if (entry_ != nullptr && entry_->kind) return;
    if (name_.worst <= Kind::kQuery && seen_.kind <= Kind::kQuery && seen_.kind != Kind::kUnknown)
      return;
    seen_.does(kind);
  }

  // A tool that is called like what runs code, given some: repl {"code": …}, interact_with_process {"input": …}.
  void interpreter() {
    const auto given = [this](std::initializer_list<std::string_view> keys) {
      return std::any_of(keys.begin(), keys.end(), [this](std::string_view key) {
        return !input_.args.find(key).string().empty();
      });
    };
    if ((tool_.interprets() && given({"code", "source", "script", "cell", "input"})) ||
        (tool_.feeds() && given({"input", "keys", "stdin"})))
      raise(Kind::kExecute);
    // kubectl_get {"args": ["delete", …]}: what may mean more than looking does so with something to run.
    // What execute_sql is given beside SQL is judged there (beside_sql.h).
    const bool of_sql = name_.kind == Kind::kExecute && tool_.sql_tells();
    if (name_.worst == Kind::kExecute && !of_sql &&
        (given({"code", "script", "line"}) || given_acts()))
      raise(Kind::kExecute);
  }

  // Words for a program, of which some may do more than look.
  bool given_acts() const {
    return std::any_of(kArgumentListKeys.begin(), kArgumentListKeys.end(), [this](auto key) {
      const json::View given = input_.args.find(key);
      std::vector<std::string> texts;
      if (given.is_array())
        for (const json::View word : given.elements())
          texts.emplace_back(word.is_string() ? word.string() : word.raw());
      else if (given.is_string() && key != "parameters")
        texts.emplace_back(given.string());
      std::vector<std::string_view> words;
      for (const std::string_view text : texts)
        for (size_t begin = 0; begin < text.size();) {
          const size_t end = std::min(text.find(' ', begin), text.size());
          if (end > begin) words.push_back(text.substr(begin, end - begin));
          begin = end + 1;
        }
      return !only_looks(tool_.program(), words);
    });
  }

  // A tool that is a program: docker {"args": ["run", …]}.
  void program() {
    const std::string& name = tool_.command();
    if (name.empty() || scan::is_among(kDoubtful, name)) return;
    for (const std::string_view key : kArgumentListKeys) {
      const json::View list = input_.args.find(key);
      if (!list.is_array() || list.empty()) continue;
      std::string line = name;
      append_words(line, list);
      raise(Kind::kExecute);
      read_line(line, "arguments." + std::string(key));
    }
  }

  // Lists of words that stand beside the commands of an object, asked for once.
  using Lists = std::optional<std::vector<json::View>>;

  void object(json::View value, const std::string& where, int depth) {
    Lists lists;
    for (const json::View::Member& member : value.members()) {
      std::string scratch;
      const std::string_view key = member.key.string(scratch);
      const std::string here = where + "." + name_in_place(key);
      const std::string bare = scan::bare_name(key);
      told_ = depth == 0 && said();
      vague_ = !told_ && scan::is_among(kVagueKeys, bare);
      if (told_ ? scan::is_among(entry_->shell, key) : vague_ || scan::is_among(kCommandKeys, bare))
        command(value, lists, member.value, bare.ends_with('s'), here);
      inner(member.value, here, depth);
    }
  }

  // What holds no object holds no command of its own.
  void inner(json::View value, const std::string& where, int depth) {
    if (depth >= kDeepest || !(value.is_object() || value.is_array()) || !has(value.raw(), "{"))
      return;
    if (value.is_object()) return object(value, where, depth + 1);
    size_t index = 0;
    for (const json::View element : value.elements())
      inner(element, where + "[" + std::to_string(index++) + "]", depth + 1);
  }

  // `several`: a list of texts is one command a text, if they have blanks; else one command, a word a text.
  void command(json::View among, Lists& lists, json::View value, bool several,
               const std::string& where) {
    if (value.is_string()) {
      if (!lists) {
        lists.emplace();
        for (const std::string_view key : kArgumentListKeys)
          if (const json::View list = among.find(key); list.is_array() && !list.empty())
            lists->push_back(list);
      }
      // What stands beside many commands is not read again with each of them for ever.
      if (!lists->empty() && ++inspection_.nesting().listed > kMaxLines) {
        raise(Kind::kExecute);
        return cut(where);
      }
      std::string line = value.string();
      const size_t alone = line.size();
      for (const json::View list : *lists) append_words(line, list);
      if (judge(line, line.size() > alone && !vague_, where)) read_.insert(value.raw().data());
      return;
    }
    if (!value.is_array()) return;
    bool blanks = false;
    std::string line;
    for (const json::View each : value.elements()) {
      if (!each.is_string()) continue;
      blanks = blanks || has(each.raw(), " ");
      append_word(line, each.string());
    }
    const bool together = !(several && blanks) && judge(line, false, where);
    for (const json::View each : value.elements())
      if (each.is_string() &&
          (together || (several && blanks && judge(each.string(), false, where))))
        read_.insert(each.raw().data());
  }

  // `listed`: its words stand in a list beside it. True if the line is a command, and read.
  bool judge(const std::string& line, bool listed, const std::string& where) {
    const Shape shape = shape_of(line);
    const Kind kind = listed ? Kind::kExecute : kind_of_text(shape, vague_);
    // start_process{command: "find the way"}: doubtful, and read all the same.
    const bool begins = !shape.alone && scan::is_command_name(shape.first);
    if (!told_ && !executes() && !begins && kind == Kind::kUnknown) return false;
    if (!told_) raise(kind);
    read_line(line, where);
    return true;
  }

  void cut(const std::string& where) {
    seen_.shell.cut = true;
    inspection_.add("shell.obfuscated", Severity::kMedium, [&where] { return where; });
  }

  void read_line(const std::string& line, const std::string& where) {
    if (++inspection_.nesting().lines > kMaxLines) return cut(where);
    std::vector<scan::Hit> hits;
    scan::Shell found =
        scan::read_shell(std::string_view(line).substr(0, input_.max_inspected_bytes), hits);
    seen_.shell.cut = seen_.shell.cut || found.cut || line.size() > input_.max_inspected_bytes;
    for (const scan::Hit& hit : hits)
      inspection_.add(hit.id, hit.severity, [&where] { return where; });
    for (std::string& command : found.commands)
      if (!scan::is_among(seen_.shell.commands, command))
        seen_.shell.commands.push_back(std::move(command));
    for (std::string& word : found.words) seen_.shell.words.push_back(std::move(word));
    for (std::string& word : found.taken) seen_.shell.taken.push_back(std::move(word));
    for (std::string& word : found.entered) seen_.shell.entered.push_back(std::move(word));
    seen_.shell.pipes_to_shell = seen_.shell.pipes_to_shell || found.pipes_to_shell;
    seen_.shell.substitutes = seen_.shell.substitutes || found.substitutes;
  }

  Inspection& inspection_;
  const Input& input_;
  Seen& seen_;
  CalledTool& tool_;
  const ToolEntry* entry_;
  const NameReading& name_;
  bool told_ = false;   // `tools:` says that the argument is a command
  bool vague_ = false;  // its key may name something else
  std::unordered_set<const char*> read_;
};

}  // namespace

std::unordered_set<const char*> look_at_commands(Inspection& inspection) {
  return Commands(inspection).find();
}

}  // namespace agentmesh::policy
