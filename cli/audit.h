// agentmesh audit: plain options in, text or JSON out, the exit status back. One file per command.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/here.h"

namespace agentmesh::cli {

// Which log. `dir`, if given, is the log's directory itself, which may be a copy anywhere.
struct AuditPlace {
  std::string state_dir;         // where `proxy` keeps its state (resolved, never empty)
  bool state_dir_given = false;  // it was named on the command line
  std::string log = "main";
  std::string usual_log = "main";  // what the commands take without --log: that of the settings
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

struct AuditProveOptions {
  AuditPlace place;
  std::optional<uint64_t> seq;
  std::optional<uint64_t> size;       // of the checkpoint to prove against
  std::vector<uint64_t> consistency;  // old and new size, or nothing
  bool json = false;
};

// Texts may have '*' for anything.
struct AuditQueryOptions {
  AuditPlace place;
  std::string agent, server, tool, rule, decision, finding, tag, type;
  std::string since, until;
  uint64_t limit = 0;  // 0: all
  bool json = false;
};

struct AuditExportOptions {
  AuditPlace place;
  std::string format = "jsonl";
  std::string from, to;  // a record's number (both ends belong to it) or a time (the end does not)
  std::string output;    // a file, or the directory of tlog-tiles
};

struct AuditPruneOptions {
  std::string state_dir;
  std::string log;     // "": the one of the settings
  std::string before;  // a record's number or a time
  bool json = false;
};

struct AuditEraseOptions {
  std::string state_dir;
  std::string log;
  std::vector<std::string> days;
  std::string reason;
  bool json = false;
};

struct AuditReportOptions {
  AuditPlace place;
  std::string since, until;
  std::string html;  // where to write the page, "" for none
  bool json = false;
};

// 0 ok, 1 tampered, 2 torn end only, 3 not verifiable (also a bad option), 4 a file could not be read.
int audit_verify(const AuditVerifyOptions& options);
// 0; 1 if there is no such log. With `follow` it ends when stdout is closed or a signal comes.
int audit_tail(const AuditTailOptions& options);
// 0; 1 if the log could not be read; 3 if the record (or its payload) is not there.
int audit_show(const AuditShowOptions& options);
// 0; 1 what is stored does not lead to the signed root; 3 not covered by a checkpoint; 4 a file could not be read.
int audit_prove(const AuditProveOptions& options);
// 0; 1 nothing fits; 3 a bad option; 4 a file could not be read.
int audit_query(const AuditQueryOptions& options);
// 0; 1 some lines are no records, or the log does not lead to its checkpoint; 3 a bad option; 4 a file could not be read or
// written.
int audit_export(const AuditExportOptions& options);
// 0 done, or nothing to do; 1 it could not be done.
int audit_prune(AuditPruneOptions& options, const Here& here);
int audit_erase(AuditEraseOptions& options, const Here& here);
// 0; 1 the log does not verify (the report says so); 3 a bad option; 4 a file could not be read or written.
int audit_report(const AuditReportOptions& options);
// 0 done, or nothing to do; 1 damage, or it could not be done.
int audit_recover(const AuditRecoverOptions& options);

}  // namespace agentmesh::cli
