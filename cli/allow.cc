#include "cli/allow.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/shell_word.h"
#include "cli/here.h"
#include "cli/json_object.h"
#include "cli/opened.h"
#include "cli/say.h"
#include "cli/strangers.h"
#include "policy/rules.h"
#include "trust/definition.h"
#include "trust/store.h"
#include "trust/wake.h"

namespace agentmesh::cli {
namespace {

using trust::Allowance;
using trust::printable;

constexpr size_t kMaxName = 256;
constexpr size_t kMaxWhy = 512;

std::string described(const Allowance& a, int64_t now_us) {
  std::string out =
      fmt::format("{}  {} on {}, {}\n", coloured(a.id, Colour::kBold), printable(a.tool, kMaxName),
                  printable(a.server, kMaxName), how_long(a, now_us));
  if (!a.args.empty()) out += fmt::format("          only with {}\n", printable(a.args, 600));
  return out + fmt::format("          by {}: {}\n", printable(a.by, 64), printable(a.why, kMaxWhy));
}

// The canonical form of --args. Nothing: it was complained about.
std::optional<std::string> canonical_args(const std::string& text) {
  if (text.empty()) return "";
  json::Reader reader;
  const json::Report& report = reader.read(text);
  if (report.fault != json::Fault::kNone) {
    complain(fmt::format("--args is not JSON (byte {})", report.fault_at));
    return std::nullopt;
  }
  if (!report.repeated_keys.empty() || !reader.root().is_object()) {
    complain("--args is the JSON object of the call's arguments, each name once");
    return std::nullopt;
  }
  return trust::canonical(reader.root());
}

audit::Operator record_of(const Allowance& a, std::string_view act, std::string_view why) {
  audit::Operator record;
  record.act = act;
  record.target = fmt::format("tool:{}/{} {}", a.server, a.tool, a.id);
  record.why = why;
  record.by = this_user();
  return record;
}

// The one that holds already and says the same but for how long and why, which is renewed, so that ending it ends it; "" if there
// is none.
std::string same_exception(trust::Store& store, const Allowance& a) {
  const auto all = store.allowances();
  if (!all) return "";
  for (const Allowance& known : *all)
    if (known.holds_at(a.at_us) && known.server == a.server && known.tool == a.tool &&
        known.args == a.args)
      return known.id;
  return "";
}

// A name is no pattern, and one that the server never listed may be a slip of the hand.
void tell_of_unlisted(trust::Store& store, const Allowance& a) {
  const auto pins = store.pins(a.server);
  if (!pins) return;
  std::vector<std::string> tools;
  for (const trust::Pin& pin : *pins) {
    if (pin.kind != trust::PinKind::kTool) continue;
    if (pin.name == a.tool) return;
    tools.push_back(printable(pin.name, kMaxName));
  }
  if (tools.empty()) return;
  constexpr size_t kShown = 12;
  const bool more = tools.size() > kShown;
  tools.resize(std::min(tools.size(), kShown));
  complain(fmt::format(
      "it holds for a tool called '{}' (names are no patterns), and {} has listed none of that name; there are: {}{}",
      printable(a.tool, kMaxName), printable(a.server, kMaxName), fmt::join(tools, ", "),
      more ? " …" : ""));
}

// What keeps the tool from being called whatever a policy says: the pin of its definition, or of its server's command.
std::optional<trust::Pin> stopping_pin(trust::Store& store, const Allowance& a) {
  const auto pins = store.pins(a.server);
  if (!pins) return std::nullopt;
  for (const trust::Pin& pin : *pins) {
    const bool of_tool = pin.kind == trust::PinKind::kTool && pin.name == a.tool;
    if ((of_tool || pin.kind == trust::PinKind::kCommand) && !trust::passes(pin.state)) return pin;
  }
  return std::nullopt;
}

std::string does_not_lift(const trust::Pin& pin, const std::string& state_dir) {
  const std::string server = shell_word(printable(pin.server, kMaxName));
  const std::string tool = pin.name.empty() ? "" : " " + shell_word(printable(pin.name, kMaxName));
  return fmt::format(
      "the pin of {0} is {1}, and an exception does not lift that: agentmesh pins list{3} {2} shows what waits, agentmesh pins "
      "approve{3} {2}{4} accepts it",
      pin.kind == trust::PinKind::kTool ? printable(pin.name, kMaxName)
                                        : "the command of " + printable(pin.server, kMaxName),
      to_string(pin.state), server, state_words(state_dir), tool);
}

}  // namespace

std::vector<Allowance> allowances_that_hold(std::vector<Allowance> all, int64_t now_us) {
  std::erase_if(all, [now_us](const Allowance& a) { return !a.holds_at(now_us); });
  return all;
}

std::string allowance_json(const Allowance& a) {
  JsonObject object;
  object.text("id", a.id).text("rule", "allow:" + a.id);
  object.text("server", a.server).text("tool", a.tool);
  if (!a.args.empty()) object.raw("arguments", a.args);
  if (a.until_us != 0) object.text("until", rfc3339(a.until_us));
  return object.text("why", a.why).text("by", a.by).text("made", rfc3339(a.at_us)).done();
}

std::string how_long(const Allowance& a, int64_t now_us) {
  if (a.until_us == 0) return "until it is ended";
  const int64_t minutes = (a.until_us - now_us + 59'999'999) / 60'000'000;
  return minutes < 120
             ? fmt::format("for {} more minute{}", minutes, plural(static_cast<size_t>(minutes)))
             : fmt::format("until {}", rfc3339(a.until_us));
}

int allow_make(const AllowOptions& options, const Recorder& record) {
  const auto usage = [](std::string_view sentence) {
    complain(sentence);
    return kUsage;
  };
  if (options.server.empty() || options.tool.empty())
    return usage("name the server and the tool, as the denial does (see agentmesh allow --help)");
  if (options.server.size() > kMaxName || options.tool.size() > kMaxName)
    return usage("a name is at most 256 bytes long");
  if (options.why.empty()) return usage("say why with --why; it is recorded");
  if (options.span.empty() != options.always)
    return usage(options.always ? "--for and --always: give one of them"
                                : "say for how long: --for 1h, or --always");
  Allowance a;
  a.server = options.server;
  a.tool = options.tool;
  a.why = options.why.substr(0, kMaxWhy);
  a.by = this_user();
  const auto args = canonical_args(options.args);
  if (!args) return kUsage;
  a.args = *args;
  Opened opened;
  a.at_us = opened.clock.wall_us();
  if (!options.always) {
    const auto span = policy::parse_span(options.span);
    if (!span) return usage("--for: " + span.error().what);
    a.until_us = a.at_us + *span;
  }
  if (refused_to_servers(options.state_dir, "allow")) return kNo;
  if (!opened.open_store(options.state_dir)) return kUsage;
  const std::string known = same_exception(*opened.store, a);
  a.id = known.empty() ? random_hex(opened.random, 4) : known;
  audit::Operator operation = record_of(a, "allow", a.why);
  if (a.until_us != 0) operation.until = a.until_us;
  if (auto noted = record(operation); !noted)
    return usage("not allowed, because it cannot be recorded: " + noted.error().what);
  if (auto put = opened.store->put_allowance(a); !put) return usage(put.error().what);
  if (auto woken = trust::touch_wake(options.state_dir); !woken) complain(woken.error().what);
  if (const auto pin = stopping_pin(*opened.store, a))
    complain(does_not_lift(*pin, options.state_dir));
  tell_of_stranger(a.server, options.state_dir, known.empty() ? "it is allowed" : "it is renewed");
  tell_of_unlisted(*opened.store, a);
  if (options.json) {
    print(allowance_json(a) + "\n");
  } else {
    print(fmt::format("{} {}: {} on {} with {} {}; `agentmesh allow end{} {}` ends it\n",
                      known.empty() ? "allowed" : "renewed", a.id, printable(a.tool, kMaxName),
                      printable(a.server, kMaxName),
                      a.args.empty() ? "any arguments" : "exactly these arguments",
                      how_long(a, a.at_us), state_words(options.state_dir), a.id));
  }
  return kOk;
}

int allow_list(const AllowListOptions& options) {
  Opened opened;
  if (!opened.read_store(options.state_dir)) return kUsage;
  Result<std::vector<Allowance>> all;
  if (opened.store) all = opened.store->allowances();
  if (!all) {
    complain(all.error().what);
    return kUsage;
  }
  const int64_t now = opened.clock.wall_us();
  std::vector<std::string> objects;
  std::string text;
  for (const Allowance& a : allowances_that_hold(std::move(*all), now)) {
    objects.push_back(allowance_json(a));
    text += described(a, now);
  }
  if (options.json)
    print(json_array(objects) + "\n");
  else
    print(text.empty() ? "no exceptions hold\n" : text);
  return kOk;
}

int allow_end(const AllowEndOptions& options, const Recorder& record) {
  if (refused_to_servers(options.state_dir, "allow end")) return kNo;
  Opened opened;
  if (!opened.open_store(options.state_dir)) return kUsage;
  auto all = opened.store->allowances();
  if (!all) {
    complain(all.error().what);
    return kUsage;
  }
  std::vector<Allowance> found = allowances_that_hold(std::move(*all), opened.clock.wall_us());
  std::string_view id = options.id;
  if (id.starts_with("allow:")) id.remove_prefix(6);  // as a mark and the log name it
  std::erase_if(found, [id](const Allowance& a) { return id.size() < 4 || !a.id.starts_with(id); });
  if (found.size() != 1) {
    complain(found.empty() ? fmt::format("no exception '{}' holds (see agentmesh allow list{})",
                                         printable(options.id, 64), state_words(options.state_dir))
                           : fmt::format("several exceptions begin with '{}'", id));
    return kNo;
  }
  const Allowance& a = found.front();
  // It ends first: a log that cannot be written must not keep an exception alive.
  if (auto ended = opened.store->end_allowance(a.id); !ended) {
    complain(ended.error().what);
    return kUsage;
  }
  if (auto woken = trust::touch_wake(options.state_dir); !woken) complain(woken.error().what);
  if (auto noted = record(record_of(a, "allow.end", a.why)); !noted)
    complain("it is ended, but that could not be recorded: " + noted.error().what);
  print(options.json ? JsonObject().text("ended", a.id).done() + "\n"
                     : fmt::format("ended {}\n", a.id));
  return kOk;
}

}  // namespace agentmesh::cli
