#include "integrations/yaml_entries.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/yaml_text.h"

namespace agentmesh::integrations {
namespace {

constexpr size_t kMaxDepth = 128;

// What the parser's events say about a value. A map's children are its keys and values in turn.
struct Node {
  enum class Shape { kScalar, kNull, kAlias, kList, kMap };
  Shape shape = Shape::kNull;
  size_t at = 0;          // the scalar's first byte, or the collection's first
  bool anchored = false;  // an anchor stands in front
  bool tagged = false;    // a tag does
  bool plain = false;     // a scalar without quotes
  bool flow = false;      // a collection in brackets or braces
  std::string value;
  std::vector<Node> children;
};

// The parser makes one byte each of \N (U+0085) and \_ (U+00A0). The text it read is UTF-8, so a byte that continues nothing
// can only be one of these.
std::string in_utf8(const std::string& value) {
  std::string out;
  size_t left = 0;  // bytes that the character still has
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      left = 0;
    } else if (byte >= 0xC0) {
      left = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
    } else if (left > 0) {
      --left;
    } else {
      out += '\xC2';
    }
    out += c;
  }
  return out;
}

// Gathers events into Nodes. Throws Fault where our reading ends; caught beside the parser's own exceptions.
struct Fault {
  size_t at;
  std::string what;
};

class Gatherer final : public YAML::EventHandler {
 public:
  explicit Gatherer(std::string_view text) : text_(text), mark_size_(behind_mark(text)) {}

  Node root;

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put(node(Node::Shape::kNull, mark, anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    put(node(Node::Shape::kAlias, mark, 0));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node scalar = node(Node::Shape::kScalar, mark, anchor);
    scalar.value = in_utf8(value);
    scalar.plain = tag == "?";
    scalar.tagged = tag != "?" && tag != "!";
    put(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Node::Shape::kList, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Node::Shape::kMap, mark, tag, anchor, style);
  }
  void OnMapEnd() override { close(); }

 private:
  Node node(Node::Shape shape, const YAML::Mark& mark, YAML::anchor_t anchor) const {
    Node out;
    out.shape = shape;
    out.at = std::min(static_cast<size_t>(std::max(mark.pos, 0)) + mark_size_, text_.size());
    out.anchored = anchor != 0;
    return out;
  }
  void open(Node::Shape shape, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
    Node collection = node(shape, mark, anchor);
    collection.flow = style == YAML::EmitterStyle::Flow;
    collection.tagged = !tag.empty() && tag != "?";
    if (open_.size() >= kMaxDepth)
      throw Fault{collection.at, fmt::format("nested deeper than {}", kMaxDepth)};
    open_.push_back(std::move(collection));
  }
  void close() {
    Node done = std::move(open_.back());
    open_.pop_back();
    put(std::move(done));
  }
  void put(Node done) {
    if (open_.empty()) {
      root = std::move(done);
    } else {
      open_.back().children.push_back(std::move(done));
    }
  }

  std::string_view text_;
  size_t mark_size_;
  std::vector<Node> open_;
};

// A plain scalar that YAML 1.2's core schema reads as null, a truth value or a number.
bool reads_as_something_else(std::string_view value) {
  std::string lower(value);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const std::string_view word : {"", "~", "null", "true", "false", ".nan"})
    if (lower == word) return true;
  std::string_view number = lower;
  if (number.starts_with('-') || number.starts_with('+')) number.remove_prefix(1);
  if (number == ".inf") return true;
  if (number.starts_with("0x"))
    return number.size() > 2 &&
           number.substr(2).find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (number.starts_with("0o"))
    return number.size() > 2 &&
           number.substr(2).find_first_not_of("01234567") == std::string_view::npos;
  const auto digits = [&number] {
    size_t count = 0;
    while (!number.empty() && number[0] >= '0' && number[0] <= '9') {
      number.remove_prefix(1);
      ++count;
    }
    return count;
  };
  size_t count = digits();
  if (number.starts_with('.')) {
    number.remove_prefix(1);
    count += digits();
  }
  if (count == 0) return false;
  if (number.starts_with('e')) {
    number.remove_prefix(1);
    if (number.starts_with('-') || number.starts_with('+')) number.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return number.empty();
}

bool is_spaces(std::string_view text) {
  return text.find_first_not_of(' ') == std::string_view::npos;
}

bool holds_tag(const Node& node) {
  return node.tagged || std::any_of(node.children.begin(), node.children.end(), holds_tag);
}

// "mcpServers:" and nothing below it, or a list or map of either kind with nothing in it.
bool holds_nothing(const Node& node) {
  return node.shape == Node::Shape::kNull ||
         ((node.shape == Node::Shape::kList || node.shape == Node::Shape::kMap) &&
          node.children.empty());
}

// Or an anchor, or a merge key.
bool holds_alias(const Node& node) {
  if (node.shape == Node::Shape::kAlias || node.anchored) return true;
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (node.shape == Node::Shape::kMap && i % 2 == 0 && node.children[i].value == "<<" &&
        node.children[i].plain)
      return true;
    if (holds_alias(node.children[i])) return true;
  }
  return false;
}

class YamlEntries {
 public:
  explicit YamlEntries(Document& document) : document_(document), text_(document.text) {}

  Result<void> read() {
    if (auto printable = check_printable(); !printable) return printable;
    Gatherer gatherer(text_);
    try {
      std::istringstream in{std::string(text_)};
      YAML::Parser parser(in);
      (void)parser.HandleNextDocument(gatherer);
      const Node first = gatherer.root;
      const size_t second = text_.size();
      if (parser.HandleNextDocument(gatherer))
        return fail_at(text_, std::min(gatherer.root.at, second),
                       "a second document begins here: which one counts is not certain");
      gatherer.root = first;
    } catch (const Fault& fault) {
      return fail_at(text_, fault.at, fault.what);
    } catch (const YAML::Exception& error) {
      const size_t at = static_cast<size_t>(std::max(error.mark.pos, 0)) + behind_mark(text_);
      return fail_at(text_, std::min(at, text_.size()), error.msg);
    }
    if (auto sound = check_scalars(gatherer.root, std::nullopt); !sound) return sound;
    return read_root(gatherer.root);
  }

 private:
  // The parser takes some control characters for the end of the text; YAML 1.2 section 5.1 allows none of them.
  Result<void> check_printable() const {
    for (size_t i = 0; i < text_.size(); ++i) {
      const auto c = static_cast<unsigned char>(text_[i]);
      if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
        return fail_at(text_, i, "YAML allows no control characters");
    }
    return {};
  }

  // A quote that is forgotten would swallow the entries below it. `indent`: of the key or dash that `node` belongs to.
  Result<void> check_scalars(const Node& node, std::optional<size_t> indent) const {
    if (node.shape == Node::Shape::kScalar)
      if (const auto fault = yaml::scalar_fault(text_, node.at, indent, yaml::Folds::kAtKeyToo))
        return fail_at(text_, fault->at, fault->what);
    const bool map = node.shape == Node::Shape::kMap;
    for (size_t i = 0; i < node.children.size(); ++i) {
      const Node& child = node.children[i];
      std::optional<size_t> inside = indent;
      if (!node.flow && !map) inside = yaml::indent_of_item(text_, child.at);
      if (!node.flow && map && i % 2 == 1) inside = yaml::indent_of(text_, node.children[i - 1].at);
      if (auto sound = check_scalars(child, inside); !sound) return sound;
    }
    return {};
  }

  Result<void> read_root(const Node& root) {
    if (root.shape == Node::Shape::kNull) return {};
    if (root.shape != Node::Shape::kMap)
      return fail_at(text_, root.at, "the top level is not a map");
    std::map<std::string, std::vector<size_t>> seen;
    for (size_t i = 0; i + 1 < root.children.size(); i += 2) {
      const std::string& key = root.children[i].value;
      const auto& keys = document_.client->keys;
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
      seen[key].push_back(root.children[i].at);
      const Node& servers = root.children[i + 1];
      if (holds_nothing(servers)) continue;
      const bool map = document_.client->shape == Shape::kCmd;
      if (servers.shape != (map ? Node::Shape::kMap : Node::Shape::kList))
        return fail_at(text_, servers.at,
                       fmt::format("\"{}\" is not a {}", key, map ? "map" : "list"));
      if (!map)
        for (const Node& server : servers.children) read_entry(key, server);
      for (size_t at = 0; map && at + 1 < servers.children.size(); at += 2)
        read_named(key, servers.children[at], servers.children[at + 1]);
    }
    for (auto& [key, at] : seen)
      if (at.size() > 1) document_.doubled.push_back({key, std::move(at)});
    return {};
  }

  void read_entry(const std::string& under, const Node& node) {
    Entry entry;
    entry.under = under;
    entry.begin = node.at;
    entry.is_map = node.shape == Node::Shape::kMap;
    entry.alias = holds_alias(node);
    entry.tag = holds_tag(node);
    entry.inline_map = node.flow;
    if (entry.is_map) entry.fields = fields(node, 0);
    if (const Field* name = entry.find("name")) entry.name = name->text;
    document_.entries.push_back(std::move(entry));
  }

  void read_named(const std::string& under, const Node& key, const Node& node) {
    read_entry(under, node);
    Entry& entry = document_.entries.back();
    entry.begin = key.at;
    entry.name = key.value;
    entry.alias = entry.alias || holds_alias(key) || (key.plain && key.value == "<<");
    entry.tag = entry.tag || holds_tag(key);
  }

  std::vector<Field> fields(const Node& map, int level) const {
    std::vector<Field> out;
    for (size_t i = 0; i + 1 < map.children.size(); i += 2) {
      const Node& key = map.children[i];
      const Node& value = map.children[i + 1];
      Field field;
      field.key = key.value;
      field.key_span = token(key);
      if (value.shape == Node::Shape::kScalar) {
        read_scalar(value, field);
        // A member on a line of its own is laid out by the column of its key.
        if (!map.flow) field.movable = field.movable && is_simple_line(field);
      } else if (value.shape == Node::Shape::kList) {
        read_list(value, field);
      } else if (value.shape == Node::Shape::kNull) {
        field.kind = Kind::kNull;
      } else if (value.shape == Node::Shape::kMap) {
        field.kind = Kind::kMap;
        if (level < 1) field.members = fields(value, level + 1);
      }
      out.push_back(std::move(field));
    }
    return out;
  }

  // The scalar's token if it is whole on one line; else empty.
  Span token(const Node& scalar) const {
    const Span none{scalar.at, scalar.at};
    if (scalar.shape != Node::Shape::kScalar || scalar.anchored || scalar.tagged ||
        scalar.at >= text_.size())
      return none;
    Span span = none;
    if (scalar.plain) {
      if (!text_.substr(scalar.at).starts_with(scalar.value)) return none;
      span.end = scalar.at + scalar.value.size();
    } else if (text_[scalar.at] == '"' || text_[scalar.at] == '\'') {
      span.end = yaml::end_of_quoted(text_, scalar.at);
    }
    return span.of(text_).find_first_of("\r\n") == std::string_view::npos ? span : none;
  }

  void read_scalar(const Node& scalar, Field& field) const {
    field.value = token(scalar);
    field.movable = field.value.size() > 0;
    field.text = scalar.value;
    if (scalar.plain && reads_as_something_else(scalar.value)) {
      const auto any = [&scalar](std::initializer_list<std::string_view> words) {
        return std::find(words.begin(), words.end(), scalar.value) != words.end();
      };
      field.kind = any({"true", "True", "TRUE"})            ? Kind::kTrue
                   : any({"", "~", "null", "Null", "NULL"}) ? Kind::kNull
                                                            : Kind::kOther;
      return;
    }
    field.kind = Kind::kString;
  }

  // In front of the key only spaces and the dashes of the lists it is in.
  bool is_simple_line(const Field& field) const {
    const size_t begin = line_begin(text_, field.key_span.begin);
    return text_.substr(begin, field.key_span.begin - begin).find_first_not_of(" -") ==
               std::string_view::npos &&
           field.key_span.size() > 0 && line_begin(text_, field.value.begin) == begin;
  }

  void read_list(const Node& list, Field& field) const {
    field.kind = Kind::kList;
    field.style = list.flow ? ListStyle::kBrackets : ListStyle::kLines;
    field.value = {list.at, list.at};
    field.strings = !list.anchored && !list.tagged;
    for (const Node& element : list.children) {
      field.elements.push_back(token(element));
      const bool text = element.shape == Node::Shape::kScalar &&
                        !(element.plain && reads_as_something_else(element.value));
      field.strings = field.strings && text;
      if (text && field.elements.back().size() > 0 && field.texts == field.words.size())
        ++field.texts;
      field.words.push_back(element.value);
    }
    if (list.flow) {
      field.value.end = end_of_brackets(field);
      field.strings = field.strings && field.value.size() >= 2;
    } else {
      const size_t begin = line_begin(text_, list.at);
      field.strings = field.strings && list.at < text_.size() && text_[list.at] == '-' &&
                      is_spaces(text_.substr(begin, list.at - begin)) &&
                      // On a line below the key's.
                      begin > field.key_span.end;
    }
  }

  // One past the bracket that closes the list; its begin if that cannot be told.
  size_t end_of_brackets(const Field& field) const {
    const size_t begin = field.value.begin;
    if (begin >= text_.size() || text_[begin] != '[') return begin;
    size_t at = begin + 1;
    for (const Span element : field.elements) {
      if (element.size() == 0) return begin;
      at = element.end;
    }
    for (bool comment = false; at < text_.size(); ++at) {
      const char c = text_[at];
      if (c == '\n' || c == '\r') comment = false;
      if (comment) continue;
      if (c == ']') return at + 1;
      if (c == '#') comment = true;
    }
    return begin;
  }

  Document& document_;
  std::string_view text_;
};

}  // namespace

Result<void> read_yaml_entries(Document& document) { return YamlEntries(document).read(); }

}  // namespace agentmesh::integrations
