// Words that statements of SQL begin with: verbs of every common database with what stands behind them, kinds of things, and what
// stands behind a name. For sql_begins.cc alone. A list is words with a blank between them.
//
// Pure functions, any thread; a list is walked once for a word.

#pragma once

#include <algorithm>
#include <string_view>

#include "policy/scan/sql_statement.h"

namespace agentmesh::policy::scan {

// A verb, and the words of which one behind it says that SQL is meant. Those that are SQL by more than a word are in opens().
struct Beginning {
  std::string_view verb;
  std::string_view behind;
};
inline constexpr Beginning kBeginnings[] = {
    {"add", "jar jars archive signature"},
    {"administer", "key"},
    {"analyze", "table verbose local"},
    {"attach", "database table dictionary view permanently"},
    {"audit", "policy"},
    {"backup", "database log table tables all certificate server service master"},
    {"bulk", "insert"},
    {"cache", "table lazy"},
    {"change", "master replication"},
    {"check", "table"},
    {"checksum", "table"},
    {"clone", "instance"},
    {"cluster", "verbose"},
    {"comment", "on"},
    {"detach", "database table dictionary view"},
    {"disable", "trigger"},
    {"discard", "all plans sequences temp temporary"},
    {"enable", "trigger"},
    {"exchange", "tables dictionaries"},
    {"exec", "immediate as procedure"},
    {"execute", "immediate as procedure"},
    {"export", "data database table set"},
    {"flashback", "table database pluggable"},
    {"flush", "tables table privileges logs hosts binary engine error general slow relay local"},
    {"force", "checkpoint install"},
    {"fsck", "repair"},
    {"get", "diagnostics"},
    {"import", "foreign table database data schema into"},
    {"install", "plugin component extension shellfs httpfs"},
    {"load", "data xml index extension shellfs httpfs"},
    {"lock", "table tables instance"},
    {"merge", "into"},
    {"msck", "repair"},
    {"noaudit", "policy"},
    {"open", "symmetric master"},
    {"optimize", "table local"},
    {"purge", "binary master recyclebin dba_recyclebin table index tablespace materialized"},
    {"reassign", "owned"},
    {"recover", "database standby managed automatic table tables tablespace"},
    {"refresh", "materialized table external dynamic"},
    {"reindex", "table index schema database system concurrently"},
    {"rename", "table tables database user column dictionary"},
    {"repair", "table local"},
    {"replace", "into table view"},
    {"reset", "master slave replica persist binary role session all"},
    {"restore", "database log table tables schema all filelistonly headeronly"},
    {"security", "label"},
    {"set", "session global nocount persist persist_only transaction names constraints"},
    {"shutdown", "with immediate abort normal transactional"},
    {"start", "slave replica group_replication"},
    {"stop", "slave replica group_replication"},
    {"system", "drop flush reload stop start sync"},
    {"truncate", "table tables only database all"},
    {"uncache", "table"},
    {"undrop", "table schema database view"},
    {"update", "extensions"},
    {"uninstall", "plugin component"},
    {"unload", "data"},
    {"unlock", "tables instance"},
    {"use", "role warehouse schema database catalog secondary"},
    {"vacuum", "full analyze analyse verbose freeze into"},
    {"waitfor", "delay time"}};

// What is made, changed and dropped, and words in front of it. Whom a thing is, comes next.
inline constexpr std::string_view kKinds =
    "access account aggregate alert api application assembly asymmetric audit availability broker cast "
    "catalog certificate clustered collation column columnstore compute configuration connection "
    "constraint context contract conversion credential cryptographic data database dictionary "
    "dimension directory diskgroup domain dynamic edition editionable endpoint event extension "
    "external failover file flashback force foreign fulltext function global hybrid iceberg image "
    "index indextype instance integration java keyspace key language library link live local "
    "location lockdown logfile macro managed masking master materialized message method model "
    "monitor named network nonclustered notebook notification operator or outline owned package "
    "partition pfile pipe pluggable policy pool primary privacy private procedural procedure proc "
    "profile projection provider public publication queue quota recipient recursive remote replace "
    "replication resource restore rollback route row rule schema search secret secure security "
    "sequence server service session shared settings share spatial spfile stage statistics storage stream "
    "streaming streamlit subscription symmetric synonym table tables tablespace tag task temp "
    "temporary text transform transient trigger trusted type undo unique unlogged view views "
    "virtual warehouse workload wrapper xml";
inline constexpr std::string_view kWhom = "user role login group users roles account";
// Behind its name.
inline constexpr std::string_view kOptions =
    "admin after as authorization auto_increment before blocksize by cache cascade character charset "
    "check cluster collate comment connect connection content cycle data default embedded encoding "
    "engine execute filegroup for force foreign from handler identified in including increment "
    "instead into like limit location lockdown maxvalue minvalue no noforce not of on options "
    "owned owner parallel purge references rename restart restrict returns schema server set size "
    "start storage sync template to type unlogged uses using validate values version with without";
inline constexpr std::string_view kOptionsOfWhom =
    "account admin asymmetric authentication authorization bypassrls cascade certificate comment "
    "connection container createdb createrole default default_schema enable encrypted external "
    "grantees group host identified inherit login nobypassrls nocreatedb nocreaterole noinherit "
    "nologin noreplication nosuperuser option password profile quota replication require role "
    "settings superuser sysid temporary unencrypted user valid without wwwauthid";

inline bool is_in(std::string_view list, const SqlToken& token) {
  if (token.kind != SqlTokenKind::kWord) return false;
  for (size_t from = 0; from < list.size();) {
    const size_t end = std::min(list.find(' ', from), list.size());
    if (token.is(list.substr(from, end - from))) return true;
    from = end + 1;
  }
  return false;
}

// Behind a verb they begin a sentence, and no name of anything.
inline bool is_of_sentences(const SqlToken& token) {
  return one_of(token,
                {"a",    "an",  "the",   "my",     "your", "our",  "their", "some", "this", "these",
                 "that", "me",  "us",    "you",    "any",  "new",  "not",   "in",   "of",   "off",
                 "out",  "up",  "down",  "to",     "for",  "with", "at",    "by",   "from", "into",
                 "as",   "and", "about", "around", "how",  "what", "it"});
}

}  // namespace agentmesh::policy::scan
