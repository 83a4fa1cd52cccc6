#include "policy/scan/url_searches.h"

#include <algorithm>

#include "policy/scan/decode.h"
#include "policy/scan/field.h"

namespace agentmesh::policy::scan {
namespace {

bool is_searched(std::string_view name) {
  const Field field = field_of(name);
  return field == Field::kSearch || field == Field::kPattern || name == "s" || name == "text";
}

}  // namespace

std::string without_searches(std::string_view url) {
  constexpr size_t kLongestScheme = 8;  // https://
  const std::string scheme = ascii_lower(url.substr(0, kLongestScheme));
  if (!scheme.starts_with("http://") && scheme != "https://") return {};
  const size_t query = url.find('?');
  if (query == std::string_view::npos) return {};
  std::string out(url.substr(0, query));
  bool searches = false;
  for (size_t at = query; at < url.size();) {
    const size_t end = std::min(url.find_first_of("&#", at + 1), url.size());
    const size_t sign = at + std::min(url.substr(at, end - at).find('='), end - at);
    const bool searched = is_searched(url.substr(at + 1, sign - at - 1)) && url[at] != '#';
    searches = searches || searched;
    out += url.substr(at, (searched ? sign : end) - at);
    at = end;
  }
  return searches ? out : std::string();
}

}  // namespace agentmesh::policy::scan
