// Any bytes as a line of the log: what the strict reader takes is JSON that reads one way, written in the one form there is.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "audit/line_check.h"
#include "base/json.h"

namespace agentmesh {

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// The canonical text of a value, from the definition: no blanks, strings escaped one way, everything else as it stands.
void rewrite(json::View value, std::string& out) {
  if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& member : value.members()) {
      if (!first) out += ',';
      first = false;
      json::append_string(out, member.key.string());
      out += ':';
      rewrite(member.value, out);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    bool first = true;
    for (const json::View element : value.elements()) {
      if (!first) out += ',';
      first = false;
      rewrite(element, out);
    }
    out += ']';
  } else if (value.is_string()) {
    json::append_string(out, value.string());
  } else {
    out += value.raw();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const audit::LineCheck check = audit::check_line(line);
  if (check.fault != audit::LineFault::kNone) {
    require(check.why != nullptr && check.why[0] != '\0');
    return 0;
  }
  require(size <= audit::kMaxLineBytes);
  static json::Reader reader;
  const json::Report& report = reader.read(line);
  require(report.fault == json::Fault::kNone && report.repeated_keys.empty());
  require(!report.lone_surrogate && report.depth <= 8);
  std::string again;
  rewrite(reader.root(), again);
  require(again == line);
  require(reader.root().find("seq").integer() == static_cast<int64_t>(check.facts.seq));
  require(reader.root().find("w").string() == check.facts.w);
  require(reader.root().find("type").string() == audit::type_name(check.facts.type));
  const json::View args =
      reader.root().find("args");  // what the reader makes nothing of, it leaves out
  require(check.facts.args.empty() || check.facts.args == args.raw());
  require(!args.is_object() || check.facts.args == args.raw());
  return 0;
}

}  // namespace agentmesh
