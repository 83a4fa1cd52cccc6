#include "policy/result_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

// What a tool says in words of its own stands below these; elsewhere `type` and the like are the protocol's words.
constexpr std::array<std::string_view, 3> kOwnWords = {"structuredContent", "toolResult", "data"};
constexpr std::array<std::string_view, 4> kOfBlocks = {"type", "mimeType", "role", "audience"};
constexpr std::array<std::string_view, 8> kOfResults = {
    "resultType", "nextCursor", "cacheScope", "requestState",
    "taskId",     "status",     "createdAt",  "lastUpdatedAt"};

bool is_of_protocol(const Walk& walk) {
  const std::string_view key = walk.key();
  if (walk.top_key() == key && scan::is_among(kOfResults, key)) return true;
  if (scan::is_among(kOfBlocks, key)) return true;
  return key == "uri" && (walk.top_key() == "contents" || walk.below("resource"));
}

}  // namespace

void ResultText::add(const Walk& walk) {
  if (cut_ || walk.what() != Walk::What::kString || walk.below("_meta")) return;
  const bool own = std::any_of(kOwnWords.begin(), kOwnWords.end(),
                               [&walk](std::string_view key) { return walk.below(key); });
  if (!own && is_of_protocol(walk)) return;
  const std::string_view text = walk.text();
  if (text.size() >= most_ - into_.size()) {
    cut_ = true;
    return;
  }
  if (!into_.empty()) into_ += '\n';
  into_ += text;
}

}  // namespace agentmesh::policy
