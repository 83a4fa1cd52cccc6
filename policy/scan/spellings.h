// Spellings: a character that is written with others. `\n` and `\u0049` of JSON and of programs, `&#73;` and `&shy;` of HTML, `%20`, `=49`
// of quoted-printable; and what stands inside a word and shows nothing: inline tags, comments, the colours of a terminal.
//
// Sees: one letter behind a backslash (n, r, t, /), \xHH, \uHHHH (also in pairs), \u{H…}, \UHHHHHHHH, \OOO, however many backslashes; references by
// number, of blanks, of what is not shown and of Latin letters by name; %HH, %uHHHH and =HH, several of them where they are UTF-8.
// Leaves alone: `&lt;` and the like, which say that a tag is shown and not meant; marks behind % and =, of which URLs are made.
// Cost: a few bytes are looked at; of tags at most 256. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agentmesh::policy::scan {

struct Spelling {
  enum class Kind : uint8_t {
    kNone,
    kBlank,
    kLine,     // the end of one
    kNothing,  // what is not shown
    kLetter,   // what words are made of
    kMark,     // another character
    kSlash,    // `\/`, which stands in the middle of addresses and tags
  };
  Kind kind = Kind::kNone;
  bool of_one_letter =
      false;           // `\n`: what follows may belong to the word that begins with the letter
  uint32_t value = 0;  // of a letter or a mark
  size_t bytes = 0;
};

// That which begins at `at`.
Spelling spelling_at(std::string_view text, size_t at);

// Where the next byte stands that one may begin with, from `from` on; the text's size if there is none.
size_t next_spelling_sign(std::string_view text, size_t from);

}  // namespace agentmesh::policy::scan
