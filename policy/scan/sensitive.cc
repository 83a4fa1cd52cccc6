// What a path would lay hands on, by the lists of sensitive_places.h, of home, start and system places, and by how keys are called.

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/home_places.h"
#include "policy/scan/paths.h"
#include "policy/scan/place_list.h"
#include "policy/scan/sensitive_places.h"
#include "policy/scan/shell_places.h"
#include "policy/scan/start_places.h"
#include "policy/scan/system_places.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

template <size_t N>
bool is_one_of(const std::string_view (&list)[N], std::string_view word) {
  return is_among(list, word);
}

template <size_t N>
bool ends_with_one_of(std::string_view name, const std::string_view (&endings)[N]) {
  return std::any_of(std::begin(endings), std::end(endings), [name](std::string_view ending) {
    return name.size() > ending.size() && name.ends_with(ending);
  });
}

constexpr SizedWords kNames(kSecretNames);
constexpr PlaceList kDirectories(kSecretDirectories);
constexpr PlaceList kClients(kClientFiles);
constexpr PlaceList kPrograms(kProgramPlaces);

// "ca.pem", "server-cert.pem", "jwt_public.pem": shown to whoever asks.
bool is_public_part(std::string_view name) {
  bool shown = false;
  for (size_t begin = 0; begin < name.size();) {
    const size_t end = std::min(name.find_first_of("-_.", begin), name.size());
    const std::string_view word = name.substr(begin, end - begin);
    if (is_one_of(kKeyWords, word)) return false;
    shown = shown || is_one_of(kPublicWords, word);
    begin = end + 1;
  }
  return shown;
}

constexpr std::string_view kClientSecret = "client_secret_";

// "client_secret_123.apps.googleusercontent.com.json", "client_secret_desktop.json"
bool is_client_secret(std::string_view name) {
  constexpr std::string_view kJson = ".json";
  if (!name.ends_with(kJson)) return false;
  const std::string_view whose =
      name.substr(kClientSecret.size(), name.size() - kClientSecret.size() - kJson.size());
  return (!whose.empty() && is_digit(whose[0])) || whose.ends_with(".apps.googleusercontent.com") ||
         is_one_of(kClientSecrets, whose);
}

// Names that others use as well, in the places that they are secret in.
bool has_placed_name(std::string_view path, std::string_view name, Spelled how) {
  const std::string_view above =
      path.substr(0, path.size() - std::min(path.size(), name.size() + 1));
  const bool oddly = how == Spelled::kOddly;
  if (above.ends_with("/etc")) return is_one_of(kAccountNames, name) || (oddly && name == "passwd");
  if (is_one_of(kWindowsNames, name)) return oddly || is_at_top(path, name) || is_of_windows(path);
  if (is_one_of(kWindowsWords, name)) return is_of_windows(path);
  return (name == "master.passwd" && above.empty()) ||
         (oddly && (is_one_of(kProjectNames, name) || is_one_of(kTokenNames, name)));
}

bool has_secret_name(std::string_view path, std::string_view name) {
  if (kNames.hold(name)) return true;
  if (ends_with_one_of(name, kSecretEndings))
    return name != "debug.keystore" && !(name.ends_with(".pem") && is_public_part(name)) &&
           std::none_of(std::begin(kTestDirectories), std::end(kTestDirectories),
                        [path](std::string_view place) { return holds_place(path, place); });
  if (name.starts_with("id_rsa.") || name.starts_with("id_ed25519."))
    return !ends_with_one_of(name, kTextEndings);
  if (name.find("firebase-adminsdk") != std::string_view::npos) return name.ends_with(".json");
  if (name.starts_with(kClientSecret)) return is_client_secret(name);
  if (name.starts_with("ssh_host_")) return name.ends_with("_key");
  if (name.ends_with(".keys")) return path.find("/monero") != std::string_view::npos;
  return name.ends_with(".key") && path.find("/credentials/") != std::string_view::npos;
}

// In a directory of secrets, what is none: public keys, which hosts are known, a note.
bool is_open_beside_secrets(std::string_view name) {
  return name == "known_hosts" || name == "known_hosts.old" || name.ends_with(".pub") ||
         name.ends_with(".md");
}

// "signal-cli" is another program, and has places of its own.
bool ends_directory(std::string_view rest) { return ends_place(rest) && !rest.starts_with("-cli"); }

// "secrets.example.toml", but not "example.com.gpg" and not "deploy-dist", which a key may be called.
bool is_sample(std::string_view name) {
  if (!ends_with_one_of(name, kSampleEndings)) return false;
  for (size_t joint = name.find_first_of("-."); joint < name.size();) {
    const size_t end = std::min(name.find_first_of("-.", joint + 1), name.size());
    if (joint > 0 && is_one_of(kSampleWords, name.substr(joint + 1, end - joint - 1))) return true;
    joint = end;
  }
  return false;
}

bool is_secret(std::string_view path, std::string_view name, Use use, Spelled how) {
  if (has_secret_name(path, name) || has_placed_name(path, name, how)) return true;
  if (use == Use::kRead && is_open_beside_secrets(name)) return false;
  if (kDirectories.in(path, ends_directory) || is_home_secret(path, how != Spelled::kRelatively))
    return !is_sample(name);
  // /proc/self/environ, /proc/1/mem …: what a process knows
  if (under(path, "/proc") &&
      (name == "environ" || name == "mem" || name == "maps" || name == "cmdline" ||
       name == "kcore" || path.find("/fd") != std::string_view::npos))
    return true;
  return path == "/etc/passwd" || path == "/etc/security/passwd";
}

// A whole database in one file: backup.sql.gz.
bool is_dump(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  constexpr std::string_view kPacked[] = {"7z", "bz2", "gz", "lz4", "tgz", "xz", "zip", "zst"};
  return is_one_of(kPacked, name.substr(dot + 1)) &&
         (name.substr(0, dot).ends_with(".sql") || name.substr(0, dot).ends_with(".dump"));
}

// What the kernel or the next start obeys.
bool is_machine(std::string_view path) {
  return under(path, "/proc") || under(path, "/sys") || under(path, "/boot") || is_disk(path);
}

bool is_client_file(std::string_view path) {
  return kClients.in(path, [](std::string_view) { return true; });
}

struct Named {
  std::string path;  // lower case, no slash at the end
  std::string_view name() const { return std::string_view(path).substr(path.rfind('/') + 1); }
};

// What a program in a Flatpak keeps: its own ".config" and ".local/share".
void leave_flatpak(std::string& path) {
  constexpr std::string_view kApps = "/.var/app/";
  const size_t apps = path.find(kApps);
  if (apps == std::string::npos) return;
  const size_t app = std::min(path.find('/', apps + kApps.size()), path.size());
  for (const auto& [inside, usual] :
       {std::pair<std::string_view, std::string_view>{"/config/", "/.config/"},
        {"/data/", "/.local/share/"}})
    if (path.compare(app, inside.size(), inside) == 0)
      return void(path.replace(apps, app + inside.size() - apps, usual));
}

Named named(std::string_view path) {
  Named out{ascii_lower(path)};
  while (out.path.size() > 1 && out.path.back() == '/') out.path.pop_back();
  leave_flatpak(out.path);
  return out;
}

}  // namespace

bool holds_secrets(std::string_view path) {
  const Named at = named(path);
  return is_secret(at.path, at.name(), Use::kRead, Spelled::kPlainly) ||
         is_one_of(kTokenNames, at.name()) || is_client_file(at.path);
}

Sensitivity sensitivity(std::string_view path, Use use, Spelled how) {
  const Named at = named(path);
  const bool read = use == Use::kRead;
  if (read && at.path.ends_with("/.ssh/config")) return Sensitivity::kPrivate;
  if (is_secret(at.path, at.name(), use, how) || is_client_file(at.path))
    return Sensitivity::kCredential;
  if (read && (is_one_of(kShellStartNames, at.name()) || is_dump(at.name())))
    return Sensitivity::kPrivate;
  if (!read && is_start_place(at.path)) return Sensitivity::kStart;
  if (is_open_place(at.path)) return Sensitivity::kNone;
  if (!read && is_machine(at.path)) return Sensitivity::kStart;
  // With a blank it is a command line that begins with one.
  if (use == Use::kChange && at.path.find(' ') == std::string::npos &&
      (kPrograms.begins(at.path, goes_below) || is_of_windows(at.path)))
    return Sensitivity::kSystem;
  if (read && is_everyday_place(at.path)) return Sensitivity::kNone;
  return is_of_system(at.path, at.name(), how == Spelled::kRelatively) ? Sensitivity::kSystem
                                                                       : Sensitivity::kNone;
}

Severity severity_of(Sensitivity how) {
  return how >= Sensitivity::kStart ? Severity::kHigh : Severity::kMedium;
}

}  // namespace agentmesh::policy::scan
