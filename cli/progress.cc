#include "cli/progress.h"

#include <unistd.h>

#include <fmt/format.h>

namespace agentmesh::cli {

namespace {

constexpr uint64_t kLookEvery = 4096;  // records
constexpr int64_t kFirstAfterUs = 1'000'000;
constexpr int64_t kThenEveryUs = 200'000;

std::string grouped(uint64_t number) {
  std::string out = std::to_string(number);
  for (size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

}  // namespace

Progress::Progress(std::string doing, bool with_output)
    : doing_(std::move(doing)),
      out_(stderr),
      shown_(::isatty(STDERR_FILENO) == 1 && (!with_output || ::isatty(STDOUT_FILENO) != 1)),
      clock_(system_clock_),
      next_us_(clock_.mono_us() + kFirstAfterUs) {}

Progress::Progress(std::string doing, std::FILE* out, bool shown, const Clock& clock)
    : doing_(std::move(doing)),
      out_(out),
      shown_(shown),
      clock_(clock),
      next_us_(clock.mono_us() + kFirstAfterUs) {}

Progress::~Progress() {
  if (!told_) return;
  (void)std::fputs("\r\033[K", out_);
  (void)std::fflush(out_);
}

void Progress::look(uint64_t records) {
  next_look_ = records + kLookEvery;
  const int64_t now = clock_.mono_us();
  if (now < next_us_) return;
  next_us_ = now + kThenEveryUs;
  told_ = true;
  (void)std::fputs(fmt::format("\r{}: {} records\033[K", doing_, grouped(records)).c_str(), out_);
  (void)std::fflush(out_);
}

}  // namespace agentmesh::cli
