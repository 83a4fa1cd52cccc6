// Odd words: what a word says that is put together from others, or is the name of a host or a place. For text.cc.
//
// Cost: a look at the lexicon for each part; of a place, one at the lists of paths.h. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string_view>

#include "policy/scan/lexicon.h"

namespace agentmesh::policy::scan {

// "create/update": the classes of all parts; "e.g.x" has none.
ClassSet parts(std::string_view whole);
// "l'assistente", "dell'utente": what the word is behind what was drawn into it.
ClassSet behind_article(std::string_view whole);
// "KI-Assistent": what its second part is; "AI-model" is an AI.
ClassSet compound(std::string_view whole);
// "_Ignore", "line_", "__all__": without the low lines of Markdown's emphasis, or of a private name.
std::string_view without_emphasis(std::string_view whole);
// A word with letters of several scripts: what the Latin one is that it looks like. Words of one script are none.
ClassSet as_it_looks(std::string_view whole);
// "OPENAI_API_KEY", "DB_PASSWORD": the name of a variable that holds a secret.
bool names_secret(std::string_view whole);
// Whether two slashes or more stand before `at`, and no word or address before those: "//Ignore", "; //Ignore".
bool opens_comment(std::string_view text, size_t at);
// "email", "e-mail", "mail".
bool is_mail(std::string_view whole);
// "collect.example.com", without a scheme.
bool is_host(std::string_view whole);
// "DE02120300000000202051": an account that money is sent to.
bool is_account(std::string_view whole);
// Five words or more, joined by hyphens or low lines.
bool is_sentence(std::string_view whole);
// "assistant_directive", "noteToAI": the name of what is said to a model.
bool speaks_to_model(std::string_view key);
// Whether `text` goes on at `at` with who builds or studies what stands before: 模型|训练工程师, AI|开发者.
bool is_of_profession(std::string_view text, size_t at);
// "the", "las": what an order may not begin with, and what is asked for may.
bool is_article(std::string_view word);
// "~/.ssh/id_rsa", and what else holds_secrets() of paths.h; but nothing that manuals tell people to send on, to copy and to look at.
bool is_secret_place(std::string_view path);

}  // namespace agentmesh::policy::scan
