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
constexpr std::array<std::string_view, 24> kLikely = {"--use-compress-program=",
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
                                                      "--pre-exec=",
                                                      "--exec="};
// By themselves: git reads another file than its own by the one, and runs a program that the repository names by the other.
constexpr std::array<std::string_view, 2> kAlone = {"--ext-diff", "--no-index"};

template <class Options>
bool is_set(std::string_view text, const Options& options) {
  return std::any_of(options.begin(), options.end(), [&](std::string_view option) {
    return text.size() > option.size() && text.starts_with(option);
  });
}

// --output=.git/hooks/pre-commit, --output=src/app.js where a revision should stand. "--output=json" says how, and not where; with
// another option behind it ("--output=out/a.pdf --toc") it is of a command line that was asked for, unless the file is hidden or lies
// elsewhere.
bool writes_file(std::string_view text) {
  constexpr std::string_view kOption = "--output=";
  if (!text.starts_with(kOption)) return false;
  text.remove_prefix(kOption.size());
  const std::string_view place = text.substr(0, text.find(' '));
  if (place.find_first_of("/\\~") == std::string_view::npos) return false;
  const bool elsewhere = std::string_view("/~.\"'").find(place[0]) != std::string_view::npos ||
                         place.find_first_of("\\:") != std::string_view::npos || has(place, "/.");
  return elsewhere || !has(text.substr(place.size()), " -");
}

bool is_alone(std::string_view text) {
  return std::any_of(kAlone.begin(), kAlone.end(), [text](std::string_view option) {
    return text.starts_with(option) && (text.size() == option.size() || text[option.size()] == ' ');
  });
}

// ssh://-oProxyCommand=…, git@-oProxyCommand=…: a host that ssh takes for an option (CVE-2017-1000117).
std::string_view behind_address(std::string_view text) {
  constexpr size_t kFar = 64;
  const std::string_view head = text.substr(0, kFar);
  for (const std::string_view sign : {"://-", "@-"})
    if (const size_t at = head.find(sign); at != std::string_view::npos)
      return text.substr(at + sign.size() - 1);
  return {};
}

}  // namespace

Sure injected_option(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n'\""), text.size()));
  if (text.empty()) return Sure::kNo;
  if (const std::string_view host = behind_address(text);
      !host.empty() && is_set(ascii_lower(host.substr(0, 32)), kRunning))
    return Sure::kSure;
  if (text[0] != '-' && lower(text[0]) != 'e' && lower(text[0]) != 'f') return Sure::kNo;
  const std::string begins = ascii_lower(text.substr(0, 64));
  if (is_set(begins, kRunning)) return Sure::kSure;
  return is_set(begins, kLikely) || writes_file(begins) || is_alone(begins) ? Sure::kLikely
                                                                            : Sure::kNo;
}

}  // namespace agentmesh::policy::scan
