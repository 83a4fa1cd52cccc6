#include <algorithm>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_parser.h"
#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {
namespace {

// True if what it reads comes from somewhere else than its pipe.
bool has_other_input(const std::vector<Redirect>& redirects) {
  return std::any_of(redirects.begin(), redirects.end(), [](const Redirect& redirect) {
    return !redirect.numbered &&
           (redirect.op == "<" || redirect.op == "<<" || redirect.op == "<<<") &&
           !redirect.target.starts_with("/dev/") && !redirect.target.starts_with("/proc/");
  });
}

}  // namespace

void ShellParser::list_operator(Frame& f, char c) {
  const char next = f.at + 1 < f.text.size() ? f.text[f.at + 1] : '\0';
  if (c == '&' && next == '>') return redirect_both(f);
  if (f.list) return array_operator(f, c);
  if (in_pattern(f) && pattern_operator(f, c)) return;
  if (c == '(' || c == ')') return parenthesis(f, c);
  const bool doubled = next == c && c != '\n';
  finish_command(f, !doubled && (c == '|' || c == '&'));
  if (in_pattern(f) && pattern_operator(f, c)) return;  // case x in a|b)
  if (doubled && c == ';') begin_pattern(f);
  f.at += doubled ? 2U : 1U;
  if (c == '|' && !doubled) {
    pipe(f);
  } else {
    if (c == '\n') here_documents(f);
    if (c != '\n' || !f.next_reads_pipe) new_pipeline(f);  // a line that ends with "|" goes on
  }
  f.begins_token = f.at;
}

// &> file
void ShellParser::redirect_both(Frame& f) {
  end_word(f);
  f.pending_redirect = "&>";
  f.at += f.text.substr(f.at, 3) == "&>>" ? size_t{3} : size_t{2};
  f.begins_token = f.at;
}

// a=(…): its words, each an item.
void ShellParser::array(Frame& f) {
  const size_t end = closing(f.text, f.at, Within::kCommands);
  if (f.depth >= kMaxDepth) out_.truncated = true;
  Frame part;
  part.text = f.text.substr(f.at + 1, end - std::min(f.at + 1, end));
  part.depth = f.depth + 1;
  part.list = true;
  part.command.words.emplace_back();  // none of the others begins a command
  while (part.at < part.text.size() && !full()) step(part);
  end_word(part);
  if (f.word.ends_with("+=")) f.word += kItemEnd;
  f.word += joined_words(part.command.words, 1, kItemEnd);
  adopt(f, part.command.inner_begin, part.command.inner_end);
  f.at = std::min(end + 1, f.text.size());
}

// Between the words of a=(…): line ends and patterns, and nothing else that a shell reads.
void ShellParser::array_operator(Frame& f, char c) {
  if (c == '(' && f.in_word && !f.word.empty() &&
      has("!?*+@", std::string_view(f.word).substr(f.word.size() - 1))) {
    const size_t end = closing(f.text, f.at, Within::kCommands);
    f.word += f.text.substr(f.at, end + 1 - f.at);
    f.at = std::min(end + 1, f.text.size());
    return;
  }
  end_word(f);
  out_.truncated = out_.truncated || c != '\n';
  f.begins_token = ++f.at;
}

void ShellParser::new_pipeline(Frame& f) {
  f.next_reads_pipe = false;
  f.pipeline = ++pipelines_;
}

// The pipeline that a command here may read besides its own; 0: none.
int ShellParser::input_of(const Frame& f) {
  return f.groups.empty() ? f.input : f.groups.back().input;
}

// Behind "|".
void ShellParser::pipe(Frame& f) {
  if (f.at < f.text.size() && f.text[f.at] == '&') ++f.at;
  f.next_reads_pipe = true;
  // What a group says is said by every command in it, and each may read what the group does.
  for (size_t i = std::min(f.group_before, out_.commands.size()); i < out_.commands.size(); ++i)
    if (SimpleCommand& said = out_.commands[i]; said.depth == f.depth) {
      said.input = f.group_input;
      said.pipeline = f.pipeline;
    }
  f.group_before = kNone;
}

// The bodies of the here-documents of the line that ended at the cursor.
void ShellParser::here_documents(Frame& f) {
  for (const Here& here : std::exchange(f.here, {})) {
    HereBody body = here_body(f.text, f.at, here.mark, false);
    f.at = body.next;
    // Where a delimiter may be spread over lines, one that is not found may have been missed.
    out_.truncated = out_.truncated || (!body.ended && !here.mark.quoted && has(body.text, "\\\n"));
    Frame alone;  // nothing of it is the next command's
    alone.depth = f.depth;
    if (!here.mark.quoted) body.text = expand(alone, body.text, Quotes::kHereDocument);
    for (const char between : {kItemEnd, kItemBlank})
      std::replace(body.text.begin(), body.text.end(), between, ' ');
    if (here.command < out_.commands.size()) out_.commands[here.command].here += body.text;
    for (size_t i = here.first; i < std::min(here.command, out_.commands.size()); ++i) {
      SimpleCommand& inside = out_.commands[i];
      if (!may_expand(inside.words.size())) break;
      if (std::none_of(inside.words.begin(), inside.words.end(), is_shell)) continue;
      if (!may_expand(body.text.size())) break;
      inside.here += body.text;
    }
  }
}

// `of_its_own`: in a shell of its own, behind "|" or before it, or beside this one.
void ShellParser::finish_command(Frame& f, bool of_its_own) {
  end_word(f);
  of_its_own = of_its_own || f.next_reads_pipe;
  const bool runs = before_command(f.command.words) < f.command.words.size();
  if (runs) {
    const ShellVariables::Mark outside = variables_.enter();
    builtin(f);
    if (of_its_own)
      variables_.leave(outside);
    else
      variables_.keep();
  }
  if (f.before_assignments) {
    if (of_its_own || runs)
      variables_.leave(*f.before_assignments);
    else
      variables_.keep();
    f.before_assignments.reset();
  }
  if (!f.command.words.empty() || !f.command.redirects.empty()) put_out(f);
  f.command = SimpleCommand{};
  f.unnamed = false;
  repeat_loops(f);
}

void ShellParser::put_out(Frame& f) {
  const size_t number = out_.commands.size();
  f.command.depth = f.depth;
  f.command.pipeline = f.pipeline;
  f.command.input = input_of(f);
  f.command.reads_pipe =
      (f.next_reads_pipe || f.command.input > 0) && !has_other_input(f.command.redirects);
  out_.commands.push_back(std::move(f.command));
  const std::vector<std::string>& words = out_.commands[number].words;
  if (!words.empty()) f.group_before = kNone;
  close_groups(f, words);
  for (auto here = f.here.rbegin(); here != f.here.rend() && here->command == kNone; ++here) {
    here->command = number;
    here->first = f.group_before;
  }
  open_groups(f, words);
  f.next_reads_pipe = false;
}

}  // namespace agentmesh::policy::scan
