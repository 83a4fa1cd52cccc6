// Any bytes through the wide scans: the same answer as one byte at a time, at every width and from every start.

#include "base/json_scan.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace agentmesh::json {

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Stop>
void check_find(const char* begin, const char* end) {
  const char* slow = begin;
  while (slow != end && !Stop::is(*slow)) ++slow;
  require(find_in_blocks<Stop, WordBlock>(begin, end) == slow);
  require(find_in_blocks<Stop, WideBlock>(begin, end) == slow);
}

// From the definition: a quote opens and closes, a backslash takes the meaning from what follows it.
void check_strings(const char* begin, const char* end) {
  StringTracker tracker;
  bool in_string = false;
  bool escaped = false;
  for (const char* p = begin; end - p >= static_cast<std::ptrdiff_t>(Structure::kBytes);
       p += Structure::kBytes) {
    const Structure s = structure_of(p);
    const Structure slow = structure_by_bytes(p);
    require(s.quotes == slow.quotes && s.backslashes == slow.backslashes);
    require(s.opening == slow.opening && s.closing == slow.closing);
    const uint64_t inside = tracker.inside(s);
    for (unsigned i = 0; i < Structure::kBytes; ++i) {
      const char c = p[i];
      if (c == '"' && !escaped) in_string = !in_string;
      require(((inside >> i) & 1) == (in_string ? 1U : 0U));
      escaped = c == '\\' && !escaped;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const char* const begin = reinterpret_cast<const char*>(data);
  const char* const end = begin + size;
  for (size_t skip = 0; skip < 20 && skip <= size; ++skip) {
    check_find<StringStop>(begin + skip, end);
    check_find<StringEnd>(begin + skip, end);
  }
  check_strings(begin, end);
  const char* const quote = find_closing_quote(begin, end);
  require(quote == end || *quote == '"');
  const char* const blank = skip_blanks(begin, end);
  require(blank == end || !is_blank(*blank));
  return 0;
}

}  // namespace agentmesh::json
