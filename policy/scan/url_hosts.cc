#include "policy/scan/url_hosts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>

#include "policy/scan/addresses.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

bool ends_in(std::string_view host, std::string_view domain) {
  return host == domain || (host.size() > domain.size() && host.ends_with(domain) &&
                            host[host.size() - domain.size() - 1] == '.');
}

// Answer with the address that stands in the name asked for.
constexpr std::array<std::string_view, 11> kWildcards = {
    "nip.io",      "sslip.io",    "xip.io", "traefik.me", "ip.addr.tools", "backname.io",
    "local-ip.sh", "local-ip.co", "1u.ms",  "rbndr.us",   "lip.io"};
// Answer with 127.0.0.1 to whoever asks, or with whatever is asked for.
constexpr std::array<std::string_view, 20> kLoopbackNames = {
    "localtest.me",     "lvh.me",
    "vcap.me",          "lacolhost.com",
    "localho.st",       "yoogle.com",
    "rbndr.us",         "1u.ms",
    "r3dir.me",         "bugbounty.dod.network",
    "fuf.me",           "ulh.us",
    "localh.st",        "smackaho.st",
    "lvh.pw",           "spoofed.burpcollaborator.net",
    "localhost.direct", "rebind.it",
    "rebind.network",   "local.sisteminha.com"};

// The last four numbers of the labels before a wildcard service, or one hex word of eight digits.
std::optional<Address> address_before(std::string_view labels) {
  std::string dotted(labels);
  std::replace(dotted.begin(), dotted.end(), '-', '.');
  size_t begin = dotted.size();
  int numbers = 0;
  while (begin > 0 && numbers < 4) {
    size_t start = begin;
    while (start > 0 && is_digit(dotted[start - 1])) --start;
    if (start == begin) break;
    ++numbers;
    begin = start;
    if (numbers < 4 && begin > 0 && dotted[begin - 1] == '.') --begin;
  }
  if (numbers == 4) return read_ipv4(std::string_view(dotted).substr(begin));
  const size_t dot = dotted.rfind('.');
  const std::string word = dot == std::string::npos ? dotted : dotted.substr(dot + 1);
  if (word.size() == 8 && word.find_first_not_of("0123456789abcdef") == std::string::npos)
    return read_ipv4("0x" + word);
  return std::nullopt;
}

// The address that a name stands for: 127.0.0.1.nip.io, app-10-0-0-1.sslip.io. Or that it imitates, under any name, since nothing
// honest is called so: this machine's and the metadata service's, 127.0.0.1.example.com.
std::optional<Address> address_in_name(std::string_view host) {
  for (const std::string_view service : kWildcards)
    if (ends_in(host, service) && host.size() > service.size())
      return address_before(host.substr(0, host.size() - service.size() - 1));
  for (const std::string_view address : {"127.0.0.1", "0.0.0.0", "169.254.169.254"}) {
    std::string spelled(host.substr(0, address.size()));
    std::replace(spelled.begin(), spelled.end(), '-', '.');
    if (spelled == address && host.substr(address.size(), 1) == ".") return read_ipv4(address);
  }
  return std::nullopt;
}

// Loopback that is not 127.0.0.1 or ::1, link-local, "any": a resolver takes them, a person does not type them.
bool is_untypical(const Address& address) {
  const auto& b = address.bytes;
  if (address.v6) {
    // Neither assigned to anybody (2000::/3) nor to a site of one's own (fc00::/7), and not ::1.
    const bool loopback =
        b[15] == 1 && std::all_of(b.begin(), b.end() - 1, [](uint8_t byte) { return byte == 0; });
    return !loopback && (b[0] & 0xE0U) != 0x20U && (b[0] & 0xFEU) != 0xFCU;
  }
  if (b[0] == 127) return b[1] != 0 || b[2] != 0 || b[3] != 1;
  return b[0] == 0 || (b[0] == 169 && b[1] == 254);
}

Reach reach_of(const Address& address) {
  return is_metadata(address)  ? Reach::kMetadata
         : is_private(address) ? Reach::kPrivate
                               : Reach::kPublic;
}

bool fits(std::string_view text, std::string_view glob) {
  size_t t = 0;
  size_t g = 0;
  size_t star = std::string_view::npos;
  size_t mark = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      mark = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

// Of this machine, a network of one's own, a link or a cloud's own service: where a disguise would lead. What multicast and the
// reserved ranges hold are numbers like any other.
bool is_inner(const Address& address) {
  const auto& b = address.bytes;
  return is_metadata(address) || b[0] == 127 || b[0] == 10 || (b[0] == 192 && b[1] == 168) ||
         (b[0] == 172 && (b[1] & 0xF0U) == 16) || (b[0] == 169 && b[1] == 254) ||
         (b[0] == 100 && (b[1] & 0xC0U) == 64);
}

// What the first part of a host says by itself, read as read_ipv4() does but not cut; the greatest number if it is too great.
uint64_t first_part(std::string_view host) {
  std::string_view part = host.substr(0, host.find('.'));
  const bool octal = part.size() > 1 && part[0] == '0';
  const bool hex = octal && part[1] == 'x';
  part.remove_prefix(hex ? 2 : 0);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value,
                                            hex     ? 16
                                            : octal ? 8
                                                    : 10);
  return error == std::errc() ? value : UINT64_MAX;
}

// 0x7f.1, 0177.1, 192.0250.1: written in another base than ten. A day and a month have a zero in front as well, 01.05.2024.
bool is_based(std::string_view dotted) {
  constexpr size_t kOctalFirst = 3;
  constexpr size_t kOctalBehind = 4;
  size_t least = kOctalFirst;
  while (!dotted.empty()) {
    const std::string_view part = dotted.substr(0, dotted.find('.'));
    if (part.starts_with("0x") || (part.starts_with('0') && part.size() >= least)) return true;
    least = kOctalBehind;
    dotted.remove_prefix(std::min(part.size() + 1, dotted.size()));
  }
  return false;
}

// Under a scheme of its own a number in short form is a name, users://42/profile, docs://10.1/index, minutes://10.12.2024, unless it
// is what nobody numbers things by: 127.1, one in another base, or a whole address in one number; and it leads inside.
bool is_name(const Address& address, std::string_view host) {
  constexpr size_t kLeastWhole = 10;  // characters, as 2130706433 has; shorter numbers are records
  constexpr uint64_t kMostWhole = 0xFFFFFFFF;  // longer ones count milliseconds
  if (!is_inner(address)) return true;
  const size_t dot = host.find('.');
  if (dot == std::string_view::npos)
    return host.size() < kLeastWhole || first_part(host) > kMostWhole;
  if (first_part(host) > 255) return true;  // a year
  return address.bytes[0] != 127 && !is_metadata(address) && !is_based(host);
}

}  // namespace

UrlHost judge_host(std::string_view spelled, bool bracketed, bool numbers_are_addresses) {
  UrlHost place;
  bool folded = false;
  std::string host;
  if (spelled.find('%') != std::string_view::npos && !bracketed) {
    const Percent decoded = percent_decode(spelled);
    folded = decoded.changed;
    host = decoded.text;
  } else {
    host = spelled;
  }
  if (!is_plain(host)) {
    std::string dots;
    for (size_t i = 0; i < host.size();) {
      const CodePoint point = code_point_at(host, i);
      if (point.value == 0x3002 || point.value == 0xFF61 || point.value == 0xFF0E ||
          point.value == 0x2024)
        dots += '.';
      else
        dots.append(host, i, point.bytes);
      i += point.bytes;
    }
    Folded plain = fold(dots);
    folded = folded || plain.changed || dots != host;
    host = std::move(plain.text);
  }
  host = ascii_lower(host);
  while (!host.empty() && host.back() == '.') host.pop_back();
  if (bracketed && host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);
  place.host = host;
  if (host.empty() && !bracketed) {
    place.disguised = folded;
    return place;
  }

  std::optional<Address> address =
      bracketed || std::count(host.begin(), host.end(), ':') > 1 ? read_ipv6(host) : std::nullopt;
  if (!address) address = read_ipv4(host);
  if (address) {
    const bool short_form = std::count(host.begin(), host.end(), '.') < 3 && !address->v6;
    if (short_form && !bracketed && !numbers_are_addresses && is_name(*address, host)) return place;
    place.reach = reach_of(*address);
    place.host = address->text();
    place.is_address = true;
    place.disguised = address->odd && (!bracketed || place.reach != Reach::kPublic);
    if (folded || (place.reach == Reach::kPrivate && is_untypical(*address)))
      place.disguised = true;
    return place;
  }
  if (bracketed || host.front() == '[') {  // no address at all, and yet no name
    place.reach = Reach::kPrivate;
    place.disguised = true;
    return place;
  }
  if (const auto embedded = address_in_name(host);
      embedded && reach_of(*embedded) != Reach::kPublic) {
    place.reach = reach_of(*embedded);
    place.disguised = true;
    return place;
  }
  static constexpr std::array<std::string_view, 9> kMetadataNames = {
      "metadata.google.internal",
      "metadata",
      "metadata.goog",
      "instance-data",
      "instance-data.ec2.internal",
      "metadata.tencentyun.com",
      "metadata.azure.internal",
      "metadata.packet.net",
      "metadata.platformequinix.com"};
  if (is_among(kMetadataNames, host)) {
    place.reach = Reach::kMetadata;
    place.disguised = folded;
    return place;
  }
  for (const std::string_view name : kLoopbackNames) {
    if (!ends_in(host, name)) continue;
    place.reach = Reach::kPrivate;
    place.disguised = true;
    return place;
  }
  for (const std::string_view domain :
       {"localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa", "corp",
        "private", "ip6-localhost", "ip6-loopback", "cluster.local", "svc", "consul"}) {
    if (!ends_in(host, domain)) continue;
    place.reach = Reach::kPrivate;
    place.disguised = folded || domain.starts_with("ip6-");
    place.is_address = host == "localhost";
    return place;
  }
  const bool single_label = !host.empty() && host.find('.') == std::string::npos &&
                            is_plain(host) && std::any_of(host.begin(), host.end(), is_alpha);
  if (single_label) place.reach = Reach::kPrivate;
  if (folded && is_plain(host)) place.disguised = true;
  return place;
}

bool host_in(std::string_view host, std::span<const std::string> globs) {
  std::string lower = ascii_lower(host);
  if (!lower.empty() && lower.back() == '.') lower.pop_back();
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    std::string pattern = ascii_lower(glob);
    if (!pattern.empty() && pattern.back() == '.') pattern.pop_back();
    return fits(lower, pattern);
  });
}

}  // namespace agentmesh::policy::scan
