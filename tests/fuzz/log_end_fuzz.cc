// Any bytes as what stands in a log's last segment behind its signed records: torn, whole or damaged, and what the reader
// says of it is what verify says of it.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "audit/layout.h"
#include "audit/line.h"
#include "audit/read.h"
#include "audit/tail_end.h"
#include "audit/verify.h"
#include "tests/audit/forge.h"

namespace agentmesh::audit {

namespace forged = agentmesh::audit::tests;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

Record decision() {
  Decision decision;
  decision.dir = "c2s";
  decision.method = "tools/call";
  decision.id = "1";
  decision.tool = "read_file";
  decision.verdict = "allow";
  decision.mode = "enforce";
  return decision;
}

// A log of three signed records. (The corpus has lines that follow them.)
struct Base {
  forged::Scratch scratch;
  std::string dir = scratch.path() + "/log";
  std::string segment = dir + "/" + segment_file(0);
  std::string begin;
  forged::Forge forge;

  Base() {
    for (int i = 0; i < 2; ++i) forge.add(decision());
    forge.sign(3);
    forge.write(dir);
    for (uint64_t seq = 0; seq < 3; ++seq) begin += forge.line(seq) + "\n";
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Base base;
  forged::spill(base.segment, base.begin + std::string(reinterpret_cast<const char*>(data), size));
  VerifyOptions options;
  options.dir = base.dir;
  options.trusted = {base.forge.key.verifier};
  options.threads = 1;
  const Verdict verdict = verify(options);
  require(verdict.exit == 0 || verdict.exit == 1 || verdict.exit == 2);
  require(verdict.records >= 3);

  const auto end = read_tail_end(base.dir, options.trusted, forged::Forge::kWriter);
  require(end.has_value());
  require(end->checkpoint.size == 3 && end->head.next_seq >= 3);
  // A log that recovery would mend by cutting is torn and no more; a whole one needs nothing.
  if (verdict.exit == 0)
    require(!end->torn && end->damage.empty() && end->head.next_seq == verdict.size);
  if (end->torn) require(end->damage.empty() && end->bytes > 0);
  if (!end->damage.empty()) require(verdict.exit == 1);

  auto tail = Tail::open(base.dir, 2);
  require(tail.has_value());
  while (true) {
    const auto line = tail->next();
    require(line.has_value());
    if (!*line) break;
  }
  (void)find_record(base.dir, 3);
  return 0;
}

}  // namespace agentmesh::audit
