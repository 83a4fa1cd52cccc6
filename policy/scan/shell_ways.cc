#include "policy/scan/shell_ways.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

enum class Disk { kNone, kRead, kWritten };

// Of a volume, "/:/host:ro": the machine's disk as a whole.
Disk volume(std::string_view value) {
  if (!value.starts_with("/:")) return Disk::kNone;
  const size_t options = value.find(':', 2);
  if (options == std::string_view::npos) return Disk::kWritten;
  const std::string given = "," + std::string(value.substr(options + 1)) + ",";
  return has(given, ",ro,") ? Disk::kRead : Disk::kWritten;
}

// Of a mount, "type=bind,source=/,target=/host".
Disk mount(std::string_view value) {
  const std::string given = "," + std::string(value) + ",";
  if (!has(given, ",source=/,") && !has(given, ",src=/,")) return Disk::kNone;
  return has(given, ",ro,") || has(given, ",readonly,") || has(given, "readonly=true")
             ? Disk::kRead
             : Disk::kWritten;
}

void find_escape(const ShellRun& run, std::vector<Hit>& hits) {
  if (!run.has_argument("run") && !run.has_argument("create")) return;
  Disk disk = Disk::kNone;
  bool privileged = false;
  for (size_t i = 0; i < run.arguments.size(); ++i) {
    const std::string_view word = run.arguments[i];
    const std::string_view next =
        i + 1 < run.arguments.size() ? std::string_view(run.arguments[i + 1]) : std::string_view();
    privileged = privileged || word == "--privileged" || word == "--privileged=true";
    if (word == "-v" || word == "--volume")
      disk = std::max(disk, volume(next));
    else if (word.starts_with("-v"))
      disk = std::max(disk, volume(word.substr(2)));
    else if (word.starts_with("--volume="))
      disk = std::max(disk, volume(word.substr(9)));
    else if (word == "--mount")
      disk = std::max(disk, mount(next));
    else if (word.starts_with("--mount="))
      disk = std::max(disk, mount(word.substr(8)));
  }
  if (disk == Disk::kWritten || (disk == Disk::kRead && privileged))
    add_hit(hits, {"shell.escape", Severity::kHigh});
  else if (disk == Disk::kRead || privileged)
    add_hit(hits, {"shell.escape", Severity::kMedium});
}

// Options stand in front of the host; behind it is what runs there.
bool opens_port(const ShellRun& run) {
  const std::string_view with_value =
      run.name == "autossh" ? "BbcDEeFIiJLlMmOopQRSWw" : "BbcDEeFIiJLlmOopQRSWw";
  for (size_t i = 0; i < run.arguments.size(); ++i) {
    const std::string_view word = run.arguments[i];
    if (word.size() < 2 || word[0] != '-' || word == "--") return false;
    const size_t letter = word.find_first_of(with_value, 1);
    if (letter == std::string_view::npos) continue;
    const bool joined = letter + 1 < word.size();
    const std::string_view value = joined                         ? word.substr(letter + 1)
                                   : i + 1 < run.arguments.size() ? run.arguments[i + 1]
                                                                  : std::string_view();
    if (word[letter] == 'R' ||
        (word[letter] == 'o' && ascii_lower(value.substr(0, 64)).starts_with("remoteforward")))
      return true;
    if (!joined) ++i;
  }
  return false;
}

}  // namespace

void find_ways(const ShellRun& run, std::vector<Hit>& hits) {
  if (run.name == "docker" || run.name == "podman" || run.name == "nerdctl") find_escape(run, hits);
  if ((run.name == "ssh" || run.name == "autossh") && opens_port(run))
    add_hit(hits, {"shell.tunnel", Severity::kMedium});
}

}  // namespace agentmesh::policy::scan
