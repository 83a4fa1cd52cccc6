#include "cli/say.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/json_object.h"

namespace agentmesh::cli {
namespace {

bool colours_wanted() {
  static const bool kWanted = [] {
    const char* refused = std::getenv("NO_COLOR");  // no-color.org: an empty one says nothing
    const char* terminal = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0') &&
           (terminal == nullptr || std::string_view(terminal) != "dumb");
  }();
  return kWanted;
}

std::string_view code(Colour colour) {
  switch (colour) {
    case Colour::kNone: return "";
    case Colour::kRed: return "\033[31m";
    case Colour::kGreen: return "\033[32m";
    case Colour::kYellow: return "\033[33m";
    case Colour::kDim: return "\033[2m";
    case Colour::kBold: return "\033[1m";
  }
  return "";
}

// What this process has said: it runs one command.
struct Said {
  bool printed = false;
  std::string complaints;
  int lost = 0;  // errno of a write to stdout that failed
};
Said& said() {
  static Said all;
  return all;
}

void say_on_stderr(std::string_view before, std::string_view sentence) {
  said().complaints += (said().complaints.empty() ? "" : "\n") + std::string(sentence);
  std::string line(before);
  line += sentence;
  line += '\n';
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void complain(std::string_view sentence) { say_on_stderr("agentmesh: ", sentence); }

void complain_at(std::string_view placed) { say_on_stderr("", placed); }

int failed(const Error& error) {
  complain(error.what);
  return kNo;
}

int no_log(std::string_view log_dir) {
  complain("nothing is recorded yet: there is no log in " + std::string(log_dir));
  return kNo;
}

void complaints_as_json() {
  if (said().printed || said().complaints.empty()) return;
  print(JsonObject().boolean("ok", false).text("error", said().complaints).done() + "\n");
}

void note_printed() { said().printed = true; }

void print(std::string_view text) {
  said().printed = said().printed || !text.empty();
  if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size() && said().lost == 0)
    said().lost = errno;
}

bool flush_printed() {
  if (std::fflush(stdout) != 0 && said().lost == 0) said().lost = errno;
  return said().lost == 0 && std::ferror(stdout) == 0;
}

int all_printed(int status, int refused) {
  flush_printed();
  const int lost = said().lost != 0 ? said().lost : std::ferror(stdout) != 0 ? EIO : 0;
  const bool known = status != kOk && !said().complaints.empty();
  if (lost == 0 || lost == EPIPE || known) return status;
  complain(std::string("stdout: ") + std::strerror(lost));
  return status == kOk ? refused : status;
}

std::string_view plural(size_t count) { return count == 1 ? "" : "s"; }

std::string coloured(std::string_view text, Colour colour) {
  if (colour == Colour::kNone || !colours_wanted()) return std::string(text);
  return std::string(code(colour)) + std::string(text) + "\033[0m";
}

}  // namespace agentmesh::cli
