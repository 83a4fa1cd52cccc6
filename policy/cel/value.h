// Value: one value of the condition language, 16 bytes, copied freely.
//
// A Value owns nothing. Strings, lists and maps point at bytes of the caller, of a Program's constants or of a Context's
// arena, and are good as long as those. Lists and maps that come from JSON are read when they are first looked into
// (json_value.h), which is why looking into them needs a Context (collection.h).
// Thread: one (a JSON list or map remembers what was read). Cost: nothing here allocates.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace agentmesh::policy::cel {

class RecordType;
struct JsonNode;
class Value;

enum class Kind : uint8_t {
  kError,  // an evaluation that failed; never inside a list or a map
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kType,
  kList,
  kMap,
};
// The language's own names: "int", "null_type", "google.protobuf.Timestamp" …
std::string_view type_name(Kind kind);

// Why an evaluation failed, and where in the source (byte offset).
struct Failure {
  std::string_view message;
  uint32_t offset = 0;
};

struct MapEntry;

// A record: values in the order of its type's fields. The caller keeps both alive.
struct Record {
  const RecordType* type = nullptr;
  const Value* fields = nullptr;
};

class Value {
 public:
  // How a list or map is kept.
  enum class Form : uint8_t { kPlain, kJson, kRecord, kUnread };

  Value() { payload_.integer = 0; }  // null
  static Value null() { return Value(); }
  static Value boolean(bool value) { return Value(Kind::kBool, Payload{.integer = value ? 1 : 0}); }
  static Value integer(int64_t value) { return Value(Kind::kInt, Payload{.integer = value}); }
  static Value unsigned_integer(uint64_t value) {
    return Value(Kind::kUint, Payload{.unsigned_integer = value});
  }
  static Value real(double value) { return Value(Kind::kDouble, Payload{.real = value}); }
  // `text` is UTF-8 and below 4 GiB.
  static Value string(std::string_view text) {
    return Value(Kind::kString, Payload{.text = text.data()}, size_of(text.size()));
  }
  static Value bytes(std::string_view bytes) {
    return Value(Kind::kBytes, Payload{.text = bytes.data()}, size_of(bytes.size()));
  }
  // Seconds since 1970-01-01T00:00:00Z and 0 … 999 999 999 nanoseconds after them.
  static Value timestamp(int64_t seconds, uint32_t nanoseconds) {
    return Value(Kind::kTimestamp, Payload{.integer = seconds}, nanoseconds);
  }
  static Value duration(int64_t nanoseconds) {
    return Value(Kind::kDuration, Payload{.integer = nanoseconds});
  }
  static Value type(Kind kind) {
    return Value(Kind::kType, Payload{.integer = static_cast<int64_t>(kind)});
  }
  static Value list(std::span<const Value> items) {
    return Value(Kind::kList, Payload{.items = items.data()}, size_of(items.size()));
  }
  static Value map(std::span<const MapEntry> entries) {
    return Value(Kind::kMap, Payload{.entries = entries.data()}, size_of(entries.size()));
  }
  static Value record(const Record* record) {
    return Value(Kind::kMap, Payload{.record = record}, 0, Form::kRecord);
  }
  static Value failure(const Failure* why) { return Value(Kind::kError, Payload{.why = why}); }
  // For json_value.cc: a list or map over JSON, and JSON not yet looked at.
  static Value json(Kind kind, JsonNode* node) {
    return Value(kind, Payload{.node = node}, 0, Form::kJson);
  }
  static Value unread(std::string_view json) {
    return Value(Kind::kNull, Payload{.text = json.data()}, size_of(json.size()), Form::kUnread);
  }

  Kind kind() const { return kind_; }
  Form form() const { return form_; }
  bool is_error() const { return kind_ == Kind::kError; }
  bool is_bool(bool value) const {
    return kind_ == Kind::kBool && payload_.integer == (value ? 1 : 0);
  }
  bool is_number() const {
    return kind_ == Kind::kInt || kind_ == Kind::kUint || kind_ == Kind::kDouble;
  }

  // What is inside. The kind must be the one asked for.
  bool as_bool() const { return payload_.integer != 0; }
  int64_t as_int() const { return payload_.integer; }
  uint64_t as_uint() const { return payload_.unsigned_integer; }
  double as_double() const { return payload_.real; }
  std::string_view as_text() const {
    return {payload_.text, size_};
  }  // strings, bytes, unread JSON
  int64_t seconds() const { return payload_.integer; }
  uint32_t nanoseconds() const { return size_; }
  int64_t as_duration() const { return payload_.integer; }
  Kind as_type() const { return static_cast<Kind>(payload_.integer); }
  const Failure& why() const { return *payload_.why; }
  std::span<const Value> items() const { return {payload_.items, size_}; }
  std::span<const MapEntry> entries() const;
  const Record& as_record() const { return *payload_.record; }
  JsonNode& node() const { return *payload_.node; }

 private:
  union Payload {
    int64_t integer;
    uint64_t unsigned_integer;
    double real;
    const char* text;
    const Value* items;
    const MapEntry* entries;
    const Record* record;
    const Failure* why;
    JsonNode* node;
  };
  explicit Value(Kind kind, Payload payload, uint32_t size = 0, Form form = Form::kPlain)
      : payload_(payload), size_(size), kind_(kind), form_(form) {}
  static uint32_t size_of(size_t size) { return static_cast<uint32_t>(size); }

  Payload payload_;
  uint32_t size_ = 0;
  Kind kind_ = Kind::kNull;
  Form form_ = Form::kPlain;
};

struct MapEntry {
  Value key;  // a bool, int, uint or string
  Value value;
};

inline std::span<const MapEntry> Value::entries() const { return {payload_.entries, size_}; }

}  // namespace agentmesh::policy::cel
