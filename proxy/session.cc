#include "proxy/session.h"

#include <algorithm>

#include "base/below.h"
#include "base/bytes.h"
#include "base/files.h"
#include "proxy/command_roots.h"
#include "proxy/public_text.h"

namespace agentmesh::proxy {
namespace {

constexpr std::string_view kModernVersion = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view kModernClient = "io.modelcontextprotocol/clientInfo";
constexpr std::string_view kModernCapabilities = "io.modelcontextprotocol/clientCapabilities";
constexpr size_t kMaxName = 256;  // audit.md: names are cut there; trust and policy see the same

constexpr size_t kMaxNameRead = 4096;  // so that a cut leaves no part of a secret behind

// What a client or server says of itself. Masked here and nowhere later: policy, scores and records know one name.
std::string short_text(json::View value) {
  std::string scratch;
  std::string text = public_name(cut_utf8(value.string(scratch), kMaxNameRead));
  text.resize(cut_utf8(text, kMaxName).size());
  return text;
}

// `elicitation` as a client declares it: {} is form alone, and so is whatever names form.
bool has_form(json::View elicitation) {
  return elicitation.is_object() &&
         (elicitation.find("form").is_object() || !elicitation.find("url").present());
}

// The absolute path of a file: URI with no host or localhost, percent-decoded; "" for anything else.
std::string path_of_file_uri(std::string_view uri) {
  constexpr std::string_view kScheme = "file://";
  if (!uri.starts_with(kScheme)) return "";
  uri.remove_prefix(kScheme.size());
  if (uri.starts_with("localhost/")) uri.remove_prefix(9);
  if (!uri.starts_with('/')) return "";
  std::string path;
  for (size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] == '%' && i + 2 < uri.size()) {
      if (const auto byte = from_hex(uri.substr(i + 1, 2)); byte && byte->size() == 1) {
        path += static_cast<char>(byte->front());
        i += 2;
        continue;
      }
    }
    path += uri[i];
  }
  return path.find('\0') == std::string::npos ? path : "";
}

}  // namespace

std::vector<std::string> roots_of_command(std::span<const std::string> words,
                                          const std::string& working_directory,
                                          const std::string& home) {
  std::vector<std::string> roots;
  for (const std::string& directory : directories_of_command(words, working_directory, home)) {
    const auto resolved = resolve_path(directory);
    if (resolved && std::find(roots.begin(), roots.end(), *resolved) == roots.end())
      roots.push_back(*resolved);
  }
  return roots;
}

Session::Session(const Options& options, const Clock& clock)
    : clock_(clock),
      server_(options.server),
      agent_(public_name(options.agent)),
      agent_given_(!options.agent.empty()),
      max_inspected_bytes_(options.max_inspected_bytes),
      protected_(options.protected_paths),
      project_files_(options.project_files) {
  facts_.started_us = clock.wall_us();
  surroundings_.working_directory = current_directory();
  surroundings_.home = home_directory();
  surroundings_.resolve = [](std::string_view path) { return resolve_path(path); };
  surroundings_.unreadable_paths = options.unreadable_paths;
  if (!options.state_dir.empty()) {
    // Keys, log and pins: as named, and as links lead to them.
    surroundings_.unreadable_paths.push_back(options.state_dir);
    if (auto resolved = resolve_path(options.state_dir); resolved && *resolved != options.state_dir)
      surroundings_.unreadable_paths.push_back(*resolved);
  }
  if (!surroundings_.home.empty())
    if (auto resolved = resolve_path(surroundings_.home)) surroundings_.home = *resolved;
  command_roots_ =
      roots_of_command(options.command, surroundings_.working_directory, surroundings_.home);
  derive_roots();
  gather_protected();
}

void Session::protect(std::vector<std::string> paths) {
  protected_ = std::move(paths);
  gather_protected();
}

// Each costs every look at a path a little: of more projects than people open at once the rest is not kept.
void Session::gather_protected() {
  constexpr size_t kMostProjects = 16;
  auto& all = surroundings_.protected_paths;
  all = protected_;
  const auto add = [&all](std::string path) {
    if (std::find(all.begin(), all.end(), path) == all.end()) all.push_back(std::move(path));
  };
  for (size_t i = 0; i < std::min(announced_roots_.size(), kMostProjects); ++i)
    for (const std::string& file : project_files_) {
      std::string path = announced_roots_[i] + "/" + file;
      if (auto resolved = resolve_path(path)) add(std::move(*resolved));
      add(std::move(path));
    }
}

void Session::derive_roots() {
  auto& roots = surroundings_.derived_roots;
  roots = command_roots_;
  for (const std::string& announced : announced_roots_) {
    const bool inside =
        std::any_of(command_roots_.begin(), command_roots_.end(),
                    [&](const std::string& root) { return below(announced, root); });
    if (!command_roots_.empty() && !inside) continue;
    if (std::find(roots.begin(), roots.end(), announced) == roots.end()) roots.push_back(announced);
  }
}

void Session::client_introduced(json::View params) {
  const json::View client = params.find("clientInfo");
  client_name_ = short_text(client.find("name"));
  client_version_ = short_text(client.find("version"));
  elicitation_ = has_form(params.find("capabilities").find("elicitation"));
  if (!agent_given_) agent_ = client_name_;
}

bool Session::offers_dialog() const {
  return elicitation_ && (protocol_ == "2025-06-18" || protocol_ == "2025-11-25");
}

bool Session::offers_dialog(const Message& modern_request) {
  return has_form(modern_request.member("_meta").find(kModernCapabilities).find("elicitation"));
}

std::string Session::client_name_of(const Message& request) const {
  const json::View name = request.member("_meta").find(kModernClient).find("name");
  return name.is_string() ? short_text(name) : client_name_;
}

bool Session::is_modern(const Message& request) {
  return request.params.find("_meta").find(kModernVersion).is_string();
}

void Session::request_seen(const Message& request) {
  if (request.method == "initialize") {
    client_introduced(request.params);
    return;
  }
  if (!roots_asked_.empty())
    for (const json::View::Member& member : request.member("inputResponses").members())
      if (const auto asked =
              std::find(roots_asked_.begin(), roots_asked_.end(), member.key.string());
          asked != roots_asked_.end()) {
        roots_asked_.erase(asked);
        roots_announced(member.value);
      }
  const json::View meta = request.member("_meta");
  if (!meta.is_object()) return;
  const json::View version = meta.find(kModernVersion);
  if (!version.is_string()) return;
  if (protocol_.empty()) protocol_ = short_text(version);
  if (!client_name_.empty()) return;
  const json::View client = meta.find(kModernClient);
  if (!client.is_object()) return;
  client_name_ = short_text(client.find("name"));
  client_version_ = short_text(client.find("version"));
  if (!agent_given_) agent_ = client_name_;
}

void Session::server_introduced(json::View result) {
  protocol_ = short_text(result.find("protocolVersion"));
  list_changed_ = result.find("capabilities").find("tools").find("listChanged").is_true();
}

void Session::roots_announced(json::View result) {
  announced_roots_.clear();
  for (const json::View root : result.find("roots").elements()) {
    const std::string path = path_of_file_uri(root.find("uri").string());
    if (path.empty()) continue;
    const auto resolved = resolve_path(lexically_normal(path, "/"));
    if (resolved && *resolved != "/" && *resolved != surroundings_.home)
      announced_roots_.push_back(*resolved);
  }
  derive_roots();
  gather_protected();
}

void Session::roots_asked(std::string key) {
  constexpr size_t kMost = 64;
  constexpr size_t kLongest = 1024;
  if (key.size() > kLongest) return;
  if (std::find(roots_asked_.begin(), roots_asked_.end(), key) != roots_asked_.end()) return;
  if (roots_asked_.size() == kMost) roots_asked_.erase(roots_asked_.begin());
  roots_asked_.push_back(std::move(key));
}

void Session::call_seen(bool denied) {
  ++facts_.calls;
  if (denied) ++facts_.denied;
}

void Session::tool_called(std::string_view tool) {
  constexpr size_t kMost = 256, kLongest = 256;
  if (tool.size() > kLongest || called_tools_.size() == kMost) return;
  if (std::find(called_tools_.begin(), called_tools_.end(), tool) == called_tools_.end())
    called_tools_.emplace_back(tool);
}

void Session::found_in(const std::string& tool, std::vector<policy::Finding> findings) {
  if (findings.empty())
    found_in_.erase(tool);
  else
    found_in_[tool] = std::move(findings);
}

std::span<const policy::Finding> Session::found_in(const std::string& tool) const {
  if (found_in_.empty()) return {};
  const auto found = found_in_.find(tool);
  return found == found_in_.end() ? std::span<const policy::Finding>() : found->second;
}

const WithheldTool* Session::withheld(const std::string& tool) const {
  const auto found = withheld_.find(tool);
  return found == withheld_.end() ? nullptr : &found->second;
}

// Hours begin on whole minutes in every time zone, so the last answer holds until the next one.
LocalTime Session::local_time_at(int64_t wall_us) const {
  constexpr int64_t kMinuteUs = 60'000'000;
  const int64_t minute = wall_us / kMinuteUs;
  if (minute != local_minute_) {
    local_minute_ = minute;
    local_ = local_time(wall_us);
  }
  return local_;
}

policy::Input Session::input(policy::Stage stage, std::string_view method,
                             std::string_view tool) const {
  policy::Input in;
  in.stage = stage;
  in.method = method;
  in.tool = tool;
  in.server = server_;
  in.agent = agent_;
  in.session = facts_;
  in.now_us = clock_.wall_us();
  in.local = local_time_at(in.now_us);
  in.surroundings = &surroundings_;
  in.max_inspected_bytes = max_inspected_bytes_;
  return in;
}

policy::Input Session::input(const Message& request, policy::Stage stage) const {
  const bool call = request.method == "tools/call";
  tool_ = call ? request.member("name").string() : std::string();
  policy::Input in = input(stage, request.method, tool_);
  in.args = call ? request.member("arguments") : request.params;
  if (call && in.args.is_null()) in.args = json::View();
  if (stage == policy::Stage::kCall) in.message = json::View(request.text);
  return in;
}

}  // namespace agentmesh::proxy
