// Injected options: a text that is an option of a well-known program which makes that one run another, or give a file away, where
// no option was asked for: "-oProxyCommand=id" for a host, "--upload-pack=id" for a repository, "ext::sh -c id" for a URL.
//
// The list is of the known; others are not looked for.
// Cost: a look at the first byte of most texts. Pure functions, any thread.

#pragma once

#include <string_view>

#include "policy/scan/injected_words.h"

namespace agentmesh::policy::scan {

Sure injected_option(std::string_view text);

}  // namespace agentmesh::policy::scan
