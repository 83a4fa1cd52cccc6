// Lexicon words: the data of the lexicon (lexicon.h), a row for each class and group of languages. For lexicon.cc alone.

#pragma once

#include <span>
#include <string_view>

#include "policy/scan/lexicon.h"

namespace agentmesh::policy::scan {

struct LexiconRow {
  WordClass word_class;
  std::string_view words;  // apart by blanks; base forms
};

// Words of languages that put blanks between them: English, then German, French, Spanish, Italian, Portuguese, Dutch, Polish,
// Russian, Serbian and Croatian, some Arabic, Hindi and Hebrew.
std::span<const LexiconRow> lexicon_rows();

// Words of Chinese, Japanese and Korean, found inside a run of letters: the longest that fits counts.
std::span<const LexiconRow> run_on_rows();

}  // namespace agentmesh::policy::scan
