#include <algorithm>
#include <limits>

#include <simdjson.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/json_escape.h"
#include "base/json_keys.h"
#include "base/json_scan.h"

namespace agentmesh::json {
namespace {

// What a reader keeps between texts; beyond this it gives memory back when the next text comes.
constexpr size_t kKeptBytes = 4U << 20;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

bool has_byte_order_mark(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") || text.starts_with("\xFE\xFF") ||
         text.starts_with("\xFF\xFE");
}

}  // namespace

// One pass over one text. Functions take the place they read at and return the place to read on, or nullptr if there is
// none: a fault was noted, or the document is complete.
struct Reader::State {
  void read(std::string_view text);

  void document();
  const char* value(const char* p);
  const char* scalar(const char* p);
  const char* after_value(const char* p);
  const char* finish(const char* p);
  const char* key(const char* p, bool first);
  const char* string(const char* p, bool& escaped);
  const char* escape(const char* p);
  const char* number(const char* p);
  const char* digits(const char* p);
  const char* literal(const char* p, std::string_view word);
  void open(const char* p);
  const char* close(const char* p);

  const char* fault(const char* p, Fault what = Fault::kSyntax) {
    report.fault = what;
    report.fault_at = static_cast<size_t>(p - begin);
    return nullptr;
  }
  // NUL at the end: it is allowed nowhere, so it needs no test of its own.
  char peek(const char* p) const { return p != end ? *p : '\0'; }
  const char* blanks(const char* p) const { return skip_blanks(p, end); }
  // The entry whose value is being read, if it is one of the indexed.
  Entry* open_entry() {
    if (depth > 2 || !in_object || !root_is_object) return nullptr;
    return depth == 1 ? &top.back() : &children.back();
  }
  void release_if_large();

  const char* begin = nullptr;
  const char* end = nullptr;
  const char* first = nullptr;  // of the document
  uint32_t depth = 0;
  bool in_object = false;  // what the innermost open container is
  bool root_is_object = false;
  View root;
  Report report;
  std::vector<uint64_t>
      nesting;  // one bit per open container, the outermost lowest: it is an object
  std::vector<Entry> top;
  std::vector<Entry> children;
  OpenKeys keys;
};

void Reader::State::release_if_large() {
  const size_t kept =
      nesting.capacity() * 8 + (top.capacity() + children.capacity()) * sizeof(Entry);
  if (kept + keys.capacity_bytes() <= kKeptBytes) return;
  nesting = {};
  top = {};
  children = {};
  keys.release();
}

void Reader::State::read(std::string_view text) {
  release_if_large();
  if (text.data() == nullptr) text = "";
  begin = text.data();
  end = begin + text.size();
  depth = 0;
  in_object = false;
  root_is_object = false;
  root = View();
  top.clear();
  children.clear();
  keys.begin(text);
  report.fault = Fault::kNone;
  report.fault_at = 0;
  report.depth = 0;
  report.lone_surrogate = false;
  report.lone_surrogate_at = 0;
  report.repeated_keys.clear();
  report.more_repeated = false;

  constexpr size_t kMaxBytes = std::numeric_limits<uint32_t>::max();
  if (has_byte_order_mark(text)) {
    (void)fault(begin, Fault::kByteOrderMark);
  } else if (!simdjson::validate_utf8(text.data(), text.size())) {
    (void)fault(begin + valid_utf8_prefix(text), Fault::kUtf8);
  } else if (text.size() > kMaxBytes) {
    (void)fault(begin + kMaxBytes);  // offsets of 32 bits end here
  } else {
    document();
  }
  if (report.fault != Fault::kNone) {
    root = View();
    top.clear();
    children.clear();
  }
}

void Reader::State::document() {
  first = blanks(begin);
  root_is_object = peek(first) == '{';
  const char* p = first;
  while (p != nullptr) p = value(p);
}

// From the beginning of a value to the beginning of the next one, which may be inside it.
const char* Reader::State::value(const char* p) {
  const char c = peek(p);
  if (c != '{' && c != '[') {
    const char* const behind = scalar(p);
    if (behind == nullptr) return nullptr;
    if (Entry* entry = open_entry()) entry->value = View(between(p, behind));
    return after_value(behind);
  }
  open(p);
  p = blanks(p + 1);
  if (peek(p) == (in_object ? '}' : ']')) return after_value(close(p));
  return in_object ? key(p, true) : p;
}

const char* Reader::State::scalar(const char* p) {
  bool escaped = false;
  switch (peek(p)) {
    case '"': return string(p, escaped);
    case 't': return literal(p, "true");
    case 'f': return literal(p, "false");
    case 'n': return literal(p, "null");
    default: return number(p);
  }
}

const char* Reader::State::after_value(const char* p) {
  while (depth != 0) {
    p = blanks(p);
    const char c = peek(p);
    if (c == ',') {
      p = blanks(p + 1);
      return in_object ? key(p, false) : p;
    }
    if (c != (in_object ? '}' : ']')) return fault(p);
    if (in_object) keys.close(report);
    p = close(p);
  }
  return finish(p);
}

const char* Reader::State::finish(const char* p) {
  root = View(between(first, p));
  p = blanks(p);
  return p == end ? nullptr : fault(p, Fault::kTrailing);
}

void Reader::State::open(const char* p) {
  if (Entry* entry = open_entry()) {
    entry->value = View(between(p, p + 1));
    if (depth == 1) entry->first_child = static_cast<uint32_t>(children.size());
  }
  in_object = *p == '{';
  if (depth / 64 == nesting.size()) nesting.push_back(0);
  const uint64_t bit = uint64_t{1} << (depth % 64);
  uint64_t& word = nesting[depth / 64];
  word = in_object ? word | bit : word & ~bit;
  ++depth;
  report.depth = std::max(report.depth, depth);
}

// `p` is at the closing bracket.
const char* Reader::State::close(const char* p) {
  --depth;
  in_object = depth != 0 && (nesting[(depth - 1) / 64] >> ((depth - 1) % 64) & 1) != 0;
  if (Entry* entry = open_entry()) {
    entry->value = View(between(entry->value.raw().data(), p + 1));
    if (depth == 1) entry->children = static_cast<uint32_t>(children.size()) - entry->first_child;
  }
  return p + 1;
}

const char* Reader::State::key(const char* p, bool first_of_object) {
  if (peek(p) != '"') return fault(p);
  bool escaped = false;
  const char* behind = string(p, escaped);
  if (behind == nullptr) return nullptr;
  keys.add(between(p + 1, behind - 1), first_of_object, escaped);
  if (depth <= 2 && root_is_object) {
    (depth == 1 ? top : children).push_back(Entry{View(between(p, behind)), View()});
  }
  behind = blanks(behind);
  if (peek(behind) != ':') return fault(behind);
  return blanks(behind + 1);
}

const char* Reader::State::string(const char* p, bool& escaped) {
  ++p;
  for (;;) {
    p = find<StringStop>(p, end);
    const char c = peek(p);
    if (c == '"') return p + 1;
    if (c != '\\') return fault(p);
    escaped = true;
    p = escape(p);
    if (p == nullptr) return nullptr;
  }
}

const char* Reader::State::escape(const char* p) {
  switch (peek(p + 1)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return p + 2;
    case 'u': break;
    default: return fault(p + 1);
  }
  const int32_t unit = leading_unit(between(p, end));
  if (unit < 0) {
    const char* digit = p + 2;
    while (hex_value(peek(digit)) >= 0) ++digit;
    return fault(digit);
  }
  if (is_high_surrogate(unit) && is_low_surrogate(leading_unit(between(p + 6, end)))) return p + 12;
  if ((is_high_surrogate(unit) || is_low_surrogate(unit)) && !report.lone_surrogate) {
    report.lone_surrogate = true;
    report.lone_surrogate_at = static_cast<size_t>(p - begin);
  }
  return p + 6;
}

const char* Reader::State::number(const char* p) {
  if (peek(p) == '-') ++p;
  if (peek(p) == '0') {
    ++p;
    if (is_digit(peek(p))) return fault(p);
  } else {
    p = digits(p);
  }
  if (p != nullptr && peek(p) == '.') p = digits(p + 1);
  if (p != nullptr && (peek(p) == 'e' || peek(p) == 'E')) {
    ++p;
    if (peek(p) == '+' || peek(p) == '-') ++p;
    p = digits(p);
  }
  return p;
}

// One digit or more.
const char* Reader::State::digits(const char* p) {
  if (!is_digit(peek(p))) return fault(p);
  do {
    ++p;
  } while (is_digit(peek(p)));
  return p;
}

const char* Reader::State::literal(const char* p, std::string_view word) {
  for (const char c : word) {
    if (peek(p) != c) return fault(p);
    ++p;
  }
  return p;
}

Reader::Reader() : state_(std::make_unique<State>()) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

const Report& Reader::read(std::string_view text) {
  state_->read(text);
  return state_->report;
}

View Reader::root() const { return state_->root; }
std::span<const Entry> Reader::top() const { return state_->top; }
std::span<const Entry> Reader::children(const Entry& entry) const {
  return std::span<const Entry>(state_->children).subspan(entry.first_child, entry.children);
}

}  // namespace agentmesh::json
