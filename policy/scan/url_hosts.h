// URL hosts: what the host of a URL stands for, whatever way it is spelled, and which lists of hosts it is on.
//
// Cost: a few passes over the host, a few allocations. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

enum class Reach : uint8_t { kPublic, kPrivate, kMetadata };

struct UrlHost {
  std::string host;  // canonical
  Reach reach = Reach::kPublic;
  bool disguised = false;
  bool is_address = false;  // or "localhost"
};

// `spelled` is the host as written, without brackets, userinfo and port.
UrlHost judge_host(std::string_view spelled, bool bracketed, bool numbers_are_addresses);

// True if `host` (as in urls.h) fits one of the globs: "*" any run of characters, "?" one; "*.example.com" does not fit
// "example.com". ASCII case does not matter, nor does one trailing dot.
bool host_in(std::string_view host, std::span<const std::string> globs);

}  // namespace agentmesh::policy::scan
