#include "policy/scan/system_places.h"

#include <algorithm>
#include <iterator>

#include "policy/scan/paths.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// Trees of the system. /usr, /opt, /srv, /home and /tmp as such are places people work in.
constexpr std::string_view kSystemTrees[] = {
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
    "/inetpub",
    "/apache",
    "/apache2",
    "/xampp",
    "/lampp",
    "/php",
    "/php4",
    "/php5",
    "/mysql",
    "/wamp",
    "/nginx",
    "/logs",
    "/log",
    "/system volume information",
    "/recovery",
    "/opt/lampp",
    "/opt/xampp",
};

// What is read there in everyday work.
constexpr std::string_view kOpenPlaces[] = {
    "/etc/os-release", "/etc/localtime",    "/etc/timezone",    "/etc/mime.types",
    "/etc/ssl/certs",  "/etc/alternatives", "/etc/lsb-release", "/dev/null",
    "/dev/stdin",      "/dev/stdout",       "/dev/stderr",      "/dev/shm",
    "/dev/zero",       "/dev/urandom",      "/dev/random",      "/etc/debian_version",
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
    "jenkins",      "docker",
    "mysqld",       "jetty",
    "glassfish",    "wildfly",
    "jboss",        "websphere",
    "weblogic",     "coldfusion",
    "sysprep",      "panther",
};

constexpr std::string_view kServerNames[] = {
    "httpd.conf",      "php.ini",          "my.cnf",         "my.ini",         "nginx.conf",
    "access.log",      "access_log",       "error.log",      "error_log",      "vhosts.conf",
    "web.xml",         "tomcat-users.xml", "config.inc.php", "phpinfo.php",    "httpd.conf.default",
    "httpd.conf.php",  "proftpd.conf",     "vsftpd.conf",    "pure-ftpd.conf", "pureftpd.passwd",
    "pureftpd.pdb",    "mysql.err",        "mysql.log",      "mysql-bin.log",  "wp-config.php",
    "sshd_config",     "smb.conf",         "redis.conf",     "mongod.conf",    "pg_hba.conf",
    "postgresql.conf", "catalina.out",     "server.xml",     "php-fpm.conf",   "lighttpd.conf",
    "hostname.err",    "config.php",       "pure-ftpd.log",
};

}  // namespace

bool is_system_place(std::string_view path, std::string_view name) {
  for (const std::string_view place : kOpenPlaces)
    if (under(path, place)) return false;
  std::string_view tree = path;
  if (tree.size() >= 2 && tree[1] == ':') tree.remove_prefix(2);  // c:/windows
  if (under(tree, "/volumes") &&
      std::count(tree.begin(), tree.end(), '/') > 2)  // another disk's tree
    tree.remove_prefix(tree.find('/', 9));
  if (under(tree, "/private")) tree.remove_prefix(8);
  // A program is there to be run, not to be kept from sight.
  if (tree.starts_with("/windows/system32/") && std::count(tree.begin(), tree.end(), '/') == 3 &&
      (name.find('.') == std::string_view::npos || name.ends_with(".exe")))
    return name == "config" || name == "drivers" || name == "logfiles";
  if (std::any_of(std::begin(kSystemTrees), std::end(kSystemTrees),
                  [&](std::string_view place) { return under(tree, place); }))
    return true;
  if (is_among(kServerNames, name)) return true;
  if (path.size() >= 2 && path[1] == ':' && (name == "unattend.txt" || name == "boot.ini"))
    return true;
  // …/apache/…/conf/…, …/mysql/data/…
  bool server = false;
  bool inside = false;
  for (size_t begin = 1; begin < tree.size();) {
    size_t end = tree.find('/', begin);
    if (end == std::string_view::npos) end = tree.size();
    const std::string_view part = tree.substr(begin, end - begin);
    const std::string_view product = part.substr(
        0, part.find('-') == std::string_view::npos || is_among(kServers, part) ? part.size()
                                                                                : part.find('-'));
    if ((is_among(kServers, part) || is_among(kServers, product))) server = true;
    if (server && (part == "conf" || part == "etc" || part == "log" || part == "logs" ||
                   part == "data" || part == "bin" || part == "sbin" || part == "htdocs" ||
                   part == "lib" || part == "conf.d" || part == "php.ini"))
      inside = true;
    begin = end + 1;
  }
  const bool setting = name.ends_with(".ini") || name.ends_with(".conf") ||
                       name.ends_with(".cnf") || name.ends_with(".err") || name.ends_with(".log") ||
                       name.ends_with(".cfg") || name.ends_with(".inc") ||
                       (name.ends_with(".xml") && path.size() > 1 && path[1] == ':');
  return server && (inside || setting || tree.ends_with("/logs") || tree.ends_with("/log"));
}

}  // namespace agentmesh::policy::scan
