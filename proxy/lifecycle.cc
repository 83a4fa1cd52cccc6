#include "proxy/lifecycle.h"

#include <algorithm>

namespace agentmesh::proxy {

void Lifecycle::begin_leaving(End cause, int64_t now) {
  if (!cause_) cause_ = cause;
  if (!leaving()) asking_.restart(now);
  asked_at_ = idle_from_ = asking_.at(now);
  taken_at_ = now;
}

void Lifecycle::begin_ending(End cause, int64_t now) {
  if (ending_) return;
  begin_leaving(cause, now);
  ending_ = true;
}

void Lifecycle::on_client_eof(int64_t now) {
  client_eof_ = true;
  begin_ending(End::kClientEof, now);
}

// It may have more to say than we have room for, so that we have yet to read its end of file.
void Lifecycle::on_client_hung_up(int64_t now) {
  if (client_hung_up_) return;
  if (ending_)
    taken_at_ = now;
  else
    begin_leaving(End::kClientEof, now);
  client_hung_up_ = true;
}

void Lifecycle::on_client_gone(int64_t now) {
  if (!client_gone_) gone_at_ = now;
  client_gone_ = true;
  hear_on(now);  // what it says goes nowhere
  begin_ending(End::kClientGone, now);
}

void Lifecycle::on_server_eof(int64_t now) {
  server_ended_ = true;
  taken_at_ = now;
  hear_on(now);
  begin_ending(End::kServerClosed, now);
}

void Lifecycle::on_child_exit(int64_t now) {
  child_exited_ = true;
  last_byte_ = heard_from_ = left_.at(now);
  exited_at_ = taken_at_ = now;
  // Its stdout usually ends a moment before it does.
  if (!cause_ || (cause_ == End::kServerClosed && stage_ == Stage::kAsking))
    cause_ = End::kServerExit;
}

void Lifecycle::on_stop(int64_t now) {
  if (stops_++ == 0) stopped_at_ = now;
  begin_ending(End::kSignal, now);
}

void Lifecycle::on_progress(Direction direction, int64_t now) {
  if (direction == Direction::kClientToServer)
    asked_at_ = asking_.at(now);
  else
    taken_at_ = now;
}

void Lifecycle::still_talking(size_t bytes, int64_t now) {
  last_byte_ = left_.at(now);
  left_bytes_ += bytes;
}

void Lifecycle::listening(Deaf deaf, int64_t now) {
  if (deaf_ == deaf) return;
  deaf_ = deaf;
  deaf_from_ = now;
  if (deaf == Deaf::kForClient) taken_at_ = now;
  hear_on(now);
  if (deaf == Deaf::kNot || server_ended_ || client_gone_) return;
  if (deaf != Deaf::kForServer) asking_.pause(now);
  if (!only_descendants_talk()) left_.pause(now);
}

void Lifecycle::hear_on(int64_t now) {
  asking_.go_on(now);
  left_.go_on(now);
}

// Until when a server that was asked to go may stay: the short time once nothing is outstanding, the long one in any case;
// and while it cannot end for a client that reads slowly, as long as that one takes something.
std::optional<int64_t> Lifecycle::patience_until() const {
  int64_t time = asked_at_ + eof_us_;
  if (!server_ended_) {
    const int64_t busy = asked_at_ + busy_us_;
    time = outstanding_ > 0 ? busy : std::min(busy, std::max(asked_at_, idle_from_) + eof_us_);
  }
  std::optional<int64_t> until = asking_.when(time);
  const auto sooner = [&until](int64_t other) { until = until ? std::min(*until, other) : other; };
  if (waits_for_client()) sooner(std::max(asking_.when_running(time), taken_at_ + eof_us_));
  if (client_gone_) sooner(gone_at_ + client_gone_us_);
  return until;
}

// Until when a pipe that outlives the server is listened to: until it is quiet, and not for ever.
std::optional<int64_t> Lifecycle::quiet_until() const {
  if (!child_exited_ || server_ended_) return std::nullopt;
  const int64_t time = std::min(last_byte_ + descendant_us_, heard_from_ + busy_us_);
  const int64_t cut = cut_from_ + descendant_us_;
  const bool killed = stage_ == Stage::kKilled;
  if (deaf_ == Deaf::kNot || deaf_ == Deaf::kForClient)
    return left_.when(killed ? std::min(time, cut) : time);
  // Nobody else puts an end to these pauses.
  const int64_t until =
      std::max(left_.when(time).value_or(0), std::max(deaf_from_, exited_at_) + busy_us_);
  return killed ? std::min(until, killed_at_ + descendant_us_) : until;
}

// Until when a client that does not read is waited for. One that keeps our stdin open is alive, and may take its time.
std::optional<int64_t> Lifecycle::delivery_until() const {
  if (!child_exited_ || delivered_ || !(server_ended_ || waits_for_client())) return std::nullopt;
  if (stops_ > 1) return stopped_at_;
  if (stops_ == 1)  // one that had to be killed has only just ended
    return stopped_at_ + term_us_ + (stage_ == Stage::kKilled ? descendant_us_ : 0);
  if (client_eof_ || client_hung_up_) return taken_at_ + busy_us_;
  return std::nullopt;
}

Lifecycle::Act Lifecycle::advance(int64_t now, size_t outstanding) {
  if (outstanding > 0 || outstanding_ > 0) idle_from_ = asking_.at(now);
  outstanding_ = outstanding;
  if (const auto until = delivery_until(); until && now >= *until) gave_up_ = true;
  if (gone() || gave_up_) return Act::kNone;
  const bool kill =
      stops_ > 1 || (stage_ == Stage::kTerminated && now >= terminated_at_ + term_us_);
  if (kill && stage_ != Stage::kKilled) {
    stage_ = Stage::kKilled;
    killed_at_ = now;
    cut_from_ = left_.at(now);
    return Act::kKill;
  }
  const auto patience = leaving() ? patience_until() : std::nullopt;
  if (stage_ == Stage::kAsking && (stops_ > 0 || (patience && now >= *patience))) {
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
  if (stage_ == Stage::kAsking && stops_ > 0) sooner(stopped_at_);
  if (const auto patience = patience_until(); stage_ == Stage::kAsking && leaving() && patience)
    sooner(*patience);
  return due;
}

}  // namespace agentmesh::proxy
