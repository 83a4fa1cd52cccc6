// URL ports: whether a scheme leads to another machine, the port it implies, and those that no web request has business at. For urls.cc.
//
// Cost: a look at a short list. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// 0 if the scheme is not known.
int default_port(std::string_view scheme);
// A client of it connects to the host: redis, ssh, git+https. Small letters. Other schemes name what a server knows, docs://42.
bool opens_connection(std::string_view scheme);
// To which no browser connects, since what listens there could be made to act by a line of an HTTP request.
bool is_blocked_port(int port);
// Where something answers whoever is on the inside.
bool is_inner_port(int port);

}  // namespace agentmesh::policy::scan
