// sensitivity(): what nobody's tool call reaches for in everyday work.
//
// Two kinds. Credentials are wherever they lie (credential_places.h). Of the system itself only what is named by an absolute path
// outside the roots counts, since the same names inside a project are that project's business (system_places.h).

#include "policy/scan/credential_places.h"
#include "policy/scan/decode.h"
#include "policy/scan/paths.h"
#include "policy/scan/system_places.h"

namespace agentmesh::policy::scan {
namespace {

struct Named {
  std::string path;  // lower case, no slash at the end
  std::string_view name() const { return std::string_view(path).substr(path.rfind('/') + 1); }
};

Named named(std::string_view path) {
  Named out{ascii_lower(path)};
  while (out.path.size() > 1 && out.path.back() == '/') out.path.pop_back();
  return out;
}

}  // namespace

bool holds_secrets(std::string_view path) {
  const Named at = named(path);
  return is_credential_place(at.path, at.name());
}

Sensitivity sensitivity(std::string_view path) {
  const Named at = named(path);
  if (is_credential_place(at.path, at.name()) || is_start_name(at.name()))
    return Sensitivity::kCredential;
  return is_system_place(at.path, at.name()) ? Sensitivity::kSystem : Sensitivity::kNone;
}

}  // namespace agentmesh::policy::scan
