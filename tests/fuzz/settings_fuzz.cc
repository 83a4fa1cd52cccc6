// Any bytes as agentmesh.yaml: settings within their bounds, or diagnostics with a place in the text.

#include "config/settings.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace agentmesh {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const config::LoadedSettings loaded = config::read_settings(text, "/etc/a.yaml");
  if (loaded.failed && loaded.diagnostics.empty()) std::abort();
  const auto lines =
      1 + std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r');
  for (const policy::Diagnostic& diagnostic : loaded.diagnostics) {
    if (diagnostic.message.empty() || diagnostic.place.line < 0 ||
        diagnostic.place.line > lines + 1)
      std::abort();
  }
  if (!loaded.failed) {
    const proxy::Options& options = loaded.settings.proxy;
    if (options.max_message_bytes == 0 || options.max_outstanding == 0) std::abort();
  }
  return 0;
}

}  // namespace agentmesh
