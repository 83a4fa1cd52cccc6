// Lifecycle: how a session ends. It is told what happened and when, and says who is to be signalled, when to stop waiting,
// and when it is over (protocol, section 9). No descriptors, no processes, no clock: times are microseconds, handed in.
//
// Two are waited for, each by a clock of its own. The server's stands still while we do not listen to it, or have not told it yet
// what the client said last (heard_clock.h): of what
// a gone one left in its pipe without a limit, of one that was asked to go for ten times the long grace, since a server that never
// ends is not waited for as long as a client reads. The client's runs on: it is the one whom we wait for.
//
// Order: on_… as things happen; while active(), advance() once per turn and wake up at deadline_us(); until over().

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "proxy/heard_clock.h"
#include "proxy/options.h"
#include "proxy/relay.h"

namespace agentmesh::proxy {

class Lifecycle {
 public:
  enum class Act : uint8_t {
    kNone,
    kTerminate,  // SIGTERM to the server's group
    kKill,       // SIGKILL to it
    kEndServer,  // the server is gone and its stdout will not end: take it as ended
  };

  Lifecycle(const ShutdownTimes& times, uint32_t descendant_ms, uint32_t client_gone_ms)
      : eof_us_(to_us(times.eof_ms)),
        busy_us_(to_us(times.busy_ms)),
        term_us_(to_us(times.term_ms)),
        descendant_us_(to_us(descendant_ms)),
        client_gone_us_(to_us(client_gone_ms)),
        asking_(kLongsOfCredit * busy_us_) {}

  void on_client_eof(int64_t now);
  void on_client_hung_up(
      int64_t now);                  // it says nothing more, though we may not have read all of it
  void on_client_gone(int64_t now);  // it reads no more; its end of file need not have come
  void on_server_eof(int64_t now);
  void on_child_exit(int64_t now);
  void on_stop(int64_t now);  // a signal that asks us to end; the second one means at once
  void on_progress(Direction direction, int64_t now);  // a peer took some of what is queued for it
  void still_talking(size_t bytes, int64_t now);       // the gone server's stdout said something
  // Why the server's stdout is not read, if it is not; or why it was not told yet what it waits for (kForUs).
  enum class Deaf : uint8_t {
    kNot,
    kForClient,  // it has yet to take what came before
    kForServer,  // it has yet to take what we have answered: its own doing
    kForUs
  };
  void listening(Deaf deaf, int64_t now);
  Deaf deaf() const { return deaf_; }
  void on_failure() {
    if (!cause_) cause_ = End::kFailure;
    failed_ = true;
  }                                           // nothing can be waited for any more
  void on_delivered() { delivered_ = true; }  // all that the server said has reached the client

  bool ending() const {
    return ending_;
  }  // nothing more is read from the client; the server's stdin may close
  bool child_exited() const { return child_exited_; }
  bool client_hung_up() const { return client_hung_up_; }
  bool active() const { return leaving() || child_exited_; }
  bool forced() const { return failed_ || stage_ != Stage::kAsking; }
  bool over() const {
    return failed_ || (child_exited_ && gave_up_) || (gone() && (delivered_ || client_gone_));
  }
  End cause() const { return cause_.value_or(End::kServerExit); }

  // `outstanding`: requests that wait for an answer.
  Act advance(int64_t now, size_t outstanding);
  // When advance() has to be called again if nothing else happens.
  std::optional<int64_t> deadline_us() const;

 private:
  enum class Stage : uint8_t { kAsking, kTerminated, kKilled };

  static int64_t to_us(uint32_t ms) { return int64_t{ms} * 1000; }
  // The server, or what it left in its pipe, cannot be heard before the client takes some more.
  bool waits_for_client() const {
    return deaf_ == Deaf::kForClient && !client_gone_ && !server_ended_;
  }
  bool leaving() const { return ending_ || client_hung_up_; }
  bool only_descendants_talk() const { return left_bytes_ > kMostLeft; }
  bool gone() const { return child_exited_ && server_ended_; }
  void begin_leaving(End cause, int64_t now);
  void begin_ending(End cause, int64_t now);
  void hear_on(int64_t now);
  std::optional<int64_t> patience_until() const;
  std::optional<int64_t> quiet_until() const;
  std::optional<int64_t> delivery_until() const;

  static constexpr int64_t kLongsOfCredit = 10;
  static constexpr size_t kMostLeft = 1U
                                      << 20;  // what a pipe holds at most: pipe(7), pipe-max-size

  int64_t eof_us_, busy_us_, term_us_, descendant_us_, client_gone_us_;

  std::optional<End> cause_;
  Stage stage_ = Stage::kAsking;
  bool ending_ = false, client_eof_ = false, client_gone_ = false, server_ended_ = false,
       child_exited_ = false;
  bool delivered_ = false, gave_up_ = false, failed_ = false, client_hung_up_ = false;
  Deaf deaf_ = Deaf::kNot;
  int stops_ = 0;
  size_t outstanding_ = 0;

  // Of a server that was asked to go. By its clock:
  HeardClock asking_;
  int64_t asked_at_ = 0;   // the end began, or the server took some more of its stdin since
  int64_t idle_from_ = 0;  // the last moment with requests outstanding

  // Of what a gone server left in its pipe. By its clock:
  HeardClock left_;
  int64_t last_byte_ = 0, heard_from_ = 0, cut_from_ = 0;  // cut_from_: it was killed
  size_t left_bytes_ = 0;                                  // that were read since

  // By ours:
  int64_t gone_at_ = 0, stopped_at_ = 0, terminated_at_ = 0, killed_at_ = 0, exited_at_ = 0;
  int64_t deaf_from_ = 0;  // not listening since
  int64_t taken_at_ = 0;   // the client took something
};

}  // namespace agentmesh::proxy
