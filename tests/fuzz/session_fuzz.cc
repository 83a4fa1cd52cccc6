// Whatever both sides of a session say: a Governor without sockets, on a real log, with a clock of ours. Every input is a session:
// its first byte says under which options, then come lines, `c…` from the client, `s…` from the server, `t` (time passes) and `w`
// (somebody touched the state). What must hold whatever they say:
//   * a call that the policy denies never reaches the server, in whatever spelling, batch or company;
//   * the server reads only what can be read in one way, and of the client's requests only their own bytes;
//   * the client reads only what can be read in one way; requests reach it only as the server spelled them, or are ours;
//   * no request of either side has more answers than one.

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/disk.h"
#include "proxy/framing.h"
#include "proxy/governor.h"
#include "proxy/message.h"
#include "tests/fakes.h"
#include "trust/governed.h"

namespace agentmesh::proxy {

namespace {

constexpr size_t kLongestLine = 4096;
constexpr int kSessionsPerLog =
    2000;  // then a new directory: the log of a long run would fill the disk

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "session_fuzz: broken: %s\n", what);
  std::abort();
}

policy::RuleSource rule(std::string name, policy::Stage stage, policy::Action action, int line) {
  policy::RuleSource made;
  made.name.value = std::move(name);
  made.place = {"fuzz.yaml", line, 3};
  made.stage = stage;
  made.action = action;
  return made;
}

policy::Text text(std::string value) {
  policy::Text made;
  made.value = std::move(value);
  return made;
}

std::shared_ptr<const policy::Policy> some_policy(bool unknown_methods) {
  policy::PolicySource source;
  source.name = "fuzz";
  source.file = "fuzz.yaml";
  source.default_allow = true;
  source.allow_unknown_methods = unknown_methods;
  auto deny = rule("deny", policy::Stage::kCall, policy::Action::kDeny, 1);
  deny.tool = std::vector<policy::Text>{text("deny*")};
  auto ask = rule("ask", policy::Stage::kCall, policy::Action::kRequireApproval, 2);
  ask.tool = std::vector<policy::Text>{text("ask*")};
  auto request = rule("request", policy::Stage::kRequest, policy::Action::kDeny, 3);
  request.condition = text("method == 'sampling/createMessage'");
  auto result = rule("result", policy::Stage::kResult, policy::Action::kDeny, 4);
  result.condition = text("findings.exists(f, f.id == 'result.injection')");
  source.rules = {std::move(deny), std::move(ask), std::move(request), std::move(result)};
  auto compiled = policy::Policy::compile(source);
  require(compiled.policy != nullptr, "the policy compiles");
  return compiled.policy;
}

// Keeps what it is given; posted work runs when it is asked for.
class KeptWire final : public Wire {
 public:
  void to_client(std::string_view bytes) override { client += bytes; }
  void to_server(std::string_view bytes) override { server += bytes; }
  void to_stderr(std::string_view) override {}
  void post(std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(work));
    }
    more_.notify_one();
  }
  void after(int slot, int64_t delay_us, std::function<void()> work) override {
    if (delay_us < 0)
      timers.erase(slot);
    else
      timers[slot] = std::move(work);
  }
  void run_one() {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      more_.wait(lock, [this] { return !posted_.empty(); });
      work = std::move(posted_.front());
      posted_.pop_front();
    }
    work();
  }
  void run_all() {
    while (true) {
      std::function<void()> work;
      {
        const std::lock_guard lock(mutex_);
        if (posted_.empty()) return;
        work = std::move(posted_.front());
        posted_.pop_front();
      }
      work();
    }
  }

  std::string client, server;
  std::map<int, std::function<void()>> timers;

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> posted_;
};

// What lies behind sessions; made anew now and then.
class Behind {
 public:
  Behind() {
    char name[] = "/tmp/agentmesh-session-fuzz-XXXXXX";
    require(::mkdtemp(name) != nullptr, "there is a directory");
    directory_ = name;
    options.command = {"server", "--flag"};
    options.server = "files";
    options.state_dir = directory_ + "/state";
    options.audit.state_dir = options.state_dir;
    options.max_message_bytes = kLongestLine;
    options.max_outstanding = 8;
    options.call_timeout_ms = 5000;
    auto opened = audit::Log::open(options.audit, disk_, clock, random);
    require(opened.has_value(), "the log opens");
    log = std::move(*opened);
    auto shared_file = trust::Shared::open(options.state_dir, random);
    require(shared_file.has_value(), "the shared file opens");
    shared = std::move(*shared_file);
    auto store = trust::Store::open(options.state_dir, clock, random);
    require(store.has_value(), "the store opens");
    keeper = std::make_unique<Keeper>(std::move(*store));
  }
  ~Behind() {
    keeper.reset();
    log.reset();
    shared.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  Behind(const Behind&) = delete;
  Behind& operator=(const Behind&) = delete;

  // Returns when the keeper has done all it was given.
  void keeper_done() {
    std::mutex mutex;
    std::condition_variable more;
    bool done = false;
    keeper->give([&](trust::Store&) {
      const std::lock_guard lock(mutex);
      done = true;
      more.notify_one();
    });
    std::unique_lock lock(mutex);
    more.wait(lock, [&] { return done; });
  }

  tests::FakeClock clock;
  tests::CountingRandom random;
  Options options;
  std::unique_ptr<audit::Log> log;
  std::unique_ptr<trust::Shared> shared;
  std::unique_ptr<Keeper> keeper;

 private:
  SystemDisk disk_;
  std::string directory_;
};

bool is_ours(const std::string& id_key) { return id_key.starts_with("sagentmesh:"); }

// One answer or request may come back as the other type of the same digits: both are one id here.
std::string id_class(const Id& id) { return id.key.substr(1); }

std::string_view as_tool_call(const Id&) { return "tools/call"; }

// The messages of a line, or of the batch that it is; nothing for what is none.
std::vector<std::string> texts_of(std::string_view line, Direction direction) {
  MessageReader reader(direction);
  const Reading reading = reader.read(line, as_tool_call);
  std::vector<std::string> texts;
  if (const auto* batch = std::get_if<Batch>(&reading)) {
    for (const std::string_view member : batch->members) texts.emplace_back(member);
  } else {
    texts.emplace_back(line);
  }
  return texts;
}

class Played {
 public:
  Played(Behind& behind, uint8_t options)
      : behind_(behind), from_client_(kLongestLine), from_server_(kLongestLine) {
    Options& o = behind.options;
    o.shadow = (options & 1) != 0;
    o.deny_as = (options & 2) != 0 ? DenyAs::kError : DenyAs::kResult;
    o.footer = static_cast<Footer>((options >> 2) & 3);
    static const auto kOpen = some_policy(true);
    static const auto kClosed = some_policy(false);
    governor_ = std::make_unique<Governor>(
        GovernorParts{o, (options & 16) != 0 ? kClosed : kOpen, *behind.log, *behind.shared,
                      *behind.keeper, wire_, behind.clock, random_});
    governor_->start({}, {}, 0);
    // As a proxy does when it begins. All sessions here have one writer, and the database forgets it with each.
    const uint64_t from = behind.log->next_wseq();
    behind.keeper->give([mark = trust::Flushed{behind.log->writer(), ::getpid(), trust::own_start(),
                                               from, from}](trust::Store& store) {
      require(store.begin_flushing(mark).has_value(), "the mark can be set");
    });
  }

  void client(std::string_view bytes) { say(bytes, Direction::kClientToServer); }
  void server(std::string_view bytes) { say(bytes, Direction::kServerToClient); }
  void time_passes() {
    behind_.clock.advance_us(3'000'000);
    auto timers = std::exchange(wire_.timers, {});
    for (auto& [slot, work] : timers) work();
    settle();
  }
  void touched() {
    governor_->woken();
    behind_.keeper_done();
    wire_.run_all();
    settle();
  }
  void over() {
    governor_->client_eof();
    settle();
    governor_->server_eof();
    settle();
    governor_->finish(End::kClientEof, 0);
    behind_.keeper_done();
    wire_.run_all();
    behind_.keeper_done();
    check();
  }

 private:
  void say(std::string_view bytes, Direction direction) {
    const bool from_client = direction == Direction::kClientToServer;
    Framing& framing = from_client ? from_client_ : from_server_;
    while (!bytes.empty()) {
      const std::span<char> room = framing.room();
      const size_t now = std::min(room.size(), bytes.size());
      std::memcpy(room.data(), bytes.data(), now);
      framing.filled(now);
      bytes.remove_prefix(now);
      std::vector<Line> lines;
      while (auto line = framing.next()) lines.push_back(std::move(*line));
      for (const Line& line : lines) note(line, direction);
      if (from_client)
        governor_->client_lines(lines);
      else
        governor_->server_lines(lines);
      settle();
    }
  }

  void settle() {
    while (governor_->client_paused() || governor_->server_paused()) wire_.run_one();
    check();
  }

  // What was said, and how many answers it may get.
  void note(const Line& line, Direction direction) {
    const bool from_client = direction == Direction::kClientToServer;
    auto& asked = from_client ? client_asked_ : server_asked_;
    if (line.kind == Line::Kind::kOversize) {
      if (const auto id = id_of(json::View(line.id))) ++asked[id_class(*id)];
      return;
    }
    (from_client ? client_said_ : server_said_).emplace(line.bytes);
    for (const std::string& one : texts_of(line.bytes, direction)) {
      (from_client ? client_said_ : server_said_).insert(one);
      MessageReader reader(direction);
      const Reading reading = reader.read(one, as_tool_call);
      if (const auto* message = std::get_if<Message>(&reading);
          message != nullptr && message->kind == MessageKind::kRequest)
        ++asked[id_class(*message->id)];
      if (const auto* refusal = std::get_if<Refusal>(&reading); refusal != nullptr && refusal->id)
        ++asked[id_class(*refusal->id)];
    }
  }

  void check() {
    each_line(wire_.server, [this](const std::string& line) { at_server(line); });
    each_line(wire_.client, [this](const std::string& line) { at_client(line); });
  }

  template <class Visit>
  static void each_line(std::string& bytes, Visit visit) {
    for (size_t end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n')) {
      visit(bytes.substr(0, end + 1));
      bytes.erase(0, end + 1);
    }
    require(bytes.empty(), "what is sent ends a line");
  }

  void at_server(const std::string& line) {
    for (const std::string& one : texts_of(line, Direction::kClientToServer)) {
      MessageReader reader(Direction::kClientToServer);
      const Reading reading = reader.read(one, as_tool_call);
      const auto* message = std::get_if<Message>(&reading);
      require(message != nullptr, "the server reads what can be read in one way");
      if (message->id && message->kind != MessageKind::kRequest) {
        require(++client_answers_[id_class(*message->id)] <= server_asked_[id_class(*message->id)],
                "a request of the server has one answer, and answers to us stay here");
      }
      if (message->kind != MessageKind::kRequest) continue;
      require(message->method != "tools/call" || behind_.options.shadow ||
                  !message->member("name").string().starts_with("deny"),
              "a denied call does not reach the server");
      require(client_said_.contains(one) || line.find("inputResponses") != std::string::npos ||
                  said_without_our_parts(*message),
              "a request reaches the server in its own bytes");
    }
  }

  // An approved retry goes on without our entry and state: the splice is tested elsewhere, here its name must be known.
  bool said_without_our_parts(const Message& message) const {
    return std::any_of(client_said_.begin(), client_said_.end(), [&](const std::string& said) {
      return said.find("requestState") != std::string::npos &&
             said.find(message.id->raw) != std::string::npos;
    });
  }

  void at_client(const std::string& line) {
    for (const std::string& one : texts_of(line, Direction::kServerToClient)) {
      MessageReader reader(Direction::kServerToClient);
      const Reading reading = reader.read(one, nullptr);
      const auto* message = std::get_if<Message>(&reading);
      require(message != nullptr, "the client reads what can be read in one way");
      if (message->id && message->kind != MessageKind::kRequest)
        require(++server_answers_[id_class(*message->id)] <= client_asked_[id_class(*message->id)],
                "a request of the client has one answer");
      if (message->kind == MessageKind::kRequest && !is_ours(message->id->key))
        require(server_said_.contains(one), "a request reaches the client in its own bytes");
    }
  }

  Behind& behind_;
  tests::CountingRandom random_;  // the same ids in every session, so that an input can name them
  KeptWire wire_;
  Framing from_client_, from_server_;
  std::set<std::string> client_said_, server_said_;
  std::map<std::string, int> client_asked_, server_asked_;      // requests per id
  std::map<std::string, int> server_answers_, client_answers_;  // as they arrived
  std::unique_ptr<Governor> governor_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // OpenSSL tidies up at exit what was made before it was first used, the threads behind a session among it: use it first.
  static const Hash kFirstUse = sha256("");
  (void)kFirstUse;
  static std::unique_ptr<Behind> behind;
  static int sessions = 0;
  if (size == 0) return 0;
  if (behind == nullptr || ++sessions % kSessionsPerLog == 0) {
    behind.reset();
    behind = std::make_unique<Behind>();
  }
  Played played(*behind, data[0]);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    switch (line.front()) {
      case 'c': played.client(line.substr(1)); break;
      case 's': played.server(line.substr(1)); break;
      case 't': played.time_passes(); break;
      case 'w': played.touched(); break;
      default: break;
    }
  }
  played.over();
  return 0;
}

}  // namespace agentmesh::proxy
