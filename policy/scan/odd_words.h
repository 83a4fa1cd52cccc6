// Odd words: what a word is for the lexicon that is put together from others. For text.cc.
//
// Cost: a look at the lexicon for each part. Pure functions, any thread.

#pragma once

#include <string_view>

#include "policy/scan/lexicon.h"

namespace agentmesh::policy::scan {

// "create/update": the classes of all parts; "e.g.x" has none.
ClassSet parts(std::string_view whole);
// "l'assistente", "dell'utente": what the word is behind what was drawn into it.
ClassSet behind_article(std::string_view whole);
// "KI-Assistent": what its second part is.
ClassSet compound(std::string_view whole);
// "email", "e-mail", "mail".
bool is_mail(std::string_view whole);

}  // namespace agentmesh::policy::scan
