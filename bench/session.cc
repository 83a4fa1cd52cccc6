#include "bench/session.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "bench/rules.h"
#include "bench/texts.h"
#include "config/policy_file.h"

namespace agentmesh::bench {
namespace {

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  (void)std::fprintf(stderr, "bench: %s\n", result.error().what.c_str());
  std::exit(2);
}

}  // namespace

void CountingWire::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(work));
  more_.notify_one();
}

void CountingWire::run_posted() {
  std::function<void()> work;
  {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [this] { return !posted_.empty(); });
    work = std::move(posted_.front());
    posted_.pop_front();
  }
  work();
}

std::shared_ptr<const policy::Policy> policy_of(const std::string& name, size_t more_rules) {
  const Directory directory;
  std::string source = name;
  if (more_rules > 0) {
    source = directory.path() + "/bench.yaml";
    std::ofstream(source) << policy_file(more_rules);
  }
  config::LoadedPolicy loaded = config::load_policy(source);
  policy::Policy::Compiled compiled = policy::Policy::compile(loaded.source);
  for (const policy::Diagnostic& diagnostic : compiled.diagnostics)
    (void)std::fprintf(stderr, "bench: %s\n", policy::to_string(diagnostic).c_str());
  if (!compiled.policy) std::exit(2);
  return compiled.policy;
}

Session::Session(const std::string& policy, size_t more_rules)
    : call_(bench::call(7)), result_(bench::result(7)) {
  (void)must(crypto_ready().map([] { return 0; }));
  options_.command = {"server"};
  options_.server = "notes";
  options_.state_dir = directory_.path() + "/state";
  options_.audit.state_dir = options_.state_dir;
  log_ = must(audit::Log::open(options_.audit, disk_, clock_, random_));
  shared_ = must(trust::Shared::open(options_.state_dir, random_));
  keeper_ = std::make_unique<proxy::Keeper>(
      must(trust::Store::open(options_.state_dir, clock_, random_)));
  governor_ = std::make_unique<proxy::Governor>(proxy::GovernorParts{
      options_, policy_of(policy, more_rules), *log_, *shared_, *keeper_, wire, clock_, random_});
  governor_->start({}, {}, 0);
  client(
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}})"
      "\n");
  server(
      R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"notes","version":"1"}}})"
      "\n");
  client("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n");
  client("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n");
  server(
      R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"write_note","description":"Writes a note.","inputSchema":{"type":"object"}}]}})"
      "\n");
}

void Session::feed(std::string_view text, bool from_client) {
  proxy::Line line;
  line.bytes = text;
  line.size = text.size();
  if (from_client)
    governor_->client_lines({&line, 1});
  else
    governor_->server_lines({&line, 1});
  while (governor_->client_paused() || governor_->server_paused()) wire.run_posted();
}

void Session::round_trip() {
  ++round_trips_;
  client(call_);
  server(result_);
}

}  // namespace agentmesh::bench
