#include "policy/scan/secret_kinds.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "policy/scan/secret_values.h"

namespace agentmesh::policy::scan {
namespace {

using enum Alphabet;

// Where the only `joint` of a value stands; npos if there is none or another one.
size_t only(std::string_view value, char joint) {
  const size_t at = value.find(joint);
  return at == value.rfind(joint) ? at : std::string_view::npos;
}
bool is_all(std::string_view value, Alphabet alphabet) {
  return std::all_of(value.begin(), value.end(), [alphabet](char c) { return is_in(alphabet, c); });
}
bool is_number(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_of_sendgrid(std::string_view value) { return only(value, '.') != std::string_view::npos; }
// 14 letters and digits, a dot, 64 of hex.
bool is_of_airtable(std::string_view value) {
  return only(value, '.') == 14 && is_all(value.substr(15), kHex);
}
// Joined as names in source code are as well: re_evaluate_allOutstandingInvoices.
bool is_made(std::string_view value) { return is_of_all_kinds(value) && is_made_by_machine(value); }
bool is_of_resend(std::string_view value) {
  return only(value, '_') == 8 && is_made(value.substr(9));
}
// The user's number, and 32 capitals and digits.
bool is_of_clickup(std::string_view value) {
  const size_t joint = only(value, '_');
  return joint != std::string_view::npos && value.size() - joint == 33 &&
         is_number(value.substr(0, joint)) && is_all(value.substr(joint + 1), kUpper);
}
bool is_uuid(std::string_view value) {
  for (const size_t dash : {8U, 13U, 18U, 23U})
    if (value[dash] != '-') return false;
  return std::count(value.begin(), value.end(), '-') == 4;
}
// 24 of hex, a dash, 146 of hex.
bool is_of_cloudflare(std::string_view value) {
  return only(value, '-') == 24 && is_all(value.substr(0, 24), kHex) &&
         is_all(value.substr(25), kHex);
}
// Between two parts without a form, the letters that Facebook writes its own three with.
bool is_of_facebook(std::string_view value) {
  for (const std::string_view mark : {"ZA", "ZB", "ZC", "ZD"})
    if (value.find(mark) != std::string_view::npos) return is_of_all_kinds(value);
  return false;
}
// The bot's number in base64, a time, a signature. `value` lacks the first two letters, by which the digits of a number begin.
bool is_of_discord(std::string_view value) {
  const size_t first = value.find('.');
  const size_t second = value.rfind('.');
  return first >= 20 && first <= 26 && second == first + 7 && value.size() - second >= 28 &&
         std::count(value.begin(), value.end(), '.') == 2 && is_of_all_kinds(value);
}

constexpr SecretKind kKinds[] = {
    {"AGE-SECRET-KEY-1", "secret.age-key", kUpper, 50, 64},
    {"AIza", "secret.google-api-key", kDash, 32, 39},
    {"AKCp", "secret.artifactory-token", kAlnum, 60, 80},
    {"AKIA", "secret.aws-access-key", kUpper, 16, 16},
    {"AKID", "secret.tencent-key", kAlnum, 32, 32},
    {"ASIA", "secret.aws-access-key", kUpper, 16, 16},
    {"ABIA", "secret.aws-access-key", kUpper, 16, 16},
    {"ACCA", "secret.aws-access-key", kUpper, 16, 16},
    {"ATATT3", "secret.atlassian-token", kDash, 60, 400},
    {"ATBB", "secret.atlassian-token", kAlnum, 32, 32},
    {"ABSKQmVkcm9ja0FQSUtleS", "secret.aws-bedrock-key", kBase64, 60, 200},
    {"ATTA", "secret.trello-token", kHex, 64, 64},
    {"BSA", "secret.brave-key", kAlnum, 28, 28, is_made},
    {"CLOJARS_", "secret.clojars-token", kAlnum, 60, 60},
    {"CCIPAT_", "secret.circleci-token", kWord, 40, 80},
    {"CFPAT-", "secret.contentful-token", kDash, 43, 43},
    {"EAACEdEose0cBA", "secret.facebook-token", kAlnum, 20, 400},
    {"EZAK", "secret.easypost-key", kAlnum, 54, 54},
    {"EAAA", "secret.square-token", kDash, 60, 60, is_of_all_kinds},
    {"EAA", "secret.facebook-token", kAlnum, 80, 400, is_of_facebook},
    {"FlyV1 fm", "secret.fly-token", kBase64, 40, 2000},
    {"GOCSPX-", "secret.google-oauth", kDash, 24, 40},
    {"GR1348941", "secret.gitlab-token", kDash, 20, 20},
    {"HRKU-", "secret.heroku-key", kDash, 30, 80},
    {"LTAI", "secret.alibaba-key", kAlnum, 16, 26},
    {"MT", "secret.discord-token", kDot, 52, 75, is_of_discord},
    {"Mj", "secret.discord-token", kDot, 52, 75, is_of_discord},
    {"Mz", "secret.discord-token", kDot, 52, 75, is_of_discord},
    {"NRAK-", "secret.newrelic-key", kAlnum, 27, 27},
    {"NRII-", "secret.newrelic-key", kDash, 32, 32},
    {"ND", "secret.discord-token", kDot, 52, 75, is_of_discord},
    {"NT", "secret.discord-token", kDot, 52, 75, is_of_discord},
    {"Nj", "secret.discord-token", kDot, 52, 75, is_of_discord},
    {"Nz", "secret.discord-token", kDot, 52, 75, is_of_discord},
    {"OD", "secret.discord-token", kDot, 52, 75, is_of_discord},
    {"OT", "secret.discord-token", kDot, 52, 75, is_of_discord},
    {"PMAK-", "secret.postman-key", kDash, 50, 70},
    {"SG.", "secret.sendgrid-key", kDot, 50, 80, is_of_sendgrid},
    {"SK", "secret.twilio-key", kHex, 32, 32},
    {"atlasv1.", "secret.terraform-token", kDash, 40, 120},
    {"aio_", "secret.adafruit-key", kAlnum, 28, 28},
    {"apify_api_", "secret.apify-token", kAlnum, 30, 50},
    {"bkua_", "secret.buildkite-token", kHex, 40, 40},
    {"cal_live_", "secret.cal-key", kHex, 32, 32},
    {"cio", "secret.crates-token", kAlnum, 32, 32, is_made},
    {"csk-", "secret.cerebras-key", kAlnum, 40, 60},
    {"ctx7sk-", "secret.context7-key", kDash, 36, 36, is_uuid},
    {"dapi", "secret.databricks-token", kHex, 32, 34},
    {"dckr_oat_", "secret.docker-token", kDash, 24, 40},
    {"dckr_pat_", "secret.docker-token", kDash, 24, 40},
    {"doo_v1_", "secret.digitalocean-token", kHex, 64, 64},
    {"dop_v1_", "secret.digitalocean-token", kHex, 64, 64},
    {"dor_v1_", "secret.digitalocean-token", kHex, 64, 64},
    {"dp.pt.", "secret.doppler-token", kAlnum, 40, 48},
    {"dp.st.", "secret.doppler-token", kDot, 40, 64},
    {"duffel_live_", "secret.duffel-token", kDash, 43, 43},
    {"e2b_", "secret.e2b-key", kHex, 40, 40},
    {"figd_", "secret.figma-token", kDash, 36, 60},
    {"fm1r_", "secret.fly-token", kBase64, 60, 2000},
    {"fm2_", "secret.fly-token", kBase64, 60, 2000},
    {"fo1_", "secret.fly-token", kDash, 43, 43},
    {"fc-", "secret.firecrawl-key", kHex, 32, 32},
    {"ghp_", "secret.github-token", kAlnum, 36, 40},
    {"gho_", "secret.github-token", kAlnum, 36, 40},
    {"ghu_", "secret.github-token", kAlnum, 36, 40},
    {"ghs_", "secret.github-token", kAlnum, 36, 40},
    {"ghr_", "secret.github-token", kAlnum, 36, 80},
    {"github_pat_", "secret.github-token", kWord, 60, 100},
    {"glpat-", "secret.gitlab-token", kDash, 18, 80},
    {"gldt-", "secret.gitlab-token", kDash, 18, 80},
    {"glrt-", "secret.gitlab-token", kDash, 18, 80},
    {"glptt-", "secret.gitlab-token", kDash, 30, 80},
    {"glcbt-", "secret.gitlab-token", kDash, 18, 80},
    {"glagent-", "secret.gitlab-token", kDash, 40, 80},
    {"glft-", "secret.gitlab-token", kDash, 18, 80},
    {"glimt-", "secret.gitlab-token", kDash, 18, 80},
    {"glsoat-", "secret.gitlab-token", kDash, 18, 80},
    {"glsa_", "secret.grafana-token", kWord, 32, 60},
    {"glc_", "secret.grafana-token", kBase64, 32, 400},
    {"gsk_", "secret.groq-key", kAlnum, 40, 60},
    {"hf_", "secret.huggingface-token", kAlnum, 30, 40},
    {"hvs.", "secret.vault-token", kDash, 24, 200},
    {"hvb.", "secret.vault-token", kDash, 24, 300},
    {"jina_", "secret.jina-key", kDash, 56, 70},
    {"key-", "secret.mailgun-key", kHex, 32, 32},
    {"key_", "secret.cursor-key", kHex, 64, 64},
    {"lin_api_", "secret.linear-key", kAlnum, 32, 48},
    {"lin_oauth_", "secret.linear-key", kHex, 64, 64},
    {"lsv2_pt_", "secret.langsmith-key", kWord, 36, 60},
    {"lsv2_sk_", "secret.langsmith-key", kWord, 36, 60},
    {"nfp_", "secret.netlify-token", kAlnum, 36, 48},
    {"npm_", "secret.npm-token", kAlnum, 36, 36},
    {"ntn_", "secret.notion-token", kAlnum, 40, 60},
    {"nvapi-", "secret.nvidia-key", kDash, 60, 80},
    {"oy2", "secret.nuget-key", kAlnum, 43, 43},
    {"ops_eyJ", "secret.1password-token", kBase64, 200, 2000},
    {"pat-eu1-", "secret.hubspot-token", kDash, 36, 36},
    {"pat-na1-", "secret.hubspot-token", kDash, 36, 36},
    {"phx_", "secret.posthog-key", kAlnum, 36, 52},
    {"pplx-", "secret.perplexity-key", kAlnum, 40, 60},
    {"pscale_tkn_", "secret.planetscale-token", kDash, 32, 64},
    {"pul-", "secret.pulumi-token", kHex, 40, 40},
    {"pypi-AgE", "secret.pypi-token", kDash, 50, 400},
    {"pa-", "secret.voyage-key", kDash, 43, 43, is_made},
    {"pat", "secret.airtable-token", kDot, 79, 79, is_of_airtable},
    {"pcsk_", "secret.pinecone-key", kWord, 60, 80},
    {"pk_", "secret.clickup-token", kWord, 39, 43, is_of_clickup},
    {"polar_oat_", "secret.polar-token", kAlnum, 40, 60},
    {"r8_", "secret.replicate-token", kAlnum, 37, 37},
    {"rk_live_", "secret.stripe-key", kAlnum, 20, 120},
    {"rk_test_", "secret.stripe-key", kAlnum, 16, 120},
    {"rdme_", "secret.readme-key", kAlnum, 70, 70},
    {"rubygems_", "secret.rubygems-key", kHex, 48, 48},
    {"re_", "secret.resend-key", kWord, 32, 36, is_of_resend},
    {"rnd_", "secret.render-key", kAlnum, 26, 40, is_made},
    {"sbp_", "secret.supabase-key", kHex, 40, 40},
    {"secret_", "secret.notion-token", kAlnum, 43, 43},
    {"sgp_", "secret.sourcegraph-token", kWord, 40, 60},
    {"shpat_", "secret.shopify-token", kHex, 32, 32},
    {"shpca_", "secret.shopify-token", kHex, 32, 32},
    {"shppa_", "secret.shopify-token", kHex, 32, 32},
    {"shpss_", "secret.shopify-token", kHex, 32, 32},
    {"shippo_live_", "secret.shippo-token", kHex, 40, 40},
    {"sk-ant-", "secret.anthropic-key", kDash, 32, 140},
    {"sk-proj-", "secret.openai-key", kDash, 32, 220},
    {"sk-svcacct-", "secret.openai-key", kDash, 32, 220},
    {"sk-admin-", "secret.openai-key", kDash, 32, 220},
    {"sk-or-v1-", "secret.openrouter-key", kHex, 64, 64},
    {"sk-", "secret.openai-key", kAlnum, 32, 64},
    {"sk_live_", "secret.stripe-key", kAlnum, 20, 120},
    {"sk_test_", "secret.stripe-key", kAlnum, 16, 120},
    {"sl.", "secret.dropbox-token", kDash, 120, 1400},
    {"sntrys_", "secret.sentry-token", kBase64, 60, 400},
    {"sntryu_", "secret.sentry-token", kHex, 64, 64},
    {"sq0atp-", "secret.square-token", kDash, 22, 22},
    {"sq0csp-", "secret.square-token", kDash, 43, 43},
    {"sb_secret_", "secret.supabase-key", kDash, 24, 60},
    {"sess-", "secret.openai-key", kAlnum, 40, 40},
    {"sk-lf-", "secret.langfuse-key", kDash, 36, 36, is_uuid},
    {"sk.eyJ", "secret.mapbox-token", kDot, 60, 200},
    {"sk_", "secret.elevenlabs-key", kHex, 48, 48},
    {"sl.u.", "secret.dropbox-token", kDash, 120, 1400},
    {"tskey-", "secret.tailscale-key", kDash, 24, 80},
    {"tgp_v1_", "secret.together-key", kDash, 40, 60},
    {"tvly-", "secret.tavily-key", kDash, 30, 60},
    {"vercel_blob_rw_", "secret.vercel-token", kWord, 30, 80},
    {"v1.0-", "secret.cloudflare-key", kDash, 171, 171, is_of_cloudflare},
    {"whsec_", "secret.stripe-key", kBase64, 30, 60},
    {"xai-", "secret.xai-key", kAlnum, 70, 100},
    {"xapp-", "secret.slack-token", kDash, 40, 200},
    {"xkeysib-", "secret.brevo-key", kDash, 60, 100},
    {"xoxa-", "secret.slack-token", kDash, 24, 200},
    {"xoxb-", "secret.slack-token", kDash, 24, 200},
    {"xoxc-", "secret.slack-token", kDash, 24, 200},
    {"xoxd-", "secret.slack-token", kDash, 24, 300},
    {"xoxe.", "secret.slack-token", kDash, 40, 300},
    {"xoxp-", "secret.slack-token", kDash, 24, 200},
    {"xoxr-", "secret.slack-token", kDash, 24, 200},
    {"xoxs-", "secret.slack-token", kDash, 24, 200},
    {"ya29.", "secret.google-oauth", kDash, 40, 400},
};

constexpr uint8_t letter(std::string_view prefix, size_t at) {
  return static_cast<uint8_t>(prefix[at]);
}

constexpr uint8_t alphabets_of(char c) {
  const bool upper = c >= 'A' && c <= 'Z';
  const bool digit = c >= '0' && c <= '9';
  const bool alnum = digit || upper || (c >= 'a' && c <= 'z');
  unsigned in = 0;
  const auto put = [&in](Alphabet alphabet, bool holds) {
    if (holds) in |= static_cast<uint8_t>(alphabet);
  };
  put(kUpper, digit || upper);
  put(kAlnum, alnum);
  put(kWord, alnum || c == '_');
  put(kDash, alnum || c == '_' || c == '-');
  put(kDot, alnum || c == '_' || c == '-' || c == '.');
  put(kHex, digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
  put(kBase64, alnum || c == '+' || c == '/' || c == '=' || c == '-' || c == '_');
  return static_cast<uint8_t>(in);
}

}  // namespace

constinit const std::array<uint8_t, 256> kAlphabets = [] {
  std::array<uint8_t, 256> table{};
  for (size_t c = 0; c < table.size(); ++c) table[c] = alphabets_of(static_cast<char>(c));
  return table;
}();

bool is_of_all_kinds(std::string_view value) {
  const auto any = [value](char from, char to) {
    return std::any_of(value.begin(), value.end(), [=](char c) { return c >= from && c <= to; });
  };
  return any('0', '9') && any('A', 'Z') && any('a', 'z');
}

std::span<const SecretKind> secret_kinds(char first) {
  struct Range {
    uint8_t begin = 0;
    uint8_t count = 0;
  };
  static constexpr auto kRanges = [] {
    std::array<Range, 128> ranges{};
    for (size_t i = std::size(kKinds); i-- > 0;) {
      Range& range = ranges[letter(kKinds[i].prefix, 0)];
      range.begin = static_cast<uint8_t>(i);
      ++range.count;
    }
    return ranges;
  }();
  const auto at = static_cast<uint8_t>(first);
  if (at >= kRanges.size()) return {};
  const Range range = kRanges[at];
  return std::span(kKinds).subspan(range.begin, range.count);
}

bool is_secret_kind(std::string_view id) {
  return std::any_of(std::begin(kKinds), std::end(kKinds),
                     [id](const SecretKind& kind) { return kind.id == id; });
}

constinit const std::array<std::array<uint64_t, 2>, 128> kSecondLetters = [] {
  std::array<std::array<uint64_t, 2>, 128> seconds{};
  for (const SecretKind& kind : kKinds) {
    const uint8_t two = letter(kind.prefix, 1);
    seconds[letter(kind.prefix, 0)][two / 64] |= uint64_t{1} << two % 64;
  }
  return seconds;
}();

}  // namespace agentmesh::policy::scan
