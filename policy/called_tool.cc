#include "policy/called_tool.h"

#include <algorithm>
#include <array>

#include "policy/query_texts.h"
#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/shell_names.h"
#include "policy/scan/word_lists.h"
#include "policy/sql_tool.h"

namespace agentmesh::policy {

namespace {

// Words in the name of a tool that only looks a query up, and of one that does not.
constexpr std::array<std::string_view, 5> kSearching = {"search", "find", "grep", "lookup", "docs"};
constexpr std::array<std::string_view, 10> kAsking = {
    "graphql", "gql", "graph", "api", "cypher", "sql", "db", "database", "execute", "run"};

// Words of what is done to a query's text and not by it; and of what may run it to tell of it, unless nothing but the text is named.
constexpr std::array<std::string_view, 10> kReading = {
    "validate",  "validator", "lint",  "linter", "format",
    "formatter", "prettify",  "parse", "parser", "beautify"};
constexpr std::array<std::string_view, 4> kJudging = {"analyse", "analyze", "check", "explain"};
constexpr std::array<std::string_view, 10> kOfTexts = {
    "document", "documents", "mutation", "operation", "operations",
    "queries",  "query",     "schema",   "statement", "syntax"};

// Of what hands the text on, or does something beside: mutate_and_validate, relay_parse. What two joined words do is told of no text.
constexpr std::array<std::string_view, 12> kMore = {"and",   "forward", "gateway", "mutate",
                                                    "or",    "perform", "post",    "process",
                                                    "proxy", "relay",   "send",    "then"};

// Of tools with such a word in their name, and none of the second, the input is what they work on.
constexpr std::array<std::string_view, 26> kWorking = {
    "chat",      "classify",  "complete",  "completion", "compress", "convert",   "decode",
    "diff",      "embed",     "embedding", "embeddings", "encode",   "format",    "hash",
    "json",      "lint",      "moderate",  "parse",      "prettify", "summarize", "tokenize",
    "transform", "translate", "validate",  "xml",        "yaml"};
constexpr std::array<std::string_view, 8> kRunning = {"call",   "dispatch", "exec", "execute",
                                                      "invoke", "proxy",    "run",  "use"};

// True if all that the name says is done is reading a query's text: validate, lint_query, check_syntax, explain_query.
bool only_reads_text(std::string_view name) {
  bool reads = false;
  bool judges = false;
  bool more = false;  // a word that is none of these
  const bool acts = scan::any_word(name, [&](std::string_view word) {
    const bool reading = scan::is_among(kReading, word);
    const bool judging = scan::is_among(kJudging, word);
    const bool of_text = scan::is_among(kOfTexts, word);
    reads = reads || reading;
    judges = judges || judging;
    more = more || !(reading || judging || of_text);
    return scan::is_among(kMore, word) ||
           (!reading && !judging && !of_text && read_name(word).worst > Kind::kRead);
  });
  return !acts && (judges ? !more : reads);
}

template <class T, class Make>
const T& once(std::optional<T>& known, Make make) {
  if (!known) known.emplace(make());
  return *known;
}

}  // namespace

CalledTool::CalledTool(const RuleSet& set, std::string_view name)
    : name_(name),
      entry_(name.empty() ? nullptr : set.tool_entry(name)),
      reading_(name.empty() ? NameReading() : read_name(name)) {}

const ToolUses& CalledTool::uses() {
  return once(uses_, [this] { return ToolUses(name_); });
}

const ProgramTool& CalledTool::program() {
  return once(program_, [this] { return ProgramTool(name_); });
}

bool CalledTool::names_any(std::initializer_list<std::string_view> parts) {
  const std::string& lower = once(lower_, [this] { return scan::ascii_lower(name_); });
  return std::any_of(parts.begin(), parts.end(),
                     [&lower](std::string_view part) { return lower.find(part) < lower.size(); });
}

bool CalledTool::interprets() {
  return once(interprets_, [this] {
    return names_any({"interpreter", "repl", "sandbox", "jupyter", "ipython"});
  });
}

bool CalledTool::feeds() {
  return once(feeds_, [this] { return names_any({"process", "terminal", "console", "pty"}); });
}

const std::string& CalledTool::command() {
  return once(command_, [this] {
    const std::string_view last = name_.substr(name_.find_last_of("_-./") + 1);
    std::string command = scan::ascii_lower(last);
    return scan::is_plain_command(command) ? command : std::string();
  });
}

bool CalledTool::speaks_cypher() {
  return once(speaks_cypher_, [this] { return policy::speaks_cypher(name_); });
}

bool CalledTool::sql_tells() {
  return once(sql_tells_, [this] {
    if (entry_ != nullptr && entry_->kind) return false;
    const bool database = reading_.database || (entry_ != nullptr && !entry_->sql.empty());
    return database && may_run_sql_alone(name_);
  });
}

bool CalledTool::only_searches() {
  return once(only_searches_, [this] {
    return (scan::has_word(name_, kSearching) || only_reads_text(name_)) &&
           !scan::has_word(name_, kAsking) && !speaks_cypher();
  });
}

bool CalledTool::works_on_input() {
  return once(works_on_input_, [this] {
    return scan::has_word(name_, kWorking) && !scan::has_word(name_, kRunning);
  });
}

}  // namespace agentmesh::policy
