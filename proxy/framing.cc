#include "proxy/framing.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "proxy/oversize.h"

namespace agentmesh::proxy {
namespace {

constexpr size_t kRead = 64U << 10;   // the least that room() gives
constexpr size_t kUsual = 2 * kRead;  // what the buffer is when lines are of the usual size
constexpr size_t kPadding = 64;  // readable bytes behind the last one, for readers that look ahead
// A grown buffer is kept for the next large line until this many reads in a row needed no more than the usual; one that
// grew beyond kKeepWarm for a few only (given back at once, it is new memory each time: 2,528 pages for a line of 10 MiB).
constexpr size_t kKeepWarm = 4U << 20;
constexpr int kCalm = 64;
constexpr int kCalmWhenHuge = 4;

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};

}  // namespace

struct Framing::State {
  explicit State(size_t max) : max_message_bytes(max) {}

  size_t max_message_bytes;
  std::unique_ptr<char[], Free> memory;
  size_t capacity = 0;
  size_t begin = 0;    // first byte not yet handed out
  size_t scanned = 0;  // no LF in [begin, scanned)
  size_t end = 0;      // one past the last byte
  int calm = 0;
  // A line that is being thrown away: all of its bytes so far are gone, through the scan.
  std::unique_ptr<OversizeScan> scan;
  uint64_t thrown = 0;

  // realloc, so that a large buffer grows by moving pages and not bytes.
  void resize(size_t wanted) {
    char* const grown = static_cast<char*>(std::realloc(memory.get(), wanted + kPadding));
    if (grown == nullptr) throw std::bad_alloc();
    (void)memory.release();
    memory.reset(grown);
    capacity = wanted;
  }

  void settle() {  // the unfinished line moves to the front
    if (begin != 0 && end != begin) std::memmove(memory.get(), memory.get() + begin, end - begin);
    scanned -= begin;
    end -= begin;
    begin = 0;
  }

  void throw_away(size_t upto) {  // [begin, upto), no LF in it
    if (!scan) {
      scan = std::make_unique<OversizeScan>();
      thrown = 0;
    }
    scan->feed({memory.get() + begin, upto - begin});
    thrown += upto - begin;
    begin = scanned = upto;
  }

  Line oversize() {  // the LF of the line that was thrown away has just been read
    scan->end();
    Line line;
    line.kind = Line::Kind::kOversize;
    line.size = thrown + 1;
    line.id = scan->id();
    line.has_method = scan->has_method();
    line.has_answer = scan->has_answer();
    scan.reset();
    return line;
  }
};

Framing::Framing(size_t max_message_bytes) : state_(std::make_unique<State>(max_message_bytes)) {}
Framing::~Framing() = default;
Framing::Framing(Framing&&) noexcept = default;
Framing& Framing::operator=(Framing&&) noexcept = default;

std::span<char> Framing::room() {
  State& s = *state_;
  const size_t held = s.end - s.begin;
  if (held == 0) s.begin = s.scanned = s.end = 0;
  if (s.capacity > kUsual && held < kRead &&
      ++s.calm > (s.capacity > kKeepWarm ? kCalmWhenHuge : kCalm)) {
    s.settle();
    s.resize(kUsual);
  }
  if (s.capacity - s.end < kRead) s.settle();
  if (s.capacity - s.end < kRead) {
    s.calm = 0;
    s.resize(std::max(kUsual, std::min(2 * s.capacity, s.max_message_bytes + kRead + kUsual)));
  }
  if (held >= kRead) s.calm = 0;
  return {s.memory.get() + s.end, s.capacity - s.end};
}

void Framing::filled(size_t bytes) { state_->end += bytes; }

std::optional<Line> Framing::next() {
  State& s = *state_;
  if (s.scanned == s.end) return std::nullopt;
  const char* const base = s.memory.get();
  const void* const found = std::memchr(base + s.scanned, '\n', s.end - s.scanned);
  const size_t stop =
      found != nullptr ? static_cast<size_t>(static_cast<const char*>(found) - base) : s.end;
  if (s.scan || stop - s.begin > s.max_message_bytes) s.throw_away(stop);
  if (found == nullptr) {
    s.scanned = s.end;
    return std::nullopt;
  }
  const size_t from = std::exchange(s.begin, stop + 1);
  s.scanned = s.begin;
  if (s.scan) return s.oversize();
  Line line;
  line.bytes = {base + from, stop + 1 - from};
  line.size = line.bytes.size();
  return line;
}

std::optional<Line> Framing::finish() {
  State& s = *state_;
  const size_t held = s.end - s.begin;
  if (held == 0 && !s.scan) return std::nullopt;
  Line line;
  line.kind = Line::Kind::kUnterminated;
  if (s.scan) {
    line.size = s.thrown;
    s.scan.reset();
  } else {
    line.bytes = {s.memory.get() + s.begin, held};
    line.size = held;
  }
  s.begin = s.scanned = s.end;
  return line;
}

size_t Framing::buffered() const { return state_->end - state_->begin; }

bool Framing::holds(std::string_view bytes) const {
  const auto from = reinterpret_cast<uintptr_t>(state_->memory.get());
  const auto at = reinterpret_cast<uintptr_t>(bytes.data());
  return from != 0 && at >= from && at + bytes.size() <= from + state_->capacity;
}

}  // namespace agentmesh::proxy
