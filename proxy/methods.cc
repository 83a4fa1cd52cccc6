#include "proxy/methods.h"

#include <algorithm>
#include <array>

#include "base/skeleton.h"

namespace agentmesh::proxy {

namespace {

// clang-format off
constexpr std::array kMethods = {
    // Lifecycle: read, never changed.
    Method{.name = "initialize", .from_client = true, .result_read = true},
    Method{.name = "notifications/initialized", .from_client = true, .notification = true},
    Method{.name = "server/discover", .from_client = true, .result_read = true},
    Method{.name = "ping", .from_client = true, .from_server = true},
    Method{.name = "logging/setLevel", .from_client = true},
    Method{.name = "completion/complete", .from_client = true},

    Method{.name = "tools/list", .from_client = true, .result_read = true, .params_read = true,
           .params = Params::kObjectIfAny},
    Method{.name = "tools/call", .from_client = true, .decided = true, .marked = true, .result_read = true,
           .params = Params::kObject, .text_member = "name", .takes_arguments = true},

    Method{.name = "resources/list", .from_client = true},
    Method{.name = "resources/templates/list", .from_client = true},
    Method{.name = "resources/read", .from_client = true, .decided = true, .result_read = true,
           .params = Params::kObject, .text_member = "uri"},
    Method{.name = "resources/subscribe", .from_client = true, .decided = true,
           .params = Params::kObject, .text_member = "uri"},
    Method{.name = "resources/unsubscribe", .from_client = true, .decided = true,
           .params = Params::kObject, .text_member = "uri"},
    Method{.name = "subscriptions/listen", .from_client = true, .decided = true,
           .params = Params::kObject, .more_keys = "notifications"},

    Method{.name = "prompts/list", .from_client = true},
    Method{.name = "prompts/get", .from_client = true, .decided = true, .result_read = true,
           .params = Params::kObject, .text_member = "name", .takes_arguments = true},

    // Tasks: whoever took the call owns the task, so they go both ways.
    Method{.name = "tasks/get", .from_client = true, .from_server = true, .result_read = true, .params_read = true,
           .params = Params::kObject, .more_keys = "taskId"},
    Method{.name = "tasks/result", .from_client = true, .from_server = true, .marked = true, .result_read = true,
           .params_read = true, .params = Params::kObject, .more_keys = "taskId"},
    Method{.name = "tasks/cancel", .from_client = true, .from_server = true, .params_read = true,
           .params = Params::kObject, .more_keys = "taskId"},
    Method{.name = "tasks/update", .from_client = true, .params_read = true,
           .params = Params::kObject, .more_keys = "taskId"},
    Method{.name = "tasks/list", .from_client = true, .from_server = true, .params_read = true,
           .params = Params::kObjectIfAny},

    // What a server asks of the client.
    Method{.name = "sampling/createMessage", .from_server = true, .decided = true, .only_legacy_from_server = true,
           .params = Params::kObject,
           .more_keys = "messages systemPrompt maxTokens includeContext tools toolChoice"},
    Method{.name = "elicitation/create", .from_server = true, .decided = true, .only_legacy_from_server = true,
           .params = Params::kObject, .more_keys = "mode message requestedSchema url"},
    Method{.name = "roots/list", .from_server = true, .result_read = true, .only_legacy_from_server = true},

    Method{.name = "notifications/cancelled", .from_client = true, .from_server = true, .notification = true},
    Method{.name = "notifications/progress", .from_client = true, .from_server = true, .notification = true},
    Method{.name = "notifications/message", .from_server = true, .notification = true},
    Method{.name = "notifications/tools/list_changed", .from_server = true, .notification = true},
    Method{.name = "notifications/resources/list_changed", .from_server = true, .notification = true},
    Method{.name = "notifications/resources/updated", .from_server = true, .notification = true},
    Method{.name = "notifications/prompts/list_changed", .from_server = true, .notification = true},
    Method{.name = "notifications/roots/list_changed", .from_client = true, .notification = true},
    Method{.name = "notifications/subscriptions/acknowledged", .from_server = true, .notification = true},
    Method{.name = "notifications/tasks/status", .from_client = true, .from_server = true, .notification = true},
    Method{.name = "notifications/elicitation/complete", .from_server = true, .notification = true},
};
// clang-format on

// Calls `use` with each word of a list with one blank between two, until it says true.
template <class Use>
bool any_word(std::string_view words, Use use) {
  while (!words.empty()) {
    const size_t blank = std::min(words.find(' '), words.size());
    if (use(words.substr(0, blank))) return true;
    words.remove_prefix(std::min(blank + 1, words.size()));
  }
  return false;
}

}  // namespace

const Method* find_method(std::string_view name) {
  const auto found = std::find_if(kMethods.begin(), kMethods.end(),
                                  [&](const Method& method) { return method.name == name; });
  return found == kMethods.end() ? nullptr : &*found;
}

const Method* look_alike_of(std::string_view name) {
  if (find_method(name) != nullptr) return nullptr;
  for (const Method& method : kMethods)
    if (method.governed() && folds_to(name, method.name)) return &method;
  return nullptr;
}

bool folds_to(std::string_view key, std::string_view governed) {
  return key != governed && could_be_read_as(key, governed);
}

std::string_view folds_to_one_of(std::string_view key, std::string_view words) {
  if (any_word(words, [&](std::string_view word) { return word == key; })) return {};
  std::string_view found;
  any_word(words, [&](std::string_view word) {
    if (!could_be_read_as(key, word)) return false;
    found = word;
    return true;
  });
  return found;
}

}  // namespace agentmesh::proxy
