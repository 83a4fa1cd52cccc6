// Secret places: where a password stands with no name and no sign before it, but where its place says what it is: the address of a
// server, an option of a command, a line of a file of passwords. For secret_finder.cc alone.
//
// Sees: scheme://user:password@host; --password X and the like; curl -u user:password; sshpass, docker login, mysql -p; lines of
// .netrc, .pgpass and /etc/shadow; the private lines of a PuTTY key. Low is a password of development: at this machine or at a host
// without a dot (a service beside it), unless it is random. Cannot see: passwords of options that are words.
// Cost: each is asked at a sign and looks at a few bytes; at what is around only when there is a value. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

// text[at] is '@'.
std::optional<Hit> password_in_url(std::string_view text, size_t at);
// text[at] is '-'.
std::optional<Hit> password_in_option(std::string_view text, size_t at);
// text[at] is ':'.
std::optional<Hit> password_in_line(std::string_view text, size_t at);
// All of a text.
void passwords_of_netrc(std::string_view text, std::vector<Hit>& hits);

}  // namespace agentmesh::policy::scan
