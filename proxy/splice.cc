#include "proxy/splice.h"

#include <algorithm>

namespace agentmesh::proxy {

namespace {

struct Span {
  size_t begin;
  size_t end;
};

}  // namespace

void Splice::restart(std::string_view text) {
  text_ = text;
  new_.clear();
  edits_.clear();
  containers_.clear();
  additions_.clear();
  removals_.clear();
  commas_ = 0;
}

void Splice::replace(size_t begin, size_t end, std::string_view with) {
  edits_.push_back({begin, end, new_.size(), with.size(), false});
  new_ += with;
}

size_t Splice::container(json::View view) {
  const auto found = std::find_if(containers_.begin(), containers_.end(), [&](json::View known) {
    return known.raw().data() == view.raw().data();
  });
  if (found != containers_.end()) return static_cast<size_t>(found - containers_.begin());
  containers_.push_back(view);
  return containers_.size() - 1;
}

void Splice::append_member(json::View object, std::string_view key, std::string_view value_json) {
  const size_t at = new_.size();
  json::append_string(new_, key);
  new_ += ':';
  new_ += value_json;
  additions_.push_back({container(object), at, new_.size() - at});
  ++commas_;
}

void Splice::append_element(json::View array, std::string_view value_json) {
  additions_.push_back({container(array), new_.size(), value_json.size()});
  new_ += value_json;
  ++commas_;
}

void Splice::remove_member(json::View object, const json::View::Member& member) {
  removals_.push_back({container(object), offset_of(member.key.raw())});
}

void Splice::remove_element(json::View array, json::View element) {
  removals_.push_back({container(array), offset_of(element.raw())});
}

bool Splice::is_removed(size_t container, size_t at) const {
  return std::any_of(removals_.begin(), removals_.end(), [&](const Removal& removal) {
    return removal.container == container && removal.at == at;
  });
}

// A removed member that has a kept one behind it goes up to where the next member begins; one that has none goes from
// where the member before it ended. So no comma is taken twice and none is left over. Says whether any member stays.
bool Splice::settle_removed(size_t container) const {
  const json::View view = containers_[container];
  const bool any = std::any_of(removals_.begin(), removals_.end(), [&](const Removal& removal) {
    return removal.container == container;
  });
  if (!any) return !view.empty();
  std::vector<Span> members;
  const auto add = [&](std::string_view first, std::string_view last) {
    members.push_back({offset_of(first), offset_of(last) + last.size()});
  };
  for (const auto& member : view.members()) add(member.key.raw(), member.value.raw());
  for (const json::View element : view.elements()) add(element.raw(), element.raw());

  const auto removed = [&](const Span& member) { return is_removed(container, member.begin); };
  size_t kept_end = members.size();  // one past the last member that stays
  while (kept_end > 0 && removed(members[kept_end - 1])) --kept_end;
  for (size_t i = 0; i < members.size(); ++i) {
    if (!removed(members[i])) continue;
    const bool last_stays = i < kept_end;
    const size_t begin = last_stays || i == 0 ? members[i].begin : members[i - 1].end;
    const size_t end = last_stays ? members[i + 1].begin : members[i].end;
    settled_.push_back({begin, end, 0, 0, false});
  }
  return kept_end > 0;
}

void Splice::settle(size_t container) const {
  bool comma = settle_removed(container);
  const std::string_view raw = containers_[container].raw();
  const size_t closing = offset_of(raw) + raw.size() - 1;
  for (const Addition& addition : additions_) {
    if (addition.container != container) continue;
    settled_.push_back({closing, closing, addition.new_at, addition.new_size, comma});
    comma = true;
  }
}

const std::vector<Splice::Edit>& Splice::settled() const {
  settled_.clear();
  for (size_t i = 0; i < containers_.size(); ++i) settle(i);
  settled_.insert(settled_.end(), edits_.begin(), edits_.end());
  // At one place, insertions come before what takes bytes away, and of those the longest first (a member that goes before
  // an edit of its whole value).
  const auto before = [](const Edit& a, const Edit& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    const bool a_inserts = a.begin == a.end;
    const bool b_inserts = b.begin == b.end;
    if (a_inserts != b_inserts) return a_inserts;
    return a.end > b.end;
  };
  constexpr size_t kFew = 16;
  if (settled_.size() > kFew) {
    std::stable_sort(settled_.begin(), settled_.end(), before);
  } else {  // the same, without asking for memory
    for (auto edit = settled_.begin(); edit != settled_.end(); ++edit)
      std::rotate(std::upper_bound(settled_.begin(), edit, *edit, before), edit, edit + 1);
  }
  size_t kept = 0;
  for (const Edit& edit : settled_) {
    if (kept > 0 && edit.begin < settled_[kept - 1].end) {
      settled_[kept - 1].end = std::max(settled_[kept - 1].end, edit.end);
    } else {
      settled_[kept++] = edit;
    }
  }
  settled_.resize(kept);
  return settled_;
}

size_t Splice::growth() const {
  size_t added = 0;
  size_t taken = 0;
  for (const Edit& edit : settled()) {
    added += edit.new_size + (edit.comma ? 1 : 0);
    taken += edit.end - edit.begin;
  }
  return added > taken ? added - taken : 0;
}

std::string Splice::apply() const {
  std::string out;
  apply_to(out);
  return out;
}

void Splice::apply_to(std::string& out) const {
  out.clear();
  out.reserve(text_.size() + added());
  apply_in_pieces([&out](std::string_view piece) { out += piece; });
}

}  // namespace agentmesh::proxy
