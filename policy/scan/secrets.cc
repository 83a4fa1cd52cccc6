#include "policy/scan/secrets.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "policy/scan/decode.h"
#include "policy/scan/secret_finder.h"
#include "policy/scan/secret_names.h"
#include "policy/scan/secret_values.h"

namespace agentmesh::policy::scan {
namespace {

// A wallet's recovery phrase (BIP 39): a text of 12, 15, 18, 21 or 24 plain words and nothing else. Its words have three to
// eight letters, and none is one of the small words that no sentence of that length goes without.
bool is_seed_phrase(std::string_view text) {
  static constexpr std::array<std::string_view, 40> kSmall = {
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

void sort_by_place(std::vector<Hit>& hits) {
  const auto before = [](const Hit& a, const Hit& b) { return a.begin < b.begin; };
  if (!std::is_sorted(hits.begin(), hits.end(), before))
    std::stable_sort(hits.begin(), hits.end(), before);
}

// Adds what is found under disguises, each by the place of its disguise, in the order of their places, and nothing in a place that
// is found already, unless that is of no account.
class Disguised {
 public:
  explicit Disguised(std::vector<Hit>& hits) : hits_(hits), standing_(hits) {
    std::erase_if(standing_, [](const Hit& hit) { return hit.severity == Severity::kLow; });
    sort_by_place(standing_);
  }

  // What was there before, by place.
  const std::vector<Hit>& standing() const { return standing_; }

  // [begin, end) holds `hit`, or cannot be read.
  void put(const Hit& hit, size_t begin, size_t end) {
    for (; next_ < standing_.size() && standing_[next_].begin <= begin; ++next_)
      known_to_ = std::max(known_to_, standing_[next_].end);
    if (end <= known_to_) return;  // a finding holds it
    known_to_ = end;
    hits_.push_back({hit.id, hit.severity, begin, end});
  }
  void put_first(const std::vector<Hit>& within, size_t begin, size_t end) {
    const auto first = std::find_if(within.begin(), within.end(), is_sure);
    if (first != within.end()) put(*first, begin, end);  // the others stand in the same place
  }
  // Too much was judged already.
  void put_unread(size_t begin, size_t end) {
    put({"secret.generic", Severity::kHigh}, begin, end);
  }

  // A name inside a decoded blob is a weak sign.
  static bool is_sure(const Hit& hit) { return hit.severity >= Severity::kHigh; }

 private:
  std::vector<Hit>& hits_;
  std::vector<Hit> standing_;
  size_t next_ = 0;
  size_t known_to_ = 0;
};

// Escapes that spell characters.
enum class Spelling : uint8_t { kPercent, kBackslash, kReference };

// What a run spells with them; "" if there is none in it.
std::string spelled(std::string_view run, Spelling spelling) {
  std::string out;
  if (spelling == Spelling::kPercent) out = percent_decode(run).text;
  if (spelling == Spelling::kBackslash) out = backslash_decode(run);
  if (spelling == Spelling::kReference) out = html_decode(run);
  if (out == run) out.clear();
  return out;
}

// Runs of the text without blanks that hold escapes. What was found in them as they stand is not found again.
class EscapedRuns {
 public:
  EscapedRuns(std::string_view text, Spelling spelling, Effort& effort, std::vector<Hit>& hits)
      : text_(text), spelling_(spelling), effort_(effort), disguised_(hits) {}

  void run() {
    constexpr size_t kShortest = 12;  // a name, an escape, a value
    for (size_t end = 0;;) {
      const size_t sign = next_escape(end);
      if (sign == std::string_view::npos) return;
      size_t begin = sign;
      while (begin > end && is_of_run(text_[begin - 1])) --begin;
      end = sign;
      while (end < text_.size() && is_of_run(text_[end])) ++end;
      if (end - begin >= kShortest) decode(begin, end);
    }
  }

 private:
  // The next one that may spell a letter or a digit.
  size_t next_escape(size_t from) const {
    if (spelling_ == Spelling::kPercent) return text_.find('%', from);
    const char sign = spelling_ == Spelling::kBackslash ? '\\' : '&';
    for (size_t at = text_.find(sign, from); at != std::string_view::npos;
         at = text_.find(sign, at + 1)) {
      const char next = at + 1 < text_.size() ? text_[at + 1] : ' ';
      if (sign == '&' ? next == '#' : next == 'x' || next == 'u') return at;
    }
    return std::string_view::npos;
  }

  static bool is_of_run(char c) { return static_cast<uint8_t>(c) > ' ' && c != '"'; }

  void decode(size_t begin, size_t end) {
    if (effort_.exhausted()) return disguised_.put_unread(begin, end);
    const std::string decoded = spelled(text_.substr(begin, end - begin), spelling_);
    if (decoded.empty()) return;
    std::vector<Hit> found;
    find_standing_secrets(decoded, find_base64_run(decoded, 0), effort_, found);
    if (found.empty()) return;
    const std::vector<std::string_view> standing = values(begin, end);
    const auto fresh = std::find_if(found.begin(), found.end(), [&](const Hit& hit) {
      const std::string_view value(decoded);
      return Disguised::is_sure(hit) &&
             !std::binary_search(standing.begin(), standing.end(),
                                 value.substr(hit.begin, hit.end - hit.begin));
    });
    if (fresh != found.end()) disguised_.put(*fresh, begin, end);
  }

  // What was found in a run as it stands.
  std::vector<std::string_view> values(size_t begin, size_t end) {
    std::vector<std::string_view> out;
    const std::vector<Hit>& standing = disguised_.standing();
    while (next_ < standing.size() && standing[next_].begin < begin) ++next_;
    for (; next_ < standing.size() && standing[next_].begin < end; ++next_)
      out.push_back(
          text_.substr(standing[next_].begin, standing[next_].end - standing[next_].begin));
    std::sort(out.begin(), out.end());
    return out;
  }

  std::string_view text_;
  Spelling spelling_;
  Effort& effort_;
  Disguised disguised_;
  size_t next_ = 0;
};

void find_in_encoded(const std::vector<Encoded>& pieces, Effort& effort, std::vector<Hit>& hits) {
  Disguised disguised(hits);
  for (const Encoded& piece : pieces) {
    if (effort.exhausted()) {
      disguised.put_unread(piece.begin, piece.end);
      continue;
    }
    std::vector<Hit> within;
    find_standing_secrets(piece.content, find_base64_run(piece.content, 0), effort, within);
    disguised.put_first(within, piece.begin, piece.end);
  }
}

void find_in_folded(const Folded& folded, size_t size, Effort& effort, std::vector<Hit>& hits) {
  Disguised disguised(hits);
  if (effort.exhausted()) return disguised.put_unread(0, size);
  std::vector<Hit> within;
  find_standing_secrets(folded.text, find_base64_run(folded.text, 0), effort, within);
  sort_by_place(within);
  for (const Hit& hit : within)
    if (Disguised::is_sure(hit)) disguised.put(hit, folded.map[hit.begin], folded.map[hit.end]);
}

}  // namespace

void find_secrets(Reading& reading, std::string_view key, std::vector<Hit>& hits) {
  const std::string_view text = reading.text();
  Effort effort(text.size());
  std::vector<Hit> found;
  find_standing_secrets(text, reading.first_run(), effort, found);
  if (!key.empty() && found.empty() && text.size() <= 512) {
    if (const auto least = least_secret(key);
        least && is_random(text) && text.find_first_of(" \t\n") == std::string_view::npos)
      if (const auto hit = secret_value(text, key, 0, text.size(), *least); hit)
        found.push_back(*hit);
  }
  if (is_seed_phrase(text))
    found.push_back({"secret.seed-phrase", Severity::kHigh, 0, text.size()});
  for (const auto& [sign, spelling] :
       {std::pair{'%', Spelling::kPercent}, std::pair{'\\', Spelling::kBackslash},
        std::pair{'&', Spelling::kReference}})
    if (text.find(sign) != std::string_view::npos) EscapedRuns(text, spelling, effort, found).run();
  if (!reading.encoded().empty()) find_in_encoded(reading.encoded(), effort, found);
  if (!reading.plain() && reading.folded().changed)
    find_in_folded(reading.folded(), text.size(), effort, found);
  hits.insert(hits.end(), found.begin(), found.end());
}

}  // namespace agentmesh::policy::scan
