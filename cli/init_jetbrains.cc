#include "cli/init_jetbrains.h"

#include <cstdio>
#include <string>
#include <string_view>

#include "base/files.h"
#include "cli/say.h"
#include "integrations/summary.h"

namespace agentmesh::cli {

int print_for_jetbrains(const InitIntegrationOptions& given, const integrations::RunOptions& run) {
  static constexpr std::string_view kWhere =
      "Paste this into Settings, Tools, AI Assistant, Model Context Protocol (MCP), and restart the server there.\n";
  const integrations::Client& shape = *integrations::find_client("junie");  // the same JSON
  if (given.undo && given.config_path.empty()) {
    complain(
        "JetBrains keeps its servers in its own settings: copy the JSON from there into a file, run this again with "
        "--config-path FILE, and paste back what it prints");
    return kUsage;
  }
  if (given.config_path.empty()) {
    const std::string plain =
        "{\n  \"mcpServers\": {\n    \"NAME\": {\n      \"command\": \"COMMAND\",\n      \"args\": [\n        \"ARG\"\n"
        "      ]\n    }\n  }\n}\n";
    const auto document = integrations::read_document(plain, shape, "");
    const auto plan = document ? integrations::wrap(*document, {}, run)
                               : Result<integrations::Plan>(tl::unexpected(document.error()));
    if (!plan) {
      complain(plan.error().what);
      return kUsage;
    }
    print(integrations::edited(plain, plan->edits));
    flush_printed();
    (void)std::fprintf(
        stderr,
        "%sNAME, COMMAND and ARG are your server's; copy them from there, or give the JSON you have as --config-path FILE.\n",
        std::string(kWhere).c_str());
    return kOk;
  }
  auto text = read_file(given.config_path);
  if (!text) {
    complain(text.error().what);
    return kUsage;
  }
  const auto document = integrations::read_document(*text, shape, given.config_path);
  if (!document) {
    complain(given.config_path + ":" + document.error().what);
    return kUsage;
  }
  const auto refuse = [&given](const std::string& why) {
    complain(given.config_path + ": " + why);
    return kUsage;
  };
  if (const auto unknown = integrations::unknown_server(document->entries, given.servers))
    return refuse(*unknown);
  const integrations::Names names(given.servers.begin(), given.servers.end());
  // Nothing remembers whether an args list that is left empty was there before us: it means the same as none.
  const auto plan =
      given.undo
          ? integrations::unwrap(*document, names, [](const integrations::Entry&) { return true; })
          : integrations::wrap(*document, names, run);
  if (!plan) return refuse(plan.error().what);
  if (const auto stuck = integrations::stuck(*plan)) return refuse(*stuck);
  print(integrations::edited(*text, plan->edits));
  flush_printed();
  const std::string said = integrations::entry_lines(*plan, given.undo) + std::string(kWhere);
  (void)std::fwrite(said.data(), 1, said.size(), stderr);
  return kOk;
}

}  // namespace agentmesh::cli
