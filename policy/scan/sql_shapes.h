// SQL shapes: what the fragments of a short text look like if it is SQL and not data. For sql_injection.cc alone.
//
// Two questions, since a text is one of two things: a piece with a shape of SQL anywhere in it, or one that as a whole is made to
// stand inside a statement (a quote that ends the literal, the tail of a subselect, a call left open).
// Answers: 0 nothing, 1 likely, 2 sure. `short_text`: no document and no source code, where such shapes are quoted. A shape that
// counts in a long text needs its hint (sql_hints.h).
// Cost: a look at each fragment, more where one begins a shape. Pure functions, any thread.

#pragma once

#include "policy/scan/sql_fragments.h"

namespace agentmesh::policy::scan {

int sql_shapes(Fragments fragments, bool short_text);  // sql_shapes.cc
int sql_of_one_piece(Fragments fragments);             // sql_breakout.cc; of a short text

// A name that stands in no text but SQL: a catalogue, a function of one database.
bool is_strong_sql_name(std::string_view word);

}  // namespace agentmesh::policy::scan
