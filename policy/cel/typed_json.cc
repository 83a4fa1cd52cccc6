#include "policy/cel/typed_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "policy/cel/collection.h"
#include "policy/cel/json_value.h"
#include "policy/cel/number.h"
#include "policy/cel/time_value.h"

namespace agentmesh::policy::cel {

namespace {

constexpr int kMaxDepth = 100;

constexpr std::array kKinds{Kind::kNull,     Kind::kBool,   Kind::kInt,   Kind::kUint,
                            Kind::kDouble,   Kind::kString, Kind::kBytes, Kind::kTimestamp,
                            Kind::kDuration, Kind::kType,   Kind::kList,  Kind::kMap};

template <class T>
bool whole(const std::string& text, T& value) {
  const char* const end = text.data() + text.size();
  const auto got = std::from_chars(text.data(), end, value);
  return got.ec == std::errc() && got.ptr == end;
}

class TypedReader {
 public:
  explicit TypedReader(Context& context) : context_(context) {}

  Result<Value> read(json::View json, int depth) {
    if (depth == 0) return fail(fmt::format("nested more than {} levels deep", kMaxDepth));
    if (json.is_array()) return list(json, depth);
    if (!json.is_object()) return json_value(json, context_);
    std::vector<json::View::Member> members;
    for (const json::View::Member& member : json.members()) members.push_back(member);
    if (members.size() == 1) {
      const std::string tag = members[0].key.string();
      if (tag == "$map") return entries(members[0].value, depth);
      if (tag.starts_with('$')) return tagged(tag, members[0].value);
    }
    const std::span<MapEntry> out = context_.arena().array<MapEntry>(members.size());
    for (size_t i = 0; i < members.size(); ++i) {
      auto value = read(members[i].value, depth - 1);
      if (!value) return value;
      out[i] = MapEntry{json_value(members[i].key, context_), *value};
    }
    return Value::map(out);
  }

 private:
  Result<Value> list(json::View json, int depth) {
    std::vector<Value> items;
    for (const json::View element : json.elements()) {
      auto value = read(element, depth - 1);
      if (!value) return value;
      items.push_back(*value);
    }
    return Value::list(context_.arena().copy(std::span<const Value>(items)));
  }

  Result<Value> entries(json::View json, int depth) {
    std::vector<MapEntry> out;
    for (const json::View pair : json.elements()) {
      auto key = read(pair.at(0), depth - 1);
      if (!key) return key;
      auto value = read(pair.at(1), depth - 1);
      if (!value) return value;
      const bool usable = key->kind() == Kind::kBool || key->kind() == Kind::kInt ||
                          key->kind() == Kind::kUint || key->kind() == Kind::kString;
      if (!usable || !pair.at(1).present()) return fail("$map: every entry is [key, value]");
      out.push_back(MapEntry{*key, *value});
    }
    return Value::map(context_.arena().copy(std::span<const MapEntry>(out)));
  }

  Result<Value> tagged(const std::string& tag, json::View json) {
    const std::string text = json.is_string() ? json.string() : std::string(json.raw());
    const auto wrong = [&] { return fail(fmt::format("{}: '{}' is no such value", tag, text)); };
    if (tag == "$int") {
      int64_t value = 0;
      if (!whole(text, value)) return wrong();
      return Value::integer(value);
    }
    if (tag == "$uint") {
      uint64_t value = 0;
      if (!whole(text, value)) return wrong();
      return Value::unsigned_integer(value);
    }
    if (tag == "$double") {
      if (text == "NaN") return Value::real(std::nan(""));
      if (text == "Infinity") return Value::real(HUGE_VAL);
      if (text == "-Infinity") return Value::real(-HUGE_VAL);
      const auto value = parse_double(text);
      if (!value) return wrong();
      return Value::real(*value);
    }
    if (tag == "$bytes") {
      const auto bytes = from_base64(text);
      if (!bytes) return wrong();
      return Value::bytes(context_.arena().copy(
          std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size())));
    }
    if (tag == "$timestamp" || tag == "$duration") {
      const auto value = tag == "$timestamp" ? parse_timestamp(text) : parse_duration(text);
      if (!value) return wrong();
      return *value;
    }
    if (tag == "$type") {
      for (const Kind kind : kKinds) {
        if (type_name(kind) == text) return Value::type(kind);
      }
    }
    return wrong();
  }

  Context& context_;
};

class TypedWriter {
 public:
  explicit TypedWriter(Context& context) : context_(context) {}

  Result<std::string> run(const Value& value) {
    if (!write(value, kMaxDepth)) return fail(std::move(wrong_));
    return std::move(out_);
  }

 private:
  bool write(const Value& value, int depth) {
    if (depth == 0) return wrong("the value is nested too deeply to print");
    switch (value.kind()) {
      case Kind::kError: return wrong(std::string(value.why().message));
      case Kind::kNull: return put("null");
      case Kind::kBool: return put(value.as_bool() ? "true" : "false");
      case Kind::kInt: json::append_integer(out_, value.as_int()); return true;
      case Kind::kUint: return tagged("$uint", fmt::format("\"{}\"", value.as_uint()));
      case Kind::kDouble: return tagged("$double", number(value.as_double()));
      case Kind::kString: json::append_string(out_, value.as_text()); return true;
      case Kind::kBytes:
        return tagged("$bytes", "\"" + to_base64(as_bytes(value.as_text())) + "\"");
      case Kind::kTimestamp: return tagged("$timestamp", "\"" + print_timestamp(value) + "\"");
      case Kind::kDuration: return tagged("$duration", "\"" + print_duration(value) + "\"");
      case Kind::kType: return tagged("$type", fmt::format("\"{}\"", type_name(value.as_type())));
      case Kind::kList: return list(value, depth);
      case Kind::kMap: return map(value, depth);
    }
    return false;
  }

  bool put(std::string_view text) {
    out_ += text;
    return true;
  }
  bool wrong(std::string why) {
    wrong_ = std::move(why);
    return false;
  }
  bool tagged(std::string_view tag, std::string_view json) {
    return put("{\"") && put(tag) && put("\":") && put(json) && put("}");
  }
  // With a point or exponent, so that it cannot be taken for an integer.
  static std::string number(double value) {
    char buffer[32];
    std::string text(print_double(value, buffer));
    if (!std::isfinite(value)) return "\"" + text + "\"";
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
  }

  bool opened(const Value& collection) {
    return open(collection, context_) || wrong("the value is too large to print");
  }

  bool list(const Value& value, int depth) {
    if (!opened(value)) return false;
    put("[");
    for (uint32_t i = 0; i < count(value); ++i) {
      if (i > 0) put(",");
      if (!write(element(value, i, context_), depth - 1)) return false;
    }
    return put("]");
  }

  static bool plain(const Value& map) {
    for (uint32_t i = 0; i < count(map); ++i) {
      if (key(map, i).kind() != Kind::kString) return false;
    }
    return count(map) != 1 || !key(map, 0).as_text().starts_with('$');
  }

  bool map(const Value& value, int depth) {
    if (!opened(value)) return false;
    const bool object = plain(value);
    put(object ? "{" : "{\"$map\":[");
    for (uint32_t i = 0; i < count(value); ++i) {
      if (i > 0) put(",");
      if (!object) put("[");
      if (!write(key(value, i), depth - 1)) return false;
      put(object ? ":" : ",");
      if (!write(element(value, i, context_), depth - 1)) return false;
      if (!object) put("]");
    }
    return put(object ? "}" : "]}");
  }

  Context& context_;
  std::string out_;
  std::string wrong_;
};

}  // namespace

Result<Value> from_typed_json(json::View json, Context& context) {
  return TypedReader(context).read(json, kMaxDepth);
}

Result<std::string> to_typed_json(const Value& value, Context& context) {
  context.start();  // printing has a budget of its own
  return TypedWriter(context).run(value);
}

}  // namespace agentmesh::policy::cel
