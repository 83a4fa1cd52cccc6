#include "policy/scan/terminal.h"

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestSequence = 64;
constexpr size_t kLongestTitle = 256;
constexpr size_t kLongestCommand = 4096;
constexpr size_t kShown = 1024;  // bytes behind a sequence that are looked at

// Takes what stands before the next `separator` off `list`.
std::string_view take(std::string_view& list, std::string_view separators) {
  const size_t end = std::min(list.find_first_of(separators), list.size());
  const std::string_view first = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return first;
}

// A parameter; an empty one is 0, and so is what is none.
uint32_t number(std::string_view digits) {
  uint32_t value = 0;
  for (const char c : digits.substr(0, 6)) {
    if (!is_digit(c)) return 0;
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  return value;
}

// What follows 38 or 48: "5;N" of a palette, "2;R;G;B".
std::optional<uint32_t> colour(std::string_view& rest) {
  constexpr uint32_t kMixed = 1U << 24;
  const uint32_t kind = number(take(rest, ";:"));
  if (kind == 5) return number(take(rest, ";:"));
  if (kind != 2) return std::nullopt;
  if (rest.starts_with(':')) rest.remove_prefix(1);  // "2::R:G:B", with the colour space left out
  uint32_t mixed = 0;
  for (int i = 0; i < 3; ++i) mixed = mixed << 8U | (number(take(rest, ";:")) & 0xFFU);
  return kMixed | mixed;
}

// Private modes that programs switch while they print: the cursor, wrapping, pasting in brackets, drawing at one go, the other
// screen and back, the mouse, and what a reset puts right.
bool is_mode_of_display(std::string_view parameters) {
  constexpr std::array<uint32_t, 25> kModes = {1,    3,    4,    5,    6,    7,    8,    12,   25,
                                               47,   1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015,
                                               1034, 1047, 1048, 1049, 2004, 2026, 2031};
  while (!parameters.empty()) {
    const uint32_t mode = number(take(parameters, ";"));
    if (std::find(kModes.begin(), kModes.end(), mode) == kModes.end()) return false;
  }
  return true;
}

// A title kept and given back, as full-screen programs do; the others report or move the window.
bool keeps_title(std::string_view parameters) {
  const uint32_t what = number(take(parameters, ";"));
  return what == 22 || what == 23;
}

// What iTerm2's shell integration says of where the shell is. Its other commands hand over files and reach for the clipboard.
bool says_where(std::string_view command) {
  constexpr std::array<std::string_view, 5> kSaid = {
      "CurrentDir=", "RemoteHost=", "ShellIntegrationVersion=", "SetMark", "SetUserVar="};
  return std::any_of(kSaid.begin(), kSaid.end(),
                     [command](std::string_view said) { return command.starts_with(said); });
}

std::string_view without_www(std::string_view address) {
  if (const size_t scheme = address.find("://"); scheme != std::string_view::npos)
    address.remove_prefix(scheme + 3);
  if (address.starts_with("www.")) address.remove_prefix(4);
  return address.substr(0, address.find_first_of("/?#"));
}

// Whether a link's text makes one believe that it leads to a host: an address, or a name with a dot in it.
bool names_host(std::string_view text) {
  if (text.find("://") != std::string_view::npos || text.starts_with("www.")) return true;
  if (text.find_first_of(" \t\n") != std::string_view::npos) return false;
  const std::string_view host = without_www(text);
  const size_t dot = host.rfind('.');
  return dot != std::string_view::npos && dot > 0 && dot + 2 < host.size() &&
         std::all_of(host.begin() + static_cast<std::ptrdiff_t>(dot) + 1, host.end(),
                     [](char c) { return is_alpha(c); });
}

}  // namespace

// Letters that the other alphabet draws lines with, and nothing that anybody would read.
bool Terminal::draws_lines(size_t from) const {
  std::string_view drawn = text_.substr(std::min(from, text_.size()), kShown);
  drawn = drawn.substr(0, drawn.find_first_of("\x1B\x0F"));
  return drawn.find_first_not_of("jklmnqtuvwxa`~ \r\n") == std::string_view::npos;
}

bool Terminal::shows_text(size_t from) const {
  const std::string_view shown = text_.substr(from, kShown);
  const std::string_view until = shown.substr(0, shown.find('\x1B'));
  return std::any_of(until.begin(), until.end(),
                     [](char c) { return static_cast<uint8_t>(c) > 0x20; });
}

Severity Terminal::colours(std::string_view parameters, size_t end) {
  bool conceals = false;
  do {
    const uint32_t what = number(take(parameters, ";:"));
    if (what == 0) letters_ = ground_ = std::nullopt;
    if (what == 8) conceals = true;
    if (what == 28) conceals = false;
    if (what >= 30 && what <= 37) letters_ = what - 30;
    if (what >= 90 && what <= 97) letters_ = what - 90 + 8;
    if (what >= 40 && what <= 47) ground_ = what - 40;
    if (what >= 100 && what <= 107) ground_ = what - 100 + 8;
    if (what == 38) letters_ = colour(parameters);
    if (what == 48) ground_ = colour(parameters);
    if (what == 58) (void)colour(parameters);  // of an underline
    if (what == 39) letters_ = std::nullopt;
    if (what == 49) ground_ = std::nullopt;
  } while (!parameters.empty());
  const bool vanishes = letters_ && letters_ == ground_ && shows_text(end);
  only_colours_ = !conceals && !vanishes;
  return only_colours_ ? Severity::kLow : Severity::kHigh;
}

// Parameters 0x30 to 0x3F, intermediates 0x20 to 0x2F, a final byte (ECMA-48, 5.4).
Severity Terminal::control_sequence(size_t body) {
  only_colours_ = false;
  size_t end = body;
  while (end < text_.size() && end < body + kLongestSequence && text_[end] >= 0x20 &&
         text_[end] <= 0x3F)
    ++end;
  if (end == text_.size()) return Severity::kLow;  // whoever hands it on cut it off
  const std::string_view parameters = text_.substr(body, end - body);
  const bool plain = std::all_of(parameters.begin(), parameters.end(),
                                 [](char c) { return is_digit(c) || c == ';' || c == ':'; });
  const auto low_if = [](bool harmless) { return harmless ? Severity::kLow : Severity::kHigh; };
  const bool of_keys = parameters.starts_with('>') || parameters.starts_with('=') ||
                       parameters.starts_with('<') || parameters.starts_with('?');
  switch (text_[end]) {
    case 'm': return plain ? colours(parameters, end + 1) : low_if(parameters.starts_with('>'));
    case 'A':
    case 'B':
    case 'C':
    case 'D':
    case 'E':
    case 'F':
    case 'G':
    case 'H':
    case 'f':
    case 'd':
    case 'J':
    case 'K':
    case 'L':
    case 'M':
    case 'P':
    case 'S':
    case 'T':
    case 'X':
    case '@':
    case 'r':
    case 's': return low_if(plain);             // where what comes next is drawn, and over what
    case 'u': return low_if(plain || of_keys);  // and how keys are told
    case 'n': return low_if(number(parameters) == 5 || number(parameters) == 6);
    case 'c': return low_if(plain || of_keys);  // the answers are numbers that nobody chose
    case 'p': return low_if(parameters == "!");
    case 't': return low_if(plain && keeps_title(parameters));
    case 'h':
    case 'l':
      return low_if(parameters == "4" ||
                    (parameters.starts_with('?') && is_mode_of_display(parameters.substr(1))));
    case 'q': return low_if(parameters.ends_with(' '));  // the cursor's shape
    default: return Severity::kHigh;
  }
}

Severity Terminal::link(std::string_view target, size_t end) const {
  if (target.empty()) return Severity::kLow;  // it ends one
  const std::string scheme = ascii_lower(target.substr(0, target.find(':')));
  if (scheme == "file" || scheme == "mailto") return Severity::kLow;
  if (scheme != "http" && scheme != "https") return Severity::kHigh;
  std::string_view shown = text_.substr(std::min(end, text_.size()), kShown);
  shown = shown.substr(0, shown.find('\x1B'));
  const std::string host = ascii_lower(without_www(target));
  if (host.find('@') != std::string::npos) return Severity::kHigh;
  const bool other = names_host(shown) && ascii_lower(without_www(shown)) != host;
  return other ? Severity::kHigh : Severity::kLow;
}

Severity Terminal::system_command(size_t body) const {
  const std::string_view rest = text_.substr(body, kLongestCommand);
  const auto ends = [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; };
  size_t length = static_cast<size_t>(std::find_if(rest.begin(), rest.end(), ends) - rest.begin());
  size_t end = length + 1;
  if (const size_t one_byte = rest.substr(0, length).find("\xC2\x9C");
      one_byte != std::string_view::npos) {
    length = one_byte;
    end = length + 2;
  } else if (length == rest.size()) {
    return body + length == text_.size() ? Severity::kLow : Severity::kHigh;
  } else if (rest.substr(length, 2) == "\x1B\\") {
    end = length + 2;
  } else if (rest[length] != '\x07') {
    return Severity::kHigh;
  }
  std::string_view command = rest.substr(0, length);
  const std::string_view digits = take(command, ";");
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
    return Severity::kHigh;
  switch (number(digits)) {
    case 0:
    case 1:
    case 2: return command.size() <= kLongestTitle ? Severity::kLow : Severity::kHigh;
    case 8: {
      (void)take(command, ";");  // the link's parameters
      return link(command, body + end);
    }
    case 9: return command.starts_with("4;") ? Severity::kLow : Severity::kHigh;  // progress
    case 7:                                                                       // the directory
    case 104:  // colours as they were
    case 110:
    case 111:
    case 112:
    case 133:  // where a prompt, a command, its output begins
    case 633:
    case 3008: return Severity::kLow;
    case 1337: return says_where(command) ? Severity::kLow : Severity::kHigh;
    default: return Severity::kHigh;
  }
}

Severity Terminal::other_escape(size_t at) const {
  if (at >= text_.size()) return Severity::kLow;
  switch (text_[at]) {
    case '\\':  // ends a string
    case '=':
    case '>':  // the keypad
    case '7':
    case '8':  // the cursor's place, kept and given back
    case 'D':
    case 'E':
    case 'M':                         // a line down, a line up
    case 'c': return Severity::kLow;  // a new start
    case '(':
    case ')': {
      const std::string_view alphabet = text_.substr(at + 1, 1);
      const bool readable = alphabet == "B" || (alphabet == "0" && draws_lines(at + 2));
      return readable ? Severity::kLow : Severity::kHigh;
    }
    default: return Severity::kHigh;
  }
}

}  // namespace agentmesh::policy::scan
