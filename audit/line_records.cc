// The members of the records about sessions, calls, tools and trust (line_own.cc has those about the log), in the order of
// RFC 8785 (code units: '_' stands before letters).

#include "audit/line_members.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kMaxFlags = 16;
constexpr size_t kMaxTags = 16;
constexpr size_t kTag = 64;

void commitment(Members& o, std::string_view key, const Commitment* value) {
  if (value == nullptr) return;
  const size_t object = o.open(key, '{');
  if (value->blob) {
    const size_t blob = o.open("blob", '{');
    o.text("day", value->blob->day);
    o.integer("len", value->blob->len);
    o.flag("masked", value->blob->masked);
    o.integer("off", value->blob->off);
    o.close(blob, '}');
  }
  o.integer("bytes", value->bytes);
  o.hash("commit", value->commit);
  o.close(object, '}');
}

void findings(Members& o, const std::vector<Finding>& all) {
  if (all.empty()) return;
  const size_t count = std::min(all.size(), o.limits.findings);
  if (count > 0) {
    const size_t array = o.open("findings", '[');
    for (size_t i = 0; i < count; ++i) {
      o.element();
      const size_t object = o.open('{');
      o.text("id", all[i].id);
      o.text("severity", all[i].severity);
      o.text("where", all[i].where, kSentence);
      o.close(object, '}');
    }
    o.close(array, ']');
  }
  if (count < all.size()) o.integer("findings_more", uint64_t{all.size() - count});
}

void events(Members& o, const std::vector<Event>& all) {
  if (all.empty()) return;
  const size_t count = std::min(all.size(), o.limits.events);
  if (count < all.size()) o.mark_cut("events");
  if (count == 0) return;
  const size_t array = o.open("events", '[');
  for (size_t i = 0; i < count; ++i) {
    o.element();
    const size_t object = o.open('{');
    o.text("dim", all[i].dim);
    o.text("subject", all[i].subject);
    o.integer("v", int64_t{all[i].v});
    o.integer("w", int64_t{all[i].w});
    o.close(object, '}');
  }
  o.close(array, ']');
}

void trust(Members& o, const std::optional<Trust>& value) {
  if (!value) return;
  const size_t object = o.open("trust", '{');
  if (value->delta) o.integer("delta", int64_t{*value->delta});
  o.integer("score", int64_t{value->score});
  o.text("tier", value->tier);
  o.close(object, '}');
}

bool is_empty(const Facts& f) {
  return f.type.empty() && f.sql.empty() && !f.inside && f.paths == 0 && f.hosts == 0 &&
         !f.private_url && !f.secret && !f.pii && f.shell.empty() && !f.read && !f.tainted;
}

void facts(Members& o, const std::optional<Facts>& value) {
  if (!value || is_empty(*value)) return;
  const size_t object = o.open("facts", '{');
  if (value->hosts != 0) o.integer("hosts", value->hosts);
  if (value->inside) o.boolean("inside", *value->inside);
  if (value->paths != 0) o.integer("paths", value->paths);
  o.flag("pii", value->pii);
  o.flag("private_url", value->private_url);
  o.flag("read", value->read);
  o.flag("secret", value->secret);
  texts(o, "shell", value->shell, kMaxFlags);
  o.text("sql", value->sql);
  o.flag("tainted", value->tainted);
  o.text("type", value->type);
  o.close(object, '}');
}

void members(Members& o, const SessionStart& r, const Commitment*) {
  o.text("agent", r.agent);
  o.text("agentmesh", r.agentmesh);
  o.integer("argc", r.argc);
  o.text("client_exe", r.client_exe);
  o.text("cmd", r.cmd, kPlace);
  o.text("cmd_mac", r.cmd_mac);
  o.cut_here();
  o.text("durability", r.durability);
  o.text("mode", r.mode);
  o.mono();
  o.integer("pid", r.pid);
  o.prev();
  if (r.sandbox) {
    const size_t sandbox = o.open("sandbox", '{');
    if (r.sandbox->landlock > 0) o.integer("landlock", r.sandbox->landlock);
    o.text("level", r.sandbox->level);
    texts(o, "missing", r.sandbox->missing, kMaxFlags);
    o.flag("seccomp", r.sandbox->seccomp);
    o.close(sandbox, '}');
  }
  o.seq();
  o.text("server", r.server);
  o.text("sponsor", r.sponsor);
  o.ts_type();
  o.integer("uid", r.uid);
  o.v_w_wseq();
}

void members(Members& o, const SessionEnd& r, const Commitment*) {
  o.integer("calls", r.calls);
  if (!r.client_name.empty() || !r.client_version.empty()) {
    const size_t client = o.open("client", '{');
    o.text("name", r.client_name);
    o.text("version", r.client_version);
    o.close(client, '}');
  }
  o.cut_here();
  o.integer("denied", r.denied);
  events(o, r.events);
  o.integer("exit", r.exit);
  o.integer("lost", r.lost);
  o.mono();
  o.prev();
  o.text("protocol", r.protocol);
  o.text("reason", r.reason, kSentence);
  o.seq();
  o.ts_type();
  o.v_w_wseq();
}

void members(Members& o, const PolicyLoad& r, const Commitment*) {
  o.cut_here();
  o.text("error", r.error, kPlace);
  o.mono();
  o.text("policy", r.policy);
  o.prev();
  o.integer("rules", r.rules);
  o.seq();
  o.text("sha256", r.sha256);
  o.text("source", r.source, kPlace);
  o.ts_type();
  o.v_w_wseq();
}

void members(Members& o, const ToolsListed& r, const Commitment*) {
  const size_t count = std::min(r.tools.size(), o.limits.tools);
  o.integer("count", r.count);
  o.cut_here();
  o.mono();
  if (count < r.tools.size()) o.integer("more", uint64_t{r.tools.size() - count});
  o.prev();
  o.seq();
  o.text("set", r.set);
  if (count > 0) {
    const size_t array = o.open("tools", '[');
    for (size_t i = 0; i < count; ++i) {
      o.element();
      const size_t object = o.open('{');
      o.text("hash", r.tools[i].hash);
      o.text("name", r.tools[i].name);
      o.close(object, '}');
    }
    o.close(array, ']');
  }
  o.ts_type();
  o.v_w_wseq();
}

std::string_view kind(std::string_view kind) { return kind == "tool" ? std::string_view() : kind; }

void members(Members& o, const ToolsPinned& r, const Commitment*) {
  o.text("by", r.by);
  o.cut_here();
  o.text("hash", r.hash);
  o.text("kind", kind(r.kind));
  o.mono();
  o.prev();
  o.seq();
  o.text("server", r.server);
  o.text("tool", r.tool);
  o.ts_type();
  o.v_w_wseq();
}

void members(Members& o, const ToolsChanged& r, const Commitment*) {
  o.text("action", r.action);
  o.cut_here();
  events(o, r.events);
  o.text("kind", kind(r.kind));
  o.mono();
  o.text("new", r.new_hash);
  o.text("old", r.old_hash);
  texts(o, "parts", r.parts, kMaxFlags);
  o.prev();
  o.seq();
  o.text("server", r.server);
  o.text("tool", r.tool);
  o.ts_type();
  o.v_w_wseq();
}

void members(Members& o, const Approval& r, const Commitment* args) {
  commitment(o, "args", args);
  o.text("ask", r.ask);
  o.text("by", r.by);
  o.cut_here();
  events(o, r.events);
  o.mono();
  o.prev();
  o.seq();
  o.text("state", r.state);
  o.text("tool", r.tool);
  o.ts_type();
  o.integer("us", r.us);
  o.v_w_wseq();
}

void members(Members& o, const Decision& r, const Commitment* args) {
  o.text("agent", r.agent);
  commitment(o, "args", args);
  o.text("ask", r.ask);
  o.integer("bytes", r.bytes);
  o.integer("count", r.count);
  o.cut_here();
  o.text("dir", r.dir);
  events(o, r.events);
  facts(o, r.facts);
  findings(o, r.findings);
  if (r.id.size() <= kName) {
    o.text("id", r.id);
  } else {
    o.hash("id_sha256", sha256(r.id));
  }
  o.text("method", r.method);
  o.text("mode", r.mode);
  o.mono();
  o.text("policy", r.policy);
  o.prev();
  o.text("reason", r.reason, kSentence);
  o.integer("redacted", r.redacted);
  o.text("rule", r.rule);
  o.text("rule_at", r.rule_at, kPlace);
  o.seq();
  o.text("server", r.server);
  o.text("stage", r.stage);
  texts(o, "tags", r.tags, kMaxTags, kTag);
  o.text("target", r.target);
  o.text("tool", r.tool);
  trust(o, r.trust);
  o.ts_type();
  o.v();
  o.text("verdict", r.verdict);
  o.w();
  o.wseq();
}

void members(Members& o, const Outcome& r, const Commitment* result) {
  o.integer("code", r.code);
  o.cut_here();
  events(o, r.events);
  findings(o, r.findings);
  o.mono();
  o.integer("of", r.of);
  o.prev();
  o.integer("redacted", r.redacted);
  commitment(o, "result", result);
  o.seq();
  o.text("status", r.status);
  texts(o, "tags", r.tags, kMaxTags, kTag);
  trust(o, r.trust);
  o.ts_type();
  o.integer("us", r.us);
  o.v_w_wseq();
}

void members(Members& o, const TrustReport& r, const Commitment*) {
  o.text("by", r.by);
  o.cut_here();
  o.mono();
  o.prev();
  o.seq();
  o.text("severity", r.severity);
  o.text("subject", r.subject);
  o.ts_type();
  o.v();
  o.w();
  o.text("why", r.why, kSentence);
  o.wseq();
}

void members(Members& o, const TrustChange& r, const Commitment*) {
  o.text("by", r.by);
  o.text("cause", r.cause);
  o.cut_here();
  o.integer("from", r.from);
  o.mono();
  o.prev();
  o.seq();
  o.text("subject", r.subject);
  o.text("tier", r.tier);
  o.integer("to", r.to);
  o.ts_type();
  o.v();
  o.w();
  o.text("why", r.why, kSentence);
  o.wseq();
}

void members(Members& o, const Operator& r, const Commitment*) {
  o.text("act", r.act);
  o.text("by", r.by);
  o.cut_here();
  o.mono();
  o.prev();
  o.seq();
  o.text("target", r.target);
  o.ts_type();
  o.integer("until", r.until);
  o.v();
  o.w();
  o.text("why", r.why, kSentence);
  o.wseq();
}

}  // namespace

std::string_view type_name(const Record& record) {
  static constexpr std::array<std::string_view, std::variant_size_v<Record>> kTypes = {
      "session.start",  "session.end",   "policy.load",  "tools.listed",
      "tools.pinned",   "tools.changed", "approval",     "decision",
      "outcome",        "trust.report",  "trust.change", "operator",
      "trust.snapshot", "key.rotate",    "prune",        "erase"};
  return kTypes[record.index()];
}

void write_members(Members& o, const Record& record, const Commitment* payload) {
  std::visit([&](const auto& r) { members(o, r, payload); }, record);
}

}  // namespace agentmesh::audit
