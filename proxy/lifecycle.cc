#include "proxy/lifecycle.h"

#include <algorithm>

namespace agentmesh::proxy {

void Lifecycle::begin_ending(End cause, int64_t now) {
  if (!cause_) cause_ = cause;
  if (ending_) return;
  ending_ = true;
  asked_at_ = idle_from_ = taken_at_ = now;
}

void Lifecycle::on_client_eof(int64_t now) {
  client_eof_ = true;
  begin_ending(End::kClientEof, now);
}

void Lifecycle::on_client_gone(int64_t now) {
  if (!client_gone_) gone_at_ = now;
  client_gone_ = true;
  begin_ending(End::kClientGone, now);
}

void Lifecycle::on_server_eof(int64_t now) {
  server_ended_ = true;
  taken_at_ = now;
  begin_ending(End::kServerClosed, now);
}

void Lifecycle::on_child_exit(int64_t now) {
  child_exited_ = true;
  last_byte_ = heard_from_ = taken_at_ = now;
  // Its stdout usually ends a moment before it does.
  if (!cause_ || (cause_ == End::kServerClosed && stage_ == Stage::kAsking))
    cause_ = End::kServerExit;
}

void Lifecycle::on_stop(int64_t now) {
  if (stops_++ == 0) stopped_at_ = now;
  begin_ending(End::kSignal, now);
}

void Lifecycle::on_progress(Direction direction, int64_t now) {
  (direction == Direction::kClientToServer ? asked_at_ : taken_at_) = now;
}

// It may have more to say than we have room for, so that we have yet to read its end of file.
void Lifecycle::on_client_hung_up(int64_t now) {
  if (client_hung_up_) return;
  client_hung_up_ = true;
  if (!ending_) asked_at_ = idle_from_ = now;
  taken_at_ = now;
}

void Lifecycle::still_talking(size_t bytes, int64_t now) {
  last_byte_ = now;
  left_bytes_ += bytes;
}

// The time in which we did not listen is neither the server's nor its descendants'; but a server that never ends, and one that
// left somebody behind who does not, are not waited for as long as a client reads.
void Lifecycle::listening(Deaf deaf, int64_t now) {
  if (deaf_ == deaf) return;
  if (deaf_ != Deaf::kNot) {
    const int64_t was_deaf = now - deaf_from_;
    if (!only_descendants_talk())
      for (int64_t* since : {&last_byte_, &heard_from_}) *since = std::min(now, *since + was_deaf);
    if (leaving()) {
      const int64_t credit = std::min(was_deaf, credit_us_);
      credit_us_ -= credit;
      for (int64_t* since : {&asked_at_, &idle_from_}) *since = std::min(now, *since + credit);
    }
  }
  deaf_ = deaf;
  deaf_from_ = now;
  if (deaf == Deaf::kForClient) taken_at_ = now;
}

// Until when a server that was asked to go may stay: the short time once nothing is outstanding, the long one in any case;
// and while it cannot end for a client that reads slowly, as long as that one takes something.
int64_t Lifecycle::patience_until() const {
  int64_t until = asked_at_ + eof_us_;
  if (!server_ended_) {
    const int64_t busy = asked_at_ + busy_us_;
    until = outstanding_ > 0 ? busy : std::min(busy, std::max(asked_at_, idle_from_) + eof_us_);
  }
  if (waits_for_client())
    until = std::min(std::max(until, taken_at_ + eof_us_), until + credit_us_);
  return client_gone_ ? std::min(until, gone_at_ + client_gone_us_) : until;
}

// Until when a pipe that outlives the server is listened to: until it is quiet, and not for ever.
std::optional<int64_t> Lifecycle::quiet_until() const {
  if (!child_exited_ || server_ended_ || (waits_for_client() && !only_descendants_talk()))
    return std::nullopt;
  int64_t until = std::min(last_byte_ + descendant_us_, heard_from_ + busy_us_);
  if (deaf_ == Deaf::kForUs) until = std::max(until, deaf_from_ + busy_us_);
  return stage_ == Stage::kKilled ? std::min(until, killed_at_ + descendant_us_) : until;
}

// Until when a client that does not read is waited for. One that keeps our stdin open is alive, and may take its time.
std::optional<int64_t> Lifecycle::delivery_until() const {
  if (!child_exited_ || delivered_ || !(server_ended_ || waits_for_client())) return std::nullopt;
  if (stops_ > 1) return stopped_at_;
  if (stops_ == 1) return stopped_at_ + term_us_;
  if (client_eof_ || client_hung_up_) return taken_at_ + busy_us_;
  return std::nullopt;
}

Lifecycle::Act Lifecycle::advance(int64_t now, size_t outstanding) {
  if (outstanding > 0 || outstanding_ > 0) idle_from_ = now;
  outstanding_ = outstanding;
  if (const auto until = delivery_until(); until && now >= *until) gave_up_ = true;
  if (gone() || gave_up_) return Act::kNone;
  const bool kill =
      stops_ > 1 || (stage_ == Stage::kTerminated && now >= terminated_at_ + term_us_);
  if (kill && stage_ != Stage::kKilled) {
    stage_ = Stage::kKilled;
    killed_at_ = now;
    return Act::kKill;
  }
  if (stage_ == Stage::kAsking && (stops_ > 0 || (leaving() && now >= patience_until()))) {
    stage_ = Stage::kTerminated;
    terminated_at_ = now;
    return Act::kTerminate;
  }
  if (const auto until = quiet_until(); until && now >= *until) return Act::kEndServer;
  return Act::kNone;
}

std::optional<int64_t> Lifecycle::deadline_us() const {
  if (gone()) return delivery_until();
  std::optional<int64_t> due = quiet_until();
  const auto sooner = [&due](int64_t other) { due = due ? std::min(*due, other) : other; };
  if (const auto delivery = delivery_until()) sooner(*delivery);
  if (stage_ == Stage::kTerminated) sooner(terminated_at_ + term_us_);
  if (stage_ == Stage::kAsking && leaving()) sooner(stops_ > 0 ? stopped_at_ : patience_until());
  return due;
}

}  // namespace agentmesh::proxy
