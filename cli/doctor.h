// agentmesh doctor: whether what is configured here works and is governed, and how to mend what is not.
//
// It reads only: servers are tried with a state directory that is gone afterwards, and the trust database is looked at as a
// copy. Nothing it prints holds a value of an environment, a header or an argument.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/probe.h"
#include "cli/wrapped.h"
#include "config/settings.h"

namespace agentmesh::cli {

enum class CheckStatus { kGood, kWarn, kFail, kSkip };
std::string_view to_string(CheckStatus status);

struct Check {
  std::string id;  // "server.starts"
  CheckStatus status = CheckStatus::kGood;
  std::string subject;  // a server, a policy, a directory; may be ""
  std::string detail;
  std::string fix;   // "" if there is nothing to do
  std::string file;  // "" if it is about none
  size_t line = 0;
  int64_t ms = 0;     // server.starts
  JudgedTools tools;  // server.starts
  bool has_tools = false;
};

struct DoctorOptions {
  std::vector<std::string> clients;  // flags; none: all that are found here
  std::string config_path;
  int timeout_s = 10;
  bool no_start = false;
  bool json = false;
  std::string state_dir;
  std::string config;
};
// 0 if nothing failed, 1 if something did, 2 on bad usage.
int run_doctor(const DoctorOptions& options);

// What the checks share.
struct Patient {
  const DoctorOptions& options;
  config::Environment environment;
  std::string state_dir;
  std::string config_file;  // whether it is there or not
  config::Settings settings;
  NamedByOthers others;  // what wrapped entries name for their proxies
  std::vector<Check>& checks;

  Check& add(std::string id, CheckStatus status, std::string subject, std::string detail,
             std::string fix = "") const {
    checks.push_back({std::move(id),
                      status,
                      std::move(subject),
                      std::move(detail),
                      std::move(fix),
                      "",
                      0,
                      0,
                      {},
                      false});
    return checks.back();
  }
};
// The clients' files, what they start, and the policies named there. Returns the state directories that entries name.
std::vector<std::string> check_clients(const Patient& patient);
void check_policy(const Patient& patient, const std::string& policy, const std::string& said_by);
// policy.sandbox: what of the sandbox that a policy asks for is in force here; nothing if it asks for none.
void check_level(const Patient& patient, const std::string& policy);
// Directory, keys, log, database.
void check_state(const Patient& patient, const std::string& state_dir);  // absolute
void check_clock(const Patient& patient);

}  // namespace agentmesh::cli
