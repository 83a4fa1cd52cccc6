// How a line is put together member by member, and who knows the members of which record. For line.cc, line_records.cc and
// line_own.cc; others use line.h.

#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "audit/line.h"
#include "base/bytes.h"
#include "base/json.h"

namespace agentmesh::audit {

// To how many bytes a text is cut (audit.md section 2).
inline constexpr size_t kName = 256;
inline constexpr size_t kSentence = 512;
inline constexpr size_t kPlace = 1024;

inline constexpr size_t kMaxFindings = 32;

// How much of the long lists a line takes.
struct Limits {
  size_t findings = kMaxFindings;
  size_t tools = SIZE_MAX;
  size_t events = SIZE_MAX;
};

// Writes one object's members. The caller names them in the order of RFC 8785; every member begins with a comma, and the
// first comma becomes the brace at the end.
class Members {
 public:
  Members(Draft& draft, const Made& made, std::string_view type, const Limits& how_much)
      : limits(how_much), draft_(draft), out_(draft.text), made_(made), type_(type) {
    out_.clear();
    draft_.ts = made.ts;
    draft_.mono = made.mono;
  }

  const Limits limits;

  void text(std::string_view key, std::string_view value, size_t limit = kName) {
    if (value.empty()) return;
    begin(key);
    string(key, value, limit);
  }
  void integer(std::string_view key, int64_t value) {
    begin(key);
    number(value);
  }
  void integer(std::string_view key, uint64_t value) {
    integer(key, static_cast<int64_t>(std::min<uint64_t>(value, INT64_MAX)));
  }
  void integer(std::string_view key, const std::optional<int64_t>& value) {
    if (value) integer(key, *value);
  }
  void boolean(std::string_view key, bool value) {
    begin(key);
    out_ += value ? "true" : "false";
  }
  void flag(std::string_view key, bool value) {
    if (value) boolean(key, true);
  }
  void hash(std::string_view key, const Hash& value) {
    begin(key);
    out_ += '"';
    append_hex(out_, value);
    out_ += '"';
  }

  // An object or array as a member; its own members and elements go between open and close.
  size_t open(std::string_view key, char bracket) {
    begin(key);
    return open(bracket);
  }
  size_t open(char bracket) {
    out_ += bracket;
    return out_.size();
  }
  // What follows an opening bracket begins with a comma that does not belong there.
  void close(size_t opened, char bracket) {
    if (out_.size() > opened) out_.erase(opened, 1);
    out_ += bracket;
  }
  void element() { out_ += ','; }
  void element_text(std::string_view key, std::string_view value, size_t limit) {
    element();
    string(key, value, limit);
  }

  void element_integer(int64_t value) {
    element();
    number(value);
  }

  // The members that every record has, where the order asks for them.
  void cut_here() { cut_at_ = out_.size(); }
  void mono() { integer("mono", made_.mono); }
  void prev() {
    out_ += ",\"prev\":\"";
    draft_.prev_at = out_.size();
    out_.append(64, '0').append("\"");
  }
  void seq() {
    out_ += ",\"seq\":";
    draft_.seq_at = out_.size();
  }
  void ts() { integer("ts", made_.ts); }
  void type() {
    out_ += ",\"type\":\"";
    out_ += type_;
    out_ += '"';
  }
  void v() { out_ += ",\"v\":1"; }
  void w() {
    out_ += ",\"w\":\"";
    out_ += made_.writer;
    out_ += '"';
  }
  void wseq() {
    if (made_.wseq) integer("wseq", *made_.wseq);
  }
  void ts_type() {
    ts();
    type();
  }
  void v_w_wseq() {
    v();
    w();
    wseq();
  }

  void mark_cut(std::string_view key) {
    if (std::find(cut_.begin(), cut_.begin() + static_cast<ptrdiff_t>(cuts_), key) !=
        cut_.begin() + static_cast<ptrdiff_t>(cuts_))
      return;
    if (cuts_ < cut_.size()) cut_[cuts_++] = key;
  }

  void done() {
    if (cuts_ > 0) {
      std::string list = ",\"cut\":[";
      for (size_t i = 0; i < cuts_; ++i) {
        if (i > 0) list += ',';
        json::append_string(list, cut_[i]);
      }
      list += ']';
      out_.insert(cut_at_, list);
      if (draft_.seq_at >= cut_at_) draft_.seq_at += list.size();
      if (draft_.prev_at >= cut_at_) draft_.prev_at += list.size();
    }
    out_.front() = '{';
    out_ += '}';
  }

 private:
  // As one piece: a line has thirty of them.
  void begin(std::string_view key) {
    const size_t at = out_.size();
    out_.resize(at + key.size() + 4);
    char* const member = out_.data() + at;
    member[0] = ',';
    member[1] = '"';
    std::memcpy(member + 2, key.data(), key.size());
    member[key.size() + 2] = '"';
    member[key.size() + 3] = ':';
  }
  // ASCII that a JSON string holds as it is. Most of a line's texts are; eight bytes at a time.
  static bool is_plain(std::string_view text) {
    constexpr uint64_t kOnes = 0x0101010101010101;
    constexpr uint64_t kHigh = 0x80 * kOnes;
    const auto has_zero = [](uint64_t bytes) { return (bytes - kOnes) & ~bytes; };
    size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
      uint64_t bytes = 0;
      std::memcpy(&bytes, text.data() + at, 8);
      const uint64_t odd = bytes | (bytes - 0x20 * kOnes) | has_zero(bytes ^ ('"' * kOnes)) |
                           has_zero(bytes ^ ('\\' * kOnes));
      if ((odd & kHigh) != 0) return false;
    }
    for (; at < text.size(); ++at) {
      const auto byte = static_cast<uint8_t>(text[at]);
      if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') return false;
    }
    return true;
  }
  void number(int64_t value) {
    constexpr int64_t kMaxInteger = (int64_t{1} << 53) - 1;
    std::array<char, 24> digits{};
    const auto end =
        std::to_chars(digits.begin(), digits.end(), std::clamp(value, -kMaxInteger, kMaxInteger))
            .ptr;
    out_.append(digits.data(), static_cast<size_t>(end - digits.data()));
  }
  void string(std::string_view key, std::string_view value, size_t limit) {
    if (value.size() <= limit && is_plain(value)) {
      out_ += '"';
      out_ += value;
      out_ += '"';
      return;
    }
    if (!is_utf8(value)) {
      std::string quoted;
      json::append_string(quoted, value);  // replaces what is no UTF-8
      const std::string clean = json::View(quoted).string();
      string(key, clean, limit);
      return;
    }
    if (value.size() > limit) {
      value = cut_utf8(value, limit);
      mark_cut(key);
    }
    json::append_string(out_, value);
  }

  Draft& draft_;
  std::string& out_;
  const Made& made_;
  std::string_view type_;
  size_t cut_at_ = 0;
  std::array<std::string_view, 24> cut_{};
  size_t cuts_ = 0;
};

inline void texts(Members& o, std::string_view key, const std::vector<std::string>& all,
                  size_t most, size_t limit = kName) {
  if (all.empty()) return;
  if (all.size() > most) o.mark_cut(key);
  const size_t array = o.open(key, '[');
  for (size_t i = 0; i < std::min(all.size(), most); ++i) o.element_text(key, all[i], limit);
  o.close(array, ']');
}

// Of the records about the log, which line_own.cc knows.
void members(Members& o, const TrustSnapshot& r, const Commitment*);
void members(Members& o, const KeyRotate& r, const Commitment*);
void members(Members& o, const Prune& r, const Commitment*);
void members(Members& o, const Erase& r, const Commitment*);

// "decision" …
std::string_view type_name(const Record& record);
// The record's own members and the common ones, in order.
void write_members(Members& o, const Record& record, const Commitment* payload);

}  // namespace agentmesh::audit
