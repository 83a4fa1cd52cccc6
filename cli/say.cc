#include "cli/say.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace agentmesh::cli {
namespace {

bool colours_wanted() {
  static const bool wanted = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  return wanted;
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

}  // namespace

void complain(std::string_view sentence) {
  std::string line = "agentmesh: ";
  line += sentence;
  line += '\n';
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

void print(std::string_view text) { (void)std::fwrite(text.data(), 1, text.size(), stdout); }

std::string_view plural(size_t count) { return count == 1 ? "" : "s"; }

std::string coloured(std::string_view text, Colour colour) {
  if (colour == Colour::kNone || !colours_wanted()) return std::string(text);
  return std::string(code(colour)) + std::string(text) + "\033[0m";
}

}  // namespace agentmesh::cli
