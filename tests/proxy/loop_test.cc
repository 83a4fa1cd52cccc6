#include "proxy/loop.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/proxy/loop_rig.h"

namespace agentmesh::proxy::tests {
namespace {

TEST_CASE("lines go through, ends of file too, and finish comes last") {
  Rig rig("cat; exit 3");
  std::string got;
  const int status = rig.run([&] {
    write_all(rig.to.get(), "one\ntwo\n");
    got = read_lines(rig.from.get(), 2);
    rig.to.reset();
    got += read_all(rig.from.get());
  });
  CHECK(got == "one\ntwo\n");
  CHECK(status == 3);
  CHECK(rig.relay.log == "client-eof server-eof finish 2 3");
}

TEST_CASE("a relay's own bytes and forwarded ones keep their order, whatever their origin") {
  Rig rig("cat");
  std::string got;
  rig.relay.on_client_line = [&](const Line& line) {
    if (line.bytes == "no\n") {
      rig.relay.wire->to_client(std::string("denied\n"));
      return;
    }
    rig.relay.wire->to_server(line.bytes.substr(0, 1));
    rig.relay.wire->to_server(std::string("<"));
    rig.relay.wire->to_server(std::string(">"));
    rig.relay.wire->to_server(line.bytes.substr(1));
  };
  rig.run([&] {
    write_all(rig.to.get(), "ab\nno\ncd\nno\n");
    rig.to.reset();
    got = read_all(rig.from.get());
  });
  CHECK(got == "denied\ndenied\na<>b\nc<>d\n");
}

TEST_CASE("a paused side is not read, its bytes stay, and posted work goes on with them") {
  Rig rig("cat");
  std::vector<std::string_view> held;
  std::vector<std::thread> writers;
  rig.relay.on_client_line = [&](const Line& line) {
    held.push_back(line.bytes);
    if (rig.relay.pause_client) return;
    rig.relay.pause_client = rig.relay.client_holds = true;
    // The record is written by somebody else, some time later.
    writers.emplace_back([&rig, &held] {
      rig.loop->post([&rig, &held] {
        for (const std::string_view bytes : held) rig.relay.wire->to_server(bytes);
        held.clear();
        rig.relay.pause_client = rig.relay.client_holds = false;
      });
    });
  };
  std::string sent, got;
  for (int i = 0; i < 20'000; ++i) sent += "line " + std::to_string(i) + "\n";
  rig.run([&] {
    std::thread reader([&] { got = read_all(rig.from.get()); });
    write_all(rig.to.get(), sent);
    rig.to.reset();
    reader.join();
  });
  for (std::thread& writer : writers) writer.join();
  CHECK(got == sent);
}

TEST_CASE(
    "what is pending when the client ends is still forwarded before the server sees the end") {
  Rig rig("cat");
  std::string kept, got;
  rig.relay.on_client_line = [&](const Line& line) {
    kept = line.bytes;
    rig.relay.client_holds = true;
    rig.relay.wire->after(7, 200'000, [&] {
      rig.relay.wire->to_server(kept);
      rig.relay.client_holds = false;
    });
  };
  rig.run([&] {
    write_all(rig.to.get(), "late\n");
    rig.to.reset();
    got = read_all(rig.from.get());
  });
  CHECK(got == "late\n");
}

TEST_CASE("a server is not hurried while it waits for what we hold back") {
  Rig rig("cat", [](LoopOptions& options) { options.shutdown = {50, 4'000, 50}; });
  std::string kept, got;
  rig.relay.on_client_line = [&](const Line& line) {
    kept = line.bytes;
    rig.relay.pause_client = rig.relay.client_holds = true;
    rig.relay.wire->after(7, 600'000, [&] {
      rig.relay.wire->to_server(kept);
      rig.relay.pause_client = rig.relay.client_holds = false;
    });
  };
  const int status = rig.run([&] {
    write_all(rig.to.get(), "late\n");
    rig.to.reset();
    got = read_all(rig.from.get());
  });
  CHECK(status == 0);
  CHECK(got == "late\n");
}

TEST_CASE(
    "what is pending when the server ends is still delivered before the client sees the end") {
  Rig rig("echo answer; exit 4");
  std::string kept, got;
  rig.relay.on_server_line = [&](const Line& line) {
    kept = line.bytes;
    rig.relay.server_holds = true;
    rig.relay.wire->after(7, 200'000, [&] {
      rig.relay.wire->to_client(kept);
      rig.relay.server_holds = false;
    });
  };
  CHECK(rig.run([&] { got = read_all(rig.from.get()); }) == 4);
  CHECK(got == "answer\n");
}

TEST_CASE("timers replace and cancel each other by slot") {
  Rig rig("cat");
  std::string got;
  rig.relay.on_client_line = [&](const Line&) {
    rig.relay.wire->after(1, 30'000, [&] { rig.relay.wire->to_client("never\n"); });
    rig.relay.wire->after(2, 20'000, [&] { rig.relay.wire->to_client("never\n"); });
    rig.relay.wire->after(1, 10'000, [&] { rig.relay.wire->to_client("first\n"); });
    rig.relay.wire->after(2, -1, {});
    rig.relay.wire->after(3, 60'000, [&] { rig.relay.wire->to_client("second\n"); });
  };
  rig.run([&] {
    write_all(rig.to.get(), "go\n");
    got = read_lines(rig.from.get(), 2);
    rig.to.reset();
    got += read_all(rig.from.get());
  });
  CHECK(got == "first\nsecond\n");
}

TEST_CASE("work may be posted from several threads at once, and from work, and runs once each") {
  Rig rig("cat");
  int ran = 0;
  rig.run([&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 250; ++i) {
          rig.loop->post([&] {
            ++ran;
            rig.loop->post([&] {
              if (++ran == 2000) rig.relay.wire->to_client("all\n");
            });
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(read_lines(rig.from.get(), 1) == "all\n");
    rig.to.reset();
  });
  CHECK(ran == 2000);
  rig.loop->post([&] { ++ran; });  // after the end: nothing happens, and nothing breaks
  rig.relay.wire->to_server("after\n");
  CHECK(ran == 2000);
}

TEST_CASE("what a server that closed its stdin refuses is told, to the last byte") {
  Rig rig("exec 0<&-; echo ready; exec sleep 600", [](LoopOptions& options) {
    options.shutdown = {100, 100, 100};
  });
  std::string sent;
  for (int i = 0; i < 3000; ++i) sent += "line " + std::to_string(i) + "\n";
  const int status = rig.run([&] {
    REQUIRE(read_lines(rig.from.get(), 1) == "ready\n");
    write_all(rig.to.get(), sent);
    rig.to.reset();
  });
  CHECK(rig.relay.lost_to_server == sent);
  CHECK(status == 143);
}

TEST_CASE("what a client that reads no more did not take is told") {
  Rig rig("cat; echo bye; exec sleep 600");
  const int status = rig.run([&] {
    write_all(rig.to.get(), "one\n");
    REQUIRE(read_lines(rig.from.get(), 1) == "one\n");
    rig.from.reset();
  });
  CHECK(rig.relay.lost_to_client == "bye\n");
  CHECK(rig.relay.log == "client-eof server-eof finish 3 143");
  CHECK(status == 143);
}

TEST_CASE("answers of our own to a client that does not read are bounded, and its requests wait") {
  Rig rig("cat");
  const std::string answer = std::string((64U << 10) - 1, 'd') + "\n";
  std::atomic<size_t> asked = 0;
  size_t answered_bytes = 0;
  rig.relay.on_client_line = [&](const Line&) {
    ++asked;
    rig.relay.wire->to_client(answer);
  };
  size_t sent = 0, asked_when_full = 0;
  rig.run([&] {
    const std::string line = std::string(4095, 'q') + "\n";
    (void)::fcntl(rig.to.get(), F_SETFL, O_NONBLOCK);
    for (;;) {  // until nothing more is taken for a while
      pollfd one{rig.to.get(), POLLOUT, 0};
      if (::poll(&one, 1, 300) == 0) break;
      if (::write(rig.to.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()))
        ++sent;
    }
    asked_when_full = asked;  // the loop sleeps
    rig.to.reset();
    answered_bytes = read_all(rig.from.get()).size();
  });
  CHECK(asked_when_full * answer.size() < size_t{16} << 20U);
  CHECK(asked == sent);
  CHECK(answered_bytes == sent * answer.size());
}

TEST_CASE("a message larger than every pipe goes through whole, both ways at once") {
  Rig rig("cat");
  std::string large;
  large.resize(20'000'000, 'L');
  large += '\n';
  std::string got;
  rig.run([&] {
    std::thread reader([&] { got = read_all(rig.from.get()); });
    write_all(rig.to.get(), large);
    write_all(rig.to.get(), "small\n");
    rig.to.reset();
    reader.join();
  });
  CHECK(got.size() == large.size() + 6);
  CHECK((got == large + "small\n"));
}

TEST_CASE(
    "large lines one after the other arrive as they were, to a client that reads a little at a time") {
  Rig rig("cat");
  std::string sent;
  for (char c = 'a'; c < 'e'; ++c) sent += std::string(1'000'000, c) + "\n" + c + "\n";
  std::string got;
  rig.run([&] {
    std::thread writer([&] {
      write_all(rig.to.get(), sent);
      rig.to.reset();
    });
    char bytes[10'000];
    for (ssize_t n; (n = ::read(rig.from.get(), bytes, sizeof bytes)) > 0;)
      got.append(bytes, static_cast<size_t>(n));
    writer.join();
  });
  CHECK((got == sent));
}

TEST_CASE("what a server left in its pipe arrives, however late the client begins to read") {
  // Where the server is gone before the client reads depends on how much pipes and queue hold.
  for (const int lines : {10, 11, 12, 13, 14}) {
    CAPTURE(lines);
    Rig rig("head -c " + std::to_string(lines) +
                "00000 /dev/zero | tr '\\0' x | fold -b -w 99999; echo; exit 7",
            [](LoopOptions& options) { options.descendant_ms = 10; });
    std::promise<void> waited;
    size_t told = 0;
    rig.relay.on_server_line = [&](const Line& line) {
      if (told++ == 0) rig.relay.wire->after(1, 150'000, [&] { waited.set_value(); });
      rig.relay.wire->to_client(line.bytes);
    };
    size_t got = 0;
    const int status = rig.run([&] {
      waited.get_future().wait();
      got = read_all(rig.from.get()).size();
    });
    CHECK(status == 7);
    CHECK(told == static_cast<size_t>(lines) + 1);
    CHECK(got == static_cast<size_t>(lines) * 100'001 + 1);
  }
}

TEST_CASE("a pump forwards what is no line, too") {
  Rig rig("cat");
  std::string sent(3'000'000, '\0');
  for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 + i / 977);
  std::string got;
  Pump pump;
  std::thread client([&] {
    std::thread reader([&] { got = read_all(rig.from.get()); });
    write_all(rig.to.get(), sent);
    rig.to.reset();
    reader.join();
  });
  CHECK(rig.loop->run(std::move(*rig.child), pump) == 0);
  client.join();
  CHECK((got == sent));
}

TEST_CASE("a touched wake file is heard") {
  char name[] = "/tmp/agentmesh-wake-XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  const std::string folder = name;
  const std::string file = folder + "/wake";
  Rig rig("cat", [&](LoopOptions& options) { options.wake_path = file; });
  rig.relay.on_client_line = [&](const Line& line) { rig.relay.wire->to_client(line.bytes); };
  rig.run([&] {
    write_all(rig.to.get(), "up\n");
    (void)read_lines(rig.from.get(), 1);
    const Fd made(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    // The loop takes events before the next line that it reads.
    write_all(rig.to.get(), "one\n");
    (void)read_lines(rig.from.get(), 1);
    write_all(rig.to.get(), "two\n");
    (void)read_lines(rig.from.get(), 1);
    rig.to.reset();
  });
  CHECK(rig.relay.log.find("woken") == 0);
  (void)::unlink(file.c_str());
  (void)::rmdir(folder.c_str());
}

TEST_CASE("our ends of the client's pipes are gone when the loop is") {
  Rig rig("cat");
  rig.run([&] { rig.to.reset(); });
  char byte;
  CHECK(::read(rig.from.get(), &byte, 1) == 0);
}

}  // namespace
}  // namespace agentmesh::proxy::tests
