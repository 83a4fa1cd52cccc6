// Beside SQL: whether what stands in a call's arguments beside SQL that only reads may be what the server does. For look_arguments.cc:
// {"raw_query": "DROP TABLE users", "sql": "SELECT 1"} is no question, and which key a server looks at only it knows.
//
// So whatever is said counts, in any language and at any depth, but for
// * what stands, at the top or in an envelope ("arguments", "options"), under a key that says where, for whom, why or how much
//   (database, user, explanation, format), or as one word below one of a few of these at the top;
// * what a statement is given (params, values): a word, or a short text without signs in which no word is an act;
// * an operation that reads ({"operation": "read"});
// * a few words without signs and acts, where no key on the way says that they may be run, or does ({"output": "table", "env": "dev"}).
// Numbers, true, false and null say nothing. A key of an object does where it is no mere name, or stands right below a query.
// Cost: linear in the text, and once for all that stands side by side in the keys above it. One for a walk; not for threads.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "policy/walk.h"

namespace agentmesh::policy {

class BesideSql {
 public:
  // Of the key, text or number that `walk` shows, which is not read as SQL. Of one walk, in its order.
  bool may_act(const Walk& walk);

 private:
  // Where a text stands, and what its keys say of that.
  struct Place {
    size_t keys = SIZE_MAX;
    size_t depth = 0;
    const char* at = nullptr;
    std::string key;  // as a stem, as the top one is
    std::string top;
    bool may_name_run = false;  // the nearest key may
    bool outside = false;       // at the top or in envelopes
    bool option = false;        // no key on the way says that what stands there may be run
  };
  const Place& place_of(const Walk& walk);

  Place place_;
};

}  // namespace agentmesh::policy
