#include "policy/slow.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/automaton.h"
#include "policy/regex_tree.h"

namespace agentmesh::policy {

namespace {

using Bytes = RegexTree::Bytes;
using Kind = RegexTree::Kind;

constexpr size_t kProbeBytes = 8192;
constexpr size_t kMaxWords = 5;
constexpr size_t kMaxPieces = 10;
constexpr size_t kManyChoices = 6;  // fewer leave little to remember, whatever the text
constexpr size_t kEndOfCounting = 1'000'000;

// The byte that a set stands for if it is one character, in whichever case; else 0.
char only_member(const Bytes& bytes) {
  for (size_t byte = 0; byte < bytes.size(); ++byte) {
    if (!bytes.test(byte)) continue;
    const bool both_cases = byte >= 'A' && byte <= 'Z' && bytes.test(byte + ('a' - 'A'));
    return bytes.count() == (both_cases ? 2U : 1U) ? static_cast<char>(byte) : '\0';
  }
  return '\0';
}

// How often a text may go one way or another through the pattern. What RE2 has to remember comes from these.
size_t choices(const RegexTree& tree) {
  size_t out = 0;
  switch (tree.kind) {
    case Kind::kBytes: return only_member(tree.bytes) == '\0' ? 1 : 0;
    case Kind::kInOrder:
      for (const RegexTree& part : tree.parts) out += choices(part);
      break;
    case Kind::kEither:
      for (const RegexTree& part : tree.parts) out = std::max(out, choices(part));
      ++out;
      break;
    case Kind::kRepeat: {
      const bool endless = tree.most == RegexTree::kEndless;
      const auto times = static_cast<size_t>(std::max(endless ? tree.least : tree.most, 1));
      out = times * (choices(tree.parts.front()) + (!endless && tree.most > tree.least ? 1 : 0));
      break;
    }
    default: break;
  }
  return std::min(out, kEndOfCounting);
}

// What texts are made of in which the pattern is at home: its words, and members of its classes.
class Pieces {
 public:
  explicit Pieces(const RegexTree& tree) {
    collect(tree);
    end_word();
    for (const Bytes& some : classes_) add_members(some);
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  void collect(const RegexTree& tree) {
    if (tree.kind == Kind::kBytes) {
      if (const char c = only_member(tree.bytes); c != '\0') {
        word_ += c;
        return;
      }
      if (std::find(classes_.begin(), classes_.end(), tree.bytes) == classes_.end())
        classes_.push_back(tree.bytes);
    }
    if (tree.kind != Kind::kInOrder) end_word();
    for (const RegexTree& part : tree.parts) {
      collect(part);
      if (tree.kind == Kind::kEither) end_word();
    }
  }

  void end_word() {
    if (!word_.empty() && all_.size() < kMaxWords) add(word_);
    word_.clear();
  }

  // Two of them that are no word yet, ordinary ones where there are any.
  void add_members(const Bytes& some) {
    int added = 0;
    const auto take = [&](unsigned char byte) {
      if (added < 2 && some.test(byte) && add(std::string(1, static_cast<char>(byte)))) ++added;
    };
    for (const char c : std::string_view("ab01xz AZ_-./")) take(static_cast<unsigned char>(c));
    for (unsigned byte = 0; byte < some.size(); ++byte) take(static_cast<unsigned char>(byte));
  }

  bool add(const std::string& piece) {
    if (all_.size() >= kMaxPieces || std::find(all_.begin(), all_.end(), piece) != all_.end())
      return false;
    all_.push_back(piece);
    return true;
  }

  std::string word_;
  std::vector<Bytes> classes_;
  std::vector<std::string> all_;
};

std::string probe(const std::string& one, const std::string& other) {
  std::string text;
  uint32_t state = 2463534242U;  // xorshift: the same text every time
  while (text.size() < kProbeBytes) {
    state ^= state << 13U;
    state ^= state >> 17U;
    state ^= state << 5U;
    text += (state >> 16U & 1U) != 0 ? one : other;
  }
  return text;
}

bool is_slow(const Automaton& automaton, const std::vector<std::string>& pieces) {
  constexpr size_t kEnough = kProbeBytes * kSlowWork;
  for (size_t i = 0; i < pieces.size(); ++i)
    for (size_t k = i + 1; k < pieces.size(); ++k)
      if (automaton.work(probe(pieces[i], pieces[k]), kEnough) > kEnough) return true;
  return false;
}

}  // namespace

PatternCost cost_of(std::string_view regex) {
  auto tree = RegexTree::read(regex);
  if (!tree) return PatternCost::kTooLarge;
  if (choices(*tree) < kManyChoices) return PatternCost::kOrdinary;
  const Pieces pieces(*tree);
  const auto automaton = Automaton::of(std::move(*tree));
  if (!automaton) return PatternCost::kTooLarge;
  return is_slow(*automaton, pieces.all()) ? PatternCost::kSlow : PatternCost::kOrdinary;
}

std::string_view complaint(PatternCost cost) {
  switch (cost) {
    case PatternCost::kOrdinary: return "";
    case PatternCost::kSlow:
      return "this pattern takes too much work for each byte that it is searched in (shorten what is counted or repeated in it)";
    case PatternCost::kTooLarge:
      return "this pattern is too large to tell what it costs (shorten what is counted, repeated or nested in it)";
  }
  return "";
}

}  // namespace agentmesh::policy
