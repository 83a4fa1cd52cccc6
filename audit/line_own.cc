// The lines that the log writes of itself, and those of whoever keeps it in shape: a new key, a prune, an erasure.

#include "audit/line_members.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kMaxFiles = 256;
constexpr size_t kMaxSubjects = 32;
constexpr size_t kMaxSums = 5;
constexpr size_t kSubject = 240;  // 32 of them fit a line, whatever they are made of
constexpr size_t kFileName = 36;  // "seg/00000000000000000000.jsonl"
constexpr size_t kDay = 10;

template <class Fill>
void draft_own(std::string_view type, const Made& made, Draft& out, Fill fill) {
  Members o(out, made, type, Limits{});
  fill(o);
  o.done();
}

void sums(Members& o, const TrustSnapshot::Subject& subject) {
  const size_t object = o.open("sums", '{');
  o.integer("at", subject.at);
  o.integer("events", subject.events);
  if (!subject.sums.empty()) {
    const size_t parts = o.open("parts", '[');
    for (size_t i = 0; i < std::min(subject.sums.size(), kMaxSums); ++i) {
      o.element();
      const size_t part = o.open('[');
      for (const int64_t sum : subject.sums[i]) o.element_integer(sum);
      o.close(part, ']');
    }
    o.close(parts, ']');
  }
  o.close(object, '}');
}

}  // namespace

void members(Members& o, const TrustSnapshot& r, const Commitment*) {
  o.cut_here();
  o.mono();
  o.prev();
  o.seq();
  if (!r.subjects.empty()) {
    const size_t array = o.open("subjects", '[');
    for (size_t i = 0; i < std::min(r.subjects.size(), kMaxSubjects); ++i) {
      o.element();
      const size_t object = o.open('{');
      o.text("subject", r.subjects[i].subject, kSubject);
      sums(o, r.subjects[i]);
      o.close(object, '}');
    }
    o.close(array, ']');
  }
  o.ts_type();
  o.v_w_wseq();
}

void members(Members& o, const KeyRotate& r, const Commitment*) {
  o.cut_here();
  o.mono();
  o.text("old", r.old_vkey, kPlace + kName);
  o.prev();
  o.seq();
  o.ts_type();
  o.v();
  o.text("vkey", r.vkey, kPlace + kName);
  o.w();
  o.wseq();
}

void members(Members& o, const Prune& r, const Commitment*) {
  o.text("by", r.by);
  o.cut_here();
  texts(o, "files", r.files, kMaxFiles, kFileName);
  o.integer("first", r.first);
  o.mono();
  o.prev();
  o.hash("root", r.root);
  o.seq();
  o.ts_type();
  o.v_w_wseq();
}

void members(Members& o, const Erase& r, const Commitment*) {
  o.text("by", r.by);
  o.cut_here();
  texts(o, "days", r.days, kMaxFiles, kDay);
  o.mono();
  o.prev();
  o.text("reason", r.reason, kSentence);
  o.seq();
  o.ts_type();
  o.v_w_wseq();
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
