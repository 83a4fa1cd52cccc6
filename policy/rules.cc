#include "policy/rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace agentmesh::policy {

namespace {

template <class Enum, size_t N>
std::optional<Enum> find_word(const std::array<std::string_view, N>& words, std::string_view word) {
  for (size_t i = 0; i < N; ++i)
    if (words[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

// In the order of their enumerators.
constexpr std::array<std::string_view, 9> kKinds = {
    "unknown", "read", "query", "write", "network", "message", "export", "execute", "delete"};
constexpr std::array<std::string_view, 4> kStages = {"call", "result", "list", "request"};
constexpr std::array<std::string_view, 7> kActions = {
    "allow", "deny", "require_approval", "redact", "neutralise", "warn", "log"};

}  // namespace

std::string to_string(const Place& place) {
  std::string out = place.file;
  if (place.line > 0) out += ":" + std::to_string(place.line);
  if (place.line > 0 && place.column > 0) out += ":" + std::to_string(place.column);
  return out;
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string out = to_string(diagnostic.place);
  if (!out.empty()) out += ": ";
  if (diagnostic.level == Diagnostic::Level::kWarning) out += "warning: ";
  return out + diagnostic.message;
}

void sort_by_place(std::vector<Diagnostic>& diagnostics) {
  std::map<std::string, size_t> file_order;
  for (const Diagnostic& d : diagnostics) file_order.try_emplace(d.place.file, file_order.size());
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) {
                     const size_t fa = file_order[a.place.file];
                     const size_t fb = file_order[b.place.file];
                     return std::tie(fa, a.place.line, a.place.column) <
                            std::tie(fb, b.place.line, b.place.column);
                   });
}

Place Text::at(size_t offset) const {
  Place out = place;
  size_t from = 0;
  for (const Anchor& anchor : anchors) {
    if (anchor.offset > offset) break;
    out.line = anchor.line;
    out.column = anchor.column;
    from = anchor.offset;
  }
  for (size_t i = from; i < offset && i < value.size(); ++i)
    if ((static_cast<unsigned char>(value[i]) & 0xC0U) != 0x80U) ++out.column;
  return out;
}

std::string_view to_string(Kind kind) { return kKinds.at(static_cast<size_t>(kind)); }
std::optional<Kind> kind_from(std::string_view word) { return find_word<Kind>(kKinds, word); }
std::optional<Action> action_from(std::string_view word) {
  return find_word<Action>(kActions, word);
}
std::string_view to_string(Stage stage) { return kStages.at(static_cast<size_t>(stage)); }
std::optional<Stage> stage_from(std::string_view word) { return find_word<Stage>(kStages, word); }

}  // namespace agentmesh::policy
