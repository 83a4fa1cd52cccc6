#include "audit/describe.h"

#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/printable.h"

namespace agentmesh::audit {

namespace {

// "2026-11-18 09:30:00.123"
std::string moment(int64_t ts) {
  std::string text = rfc3339(ts).substr(0, 23);
  text[10] = ' ';
  return text;
}

std::string plain(json::View value) {
  if (value.is_string()) return visible(value.string());
  return visible(value.raw());
}

// What a list says about each type, besides its name.
std::string summary(json::View record, std::string_view type) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view key, std::string_view before = "") {
    const json::View value = record.find(key);
    if (value.present()) parts.push_back(std::string(before) + plain(value));
  };
  if (type == "decision") {
    add("verdict");
    if (record.find("tool").present()) {
      parts.push_back(plain(record.find("server")) + "/" + plain(record.find("tool")));
    } else {
      add("server");
      add("method");
      add("target");
    }
    add("rule");
    add("reason");
  } else if (type == "outcome") {
    add("status");
    add("of", "of wseq ");
    if (const auto us = record.find("us").integer()) parts.push_back(fmt::format("{} us", *us));
  } else {
    for (const std::string_view key :
         {"act", "state", "action", "server",  "tool", "policy", "source",
          "cmd", "mode",  "reason", "subject", "tier", "target", "error",
          "op",  "errno", "why",    "bytes",   "file", "origin"})
      add(key);
  }
  if (const json::View findings = record.find("findings"); !findings.empty())
    for (const json::View finding : findings.elements())
      parts.push_back("! " + plain(finding.find("id")));
  std::string out;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += " · ";
    out += part;
  }
  return out;
}

void explain(json::View value, size_t indent, std::string& out) {
  if (value.is_object()) {
    for (const auto& member : value.members()) {
      const std::string key = visible(member.key.string());
      out += fmt::format("{:{}}{}:", "", indent, key);
      if ((member.value.is_object() || member.value.is_array()) && !member.value.empty()) {
        out += "\n";
        explain(member.value, indent + 2, out);
        continue;
      }
      out += " " + plain(member.value);
      if (key == "ts" && indent == 0 && member.value.integer())
        out += "  (" + rfc3339(*member.value.integer()) + ")";
      out += "\n";
    }
    return;
  }
  for (const json::View each : value.elements()) {
    if (each.is_object() || each.is_array()) {
      out += fmt::format("{:{}}-\n", "", indent);
      explain(each, indent + 2, out);
    } else {
      out += fmt::format("{:{}}- {}\n", "", indent, plain(each));
    }
  }
}

}  // namespace

std::string visible(std::string_view text) { return printable(text, text.size()); }

std::string describe_line(std::string_view line) {
  json::Reader reader;
  if (reader.read(line).fault != json::Fault::kNone || !reader.root().is_object())
    return fmt::format("(not a record: {} bytes)", line.size());
  const json::View record = reader.root();
  const std::string type = plain(record.find("type"));
  const auto seq = record.find("seq").integer();
  const auto ts = record.find("ts").integer();
  return fmt::format("{:>6}  {}  {:<14} {}", seq ? std::to_string(*seq) : "?",
                     ts ? moment(*ts) : "?", type, summary(record, type));
}

std::string explain_record(std::string_view line) {
  json::Reader reader;
  std::string out;
  if (reader.read(line).fault == json::Fault::kNone) explain(reader.root(), 0, out);
  return out;
}

}  // namespace agentmesh::audit
