// Secret forms: keys that are known by more than how they begin: by a mark or a sign inside, or by the link they stand in. For
// secret_finder.cc alone; those with a prefix are secret_kinds.h's.
//
// Each is asked only where its sign stands. Cost: as far as the key goes. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

// More letters and digits in a row than any word has: "sk_live_abcdefghijklmnopqrstuvwx".
bool has_long_word(std::string_view run);

// Two letters that tell most words from the host of such a link.
inline bool may_begin_web_hook(char one, char two) {
  return (one == 'h' && two == 'o') || (one == 'd' && two == 'i') || (one == 'w' && two == 'e') ||
         (one == 'm' && two == 'c');
}
// A link at `at` by which whoever knows it may post, or call what stands behind it.
std::optional<Hit> web_hook(std::string_view text, size_t at);

// 8 to 10 digits, ':', 35 characters that begin with AA. `at`: at the digits.
std::optional<Hit> telegram_token(std::string_view text, size_t at);
// A refresh token, "1//0" and what follows.
std::optional<Hit> google_token(std::string_view text, size_t at);
// [at, end): letters and digits in which, or behind which, the mark of a key of Azure's stands.
std::optional<Hit> azure_key(std::string_view text, size_t at, size_t end);
// Mailchimp's: 32 digits of hex and, behind `dash`, the data center that the key is good for.
std::optional<Hit> mailchimp_key(std::string_view text, size_t dash);

}  // namespace agentmesh::policy::scan
