#include "audit/prove.h"
#include "audit/segment.h"
#include "base/bytes.h"
#include "cli/audit_place.h"
#include "cli/json_object.h"
#include "cli/say.h"

namespace agentmesh::cli {

namespace {

std::string json_of(const audit::Proof& proof) {
  std::vector<std::string> path;
  for (const Hash& hash : proof.path) path.push_back("\"" + to_hex(hash) + "\"");
  JsonObject out;
  out.integer("v", 1).text("log", proof.head.origin);
  out.integer(proof.consistency ? "old" : "index", static_cast<int64_t>(proof.first));
  out.integer("size", static_cast<int64_t>(proof.head.size)).text("root", to_hex(proof.head.root));
  if (!proof.consistency) out.text("leaf", to_hex(proof.leaf));
  out.raw("path", json_array(path)).text("checkpoint", proof.checkpoint);
  return out.done() + "\n";
}

}  // namespace

int audit_prove(const AuditProveOptions& options) {
  if (options.consistency.empty() && !options.seq) {
    complain("say which record: agentmesh audit prove SEQ (or --consistency M N)");
    return kUsage;
  }
  const auto keys = kept_keys(options.place);
  if (!keys) {
    complain(keys.error().what);
    return kNotRead;
  }
  const std::string dir = log_dir(options.place);
  const auto proof =
      options.consistency.empty()
          ? audit::prove_record(dir, *options.seq, options.size, *keys)
          : audit::prove_consistency(dir, options.consistency[0], options.consistency[1], *keys);
  if (!proof) {
    if (const auto segments = audit::list_segments(dir); !segments) {
      (void)not_read(segments.error(), options.place, kNotRead);
      return never_was_a_log(options.place) ? kNotThere : kNotRead;
    }
    complain(proof.error().what);
    switch (proof.error().errno_value) {
      case audit::kNotCovered: return kNotThere;
      case audit::kDisagrees: return kNo;
      default: return kNotRead;
    }
  }
  print(options.json ? json_of(*proof) : proof->text());
  return kOk;
}

}  // namespace agentmesh::cli
