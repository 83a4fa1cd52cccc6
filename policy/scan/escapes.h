// Escapes: where a word begins that stands directly behind one. Programs hand on what they print as "total 1\nAKIA…",
// "\u001b[31mAKIA…" or "key%3DAKIA…": to a reader the key is a word by itself, while to whoever collects letters and digits the
// end of the escape belongs to it. Scanners hold both readings, since "C:\name" is no line end.
//
// Sees: backslash escapes of one letter, \xHH, \uHHHH, \UHHHHHHHH and \0, \0HH; %HH, also escaped again, and %uHHHH; =HH of
// quoted-printable, for what is no letter; control sequences (colours), also where their ESC itself is spelled out.
// Cost: a few bytes are looked at. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string_view>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {

// What an escape begins with. '[' stands for the control sequence behind it, whatever spells the ESC.
inline constexpr ByteSet kEscapeSigns([](uint8_t c) {
  return c == '\\' || c == '%' || c == '=' || c == '[' || c == 0x1B || c == 0xC2;
});

// Where the escape ends that begins at `at`; 0 if none does.
size_t end_of_escape(std::string_view text, size_t at);

// `begin` is where a run of letters and digits begins: where the escape ends that began before it and reaches into it;
// `begin` if there is none.
size_t behind_escape(std::string_view text, size_t begin);

// True if a word begins at `at`, in one reading or the other.
bool begins_word(std::string_view text, size_t at);

}  // namespace agentmesh::policy::scan
