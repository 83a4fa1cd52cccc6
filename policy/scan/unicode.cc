#include "policy/scan/unicode.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/skeleton.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/characters.h"
#include "policy/scan/decode.h"
#include "policy/scan/note.h"
#include "policy/scan/terminal.h"

namespace agentmesh::policy::scan {
namespace {

// Marks of direction that open and close; those that by themselves turn round what is written from left to right.
bool is_direction(uint32_t c) { return between(c, 0x202A, 0x202E) || between(c, 0x2066, 0x2069); }
bool reorders(uint32_t c) { return c == 0x202B || c == 0x202D || c == 0x202E || c == 0x2067; }

constexpr uint32_t kBell = 0x07;
constexpr uint32_t kBackspace = 0x08;
constexpr uint32_t kShiftIn = 0x0F;
constexpr uint32_t kLowQuote = 0x82;  // in Windows; it opens, and stands behind no accented letter
constexpr size_t kMessage = 4;        // invisible characters in a row that are no accident

// Of the controls from U+0080 to U+009F those that a terminal does something with: it goes down, up or to a tab, takes another
// alphabet, guards text from being erased, answers, or begins and ends an escape. The others are mostly quotes and dashes of
// Windows that somebody read as Latin-1.
bool moves_terminal(uint32_t c) {
  return c == 0x84 || c == 0x88 || between(c, 0x8D, 0x90) || between(c, 0x96, 0x98) ||
         between(c, 0x9A, 0x9F);
}

enum class Kind { kHidden, kEscape, kStray };

struct Seen {
  Kind kind = Kind::kHidden;
  Severity severity = Severity::kLow;
  size_t begin = 0;
  size_t end = 0;
  Note note;
};

// `Report` is called with each Seen in the order of the text. What is a stray is one only if there are enough of them, which
// is known at the end: the severity that they all have then.
template <class Report>
class Scanner {
 public:
  // In a description nothing needs to be drawn: only colours stay low there.
  Scanner(std::string_view text, bool for_tool, Report report)
      : text_(text), for_tool_(for_tool), report_(std::move(report)), terminal_(text) {}

  std::optional<Severity> run() {
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
    return severity_of_strays();
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
    if (is_direction(c)) {
      return direction(at, point);
    } else if (c == 0xFEFF && at == 0) {
      // a byte order mark
    } else if (is_default_ignorable(c) && c != 0xAD) {
      return invisible(at);
    }
    before_ = c;
    return next;
  }

  // Controls of direction. Those that keep the order of what is written from left to right (programs that translate their texts
  // put U+2068 and U+2069 around every value) are nothing in a line that has no other order; many in a row spell something.
  size_t direction(size_t at, const CodePoint& point) {
    const uint32_t c = point.value;
    const size_t next = at + point.bytes;
    const bool overrides = c == 0x202D || c == 0x202E;
    const Line& line = line_at(at);
    if (!overrides && line.right_to_left) {
      before_ = c;
      return next;
    }
    if (!line.reorders) {
      size_t end = next;
      size_t count = 1;
      while (end < text_.size()) {
        const CodePoint more = code_point_at(text_, end);
        if (!is_direction(more.value)) break;
        end += more.bytes;
        ++count;
      }
      if (count >= kMessage)
        report_({Kind::kHidden,
                 Severity::kHigh,
                 at,
                 end,
                 {Note::What::kInvisible, static_cast<uint32_t>(count)}});
      before_ = c;
      return end;
    }
    // PDF and PDI close what was opened, and are judged as it was.
    const bool closes = c == 0x202C || c == 0x2069;
    report_({Kind::kHidden,
             overrides || !closes ? Severity::kHigh : Severity::kMedium,
             at,
             next,
             {Note::What::kCodePoint, c}});
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
      report_({Kind::kHidden,
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
      report_({Kind::kHidden,
               Severity::kHigh,
               at,
               end,
               {Note::What::kSelectors, static_cast<uint32_t>(count)}});
    } else if (!on_emoji || (first >= 0xE0100 && !joins(before_))) {
      stray(at, end);
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
    if (count > 8) report_({Kind::kHidden, Severity::kLow, at, end, {}});
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
          point.value == 0xAD || is_direction(point.value))
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
                       (direction && line_at(at).right_to_left) || (in_script && !joiners))) {
      before_ = 0x200D;
      return end;
    }
    if (count >= kMessage) {
      report_({Kind::kHidden,
               Severity::kHigh,
               at,
               end,
               {Note::What::kInvisible, static_cast<uint32_t>(count)}});
    } else {
      stray(at, end);
      const bool splits = (is_ascii_alnum(before_) && (is_ascii_alnum(behind) || behind == ' ')) ||
                          (before_ == ' ' && is_ascii_alnum(behind) && split_ > 0);
      if (splits) ++split_;
    }
    before_ = 0x200D;
    return end;
  }

  void stray(size_t begin, size_t end) {
    ++strays_;
    report_({Kind::kStray, Severity::kMedium, begin, end, {}});
  }

  // Three or more places where invisible characters cut words, or a great many anywhere, are no accident; less is what copying
  // from web pages leaves behind.
  std::optional<Severity> severity_of_strays() const {
    if (split_ < 3 && strays_ < 40) return std::nullopt;
    return split_ >= 8 ? Severity::kHigh : split_ >= 3 ? Severity::kMedium : Severity::kLow;
  }

  void escape(size_t at, size_t end, Severity severity, Note note) {
    report_({Kind::kEscape, severity, at, end, note});
    before_ = 0;
  }

  size_t control(size_t at, const CodePoint& point) {
    const size_t next = at + point.bytes;
    const uint32_t c = point.value;
    if (c == 0x85) {  // NEL: a line end in some old texts
      before_ = '\n';
      return next;
    }
    if (c >= 0x80 && !moves_terminal(c) && !(c == kLowQuote && before_ >= 0xC0)) {
      before_ = c;
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
    const Note note = c == 0x1B ? Note{Note::What::kEscape, kind} : Note{Note::What::kCodePoint, c};
    if (kind == '[') {
      const Severity severity = terminal_.control_sequence(body);
      const bool as_seen = !for_tool_ || terminal_.only_colours();
      escape(at, body, as_seen ? severity : Severity::kHigh, {Note::What::kEscape, '['});
    } else if (kind == ']') {
      escape(at, body, for_tool_ ? Severity::kHigh : terminal_.system_command(body), note);
    } else if (kind == 'P' || kind == 'X' || kind == '^' || kind == '_') {
      escape(at, body, Severity::kHigh, note);
    } else if (c == 0x1B) {
      escape(at, next, for_tool_ ? Severity::kHigh : terminal_.other_escape(next),
             {Note::What::kEscape, 0});
      return next;
    } else {
      const bool low = !for_tool_ && (c == kBell || c == kBackspace || c == kShiftIn ||
                                      (c >= 0x80 && c != kLowQuote));
      escape(at, next, low ? Severity::kLow : Severity::kMedium, {Note::What::kCodePoint, c});
      return next;
    }
    return body;
  }

  // What a line's direction is made of.
  struct Line {
    size_t end = 0;
    bool right_to_left = false;  // there are letters that are written so
    bool reorders = false;       // or controls that turn letters round
  };
  const Line& line_at(size_t at) {
    if (line_known_ && at < line_.end) return line_;
    size_t begin = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    line_ = {std::min(text_.find('\n', at), text_.size()), false, false};
    for (size_t i = begin; i < line_.end && !line_.right_to_left;) {
      const CodePoint point = code_point_at(text_, i);
      line_.right_to_left = is_right_to_left(point.value);
      line_.reorders = line_.reorders || reorders(point.value);
      i += point.bytes;
    }
    line_known_ = true;
    return line_;
  }

  std::string_view text_;
  bool for_tool_;
  Report report_;
  Terminal terminal_;
  size_t strays_ = 0;
  size_t split_ = 0;     // of these, those that cut a word
  uint32_t before_ = 0;  // the code point before
  bool line_known_ = false;
  Line line_;
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
  Hit stray = hidden;
  const auto take = [](Hit& hit, const Seen& seen) {
    if (hit.end == 0) hit.begin = seen.begin;
    hit.end = seen.end;
    hit.severity = std::max(hit.severity, seen.severity);
  };
  const auto strays = Scanner(text, for_tool, [&](const Seen& seen) {
                        take(seen.kind == Kind::kEscape  ? escape
                             : seen.kind == Kind::kStray ? stray
                                                         : hidden,
                             seen);
                      }).run();
  if (strays) {
    if (hidden.end == 0) hidden.begin = stray.begin;
    hidden.begin = std::min(hidden.begin, stray.begin);
    hidden.end = std::max(hidden.end, stray.end);
    hidden.severity = std::max(hidden.severity, *strays);
  }
  if (hidden.end != 0) hits.push_back(hidden);
  if (escape.end != 0) hits.push_back(escape);
}

std::vector<Edit> neutralise(std::string_view text) {
  std::vector<Edit> edits;
  if (is_quiet(text)) return edits;
  std::vector<size_t> of_strays;
  const auto strays = Scanner(text, false, [&](const Seen& seen) {
                        if (seen.kind == Kind::kStray) of_strays.push_back(edits.size());
                        edits.push_back({seen.begin, seen.end, spelled(seen.note)});
                      }).run();
  if (strays) return edits;
  std::vector<Edit> others;
  for (size_t i = 0, next = 0; i < edits.size(); ++i)
    if (next < of_strays.size() && of_strays[next] == i)
      ++next;
    else
      others.push_back(std::move(edits[i]));
  return others;
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
