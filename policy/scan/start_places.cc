#include "policy/scan/start_places.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "policy/scan/decode.h"
#include "policy/scan/place_list.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// Base names, wherever they lie.
constexpr std::string_view kNames[] = {
    ".bashrc",    ".bash_profile",   ".bash_login",      ".bash_logout",    ".bash_aliases",
    ".profile",   ".zshrc",          ".zprofile",        ".zshenv",         ".zlogin",
    ".zlogout",   ".cshrc",          ".tcshrc",          ".kshrc",          ".mkshrc",
    ".xinitrc",   ".xsession",       ".xsessionrc",      ".xprofile",       ".forward",
    ".vimrc",     ".exrc",           ".gvimrc",          ".emacs",          ".gitconfig",
    ".gdbinit",   ".lldbinit",       ".pam_environment", "authorized_keys", "sitecustomize.py",
    ".tmux.conf", "usercustomize.py"};

// Directories with all they hold, and files, by whole components. Of a person or a working copy, wherever that lies:
constexpr std::string_view kPlaces[] = {
    "/.config/autostart",
    "/.config/autostart-scripts",
    "/.config/environment.d",
    "/.config/fish",
    "/.config/git/config",
    "/.config/git/hooks",
    "/.config/nvim",
    "/.config/plasma-workspace",
    "/.config/systemd/user",
    "/.emacs.d/init.el",
    "/.ipython/profile_default/startup",
    "/.kde/autostart",
    "/.local/share/systemd/user",
    "/.ssh/config",
    "/.ssh/environment",
    "/.ssh/rc",
    "/.vim/plugin",
    "/.git/config",
    "/.git/hooks",
    "/library/launchagents",
    "/library/launchdaemons",
    "/library/startupitems",
    "/start menu/programs/startup",
};

// Of the machine, from the top.
constexpr std::string_view kMachinePlaces[] = {
    "/etc/apt/apt.conf",   "/etc/bash.bashrc",
    "/etc/bashrc",         "/etc/cron",
    "/etc/crontab",        "/etc/environment",
    "/etc/hosts",          "/etc/init",
    "/etc/init.d",         "/etc/ld.so.preload",
    "/etc/pam.d",          "/etc/passwd",
    "/etc/profile",        "/etc/rc.d",
    "/etc/rc.local",       "/etc/shadow",
    "/etc/sudoers",        "/etc/systemd/system",
    "/etc/udev/rules",     "/etc/xdg/autostart",
    "/etc/zprofile",       "/etc/zsh",
    "/etc/zshenv",         "/etc/zshrc",
    "/lib/systemd/system", "/var/spool/cron",
};

constexpr PlaceList kStarts(kPlaces);
constexpr PlaceList kOfMachine(kMachinePlaces);

}  // namespace

bool ends_place(std::string_view rest) {
  return rest.empty() || std::string_view("/.-_").find(rest[0]) != std::string_view::npos;
}

bool holds_place(std::string_view path, std::string_view place) {
  for (size_t at = path.find(place); at != std::string_view::npos; at = path.find(place, at + 1))
    if (ends_place(path.substr(at + place.size()))) return true;
  return false;
}

bool is_start_place(std::string_view path) {
  const bool absolute = path.starts_with('/');
  std::string at = absolute ? ascii_lower(path) : "/" + ascii_lower(path);
  std::replace(at.begin(), at.end(), '\\', '/');
  while (at.size() > 1 && at.back() == '/') at.pop_back();
  const std::string_view whole = at;
  if (is_among(kNames, whole.substr(whole.rfind('/') + 1))) return true;
  if (kStarts.in(whole, ends_place)) return true;
  const std::string_view top = whole.starts_with("/private/etc") ? whole.substr(8) : whole;
  return absolute && kOfMachine.begins(top, ends_place);
}

}  // namespace agentmesh::policy::scan
