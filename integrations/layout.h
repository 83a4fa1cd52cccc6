// Layout: the edits that wrap or unwrap one entry, as its file is written: lists in brackets or item by line, members between
// braces or on lines of their own, the file's own indentation and ends of line.
//
// Pure functions; the entry was read from the document and is kStdio (wrapping) or kOurs (the rest).

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "integrations/edits.h"
#include "integrations/entries.h"

namespace agentmesh::integrations {

// A word as a token of the syntax: in double quotes.
std::string quoted(Syntax syntax, std::string_view word);

// The command becomes `own_path`; `run`, and behind it the command as it was, go in front of args. `run` is words.
void wrap_edits(const Document& document, const Entry& entry, const std::string& own_path,
                const std::vector<std::string>& run, std::vector<Edit>& edits);
// Back again. `args_added`: the args key goes as well, where nothing of anybody else's is in it.
void unwrap_edits(const Document& document, const Entry& entry, bool args_added,
                  std::vector<Edit>& edits);
// Words put in front of the element `before` of args, in a run of ours.
void insert_words(const Document& document, const Entry& entry, size_t before,
                  const std::vector<std::string>& words, std::vector<Edit>& edits);

}  // namespace agentmesh::integrations
