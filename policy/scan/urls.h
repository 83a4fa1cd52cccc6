// URLs: where a call would connect to, whatever way the address is spelled.
//
// Sees: every URL in a text, also in prose, and one that is the whole text with any number of slashes or with tabs and line
// ends inside, as URL parsers read it; scheme, userinfo, port; IPv4 as decimal, octal, hex, with fewer than four parts,
// dotless; IPv6 with mapped, translated (64:ff9b::, 6to4) and zone forms; full-width and circled digits and dots; percent
// escapes and backslashes in the authority; names that stand for addresses (localhost, *.nip.io, metadata.google.internal) or
// imitate one (127.0.0.1.example.com); the same in the parameters of a URL, where a page that forwards would go.
// Cannot see: what a name resolves to (no DNS here, so rebinding stays possible), redirects, proxies.
// Measured (docs/detection.md): of 138 URLs of attacks 98 % are refused, 99 % refused or told of; of 147 benign none.
// Cost: one pass to find "://" and friends, 0.1 ns a byte of prose; a few allocations per URL, at most kMaxUrls. The end of URLs
// inside one another is looked for once; of those that begin in the authority of another three are read, and the next is one whose
// host nobody can tell (cut). Pure functions, any thread.
//
// Hits: url.metadata (critical)  a cloud's metadata service
//       url.disguised (high)     an address spelled so as not to be seen, or one that nobody types: 127.0.0.2, 0.0.0.0 without
//                                a development server's port, link-local ones, brackets around no address
//       url.port (high)          HTTP to a port where no web server listens (any host), or to a database's or a cluster's own
//                                on a private one
//       url.userinfo (medium)    "https://good.example@evil.example/": a host name in front of the @ (high), other userinfo
//       url.private (medium)     loopback, private and link-local ranges, *.local, *.internal, single-label hosts; high: at the web's own
//                                port, this machine, and the start page of a private address. Low, as url.port is, in the path
//                                of a URL to a public host, which is what is asked: web.archive.org/web/2020/http://localhost/
//       url.scheme (high)        gopher: dict: ldap: jar: netdoc: php: … , and javascript: vbscript: ms-msdt: … where a URL is asked
//                                for; file: is left to paths.h

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

inline constexpr size_t kMaxUrls = 256;

struct Url {
  std::string scheme;  // lower case
  std::string host;    // lower case, decoded; an address in canonical form ("127.0.0.1", "::1")
  int port = 0;        // the scheme's own when none is written; 0 unknown
  bool is_private = false;
  bool cut = false;  // its host was not read to the end
  size_t begin = 0;  // bytes of the text
  size_t end = 0;
};

// Appends the URLs of `text` and the hits on them. A text that is a bare address or host as a whole is a URL if
// `whole_is_url` (the argument is named url, uri, host, …).
void find_urls(std::string_view text, bool whole_is_url, std::vector<Url>& urls,
               std::vector<Hit>& hits);

// True if strings under this key of a call's arguments are URLs or hosts: url, uri, href, endpoint, webhook, host …
bool is_url_key(std::string_view key);

}  // namespace agentmesh::policy::scan
