// Numbers as text, the same in every locale. Pure functions.

#pragma once

#include <optional>
#include <string_view>

namespace agentmesh::policy::cel {

// A decimal number with an optional sign, fraction and exponent: "-4.5e-3". Too large is infinity, too small is zero.
// nullopt for anything else (also for "inf" and "nan").
std::optional<double> parse_double(std::string_view text);

// The shortest text that reads back as `value`: "123.456", "-0.0045", "1e+21"; "NaN", "Infinity", "-Infinity".
// `buffer` holds at least 32 bytes.
std::string_view print_double(double value, char* buffer);

}  // namespace agentmesh::policy::cel
