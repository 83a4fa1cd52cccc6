// Made-up values: what stands for a secret where there is none yet, or where a test needs one: "test-api-key-123", "ValidPass123!",
// "generate-with-openssl-rand-base64-32". For the secret scanner alone.
//
// Every letter belongs to a word of a list, and one of these says it: test, dev, password, change … A password of other words
// ("Sommer2024!") is none of these.
// Cost: a pass over the value for each of its bytes that a word begins at; asked only of what would be a finding. Pure, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

bool is_made_up(std::string_view value);
// Made up of words that people take for real passwords too, "P@ssw0rd!", "SuperSecret123!", and of none that says that it is for a
// test, an example or a template. The word "password" as it is written says so.
bool is_usual_password(std::string_view value);

}  // namespace agentmesh::policy::scan
