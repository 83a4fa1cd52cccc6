// One JSON object as a command prints it, member by member, in the order given.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace agentmesh::cli {

class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value) {
    json::append_string(member(name), value);
    return *this;
  }
  // Absent when empty.
  JsonObject& text_if(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }
  JsonObject& integer(std::string_view name, int64_t value) {
    json::append_integer(member(name), value);
    return *this;
  }
  JsonObject& boolean(std::string_view name, bool value) {
    member(name) += value ? "true" : "false";
    return *this;
  }
  // `json` is a JSON text.
  JsonObject& raw(std::string_view name, std::string_view json) {
    member(name) += json;
    return *this;
  }
  std::string done() const { return out_ + "}"; }

 private:
  std::string& member(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    json::append_string(out_, name);
    return out_ += ':';
  }
  std::string out_ = "{";
};

// "[a,b]" of JSON texts.
template <class List>
std::string json_array(const List& elements) {
  std::string out = "[";
  for (const auto& element : elements) {
    if (out.size() > 1) out += ',';
    out += element;
  }
  return out + "]";
}

}  // namespace agentmesh::cli
