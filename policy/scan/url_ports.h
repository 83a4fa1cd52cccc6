// URL ports: the port a scheme implies, and those that no web request has business at. For urls.cc.
//
// Cost: a look at a short list. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// 0 if the scheme is not known.
int default_port(std::string_view scheme);
// To which no browser connects, since what listens there could be made to act by a line of an HTTP request.
bool is_blocked_port(int port);
// Where something answers whoever is on the inside.
bool is_inner_port(int port);

}  // namespace agentmesh::policy::scan
