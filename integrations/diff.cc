#include "integrations/diff.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace agentmesh::integrations {
namespace {

constexpr size_t kContext = 3;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

// Lines [begin, end) of the old text become these.
struct Change {
  size_t begin = 0;
  size_t end = 0;
  std::string text;  // what `lines` are of
  size_t skip = 0;   // lines in front and behind that are equal in both
  size_t keep = 0;
};

class Differ {
 public:
  explicit Differ(std::string_view before) : before_(before), lines_(lines_of(before)) {
    size_t at = 0;
    for (const std::string_view line : lines_) {
      starts_.push_back(at);
      at += line.size();
    }
    starts_.push_back(at);
  }

  std::string run(std::string_view file, const std::vector<Edit>& edits) {
    const std::vector<Change> changes = find(edits);
    if (changes.empty()) return {};
    // A name with blanks ends at a tab, as other tools write it.
    const std::string_view tab = file.find_first_of(" \t") == std::string_view::npos ? "" : "\t";
    std::string out = fmt::format("--- {}{}\n+++ {}{}\n", file, tab, file, tab);
    std::ptrdiff_t drift = 0;  // new line number minus old
    for (size_t i = 0; i < changes.size();) {
      size_t last = i;
      while (last + 1 < changes.size() &&
             changes[last + 1].begin <= changes[last].end + 2 * kContext)
        ++last;
      hunk({&changes[i], &changes[last] + 1}, drift, out);
      i = last + 1;
    }
    return out;
  }

 private:
  size_t line_at(size_t offset) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end() - 1, offset);
    return static_cast<size_t>(next - starts_.begin()) - (next == starts_.begin() ? 0 : 1);
  }

  // The changed lines, those that touch put together (what is inserted between two would be in both), equal lines at their
  // edges left out.
  std::vector<Change> find(const std::vector<Edit>& edits) const {
    std::vector<Change> changes;
    for (const Edit& edit : edits) {
      const size_t begin = line_at(edit.where.begin);
      const size_t end = std::min(line_at(edit.where.end) + 1, lines_.size());
      if (!changes.empty() && begin <= changes.back().end) {
        changes.back().end = std::max(changes.back().end, end);
      } else {
        changes.push_back({begin, end, {}, 0, 0});
      }
    }
    for (Change& change : changes) {
      change.text = edited(before_, edits, {starts_[change.begin], starts_[change.end]});
      trim(change);
    }
    std::erase_if(changes, [](const Change& change) {
      return change.begin == change.end &&
             lines_of(change.text).size() == change.skip + change.keep;
    });
    return changes;
  }

  void trim(Change& change) const {
    const auto after = lines_of(change.text);
    while (change.begin < change.end && change.skip < after.size() &&
           lines_[change.begin] == after[change.skip]) {
      ++change.begin;
      ++change.skip;
    }
    while (change.begin < change.end && change.skip + change.keep < after.size() &&
           lines_[change.end - 1] == after[after.size() - 1 - change.keep]) {
      --change.end;
      ++change.keep;
    }
  }

  static void put(std::string& out, char mark, std::string_view line) {
    out += mark;
    out += line;
    if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
  }

  void hunk(std::span<const Change> changes, std::ptrdiff_t& drift, std::string& out) const {
    const size_t begin = changes.front().begin - std::min(changes.front().begin, kContext);
    const size_t end = std::min(changes.back().end + kContext, lines_.size());
    std::string body;
    size_t at = begin;
    std::ptrdiff_t grown = 0;
    for (const Change& change : changes) {
      for (; at < change.begin; ++at) put(body, ' ', lines_[at]);
      for (; at < change.end; ++at) put(body, '-', lines_[at]);
      const auto after = lines_of(change.text);
      for (size_t i = change.skip; i + change.keep < after.size(); ++i) put(body, '+', after[i]);
      grown += static_cast<std::ptrdiff_t>(after.size() - change.skip - change.keep) -
               static_cast<std::ptrdiff_t>(change.end - change.begin);
    }
    for (; at < end; ++at) put(body, ' ', lines_[at]);
    const auto size = static_cast<std::ptrdiff_t>(end - begin);
    const auto first = static_cast<std::ptrdiff_t>(begin);
    // An empty side is named by the line in front of it.
    out += fmt::format("@@ -{},{} +{},{} @@\n", first + (size > 0 ? 1 : 0), size,
                       first + drift + (size + grown > 0 ? 1 : 0), size + grown);
    out += body;
    drift += grown;
  }

  std::string_view before_;
  std::vector<std::string_view> lines_;
  std::vector<size_t> starts_;  // of each line, and the end
};

}  // namespace

std::string unified_diff(std::string_view file, std::string_view before,
                         const std::vector<Edit>& edits) {
  return Differ(before).run(file, edits);
}

}  // namespace agentmesh::integrations
