// Any text as JSON that only a patient reader takes: what comes out is JSON to the strict one, and what was JSON is unchanged.

#include "policy/relaxed_json.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace agentmesh::policy {
namespace {

constexpr uint32_t kDeepest = 128;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  json::Reader reader;
  json::Reader strict;
  const bool may_be = may_be_json(text);
  (void)is_meant_as_json(text);
  const RelaxedJson relaxed = relaxed_json(reader, text, kDeepest);
  require(!relaxed.json || !relaxed.too_deep);
  if (relaxed.json) {
    const json::Report& report = strict.read(*relaxed.json);
    require(report.fault == json::Fault::kNone && report.depth <= kDeepest);
    require(!strict.root().is_string() && strict.root().raw() == *relaxed.json);
  }
  const json::Report& report = strict.read(text);
  const json::View root = strict.root();
  if (report.fault != json::Fault::kNone || !(root.is_object() || root.is_array())) return 0;
  require(may_be);
  require(relaxed.too_deep == (report.depth > kDeepest));
  if (!relaxed.too_deep)
    require(relaxed.json.has_value() ? *relaxed.json == root.raw() : root.empty());
  return 0;
}

}  // namespace agentmesh::policy
