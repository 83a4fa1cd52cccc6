// Session: what one client and one server have told each other so far, and the one place that turns it into a question
// for the policy.
//
// It watches; it never forwards, answers or refuses. It works without a handshake: servers answer before `initialize`, and
// the modern era (2026-07-28) has none. What is not known yet is empty.
// Thread: one. Cost: input() copies nothing but a few words.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "policy/input.h"
#include "proxy/message.h"
#include "proxy/options.h"

namespace agentmesh::proxy {

// A tool whose definition the policy does not let through: not listed, and calls to it are denied.
struct WithheldTool {
  std::string rule;
  std::string reason;
  std::vector<std::string> tags;
};

// The roots that the server's command line names: its words, and values of its options (`--root=/srv`), that are existing
// directories, made absolute and resolved. Neither / nor the home directory itself.
std::vector<std::string> roots_of_command(std::span<const std::string> words,
                                          const std::string& working_directory,
                                          const std::string& home);

class Session {
 public:
  Session(const Options& options, const Clock& clock);

  // The client's `initialize` (or what a modern request carries in its _meta); the server's answer to `initialize`;
  // the client's answer to `roots/list`.
  void client_introduced(json::View params);
  void request_seen(const Message& request);
  void server_introduced(json::View result);
  void roots_announced(json::View result);
  // A modern result asks for the client's roots under this key: the retry's inputResponses will hold them.
  void roots_asked(std::string key);

  // Modern if the request carries io.modelcontextprotocol/protocolVersion in params._meta.
  static bool is_modern(const Message& request);
  // Whether the client can ask its person with a form: as it said in `initialize` (from 2025-06-18 on), or, in the modern
  // era, in this request.
  bool offers_dialog() const;
  static bool offers_dialog(const Message& modern_request);
  // The client's name as this request gives it, else as it introduced itself.
  std::string client_name_of(const Message& request) const;

  const std::string& server() const { return server_; }
  const std::string& agent() const { return agent_; }  // "" until known
  const std::string& client_name() const { return client_name_; }
  const std::string& client_version() const { return client_version_; }
  const std::string& protocol() const {
    return protocol_;
  }  // revision in the server's initialize result, or the modern one
  bool batches_allowed() const { return protocol_ == "2025-03-26"; }
  bool tools_list_changed_declared() const { return list_changed_; }

  void call_seen(bool denied);
  // A call went on to this tool. The first few hundred of a session are known by name.
  void tool_called(std::string_view tool);
  std::span<const std::string> called_tools() const { return called_tools_; }
  // A call that was let through could not be recorded, and so did not go on.
  void denied_after_all() { ++facts_.denied; }
  // A completion that the server asked for was let through.
  void sampling_seen() { ++facts_.sampled; }
  // What no call may touch, with a policy that was loaded anew.
  void protect(std::vector<std::string> paths);
  void withhold(const std::string& tool, WithheldTool why) { withheld_[tool] = std::move(why); }
  void no_longer_withheld(const std::string& tool) { withheld_.erase(tool); }
  const WithheldTool* withheld(const std::string& tool) const;
  // What the next mark should tell, once.
  void notify(std::string notice) {
    if (notice_.empty()) notice_ = std::move(notice);
  }
  std::string take_notice() { return std::exchange(notice_, {}); }
  // What was found in the definition of a listed tool: every result of the tool says so.
  void found_in(const std::string& tool, std::vector<policy::Finding> findings);
  std::span<const policy::Finding> found_in(const std::string& tool) const;
  // After a result: content from outside came in, or something private was read.
  void taint() { facts_.tainted = true; }
  void read_private() { facts_.private_read = true; }
  const policy::SessionFacts& facts() const { return facts_; }

  // A question about `request` (stages call and request): everything but trust, limits and findings.
  policy::Input input(const Message& request, policy::Stage stage) const;
  // The same for an answer or a definition: who, where and when, and nothing of the message.
  policy::Input input(policy::Stage stage, std::string_view method, std::string_view tool) const;

 private:
  void derive_roots();
  void gather_protected();
  LocalTime local_time_at(int64_t wall_us) const;

  const Clock& clock_;
  std::string server_;
  std::string agent_;
  bool agent_given_ = false;
  std::string client_name_, client_version_, protocol_;
  bool list_changed_ = false;
  bool elicitation_ = false;  // declared in `initialize`
  size_t max_inspected_bytes_;
  policy::SessionFacts facts_;
  policy::Surroundings surroundings_;
  std::unordered_map<std::string, WithheldTool> withheld_;
  std::unordered_map<std::string, std::vector<policy::Finding>> found_in_;
  std::vector<std::string> called_tools_;
  std::string notice_;
  std::vector<std::string> command_roots_;
  std::vector<std::string> announced_roots_;
  std::vector<std::string> protected_;      // whatever roots the client announces
  std::vector<std::string> project_files_;  // protected in the directories of a client's projects
  mutable int64_t local_minute_ = INT64_MIN;
  mutable LocalTime local_;
  std::vector<std::string> roots_asked_;  // keys of inputRequests
  mutable std::string tool_;              // the last question's tool name, unescaped
};

}  // namespace agentmesh::proxy
