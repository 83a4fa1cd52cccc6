#include "policy/kinds.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "policy/scan/name_words.h"

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

// Verbs that read, where a name begins with one. Behind the second ones an act is part of what the thing is called, and behind the
// last ones what is only told of, but for what a simulation does to the input and a preview to the world.
constexpr std::string_view kLooking[] = {"check", "count",   "find", "grep",    "list",  "read",
                                         "scan",  "search",  "view", "verify",  "watch", "monitor",
                                         "query", "analyze", "tail", "compare", "lookup"};
constexpr std::string_view kGetting[] = {"get", "gets", "inspect", "show"};
constexpr std::string_view kTelling[] = {"describe", "estimate", "explain", "preview", "simulate"};
constexpr std::string_view kInput[] = {
    "click", "drag",  "gesture", "input", "key", "keyboard", "keys", "keypress", "keystroke",
    "mouse", "press", "scroll",  "swipe", "tap", "touch",    "type", "typing"};
constexpr std::string_view kPreviewed[] = {"deploy", "publish"};
// Directly behind these, what they are a thing with: simulate_key_rotation, preview_publish_date.
constexpr std::string_view kNotDone[] = {
    "changes",    "check",  "checks",   "config",     "date",      "dates",
    "derivation", "diff",   "exchange", "generation", "inference", "logs",
    "manifest",   "plan",   "rate",     "rotation",   "schedule",  "settings",
    "status",     "system", "url",      "validation"};
constexpr std::string_view kJoining[] = {"and", "or", "then"};
// Between a joint and an act: get_report_and_bulk_export.
constexpr std::string_view kHow[] = {"also",        "auto",      "automatically", "batch",  "bulk",
                                     "immediately", "instantly", "maybe",         "quickly"};
// Directly behind an act behind a joint, whatever stands before that: read_file_or_email_it.
constexpr std::string_view kDoneTo[] = {"it", "them", "to"};
// In front of a joint, what is told of somebody or something together with one of the second ones behind it: get_name_and_email.
constexpr std::string_view kToldOf[] = {"address", "date", "id", "name", "phone", "size", "title"};
constexpr std::string_view kToldWith[] = {"email", "format", "label", "mail", "schedule", "tag"};
// Directly behind what may be an act behind a joint, what it is a thing with, by what it would do. What may as well be done to is not
// among them: get_pods_and_export_logs, list_inbox_and_archive_messages.
constexpr std::string_view kOfAny[] = {"count", "counts", "id", "ids", "settings"};
constexpr std::string_view kOfMessages[] = {"address", "addresses", "date",     "dates",
                                            "number",  "numbers",   "template", "templates",
                                            "thread",  "threads"};
constexpr std::string_view kOfExports[] = {"permission", "permissions", "schedule", "status"};
constexpr std::string_view kOfChanges[] = {"date",    "dates",  "history", "number",
                                           "numbers", "status", "type",    "types"};
// Of what is not done to something that follows: runs, calls, builds, orders.
constexpr std::string_view kOfDoings[] = {"detail", "details", "info",    "log",
                                          "logs",   "output",  "outputs", "stats"};
constexpr std::string_view kDoneToThings[] = {"archive", "book",  "draft", "format",
                                              "label",   "pull",  "push",  "record",
                                              "star",    "store", "tag",   "transfer"};
constexpr std::pair<std::string_view, std::string_view> kThingsWith[] = {
    {"call", "graph"},     {"call", "hierarchy"},  {"call", "recording"}, {"call", "recordings"},
    {"commit", "message"}, {"commit", "messages"}, {"invite", "code"},    {"invite", "codes"},
    {"invite", "link"},    {"invite", "links"},    {"order", "item"},     {"order", "items"},
    {"purchase", "item"},  {"purchase", "items"},  {"share", "link"},     {"share", "links"},
    {"share", "url"},      {"share", "urls"}};
// Words that may be acts and are none behind a joining one: list_runs_and_updates, search_news_and_web.
constexpr std::string_view kThings[] = {
    "chart",    "command", "crontab",    "deletion",     "downloads", "execution",
    "executor", "exports", "javascript", "notification", "playbook",  "python",
    "removal",  "runner",  "runs",       "script",       "sms",       "terminal",
    "updates",  "uploads", "url",        "web",          "webhook",   "webpage"};

// Behind a verb that reads, an act and a word with which it is a thing.
constexpr std::pair<std::string_view, std::string_view> kCompounds[] = {
    {"clean", "air"},      {"clean", "energy"}, {"clean", "water"},  {"delete", "marker"},
    {"delete", "markers"}, {"drop", "down"},    {"drop", "off"},     {"drop", "offs"},
    {"drop", "shipping"},  {"kill", "switch"},  {"kill", "switches"}};

// Whether an act is possible or due, and not that act: check_reboot_required. Behind verbs that are no things themselves.
constexpr std::string_view kAsking[] = {"check", "verify"};
constexpr std::string_view kAsked[] = {"allowed",  "available", "availability", "eligibility",
                                       "needed",   "pending",   "permission",   "permissions",
                                       "possible", "progress",  "readiness",    "required",
                                       "state",    "status",    "support"};

// What runs other programs. Of these, what is looked at.
constexpr std::string_view kPrograms[] = {
    "ansible", "bash", "cmd",       "kubectl", "playbook",  "powershell", "sh",
    "shell",   "ssh",  "terraform", "vagrant", "systemctl", "zsh"};
constexpr std::string_view kShells[] = {"bash", "cmd", "powershell", "sh", "shell", "ssh", "zsh"};
constexpr std::string_view kOfPrograms[] = {"diff", "docs",    "events",  "help",   "history",
                                            "info", "log",     "logs",    "output", "status",
                                            "top",  "version", "versions"};

constexpr std::string_view kRunning[] = {"exec", "execute", "run"};
constexpr std::string_view kReports[] = {"audit", "audits", "report", "reports"};
constexpr std::string_view kAskingOnly[] = {"jmespath", "jql",    "jsonpath", "logql",
                                            "nrql",     "promql", "traceql",  "xpath"};
// What is only emptied, and holds nothing that anybody keeps; fields are such where a form is spoken of, and columns elsewhere.
constexpr std::string_view kEmptied[] = {"filter",     "filters",   "highlight",
                                         "highlights", "selection", "input"};
constexpr std::string_view kFields[] = {"field", "fields"};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

template <size_t N>
bool is_pair(const std::pair<std::string_view, std::string_view> (&pairs)[N],
             std::string_view first, std::string_view second) {
  return std::any_of(std::begin(pairs), std::end(pairs), [&](const auto& both) {
    return both.first == first && both.second == second;
  });
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

class NameReader {
 public:
  void take(std::string_view word) {
    const bool joined = std::exchange(joined_, false);
    const bool behind_lead = std::exchange(behind_lead_, false);
    last_ = Kind::kUnknown;
    previous_act(word);
    compound(word);
    note(word);
    by_ = by_ || word == "by";
    if (is_one_of(kJoining, word)) {
      if (behind_lead || word == "then") reading_ = false;
      lead_ = Lead::kNone;
      joined_ = true;
      // find_user_by_name_or_email, and not get_invoice_by_id_and_email.
      told_ =
          word == "or" ? by_ || is_one_of(kToldOf, before_) : !by_ && is_one_of(kToldOf, before_);
      return;
    }
    if (joined && is_one_of(kHow, word)) {
      joined_ = true;
      return;
    }
    pairing_.take(word, !reading_ || joined);
    if (completes(word)) return;
    before_ = word;
    before_kind_ = out_.kind;
    if (simulated_ && is_one_of(kInput, word)) shown_act_ = Kind::kWrite;
    if (is_one_of(kPrograms, word)) return program(word, behind_lead);
    if (const KindWord* entry = find_word(word)) act(word, *entry, joined);
  }

  NameReading settle() {
    pairing_.settle(out_);
    previous_act({});
    out_.kind = std::max({out_.kind, last_, pending_});
    if (!ends_asked_) out_.kind = std::max(out_.kind, asked_);
    if (runs_) {
      const bool looks = !any_program_ && out_.kind <= Kind::kQuery;
      out_.kind = std::max(out_.kind, looks && reports_ ? Kind::kRead
                                      : looks && asks_  ? Kind::kQuery
                                                        : Kind::kExecute);
    }
    if (program_) {
      // ssh_get_file may write one here.
      const bool leads = lead_ != Lead::kNone && !(shell_ && lead_ == Lead::kGets);
      // kubectl_top_pods, bash_history; not bash_history_run.
      const bool shows = shell_ ? ends_shown_ : shows_;
      const bool looks = out_.kind <= Kind::kRead && (shows || leads);
      out_.kind = std::max(out_.kind, looks ? Kind::kRead : Kind::kExecute);
    }
    out_.sql = out_.sql || (plain_query_ && out_.kind != Kind::kUnknown);
    out_.worst = std::max(out_.worst, out_.kind);
    return out_;
  }

 private:
  enum class Lead { kNone, kLooks, kGets, kTells };

  // What does not hang on where the word stands.
  void note(std::string_view word) {
    const bool database = is_one_of(kDatabaseWords, word);
    out_.database = out_.database || database;
    out_.sql = out_.sql || (database && !is_one_of(kAnyQueryWords, word));
    plain_query_ = plain_query_ && is_one_of(kPlainQueryWords, word);
    // "get_env", "read_env_var": not what is done about secrets ("check_password_strength").
    out_.secret = is_one_of(kSecretWords, word) || (out_.secret && is_one_of(kValueWords, word));
    reports_ = is_one_of(kReports, word);
    asks_ = asks_ || is_one_of(kAskingOnly, word);
    ends_shown_ = is_one_of(kOfPrograms, word);
    shows_ = shows_ || ends_shown_;
    form_ = form_ || word == "form" || word == "input";
    ends_asked_ = is_one_of(kAsked, word);
  }

  // What was an act so far is a thing with this word behind it.
  void compound(std::string_view word) {
    const Kind pending = std::exchange(pending_, Kind::kUnknown);
    if (!is_pair(kCompounds, before_, word)) out_.kind = std::max(out_.kind, pending);
  }

  // What the word before does, unless it is a thing with this one behind it; "" at the end of the name.
  void previous_act(std::string_view word) {
    const Kind joined = std::exchange(joined_act_, Kind::kUnknown);
    const Kind shown = std::exchange(shown_act_, Kind::kUnknown);
    const bool thing = told_with_ ? !is_one_of(kDoneTo, word) : names_thing(joined, word);
    if (!thing) out_.kind = std::max(out_.kind, joined);
    if (!is_one_of(kNotDone, word)) out_.kind = std::max(out_.kind, shown);
  }

  bool names_thing(Kind act, std::string_view word) const {
    if (is_one_of(kOfAny, word) || is_pair(kThingsWith, before_, word)) return true;
    if (act == Kind::kMessage) return is_one_of(kOfMessages, word);
    if (act == Kind::kExport) return is_one_of(kOfExports, word);
    return is_one_of(kOfChanges, word) ||
           (is_one_of(kOfDoings, word) && !is_one_of(kDoneToThings, before_));
  }

  // "pull request", "merge request": a thing with a name of two words. "clear filters": less than it sounds like.
  bool completes(std::string_view word) {
    const bool request =
        (word == "request" || word == "requests") && (before_ == "pull" || before_ == "merge");
    const bool emptied =
        before_ == "clear" && (is_one_of(kEmptied, word) || (form_ && is_one_of(kFields, word)));
    if (!request && !emptied) return false;
    if (emptied) out_.worst = std::max(out_.worst, out_.kind);
    out_.kind = emptied ? std::max(before_kind_, Kind::kWrite) : before_kind_;
    before_.clear();
    return true;
  }

  // get_bash may open one, get_bash_history does not.
  void program(std::string_view word, bool behind_lead) {
    any_program_ = true;
    out_.worst = std::max(out_.worst, Kind::kExecute);
    shell_ = shell_ || is_one_of(kShells, word);
    if (lead_ == Lead::kNone)
      program_ = true;
    else if (behind_lead && lead_ == Lead::kGets)
      last_ = Kind::kExecute;
  }

  // `joined`: directly behind and, or, then.
  void act(std::string_view word, const KindWord& entry, bool joined) {
    const bool leads = lead_ != Lead::kNone;
    if (entry.thing == KindWord::Thing::kBehindReading && reading_) {
      if (!joined || is_one_of(kThings, word)) return;
      joined_act_ = entry.kind;
      told_with_ = told_ && (by_ || is_one_of(kToldWith, word));
      return;
    }
    // Whatever was read before, what is made of it behind the joint is none of it: list_users_and_write_message.
    if (joined && entry.thing == KindWord::Thing::kNever && entry.kind > Kind::kQuery)
      reading_ = false;
    out_.worst = std::max(out_.worst, entry.kind);
    if (previewed_ && is_one_of(kPreviewed, word)) shown_act_ = entry.kind;
    if (entry.thing == KindWord::Thing::kOfReading && leads) return;
    if (entry.kind > Kind::kQuery && entry.kind != Kind::kNetwork) {
      if (lead_ == Lead::kTells) return;
      if (lead_ == Lead::kGets) {
        last_ = entry.kind;
        return;
      }
      if (leads && is_one_of(kAsking, lead_word_)) {
        asked_ = std::max(asked_, entry.kind);
        return;
      }
      if (leads && entry.kind >= Kind::kExecute && begins_compound(word)) {
        pending_ = entry.kind;
        return;
      }
    }
    if (is_one_of(kRunning, word)) {
      runs_ = true;
      return;
    }
    if (entry.kind == Kind::kRead) reading_ = true;
    if (!leads && !runs_ && out_.kind <= Kind::kRead) {
      lead_ = is_one_of(kLooking, word)   ? Lead::kLooks
              : is_one_of(kGetting, word) ? Lead::kGets
              : is_one_of(kTelling, word) ? Lead::kTells
                                          : Lead::kNone;
      behind_lead_ = lead_ != Lead::kNone;
      lead_word_ = word;
      simulated_ = word == "simulate";
      previewed_ = word == "preview";
    }
    out_.kind = std::max(out_.kind, entry.kind);
  }

  static bool begins_compound(std::string_view word) {
    return std::any_of(std::begin(kCompounds), std::end(kCompounds),
                       [word](const auto& both) { return both.first == word; });
  }

  NameReading out_;
  Pairing pairing_;
  std::string before_;                 // the word before
  Kind before_kind_ = Kind::kUnknown;  // what was known before it
  Lead lead_ = Lead::kNone;            // what the name begins with
  bool behind_lead_ = false;           // directly
  bool joined_ = false;                // directly behind and, or, then
  bool by_ = false;                    // was seen: what stands behind it is what is looked for
  bool told_ = false;                  // what stands behind the joint may be told of,
  bool told_with_ = false;             // and is
  Kind joined_act_ = Kind::kUnknown;   // behind a joint, if the next word does not make it a thing
  Kind shown_act_ = Kind::kUnknown;    // of a simulation or a preview, likewise
  bool reading_ = false;               // a reading word stood before
  std::string lead_word_;
  bool simulated_ = false;         // by simulate_ …
  bool previewed_ = false;         // … and by preview_
  Kind last_ = Kind::kUnknown;     // what the name does if this was its last word,
  Kind pending_ = Kind::kUnknown;  // if the next does not make it a thing,
  Kind asked_ =
      Kind::kUnknown;  // and if it does not end with a word that says that something is asked
  bool ends_asked_ = false;
  bool form_ = false;  // one was spoken of
  bool runs_ = false;
  bool reports_ = false;  // the last word is what is run
  bool asks_ = false;
  bool any_program_ = false;
  bool program_ = false;  // stands where it may execute
  bool shell_ = false;    // is one on this machine or another
  bool shows_ = false;
  bool ends_shown_ = false;  // the last word is what is looked at
  bool plain_query_ = true;
};

}  // namespace

NameReading read_name(std::string_view tool) {
  NameReader reader;
  (void)scan::any_word(tool, [&reader](std::string_view word) {
    reader.take(word);
    return false;
  });
  return reader.settle();
}

Kind kind_of_method(std::string_view method) {
  if (method.starts_with("resources/") || method == "prompts/get" || method == "prompts/list" ||
      method == "subscriptions/listen" || method == "completion/complete")
    return Kind::kRead;
  return Kind::kUnknown;
}

}  // namespace agentmesh::policy
