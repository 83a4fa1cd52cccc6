#include "policy/scan/field.h"

#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

constexpr std::array<std::string_view, 10> kPlaces = {
    "host", "hosts", "hostname", "ip", "ips", "domain", "server", "address", "interface", "device"};
constexpr std::array<std::string_view, 29> kShorts = {
    "name",  "id",    "ids",     "url",     "uri",  "link", "user",   "username", "login",  "owner",
    "email", "phone", "city",    "country", "zip",  "port", "path",   "filename", "branch", "ref",
    "repo",  "tag",   "version", "status",  "type", "lang", "locale", "currency", "date"};
constexpr std::array<std::string_view, 13> kPatterns = {
    "pattern",  "patterns", "regex",   "regexp", "glob",     "globs",   "xpath",
    "selector", "include",  "exclude", "jq",     "jmespath", "jsonpath"};
constexpr std::array<std::string_view, 11> kSearches = {"query", "queries", "q",       "search",
                                                        "term",  "terms",   "keyword", "keywords",
                                                        "grep",  "needle",  "filter"};
// Languages that are searched in, and what stands for a condition in one.
constexpr std::array<std::string_view, 19> kQueryLanguages = {
    "jql",       "cql",        "soql",  "kql",      "aql",   "spl",  "dsl",
    "lucene",    "promql",     "logql", "expr",     "where", "find", "match",
    "condition", "expression", "esql",  "criteria", "sparql"};
// Behind one of those: what a search is written as. A search_command is none.
constexpr std::array<std::string_view, 9> kWholes = {
    "string", "str", "expr", "text", "phrase", "words", "clause", "statement", "body"};
constexpr std::array<std::string_view, 12> kOptions = {
    "args", "argv",  "arguments", "parameters", "option",   "options",
    "flag", "flags", "opts",      "params",     "switches", "cmd"};

// What people or programs read, of any length: "insert_text", "htmlBody", "commit_message".
constexpr std::array<std::string_view, 44> kProse = {
    "content",     "contents",     "text",         "texts",       "body",        "message",
    "messages",    "markdown",     "html",         "diff",        "patch",       "prompt",
    "prompts",     "summary",      "comment",      "comments",    "note",        "notes",
    "title",       "thought",      "thoughts",     "description", "snippet",     "snippets",
    "example",     "examples",     "answer",       "answers",     "question",    "questions",
    "instruction", "instructions", "observations", "reply",       "caption",     "explanation",
    "reasoning",   "readme",       "changelog",    "transcript",  "observation", "excerpt",
    "abstract",    "story"};
// These are prose by themselves or behind one of the others: "code" and "source_code", not "country_code"; "new_str", not
// "connection_string".
constexpr std::array<std::string_view, 2> kProseAlone = {"code", "source"};
constexpr std::array<std::string_view, 4> kProseBehind = {"code", "source", "str", "string"};
constexpr std::array<std::string_view, 9> kBeforeProse = {
    "old", "new", "insert", "replacement", "cell", "file", "source", "sample", "html"};

// The last word of a key in small letters: "host_name" → "name", "includePattern" → "pattern".
std::string_view last_word(std::string_view key, std::array<char, 16>& room) {
  size_t begin = key.size();
  while (begin > 0 && is_alpha(key[begin - 1])) {
    --begin;
    const bool capital = is_of(key[begin], kUpperByte);
    if (capital && begin > 0 && !is_of(key[begin - 1], kUpperByte)) break;
  }
  const std::string_view word = key.substr(begin);
  if (word.size() > room.size()) return {};
  for (size_t i = 0; i < word.size(); ++i) room[i] = lower(word[i]);
  return {room.data(), word.size()};
}

bool is_search(std::string_view word) {
  return is_among(kSearches, word) || is_among(kQueryLanguages, word);
}

// query_string, searchText, filter_expression: one of the words before the last says it, and the last says that it is all of it.
bool searches_before(std::string_view key, std::string_view last) {
  if (!is_among(kWholes, last)) return false;
  constexpr size_t kMostWords = 4;
  key.remove_suffix(last.size());
  for (size_t words = 0; words < kMostWords; ++words) {
    while (!key.empty() && !is_alpha(key.back())) key.remove_suffix(1);
    std::array<char, 16> room{};
    const std::string_view word = last_word(key, room);
    if (word.empty()) return false;
    if (is_search(word)) return true;
    key.remove_suffix(word.size());
  }
  return false;
}

bool is_prose(std::string_view key, std::string_view last) {
  if (is_among(kProse, last)) return true;
  if (!is_among(kProseBehind, last)) return false;
  key.remove_suffix(last.size());
  while (!key.empty() && !is_alpha(key.back())) key.remove_suffix(1);
  if (key.empty()) return is_among(kProseAlone, last);
  std::array<char, 16> room{};
  return is_among(kBeforeProse, last_word(key, room));
}

}  // namespace

Field field_of(std::string_view key) {
  std::array<char, 16> room{};
  const std::string_view word = last_word(key, room);
  if (word.empty()) return Field::kAny;
  if (is_among(kPlaces, word)) return Field::kPlace;
  if (is_among(kShorts, word)) return Field::kShort;
  if (is_among(kPatterns, word)) return Field::kPattern;
  if (is_search(word)) return Field::kSearch;
  if (is_among(kOptions, word)) return Field::kOptions;
  if (searches_before(key, word)) return Field::kSearch;
  return is_prose(key, word) ? Field::kProse : Field::kAny;
}

}  // namespace agentmesh::policy::scan
