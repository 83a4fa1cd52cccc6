// The lists behind sensitivity(): what nobody's tool call reaches for in everyday work.
//
// Two kinds. Credentials are wherever they lie: keys, tokens, histories, wallets. Of the system itself (configuration, logs,
// kernel interfaces, servers' own files) only what is named by an absolute path outside the roots counts, since the same names
// inside a project are that project's business. Sources: FHS 3.0 for the trees, file-hierarchy(7), the manuals of the tools.

#include <algorithm>
#include <array>
#include <iterator>

#include "policy/scan/decode.h"
#include "policy/scan/paths.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

template <size_t N>
bool is_one_of(const std::string_view (&list)[N], std::string_view word) {
  return is_among(list, word);
}

// Directories whose whole content is secret, as one or more components.
constexpr std::string_view kSecretDirectories[] = {
    "/.ssh",
    "/.gnupg",
    "/.aws",
    "/.azure",
    "/.kube",
    "/.password-store",
    "/.config/gcloud",
    "/.config/gh",
    "/.config/hub",
    "/.config/op",
    "/.config/rclone",
    "/.config/doctl",
    "/.config/hcloud",
    "/.config/linode-cli",
    "/.config/stripe",
    "/.config/sops",
    "/.config/git/credentials",
    "/.config/containers/auth",
    "/.config/composer/auth",
    "/.composer/auth",
    "/.gem/credentials",
    "/.cargo/credentials",
    "/.kaggle",
    "/.snowsql",
    "/.streamlit/secrets",
    "/.huggingface/token",
    "/.cache/huggingface/token",
    "/.subversion/auth",
    "/.pki/nssdb",
    "/.docker/config",
    "/.mozilla",
    "/.thunderbird",
    "/.config/google-chrome",
    "/.config/chromium",
    "/.config/brave",
    "/.config/bravesoftware",
    "/.config/microsoft-edge",
    "/.config/vivaldi",
    "/.config/opera",
    "/.local/share/keyrings",
    "/library/keychains",
    "/library/cookies",
    "/library/messages",
    "/.electrum",
    "/.bitcoin",
    "/.ethereum",
    "/.config/solana",
    "/.1password",
    "/.config/keybase",
    "/.terraform.d",
    "/.oci",
    "/.config/helm",
    "/.m2/settings-security",
    "/etc/ssl/private",
    "/etc/kubernetes",
    "/etc/letsencrypt",
    "/run/secrets",
    "/var/run/secrets",
    "/appdata/roaming/microsoft/credentials",
    "/appdata/roaming/microsoft/protect",
    "/appdata/local/microsoft/credentials",
    "/appdata/local/google/chrome/user data",
    "/appdata/local/microsoft/edge/user data",
    "/appdata/roaming/mozilla",
    "/appdata/roaming/gnupg",
    "/library/application support/google/chrome",
    "/library/application support/firefox",
};

// Base names that are secret or start code wherever they lie.
constexpr std::string_view kSecretNames[] = {
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_ecdsa_sk",
    "id_ed25519_sk",
    "authorized_keys",
    "known_hosts",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".dockercfg",
    ".dockerconfigjson",
    ".databrickscfg",
    ".htpasswd",
    ".s3cfg",
    ".boto",
    ".vault-token",
    ".bash_history",
    ".zsh_history",
    ".sh_history",
    ".history",
    ".python_history",
    ".node_repl_history",
    ".mysql_history",
    ".psql_history",
    ".sqlite_history",
    ".rediscli_history",
    ".viminfo",
    ".lesshst",
    ".wget-hsts",
    ".rhosts",
    ".shosts",
    ".xauthority",
    "shadow",
    "shadow-",
    "gshadow",
    "master.passwd",
    "sudoers",
    ".env",
    ".env.local",
    ".env.production",
    ".env.development",
    ".env.staging",
    ".env.prod",
    ".env.dev",
    ".envrc",
    "secring.gpg",
    "wallet.dat",
    "keystore.jks",
    "claude_desktop_config.json",
    ".claude.json",
    ".credentials.json",
    "ntds.dit",
    "ntuser.dat",
    "login data",
    "logins.json",
    "key4.db",
    "key3.db",
    "cookies.sqlite",
    "boot.ini",
    "win.ini",
    "system.ini",
    "unattend.xml",
    "unattended.xml",
    "unattend.txt",
    "sysprep.xml",
    "sysprep.inf",
    "global.asa",
    "credentials.json",
    "client_secret.json",
    "service-account.json",
    "kubeconfig",
    "terraform.tfstate",
    "recentservers.xml",
    "sitemanager.xml",
    "sam",
    "regback",
    "ntuser.ini",
};

// What is run or obeyed at every start.
constexpr std::string_view kStartNames[] = {
    ".bashrc",   ".bash_profile", ".bash_login", ".bash_logout",     ".profile",  ".zshrc",
    ".zprofile", ".zshenv",       ".zlogin",     ".cshrc",           ".tcshrc",   ".kshrc",
    ".xinitrc",  ".xsession",     ".forward",    ".pam_environment", ".htaccess", "web.config",
};

constexpr std::string_view kSecretEndings[] = {".pem",         ".p12",   ".pfx", ".jks",
                                               ".keystore",    ".kdbx",  ".ppk", ".keychain",
                                               ".keychain-db", ".agekey"};

// Client configurations: who may talk to which server, with which secrets.
constexpr std::string_view kClientFiles[] = {
    "/.cursor/mcp.json",
    "/.vscode/mcp.json",
    "/.codeium/windsurf/mcp_config.json",
    "/.gemini/settings.json",
    "/.codex/config.toml",
    "/.claude/settings.json",
    "/.claude/settings.local.json",
    "/.continue/config",
    "/.config/zed/settings.json",
    "/.roo/mcp.json",
    "/.junie/mcp",
    "/.config/claude",
    "/.docker/daemon.json",
};

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

bool holds(std::string_view path, std::string_view component_path) {
  for (size_t at = path.find(component_path); at != std::string_view::npos;
       at = path.find(component_path, at + 1)) {
    const size_t end = at + component_path.size();
    if (end == path.size() || path[end] == '/' || path[end] == '.' || path[end] == '-' ||
        path[end] == '_')
      return true;
  }
  return false;
}

// Which letters begin a component of a path. Nearly all places of the lists are ruled out by the first letter of theirs, which
// makes the question 8 times cheaper: texts are full of words that could be paths.
class FirstLetters {
 public:
  explicit FirstLetters(std::string_view path) {
    for (size_t i = 1; i < path.size(); ++i)
      if (path[i - 1] == '/') letters_ |= bit(path[i]);
  }
  bool may_hold(std::string_view place) const {
    return place.size() < 2 || place[0] != '/' || (letters_ & bit(place[1])) != 0;
  }

 private:
  static uint64_t bit(char c) { return uint64_t{1} << (static_cast<uint8_t>(c) & 63U); }
  uint64_t letters_ = 0;
};

bool is_secret(std::string_view path, std::string_view name, const FirstLetters& letters) {
  if (is_one_of(kSecretNames, name)) return true;
  for (const std::string_view ending : kSecretEndings)
    if (name.size() > ending.size() && name.ends_with(ending)) return true;
  if ((name.starts_with("id_rsa.") || name.starts_with("id_ed25519.")) && !name.ends_with(".pub"))
    return true;
  if (std::any_of(
          std::begin(kSecretDirectories), std::end(kSecretDirectories),
          [&](std::string_view place) { return letters.may_hold(place) && holds(path, place); }))
    return true;
  // /proc/self/environ, /proc/1/mem …: what a process knows
  if (under(path, "/proc") &&
      (name == "environ" || name == "mem" || name == "maps" || name == "cmdline" ||
       name == "kcore" || path.find("/fd") != std::string_view::npos))
    return true;
  return path == "/etc/passwd" || path == "/etc/security/passwd";
}

bool is_client_file(std::string_view path, const FirstLetters& letters) {
  return std::any_of(std::begin(kClientFiles), std::end(kClientFiles), [&](std::string_view place) {
    return letters.may_hold(place) && path.find(place) != std::string_view::npos;
  });
}

bool is_system(std::string_view path, std::string_view name) {
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
  if (is_one_of(kServerNames, name)) return true;
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
        0, part.find('-') == std::string_view::npos || is_one_of(kServers, part) ? part.size()
                                                                                 : part.find('-'));
    if ((is_one_of(kServers, part) || is_one_of(kServers, product))) server = true;
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

}  // namespace

namespace {

struct Named {
  std::string path;  // lower case, no slash at the end
  std::string_view name() const { return std::string_view(path).substr(path.rfind('/') + 1); }
};

Named named(std::string_view path) {
  Named out{ascii_lower(path)};
  while (out.path.size() > 1 && out.path.back() == '/') out.path.pop_back();
  return out;
}

}  // namespace

bool holds_secrets(std::string_view path) {
  const Named at = named(path);
  const FirstLetters letters(at.path);
  return is_secret(at.path, at.name(), letters) || is_client_file(at.path, letters);
}

Sensitivity sensitivity(std::string_view path) {
  const Named at = named(path);
  const FirstLetters letters(at.path);
  if (is_secret(at.path, at.name(), letters) || is_client_file(at.path, letters) ||
      is_one_of(kStartNames, at.name()))
    return Sensitivity::kCredential;
  return is_system(at.path, at.name()) ? Sensitivity::kSystem : Sensitivity::kNone;
}

}  // namespace agentmesh::policy::scan
