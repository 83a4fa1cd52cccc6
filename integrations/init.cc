#include "integrations/init.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "integrations/client_file.h"
#include "integrations/diff.h"
#include "integrations/find_file.h"
#include "integrations/lesson.h"
#include "integrations/summary.h"

namespace agentmesh::integrations {
namespace {

InitReport refused(const std::string& why) {
  return {2, false, false, "", "agentmesh: " + why + "\n"};
}

bool is_still_wrapped(const Client& client, const std::string& path) {
  const auto text = read_client_file(path);
  return text && holds_ours(client, *text, path).value_or(false);
}

// The file, what becomes of each entry, and that there is nothing to do where there is nothing.
std::string summary_of(const InitRequest& request, const ClientFile& choice, const EditFile& file,
                       const Document& document, const Plan& plan) {
  const Client& client = *request.client;
  std::string summary = fmt::format("{}: {}\n", client.title, printable(choice.path));
  if (file.path() != choice.path)
    summary += fmt::format("  a link to {}\n", printable(file.path()));
  for (const std::string& other : choice.others)
    summary +=
        fmt::format("  also there, not touched{}: {} (name it with --config-path)\n",
                    request.undo && is_still_wrapped(client, other) ? " and still wrapped" : "",
                    printable(other));
  for (const std::string& hidden : choice.hidden)
    summary += fmt::format("  may be there, cannot be looked at: {}\n", printable(hidden));
  summary += entry_lines(plan, request.undo, request.dry_run);
  if (document.entries.empty()) {
    summary += no_servers(document);
  } else if (plan.edits.empty()) {
    summary += request.undo ? "nothing to undo\n" : "nothing to change\n";
  }
  return summary;
}

// The state directories that are to know as well.
std::vector<std::string> others_of(const InitRequest& request) {
  std::vector<std::string> others;
  std::copy_if(request.other_state_dirs.begin(), request.other_state_dirs.end(),
               std::back_inserter(others),
               [&](const std::string& other) { return other != request.state_dir; });
  return others;
}

}  // namespace

InitReport init_integration(const InitRequest& request, const config::Environment& environment,
                            const Clock& clock, const StepHook& hook) {
  const Client& client = *request.client;
  const auto choice = find_file(client, request.config_path, environment);
  if (!choice) return refused(choice.error().what);
  auto file = EditFile::open(choice->path);
  if (!file) return refused(printable(file.error().what));
  const std::string named = printable(choice->path);
  if (hook) hook(Step::kOpened);

  const std::string& known_as = request.known_as.empty() ? choice->path : request.known_as;
  const auto document = read_document(file->bytes(), client, known_as);
  if (!document) return refused(named + ":" + document.error().what);
  if (const auto unknown = unknown_server(document->entries, request.servers))
    return refused(named + ": " + *unknown);

  const Names names(request.servers.begin(), request.servers.end());
  const std::vector<std::string> others = others_of(request);
  Origins origins(*document, known_as, file->path(), request.state_dir, request.remembering);
  const auto plan =
      request.undo
          ? unwrap(*document, names, [&](const Entry& entry) { return origins.args_added(entry); })
          : wrap(*document, names, request.run);
  if (!plan) return refused(named + ": " + plan.error().what);
  if (const auto held = stuck(*plan)) return refused(named + ": " + *held);

  const bool ours = std::any_of(document->entries.begin(), document->entries.end(), is_ours);
  if (!plan->edits.empty() && file->held()) return refused(printable(file->held()->what));
  if (!plan->edits.empty() && file->names() > 1)
    return refused(fmt::format(
        "{}: it has {} names (hard links), and a new file would take only this one; nothing was changed: make it a file "
        "of its own, or a symbolic link to the other",
        named, file->names()));

  const std::string summary = summary_of(request, *choice, *file, *document, *plan);
  const std::string warned = warnings(*document, *plan, request.undo, request.state_dir);
  if (request.dry_run)
    return {0, !plan->edits.empty(), ours,
            unified_diff(printable(file->path()), file->bytes(), plan->edits),
            summary + warned + std::string(kDryRunLine)};

  file->remove_leftovers();
  const bool is_usual = in_usual_place(client, environment, choice->path);
  After after(edited(file->bytes(), plan->edits), known_as, file->path());
  const Change change{client, request.undo, *document, *plan, after, origins};
  const Lesson lesson = lesson_of(change, request.state_dir);
  if (plan->edits.empty()) {
    // It is as it shall be; that the file is not remembered hides it at most.
    const auto kept = remember(request.state_dir, lesson.learned, lesson.forgotten);
    return {0, false, ours, summary + warned,
            told(kept, request.state_dir, lesson.learned, known_as) +
                tell_others(change, others, is_usual)};
  }
  InitReport report;
  report.ours = ours;
  // Remembered once nothing but the rename is left to fail, and before it: remembered and not wrapped does no harm.
  const auto backup = file->replace(after.text(), clock.wall_us(), hook, [&]() -> Result<void> {
    const auto kept = remember(request.state_dir, lesson.learned, lesson.outdated);
    if (!kept) return fail(kept.error().what + "; nothing was changed");
    report.err = told(kept, request.state_dir, lesson.learned, known_as);
    return {};
  });
  if (!backup) {
    InitReport refusal = refused(printable(backup.error().what));
    refusal.err = report.err + refusal.err;
    return refusal;
  }
  report.changes = true;
  // What is remembered of an entry that is restored does no harm: it is looked at again only when it is wrapped again.
  const auto forgotten = remember(request.state_dir, {}, lesson.forgotten);
  report.err +=
      told(forgotten, request.state_dir, {}, known_as) + tell_others(change, others, is_usual);
  report.out = summary + fmt::format("backup: {}\n", printable(*backup)) + warned +
               fmt::format("next: {}\n", client.next_steps);
  return report;
}

}  // namespace agentmesh::integrations
