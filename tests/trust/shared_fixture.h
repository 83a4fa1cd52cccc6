// A shared file in a directory of its own, and the few questions that tests ask it.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "tests/catch.h"
#include "tests/fakes.h"
#include "tests/temp_directory.h"
#include "trust/shared.h"

namespace agentmesh::tests {

inline constexpr int64_t kNow = 1'795'000'000'000'000;
inline constexpr int64_t kSecond = 1'000'000;
inline constexpr int64_t kHour = 3600 * kSecond;

struct SharedFixture {
  SharedFixture() { open(); }
  void open() {
    auto opened = trust::Shared::open(state.path(), random);
    if (!opened) FAIL(opened.error().what);
    shared = std::move(*opened);
  }
  bool take(std::string_view key, uint32_t max, int64_t window, int64_t now) {
    const trust::LimitUse use{key, max, window};
    return !shared->take({&use, 1}, now);
  }
  trust::Ticket ask(const std::string& id, uint8_t digest = 1,
                    trust::TicketKind kind = trust::TicketKind::kTicket) {
    trust::Ticket ticket;
    ticket.id = id;
    ticket.kind = kind;
    ticket.digest.fill(digest);
    ticket.agent = "desk";
    ticket.server = "files";
    ticket.tool = "delete_file";
    ticket.asked_us = kNow;
    ticket.deadline_us = kNow + 600 * kSecond;
    auto asked = shared->ask(ticket, kNow);
    if (!asked) FAIL(asked.error().what);
    return *asked;
  }
  Result<trust::Ticket> answer(std::string_view id, bool grant, std::string_view by,
                               int64_t now = kNow) {
    return shared->answer(id, grant, by, now, nullptr);
  }
  std::optional<trust::Ticket> use(uint8_t digest, std::string_view agent = "desk",
                                   std::string_view server = "files", int64_t now = kNow) {
    Hash hash{};
    hash.fill(digest);
    return shared->use(hash, agent, server, now);
  }
  std::vector<std::string> set_aside() const {
    std::vector<std::string> names = *list_directory(state.path());
    std::erase_if(names,
                  [](const std::string& name) { return name.find(".bad-") == std::string::npos; });
    return names;
  }

  TempDirectory state;
  CountingRandom random;
  std::unique_ptr<trust::Shared> shared;
};

}  // namespace agentmesh::tests
