// Matching names: globs and /regexes/, one by one or very many at once.
//
// A glob (`*` any run of characters, `?` one character) is matched against the whole name; a text between slashes is an
// RE2 regex and is searched in the name. Both are case-sensitive.
// Order: PatternIndex: add() all, seal(), then find(). Cost: find() is one hash look-up, a handful of glob comparisons,
// and beyond kLinear wildcard patterns one pass of an RE2::Set, whatever their number.
// Thread: const functions, any. Failure: compile() says what RE2 says, with the offset it points at.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace agentmesh::policy {

bool glob_match(std::string_view glob, std::string_view name);

class Pattern {
 public:
  enum class Form : uint8_t { kExact, kGlob, kRegex };

  static Result<Pattern> compile(std::string_view text);
  // The name as it is, whatever characters it holds.
  static Pattern exact(std::string name);

  bool matches(std::string_view name) const;
  Form form() const { return form_; }
  bool matches_all() const { return form_ == Form::kGlob && text_ == "*"; }
  // The glob, or the regex without its slashes.
  const std::string& text() const { return text_; }
  // Characters that are not wildcards: how specific a glob is.
  size_t literal_characters() const;

 private:
  Form form_ = Form::kExact;
  std::string text_;
  std::shared_ptr<const re2::RE2> regex_;
};

// Any of several. No patterns at all: nothing matches.
bool any_matches(const std::vector<Pattern>& patterns, std::string_view name);

class PatternIndex {
 public:
  static constexpr size_t kLinear = 12;

  PatternIndex();
  ~PatternIndex();
  PatternIndex(PatternIndex&&) noexcept;
  PatternIndex& operator=(PatternIndex&&) noexcept;

  void add(Pattern pattern, uint32_t owner);
  void seal();
  // Appends the owners of all patterns that match, in no order, perhaps with repetitions.
  void find(std::string_view name, std::vector<uint32_t>& owners) const;

 private:
  struct Wild;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::vector<uint32_t>, Hash, std::equal_to<>> exact_;
  std::unique_ptr<Wild> wild_;
};

}  // namespace agentmesh::policy
