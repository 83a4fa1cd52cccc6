#include "policy/kinds.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace agentmesh::policy {

namespace {

constexpr std::string_view kDatabaseWords[] = {
    "query",     "queries",  "sql",        "db",       "database", "postgres", "postgresql",
    "mysql",     "sqlite",   "mariadb",    "mssql",    "oracle",   "duckdb",   "bigquery",
    "snowflake", "redshift", "clickhouse", "supabase", "cockroach"};

// Of these, what is asked may be anything: query_prometheus.
constexpr std::string_view kAnyQueryWords[] = {"query", "queries"};
// query, run_query, read_query, execute: no word says that something else than a database is asked.
constexpr std::string_view kPlainQueryWords[] = {
    "query", "queries",  "run", "execute", "exec",   "read",      "write",
    "only",  "readonly", "raw", "perform", "submit", "statement", "statements"};

// What is read there is private, whoever keeps it.
constexpr std::string_view kSecretWords[] = {"credential", "credentials", "env",        "environ",
                                             "keychain",   "keyring",     "passphrase", "password",
                                             "passwords",  "passwd",      "secret",     "secrets"};
constexpr std::string_view kValueWords[] = {"get", "read", "value",    "values",
                                            "var", "vars", "variable", "variables"};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Of each pair, a bit each, what of it was seen so far.
class Pairing {
 public:
  // `act`: the word may be one, since no reading word stands before it.
  void take(std::string_view word, bool act) {
    static const auto* const kIndex = [] {
      auto* index = new std::unordered_map<std::string_view, Pairing>;
      for (size_t i = 0; i < kind_pairs().size(); ++i) {
        for (const std::string_view each : kind_pairs()[i].acts) (*index)[each].acts_ |= 1U << i;
        for (const std::string_view each : kind_pairs()[i].things)
          (*index)[each].things_ |= 1U << i;
      }
      return index;
    }();
    const auto found = kIndex->find(word);
    if (found == kIndex->end()) return;
    // A word that may be either is the thing where an act stands before it.
    const unsigned both = found->second.acts_ & found->second.things_;
    things_ |= (found->second.things_ & ~both) | (both & acts_);
    if (act) acts_ |= found->second.acts_;
  }
  void settle(NameReading& out) const {
    if ((acts_ & things_) == 0) return;
    for (size_t i = 0; i < kind_pairs().size(); ++i) {
      if ((acts_ & things_ & 1U << i) == 0) continue;
      out.kind = std::max(out.kind, kind_pairs()[i].kind);
      out.sends = out.sends || kind_pairs()[i].sends;
    }
  }

 private:
  unsigned acts_ = 0;
  unsigned things_ = 0;
};

const KindWord* find_word(std::string_view word) {
  static const auto* const kIndex = [] {
    auto* index = new std::unordered_map<std::string_view, const KindWord*>;
    for (const KindWord& entry : kind_words()) index->emplace(entry.word, &entry);
    return index;
  }();
  const auto it = kIndex->find(word);
  return it == kIndex->end() ? nullptr : it->second;
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// Calls take(word in lower case) for each word of a name.
template <class Take>
void split_words(std::string_view name, Take take) {
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) take(std::string_view(word));
    word.clear();
  };
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_upper(c) && !is_lower(c)) {
      flush();
      continue;
    }
    const bool after_lower = i > 0 && is_lower(name[i - 1]);
    const bool before_lower = i + 1 < name.size() && is_lower(name[i + 1]);
    if (is_upper(c) && (after_lower || (i > 0 && is_upper(name[i - 1]) && before_lower))) flush();
    word += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  flush();
}

}  // namespace

NameReading read_name(std::string_view tool) {
  NameReading out;
  bool reading = false;
  std::string before;
  Kind before_kind = Kind::kUnknown;  // what was known before the word `before`
  Pairing pairing;
  bool plain_query = true;
  split_words(tool, [&](std::string_view word) {
    const bool database = is_one_of(kDatabaseWords, word);
    out.database = out.database || database;
    out.sql = out.sql || (database && !is_one_of(kAnyQueryWords, word));
    plain_query = plain_query && is_one_of(kPlainQueryWords, word);
    // "get_env", "read_env_var": not what is done about secrets ("check_password_strength").
    out.secret = is_one_of(kSecretWords, word) || (out.secret && is_one_of(kValueWords, word));
    pairing.take(word, !reading);
    // "pull request", "merge request": a thing with a name of two words.
    if ((word == "request" || word == "requests") && (before == "pull" || before == "merge")) {
      out.kind = before_kind;
      before.clear();
      return;
    }
    before = word;
    before_kind = out.kind;
    const KindWord* entry = find_word(word);
    if (entry == nullptr || (entry->noun && reading)) return;
    if (entry->kind == Kind::kRead) reading = true;
    out.kind = std::max(out.kind, entry->kind);
  });
  pairing.settle(out);
  out.sql = out.sql || (plain_query && out.kind != Kind::kUnknown);
  return out;
}

Kind kind_of_method(std::string_view method) {
  if (method.starts_with("resources/") || method == "prompts/get" || method == "prompts/list" ||
      method == "subscriptions/listen" || method == "completion/complete")
    return Kind::kRead;
  return Kind::kUnknown;
}

}  // namespace agentmesh::policy
