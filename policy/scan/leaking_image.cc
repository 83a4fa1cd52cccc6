#include "policy/scan/leaking_image.h"

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/lexicon.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

constexpr size_t kLongestTitle = 200;
constexpr size_t kLongestAddress = 1024;
constexpr size_t kLongestBlank = 120;
constexpr size_t kMostBlanks = 12;  // of an address
constexpr ClassSet kKnown = bit(kConversation) | bit(kDialogue) | bit(kHistory) | bit(kSecret) |
                            bit(kPrivate) | bit(kPrompt);
// What a thing is known by, and no more is said of it.
constexpr std::array<std::string_view, 12> kLabels = {
    "id", "ids", "name", "key", "slug", "hash", "code", "type", "size", "date", "token", "version"};
constexpr std::array<std::string_view, 3> kMine = {"your", "my", "api"};

bool is_blank_for_a_model(std::string_view blank) {
  size_t words = 0;
  ClassSet all = 0;
  std::string_view last;
  for (size_t at = 0; at < blank.size();) {
    size_t end = at;
    while (end < blank.size() && is_alpha(blank[end])) ++end;
    if (end == at) {
      ++at;
      continue;
    }
    last = blank.substr(at, end - at);
    if (is_among(kMine, ascii_lower(last))) return false;
    all |= word_classes(last);
    ++words;
    at = end;
  }
  if (words < 2 || is_among(kLabels, ascii_lower(last))) return false;
  return (all & kKnown) != 0 || ((all & bit(kUser)) != 0 && (all & bit(kData)) != 0);
}

}  // namespace

bool is_leaking_image(std::string_view text, size_t at) {
  if (at == 0 || text[at - 1] != ']') return false;
  const std::string_view before =
      text.substr(at - std::min(at, kLongestTitle), std::min(at, kLongestTitle));
  const size_t title = before.rfind('[');
  if (title == std::string_view::npos || title == 0 || before[title - 1] != '!') return false;
  std::string_view address = text.substr(at + 1, kLongestAddress);
  address = address.substr(0, address.find_first_of(")\n"));
  const size_t query = address.find_first_of("?#");
  if (query == std::string_view::npos || address.find("//") > query) return false;
  constexpr std::string_view kOpen = "[{<";
  constexpr std::string_view kClose = "]}>";
  size_t blanks = 0;
  for (size_t open = address.find_first_of(kOpen, query);
       open != std::string_view::npos && blanks < kMostBlanks;
       open = address.find_first_of(kOpen, open + 1), ++blanks) {
    const size_t close = address.find(kClose[kOpen.find(address[open])], open);
    if (close != std::string_view::npos && close - open <= kLongestBlank &&
        is_blank_for_a_model(address.substr(open + 1, close - open - 1)))
      return true;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
