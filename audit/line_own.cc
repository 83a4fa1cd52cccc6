// The lines that the log writes of itself.

#include "audit/line_members.h"

namespace agentmesh::audit {

namespace {

template <class Fill>
void draft_own(std::string_view type, const Made& made, Draft& out, Fill fill) {
  Members o(out, made, type, Limits{});
  fill(o);
  o.done();
}

}  // namespace

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
