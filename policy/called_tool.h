// Called tool: what is known of a call by the name of its tool alone. For the parts of look() (look.h).
//
// Made once a call and asked by whatever looks at its arguments, and at those that stand in a text of them: a name may be as long as a
// message, and is gone through a few times, not once for every path or text. What is seldom asked is found when it is.
// One per call; not for threads.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/kinds.h"
#include "policy/only_looks.h"
#include "policy/rule_set.h"
#include "policy/uses.h"

namespace agentmesh::policy {

class CalledTool {
 public:
  // Both must outlive it. `name`: "" for a call of something else.
  CalledTool(const RuleSet& set, std::string_view name);

  // What `tools:` says of it, or null.
  const ToolEntry* entry() const { return entry_; }
  const NameReading& reading() const { return reading_; }

  const ToolUses& uses();
  const ProgramTool& program();
  // "code_interpreter", "python_repl": it runs what code it is given.
  bool interprets();
  // "interact_with_process": it hands on what it is given to something that runs.
  bool feeds();
  // The program that the name is, or its last part: "docker"; "" if that is none.
  const std::string& command();
  // A word of the name is a database of graphs.
  bool speaks_cypher();
  // It speaks to a database, and SQL that only reads may be all that it is told to do (sql_tool.h).
  bool sql_tells();
  // It looks a query up or reads its text, and asks nobody to do what that says.
  bool only_searches();
  // What it is given under a key that begins with "input" is what it works on.
  bool works_on_input();

 private:
  bool names_any(std::initializer_list<std::string_view> parts);

  std::string_view name_;
  const ToolEntry* entry_;
  NameReading reading_;
  std::optional<ToolUses> uses_;
  std::optional<ProgramTool> program_;
  std::optional<std::string> lower_;
  std::optional<std::string> command_;
  std::optional<bool> interprets_, feeds_, speaks_cypher_, sql_tells_, only_searches_,
      works_on_input_;
};

}  // namespace agentmesh::policy
