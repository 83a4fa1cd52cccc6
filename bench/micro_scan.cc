// Each scanner of free text by itself, on prose, and on what is costly for it.

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/texts.h"
#include "policy/scan/pii.h"
#include "policy/scan/secrets.h"
#include "policy/scan/shell.h"
#include "policy/scan/sql.h"
#include "policy/scan/text.h"
#include "policy/scan/unicode.h"
#include "policy/scan/urls.h"

namespace agentmesh::bench {
namespace {

namespace scan = policy::scan;
using Hits = std::vector<scan::Hit>;

// Every fourth letter is not ASCII, as in Greek or Cyrillic text with blanks.
std::string foreign(size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += "Ο πίνακας της σελίδας 9 άλλαξε. ";
  return text;
}

template <class Scan>
void scanned(benchmark::State& state, const std::string& text, Scan scan) {
  Hits hits;
  for (auto _ : state) {
    hits.clear();
    scan(text, hits);
    benchmark::DoNotOptimize(hits.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void instructions(std::string_view text, Hits& hits) {
  scan::find_instructions(text, scan::TextKind::kResult, hits);
}
void secrets(std::string_view text, Hits& hits) { scan::find_secrets(text, "text", hits); }
void forged_mark(std::string_view text, Hits& hits) { scan::find_forged_mark(text, hits); }
void sql_injection(std::string_view text, Hits& hits) { scan::find_sql_injection(text, hits); }
void shell_injection(std::string_view text, Hits& hits) { scan::find_shell_injection(text, hits); }
void hidden(std::string_view text, Hits& hits) { scan::find_hidden(text, false, hits); }

const std::string kSmall = prose(150);
const std::string kLarge = prose(65'536);
const std::string kForeign = foreign(65'536);
const std::string kRun(65'536, 'a');

BENCHMARK_CAPTURE(scanned, instructions_150, kSmall, instructions);
BENCHMARK_CAPTURE(scanned, instructions_64_KiB, kLarge, instructions);
BENCHMARK_CAPTURE(scanned, instructions_foreign, kForeign, instructions);
BENCHMARK_CAPTURE(scanned, instructions_one_run, kRun, instructions);
BENCHMARK_CAPTURE(scanned, secrets_150, kSmall, secrets);
BENCHMARK_CAPTURE(scanned, secrets_64_KiB, kLarge, secrets);
BENCHMARK_CAPTURE(scanned, secrets_foreign, kForeign, secrets);
BENCHMARK_CAPTURE(scanned, personal_150, kSmall, scan::find_pii);
BENCHMARK_CAPTURE(scanned, personal_64_KiB, kLarge, scan::find_pii);
BENCHMARK_CAPTURE(scanned, hidden_150, kSmall, hidden);
BENCHMARK_CAPTURE(scanned, hidden_64_KiB, kLarge, hidden);
BENCHMARK_CAPTURE(scanned, hidden_foreign, kForeign, hidden);
BENCHMARK_CAPTURE(scanned, forged_mark_64_KiB, kLarge, forged_mark);
BENCHMARK_CAPTURE(scanned, sql_injection_150, kSmall, sql_injection);
BENCHMARK_CAPTURE(scanned, shell_injection_150, kSmall, shell_injection);

}  // namespace
}  // namespace agentmesh::bench
