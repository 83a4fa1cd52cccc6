// Splice: any number of edits to a text, each a span replaced by new bytes; every byte outside them stays as it was.
//
// Edits may be added in any order (two insertions at one place keep the order in which they were added). An edit inside a
// span that another one takes away goes with it; of two that overlap otherwise, the first takes the span of both. Commas
// are settled at the end: all of a container's members may go, and new ones come, in any order.
// Cost: one copy of the text, or none (apply_in_pieces); containers whose members change are walked once. A text without edits is its own bytes. Storage is
// kept for the next text (restart). Thread: one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace agentmesh::proxy {

class Splice {
 public:
  explicit Splice(std::string_view text) : text_(text) {}

  // Another text, without edits.
  void restart(std::string_view text);

  // Positions are offsets into the text.
  void replace(size_t begin, size_t end, std::string_view with);
  void insert(size_t at, std::string_view what) { replace(at, at, what); }
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
  size_t added() const {
    return new_.size() + commas_;
  }  // at most: cheap, never less than growth()
  std::string apply() const;
  void apply_to(std::string& out) const;  // in place of what `out` held
  // The same in pieces, in order: parts of the text where they stand, and what comes between them.
  template <class Take>
  void apply_in_pieces(Take take) const;

 private:
  struct Edit {
    size_t begin = 0;
    size_t end = 0;
    size_t new_at = 0;  // what comes there, in new_
    size_t new_size = 0;
    bool comma = false;  // and a comma before it
  };
  // A member or element that comes or goes, of containers_[container].
  struct Addition {
    size_t container = 0;
    size_t new_at = 0;
    size_t new_size = 0;
  };
  struct Removal {
    size_t container = 0;
    size_t at = 0;  // where it begins
  };

  size_t container(json::View view);
  bool is_removed(size_t container, size_t at) const;
  bool settle_removed(size_t container) const;
  void settle(size_t container) const;
  const std::vector<Edit>& settled() const;  // in order, none inside another

  std::string_view text_;
  std::string new_;  // all texts that come, one after the other
  std::vector<Edit> edits_;
  std::vector<json::View> containers_;  // objects and arrays whose members change
  std::vector<Addition> additions_;
  std::vector<Removal> removals_;
  size_t commas_ = 0;                  // that additions may need
  mutable std::vector<Edit> settled_;  // for settled(): its storage is kept
};

template <class Take>
void Splice::apply_in_pieces(Take take) const {
  size_t from = 0;
  for (const Edit& edit : settled()) {
    if (edit.begin > from) take(text_.substr(from, edit.begin - from));
    if (edit.comma) take(std::string_view(","));
    take(std::string_view(new_).substr(edit.new_at, edit.new_size));
    from = edit.end;
  }
  take(text_.substr(from));
}

}  // namespace agentmesh::proxy
