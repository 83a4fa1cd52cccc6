// Shell: what a command line runs, and whether a string that should be data is an attempt to be one.
//
// Sees: word splitting with quote removal ('…' "…" $'…' backslash), $IFS, ${x}, {a,b} and split-up words, lists, pipes,
// substitutions, sub-shells, here-documents, redirections, `sudo env xargs nohup time …` prefixes, `sh -c '…'` and `eval`
// (read again, four deep), what ssh, kubectl exec, python -c and their like are given to run, cmd.exe and PowerShell spellings of
// the dangerous few.
// In data, where no command is asked for: a command behind a separator or in a substitution, in the same spellings, and options that
// make a well-known program run another (-oProxyCommand=, --upload-pack=, ext::). A text of more than 1 KiB or of more than four
// lines that hold something is a document, and is not looked at; padding is cut out first (padding.h), and of what a key says is
// short, a host, a name, a URL, the first and the last KiB are read, whatever is between. Words joined by | or ; are a list and no
// commands (injected_lists.h), so "name;id" passes under any key but a host's, and "a b;id" everywhere.
// Cannot see: what variables hold that the line does not say, files that are sourced, globs, what a script does. A sandbox is the real fence.
// Measured (docs/detection.md): injection: told of in 84 % of 260 and 71 % of 188 attacks, 9 of 97 strings that look like one; of
// 1,753 commands that people posted two are refused.
// Cost: linear, 70 ns a byte of many commands, less of all that was thought of; words are copied. At most kMaxSimpleCommands commands,
// 256 KiB of text: beyond that `cut`. Pure functions, any thread.
//
// Hits of read_shell (all high or critical unless said):
//   shell.pipe-to-shell      a download or decoder whose output a shell or interpreter runs
//   shell.reverse-shell      a shell tied to a socket
//   shell.wipe               disks, file systems, fork bombs, rm of / ~ * and system directories (critical); databases, namespaces,
//                            buckets, projects (high); what is somebody's own in a cluster or an engine: a release, a volume (medium)
//   shell.recursive-delete   rm -r, find -delete, … of anything else (medium), of what a build made or a find picks by its name (low)
//   shell.persistence        start-up files, authorized_keys (high); cron, services, users, setuid (medium)
//   shell.obfuscated         a command word that is spelled so as not to be read: r''m, $'\x72\x6d', ${IFS} (medium)
//   shell.exfiltrate         a key, credential or the environment in a pipe to, or among what is sent by, curl, dig, nc, scp …
//   shell.secret-place       a word that names a key, a credential or a history (medium), the passwords of all accounts (high)
//   shell.defence            a firewall, SELinux, the audit or another guard that is switched off, an account without a password
//   shell.traces             logs and histories that are taken away (shell_traces.h: high or medium)
//   shell.escape             a container that gets the machine's disk (high), or may read it or do anything (medium)
//   shell.tunnel             ssh -R: a port of another machine that leads in here (medium)
// Hit of find_shell_injection: shell.injection, high or medium.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/field.h"
#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

inline constexpr size_t kMaxCommands = 256;

struct Shell {
  std::vector<std::string>
      commands;                    // base names of all command words, in order, without duplicates
  std::vector<std::string> words;  // all words after quote removal, for self-protection
  // Of these, what a command takes away or changes with all it holds: operands of rm -r, mv, chmod -R …, and where a find
  // begins that deletes without a test.
  std::vector<std::string> taken;
  // Directories that something of it may be relative to: of cd and pushd, -C, --directory and their like, and where a find begins.
  std::vector<std::string> entered;
  bool pipes_to_shell =
      false;  // something is piped into sh, bash, python, …, or handed to `sh -c "$(…)"`
  bool substitutes = false;  // $(…), `…`, <(…)
  bool cut = false;          // longer, deeper or of more words than is read
};

Shell read_shell(std::string_view text, std::vector<Hit>& hits);

// For strings of tools that are no shells, of any length. `field`: what their key says that they are.
void find_shell_injection(std::string_view text, std::vector<Hit>& hits, Field field = Field::kAny);

// True if `word` (lower case, no directory) is the name of a well-known command.
bool is_command_name(std::string_view word);

}  // namespace agentmesh::policy::scan
