// Chosen passwords: what people think of where letters of several kinds were asked for, "Sommer2023!", "Tiger4471". For the secret
// scanner alone.
//
// They are shorter and hold fewer letters than what a machine makes, and are told from a type, a name or a text by two digits or
// marks at least; what is known so is of medium weight. Cost: a pass over the value; over its line where it is a usual one. Pure
// functions, any thread.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy::scan {

// Of three kinds at least: capitals, small letters, digits, marks.
bool is_chosen_password(std::string_view value);
// [begin, end) of `text` is made up of usual words (made_up.h), but of all four kinds, and its line does not say that it is for a test
// or an example: "SuperSecret123!" in a file of settings.
bool is_usual_choice(std::string_view text, size_t begin, size_t end);

}  // namespace agentmesh::policy::scan
