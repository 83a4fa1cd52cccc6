// The lists behind sensitivity(), for sensitive.cc alone: credentials wherever they lie, which are keys, tokens, histories, wallets.
//
// What is one in a home directory alone is home_places.cc's; the system's own files are system_places.cc's. Sources: the manuals of
// the tools.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// Directories whose whole content is secret, as one or more components.
inline constexpr std::string_view kSecretDirectories[] = {
    "/.ssh",
    "/.gnupg",
    "/.aws/credentials",
    "/.aws/config",
    "/.aws/sso",
    "/.aws/cli",
    "/.azure/accesstokens",
    "/.azure/azureprofile",
    "/.azure/msal_token_cache",
    "/.azure/service_principal",
    "/.kube/config",
    "/.kube/cache",
    "/.docker/config.json",
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
    "/.gradle/gradle",
    "/.codex/auth",
    "/.config/github-copilot",
    "/config/master.key",
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
    // The same programs' places on other systems.
    "/appdata/roaming/gcloud",
    "/appdata/roaming/github cli",
    "/appdata/roaming/rclone",
    "/appdata/roaming/sops",
    "/appdata/roaming/doctl",
    "/appdata/roaming/composer/auth",
    "/appdata/roaming/subversion/auth",
    "/appdata/roaming/thunderbird",
    "/appdata/roaming/keybase",
    "/appdata/roaming/electrum",
    "/appdata/roaming/bitcoin",
    "/appdata/roaming/ethereum",
    "/appdata/local/bravesoftware",
    "/appdata/local/chromium/user data",
    "/appdata/local/vivaldi/user data",
    "/appdata/roaming/opera software",
    "/library/application support/chromium",
    "/library/application support/bravesoftware",
    "/library/application support/microsoft edge",
    "/library/application support/vivaldi",
    "/library/application support/bitcoin",
    "/library/thunderbird/profiles",
    // Mail and messages.
    "/telegramdesktop/tdata",
    "/telegram desktop/tdata",
    "/.config/signal",
    "/.local/share/signal-cli/data",
    "/appdata/roaming/signal",
    "/library/application support/signal",
    "/.config/slack",
    "/appdata/roaming/slack",
    "/library/application support/slack",
    "/.config/discord",
    "/appdata/roaming/discord",
    "/library/application support/discord",
    // Clouds and what runs there.
    "/.aliyun",
    "/.tencentcloud",
    "/.tccli",
    "/.bluemix",
    "/.config/openstack",
    "/.config/scw",
    "/.config/exoscale",
    "/.config/argocd",
    "/.config/netlify",
    "/.config/ngrok",
    "/.ngrok2",
    "/.fly/config",
    "/.supabase/access-token",
    "/.railway/config",
    "/com.vercel.cli",
    "/.wrangler/config",
    "/.config/.wrangler",
    // Package registries.
    "/.nuget/nuget/nuget.config",
    "/.config/nuget/nuget.config",
    "/appdata/roaming/nuget/nuget.config",
    "/.config/pip/pip.conf",
    "/.pip/pip.conf",
    "/.pip/pip.ini",
    "/appdata/roaming/pip/pip.ini",
    "/library/application support/pip/pip.conf",
    "/.snowflake",
    "/.dbt/profiles",
    "/.minikube/profiles",
    // Agents.
    "/.local/share/opencode/auth",
    "/.config/goose/secrets",
    // Wallets, safes, backups, and what a system knows of its owner.
    "/.config/exodus",
    "/appdata/roaming/exodus",
    "/library/application support/exodus",
    "/.near-credentials",
    "/.foundry/keystores",
    "/.aptos/config",
    "/.local/share/kwalletd",
    "/.config/borg/keys",
    "/.config/bitwarden",
    "/appdata/roaming/bitwarden",
    "/library/application support/bitwarden",
    "/.config/bitwarden cli",
    "/appdata/roaming/bitwarden cli",
    "/library/application support/bitwarden cli",
    "/library/application support/com.apple.tcc",
    "/library/application support/mobilesync",
};

// Base names that are secret wherever they lie.
inline constexpr std::string_view kSecretNames[] = {
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_ecdsa_sk",
    "id_ed25519_sk",
    "authorized_keys",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
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
    ".env",
    ".env.local",
    ".env.production",
    ".env.development",
    ".env.staging",
    ".env.prod",
    ".env.dev",
    "secring.gpg",
    "wallet.dat",
    "keystore.jks",
    "oauth_creds.json",
    "application_default_credentials.json",
    "service_account.json",
    "fish_history",
    ".terraformrc",
    ".vault_pass",
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
    "global.asa",
    "credentials.json",
    "client_secret.json",
    "service-account.json",
    "serviceaccountkey.json",
    "service-account-key.json",
    "service_account_key.json",
    "state.vscdb",
    "state.vscdb.backup",
    "kubeconfig",
    "terraform.tfstate",
    "recentservers.xml",
    "sitemanager.xml",
    "ntuser.ini",
    "consolehost_history.txt",
    "pgpass.conf",
    ".authinfo",
    ".authinfo.gpg",
    ".msmtprc",
    ".fetchmailrc",
    ".vultr-cli.yaml",
    ".sentryclirc",
    ".dev.vars",
    "credentials-config.json",
    "notestore.sqlite",
};

// Accounts and who may become whom, in a directory "etc".
inline constexpr std::string_view kAccountNames[] = {"shadow",   "shadow-", "gshadow",
                                                     "gshadow-", "sudoers", "master.passwd"};

// Settings and answers of Windows: in its own directory, and at the top of a disk.
inline constexpr std::string_view kWindowsNames[] = {
    "boot.ini",       "win.ini",      "system.ini",  "unattend.xml",
    "unattended.xml", "unattend.txt", "sysprep.xml", "sysprep.inf"};
// In its own directory alone: elsewhere these are words.
inline constexpr std::string_view kWindowsWords[] = {"sam", "regback"};

// What a project has as well, and nobody asks for in a roundabout way who works there.
inline constexpr std::string_view kProjectNames[] = {".htaccess", "web.config"};
// The same, and there may be a token in it: to send it on is another thing than to read it.
inline constexpr std::string_view kTokenNames[] = {".npmrc", ".envrc"};

// Behind "client_secret_" in the name of what Google hands to an application, beside its number. OAuth's ways to sign in are called
// client_secret_basic, _post and _jwt.
inline constexpr std::string_view kClientSecrets[] = {"desktop", "installed", "web",  "google",
                                                      "gmail",   "oauth",     "prod", "production",
                                                      "dev",     "staging"};

// Words in the name of a certificate or public key, whose endings are those of keys; and of what is one all the same.
inline constexpr std::string_view kPublicWords[] = {
    "ca",   "cacert", "cacerts", "cert",         "certs", "certificate", "chain",   "fullchain",
    "root", "bundle", "public",  "intermediate", "pub",   "pubkey",      "dhparam", "localhost"};
// Words in the name of what shows how a file of secrets is filled in, behind another word: "secrets.example.toml".
inline constexpr std::string_view kSampleWords[] = {"example", "sample", "template",
                                                    "tmpl",    "tpl",    "dist"};
inline constexpr std::string_view kKeyWords[] = {"key", "keys", "priv", "private", "privkey"};

// Endings of a text about a thing, which is not that thing: id_rsa.ts, id_rsa.md.
inline constexpr std::string_view kTextEndings[] = {".c",  ".cc",  ".cpp",  ".cs", ".go",  ".h",
                                                    ".js", ".jsx", ".java", ".kt", ".md",  ".mdx",
                                                    ".py", ".rb",  ".rs",   ".ts", ".tsx", ".pub"};

// Directories of made-up keys.
inline constexpr std::string_view kTestDirectories[] = {"/fixtures", "/__fixtures__", "/testdata",
                                                        "/test-fixtures"};

// Shells' start-up files, in which people keep tokens.
inline constexpr std::string_view kShellStartNames[] = {
    ".bashrc",       ".bash_profile", ".bash_login",     ".bash_logout", ".profile",
    ".zshrc",        ".zprofile",     ".zshenv",         ".zlogin",      ".cshrc",
    ".tcshrc",       ".kshrc",        ".xinitrc",        ".xsession",    ".forward",
    ".bash_aliases", "config.fish",   ".pam_environment"};

inline constexpr std::string_view kSecretEndings[] = {
    ".pem", ".p12",      ".pfx",         ".jks",    ".keystore", ".kdbx",
    ".ppk", ".keychain", ".keychain-db", ".agekey", ".ovpn"};

// Client configurations: who may talk to which server, with which secrets.
inline constexpr std::string_view kClientFiles[] = {
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

}  // namespace agentmesh::policy::scan
