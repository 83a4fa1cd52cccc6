// Walk: every text inside a JSON value, one after the other, with the key it stands under and where it is.
//
// Order: next() until it is false; what it shows is good until the following next().
// Cost: one pass over the value, whatever its nesting; strings without escapes are not copied. Thread: one.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace agentmesh::policy {

// A key as it stands in a place: plain words only, the rest masked, never long.
std::string name_in_place(std::string_view key);

class Walk {
 public:
  enum class What : uint8_t { kKey, kString, kNumber };

  // `prefix` begins every where(): "arguments".
  Walk(json::View value, std::string_view prefix);

  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  bool next();
  // Behind a key: passes over its value.
  void skip();

  What what() const { return what_; }
  // A string's or key's content, a number as spelled.
  std::string_view text() const { return text_; }
  // As it is spelled, quotes included; begins at offset() of the value's text.
  std::string_view raw() const { return raw_; }
  size_t offset() const { return static_cast<size_t>(raw_.data() - all_.data()); }
  // The nearest key above (unescaped), and the key of the topmost object on the way: "" in the value itself. Of a longer one its last
  // kLongestKey bytes: who judges a text by its key does so for each of a list of them.
  static constexpr size_t kLongestKey = 256;
  std::string_view key() const { return end_of(key_); }
  std::string_view top_key() const {
    return entered_ ? end_of(levels_[0].key) : std::string_view();
  }
  // The nearest key above the object that key() is of; "": there is none.
  std::string_view holder() const;
  size_t depth() const { return depth_; }
  // How many keys were shown or passed so far. Two texts between which there was none, of one depth and with the same bytes of key()
  // above them, stand below the same keys.
  size_t keys() const { return keys_; }
  // True if the value stands below this key, at whatever depth.
  bool below(std::string_view key) const;
  // True if `asked` is of a key on the way, the value's own first; of the last kLongestKey bytes of each.
  template <class Asked>
  bool any_key(Asked asked) const {
    for (size_t i = depth_; i > 0; --i)
      if (level(i - 1).object && asked(end_of(level(i - 1).key))) return true;
    return false;
  }
  // "arguments.options.files[2]"; names that are not plain words are shortened and masked.
  std::string where() const;

 private:
  struct Level {
    bool object = false;
    std::string_view key;
    size_t index = 0;
    std::string unescaped;  // the key, where it is spelled with escapes
  };
  static constexpr size_t kShallow = 6;  // as deep as nearly everything is: no memory asked for
  static std::string_view end_of(std::string_view key) {
    return key.substr(key.size() - std::min(key.size(), kLongestKey));
  }
  void take_string();
  Level& level(size_t depth) {
    return depth < kShallow ? levels_[depth] : *deeper_[depth - kShallow];
  }
  const Level& level(size_t depth) const {
    return depth < kShallow ? levels_[depth] : *deeper_[depth - kShallow];
  }

  std::string_view all_;
  std::string_view prefix_;
  size_t at_ = 0;
  size_t depth_ = 0;
  size_t keys_ = 0;
  bool entered_ = false;  // the first level was there
  std::array<Level, kShallow> levels_;
  std::vector<std::unique_ptr<Level>> deeper_;
  What what_ = What::kString;
  std::string_view text_;
  std::string_view raw_;
  std::string_view key_;
  std::string scratch_;
};

}  // namespace agentmesh::policy
