#include "policy/scan/addresses.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

struct Part {
  uint64_t value = 0;
  bool odd = false;
  bool good = false;
};

Part read_part(std::string_view text) {
  Part part;
  if (text.empty() || text.size() > 64) return part;
  unsigned base = 10;
  if (text.size() >= 2 && text[0] == '0' && text[1] == 'x') {
    base = 16;
    text.remove_prefix(2);
    part.odd = true;
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
    part.odd = true;
  }
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0 || (base != 16 && digit > 9)) return part;
    part.value = (part.value & 0xFFFFFFFFFFU) * base +
                 static_cast<unsigned>(digit);  // the low bits are what counts
  }
  part.good = true;
  return part;
}

Address from_v4(uint32_t value, bool odd) {
  Address address;
  for (unsigned i = 0; i < 4; ++i) address.bytes[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
  address.odd = odd;
  return address;
}

uint32_t v4_value(const Address& address) {
  return (uint32_t{address.bytes[0]} << 24U) | (uint32_t{address.bytes[1]} << 16U) |
         (uint32_t{address.bytes[2]} << 8U) | address.bytes[3];
}

}  // namespace

std::optional<Address> read_ipv4(std::string_view host) {
  if (host.empty() || host.size() > 128) return std::nullopt;
  std::array<std::string_view, 4> labels;
  size_t count = 0;
  for (size_t begin = 0; begin <= host.size();) {
    const size_t dot = std::min(host.find('.', begin), host.size());
    if (count == labels.size()) return std::nullopt;
    labels[count++] = host.substr(begin, dot - begin);
    begin = dot + 1;
  }
  const Part last = read_part(labels[count - 1]);
  if (!last.good) return std::nullopt;
  bool odd = count != 4 || last.odd;
  uint64_t value = 0;
  for (size_t i = 0; i + 1 < count; ++i) {
    const Part part = read_part(labels[i]);
    if (!part.good) {
      if (count != 4 || labels[i].empty()) return std::nullopt;
      return from_v4(
          0x7F000001,
          true);  // "q177.0.0.1": a name cannot end in a number; some reader makes it an address
    }
    odd = odd || part.odd || part.value > 255;
    value = (value << 8U) | (part.value & 0xFFU);
  }
  const auto rest = static_cast<unsigned>(8 * (5 - count));
  const uint64_t room = (uint64_t{1} << rest) - 1;
  odd = odd || last.value > room;
  value = (value << rest) | (last.value & room);
  return from_v4(static_cast<uint32_t>(value), odd);
}

std::optional<Address> read_ipv6(std::string_view host) {
  host = host.substr(0, host.find('%'));
  if (host.size() < 2 || host.size() > 64 || host.find(':') == std::string_view::npos)
    return std::nullopt;
  std::array<uint16_t, 8> groups{};
  size_t count = 0;
  size_t gap = 9;  // where :: stands
  size_t at = 0;
  bool dotted = false;
  if (host.substr(0, 2) == "::") {
    gap = 0;
    at = 2;
  }
  while (at < host.size()) {
    if (count == 8) return std::nullopt;
    const size_t end = std::min(host.find(':', at), host.size());
    const std::string_view group = host.substr(at, end - at);
    if (group.find('.') != std::string_view::npos) {
      const auto v4 = read_ipv4(group);
      if (!v4 || end != host.size() || count > 6) return std::nullopt;
      groups[count++] = static_cast<uint16_t>(v4_value(*v4) >> 16U);
      groups[count++] = static_cast<uint16_t>(v4_value(*v4) & 0xFFFFU);
      dotted = true;
      break;
    }
    if (group.empty()) {  // the second colon of ::
      if (gap != 9) return std::nullopt;
      gap = count;
      at = end + 1;
      continue;
    }
    if (group.size() > 4) return std::nullopt;
    unsigned value = 0;
    for (const char c : group) {
      const int digit = hex_digit(c);
      if (digit < 0) return std::nullopt;
      value = value * 16 + static_cast<unsigned>(digit);
    }
    groups[count++] = static_cast<uint16_t>(value);
    at = end + 1;
  }
  if (gap == 9 && count != 8) return std::nullopt;
  if (gap != 9) {
    const size_t missing = 8 - count;
    std::move_backward(groups.begin() + static_cast<std::ptrdiff_t>(gap),
                       groups.begin() + static_cast<std::ptrdiff_t>(count), groups.end());
    std::fill_n(groups.begin() + static_cast<std::ptrdiff_t>(gap), missing, uint16_t{0});
  }
  Address address;
  address.v6 = true;
  for (size_t i = 0; i < 8; ++i) {
    address.bytes[2 * i] = static_cast<uint8_t>(groups[i] >> 8U);
    address.bytes[2 * i + 1] = static_cast<uint8_t>(groups[i] & 0xFFU);
  }
  const bool zeros =
      std::all_of(groups.begin(), groups.begin() + 5, [](uint16_t group) { return group == 0; });
  const uint32_t low = (uint32_t{groups[6]} << 16U) | groups[7];
  if (zeros && (groups[5] == 0xFFFF || (groups[5] == 0 && (dotted || low > 0xFFFF))))
    return from_v4(low, true);
  if (groups[0] == 0x64 && groups[1] == 0xFF9B) return from_v4(low, true);
  if (groups[0] == 0x2002) return from_v4((uint32_t{groups[1]} << 16U) | groups[2], true);
  return address;
}

bool is_private(const Address& address) {
  if (address.v6) return (address.bytes[0] & 0xE0U) != 0x20U;  // outside 2000::/3
  struct Range {
    uint32_t network;
    unsigned bits;
  };
  constexpr std::array<Range, 11> kRanges = {{
      {0x00000000, 8},
      {0x0A000000, 8},
      {0x64400000, 10},
      {0x7F000000, 8},
      {0xA9FE0000, 16},
      {0xAC100000, 12},
      {0xC0000000, 24},
      {0xC0A80000, 16},
      {0xC6120000, 15},
      {0xE0000000, 4},
      {0xF0000000, 4},
  }};
  const uint32_t value = v4_value(address);
  return std::any_of(kRanges.begin(), kRanges.end(), [&](const Range& range) {
    return (value ^ range.network) >> (32 - range.bits) == 0;
  });
}

bool is_metadata(const Address& address) {
  if (address.v6) {
    const std::string text = address.text();
    return text == "fd00:ec2::254" || text == "fd00:ec2::23" || text == "fd20:ce::254";
  }
  for (const uint32_t known :
       {0xA9FEA9FEU, 0xA9FEAA02U, 0xA9FEAA17U, 0x646464C8U, 0xC00000C0U, 0xA83F8110U})
    if (v4_value(address) == known) return true;
  return false;
}

std::string Address::text() const {
  if (!v6) return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
  // RFC 5952: the longest run of two or more zero groups, the first of equals, becomes ::
  std::array<unsigned, 8> groups{};
  for (size_t i = 0; i < 8; ++i) groups[i] = (unsigned{bytes[2 * i]} << 8U) | bytes[2 * i + 1];
  size_t best = 8;
  size_t best_length = 1;
  for (size_t i = 0; i < 8; ++i) {
    size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > best_length) {
      best = i;
      best_length = length;
    }
  }
  std::string out;
  for (size_t i = 0; i < 8;) {
    if (i == best) {
      out += "::";
      i += best_length;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    out += fmt::format("{:x}", groups[i]);
    ++i;
  }
  return out;
}

}  // namespace agentmesh::policy::scan
