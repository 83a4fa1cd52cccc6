#include "proxy/forgery.h"

#include <algorithm>
#include <vector>

#include "base/skeleton.h"
#include "policy/scan/our_words.h"

namespace agentmesh::proxy {
namespace {

using policy::kOurPrefix;
constexpr int kDeepest = 6;  // the nested result of a poll, and in it the params of a request

bool in_our_name(std::string_view key) {
  if (key.starts_with(kOurPrefix)) return true;
  static const std::string kOurs = skeleton(kOurPrefix);
  return skeleton(key).starts_with(kOurs);
}

// Whether a key in it may be `_meta`: as it is, or with one of its letters (U+005F to U+0074) spelled as an escape.
bool may_hold_meta(std::string_view text) {
  if (text.find("_meta\"") != std::string_view::npos) return true;
  constexpr std::string_view kEscape = "\\u00";
  for (size_t at = text.find(kEscape); at != std::string_view::npos;
       at = text.find(kEscape, at + 1)) {
    const char digit = at + kEscape.size() < text.size() ? text[at + kEscape.size()] : '0';
    if (digit >= '5' && digit <= '7') return true;
  }
  return false;
}

class Cleaner {
 public:
  explicit Cleaner(std::string_view line) : line_(line) {}

  // Takes members in our name out of `object`, with the comma that goes with each: one that has a kept one behind it goes up
  // to where the next begins, one that has none from where the one before it ended.
  void take_names_out_of(json::View object) {
    std::vector<Span> members;
    std::vector<bool> ours;
    bool any = false;
    for (const json::View::Member& member : object.members()) {
      const size_t end = offset(member.value) + member.value.raw().size();
      members.push_back({offset(member.key), end});
      ours.push_back(in_our_name(member.key.string(scratch_)));
      any = any || ours.back();
    }
    if (!any) return;
    size_t kept_end = members.size();
    while (kept_end > 0 && ours[kept_end - 1]) --kept_end;
    for (size_t i = 0; i < members.size(); ++i) {
      if (!ours[i]) continue;
      const bool last_stays = i < kept_end;
      gone_.push_back({last_stays || i == 0 ? members[i].begin : members[i - 1].end,
                       last_stays ? members[i + 1].begin : members[i].end});
    }
  }
  // The same for every `_meta` in it.
  void walk(json::View value, int depth = 0) {
    if (depth > kDeepest || !may_hold_meta(value.raw())) return;
    for (const json::View element : value.elements()) walk(element, depth + 1);
    for (const json::View::Member& member : value.members()) {
      const std::string_view key = member.key.string(scratch_);
      if (key == "_meta")
        take_names_out_of(member.value);
      else if (key != "structuredContent")
        walk(member.value, depth + 1);
    }
  }
  std::string cleaned() {
    if (gone_.empty()) return "";
    std::sort(gone_.begin(), gone_.end(), [](Span a, Span b) { return a.begin < b.begin; });
    std::string clean;
    size_t at = 0;
    for (const Span span : gone_) {
      if (span.begin < at) continue;  // it lies in one that is gone already
      clean += line_.substr(at, span.begin - at);
      at = span.end;
    }
    return clean += line_.substr(at);
  }

 private:
  struct Span {
    size_t begin = 0;
    size_t end = 0;
  };
  size_t offset(json::View part) const {
    return static_cast<size_t>(part.raw().data() - line_.data());
  }
  std::string_view line_;
  std::string scratch_;
  std::vector<Span> gone_;
};

}  // namespace

std::string without_our_names(const Message& message, std::string_view line) {
  const json::View data =
      message.kind == MessageKind::kError ? message.member("data") : json::View();
  if (!data.present() && !may_hold_meta(message.text)) return "";
  Cleaner cleaner(line);
  cleaner.take_names_out_of(data);
  cleaner.walk(data);
  cleaner.walk(message.params);
  cleaner.walk(message.result);
  return cleaner.cleaned();
}

std::vector<policy::Finding> forged_marks(const Message& message) {
  if (!message.forged) return {};
  return {{"result.forged-mark", policy::Severity::kHigh, "_meta"}};
}

}  // namespace agentmesh::proxy
