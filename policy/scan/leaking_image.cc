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
constexpr size_t kNearest = 16;     // bytes in front of the host: "<https://"
constexpr ClassSet kKnown = bit(kConversation) | bit(kDialogue) | bit(kHistory) | bit(kSecret) |
                            bit(kPrivate) | bit(kPrompt);
// A name of one word may be a variable's: {message_text}, {image_prompt}.
constexpr ClassSet kKnownByName = bit(kDialogue) | bit(kSecret);
constexpr ClassSet kPromptOfSystem = bit(kSystem) | bit(kPrompt);
constexpr ClassSet kPrivateData = bit(kPrivate) | bit(kData);
// What a thing is known by, and no more is said of it.
constexpr std::array<std::string_view, 20> kLabels = {
    "id",    "ids",     "name",  "key", "slug",  "hash",   "code",  "type",   "size",  "date",
    "token", "version", "title", "url", "image", "avatar", "color", "status", "count", "label"};
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
  if (words < 2) return false;
  const bool one_word = blank.find_first_of(" +") == std::string_view::npos &&
                        blank.find("%20") == std::string_view::npos;
  if (one_word && is_among(kLabels, ascii_lower(last))) return false;
  if (one_word)
    return (all & kKnownByName) != 0 || (all & kPromptOfSystem) == kPromptOfSystem ||
           (all & kPrivateData) == kPrivateData;
  return (all & kKnown) != 0 || ((all & bit(kUser)) != 0 && (all & bit(kData)) != 0);
}

// From behind the parenthesis to where the address ends, at the latest where another begins, if that is not within "<…>".
std::string_view address_at(std::string_view text, size_t begin) {
  begin = std::min(text.find_first_not_of(" \t\n", begin), text.size());
  const std::string_view near = text.substr(begin, kLongestAddress);
  if (near.substr(0, kNearest).find("//") == std::string_view::npos) return {};
  const bool enclosed = near[0] == '<';
  const std::string_view ends = enclosed ? "<>\n" : ")\n";
  size_t end = 1;
  while (end < near.size() && ends.find(near[end]) == std::string_view::npos &&
         (enclosed || near.substr(end, 2) != "]("))
    ++end;
  return near.substr(0, end);
}

}  // namespace

bool is_leaking_image(std::string_view text, size_t at) {
  if (at == 0 || text[at - 1] != ']') return false;
  const std::string_view address = address_at(text, at + 1);
  const size_t query = address.find_first_of("?#");
  if (query == std::string_view::npos || address.find("//") > query) return false;
  const size_t longest = std::min(at, kLongestTitle);
  const std::string_view before = text.substr(at - longest, longest);
  const size_t title = before.rfind('[');
  if (title == std::string_view::npos || title == 0 || before[title - 1] != '!') return false;
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
