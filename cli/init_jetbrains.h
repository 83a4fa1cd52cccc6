// init-integration --jetbrains: the settings of its IDEs are no file to edit, so it prints what to paste there.
//
// Failure: complained about, kUsage.

#pragma once

#include "cli/init_integration.h"
#include "integrations/wrap.h"

namespace agentmesh::cli {

int print_for_jetbrains(const InitIntegrationOptions& given, const integrations::RunOptions& run);

}  // namespace agentmesh::cli
