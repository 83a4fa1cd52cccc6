#include "policy/scan/urls.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "policy/scan/addresses.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/overlaps.h"
#include "policy/scan/url_hosts.h"
#include "policy/scan/url_ports.h"
#include "policy/scan/url_spelling.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMaxUrlBytes = 2048;  // of an authority, and of what follows it

template <size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return is_among(words, word);
}

constexpr std::array<std::string_view, 8> kWeb = {"http", "https", "ftp",    "ftps",
                                                  "ws",   "wss",   "gopher", "tftp"};
// Schemes that clients resolve and nobody needs in a tool call.
constexpr std::array<std::string_view, 17> kHostile = {
    "gopher", "dict",   "ldap", "ldaps", "ldapi", "tftp",       "jar",  "netdoc",       "php",
    "phar",   "expect", "zip",  "ogg",   "glob",  "local_file", "sftp", "compress.zlib"};

// And schemes that run what stands behind them, in a browser or a program of the desktop.
constexpr std::array<std::string_view, 6> kRunning = {"javascript", "livescript", "vbscript",
                                                      "ms-msdt",    "search-ms",  "ms-officecmd"};

bool ends_authority(char c) { return c == '/' || c == '?' || c == '#' || c == '\\'; }

// Behind the path of a URL, or of none: a list goes on, or a parser sees something else.
constexpr std::string_view kEndsPath = "?#\\ \t\r\n";

// What a sentence puts behind a URL.
constexpr ByteSet kSentenceMarks([](uint8_t c) {
  return std::string_view(".,;:!?)]").find(static_cast<char>(c)) != std::string_view::npos;
});

bool ends_url(char c, bool whole) {
  const auto byte = static_cast<uint8_t>(c);
  if (byte < 0x20 || byte == 0x7F) return true;
  if (whole) return false;
  return c == ' ' || c == '<' || c == '>' || c == '"' || c == '`' || c == '\'' || c == '{' ||
         c == '}' || c == '|' || c == '^';
}

class Finder {
 public:
  Finder(std::string_view text, bool whole, std::vector<Url>& urls, std::vector<Hit>& hits)
      : text_(text),
        whole_(whole),
        first_(text.find_first_not_of(kAroundUrl)),
        urls_(urls),
        hits_(hits) {}

  void run() {
    for (size_t colon = text_.find(':'); colon != std::string_view::npos && urls_.size() < kMaxUrls;
         colon = text_.find(':', std::max(colon + 1, judged_to_))) {
      size_t begin = colon;
      while (begin > 0 && colon - begin < 32 &&
             (is_alnum(text_[begin - 1]) || text_[begin - 1] == '+' || text_[begin - 1] == '-' ||
              text_[begin - 1] == '.' || text_[begin - 1] == '_'))
        --begin;
      while (begin < colon && !is_alpha(text_[begin])) ++begin;
      if (colon - begin < 2) continue;
      const std::string scheme = ascii_lower(text_.substr(begin, colon - begin));
      size_t at = colon + 1;
      size_t slashes = 0;
      while (at < text_.size() && (text_[at] == '/' || text_[at] == '\\')) {
        ++at;
        ++slashes;
      }
      const bool web = contains(kWeb, scheme);
      if (slashes >= 2) {
        if (scheme == "file") {
          file_url(begin, at, slashes);
        } else {
          url(scheme, begin, at, slashes);
        }
      } else if (web && at < text_.size() &&
                 (is_digit(text_[at]) || text_[at] == '[' || slashes == 1 ||
                  (begin == first_ && is_special_scheme(scheme) && stands_alone(at)))) {
        url(scheme, begin, at, slashes);
      } else if (scheme == "jar" || scheme == "netdoc" || scheme == "expect") {
        if (begin == 0 && at < text_.size() && is_alpha(text_[at]) &&
            text_.find("://", at) != std::string_view::npos)
          hit("url.scheme", Severity::kHigh, begin, at);
      }
    }
    if (whole_) running();
    if (whole_ && urls_.empty()) bare();
    if (whole_) parameters();
  }

 private:
  // As browsers read a URL: blanks and controls in front are dropped, tabs and line ends anywhere (WHATWG URL, "basic URL parser").
  void running() {
    size_t at = 0;
    while (at < text_.size() && static_cast<uint8_t>(text_[at]) <= ' ') ++at;
    std::string scheme;
    size_t end = at;
    for (; end < text_.size() && text_[end] != ':' && scheme.size() < 16; ++end)
      if (text_[end] != '\t' && text_[end] != '\n' && text_[end] != '\r') scheme += text_[end];
    if (end + 1 < text_.size() && text_[end] == ':' && contains(kRunning, ascii_lower(scheme)))
      hit("url.scheme", Severity::kHigh, at, end + 1);
  }

  // What is told of one URL is told in a row.
  void hit(std::string_view id, Severity severity, size_t begin, size_t end) {
    for (size_t i = hits_.size(); i > 0 && hits_[i - 1].begin == begin; --i) {
      Hit& known = hits_[i - 1];
      if (known.id != id || known.end != end) continue;
      known.severity = std::max(known.severity, severity);
      return;
    }
    hits_.push_back({id, severity, begin, end});
  }

  // "https:host/": where a URL is the whole text, its authority needs no slashes (WHATWG URL, "special authority ignore
  // slashes state"). A word under another name than url has a dot at least; so "http: see below" is none.
  bool stands_alone(size_t at) const {
    const std::string_view authority = text_.substr(at, authority_end(at) - at);
    const size_t last_at = authority.rfind('@');
    const std::string_view host =
        last_at == std::string_view::npos ? authority : authority.substr(last_at + 1);
    if (host.empty() || host.find(' ') != std::string_view::npos) return false;
    return whole_ || (host.find('.') != std::string_view::npos &&
                      text_.find(' ', at) == std::string_view::npos);
  }

  Severity weaker(Severity severity) const {
    if (whole_ || severity == Severity::kLow) return severity;
    return static_cast<Severity>(static_cast<int>(severity) - 1);
  }

  // "file://host/…" reaches for another machine; the rest of file: is the path scanner's.
  void file_url(size_t begin, size_t at, size_t slashes) {
    if (slashes > 2 || at >= text_.size()) return;
    const size_t end = std::min(text_.find_first_of("/\\ \n", at), text_.size());
    const std::string host = ascii_lower(text_.substr(at, end - at));
    if (host == "localhost" || host.empty() || (host.size() == 2 && host[1] == ':')) return;
    if (whole_) hit("url.scheme", Severity::kMedium, begin, end);
  }

  // The end of the authority that begins at `at`, and whether a backslash ended it.
  size_t authority_end(size_t at) const {
    size_t end = at;
    bool brackets = false;
    const size_t reach = std::min(text_.size(), at + kMaxUrlBytes);
    while (end < reach) {
      const char c = text_[end];
      if (c == '[') brackets = true;
      if (c == ']') brackets = false;
      if (static_cast<uint8_t>(c) >= 0x80) {
        const CodePoint point = code_point_at(text_, end);
        const bool letter = point.value < 0x530 && point.value >= 0xC0;
        if (!whole_ && !letter) {
          const Folded one = fold(text_.substr(end, point.bytes));
          const bool dot = point.value == 0x3002 || point.value == 0xFF61;
          if (!dot && (one.text.empty() || !is_plain(one.text))) break;
        }
        end += point.bytes;
        continue;
      }
      if (ends_authority(c) || ends_url(c, whole_)) break;
      if (!brackets && (c == ',' || c == ';' || c == ')' || c == ']' || c == '*') && !whole_) break;
      ++end;
    }
    return end;
  }

  void url(const std::string& scheme, size_t begin, size_t at, size_t slashes) {
    const size_t end_of_authority = authority_end(at);
    std::string_view authority = text_.substr(at, end_of_authority - at);
    if (authorities_.too_many(at, end_of_authority))
      return unread(scheme, begin, at, end_of_authority);
    const bool cut = authority.size() >= kMaxUrlBytes;
    const size_t end = whole_ ? text_.size() : end_behind(end_of_authority);
    const bool hostile = contains(kHostile, scheme);
    if (hostile && (whole_ || begin == 0))
      hit("url.scheme", scheme == "sftp" ? Severity::kMedium : Severity::kHigh, begin, end);

    const bool backslash_then_at = end_of_authority < text_.size() &&
                                   text_[end_of_authority] == '\\' &&
                                   next_at_sign(end_of_authority) < end;
    if (cut)
      hit("url.disguised", weaker(Severity::kHigh), begin, end);  // what it ends in is the host
    if (backslash_then_at) hit("url.disguised", weaker(Severity::kHigh), begin, end);
    const size_t last_at = authority.rfind('@');
    if (last_at != std::string_view::npos) {
      const std::string_view userinfo = authority.substr(0, last_at);
      const bool host_like = userinfo.find('.') != std::string_view::npos &&
                                     userinfo.find('@') == std::string_view::npos
                                 ? looks_like_host(userinfo)
                                 : userinfo.find('@') != std::string_view::npos;
      if (contains(kWeb, scheme) && !userinfo.empty())
        hit("url.userinfo", weaker(host_like ? Severity::kHigh : Severity::kMedium), begin, end);
      authority.remove_prefix(last_at + 1);
    }
    while (!authority.empty() && authority.front() == ' ') authority.remove_prefix(1);
    while (!authority.empty() && (authority.back() == '.' || authority.back() == ' '))
      authority.remove_suffix(1);
    if (authority.starts_with(
            '-'))  // no host's name; what a program is given takes it for an option
      hit("url.disguised", weaker(Severity::kHigh), begin, end);
    const size_t before = urls_.size();
    const size_t told = hits_.size();
    add(scheme, authority, begin, end, slashes < 2 && contains(kWeb, scheme));
    if (urls_.size() > before) urls_.back().cut = cut;
    // Another host is asked for what stands behind it.
    if (whole_ && begin == first_ && hits_.size() == told && last_at == std::string_view::npos &&
        (scheme == "http" || scheme == "https") && text_.substr(end_of_authority, 1) == "/")
      path_ = {end_of_authority,
               std::min(text_.find_first_of(kEndsPath, end_of_authority), text_.size())};
  }

  // "https://web.archive.org/web/2020/http://localhost/": a part of the path of the text's own URL, which leads to another host.
  bool is_part_of_path(size_t begin) const {
    return begin > path_.first && begin < path_.second && text_[begin - 1] == '/';
  }

  // URLs that begin again and again in the authority of one: a host that nobody can tell.
  void unread(const std::string& scheme, size_t begin, size_t at, size_t end) {
    constexpr size_t kLongestHost = 253;
    hit("url.disguised", weaker(Severity::kHigh), begin, end);
    Url& url = urls_.emplace_back();
    url.scheme = scheme;
    url.host = ascii_lower(text_.substr(at, std::min(end - at, kLongestHost)));
    url.cut = true;
    url.begin = begin;
    url.end = end;
    judged_to_ = end;
  }

  // Where a URL in a text ends whose authority ends at `from`: before the marks of the sentence around it. In URLs inside one another
  // neither the end nor those marks are looked for again.
  size_t end_behind(size_t from) {
    if (url_end_ < from) {
      url_end_ = from;
      while (url_end_ < text_.size() && !ends_url(text_[url_end_], false)) ++url_end_;
    }
    size_t end = std::min(url_end_, from + kMaxUrlBytes);
    const size_t behind_marks = end;
    while (end > from && kSentenceMarks.holds(text_[end - 1]))
      end = end == marks_end_ ? std::max(from, marks_begin_) : end - 1;
    if (end > from) marks_begin_ = end, marks_end_ = behind_marks;
    return end;
  }

  size_t next_at_sign(size_t from) {
    if (at_sign_ < from) at_sign_ = text_.find('@', from);
    return at_sign_;
  }

  static bool looks_like_host(std::string_view userinfo) {
    userinfo = userinfo.substr(0, userinfo.find(':'));
    const size_t dot = userinfo.rfind('.');
    if (dot == std::string_view::npos || userinfo.size() - dot < 3) return false;
    return std::all_of(userinfo.begin(), userinfo.end(),
                       [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '%'; });
  }

  void add(const std::string& scheme, std::string_view authority, size_t begin, size_t end,
           bool without_slashes) {
    if (authority.empty()) return;
    Url found;
    found.scheme = scheme;
    found.begin = begin;
    found.end = end;
    found.port = default_port(scheme);
    std::string_view host = authority;
    bool bracketed = false;
    if (authority.front() == '[') {
      const size_t close = authority.find(']');
      host = authority.substr(0, close == std::string_view::npos ? authority.size() : close + 1);
      bracketed = close != std::string_view::npos;
    } else if (std::count(authority.begin(), authority.end(), ':') == 1) {
      host = authority.substr(0, authority.find(':'));
    }
    if (host.size() < authority.size() && authority[host.size()] == ':') {
      int port = 0;
      for (const char c : authority.substr(host.size() + 1)) {
        if (!is_digit(c) || port > 65535) break;
        port = port * 10 + (c - '0');
      }
      if (port > 0 && port <= 65535) found.port = port;
    }
    const bool web = contains(kWeb, scheme);
    UrlHost place = judge_host(host, bracketed, web || opens_connection(scheme));
    // "Serving on http://0.0.0.0:8000": what a development server says of itself is visited.
    const bool written_port = host.size() < authority.size();
    if (place.host == "0.0.0.0" && host == place.host)
      place.disguised = !written_port || found.port < 1024;
    found.host = place.host;
    found.is_private = place.reach != Reach::kPublic;
    if (found.host.empty()) return;
    if (place.reach == Reach::kMetadata)
      hit("url.metadata", weaker(Severity::kCritical), begin, end);
    if (place.disguised || (without_slashes && found.is_private))
      hit("url.disguised", weaker(Severity::kHigh), begin, end);
    const bool http = scheme == "http" || scheme == "https" || scheme == "ws" || scheme == "wss";
    const bool asked_of_other = is_part_of_path(begin);
    if (http && written_port &&
        (is_blocked_port(found.port) ||
         (place.reach != Reach::kPublic && is_inner_port(found.port))))
      hit("url.port", asked_of_other ? Severity::kLow : weaker(Severity::kHigh), begin, end);
    if (place.reach == Reach::kPrivate && (web || scheme.empty() || !single_label(found.host)))
      hit("url.private",
          asked_of_other                               ? Severity::kLow
          : http && is_inner_door(place, found, begin) ? Severity::kHigh
                                                       : weaker(Severity::kMedium),
          begin, end);
    urls_.push_back(std::move(found));
  }

  // The web's own port on an address of this machine or network, where a router, a sidecar or an administration page answers: a
  // development server says its port, and an interface that somebody uses has a path.
  bool is_inner_door(const UrlHost& place, const Url& url, size_t begin) const {
    if (!place.is_address || !whole_ || begin != first_ || (url.port != 80 && url.port != 443))
      return false;
    if (url.host == "localhost" || url.host == "::1" || url.host.starts_with("127.")) return true;
    const size_t slashes = text_.find("//", begin);
    if (slashes == std::string_view::npos) return false;
    size_t path = text_.find_first_of("/?#\\", slashes + 2);
    if (path < text_.size() && (text_[path] == '/' || text_[path] == '\\')) ++path;
    return path >= text_.size() || text_.find_first_of("?# \t\r\n", path) == path;
  }

  // "?url=http%3A%2F%2F169.254.169.254%2F", "?next=//10.0.0.1": where a page that forwards would go. What is spelled out was found
  // on the way; people hand addresses of their own machine to pages that come back, so only what is hostile counts.
  void parameters() {
    size_t at = text_.find_first_of("?#");
    while (at < text_.size()) {
      const size_t end = std::min(text_.find_first_of("?&;#", at + 1), text_.size());
      const std::string_view pair = text_.substr(at + 1, end - at - 1);
      at = end;
      const size_t sign = pair.find('=');
      if (sign == std::string_view::npos) continue;
      const std::string value = decoded(pair.substr(sign + 1));
      const size_t slashes = value.find("//");
      const bool forwards = slashes == 0 || (slashes != std::string::npos && slashes > 1 &&
                                             value[slashes - 1] == ':');
      std::string_view host = std::string_view(value).substr(forwards ? slashes + 2 : 0);
      host = host.substr(0, host.find_first_of("/?#\\"));
      host.remove_prefix(host.rfind('@') + 1);
      const bool bracketed = host.starts_with('[') && host.find(']') != std::string_view::npos;
      host = host.substr(0, bracketed ? host.find(']') + 1 : host.find(':'));
      if (host.empty() || (!forwards && !is_url_key(pair.substr(0, sign)))) continue;
      // A small number is an address only where a scheme says so, and a search for an address is no way there.
      constexpr size_t kSmallNumber = 6;
      const bool numbers = forwards && (slashes > 0 || host.size() > kSmallNumber);
      const UrlHost place = judge_host(host, bracketed, numbers);
      const bool leads = forwards || place.is_address;
      if (leads && place.reach == Reach::kMetadata)
        return add_hit(hits_, {"url.metadata", Severity::kHigh, 0, text_.size()});
      if (forwards && place.disguised && (numbers || host.find('.') != std::string_view::npos))
        return add_hit(hits_, {"url.disguised", Severity::kHigh, 0, text_.size()});
    }
  }

  // Twice, as one server that hands on to another would.
  static std::string decoded(std::string_view value) {
    Percent once = percent_decode(value);
    return once.changed ? percent_decode(once.text).text : std::move(once.text);
  }

  static bool single_label(std::string_view host) {
    return host.find('.') == std::string_view::npos && host.find(':') == std::string_view::npos;
  }

  // A host or address without a scheme.
  void bare() {
    std::string_view text = text_;
    while (!text.empty() && (text.front() == ' ' || ends_authority(text.front())))
      text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    if (text.empty() || text.size() > 2048 || text.find(' ') != std::string_view::npos) return;
    const std::string_view authority = text.substr(0, text.find_first_of("/?#\\"));
    if (authority.empty()) return;
    const size_t colon = authority.find(':');
    if (authority[0] != '[' && colon != std::string_view::npos &&
        (colon + 1 == authority.size() || !is_digit(authority[colon + 1])) &&
        authority.find(':', colon + 1) == std::string_view::npos)
      return;  // another scheme: "data:text/plain"
    // Nothing else stands in a name or an address: a list or a phrase under such a key is none.
    const bool host_like = std::all_of(authority.begin(), authority.end(), [](char c) {
      return is_alnum(c) || static_cast<uint8_t>(c) >= 0x80 ||
             std::string_view("-._:@%[]").find(c) != std::string_view::npos;
    });
    if (!host_like || (authority[0] == '[' && authority.find(':') == std::string_view::npos))
      return;
    const bool numeric = authority.find_first_not_of("0123456789") == std::string_view::npos;
    if (authority.empty() || (numeric && authority.size() < 8)) return;
    const bool telling =
        authority.find('.') != std::string_view::npos ||
        authority.find(':') != std::string_view::npos || authority.front() == '[' ||
        !is_plain(authority) || numeric || ascii_lower(authority.substr(0, 2)) == "0x" ||
        ascii_lower(authority) == "localhost" || ascii_lower(authority) == "metadata";
    if (!telling) return;
    const size_t at = authority.rfind('@');
    add("", at == std::string_view::npos ? authority : authority.substr(at + 1), 0, text_.size(),
        false);
  }

  std::string_view text_;
  bool whole_;
  size_t first_;  // what is neither blank nor control character
  std::vector<Url>& urls_;
  std::vector<Hit>& hits_;
  std::pair<size_t, size_t> path_{0, 0};  // of the text's own URL, if it goes to a public host
  Overlaps authorities_;
  size_t judged_to_ = 0;  // by a coarse answer
  size_t url_end_ = 0;
  size_t at_sign_ = 0;
  size_t marks_begin_ = 0;  // the marks in front of an end that was found
  size_t marks_end_ = 0;
};

}  // namespace

void find_urls(std::string_view text, bool whole_is_url, std::vector<Url>& urls,
               std::vector<Hit>& hits) {
  if (!whole_is_url && text.find(':') == std::string_view::npos) return;
  std::vector<Url> found;
  Finder(text, whole_is_url, found, hits).run();
  std::move(found.begin(), found.end(), std::back_inserter(urls));
  if (!whole_is_url && !begins_as_url(text)) return;
  if (lists_urls(text)) return;
  std::string scratch;
  const std::string_view joined = without_breaks(text, scratch);
  if (joined.size() == text.size() || (!whole_is_url && joined.find(' ') != std::string_view::npos))
    return;
  const size_t before = hits.size();
  std::vector<Url> again;
  Finder(joined, whole_is_url, again, hits).run();
  for (size_t i = before; i < hits.size(); ++i) hits[i].begin = 0, hits[i].end = text.size();
  for (Url& url : again) {
    url.begin = 0;
    url.end = text.size();
    urls.push_back(std::move(url));
  }
}

bool is_url_key(std::string_view key) {
  const std::string lower = ascii_lower(key);
  static constexpr std::array<std::string_view, 19> kNames = {"url",
                                                              "uri",
                                                              "href",
                                                              "link",
                                                              "endpoint",
                                                              "webhook",
                                                              "host",
                                                              "hostname",
                                                              "domain",
                                                              "base_url",
                                                              "baseurl",
                                                              "site",
                                                              "callback",
                                                              "origin",
                                                              "server",
                                                              "address",
                                                              "urls",
                                                              "links",
                                                              "resourcesubscriptions"};
  if (contains(kNames, lower)) return true;
  for (const std::string_view tail : {"url", "uri", "urls", "_host", "_link", "_endpoint"})
    if (lower.size() > tail.size() && std::string_view(lower).ends_with(tail)) return true;
  return false;
}

}  // namespace agentmesh::policy::scan
