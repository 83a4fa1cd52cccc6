// Policy.md: a message is judged without allocation that grows with the number of rules.

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/policy/ask.h"

namespace {
std::atomic<size_t> count = 0;
}

void* operator new(size_t bytes) {
  count.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(bytes != 0 ? bytes : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  count.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(bytes != 0 ? bytes : 1);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace agentmesh::policy {
namespace {

// How often memory is asked for to judge one call, when the policy has judged others before.
size_t allocations_of(const std::string& text, const char* args) {
  const auto policy = tests::good(text);
  Question question = tests::call("write_note", args);
  const auto input = question.input();
  REQUIRE(input);
  for (int i = 0; i < 20; ++i) (void)policy->ask(*input);
  const size_t before = count.load();
  const Verdict verdict = policy->ask(*input);
  CHECK(verdict.passes());
  return count.load() - before;
}

size_t allocations(size_t rules, const char* args) {
  std::string text = "default: allow\nrules:\n";
  for (size_t i = 0; i < rules; ++i) {
    const std::string n = std::to_string(i);
    const char* const kinds[] = {
        "tool: 'admin_#_*', action: deny",
        "args: {path: '/srv/area-#/*'}, action: warn",
        "args: {'*': 'word-#'}, action: deny",
        "condition: \"has(args.text) && args.text.contains('code-#')\", action: deny",
        "condition: \"action.type == 'write' && session.denied > #\", action: require_approval",
        "server: 'other-#', action: deny",
    };
    std::string rule = kinds[i % std::size(kinds)];
    rule.replace(rule.find('#'), 1, n);
    text += "  - {name: r" + n + ", " + rule + "}\n";
  }
  return allocations_of(text, args);
}

TEST_CASE("a call is judged without allocation that grows with the number of rules") {
  for (const char* args : {"{}", R"({"path":"/srv/x/a","text":"hello","n":[1,{"deep":"text"}]})"}) {
    CAPTURE(args);
    CHECK(allocations(1200, args) <= allocations(60, args));
  }
  CHECK(allocations(1200, "{}") <= 8);
}

TEST_CASE("tags cost memory only where a rule that has some matches") {
  const std::string warned =
      "default: allow\nrules:\n  - {name: w, tool: write_note, action: warn}\n";
  const size_t plain = allocations_of(warned, "{}");
  CHECK(allocations_of(warned + "  - {name: o, tool: other, action: warn, tags: [x]}\n", "{}") ==
        plain);
  CHECK(allocations_of(
            "default: allow\nrules:\n  - {name: w, tool: write_note, action: warn, tags: [x]}\n",
            "{}") == plain + 1);
}

}  // namespace
}  // namespace agentmesh::policy
