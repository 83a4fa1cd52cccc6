// Kinds: what a tool does, guessed from the words of its name where `tools:` does not say it.
//
// The table is data, in one place (kind_words.cc), grown by measuring over real tool lists: at most one tool in ten should stay
// unknown. It errs towards the more dangerous reading; `tools:` puts right what it gets wrong.
// Pure functions, any thread; nothing allocated for names up to 64 bytes.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/rules.h"

namespace agentmesh::policy {

struct KindWord {
  std::string_view word;  // lower case
  Kind kind = Kind::kUnknown;
  // As a thing and not an act when a reading word stands before it: get_message reads, add_message sends.
  bool noun = false;
};
// By kind, for `policy show --types`.
std::span<const KindWord> kind_words();

// An act that is more than its verb says where one of these things stands in the name too: a service is restarted, a branch is
// pushed, a disk is formatted.
struct KindPair {
  Kind kind = Kind::kUnknown;
  bool sends = false;  // others read it: an issue is written, and out
  std::vector<std::string_view> acts;
  std::vector<std::string_view> things;
};
std::span<const KindPair> kind_pairs();

struct NameReading {
  Kind kind = Kind::kUnknown;
  bool sends = false;     // what it writes goes to others: create_issue, update_page
  bool database = false;  // a word of the name says that it speaks SQL: query, sql, db, postgres …
  bool sql = false;  // … and nothing else is asked there: sql, db, postgres …, or just run_query
  bool secret =
      false;  // a word of the name says that what it holds is nobody else's: env, secret, password …
};
// Words split at what is neither letter nor digit, at digits, and at case changes (readFile, HTTPGet); of words of two
// kinds, and of pairs of them, the more dangerous counts.
NameReading read_name(std::string_view tool);

// What a method other than tools/call does: resources/*, prompts/get, completion and subscriptions read; all else, and what
// a server asks of its client, is unknown.
Kind kind_of_method(std::string_view method);

}  // namespace agentmesh::policy
