#include "base/printable.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace agentmesh {
namespace {

// The code point at the front of `text` and its length; length 0 if the bytes are no UTF-8.
std::pair<uint32_t, size_t> decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0, 0};
  uint32_t point = lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {0, 0};
    point = point << 6U | (byte(i) & 0x3FU);
  }
  return {point, length};
}

}  // namespace

bool is_hidden_point(uint32_t c) {
  static constexpr std::pair<uint32_t, uint32_t> kHidden[] = {
      {0x00, 0x1F},       {0x7F, 0x9F},     {0xAD, 0xAD},       {0x34F, 0x34F},
      {0x61C, 0x61C},     {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},
      {0x200B, 0x200F},   {0x2028, 0x202E}, {0x2060, 0x206F},   {0x2800, 0x2800},
      {0x3164, 0x3164},   {0xE000, 0xF8FF}, {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
      {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
      {0xE0000, 0x10FFFF}};
  return std::any_of(std::begin(kHidden), std::end(kHidden),
                     [&](const auto& range) { return c >= range.first && c <= range.second; });
}

std::string printable(std::string_view text, size_t max_bytes) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const auto [point, length] = decode(text.substr(at));
    const size_t taken = length == 0 ? 1 : length;
    if (at + taken > max_bytes) {
      out += "…";
      break;
    }
    if (length == 0) {
      out += fmt::format("\\x{:02X}", static_cast<uint8_t>(text[at]));
    } else if (is_hidden_point(point)) {
      out += fmt::format("\\u{{{:X}}}", point);
    } else {
      out += text.substr(at, length);
    }
    at += taken;
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t plain = std::min(text.find_first_of("\n\t"), text.size());
    out += printable(text.substr(0, plain), plain);
    out += text.substr(plain, 1);
    text.remove_prefix(std::min(plain + 1, text.size()));
  }
  return out;
}

std::string printable_json(std::string_view json) {
  constexpr uint32_t kPastOneUnit = 0x10000;
  std::string out;
  while (!json.empty()) {
    const auto [point, length] = decode(json);
    if (length > 0 && !is_hidden_point(point)) {
      out += json.substr(0, length);
    } else if (point < kPastOneUnit) {
      out += fmt::format("\\u{:04x}", length == 0 ? 0xFFFD : point);
    } else {
      const uint32_t beyond = point - kPastOneUnit;
      out +=
          fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (beyond >> 10U), 0xDC00 + (beyond & 0x3FFU));
    }
    json.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace agentmesh
