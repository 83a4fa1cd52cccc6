#include "audit/verdict_text.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"

namespace agentmesh::audit {

namespace {

// One JSON object, members in the order they are given.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  void text(std::string_view key, std::string_view value) {
    begin(key);
    json::append_string(out_, value);
  }
  void number(std::string_view key, uint64_t value) { raw(key, std::to_string(value)); }
  void number(std::string_view key, const std::optional<uint64_t>& value) {
    if (value) number(key, *value);
  }
  void raw(std::string_view key, std::string_view value) {
    begin(key);
    out_ += value;
  }
  void some(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  std::string& begin(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    json::append_string(out_, key);
    out_ += ':';
    return out_;
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

void size_and_root(std::string& out, const SizeAndRoot& head) {
  Object o(out);
  o.number("size", head.size);
  o.text("root", to_hex(head.root));
  o.end();
}

std::string records(uint64_t count) {
  return count == 1 ? "1 record" : fmt::format("{} records", count);
}

std::string first_sentence(const Verdict& v) {
  switch (v.exit) {
    case 1: return "TAMPERED: this log is not what was written.";
    case 2:
      return "TORN: the log ends in the middle of a record; everything before is fine. Run: agentmesh audit recover";
    case 3:
      return "NOT VERIFIABLE: nothing wrong was found, but nothing vouches for the log either.";
    case 4: return "NOT READ: a file could not be read, so nothing is proven.";
    default: break;
  }
  switch (v.level) {
    case Level::kAnchored:
      return "OK, anchored: the log extends the checkpoint that was kept elsewhere; not even the key holder changed anything below it.";
    case Level::kSigned:
      return "OK, signed: nobody without the key changed, removed, added or reordered a record up to the last checkpoint. "
             "Not proven: that the end was not cut back to an older checkpoint.";
    case Level::kChain: break;
  }
  return "OK, chain only: lines, links and tree agree; this proves nothing against someone who can recompute hashes.";
}

}  // namespace

std::string verdict_json(const Verdict& v, const std::string& dir, int64_t elapsed_us) {
  std::string out;
  Object o(out);
  o.number("v", uint64_t{1});
  o.text("result", result_name(v.exit));
  o.raw("exit", std::to_string(v.exit));
  o.text("dir", dir);
  o.text("log", v.log);
  o.text("level", level_name(v.level));
  o.number("records", v.records);
  o.number("first_seq", v.first_seq);
  o.number("size", v.size);
  o.text("root", to_hex(v.root));
  o.number("segments", v.segments);
  o.number("checkpoints", v.checkpoints);
  if (v.checkpoint) {
    size_and_root(o.begin("checkpoint"), *v.checkpoint);
  } else {
    o.raw("checkpoint", "false");
  }
  o.number("unsigned", v.unsigned_records);
  if (v.torn) {
    Object torn(o.begin("torn"));
    torn.text("file", v.torn->file);
    torn.number("offset", v.torn->offset);
    torn.number("bytes", v.torn->bytes);
    torn.end();
  } else {
    o.raw("torn", "false");
  }
  o.number("writers", v.writers);
  Object types(o.begin("types"));
  for (const auto& [type, count] : v.types) types.number(type, count);
  types.end();
  if (v.anchor) {
    Object anchor(o.begin("anchor"));
    anchor.number("size", v.anchor->size);
    anchor.text("root", to_hex(v.anchor->root));
    anchor.raw("ok", v.anchor_ok ? "true" : "false");
    anchor.end();
  }
  o.begin("problems") += '[';
  for (size_t i = 0; i < v.problems.size(); ++i) {
    const Problem& p = v.problems[i];
    if (i > 0) out += ',';
    Object each(out);
    each.text("class", class_name(p.kind));
    each.text("code", p.code);
    each.text("message", p.message);
    each.number("seq", p.seq);
    each.number("size", p.size);
    each.some("file", p.file);
    each.number("offset", p.offset);
    each.number("bytes", p.bytes);
    each.end();
  }
  out += ']';
  o.begin("notes") += '[';
  for (size_t i = 0; i < v.notes.size(); ++i) {
    const Remark& n = v.notes[i];
    if (i > 0) out += ',';
    Object each(out);
    each.text("code", n.code);
    each.text("message", n.message);
    each.some("w", n.w);
    each.some("file", n.file);
    each.number("seq", n.seq);
    each.number("level", n.level);
    each.number("tile", n.tile);
    each.end();
  }
  out += ']';
  o.raw("elapsed_us", std::to_string(elapsed_us));
  o.end();
  out += '\n';
  return out;
}

std::string verdict_text(const Verdict& v, const std::string& dir) {
  std::string out = first_sentence(v) + "\n";
  for (const Problem& p : v.problems) {
    out += fmt::format("{}: {}", p.code, p.message);
    if (!p.file.empty())
      out += fmt::format(" ({}{})", p.file, p.offset ? fmt::format(", offset {}", *p.offset) : "");
    out += "\n";
  }
  out += fmt::format("Log {} in {}: {} in {} segment{}, {} checkpoint{}, {} writer{}.\n",
                     v.log.empty() ? "(unknown)" : v.log, dir, records(v.records), v.segments,
                     v.segments == 1 ? "" : "s", v.checkpoints, v.checkpoints == 1 ? "" : "s",
                     v.writers, v.writers == 1 ? "" : "s");
  if (v.checkpoint) {
    out += fmt::format(
        "The last checkpoint that matches covers {}; {} after the last one {} not signed yet.\n",
        records(v.checkpoint->size), records(v.unsigned_records),
        v.unsigned_records == 1 ? "is" : "are");
  }
  for (const Remark& n : v.notes) {
    out += fmt::format("Note: {}: {}", n.code, n.message);
    if (!n.w.empty()) out += " (writer " + n.w + ")";
    if (n.tile)
      out += fmt::format(" (tile {}{})", n.level ? std::to_string(*n.level) + "/" : "", *n.tile);
    out += "\n";
  }
  return out;
}

}  // namespace agentmesh::audit
