// Masks: what redaction leaves in the place of a secret or of personal data: "[redacted:secret.github-token]".
//
// Sees: a mask in the very form that we write, of a finding that exists. Prose about masks ("[redacted:<finding>]") is none.
// Cost: one look for the mark. Pure, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

bool holds_mask(std::string_view text);

}  // namespace agentmesh::policy::scan
