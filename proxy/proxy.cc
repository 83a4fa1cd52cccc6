#include "proxy/proxy.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "audit/layout.h"
#include "base/files.h"
#include "base/version.h"
#include "policy/mask.h"
#include "proxy/command_form.h"
#include "proxy/descendants.h"
#include "proxy/enclosure.h"
#include "proxy/governor.h"
#include "proxy/held_signals.h"
#include "proxy/loop.h"
#include "proxy/public_text.h"
#include "proxy/restore.h"
#include "proxy/restore_lost.h"
#include "proxy/snapshots.h"
#include "proxy/stream.h"
#include "trust/governed.h"
#include "trust/wake.h"

namespace agentmesh::proxy {
namespace {

void say(std::string_view text) {
  const std::string line = fmt::format("agentmesh: {}\n", text);
  (void)!::write(STDERR_FILENO, line.data(), line.size());  // nobody is left to tell if this fails
}

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

// What would end us without an end: our own server, and the log, would be left to themselves. (The server starts with all of
// them as they were by default.)
void ignore_signals() {
  // Refused for numbers that are no signals, and for no other reason.
  const auto ignore = [](int number) { (void)::signal(number, SIG_IGN); };
  ignore(SIGPIPE);  // a peer that went away is an error of write(2)
  ignore(SIGXFSZ);  // and so is a file that may not grow
  for (const int nobodys : {SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT})
    ignore(nobodys);
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) ignore(number);
}

// The executable that started us: what the client really is, whatever it calls itself.
std::string parent_executable() {
  char target[4096];
  const ssize_t size =
      ::readlink(fmt::format("/proc/{}/exe", ::getppid()).c_str(), target, sizeof target);
  return size <= 0 ? "" : base_name(std::string_view(target, static_cast<size_t>(size)));
}

std::string_view to_string(audit::Durability durability) {
  switch (durability) {
    case audit::Durability::kQueued: return "queued";
    case audit::Durability::kWritten: return "written";
    case audit::Durability::kDurable: return "durable";
  }
  return "written";
}

// What is in force; nothing if nobody asked for a sandbox.
std::optional<audit::SessionStart::Sandbox> sandbox_record(const Options& options,
                                                           const Enclosure* enclosure) {
  if (enclosure == nullptr && options.sandbox_refused == SandboxLevel::kOff) return std::nullopt;
  audit::SessionStart::Sandbox sandbox;
  sandbox.level = to_string(options.sandbox.level);
  if (enclosure != nullptr) {
    const KernelSupport support = kernel_support();
    sandbox.landlock = support.landlock;
    sandbox.seccomp = support.seccomp;
    sandbox.missing = enclosure->missing();
  }
  return sandbox;
}

std::vector<audit::Record> opening_records(const Options& options, const PolicyInUse& policy,
                                           const Enclosure* enclosure, const audit::Log& log) {
  audit::SessionStart start;
  start.agentmesh = kVersion;
  start.server = options.server;
  start.agent = public_name(options.agent);
  start.cmd = base_name(options.command.front());
  start.argc = static_cast<int64_t>(options.command.size());
  start.pid = ::getpid();
  start.uid = ::getuid();
  start.client_exe = parent_executable();
  start.sponsor = options.sponsor;
  start.cmd_mac = log.command_mac(options.command);
  start.mode = options.shadow ? "shadow" : "enforce";
  start.durability = to_string(options.audit.durability);
  start.sandbox = sandbox_record(options, enclosure);
  audit::PolicyLoad load;
  load.policy = policy.policy->name();
  load.source = policy.source;
  load.sha256 = policy.sha256;
  load.rules = static_cast<int64_t>(policy.policy->rule_count());
  std::vector<audit::Record> records;
  records.emplace_back(std::move(start));
  records.emplace_back(std::move(load));
  return records;
}

// What stands in the state directory, opened once the server runs (so that its start waits for nothing).
struct State {
  std::unique_ptr<audit::Log> log;
  std::unique_ptr<trust::Shared> shared;
  std::unique_ptr<trust::Store> store;
};

Result<State> open_state(const Options& options, Disk& disk, const Clock& clock, Random& random) {
  State state;
  if (auto made = make_directories(options.state_dir, 0700); !made)
    return tl::unexpected(made.error());
  auto log = audit::Log::open(options.audit, disk, clock, random, audit::Log::Damaged::kOpened);
  if (!log) return fail("the audit log: " + log.error().what, log.error().errno_value);
  state.log = std::move(*log);
  state.log->mask_with(policy::mask_secrets);
  state.log->before_prune([directory = options.state_dir] { return trust_snapshots(directory); });
  auto shared = trust::Shared::open(options.state_dir, random);
  if (!shared) return tl::unexpected(shared.error());
  state.shared = std::move(*shared);
  auto store = trust::Store::open(options.state_dir, clock, random);
  if (!store) return tl::unexpected(store.error());
  state.store = std::move(*store);
  return state;
}

void say_all(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) say(line);
}

// What the shared file lost is read from the log again, before anything is judged by it. Returns when the file was made.
int64_t restore_shared(const Options& options, const policy::Policy& policy, trust::Shared& shared,
                       const Clock& clock) {
  const int64_t made_us = shared.made_us();
  if (const std::string notice = shared.take_notice(); !notice.empty()) say(notice);
  const std::string log_dir = audit::log_directory(options.state_dir, options.audit.log);
  say_all(restore_lost(shared, options.state_dir, log_dir));
  if (auto limits = restore_limits(shared, policy, log_dir, clock.wall_us()); !limits)
    say(limits.error().what);
  return made_us;
}

// Where only a killed proxy's last moments are missing, they come back behind the message path.
void restore_behind(const Options& options, Keeper& keeper) {
  keeper.give([&options](trust::Store& store) {
    const auto needed = needs_restoring(store);
    if (!needed || !*needed) return;
    const std::string log_dir = audit::log_directory(options.state_dir, options.audit.log);
    if (restore_scores(store, log_dir, options.trust)) (void)trust::touch_wake(options.state_dir);
  });
}

// Why this session, which is registered, is one too many; "" if it is not.
std::string one_too_many(const Options& options) {
  if (options.max_sessions == 0) return "";
  const size_t running = trust::governed_servers(options.state_dir).size();
  if (running <= options.max_sessions) return "";
  return fmt::format(
      "{} sessions run already with the state directory {}, and max_sessions in agentmesh.yaml allows no more; end one of them "
      "(`agentmesh status{}` lists them), or raise it",
      running - 1, options.state_dir, options.state_words);
}

int govern(Options options, const PolicyInUse& policy, const Enclosure* enclosure, Reload reload,
           const CommandForm& command, trust::GovernedChild registered, Child child,
           std::span<const descendants::Other> others) {
  SystemClock clock;
  SystemRandom random;
  SystemDisk disk;
  // Before anything else: where we are killed, what the server started is still known by its group.
  if (auto known = registered.started(child.pid()); !known) {
    say(known.error().what);
    return 1;
  }
  auto state = open_state(options, disk, clock, random);
  if (!state) {
    say(state.error().what);
    return 1;  // Child's destructor ends the server
  }
  for (const std::string& of_log : {state->log->notice(), state->log->remark()})
    if (!of_log.empty()) say(of_log);
  if (!state->store->notice().empty()) say(state->store->notice());

  const int64_t made_us = restore_shared(options, *policy.policy, *state->shared, clock);
  say_all(restore_lost(*state->store, options.audit, options.trust, clock.wall_us()));
  LoopOptions loop_options;
  loop_options.client_in = take_standard_stream(0);
  loop_options.client_out = take_standard_stream(1);
  loop_options.max_message_bytes = options.max_message_bytes;
  loop_options.others = others;
  loop_options.shutdown = options.shutdown;
  loop_options.state_words = options.state_words;
  if (trust::touch_wake(options.state_dir))
    loop_options.wake_path = trust::wake_path(options.state_dir);

  auto sums = state->store->subjects();
  auto pins = state->store->pins("");
  auto upto = state->store->changes_upto();
  auto allowances = state->store->allowances();
  // From now on, if this process dies, whoever comes next finds in the log what was not flushed.
  const uint64_t from = state->log->next_wseq();
  if (auto marked = state->store->begin_flushing(
          {state->log->writer(), ::getpid(), trust::own_start(), from, from});
      !marked)
    say(marked.error().what);
  Loop loop(std::move(loop_options));
  Keeper keeper(std::move(state->store));
  Governor governor(
      {options, policy.policy, *state->log, *state->shared, keeper, loop, clock, random});
  governor.start(sums ? *sums : std::vector<trust::SubjectSums>{},
                 pins ? *pins : std::vector<trust::Pin>{}, upto.value_or(0));
  if (allowances) governor.know(*allowances);
  governor.when_shared_is_lost(
      [&](const policy::Policy& in_use) {
        return restore_shared(options, in_use, *state->shared, clock);
      },
      made_us);
  state->log->tell_of_signing([&](std::string text) { governor.say_of_log(std::move(text)); });
  governor.record(opening_records(options, policy, enclosure, *state->log));
  governor.keep_scores();
  governor.started_by(command.form);
  governor.share_facts_as(trust::parent_mark());
  governor.follow(policy, std::move(reload));
  restore_behind(options, keeper);
  const int status = loop.run(std::move(child), governor);
  // In this order: the log writes what is queued and signs its head; what it could not write is said; then the keeper's last work, while the governor is still
  // there, and posts to a loop that no longer runs.
  state->log.reset();
  governor.log_closed();
  keeper.finish();
  return status;
}

// What a person should know of a sandbox whose server has ended.
void say_of_end(Enclosure& enclosure, int status) {
  if (auto removed = enclosure.remove_temporary(); !removed)
    say("sandbox: temporary files stay: " + removed.error().what);
  if (status == 126 || status == 127)  // as shells and launchers say that they could not run it
    say("sandbox: if the server is started by a shim (pyenv, asdf, a script in the home directory), what that needs may be "
        "closed to it: give the real program, or name its directory under sandbox: read");
}

int pump(const Options& options, Child child) {
  LoopOptions loop_options;
  loop_options.client_in = take_standard_stream(0);
  loop_options.client_out = take_standard_stream(1);
  loop_options.shutdown = options.shutdown;
  Loop loop(std::move(loop_options));
  Pump nothing;
  return loop.run(std::move(child), nothing);
}

}  // namespace

int run(const Options& options, const PolicyInUse& policy, Reload reload) {
  ignore_signals();
  const auto cannot_start = [](const Error& error) {
    say(error.what);
    return error.errno_value == ENOENT ? 127 : 126;
  };
  std::optional<Enclosure> enclosure;
  if (options.sandbox.level != SandboxLevel::kOff) {
    auto built = Enclosure::build(options, *policy.policy, kernel_support());
    if (!built) return cannot_start(built.error());
    enclosure.emplace(std::move(*built));
    for (const std::string& notice : enclosure->notices()) say(notice);
  }
  if (options.sandbox_refused != SandboxLevel::kOff)
    say(fmt::format("{}for sandbox {}; the command line makes it {}", kPolicyAsks,
                    to_string(options.sandbox_refused), to_string(options.sandbox.level)));
  say_all(policy.remarks);
  // Who is here already is none of the server's.
  const std::vector<descendants::Other> others = descendants::others();
  std::vector<int> their_pids;
  for (const descendants::Other& other : others) their_pids.push_back(other.pid);
  (void)descendants::adopt();
  const descendants::Ending ending(others);
  // Commands that the server starts have to know whose they are from its first moment.
  std::optional<trust::GovernedChild> registered;
  if (!options.pump_only) {
    auto recorded = trust::GovernedChild::record(options.state_dir, 0, options.server, their_pids);
    if (!recorded) {
      say(recorded.error().what);
      return 1;
    }
    registered.emplace(std::move(*recorded));
    if (const std::string why = one_too_many(options); !why.empty()) {
      say(why);
      return 1;
    }
  }
  const CommandForm command = options.pump_only ? CommandForm() : command_form(options.command);
  if (!command.unread.empty()) say(command.unread);
  const HeldSignals held;
  auto child = Child::spawn(options.command, enclosure ? enclosure->how() : Child::How());
  if (!child) return cannot_start(child.error());
  const int status = options.pump_only ? pump(options, std::move(*child))
                                       : govern(options, policy, enclosure ? &*enclosure : nullptr,
                                                std::move(reload), command, std::move(*registered),
                                                std::move(*child), others);
  if (enclosure) say_of_end(*enclosure, status);
  return status;
}

}  // namespace agentmesh::proxy
