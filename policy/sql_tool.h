// SQL tool: whether a tool, by its name, does what SQL among its arguments says and nothing else. For called_tool.cc and beside_sql.cc.
// Cost: linear in the name. Pure, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy {

// False: the name says that the tool does something else than to run SQL, or may: it runs what is kept there (a procedure, a script), it
// acts (reboot_db_instance), or it runs something that is not named as SQL (snowflake_execute_task). Such a server need not even look at
// SQL that stands among the arguments.
bool may_run_sql_alone(std::string_view tool);
// A word of it, the name of a tool or a key, is something that a database keeps and runs, or a program.
bool names_what_is_kept(std::string_view name);

}  // namespace agentmesh::policy
