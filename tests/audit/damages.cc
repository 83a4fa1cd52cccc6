#include "tests/audit/damages.h"

#include <algorithm>
#include <map>

#include "tests/audit/forge.h"

namespace agentmesh::audit::tests {

const std::vector<Damage>& damages() {
  static const std::vector<Damage> kAll = [] {
    std::vector<Damage> all = damages_of_lines();
    const std::vector<Damage> files = damages_of_files();
    all.insert(all.end(), files.begin(), files.end());
    return all;
  }();
  return kAll;
}

void flip(std::string& bytes, size_t at, int bit) {
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
}

uint64_t record_at(const Case& c, const std::string& file, size_t offset) {
  const uint64_t first = *segment_first_seq(file.substr(file.rfind('/') + 1));
  const std::string& bytes = c.shape.files.at(file);
  return first + static_cast<uint64_t>(std::count(
                     bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(offset), '\n'));
}

Expect of_tile(const Case& c, const std::string& file, size_t offset) {
  if (file.find("tile/0/") == std::string::npos)
    return Expect::kLimit;  // the upper ones: by compare
  const uint64_t tile = std::stoull(file.substr(file.rfind('/') + 1));
  return tile * 256 + offset / 32 < c.shape.first_seq ? Expect::kNoticed : Expect::kStrict;
}

const Signer& stranger(const std::string& origin) {
  static std::map<std::string, Signer> kept;
  return kept.try_emplace(origin, key_number(99, origin)).first->second;
}

void harm_anything(Case& c) {
  const std::string name = c.any(c.named(""));
  std::string& bytes = c.files[name];
  switch (c.below(4)) {
    case 0: flip(bytes, c.below(bytes.size()), static_cast<int>(c.below(8))); break;
    case 1: bytes.resize(c.below(bytes.size())); break;
    case 2: bytes += "x\n"; break;
    default: c.files.erase(name);
  }
}

}  // namespace agentmesh::audit::tests
