// The list behind is_sensitive(): what nobody's tool call reaches for in everyday work.

#include <algorithm>
#include <array>

#include "policy/scan/decode.h"
#include "policy/scan/paths.h"

namespace agentmesh::policy::scan {
namespace {

constexpr std::string_view kDirectories[] = {
    // below any directory, with all they hold
    ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".gcloud",
};

}  // namespace

bool is_sensitive(std::string_view path, std::string_view home) {
  (void)home;
  const std::string lower = ascii_lower(path);
  for (const std::string_view directory : kDirectories)
    if (lower.find("/" + std::string(directory)) != std::string::npos) return true;
  return lower == "/etc/shadow" || lower == "/etc/passwd";
}

}  // namespace agentmesh::policy::scan
