#include "proxy/illegible.h"

#include <array>

#include "proxy/oversize.h"

namespace agentmesh::proxy {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What Python writes and reads that JSON does not know. The longer one first.
constexpr std::array<std::string_view, 3> kNumbers{"-Infinity", "Infinity", "NaN"};

bool is_text_byte(unsigned char c) { return c >= 0x20 && c < 0x80; }

// Quotes and escapes are ASCII, so where texts begin and end does not depend on what is mended in them.
std::string mended(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  bool in_text = false;
  for (size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (in_text) {
      out += is_text_byte(static_cast<unsigned char>(c)) ? c : '?';
      if (c == '\\' && at + 1 < line.size()) {
        const char escaped = line[++at];
        out += is_text_byte(static_cast<unsigned char>(escaped)) ? escaped : '?';
      } else if (c == '"') {
        in_text = false;
      }
      continue;
    }
    bool number = false;
    for (const std::string_view name : kNumbers)
      if (!number && line.substr(at).starts_with(name)) {
        number = true;
        out += "0";
        at += name.size() - 1;
      }
    if (number) continue;
    in_text = c == '"';
    out += c == '\r' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string id_in_illegible_answer(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  // A log line in JSON is none of ours.
  if (line.find("\"jsonrpc\"") == std::string_view::npos) return "";
  OversizeScan scan;
  scan.feed(mended(line));
  scan.end();
  return scan.has_answer() && !scan.has_method() ? scan.id() : "";
}

}  // namespace agentmesh::proxy
