#include "integrations/own_places.h"

#include <algorithm>

namespace agentmesh::integrations {

bool leads_elsewhere(const Entry& entry) {
  const auto leads = [](std::string_view name) {
    return name == "AGENTMESH_HOME" || name == "XDG_STATE_HOME" || name == "XDG_CONFIG_HOME";
  };
  return std::any_of(entry.fields.begin(), entry.fields.end(), [&](const Field& field) {
    // What is in the file is not known here, and may change.
    if (field.key == "envFile") return field.kind == Kind::kString && !field.text.empty();
    if (field.key == "env")
      return std::any_of(field.members.begin(), field.members.end(), [&](const Field& variable) {
        return variable.key == "HOME" || leads(variable.key);
      });
    // Codex: names of variables that it hands on from its own environment. HOME it hands on anyway.
    return field.key == "env_vars" && std::any_of(field.words.begin(), field.words.end(), leads);
  });
}

std::vector<RunOption> run_options(const Entry& entry, std::string_view option,
                                   std::string_view brief) {
  return run_options(entry.words(), entry.dashes, option, brief);
}

std::vector<RunOption> run_options(const std::vector<std::string>& words, size_t dashes,
                                   std::string_view option, std::string_view brief) {
  std::vector<RunOption> found;
  for (size_t i = 1; i < dashes; ++i) {
    const std::string& word = words[i];
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    if (equals != std::string::npos) {
      if (word.substr(0, equals) == option)
        found.push_back({i, word.substr(equals + 1), word.substr(0, equals + 1)});
    } else if (word == option || (!brief.empty() && word == brief)) {
      if (++i < dashes) found.push_back({i, words[i], ""});
    } else if (!brief.empty() && word.starts_with(brief)) {
      found.push_back({i, word.substr(brief.size()), std::string(brief)});
    } else if (word == "-p" || (word.starts_with("--") && word != "--pump")) {
      ++i;  // every other option of `proxy` takes the next word
    }
  }
  return found;
}

std::string run_option(const Entry& entry, std::string_view option, std::string_view brief) {
  const std::vector<RunOption> found = run_options(entry, option, brief);
  return found.empty() ? "" : found.front().value;
}

}  // namespace agentmesh::integrations
