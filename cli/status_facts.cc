#include "cli/status_facts.h"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <set>

#include "audit/birth.h"
#include "audit/checkpoint.h"
#include "audit/in_force.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/segment.h"
#include "audit/set_aside.h"
#include "audit/tail_end.h"
#include "base/files.h"
#include "cli/allow.h"
#include "cli/audit_place.h"
#include "cli/client_files.h"
#include "cli/restored.h"
#include "config/paths.h"
#include "proxy/past_calls.h"
#include "trust/governed.h"

namespace agentmesh::cli {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;
constexpr size_t kMaxSubjects = 40;

int64_t start_of_day(int64_t wall_us) {
  const time_t now = static_cast<time_t>(wall_us / kSecond);
  struct tm local {};
  ::localtime_r(&now, &local);
  local.tm_hour = local.tm_min = local.tm_sec = 0;
  local.tm_isdst = -1;
  return static_cast<int64_t>(::mktime(&local)) * kSecond;
}

int64_t number(json::View record, std::string_view name) {
  return record.find(name).integer().value_or(0);
}

bool is_of_note(const Status::Trust& one) {
  return !one.subject.starts_with("tool:") || one.score.total < 700;
}

}  // namespace

StatusReader::StatusReader(const Here& here)
    : here_(here), log_dir_(audit::log_directory(here.state_dir, here.settings.proxy.audit.log)) {}

void StatusReader::count(json::View record) {
  records_ = std::max(records_, static_cast<uint64_t>(number(record, "seq")) + 1);
  if (number(record, "ts") < day_us_) return;
  const std::string type = record.find("type").string();
  if (type == "approval" && record.find("state").string() == "asked") ++decisions_["asked"];
  if (type != "decision") return;
  const std::string stage = record.find("stage").string();
  if (stage == "read" || stage == "result") return;  // no call
  ++decisions_[record.find("verdict").string()];
  ++calls_[record.find("server").string()];
}

Result<void> StatusReader::read_log(Status& status) {
  status.log.name = here_.settings.proxy.audit.log;
  auto segments = audit::list_segments(log_dir_);
  if (!segments || segments->empty()) {
    audit::wait_for_birth(here_.state_dir);
    segments = audit::list_segments(log_dir_);
  }
  if (!segments || segments->empty()) {
    status.log.there = !never_was_a_log(place_of(here_.state_dir, status.log.name));
    if (!status.log.there) return {};  // nobody has written anything yet
    status.log.damage = "there is no segment";
    return read_checkpoint(status.log);
  }
  status.log.there = true;
  status.log.segments = segments->size();
  status.log.set_aside = audit::logs_set_aside(here_.state_dir, status.log.name);
  for (const uint64_t first : *segments)
    if (const auto size = audit::file_size(log_dir_ + "/" + audit::segment_file(first)))
      status.log.bytes += *size;

  const int64_t day = start_of_day(status.now_us);
  if (!tail_ || day != day_us_) {
    day_us_ = day;
    decisions_.clear();
    calls_.clear();
    auto newest = audit::Tail::open(log_dir_, 1);
    if (!newest) return tl::unexpected(newest.error());
    const auto line = newest->next();
    if (!line) return tl::unexpected(line.error());
    uint64_t wanted = 0;
    if (*line) {
      const auto first = proxy::first_record_since(log_dir_, day);
      if (!first) return tl::unexpected(first.error());
      const auto last = static_cast<uint64_t>(number(json::View(**line), "seq"));
      wanted = last < *first ? 1 : last + 1 - *first;  // the newest says how many there are
    }
    auto tail = audit::Tail::open(log_dir_, wanted);
    if (!tail) return tl::unexpected(tail.error());
    tail_.emplace(std::move(*tail));
  }
  for (;;) {
    const auto line = tail_->next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) break;
    if (reader_.read(**line).fault == json::Fault::kNone) count(reader_.root());
  }
  status.log.records = records_;
  status.decisions = decisions_;
  if (auto read = read_checkpoint(status.log); !read) return read;
  if (const auto fits = audit::check_key(here_.settings.proxy.audit); !fits)
    status.log.cannot_sign = fits.error().what;
  return {};
}

Result<void> StatusReader::read_checkpoint(Status::Log& log) const {
  const std::string path = log_dir_ + "/checkpoint";
  const auto bytes = read_regular(path, 65'536);
  if (!bytes) return {};
  const auto checkpoint = audit::Checkpoint::parse(*bytes);
  const auto keys = audit::known_keys(here_.state_dir, log.name);
  const auto newest = audit::newest_keys(here_.state_dir, log.name);
  if (!checkpoint || !keys || !newest) {
    log.signature_wrong = true;
    return {};
  }
  log.signature_wrong = audit::signer_of(*checkpoint, *newest) == nullptr;
  if (log.signature_wrong) return {};
  log.signed_records = checkpoint->head.size;
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0)
    log.checkpoint_us = int64_t{info.st_mtim.tv_sec} * kSecond + info.st_mtim.tv_nsec / 1000;
  return check_newest(log, *keys);
}

// A good signature says nothing about the lines: the newest of them are read, too, as a writer does that opens the log.
Result<void> StatusReader::check_newest(Status::Log& log,
                                        const std::vector<audit::VerifierKey>& keys) const {
  // Beside a process that sets the log aside or prunes it, a look may find half of it: only what is found twice is told.
  for (int look = 0; look < 2; ++look) {
    const auto end = audit::read_tail_end(log_dir_, keys, "");
    if (!end) return tl::unexpected(end.error());
    log.damage = end->damage;
    if (!log.damage.empty()) continue;
    log.checked_from = end->read_from;
    break;
  }
  return {};
}

Result<void> StatusReader::read_store(Status& status) {
  auto store = trust::Store::open_to_read(here_.state_dir, clock_);
  if (!store) return tl::unexpected(store.error());
  if (!*store) return {};  // nothing ran yet
  const auto subjects = (*store)->subjects();
  const auto pins = (*store)->pins();
  const auto breakers = (*store)->breakers();
  auto errors = (*store)->condition_errors();
  auto exceptions = (*store)->allowances();
  if (!subjects) return tl::unexpected(subjects.error());
  if (!pins) return tl::unexpected(pins.error());
  if (!breakers) return tl::unexpected(breakers.error());
  if (!errors) return tl::unexpected(errors.error());
  if (!exceptions) return tl::unexpected(exceptions.error());
  status.condition_errors = std::move(*errors);
  status.exceptions = allowances_that_hold(std::move(*exceptions), status.now_us);
  for (const trust::Pin& pin : *pins) ran_.insert(pin.server);
  for (const trust::SubjectSums& row : *subjects)
    if (row.subject.starts_with("server:")) ran_.insert(row.subject.substr(7));

  for (const trust::SubjectSums& row : *subjects) {
    Status::Trust one{
        row.subject, score_of(row.sums, status.now_us, here_.settings.proxy.trust), {}};
    if (!is_of_note(one)) continue;
    const auto history = (*store)->history(row.subject);
    if (!history) return tl::unexpected(history.error());
    // Against the last point of more than a day ago, else the first one.
    const trust::HistoryPoint* then = nullptr;
    for (const trust::HistoryPoint& point : *history)
      if (then == nullptr || point.at_us <= status.now_us - kDay) then = &point;
    if (then != nullptr) one.trend = one.score.total - then->score;
    status.trust.push_back(std::move(one));
  }
  std::stable_sort(status.trust.begin(), status.trust.end(), [](const auto& a, const auto& b) {
    const bool tool_a = a.subject.starts_with("tool:");
    const bool tool_b = b.subject.starts_with("tool:");
    return tool_a != tool_b ? tool_b : tool_a && a.score.total < b.score.total;
  });
  if (status.trust.size() > kMaxSubjects) status.trust.resize(kMaxSubjects);
  for (const trust::Pin& pin : *pins)
    if (!trust::passes(pin.state)) status.withheld.push_back(pin);
  for (const trust::BreakerCopy& copy : *breakers)
    if (copy.state != trust::BreakerState::kClosed && trust::is_process(copy.pid))
      status.breakers.push_back(copy);
  return {};
}

Result<Status> StatusReader::look() {
  restore_lost(here_);
  Status status;
  status.now_us = clock_.wall_us();
  status.state_dir = here_.state_dir;
  if (auto read = read_log(status); !read) return tl::unexpected(read.error());
  if (auto read = read_store(status); !read) return tl::unexpected(read.error());
  auto shared = trust::Shared::open_to_read(here_.state_dir, random_);
  if (!shared) return tl::unexpected(shared.error());
  if (*shared) {
    for (trust::Ticket& ticket : (*shared)->tickets(status.now_us))
      if (ticket.state == trust::TicketState::kPending) status.pending.push_back(std::move(ticket));
    status.halts = (*shared)->halts();
  }

  std::map<std::string, Status::Server> servers;
  for (const std::string& name : trust::governed_servers(here_.state_dir)) ++servers[name].running;
  for (const auto& [name, calls] : calls_) servers[name].calls = calls;
  for (WrappedServer& one :
       wrapped_servers(here_.state_dir, config::system_environment(), &status.unread))
    servers[one.name].wrapped.push_back(std::move(one));
  for (auto& [name, server] : servers) {
    server.name = name;
    server.ran = server.running > 0 || server.calls > 0 || ran_.contains(name);
    status.servers.push_back(std::move(server));
  }
  return status;
}

}  // namespace agentmesh::cli
