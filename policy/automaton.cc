#include "policy/automaton.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

namespace agentmesh::policy {

namespace {

constexpr size_t kMaxPlaces = 20'000;
constexpr int kMaxDepth = 200;
constexpr int kEndless = -1;

using Bytes = Automaton::Bytes;

Bytes range(int first, int last) {
  Bytes out;
  for (int byte = first; byte <= last; ++byte) out.set(static_cast<size_t>(byte));
  return out;
}
Bytes digits() { return range('0', '9'); }
Bytes letters() { return range('a', 'z') | range('A', 'Z'); }
Bytes words() { return letters() | digits() | range('_', '_'); }
Bytes blanks() { return range('\t', '\n') | range('\f', '\r') | range(' ', ' '); }
Bytes beyond_ascii() { return range(0x80, 0xFF); }

struct Node {
  enum class Kind : uint8_t { kNothing, kBytes, kInOrder, kEither, kRepeat, kBegin, kEnd };
  Kind kind = Kind::kNothing;
  Bytes bytes;
  int least = 0, most = 0;  // kRepeat
  bool lazy = false;        // as few as may be
  std::vector<Node> parts;
};

// Reads RE2's syntax, as far as it matters to how many places there are.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Node> read() {
    Node out = either(0);
    if (failed_ || at_ < text_.size()) return std::nullopt;
    return out;
  }

 private:
  bool more() const { return at_ < text_.size(); }
  bool next_is(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool take(std::string_view what) {
    if (!next_is(what)) return false;
    at_ += what.size();
    return true;
  }
  Node fail() {
    failed_ = true;
    at_ = text_.size();
    return {};
  }

  Node either(int depth) {
    if (depth > kMaxDepth) return fail();
    const bool ignores_case = ignores_case_;  // a flag holds to the end of its group
    Node out{Node::Kind::kEither, {}, 0, 0, false, {}};
    do out.parts.push_back(in_order(depth));
    while (take("|"));
    ignores_case_ = ignores_case;
    return out.parts.size() == 1 ? std::move(out.parts.front()) : out;
  }

  Node in_order(int depth) {
    Node out{Node::Kind::kInOrder, {}, 0, 0, false, {}};
    while (more() && !next_is("|") && !next_is(")")) out.parts.push_back(repeated(depth));
    return out;
  }

  Node repeated(int depth) {
    Node out = single(depth);
    for (;;) {
      int least = 0;
      int most = kEndless;
      if (take("*")) {
      } else if (take("+")) {
        least = 1;
      } else if (take("?")) {
        most = 1;
      } else if (!count(least, most)) {
        return out;
      }
      Node repeat{Node::Kind::kRepeat, {}, least, most, take("?"), {}};
      repeat.parts.push_back(std::move(out));
      out = std::move(repeat);
    }
  }

  // {n}, {n,}, {n,m}; anything else that begins with a brace is literal.
  bool count(int& least, int& most) {
    const size_t before = at_;
    const auto number = [this](int& out) {
      const size_t begin = at_;
      for (out = 0; more() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
        out = std::min(out * 10 + (text_[at_] - '0'), 100'000);
      return at_ > begin;
    };
    if (take("{") && number(least)) {
      most = least;
      if (take(",") && !number(most)) most = kEndless;
      if (take("}")) return true;
    }
    at_ = before;
    return false;
  }

  Node single(int depth) {
    if (take("(")) return group(depth);
    if (take("[")) return of(bracket());
    if (take(".")) return of(~range('\n', '\n'));
    if (take("^")) return {Node::Kind::kBegin, {}, 0, 0, false, {}};
    if (take("$")) return {Node::Kind::kEnd, {}, 0, 0, false, {}};
    if (take("\\")) return escape();
    return of(literal(text_[at_++]));
  }

  Node group(int depth) {
    if (take("?")) {
      if (take("P<") || take("<")) {
        at_ = std::min(text_.find('>', at_), text_.size() - 1) + 1;
      } else {
        bool on = true;
        while (more() && !next_is(":") && !next_is(")")) {
          if (text_[at_] == '-') on = false;
          if (text_[at_] == 'i') ignores_case_ = on;
          ++at_;
        }
        if (take(")")) return {};
        if (!take(":")) return fail();
      }
    }
    Node out = either(depth + 1);
    return take(")") ? out : fail();
  }

  Node escape() {
    if (!more()) return fail();
    switch (text_[at_]) {
      case 'A': ++at_; return {Node::Kind::kBegin, {}, 0, 0, false, {}};
      case 'z': ++at_; return {Node::Kind::kEnd, {}, 0, 0, false, {}};
      case 'b':
      case 'B': ++at_; return {};
      case 'C': ++at_; return of(range(0, 0xFF));
      case 'Q': {
        ++at_;
        Node out{Node::Kind::kInOrder, {}, 0, 0, false, {}};
        while (more() && !take("\\E")) out.parts.push_back(of(literal(text_[at_++])));
        return out;
      }
      default: return of(escaped());
    }
  }

  // Behind a backslash, in a bracket or not.
  Bytes escaped() {
    const char c = text_[at_++];
    switch (c) {
      case 'd': return digits();
      case 'D': return ~digits();
      case 'w': return words();
      case 'W': return ~words();
      case 's': return blanks();
      case 'S': return ~blanks();
      case 'n': return range('\n', '\n');
      case 't': return range('\t', '\t');
      case 'r': return range('\r', '\r');
      case 'f': return range('\f', '\f');
      case 'v': return range('\v', '\v');
      case 'a': return range('\a', '\a');
      case 'p':
      case 'P':  // a class of Unicode: some letters, some others
        at_ = next_is("{") ? std::min(text_.find('}', at_), text_.size() - 1) + 1
                           : std::min(at_ + 1, text_.size());
        return letters() | beyond_ascii();
      case 'x': return hexadecimal();
      default: return literal(c);
    }
  }

  Bytes hexadecimal() {
    const bool braces = take("{");
    const size_t end = braces ? text_.find('}', at_) : std::min(at_ + 2, text_.size());
    int value = 0;
    for (; at_ < std::min(end, text_.size()); ++at_) {
      const char c = text_[at_];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : 0;
      value = std::min(value * 16 + digit, 0x110000);
    }
    if (braces) (void)take("}");
    return value < 0x80 ? range(value, value) : beyond_ascii();
  }

  Bytes bracket() {
    const bool inverted = take("^");
    Bytes out;
    for (bool first = true; more() && (first || !next_is("]")); first = false) {
      if (take("[:")) {
        out |= named();
        continue;
      }
      const auto low = static_cast<unsigned char>(text_[at_]);
      if (take("\\")) {
        if (!more()) break;
        const Bytes some = escaped();
        out |= some;
        if (some.count() != 1) continue;
      } else {
        ++at_;
        out |= literal(static_cast<char>(low));
      }
      if (next_is("-") && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        const bool by_escape = take("\\");
        if (!more()) break;
        const auto high = static_cast<unsigned char>(text_[at_++]);
        if (!by_escape && low != '\\' && high >= low)
          for (int byte = low; byte <= high; ++byte) out |= literal(static_cast<char>(byte));
      }
    }
    if (!take("]")) (void)fail();
    return inverted ? ~out : out;
  }

  Bytes named() {
    const size_t end = text_.find(":]", at_);
    if (end == std::string_view::npos) {
      (void)fail();
      return {};
    }
    std::string_view name = text_.substr(at_, end - at_);
    at_ = end + 2;
    const bool inverted = name.starts_with('^');
    if (inverted) name.remove_prefix(1);
    const Bytes out = name == "digit"                       ? digits()
                      : name == "space"                     ? blanks()
                      : name == "upper"                     ? range('A', 'Z')
                      : name == "lower"                     ? range('a', 'z')
                      : name == "alpha"                     ? letters()
                      : name == "alnum" || name == "xdigit" ? letters() | digits()
                      : name == "word"                      ? words()
                                                            : range(0x20, 0x7E);
    return inverted ? ~out : out;
  }

  Bytes literal(char c) const {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) return beyond_ascii();
    const bool letter = letters().test(byte);
    return ignores_case_ && letter
               ? range(byte | 0x20, byte | 0x20) | range(byte & ~0x20, byte & ~0x20)
               : range(byte, byte);
  }

  static Node of(const Bytes& bytes) { return {Node::Kind::kBytes, bytes, 0, 0, false, {}}; }

  std::string_view text_;
  size_t at_ = 0;
  bool ignores_case_ = false;
  bool failed_ = false;
};

// What RE2 does with a pattern that is bound to the end of the text: it searches from there.
bool ends_at_end(const Node& node) {
  return node.kind == Node::Kind::kEnd || (node.kind == Node::Kind::kInOrder &&
                                           !node.parts.empty() && ends_at_end(node.parts.back()));
}
void turn_round(Node& node) {
  if (node.kind == Node::Kind::kInOrder) std::reverse(node.parts.begin(), node.parts.end());
  if (node.kind == Node::Kind::kBegin)
    node.kind = Node::Kind::kEnd;
  else if (node.kind == Node::Kind::kEnd)
    node.kind = Node::Kind::kBegin;
  for (Node& part : node.parts) turn_round(part);
}

}  // namespace

// Lays the places of a pattern out from its end to its beginning.
class AutomatonBuilder {
 public:
  std::optional<Automaton> build(const Node& root) {
    const uint32_t match = add({Automaton::Place::Kind::kMatch, 0, 0, 0});
    out_.start_ = lay(root, match);
    if (full()) return std::nullopt;
    return std::move(out_);
  }

 private:
  using Kind = Automaton::Place::Kind;
  bool full() const { return out_.places_.size() > kMaxPlaces; }
  uint32_t add(Automaton::Place place) {
    out_.places_.push_back(place);
    return static_cast<uint32_t>(out_.places_.size() - 1);
  }

  // Returns where the node begins, if `next` is what comes behind it.
  uint32_t lay(const Node& node, uint32_t next) {
    if (full()) return next;
    switch (node.kind) {
      case Node::Kind::kNothing: return next;
      case Node::Kind::kBegin: return add({Kind::kBegin, next, 0, 0});
      case Node::Kind::kEnd: return add({Kind::kNever, 0, 0, 0});
      case Node::Kind::kBytes:
        out_.sets_.push_back(node.bytes);
        return add({Kind::kByte, next, 0, static_cast<uint32_t>(out_.sets_.size() - 1)});
      case Node::Kind::kInOrder:
        for (auto part = node.parts.rbegin(); part != node.parts.rend(); ++part)
          next = lay(*part, next);
        return next;
      case Node::Kind::kEither: {
        uint32_t begin = lay(node.parts.front(), next);
        for (size_t i = 1; i < node.parts.size(); ++i)
          begin = add({Kind::kSplit, begin, lay(node.parts[i], next), 0});
        return begin;
      }
      case Node::Kind::kRepeat: return lay_repeat(node, next);
    }
    return next;
  }

  uint32_t lay_repeat(const Node& node, uint32_t next) {
    const Node& what = node.parts.front();
    uint32_t begin = next;
    const auto split = [&](uint32_t once_more, uint32_t on) {
      return add({Kind::kSplit, node.lazy ? on : once_more, node.lazy ? once_more : on, 0});
    };
    if (node.most == kEndless) {
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

std::optional<Automaton> Automaton::of(std::string_view regex) {
  auto root = Reader(regex).read();
  if (root && ends_at_end(*root)) turn_round(*root);
  return root ? AutomatonBuilder().build(*root) : std::nullopt;
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
