// A small MCP server for the demo where there is no Node: reads, writes and lists files of one directory. It answers what the
// demo's client asks and nothing more.

#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "base/json.h"

namespace json = agentmesh::json;

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

std::string text_result(std::string_view text, bool is_error = false) {
  return fmt::format(R"({{"content":[{{"type":"text","text":{}}}],"isError":{}}})", quoted(text),
                     is_error);
}

std::string tool(std::string_view name, std::string_view description, std::string_view properties) {
  return fmt::format(
      R"({{"name":"{}","description":"{}","inputSchema":{{"type":"object","properties":{{{}}}}}}})",
      name, description, properties);
}

std::string tools() {
  constexpr std::string_view kPath = R"("path":{"type":"string"})";
  constexpr std::string_view kPathAndContent =
      R"("path":{"type":"string"},"content":{"type":"string"})";
  return R"({"tools":[)" + tool("read_text_file", "Reads a file.", kPath) + ',' +
         tool("list_directory", "Lists a directory.", kPath) + ',' +
         tool("write_file", "Writes a file.", kPathAndContent) + "]}";
}

std::string called(const std::string& root, json::View params) {
  const std::string name = params.find("name").string();
  const json::View arguments = params.find("arguments");
  const std::string path = agentmesh::lexically_normal(arguments.find("path").string(), root);
  if (path != root && !path.starts_with(root + "/")) return text_result("outside " + root, true);
  if (name == "read_text_file") {
    const auto text = agentmesh::read_file(path);
    return text ? text_result(*text) : text_result(text.error().what, true);
  }
  if (name == "list_directory") {
    const auto names = agentmesh::list_directory(path);
    if (!names) return text_result(names.error().what, true);
    return text_result(fmt::format("{}", fmt::join(*names, "\n")));
  }
  if (name == "write_file") {
    const auto done = agentmesh::replace_file(path, arguments.find("content").string(), 0644);
    return done ? text_result("written") : text_result(done.error().what, true);
  }
  return text_result("no such tool", true);
}

std::string answered(const std::string& root, json::View message) {
  const std::string method = message.find("method").string();
  if (method == "initialize")
    return R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"demo","version":"1"}})";
  if (method == "tools/list") return tools();
  if (method == "tools/call") return called(root, message.find("params"));
  return "{}";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    (void)std::fputs("usage: demo_server DIRECTORY\n", stderr);
    return 2;
  }
  const std::string root = agentmesh::lexically_normal(argv[1], agentmesh::current_directory());
  json::Reader reader;
  for (std::string line; std::getline(std::cin, line);) {
    if (reader.read(line).fault != json::Fault::kNone) continue;
    const json::View id = reader.root().find("id");
    if (!id.present()) continue;
    std::cout << R"({"jsonrpc":"2.0","id":)" << id.raw() << R"(,"result":)"
              << answered(root, reader.root()) << "}" << std::endl;
  }
  return 0;
}
