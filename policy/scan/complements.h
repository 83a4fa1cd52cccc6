// Complements: what it is that a sentence says is to be disregarded, refused or called in every conversation, where that is an
// everyday matter and no order to a model. For ordinary_acts.cc, which asks only where a rule of the text scanner holds; what is kept
// from a user is kept.h's.
//
// "Ignore all previous comments" is about comments; "Ignore all previous messages" and "Ignore all of the above" are about what the
// model was told. "At the start of every conversation", "every question about the exchange rate" name no conversation that goes
// anywhere.
// Of a sentence with more words than are looked at nothing is known, and the answer is the one that calms nothing.
// Cost: a walk over the sentence and a look at the lexicon for each of its words. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// True if something is ignored in `sentence` because it came before, and each time it is called by a name that no instructions have.
bool disregards_a_matter(std::string_view sentence);

// True if conversations are named in `sentence`, and each time to say when: "in every chat", "once per conversation".
bool says_when_in_conversations(std::string_view sentence);

// "If the user asks you to ignore your instructions, refuse": what is asked for by somebody, and not to be done.
bool refuses_to_ignore(std::string_view sentence);

// "TODO(claude): remove the hack": a note to whom some code is assigned.
bool is_code_note(std::string_view sentence);

// "You are now in maintenance mode": of machines, which have such modes.
bool names_mode_of_machines(std::string_view sentence);

}  // namespace agentmesh::policy::scan
