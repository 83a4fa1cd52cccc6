#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "policy/argument_paths.h"
#include "policy/argument_words.h"
#include "policy/beside_sql.h"
#include "policy/kinds.h"
#include "policy/look.h"
#include "policy/query_texts.h"
#include "policy/scan/decode.h"
#include "policy/scan/field.h"
#include "policy/scan/masks.h"
#include "policy/scan/name_words.h"
#include "policy/scan/paths.h"
#include "policy/scan/pii.h"
#include "policy/scan/questions.h"
#include "policy/scan/secrets.h"
#include "policy/scan/url_searches.h"
#include "policy/scan/url_spelling.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

// Bytes of a text that is looked at for paths, URLs and SQL where nothing else may be looked at any more.
constexpr size_t kLongestBeyond = 4096;
constexpr size_t kShortestNumber = 9;  // digits of a card, a phone, an account
// Keys that may hold a host without a scheme, and more often hold something else.
constexpr std::array<std::string_view, 20> kTargetKeys = {
    "ip",   "ip_address", "addr",   "target",   "targets", "proxy",      "http_proxy",
    "repo", "repository", "remote", "image",    "peer",    "source",     "https_proxy",
    "dest", "upstream",   "node",   "registry", "gateway", "destination"};

// Under which a text in a query language stands, in lower case, without what stands between words.
constexpr std::array<std::string_view, 17> kQueryKeys = {
    "query",      "queries",  "mutation",    "mutations",   "graphql",   "graphqlquery",
    "gql",        "gqlquery", "cypher",      "cypherquery", "document",  "operation",
    "operations", "request",  "requestbody", "statement",   "statements"};

class Arguments {
 public:
  explicit Arguments(Inspection& inspection)
      : inspection_(inspection),
        input_(inspection.input()),
        seen_(inspection.seen()),
        tool_(*inspection.nesting().tool),
        entry_(tool_.entry()),
        name_(tool_.reading()),
        paths_(inspection) {}

  void run() {
    commands_ = look_at_commands(inspection_);
    if (input_.message.present() && input_.args.present())
      inspection_.walks_at(
          static_cast<size_t>(input_.args.raw().data() - input_.message.raw().data()));
    for (Walk walk(input_.args, "arguments"); walk.next();) {
      const std::string_view text = inspection_.take(walk);
      note_inside(walk);
      if (text.size() < walk.text().size()) cut(walk);
      if (text.empty()) {
        inspection_.settle(walk);
        continue;
      }
      switch (walk.what()) {
        case Walk::What::kString: string(walk, text); break;
        case Walk::What::kNumber:
        case Walk::What::kKey:
          beside_sql(walk);
          places(walk, text);
          if (text.size() >= kShortestNumber) data(walk, text);
          break;
      }
      if (!inspection_.hits().empty()) inspection_.settle(walk);
    }
    inspection_.walks_at(0);
    beside();
  }

  const std::vector<InnerText>& inside() const { return inside_; }

 private:
  // What the request says outside its arguments reaches the server as well: its name, `_meta`, task, answers to what the server
  // asked, members that nobody knows. Its id is how it is told apart, and the state in `requestState` is the server's or ours:
  // nobody's data.
  void beside() {
    for (Walk walk(input_.message, ""); walk.next();) {
      if (walk.what() == Walk::What::kKey && stands_elsewhere(walk)) {
        walk.skip();
        continue;
      }
      paths_.beside(walk);
      if (walk.text().size() < kShortestNumber) continue;
      const std::string_view text = inspection_.take(walk);
      if (text.empty()) continue;
      data(walk, text);
      inspection_.settle(walk);
    }
  }

  bool stands_elsewhere(const Walk& walk) const {
    if (walk.depth() == 1)
      return walk.key() == "id" || walk.key() == "jsonrpc" || walk.key() == "method" ||
             (input_.method != "tools/call" && walk.key() == "params");
    return walk.depth() == 2 && walk.top_key() == "params" &&
           (walk.key() == "arguments" || walk.key() == "requestState");
  }

  bool is_url_key(const Walk& walk) const {
    return scan::is_url_key(walk.key()) || (entry_ != nullptr && is_named_in(entry_->url, walk));
  }

  // Paths and URLs, which hard rules depend on: looked for whatever the budget and however long the text.
  void places(const Walk& walk, std::string_view text) {
    if (walk.what() == Walk::What::kKey) return paths_.key(walk, text);
    if (walk.what() != Walk::What::kString) return;
    paths_.string(walk, text);
    std::string scratch;
    const std::string_view joined =
        scan::begins_as_url(text) ? scan::without_breaks(text, scratch) : text;
    const bool file = is_file_url(joined);
    if (file && joined.size() != text.size()) paths_.path(walk, joined);
    if (!file) urls(walk, text);
  }

  // Whatever the budget: what is in it has its own.
  void note_inside(const Walk& walk) {
    if (walk.what() != Walk::What::kString || inside_.size() > kMostInside ||
        !may_be_arguments(walk.key(), walk.text()))
      return;
    if (scan::bare_name(walk.key()).starts_with("input") && tool_.works_on_input()) return;
    std::string where = walk.where();
    const bool surely = is_surely_arguments(walk.key(), where.ends_with(']'));
    const size_t at = inspection_.place_of(walk);
    inside_.push_back(
        {std::string(walk.text()), std::move(where), surely, at + 1, at + walk.raw().size() - 1});
  }

  // A text of which a part, or nothing, is looked at: what hard rules and the presets' refusals depend on is not skipped.
  void cut(const Walk& walk) {
    const std::string_view text = walk.text();
    if (walk.what() != Walk::What::kString) {
      beside_sql(walk);
      return places(walk, text);
    }
    if (!says_sql(walk, text)) beside_sql(walk);
    if (text.size() <= kLongestBeyond) {
      places(walk, text);
      return query(walk, text, sql(walk, text));
    }
    unread_query(walk, text);
    paths_.string(walk, text);
    if (is_url_key(walk) || text.find(':') != std::string_view::npos) seen_.more_urls = true;
    if (is_url_key(walk))
      inspection_.add("url.too-many", Severity::kHigh, [&walk] { return walk.where(); });
    if (!says_sql(walk, text)) return;
    seen_.sql.sql_class = std::max(seen_.sql.sql_class, scan::SqlClass::kUnparsed);
    inspection_.add("sql.unparsed", Severity::kHigh, [&walk] { return walk.where(); });
  }

  void string(const Walk& walk, std::string_view text) {
    if (text.size() == walk.text().size())
      places(walk, text);
    else
      urls(walk, text);
    const bool sql_text = sql(walk, text);
    if (!sql_text) beside_sql(walk);
    query(walk, text, sql_text);
    const bool shell_text = commands_.contains(walk.raw().data());
    injection(walk, text, !sql_text, !shell_text);
    if (scan::holds_mask(text))
      inspection_.add("data.redacted", Severity::kMedium, [&walk] { return walk.where(); });
    data(walk, text);
  }

  void injection(const Walk& walk, std::string_view text, bool sql, bool shell) {
    std::vector<scan::Hit>& hits = inspection_.hits();
    const size_t before = hits.size();
    const scan::Field field = scan::field_of(walk.key());
    if (field == scan::Field::kProse) return;
    const auto look = [=](std::string_view part, std::vector<scan::Hit>& found) {
      if (sql) scan::find_sql_injection(part, found, field);
      if (shell) scan::find_shell_injection(part, found, field);
    };
    look(text, hits);
    if (hits.size() == before) return;
    const bool looked_for = is_looked_for(field) || (is_url_key(walk) && searches(text, look));
    if (!looked_for) return;
    // A search of the web runs nothing of what it is asked about.
    const bool asked =
        seen_.kind == Kind::kNetwork && field == scan::Field::kSearch && scan::asks_in_words(text);
    for (size_t i = before; i < hits.size(); ++i)
      hits[i].severity = std::min(hits[i].severity, asked ? Severity::kLow : Severity::kMedium);
  }

  // True if nothing high is in an address but what it asks a search for.
  template <class Look>
  bool searches(std::string_view url, Look look) const {
    if (!is_looked_for(scan::Field::kSearch)) return false;
    const std::string rest = scan::without_searches(url);
    std::vector<scan::Hit> hits;
    if (!rest.empty()) look(rest, hits);
    return !rest.empty() && std::none_of(hits.begin(), hits.end(), [](const scan::Hit& hit) {
      return hit.severity >= Severity::kHigh;
    });
  }

  // What is looked for may well be an attack, in code or on the web; unless a database takes it for a condition. A pattern is
  // one for a tool of which nothing is known, too.
  bool is_looked_for(scan::Field field) const {
    const bool reads = seen_.kind == Kind::kRead || seen_.kind == Kind::kNetwork;
    if (field == scan::Field::kPattern)
      return reads || seen_.kind == Kind::kQuery || seen_.kind == Kind::kUnknown;
    return field == scan::Field::kSearch && reads && !name_.database;
  }

  void data(const Walk& walk, std::string_view text) {
    std::vector<scan::Hit>& hits = inspection_.hits();
    if (walk.what() != Walk::What::kNumber)
      scan::find_secrets(text, walk.what() == Walk::What::kKey ? std::string_view() : walk.key(),
                         hits);
    scan::find_pii(text, hits);
  }

  static bool asks_for_url(std::string_view key) {
    const std::string lower = scan::ascii_lower(key);
    return lower.ends_with("url") || lower.ends_with("uri") || lower == "href" || lower == "link";
  }

  static bool is_host_and_port(std::string_view text) {
    const size_t colon = text.find(':');
    if (colon == 0 || colon >= text.size()) return false;
    const std::string_view port = text.substr(colon + 1, text.find('/', colon) - colon - 1);
    return !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos;
  }

  void urls(const Walk& walk, std::string_view text) {
    const bool url_key = is_url_key(walk);
    std::vector<scan::Url> found;
    std::vector<scan::Hit>& hits = inspection_.hits();
    const size_t before = hits.size();
    // "localhost:6379" where a URL is asked for: taken for one of the web.
    const std::string schemed = url_key && asks_for_url(walk.key()) && is_host_and_port(text)
                                    ? "http://" + std::string(text)
                                    : std::string();
    scan::find_urls(schemed.empty() ? text : std::string_view(schemed), url_key, found, hits);
    if (!url_key && scan::is_among(kTargetKeys, walk.key()) && names_metadata(text))
      scan::add_hit(hits, {"url.metadata", Severity::kHigh});
    if (!url_key && hits.size() > before && is_talk_key(walk.key()) &&
        text.find_first_of(" \t\n") != std::string_view::npos)
      for (size_t i = before; i < hits.size(); ++i) hits[i].severity = Severity::kLow;
    const bool cut =
        std::any_of(found.begin(), found.end(), [](const auto& url) { return url.cut; });
    if (found.size() >= scan::kMaxUrls || cut) {
      seen_.more_urls = true;
      inspection_.add("url.too-many", url_key ? Severity::kHigh : Severity::kMedium,
                      [&walk] { return walk.where(); });
    }
    for (scan::Url& url : found)
      if (known_urls_.insert(url.scheme + "://" + url.host + ":" + std::to_string(url.port)).second)
        seen_.urls.push_back(std::move(url));
  }

  bool says_sql(const Walk& walk, std::string_view text) const {
    if (walk.what() != Walk::What::kString) return false;
    if (entry_ != nullptr && is_named_in(entry_->sql, walk)) return true;
    const std::string_view key = walk.key();
    if (key == "sql") return true;
    if (key != "query" && key != "statement") return false;
    // Who speaks SQL is held to no less than who does not.
    const bool speaks =
        key == "statement" || name_.sql || (entry_ != nullptr && entry_->kind == Kind::kQuery);
    return (speaks && scan::begins_like_sql(text)) || scan::looks_like_sql(text);
  }

  // What is not read as SQL may be what the server runs.
  void beside_sql(const Walk& walk) {
    if (!tool_.sql_tells() || seen_.beside_sql || is_inside(walk)) return;
    seen_.beside_sql = beside_sql_.may_act(walk);
  }
  // Looked at as arguments.
  bool is_inside(const Walk& walk) const {
    return walk.what() == Walk::What::kString && !inside_.empty() &&
           inside_.back().begin == inspection_.place_of(walk) + 1;
  }

  // True if the text was read as SQL.
  bool sql(const Walk& walk, std::string_view text) {
    if (!says_sql(walk, text)) return false;
    scan::Sql found = scan::read_sql(text, inspection_.hits());
    seen_.sql.statements += found.statements;
    seen_.sql.sql_class = std::max(seen_.sql.sql_class, found.sql_class);
    for (std::string& table : found.tables)
      if (known_tables_.insert(table).second) seen_.sql.tables.push_back(std::move(table));
    // URLs are found in the text itself.
    for (const std::string& place : found.places)
      if (is_file_url(place) || place.find("://") == std::string::npos) paths_.path(walk, place);
    return true;
  }

  // True if the text is asked of somebody, whose language is looked for in it.
  bool is_query(const std::string& key) {
    return (entry_ == nullptr || !entry_->kind) && scan::is_among(kQueryKeys, key) &&
           !tool_.only_searches();
  }
  // Nothing else is asked for there.
  bool is_cypher(const std::string& key) {
    return key.starts_with("cypher") || tool_.speaks_cypher();
  }
  bool may_be_cypher(const std::string& key) { return name_.sql || is_cypher(key); }

  // Of other languages only what they do to the data. `sql`: the text reads as SQL, which does not keep it from being Cypher.
  void query(const Walk& walk, std::string_view text, bool sql) {
    const std::string key = scan::bare_name(walk.key());
    if (!is_query(key)) return;
    const bool surely = is_cypher(key);
    // "set" and "load" are columns as well, unless something says that nobody asks for any.
    const bool cypher = may_be_cypher(key) && (!sql || surely || has_cypher_clause(text));
    seen_.does(
        std::max(kind_of_graphql(text), cypher ? kind_of_cypher(text, surely) : Kind::kUnknown));
  }

  // One that is not read to its end: by what it begins like it may do anything to the data.
  void unread_query(const Walk& walk, std::string_view text) {
    const std::string key = scan::bare_name(walk.key());
    if (!is_query(key)) return;
    const bool cypher =
        (may_be_cypher(key) && begins_cypher(text)) || (is_cypher(key) && has_cypher_clause(text));
    if (!cypher && !begins_graphql(text)) return;
    seen_.does(Kind::kWrite);
    inspection_.add("data.uninspected", Severity::kMedium, [&walk] { return walk.where(); });
  }

  Inspection& inspection_;
  const Input& input_;
  Seen& seen_;
  CalledTool& tool_;
  const ToolEntry* entry_;
  const NameReading& name_;
  ArgumentPaths paths_;
  BesideSql beside_sql_;
  std::unordered_set<const char*> commands_;  // strings that were read as such
  std::vector<InnerText> inside_;
  std::unordered_set<std::string> known_urls_;
  std::unordered_set<std::string> known_tables_;
};

}  // namespace

void look_at_arguments(const RuleSet& set, Inspection& inspection) {
  Seen& seen = inspection.seen();
  Arguments arguments(inspection);
  arguments.run();
  look_inside(set, inspection, arguments.inside());
  // What stands inside a text is judged with the rest of the call, which it joins.
  if (inspection.nesting().depth == 0) judge_places(set, inspection);
  Facts& facts = seen.facts;
  facts.sql = scan::to_string(seen.sql.sql_class);
  facts.paths = static_cast<uint32_t>(seen.paths.size());
  facts.hosts = static_cast<uint32_t>(std::count_if(
      seen.urls.begin(), seen.urls.end(), [](const scan::Url& url) { return !url.host.empty(); }));
  facts.private_url = std::any_of(seen.urls.begin(), seen.urls.end(),
                                  [](const scan::Url& url) { return url.is_private; });
  if (seen.shell.pipes_to_shell) facts.shell.emplace_back("pipes_to_shell");
  if (seen.shell.substitutes) facts.shell.emplace_back("substitutes");
}

}  // namespace agentmesh::policy
