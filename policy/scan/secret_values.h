// Secret values: whether what stands under a name such as "password" or "apiKey" is one, or a word, a place, a variable, a sample.
// For the secret scanner alone; names are secret_names.h's, keys that are known by their own form secret_kinds.h's.
//
// Pure functions, any thread.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

// The bytes [begin, end) of `text` as the value of `name`, whose least_secret() is `least`.
std::optional<Hit> secret_value(std::string_view text, std::string_view name, size_t begin,
                                size_t end, size_t least);

// What stands where nothing but a password stands: anything that is no placeholder, no reference and none of the usual words.
bool is_password(std::string_view value);
// base64 of a user's name, a colon and what is no word: as registries and HTTP's Basic scheme have it.
bool is_login(std::string_view value);
// What stands where a secret would, in documents and templates. Not the word FAKE or EXAMPLE: real keys may hold any letters.
bool is_placeholder(std::string_view value);
// Made by a machine rather than of words: letters, digits and cases change often.
bool is_random(std::string_view value);
// Letters of both cases that make no words: "dkwwAfmOtiiRTF", but not "getUserInfo".
bool is_scrambled(std::string_view letters);

// So few pairs of letters stand in it that English has that it makes no words: "Ezb1SoubLpubCpziZSPguTjd".
bool is_wordless(std::string_view letters);

// Letters and digits of one run in which no words stand: in an order that no hand puts them in, or of pairs that no words have.
bool is_made_by_machine(std::string_view run);

}  // namespace agentmesh::policy::scan
