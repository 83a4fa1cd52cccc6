#include "policy/scan/names_in_code.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"
#include "policy/scan/secret_values.h"
#include "policy/scan/sixteen.h"

namespace agentmesh::policy::scan {
namespace {

bool is_name_in_code(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return is_alpha(c) || c == '.' || c == '_'; });
}

// Words joined as code joins them, with digits among them: "getPasswordFromVault2024", "vault2.read".
bool is_name_with_digits(std::string_view value) {
  bool humps = false;
  bool joints = false;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (!is_alnum(c) && c != '.' && c != '_') return false;
    joints = joints || c == '.' || c == '_';
    humps = humps || (i > 0 && is_of(c, kUpperByte) && is_alpha(value[i - 1]) &&
                      !is_of(value[i - 1], kUpperByte));
  }
  return is_alpha(value[0]) && (joints ? !is_wordless(value) : humps && !is_random(value));
}

}  // namespace

bool has_code(std::string_view value) {
  return find_of(value, 0, [](Sixteen bytes) {
           return bytes.is('$') | bytes.is('{') | bytes.is('}') | bytes.is('(') | bytes.is(')') |
                  bytes.is('[') | bytes.is(']') | bytes.is('<') | bytes.is('>') | bytes.is('|');
         }) != value.size();
}

bool is_call(std::string_view value) {
  const size_t open = value.find('(');
  if (open == std::string_view::npos || open <= 2) return false;
  const std::string_view name = value.substr(0, open);
  return is_name_in_code(name) ||
         (is_name_with_digits(name) && is_name_in_code(value.substr(open + 1)));
}

}  // namespace agentmesh::policy::scan
