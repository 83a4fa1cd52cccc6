#include "policy/scan/system_places.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"
#include "policy/scan/home_places.h"
#include "policy/scan/place_list.h"
#include "policy/scan/start_places.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// Trees of the system. /usr, /opt, /srv, /home and /tmp as such are places people work in.
constexpr std::string_view kTrees[] = {
    "/etc",
    "/private/etc",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    "/run",
    "/var/run",
    "/var/log",
    "/var/adm",
    "/var/spool",
    "/var/lib",
    "/var/cron",
    "/var/db",
    "/var/mail",
    "/var/backups",
    "/var/cpanel",
    "/var/apache",
    "/var/apache2",
    "/var/nginx",
    "/var/mysql",
    "/private/var/log",
    "/usr/etc",
    "/usr/local/etc",
    "/usr/pkg/etc",
    "/usr/spool",
    "/usr/adm",
    "/usr/lib/security",
    "/usr/ports",
    "/usr/pkgsrc",
    "/library/webserver",
    "/winnt",
    "/windows",
    "/system volume information",
    "/opt/lampp",
    "/opt/xampp",
};

// Servers at the top of a disk, with a version perhaps: C:\nginx-1.7.4.
constexpr std::string_view kAtTop[] = {
    "/inetpub", "/apache", "/apache2", "/xampp", "/lampp", "/php",
    "/php4",    "/php5",   "/mysql",   "/wamp",  "/nginx", "/recovery",
};

// Of a disk of Windows, besides these and its own directory.
constexpr std::string_view kOnWindowsDisks[] = {"/program files", "/program files (x86)",
                                                "/programdata", "/system volume information"};

// Below which servers keep what is theirs, among what is not.
constexpr std::string_view kServerTrees[] = {
    "/bin",         "/etc",          "/home2",         "/lib",
    "/library",     "/opt",          "/program files", "/program files (x86)",
    "/programdata", "/programfiles", "/srv/ftp",       "/srv/http",
    "/srv/www",     "/usr",          "/var",           "/web",
    "/www",
};

// Places that anybody reads and writes.
constexpr std::string_view kOpen[] = {
    "/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/shm", "/dev/zero", "/dev/tty",
};

// What is read there in everyday work: what every program reads, and how the machine is doing.
constexpr std::string_view kEveryday[] = {
    "/etc/os-release",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/mime.types",
    "/etc/ssl/certs",
    "/etc/alternatives",
    "/etc/lsb-release",
    "/etc/debian_version",
    "/etc/redhat-release",
    "/etc/alpine-release",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/fstab",
    "/etc/services",
    "/etc/protocols",
    "/etc/shells",
    "/etc/locale.conf",
    "/etc/fonts",
    "/etc/apt/sources.list",
    "/etc/apt/sources.list.d",
    "/dev/urandom",
    "/dev/random",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/loadavg",
    "/proc/uptime",
    "/proc/stat",
    "/proc/vmstat",
    "/proc/diskstats",
    "/proc/filesystems",
    "/proc/swaps",
    "/proc/pressure",
    "/proc/self/status",
    "/sys/block",
    "/sys/class",
    "/sys/devices",
    "/sys/fs/cgroup",
    "/windows/fonts",
};

// Server software whose own files (configuration, logs, data) are nobody's documents.
constexpr std::string_view kServers[] = {
    "apache",       "apache2",
    "httpd",        "httpsd",
    "nginx",        "lighttpd",
    "tomcat",       "xampp",
    "lampp",        "wamp",
    "mysql",        "mariadb",
    "postgresql",   "php",
    "php4",         "php5",
    "php7",         "pureftpd",
    "pure-ftpd",    "proftpd",
    "vsftpd",       "wu-ftpd",
    "filezillaftp", "mercurymail",
    "sendmail",     "webalizer",
    "phpmyadmin",   "cpanel",
    "zend",         "exim",
    "qmail",        "postfix",
    "apache group", "apache software foundation",
    "apachegroup",  "inetpub",
    "redis",        "mongodb",
    "iis",          "thttpd",
    "ftp-proxy",    "bitnami",
    "plesk",        "samba",
    "squid",        "varnish",
    "jenkins",      "mysqld",
    "jetty",        "glassfish",
    "wildfly",      "jboss",
    "websphere",    "weblogic",
    "coldfusion",   "sysprep",
    "panther",
};

constexpr std::string_view kServerNames[] = {
    "httpd.conf",         "php.ini",         "my.cnf",           "my.ini",
    "nginx.conf",         "vhosts.conf",     "tomcat-users.xml", "config.inc.php",
    "httpd.conf.default", "httpd.conf.php",  "proftpd.conf",     "vsftpd.conf",
    "pure-ftpd.conf",     "pureftpd.passwd", "pureftpd.pdb",     "mysql.err",
    "mysql.log",          "mysql-bin.log",   "wp-config.php",    "sshd_config",
    "smb.conf",           "redis.conf",      "mongod.conf",      "pg_hba.conf",
    "postgresql.conf",    "catalina.out",    "php-fpm.conf",     "lighttpd.conf",
    "hostname.err",       "pure-ftpd.log",   ".htaccess",        "web.config",
};

// Of servers in their own directories, and of much else.
constexpr std::string_view kCommonNames[] = {
    "access.log", "access_log", "error.log",  "error_log",
    "web.xml",    "server.xml", "config.php", "phpinfo.php",
};

// Below these lies the code of somebody's program, which is called like the server it speaks to.
constexpr std::string_view kCodeDirectories[] = {
    "node_modules", "site-packages", "dist-packages", "vendor", "src", "examples",
};

// Directories of a server.
constexpr std::string_view kInside[] = {
    "conf", "conf.d", "etc", "log", "logs", "data", "bin", "sbin", "htdocs", "lib", "php.ini",
};

constexpr PlaceList kSystem(kTrees);
constexpr PlaceList kTop(kAtTop);
constexpr PlaceList kOnDisk(kOnWindowsDisks);
constexpr PlaceList kOfServers(kServerTrees);
constexpr PlaceList kOpenPlaces(kOpen);
constexpr PlaceList kEverydayPlaces(kEveryday);
constexpr SizedWords kProducts(kServers);
constexpr SizedWords kCode(kCodeDirectories);

// The same of a place that may carry a version: "nginx-1.7.4".
bool goes_below_version(std::string_view rest) {
  return goes_below(rest) || (rest.size() > 1 && rest[0] == '-' && is_digit(rest[1]));
}

bool has_drive(std::string_view path) { return path.size() >= 2 && path[1] == ':'; }

bool is_windows_tree(std::string_view tree) {
  for (const std::string_view own : {"/windows", "/winnt"})
    if (tree.starts_with(own) && goes_below(tree.substr(own.size()))) return true;
  return false;
}

// "/mnt/c/x" is "/x" where Windows runs Linux.
std::string_view without_mount(std::string_view path) {
  const bool mounted =
      path.starts_with("/mnt/") && path.size() > 6 && is_alpha(path[5]) && path[6] == '/';
  return mounted ? path.substr(6) : path;
}

// What lies at the top of a disk of Windows, or of a server there.
bool is_at_top_of_disk(std::string_view path) {
  return is_windows_tree(path) || kOnDisk.begins(path, goes_below) ||
         kTop.begins(path, goes_below_version);
}

// "c:/windows" is "/windows", and so is another disk's tree; "/mnt/c/windows" where Windows runs Linux, whose other mounts may be
// of anything: "/mnt/d/var/log" is nobody's.
std::string_view tree_of(std::string_view path) {
  if (has_drive(path)) path.remove_prefix(2);
  if (is_at_top_of_disk(without_mount(path))) path = without_mount(path);
  if (path.starts_with("/volumes/") && std::count(path.begin(), path.end(), '/') > 2)
    path.remove_prefix(path.find('/', 9));
  if (path.starts_with("/private/")) path.remove_prefix(8);
  return path;
}

// "nginx", "nginx-1.7.4", "apache-tomcat-9.0"; a program for one is called "php-app".
bool is_server(std::string_view part) {
  if (kProducts.hold(part)) return true;
  const size_t joint = part.find('-');
  if (joint == std::string_view::npos || !kProducts.hold(part.substr(0, joint))) return false;
  const std::string_view rest = part.substr(joint + 1);
  return !rest.empty() && (is_digit(rest[0]) || is_server(rest));
}

bool is_setting(std::string_view name, bool with_xml) {
  for (const std::string_view ending : {".ini", ".conf", ".cnf", ".err", ".log", ".cfg", ".inc"})
    if (name.ends_with(ending)) return true;
  return with_xml && name.ends_with(".xml");
}

// A log at the top of a disk. "/logs/2026" and "/log" are what routes and prefixes of objects are called.
bool is_log_at_top(std::string_view tree, std::string_view name) {
  if (!tree.starts_with("/logs/") && !tree.starts_with("/log/")) return false;
  return name.ends_with(".log") || name.ends_with("_log");
}

// Servers' own files: …/apache/…/conf/…, …/mysql/data/…
bool is_of_server(std::string_view path, std::string_view tree, std::string_view name) {
  bool server = false;
  bool inside = false;
  for (size_t begin = 1; begin < tree.size();) {
    const size_t end = std::min(tree.find('/', begin), tree.size());
    const std::string_view part = tree.substr(begin, end - begin);
    if (kCode.hold(part)) return false;
    server = server || is_server(part);
    inside = inside || (server && is_among(kInside, part));
    begin = end + 1;
  }
  if (is_among(kServerNames, name)) return true;
  const bool common = is_among(kCommonNames, name);
  if (common && !tree.starts_with("/opt/") && !tree.starts_with("/usr/")) return true;
  return server && (inside || common || is_setting(name, has_drive(path)) ||
                    tree.ends_with("/logs") || tree.ends_with("/log"));
}

}  // namespace

bool is_open_place(std::string_view path) { return kOpenPlaces.begins(path, goes_below); }

bool is_everyday_place(std::string_view path) {
  return kEverydayPlaces.begins(has_drive(path) ? path.substr(2) : path, goes_below);
}

bool is_of_windows(std::string_view path) {
  return is_windows_tree(tree_of(path)) || path.find("/system32/") < path.size();
}

bool is_at_top(std::string_view path, std::string_view name) {
  return tree_of(without_mount(path)).size() == name.size() + 1;
}

bool is_of_system(std::string_view path, std::string_view name, bool relative) {
  const std::string_view tree = tree_of(path);
  // A program is there to be run, not to be kept from sight.
  if (tree.starts_with("/windows/system32/") && std::count(tree.begin(), tree.end(), '/') == 3 &&
      (name.find('.') == std::string_view::npos || name.ends_with(".exe")))
    return name == "config" || name == "drivers" || name == "logfiles";
  if (kSystem.begins(tree, goes_below)) return true;
  if (relative || !home_in(path).empty()) return false;
  return kTop.begins(tree, goes_below_version) || is_log_at_top(tree, name) ||
         (kOfServers.begins(tree, goes_below) && is_of_server(path, tree, name));
}

}  // namespace agentmesh::policy::scan
