// Logs that were set aside as damaged, and what begins where they ended: whoever looks at the new log hears of the old ones.

#pragma once

#include <set>
#include <string>
#include <vector>

namespace agentmesh::audit {

// The names under <state>/audit of the logs that `log` took the place of, oldest first: each was kept with the public keys that
// it shares with `log` (birth.h). Empty if there are none, or if nothing can be read.
std::vector<std::string> logs_set_aside(const std::string& state_dir, const std::string& log);

// Where the day keys of a log's payloads are: its own, or, of one that was set aside, those of the log that took its place. They
// stayed there, so that erasing a day erases it in both.
std::string blob_keys_of(const std::string& state_dir, const std::string& log);

// The days whose payloads were erased after `log` was set aside, as the logs that came behind it say and signed: whoever erases a
// day erases it in all that share its key. Cost: those logs are verified.
std::set<std::string> days_erased_after(const std::string& state_dir, const std::string& log);

}  // namespace agentmesh::audit
