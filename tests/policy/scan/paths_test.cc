#include "policy/scan/paths.h"

#include <map>

#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

namespace {

Surroundings at_home() {
  Surroundings here;
  here.working_directory = "/home/ada/shop";
  here.home = "/home/ada";
  return here;
}

struct Look {
  std::string path;
  std::vector<Hit> hits;
};

Look look(std::string_view text, const Surroundings& here,
          const std::vector<std::string>& roots = {}, Use use = Use::kChange) {
  Look out;
  out.path = PathReader(&here, roots).read(text, out.hits, use);
  return out;
}

std::string when(Use use, std::string_view text) {
  return severity_of(look(text, at_home(), {}, use).hits, "path.sensitive");
}

}  // namespace

TEST_CASE("under compares whole components") {
  CHECK(under("/ok", "/ok"));
  CHECK(under("/ok/a/b", "/ok"));
  CHECK(under("/ok/a", "/ok/"));
  CHECK(under("/anything", "/"));
  CHECK_FALSE(under("/ok_evil", "/ok"));
  CHECK_FALSE(under("/o", "/ok"));
  CHECK_FALSE(under("c:/x", "/"));
  CHECK_FALSE(under("/ok", ""));
}

TEST_CASE("a path is read as the machine would open it") {
  struct Case {
    std::string text;
    const char* path;
  };
  const Case cases[] = {
      {"notes.txt", "/home/ada/shop/notes.txt"},
      {"./a/./b//c/", "/home/ada/shop/a/b/c"},
      {"a/b/../c", "/home/ada/shop/a/c"},
      {"~/mail", "/home/ada/mail"},
      {"~root/x", "/root/x"},
      {"~bob/x", "/home/bob/x"},
      {"~$draft.docx", "/home/ada/shop/~$draft.docx"},
      {"/srv/data/../x", "/srv/x"},
      {"/", "/"},
      {"file:///srv/a%20b", "/srv/a b"},
      {"file://localhost/srv/a", "/srv/a"},
      {"file:/srv/a", "/srv/a"},
      {"a\\b\\c.txt", "/home/ada/shop/a/b/c.txt"},
      {"C:\\Users\\ada\\x.txt", "c:/Users/ada/x.txt"},
      {"c:/a/../b", "c:/b"},
      {"%73rc/main.cc", "/home/ada/shop/src/main.cc"},
      {std::string("report.pdf\0.png", 15), "/home/ada/shop/report.pdf"},
      {"", "/home/ada/shop"},
      {"100%", "/home/ada/shop/100%"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(look(c.text, at_home()).path == c.path);
  }
}

TEST_CASE("leaving the working directory by .. is traversal, however it is spelled") {
  for (const char* text : {"../x",
                           "a/../../x",
                           "..",
                           "..\\x",
                           "%2e%2e/x",
                           "%252e%252e%252fx",
                           "..%2fx",
                           "%c0%ae%c0%ae/x",
                           "%e0%80%ae./x",
                           "..%c0%afx",
                           "%uff0e%uff0e/x",
                           "\xEF\xBC\x8E\xEF\xBC\x8E/x",
                           "\xE2\x80\xA5/x",
                           "..\xE2\x88\x95x",
                           "....//x",
                           ".../x",
                           "..;/x",
                           ".. /x",
                           "a/..%00/../../x",
                           "/../x",
                           "/srv/../../x",
                           "file:///../x",
                           "..0x2fx",
                           "0x2e0x2e/x",
                           "src/%2e%2e/x",
                           "C:\\..\\x"}) {
    CAPTURE(text);
    CHECK(severity_of(look(text, at_home()).hits, "path.traversal") == "2");
  }
}

TEST_CASE("names with dots, spaces and percent signs are no traversal") {
  for (const char* text : {"a/b/../c.txt", "..foo/bar", "v1..v2.diff", "...", "./...", "foo..",
                           "a...b/c", "50% off.txt", "My File (1).txt", "/srv/a/../b", "~/x",
                           ".hidden", "a/.b/c", "\xC3\274ber.txt"}) {
    CAPTURE(text);
    CHECK_FALSE(has(look(text, at_home()).hits, "path.traversal"));
  }
}

TEST_CASE("with roots, a relative path may move among them and not out") {
  const Surroundings here = at_home();
  const std::vector<std::string> roots = {"/home/ada/shop", "/home/ada/docs"};
  CHECK_FALSE(has(look("../docs/a", here, roots).hits, "path.traversal"));
  CHECK(has(look("../mail/a", here, roots).hits, "path.traversal"));
  CHECK(has(look("/home/ada/shop/../mail", here, roots).hits, "path.traversal"));
  // A root that does not hold the working directory is where relative paths begin.
  CHECK(look("a.txt", here, {"/srv/data"}).path == "/srv/data/a.txt");
}

TEST_CASE("symlinks are followed by the resolver, and what they lead to is judged") {
  Surroundings here = at_home();
  const std::map<std::string, std::string> links = {
      {"/home/ada/shop/key", "/home/ada/.ssh/id_ed25519"}};
  here.resolve = [&](std::string_view path) -> Result<std::string> {
    if (path == "/home/ada/shop/loop") return fail("loop");
    const auto found = links.find(std::string(path));
    return found == links.end() ? std::string(path) : found->second;
  };
  const Look key = look("key", here);
  CHECK(key.path == "/home/ada/.ssh/id_ed25519");
  CHECK(has(key.hits, "path.sensitive"));
  CHECK(has(look("loop", here).hits, "path.unresolved"));
  CHECK(look("plain", here).hits.empty());
}

TEST_CASE("keys and histories are sensitive anywhere, system files only by absolute paths") {
  for (const char* text :
       {"/home/ada/.ssh/id_rsa", "~/.aws/credentials", ".env", "config/.env.production",
        "/etc/shadow", "/etc/passwd", "/proc/self/environ", "certs/server.pem", "~/.bash_history",
        "~/.cursor/mcp.json", "~/.zshrc", "~/.gem/credentials", "~/.cargo/credentials.toml",
        "~/.config/microsoft-edge/Default/History", "C:\\Windows\\System32\\config\\SAM",
        "%2fetc%2fpasswd"}) {
    CAPTURE(text);
    CHECK(severity_of(look(text, at_home()).hits, "path.sensitive") == "2");
  }
  for (const char* text :
       {"/etc/nginx/nginx.conf", "/var/log/auth.log", "/proc/net/tcp",
        "C:/xampp/apache/logs/access.log", "/opt/lampp/logs/error_log", "C:\\inetpub\\logs"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "1");
  }
  for (const char* text :
       {"nginx.conf", "logs/access.log", "etc/passwd.md", ".env.example", "environment.ts",
        "/etc/os-release", "/dev/null", "/home/ada/shop/php.ini", "public/index.html",
        "/srv/www/index.html", "src/.sshrc.md", "/usr/lib/libm.so", "keys.ts", "docs/shadow.md",
        "/tmp/x", "fixtures/id_rsa.pub"}) {
    CAPTURE(text);
    CHECK(look(text, at_home(), {}, Use::kRead).hits.empty());
  }
  const std::vector<std::string> roots = {"/var/log/shop"};
  CHECK(look("/var/log/shop/today.log", at_home(), roots).hits.empty());
}

TEST_CASE("what every program reads is nothing to read, and something to change") {
  for (const char* text :
       {"/etc/hosts", "/etc/resolv.conf", "/etc/fstab", "/etc/hostname", "/proc/cpuinfo",
        "/proc/meminfo", "/proc/loadavg", "/sys/class/thermal/thermal_zone0/temp",
        "C:\\Windows\\Fonts\\arial.ttf", "/etc/apt/sources.list.d/node.list"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "-");
    CHECK(when(Use::kChange, text) >= "1");
  }
  for (const char* text : {"/etc/shadow", "/etc/hosts.deny", "/proc/1/environ", "/proc/net/tcp"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) >= "1");
  }
}

TEST_CASE(
    "what is run or obeyed at a start is grave to change, and to read only where tokens are kept") {
  for (const char* text :
       {"~/.config/autostart/x.desktop", "~/.config/systemd/user/x.service",
        "~/.config/environment.d/x.conf", "~/Library/LaunchAgents/x.plist",
        "/Library/LaunchDaemons/x.plist",
        "C:\\Users\\a\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\x.bat",
        "~/.xprofile", "~/.gitconfig", "~/.config/git/config", ".git/hooks/pre-commit",
        ".git/config", "~/.vimrc", "~/.ipython/profile_default/startup/x.py",
        "lib/sitecustomize.py"}) {
    CAPTURE(text);
    CHECK(when(Use::kChange, text) == "2");
    CHECK(when(Use::kRead, text) == "-");
  }
  for (const char* text :
       {"~/.bashrc", "~/.zshrc", "~/.config/fish/config.fish", "~/.ssh/config"}) {
    CAPTURE(text);
    CHECK(when(Use::kChange, text) == "2");
    CHECK(when(Use::kRead, text) == "1");
  }
  for (const char* text : {"/etc/cron.d/x", "/lib/systemd/system/x.service", "/etc/profile.d/x.sh",
                           "/etc/ld.so.preload", "/proc/sysrq-trigger", "/dev/sda"}) {
    CAPTURE(text);
    CHECK(when(Use::kChange, text) == "2");
    CHECK(when(Use::kRead, text) <= "1");
  }
  CHECK(when(Use::kChange, "/usr/local/bin/ls") == "1");
  CHECK(when(Use::kRead, "/usr/local/bin/ls") == "-");
  for (const char* text : {"rootfs/etc/cron.d/x", "docker/etc/hosts", "src/.github/config.yml",
                           "git/hooks/pre-commit", "profile", "/dev/null", "/tmp/autostart/x",
                           ".github/workflows/ci.yml", "src/hooks/useConfig.ts"}) {
    CAPTURE(text);
    CHECK(when(Use::kChange, text) == "-");
  }
}

TEST_CASE("what is a secret on one system is one where another keeps it") {
  for (
      const char* text :
      {"C:\\Users\\a\\AppData\\Roaming\\gcloud\\access_tokens.db",
       "C:\\Users\\a\\AppData\\Roaming\\GitHub CLI\\hosts.yml",
       "C:\\Users\\a\\AppData\\Roaming\\postgresql\\pgpass.conf",
       "C:\\ProgramData\\ssh\\ssh_host_rsa_key",
       "C:\\Users\\a\\AppData\\Local\\BraveSoftware\\Brave-Browser\\User Data\\Default\\Cookies",
       "C:\\U\\AppData\\Roaming\\Microsoft\\Windows\\PowerShell\\PSReadLine\\ConsoleHost_history.txt",
       "~/Library/Application Support/Microsoft Edge/Default/Cookies",
       "~/Library/Application Support/com.apple.TCC/TCC.db",
       "~/.authinfo",
       "~/.msmtprc",
       "~/.local/share/TelegramDesktop/tdata/key_datas",
       "~/.config/Signal/config.json",
       "~/.local/share/signal-cli/data/accounts.json",
       "~/.aliyun/config.json",
       "~/.config/openstack/clouds.yaml",
       "~/.supabase/access-token",
       "~/.local/share/com.vercel.cli/auth.json",
       "~/.snowflake/connections.toml",
       "~/.minikube/profiles/minikube/client.key",
       "~/.local/share/opencode/auth.json",
       "~/.config/goose/secrets.yaml",
       "~/.near-credentials/mainnet/x.json",
       "~/.foundry/keystores/dev",
       "~/Monero/wallets/x/x.keys",
       "~/vpn/work.ovpn",
       ".dev.vars",
       "client_secret_123.apps.googleusercontent.com.json",
       "client_secret_0815-x1.json",
       "~/Downloads/client_secret_desktop.json",
       "client_secret_prod.json",
       "~/Library/Thunderbird/Profiles/x.default/logins-backup.json",
       "~/.config/Bitwarden/data.json",
       "~/Library/Application Support/Bitwarden/data.json",
       "~/.wrangler/config/default.toml",
       "~/.config/.wrangler/config/default.toml",
       "serviceAccountKey.json",
       "config/service-account-key.json",
       "~/.config/Slack/Cookies",
       "C:\\Users\\a\\AppData\\Roaming\\Slack\\Network\\Cookies",
       "/home/ada/.yarnrc.yml",
       "/home/ada/.bundle/config",
       "/Users/ada/.condarc",
       "/root/.condarc",
       "~/.nuget/NuGet/NuGet.Config",
       "~/.config/pip/pip.conf",
       "~/.pip/pip.conf",
       "~/.config/linode-cli",
       "~/.config/Code/User/globalStorage/state.vscdb",
       "~/.config/borg/keys/x",
       "~/.local/share/DBeaverData/workspace6/General/.dbeaver/credentials-config.json",
       "/srv/ssh_host_ed25519_key"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "2");
  }
  for (const char* text : {"C:\\Users\\a\\AppData\\Roaming\\Code\\User\\settings.json",
                           "docs/gcloud/access.md",
                           "~/.config/nvim/init.lua",
                           "src/signal/config.json",
                           "lib/discord/client.ts",
                           "src/exodus/index.ts",
                           "locale/en.keys",
                           "~/project/dbt/profiles.yml",
                           "client_secret_docs.md",
                           "ssh_host_rsa_key.pub",
                           "~/.fly/README.md",
                           "client_secret_basic.json",
                           "client_secret_post.json",
                           "client_secret_jwt.json",
                           "auth/client_secret_expires_at.json",
                           "/srv/library/thunderbird/manual.pdf",
                           "/home/ada/project/.yarnrc.yml",
                           ".yarnrc.yml",
                           "/srv/app/.bundle/config",
                           "/home/ada/project/NuGet.Config",
                           "src/pip/pip.conf",
                           "/home/ada/.wrangler/state/v3/x.sqlite",
                           "src/slack/Cookies.ts",
                           "docs/serviceAccountKey.md",
                           "src/bitwarden/data.json",
                           "~/.config/signal-cli/readme",
                           "src/railway/config.json",
                           "~/Library/Application Support/Code/User/settings.json",
                           "config/keys.yml"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "-");
  }
  CHECK(when(Use::kChange, "~/.config/git/hooks/pre-commit") == "2");
}

TEST_CASE("what is public, or only called like a key, is none") {
  for (const char* text :
       {"~/.ssh/id_ed25519.pub", "~/.ssh/known_hosts", "known_hosts", "docs/.ssh/README.md",
        "certs/ca.pem", "tls/server-cert.pem", "fullchain.pem", "jwt_public.pem", "id_rsa.ts",
        "docs/id_rsa.md", "tests/fixtures/private.pem", "android/app/debug.keystore"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "-");
  }
  for (const char* text :
       {"~/.ssh/id_rsa", "certs/server.pem", "cert-key.pem", "ca-private.pem", "id_rsa.bak",
        "id_rsa.old", "~/.ssh/work", "release.keystore", "~/.codex/auth.json",
        "~/.gemini/oauth_creds.json", "config/master.key", "config/credentials/production.key",
        "my-app-firebase-adminsdk-x1y2.json", "~/.m2/settings.xml"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "2");
  }
  CHECK(when(Use::kChange, "~/.ssh/known_hosts") == "2");
  CHECK(when(Use::kRead, "backup.sql.gz") == "1");
  CHECK(when(Use::kRead, "/dev/shm/x/backup.sql.zip") == "1");
  CHECK(when(Use::kChange, "backup.sql.gz") == "-");
  CHECK(when(Use::kRead, "schema.sql") == "-");
}

TEST_CASE("a mount is two paths, of which this machine's is judged") {
  CHECK(when(Use::kChange, "/var/lib/pg:/data") == "1");
  CHECK(when(Use::kChange, "/etc/localtime:/etc/localtime:ro") == "-");
  CHECK(when(Use::kChange, "/etc/localtime:/etc/localtime") == "1");
  CHECK(when(Use::kChange, "/home/ada/.ssh:/root/.ssh:ro") == "2");
  CHECK(look("/srv/a:/data", at_home()).path == "/srv/a");
  CHECK(look("./a:/data:ro,z", at_home()).path == "/home/ada/shop/a");
  CHECK(look("/srv/a:/../../etc/shadow", at_home()).path == "/etc/shadow");
}

TEST_CASE("a path argument that holds more than a path is searched for places") {
  CHECK(has(look("cat /root/.ssh/id_rsa", at_home()).hits, "path.sensitive"));
  CHECK(has(look("filename=\"../x.php\"", at_home()).hits, "path.traversal"));
  CHECK(look("Q3 report, final (2).pdf", at_home()).hits.empty());
}

TEST_CASE("a whole string looks like a path, prose and other URLs do not") {
  for (const char* text :
       {"/etc/hosts", "~/x", "./x", "../x", "..", "file:///x", "C:\\x", "c:/x", "\\\\host\\share",
        "a/../b", "%2e%2e%2fx", "/home/me/My Documents/x.txt", "/", "/x\n/../etc/hosts",
        "x\n/y/../../../etc/hosts", "/x\n/%2e%2e/etc/hosts", "http://a/../../../etc/hosts",
        "//a b/../etc/hosts"}) {
    CAPTURE(text);
    CHECK(looks_like_path(text));
  }
  CHECK(looks_like_path(std::string(5000, '/') + "etc/hosts"));
  CHECK(looks_like_path("." + repeated("/./", 50000) + "../x"));
  CHECK(looks_like_path(repeated("../", 5000) + "etc/hosts"));
  CHECK(looks_like_path("\"/etc/hosts\""));
  CHECK(looks_like_path("%2fetc%2fhosts"));
  CHECK(looks_like_path("\xC2\xA0/etc/hosts"));
  CHECK_FALSE(looks_like_path("\"/etc/hosts\" and \"/etc/x\""));
  for (const char* text :
       {"", "hello", "see /etc/hosts", "https://a.example/b", "and/or", "2024/05/01", "1/2",
        "/gif cat", "// a comment", "a\n/b", "3.14", "...", "s3://bucket/key",
        "// one\nimport a from '../../b'", "import a from '../../../b'", "a\n/b\n/c",
        "/* see ../x */\nint main() {}\n", "https://a.example/b/../c"}) {
    CAPTURE(text);
    CHECK_FALSE(looks_like_path(text));
  }
  CHECK_FALSE(looks_like_path("/9j/" + std::string(9000, 'A')));  // a picture
  CHECK_FALSE(looks_like_path("/summarize " + repeated("this and/or that ", 9000)));
}

TEST_CASE("strings under path-like keys are paths") {
  for (const char* key : {"path", "file", "file_path", "sourceFilePath", "content_path",
                          "target-dir", "PATH", "cwd", "folders"}) {
    CAPTURE(key);
    CHECK(is_path_key(key));
  }
  for (const char* key : {"content", "file_content", "fileType", "path_count", "name", "profile",
                          "direction", "pathology", ""}) {
    CAPTURE(key);
    CHECK_FALSE(is_path_key(key));
  }
  CHECK(is_path("file", "report.pdf"));
  CHECK(is_path("source", "a/b.txt"));
  CHECK_FALSE(is_path("source", "Paris"));
  // Under such a key everything is one: how a server reads it is not known. A URL comes to nothing by any reading.
  CHECK(is_path("file", "https://a.example/x"));
  CHECK(look("https://a.example/x", at_home()).path.empty());
  CHECK(is_path("file", "two\nlines"));
  CHECK_FALSE(is_path("source", "https://a.example/x"));
  CHECK_FALSE(is_path("source", "two\nlines"));
}

TEST_CASE("no bytes make the path reader run wild") {
  const Surroundings here = at_home();
  for (const std::string& unit : hostile_units()) {
    CAPTURE(unit);
    CHECK(look(repeated(unit, 60), here).path.empty() == (unit == "http://"));
    (void)look(repeated(unit, 20000), here);
    (void)looks_like_path(repeated(unit, 20000));
  }
}

}  // namespace agentmesh::policy::scan
