#include "proxy/altered.h"

#include <fmt/format.h>

namespace agentmesh::proxy {
namespace {

constexpr size_t kMostMatched = 64U << 10;  // bytes of a text that is held against a pattern

}  // namespace

void put_replacements(const policy::Verdict& verdict, json::View judged, Splice& splice) {
  const size_t base = splice.offset_of(judged.raw());
  for (const policy::Replacement& r : verdict.replacements)
    splice.replace(base + r.begin, base + r.end, r.text);
}

bool Altered::matches(std::string_view pattern, std::string_view text) {
  if (text.size() > kMostMatched) return false;
  const auto regex = patterns_.find(pattern);
  return regex && (*regex)->search(text);
}

bool Altered::breaks_promise(const policy::Verdict& verdict, const ResultParts& parts,
                             std::string_view tool, const trust::Manners& manners) {
  if (!parts.structured.present() || verdict.replacements.empty()) return false;
  const std::string_view was = parts.structured.raw();
  const auto begin = static_cast<size_t>(was.data() - parts.whole.raw().data());
  Splice splice(was);
  for (const policy::Replacement& r : verdict.replacements)
    if (r.begin >= begin && r.end <= begin + was.size())
      splice.replace(r.begin - begin, r.end - begin, r.text);
  if (splice.empty()) return false;
  const std::string now = splice.apply();
  return !manners.still_keeps_promise(
      tool, json::View(now), parts.structured,
      [this](std::string_view pattern, std::string_view text) { return matches(pattern, text); });
}

policy::Verdict kept_for_schema(policy::Verdict verdict) {
  verdict.reason = fmt::format(
      "{} would change structuredContent so that it no longer fits the tool's outputSchema",
      verdict.action == policy::Action::kRedact ? "masking what it found"
                                                : "showing what it hides");
  verdict.action = policy::Action::kDeny;
  verdict.suggest = "A policy of your own can let this tool's results through as they are";
  verdict.replacements.clear();
  return verdict;
}

}  // namespace agentmesh::proxy
