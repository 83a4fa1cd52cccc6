#include "proxy/envelope.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace agentmesh::proxy {

namespace {

constexpr uint32_t kMaxDepth = 128;

// A key or text without escapes is its own content.
std::string_view content(json::View text, std::string& scratch) {
  const std::string_view raw = text.raw();
  if (raw.size() >= 2 && raw.find('\\') == std::string_view::npos)
    return raw.substr(1, raw.size() - 2);
  return text.string(scratch);
}

bool inside(std::string_view text, const char* place) {
  return place >= text.data() && place < text.data() + text.size();
}

const json::Entry* entry_of(std::span<const json::Entry> entries, std::string_view key) {
  std::string scratch;
  for (const json::Entry& entry : entries)
    if (content(entry.key, scratch) == key) return &entry;
  return nullptr;
}

bool any_key_twice(std::span<const json::Entry> entries) {
  std::vector<std::string> keys;
  keys.reserve(entries.size());
  for (const json::Entry& entry : entries) keys.push_back(entry.key.string());
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

}  // namespace

json::View value_of(std::span<const json::Entry> entries, std::string_view key) {
  const json::Entry* entry = entry_of(entries, key);
  return entry == nullptr ? json::View() : entry->value;
}

void MessageReader::Envelope::collect() {
  static constexpr std::array<std::string_view, kKeys> kNames = {"jsonrpc", "id",     "method",
                                                                 "params",  "result", "error"};
  std::string scratch;
  for (const json::Entry& entry : reader_.top()) {
    const std::string_view key = content(entry.key, scratch);
    const auto* const name = std::find(kNames.begin(), kNames.end(), key);
    if (name != kNames.end()) {
      const auto index = static_cast<size_t>(name - kNames.begin());
      if (count_[index]++ == 0) entry_[index] = &entry;
      continue;
    }
    const std::string_view like = folds_to_one_of(key, kEnvelopeKeys);
    if (like.empty()) continue;
    if (look_alike_.empty()) look_alike_ = like;
    method_like_ = method_like_ || like == "method";
    answer_like_ = answer_like_ || like == "result" || like == "error";
  }
}

void MessageReader::Envelope::name_message() {
  message_.text = reader_.root().raw();
  if (count_[kId] == 1) message_.id = legal_id(value(kId), report_.lone_surrogate);
  if (count_[kMethod] == 1) message_.method = value(kMethod).string();
  message_.params = value(kParams);
  message_.result = value(kResult);
  message_.error = value(kError);
  const Method* row = find_method(message_.method);
  if (row != nullptr && (from_client() ? row->from_client : row->from_server))
    message_.governed = row;
}

Refusal MessageReader::Envelope::refuse(std::string_view rule, std::string reason, int code) const {
  Refusal refusal;
  refusal.rule = rule;
  refusal.reason = std::move(reason);
  refusal.code = code;
  refusal.method = message_.method;
  refusal.was_request = has(kMethod) || method_like_;
  refusal.was_answer = !refusal.was_request && (has(kResult) || has(kError) || answer_like_ ||
                                                (!from_client() && message_.id.has_value()));
  // A withheld request of a server is only recorded.
  if (from_client() || refusal.was_answer) refusal.id = message_.id;
  return refusal;
}

// R14, R1 and R2 on the envelope, R13, R4, R5, R6; says what kind of message it is.
std::optional<Refusal> MessageReader::Envelope::check_envelope() {
  const auto in_params = [&](size_t offset) {
    return inside(message_.params.raw(), place(offset)) ? kBadParams : kBadEnvelope;
  };
  if (report_.depth > kMaxDepth)
    return refuse("read.R14", fmt::format("nesting is deeper than {}", kMaxDepth));
  if (std::any_of(count_.begin(), count_.end(), [](int count) { return count > 1; }))
    return refuse("read.R1", "a governed key stands twice at the top of the message");
  if (from_client() && !report_.repeated_keys.empty())
    return refuse("read.R1", "a key stands twice in one object",
                  in_params(report_.repeated_keys.front()));
  if (!look_alike_.empty())
    return refuse("read.R2", fmt::format("a key looks like \"{}\" without being it", look_alike_));
  if (from_client() && report_.lone_surrogate)
    return refuse("read.R13", "half a surrogate pair is escaped",
                  in_params(report_.lone_surrogate_at));
  if (!value(kJsonrpc).is_string() || value(kJsonrpc).string() != "2.0")
    return refuse("read.R4", "\"jsonrpc\" is not the string \"2.0\"");
  if (int{has(kMethod)} + int{has(kResult)} + int{has(kError)} != 1)
    return refuse("read.R5", "a message has exactly one of \"method\", \"result\" and \"error\"");
  if (has(kMethod) && !value(kMethod).is_string())
    return refuse("read.R5", "\"method\" is not a string");

  if (has(kMethod)) {
    message_.kind = has(kId) ? MessageKind::kRequest : MessageKind::kNotification;
    message_.members = children(kParams);
  } else {
    message_.kind = has(kResult) ? MessageKind::kResult : MessageKind::kError;
    message_.members = children(has(kResult) ? kResult : kError);
  }
  // A peer that could not read an id says so in an error without one.
  const bool may_lack_id =
      has(kError) ? !has(kId) || value(kId).is_null() : has(kMethod) && !has(kId);
  if (!message_.id && !may_lack_id)
    return refuse("read.R6", "\"id\" is neither a string nor an integer");
  return std::nullopt;
}

std::optional<Refusal> MessageReader::Envelope::check_request() const {
  if (message_.governed == nullptr) {
    const Method* like = look_alike_of(message_.method);
    if (like == nullptr) return std::nullopt;
    return refuse("read.R3",
                  fmt::format("the method looks like \"{}\" without being it", like->name));
  }
  if (message_.kind == MessageKind::kNotification && message_.governed->governed())
    return refuse("read.notification",
                  fmt::format("\"{}\" without an id can do nothing", message_.governed->name));
  return check_params();
}

// R7, and R2 in params.
std::optional<Refusal> MessageReader::Envelope::check_params() const {
  const Method& method = *message_.governed;
  const bool absent = !message_.params.present();
  if (method.params != Params::kFree && !message_.params.is_object() &&
      !(absent && method.params == Params::kObjectIfAny))
    return refuse("read.R7", "\"params\" is not an object", kBadParams);
  if (!method.governs_params()) return std::nullopt;
  if (auto refusal = check_keys("params", kParamsKeys, method.more_keys, kBadParams))
    return refusal;
  if (!method.text_member.empty() && !message_.member(method.text_member).is_string())
    return refuse("read.R7", fmt::format("\"params.{}\" is not a string", method.text_member),
                  kBadParams);
  // A reader of C strings would take what stands before it for the whole.
  if (const json::View text = message_.member(method.text_member);
      !method.text_member.empty() && text.raw().find("\\u0000") != std::string_view::npos &&
      text.string().find('\0') != std::string::npos)
    return refuse("read.R7", fmt::format("\"params.{}\" holds U+0000", method.text_member),
                  kBadParams);
  if (method.takes_arguments) {
    const json::Kind kind = message_.member("arguments").kind();
    if (kind != json::Kind::kObject && kind != json::Kind::kNull && kind != json::Kind::kAbsent)
      return refuse("read.R7", "\"params.arguments\" is not an object", kBadParams);
  }
  return std::nullopt;
}

// R2 among the members of params or result.
std::optional<Refusal> MessageReader::Envelope::check_keys(std::string_view what,
                                                           std::string_view keys,
                                                           std::string_view more, int code) const {
  std::string scratch;
  for (const json::Entry& entry : message_.members) {
    const std::string_view key = content(entry.key, scratch);
    std::string_view like = folds_to_one_of(key, keys);
    if (like.empty()) like = folds_to_one_of(key, more);
    if (!like.empty())
      return refuse("read.R2",
                    fmt::format("a key in \"{}\" looks like \"{}\" without being it", what, like),
                    code);
  }
  return std::nullopt;
}

// Error -32042 (MCP 2025-11-25): its data names pages that the client is to open. The number can be spelled in ways that only
// some readers take for it, so the pages alone tell. What only looks like them (R2) counts where the number is that one: other
// errors have what they like in their data.
bool MessageReader::Envelope::opens_pages() const {
  if (!has(kError)) return false;
  const bool so_numbered = message_.member("code").raw() == "-32042";
  const auto named = [&](json::View key, std::string_view word) {
    const std::string text = key.string();
    return text == word || (so_numbered && !folds_to_one_of(text, word).empty());
  };
  for (const json::Entry& data : message_.members)
    if (named(data.key, "data"))
      for (const json::View::Member& pages : data.value.members())
        if (named(pages.key, "elicitations")) return true;
  return false;
}

// Whether `at` is, or lies in, what a result asks of the client, whatever the request was.
bool MessageReader::Envelope::asks_at(const char* at) const {
  std::string scratch;
  return std::any_of(
      message_.members.begin(), message_.members.end(), [&](const json::Entry& entry) {
        return content(entry.key, scratch) == "inputRequests" &&
               (at == nullptr || entry.key.raw().data() == at || inside(entry.value.raw(), at));
      });
}

// Whether a key that repeats at `offset` stands where we judge (message.h has the table).
bool MessageReader::Envelope::judged_where_it_repeats(size_t offset, const Method* answered) const {
  const char* const at = place(offset);
  const auto in = [&](std::string_view text) { return inside(text, at); };
  if (has(kParams) && in(message_.params.raw())) {
    if (message_.kind == MessageKind::kRequest) return true;
    return message_.governed != nullptr &&
           std::any_of(message_.members.begin(), message_.members.end(),
                       [&](const json::Entry& entry) { return entry.key.raw().data() == at; });
  }
  if (has(kError) && in(message_.error.raw()))
    return opens_pages() || !in(message_.member("data").raw());
  if (has(kResult) && in(message_.result.raw()) && asks_at(at)) return true;
  if (has(kResult) && in(message_.result.raw()))
    return answered != nullptr && answered->governed() &&
           !in(message_.member("structuredContent").raw()) && !in(message_.member("_meta").raw());
  // On the envelope itself, or in a member of it that is none of ours.
  return std::none_of(reader_.top().begin(), reader_.top().end(),
                      [&](const json::Entry& entry) { return in(entry.value.raw()); });
}

// R1 on a line of the server.
std::optional<Refusal> MessageReader::Envelope::check_repeated_keys(const Method* answered) const {
  const auto judged = [&](size_t offset) { return judged_where_it_repeats(offset, answered); };
  const bool repeats =
      std::any_of(report_.repeated_keys.begin(), report_.repeated_keys.end(), judged);
  // The reader does not list all of very many: then those places count where one can be known without the list.
  const bool unknown =
      report_.more_repeated &&
      (message_.kind == MessageKind::kRequest || message_.governed != nullptr ||
       answered != nullptr || any_key_twice(reader_.top()) || opens_pages() ||
       (has(kResult) && asks_at(nullptr)) || (has(kError) && any_key_twice(message_.members)));
  if (!repeats && !unknown) return std::nullopt;
  return refuse("read.R1", "a key stands twice in one object");
}

// R2 in an error that names pages.
std::optional<Refusal> MessageReader::Envelope::check_pages() const {
  if (auto refusal = check_keys("error", "code message data", {}, kBadEnvelope)) return refusal;
  const auto looks_like = [](json::View object, std::string_view keys) {
    for (const json::View::Member& member : object.members())
      if (!folds_to_one_of(member.key.string(), keys).empty()) return true;
    return false;
  };
  const json::View data = message_.member("data");
  bool odd = looks_like(data, "elicitations");
  for (const json::View page : data.find("elicitations").elements())
    odd = odd || looks_like(page, "mode message url");
  if (!odd) return std::nullopt;
  return refuse("read.R2", "a key in \"error.data\" looks like a governed one without being it");
}

Reading MessageReader::Envelope::read() {
  collect();
  name_message();
  if (auto refusal = check_envelope()) return *std::move(refusal);
  const bool is_answer =
      message_.kind == MessageKind::kResult || message_.kind == MessageKind::kError;
  const Method* answered = nullptr;
  if (message_.kind == MessageKind::kResult && result_of_)
    answered = find_method(result_of_(*message_.id));
  if (!from_client())
    if (auto refusal = check_repeated_keys(answered)) return *std::move(refusal);
  if (!is_answer) {
    if (auto refusal = check_request()) return *std::move(refusal);
  } else if (answered != nullptr && answered->governed()) {
    if (auto refusal = check_keys("result", kResultKeys, {}, kBadEnvelope))
      return *std::move(refusal);
  } else if (!from_client() && message_.kind == MessageKind::kResult) {
    // Whatever was asked, nobody may be asked for input behind our back.
    if (auto refusal = check_keys("result", "inputRequests", {}, kBadEnvelope))
      return *std::move(refusal);
  } else if (!from_client() && opens_pages()) {
    if (auto refusal = check_pages()) return *std::move(refusal);
  }
  return std::move(message_);
}

}  // namespace agentmesh::proxy
