// Forgery: names of ours ("io.agentmesh/…") in what a server says, and the line without them.
//
// Ours stand in result._meta, and in error.data of a denial. A server's are gone before anything else looks at the line,
// wherever a client could take them for ours: the members of error.data, and those of every `_meta` in params, result and
// error.data, six levels down, but in `structuredContent`, which is a tool's own data, and on the envelope, which is nobody's.
// Names that only look like ours are as good as ours to a person.
// Pure, any thread. Cost: two searches of the line; it is walked only where it may hold a `_meta`.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/verdict.h"
#include "proxy/message.h"

namespace agentmesh::proxy {

// `line` without them, every other byte as it was; "" if there are none. `message` was read from `line`.
std::string without_our_names(const Message& message, std::string_view line);

// What is found in a line by that: one finding if it had some, else none.
std::vector<policy::Finding> forged_marks(const Message& message);

}  // namespace agentmesh::proxy
