#include "policy/scan/secrets.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string>

#include "policy/scan/base64_runs.h"
#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/escapes.h"
#include "policy/scan/overlaps.h"
#include "policy/scan/secret_kinds.h"
#include "policy/scan/secret_values.h"
#include "policy/scan/sixteen.h"

namespace agentmesh::policy::scan {
namespace {

bool in_name(char c) { return is_of(c, kNameByte); }

// Hits come nearly in the order of their places: what holds another one is among the last few.
constexpr size_t kLookedBack = 64;

class Finder {
 public:
  Finder(std::string_view text, std::vector<Hit>& hits) : text_(text), hits_(hits) {}

  void run() {
    next_region(0);
    for (size_t i = 0; i < text_.size();) {
      if (i >= region_end_) next_region(i);
      if (i < region_begin_) {
        i = find_sign(i, region_begin_);
        if (i >= region_begin_) continue;
      }
      const char c = text_[i];
      if (is_alnum(c)) {
        i = word(i);
        continue;
      }
      size_t end = 0;
      if (c == '-' && text_.substr(i, 11) == "-----BEGIN ") {
        end = private_key(i);
      } else if (c == '@') {
        url_with_password(i);
      } else if (c == '=' || c == ':') {
        end = assignment(i);
      }
      i = end != 0 ? end : i + 1;
    }
  }

 private:
  void put(std::string_view id, Severity severity, size_t begin, size_t end) {
    const size_t from = hits_.size() > kLookedBack ? hits_.size() - kLookedBack : 0;
    for (size_t i = end <= furthest_ ? from : hits_.size(); i < hits_.size(); ++i) {
      const Hit& hit = hits_[i];
      if (hit.begin <= begin && end <= hit.end && hit.end != 0 && hit.severity >= severity) return;
    }
    hits_.push_back({id, severity, begin, end});
    furthest_ = std::max(furthest_, end);
  }

  // A key by its own form has a long run of letters, digits and joints in it, not all of them small letters, as those of a path
  // are: words are looked at there and a little before.
  void next_region(size_t from) {
    for (size_t run = from;; run = region_end_) {
      run = find_base64_run(text_, run);
      if (run == std::string_view::npos) {
        region_begin_ = region_end_ = text_.size();
        return;
      }
      region_end_ = end_of_base64_run(text_, run + kLeastRun);
      const std::string_view letters = text_.substr(run, region_end_ - run);
      if (std::none_of(letters.begin(), letters.end(),
                       [](char c) { return is_of(c, kUpperByte | kDigitByte); }))
        continue;
      region_begin_ = std::max(from, run > kLongestStart ? run - kLongestStart : 0);
      return;
    }
  }

  // The first of the signs that something may begin at, from `from` on; `until` if there is none before it.
  size_t find_sign(size_t from, size_t until) const {
    for (; from + 16 <= until; from += 16) {
      const Sixteen bytes = Sixteen::at(text_.data() + from);
      const unsigned signs = (bytes.is('=') | bytes.is(':') | bytes.is('@') | bytes.is('-')).bits();
      if (signs != 0) return from + static_cast<size_t>(std::countr_zero(signs));
    }
    while (from < until && text_[from] != '=' && text_[from] != ':' && text_[from] != '@' &&
           text_[from] != '-')
      ++from;
    return from;
  }

  // A run of letters and digits: nothing begins inside it, unless an escape ends there. Returns where to go on.
  size_t word(size_t at) {
    const char before = at == 0 ? ' ' : text_[at - 1];
    if (const size_t end = key(at, before); end != 0) return end;
    const size_t end = end_of_alnums(text_, at);
    if (const size_t inner = behind_escape(text_, at); inner > at && inner < end)
      if (const size_t end_of_key = key(inner, ' '); end_of_key != 0) return end_of_key;
    return end;
  }

  // A key that shows itself by its form, and begins at `at`: where to go on behind it, 0 if there is none.
  size_t key(size_t at, char before) {
    const bool begins = !in_name(before);
    if (is_alpha(text_[at])) {
      // "key-ghp_…", "Bearer_sk-…": a prefix after a joint counts too, if it is long enough to be no accident.
      if (begins || before == '-' || before == '_') {
        if (const size_t end = provider_key(at); end != 0) return end;
        if (text_[at] == 'e') json_web_token(at);
      }
    } else if (begins) {
      telegram(at);
    }
    return 0;
  }

  size_t provider_key(size_t at) {
    if (at + 1 >= text_.size()) return 0;
    const bool web =
        (text_[at] == 'h' && text_[at + 1] == 'o') || (text_[at] == 'd' && text_[at + 1] == 'i');
    if (!may_begin_secret(text_[at], text_[at + 1])) return web ? web_hook(at) : 0;
    for (const SecretKind& kind : secret_kinds(text_[at])) {
      if (text_.substr(at, kind.prefix.size()) != kind.prefix) continue;
      const size_t begin = at + kind.prefix.size();
      size_t end = begin;
      while (end < text_.size() && end - begin <= kind.most && is_in(kind.alphabet, text_[end]))
        ++end;
      while (end > begin && (text_[end - 1] == '.' || text_[end - 1] == '-') &&
             end - begin > kind.least)
        --end;
      const size_t length = end - begin;
      if (keys_.too_many(begin, end)) {
        while (end < text_.size() && is_in(kind.alphabet, text_[end])) ++end;
        put(kind.id, Severity::kHigh, at, end);
        return end;
      }
      if (length < kind.least || length > kind.most || (end < text_.size() && is_alnum(text_[end])))
        continue;
      const std::string_view value = text_.substr(begin, length);
      if (is_placeholder(value) || entropy(value) < (kind.alphabet == Alphabet::kHex ? 2.8 : 3.0))
        continue;
      if (kind.id == "secret.sendgrid-key" && std::count(value.begin(), value.end(), '.') != 1)
        continue;
      put(kind.id, Severity::kHigh, at, end);
      return end;
    }
    return web ? web_hook(at) : 0;
  }

  size_t web_hook(size_t at) {
    for (const std::string_view prefix : {"hooks.slack.com/services/T", "discord.com/api/webhooks/",
                                          "discordapp.com/api/webhooks/"}) {
      if (text_.substr(at, prefix.size()) != prefix) continue;
      size_t end = at + prefix.size();
      while (end < text_.size() && (in_name(text_[end]) || text_[end] == '/')) ++end;
      if (end - at - prefix.size() < 30 || is_placeholder(text_.substr(at, end - at))) return 0;
      const size_t scheme = at >= 8 && text_.substr(at - 8, 8) == "https://" ? at - 8 : at;
      put("secret.webhook-url", Severity::kHigh, scheme, end);
      return end;
    }
    return 0;
  }

  // RFC 7519: header.payload.signature, the first two base64url of JSON objects ("eyJ").
  void json_web_token(size_t at) {
    if (text_.substr(at, 3) != "eyJ") return;
    const size_t payload = end_of_part(at) + 1;
    if (text_.substr(payload - 1, 4) != ".eyJ") return;
    const size_t signature = end_of_part(payload) + 1;
    if (text_.substr(signature - 1, 1) != ".") return;
    const size_t end = end_of_part(signature);
    if (end - (signature - 1) < 20) return;
    put("secret.jwt", Severity::kHigh, at, end);
  }

  // Where the part of a token ends that `from` stands in. A token has three, and they are kept in mind: in "eyJ-eyJ-…" each
  // beginning has the same ones.
  size_t end_of_part(size_t from) {
    for (const Part& part : parts_)
      if (part.begin <= from && from <= part.end) return part.end;
    Part& part = parts_[next_part_++ % parts_.size()];
    part = {from, from};
    while (part.end < text_.size() && is_in(Alphabet::kDash, text_[part.end])) ++part.end;
    return part.end;
  }

  // 8 to 10 digits, ':', 35 characters that begin with AA.
  void telegram(size_t at) {
    size_t colon = at;
    while (colon < text_.size() && colon - at < 11 && is_digit(text_[colon])) ++colon;
    if (colon - at < 8 || colon - at > 10 || text_.substr(colon, 3) != ":AA") return;
    size_t end = colon + 1;
    while (end < text_.size() && is_in(Alphabet::kDash, text_[end])) ++end;
    if (end - colon - 1 < 32 || end - colon - 1 > 40) return;
    put("secret.telegram-token", Severity::kHigh, at, end);
  }

  size_t private_key(size_t at) {
    // Each look goes only as far as a key can reach: a text of nothing but beginnings is read in linear time.
    const size_t label = text_.substr(0, at + 64).find("PRIVATE KEY", at);
    if (label == std::string_view::npos || label - at > 40) return 0;
    const size_t close = text_.substr(0, label + 40).find("-----", label);
    if (close == std::string_view::npos || close - label > 24) return 0;
    size_t end = end_line(close + 5, close + 16384);
    if (end == std::string_view::npos) {
      end = std::min(close + 5 + 4096, text_.size());
    } else {
      const size_t dashes = text_.substr(0, end + 128).find("-----", end + 9);
      end = dashes == std::string_view::npos ? end : std::min(dashes + 5, text_.size());
    }
    size_t body = 0;
    for (const char c : text_.substr(close + 5, end - close - 5)) body += is_alnum(c) ? 1U : 0U;
    if (body < 48) return 0;
    put("secret.private-key", Severity::kCritical, at, end);
    return end;
  }

  // The next "-----END " of [from, until); npos if there is none. Where there was none is not searched again.
  size_t end_line(size_t from, size_t until) {
    const size_t found = text_.substr(0, until).find("-----END ", std::max(from, no_end_before_));
    const size_t searched = found != std::string_view::npos ? found : std::min(until, text_.size());
    no_end_before_ = std::max(no_end_before_, searched > 8 ? searched - 8 : 0);
    return found;
  }

  // scheme://user:password@host
  void url_with_password(size_t at) {
    size_t begin = at;
    while (begin > 0 && at - begin < 256 && text_[begin - 1] > ' ' && text_[begin - 1] != '/' &&
           text_[begin - 1] != '"' && text_[begin - 1] != '\'' && text_[begin - 1] != '@')
      --begin;
    if (begin < 3 || text_.substr(begin - 3, 3) != "://") return;
    const std::string_view userinfo = text_.substr(begin, at - begin);
    const size_t colon = userinfo.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view password = userinfo.substr(colon + 1);
    if (password.size() < 6 || is_placeholder(password) ||
        password.find_first_of("${}()[]") != std::string_view::npos)
      return;
    const std::string lower = ascii_lower(password);
    for (const std::string_view word :
         {"password", "passwd", "secret", "pass", "postgres", "user", "root", "example", "token"})
      if (lower == word) return;
    size_t scheme = begin - 3;
    while (scheme > 0 && (is_alnum(text_[scheme - 1]) || text_[scheme - 1] == '+')) --scheme;
    if (const size_t inner = behind_escape(text_, scheme); inner < begin - 3) scheme = inner;
    const std::string name = ascii_lower(text_.substr(scheme, begin - 3 - scheme));
    size_t end = at + 1;
    while (end < text_.size() &&
           (is_alnum(text_[end]) ||
            std::string_view(".-:/_%").find(text_[end]) != std::string_view::npos))
      ++end;
    const bool web = name == "http" || name == "https" || name == "ftp";
    put(web ? "secret.url-password" : "secret.database-url", Severity::kHigh, scheme, end);
  }

  // name = value, "name": "value", name: value, Name: Bearer value. Returns where to go on, 0 for the next byte.
  size_t assignment(size_t at) {
    size_t name_end = at;
    while (name_end > 0 &&
           (text_[name_end - 1] == ' ' || text_[name_end - 1] == '"' ||
            text_[name_end - 1] == '\'' || text_[name_end - 1] == '\\' ||
            text_[name_end - 1] == '`') &&
           at - name_end < 4)
      --name_end;
    size_t name_begin = name_end;
    while (name_begin > 0 && name_end - name_begin < 64 &&
           (in_name(text_[name_begin - 1]) || text_[name_begin - 1] == '.'))
      --name_begin;
    const std::string_view name = text_.substr(name_begin, name_end - name_begin);
    const std::optional<size_t> least = least_secret(name);
    if (!least) return 0;
    size_t begin = at + 1;
    if (begin < text_.size() && (text_[begin] == '=' || text_[begin] == '>')) ++begin;
    size_t blanks = 0;
    while (begin < text_.size() && (text_[begin] == ' ' || text_[begin] == '\t') && blanks++ < 8)
      ++begin;
    char quote = '\0';
    if (begin < text_.size() && text_[begin] == '\\') ++begin;
    if (begin < text_.size() &&
        (text_[begin] == '"' || text_[begin] == '\'' || text_[begin] == '`'))
      quote = text_[begin++];
    for (const std::string_view scheme :
         {"Bearer ", "bearer ", "Basic ", "basic ", "token ", "Token "})
      if (begin < text_.size() && text_[begin] == scheme[0] &&
          text_.substr(begin, scheme.size()) == scheme)
        begin += scheme.size();
    const auto goes_on = [&](size_t i) {
      const char c = text_[i];
      // '=' pads base64 at the end; elsewhere another name ends there
      if (c == '=' && i + 1 < text_.size() && is_alnum(text_[i + 1])) return false;
      return c != quote && static_cast<uint8_t>(c) > ' ' && c != '"' && c != '\\' &&
             (quote != '\0' || (c != ',' && c != ';' && c != '&' && c != '\''));
    };
    size_t end = begin;
    while (end < text_.size() && end - begin < 512 && goes_on(end)) ++end;
    const size_t whole = end;
    while (quote == '\0' && end > begin &&
           std::string_view(".,;)]}!?").find(text_[end - 1]) != std::string_view::npos)
      --end;
    if (values_.too_many(begin, whole)) {
      end = whole;
      while (end < text_.size() && goes_on(end)) ++end;
      put("secret.generic", Severity::kHigh, begin, end);
      return end;
    }
    if (const auto hit = secret_value(text_, name, begin, end, *least); hit)
      put(hit->id, hit->severity, hit->begin, hit->end);
    return 0;
  }

  struct Part {
    size_t begin = 1;
    size_t end = 0;
  };

  static constexpr size_t kLongestStart = 64;

  std::string_view text_;
  std::vector<Hit>& hits_;
  Overlaps keys_;
  Overlaps values_;
  std::array<Part, 3> parts_{};
  size_t next_part_ = 0;
  size_t no_end_before_ = 0;
  size_t furthest_ = 0;  // the greatest end of a hit
  size_t region_begin_ = 0;
  size_t region_end_ = 0;
};

// A wallet's recovery phrase (BIP 39): a text of 12, 15, 18, 21 or 24 plain words and nothing else. Its words have three to
// eight letters, and none is one of the small words that no sentence of that length goes without.
bool is_seed_phrase(std::string_view text) {
  constexpr std::array<std::string_view, 40> kSmall = {
      "the",  "and",     "for",   "are",  "was",   "not", "but",   "his",  "her",   "she",
      "they", "with",    "from",  "have", "has",   "had", "were",  "been", "its",   "our",
      "your", "their",   "than",  "then", "which", "who", "does",  "did",  "these", "those",
      "into", "because", "while", "and",  "how",   "why", "where", "when", "them",  "also"};
  if (text.size() < 47 || text.size() > size_t{24} * 9) return false;
  size_t words = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    if (word.size() < 3 || word.size() > 8 ||
        !std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
      return false;
    if (std::find(kSmall.begin(), kSmall.end(), word) != kSmall.end()) return false;
    ++words;
    begin = end + 1;
  }
  return words >= 12 && words <= 24 && words % 3 == 0;
}

void put_whole(std::vector<Hit>& out, const std::vector<Hit>& within, size_t begin, size_t end) {
  for (const Hit& hit : within) {
    if (hit.severity < Severity::kHigh) continue;  // a name inside a decoded blob is a weak sign
    const auto last = out.end() - static_cast<std::ptrdiff_t>(std::min(out.size(), kLookedBack));
    const bool known = std::any_of(last, out.end(), [&](const Hit& old) {
      return old.id.substr(0, 7) == "secret." && old.begin <= begin && end <= old.end;
    });
    if (!known) out.push_back({hit.id, hit.severity, begin, end});
    return;  // the others stand in the same place
  }
}

// Runs of the text without blanks that hold percent escapes. What was found in them as they stand is not found again.
class PercentRuns {
 public:
  PercentRuns(std::string_view text, std::vector<Hit>& hits)
      : text_(text), hits_(hits), plain_(hits) {
    std::sort(plain_.begin(), plain_.end(),
              [](const Hit& a, const Hit& b) { return a.begin < b.begin; });
  }

  void run() {
    constexpr size_t kShortest = 12;  // a name, an escape, a value
    for (size_t end = 0;;) {
      const size_t sign = text_.find('%', end);
      if (sign == std::string_view::npos) return;
      size_t begin = sign;
      while (begin > end && is_of_run(text_[begin - 1])) --begin;
      end = sign;
      while (end < text_.size() && is_of_run(text_[end])) ++end;
      if (end - begin >= kShortest) decode(begin, end);
    }
  }

 private:
  static bool is_of_run(char c) { return static_cast<uint8_t>(c) > ' ' && c != '"'; }

  void decode(size_t begin, size_t end) {
    const Percent decoded = percent_decode(text_.substr(begin, end - begin));
    if (!decoded.changed) return;
    std::vector<Hit> found;
    Finder(decoded.text, found).run();
    if (found.empty()) return;
    const std::vector<std::string_view> standing = values(begin, end);
    std::erase_if(found, [&](const Hit& hit) {
      const std::string_view value(decoded.text);
      return std::binary_search(standing.begin(), standing.end(),
                                value.substr(hit.begin, hit.end - hit.begin));
    });
    put_whole(hits_, found, begin, end);
  }

  // What was found in a run as it stands.
  std::vector<std::string_view> values(size_t begin, size_t end) {
    std::vector<std::string_view> out;
    while (next_ < plain_.size() && plain_[next_].begin < begin) ++next_;
    for (; next_ < plain_.size() && plain_[next_].begin < end; ++next_)
      out.push_back(text_.substr(plain_[next_].begin, plain_[next_].end - plain_[next_].begin));
    std::sort(out.begin(), out.end());
    return out;
  }

  std::string_view text_;
  std::vector<Hit>& hits_;
  std::vector<Hit> plain_;
  size_t next_ = 0;
};

}  // namespace

void find_secrets(Reading& reading, std::string_view key, std::vector<Hit>& hits) {
  const std::string_view text = reading.text();
  std::vector<Hit> found;
  Finder(text, found).run();
  if (!key.empty() && found.empty() && text.size() <= 512) {
    if (const auto least = least_secret(key);
        least && is_random(text) && text.find_first_of(" \t\n") == std::string_view::npos)
      if (const auto hit = secret_value(text, key, 0, text.size(), *least); hit)
        found.push_back(*hit);
  }
  if (is_seed_phrase(text))
    found.push_back({"secret.seed-phrase", Severity::kHigh, 0, text.size()});
  if (text.find('%') != std::string_view::npos) PercentRuns(text, found).run();
  for (const Encoded& piece : reading.encoded()) {
    std::vector<Hit> inner;
    Finder(piece.content, inner).run();
    put_whole(found, inner, piece.begin, piece.end);
  }
  if (!reading.plain()) {
    const Folded& folded = reading.folded();
    if (folded.changed) {
      std::vector<Hit> inner;
      Finder(folded.text, inner).run();
      for (const Hit& hit : inner)
        put_whole(found, {hit}, folded.map[hit.begin], folded.map[hit.end]);
    }
  }
  hits.insert(hits.end(), found.begin(), found.end());
}

}  // namespace agentmesh::policy::scan
