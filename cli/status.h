// agentmesh status: what goes on, on one screen.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/here.h"
#include "cli/wrapped.h"
#include "trust/pins.h"
#include "trust/score.h"
#include "trust/shared.h"
#include "trust/store.h"

namespace agentmesh::cli {

struct StatusOptions {
  std::string state_dir;
  bool watch = false;
  bool json = false;
};
// 0; 2: the state cannot be used.
int run_status(StatusOptions& options, const Here& here);

// What status tells, gathered in one go.
struct Status {
  struct Server {
    std::string name;
    int64_t running = 0;                 // proxies in front of it
    int64_t calls = 0;                   // today
    bool ran = false;                    // ever, as far as the database knows
    std::vector<WrappedServer> wrapped;  // where clients start it through agentmesh
  };
  struct Trust {
    std::string subject;
    trust::Score score;
    std::optional<int> trend;  // points against a day ago, or since the first that is known
  };
  struct Log {
    std::string name;
    bool there = false;
    uint64_t records = 0;
    uint64_t bytes = 0;
    uint64_t segments = 0;
    std::optional<uint64_t> signed_records;  // of the newest checkpoint whose signature is good
    bool signature_wrong = false;  // there is a checkpoint, and the log's key has not signed it
    int64_t checkpoint_us = 0;     // its file's time
    // Lines that were read a moment ago and are the signed ones: these up to the last that is signed. The older ones are
    // for `audit verify`. Nothing, and `damage`, if they are not.
    std::optional<uint64_t> checked_from;
    std::string damage;
    std::string cannot_sign;             // why no checkpoint can be made any more; "" if one can
    std::vector<std::string> set_aside;  // names of damaged logs whose place this one took
  };
  int64_t now_us = 0;
  std::string state_dir;
  std::vector<Server> servers;
  std::vector<std::string> unread;  // why files that tell of wrapped servers could not be asked
  std::map<std::string, int64_t> decisions;  // today, by verdict; `asked`: handed to a person
  std::vector<Trust> trust;  // agents and servers first, then tools that are not at their best
  std::vector<trust::Ticket> pending;
  std::vector<trust::Pin> withheld;
  std::vector<trust::BreakerCopy> breakers;  // not closed, of proxies that run
  std::vector<trust::Halt> halts;
  std::vector<trust::Allowance> exceptions;  // that hold
  std::vector<trust::ConditionError> condition_errors;
  Log log;
};

// As a screen for people, and as one JSON object.
std::string status_text(const Status& status);
std::string status_json(const Status& status);

}  // namespace agentmesh::cli
