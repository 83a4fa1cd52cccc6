#include "cli/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/trial_process.h"
#include "integrations/summary.h"
#include "proxy/policy_in_use.h"

namespace agentmesh::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::string;

constexpr size_t kMostBytes = 64U << 20;   // of one answer
constexpr size_t kMostStderr = 64U << 10;  // the end of it that is kept
constexpr int kMostPages = 50;             // of tools/list
constexpr size_t kAtOnce = 4;

struct ThrowawayDirectory {
  string path;
  ThrowawayDirectory() {
    std::error_code ignored;
    path = (std::filesystem::temp_directory_path(ignored) / "agentmesh-trial-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) path.clear();
  }
  ThrowawayDirectory(const ThrowawayDirectory&) = delete;
  ThrowawayDirectory& operator=(const ThrowawayDirectory&) = delete;
  ~ThrowawayDirectory() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
};

// The client's part of a session.
class Conversation {
 public:
  Conversation(const TrialProcess& process, Clock::time_point until)
      : process_(process), until_(until) {}

  bool send(string line) {
    line += '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t taken = ::write(process_.input().get(), rest.data(), rest.size());
      if (taken > 0) {
        rest.remove_prefix(static_cast<size_t>(taken));
      } else if (errno == EAGAIN) {
        if (!wait(POLLOUT)) return false;
      } else if (errno != EINTR) {
        return false;
      }
    }
    return true;
  }

  // The answer to request `id`, whole; nothing if it did not come. The server's own requests are answered on the way.
  std::optional<string> answer(int64_t id) {
    for (;;) {
      const auto line = next_line();
      if (!line) return std::nullopt;
      json::Reader reader;
      if (reader.read(*line).fault != json::Fault::kNone) continue;
      const json::View root = reader.root();
      if (root.find("method").present()) {
        if (root.find("id").present()) (void)reply(root);
        continue;
      }
      if (root.find("id").integer() == id) return string(root.raw());
    }
  }

  bool timed_out() const { return timed_out_; }
  void read_errors() {
    char buffer[8192];
    ssize_t got = 0;
    while ((got = ::read(process_.errors().get(), buffer, sizeof buffer)) > 0) {
      errors_.append(buffer, static_cast<size_t>(got));
      if (errors_.size() > 2 * kMostStderr) errors_.erase(0, errors_.size() - kMostStderr);
    }
  }
  const string& errors() const { return errors_; }

 private:
  bool reply(const json::View& request) {
    const string id(request.find("id").raw());
    if (request.find("method").string() == "ping")
      return send(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{}}}})", id));
    return send(fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32601,"message":"not in a trial"}}}})", id));
  }

  std::optional<string> next_line() {
    for (;;) {
      const size_t end = buffer_.find('\n', searched_);
      if (end != string::npos) {
        string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        searched_ = 0;
        return line;
      }
      searched_ = buffer_.size();
      if (closed_ || buffer_.size() > kMostBytes || !wait(0)) return std::nullopt;
      char bytes[65536];
      const ssize_t got = ::read(process_.output().get(), bytes, sizeof bytes);
      if (got > 0) buffer_.append(bytes, static_cast<size_t>(got));
      if (got == 0) closed_ = true;
    }
  }

  // Until there is something to read, or room to write if that was asked for; false when the time is over.
  bool wait(short events) {
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(until_ - Clock::now()).count();
      if (left <= 0) {
        timed_out_ = true;
        return false;
      }
      std::array<pollfd, 3> wait = {{{process_.output().get(), POLLIN, 0},
                                     {errors_closed_ ? -1 : process_.errors().get(), POLLIN, 0},
                                     {events != 0 ? process_.input().get() : -1, events, 0}}};
      if (::poll(wait.data(), wait.size(), static_cast<int>(left)) < 0) continue;
      if (wait[1].revents != 0) {
        const size_t before = errors_.size();
        read_errors();
        if (errors_.size() == before) errors_closed_ = true;
      }
      if (wait[0].revents != 0 || wait[2].revents != 0) return true;
    }
  }

  const TrialProcess& process_;
  Clock::time_point until_;
  string buffer_;
  size_t searched_ = 0;
  bool closed_ = false;
  string errors_;
  bool errors_closed_ = false;
  bool timed_out_ = false;
};

// The last line with something on it, without what could be a secret. A remark of the proxy on its policy is no reason.
string last_line(const string& text, const Trial& trial) {
  static const string kRemark = fmt::format("agentmesh: {}", proxy::kPolicyAsks);
  string line;
  size_t begin = text.size();
  do {
    const size_t end = text.substr(0, begin).find_last_not_of(" \t\r\n");
    if (end == string::npos) return {};
    begin = text.find_last_of("\r\n", end);
    begin = begin == string::npos ? 0 : begin + 1;
    line = text.substr(begin, end + 1 - begin);
  } while (line.starts_with(kRemark));
  std::vector<string> secrets;
  for (const auto& [name, value] : trial.variables) secrets.push_back(value);
  const auto dashes = std::find(trial.command.begin(), trial.command.end(), "--");
  if (trial.command.end() - dashes > 2)  // the command itself is no secret
    secrets.insert(secrets.end(), dashes + 2, trial.command.end());
  std::sort(secrets.begin(), secrets.end(),
            [](const string& a, const string& b) { return a.size() > b.size(); });
  for (const string& secret : secrets) {
    if (secret.size() < 4) continue;
    for (size_t at = 0; (at = line.find(secret, at)) != string::npos; at += 3)
      line.replace(at, secret.size(), "***");
  }
  // Of "--token=VALUE" the value may be repeated alone.
  for (const string& secret : secrets) {
    const size_t equals = secret.find('=');
    if (equals == string::npos || secret.size() - equals < 5) continue;
    const string value = secret.substr(equals + 1);
    for (size_t at = 0; (at = line.find(value, at)) != string::npos; at += 3)
      line.replace(at, value.size(), "***");
  }
  return integrations::printable(cut_utf8(is_utf8(line) ? line : "(not text)", 200));
}

// Whether the proxy's log, in its throwaway state, tells of a line of the server that is no message.
bool tells_of_junk(const string& state_dir) {
  std::error_code ignored;
  for (auto it = std::filesystem::recursive_directory_iterator(state_dir + "/audit", ignored);
       it != std::filesystem::recursive_directory_iterator(); it.increment(ignored)) {
    if (it->path().extension() != ".jsonl") continue;
    const auto text = read_regular(it->path().string(), kMostBytes);
    if (text && text->find(R"("rule":"read.junk")") != string::npos) return true;
  }
  return false;
}

string initialize_request() {
  return R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},)"
         R"("clientInfo":{"name":"agentmesh-doctor","version":"1"}}})";
}

// What was asked and not answered.
string unanswered(const Conversation& talk, const char* what, std::chrono::milliseconds timeout) {
  if (talk.timed_out())
    return fmt::format("no answer to {} in {} s", what,
                       std::max<int64_t>(1, (timeout.count() + 999) / 1000));
  return fmt::format("it ended before it answered {}", what);
}

string error_in(const json::View& answer) {
  const json::View error = answer.find("error");
  if (!error.present()) return {};
  return fmt::format("error {}", error.find("code").raw());
}

void converse(Conversation& talk, TrialResult& result, std::chrono::milliseconds timeout) {
  const auto ask = [&](const string& request, int64_t id, const char* what,
                       string& text) -> std::optional<json::View> {
    const bool sent = talk.send(request);
    const auto line = sent ? talk.answer(id) : std::nullopt;
    if (!line) {
      result.trouble = unanswered(talk, what, timeout);
      return std::nullopt;
    }
    text = *line;
    const json::View answer(text);  // a line is one value; the reader accepted it
    if (string error = error_in(answer); !error.empty()) {
      result.trouble = fmt::format("{} was answered with {}", what, error);
      return std::nullopt;
    }
    return answer.find("result");
  };
  string text;
  const auto hello = ask(initialize_request(), 0, "initialize", text);
  if (!hello) return;
  result.protocol = hello->find("protocolVersion").string();
  const bool has_tools = hello->find("capabilities").find("tools").present();
  (void)talk.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  if (!has_tools) return;
  string cursor;
  for (int page = 1; page <= kMostPages; ++page) {
    const string params = cursor.empty() ? "{}" : "{\"cursor\":" + cursor + "}";
    const auto list =
        ask(fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"tools/list","params":{}}})", page,
                        params),
            page, "tools/list", text);
    if (!list) return;
    for (const json::View tool : list->find("tools").elements())
      result.tools.push_back({tool.find("name").string(), string(tool.raw())});
    const json::View next = list->find("nextCursor");
    if (!next.is_string()) return;
    cursor = string(next.raw());
  }
}

}  // namespace

string version_of(const string& program) {
  auto out = make_pipe();
  if (!out) return {};
  posix_spawn_file_actions_t actions;
  (void)::posix_spawn_file_actions_init(&actions);
  (void)::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  (void)::posix_spawn_file_actions_adddup2(&actions, out->write.get(), 1);
  (void)::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  string name = program;
  string word = "version";
  char* words[] = {name.data(), word.data(), nullptr};
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, words, environ);
  (void)::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return {};
  out->write.reset();
  string text;
  const auto until = Clock::now() + std::chrono::seconds(3);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd wait = {out->read.get(), POLLIN, 0};
    if (left <= 0 || text.size() > 1000 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) break;
    char bytes[256];
    const ssize_t got = ::read(out->read.get(), bytes, sizeof bytes);
    if (got <= 0) break;
    text.append(bytes, static_cast<size_t>(got));
  }
  (void)::kill(pid, SIGKILL);
  (void)::waitpid(pid, nullptr, 0);
  text = text.substr(0, text.find('\n'));
  return is_utf8(text) ? integrations::printable(text) : string();
}

TrialResult run_trial(const Trial& trial, std::chrono::milliseconds timeout) {
  const auto start = Clock::now();
  TrialResult result;
  const ThrowawayDirectory state;
  if (state.path.empty()) {
    result.trouble = "no temporary directory for a throwaway state";
    return result;
  }
  {
    TrialProcess process;
    if (result.trouble = process.start(trial, state.path); !result.trouble.empty()) return result;
    Conversation talk(process, start + timeout);
    converse(talk, result, timeout);
    result.ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
    if (!result.trouble.empty()) {
      talk.read_errors();
      result.last_words = last_line(talk.errors(), trial);
    }
  }
  // The proxy has ended: its log is whole.
  if (!result.trouble.empty()) result.junk = tells_of_junk(state.path);
  return result;
}

std::vector<TrialResult> run_trials(const std::vector<Trial>& trials,
                                    std::chrono::milliseconds timeout) {
  (void)::signal(SIGPIPE, SIG_IGN);  // a server that ended is an answer, not our end
  std::vector<TrialResult> results(trials.size());
  std::atomic<size_t> next{0};
  std::vector<std::thread> workers;
  for (size_t i = 0; i < std::min(kAtOnce, trials.size()); ++i)
    workers.emplace_back([&] {
      for (size_t at = next++; at < trials.size(); at = next++)
        results[at] = run_trial(trials[at], timeout);
    });
  for (std::thread& worker : workers) worker.join();
  return results;
}

}  // namespace agentmesh::cli
