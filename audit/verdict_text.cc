#include "audit/verdict_text.h"

#include <algorithm>
#include <map>

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

bool has(const Verdict& v, std::string_view code) {
  return std::any_of(v.problems.begin(), v.problems.end(),
                     [&](const Problem& p) { return p.code == code; });
}

// What was proven, and of which records. Nothing is said of the ones behind the last checkpoint, nor of the time before a
// record was signed: whoever can write to the files can add a record that the next checkpoint covers.
std::string proven(const Verdict& v) {
  const uint64_t size = v.checkpoint ? v.checkpoint->size : 0;
  switch (v.level) {
    case Level::kAnchored:
      return fmt::format(
          "anchored: the first {} are those of the checkpoint that was kept elsewhere; not even the key holder changed or "
          "cut any of them. Since they were signed, nobody without the key changed, removed, added or reordered one of the "
          "first {}.",
          records(v.anchor->size), records(size));
    case Level::kSigned:
      return fmt::format(
          "signed: since they were signed, nobody without the key changed, removed, added or reordered one of the first {}. "
          "Not proven: who wrote them, nor that the end was not cut back to an older checkpoint (compare with one kept elsewhere: --anchor).",
          records(size));
    case Level::kChain: break;
  }
  return "chain only: lines, links and tree agree; this proves nothing against someone who can recompute hashes.";
}

std::string torn_sentence(const Verdict& v, const std::string& place_words) {
  const bool tail = has(v, "tail.torn");
  return fmt::format("TORN: {}{}{}, as a crash leaves it; {}. Before that, {}",
                     tail ? "the log ends in the middle of a record" : "",
                     tail && has(v, "checkpoints.torn") ? ", and " : "",
                     has(v, "checkpoints.torn") ? "the last checkpoint is unfinished" : "",
                     tail ? "run: agentmesh audit recover" + place_words : "the next one mends it",
                     proven(v));
}

// What is left of a log that was tampered with.
std::string what_stands(const Verdict& v) {
  if (v.level == Level::kChain || !v.checkpoint) return "";
  return fmt::format(" Of its records only the first {} known to be what was signed.",
                     v.checkpoint->size == 1 ? "is" : fmt::format("{} are", v.checkpoint->size));
}

std::string first_sentence(const Verdict& v, const std::string& place_words) {
  const bool only_key = std::all_of(v.problems.begin(), v.problems.end(),
                                    [](const Problem& p) { return p.code == "key.mismatch"; });
  switch (v.exit) {
    case 0: return "OK, " + proven(v);
    case 1:
      if (only_key)
        return "NOT OF THIS KEY: the log may be whole, but it is not the log of a key that is trusted here.";
      return "TAMPERED: this log is not what was written." + what_stands(v);
    case 2: return torn_sentence(v, place_words);
    case 3:
      return has(v, "key.untrusted")
                 ? "NOT VERIFIABLE: nothing wrong was found, but nothing vouches for the log either."
                 : "NOT VERIFIABLE: nothing wrong was found, but not all that was asked for could be checked.";
    default: return "NOT READ: a file could not be read, so nothing is proven.";
  }
}

// A cause once, and what follows from it counted; a long list of one kind shortened. The whole list is in the JSON.
std::string problems_text(const Verdict& v) {
  constexpr size_t kOfOneCode = 10;
  std::string out;
  std::map<std::string, size_t> left_out;
  std::map<std::string, size_t> told;
  std::optional<uint64_t> mismatch;
  for (const Problem& p : v.problems) {
    const bool follows = p.code == "root.mismatch" && mismatch && p.seq == mismatch;
    if (p.code == "root.mismatch") mismatch = p.seq;
    if (follows) continue;  // a note counts them
    if (++told[p.code] > kOfOneCode) {
      ++left_out[p.code];
      continue;
    }
    out += fmt::format("{}: {}\n", p.code, placed(p));
  }
  for (const auto& [code, count] : left_out)
    out += fmt::format("{}: {} more of them (--json lists them)\n", code, count);
  return out;
}

}  // namespace

std::string placed(const Problem& p) {
  std::string out;
  // (Which records those are says its message.)
  if (p.seq && p.code != "root.mismatch") out += fmt::format("record {}: ", *p.seq);
  out += p.message;
  if (!p.file.empty())
    out += fmt::format(" ({}{})", p.file, p.offset ? fmt::format(", offset {}", *p.offset) : "");
  return out;
}

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

std::string verdict_text(const Verdict& v, const std::string& dir, const std::string& place_words) {
  std::string out = first_sentence(v, place_words) + "\n" + problems_text(v);
  out += fmt::format("Log {} in {}: {} in {} segment{}, {} checkpoint{}, {} writer{}.\n",
                     v.log.empty() ? "(unknown)" : v.log, dir, records(v.records), v.segments,
                     v.segments == 1 ? "" : "s", v.checkpoints, v.checkpoints == 1 ? "" : "s",
                     v.writers, v.writers == 1 ? "" : "s");
  if (v.checkpoint) {
    out += fmt::format("The last checkpoint that matches covers {}", records(v.checkpoint->size));
    // Of a log that was tampered with nothing is merely not signed yet.
    if (v.exit != 1)
      out += fmt::format("; {} after the last one {} not signed yet", records(v.unsigned_records),
                         v.unsigned_records == 1 ? "is" : "are");
    out += ".\n";
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
