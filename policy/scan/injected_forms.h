// Injected forms: attacks that are known as a whole, wherever they stand in a text. For shell_injection.cc alone.
//
// Cost: a pass over the text, more where it has a form's signs. Pure functions, any thread.

#pragma once

#include <string_view>

#include "policy/scan/injected_words.h"

namespace agentmesh::policy::scan {

// system('id'), <!--#exec …, () { :;}; …, :(){ :|:& };:, FOR /F %i IN (…) DO …, an exchange over /dev/tcp
Sure injected_forms(std::string_view text);

}  // namespace agentmesh::policy::scan
