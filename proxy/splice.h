// Splice: any number of edits to a text, each a span replaced by new bytes; every byte outside them stays as it was.
//
// Edits may be added in any order (two insertions at one place keep the order in which they were added). An edit inside a
// span that another one takes away goes with it; of two that overlap otherwise, the first takes the span of both. Commas
// are settled at the end: all of a container's members may go, and new ones come, in any order.
// Cost: one copy of the text; containers whose members change are walked once. A text without edits is its own bytes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace agentmesh::proxy {

class Splice {
 public:
  explicit Splice(std::string_view text) : text_(text) {}

  // Positions are offsets into the text.
  void replace(size_t begin, size_t end, std::string with);
  void insert(size_t at, std::string what) { replace(at, at, std::move(what)); }
  // The offset of a view that points into the text.
  size_t offset_of(std::string_view part) const {
    return static_cast<size_t>(part.data() - text_.data());
  }

  // Adds `"key":value` as last member of `object` (a part of the text), with a comma where one is due. `key` is a text,
  // `value_json` is JSON.
  void append_member(json::View object, std::string_view key, std::string_view value_json);
  // Adds `value_json` as last element of `array`.
  void append_element(json::View array, std::string_view value_json);
  // Takes the member out of `object`, with the comma that goes with it.
  void remove_member(json::View object, const json::View::Member& member);
  // Takes the element out of `array`, likewise.
  void remove_element(json::View array, json::View element);

  bool empty() const { return edits_.empty() && containers_.empty(); }
  size_t growth() const;  // bytes added less bytes removed (0 if it shrinks)
  size_t added() const;   // bytes added at most: cheap, never less than growth()
  std::string apply() const;

 private:
  struct Edit {
    size_t begin;
    size_t end;
    std::string text;
  };
  // An object or array whose members change.
  struct Container {
    json::View view;
    std::vector<size_t> removed;  // offsets at which members begin
    std::vector<std::string> added;
  };

  Container& container(json::View view);
  bool settle_removed(const Container& container, std::vector<Edit>& edits) const;
  void settle(const Container& container, std::vector<Edit>& edits) const;
  std::vector<Edit> settled() const;  // in order, none inside another

  std::string_view text_;
  std::vector<Edit> edits_;
  std::vector<Container> containers_;
};

}  // namespace agentmesh::proxy
