#include "config/yaml.h"

#include <map>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/bytes.h"
#include "base/yaml_text.h"
#include "config/yaml_places.h"

namespace agentmesh::config {

namespace {

// Builds the tree. yaml-cpp guarantees that starts and ends match.
class Builder final : public YAML::EventHandler {
 public:
  Builder(const Ruler& ruler, Findings& out) : ruler_(ruler), out_(out) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.place = place(mark);
    node.text.place = node.place;
    add(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) {
      out_.error(place(mark), "an alias inside its own anchor");
      return OnNull(mark, 0);
    }
    nodes_ += it->second.second;
    add(nodes_ > kMaxNodes ? Node() : it->second.first, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.kind = Node::Kind::kScalar;
    node.place = place(mark);
    check_tag(tag, mark);
    node.quoted = tag == "!";
    check_scalar(offset(mark), value);
    node.text = place_scalar(ruler_, yaml::behind_properties(ruler_.text(), offset(mark)), value);
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Node::Kind::kList, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Node::Kind::kMap, mark, tag, anchor, style);
  }
  void OnMapEnd() override { close(); }

  Node take() { return std::move(root_); }
  size_t nodes() const { return nodes_; }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    size_t nodes_before = 0;
    std::optional<Text> key;
    bool has_key = false;
    bool flow = false;  // in brackets or braces
    size_t begin = 0;   // where it stands
    size_t key_at = 0;  // where its last key stands
  };

  static size_t offset(const YAML::Mark& mark) {
    return mark.pos < 0 ? 0 : static_cast<size_t>(mark.pos);
  }
  Place place(const YAML::Mark& mark) const { return ruler_.at(offset(mark)); }

  void check(const std::optional<yaml::Fault>& fault) {
    if (fault) out_.error(ruler_.at(fault->at), fault->what);
  }

  // The parser gives "!" to what is quoted; a "!" that is written there would take a condition's "not" away.
  void check_tag(const std::string& tag, const YAML::Mark& mark) {
    if (tag.empty() || tag == "?" || (tag == "!" && !is_written_tag(offset(mark)))) return;
    out_.error(place(mark),
               fmt::format("'{}' is a YAML tag; a text that begins with ! needs quotes", tag));
  }
  bool is_written_tag(size_t at) const {
    const std::string_view text = ruler_.text();
    return text.substr(at, yaml::behind_properties(text, at) - at).find('!') !=
           std::string_view::npos;
  }

  // What the parser lets pass: yaml_text.h.
  void check_scalar(size_t at, const std::string& value) {
    const std::string_view text = ruler_.text();
    const bool key = !stack_.empty() && stack_.back().node.is_map() && !stack_.back().has_key;
    if (!key) return check(yaml::scalar_fault(text, at, indent_at(at)));
    stack_.back().key_at = at;
    check(yaml::scalar_fault(text, at, std::nullopt));
    if (!stack_.back().flow) check(yaml::key_fault(text, at, value));
  }

  // How far in the key or dash stands that a value at `at` belongs to, brackets and braces aside.
  std::optional<size_t> indent_at(size_t at) const {
    for (auto open = stack_.rbegin(); open != stack_.rend(); ++open) {
      if (!open->flow)
        return open->node.is_map() ? yaml::indent_of(ruler_.text(), open->key_at)
                                   : yaml::indent_of_item(ruler_.text(), at);
      at = open->begin;
    }
    return std::nullopt;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    Open open;
    open.node.kind = kind;
    open.node.place = place(mark);
    open.nodes_before = nodes_;
    open.anchor = anchor;
    open.flow = style == YAML::EmitterStyle::Flow;
    open.begin = open.key_at = offset(mark);
    check_tag(tag, mark);
    stack_.push_back(std::move(open));
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    const size_t inside = nodes_ - done.nodes_before;
    add(std::move(done.node), done.anchor, inside);
  }

  void add(Node node, YAML::anchor_t anchor, size_t inside = 0) {
    ++nodes_;
    if (anchor != 0) anchors_[anchor] = {node, inside + 1};
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& top = stack_.back();
    if (top.node.is_list()) {
      top.node.items.push_back(std::move(node));
    } else if (!top.has_key) {
      take_key(top, node);
    } else {
      top.has_key = false;
      if (node.is_null() && top.key) node.place = top.key->place;  // nothing stands nowhere
      if (top.key) top.node.entries.push_back({std::move(*top.key), std::move(node)});
      top.key.reset();
    }
  }

  void take_key(Open& top, Node& node) {
    top.has_key = true;
    if (!node.is_scalar()) {
      out_.error(node.place, "a key must be a plain word");
      return;
    }
    for (const Entry& entry : top.node.entries)
      if (entry.key.value == node.text.value) {
        out_.error(node.place, fmt::format("key '{}' is given twice; the first is at line {}",
                                           node.text.value, entry.key.place.line));
        return;
      }
    if (node.text.value == "<<" && !node.quoted)
      out_.error(node.place, "maps are not merged here ('<<'): write the keys out");
    top.key = std::move(node.text);
  }

  const Ruler& ruler_;
  Findings& out_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, std::pair<Node, size_t>> anchors_;
  Node root_;
  size_t nodes_ = 0;
};

bool readable(std::string_view text, const Ruler& ruler, Findings& out) {
  if (const size_t valid = valid_utf8_prefix(text); valid != text.size()) {
    out.error(ruler.at(valid), "this byte is not UTF-8");
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
      out.error(ruler.at(i), fmt::format("a control character (0x{:02x}) does not belong here", c));
      return false;
    }
  }
  if (const auto fault = yaml::line_fault(text)) {
    out.error(ruler.at(fault->at), fault->what);
    return false;
  }
  return true;
}

void yaml_error(const YAML::Exception& e, const Ruler& ruler, Findings& out) {
  const size_t offset = e.mark.pos < 0 ? ruler.text().size() : static_cast<size_t>(e.mark.pos);
  std::string message = "this is not YAML: " + e.msg;
  if (e.msg.find("anchor") != std::string::npos || e.msg.find("alias") != std::string::npos)
    message += " (a text that begins with * or & needs quotes)";
  out.error(ruler.at(offset), std::move(message));
}

}  // namespace

void Findings::error(const Place& place, std::string message) {
  ++errors_;
  all_.push_back({Diagnostic::Level::kError, place, std::move(message)});
}

void Findings::warn(const Place& place, std::string message) {
  all_.push_back({Diagnostic::Level::kWarning, place, std::move(message)});
}

std::string why_unread(const Error& error, const std::string& path) {
  const std::string start = "read " + path + ": ";
  return error.what.starts_with(start) ? error.what.substr(start.size()) : error.what;
}

std::optional<Node> read_yaml(std::string_view text, const std::string& file, Findings& out,
                              Empty empty) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const Ruler ruler(text, file);
  if (!readable(text, ruler, out)) return std::nullopt;
  Builder builder(ruler, out);
  bool any = false;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    any = parser.HandleNextDocument(builder);
    if (any) {
      Builder second(ruler, out);
      if (parser.HandleNextDocument(second))
        out.error(second.take().place, "there is a second document; a file holds one");
    }
  } catch (const YAML::Exception& e) {
    // What we saw before the parser gave up is nearer to the mistake.
    if (!out.failed()) yaml_error(e, ruler, out);
    return std::nullopt;
  } catch (const std::exception& e) {
    out.error(ruler.at(0), fmt::format("this is not YAML: {}", e.what()));
    return std::nullopt;
  }
  if (builder.nodes() > kMaxNodes) {
    out.error(ruler.at(0), fmt::format("more than {} values, aliases included", kMaxNodes));
    return std::nullopt;
  }
  Node root = builder.take();
  if (!any || root.is_null()) {
    if (empty == Empty::kError) out.error(ruler.at(0), "the file is empty");
    return std::nullopt;
  }
  if (out.failed()) return std::nullopt;
  return root;
}

}  // namespace agentmesh::config
