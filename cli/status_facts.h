// Status facts: reads what `agentmesh status` tells from the log, state.db, the shared file and the clients' configurations. It changes nothing there, but
// for what was lost (restored.h).

#pragma once

#include <memory>
#include <set>

#include "audit/note.h"
#include "audit/read.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "cli/status.h"

namespace agentmesh::cli {

// Kept between two looks, so that --watch reads only what the log gained.
class StatusReader {
 public:
  explicit StatusReader(const Here& here);

  Result<Status> look();

 private:
  Result<void> read_log(Status& status);
  Result<void> read_checkpoint(Status::Log& log) const;
  Result<void> check_newest(Status::Log& log, const std::vector<audit::VerifierKey>& keys) const;
  Result<void> read_store(Status& status);
  void count(json::View record);

  const Here& here_;
  SystemClock clock_;
  SystemRandom random_;
  std::string log_dir_;
  std::optional<audit::Tail> tail_;
  json::Reader reader_;
  int64_t day_us_ = 0;  // when this day began, here
  std::map<std::string, int64_t> decisions_;
  std::map<std::string, int64_t> calls_;  // by server
  std::set<std::string> ran_;             // servers that the database knows
  uint64_t records_ = 0;
};

}  // namespace agentmesh::cli
