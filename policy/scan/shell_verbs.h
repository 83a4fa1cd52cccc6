// Shell verbs: programs that do harm by a verb of theirs: kubectl delete namespace, ufw disable, history -c. For shell.cc alone.
//
// A table says for each which words and which options make the act. Their siblings (kubectl get, ufw status), help and rehearsals
// (--dry-run) are none. High is what takes all of a cloud's, a cluster's or a database's data in one place, or switches a guard off;
// medium what people do every day to what is their own.
//
// Pure functions, any thread. Linear in the words of a program that the table knows.

#pragma once

#include <vector>

#include "policy/scan/hit.h"
#include "policy/scan/shell_programs.h"

namespace agentmesh::policy::scan {

void find_verbs(const ShellRun& run, std::vector<Hit>& hits);

}  // namespace agentmesh::policy::scan
