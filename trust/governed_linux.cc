#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/fd.h"
#include "base/files.h"
#include "trust/governed.h"

namespace agentmesh::trust {

namespace {

// How often a walk up the ancestors begins again because one of them ended meanwhile.
constexpr int kMaxWalks = 100;
constexpr size_t kMaxEntry = 1U << 20;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \n"), text.size());
    if (end > 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

struct Entry {
  int pid = 0;  // 0: not started yet
  uint64_t started = 0;
  std::string server;
  int proxy = 0;
  uint64_t proxy_started = 0;
  std::vector<std::pair<int, uint64_t>>
      others;  // children of the proxy that are none of the server's
};

std::string run_directory(const std::string& state_dir) { return state_dir + "/run"; }

std::optional<Entry> read_entry(const std::string& path) {
  const auto text = read_regular(path, kMaxEntry);
  if (!text) return std::nullopt;
  const size_t first = text->find(' ');
  const size_t second = first == std::string::npos ? first : text->find(' ', first + 1);
  if (second == std::string::npos) return std::nullopt;
  const auto pid = number<int>(std::string_view(*text).substr(0, first));
  const auto started =
      number<uint64_t>(std::string_view(*text).substr(first + 1, second - first - 1));
  if (!pid || !started) return std::nullopt;
  const size_t end = std::min(text->find('\n', second + 1), text->size());
  Entry entry;
  entry.pid = *pid;
  entry.started = *started;
  entry.server = text->substr(second + 1, end - second - 1);
  const auto rest = words(std::string_view(*text).substr(end));
  for (size_t i = 0; i + 2 < rest.size(); i += 3) {
    const auto other = number<int>(rest[i + 1]);
    const auto since = number<uint64_t>(rest[i + 2]);
    if (rest[i] == "not" && other && since) entry.others.emplace_back(*other, *since);
  }
  return entry;
}

// The proxy of a file "PID-STARTTIME"; nothing if it is no such name.
std::optional<std::pair<int, uint64_t>> proxy_named(std::string_view name) {
  const size_t dash = name.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto pid = number<int>(name.substr(0, dash));
  const auto started = number<uint64_t>(name.substr(dash + 1));
  if (!pid || !started) return std::nullopt;
  return std::pair(*pid, *started);
}

// Whether that proxy still runs; nothing if it is no such name. (A child outlives its proxy only for moments; its file may go
// with it.)
std::optional<bool> named_is_running(std::string_view name) {
  const auto proxy = proxy_named(name);
  if (!proxy) return std::nullopt;
  const auto found = read_process(proxy->first);
  return found && found->started == proxy->second;
}

// Whole or not at all for whoever reads it; nothing of it has to survive the machine.
Result<void> put_entry(const std::string& path, int child_pid, const std::string& server,
                       const std::string& others) {
  uint64_t started = 0;
  if (child_pid != 0) {
    const auto child = read_process(child_pid);
    if (!child) return fail(fmt::format("/proc/{}/stat: cannot be read", child_pid));
    started = child->started;
  }
  const std::string temporary = path + ".new";
  const std::string line = fmt::format("{} {} {}\n{}", child_pid, started, server, others);
  const auto file = open_own(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return tl::unexpected(file.error());
  const ssize_t put = ::write(file->get(), line.data(), line.size());
  if (put != static_cast<ssize_t>(line.size())) {
    ::unlink(temporary.c_str());
    return fail(path + ": cannot be written whole", ENOSPC);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail_errno(path);
  return {};
}

void remove_dead(const std::string& directory) {
  const auto names = list_directory(directory);
  if (!names) return;
  for (const std::string& name : *names) {
    // Other names are of files that another proxy is just writing.
    if (named_is_running(name).value_or(true)) continue;
    const std::string path = directory + "/" + name;
    const auto entry = read_entry(path);
    const auto child = entry ? read_process(entry->pid) : std::nullopt;
    if (child && child->started == entry->started)
      continue;  // the server outlived its proxy: still governed
    ::unlink(path.c_str());
  }
}

// Everything that is registered. A file of a proxy's name that says nothing is a registration all the same.
Result<std::vector<Entry>> read_entries(const std::string& directory) {
  std::vector<Entry> entries;
  const auto names = list_directory(directory);
  if (!names && names.error().errno_value == ENOENT) return entries;  // no proxy ever ran
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    const std::string path = directory + "/" + name;
    auto entry = read_entry(path);
    const auto proxy = proxy_named(name);
    if (!entry) {
      if (!proxy || !file_exists(path)) continue;
      entry = Entry{};
      entry->server = "(its registration cannot be read)";
    }
    if (proxy) std::tie(entry->proxy, entry->proxy_started) = *proxy;
    entries.push_back(std::move(*entry));
  }
  return entries;
}

// What a process is to the one who walks: who governs it; nothing: nobody that is known of.
using Governor = std::function<std::optional<std::string>(int pid, const Process& found)>;

// One look at who is above whom.
class Walk {
 public:
  Walk(const Governor& governor, const ProcessReader& read) : governor_(governor), read_(read) {}

  enum class End : uint8_t { kTop, kGoverned, kChanged, kHidden };
  // From `pid` up to the first process of the PID namespace, or to what is governed.
  End up(int pid) {
    at_ = pid;
    auto found = read_(at_);
    if (!found) return End::kHidden;
    for (;;) {
      if (auto by = governor_(at_, *found)) {
        by_ = std::move(*by);
        return End::kGoverned;
      }
      above_ = found->parent;
      if (above_ <= 1) return End::kTop;
      const auto above = read_(above_);
      // It was the parent while it was read only if it is so still: a process that ends gives its children and, in time, its
      // number to others.
      const auto again = read_(at_);
      if (again != found) return End::kChanged;
      at_ = above_;
      if (!above) return End::kHidden;
      found = above;
    }
  }
  const std::string& governed_by() const { return by_; }
  int at() const { return at_; }
  int above() const { return above_; }  // the last one: its parent

 private:
  const Governor& governor_;
  const ProcessReader& read_;
  std::string by_;
  int at_ = 0;
  int above_ = 0;
};

// Of what is registered.
class Registered {
 public:
  Registered(const std::vector<Entry>& governed, const ProcessReader& read)
      : governed_(governed), read_(read) {}

  std::optional<std::string> governor_of(int pid, const Process& found) const {
    for (const int candidate : {pid, found.group, found.session})
      if (const Entry* entry = server_at(candidate)) return entry->server;
    if (const Entry* entry = started_by_proxy(pid, found)) return entry->server;
    return std::nullopt;
  }

 private:
  const Entry* server_at(int pid) const {
    for (const Entry& entry : governed_) {
      if (entry.pid != pid || pid == 0) continue;
      const auto found = read_(pid);
      if (!found || found->started == entry.started)
        return &entry;  // gone itself, its group may live on
    }
    return nullptr;
  }
  const Entry* started_by_proxy(int pid, const Process& found) const {
    const std::pair<int, uint64_t> itself{pid, found.started};
    for (const Entry& entry : governed_) {
      if (entry.proxy != found.parent || entry.proxy == 0) continue;
      if (std::find(entry.others.begin(), entry.others.end(), itself) != entry.others.end())
        continue;
      const auto proxy = read_(entry.proxy);
      if (proxy && proxy->started == entry.proxy_started) return &entry;
    }
    return nullptr;
  }

  const std::vector<Entry>& governed_;
  const ProcessReader& read_;
};

Error too_fast() {
  return Error{"the processes that it descends from end faster than they can be looked at"};
}

}  // namespace

// /proc/PID/stat; its second field is the command in parentheses and may hold anything.
std::optional<Process> read_process(int pid) {
  const auto text = read_file(fmt::format("/proc/{}/stat", pid), 8192);
  if (!text) return std::nullopt;
  const size_t close = text->rfind(')');
  if (close == std::string::npos) return std::nullopt;
  const auto fields =
      words(std::string_view(*text).substr(close + 1));  // state ppid pgrp session …
  if (fields.size() < 20) return std::nullopt;
  const auto parent = number<int>(fields[1]);
  const auto group = number<int>(fields[2]);
  const auto session = number<int>(fields[3]);
  const auto started = number<uint64_t>(fields[19]);
  if (!parent || !group || !session || !started) return std::nullopt;
  return Process{*parent, *group, *session, *started};
}

Result<GovernedChild> GovernedChild::record(const std::string& state_dir, int child_pid,
                                            const std::string& server,
                                            const std::vector<int>& others) {
  const std::string directory = run_directory(state_dir);
  if (auto made = make_directories(directory); !made) return tl::unexpected(made.error());
  const auto self = read_process(::getpid());
  if (!self) return fail(fmt::format("/proc/{}/stat: cannot be read", ::getpid()));
  remove_dead(directory);
  const std::string path = fmt::format("{}/{}-{}", directory, ::getpid(), self->started);
  std::string name = server;
  std::replace(name.begin(), name.end(), '\n', ' ');  // a line of the file is one thing
  std::string listed;
  for (const int pid : others)
    if (const auto other = read_process(pid))
      listed += fmt::format("not {} {}\n", pid, other->started);
  if (auto put = put_entry(path, child_pid, name, listed); !put) return tl::unexpected(put.error());
  return GovernedChild(path, std::move(name), std::move(listed));
}

Result<void> GovernedChild::started(int child_pid) {
  return put_entry(path_, child_pid, server_, others_);
}

GovernedChild::GovernedChild(GovernedChild&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      server_(std::move(other.server_)),
      others_(std::move(other.others_)) {}

GovernedChild& GovernedChild::operator=(GovernedChild&& other) noexcept {
  if (this == &other) return *this;
  if (!path_.empty()) ::unlink(path_.c_str());
  path_ = std::exchange(other.path_, {});
  server_ = std::move(other.server_);
  others_ = std::move(other.others_);
  return *this;
}

GovernedChild::~GovernedChild() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

uint64_t own_start() {
  const auto self = read_process(::getpid());
  return self ? self->started : 0;
}

bool is_running(int64_t pid, uint64_t started) {
  const auto found = read_process(static_cast<int>(pid));
  return found && found->started == started;
}

bool is_process(int64_t pid) { return read_process(static_cast<int>(pid)).has_value(); }

std::string parent_mark() {
  const int parent = ::getppid();
  const auto found = parent > 1 ? read_process(parent) : std::nullopt;
  return found ? fmt::format("{}-{}", parent, found->started) : "";
}

std::vector<std::string> governed_servers(const std::string& state_dir) {
  std::vector<std::string> servers;
  const std::string directory = run_directory(state_dir);
  const auto names = list_directory(directory);
  if (!names) return servers;
  for (const std::string& name : *names) {
    if (!named_is_running(name).value_or(false)) continue;
    if (auto entry = read_entry(directory + "/" + name))
      servers.push_back(std::move(entry->server));
  }
  return servers;
}

Result<std::optional<std::string>> governing_server(const std::string& state_dir, int pid,
                                                    const ProcessReader& read) {
  const auto governed = read_entries(run_directory(state_dir));
  if (!governed) return tl::unexpected(governed.error());
  if (governed->empty()) return std::optional<std::string>();
  const Registered registered(*governed, read);
  const Governor governor = [&registered](int at, const Process& found) {
    return registered.governor_of(at, found);
  };
  Walk walk(governor, read);
  for (int i = 0; i < kMaxWalks; ++i) {
    switch (walk.up(pid == 0 ? ::getpid() : pid)) {
      case Walk::End::kTop: return std::optional<std::string>();
      case Walk::End::kGoverned: return std::optional(walk.governed_by());
      case Walk::End::kChanged: break;
      case Walk::End::kHidden:
        return fail(
            fmt::format("process {}, which it descends from, cannot be read in /proc", walk.at()));
    }
  }
  return tl::unexpected(too_fast());
}

Result<std::optional<std::string>> proxy_above(const ProxyTeller& tell, int pid,
                                               const ProcessReader& read) {
  const int first = pid == 0 ? ::getpid() : pid;
  const Governor governor = [&tell, first](int at, const Process&) {
    return at == first ? std::nullopt : tell(at);
  };
  Walk walk(governor, read);
  for (int i = 0; i < kMaxWalks; ++i) {
    switch (walk.up(first)) {
      // The first process of a PID namespace may be a proxy: that of a container.
      case Walk::End::kTop: return walk.above() == 1 ? tell(1) : std::nullopt;
      case Walk::End::kGoverned: return std::optional(walk.governed_by());
      case Walk::End::kChanged: break;
      case Walk::End::kHidden: return std::optional<std::string>();
    }
  }
  return tl::unexpected(too_fast());
}

}  // namespace agentmesh::trust
