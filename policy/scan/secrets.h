// Secrets: credentials in a text, with the bytes to redact.
//
// How: a prefix, a name or a place made for a password leads to a value, entropy or a checksum judges it, and a list of
// what only looks like one (placeholders, values made up for tests, references, what is encrypted, hashes, ids, data URIs, base64 of
// a word, what a browser is given) lets it go. Then once more in what base64 (over several lines too), base32 and hex hold, in what
// percent escapes, \x41, \u0041 and &#65; spell, and with invisible characters removed. A key begins behind an escape too (escapes.h).
// Sees: the keys of some eighty providers, private keys, JWTs, database URLs, Authorization headers, key = value pairs with a
// random value, passwords that people choose, names in a dozen languages, options of commands, .netrc, .pgpass, shadow, logins of
// registries, a sentence that tells a password. Cannot see: passwords that are words, keys without any context, columns of tables, more
// than one layer of encoding.
// Measured (docs/detection.md): 203 plain secrets, all; 40 one encoding deep, all; of 122 that only look like one, none; of some 150
// texts that stand as near to one as was thought of, none (secret_neighbours_test.cc).
// Cost: one pass for signs, one for lines and one for long runs of letters and digits, 0.7 ns a byte of prose; values are read only
// where a prefix, a name or a place leads to them, 12 to 24 ns for a text of nothing else (50 if each is a usual password). That is
// counted (Effort, secret_finder.h): such a text is not judged again under each of its disguises, which are covered by a finding then.
// Pure functions, any thread.
//
// Hits: secret.<kind>: secret.aws-access-key, secret.github-token, secret.private-key, secret.database-url, … high, or medium
// for a password that somebody chose or a sentence tells, a private key that was cut short, secret.generic (a random value under a
// telling name; high where it is a stretch of names inside one another), secret.link (a value known by its name alone in the query of a
// web link, or the signature of one: who has the link is let in) and for the sample token of jwt.io; low for a key of Google's that
// Firebase has every page show, a token whose role is "anon", a password that is not random in the URL of a service of this machine, and
// a key that Django calls insecure.

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
