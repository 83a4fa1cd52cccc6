#include "bench/arguments.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace agentmesh::bench {

void die(const std::string& why) {
  (void)std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(2);
}

Arguments::Arguments(int argc, char** argv, std::vector<std::string_view> known) {
  if (argc % 2 == 0) die("options come in pairs: see the first lines of the program's source");
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (std::find(known.begin(), known.end(), name) == known.end())
      die("unknown option " + std::string(name));
    pairs_.push_back({name, argv[i + 1]});
  }
}

std::string Arguments::text(std::string_view name, std::string_view otherwise) const {
  std::string_view value = otherwise;
  for (const Pair& pair : pairs_)
    if (pair.name == name) value = pair.value;
  return std::string(value);
}

size_t Arguments::number(std::string_view name, size_t otherwise) const {
  const std::string value = text(name);
  return value.empty() ? otherwise : static_cast<size_t>(std::strtoull(value.c_str(), nullptr, 10));
}

std::vector<Case> Arguments::cases() const {
  const std::string server = text("--server");
  std::vector<Case> cases;
  for (const Pair& pair : pairs_) {
    if (pair.name != "--case") continue;
    const size_t colon = pair.value.find(": ");
    if (colon == std::string_view::npos) die("a case is \"name: words\"");
    Case& made = cases.emplace_back();
    made.name = pair.value.substr(0, colon);
    std::string_view rest = pair.value.substr(colon + 2);
    while (!rest.empty()) {
      const size_t blank = std::min(rest.find(' '), rest.size());
      if (blank > 0)
        made.words.emplace_back(rest.substr(0, blank) == "{server}" ? std::string_view(server)
                                                                    : rest.substr(0, blank));
      rest.remove_prefix(std::min(blank + 1, rest.size()));
    }
  }
  if (cases.empty()) die("no --case");
  return cases;
}

}  // namespace agentmesh::bench
