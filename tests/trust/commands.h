// The commands over the trust folder, run with their output in files, on a state directory and a log of a test's own.

#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/approvals.h"
#include "cli/approvers.h"
#include "cli/pins.h"
#include "cli/say.h"
#include "cli/trust.h"
#include "tests/catch.h"
#include "tests/fakes.h"
#include "tests/temp_directory.h"
#include "trust/book.h"
#include "trust/events.h"
#include "trust/governed.h"
#include "trust/shared.h"
#include "trust/store.h"
#include "trust/wake.h"

namespace agentmesh::cli::tests {

using agentmesh::tests::CountingRandom;
using agentmesh::tests::TempDirectory;

struct Said {
  int status = 0;
  std::string out, err;
  bool says(std::string_view text) const { return (out + err).find(text) != std::string::npos; }
};

struct Fixture {
  TempDirectory state;
  SystemClock clock;
  CountingRandom random;
  std::vector<audit::Record> records;
  bool log_is_full = false;

  std::unique_ptr<trust::Store> store() {
    auto opened = trust::Store::open(state.path(), clock, random);
    if (!opened) FAIL(opened.error().what);
    return std::move(*opened);
  }
  std::unique_ptr<trust::Shared> shared() {
    auto opened = trust::Shared::open(state.path(), random);
    if (!opened) FAIL(opened.error().what);
    return std::move(*opened);
  }
  Recorder recorder() {
    return [this](const audit::Record& record) -> Result<void> {
      if (log_is_full) return fail("the log is full");
      records.push_back(record);
      return {};
    };
  }
  // Runs a command with its stdout and stderr in files.
  template <class Command>
  Said run(Command command) {
    (void)std::fflush(nullptr);
    const std::string names[] = {state / "out.txt", state / "err.txt"};
    const Fd kept[] = {Fd(::dup(1)), Fd(::dup(2))};
    for (int i = 0; i < 2; ++i) {
      const Fd file(::open(names[i].c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600));
      ::dup2(file.get(), i + 1);
    }
    Said said;
    said.status = command();
    (void)std::fflush(nullptr);
    for (int i = 0; i < 2; ++i) ::dup2(kept[i].get(), i + 1);
    said.out = *read_file(names[0]);
    said.err = *read_file(names[1]);
    return said;
  }
  // A session lists a tool twice: pinned first, then changed and reviewed.
  void changed_tool(const std::string& name, const std::string& now = "Reads and sends.") {
    trust::PinSet pins("files", "mac");
    pins.load(*store()->pins());
    const auto definition = [&](const std::string& description) {
      return R"({"name":")" + name + R"(","description":")" + description + "\"}";
    };
    const std::string before = definition("Reads."), after = definition(now);
    pins.settle(pins.see(trust::PinKind::kTool, name, json::View(before)), trust::Settle::kPin, 1);
    pins.settle(pins.see(trust::PinKind::kTool, name, json::View(after)), trust::Settle::kReview,
                2);
    REQUIRE(store()->save_pins(pins.take_writes())->empty());
  }
  // A session lists a tool for the first time, under a policy that holds it.
  void first_seen(const std::string& name, const std::string& description = "Reads.") {
    trust::PinSet pins("files", "mac");
    pins.load(*store()->pins());
    const std::string text = R"({"name":")" + name + R"(","description":")" + description + "\"}";
    pins.settle(pins.see(trust::PinKind::kTool, name, json::View(text)), trust::Settle::kHold, 1);
    REQUIRE(store()->save_pins(pins.take_writes())->empty());
  }
  trust::Pin pin_of(const std::string& name) {
    const auto pins = store()->pins();
    REQUIRE(pins);
    for (const trust::Pin& pin : *pins)
      if (pin.name == name) return pin;
    FAIL("no such pin");
    return {};
  }
  trust::PinState state_of(const std::string& name) { return pin_of(name).state; }
  Said approve(std::vector<std::string> names = {}, bool json = false,
               std::vector<std::string> hashes = {}) {
    return run([&] {
      return pins_approve({state.path(), "files", std::move(names), json, std::move(hashes)},
                          recorder());
    });
  }
  Said list(bool json = false) {
    return run([&] { return pins_list({state.path(), "", json}); });
  }
  void ask(const std::string& id, const std::string& approvers = "", bool of_server = false) {
    trust::Ticket ticket;
    ticket.id = id;
    ticket.of_server = of_server;
    ticket.agent = "desk";
    ticket.server = "files";
    ticket.tool = "delete_file";
    ticket.rule = "approve-deletes";
    ticket.brief = R"({"path":"notes.txt"})";
    ticket.approvers = approvers;
    ticket.digest.fill(static_cast<uint8_t>(id[0]));
    ticket.asked_us = clock.wall_us();
    ticket.deadline_us = ticket.asked_us + 600'000'000;
    REQUIRE(shared()->ask(ticket, ticket.asked_us));
  }
};

inline bool is_json(const std::string& text) {
  json::Reader reader;
  return reader.read(text).fault == json::Fault::kNone;
}

}  // namespace agentmesh::cli::tests
