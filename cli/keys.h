// agentmesh keys show|rotate: the keys that sign the log.

#pragma once

#include <string>

#include "cli/here.h"

namespace agentmesh::cli {

struct KeysOptions {
  std::string state_dir;
  std::string log;   // "": the one of the settings
  bool pem = false;  // show: the key in force as a PEM file, for openssl
  bool json = false;
};

// 0; 1 if there is no such log, or a key that cannot be used.
int keys_show(KeysOptions& options, const Here& here);
// 0 done; 1 it could not be done.
int keys_rotate(KeysOptions& options, const Here& here);

}  // namespace agentmesh::cli
