// Shell variables: what a command line gives its variables, and what ${name…} makes of it. For the shell parser (shell_parser.h) alone.
//
// kMaxVariables of them, of less than kLongestValue bytes each: of more nothing is known. Not for threads.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {

// Stands between the items of a list in the text of its variable: they stay words of their own, in quotes as well.
inline constexpr char kItemEnd = '\x1e';
// The same between those of "${a[*]}", which are one word in quotes.
inline constexpr char kItemBlank = '\x1f';

inline bool is_name_start(char c) { return is_alpha(c) || c == '_'; }
inline bool is_name(char c) { return is_name_start(c) || is_digit(c); }

// NAME=…, NAME+=… and NAME[…]=…: the bytes of the name; 0: it is none.
size_t assigned_name(std::string_view word);
// `a[$i`: an element that is given something, and no pattern.
bool is_open_subscript(std::string_view word);
// ${x#a}, ${x%a}, ${x/a/b} and ${x:1:2} of what x holds, `how` being what stands behind the name, where that is plain text; else x as it is.
std::string changed_value(std::string value, std::string_view how);
// The same of each item of a list; of ${a[@]:1:2} the items that this leaves. `positional`: it is $@, which begins with 1.
std::string changed_items(const std::string& items, std::string_view how, bool positional);

class ShellVariables {
 public:
  static constexpr size_t kMaxVariables = 256;
  static constexpr size_t kLongestValue = 4096;

  // Null: it is not known. Good until the next assignment.
  const std::string* find(std::string_view name) const;
  // `unsure`: what it is given is not known.
  void assign(std::string_view name, std::string value, bool unsure);
  // The same of NAME=…, NAME+=… and NAME[…]=…; nothing of another word. An element counts as more of the whole.
  void assign_word(std::string_view word, bool unsure);

  // What is assigned between enter() and leave() is taken back there: a shell in the shell, or a command of its own. After keep() it is
  // not. Each enter() is ended once, the last one first.
  using Mark = size_t;
  Mark enter();
  void leave(Mark mark);
  void keep();

 private:
  struct Change {
    std::string name;
    std::optional<std::string> before;
  };
  void note(std::string_view name, std::optional<std::string> before);

  std::map<std::string, std::string, std::less<>> values_;
  std::vector<Change> changes_;
  size_t entered_ = 0;
};

}  // namespace agentmesh::policy::scan
