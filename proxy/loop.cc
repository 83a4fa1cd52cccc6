#include "proxy/loop.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/printable.h"
#include "proxy/descendants.h"
#include "proxy/doorbell.h"
#include "proxy/lifecycle.h"
#include "proxy/mailbox.h"
#include "proxy/server_stderr.h"
#include "proxy/stream.h"
#include "proxy/timers.h"
#include "proxy/wake_file.h"
#include "proxy/watched_files_linux.h"

namespace agentmesh::proxy {
namespace {

constexpr size_t kMaxRead = 1U << 20;
// With the read that fills it: one MiB.
constexpr size_t kMaxQueued = (1U << 20) - (128U << 10);
// What we may have answered to one side by ourselves before it has to read some of it.
constexpr size_t kMaxAnswers = 8U << 20;
// How long those may take to go who are left when the server has gone.
constexpr int64_t kStrangersUs = 1'000'000;
// How long our stderr may take for what the server wrote to its own before its end.
constexpr int64_t kLastWordsUs = 1'000'000;
// How long poll(2) may go on refusing for want of memory, and how often it is asked meanwhile.
constexpr int64_t kRefusedUs = 5'000'000;
constexpr std::chrono::milliseconds kAskAgain{20};

}  // namespace

// One direction: from whom, through which framing, to whom.
struct Way {
  Way(Direction towards, size_t max_message_bytes)
      : direction(towards), framing(max_message_bytes) {}

  Direction direction;
  Source source;
  Framing framing;
  Sink sink;
  std::vector<Line> lines;  // of the read that is being served
  bool ended = false;       // the source said its last
  size_t answers = 0;       // of what is queued in `sink`: what came from us, not from the source
  std::string lost;         // given after the sink was gone, not yet told
  bool sink_gone = false;   // the peer takes nothing any more
};

struct Loop::State {
  explicit State(LoopOptions given)
      : options(std::move(given)),
        client(Direction::kClientToServer, options.max_message_bytes),
        server(Direction::kServerToClient, options.max_message_bytes),
        life(options.shutdown, options.descendant_ms, options.client_gone_ms) {
    (void)::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(2), and nothing else
  }

  LoopOptions options;
  SystemClock clock;
  Doorbell bell;
  Aside aside;
  Timers timers;
  Mailbox posted;
  std::optional<WakeFile> wake;
  std::optional<WatchedFiles> watched;

  Relay* relay = nullptr;
  Way client, server;
  const Way* serving = nullptr;  // whose lines the relay is reading
  Lifecycle life;
  std::optional<Child> child;
  ServerStderr server_stderr;
  bool unreaped = false;                    // some children may have ended that were not asked yet
  std::optional<int64_t> refused_since_us;  // poll(2)

  void begin(Relay& with);
  int end();
  void turn();
  void poll_failed(int error);
  int wait_ms();
  bool wanted(const Way& way) const;
  bool leaves_answers(const Way& to_it) const;
  Lifecycle::Deaf deaf_to_server(bool wanted) const;
  void read(Way& way);
  void serve(Way& way, std::span<const Line> lines);
  void end_of(Way& way);
  void send(Way& way, std::string_view bytes);
  void flush(Way& way);
  void flush_fresh();
  void refuse(Way& way);
  void tell_lost(Way& way);
  void answer_bell();
  void run_timers();
  void close_what_is_over();
  void live();
};

Loop::Loop(LoopOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Loop::~Loop() = default;

void Loop::to_client(std::string_view bytes) { state_->send(state_->server, bytes); }
void Loop::to_server(std::string_view bytes) { state_->send(state_->client, bytes); }
void Loop::to_stderr(std::string_view text) { state_->aside.say(printable_lines(text)); }

void Loop::post(std::function<void()> work) {
  state_->posted.put(std::move(work));
  state_->bell.ring();
}

void Loop::watch(const std::vector<std::string>& files) {
  if (files.empty()) return state_->watched.reset();
  auto watched = WatchedFiles::watch(files, WatchedFiles::Of::kEdit);
  if (watched)
    state_->watched.emplace(std::move(*watched));
  else
    to_stderr("agentmesh: the policy's files cannot be watched (" + watched.error().what +
              "); `agentmesh policy reload" + state_->options.state_words + "` reads them again\n");
}

void Loop::after(int slot, int64_t delay_us, std::function<void()> work) {
  if (delay_us < 0) return state_->timers.cancel(slot);
  state_->timers.set(slot, state_->clock.mono_us() + delay_us, std::move(work));
}

int Loop::run(Child child, Relay& relay) {
  State& s = *state_;
  if (!s.bell.works()) {
    s.aside.say("agentmesh: cannot start: no file descriptors left\n");
    relay.finish(End::kFailure, 1);
    return 1;
  }
  s.client.sink = Sink(Stream::own(child.take_stdin()));
  s.server.source = Source(Stream::own(child.take_stdout()));
  if (Fd err = child.take_stderr()) s.server_stderr = ServerStderr(std::move(err));
  s.child.emplace(std::move(child));
  s.begin(relay);
  while (!s.life.over()) s.turn();
  return s.end();
}

void Loop::State::begin(Relay& with) {
  relay = &with;
  client.source = Source(Stream::shared(std::move(options.client_in), false));
  server.sink = Sink(Stream::shared(std::move(options.client_out), true));
  bell.catch_signals();
  unreaped = true;  // who ended before anybody listened
  if (!options.wake_path.empty()) wake.emplace(options.wake_path, clock.mono_us());
}

int Loop::State::end() {
  // Whoever is left in the server's group goes with it, while the unreaped leader still keeps the group's number ours.
  child->kill_group(life.forced() ? SIGKILL : SIGTERM);
  const pid_t group = child->pid();
  const int status = child->reap();
  // And whoever left the group, or lost a parent in it. The patience of SIGTERM, but no more than a client waits for us.
  descendants::end(
      group,
      life.forced() ? 0 : std::min<int64_t>(options.shutdown.term_ms * int64_t{1000}, kStrangersUs),
      options.others);
  server_stderr.finish(kLastWordsUs);
  for (Way* way : {&client, &server}) {
    if (!way->sink_gone && way->sink.queued() > 0) {
      const std::string unsent = way->sink.take_unsent();
      relay->refused(way->direction, unsent);
    }
    way->sink.close();
    way->sink_gone = true;
    way->source.close();
  }
  Relay* const last = std::exchange(relay, nullptr);
  last->finish(life.cause(), status);
  return status;
}

// ---- one turn ----------------------------------------------------------------------------------------------------------

void Loop::State::turn() {
  enum : size_t {
    kBell,
    kClientIn,
    kServerOut,
    kServerIn,
    kClientOut,
    kChild,
    kWake,
    kWatched,
    kServerErr,
    kOurErr,
    kCount
  };
  const auto want = [](int fd, bool wish, short events) {
    return pollfd{wish ? fd : -1, events, 0};
  };
  const bool client_wanted = wanted(client);
  const bool server_wanted = wanted(server);
  std::array<pollfd, kCount> polled{
      want(bell.fd(), true, POLLIN),
      want(client.source.fd(), client_wanted || !life.client_hung_up(),
           client_wanted ? POLLIN : POLLRDHUP),  // one that is not read may hang up all the same
      want(server.source.fd(), server_wanted, POLLIN),
      want(client.sink.fd(), client.sink.waiting(), POLLOUT),
      want(server.sink.fd(), true,
           server.sink.waiting() ? POLLOUT : 0),  // an idle one still tells when nobody reads it
      want(child->pidfd(), !life.child_exited(), POLLIN),
      want(wake ? wake->fd() : -1, true, POLLIN),
      want(watched ? watched->fd() : -1, true, POLLIN),
      want(server_stderr.source(), true, POLLIN),
      want(server_stderr.sink(), true, POLLOUT),
  };
  if (const auto deaf = deaf_to_server(server_wanted); deaf != life.deaf())
    life.listening(deaf, clock.mono_us());
  const int ready = ::poll(polled.data(), polled.size(), wait_ms());
  if (ready < 0 && errno != EINTR) return poll_failed(errno);
  refused_since_us.reset();
  if (ready > 0) {
    const auto is = [&polled](size_t which, int events) {
      return (polled[which].revents & events) != 0;
    };
    constexpr int kReadable = POLLIN | POLLHUP | POLLERR | POLLNVAL;
    if (is(kBell, kReadable)) answer_bell();
    if (is(kServerIn, POLLOUT | POLLERR | POLLHUP | POLLNVAL)) flush(client);
    if (is(kClientOut, POLLERR | POLLHUP | POLLNVAL)) {
      refuse(server);
    } else if (is(kClientOut, POLLOUT)) {
      flush(server);
    }
    if (is(kServerErr, kReadable) || is(kOurErr, POLLOUT | POLLERR | POLLHUP | POLLNVAL))
      server_stderr.turn();
    if (is(kServerOut, kReadable)) read(server);
    if (client_wanted && is(kClientIn, kReadable)) {
      read(client);
    } else if (is(kClientIn, POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) {
      life.on_client_hung_up(clock.mono_us());
    }
    if (is(kChild, kReadable)) life.on_child_exit(clock.mono_us());
    if (is(kWake, kReadable) && wake->touched()) relay->woken();
    if (is(kWatched, kReadable) && watched && watched->touched()) relay->files_changed();
  }
  if (unreaped) unreaped = descendants::reap(child->pid());
  posted.deliver();
  run_timers();
  live();
  tell_lost(client);
  tell_lost(server);
}

// poll(2) refuses: for a while, or for good (somebody has limited our descriptors), and then no byte, signal or end would be
// noticed any more.
void Loop::State::poll_failed(int error) {
  const int64_t now = clock.mono_us();
  const bool may_pass = error == ENOMEM || error == EAGAIN;
  if (may_pass && now - refused_since_us.value_or(now) < kRefusedUs) {
    if (!refused_since_us) refused_since_us = now;
    return std::this_thread::sleep_for(kAskAgain);
  }
  aside.say(fmt::format("agentmesh: the session ends: poll: {}\n", std::strerror(error)));
  life.on_failure();
}

int Loop::State::wait_ms() {
  if (posted.full() || unreaped) return 0;
  std::optional<int64_t> due = timers.next_due_us();
  const auto sooner = [&due](int64_t other) { due = due ? std::min(*due, other) : other; };
  if (const auto deadline = life.deadline_us()) sooner(*deadline);
  if (const auto look = wake ? wake->next_look_us() : std::nullopt) sooner(*look);
  if (!due) return -1;
  const int64_t left_ms = (*due - clock.mono_us() + 999) / 1000;
  return static_cast<int>(std::clamp<int64_t>(left_ms, 0, std::numeric_limits<int>::max()));
}

bool Loop::State::wanted(const Way& way) const {
  const bool from_client = &way == &client;
  const Way& back = from_client ? server : client;
  if (way.ended || !way.source.is_open() || way.sink.queued() > kMaxQueued) return false;
  if (way.sink.pinned()) return false;  // a read would move what it still points to
  if (leaves_answers(back)) return false;
  if (from_client) return !life.ending() && !relay->client_paused();
  return !relay->server_paused();
}

// Our own answers to a side, and in no case more than two of the longest lines, wait for it to read them.
bool Loop::State::leaves_answers(const Way& to_it) const {
  return to_it.answers > kMaxAnswers ||
         to_it.sink.queued() > 2 * options.max_message_bytes + kMaxAnswers;
}

Lifecycle::Deaf Loop::State::deaf_to_server(bool wanted) const {
  // While we hold back what it is to be told, it cannot know that it should go.
  const bool untold = life.active() && !life.child_exited() && relay->client_pending();
  if (wanted) return untold ? Lifecycle::Deaf::kForUs : Lifecycle::Deaf::kNot;
  if (server.sink.queued() > kMaxQueued || server.sink.pinned()) return Lifecycle::Deaf::kForClient;
  return leaves_answers(client) ? Lifecycle::Deaf::kForServer : Lifecycle::Deaf::kForUs;
}

void Loop::State::read(Way& way) {
  if (way.ended || !way.source.is_open() || way.sink.pinned()) return;
  const std::span<char> room = way.framing.room();
  const ssize_t got = way.source.read(room.first(std::min(room.size(), kMaxRead)));
  if (got < 0) return;
  if (got == 0) return end_of(way);
  if (life.child_exited() && &way == &server)
    life.still_talking(static_cast<size_t>(got), clock.mono_us());
  if (!relay->wants_lines()) {
    way.sink.put({room.data(), static_cast<size_t>(got)}, true);
    return flush(way);
  }
  way.framing.filled(static_cast<size_t>(got));
  way.lines.clear();
  while (std::optional<Line> line = way.framing.next()) way.lines.push_back(std::move(*line));
  if (!way.lines.empty()) serve(way, way.lines);
}

void Loop::State::serve(Way& way, std::span<const Line> lines) {
  serving = &way;
  if (&way == &client) {
    relay->client_lines(lines);
  } else {
    relay->server_lines(lines);
  }
  serving = nullptr;
  // Before the next read moves the buffer that the bytes are in.
  flush_fresh();
}

void Loop::State::end_of(Way& way) {
  if (way.ended) return;
  way.ended = true;
  way.source.close();
  const bool paused = &way == &client ? relay->client_paused() : relay->server_paused();
  if (relay->wants_lines() && !paused) {
    if (const std::optional<Line> tail = way.framing.finish()) serve(way, {&*tail, 1});
  }
  if (&way == &client) {
    life.on_client_eof(clock.mono_us());
    relay->client_eof();
  } else {
    life.on_server_eof(clock.mono_us());
    relay->server_eof();
  }
  flush_fresh();
}

// ---- out ---------------------------------------------------------------------------------------------------------------

void Loop::State::send(Way& way, std::string_view bytes) {
  if (relay == nullptr || bytes.empty()) return;
  if (way.sink_gone || !way.sink.is_open()) {
    way.lost += bytes;
    return;
  }
  if (serving != nullptr && serving != &way) way.answers += bytes.size();
  // What a paused side's buffer holds stays there as well: it is not read before it is unpaused, in a later turn.
  way.sink.put(bytes, way.framing.holds(bytes));
}

void Loop::State::flush(Way& way) {
  if (way.sink.queued() == 0 || way.sink_gone || !way.sink.is_open()) return;
  const size_t before = way.sink.queued();
  if (!way.sink.flush()) return refuse(way);
  way.answers = std::min(way.answers, way.sink.queued());
  if (life.active() && way.sink.queued() < before) life.on_progress(way.direction, clock.mono_us());
}

// What waits for the peer is not tried again before poll(2) says so.
void Loop::State::flush_fresh() {
  for (Way* way : {&client, &server})
    if (way->sink.fresh()) flush(*way);
}

// The peer has closed its reading end.
void Loop::State::refuse(Way& way) {
  if (way.sink_gone) return;
  way.sink_gone = true;
  way.lost.insert(0, way.sink.take_unsent());
  way.answers = 0;
  way.sink.close();
  tell_lost(way);
  if (&way == &client) return;  // the server may still have something to say
  life.on_client_gone(clock.mono_us());
  end_of(client);
}

void Loop::State::tell_lost(Way& way) {
  if (way.lost.empty()) return;
  const std::string lost = std::exchange(way.lost, {});
  relay->refused(way.direction, lost);
}

// ---- what happens besides ----------------------------------------------------------------------------------------------

void Loop::State::answer_bell() {
  for (const int signal : bell.answer()) {
    if (signal == SIGUSR1) {
      relay->reload();
    } else if (signal == SIGCHLD) {
      unreaped = true;
    } else {
      life.on_stop(clock.mono_us());
    }
  }
}

void Loop::State::run_timers() {
  if (!timers.next_due_us()) return;
  const int64_t now = clock.mono_us();
  while (const auto work = timers.take_due(now)) work();
}

// ---- beginnings of the end ---------------------------------------------------------------------------------------------

void Loop::State::close_what_is_over() {
  // The server's stdin, once nothing more can come for it.
  if (life.ending() && client.sink.is_open() && client.sink.queued() == 0 &&
      !relay->client_pending()) {
    client.sink.close();
  }
  // Our stdout, once the server has said its last and it is all delivered.
  if (server.ended && server.sink.is_open() && server.sink.queued() == 0 &&
      !relay->server_pending()) {
    server.sink.close();
    life.on_delivered();
  }
}

void Loop::State::live() {
  flush_fresh();
  if (wake && wake->next_look_us() && wake->look(clock.mono_us())) relay->woken();
  if (!life.active()) return;
  close_what_is_over();
  const int64_t now = clock.mono_us();
  switch (life.advance(now, relay->outstanding())) {
    case Lifecycle::Act::kNone: break;
    case Lifecycle::Act::kTerminate: child->kill_group(SIGTERM); break;
    case Lifecycle::Act::kKill: child->kill_group(SIGKILL); break;
    case Lifecycle::Act::kEndServer: end_of(server); break;
  }
  close_what_is_over();
}

}  // namespace agentmesh::proxy
