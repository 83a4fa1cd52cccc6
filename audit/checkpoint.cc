#include "audit/checkpoint.h"

#include <algorithm>

#include "base/bytes.h"

namespace agentmesh::audit {

namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";
constexpr uint64_t kMaxSize = (uint64_t{1} << 53) - 1;

std::optional<uint64_t> parse_size(std::string_view text) {
  if (text.empty() || text.size() > 16 || (text.size() > 1 && text.front() == '0'))
    return std::nullopt;
  uint64_t size = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    size = size * 10 + static_cast<uint64_t>(c - '0');
  }
  if (size > kMaxSize) return std::nullopt;
  return size;
}

// Takes one line (without LF) off the front; nothing if there is no LF.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

enum class Cut : uint8_t { kWhole, kUnfinished, kNoNote };
struct OneNote {
  Cut cut = Cut::kNoNote;
  size_t bytes = 0;
};

// How many bytes the note at the front has: three lines, a blank one, lines that begin with the dash.
OneNote measure(std::string_view bytes) {
  std::string_view rest = bytes;
  for (int i = 0; i < 3; ++i) {
    const auto line = take_line(rest);
    if (!line) return {Cut::kUnfinished, bytes.size()};
    if (line->empty()) return {Cut::kNoNote, 0};
  }
  const auto blank = take_line(rest);
  if (!blank) return {rest.empty() ? Cut::kUnfinished : Cut::kNoNote, bytes.size()};
  if (!blank->empty()) return {Cut::kNoNote, 0};
  bool any = false;
  for (;;) {
    const std::string_view before = rest;
    const std::string_view start = rest.substr(0, kDash.size());
    if (rest.empty()) break;
    if (start != kDash.substr(0, start.size())) break;
    if (!take_line(rest)) {
      rest = before;
      return {Cut::kUnfinished, bytes.size()};
    }
    any = true;
  }
  if (!any) return {rest.empty() ? Cut::kUnfinished : Cut::kNoNote, bytes.size()};
  return {Cut::kWhole, bytes.size() - rest.size()};
}

// Where the next note of `origin` begins, at a line's start behind `from`; the end if there is none.
size_t next_note(std::string_view bytes, size_t from, std::string_view origin) {
  const std::string start = "\n" + std::string(origin) + "\n";
  for (size_t at = bytes.find(start, from); at != std::string_view::npos;
       at = bytes.find(start, at + 1))
    if (at + 1 > from) return at + 1;
  return bytes.size();
}

}  // namespace

std::string TreeHead::text() const {
  return origin + "\n" + std::to_string(size) + "\n" + to_base64(root) + "\n";
}

std::optional<TreeHead> TreeHead::parse(std::string_view text) {
  TreeHead head;
  const auto origin = take_line(text);
  const auto size = origin ? take_line(text) : std::nullopt;
  const auto root = size ? take_line(text) : std::nullopt;
  if (!root || !text.empty() || !is_key_name(*origin)) return std::nullopt;
  const auto number = parse_size(*size);
  const auto hash = from_base64(*root);
  if (!number || !hash || hash->size() != head.root.size()) return std::nullopt;
  head.origin = std::string(*origin);
  head.size = *number;
  std::copy(hash->begin(), hash->end(), head.root.begin());
  return head;
}

std::optional<Checkpoint> Checkpoint::parse(std::string_view bytes) {
  auto note = Note::parse(bytes);
  if (!note) return std::nullopt;
  auto head = TreeHead::parse(note->text);
  if (!head) return std::nullopt;
  return Checkpoint{std::move(*head), std::move(*note)};
}

const VerifierKey* signer_of(const Checkpoint& checkpoint, std::span<const VerifierKey> keys) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const VerifierKey& key) {
    return key.name == checkpoint.head.origin && signed_by(checkpoint.note, key) == Signed::kYes;
  });
  return found != keys.end() ? &*found : nullptr;
}

History split_history(std::string_view bytes, std::string_view origin) {
  History out;
  if (origin.empty()) origin = bytes.substr(0, bytes.find('\n'));
  const std::string own_line = std::string(origin) + "\n";
  const std::string_view first_line = own_line;
  size_t at = 0;
  while (at < bytes.size()) {
    const OneNote note = measure(bytes.substr(at));
    const size_t next = next_note(bytes, at, origin);
    if (note.cut == Cut::kWhole) {
      // A note that swallowed the beginning of the next one is no note.
      const size_t end = std::min(at + note.bytes, next);
      auto checkpoint =
          end == at + note.bytes ? Checkpoint::parse(bytes.substr(at, note.bytes)) : std::nullopt;
      const bool nul = bytes.substr(at, end - at).find('\0') != std::string_view::npos;
      if (!checkpoint && nul && end == bytes.size()) {
        out.torn_at = at;
        return out;
      }
      out.entries.push_back({at, end - at, std::move(checkpoint)});
      at = end;
      continue;
    }
    const std::string_view rest = bytes.substr(at);
    const bool last = next == bytes.size();
    // Unfinished is what begins as a note of ours does; anything else was never meant to be one.
    const bool ours = rest.starts_with(first_line.substr(0, rest.size()));
    if (last &&
        ((ours && note.cut == Cut::kUnfinished) || rest.find('\0') != std::string_view::npos)) {
      out.torn_at = at;
      return out;
    }
    out.entries.push_back({at, next - at, std::nullopt});
    at = next;
  }
  return out;
}

}  // namespace agentmesh::audit
