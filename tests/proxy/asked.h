// Sessions in which a person is asked: a policy that asks about `delete_*`, a client with a dialog, and the lines both say.

#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "tests/catch.h"
#include "tests/proxy/governed.h"

namespace agentmesh::tests {

// Everything is allowed but `delete_*` and reading resources, for which a person is asked.
inline policy::PolicySource asking(std::vector<std::string> approvers = {}) {
  policy::PolicySource source = policy_source({"delete_*"});
  policy::RuleSource& rule = source.rules.front();
  rule.action = policy::Action::kRequireApproval;
  for (std::string& name : approvers) {
    policy::Text text;
    text.value = std::move(name);
    rule.approvers.push_back(std::move(text));
  }
  return source;
}

inline std::string initialize(const std::string& capabilities) {
  return R"({"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":)" +
         capabilities + R"(,"clientInfo":{"name":"tester","version":"1"}}})";
}

inline std::string initialized(const std::string& version) {
  return R"({"jsonrpc":"2.0","id":"init","result":{"protocolVersion":")" + version +
         R"(","capabilities":{},"serverInfo":{"name":"s","version":"1"}}})";
}

// A session in which the client has a dialog.
struct Asked {
  explicit Asked(const std::string& version = "2025-11-25",
                 const std::string& capabilities = R"({"elicitation":{}})",
                 std::vector<std::string> approvers = {},
                 const std::function<void(policy::PolicySource&)>& adjust = {})
      : session(adjusted(asking(std::move(approvers)), adjust)) {
    session.client({initialize(capabilities)});
    session.server({initialized(version)});
    session.take_client();
    session.take_server();
  }

  static policy::PolicySource adjusted(policy::PolicySource source,
                                       const std::function<void(policy::PolicySource&)>& adjust) {
    if (adjust) adjust(source);
    return source;
  }
  std::string take_lines_of_client(std::vector<std::string>& lines) {
    std::string bytes = session.take_client();
    for (size_t at = 0; at < bytes.size();) {
      const size_t end = bytes.find('\n', at);
      lines.push_back(bytes.substr(at, end - at));
      at = end + 1;
    }
    return bytes;
  }
  // The one line that went to the client.
  std::string one_line() {
    std::vector<std::string> lines;
    take_lines_of_client(lines);
    REQUIRE(lines.size() == 1);
    return lines.front();
  }
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    take_lines_of_client(all);
    return all;
  }

  // The states of all approval records, and verdict/stage of all decisions, in order.
  std::vector<std::string> story() {
    std::vector<std::string> out;
    for (const std::string& line : session.records()) {
      const json::View record(line);
      const std::string type = record.find("type").string();
      if (type == "approval")
        out.push_back(record.find("state").string() +
                      (record.find("by").present() ? " by " + record.find("by").string() : ""));
      if (type == "decision")
        out.push_back(record.find("verdict").string() + " " + record.find("stage").string() +
                      (record.find("ask").present() ? " asked" : ""));
    }
    return out;
  }

  GovernedSession session;
};

inline std::string dialog_id(const std::string& line) {
  return json::View(line).find("id").string();
}

inline std::string answer(const std::string& id, const std::string& result) {
  return R"({"jsonrpc":"2.0","id":")" + id + R"(","result":)" + result + "}";
}

inline const std::string kYes = R"({"action":"accept","content":{"approve":true}})";
// Odd spacing: what goes on must be these bytes.
inline const std::string kCall =
    R"({"jsonrpc" : "2.0",  "id":7,"params":{"name":"delete\u005ffile","arguments":{"path":"/tmp/x"}},"method":"tools/call"})";

inline std::string modern_call(const std::string& id, const std::string& args,
                               const std::string& more = "", const std::string& client = "modern") {
  return R"({"jsonrpc":"2.0","id":)" + id +
         R"(,"method":"tools/call","params":{"name":"delete_file","arguments":)" + args + more +
         R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}},)"
         R"("io.modelcontextprotocol/clientInfo":{"name":")" +
         client + R"(","version":"1"}}}})";
}

inline std::string retry_of(const std::string& state, const std::string& response,
                            const std::string& others = "") {
  return R"(,"inputResponses":{)" + others + R"("io.agentmesh/approval":)" + response +
         R"(},"requestState":")" + state + "\"";
}

// A request that waits, with the state that its retry has to carry.
inline std::string state_of(const std::string& input_required) {
  return json::View(std::string_view(input_required).substr(0, input_required.size() - 1))
      .find("result")
      .find("requestState")
      .string();
}

}  // namespace agentmesh::tests
