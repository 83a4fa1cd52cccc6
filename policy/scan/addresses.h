// Addresses: every spelling of an IP address that some URL parser accepts, and what ranges mean.
//
// Pure functions, any thread; no allocation but the text returned.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

struct Address {
  std::array<uint8_t, 16> bytes{};  // IPv4: the first four
  bool v6 = false;
  bool odd =
      false;  // not spelled the usual way (octal, hex, too few or too large parts; IPv4 inside IPv6)

  std::string text() const;  // "127.0.0.1", "fd00:ec2::254"; an IPv4 inside IPv6 as IPv4
};

// inet_aton's reading: one to four parts, decimal, 0 octal, 0x hex; parts too large are cut to what fits, and odd. Nothing if
// the last label is no number. `host` is lower case ASCII.
std::optional<Address> read_ipv4(std::string_view host);
// Without brackets; a zone ("%eth0") is ignored. A mapped, compatible, translated (64:ff9b::/96) or 6to4 address gives the
// IPv4 address, odd.
std::optional<Address> read_ipv6(std::string_view host);

// Not an address of the public internet (RFC 6890 and its registries): loopback, private, link-local, shared, multicast …
bool is_private(const Address& address);
// Where clouds serve credentials to whoever asks.
bool is_metadata(const Address& address);

}  // namespace agentmesh::policy::scan
