#include "policy/scan/unicode.h"

#include <algorithm>

#include "base/skeleton.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/characters.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

enum class Kind { kHidden, kEscape, kStray };

// What is shown instead, spelled only where somebody wants to show it.
struct Note {
  enum class What { kNothing, kCodePoint, kEscape, kTags, kSelectors, kInvisible };
  What what = What::kNothing;
  uint32_t value = 0;  // a code point, the byte behind ESC, a count
};

struct Seen {
  Kind kind = Kind::kHidden;
  Severity severity = Severity::kLow;
  size_t begin = 0;
  size_t end = 0;
  Note note;
};

std::string name_of(uint32_t code_point) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "<U+";
  for (unsigned shift = code_point > 0xFFFF ? 20 : 12;; shift -= 4) {
    out.push_back(kDigits[(code_point >> shift) & 0xFU]);
    if (shift == 0) break;
  }
  if (out[3] == '0' && out.size() > 7) out.erase(3, 1);
  return out + ">";
}

std::string spelled(const Note& note) {
  constexpr const char* kNames[] = {"NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL",
                                    "BS",  "HT",  "LF",  "VT",  "FF",  "CR",  "SO",  "SI",
                                    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB",
                                    "CAN", "EM",  "SUB", "ESC", "FS",  "GS",  "RS",  "US"};
  const auto counted = [&](const char* what) {
    return "<hidden: " + std::to_string(note.value) + " " + what + ">";
  };
  switch (note.what) {
    case Note::What::kNothing: return {};
    case Note::What::kCodePoint:
      return note.value < 0x20    ? std::string("<") + kNames[note.value] + ">"
             : note.value == 0x7F ? "<DEL>"
                                  : name_of(note.value);
    case Note::What::kEscape:
      return note.value == 0 ? "<ESC>" : std::string("<ESC>") + static_cast<char>(note.value);
    case Note::What::kTags: return counted("tag characters");
    case Note::What::kSelectors: return counted("variation selectors");
    case Note::What::kInvisible: return counted("invisible characters");
  }
  return {};
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<Seen> run() {
    const auto is_shown = [](uint8_t byte) {
      return (byte >= 0x20 && byte < 0x7F) || byte == '\t' || byte == '\n' || byte == '\r' ||
             byte == '\f';
    };
    for (size_t at = 0; at < text_.size();) {
      const size_t shown = at;
      at = find_odd(text_, at, [&](uint8_t byte) { return !is_shown(byte); });
      if (at > shown) before_ = static_cast<uint8_t>(text_[at - 1]);
      if (at < text_.size()) at = step(at);
    }
    settle_strays();
    return std::move(seen_);
  }

 private:
  size_t step(size_t at) {
    const CodePoint point = code_point_at(text_, at);
    const uint32_t c = point.value;
    const size_t next = at + point.bytes;
    if (c < 0x20 || c == 0x7F || between(c, 0x80, 0x9F)) return control(at, point);
    if (is_tag(c)) return tags(at);
    if (is_selector(c)) return selectors(at);
    if (is_mark(c)) return marks(at);
    if (between(c, 0x202A, 0x202E) || between(c, 0x2066, 0x2069)) {
      // PDF and PDI close what was opened, and are judged as it was.
      const bool overrides = c == 0x202D || c == 0x202E;
      if (overrides || !line_has_right_to_left(at)) {
        const bool closes = c == 0x202C || c == 0x2069;
        seen_.push_back({Kind::kHidden,
                         overrides || !closes ? Severity::kHigh : Severity::kMedium,
                         at,
                         next,
                         {Note::What::kCodePoint, c}});
      }
    } else if (c == 0xFEFF && at == 0) {
      // a byte order mark
    } else if (is_default_ignorable(c) && c != 0xAD) {
      return invisible(at);
    }
    before_ = c;
    return next;
  }

  // A tag sequence that spells a flag of a region: U+1F3F4, two to seven letters or digits, U+E007F.
  size_t tags(size_t at) {
    size_t end = at;
    size_t count = 0;
    bool letters = true;
    bool closed = false;
    while (end < text_.size()) {
      const CodePoint point = code_point_at(text_, end);
      if (!is_tag(point.value)) break;
      end += point.bytes;
      ++count;
      if (point.value == 0xE007F) {
        closed = true;
        break;
      }
      letters = letters &&
                (between(point.value, 0xE0030, 0xE0039) || between(point.value, 0xE0061, 0xE007A));
    }
    if (!(before_ == 0x1F3F4 && closed && letters && count <= 8))
      seen_.push_back({Kind::kHidden,
                       Severity::kHigh,
                       at,
                       end,
                       {Note::What::kTags, static_cast<uint32_t>(count)}});
    before_ = 0xE007F;
    return end;
  }

  size_t selectors(size_t at) {
    size_t end = at;
    size_t count = 0;
    uint32_t first = 0;
    while (end < text_.size()) {
      const CodePoint point = code_point_at(text_, end);
      if (!is_selector(point.value)) break;
      if (count == 0) first = point.value;
      end += point.bytes;
      ++count;
    }
    const bool on_emoji = is_emoji_part(before_) || before_ >= 0x2000 ||
                          between(before_, '0', '9') || before_ == '#' || before_ == '*' ||
                          joins(before_);
    if (count > 2 || (count == 2 && first >= 0xE0100)) {
      seen_.push_back({Kind::kHidden,
                       Severity::kHigh,
                       at,
                       end,
                       {Note::What::kSelectors, static_cast<uint32_t>(count)}});
    } else if (!on_emoji || (first >= 0xE0100 && !joins(before_))) {
      strays_.push_back({Kind::kStray, Severity::kMedium, at, end, {}});
      if (first >= 0xE0100) ++split_;
    }
    before_ = 0xFE0F;
    return end;
  }

  size_t marks(size_t at) {
    size_t end = at;
    size_t count = 0;
    while (end < text_.size()) {
      const CodePoint point = code_point_at(text_, end);
      if (!is_mark(point.value)) break;
      end += point.bytes;
      ++count;
    }
    if (count > 8) seen_.push_back({Kind::kHidden, Severity::kLow, at, end, {}});
    before_ = 0x300;
    return end;
  }

  size_t invisible(size_t at) {
    size_t end = at;
    size_t count = 0;
    bool joiners = true;
    bool direction = true;
    while (end < text_.size()) {
      const CodePoint point = code_point_at(text_, end);
      if (!is_default_ignorable(point.value) || is_tag(point.value) || is_selector(point.value) ||
          point.value == 0xAD || between(point.value, 0x202A, 0x202E) ||
          between(point.value, 0x2066, 0x2069))
        break;
      joiners = joiners && between(point.value, 0x200B, 0x200D);
      direction =
          direction && (point.value == 0x200E || point.value == 0x200F || point.value == 0x61C);
      end += point.bytes;
      ++count;
    }
    const uint32_t behind = end < text_.size() ? code_point_at(text_, end).value : 0;
    const bool in_script = joins(before_) || joins(behind);
    const bool in_emoji =
        is_emoji_part(before_) && (is_emoji_part(behind) || behind == 0 || behind < 0x80);
    if (count <= 2 && ((joiners && (in_script || in_emoji)) ||
                       (direction && line_has_right_to_left(at)) || (in_script && !joiners))) {
      before_ = 0x200D;
      return end;
    }
    if (count >= 4) {
      seen_.push_back({Kind::kHidden,
                       Severity::kHigh,
                       at,
                       end,
                       {Note::What::kInvisible, static_cast<uint32_t>(count)}});
    } else {
      strays_.push_back({Kind::kStray, Severity::kMedium, at, end, {}});
      const bool splits =
          (is_ascii_alnum(before_) && (is_ascii_alnum(behind) || behind == ' ')) ||
          (before_ == ' ' && is_ascii_alnum(behind) && !strays_.empty() && split_ > 0);
      if (splits) ++split_;
    }
    before_ = 0x200D;
    return end;
  }

  // Three or more places where invisible characters cut words, or a great many anywhere, are no accident; less is what copying
  // from web pages leaves behind.
  void settle_strays() {
    if (split_ < 3 && strays_.size() < 40) return;
    const Severity severity = split_ >= 8   ? Severity::kHigh
                              : split_ >= 3 ? Severity::kMedium
                                            : Severity::kLow;
    for (Seen& stray : strays_) {
      stray.kind = Kind::kHidden;
      stray.severity = severity;
      seen_.push_back(stray);
    }
    std::sort(seen_.begin(), seen_.end(),
              [](const Seen& a, const Seen& b) { return a.begin < b.begin; });
  }

  void escape(size_t at, size_t end, Severity severity, Note note) {
    seen_.push_back({Kind::kEscape, severity, at, end, note});
    before_ = 0;
  }

  size_t control(size_t at, const CodePoint& point) {
    const size_t next = at + point.bytes;
    const uint32_t c = point.value;
    if (c == 0x85) {  // NEL: a line end in some old texts
      before_ = '\n';
      return next;
    }
    uint32_t kind = 0;
    size_t body = next;
    if (c == 0x1B && next < text_.size()) {
      kind = static_cast<uint8_t>(text_[next]);
      body = next + 1;
    } else if (c == 0x9B) {
      kind = '[';
    } else if (c == 0x9D) {
      kind = ']';
    } else if (c == 0x90 || c == 0x98 || c == 0x9E || c == 0x9F) {
      kind = 'P';
    }
    if (kind == '[') return control_sequence(at, body);
    if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' || kind == '_') {
      escape(at, body, Severity::kHigh,
             c == 0x1B ? Note{Note::What::kEscape, kind} : Note{Note::What::kCodePoint, c});
      return body;
    }
    if (c == 0x1B) {
      escape(at, next, Severity::kHigh, {Note::What::kEscape, 0});
      return next;
    }
    escape(at, next, Severity::kMedium, {Note::What::kCodePoint, c});
    return next;
  }

  // CSI: parameters 0x30 to 0x3F, intermediates 0x20 to 0x2F, a final byte (ECMA-48 5.4). Colours are medium; what hides text,
  // moves the cursor, erases or sets modes is high.
  size_t control_sequence(size_t at, size_t body) {
    size_t end = body;
    while (end < text_.size() && end < body + 64 && text_[end] >= 0x20 && text_[end] <= 0x3F) ++end;
    const char final = end < text_.size() ? text_[end] : '\0';
    bool hides = false;
    for (size_t i = body; i < end;) {
      const size_t stop = std::min(text_.substr(0, end).find(';', i), end);
      if (text_.substr(i, stop - i) == "8" || text_.substr(i, stop - i) == "08") hides = true;
      i = stop + 1;
    }
    const bool colour = final == 'm' && !hides;
    escape(at, body, colour ? Severity::kLow : Severity::kHigh, {Note::What::kEscape, '['});
    return body;
  }

  bool line_has_right_to_left(size_t at) {
    if (!line_known_ || at >= line_end_) {
      size_t begin = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
      begin = begin == std::string_view::npos ? 0 : begin + 1;
      line_end_ = std::min(text_.find('\n', at), text_.size());
      line_is_right_to_left_ = false;
      for (size_t i = begin; i < line_end_ && !line_is_right_to_left_;) {
        const CodePoint point = code_point_at(text_, i);
        line_is_right_to_left_ = is_right_to_left(point.value);
        i += point.bytes;
      }
      line_known_ = true;
    }
    return line_is_right_to_left_;
  }

  std::string_view text_;
  std::vector<Seen> seen_;
  std::vector<Seen> strays_;
  size_t split_ = 0;     // strays that cut a word
  uint32_t before_ = 0;  // the code point before
  bool line_known_ = false;
  bool line_is_right_to_left_ = false;
  size_t line_end_ = 0;
};

bool is_quiet(std::string_view text) {
  return !has_odd(text, [](uint8_t byte) {
    return byte >= 0x7F || (byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r');
  });
}

}  // namespace

void find_hidden(std::string_view text, bool for_tool, std::vector<Hit>& hits) {
  if (is_quiet(text)) return;
  Hit hidden{for_tool ? "tool.hidden-text" : "result.hidden-text", Severity::kLow, 0, 0};
  Hit escape{for_tool ? "tool.terminal-escape" : "result.terminal-escape", Severity::kLow, 0, 0};
  for (const Seen& seen : Scanner(text).run()) {
    Hit& hit = seen.kind == Kind::kEscape ? escape : hidden;
    if (hit.end == 0) hit.begin = seen.begin;
    hit.end = seen.end;
    hit.severity = std::max(hit.severity, seen.severity);
  }
  if (hidden.end != 0) hits.push_back(hidden);
  if (escape.end != 0) hits.push_back(escape);
}

std::vector<Edit> neutralise(std::string_view text) {
  std::vector<Edit> edits;
  if (is_quiet(text)) return edits;
  for (const Seen& seen : Scanner(text).run())
    edits.push_back({seen.begin, seen.end, spelled(seen.note)});
  return edits;
}

std::string hidden_message(std::string_view text) {
  std::string out;
  if (is_quiet(text)) return out;
  for (size_t at = find_wide(text, 0); at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    const uint32_t c = point.value;
    if (between(c, 0xE0020, 0xE007E)) {
      out.push_back(static_cast<char>(c - 0xE0000));
    } else if (between(c, 0xFE00, 0xFE0F)) {  // a byte per selector: 0 to 15, then 16 to 255
      if (c != 0xFE0F || !out.empty()) out.push_back(static_cast<char>(c - 0xFE00));
    } else if (between(c, 0xE0100, 0xE01EF)) {
      out.push_back(static_cast<char>(c - 0xE0100 + 16));
    }
    at = find_wide(text, at + point.bytes);
  }
  return out.size() >= 4 ? out : std::string();
}

bool mixes_scripts(std::string_view name) {
  bool ascii = false;
  bool foreign = false;
  for (size_t at = 0; at < name.size();) {
    const CodePoint point = code_point_at(name, at);
    if (between(point.value | 0x20U, 'a', 'z')) ascii = true;
    if ((point.value >= 0x250 && looks_like(point.value) != 0) || is_default_ignorable(point.value))
      foreign = true;
    at += point.bytes;
  }
  return ascii && foreign;
}

}  // namespace agentmesh::policy::scan
