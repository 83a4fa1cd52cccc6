// agentmesh allow: the exception a person needs now: one tool of one server, for a while, in spite of an overridable rule.
//
// Recorded before it holds; running proxies learn of it within moments. Not for descendants of a governed server.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/recorder.h"
#include "trust/allowance.h"

namespace agentmesh::cli {

struct AllowOptions {
  std::string server;
  std::string tool;
  std::string args;  // JSON: exactly these arguments; "" any
  std::string span;  // "1h"; "": with `always`
  bool always = false;
  std::string why;
  std::string state_dir;
  bool json = false;  // the exception, as `list` gives it
};
// 0: it holds. 2: bad usage, a governed process, or it could not be recorded.
int allow_make(const AllowOptions& options, const Recorder& record);

struct AllowListOptions {
  std::string state_dir;
  bool json = false;  // [{"id","rule","server","tool","arguments","until","why","by","made"}]
};
int allow_list(const AllowListOptions& options);

// What `list` and status tell: the exceptions that hold, one as a JSON object, and its time: "for 59 more minutes".
std::vector<trust::Allowance> allowances_that_hold(std::vector<trust::Allowance> all,
                                                   int64_t now_us);
std::string allowance_json(const trust::Allowance& allowance);
std::string how_long(const trust::Allowance& allowance, int64_t now_us);

struct AllowEndOptions {
  std::string id;  // or its first letters, at least 4, while only one begins so
  std::string state_dir;
  bool json = false;
};
// 0: ended; 1: there is no such exception.
int allow_end(const AllowEndOptions& options, const Recorder& record);

}  // namespace agentmesh::cli
