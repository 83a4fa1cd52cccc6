#include "proxy/splice.h"

#include <algorithm>

namespace agentmesh::proxy {

namespace {

struct Span {
  size_t begin;
  size_t end;
};

}  // namespace

void Splice::replace(size_t begin, size_t end, std::string with) {
  edits_.push_back({begin, end, std::move(with)});
}

Splice::Container& Splice::container(json::View view) {
  const auto found = std::find_if(containers_.begin(), containers_.end(), [&](const Container& c) {
    return c.view.raw().data() == view.raw().data();
  });
  if (found != containers_.end()) return *found;
  containers_.push_back({view, {}, {}});
  return containers_.back();
}

void Splice::append_member(json::View object, std::string_view key, std::string_view value_json) {
  std::string member;
  member.reserve(key.size() + value_json.size() + 3);
  json::append_string(member, key);
  member += ':';
  member += value_json;
  container(object).added.push_back(std::move(member));
}

void Splice::append_element(json::View array, std::string_view value_json) {
  container(array).added.emplace_back(value_json);
}

void Splice::remove_member(json::View object, const json::View::Member& member) {
  container(object).removed.push_back(offset_of(member.key.raw()));
}

void Splice::remove_element(json::View array, json::View element) {
  container(array).removed.push_back(offset_of(element.raw()));
}

// A removed member that has a kept one behind it goes up to where the next member begins; one that has none goes from
// where the member before it ended. So no comma is taken twice and none is left over. Says whether any member stays.
bool Splice::settle_removed(const Container& container, std::vector<Edit>& edits) const {
  if (container.removed.empty()) return !container.view.empty();
  std::vector<Span> members;
  const auto add = [&](std::string_view first, std::string_view last) {
    members.push_back({offset_of(first), offset_of(last) + last.size()});
  };
  for (const auto& member : container.view.members()) add(member.key.raw(), member.value.raw());
  for (const json::View element : container.view.elements()) add(element.raw(), element.raw());

  const auto removed = [&](const Span& member) {
    return std::find(container.removed.begin(), container.removed.end(), member.begin) !=
           container.removed.end();
  };
  size_t kept_end = members.size();  // one past the last member that stays
  while (kept_end > 0 && removed(members[kept_end - 1])) --kept_end;
  for (size_t i = 0; i < members.size(); ++i) {
    if (!removed(members[i])) continue;
    if (i < kept_end) {
      edits.push_back({members[i].begin, members[i + 1].begin, {}});
    } else {
      edits.push_back({i == 0 ? members[i].begin : members[i - 1].end, members[i].end, {}});
    }
  }
  return kept_end > 0;
}

void Splice::settle(const Container& container, std::vector<Edit>& edits) const {
  bool comma = settle_removed(container, edits);
  std::string added;
  size_t size = 0;
  for (const std::string& member : container.added) size += member.size() + 1;
  added.reserve(size);
  for (const std::string& member : container.added) {
    if (comma) added += ',';
    added += member;
    comma = true;
  }
  const size_t closing = offset_of(container.view.raw()) + container.view.raw().size() - 1;
  if (!added.empty()) edits.push_back({closing, closing, std::move(added)});
}

std::vector<Splice::Edit> Splice::settled() const {
  std::vector<Edit> edits;
  edits.reserve(containers_.size() + edits_.size());
  for (const Container& c : containers_) settle(c, edits);
  edits.insert(edits.end(), edits_.begin(), edits_.end());
  // At one place, insertions come before what takes bytes away, and of those the longest first (a member that goes before
  // an edit of its whole value).
  const auto before = [](const Edit& a, const Edit& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    const bool a_inserts = a.begin == a.end;
    const bool b_inserts = b.begin == b.end;
    if (a_inserts != b_inserts) return a_inserts;
    return a.end > b.end;
  };
  if (!std::is_sorted(edits.begin(), edits.end(), before))
    std::stable_sort(edits.begin(), edits.end(), before);
  std::vector<Edit> kept;
  for (Edit& edit : edits) {
    if (!kept.empty() && edit.begin < kept.back().end) {
      kept.back().end = std::max(kept.back().end, edit.end);
    } else {
      kept.push_back(std::move(edit));
    }
  }
  return kept;
}

size_t Splice::growth() const {
  size_t added = 0;
  size_t taken = 0;
  for (const Edit& edit : settled()) {
    added += edit.text.size();
    taken += edit.end - edit.begin;
  }
  return added > taken ? added - taken : 0;
}

size_t Splice::added() const {
  size_t bytes = 0;
  for (const Edit& edit : edits_) bytes += edit.text.size();
  for (const Container& c : containers_)
    for (const std::string& member : c.added) bytes += member.size() + 1;
  return bytes;
}

std::string Splice::apply() const {
  const std::vector<Edit> edits = settled();
  size_t size = text_.size();
  for (const Edit& edit : edits) size += edit.text.size();
  std::string out;
  out.reserve(size);
  size_t from = 0;
  for (const Edit& edit : edits) {
    out += text_.substr(from, edit.begin - from);
    out += edit.text;
    from = edit.end;
  }
  out += text_.substr(from);
  return out;
}

}  // namespace agentmesh::proxy
