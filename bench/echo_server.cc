// The quickest MCP server that there is: one read, one write, a canned answer with the id of the request.
//
// It answers initialize, tools/list and tools/call (its one tool is `echo`), and takes everything else for a notification.

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view kInitialized =
    R"("result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"bench-echo","version":"1"}}})";
constexpr std::string_view kTools =
    R"("result":{"tools":[{"name":"echo","description":"Says what it is given.","inputSchema":{"type":"object"}}]}})";
constexpr std::string_view kResult = R"("result":{"content":[{"type":"text","text":")";

// The requests are the benchmark's own: their id is a number and their first member of that name.
std::string_view id_of(std::string_view line) {
  constexpr std::string_view key = "\"id\":";
  const size_t at = line.find(key);
  if (at == std::string_view::npos) return {};
  const size_t from = at + key.size();
  return line.substr(from, line.find_first_not_of("0123456789", from) - from);
}

void answer(std::string_view line, const std::string& text, std::string& out) {
  const std::string_view id = id_of(line);
  if (id.empty()) return;
  out += R"({"jsonrpc":"2.0","id":)";
  out += id;
  out += ',';
  if (line.find("\"tools/call\"") != std::string_view::npos) {
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

// echo_server [BYTES]: how long the text of a result is (default 200).
int main(int argc, char** argv) {
  const std::string text(argc > 1 ? std::stoul(argv[1]) : 200, 'e');
  std::string held, out;
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
