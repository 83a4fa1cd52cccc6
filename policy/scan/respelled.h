// Respelled: a text once more, as somebody meant it to be read. For text.cc.
//
// Cost: one pass and one copy each. Pure functions, any thread.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

bool has_cyrillic(std::string_view text);
// Cyrillic capitals made small, for the lexicon; every byte keeps its place.
std::string small_letters(std::string_view text);
// "d i s r e g a r d  a l l": letters with one blank between them are put together.
std::string without_spreading(std::string_view text);

}  // namespace agentmesh::policy::scan
