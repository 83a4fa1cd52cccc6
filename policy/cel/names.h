// Paths and hosts compared as text, for under() and host_in(). Pure functions.

#pragma once

#include <string_view>

#include "policy/cel/arena.h"

namespace agentmesh::policy::cel {

// Whether `path` is `directory` or lies below it: by whole components, after "." and ".." are taken out of both, so
// /ok_evil and /ok/../etc are not under /ok. Nothing is decoded and no link is followed. A relative path is never
// under an absolute one, nothing is under "", and what leaves its start by ".." is under nothing but the like.
// A leading "~" is `home` when that is not empty. `arena`: for the components of unusually deep paths.
bool path_is_under(std::string_view path, std::string_view directory, std::string_view home,
                   Arena& arena);

// Whether a host is named by a glob: case, one trailing dot and the brackets of an IPv6 address do not count. `*` stands
// for any number of characters, dots included, `?` for one: *.example.com is every host below example.com, not itself.
bool host_matches(std::string_view host, std::string_view glob);

}  // namespace agentmesh::policy::cel
