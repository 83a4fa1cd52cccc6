// Kinds: what a tool does, guessed from the words of its name where `tools:` does not say it.
//
// The table is data, in one place (kind_words.cc), grown by measuring over real tool lists: at most one tool in ten should stay
// unknown. It errs towards the more dangerous reading; `tools:` puts right what it gets wrong.
// Pure functions, any thread; nothing allocated for names up to 64 bytes.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/rules.h"

namespace agentmesh::policy {

struct KindWord {
  // Where it is a thing and not an act.
  enum class Thing : uint8_t {
    kNever,
    kBehindReading,  // a reading word stands before it: get_message reads, add_message sends
    kOfReading,  // the name begins with a verb that reads: list_trash, and not move_document_to_trash
  };
  std::string_view word;  // lower case
  Kind kind = Kind::kUnknown;
  Thing thing = Thing::kNever;
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
  // What the name would say if every word of it that may be an act were one: for what is protected in every mode, and for what a
  // call turns out to hold (get_shell_output {"command": …}).
  Kind worst = Kind::kUnknown;
};
// Words split at what is neither letter nor digit, at digits, and at case changes (readFile, HTTPGet); of words of two
// kinds, and of pairs of them, the more dangerous counts. But
// * behind get, show and their like an act is what the thing is called, unless the name ends with it (get_delete_log, but
//   user_get_delete), and behind describe, preview and explain it is always, but for what a preview does to the world and a
//   simulation to the input (preview_deploy_to_production, simulate_click_at, and not simulate_key_rotation);
// * all of that ends at and, or, then (get_and_delete); a word that may be a thing or an act is the act there, unless the next word
//   makes it a thing, or it is told of somebody together with what stands before (read_file_and_email_results, and not
//   get_job_and_run_logs, get_phone_or_email);
// * behind check and verify an act is asked about where the name ends so (check_reboot_required), and some acts are things with the
//   word behind them (list_delete_markers);
// * a program executes unless the name looks at something of it: kubectl_get, bash_output, search_bash_history; kubectl_apply;
// * running a report or an audit reads, and a language that can only ask is a query: run_report, execute_promql;
// * clearing filters or the fields of a form writes.
NameReading read_name(std::string_view tool);

// What a method other than tools/call does: resources/*, prompts/get, completion and subscriptions read; all else, and what
// a server asks of its client, is unknown.
Kind kind_of_method(std::string_view method);

}  // namespace agentmesh::policy
