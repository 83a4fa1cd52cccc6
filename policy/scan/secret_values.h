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
// The same of names that do not end with ASCII: `before` ends with one, or with its last ASCII letters. In languages: 密码, пароль.
std::optional<size_t> least_secret_in_words(std::string_view before);
// The bytes [begin, end) of `text` as the value of `name`, whose least_secret() is `least`.
std::optional<Hit> secret_value(std::string_view text, std::string_view name, size_t begin,
                                size_t end, size_t least);

// What stands where nothing but a password stands: anything that is no placeholder, no reference and none of the usual words.
bool is_password(std::string_view value);
// What stands where a secret would, in documents and templates. Not the word FAKE or EXAMPLE: real keys may hold any letters.
bool is_placeholder(std::string_view value);
// Made by a machine rather than of words: letters, digits and cases change often.
bool is_random(std::string_view value);
// Letters of both cases that make no words: "dkwwAfmOtiiRTF", but not "getUserInfo".
bool is_scrambled(std::string_view letters);

// The payload of the token that the documents of JSON web tokens show: it lets nobody in anywhere.
bool is_sample_token(std::string_view payload);
// A key of Google's at [begin, end) among the settings that Firebase has every web page show: it names a project and opens nothing.
bool is_public_key(std::string_view text, size_t begin, size_t end);

}  // namespace agentmesh::policy::scan
