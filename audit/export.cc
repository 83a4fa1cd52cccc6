#include "audit/export.h"

#include <fmt/format.h>

#include "audit/tree.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/json.h"

namespace agentmesh::audit {

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

// CloudEvents 1.0, JSON form.
std::string cloud_event(std::string_view line, const Told& told, const std::string& origin) {
  return fmt::format(
      R"({{"specversion":"1.0","id":"{}","source":{},"type":{},"time":"{}","datacontenttype":"application/json",)"
      R"("amleaf":"{}","data":{}}})",
      told.seq, quoted("//" + origin), quoted("io.agentmesh.audit." + told.type), rfc3339(told.ts),
      to_hex(hash_leaf(line)), line);
}

struct Severity {
  int ocsf;
  const char* ocsf_name;
  int otlp;
  const char* otlp_name;
};
Severity severity_of(const Told& told) {
  const std::string_view worst = worst_severity(told.record);
  if (worst == "critical") return {5, "Critical", 17, "ERROR"};
  if (worst == "high") return {4, "High", 17, "ERROR"};
  if (worst == "medium") return {3, "Medium", 13, "WARN"};
  const bool denied = told.type == "decision" && told.verdict == "deny";
  if (worst == "low") return {2, "Low", denied ? 13 : 9, denied ? "WARN" : "INFO"};
  return {1, "Informational", denied ? 13 : 9, denied ? "WARN" : "INFO"};
}

// OCSF 1.3: API Activity for calls, Base Event for the rest.
std::string ocsf(std::string_view line, const Told& told, std::string_view version) {
  const bool call = told.type == "decision" || told.type == "outcome";
  const Severity severity = severity_of(told);
  std::string out = "{\"activity_id\":99,\"activity_name\":" + quoted(told.type);
  if (call) {
    const std::string agent = told.agent.empty() ? "unknown" : told.agent;
    out += ",\"actor\":{\"app_name\":" + quoted(agent) + "}";
    out += ",\"api\":{\"operation\":" + quoted(told.tool.empty() ? told.method : told.tool) +
           ",\"service\":{\"name\":" + quoted(told.server) + "}}";
    out +=
        R"(,"category_name":"Application Activity","category_uid":6,"class_name":"API Activity","class_uid":6003)";
    out += ",\"src_endpoint\":{\"name\":" + quoted(agent) + "}";
    const bool good = told.type == "outcome" ? told.record.find("status").string() == "ok"
                                             : told.verdict == "allow";
    out += good ? R"(,"status":"Success","status_id":1)" : R"(,"status":"Failure","status_id":2)";
  } else {
    out +=
        R"(,"category_name":"Uncategorized","category_uid":0,"class_name":"Base Event","class_uid":0)";
  }
  out += fmt::format(
      R"(,"metadata":{{"product":{{"name":"AgentMesh","vendor_name":"AgentMesh","version":{}}},"uid":"{}","version":"1.3.0"}})"
      R"(,"severity":"{}","severity_id":{},"time":{},"type_uid":{},"unmapped":{{"agentmesh":{}}}}})",
      quoted(version), told.seq, severity.ocsf_name, severity.ocsf, told.ts / 1000,
      call ? 600399 : 99, line);
  return out;
}

// OTLP/JSON: one ExportLogsServiceRequest.
std::string otlp(std::string_view line, const Told& told, std::string_view version) {
  const Severity severity = severity_of(told);
  std::string attributes;
  const auto text = [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!attributes.empty()) attributes += ',';
    attributes += "{\"key\":" + quoted(key) + ",\"value\":{\"stringValue\":" + quoted(value) + "}}";
  };
  text("agentmesh.type", told.type);
  attributes += fmt::format(R"(,{{"key":"agentmesh.seq","value":{{"intValue":"{}"}}}})", told.seq);
  text("agentmesh.agent", told.agent);
  text("agentmesh.server", told.server);
  text("agentmesh.tool", told.tool);
  text("agentmesh.verdict", told.verdict);
  return fmt::format(
      R"({{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"agentmesh"}}}}]}},)"
      R"("scopeLogs":[{{"scope":{{"name":"agentmesh.audit","version":{}}},"logRecords":[{{"timeUnixNano":"{}",)"
      R"("severityNumber":{},"severityText":"{}","body":{{"stringValue":{}}},"attributes":[{}]}}]}}]}}]}})",
      quoted(version), told.ts * 1000, severity.otlp, severity.otlp_name, quoted(line), attributes);
}

}  // namespace

std::string exported(ExportFormat format, std::string_view line, const Told& told,
                     const std::string& origin, std::string_view version) {
  switch (format) {
    case ExportFormat::kJsonl: break;
    case ExportFormat::kCloudEvents: return cloud_event(line, told, origin);
    case ExportFormat::kOcsf: return ocsf(line, told, version);
    case ExportFormat::kOtlp: return otlp(line, told, version);
  }
  return std::string(line);
}

}  // namespace agentmesh::audit
