#include "policy/scan/secret_places.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/escapes.h"
#include "policy/scan/made_up.h"
#include "policy/scan/secret_names.h"
#include "policy/scan/secret_values.h"
#include "policy/scan/sixteen.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestValue = 512;

struct Place {
  size_t begin = 0;
  size_t end = 0;
};

// The word at `at`, or what stands in quotes there, without a blank in it.
Place value_at(std::string_view text, size_t at) {
  const char quote = at < text.size() && (text[at] == '"' || text[at] == '\'') ? text[at++] : '\0';
  size_t end = at;
  while (end < text.size() && end - at<kLongestValue&& static_cast<uint8_t>(text[end])> ' ' &&
         text[end] != quote && text[end] != '"' && text[end] != '`')
    ++end;
  return {at, end};
}

// Where the next line begins that begins with an m, behind `from`; the text's size if there is none.
size_t next_line_of_m(std::string_view text, size_t from) {
  for (; from + 17 <= text.size(); from += 16) {
    const unsigned found = Sixteen::at(text.data() + from).is('\n').bits() &
                           Sixteen::at(text.data() + from + 1).is('m').bits();
    if (found != 0) return from + static_cast<size_t>(std::countr_zero(found)) + 1;
  }
  const size_t found = text.find("\nm", from);
  return found == std::string_view::npos ? text.size() : found + 1;
}

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

size_t behind_blanks(std::string_view text, size_t at) {
  constexpr size_t kMost = 8;
  const size_t begin = at;
  while (at < text.size() && at - begin < kMost && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

size_t behind_white(std::string_view text, size_t at) {
  constexpr size_t kMost = 16;
  const size_t begin = at;
  while (at < text.size() && at - begin < kMost && is_white(text[at])) ++at;
  return at;
}

// True if the line before `at` names one of `programs`, not far away.
template <class Programs>
bool is_called(std::string_view text, size_t at, const Programs& programs) {
  constexpr size_t kFar = 160;
  std::string_view line = text.substr(at > kFar ? at - kFar : 0, std::min(at, kFar));
  if (const size_t end = line.rfind('\n'); end != std::string_view::npos) line.remove_prefix(end);
  return std::any_of(programs.begin(), programs.end(), [line](std::string_view program) {
    const size_t found = line.rfind(program);
    return found != std::string_view::npos && (found == 0 || !is_alnum(line[found - 1]));
  });
}

std::optional<Hit> as_password(std::string_view text, Place place) {
  return secret_value(text, "password", place.begin, place.end, 8);
}

// "--password X": the name ends with a blank.
std::optional<Hit> value_of_long_option(std::string_view text, size_t at) {
  constexpr size_t kLongestName = 32;
  size_t end = at + 2;
  while (end < text.size() && end - at < kLongestName && is_of(text[end], kNameByte)) ++end;
  if (end >= text.size() || text[end] != ' ') return std::nullopt;
  const std::string_view name = text.substr(at + 2, end - at - 2);
  const std::optional<size_t> least = least_secret(name);
  if (!least) return std::nullopt;
  const Place place = value_at(text, behind_blanks(text, end));
  if (place.begin >= text.size() || text[place.begin] == '-') return std::nullopt;
  return secret_value(text, name, place.begin, place.end, *least);
}

// "a:b:c", from the beginning of a line to `end`: how many fields there are before it; more than `most` are not counted.
size_t fields_before(std::string_view text, size_t end, size_t most) {
  constexpr size_t kFar = 200;
  size_t fields = 1;
  for (size_t at = end; at > 0 && text[at - 1] != '\n'; --at) {
    const char c = text[at - 1];
    if (c == ':') ++fields;
    const bool of_field = is_of(c, kNameByte) || c == ':' || c == '.' || c == '*' || c == '/';
    if (!of_field || fields > most || end - at > kFar) return 0;
  }
  return fields;
}

// user:$6$salt$hash:…
std::optional<Hit> hash_of_password(std::string_view text, size_t at) {
  const size_t begin = at + 1;
  for (const std::string_view form :
       {"$1$", "$5$", "$6$", "$y$", "$2a$", "$2b$", "$2y$", "$apr1$"}) {
    if (text.substr(begin, form.size()) != form) continue;
    size_t end = begin + form.size();
    while (end < text.size() && end - begin < kLongestValue &&
           (is_alnum(text[end]) || text[end] == '.' || text[end] == '/' || text[end] == '$' ||
            text[end] == '=' || text[end] == ','))
      ++end;
    if (end - begin < 26 || is_placeholder(text.substr(begin, end - begin)) ||
        fields_before(text, at, 1) != 1)
      return std::nullopt;
    return Hit{"secret.password-hash", Severity::kHigh, begin, end};
  }
  return std::nullopt;
}

// host:port:database:user:password, `at` behind the host.
std::optional<Hit> password_of_postgres(std::string_view text, size_t at) {
  size_t port = at + 1;
  while (port < text.size() && port - at < 7 && (is_digit(text[port]) || text[port] == '*')) ++port;
  const bool any = text.substr(at + 1, port - at - 1) == "*";
  if ((!any && port - at < 5) || port >= text.size() || text[port] != ':') return std::nullopt;
  size_t begin = port + 1;
  for (int fields = 0; fields < 2; ++fields) {  // the database, the user
    const size_t field = begin;
    while (begin < text.size() && begin - field < 64 &&
           (is_of(text[begin], kNameByte) || text[begin] == '*' || text[begin] == '.'))
      ++begin;
    if (begin == field || begin >= text.size() || text[begin] != ':') return std::nullopt;
    ++begin;
  }
  size_t end = begin;
  while (end < text.size() && end - begin<kLongestValue&& static_cast<uint8_t>(text[end])> ' ')
    ++end;
  const bool last = end == text.size() || text[end] == '\n' || text[end] == '\r';
  if (!last || fields_before(text, at, 1) != 1) return std::nullopt;
  return as_password(text, {begin, end});
}

// "Private-Lines: 14" and what follows, to the line of its check.
std::optional<Hit> key_of_putty(std::string_view text, size_t at) {
  constexpr std::string_view kName = "Private-Lines";
  constexpr size_t kLongestKey = 8192;
  if (at < kName.size() || text.substr(at - kName.size(), kName.size()) != kName)
    return std::nullopt;
  const size_t begin = text.find('\n', at);
  if (begin == std::string_view::npos || begin - at > 8) return std::nullopt;
  size_t end = begin + 1;
  while (
      end < text.size() && end - begin < kLongestKey &&
      (is_of(text[end], kBase64Byte) || text[end] == '=' || text[end] == '\n' || text[end] == '\r'))
    ++end;
  if (text.substr(end, 1) == ":") {  // of "Private-MAC"
    while (end > begin && text[end - 1] != '\n') --end;
  }
  if (end - begin < 48) return std::nullopt;
  return Hit{"secret.private-key", Severity::kCritical, begin + 1, end};
}

// The host that begins at `at`, without its port.
std::string_view host_at(std::string_view text, size_t at) {
  constexpr size_t kLongestHost = 253;
  size_t end = at;
  while (end < text.size() && end - at < kLongestHost &&
         (is_of(text[end], kNameByte) || text[end] == '.'))
    ++end;
  return text.substr(at, end - at);
}

// Nothing of a host may follow: no escape of a dot, no second '@', no other host.
bool ends_host(std::string_view rest) {
  if (rest.empty() || std::string_view("/:?#\"'`<>)]} \t\r\n;").find(rest[0]) < 17) return true;
  return rest[0] == '\\' && rest.size() > 1 &&
         std::string_view("nrt\"'/").find(rest[1]) != std::string_view::npos;
}

// 127.0.0.0/8, in four numbers.
bool is_loopback(std::string_view host) {
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// This machine, or a name that only its neighbours in one composition know: "db", "rabbitmq".
bool is_near(std::string_view text, size_t at) {
  if (text.substr(at, 5) == "[::1]") return true;
  const std::string_view host = host_at(text, at);
  if (!ends_host(text.substr(at + host.size()))) return false;
  // Of "$HOST" and "<host>" nobody knows which one it is; "@/shop" is a socket.
  if (host.empty()) return at == text.size() || text[at] == '/' || text[at] == ':';
  return host.find('.') == std::string_view::npos || is_loopback(host) || host == "0.0.0.0" ||
         host == "host.docker.internal" || host.ends_with(".localhost");
}

// RFC 2606: of documents and tests.
bool is_reserved(std::string_view text, size_t at) {
  const std::string_view host = host_at(text, at);
  for (const std::string_view domain :
       {"test", "example", "invalid", "example.com", "example.org", "example.net"}) {
    if (!host.ends_with(domain)) continue;
    const std::string_view below = host.substr(0, host.size() - domain.size());
    if (below.empty() || below.ends_with('.')) return ends_host(text.substr(at + host.size()));
  }
  return false;
}

// A password of development: that of a database beside its program, of no machine's making; or a made-up one in a document.
bool is_of_development(std::string_view password, std::string_view text, size_t host) {
  if (is_near(text, host)) return !is_random(password) || is_made_up(password);
  return is_made_up(password) && is_reserved(text, host);
}

// "redis://:mypassword@cache.acme.io": what documents have for a password, but at a host that nobody made up for one.
bool is_own_word(std::string_view userinfo, size_t colon, std::string_view text, size_t at) {
  static constexpr std::array<std::string_view, 3> kWords = {"mypassword", "mysecret",
                                                             "opensesame"};
  if (!is_among(kWords, userinfo.substr(colon + 1)) || userinfo.starts_with("user")) return false;
  const std::string host = ascii_lower(host_at(text, at));
  return host.find('.') != std::string::npos && ends_host(text.substr(at + host.size())) &&
         !is_near(text, at) && !is_reserved(text, at) && !is_placeholder(host) &&
         !has(host, "example") && !host.starts_with("my") && !has(host, ".my");
}

}  // namespace

std::optional<Hit> password_in_url(std::string_view text, size_t at) {
  size_t begin = at;
  while (begin > 0 && at - begin < 256 && text[begin - 1] > ' ' && text[begin - 1] != '/' &&
         text[begin - 1] != '"' && text[begin - 1] != '\'' && text[begin - 1] != '@')
    --begin;
  if (begin < 3 || text.substr(begin - 3, 3) != "://") return std::nullopt;
  const std::string_view userinfo = text.substr(begin, at - begin);
  const size_t colon = userinfo.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const bool own = is_own_word(userinfo, colon, text, at + 1);
  if (!own && !is_password(userinfo.substr(colon + 1))) return std::nullopt;
  size_t scheme = begin - 3;
  while (scheme > 0 && (is_alnum(text[scheme - 1]) || text[scheme - 1] == '+')) --scheme;
  if (const size_t inner = behind_escape(text, scheme); inner < begin - 3) scheme = inner;
  const std::string name = ascii_lower(text.substr(scheme, begin - 3 - scheme));
  size_t end = at + 1;
  while (end < text.size() && (is_alnum(text[end]) || std::string_view(".-:/_%").find(text[end]) !=
                                                          std::string_view::npos))
    ++end;
  const bool web = name == "http" || name == "https" || name == "ftp";
  if (web && own) return std::nullopt;
  const bool low = is_of_development(userinfo.substr(colon + 1), text, at + 1);
  return Hit{web ? "secret.url-password" : "secret.database-url",
             low   ? Severity::kLow
             : own ? Severity::kMedium
                   : Severity::kHigh,
             scheme, end};
}

std::optional<Hit> password_in_option(std::string_view text, size_t at) {
  static constexpr std::array<std::string_view, 3> kWithUser = {"curl", "wget", "http"};
  static constexpr std::array<std::string_view, 6> kWithPassword = {
      "sshpass", "docker login", "podman login", "registry login", "mysql", "mysqldump"};
  static constexpr std::array<std::string_view, 2> kWithoutBlank = {"mysql", "mysqldump"};
  if (at + 3 >= text.size() || (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n'))
    return std::nullopt;
  if (text[at + 1] == '-') {
    if (text.substr(at, 7) != "--user ") return value_of_long_option(text, at);
  } else if (text[at + 1] != 'p' && text[at + 1] != 'u') {
    return std::nullopt;
  }
  const bool of_user = text[at + 1] != 'p';
  Place place = value_at(text, behind_blanks(text, at + (text[at + 1] == '-' ? 6 : 2)));
  if (of_user) {
    const size_t colon = text.substr(0, place.end).find(':', place.begin);
    if (colon == std::string_view::npos) return std::nullopt;
    place.begin = colon + 1;
  }
  std::optional<Hit> hit = as_password(text, place);
  // "mysql -p shop": to these a password is given without a blank, and what stands behind one is a database.
  if (hit && !of_user && text[at + 2] == ' ' && is_called(text, at, kWithoutBlank)) hit.reset();
  if (hit && !(of_user ? is_called(text, at, kWithUser) : is_called(text, at, kWithPassword)))
    hit.reset();
  return hit;
}

std::optional<Hit> password_in_line(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return std::nullopt;
  const char next = text[at + 1];
  if (next == '$') return hash_of_password(text, at);
  if (is_digit(next) || next == '*') return password_of_postgres(text, at);
  return next == ' ' && at > 0 && text[at - 1] == 's' ? key_of_putty(text, at) : std::nullopt;
}

void passwords_of_netrc(std::string_view text, std::vector<Hit>& hits) {
  constexpr std::string_view kMachine = "machine ";
  for (size_t line = 0; line < text.size(); line = next_line_of_m(text, line)) {
    if (text.substr(line, kMachine.size()) == kMachine) {
      // The machine's name, then names and values in turn, perhaps on lines of their own.
      size_t at = value_at(text, line + kMachine.size()).end;
      for (int members = 0; members < 3; ++members) {
        const Place name = value_at(text, behind_white(text, at));
        const std::string_view word = text.substr(name.begin, name.end - name.begin);
        if (word != "login" && word != "account" && word != "password") break;
        const Place value = value_at(text, behind_white(text, name.end));
        at = value.end;
        if (word == "password" && is_password(text.substr(value.begin, value.end - value.begin)))
          hits.push_back({"secret.password", Severity::kHigh, value.begin, value.end});
      }
    }
  }
}

}  // namespace agentmesh::policy::scan
