#include "tests/base/json_oracle.h"

#include <algorithm>
#include <set>

namespace agentmesh::tests {
namespace {

using json::Fault;
using json::Kind;
using json::View;

// The code point of the UTF-8 sequence at `at`, and its length; length 0 if it is none.
std::pair<uint32_t, size_t> decode(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 && lead < 0xF8   ? 4
                        : lead >= 0xE0 && lead < 0xF0 ? 3
                        : lead >= 0xC0 && lead < 0xE0 ? 2
                                                      : 0;
  if (length == 0) return {0, 0};
  uint32_t c = lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return {0, 0};
    c = c * 64 + (byte(at + i) & 0x3FU);
  }
  const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return {0, 0};
  return {c, length};
}

std::string encode(uint32_t c) {
  if (c >= 0xD800 && c <= 0xDFFF) c = 0xFFFD;
  const auto tail = [c](uint32_t divisor) { return static_cast<char>(0x80 + c / divisor % 64); };
  const auto lead = [c](uint32_t mark, uint32_t divisor) {
    return static_cast<char>(mark + c / divisor);
  };
  if (c < 0x80) return {lead(0, 1)};
  if (c < 0x800) return {lead(0xC0, 64), tail(1)};
  if (c < 0x10000) return {lead(0xE0, 4096), tail(64), tail(1)};
  return {lead(0xF0, 262144), tail(4096), tail(64), tail(1)};
}

// RFC 8259, rule by rule. Each function reads at at_ and leaves at_ behind; once failed, nothing moves any more.
class Oracle {
 public:
  explicit Oracle(std::string_view text) : text_(text) {}

  Opinion run() {
    for (const std::string_view mark : {"\xEF\xBB\xBF", "\xFE\xFF", "\xFF\xFE"})
      if (text_.substr(0, mark.size()) == mark) return faulty(Fault::kByteOrderMark, 0);
    for (size_t i = 0; i < text_.size();) {
      const size_t length = decode(text_, i).second;
      if (length == 0) return faulty(Fault::kUtf8, i);
      i += length;
    }
    blanks();
    Node root = value(0);
    blanks();
    if (failed_) return faulty(Fault::kSyntax, at_);
    if (at_ != text_.size()) return faulty(Fault::kTrailing, at_);
    opinion_.root = std::move(root);
    std::sort(opinion_.repeated_keys.begin(), opinion_.repeated_keys.end());
    return opinion_;
  }

 private:
  Opinion faulty(Fault fault, size_t at) {
    opinion_.fault = fault;
    opinion_.fault_at = at;
    return opinion_;
  }
  bool next_is(std::string_view set) const {
    return at_ < text_.size() && set.find(text_[at_]) != std::string_view::npos;
  }
  // One character of `set`, or failure.
  void expect(std::string_view set) {
    if (failed_) return;
    if (next_is(set))
      ++at_;
    else
      failed_ = true;
  }
  void blanks() {
    while (!failed_ && next_is(" \t\n\r")) ++at_;
  }

  Node value(uint32_t depth) {
    Node node;
    const size_t begin = at_;
    if (next_is("{"))
      object(node, depth + 1);
    else if (next_is("["))
      array(node, depth + 1);
    else if (next_is("\""))
      string(node);
    else if (next_is("t"))
      word(node, Kind::kBool, "true");
    else if (next_is("f"))
      word(node, Kind::kBool, "false");
    else if (next_is("n"))
      word(node, Kind::kNull, "null");
    else
      number(node);
    if (!failed_) node.raw = text_.substr(begin, at_ - begin);
    return node;
  }

  void object(Node& node, uint32_t depth) {
    node.kind = Kind::kObject;
    opinion_.depth = std::max(opinion_.depth, depth);
    expect("{");
    blanks();
    if (next_is("}")) {
      ++at_;
      return;
    }
    std::set<std::string> seen;
    while (!failed_) {
      const size_t begin = at_;
      Node key;
      string(key);
      if (failed_) return;
      key.raw = text_.substr(begin, at_ - begin);
      if (!seen.insert(key.content).second) opinion_.repeated_keys.push_back(begin);
      blanks();
      expect(":");
      blanks();
      if (failed_) return;
      Node member = value(depth);
      node.members.emplace_back(std::move(key), std::move(member));
      blanks();
      if (!failed_ && next_is("}")) {
        ++at_;
        return;
      }
      expect(",");
      blanks();
    }
  }

  void array(Node& node, uint32_t depth) {
    node.kind = Kind::kArray;
    opinion_.depth = std::max(opinion_.depth, depth);
    expect("[");
    blanks();
    if (next_is("]")) {
      ++at_;
      return;
    }
    while (!failed_) {
      node.elements.push_back(value(depth));
      blanks();
      if (!failed_ && next_is("]")) {
        ++at_;
        return;
      }
      expect(",");
      blanks();
    }
  }

  uint32_t hex4() {
    uint32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      const size_t digit = at_;
      expect("0123456789abcdefABCDEF");
      if (failed_) return 0;
      unit = unit * 16 +
             static_cast<uint32_t>(std::stoi(std::string(text_.substr(digit, 1)), nullptr, 16));
    }
    return unit;
  }

  void string(Node& node) {
    node.kind = Kind::kString;
    expect("\"");
    size_t high_at = 0;  // where a high surrogate stands that waits for its other half
    uint32_t high = 0;
    const auto settle = [&] {
      if (high == 0) return;
      opinion_.lone_surrogates.push_back(high_at);
      node.content += encode(high);
      high = 0;
    };
    while (!failed_) {
      if (at_ == text_.size()) {
        failed_ = true;
        return;
      }
      const size_t begin = at_;
      if (next_is("\"")) {
        settle();
        ++at_;
        return;
      }
      if (!next_is("\\")) {
        const auto [c, length] = decode(text_, at_);
        if (c < 0x20) {
          failed_ = true;
          return;
        }
        settle();
        node.content += text_.substr(at_, length);
        at_ += length;
        continue;
      }
      ++at_;
      if (!next_is("u")) {
        const std::string_view names = "\"\\/bfnrt";
        const std::string_view means = "\"\\/\b\f\n\r\t";
        const size_t which = at_ < text_.size() ? names.find(text_[at_]) : std::string_view::npos;
        expect(names);
        if (failed_) return;
        settle();
        node.content += means[which];
        continue;
      }
      ++at_;
      const uint32_t unit = hex4();
      if (failed_) return;
      if (high != 0 && unit >= 0xDC00 && unit <= 0xDFFF) {
        node.content += encode(0x10000 + (high - 0xD800) * 0x400 + (unit - 0xDC00));
        high = 0;
        continue;
      }
      settle();
      if (unit >= 0xD800 && unit <= 0xDBFF) {
        high = unit;
        high_at = begin;
      } else {
        if (unit >= 0xDC00 && unit <= 0xDFFF) opinion_.lone_surrogates.push_back(begin);
        node.content += encode(unit);
      }
    }
  }

  void digits() {
    expect("0123456789");
    while (!failed_ && next_is("0123456789")) ++at_;
  }

  void number(Node& node) {
    node.kind = Kind::kNumber;
    if (next_is("-")) ++at_;
    if (next_is("0")) {
      ++at_;
      if (next_is("0123456789")) failed_ = true;
    } else {
      digits();
    }
    if (!failed_ && next_is(".")) {
      ++at_;
      digits();
    }
    if (!failed_ && next_is("eE")) {
      ++at_;
      if (next_is("+-")) ++at_;
      digits();
    }
  }

  void word(Node& node, Kind kind, std::string_view letters) {
    node.kind = kind;
    for (const char& letter : letters) expect(std::string_view(&letter, 1));
  }

  std::string_view text_;
  size_t at_ = 0;
  bool failed_ = false;
  Opinion opinion_;
};

std::string describe(const char* what, size_t got, size_t expected) {
  return std::string(what) + ": " + std::to_string(got) + ", not " + std::to_string(expected);
}

// The view against the tree, in every way a view can be asked.
std::string difference(const Node& node, View view) {
  if (view.raw() != node.raw)
    return "raw: '" + std::string(view.raw()) + "', not '" + node.raw + "'";
  if (view.kind() != node.kind) return "kind of " + node.raw;
  if (json::skip_value(std::string(view.raw()) + " ,]}") != node.raw.size())
    return "skip_value of " + node.raw;
  std::string scratch;
  if (view.string() != node.content || view.string(scratch) != node.content)
    return "content of " + node.raw;
  if (view.is_true() != (node.raw == "true") || view.is_false() != (node.raw == "false"))
    return "truth of " + node.raw;
  const bool container = node.kind == Kind::kObject || node.kind == Kind::kArray;
  if (view.empty() != (container && node.members.empty() && node.elements.empty()))
    return "emptiness of " + node.raw;

  size_t i = 0;
  for (const View::Member& member : view.members()) {
    if (i == node.members.size()) return "too many members in " + node.raw;
    if (auto wrong = difference(node.members[i].first, member.key); !wrong.empty()) return wrong;
    if (auto wrong = difference(node.members[i].second, member.value); !wrong.empty()) return wrong;
    const auto first = std::find_if(
        node.members.begin(), node.members.end(),
        [&](const auto& other) { return other.first.content == node.members[i].first.content; });
    const View found = view.find(first->first.content);
    if (found.raw() != first->second.raw) return "find in " + node.raw;
    ++i;
  }
  if (i != node.members.size()) return "too few members in " + node.raw;
  if (view.find("\x01 no such key").present()) return "find in " + node.raw;

  i = 0;
  for (const View element : view.elements()) {
    if (i == node.elements.size()) return "too many elements in " + node.raw;
    if (auto wrong = difference(node.elements[i], element); !wrong.empty()) return wrong;
    if (view.at(i).raw() != element.raw()) return "at in " + node.raw;
    ++i;
  }
  if (i != node.elements.size()) return "too few elements in " + node.raw;
  if (view.at(i).present()) return "at beyond the end of " + node.raw;
  return {};
}

std::string index_difference(const json::Reader& reader, const Node& root) {
  if (reader.top().size() != root.members.size())
    return describe("top", reader.top().size(), root.members.size());
  for (size_t i = 0; i < root.members.size(); ++i) {
    const json::Entry& entry = reader.top()[i];
    const auto& [key, value] = root.members[i];
    if (entry.key.raw() != key.raw || entry.value.raw() != value.raw) return "entry " + key.raw;
    const auto children = reader.children(entry);
    if (children.size() != value.members.size())
      return describe("children", children.size(), value.members.size());
    for (size_t k = 0; k < children.size(); ++k)
      if (children[k].key.raw() != value.members[k].first.raw ||
          children[k].value.raw() != value.members[k].second.raw)
        return "child " + value.members[k].first.raw;
  }
  return {};
}

}  // namespace

Opinion ask_oracle(std::string_view text) { return Oracle(text).run(); }

std::string difference(json::Reader& reader, std::string_view text) {
  const std::vector<char> exact(text.begin(),
                                text.end());  // so that a sanitizer sees a byte too far
  text = std::string_view(exact.data(), exact.size());
  const Opinion opinion = ask_oracle(text);
  const json::Report& report = reader.read(text);
  if (report.fault != opinion.fault)
    return describe("fault", static_cast<size_t>(report.fault), static_cast<size_t>(opinion.fault));
  if (report.fault != Fault::kNone) {
    if (report.fault_at != opinion.fault_at)
      return describe("fault at", report.fault_at, opinion.fault_at);
    return reader.root().present() || !reader.top().empty() ? "entries in spite of a fault" : "";
  }
  if (report.depth != opinion.depth) return describe("depth", report.depth, opinion.depth);
  if (report.lone_surrogate != !opinion.lone_surrogates.empty()) return "lone surrogate";
  if (report.lone_surrogate && report.lone_surrogate_at != opinion.lone_surrogates[0])
    return describe("lone surrogate at", report.lone_surrogate_at, opinion.lone_surrogates[0]);
  std::vector<size_t> repeated = opinion.repeated_keys;
  const bool more = repeated.size() > json::Report::kMaxRepeated;
  if (more) repeated.resize(json::Report::kMaxRepeated);
  if (report.repeated_keys != repeated || report.more_repeated != more)
    return describe("repeated keys", report.repeated_keys.size(), opinion.repeated_keys.size());
  if (auto wrong = index_difference(reader, opinion.root); !wrong.empty()) return wrong;
  return difference(opinion.root, reader.root());
}

}  // namespace agentmesh::tests
