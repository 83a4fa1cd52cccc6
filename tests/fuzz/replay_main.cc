// A fuzz target as an ordinary test: its corpus once each, then a fixed number of mutations of it, the same on every run.
//
//     x_fuzz_replay [--mutations N] [--seed S] [--finds DIR] FILE|DIRECTORY…
// A child runs the inputs; whatever way it dies (abort, sanitizer, no end within 30 s), the input that did it is written to
// DIR (default: here) and named, and that file as the only argument shows the fault again.

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/mutator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMaxBytes = 1U << 20;
constexpr size_t kMaxMutated = 16'384;
constexpr unsigned kMostSeconds = 30;

// The input in hand, where the parent still sees it when the child is gone.
struct InHand {
  uint64_t runs;
  size_t size;
  char bytes[kMaxBytes];
};

struct Asked {
  uint64_t mutations = 0;
  uint64_t seed = 1;
  std::filesystem::path finds = ".";
  std::vector<std::string> inputs;
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "fuzz: %s\n", why.c_str());
  std::exit(2);
}

uint64_t number(std::string_view text) {
  uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size())
    give_up("'" + std::string(text) + "' is not a number");
  return value;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) give_up("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Asked read_arguments(int argc, char** argv) {
  Asked asked;
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("--")) {
      if (i + 1 == argc) give_up(std::string(word) + " needs a value");
      const std::string_view value = argv[++i];
      if (word == "--mutations")
        asked.mutations = number(value);
      else if (word == "--seed")
        asked.seed = number(value);
      else if (word == "--finds")
        asked.finds = value;
      else
        give_up("unknown option " + std::string(word));
    } else if (std::filesystem::is_directory(word)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(word))
        if (entry.is_regular_file()) files.push_back(entry.path());
    } else {
      files.emplace_back(word);
    }
  }
  std::sort(files.begin(), files.end());  // the file system's order is not the same everywhere
  for (const auto& file : files) asked.inputs.push_back(content(file));
  if (asked.inputs.empty()) give_up("no inputs given");
  return asked;
}

void run(std::string_view input, InHand& hand) {
  hand.size = std::min(input.size(), kMaxBytes);
  std::memcpy(hand.bytes, input.data(), hand.size);
  ::alarm(kMostSeconds);
  // From a block of exactly this size, so that a sanitizer sees one byte too far.
  const std::vector<uint8_t> exact(hand.bytes, hand.bytes + hand.size);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  ++hand.runs;
}

void run_all(const Asked& asked, InHand& hand) {
  for (const std::string& input : asked.inputs) run(input, hand);
  agentmesh::fuzz::Mutator mutator(asked.inputs, asked.seed, kMaxMutated);
  for (uint64_t i = 0; i < asked.mutations; ++i) run(mutator.next(), hand);
}

std::string keep(const Asked& asked, const InHand& hand) {
  uint64_t hash = 0xCBF2'9CE4'8422'2325U;  // FNV-1a: a name for the input
  for (size_t i = 0; i < hand.size; ++i)
    hash = (hash ^ static_cast<unsigned char>(hand.bytes[i])) * 0x100'0000'01B3U;
  char name[32];
  (void)std::snprintf(name, sizeof name, "find-%016llx", static_cast<unsigned long long>(hash));
  const std::filesystem::path path = asked.finds / name;
  std::ofstream out(path, std::ios::binary);
  out.write(hand.bytes, static_cast<std::streamsize>(hand.size));
  return path.string();
}

}  // namespace

int main(int argc, char** argv) {
  const Asked asked = read_arguments(argc, argv);
  void* const shared =
      ::mmap(nullptr, sizeof(InHand), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) give_up("no memory");
  InHand& hand = *static_cast<InHand*>(shared);

  const pid_t child = ::fork();
  if (child < 0) give_up("cannot fork");
  if (child == 0) {
    run_all(asked, hand);
    std::exit(0);  // not _exit: a leak is a find too
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
  }
  std::printf("%llu inputs\n", static_cast<unsigned long long>(hand.runs));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
  const std::string how = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "did not end in time"
                          : WIFSIGNALED(status)
                              ? std::string("died of ") + ::strsignal(WTERMSIG(status))
                              : "failed with status " + std::to_string(WEXITSTATUS(status));
  std::fprintf(stderr, "fuzz: %s at input %llu, kept as %s\n", how.c_str(),
               static_cast<unsigned long long>(hand.runs), keep(asked, hand).c_str());
  return 1;
}
