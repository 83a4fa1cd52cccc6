#include "trust/definition.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crypto.h"

namespace agentmesh::trust {

namespace {

constexpr uint32_t kNone = UINT32_MAX;

// A value of a text already read, as part of a tree that is walked without recursion: nesting is the sender's choice.
struct Node {
  std::string_view key;  // unescaped; members only
  std::string_view raw;  // scalars: the spelling
  char kind = 's';       // '{' '[' or 's' for a scalar
  uint32_t first = kNone;
  uint32_t last = kNone;
  uint32_t next = kNone;
};

class Tree {
 public:
  explicit Tree(std::string_view text) { build(text); }
  std::string write();

 private:
  void build(std::string_view text);
  void attach(Node node);
  void write_scalar(const Node& node);
  std::string_view unescaped(std::string_view quoted);

  std::vector<Node> nodes_;
  std::vector<uint32_t> open_;
  std::string_view key_;
  bool have_key_ = false;
  std::deque<std::string> keys_;  // those that had escapes
  std::string scratch_;
  std::string out_;
};

size_t string_end(std::string_view text, size_t begin) {
  size_t at = begin + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2U : 1U;
  return std::min(at + 1, text.size());
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// RFC 8785 sorts by UTF-16 code units: as UTF-8 bytes do, but for U+E000 to U+FFFF, which come after the surrogates.
bool before_in_utf16(std::string_view a, std::string_view b) {
  const auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at_b == b.end()) return false;
  if (at_a == a.end()) return true;
  const auto rank = [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte == 0xEE || byte == 0xEF ? byte + 0x10 : byte;
  };
  return rank(*at_a) < rank(*at_b);
}

std::string_view Tree::unescaped(std::string_view quoted) {
  const std::string_view inside = json::View(quoted).string(scratch_);
  if (inside.data() != scratch_.data()) return inside;
  return keys_.emplace_back(inside);
}

void Tree::attach(Node node) {
  const auto index = static_cast<uint32_t>(nodes_.size());
  if (!open_.empty()) {
    Node& parent = nodes_[open_.back()];
    if (parent.kind == '{') {
      node.key = key_;
      have_key_ = false;
    }
    if (parent.first == kNone) {
      parent.first = index;
    } else {
      nodes_[parent.last].next = index;
    }
    parent.last = index;
  }
  nodes_.push_back(node);
}

void Tree::build(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_blank(c) || c == ',' || c == ':') {
      ++at;
    } else if (c == '{' || c == '[') {
      Node node;
      node.kind = c;
      attach(node);
      open_.push_back(static_cast<uint32_t>(nodes_.size() - 1));
      ++at;
    } else if (c == '}' || c == ']') {
      if (!open_.empty()) open_.pop_back();
      ++at;
    } else {
      size_t end = at;
      if (c == '"') {
        end = string_end(text, at);
      } else {
        while (end < text.size() && !is_blank(text[end]) && text[end] != ',' && text[end] != '}' &&
               text[end] != ']')
          ++end;
      }
      const std::string_view raw = text.substr(at, end - at);
      at = end;
      if (c == '"' && !open_.empty() && nodes_[open_.back()].kind == '{' && !have_key_) {
        key_ = unescaped(raw);
        have_key_ = true;
        continue;
      }
      Node node;
      node.raw = raw;
      attach(node);
    }
  }
}

void Tree::write_scalar(const Node& node) {
  if (!node.raw.empty() && node.raw.front() == '"') {
    json::append_string(out_, json::View(node.raw).string(scratch_));
  } else {
    out_ += node.raw;
  }
}

std::string Tree::write() {
  if (nodes_.empty()) return {};
  // Containers being written: their children in order, as a stretch of `order`.
  struct Frame {
    char kind;
    size_t begin, at, end;
  };
  std::vector<Frame> frames;
  std::vector<uint32_t> order;
  const auto enter = [&](const Node& node) {
    if (node.kind == 's') {
      write_scalar(node);
      return;
    }
    out_ += node.kind;
    const size_t begin = order.size();
    for (uint32_t child = node.first; child != kNone; child = nodes_[child].next)
      order.push_back(child);
    if (node.kind == '{') {
      std::stable_sort(
          order.begin() + static_cast<std::ptrdiff_t>(begin), order.end(),
          [&](uint32_t a, uint32_t b) { return before_in_utf16(nodes_[a].key, nodes_[b].key); });
    }
    frames.push_back({node.kind, begin, begin, order.size()});
  };
  enter(nodes_[0]);
  while (!frames.empty()) {
    Frame& frame = frames.back();
    if (frame.at == frame.end) {
      out_ += frame.kind == '{' ? '}' : ']';
      order.resize(frame.begin);
      frames.pop_back();
      continue;
    }
    if (frame.at > frame.begin) out_ += ',';
    const Node& child = nodes_[order[frame.at++]];
    if (frame.kind == '{') {
      json::append_string(out_, child.key);
      out_ += ':';
    }
    enter(child);  // `frame` is not used after this: frames may have moved
  }
  return std::move(out_);
}

constexpr std::array<std::string_view, 5> kKinds{"tool", "prompt", "resource", "instructions",
                                                 "command"};

bool is_pinned_member(PinKind kind, std::string_view name) {
  if (name == "name" || name == "title" || name == "description") return true;
  switch (kind) {
    case PinKind::kTool:
      return name == "inputSchema" || name == "outputSchema" || name == "annotations" ||
             name == "execution";
    case PinKind::kPrompt: return name == "arguments";
    case PinKind::kResource:
      return name == "uri" || name == "uriTemplate" || name == "mimeType" || name == "annotations";
    case PinKind::kInstructions:
    case PinKind::kCommand: break;
  }
  return false;
}

// Top members of a form by name; those given twice joined.
std::map<std::string, std::string> members_of(std::string_view form) {
  std::map<std::string, std::string> members;
  json::Reader reader;
  if (reader.read(form).fault != json::Fault::kNone) return members;
  if (!reader.root().is_object()) {
    members["definition"] = std::string(form);
    return members;
  }
  for (const json::View::Member& member : reader.root().members()) {
    std::string& text = members[member.key.string()];
    if (!text.empty()) text += '\n';
    text += member.value.raw();
  }
  return members;
}

}  // namespace

std::string_view to_string(PinKind kind) { return kKinds[static_cast<size_t>(kind)]; }

std::optional<PinKind> pin_kind_of(std::string_view name) {
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == name) return static_cast<PinKind>(i);
  }
  return std::nullopt;
}

std::string canonical(json::View value) { return Tree(value.raw()).write(); }

std::string pinned_form(PinKind kind, json::View definition) {
  if (!definition.is_object()) return canonical(definition);
  std::string covered = "{";
  std::string scratch;
  for (const json::View::Member& member : definition.members()) {
    if (!is_pinned_member(kind, member.key.string(scratch))) continue;
    if (covered.size() > 1) covered += ',';
    covered += member.key.raw();
    covered += ':';
    covered += member.value.raw();
  }
  covered += '}';
  return canonical(json::View(covered));
}

std::string definition_hash(std::string_view form) { return to_hex(sha256(form)); }

Difference compare(std::string_view old_form, std::string_view new_form) {
  Difference difference;
  if (old_form == new_form) return difference;
  const auto was = members_of(old_form);
  const auto is = members_of(new_form);
  for (const auto& [name, text] : was) {
    const auto now = is.find(name);
    if (now == is.end() || now->second != text) difference.parts.push_back(name);
  }
  for (const auto& [name, text] : is) {
    if (!was.contains(name)) difference.parts.push_back(name);
  }
  std::sort(difference.parts.begin(), difference.parts.end());
  if (difference.parts.empty()) {  // a text that cannot be read
    difference.parts.emplace_back("definition");
    difference.wider = true;
    return difference;
  }
  const auto old_schema = was.find("inputSchema");
  const auto new_schema = is.find("inputSchema");
  const std::string old_text = old_schema == was.end() ? "{}" : old_schema->second;
  const std::string new_text = new_schema == is.end() ? "{}" : new_schema->second;
  if (old_text == new_text) return difference;
  // Joined texts of a member given twice are no JSON: nothing understands them.
  json::Reader reader;
  difference.wider = reader.read(old_text).fault != json::Fault::kNone ||
                     reader.read(new_text).fault != json::Fault::kNone ||
                     schema_is_wider(json::View(old_text), json::View(new_text));
  return difference;
}

}  // namespace agentmesh::trust
