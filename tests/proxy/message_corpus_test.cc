// Published collections as lines of a client: JSONTestSuite (tests/data/json) and confusable characters
// (tests/data/unicode).

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/skeleton.h"
#include "proxy/message.h"
#include "tests/catch.h"
#include "tests/proxy/reading.h"

namespace agentmesh::proxy::tests {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::filesystem::path> json_files() {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"tests/data/json/test_parsing", "tests/data/json/test_transform"})
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      files.push_back(entry.path());
  return files;
}

// What a stream makes of bytes: lines.
std::vector<std::string> lines_of(const std::string& bytes) {
  std::vector<std::string> lines;
  for (size_t from = 0; from < bytes.size();) {
    const size_t lf = bytes.find('\n', from);
    const size_t end = lf == std::string::npos ? bytes.size() : lf + 1;
    lines.push_back(bytes.substr(from, end - from));
    from = end;
  }
  return lines;
}

TEST_CASE("no text of JSONTestSuite is a message when it stands alone") {
  Lines client(Direction::kClientToServer);
  size_t files = 0;
  for (const auto& path : json_files()) {
    ++files;
    for (const std::string& line : lines_of(bytes_of(path) + "\n")) {
      CAPTURE(path.string(), line.substr(0, 200));
      const Reading reading = client.read(line);
      CHECK_FALSE(std::holds_alternative<Message>(reading));
    }
  }
  CHECK(files > 100);
}

TEST_CASE(
    "as an argument, what JSONTestSuite rejects never passes, and what it accepts always does") {
  Lines client(Direction::kClientToServer);
  size_t accepted = 0;
  size_t rejected = 0;
  for (const auto& path : json_files()) {
    const std::string name = path.filename().string();
    const std::string bytes = bytes_of(path);
    const std::string stream =
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"value":)" +
        bytes + "}}}\n";
    CAPTURE(name);
    const std::vector<std::string> lines = lines_of(stream);
    bool all_pass = true;
    for (const std::string& line : lines)
      all_pass = all_pass && std::holds_alternative<Message>(client.read(line));
    if (name.starts_with("n_")) {
      ++rejected;
      for (const std::string& line : lines)
        CHECK_FALSE(std::holds_alternative<Message>(client.read(line)));
    }
    const bool several_lines = lines.size() > 1;
    const bool bare_cr = bytes.find('\r') != std::string::npos;
    const bool repeats = name.find("duplicated_key") != std::string::npos;
    if (name.starts_with("y_") && !several_lines && !bare_cr && !repeats) {
      ++accepted;
      CHECK(all_pass);
    }
  }
  CHECK(accepted > 35);
  CHECK(rejected > 80);
}

struct Confusable {
  uint32_t code_point;
  char target;
};

std::vector<Confusable> confusables() {
  std::vector<Confusable> rows;
  std::ifstream in("tests/data/unicode/confusables.tsv");
  for (std::string line; std::getline(in, line);)
    rows.push_back({static_cast<uint32_t>(std::stoul(line, nullptr, 16)), line.back()});
  return rows;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Every way to write one letter of `key` with the look-alike; none if it has no such letter.
std::vector<std::string> spellings(const std::string& key, const Confusable& confusable) {
  std::vector<std::string> out;
  for (size_t i = 0; i < key.size(); ++i) {
    if (lower(key[i]) != lower(confusable.target)) continue;
    std::string spelled = key.substr(0, i);
    append_utf8(spelled, confusable.code_point);
    out.push_back(spelled + key.substr(i + 1));
  }
  return out;
}

TEST_CASE("a confusable letter in a second governed key never reaches the server") {
  Lines client(Direction::kClientToServer);
  size_t tried = 0;
  for (const Confusable& confusable : confusables()) {
    CAPTURE(confusable.code_point, confusable.target);
    for (const char* key : {"jsonrpc", "id", "method", "params", "result", "error"}) {
      for (const std::string& spelled : spellings(key, confusable)) {
        const std::string line =
            R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"},")" + spelled +
            "\":{}}";
        CHECK(outcome(client.read(line)) == "read.R2");
        ++tried;
      }
    }
    for (const char* key : {"name", "arguments", "_meta", "task", "uri", "cursor", "inputResponses",
                            "requestState"}) {
      for (const std::string& spelled : spellings(key, confusable)) {
        const std::string line =
            R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t",")" + spelled +
            "\":{}}}";
        CHECK(outcome(client.read(line)) == "read.R2");
        ++tried;
      }
    }
    for (const std::string& spelled : spellings("tools/call", confusable)) {
      const std::string line =
          R"({"jsonrpc":"2.0","id":1,"method":")" + spelled + R"(","params":{"name":"t"}})";
      CHECK(outcome(client.read(line)) == "read.R3");
      ++tried;
    }
  }
  CHECK(tried > 2000);
}

TEST_CASE("a key written in look-alikes alone never reaches the server either") {
  // For every letter the n-th character that looks like it.
  std::vector<std::vector<uint32_t>> alike(128);
  for (const Confusable& confusable : confusables())
    alike[static_cast<size_t>(lower(confusable.target))].push_back(confusable.code_point);
  Lines client(Direction::kClientToServer);
  size_t tried = 0;
  for (const std::string key : {"params", "name", "method", "arguments", "cursor", "result"}) {
    const bool top = key == "params" || key == "method" || key == "result";
    for (size_t n = 0; n < 40; ++n) {
      std::string spelled;
      for (const char c : key) {
        const auto& choices = alike[static_cast<size_t>(c)];
        if (choices.empty()) {
          spelled += c;
        } else {
          append_utf8(spelled, choices[n % choices.size()]);
        }
      }
      CAPTURE(key, spelled);
      const std::string line =
          R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t")" +
          (top ? "},\"" + spelled + "\":{}}" : ",\"" + spelled + "\":{}}}");
      CHECK(outcome(client.read(line)) == "read.R2");
      ++tried;
    }
  }
  CHECK(tried == 240);
}

}  // namespace
}  // namespace agentmesh::proxy::tests
