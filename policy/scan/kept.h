// Kept: what it is that a sentence says is to be kept from the user. For ordinary_acts.cc, which asks only where a rule of the text
// scanner holds.
//
// "Do not tell the user the task ID", "… to restart the server", "… that you cannot see the internet" keep nothing secret; "… that
// you have read the file", "… about this step", "… what you did" do, and so does what is said in another language than English.
// Of a sentence with more words than are looked at nothing is known, and the answer is the one that calms nothing.
// Cost: a walk over the sentence and a look at the lexicon for each of its words. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <string_view>

namespace agentmesh::policy::scan {

enum class Kept : uint8_t {
  kAct,      // this, what was done, all of it; or not known
  kMatter,   // a thing: an ID, a price, a name
  kNothing,  // nothing is kept: what the user is not to be asked to do, what cannot be done
};
// What "do not tell the user …" and "do not mention … to the user" keep from the user.
Kept kept_from_user(std::string_view sentence);

}  // namespace agentmesh::policy::scan
