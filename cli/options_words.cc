// What a person meant who typed a word that is not there: checked before CLI11 parses, whose own sentences name no word.

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "cli/commands.h"

namespace agentmesh::cli {
namespace {

using std::string;

// Insertions, deletions, changes and swaps of neighbours that turn one word into the other.
size_t distance(const string& a, const string& b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::vector<size_t> next(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      next[j] =
          std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before = row;
    row = next;
  }
  return row[b.size()];
}

// " (did you mean doctor?)", or "" if nothing is near.
string guess(const string& word, const std::vector<string>& names) {
  const string* best = nullptr;
  size_t least = std::max<size_t>(word.size() / 3, 1) + 1;
  for (const string& name : names) {
    const size_t far = distance(word, name);
    if (far < least) {
      least = far;
      best = &name;
    }
  }
  for (const string& name : names)
    if (best == nullptr && word.size() >= 3 && name.starts_with(word)) best = &name;
  return best == nullptr ? "" : fmt::format(" (did you mean {}?)", *best);
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); });
}

bool has_option(const CLI::App& app, const string& name) {
  const auto options = app.get_options();
  return std::any_of(options.begin(), options.end(),
                     [&name](const CLI::Option* option) { return option->check_name(name); });
}

const CLI::App* find_command(const CLI::App& app, const string& name) {
  for (const CLI::App* each : app.get_subcommands(std::function<bool(const CLI::App*)>()))
    if (each->get_name() == name) return each;
  return nullptr;
}

string full_name(const CLI::App& app) {
  string name = app.get_name();
  for (const CLI::App* above = app.get_parent(); above != nullptr; above = above->get_parent())
    name = above->get_name() + " " + name;
  return name;
}

// The command among `words` that has the option, or the first of all that does; nullptr: none.
const CLI::App* owner_of(const CLI::App& app, const string& option,
                         const std::vector<string>& words) {
  const auto typed_from = [&](size_t from) -> const CLI::App* {
    for (size_t i = from; i < words.size() && words[i] != "--"; ++i) {
      const CLI::App* typed = find_command(app, words[i]);
      for (size_t at = i + 1; typed != nullptr && at <= words.size(); ++at) {
        if (has_option(*typed, option)) return typed;
        typed = at < words.size() ? find_command(*typed, words[at]) : nullptr;
      }
    }
    return nullptr;
  };
  // The word behind the option may be its value, however it is called.
  const auto given = std::find(words.begin(), words.end(), option);
  const CLI::App* command = nullptr;
  if (words.end() - given > 2) command = typed_from(static_cast<size_t>(given - words.begin()) + 2);
  if (command == nullptr) command = typed_from(0);
  if (command != nullptr) return command;
  for (const CLI::App* each : commands_of(app))
    if (has_option(*each, option)) return each;
  return nullptr;
}

// About a word that is an option which `app` does not know; "" for any other.
string about_option(const CLI::App& app, const string& word, const std::vector<string>& words) {
  if (word.size() < 2 || word[0] != '-' || (word[1] >= '0' && word[1] <= '9')) return "";
  const string name = word[1] == '-' ? word.substr(0, word.find('=')) : word.substr(0, 2);
  return has_option(app, name) ? "" : about_extra_word(app, word, words);
}

}  // namespace

Meant what_was_meant(const CLI::App& root, const std::vector<string>& words) {
  const CLI::App* app = &root;
  size_t at = 0;
  for (; at < words.size() && !words[at].empty() && words[at][0] != '-'; ++at) {
    if (app->get_require_subcommand_min() == 0) break;  // a command; what follows are its own words
    const CLI::App* next = find_command(*app, words[at]);
    if (next == nullptr) {
      std::vector<string> names;
      for (const CLI::App* each : commands_of(*app)) names.push_back(each->get_name());
      const string where = app == &root ? "" : fmt::format(" in {}", full_name(*app));
      return {app, fmt::format("no such command '{}'{}{}; see {} --help", words[at], where,
                               guess(words[at], names), full_name(*app))};
    }
    app = next;
  }
  const bool is_group = app->get_require_subcommand_min() > 0;
  if (is_group && at == words.size()) return {app, "", true};
  if (is_group) return {app, words[at] == "--" ? "" : about_option(*app, words[at], words)};
  return {app, ""};
}

string about_unknown_option(const CLI::App& app, const std::vector<string>& words) {
  for (const string& word : words) {
    if (word == "--") break;
    if (string about = about_option(app, word, words); !about.empty()) return about;
  }
  return "";
}

string about_empty_name(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const string type = option->get_type_name();
    const bool names = type.find("FILE") != string::npos || type.find("DIR") != string::npos ||
                       type.find("NAME") != string::npos;
    const auto& given = option->results();
    if (names && !option->get_positional() &&
        std::find(given.begin(), given.end(), "") != given.end())
      return fmt::format("{}: is empty; see {} --help", option->get_name(), full_name(app));
  }
  return "";
}

// CLI11's words, where they are none for people.
static string plainly(const string& what) {
  constexpr std::string_view kConvert = "Could not convert: ";
  const size_t is = what.find(" = ");
  if (what.starts_with(kConvert) && is != string::npos)
    return fmt::format("{}: '{}' is no number", what.substr(kConvert.size(), is - kConvert.size()),
                       what.substr(is + 3));
  if (what.find("At Most 1 required") != string::npos)
    return what.substr(0, what.find(": ")) + " is given more than once";
  return what;
}

string about_refusal(const CLI::App& app, const string& what) {
  if (app.get_require_subcommand_min() == 0)
    return fmt::format("{}; see {} --help", plainly(what), full_name(app));
  std::vector<string> names;
  for (const CLI::App* each : commands_of(app)) names.push_back(each->get_name());
  return fmt::format("name a command of {}: {}", full_name(app), fmt::join(names, ", "));
}

string about_extra_word(const CLI::App& app, const string& word, const std::vector<string>& words) {
  const string see = fmt::format("; see {} --help", full_name(app));
  if (!word.starts_with('-')) {
    string repeat;
    for (const CLI::Option* option : app.get_options())
      if (!option->get_positional() && option->get_expected_max() > 1 && option->count() > 0)
        repeat = fmt::format("; {0} is given once for each: {0} A {0} B", option->get_name());
    if (app.get_name() == "proxy")  // some clients' command lines take the -- away
      repeat = fmt::format("; the server's command stands behind --: {} [OPTION…] -- {} …",
                           full_name(app), word);
    return fmt::format("'{}' is one word too many{}{}", word, repeat, see);
  }
  const string given = word.substr(0, word.find('='));
  if (const CLI::App* command = owner_of(app, given, words); command != nullptr)
    return fmt::format("{0} stands behind the command that it is for: {1} {0} …{2}", given,
                       full_name(*command), see);
  std::vector<string> names;
  for (const CLI::Option* option : app.get_options())
    if (!option->get_group().empty())
      for (const string& name : option->get_lnames()) names.push_back("--" + name);
  return fmt::format("no such option {}{}{}", word, guess(given, names), see);
}

}  // namespace agentmesh::cli
