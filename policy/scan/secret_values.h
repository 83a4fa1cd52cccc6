// Secret values: whether what stands under a name such as "password" or "apiKey" is one, or a word, a place, a variable, a sample.
// For secrets.cc alone; keys that are known by their own form are secret_kinds.h's.
//
// Pure functions, any thread.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

// How long a value must be to be a secret, under a name that says secret; nothing if the name says nothing.
std::optional<size_t> least_secret(std::string_view name);
// The bytes [begin, end) of `text` as the value of `name`, whose least_secret() is `least`.
std::optional<Hit> secret_value(std::string_view text, std::string_view name, size_t begin,
                                size_t end, size_t least);

// What stands where a secret would, in documents and templates. Not the word FAKE or EXAMPLE: real keys may hold any letters.
bool is_placeholder(std::string_view value);
// Made by a machine rather than of words: letters, digits and cases change often.
bool is_random(std::string_view value);

}  // namespace agentmesh::policy::scan
