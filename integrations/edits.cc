#include "integrations/edits.h"

#include <algorithm>

namespace agentmesh::integrations {

void sort_edits(std::vector<Edit>& edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return a.where.begin != b.where.begin ? a.where.begin < b.where.begin
                                          : a.where.end < b.where.end;
  });
}

std::string edited(std::string_view text, const std::vector<Edit>& edits, Span range) {
  std::string out;
  size_t at = range.begin;
  for (const Edit& edit : edits) {
    if (edit.where.begin < range.begin || edit.where.end > range.end) continue;
    out += text.substr(at, edit.where.begin - at);
    out += edit.with;
    at = edit.where.end;
  }
  out += text.substr(at, range.end - at);
  return out;
}

std::string edited(std::string_view text, const std::vector<Edit>& edits) {
  return edited(text, edits, {0, text.size()});
}

}  // namespace agentmesh::integrations
