// Negations: whether what a sentence says of forgetting and ignoring is that it is not to be done, where English has its "not" in front
// and other languages behind or in the word. For ordinary_acts.cc.
//
// "Vergiss deine Aufgabe nicht", "N'oubliez pas vos instructions", "Vergeet je taak niet"; "J'ignore si …" is "I do not know", and
// "Sla je taak op" saves it.
// Cost: a walk over the sentence and a look at the lexicon for each of its words. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// True if something is ignored in `sentence`, and each time it is not.
bool ignores_nothing(std::string_view sentence);

}  // namespace agentmesh::policy::scan
