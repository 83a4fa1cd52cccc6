// Decoding: takes one disguise off a text, so that the scanners match what a reader would end up with.
//
// Sees: percent escapes (also %u0041 and overlong UTF-8), HTML character references of ASCII, \x41 and \u0041, full-width and
// other compatibility forms (NFKC, where it gives ASCII), characters that are not shown; base64, base32 and hex: encoded.h.
// Cannot see: encryption, compression, home-made ciphers, several layers (callers that want
// more call again).
// Cost: one pass, one output string; stretches of ASCII are copied. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::policy::scan {

// The code point at text[at] and its length in bytes; an invalid byte is U+FFFD, length 1.
struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;
};
CodePoint code_point_at(std::string_view text, size_t at);

// Every %XX decoded once; %uXXXX too; overlong two- to four-byte forms of ASCII become that ASCII. `changed` tells whether
// anything was decoded, `overlong` whether such a form was among it. '+' stays '+'.
struct Percent {
  std::string text;
  bool changed = false;
  bool overlong = false;
};
Percent percent_decode(std::string_view text);

// Where the bytes of a text come from that was made out of another one: where in that one the character begins which gave a
// byte. Costs a few bytes for each stretch that was copied and each character that was not ASCII.
class Origins {
 public:
  // From `at` of the new text on, each byte comes from a byte of its own, the first from `from`.
  void copied(size_t at, size_t from);
  // From `at` on, all bytes come from one character.
  void made(size_t at, size_t from) { put(at, from, false); }
  size_t operator[](size_t at) const;

 private:
  struct Piece {
    uint32_t at = 0;
    uint32_t from : 31 = 0;
    uint32_t copied : 1 = 0;
  };
  void put(size_t at, size_t from, bool copied);
  std::vector<Piece> pieces_;
};

// Full-width, mathematical, circled and other compatibility forms as the ASCII they normalise to (NFKC), invisible
// characters dropped, the rest kept. `map[i]` is the offset in `text` where the character that gave byte i begins;
// map[out.size()] is text.size().
struct Folded {
  std::string text;
  Origins map;
  bool changed = false;
};
Folded fold(std::string_view text);
// True if fold() would change nothing: pure ASCII without controls that are dropped. One quick pass.
bool is_plain(std::string_view text);

// &lt; &amp; &quot; &apos; &#59; &#x3b; … of ASCII characters, decoded once.
std::string html_decode(std::string_view text);
// Every \xHH and \uHHHH of ASCII decoded once; other backslashes stay.
std::string backslash_decode(std::string_view text);

std::string ascii_lower(std::string_view text);
void make_lower(std::string& text);
// Shannon entropy in bits per byte.
double entropy(std::string_view text);

}  // namespace agentmesh::policy::scan
