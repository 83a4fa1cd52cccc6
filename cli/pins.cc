#include "cli/pins.h"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/shell_word.h"
#include "cli/here.h"
#include "cli/json_object.h"
#include "cli/opened.h"
#include "cli/say.h"
#include "policy/examine.h"
#include "trust/lookalike.h"
#include "trust/store.h"
#include "trust/wake.h"

namespace agentmesh::cli {

namespace {

using trust::Pin;
using trust::PinState;

bool waits(const Pin& pin) { return !trust::passes(pin.state) && !pin.offered_hash.empty(); }

std::string difference_of(const Pin& pin) {
  if (pin.offered.empty())
    return "  (cannot be shown: too long to be kept, or lost; its SHA-256 is " + pin.offered_hash +
           ")\n";
  return trust::readable_difference(pin.form, pin.offered);
}

// What the scanners of this version say of the definition that stands or waits, and names it could be taken for.
std::vector<policy::Finding> findings_of(const Pin& pin, trust::KnownNames& names) {
  std::vector<policy::Finding> out;
  const std::string& form = waits(pin) ? pin.offered : pin.form;
  json::Reader reader;
  if (reader.read(form).fault == json::Fault::kNone)
    out = policy::examine_definition(reader.root());
  if (pin.kind != trust::PinKind::kTool) return out;
  if (const auto like = names.find(pin.server, pin.name)) {
    out.push_back({std::string(trust::finding_id(*like)),
                   static_cast<policy::Severity>(trust::severity_of(*like, pin.name)),
                   fmt::format("name, like {} of {}", trust::printable(like->name, 64),
                               trust::printable(like->server, 64))});
  }
  return out;
}

std::string described(const Pin& pin) {
  std::string name = trust::printable(pin.name, 256);
  if (pin.kind == trust::PinKind::kTool) return name;
  return name.empty() ? std::string(to_string(pin.kind))
                      : fmt::format("{} {}", to_string(pin.kind), name);
}

std::string json_of(const policy::Finding& finding) {
  return JsonObject()
      .text("id", finding.id)
      .text("severity", policy::to_string(finding.severity))
      .text("where", finding.where)
      .done();
}

std::string json_of(const Pin& pin, trust::KnownNames& names) {
  JsonObject object;
  object.text("server", pin.server)
      .text_if("cmd_mac", pin.cmd_mac)
      .text("kind", to_string(pin.kind))
      .text("name", pin.name);
  object.text("state", to_string(pin.state))
      .text_if("hash", pin.hash)
      .text_if("offered_hash", pin.offered_hash);
  object.text_if("by", pin.by).text("at", rfc3339(pin.at_us));
  std::vector<std::string> findings;
  for (const policy::Finding& f : findings_of(pin, names)) findings.push_back(json_of(f));
  object.raw("findings", json_array(findings));
  if (!waits(pin)) return object.done();
  const auto difference = trust::compare(pin.form.empty() ? "{}" : pin.form, pin.offered);
  std::vector<std::string> parts;
  for (const std::string& part : difference.parts) json::append_string(parts.emplace_back(), part);
  object.raw("parts", json_array(parts))
      .boolean("wider", difference.wider)
      .text("difference", difference_of(pin));
  return object.done();
}

std::string server_word(const std::string& server) {
  return shell_word(trust::printable(server, 256));
}

std::string list_command(const PinsAnswerOptions& options) {
  return fmt::format("agentmesh pins list{} {}", state_words(options.state_dir),
                     server_word(options.server));
}

std::string indented(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const Colour colour = line.starts_with('-')   ? Colour::kRed
                          : line.starts_with('+') ? Colour::kGreen
                                                  : Colour::kNone;
    out += "      " + coloured(line, colour) + "\n";
    at = end + 1;
  }
  return out;
}

std::string found_in(const Pin& pin, trust::KnownNames& names) {
  std::string out;
  for (const policy::Finding& f : findings_of(pin, names))
    if (!f.id.starts_with("text."))
      out += fmt::format("      {}: {}{}\n", policy::to_string(f.severity), f.id,
                         f.where.empty() ? "" : " in " + f.where);
  return out;
}

std::string listing(const std::vector<Pin>& pins, const std::string& state_dir,
                    trust::KnownNames& names) {
  std::string out;
  std::string section;
  size_t width = 0;
  size_t waiting = 0;
  for (const Pin& pin : pins) width = std::max(width, std::min<size_t>(described(pin).size(), 40));
  for (const Pin& pin : pins) {
    const std::string command =
        pin.cmd_mac.empty() ? "" : fmt::format(" (command {})", pin.cmd_mac.substr(0, 8));
    const std::string title = trust::printable(pin.server, 256) + command;
    if (title != section)
      out += fmt::format("{}{}\n", out.empty() ? "" : "\n", coloured(title, Colour::kBold));
    section = title;
    const Colour colour = trust::passes(pin.state) ? Colour::kGreen : Colour::kYellow;
    out += fmt::format("  {:<{}}  {}  {}\n", described(pin), width,
                       coloured(fmt::format("{:<9}", to_string(pin.state)), colour),
                       pin.by.empty() ? "" : "by " + pin.by);
    out += found_in(pin, names);
    if (!waits(pin)) continue;
    ++waiting;
    out += indented(difference_of(pin));
    out += fmt::format("      accept: agentmesh pins approve{} {} {}\n", state_words(state_dir),
                       server_word(pin.server), shell_word(trust::printable(pin.name, 256)));
  }
  if (pins.empty())
    return "nothing is pinned yet: pins are taken when a client first lists a server's tools\n";
  if (waiting > 0)
    out += fmt::format("\n{} of {} wait{} for an answer\n", waiting, pins.size(),
                       waiting == 1 ? "s" : "");
  return out;
}

// What an answer does to a row.
struct Answer {
  Pin before;
  Pin after;
};

Answer accepted(const Pin& pin, const std::string& by, int64_t now_us) {
  Answer answer{pin, pin};
  answer.after.state = PinState::kApproved;
  answer.after.hash = std::exchange(answer.after.offered_hash, {});
  answer.after.form = std::exchange(answer.after.offered, {});
  answer.after.shown = false;
  answer.after.by = by;
  answer.after.at_us = now_us;
  return answer;
}

Answer refused(const Pin& pin, int64_t now_us) {
  Answer answer{pin, pin};
  answer.after.state = PinState::kRejected;
  answer.after.at_us = now_us;
  return answer;
}

audit::Record record_of(const Answer& answer, const std::string& by) {
  const Pin& pin = answer.before;
  const std::string kind =
      pin.kind == trust::PinKind::kTool ? "" : std::string(to_string(pin.kind));
  if (answer.after.state == PinState::kApproved) {
    return audit::ToolsPinned{pin.server, kind, pin.name, answer.after.hash, by};
  }
  audit::ToolsChanged changed;
  changed.server = pin.server;
  changed.kind = kind;
  changed.tool = pin.name;
  changed.old_hash = pin.hash;
  changed.new_hash = pin.offered_hash;
  changed.parts = trust::compare(pin.form.empty() ? "{}" : pin.form, pin.offered).parts;
  changed.action = "denied";
  return changed;
}

bool holds(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

// The rows that the command line means, and how they stand to an answer. `missing` is set, with a complaint on stderr, when one
// of them has no answer to give.
struct Chosen {
  std::vector<Pin> rows;    // to be answered
  std::vector<Pin> unseen;  // to be approved, and not shown as they are now
};

Chosen chosen(const std::vector<Pin>& pins, const PinsAnswerOptions& options, bool approving,
              bool& missing) {
  Chosen out;
  std::set<std::string> found;
  for (const Pin& pin : pins) {
    const bool named = holds(options.names, pin.name);
    if (!options.names.empty() && !named) continue;
    found.insert(pin.name);
    if (!waits(pin)) {
      if (named && !approving && trust::passes(pin.state)) missing = true;
      if (named)
        complain(fmt::format(
            "{} of {} is {} already{}", described(pin), options.server, to_string(pin.state),
            !approving && trust::passes(pin.state)
                ? ", and nothing of it waits to be rejected: a rule that denies it "
                  "stops calls to it"
                : ""));
      continue;
    }
    if (!options.hashes.empty()) {
      if (holds(options.hashes, pin.offered_hash)) {
        found.insert(pin.offered_hash);
        out.rows.push_back(pin);
      }
      continue;
    }
    // What was refused is taken up again only by name, or by its hash.
    if (pin.state == PinState::kRejected && (!named || !approving)) continue;
    (approving && !(pin.shown && !pin.offered.empty()) ? out.unseen : out.rows).push_back(pin);
  }
  for (const std::string& name : options.names) {
    if (found.contains(name)) continue;
    missing = true;
    complain(
        fmt::format("server '{}' has no pin '{}'", options.server, trust::printable(name, 256)));
  }
  for (const std::string& hash : options.hashes) {
    if (found.contains(hash)) continue;
    missing = true;
    complain(fmt::format("nothing that waits{} has the hash {}: look again with {}",
                         options.names.empty() ? "" : " under this name", hash,
                         list_command(options)));
  }
  return out;
}

// What a person has to see before it can be accepted: shown now, and accepted by nothing but another command.
void show_unseen(const std::vector<Pin>& unseen, const PinsAnswerOptions& options,
                 trust::KnownNames& names, trust::Store& store) {
  std::string text;
  std::vector<std::string> titles;
  std::vector<Pin> seen;
  for (const Pin& pin : unseen) {
    if (pin.offered.empty()) {
      complain(fmt::format(
          "{} of {} cannot be shown (it is too long to be kept, or its text was lost); whoever "
          "knows it from elsewhere accepts it by its hash: agentmesh pins approve{} {} --hash {}",
          described(pin), options.server, state_words(options.state_dir),
          server_word(options.server), pin.offered_hash));
      continue;
    }
    titles.push_back(described(pin));
    text += fmt::format("{} of {} offers ({})\n{}{}", titles.back(), options.server,
                        pin.offered_hash.substr(0, 12), found_in(pin, names),
                        indented(difference_of(pin)));
    seen.push_back(pin);
  }
  if (seen.empty()) return;
  const std::string which = fmt::format("{}", fmt::join(titles, ", "));
  if (options.json) {
    complain(
        fmt::format("not accepted, because it was not shown as it stands now: {}. Look at it "
                    "with {}, or name what you know by its hash (--hash)",
                    which, list_command(options)));
    return;
  }
  print(text);
  if (!flush_printed()) return;  // nobody has seen it, and the loss is told at the end
  if (auto noted = store.mark_shown(seen); !noted) complain(noted.error().what);
  complain(
      fmt::format("not accepted yet, because it was not shown before as it stands now: {}. "
                  "The same command again accepts exactly what you see here",
                  which));
}

int give_answer(const PinsAnswerOptions& options, const Recorder& record, bool approving) {
  const char* command = approving ? "pins approve" : "pins reject";
  if (refused_to_servers(options.state_dir, command)) return kNo;
  if (options.server.empty()) {
    complain(fmt::format("{}: name the server", command));
    return kUsage;
  }
  for (const std::string& hash : options.hashes) {
    if (hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == std::string::npos)
      continue;
    complain(
        fmt::format("{}: '{}' is no SHA-256 of 64 hex digits, as `agentmesh pins list{} --json` "
                    "has them (offered_hash)",
                    command, trust::printable(hash, 80), state_words(options.state_dir)));
    return kUsage;
  }
  Opened opened;
  if (!opened.open_store(options.state_dir)) return kUsage;
  const auto pins = opened.store->pins(options.server);
  if (!pins) {
    complain(pins.error().what);
    return kUsage;
  }
  if (pins->empty()) {
    complain(fmt::format("server '{}' has no pins: agentmesh pins list{} shows those there are",
                         options.server, state_words(options.state_dir)));
    return kNo;
  }
  trust::KnownNames names(*pins);
  bool missing = false;
  const std::string by = this_user();
  std::vector<trust::PinWrite> writes;
  std::vector<std::string> told;
  std::string text;
  const Chosen answered = chosen(*pins, options, approving, missing);
  for (const Pin& pin : answered.rows) {
    const Answer answer = approving ? accepted(pin, by, opened.clock.wall_us())
                                    : refused(pin, opened.clock.wall_us());
    // The record comes before its effect.
    if (auto recorded = record(record_of(answer, by)); !recorded) {
      complain(recorded.error().what);
      missing = true;
      break;
    }
    writes.push_back({answer.after, answer.before.hash});
    told.push_back(json_of(answer.after, names));
    text += fmt::format("{} {} of {} ({})\n", approving ? "approved" : "rejected", described(pin),
                        options.server, pin.offered_hash.substr(0, 12));
    if (approving && !pin.shown) text += indented(difference_of(pin));  // named by its hash
  }
  const auto standing = opened.store->change_pins(writes);
  if (!standing) {
    complain(standing.error().what);
    return kUsage;
  }
  for (const Pin& pin : *standing) {
    missing = true;
    complain(fmt::format("{} of {} changed at this moment: look again with {}", described(pin),
                         options.server, list_command(options)));
  }
  if (writes.empty() && answered.unseen.empty() && !missing)
    text = fmt::format("nothing of {} waits for an answer\n", options.server);
  if (!answered.unseen.empty()) missing = true;
  // Nothing done, and a reason on stderr: with --json it is said on stdout as well.
  if (!options.json || !told.empty() || !missing)
    print(options.json ? json_array(told) + "\n" : text);
  if (!answered.unseen.empty()) show_unseen(answered.unseen, options, names, *opened.store);
  if (writes.empty()) return missing ? kNo : kOk;
  if (auto woken = trust::touch_wake(options.state_dir); !woken) {
    complain(woken.error().what + "; running proxies take it up with their next session");
  }
  return missing ? kNo : kOk;
}

}  // namespace

int pins_list(const PinsListOptions& options) {
  if (refused_to_servers(options.state_dir, "pins list")) return kNo;
  Opened opened;
  if (!opened.read_store(options.state_dir)) return kUsage;
  Result<std::vector<Pin>> everything;
  if (opened.store) everything = opened.store->pins("");
  if (!everything) {
    complain(everything.error().what);
    return kUsage;
  }
  std::vector<Pin> pins = *everything;
  if (!options.server.empty())
    std::erase_if(pins, [&](const Pin& pin) { return pin.server != options.server; });
  if (pins.empty() && !options.server.empty()) {
    complain(fmt::format("server '{}' has no pins", trust::printable(options.server, 256)));
    return kNo;
  }
  trust::KnownNames names(*everything);
  if (options.json) {
    std::vector<std::string> objects;
    for (const Pin& pin : pins) objects.push_back(json_of(pin, names));
    print(json_array(objects) + "\n");
  } else {
    print(listing(pins, options.state_dir, names));
  }
  std::vector<Pin> shown;
  std::copy_if(pins.begin(), pins.end(), std::back_inserter(shown),
               [](const Pin& pin) { return waits(pin) && !pin.offered.empty(); });
  if (shown.empty() || ::access(options.state_dir.c_str(), W_OK) != 0) return kOk;
  // What was shown is what `pins approve` accepts; what did not arrive was not.
  if (!flush_printed()) return kOk;
  if (!opened.open_store(options.state_dir)) return kUsage;
  if (auto noted = opened.store->mark_shown(shown); !noted) {
    complain(noted.error().what);
    return kUsage;
  }
  return kOk;
}

int pins_approve(const PinsAnswerOptions& options, const Recorder& record) {
  return give_answer(options, record, true);
}

int pins_reject(const PinsAnswerOptions& options, const Recorder& record) {
  return give_answer(options, record, false);
}

}  // namespace agentmesh::cli
