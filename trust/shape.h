// Shape: what a tool's outputSchema promises of a result, as far as it is held to it.
//
// Read: type, enum, const, required, properties, additionalProperties, items, nullable. What a schema says besides (formats,
// ranges, anyOf, $ref …) is not looked at: a mismatch that is told is one, and not every one is told. Of a text or number that was
// changed on its way, more is asked (still_fits): minLength, maxLength and pattern have to hold, and where there is a format or a
// range it is taken not to fit.
// Thread: a value; fits() may be asked by any thread. Memory: some times the schema's own bytes: one of more than kMaxBytes promises
// nothing at all; of others at most kMaxNodes parts are kept, and what is beyond them, or deeper than kMaxDepth, promises nothing
// (and neither does an enum or a `required` of more than kMaxNames). Cost: one walk over the value, at most kMaxValues parts of it.

#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace agentmesh::trust {

class Shape {
 public:
  static constexpr size_t kMaxBytes = 256 << 10;
  static constexpr size_t kMaxNodes = 512;
  static constexpr int kMaxDepth = 32;
  static constexpr size_t kMaxNames = 1024;
  static constexpr size_t kMaxValues = 100'000;

  Shape() = default;  // promises nothing
  explicit Shape(json::View schema);

  size_t size() const { return nodes_.size(); }
  size_t bytes() const {
    return bytes_;
  }  // of the schema that it was read from; 0 if it promises nothing
  // False if `value` is surely not what the schema describes.
  bool fits(json::View value) const;
  // Whether a text fits a pattern of the schema; false also where that cannot be told.
  using Matches = std::function<bool(std::string_view pattern, std::string_view text)>;
  // The same of `value` that was made of `was` by putting others in the place of texts, keys and numbers.
  bool still_fits(json::View value, json::View was, const Matches& matches) const;

 private:
  static constexpr uint32_t kAnything = std::numeric_limits<uint32_t>::max();
  struct Node {
    uint32_t types = 0;                 // one bit per type that is allowed; 0: all
    bool listed = false;                // `allowed` is the whole of what may stand there
    std::vector<std::string> allowed;   // in canonical form, sorted
    std::vector<std::string> required;  // sorted
    std::vector<std::pair<std::string, uint32_t>> properties;  // by name
    uint32_t others = kAnything;                               // of members not in `properties`
    bool closed = false;                                       // no others
    uint32_t items = kAnything;
    // Asked of what was changed.
    std::optional<std::string> pattern;
    size_t min_length = 0;  // in code points
    size_t max_length = std::numeric_limits<size_t>::max();
    bool format = false;
    bool range = false;
  };
  // One walk: what is left of kMaxValues, and what may be asked of changed texts.
  struct Asking {
    size_t left = kMaxValues;
    const Matches* matches = nullptr;
  };
  uint32_t add(json::View schema, int depth);
  void read_types(json::View schema, Node& node) const;
  void read_members(json::View schema, int depth, Node& node);
  void read_lengths(json::View schema, Node& node) const;
  bool fits(uint32_t at, json::View value, json::View was, Asking& asking) const;
  bool fits_object(const Node& node, json::View value, json::View was, Asking& asking) const;
  bool takes_changed(const Node& node, json::View value, const Asking& asking) const;

  std::vector<Node> nodes_;
  size_t bytes_ = 0;
  uint32_t root_ = kAnything;
};

}  // namespace agentmesh::trust
