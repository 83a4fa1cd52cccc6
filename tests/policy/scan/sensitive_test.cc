#include "tests/catch.h"
#include "tests/policy/scan/path_looks.h"

namespace agentmesh::policy::scan {

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

TEST_CASE("a project's files are its own business, in a project") {
  for (const char* text :
       {".htaccess", "public/web.config", "packages/a/.npmrc", ".envrc", "/srv/app/.npmrc",
        "/Users/ada/site/.htaccess", "C:\\Users\\ada\\src\\Api\\Web.config",
        ".aws/task-definition.json", ".azure/pipelines.yml", ".kube/deployment.yaml",
        "/home/ada/proj/code/user/profiles/list.ts", "src/Code/User/profiles/a.ts",
        ".qwen/settings.ts", ".docker/config/nginx.conf", "/home/ada/shop/.m2/settings.xml",
        "certs/localhost.pem", ".streamlit/secrets.example.toml", "~/.aws/credentials.sample",
        "src/.kaggle/kaggle-template.json"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "-");
    CHECK(when(Use::kChange, text) == "-");
  }
  for (const char* text : {"~/.npmrc",
                           "/home/ada/.envrc",
                           "/Users/ada/.npmrc",
                           "C:\\Users\\ada\\.npmrc",
                           "/root/.npmrc",
                           "/.npmrc",
                           "/mnt/c/Users/ada/.npmrc",
                           "~/.aws/x",
                           "/home/ada/.azure/x.json",
                           "~/.kube/x",
                           "~/.m2/settings.xml",
                           ".aws/credentials",
                           "backup/.aws/sso/cache/x.json",
                           ".azure/accessTokens.json",
                           ".kube/config",
                           ".docker/config.json",
                           ".streamlit/secrets.toml",
                           "certs/localhost-key.pem",
                           "~/.password-store/example.com.gpg",
                           "~/.password-store/mail-template.gpg",
                           "~/.ssh/deploy-dist",
                           "~/.ssh/id_ed25519-dist",
                           "~/.kube/config-dist",
                           ".ssh/id_example",
                           "././.htaccess",
                           "%2e%68taccess",
                           "%2enpmrc"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "2");
  }
  CHECK(holds_secrets(".npmrc"));  // to send it on is another thing
  CHECK(holds_secrets("~/.aws"));
  CHECK_FALSE(holds_secrets("src/.htaccess"));
  // A home where no other lies.
  Surroundings here = at_home();
  here.home = "/data/people/ada";
  CHECK(severity_of(look("~/.npmrc", here).hits, "path.sensitive") == "2");
  CHECK(severity_of(look("/data/people/ada/.aws/x", here).hits, "path.sensitive") == "2");
  CHECK(severity_of(look("/data/people/ada/shop/.npmrc", here).hits, "path.sensitive") == "-");
}

TEST_CASE("a word that the system has as a name is one in the system's places") {
  for (const char* text : {"/home/sam",
                           "/Users/sam",
                           "C:\\Users\\Sam",
                           "infra/sam",
                           "People/Sam",
                           "src/components/shadow",
                           "docs/sudoers",
                           "packer/unattend.xml",
                           "fixtures/win.ini",
                           "D:\\photos\\sam",
                           "/srv/www/people/sam",
                           "My%20Photos/Sam",
                           "file:///srv/a%20b/win.ini",
                           "src/windows/unattend.xml",
                           "/log",
                           "/logs/2026",
                           "/mnt/d/var/log/x",
                           "/mnt/x/boot/y",
                           "/mnt/c/etc/nginx.conf",
                           "/mnt/c/logs/x",
                           "/mnt/d/src/php/x.php",
                           "/mnt/d/Program Files/x.txt",
                           "/mnt/data/inetpub/x",
                           "/mnt/w/windows.txt"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "-");
  }
  for (const char* text :
       {"/etc/shadow", "/host/etc/shadow", "rootfs/etc/gshadow", "/etc/sudoers", "/master.passwd",
        "C:\\Windows\\System32\\config\\SAM", "D:/old/windows/system32/config/sam",
        "c:/windows/repair/sam", "C:\\boot.ini", "/boot.ini", "c:/windows/win.ini",
        "C:/unattend.txt", "/mnt/c/Windows/Panther/unattend.xml", "/mnt/c/boot.ini",
        "./x/./boot.ini", "%62oot.ini", "etc%2fpasswd"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "2");
  }
  CHECK(when(Use::kRead, std::string(300, 'A') + "/../boot.ini") == "2");
}

TEST_CASE("server software is the system's where the system keeps it") {
  for (const char* text :
       {"/home/dev/site/docker/nginx/nginx.conf", "/home/dev/site/config.php",
        "/home/dev/site/logs/error.log", "/home/dev/apache-arrow/lib/x.cc",
        "/Users/lea/src/postgresql/data", "C:\\Users\\lea\\redis\\redis.conf",
        "D:\\work\\php\\conf\\php.ini", "/workspace/php/lib/Cart.php", "/tmp/nginx/nginx.conf",
        "/usr/src/app/nginx.conf", "/opt/app/node_modules/mysql/lib/index.js",
        "/opt/apache-arrow/lib/x.cc", "/opt/app/logs/error.log", "/mnt/data/mysql/data/x.ibd"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "-");
  }
  for (const char* text :
       {"/usr/local/apache2/conf/httpd.conf", "/opt/bitnami/apache2/logs/error_log",
        "/opt/mysql/my.cnf", "/usr/lib/php.ini", "/var/www/config.php", "/var/www/x/.htaccess",
        "/srv/www/wp-config.php", "C:\\nginx-1.7.4\\conf\\nginx.conf", "C:\\xampp\\php\\php.ini",
        "C:\\Program Files\\MySQL\\data\\mysql.err", "/apache2/logs/access_log", "/logs/error.log",
        "/opt/apache-tomcat-9.0/conf/server.xml", "C:\\inetpub\\wwwroot\\web.config"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "1");
  }
  // A server that nobody started anywhere has "/" as its working directory.
  Surroundings nowhere;
  nowhere.working_directory = "/";
  CHECK(look("logs/error.log", nowhere, {}, Use::kRead).hits.empty());
  CHECK(look("nginx/nginx.conf", nowhere, {}, Use::kRead).hits.empty());
  CHECK(severity_of(look("var/log/syslog", nowhere, {}, Use::kRead).hits, "path.sensitive") == "1");
}

TEST_CASE("what lies at the top of a disk of Windows is the same where Windows runs Linux") {
  for (const char* text :
       {"inetpub/wwwroot/web.config", "xampp/mysql/data/x.frm", "System Volume Information/x",
        "recovery/x", "nginx-1.7.4/conf/nginx.conf", "Program Files/MySQL/data/mysql.err"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, std::string("C:/") + text) == "1");
    CHECK(when(Use::kRead, std::string("/mnt/c/") + text) == "1");
    CHECK(when(Use::kRead, std::string("/mnt/data/") + text) == "-");
  }
}

TEST_CASE("clients are configured in the same files however the way there is spelled") {
  for (const char* text :
       {"%APPDATA%/Code/User/mcp.json", "%AppData%\\Code\\User\\mcp.json",
        "$env:APPDATA\\Code\\User\\mcp.json", "$XDG_CONFIG_HOME/Code/User/mcp.json",
        "${XDG_CONFIG_HOME}/Code - Insiders/User/mcp.json", "/data/Code/User/mcp.json",
        "%APPDATA%\\Code\\User\\profiles\\x\\mcp.json", "~/.config/VSCodium/User/mcp.json",
        "/home/me/.var/app/com.visualstudio.code/config/Code/User/mcp.json",
        "/home/me/.var/app/com.visualstudio.code/config/Code/User/profiles/x/mcp.json",
        "$XDG_CONFIG_HOME/zed/settings.json", "%APPDATA%\\Zed\\settings.json",
        "/home/me/.var/app/dev.zed.Zed/config/zed/settings.json",
        "$XDG_CONFIG_HOME/goose/config.yaml", "%APPDATA%/Claude/claude_desktop_config.json",
        "%USERPROFILE%\\.cursor\\mcp.json", "$HOME/.codeium/windsurf/mcp_config.json",
        // And other secrets by the same ways.
        "%APPDATA%\\gcloud\\access_tokens.db", "$XDG_CONFIG_HOME/gh/hosts.yml",
        "%LOCALAPPDATA%\\Google\\Chrome\\User Data\\Default\\Cookies",
        "$XDG_DATA_HOME/keyrings/login.keyring",
        "~/.var/app/com.google.Chrome/config/google-chrome/Default/Cookies",
        "~/.var/app/org.keepassxc.KeePassXC/data/keyrings/x"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "2");
    CHECK(when(Use::kChange, text) == "2");
  }
  CHECK(when(Use::kChange, "$XDG_CONFIG_HOME/autostart/x.desktop") == "2");
  for (const char* text :
       {"${env:APPDATA}/Code/User/mcp.json", "${userHome}/.npmrc", "$Env:UserProfile\\.npmrc",
        "%HOMEDRIVE%%HOMEPATH%\\.npmrc", "%windir%\\win.ini", "%SystemRoot%\\repair\\sam"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "2");
  }
  for (const char* text :
       {"%APPDATA%/Code/User/snippets/x.json", "$XDG_CONFIG_HOME/myapp/settings.json",
        "%APPDATA%\\MyApp\\settings.json", "$XDG_DATA_HOME/myapp/x.db", "code/user/list.ts",
        "src/Code/User/mcp.ts", "~/.var/app/org.gimp.GIMP/config/GIMP/2.10/gimprc",
        "~/.var/app/x/data/notes.txt", "$XDG_CONFIG/x", "%TEMP%/x.txt", "50%/x", "%/x", "$/x",
        "${HOME/x", "${workspaceFolder}/src/x.ts", "$HOMES/.npmrc"}) {
    CAPTURE(text);
    CHECK(when(Use::kRead, text) == "-");
    CHECK(when(Use::kChange, text) == "-");
  }
}

TEST_CASE("a program that may only be named is none that is changed") {
  CHECK(when(Use::kTouch, "/bin/bash") == "-");
  CHECK(when(Use::kTouch, "/usr/local/bin/node") == "-");
  CHECK(when(Use::kChange, "/usr/local/bin/node") == "1");
  CHECK(when(Use::kTouch, "~/.config/autostart/x.desktop") == "2");
  CHECK(when(Use::kTouch, "/etc/cron.d/x") == "2");
  CHECK(when(Use::kTouch, "~/.ssh/id_rsa") == "2");
}

}  // namespace agentmesh::policy::scan
