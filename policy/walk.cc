#include "policy/walk.h"

#include <utility>

namespace agentmesh::policy {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool ends_scalar(char c) { return c == ',' || c == '}' || c == ']' || is_blank(c); }

// A key as a person may see it in a record: plain words only, the rest masked, never long.
void append_name(std::string& out, std::string_view name) {
  constexpr size_t kLongest = 64;
  for (const char c : name.substr(0, kLongest)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '$' || c == '/';
    out += plain ? c : '?';
  }
}

}  // namespace

std::string name_in_place(std::string_view key) {
  std::string name;
  append_name(name, key);
  return name;
}

Walk::Walk(json::View value, std::string_view prefix) : all_(value.raw()), prefix_(prefix) {}

void Walk::take_string() {
  raw_ = all_.substr(at_, json::skip_value(all_.substr(at_)));
  at_ += raw_.size();
  const json::View view(raw_);
  // A number of escapes may stand between; the scratch is overwritten by the next string.
  text_ = view.string(scratch_);
}

bool Walk::next() {
  while (at_ < all_.size()) {
    const char c = all_[at_];
    switch (c) {
      case '{':
      case '[': {
        ++at_;
        if (depth_ >= kShallow + deeper_.size()) deeper_.push_back(std::make_unique<Level>());
        Level& entered = level(depth_++);
        entered.object = c == '{';
        entered.key = {};
        entered.index = 0;
        entered_ = true;
        what_ = c == '{' ? What::kKey : What::kString;
        continue;
      }
      case '}':
      case ']':
        ++at_;
        if (depth_ > 0) --depth_;
        continue;
      case ',':
        ++at_;
        if (depth_ > 0) {
          Level& top = level(depth_ - 1);
          if (top.object)
            what_ = What::kKey;
          else
            ++top.index;
        }
        continue;
      case ':': {
        ++at_;
        what_ = What::kString;
        continue;
      }
      case ' ':
      case '\t':
      case '\n':
      case '\r': ++at_; continue;
      default: break;
    }
    const bool is_key = depth_ > 0 && level(depth_ - 1).object && what_ == What::kKey;
    if (c == '"') {
      take_string();
      if (is_key) {
        ++keys_;
        Level& object = level(depth_ - 1);
        if (text_.data() == scratch_.data()) object.unescaped = text_;
        object.key = text_.data() == scratch_.data() ? object.unescaped : text_;
      }
    } else {
      const size_t begin = at_;
      while (at_ < all_.size() && !ends_scalar(all_[at_])) ++at_;
      raw_ = all_.substr(begin, at_ - begin);
      if (c != '-' && (c < '0' || c > '9')) continue;  // true, false, null
      text_ = raw_;
      what_ = What::kNumber;
    }
    if (c == '"') what_ = is_key ? What::kKey : What::kString;
    key_ = {};
    for (size_t i = depth_; i > 0; --i)
      if (level(i - 1).object) {
        key_ = level(i - 1).key;
        break;
      }
    return true;
  }
  return false;
}

void Walk::skip() {
  while (at_ < all_.size() && (all_[at_] == ':' || is_blank(all_[at_]))) ++at_;
  at_ += json::skip_value(all_.substr(at_));
}

std::string_view Walk::holder() const {
  bool own = true;
  for (size_t i = depth_; i > 0; --i) {
    if (!level(i - 1).object) continue;
    if (!std::exchange(own, false)) return end_of(level(i - 1).key);
  }
  return {};
}

bool Walk::below(std::string_view key) const {
  for (size_t i = 0; i < depth_; ++i)
    if (level(i).object && level(i).key == key) return true;
  return false;
}

std::string Walk::where() const {
  std::string out(prefix_);
  for (size_t i = 0; i < depth_; ++i) {
    if (level(i).object) {
      if (!out.empty()) out += '.';
      append_name(out, level(i).key);
    } else {
      out += '[';
      out += std::to_string(level(i).index);
      out += ']';
    }
  }
  return out;
}

}  // namespace agentmesh::policy
