// Config: everything that people write in files, as plain values for the folders that act on it.
//
// What this folder does: reads YAML with the place of every value (yaml.h), policy files with their parents and parameters
// (policy_file.h), agentmesh.yaml (settings.h), knows the presets and library files that are compiled in (builtin.h), and
// where files live (paths.h). What it does not do: judge a policy's meaning (policy::Policy::compile does), keep state,
// watch files, or know a proxy beyond its options.
//
// Start here, then policy_file.h and settings.h; yaml.h and schema.h are what they stand on. yaml-cpp stays in yaml.cc.
// Thread: any; everything returned is a value. Cost: disk and parsing, off the message path; the proxy reloads on its keeper.
// Failure: diagnostics, each with file, line, column and the key's path; several at once, in the order of the text.

#pragma once

#include "config/builtin.h"
#include "config/paths.h"
#include "config/policy_file.h"
#include "config/settings.h"
