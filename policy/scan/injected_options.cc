#include "policy/scan/injected_options.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

// Small letters; what an option is set to must follow.
constexpr std::array<std::string_view, 10> kRunning = {"-oproxycommand=",
                                                       "-o proxycommand=",
                                                       "-olocalcommand=",
                                                       "-o localcommand=",
                                                       "-oknownhostscommand=",
                                                       "--upload-pack=",
                                                       "--receive-pack=",
                                                       "--checkpoint-action=exec=",
                                                       "ext::",
                                                       "fd::"};
constexpr std::array<std::string_view, 23> kLikely = {"--use-compress-program=",
                                                      "--compress-program=",
                                                      "--to-command=",
                                                      "--rsh=",
                                                      "--rsync-path=",
                                                      "--rmt-command=",
                                                      "--info-script=",
                                                      "--new-volume-script=",
                                                      "--open-files-in-pager=",
                                                      "--extcmd=",
                                                      "--use-askpass=",
                                                      "--gpu-launcher=",
                                                      "--renderer-cmd-prefix=",
                                                      "--post-file=",
                                                      "--body-file=",
                                                      "-ccore.sshcommand=",
                                                      "-c core.sshcommand=",
                                                      "-ccore.fsmonitor=",
                                                      "-c core.fsmonitor=",
                                                      "--config=core.sshcommand=",
                                                      "--config=core.fsmonitor=",
                                                      "-ccore.pager=",
                                                      "--pre-exec="};

template <class Options>
bool is_set(std::string_view text, const Options& options) {
  return std::any_of(options.begin(), options.end(), [&](std::string_view option) {
    return text.size() > option.size() && text.starts_with(option);
  });
}

}  // namespace

Sure injected_option(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n'\""), text.size()));
  if (text.empty() || (text[0] != '-' && lower(text[0]) != 'e' && lower(text[0]) != 'f'))
    return Sure::kNo;
  const std::string begins = ascii_lower(text.substr(0, 32));
  if (is_set(begins, kRunning)) return Sure::kSure;
  return is_set(begins, kLikely) ? Sure::kLikely : Sure::kNo;
}

}  // namespace agentmesh::policy::scan
