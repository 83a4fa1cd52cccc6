#include <algorithm>
#include <string>

#include "policy/kinds.h"
#include "policy/query_texts.h"
#include "policy/query_tokens.h"

namespace agentmesh::policy {

namespace {

using Tokens = QueryTokens;

// What is done to data by whatever is called so: what it sends or asks of others besides is the tool's to say.
Kind done_by(std::string_view field) {
  const Kind kind = read_name(field).kind;
  return kind == Kind::kDelete || kind == Kind::kExecute ? kind : Kind::kUnknown;
}

// At the brace of a selection: what its fields say. Those of `... on Type { }` are its own.
Kind kind_of_fields(Tokens& tokens) {
  Kind kind = Kind::kUnknown;
  size_t braces = 0;
  do {
    if (tokens.is('{')) {
      ++braces;
      tokens.next();
    } else if (tokens.is('}')) {
      --braces;
      tokens.next();
    } else if (tokens.is('.')) {
      while (tokens.is('.')) tokens.next();
      if (tokens.word() == "on") tokens.next();
      if (tokens.is_name()) tokens.next();  // of the type, or of a fragment
    } else if (tokens.is('@')) {
      tokens.next();
      if (tokens.is_name()) tokens.next();
      if (tokens.is('(')) tokens.skip_pair();
    } else if (tokens.is_name()) {
      std::string name(tokens.token());
      tokens.next();
      if (tokens.is(':')) {  // that was an alias
        tokens.next();
        name = tokens.token();
        tokens.next();
      }
      kind = std::max(kind, done_by(name));
      if (tokens.is('(')) tokens.skip_pair();
      while (tokens.is('@')) {
        tokens.next();
        if (tokens.is_name()) tokens.next();
        if (tokens.is('(')) tokens.skip_pair();
      }
      if (tokens.is('{')) tokens.skip_pair();  // what comes back
    } else {
      tokens.next();
    }
  } while (braces > 0 && !tokens.ended());
  return kind;
}

// What stands in front of a selection: a name, variables, a type, directives.
bool at_selection(Tokens& tokens) {
  while (!tokens.ended() && !tokens.is('{')) {
    if (tokens.is('('))
      tokens.skip_pair();
    else if (tokens.is_name() || tokens.is('@'))
      tokens.next();
    else
      return false;
  }
  return !tokens.ended();
}

// An operation or a fragment: `word` is what stands in front of it. Ends at the brace of what it selects.
bool begins_definition(Tokens& tokens, const std::string& word) {
  return (tokens.is('{') || word == "query" || word == "subscription" || word == "mutation" ||
          word == "fragment") &&
         at_selection(tokens);
}

// What describes the operation.
void skip_descriptions(Tokens& tokens) {
  while (tokens.is('"')) tokens.next();
}

}  // namespace

bool begins_graphql(std::string_view text) {
  Tokens tokens(text, {.hash = true});
  skip_descriptions(tokens);
  if (!begins_definition(tokens, tokens.word())) return false;
  tokens.next();
  return tokens.is_name() || tokens.is('.');  // and no JSON
}

Kind kind_of_graphql(std::string_view text) {
  Tokens tokens(text, {.hash = true});
  bool mutates = false;
  Kind kind = Kind::kUnknown;
  for (skip_descriptions(tokens); !tokens.ended(); skip_descriptions(tokens)) {
    const std::string word = tokens.word();
    if (!begins_definition(tokens, word)) break;
    if (word == "mutation" || word == "fragment") {
      mutates = mutates || word == "mutation";
      kind = std::max(kind, kind_of_fields(tokens));
    } else {
      tokens.skip_pair();
    }
  }
  return mutates ? std::max(kind, Kind::kWrite) : Kind::kUnknown;
}

}  // namespace agentmesh::policy
