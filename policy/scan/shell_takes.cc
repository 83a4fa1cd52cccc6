#include "policy/scan/shell_takes.h"

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_names.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

void take(const std::string& word, std::vector<std::string>& out) {
  if (!word.empty() && word[0] != '-') out.push_back(word);
}

bool takes_away(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kTaking = {
      "rm", "rmdir", "mv", "shred", "unlink", "rsync", "chmod", "chown", "chgrp"};
  return is_among(kTaking, name);
}

// From one place to another, the last one (or -t's): mv takes the first away; rsync with one option the first, with others what
// is in the last.
void take_there(const ShellRun& run, std::vector<std::string>& out) {
  const bool move = run.name == "mv";
  const auto has = [&run](std::string_view option) {
    return std::any_of(run.arguments.begin(), run.arguments.end(),
                       [option](const std::string& word) { return word.starts_with(option); });
  };
  const bool from = move || has("--remove-source-files") || has("--remove-sent-files");
  const bool to = !move && (has("--del") || has("--inplace"));
  const bool last_is_target = !(move && (has("-t") || has("--target-directory")));
  size_t last = run.arguments.size();
  while (last > 0 && run.arguments[last - 1].starts_with('-')) --last;
  for (size_t i = 0; i < run.arguments.size(); ++i) {
    const bool target = last_is_target && i + 1 == last;
    if (target ? to : from) take(run.arguments[i], out);
  }
}

}  // namespace

bool narrows(const ShellRun& run) {
  static constexpr std::array<std::string_view, 17> kAll = {
      "-delete",   "-exec",     "-execdir", "-ok",    "-okdir", "-print",
      "-print0",   "-depth",    "-xdev",    "-mount", "-type",  "-follow",
      "-maxdepth", "-mindepth", "-ls",      "-prune", "-x"};
  for (const std::string& word : run.arguments) {
    if (word == "-exec" || word == "-execdir" || word == "-ok" || word == "-okdir") return false;
    if (word.size() > 2 && word[0] == '-' && !is_among(kAll, word)) return true;
  }
  return false;
}

std::string_view picked_by_name(const ShellRun& run) {
  // With these something else is meant than all tests in front of the act, or links lead away.
  static constexpr std::array<std::string_view, 8> kOther = {
      "!", "-not", "-o", "-or", ",", "-L", "-follow", "-files0-from"};
  std::string_view pattern;
  bool places = true;
  bool acts = false;  // a name behind an act picks nothing for it
  for (size_t i = 0; i < run.arguments.size(); ++i) {
    const std::string_view word = run.arguments[i];
    if (is_among(kOther, word)) return {};
    places = places && (word.empty() || (word[0] != '-' && word[0] != '('));
    if (places && (word.empty() || word[0] == '/' || word.find_first_of(":~$`(*?[") < word.size() ||
                   word.starts_with("..") || word.find("/..") < word.size()))
      return {};
    acts = acts || word == "-delete" || word.starts_with("-exec") || word.starts_with("-ok");
    if (!acts && (word == "-name" || word == "-iname") && i + 1 < run.arguments.size())
      pattern = run.arguments[i + 1];
  }
  if (pattern.find_first_of("[$`") < pattern.size()) return {};
  const auto said = std::count_if(pattern.begin(), pattern.end(),
                                  [](char c) { return is_of(c, kAlphaByte | kDigitByte); });
  const bool ending = pattern.find('.') < pattern.size();
  return said >= 3 || (said > 0 && ending) ? pattern : std::string_view();
}

std::vector<std::string> taken_by(const std::vector<ShellRun>& runs, size_t i) {
  std::vector<std::string> out;
  const ShellRun& run = runs[i];
  const bool recursive = run.option('r', "--recursive") || run.option('R', "--recursive");
  if (run.name == "mv" || run.name == "rsync") {
    take_there(run, out);
  } else if (takes_away(run.name) && recursive) {
    for (const std::string& word : run.arguments) take(word, out);
  }
  if (run.name != "find" || narrows(run)) return out;
  bool acts = run.has_argument("-delete");
  for (const std::string& word : run.arguments) acts = acts || takes_away(command_name(word));
  for (size_t k = i + 1; k < runs.size() && !acts; ++k) {
    if (runs[k].command->pipeline != run.command->pipeline) break;
    // "find / | xargs grep -l x | xargs rm": another one picks
    acts = takes_away(runs[k].name);
    if (!acts) return out;
  }
  if (!acts) return out;
  for (const std::string& word : run.arguments) {
    if (!word.empty() && (word[0] == '-' || word[0] == '(' || word[0] == '!')) break;
    take(word, out);
  }
  return out;
}

}  // namespace agentmesh::policy::scan
