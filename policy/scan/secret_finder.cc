#include "policy/scan/secret_finder.h"

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
#include "policy/scan/pem_keys.h"
#include "policy/scan/prose_passwords.h"
#include "policy/scan/public_values.h"
#include "policy/scan/sealed_values.h"
#include "policy/scan/secret_forms.h"
#include "policy/scan/secret_kinds.h"
#include "policy/scan/secret_links.h"
#include "policy/scan/secret_names.h"
#include "policy/scan/secret_places.h"
#include "policy/scan/secret_values.h"
#include "policy/scan/sixteen.h"

namespace agentmesh::policy::scan {
namespace {

bool in_name(char c) { return is_of(c, kNameByte); }

// What stands before the sign of an assignment: a name, or what closes it.
constexpr ByteSet kBeforeSign([](uint8_t c) {
  return (byte_classes::classes_of(c) & kNameByte) != 0 || c >= 0x80 ||
         std::string_view(". \"'\\`]").find(static_cast<char>(c)) != std::string_view::npos;
});
// In front of a value.
constexpr std::array<std::string_view, 6> kSchemes = {"Bearer ", "bearer ", "Basic ",
                                                      "basic ",  "token ",  "Token "};
// What no value holds, in quotes and without any.
constexpr bool is_behind_quoted(uint8_t c) { return c <= ' ' || c == '"' || c == '\\'; }
constexpr ByteSet kBehindQuoted([](uint8_t c) { return is_behind_quoted(c); });
constexpr ByteSet kBehindBare([](uint8_t c) {
  return is_behind_quoted(c) || c == ',' || c == ';' || c == '&' || c == '\'';
});
// What a line of a file of passwords goes on with.
constexpr ByteSet kBehindField([](uint8_t c) {
  return c == '$' || c == '*' || c == ' ' || (c >= '0' && c <= '9');
});
// What a sentence puts behind one.
constexpr ByteSet kSentenceEnds([](uint8_t c) {
  return std::string_view(".,;)]}!?").find(static_cast<char>(c)) != std::string_view::npos;
});

// Hits come nearly in the order of their places: what holds another one is among the last few.
constexpr size_t kLookedBack = 64;

constexpr size_t kLongestScheme = 24;  // in front of what authorizes

// "AWS4-HMAC-SHA256", "GOOG4-RSA-SHA256": by which requests are signed, and who signs stands behind it.
bool is_way_to_sign(std::string_view scheme) {
  return scheme.size() < kLongestScheme && has(scheme, "-SHA") &&
         std::none_of(scheme.begin(), scheme.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

class Finder {
 public:
  Finder(std::string_view text, size_t first_run, Effort& effort, std::vector<Hit>& hits)
      : text_(text),
        first_run_(first_run),
        effort_(effort),
        hits_(hits),
        links_(text),
        pem_keys_(text),
        sealed_(text) {}

  void run() {
    region(0, first_run_);
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
        put(password_in_url(text_, i));
      } else if (c == '-') {
        if (i == 0 || text_[i - 1] == ' ' || text_[i - 1] == '\n')
          put(password_in_option(text_, i));
        else if (i + 3 < text_.size() && text_[i + 1] == 'u')
          put(mailchimp_key(text_, i));
      } else if (c == '=' || c == ':') {
        if (c == ':' && i + 1 < text_.size() && kBehindField.holds(text_[i + 1]))
          put(password_in_line(text_, i));
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
  // are, unless more of them stand in a row than any word has: words are looked at there and a little before.
  void next_region(size_t from) { region(from, find_base64_run(text_, from)); }
  void region(size_t from, size_t run) {
    for (;; run = find_base64_run(text_, region_end_)) {
      if (run == std::string_view::npos) {
        region_begin_ = region_end_ = text_.size();
        return;
      }
      region_end_ = end_of_base64_run(text_, run + kLeastRun);
      const std::string_view letters = text_.substr(run, region_end_ - run);
      if (std::none_of(letters.begin(), letters.end(),
                       [](char c) { return is_of(c, kUpperByte | kDigitByte); }) &&
          !has_long_word(letters))
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
    if (!in_name(before)) put(azure_key(text_, at, end));
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
        // api.telegram.org/bot<token>/…
        if (text_[at] == 'b' && text_.substr(at, 3) == "bot") put(telegram_token(text_, at + 3));
      }
    } else if (begins) {
      put(telegram_token(text_, at));
      if (text_[at] == '1') put(google_token(text_, at));
    }
    return 0;
  }

  size_t provider_key(size_t at) {
    if (at + 1 >= text_.size()) return 0;
    if (may_begin_web_hook(text_[at], text_[at + 1]))
      if (const auto hook = web_hook(text_, at); hook) {
        put(hook);
        return hook->end;
      }
    if (!may_begin_secret(text_[at], text_[at + 1])) return 0;
    for (const SecretKind& kind : secret_kinds(text_[at])) {
      if (kind.prefix[1] != text_[at + 1] || text_.substr(at, kind.prefix.size()) != kind.prefix)
        continue;
      const size_t begin = at + kind.prefix.size();
      size_t end = begin;
      while (end < text_.size() && end - begin <= kind.most && is_in(kind.alphabet, text_[end]))
        ++end;
      while (end > begin && (text_[end - 1] == '.' || text_[end - 1] == '-') &&
             end - begin > kind.least)
        --end;
      const size_t length = end - begin;
      effort_.took(length);
      // "path-to-the-pattern": a short prefix begins words as well, and what has a form to show is not put down unseen.
      const bool short_form = kind.form != nullptr && kind.most < kShortForm;
      if (!short_form && keys_.too_many(begin, end)) {
        while (end < text_.size() && is_in(kind.alphabet, text_[end])) ++end;
        put(kind.id, Severity::kHigh, at, end);
        return end;
      }
      if (length < kind.least || length > kind.most || (end < text_.size() && is_alnum(text_[end])))
        continue;
      const std::string_view value = text_.substr(begin, length);
      if (is_placeholder(value) || entropy(value) < (kind.alphabet == Alphabet::kHex ? 2.8 : 3.0))
        continue;
      if (kind.form != nullptr && !kind.form(value)) continue;
      if (kind.id == "secret.aws-access-key" && links_.sign_with(at)) return end;
      const bool told = kind.prefix == "AIza" && is_public_key(text_, at, end);
      put(kind.id, told ? Severity::kLow : Severity::kHigh, at, end);
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
    const std::string_view content = text_.substr(payload, signature - 1 - payload);
    put("secret.jwt",
        is_sample_token(content)      ? Severity::kMedium
        : is_anonymous_token(content) ? Severity::kLow
                                      : Severity::kHigh,
        at, end);
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

  size_t private_key(size_t at) {
    const auto found = pem_keys_.at(at);
    put(found);
    return found ? found->end : 0;
  }

  void put(const std::optional<Hit>& hit) {
    if (hit) put(hit->id, hit->severity, hit->begin, hit->end);
  }

  // name = value, "name": "value", name: value, Name: Bearer value. Returns where to go on, 0 for the next byte.
  size_t assignment(size_t at) {
    if (at == 0 || !kBeforeSign.holds(text_[at - 1])) return 0;
    size_t name_end = at;
    while (name_end > 0 &&
           (text_[name_end - 1] == ' ' || text_[name_end - 1] == '"' ||
            text_[name_end - 1] == '\'' || text_[name_end - 1] == '\\' ||
            text_[name_end - 1] == '`' || text_[name_end - 1] == ']') &&
           at - name_end < 4)
      --name_end;
    size_t name_begin = name_end;
    while (name_begin > 0 && name_end - name_begin < 64 &&
           (in_name(text_[name_begin - 1]) || text_[name_begin - 1] == '.'))
      --name_begin;
    const std::string_view name = text_.substr(name_begin, name_end - name_begin);
    // of a test; a scope
    if (text_[at] == ':' && (name == "PASS" || text_.substr(at, 2) == "::")) return 0;
    std::optional<size_t> least = least_secret(name);
    if (!least && name_begin > 0 && is_of(text_[name_begin - 1], kWideByte))
      least = least_secret_in_words(text_.substr(0, name_end));
    if (!least && is_signature_of_link(name) && links_.hold(name_begin)) least = kLeastToken;
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
    const size_t scheme = scheme_at(name, begin);
    const bool basic = scheme == 6 && lower(text_[begin]) == 'b';
    begin += scheme;
    const ByteSet& behind = quote == '\0' ? kBehindBare : kBehindQuoted;
    const auto goes_on = [&](size_t i) {
      const char c = text_[i];
      // '=' pads base64 at the end; elsewhere another name ends there
      if (c == '=' && i + 1 < text_.size() && is_alnum(text_[i + 1])) return false;
      return c != quote && !behind.holds(c);
    };
    size_t end = begin;
    while (end < text_.size() && end - begin < 512 && goes_on(end)) ++end;
    const size_t whole = end;
    while (quote == '\0' && end > begin && kSentenceEnds.holds(text_[end - 1])) --end;
    // "Sommer2023!": the mark that people put behind a password is a part of it.
    const std::string_view bare = text_.substr(begin, end - begin);
    if (*least == kLeastPassword && end < whole && text_[end] == '!' &&
        std::any_of(bare.begin(), bare.end(), is_digit))
      ++end;
    effort_.took(whole - begin);
    if (values_.too_many(begin, whole)) {
      end = whole;
      while (end < text_.size() && goes_on(end)) ++end;
      put("secret.generic", Severity::kHigh, begin, end);
      return end;
    }
    if (basic && is_login(text_.substr(begin, end - begin))) {
      // A name and a password, however short or wordy it is.
      put("secret.password", Severity::kHigh, begin, end);
      return 0;
    }
    if (is_authorization(name) && is_way_to_sign(text_.substr(begin, end - begin))) return 0;
    if (const auto hit = secret_value(text_, name, begin, end, *least); hit) {
      const bool by_chance = is_named_by_chance(hit->id);
      if (by_chance && sealed_.hold(name_begin, text_.substr(begin, end - begin))) return 0;
      if (by_chance && links_.hold(name_begin))
        put("secret.link", Severity::kMedium, hit->begin, hit->end);
      else
        put(hit->id, hit->severity, hit->begin, hit->end);
    }
    return 0;
  }

  // How long the scheme is that stands before a value, with its blank: "Bearer ", or any word behind Authorization.
  size_t scheme_at(std::string_view name, size_t begin) const {
    for (const std::string_view scheme : kSchemes)
      if (begin < text_.size() && text_[begin] == scheme[0] &&
          text_.substr(begin, scheme.size()) == scheme)
        return scheme.size();
    if (!is_authorization(name)) return 0;
    size_t end = begin;
    bool digits = false;
    for (; end < text_.size() && end - begin < kLongestScheme; ++end) {
      if (!is_alnum(text_[end]) && text_[end] != '-') break;
      digits = digits || is_digit(text_[end]);
    }
    // With digits in it, "OAuth2", only what is too short to be the value.
    if (digits && end - begin >= kLeastToken && !is_way_to_sign(text_.substr(begin, end - begin)))
      return 0;
    if (end == begin || end >= text_.size()) return 0;
    return text_[end] == ' ' ? end + 1 - begin : 0;
  }

  // Known by its name alone, and not by its form.
  static bool is_named_by_chance(std::string_view id) {
    return id == "secret.password" || id == "secret.generic";
  }

  struct Part {
    size_t begin = 1;
    size_t end = 0;
  };

  static constexpr size_t kLongestStart = 64;
  static constexpr size_t kShortForm = 100;

  std::string_view text_;
  size_t first_run_;
  Effort& effort_;
  std::vector<Hit>& hits_;
  Overlaps keys_;
  Overlaps values_;
  std::array<Part, 3> parts_{};
  size_t next_part_ = 0;
  size_t furthest_ = 0;  // the greatest end of a hit
  LinkQueries links_;
  PemKeys pem_keys_;
  SealedBlocks sealed_;
  size_t region_begin_ = 0;
  size_t region_end_ = 0;
};

}  // namespace

void find_standing_secrets(std::string_view text, size_t first_run, Effort& effort,
                           std::vector<Hit>& hits) {
  Finder(text, first_run, effort, hits).run();
  passwords_of_netrc(text, hits);
  passwords_of_prose(text, hits);
}

}  // namespace agentmesh::policy::scan
