// URL hosts: what the host of a URL stands for, whatever way it is spelled. For urls.cc alone.
//
// Cost: a few passes over the host, a few allocations. Pure functions, any thread.

#pragma once

#include <cstdint>
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

}  // namespace agentmesh::policy::scan
