#include "policy/realms.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/paths.h"
#include "policy/scan/shell_places.h"
#include "policy/scan/system_places.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

constexpr std::array<std::string_view, 5> kContainerKeys = {
    "mountpath", "containerpath", "containerdir", "containermountpath", "pathincontainer"};
// Above the key of what is mounted: there, "source" is this machine's and "target" the container's.
constexpr std::array<std::string_view, 5> kMounts = {"mounts", "Mounts", "volumes", "volumeMounts",
                                                     "volume_mounts"};
constexpr std::array<std::string_view, 3> kInside = {"target", "destination", "dst"};

// The beginning of names that are looked for; what is written may be put below a directory.
constexpr std::array<std::string_view, 2> kPrefixKeys = {"prefix", "keyprefix"};
constexpr std::array<std::string_view, 8> kRouteKeys = {
    "pathprefix", "route",    "routepath",       "urlpath",
    "apipath",    "endpoint", "healthcheckpath", "endpointpath"};
// Above the key of a path: a probe of a container. Above the name of a variable: what a program is started with.
constexpr std::array<std::string_view, 2> kAboveProbes = {"httpGet", "http_get"};
constexpr std::array<std::string_view, 5> kAboveNames = {"env", "Env", "environment", "env_vars",
                                                         "environmentVariables"};

// Whose tools are about what has a path of its own, and under which keys. Who registers a route writes no file.
constexpr std::array<std::string_view, 7> kRouteTools = {
    "route", "routes", "endpoint", "endpoints", "ingress", "redirect", "redirects"};
constexpr std::array<std::string_view, 4> kPageTools = {"page", "pages", "dashboard", "dashboards"};
constexpr std::array<std::string_view, 4> kRegistering = {"create", "add", "register", "set"};
// Tools for objects by their names. Keys are such where they are looked up, and files where they are made.
constexpr std::array<std::string_view, 4> kObjectTools = {"object", "objects", "bucket", "buckets"};
constexpr std::array<std::string_view, 2> kKeyTools = {"key", "keys"};
constexpr std::array<std::string_view, 10> kLookingUp = {
    "get", "put", "set", "list", "scan", "delete", "remove", "find", "search", "count"};
constexpr std::array<std::string_view, 15> kMakingKeys = {
    "create", "generate", "export", "import", "pair",    "pairs",  "ssh",        "gpg",
    "pgp",    "ssl",      "tls",    "rsa",    "private", "public", "certificate"};
constexpr std::array<std::string_view, 11> kKeysOfRoutes = {
    "path", "paths", "from", "to", "source", "target", "prefix", "pattern", "slug", "url", "uri"};

// What servers of repositories call their tools, in front of which their own name may stand. To any other an owner beside a path may
// mean nothing.
constexpr std::array<std::string_view, 6> kStoreTools = {
    "get_file_contents", "getFileContents",   "get_repository_content",
    "push_files",        "get_repo_contents", "create_or_update_file"};

// What nothing is called like but itself.
constexpr std::array<std::string_view, 4> kOwnNames = {"/dev", "/boot", "/run", "/var/run"};
// Nor is a route, where "/dev/docs" and "/sys/health" are.
constexpr std::array<std::string_view, 3> kNoRoutes = {"/boot", "/run", "/var/run"};
// Nor a page.
constexpr std::array<std::string_view, 8> kNoPages = {"/boot", "/run",     "/var", "/etc",
                                                      "/usr",  "/private", "/lib", "/bin"};
// Below /dev and /proc, what machines have there, digits at the end aside.
constexpr std::array<std::string_view, 58> kDevices = {
    "autofs", "block",   "bus",   "char", "console",   "core",        "cpu",    "disk",
    "dm",     "dri",     "fb",    "fd",   "full",      "fuse",        "hidraw", "hpet",
    "hwrng",  "i2c",     "input", "kmem", "kmsg",      "kvm",         "log",    "loop",
    "lp",     "mapper",  "md",    "mem",  "nbd",       "net",         "null",   "nvram",
    "oldmem", "parport", "port",  "ppp",  "ptmx",      "pts",         "random", "rtc",
    "sg",     "shm",     "snd",   "sr",   "tpm",       "tpmrm",       "uinput", "urandom",
    "usb",    "vcs",     "vcsa",  "vfio", "vhost-net", "vhost-vsock", "video",  "watchdog",
    "zero",   "zram"};
constexpr std::array<std::string_view, 59> kOfProc = {
    "acpi",       "asound",      "buddyinfo",     "bus",         "cgroups",      "cmdline",
    "config.gz",  "consoles",    "cpuinfo",       "crypto",      "devices",      "diskstats",
    "dma",        "driver",      "dynamic_debug", "execdomains", "fb",           "filesystems",
    "fs",         "interrupts",  "iomem",         "ioports",     "irq",          "kallsyms",
    "kcore",      "key-users",   "keys",          "kmsg",        "kpagecgroup",  "kpagecount",
    "kpageflags", "loadavg",     "locks",         "mdstat",      "meminfo",      "misc",
    "modules",    "mounts",      "mtrr",          "net",         "pagetypeinfo", "partitions",
    "pressure",   "sched_debug", "schedstat",     "scsi",        "slabinfo",     "softirqs",
    "stat",       "swaps",       "sysvipc",       "thread-self", "timer_list",   "tty",
    "uptime",     "version",     "vmallocinfo",   "vmstat",      "zoneinfo"};
// What the kernel obeys or tells.
constexpr std::array<std::string_view, 14> kOfKernel = {
    "/proc/sysrq-trigger", "/proc/sys",     "/proc/self", "/proc/kcore",
    "/sys/block",          "/sys/bus",      "/sys/class", "/sys/dev",
    "/sys/devices",        "/sys/firmware", "/sys/fs",    "/sys/kernel",
    "/sys/module",         "/sys/power"};

// "mount_path" as "mountPath" is: in lower case, without joints.
std::string joined(std::string_view key) {
  std::string out;
  for (const char c : key)
    if (scan::is_alnum(c)) out.push_back(scan::lower(c));
  return out;
}

template <class List>
bool below_any(const Walk& walk, const List& keys) {
  return std::any_of(keys.begin(), keys.end(),
                     [&walk](std::string_view key) { return walk.below(key); });
}

template <class List>
bool lies_in_any(std::string_view place, const List& directories) {
  return std::any_of(directories.begin(), directories.end(),
                     [place](std::string_view directory) { return scan::under(place, directory); });
}

// "file_path", "socketPath": of this machine, whatever the tool is called.
bool is_local_key(std::string_view key) {
  return scan::any_word(key, [](std::string_view word) {
    return word == "file" || word == "socket" || word == "local";
  });
}

// Relative, or to the top of a repository, and the same by every reading.
bool is_plain_name(std::string_view text) {
  if (text.starts_with('/')) text.remove_prefix(1);
  return !text.empty() && std::string_view("/~$\\").find(text[0]) == std::string_view::npos &&
         text.find_first_of("%\\:") == std::string_view::npos && text.find("..") > text.size();
}

bool has_text(json::View args, std::string_view name) {
  const json::View member = args.find(name);
  return member.is_string() && member.raw().size() > 2;
}

bool writes(Kind kind) {
  return kind == Kind::kWrite || kind == Kind::kDelete || kind == Kind::kExecute;
}

bool registers(std::string_view tool) { return scan::has_word(tool, kRegistering); }

bool is_for_objects(std::string_view tool) {
  const auto about = [tool](const auto& words) { return scan::has_word(tool, words); };
  return scan::ascii_lower(tool).find("s3") < tool.size() || about(kObjectTools) ||
         (about(kKeyTools) && about(kLookingUp) && !about(kMakingKeys));
}

// The name directly below `directory`, in lower case; "" if it does not lie there.
std::string name_below(std::string_view place, std::string_view directory) {
  if (!place.starts_with(directory)) return "";
  place.remove_prefix(directory.size());
  return scan::ascii_lower(place.substr(0, place.find('/')));
}

bool is_device(std::string_view place) {
  std::string name = name_below(place, "/dev/");
  if (name.starts_with("tty") || scan::is_disk(place)) return true;
  while (!name.empty() && (scan::is_digit(name.back()) || name.back() == '-')) name.pop_back();
  return scan::is_among(kDevices, name);
}

// C:/Windows, and the same as other machines see it: /mnt/c, /Volumes/c, //host/c.
bool is_of_another_disk(std::string_view place) {
  const std::string lower = scan::ascii_lower(place.substr(0, 16));
  const std::string_view start = lower;
  const bool drive = start.size() > 1 && start.find(':') < 3;
  const bool mounted = start.starts_with("/mnt/") && start.size() > 6 && start[6] == '/';
  return drive || mounted || start.starts_with("/volumes/") || start.starts_with("//") ||
         scan::is_of_windows(scan::ascii_lower(place));
}

bool is_process(std::string_view place) {
  return place.starts_with("/proc/") && place.size() > 6 && scan::is_digit(place[6]);
}

}  // namespace

bool names_repository(json::View args) {
  constexpr std::array<std::array<std::string_view, 2>, 3> kPairs = {
      {{"owner", "repo"}, {"owner", "repository"}, {"workspace", "repo_slug"}}};
  return args.is_object() && std::any_of(kPairs.begin(), kPairs.end(), [args](const auto& pair) {
           return has_text(args, pair[0]) && has_text(args, pair[1]);
         });
}

Realms::Tool Realms::tool() {
  if (known_) return *known_;
  const bool of_store =
      std::any_of(kStoreTools.begin(), kStoreTools.end(), [this](std::string_view name) {
        if (!tool_.ends_with(name)) return false;
        const size_t at = tool_.size() - name.size();
        return at == 0 || !scan::is_alnum(tool_[at - 1]);
      });
  if (of_store) {
    known_ = names_repository(args_) ? Tool::kOfThisStore : Tool::kOfStore;
  } else if (uses_.files) {
    known_ = Tool::kOfFiles;
  } else {
    const auto about = [this](const auto& words) { return scan::has_word(tool_, words); };
    const bool of_routes = about(kRouteTools);
    known_ = about(kPageTools)  ? Tool::kOfPages
             : !of_routes       ? Tool::kOther
             : registers(tool_) ? Tool::kOfRoutes
                                : Tool::kOfPages;
  }
  return *known_;
}

bool Realms::names_object() {
  if (!names_object_) names_object_ = is_for_objects(tool_);
  return *names_object_;
}

Realm Realms::of(const Walk& walk, std::string_view text, Kind kind) {
  const Tool tool = this->tool();
  if (is_local_key(walk.key()) || tool == Tool::kOfFiles || tool == Tool::kOfStore)
    return Realm::kMachine;
  if (tool == Tool::kOfThisStore) return is_plain_name(text) ? Realm::kStore : Realm::kMachine;
  const std::string key = joined(walk.key());
  if (scan::is_among(kContainerKeys, key) ||
      (scan::is_among(kInside, key) && below_any(walk, kMounts)))
    return Realm::kContainer;
  if (below_any(walk, kAboveNames)) return Realm::kValue;
  if (scan::is_among(kRouteKeys, key) || below_any(walk, kAboveProbes) ||
      (scan::is_among(kPrefixKeys, key) && (!writes(kind) || names_object())))
    return Realm::kCalledSo;
  if (scan::is_among(kKeysOfRoutes, key)) {
    if (tool == Tool::kOfRoutes) return Realm::kRoute;
    if (tool == Tool::kOfPages) return Realm::kPage;
  }
  return Realm::kMachine;
}

bool may_be_called(Realm realm, std::string_view place) {
  if (realm == Realm::kContainer) return true;
  if (place.ends_with(".sock") || lies_in_any(place, kOfKernel) || is_process(place)) return false;
  if (realm == Realm::kValue) return !lies_in_any(place, kOwnNames);
  if (is_of_another_disk(place)) return false;
  if (realm == Realm::kCalledSo) return !lies_in_any(place, kOwnNames);
  if (is_device(place)) return false;
  if (realm == Realm::kRoute) return !lies_in_any(place, kNoRoutes);
  return !lies_in_any(place, kNoPages) && !scan::is_among(kOfProc, name_below(place, "/proc/"));
}

}  // namespace agentmesh::policy
