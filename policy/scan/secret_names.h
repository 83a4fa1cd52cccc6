// Secret names: what the name of a setting, a member or a header says of its value. For the secret scanner alone; the value itself
// is secret_values.h's.
//
// A name is read by its words, cut at joints and capitals: what excuses a token, "next" or "page", does so only as the word in front
// of it, since products are called PagerDuty, Nextcloud and rsync. What stands behind (API_KEY_2, clientSecretProd) is taken off.
// Pure functions, any thread; nothing allocated but a short word.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace agentmesh::policy::scan {

// How long a value must be, by what its name says it is; what is asked of it differs as well.
inline constexpr size_t kLeastPassword = 8;
inline constexpr size_t kLeastLogin = 9;  // base64 of "user:password"
inline constexpr size_t kLeastToken = 16;
inline constexpr size_t kLeastKey = 32;        // of a name that says no more than key
inline constexpr size_t kLeastSignature = 43;  // base64 of 32 bytes

// One of these; nothing if the name says nothing.
std::optional<size_t> least_secret(std::string_view name);
// The same of names that do not end with ASCII: `before` ends with one, or with its last ASCII letters. In languages: 密码, пароль.
std::optional<size_t> least_secret_in_words(std::string_view before);
// EXA_API_KEY, RAILWAY_TOKEN: what an environment hands to a program is a key even where it has the form of an id.
bool is_setting_of_key(std::string_view name);
// "Authorization", "Proxy-Authorization": a scheme stands before the value.
bool is_authorization(std::string_view name);

}  // namespace agentmesh::policy::scan
