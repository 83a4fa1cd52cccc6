// Find file: which file of a client is meant, and which of its files are there.
//
// Thread: any. Cost: one lstat for each place where the client looks. Failure: a sentence that names every place.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/paths.h"
#include "integrations/client.h"

namespace agentmesh::integrations {

struct ClientFile {
  std::string path;                      // absolute, links not followed
  std::vector<std::string> others;       // defaults that are there as well
  std::vector<std::string> hidden = {};  // and those that cannot be looked at
};
// `config_path` if it was given, else the first default that exists, or of which that cannot be told: whoever reads it says why. Errors:
// there is none.
Result<ClientFile> find_file(const Client& client, const std::string& config_path,
                             const config::Environment& environment);

// All of the client's default files that are there, or may be, in order; those that count only when they are named as well.
std::vector<std::string> files_here(const Client& client, const config::Environment& environment);

// Whether a client that is started with a home and nothing else finds the file in its usual place: then everybody looks there.
bool in_usual_place(const Client& client, const config::Environment& environment,
                    const std::string& path);

}  // namespace agentmesh::integrations
