#include "audit/line.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "audit/tree.h"
#include "base/bytes.h"
#include "base/json.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kName = 256;
constexpr size_t kSentence = 512;
constexpr size_t kPlace = 1024;
constexpr size_t kSeqDigits = 16;  // 2^53 − 1
constexpr size_t kMaxFindings = 32;
constexpr size_t kMaxFlags = 16;
constexpr int64_t kMaxInteger = (int64_t{1} << 53) - 1;

// How much of the long lists a line takes.
struct Limits {
  size_t findings = kMaxFindings;
  size_t tools = SIZE_MAX;
  size_t events = SIZE_MAX;
};

// Writes one object's members. The caller names them in the order of RFC 8785; every member begins with a comma, and the
// first comma becomes the brace at the end.
class Members {
 public:
  Members(Draft& draft, const Made& made, std::string_view type, const Limits& how_much)
      : limits(how_much), draft_(draft), out_(draft.text), made_(made), type_(type) {
    out_.clear();
    draft_.ts = made.ts;
    draft_.mono = made.mono;
  }

  const Limits limits;

  void text(std::string_view key, std::string_view value, size_t limit = kName) {
    if (value.empty()) return;
    begin(key);
    string(key, value, limit);
  }
  void integer(std::string_view key, int64_t value) {
    begin(key);
    number(value);
  }
  void integer(std::string_view key, uint64_t value) {
    integer(key,
            static_cast<int64_t>(std::min<uint64_t>(value, static_cast<uint64_t>(kMaxInteger))));
  }
  void integer(std::string_view key, const std::optional<int64_t>& value) {
    if (value) integer(key, *value);
  }
  void boolean(std::string_view key, bool value) {
    begin(key);
    out_ += value ? "true" : "false";
  }
  void flag(std::string_view key, bool value) {
    if (value) boolean(key, true);
  }
  void hash(std::string_view key, const Hash& value) {
    begin(key);
    out_ += '"';
    out_ += to_hex(value);
    out_ += '"';
  }

  // An object or array as a member; its own members and elements go between open and close.
  size_t open(std::string_view key, char bracket) {
    begin(key);
    return open(bracket);
  }
  size_t open(char bracket) {
    out_ += bracket;
    return out_.size();
  }
  // What follows an opening bracket begins with a comma that does not belong there.
  void close(size_t opened, char bracket) {
    if (out_.size() > opened) out_.erase(opened, 1);
    out_ += bracket;
  }
  void element() { out_ += ','; }
  void element_text(std::string_view key, std::string_view value, size_t limit) {
    element();
    string(key, value, limit);
  }

  // The members that every record has, where the order asks for them.
  void cut_here() { cut_at_ = out_.size(); }
  void mono() { integer("mono", made_.mono); }
  void prev() {
    out_ += ",\"prev\":\"";
    draft_.prev_at = out_.size();
    out_.append(64, '0').append("\"");
  }
  void seq() {
    out_ += ",\"seq\":";
    draft_.seq_at = out_.size();
  }
  void ts() { integer("ts", made_.ts); }
  void type() {
    out_ += ",\"type\":\"";
    out_ += type_;
    out_ += '"';
  }
  void v() { out_ += ",\"v\":1"; }
  void w() {
    out_ += ",\"w\":\"";
    out_ += made_.writer;
    out_ += '"';
  }
  void wseq() {
    if (made_.wseq) integer("wseq", *made_.wseq);
  }
  void ts_type() {
    ts();
    type();
  }
  void v_w_wseq() {
    v();
    w();
    wseq();
  }

  void mark_cut(std::string_view key) {
    if (std::find(cut_.begin(), cut_.begin() + static_cast<ptrdiff_t>(cuts_), key) !=
        cut_.begin() + static_cast<ptrdiff_t>(cuts_))
      return;
    if (cuts_ < cut_.size()) cut_[cuts_++] = key;
  }

  void done() {
    if (cuts_ > 0) {
      std::string list = ",\"cut\":[";
      for (size_t i = 0; i < cuts_; ++i) {
        if (i > 0) list += ',';
        json::append_string(list, cut_[i]);
      }
      list += ']';
      out_.insert(cut_at_, list);
      if (draft_.seq_at >= cut_at_) draft_.seq_at += list.size();
      if (draft_.prev_at >= cut_at_) draft_.prev_at += list.size();
    }
    out_.front() = '{';
    out_ += '}';
  }

 private:
  void begin(std::string_view key) {
    out_ += ",\"";
    out_ += key;
    out_ += "\":";
  }
  void number(int64_t value) {
    std::array<char, 24> digits{};
    const auto end =
        std::to_chars(digits.begin(), digits.end(), std::clamp(value, -kMaxInteger, kMaxInteger))
            .ptr;
    out_.append(digits.data(), static_cast<size_t>(end - digits.data()));
  }
  void string(std::string_view key, std::string_view value, size_t limit) {
    if (!is_utf8(value)) {
      std::string quoted;
      json::append_string(quoted, value);  // replaces what is no UTF-8
      const std::string clean = json::View(quoted).string();
      string(key, clean, limit);
      return;
    }
    if (value.size() > limit) {
      value = cut_utf8(value, limit);
      mark_cut(key);
    }
    json::append_string(out_, value);
  }

  Draft& draft_;
  std::string& out_;
  const Made& made_;
  std::string_view type_;
  size_t cut_at_ = 0;
  std::array<std::string_view, 24> cut_{};
  size_t cuts_ = 0;
};

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

void texts(Members& o, std::string_view key, const std::vector<std::string>& all, size_t most) {
  if (all.empty()) return;
  if (all.size() > most) o.mark_cut(key);
  const size_t array = o.open(key, '[');
  for (size_t i = 0; i < std::min(all.size(), most); ++i) o.element_text(key, all[i], kName);
  o.close(array, ']');
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

// One function per type, members in the order of RFC 8785 (code units: '_' stands before letters).

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

std::string_view type_name(const Record& record) {
  static constexpr std::array<std::string_view, std::variant_size_v<Record>> kTypes = {
      "session.start", "session.end",   "policy.load",  "tools.listed",
      "tools.pinned",  "tools.changed", "approval",     "decision",
      "outcome",       "trust.report",  "trust.change", "operator"};
  return kTypes[record.index()];
}

size_t draft_within(const Record& record, const Made& made, const Commitment* payload,
                    const Limits& limits, Draft& out) {
  Members o(out, made, type_name(record), limits);
  std::visit([&](const auto& r) { members(o, r, payload); }, record);
  o.done();
  return out.text.size();
}

struct Lists {
  size_t findings = 0, tools = 0, events = 0;
};
Lists lists_of(const Record& record) {
  return std::visit(
      [](const auto& r) {
        Lists lists;
        if constexpr (requires { r.findings; })
          lists.findings = std::min(r.findings.size(), kMaxFindings);
        if constexpr (requires { r.tools; }) lists.tools = r.tools.size();
        if constexpr (requires { r.events; }) lists.events = r.events.size();
        return lists;
      },
      record);
}

// The longest list that fits, found by halving; 0 if even that does not.
template <class Fits>
size_t most(size_t count, Fits fits) {
  size_t low = 0;
  while (low < count) {
    const size_t middle = low + (count - low + 1) / 2;
    if (fits(middle)) {
      low = middle;
    } else {
      count = middle - 1;
    }
  }
  return low;
}

template <class Fill>
void draft_own(std::string_view type, const Made& made, Draft& out, Fill fill) {
  Members o(out, made, type, Limits{});
  fill(o);
  o.done();
}

}  // namespace

const Payload* payload_of(const Record& record) {
  return std::visit(
      [](const auto& r) -> const Payload* {
        if constexpr (requires { r.args; }) return r.args ? &*r.args : nullptr;
        if constexpr (requires { r.result; }) return r.result ? &*r.result : nullptr;
        return nullptr;
      },
      record);
}

void draft(const Record& record, const Made& made, const Commitment* commitment, Draft& out) {
  constexpr size_t kRoom = kMaxLineBytes - kSeqDigits;
  Limits limits;
  if (draft_within(record, made, commitment, limits, out) <= kRoom) return;
  const Lists lists = lists_of(record);
  const auto cut = [&](size_t& limit, size_t count) {
    limit = most(count, [&](size_t n) {
      limit = n;
      return draft_within(record, made, commitment, limits, out) <= kRoom;
    });
    return draft_within(record, made, commitment, limits, out) <= kRoom;
  };
  if (cut(limits.findings, lists.findings)) return;
  if (cut(limits.tools, lists.tools)) return;
  (void)cut(limits.events,
            lists.events);  // what is left has limits that fit a line together (line_test.cc)
}

Hash finish(const Draft& draft, uint64_t seq, const Hash& prev, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  const size_t start = out.size();
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), seq).ptr;
  const auto count = static_cast<size_t>(end - digits.data());
  out.append(draft.text, 0, draft.seq_at)
      .append(digits.data(), count)
      .append(draft.text, draft.seq_at);
  char* hex = out.data() + start + draft.prev_at + (draft.prev_at >= draft.seq_at ? count : 0);
  for (const uint8_t byte : prev) {
    *hex++ = kHex[byte >> 4];
    *hex++ = kHex[byte & 15];
  }
  const Hash leaf = hash_leaf(std::string_view(out).substr(start));
  out += '\n';
  return leaf;
}

void draft(const Genesis& record, const Made& made, Draft& out) {
  draft_own("genesis", made, out, [&](Members& o) {
    if (record.after) {
      const size_t after = o.open("after", '{');
      o.text("origin", record.after->origin);
      o.hash("root", record.after->root);
      o.integer("size", record.after->size);
      o.close(after, '}');
    }
    o.text("agentmesh", record.agentmesh);
    o.text("log", record.log);
    o.mono();
    o.text("origin", record.origin, kPlace);
    o.prev();
    o.integer("segment_bytes", record.segment_bytes);
    o.seq();
    o.ts_type();
    o.v();
    o.text("vkey", record.vkey, kPlace + kName);
    o.w();
  });
}

void draft(const SegmentOpen& record, const Made& made, Draft& out) {
  draft_own("segment.open", made, out, [&](Members& o) {
    o.mono();
    o.prev();
    const size_t prior = o.open("prior", '{');
    o.integer("bytes", record.prior_bytes);
    o.text("file", record.prior_file);
    o.integer("records", record.prior_records);
    o.close(prior, '}');
    o.seq();
    const size_t tree = o.open("tree", '{');
    o.hash("root", record.tree_root);
    o.integer("size", record.tree_size);
    o.close(tree, '}');
    o.ts_type();
    o.v();
    o.text("vkey", record.vkey, kPlace + kName);
    o.w();
  });
}

void draft(const Recover& record, const Made& made, Draft& out) {
  draft_own("recover", made, out, [&](Members& o) {
    o.integer("bytes", record.bytes);
    o.integer("checkpoint", record.checkpoint);
    o.text("file", record.file);
    o.mono();
    o.integer("offset", record.offset);
    o.prev();
    o.seq();
    o.hash("sha256", record.sha256);
    o.ts_type();
    o.v();
    o.w();
  });
}

void draft(const Drop& record, const Made& made, Draft& out) {
  draft_own("drop", made, out, [&](Members& o) {
    o.integer("count", record.count);
    o.integer("first", record.first);
    o.integer("last", record.last);
    o.mono();
    o.prev();
    o.seq();
    o.ts_type();
    o.v();
    o.w();
    o.text("why", record.why, kSentence);
    o.wseq();
  });
}

void draft(const IoError& record, const Made& made, Draft& out) {
  draft_own("io_error", made, out, [&](Members& o) {
    o.integer("denied", record.denied);
    o.text("errno", record.errno_name);
    o.mono();
    o.text("op", record.op);
    o.prev();
    o.seq();
    o.ts_type();
    o.v_w_wseq();
  });
}

}  // namespace agentmesh::audit
