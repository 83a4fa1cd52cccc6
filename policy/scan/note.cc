#include "policy/scan/note.h"

namespace agentmesh::policy::scan {
namespace {

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

}  // namespace

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

}  // namespace agentmesh::policy::scan
