#include "policy/scan/credential_places.h"

#include <array>
#include <cstdint>

#include "policy/scan/paths.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

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

// Of names with more before them.
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

// Places as the lists have them, each with its slash first, looked for where a component begins with the same letter: texts are full
// of words that could be paths.
template <size_t N>
class Places {
 public:
  constexpr explicit Places(const std::string_view (&places)[N]) {
    size_t count = 0;
    for (size_t letter = 0; letter < 256; ++letter) {
      from_[letter] = static_cast<uint8_t>(count);
      for (const std::string_view place : places)
        if (static_cast<uint8_t>(place[1]) == letter) places_[count++] = place;
    }
    from_[256] = static_cast<uint8_t>(count);
  }
  // True if one is in `path` with a rest behind it for which `ends` is true.
  template <class Ends>
  bool in(std::string_view path, Ends ends) const {
    for (size_t slash = path.find('/'); slash < path.size(); slash = path.find('/', slash + 1)) {
      const std::string_view rest = path.substr(slash);
      if (rest.size() < 2) return false;
      const auto letter = static_cast<uint8_t>(rest[1]);
      for (size_t i = from_[letter]; i < from_[letter + 1U]; ++i)
        if (rest.starts_with(places_[i]) && ends(rest.substr(places_[i].size()))) return true;
    }
    return false;
  }

 private:
  std::array<std::string_view, N> places_{};  // in the order of their letters
  std::array<uint8_t, 257> from_{};           // where those of a letter begin
};

constexpr Places kDirectories(kSecretDirectories);
constexpr Places kClients(kClientFiles);
constexpr SizedWords kNames(kSecretNames);

bool has_secret_ending(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot != std::string_view::npos && dot > 0 && is_among(kSecretEndings, name.substr(dot));
}

// /proc/self/environ, /proc/1/mem …: what a process knows
bool is_of_process(std::string_view path, std::string_view name) {
  return under(path, "/proc") &&
         (name == "environ" || name == "mem" || name == "maps" || name == "cmdline" ||
          name == "kcore" || path.find("/fd") != std::string_view::npos);
}

}  // namespace

bool is_credential_place(std::string_view path, std::string_view name) {
  if (kNames.hold(name) || has_secret_ending(name)) return true;
  if ((name.starts_with("id_rsa.") || name.starts_with("id_ed25519.")) && !name.ends_with(".pub"))
    return true;
  const auto component_ends = [](std::string_view rest) {
    return rest.empty() || rest[0] == '/' || rest[0] == '.' || rest[0] == '-' || rest[0] == '_';
  };
  return kDirectories.in(path, component_ends) || is_of_process(path, name) ||
         path == "/etc/passwd" || path == "/etc/security/passwd" ||
         kClients.in(path, [](std::string_view) { return true; });
}

bool is_start_name(std::string_view name) { return is_among(kStartNames, name); }

}  // namespace agentmesh::policy::scan
