// agentmesh audit verify, tail, show, recover: plain options in, text or JSON out, the exit status back.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace agentmesh::cli {

// Which log. `dir`, if given, is the log's directory itself, which may be a copy anywhere.
struct AuditPlace {
  std::string state_dir;         // where `proxy` keeps its state (resolved, never empty)
  bool state_dir_given = false;  // it was named on the command line
  std::string log = "main";
  std::string dir;
};

struct AuditVerifyOptions {
  AuditPlace place;
  std::vector<std::string> vkeys;  // each a public key or a file of them
  std::string anchor;              // a file with a checkpoint kept elsewhere
  bool strict = false;
  bool chain_only = false;
  bool blobs = false;
  bool json = false;
};

struct AuditTailOptions {
  AuditPlace place;
  bool follow = false;
  uint64_t lines = 10;
  bool json = false;
};

struct AuditShowOptions {
  AuditPlace place;
  uint64_t seq = 0;
  bool payload = false;
  bool json = false;
};

struct AuditRecoverOptions {
  AuditPlace place;  // `dir` does not apply
  std::string seal;  // set the log aside under this name
  bool json = false;
};

// 0 ok, 1 tampered, 2 torn end only, 3 not verifiable (also a bad option), 4 a file could not be read.
int audit_verify(const AuditVerifyOptions& options);
// 0; 1 if there is no such log. With `follow` it ends when stdout is closed or a signal comes.
int audit_tail(const AuditTailOptions& options);
// 0; 1 if the log could not be read; 3 if the record (or its payload) is not there.
int audit_show(const AuditShowOptions& options);
// 0 done, or nothing to do; 1 damage, or it could not be done.
int audit_recover(const AuditRecoverOptions& options);

}  // namespace agentmesh::cli
