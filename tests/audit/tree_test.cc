#include "audit/tree.h"

#include <string>
#include <vector>

#include "audit/recent_leaves.h"
#include "base/bytes.h"
#include "base/json.h"
#include "tests/audit/scratch.h"
#include "tests/catch.h"

namespace agentmesh::audit {

namespace {

// The oracle: RFC 6962 section 2.1, word for word, and as slow as that.
Hash root_by_definition(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256(std::string_view());
  if (leaves.size() == 1) return leaves[0];
  size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return hash_node(root_by_definition(leaves.first(split)),
                   root_by_definition(leaves.subspan(split)));
}

std::vector<Hash> inclusion_by_definition(size_t m, std::span<const Hash> leaves) {
  if (leaves.size() <= 1) return {};
  size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  auto path = m < k ? inclusion_by_definition(m, leaves.first(k))
                    : inclusion_by_definition(m - k, leaves.subspan(k));
  path.push_back(root_by_definition(m < k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

std::vector<Hash> leaves_of(size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(hash_leaf(std::to_string(i)));
  return leaves;
}

RangeRoot over(const std::vector<Hash>& leaves) {
  return [&leaves](uint64_t begin, uint64_t end) -> Result<Hash> {
    return root_by_definition(std::span(leaves).subspan(begin, end - begin));
  };
}

Hash hash_of(json::View hex) {
  const auto bytes = from_hex(hex.string());
  Hash hash{};
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

std::vector<Hash> path_of(json::View path) {
  std::vector<Hash> out;
  for (const json::View each : path.elements()) out.push_back(hash_of(each));
  return out;
}

uint64_t number(json::View value) { return static_cast<uint64_t>(*value.integer()); }

}  // namespace

TEST_CASE("the kept root is the root by definition, at every size") {
  Frontier tree;
  std::vector<Hash> leaves;
  for (size_t n = 0; n <= 520; ++n) {
    CAPTURE(n);
    REQUIRE(tree.root() == root_by_definition(leaves));
    const auto again = Frontier::restore(tree.size(), tree.hashes());
    REQUIRE(again);
    REQUIRE(again->root() == tree.root());
    leaves.push_back(hash_leaf("record " + std::to_string(n)));
    tree.add(leaves.back());
  }
  CHECK_FALSE(Frontier::restore(3, tree.hashes()));
}

TEST_CASE("whole subtrees can be added for their leaves, and all that becomes complete is told") {
  const auto leaves = leaves_of(64);
  Frontier one;
  for (size_t i = 0; i < 48; ++i) one.add(leaves[i]);
  Frontier other;
  std::vector<std::pair<unsigned, Hash>> complete;
  for (size_t i = 0; i < 48; i += 16)
    other.add_subtree(
        4, root_by_definition(std::span(leaves).subspan(i, 16)),
        [&](unsigned height, const Hash& root) { complete.emplace_back(height, root); });
  CHECK(one.root() == other.root());
  REQUIRE(complete.size() == 4);
  CHECK(complete[2].first == 5);
  CHECK(complete[2].second == root_by_definition(std::span(leaves).first(32)));
}

TEST_CASE("proofs are those by definition, hold, and no changed one does") {
  for (size_t n = 1; n <= 40; ++n) {
    const auto leaves = leaves_of(n);
    const Hash root = root_by_definition(leaves);
    for (size_t m = 0; m < n; ++m) {
      CAPTURE(n, m);
      auto path = inclusion_path(m, n, over(leaves));
      REQUIRE(path);
      REQUIRE(*path == inclusion_by_definition(m, leaves));
      REQUIRE(inclusion_holds(leaves[m], m, n, *path, root));
      REQUIRE_FALSE(inclusion_holds(leaves[m], n, n, *path, root));
      if (n > 1) REQUIRE_FALSE(inclusion_holds(leaves[m], (m + 1) % n, n, *path, root));
      path->push_back(root);
      REQUIRE_FALSE(inclusion_holds(leaves[m], m, n, *path, root));
    }
    for (size_t m = 0; m <= n; ++m) {
      CAPTURE(n, m);
      const Hash old_root = root_by_definition(std::span(leaves).first(m));
      auto path = consistency_path(m, n, over(leaves));
      REQUIRE(path);
      REQUIRE(consistency_holds(m, old_root, n, root, *path));
      if (m > 0 && m < n) {
        REQUIRE_FALSE(consistency_holds(m, root, n, root, *path));
        REQUIRE_FALSE(consistency_holds(m, old_root, n, old_root, *path));
        path->pop_back();
        REQUIRE_FALSE(consistency_holds(m, old_root, n, root, *path));
      }
    }
  }
}

TEST_CASE("the classic vectors of RFC 6962 come out") {
  const std::string text = audit::tests::slurp("tests/data/audit/rfc6962.json");
  json::Reader reader;
  REQUIRE(reader.read(text).fault == json::Fault::kNone);
  const json::View root = reader.root();
  std::vector<Hash> leaves;
  Frontier tree;
  size_t n = 0;
  for (const json::View hex : root.find("leaves_hex").elements()) {
    CHECK(to_hex(tree.root()) == root.find("roots").at(n).string());
    const auto bytes = *from_hex(hex.string());
    leaves.push_back(hash_leaf({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    CHECK(to_hex(leaves.back()) == root.find("leaf_hashes").at(n++).string());
    tree.add(leaves.back());
  }
  CHECK(to_hex(tree.root()) == root.find("roots").at(n).string());
  for (const json::View proof : root.find("inclusion").elements())
    CHECK(*inclusion_path(number(proof.find("index")), number(proof.find("size")), over(leaves)) ==
          path_of(proof.find("path")));
  for (const json::View proof : root.find("consistency").elements())
    CHECK(*consistency_path(number(proof.find("old")), number(proof.find("new")), over(leaves)) ==
          path_of(proof.find("path")));
  for (const json::View proof : root.find("must_fail").elements()) {
    const uint64_t index = number(proof.find("index"));
    CHECK_FALSE(inclusion_holds(leaves[std::min<uint64_t>(index, 7)], index, 8,
                                path_of(proof.find("path")), tree.root()));
  }
  const auto decimal = leaves_of(1000);
  for (const json::View proof : root.find("decimal_leaves").find("inclusion").elements()) {
    const uint64_t index = number(proof.find("index"));
    const uint64_t size = number(proof.find("size"));
    CHECK(*inclusion_path(index, size, over(decimal)) == path_of(proof.find("path")));
    CHECK(inclusion_holds(decimal[index], index, size, path_of(proof.find("path")),
                          hash_of(proof.find("root"))));
  }
}

TEST_CASE("the leaves that were appended last are known, as long as none is missing among them") {
  const auto leaves = leaves_of(3000);
  const std::span<const Hash> all(leaves);
  const auto part = [&](uint64_t first, uint64_t count) {
    return std::vector<Hash>(all.begin() + static_cast<std::ptrdiff_t>(first),
                             all.begin() + static_cast<std::ptrdiff_t>(first + count));
  };
  RecentLeaves recent;
  CHECK(recent.get(0, 1).empty());
  recent.add(10, all.subspan(10, 300));
  CHECK(recent.get(9, 2).empty());
  CHECK(recent.get(309, 2).empty());
  CHECK(recent.get(10, 300) == part(10, 300));
  for (uint64_t seq = 310; seq < 2000; seq += 5) recent.add(seq, all.subspan(seq, 5));
  CHECK(recent.get(1792, 200) == part(1792, 200));
  CHECK(recent.get(256, 256).empty());  // long gone
  CHECK(recent.get(2000 - 1024, 1024) == part(2000 - 1024, 1024));
  CHECK(recent.get(2000 - 1025, 1024).empty());
  recent.add(2001, all.subspan(2001, 100));  // somebody else wrote 2000
  CHECK(recent.get(1999, 2).empty());
  CHECK(recent.get(2001, 100) == part(2001, 100));
  recent.clear();
  CHECK(recent.get(2001, 100).empty());
}

}  // namespace agentmesh::audit
