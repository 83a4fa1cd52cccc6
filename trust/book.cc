#include "trust/book.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace agentmesh::trust {

namespace {

constexpr int64_t kSwingUs = 600LL * 1'000'000;
constexpr int kSwingPoints = 100;
constexpr size_t kMaxMarks = 64;

}  // namespace

void Book::load(std::span<const SubjectSums> totals) {
  ++version_;
  for (const SubjectSums& row : totals) pages_[row.subject].total = row.sums;
}

Score Book::score_of_page(const Page& page, int64_t wall_us) const {
  if (page.owed.events == 0 && page.flying.events == 0)
    return score_of(page.total, wall_us, options_);
  Sums all = page.total;
  all.merge(page.flying, options_);
  all.merge(page.owed, options_);
  return score_of(all, wall_us, options_);
}

Score Book::score(std::string_view subject, int64_t wall_us) const {
  const auto found = pages_.find(subject);
  if (found == pages_.end()) return score_of(Sums{}, wall_us, options_);
  return score_of_page(found->second, wall_us);
}

std::vector<Change> Book::apply(std::span<const Event> events, int64_t wall_us) {
  std::vector<Change> changes;
  std::vector<Page*> pages;
  ++version_;
  for (const Event& event : events) {
    size_t at = 0;
    while (at < changes.size() && changes[at].subject != event.subject) ++at;
    if (at == changes.size()) {
      Page& page = pages_.try_emplace(event.subject).first->second;
      pages.push_back(&page);
      changes.push_back({event.subject, score_of_page(page, wall_us).total, 0, false, false});
      if (page.owed.events == 0) owing_.push_back(event.subject);
    }
    pages[at]->owed.add(event, wall_us, options_);
  }
  for (size_t i = 0; i < changes.size(); ++i) {
    Change& change = changes[i];
    change.to = score_of_page(*pages[i], wall_us).total;
    change.tier_changed = tier_of(change.from) != tier_of(change.to);
    change.swing = swings(*pages[i], change.from, change.to, wall_us);
    // Events that say nothing leave nothing owed.
    if (pages[i]->owed.events == 0) std::erase(owing_, change.subject);
  }
  return changes;
}

void Book::retract(std::span<const Event> events, int64_t wall_us) {
  ++version_;
  for (const Event& event : events) {
    const auto found = pages_.find(event.subject);
    if (found == pages_.end() || found->second.owed.events == 0) continue;
    found->second.owed.take_back(event, wall_us, options_);
    if (found->second.owed.events == 0) std::erase(owing_, event.subject);
  }
}

bool Book::swings(Page& page, int from, int to, int64_t wall_us) const {
  auto& recent = page.recent;
  std::erase_if(recent, [&](const Page::Mark& mark) {
    return wall_us - mark.at_us > kSwingUs || mark.at_us > wall_us;
  });
  if (recent.empty() || recent.back().score != from) recent.push_back({wall_us, from});
  bool far = false;
  for (const Page::Mark& mark : recent) far = far || std::abs(mark.score - to) > kSwingPoints;
  if (recent.size() > kMaxMarks) {
    // Keep the extremes of the older half: what a swing is measured against.
    const auto half = recent.begin() + static_cast<std::ptrdiff_t>(recent.size() / 2);
    const auto [low, high] = std::minmax_element(
        recent.begin(), half,
        [](const Page::Mark& a, const Page::Mark& b) { return a.score < b.score; });
    std::vector<Page::Mark> kept{
        std::min(*low, *high, [](auto& a, auto& b) { return a.at_us < b.at_us; }),
        std::max(*low, *high, [](auto& a, auto& b) { return a.at_us < b.at_us; })};
    kept.insert(kept.end(), half, recent.end());
    recent = std::move(kept);
  }
  if (!far) return false;
  if (page.swing_told_us != INT64_MIN && wall_us - page.swing_told_us <= kSwingUs &&
      page.swing_told_us <= wall_us) {
    return false;
  }
  page.swing_told_us = wall_us;
  return true;
}

std::vector<SubjectSums> Book::take_deltas() {
  std::vector<SubjectSums> deltas;
  if (flying_ || owing_.empty()) return deltas;
  deltas.reserve(owing_.size());
  for (const std::string& subject : owing_) {
    Page& page = pages_.find(subject)->second;
    page.flying = page.owed;
    page.owed = Sums{};
    deltas.push_back({subject, page.flying});
  }
  in_air_ = std::move(owing_);
  owing_.clear();
  flying_ = true;
  return deltas;
}

std::vector<SubjectSums> Book::take_rest() {
  std::vector<SubjectSums> rest;
  for (const std::string& subject : owing_)
    rest.push_back({subject, std::exchange(pages_.find(subject)->second.owed, Sums{})});
  owing_.clear();
  return rest;
}

void Book::settled(std::span<const SubjectSums> totals) {
  ++version_;
  for (const SubjectSums& row : totals) {
    const auto landed = std::find(in_air_.begin(), in_air_.end(), row.subject);
    if (landed == in_air_.end()) continue;
    pages_.find(row.subject)->second.flying = Sums{};
    in_air_.erase(landed);
  }
  flying_ = !in_air_.empty();
  load(totals);
}

void Book::give_back() {
  ++version_;
  for (const std::string& subject : in_air_) {
    Page& page = pages_.find(subject)->second;
    if (page.owed.events == 0) owing_.push_back(subject);
    page.owed.merge(page.flying, options_);
    page.flying = Sums{};
  }
  in_air_.clear();
  flying_ = false;
}

}  // namespace agentmesh::trust
