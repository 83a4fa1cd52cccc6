#include <functional>
#include <utility>

#include "policy/scan/decode.h"
#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {
namespace {

// "schema"."Table" → schema.Table; unquoted parts in lower case.
std::string name_at(SqlTokens tokens, size_t& i) {
  std::string out;
  while (i < tokens.size() && tokens[i].name()) {
    out += tokens[i].kind == SqlTokenKind::kWord ? ascii_lower(tokens[i].text)
                                                 : std::string(tokens[i].text);
    if (!(token_at(tokens, i + 1).sign('.') && token_at(tokens, i + 2).name())) break;
    out += '.';
    i += 2;
  }
  return out;
}

// Names, each once, told apart by their hashes first.
class Names {
 public:
  explicit Names(std::vector<std::string>& names) : names_(names) {
    for (const std::string& name : names) hashes_.push_back(hash(name));
  }

  bool full() const { return names_.size() >= kMost; }
  bool has(std::string_view name) const {
    const size_t wanted = hash(name);
    for (size_t i = 0; i < hashes_.size(); ++i)
      if (hashes_[i] == wanted && names_[i] == name) return true;
    return false;
  }
  void put(std::string name) {
    if (full() || has(name)) return;
    hashes_.push_back(hash(name));
    names_.push_back(std::move(name));
  }

 private:
  static constexpr size_t kMost = 256;
  static size_t hash(std::string_view name) { return std::hash<std::string_view>()(name); }

  std::vector<std::string>& names_;
  std::vector<size_t> hashes_;
};

class Tables {
 public:
  Tables(SqlTokens tokens, std::vector<std::string>& tables)
      : tokens_(tokens), tables_(tables), own_(own_names_) {}

  void find() {
    for (size_t i = 0; i + 2 < tokens_.size() && !own_.full(); ++i)
      if (tokens_[i].name() && tokens_[i + 1].is("as") && tokens_[i + 2].sign('('))
        own_.put(ascii_lower(tokens_[i].text));
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const SqlToken& token = tokens_[i];
      if (token.kind != SqlTokenKind::kWord) continue;
      if (token.is("from")) {
        if (i > 0 && tokens_[i - 1].is("distinct")) continue;  // IS DISTINCT FROM
        if (!of_function(i)) list(i);
      } else if (one_of(token, {"join", "into", "table", "describe", "desc"}) ||
                 (token.is("update") && i + 1 < tokens_.size() &&
                  !one_of(tokens_[i + 1], {"set", "of"}) &&
                  !(i > 0 && one_of(tokens_[i - 1], {"for", "on", "do", "key"}))) ||
                 (token.is("truncate") && i == 0)) {
        put(i + 1);
      }
    }
  }

 private:
  // EXTRACT(x FROM y)
  bool of_function(size_t from) const {
    for (size_t k = from; k-- > 0 && from - k < 12;) {
      if (tokens_[k].depth < tokens_[from].depth)
        return tokens_[k].sign('(') && k > 0 &&
               one_of(tokens_[k - 1], {"extract", "substring", "trim", "overlay", "position"});
    }
    return false;
  }

  // FROM a, b AS c, d. Behind a comma that another FROM has come to, the rest is known.
  void list(size_t from) {
    const uint32_t depth = tokens_[from].depth;
    for (size_t at = put(from + 1); at + 1 < tokens_.size();) {
      size_t comma = at + 1;
      while (comma < tokens_.size() && comma < at + 4 && tokens_[comma].name() &&
             tokens_[comma].depth == depth)
        ++comma;
      if (!token_at(tokens_, comma).sign(',') || tokens_[comma].depth != depth) return;
      if (listed_.empty()) listed_.resize(tokens_.size());
      if (listed_[comma]) return;
      listed_[comma] = true;
      at = put(comma + 1);
    }
  }

  // The table that is named at `i`, behind words that may stand there. Returns where its name ends.
  size_t put(size_t i) {
    if (i >= passed_begin_ && i < passed_end_) return passed_to_;  // the same words, the same name
    passed_begin_ = i;
    while (one_of(token_at(tokens_, i), {"only", "lateral", "if", "not", "exists", "into", "table",
                                         "ignore", "low_priority"}))
      ++i;
    passed_end_ = i;
    passed_to_ = put_name(i);
    return passed_to_;
  }

  size_t put_name(size_t i) {
    if (!token_at(tokens_, i).name() ||
        one_of(token_at(tokens_, i),
               {"select", "set", "values", "unnest", "where", "outfile", "dumpfile"}))
      return i;
    std::string name = name_at(tokens_, i);
    const bool function = token_at(tokens_, i + 1).sign('(') &&
                          !(i > 1 && one_of(token_at(tokens_, i - 1), {"into", "table", "exists"}));
    if (!function && !name.empty() && name[0] != '@' && !own_.has(ascii_lower(name)))
      tables_.put(std::move(name));
    return i;
  }

  SqlTokens tokens_;
  Names tables_;
  std::vector<std::string> own_names_;  // of common table expressions
  Names own_;
  std::vector<bool> listed_;
  size_t passed_begin_ = 0;
  size_t passed_end_ = 0;
  size_t passed_to_ = 0;
};

}  // namespace

void find_tables(SqlTokens tokens, std::vector<std::string>& tables) {
  Tables(tokens, tables).find();
}

}  // namespace agentmesh::policy::scan
