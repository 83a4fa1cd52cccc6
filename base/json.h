// Strict JSON: a text is read once, whole, and afterwards every part of it is a view of its own bytes.
//
// Reader::read() checks everything that can be checked about a text (RFC 8259 grammar, UTF-8, one document, no byte order
// mark), whatever its nesting, and reports what two readers could read differently: repeated keys, lone surrogate
// escapes, depth. It never converts a number and never unescapes what nobody asked for: 9007199254740993, 1e400 and
// "\u0061" stay as they were spelled. It keeps an index of the first two levels; deeper values are walked by View,
// which trusts the text because read() accepted it.
//
// Order: read() first; Views live as long as the text they point into; entries until the next read().
// Thread: one Reader per direction; Views are values. Cost: one pass, 1 to 1.5 ns per byte for small messages, a fifth of
// that in long strings; nothing allocated once its buffers are warm; linear for keys that nobody made to collide, n log n
// for those. Memory: 40 bytes per indexed member, 16 per key of the objects still open, one bit per level; what an
// unusually large text took (over 4 MiB) is given back when the next one comes.

#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::json {

enum class Kind : uint8_t { kAbsent, kNull, kBool, kNumber, kString, kArray, kObject };

// Why a text is not one JSON document. The order is the order in which they are looked for.
enum class Fault : uint8_t {
  kNone,
  kByteOrderMark,  // U+FEFF (or a UTF-16 mark) first
  kUtf8,           // not UTF-8 (RFC 3629)
  kSyntax,         // RFC 8259 does not allow this byte here; a text that ends too soon
  kTrailing,       // something other than blanks after the document
};

// A value: the bytes from its first to its last. A default View is absent.
class View {
 public:
  View() = default;
  // `text` is exactly one value, accepted by read() (or a part of such a text), without blanks around it.
  explicit View(std::string_view text) : text_(text) {}

  Kind kind() const;
  bool present() const { return !text_.empty(); }
  std::string_view raw() const { return text_; }

  bool is_null() const { return kind() == Kind::kNull; }
  bool is_string() const { return kind() == Kind::kString; }
  bool is_object() const { return kind() == Kind::kObject; }
  bool is_array() const { return kind() == Kind::kArray; }
  bool is_number() const { return kind() == Kind::kNumber; }
  bool is_true() const { return text_ == "true"; }
  bool is_false() const { return text_ == "false"; }

  // A string's content. Without escapes the view points into the text, else into `scratch`. A lone surrogate escape
  // becomes U+FFFD. "" for anything that is no string.
  std::string_view string(std::string& scratch) const;
  std::string string() const;
  // A number that is spelled as an integer ("7", "-5"; not "7.0") and fits.
  std::optional<int64_t> integer() const;

  // The first member of an object whose key, unescaped, is `key`; absent if there is none or this is no object. Looks at
  // all before it: 0.4 ns per byte skipped.
  View find(std::string_view key) const;
  // The element of an array; absent beyond its end.
  View at(size_t index) const;
  bool empty() const;  // an object or array without members

  struct Member;
  class Members;
  class Elements;
  Members members() const;    // of an object, in order; none for anything else
  Elements elements() const;  // of an array, in order; none for anything else

 private:
  std::string_view text_;
};

struct View::Member {
  View key;  // a string, quotes included
  View value;
};

// One past the end of the value that begins at text[0] (trusted text; blanks before it are not allowed).
size_t skip_value(std::string_view text);

class View::Members {
 public:
  class iterator {
   public:
    using value_type = Member;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(std::string_view rest) : rest_(rest) { advance(); }
    const Member& operator*() const { return member_; }
    const Member* operator->() const { return &member_; }
    iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(std::default_sentinel_t) const { return done_; }

   private:
    void advance();
    std::string_view rest_;
    Member member_;
    bool done_ = false;
  };
  explicit Members(std::string_view object) : object_(object) {}
  iterator begin() const { return iterator(object_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view object_;  // behind its '{'
};

class View::Elements {
 public:
  class iterator {
   public:
    using value_type = View;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(std::string_view rest) : rest_(rest) { advance(); }
    const View& operator*() const { return element_; }
    const View* operator->() const { return &element_; }
    iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(std::default_sentinel_t) const { return done_; }

   private:
    void advance();
    std::string_view rest_;
    View element_;
    bool done_ = false;
  };
  explicit Elements(std::string_view array) : array_(array) {}
  iterator begin() const { return iterator(array_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view array_;  // behind its '['
};

// A member of the indexed levels.
struct Entry {
  View key;  // a string, quotes included
  View value;
  // For Reader::children(): where the members of this one are, if it is an object of level 1.
  uint32_t first_child = 0;
  uint32_t children = 0;
};

struct Report {
  Fault fault = Fault::kNone;
  size_t fault_at = 0;  // byte offset
  uint32_t depth = 0;   // deepest nesting: 0 for a scalar, 1 for {} …
  bool lone_surrogate = false;
  size_t lone_surrogate_at = 0;  // offset of the backslash of the first one
  // Offsets of keys (their first quote) that repeat an earlier key of the same object, in order; the first kMaxRepeated.
  // Compared unescaped, lone surrogates as U+FFFD: readers that replace them read one key.
  std::vector<size_t> repeated_keys;
  bool more_repeated = false;

  static constexpr size_t kMaxRepeated = 32;
};

class Reader {
 public:
  Reader();
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // Reads `text` (blanks around the document are allowed). What it returns, and the entries, are good until the next
  // call; entries only if there was no fault. `text` is at most 4 GiB: byte 2^32 - 1 is a fault.
  const Report& read(std::string_view text);

  View root() const;
  std::span<const Entry> top() const;  // members of the root, if it is an object
  std::span<const Entry> children(const Entry& entry) const;  // members of a member

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Appends `text` (UTF-8) as a JSON string with the escapes of RFC 8785: \b \t \n \f \r \" \\, other controls \u00xx in
// lower case, all else raw. Invalid UTF-8 becomes U+FFFD.
void append_string(std::string& out, std::string_view text);
void append_integer(std::string& out, int64_t value);

}  // namespace agentmesh::json
