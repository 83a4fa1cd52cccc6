// Secrets: credentials in a text, with the bytes to redact.
//
// How: a prefix or a name leads to a place, the value is read there, entropy or a checksum judges it, and a list of
// what only looks like one (placeholders, references, hashes, ids, data URIs) lets it go. Then once more in what base64, hex
// and percent escapes hold, and with invisible characters removed. A key begins behind an escape too (escapes.h).
// Sees: the keys of some forty providers, private keys, JWTs, database URLs, Authorization headers, key = value pairs with a
// random value. Cannot see: passwords that are words, keys without any context or of small letters alone, more than one layer of encoding.
// Measured (docs/detection.md): 203 plain secrets, 99.5 %; 40 one encoding deep, all; of 122 that only look like one, none.
// Cost: one pass for signs and one for long runs of letters and digits, 0.7 ns a byte of prose; values are read only where a
// prefix or a name leads to them, 12 to 23 ns for a text of nothing else. That is counted (Effort, secret_finder.h): such a text
// is not judged again under each of its disguises, which are covered by a finding then. Pure functions, any thread.
//
// Hits: secret.<kind>: secret.aws-access-key, secret.github-token, secret.private-key, secret.database-url, … high, or medium
// for secret.generic (a random value under a telling name; high where it is a stretch of names inside one another) and for
// secret.link (a value known by its name alone in the query of a web link: who has the link is let in).

#pragma once

#include <string_view>
#include <vector>

#include "policy/scan/hit.h"
#include "policy/scan/reading.h"

namespace agentmesh::policy::scan {

// `key` is the name of the argument the text stands under, "" if none: a value alone under "api_key" has its context there.
void find_secrets(Reading& reading, std::string_view key, std::vector<Hit>& hits);
inline void find_secrets(std::string_view text, std::string_view key, std::vector<Hit>& hits) {
  Reading reading(text);
  find_secrets(reading, key, hits);
}

}  // namespace agentmesh::policy::scan
