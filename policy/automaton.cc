#include "policy/automaton.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

namespace agentmesh::policy {

namespace {

// What RE2 does with a pattern that is bound to the end of the text: it searches from there.
bool ends_at_end(const RegexTree& tree) {
  return tree.kind == RegexTree::Kind::kEnd ||
         (tree.kind == RegexTree::Kind::kInOrder && !tree.parts.empty() &&
          ends_at_end(tree.parts.back()));
}
void turn_round(RegexTree& tree) {
  if (tree.kind == RegexTree::Kind::kInOrder) std::reverse(tree.parts.begin(), tree.parts.end());
  if (tree.kind == RegexTree::Kind::kBegin)
    tree.kind = RegexTree::Kind::kEnd;
  else if (tree.kind == RegexTree::Kind::kEnd)
    tree.kind = RegexTree::Kind::kBegin;
  for (RegexTree& part : tree.parts) turn_round(part);
}

}  // namespace

// Lays the places of a pattern out from its end to its beginning.
class AutomatonBuilder {
 public:
  std::optional<Automaton> build(const RegexTree& root) {
    const uint32_t match = add({Automaton::Place::Kind::kMatch, 0, 0, 0});
    out_.start_ = lay(root, match);
    if (full()) return std::nullopt;
    return std::move(out_);
  }

 private:
  using Kind = Automaton::Place::Kind;
  bool full() const { return out_.places_.size() > Automaton::kMaxPlaces; }
  uint32_t add(Automaton::Place place) {
    out_.places_.push_back(place);
    return static_cast<uint32_t>(out_.places_.size() - 1);
  }

  // Returns where the node begins, if `next` is what comes behind it.
  uint32_t lay(const RegexTree& node, uint32_t next) {
    if (full()) return next;
    switch (node.kind) {
      case RegexTree::Kind::kNothing: return next;
      case RegexTree::Kind::kBegin: return add({Kind::kBegin, next, 0, 0});
      case RegexTree::Kind::kEnd: return add({Kind::kNever, 0, 0, 0});
      case RegexTree::Kind::kBytes:
        out_.sets_.push_back(node.bytes);
        return add({Kind::kByte, next, 0, static_cast<uint32_t>(out_.sets_.size() - 1)});
      case RegexTree::Kind::kInOrder:
        for (auto part = node.parts.rbegin(); part != node.parts.rend(); ++part)
          next = lay(*part, next);
        return next;
      case RegexTree::Kind::kEither: {
        uint32_t begin = lay(node.parts.front(), next);
        for (size_t i = 1; i < node.parts.size(); ++i)
          begin = add({Kind::kSplit, begin, lay(node.parts[i], next), 0});
        return begin;
      }
      case RegexTree::Kind::kRepeat: return lay_repeat(node, next);
    }
    return next;
  }

  uint32_t lay_repeat(const RegexTree& node, uint32_t next) {
    const RegexTree& what = node.parts.front();
    uint32_t begin = next;
    const auto split = [&](uint32_t once_more, uint32_t on) {
      return add({Kind::kSplit, node.lazy ? on : once_more, node.lazy ? once_more : on, 0});
    };
    if (node.most == RegexTree::kEndless) {
      begin = split(0, next);
      const uint32_t body = lay(what, begin);
      (node.lazy ? out_.places_[begin].other : out_.places_[begin].next) = body;
    } else {
      for (int i = node.least; i < node.most && !full(); ++i) begin = split(lay(what, begin), next);
    }
    for (int i = 0; i < node.least && !full(); ++i) begin = lay(what, begin);
    return begin;
  }

  Automaton out_;
};

std::optional<Automaton> Automaton::of(RegexTree tree) {
  if (ends_at_end(tree)) turn_round(tree);
  return AutomatonBuilder().build(tree);
}

size_t Automaton::work(std::string_view text, size_t enough) const {
  // Where a search may stand, the preferred first, as RE2 keeps it for a pattern by itself: with the order there are many more
  // of these than sets without.
  struct Standing {
    std::vector<uint32_t> places;  // kByte alone
    bool matches = false;
    std::array<int32_t, 256> next;
  };
  std::vector<std::unique_ptr<Standing>> all;
  std::map<std::vector<uint32_t>, int32_t> known;
  std::vector<uint32_t> seen(places_.size(), 0);
  std::vector<uint32_t> stack, from;
  uint32_t round = 0;
  size_t work = 0;

  // All that can be reached from `from` without a byte.
  const auto settle = [&](bool at_begin) {
    ++round;
    std::vector<uint32_t> here;
    bool matches = false;
    for (const uint32_t root : from) {
      stack.push_back(root);
      while (!stack.empty()) {
        const uint32_t at = stack.back();
        stack.pop_back();
        if (seen[at] == round) continue;
        seen[at] = round;
        ++work;
        const Place& place = places_[at];
        if (place.kind == Place::Kind::kByte) here.push_back(at);
        if (place.kind == Place::Kind::kMatch) matches = true;
        if (place.kind == Place::Kind::kSplit) stack.push_back(place.other);
        if (place.kind == Place::Kind::kSplit || (place.kind == Place::Kind::kBegin && at_begin))
          stack.push_back(place.next);
      }
    }
    if (matches) here.push_back(static_cast<uint32_t>(places_.size()));  // no place: a mark
    const auto [found, fresh] = known.try_emplace(here, static_cast<int32_t>(all.size()));
    if (fresh) {
      if (matches) here.pop_back();
      all.push_back(std::make_unique<Standing>());
      all.back()->places = std::move(here);
      all.back()->matches = matches;
      all.back()->next.fill(-1);
    }
    return found->second;
  };

  from.push_back(start_);
  int32_t at = settle(true);
  for (const char c : text) {
    Standing& standing = *all[static_cast<size_t>(at)];
    if (standing.matches || work > enough) break;
    const auto byte = static_cast<unsigned char>(c);
    int32_t next = standing.next[byte];
    if (next < 0) {
      from.clear();
      for (const uint32_t place : standing.places)
        if (sets_[places_[place].bytes].test(byte)) from.push_back(places_[place].next);
      from.push_back(start_);  // a match may begin anywhere
      next = settle(false);
      standing.next[byte] = next;
    }
    at = next;
  }
  return work;
}

}  // namespace agentmesh::policy
