#include <bit>
#include <charconv>
#include <cstring>

#include "base/json.h"
#include "base/json_escape.h"
#include "base/json_scan.h"

// The text was accepted before, so nothing is checked here but that no byte behind it is read.

namespace agentmesh::json {
namespace {

// A string's bytes between its quotes.
std::string_view inner_of(std::string_view string) {
  return string.size() < 2 ? std::string_view() : string.substr(1, string.size() - 2);
}

bool has_escape(std::string_view inner) { return inner.find('\\') != std::string_view::npos; }

// Everything else on the way to a member or element: blanks, and what stands between them.
std::string_view skip_to_next(std::string_view rest) {
  size_t at = 0;
  while (at < rest.size() && (is_blank(rest[at]) || rest[at] == ',')) ++at;
  return rest.substr(at);
}

bool at_end(std::string_view rest) { return rest.empty() || rest[0] == '}' || rest[0] == ']'; }

View take_value(std::string_view& rest) {
  const size_t size = skip_value(rest);
  const View value(rest.substr(0, size));
  rest.remove_prefix(size);
  return value;
}

size_t skip_string(std::string_view text) {
  const char* end = text.data() + text.size();
  const char* quote = find_closing_quote(text.data() + 1, end);
  return static_cast<size_t>(quote - text.data()) + (quote != end ? 1 : 0);
}

size_t skip_container(std::string_view text) {
  StringTracker strings;
  uint64_t depth = 0;
  size_t next = 0;
  for (size_t at = 0; at < text.size(); at = next) {
    next = at + Structure::kBytes;
    char last[Structure::kBytes] = {};
    const char* block = text.data() + at;
    if (text.size() - at < Structure::kBytes) {
      block = static_cast<char*>(std::memcpy(last, block, text.size() - at));
    }
    const Structure structure = structure_of(block);
    const uint64_t outside = ~strings.inside(structure);
    const uint64_t opening = structure.opening & outside;
    const uint64_t closing = structure.closing & outside;
    if ((opening | closing) == 0) {
      // A long text is crossed by looking for its end alone, five times as quickly.
      if (structure.quotes == 0 && strings.within_string() && next < text.size()) {
        const char* const end = text.data() + text.size();
        next = static_cast<size_t>(find_closing_quote(text.data() + next, end) - text.data());
        if (next < text.size()) ++next;
        strings = {};
      }
      continue;
    }
    const auto closings = static_cast<uint64_t>(std::popcount(closing));
    if (closings < depth) {  // it cannot end here
      depth += static_cast<uint64_t>(std::popcount(opening)) - closings;
      continue;
    }
    for (uint64_t brackets = opening | closing; brackets != 0; brackets &= brackets - 1) {
      const auto place = static_cast<unsigned>(std::countr_zero(brackets));
      if ((opening >> place & 1) != 0) {
        ++depth;
      } else if (--depth == 0) {
        return at + place + 1;
      }
    }
  }
  return text.size();
}

size_t skip_plain(std::string_view text) {  // a number, true, false, null
  size_t at = 0;
  while (at < text.size() && !is_blank(text[at]) && text[at] != ',' && text[at] != '}' &&
         text[at] != ']') {
    ++at;
  }
  return at;
}

}  // namespace

size_t skip_value(std::string_view text) {
  if (text.empty()) return 0;
  switch (text[0]) {
    case '"': return skip_string(text);
    case '{':
    case '[': return skip_container(text);
    default: return skip_plain(text);
  }
}

Kind View::kind() const {
  if (text_.empty()) return Kind::kAbsent;
  switch (text_[0]) {
    case '{': return Kind::kObject;
    case '[': return Kind::kArray;
    case '"': return Kind::kString;
    case 't':
    case 'f': return Kind::kBool;
    case 'n': return Kind::kNull;
    default: return Kind::kNumber;
  }
}

std::string_view View::string(std::string& scratch) const {
  if (!is_string()) return {};
  const std::string_view inner = inner_of(text_);
  if (!has_escape(inner)) return inner;
  scratch.clear();
  append_content(scratch, inner);
  return scratch;
}

std::string View::string() const {
  std::string content;
  if (is_string()) append_content(content, inner_of(text_));
  return content;
}

std::optional<int64_t> View::integer() const {
  if (!is_number()) return std::nullopt;
  int64_t value = 0;
  const char* end = text_.data() + text_.size();
  const auto [behind, error] = std::from_chars(text_.data(), end, value);
  if (error != std::errc() || behind != end) return std::nullopt;
  return value;
}

View View::find(std::string_view key) const {
  for (const Member& member : members()) {
    const std::string_view inner = inner_of(member.key.raw());
    if (has_escape(inner) ? means(inner, key) : inner == key) return member.value;
  }
  return {};
}

View View::at(size_t index) const {
  for (const View element : elements()) {
    if (index-- == 0) return element;
  }
  return {};
}

bool View::empty() const {
  if (!is_object() && !is_array()) return false;
  return at_end(skip_to_next(text_.substr(1)));
}

View::Members View::members() const {
  return Members(is_object() ? text_.substr(1) : std::string_view());
}
View::Elements View::elements() const {
  return Elements(is_array() ? text_.substr(1) : std::string_view());
}

void View::Members::iterator::advance() {
  rest_ = skip_to_next(rest_);
  done_ = at_end(rest_);
  if (done_) return;
  member_.key = take_value(rest_);
  size_t at = 0;
  while (at < rest_.size() && (is_blank(rest_[at]) || rest_[at] == ':')) ++at;
  rest_.remove_prefix(at);
  member_.value = take_value(rest_);
}

void View::Elements::iterator::advance() {
  rest_ = skip_to_next(rest_);
  done_ = at_end(rest_);
  if (!done_) element_ = take_value(rest_);
}

}  // namespace agentmesh::json
