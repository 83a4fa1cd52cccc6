// Passwords in sentences: "The password for the staging server is Qx7-bluefin-92Kd and the user is deploy." For secret_finder.cc alone.
//
// Sees: the word, a few more of the same sentence, "is" (ist, lautet, est, es), and a value that no sentence has there: letters of both
// cases, two digits or marks, in an order that no word has, or in quotes. Medium. Cannot see: passwords that are words or end a
// sentence as years do, and those the sentence names first.
// Cost: one pass for "sw", which few words have; a line where the word stands. Pure functions, any thread.

#pragma once

#include <string_view>
#include <vector>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

// All of a text.
void passwords_of_prose(std::string_view text, std::vector<Hit>& hits);

}  // namespace agentmesh::policy::scan
