// The quickest MCP server that there is: one read, one write, a canned answer with the id of the request.
//
// It answers initialize, tools/list and tools/call (its tools are `write_note` and `read_notes`), and takes everything else
// for a notification. The text of a result has 150 bytes, or as many as the call's argument `bytes` says. If
// BENCH_STARTED is set, the monotonic clock's nanoseconds at its start go to the file of that name.

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "bench/texts.h"

namespace {

constexpr std::string_view kInitialized =
    R"("result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"bench-echo","version":"1"}}})";
constexpr std::string_view kTools =
    R"("result":{"tools":[{"name":"write_note","description":"Writes a note.","inputSchema":{"type":"object"}},{"name":"read_notes","description":"Reads notes.","inputSchema":{"type":"object"}}]}})";
constexpr std::string_view kResult = R"("result":{"content":[{"type":"text","text":")";

// The digits behind `key`. The requests are the benchmark's own: their id is their first member of that name.
std::string_view digits_behind(std::string_view line, std::string_view key) {
  const size_t at = line.find(key);
  if (at == std::string_view::npos) return {};
  const size_t from = at + key.size();
  return line.substr(from, line.find_first_not_of("0123456789", from) - from);
}

void answer(std::string_view line, std::string& text, std::string& out) {
  const std::string_view id = digits_behind(line, "\"id\":");
  if (id.empty()) return;
  out += R"({"jsonrpc":"2.0","id":)";
  out += id;
  out += ',';
  if (line.find("\"tools/call\"") != std::string_view::npos) {
    const std::string_view bytes = digits_behind(line, "\"bytes\":");
    const size_t size = bytes.empty() ? 150 : std::stoul(std::string(bytes));
    if (text.size() != size) text = agentmesh::bench::prose(size);
    out += kResult;
    out += text;
    out += "\"}]}}";
  } else {
    out += line.find("\"tools/list\"") != std::string_view::npos ? kTools : kInitialized;
  }
  out += '\n';
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t taken = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (taken < 0 && errno == EINTR) continue;
    if (taken <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(taken));
  }
  return true;
}

}  // namespace

int main() {
  if (const char* file = std::getenv("BENCH_STARTED"); file != nullptr)
    std::ofstream(file) << std::chrono::steady_clock::now().time_since_epoch().count() << '\n';
  std::string text, held, out;
  char bytes[1 << 16];
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    held.append(bytes, static_cast<size_t>(got));
    size_t from = 0;
    for (size_t lf; (lf = held.find('\n', from)) != std::string::npos; from = lf + 1) {
      answer(std::string_view(held).substr(from, lf - from), text, out);
    }
    held.erase(0, from);
    if (!write_all(out)) return 0;
    out.clear();
  }
}
