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
    Method{.name = "sampling/createMessage", .from_server = true, .decided = true,
           .params = Params::kObject,
           .more_keys = "messages systemPrompt maxTokens includeContext tools toolChoice"},
    Method{.name = "elicitation/create", .from_server = true, .decided = true,
           .params = Params::kObject, .more_keys = "mode message requestedSchema url"},
    Method{.name = "roots/list", .from_server = true, .result_read = true},

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

// The next word of a list with one blank between two, taken off it.
std::string_view take_word(std::string_view& words) {
  const size_t blank = std::min(words.find(' '), words.size());
  const std::string_view word = words.substr(0, blank);
  words.remove_prefix(std::min(blank + 1, words.size()));
  return word;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_but_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

bool printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
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
  const bool plain = printable_ascii(key);  // nearly every key: then only case can differ
  std::string_view found;
  while (!words.empty()) {
    const std::string_view word = take_word(words);
    if (word == key) return {};
    if (found.empty() && (plain ? same_but_case(key, word) : could_be_read_as(key, word)))
      found = word;
  }
  return found;
}

}  // namespace agentmesh::proxy
