// find_shell_injection: a short text, decoded, and each end of a longer one that has no business being long.

#include <algorithm>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/injected_commands.h"
#include "policy/scan/injected_forms.h"
#include "policy/scan/injected_options.h"
#include "policy/scan/injected_text.h"
#include "policy/scan/padding.h"
#include "policy/scan/shell.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxText = 1024;  // longer strings are documents and code
constexpr size_t kMaxLines = 4;

Sure judge(std::string_view text, Field field) {
  std::string room;
  std::string_view decoded = without_escapes(text, room);
  if (!is_plain(decoded)) decoded = room = fold(decoded).text;
  const Sure sure = std::max(injected_commands(decoded, field), injected_forms(decoded));
  return field == Field::kOptions ? sure : std::max(sure, injected_option(decoded));
}

}  // namespace

void find_shell_injection(std::string_view text, std::vector<Hit>& hits, Field field) {
  std::string room;
  if (text.size() > kMaxText) text = without_padding(text, kMaxText, room);
  if (text.size() < 2) return;
  Sure sure = Sure::kNo;
  if (text.size() <= kMaxText && (is_short(field) || !has_more_lines(text, kMaxLines))) {
    sure = judge(text, field);
  } else if (is_short(field)) {
    sure = std::max(judge(text.substr(0, kMaxText), field),
                    judge(text.substr(text.size() - kMaxText), field));
  }
  if (sure != Sure::kNo)
    add_hit(hits, {"shell.injection", sure == Sure::kSure ? Severity::kHigh : Severity::kMedium});
}

}  // namespace agentmesh::policy::scan
