// Own places: which state and settings the proxy of an entry finds, where the entry has something to say about that.
//
// A client gives the variables that an entry sets for its server to the proxy in front of it. HOME in there would lead the
// proxy to another state directory and other settings than every other proxy has, and than the commands look at: `halt` would
// not reach it, and another policy decide. Such an entry must name both places itself.
//
// Pure functions. Cost: linear in the entry.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "integrations/entries.h"

namespace agentmesh::integrations {

// Whether the entry sets, or takes from a file, a variable that says where state or settings are.
bool leads_elsewhere(const Entry& entry);

// As --config: no settings, whatever the environment would lead to. In two words it is what earlier versions wrote where the user had
// none ("--config=/dev/null" is a person's).
inline constexpr std::string_view kNoSettings = "/dev/null";

// Of an entry of ours: the option among its own words, by any of its names ("--policy", "-p").
struct RunOption {
  size_t at = 0;      // the index in args of the word that holds the value
  std::string value;  // without "--policy="
  std::string front;  // "--policy=" if they are one word
};
std::vector<RunOption> run_options(const Entry& entry, std::string_view option,
                                   std::string_view brief = "");
// The same of a proxy's words, `proxy` the first of them and `dashes` the bare --.
std::vector<RunOption> run_options(const std::vector<std::string>& words, size_t dashes,
                                   std::string_view option, std::string_view brief = "");
// Whether a --config is kNoSettings as earlier versions wrote it.
inline bool says_no_settings(const RunOption& config) {
  return config.value == kNoSettings && config.front.empty();
}
// Its value; "" if it is not there.
std::string run_option(const Entry& entry, std::string_view option, std::string_view brief = "");

}  // namespace agentmesh::integrations
