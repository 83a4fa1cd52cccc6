// Public values: what has the form or the name of a secret and is shown to everyone by those who made it. For the secret scanner alone.
//
// Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy::scan {

// The payload of the token that the documents of JSON web tokens show: it lets nobody in anywhere.
bool is_sample_token(std::string_view payload);
// The payload of a token that a page gives to everyone who opens it, "role": "anon": what it may read is what anyone may.
bool is_anonymous_token(std::string_view payload);
// A key of Google's at [begin, end) among the settings that Firebase has every web page show: it names a project and opens nothing.
bool is_public_key(std::string_view text, size_t begin, size_t end);
// By its whole form what a browser is given: "pk.eyJ…", "phc_…".
bool is_for_everyone(std::string_view value);
// The print of a key as ssh-keygen writes it: "SHA256:" and 32 bytes in base64, "MD5:" and 16 in hex.
bool is_print(std::string_view value);
// The name of a setting that is built into a page: "VITE_…", "REACT_APP_…".
bool is_name_for_browsers(std::string_view name);

}  // namespace agentmesh::policy::scan
