#include "policy/realms.h"

#include "tests/catch.h"
#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::call;
using tests::good;
using tests::say;

std::string found(const char* tool, const char* args) {
  static const auto kPolicy = good("default: allow");
  std::string out;
  for (const Finding& finding : ask(*kPolicy, call(tool, args)).findings)
    out += finding.id + ":" + std::string(to_string(finding.severity)) + " ";
  return out;
}

struct Case {
  const char* tool;
  const char* args;
};

TEST_CASE("a program is written to where a path is written to, and run elsewhere") {
  for (
      const auto& [tool, args] : std::initializer_list<Case>{
          {"create_container", R"({"image":"alpine","entrypoint":["/bin/sh","-c"]})"},
          {"create_terminal", R"({"shell":"/bin/zsh"})"},
          {"set_config_value", R"({"name":"shell","value":"/bin/bash"})"},
          {"update_settings", R"({"pythonPath":"/usr/bin/python3"})"},
          {"update_settings", R"({"go":{"binary_path":"/usr/lib/go/bin/go"}})"},
          {"run_task", R"({"path":"/usr/bin/make"})"},
          {"pip_install", R"({"python_path":"/usr/bin/python3"})"},
          {"frobnicate", R"({"path":"/usr/bin/make"})"},
          // What a link leads to, or what is copied from there.
          {"symlink", R"({"source":"/usr/bin/python3.11","path":"/home/me/.local/bin/python"})"},
          {"create_symlink", R"({"target":"/usr/bin/python3.11","path":"/home/me/.local/bin/p"})"},
          {"ln", R"({"src":"/usr/bin/python3.11","link_path":"/home/me/bin/p"})"},
          {"create_symlink", R"({"target":"/usr/bin/python3.11","linkPath":"/home/me/bin/p"})"},
          {"create_symlink",
           R"({"links":[{"target":"/usr/bin/git","link":"/home/me/bin/git"},{"target":"a","link":"b"}]})"},
          {"create_link", R"({"link":{"link_name":"/home/me/bin/git","target":"/usr/bin/git"}})"},
          {"cp", R"({"from":"/usr/bin/make","to":"/proj/make"})"},
          {"copy", R"({"from":"/usr/bin/make","to":"/home/me/make"})"},
          {"copy_file", R"({"source_path":"/usr/bin/make","destination":"/proj/make"})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).empty());
  }
  for (
      const auto& [tool, args] : std::initializer_list<Case>{
          {"write_file", R"({"path":"/usr/local/bin/ls"})"},
          {"move_file", R"({"source":"a","destination":"/usr/bin/node"})"},
          {"download_file", R"({"url":"https://a.example/x","path":"/usr/local/bin/x"})"},
          {"build", R"({"output":"/usr/bin/x"})"},
          {"write_file", R"({"target":"/lib/x.so"})"},
          {"replace_binary", R"({"binary_path":"/usr/local/bin/git"})"},
          {"overwrite_runtime", R"({"runtime_dir":"/usr/local/bin/x"})"},
          {"patch_executable", R"({"executable_path":"/usr/bin/sudo"})"},
          {"symlink", R"({"target":"/tmp/x","path":"/usr/local/bin/git"})"},
          {"untar", R"({"archive":"a.tgz","directory":"/usr/local/bin"})"},
          {"extract_archive", R"({"path":"/usr/local/bin"})"},
          {"symlink", R"({"source":"/tmp/x","target":"/usr/local/bin/git"})"},
          {"symlink", R"({"source":"/usr/bin/x","path":"/usr/local/bin/git"})"},
          {"create_symlink", R"({"src_path":"/tmp/x","target":"/usr/local/bin/git"})"},
          {"create_symlink", R"({"srcPath":"/tmp/x","target":"/usr/local/bin/git"})"},
          {"create_symlink", R"({"from_path":"/tmp/x","target":"/usr/local/bin/git"})"},
          {"create_symlink", R"({"original_file":"/tmp/x","target":"/usr/local/bin/git"})"},
          {"create_symlink", R"({"file":"/tmp/x","target":"/usr/local/bin/git"})"},
          {"create_symlink", R"({"name":"x","target":"/usr/local/bin/git"})"},
          {"create_symlink", R"({"link":true,"file":"/tmp/x","target":"/usr/local/bin/git"})"},
          {"create_symlink", R"({"path":"/tmp","source":"x","target":"/usr/local/bin/git"})"},
          {"create_symlink", R"({"links":[{"source":"/tmp/x","target":"/usr/local/bin/git"}]})"},
          {"create_symlink", R"({"link":{"source":"/tmp/x","target":"/usr/local/bin/git"}})"},
          // Beside another link's place, or one that is no neighbour.
          {"create_symlink",
           R"({"links":[{"path":"a","target":"b"},{"file":"/tmp/x","target":"/usr/local/bin/git"}]})"},
          {"create_symlink", R"({"path":"a","links":[{"file":"x","target":"/usr/bin/git"}]})"},
          {"move_or_link", R"({"source":"/usr/bin/python3","path":"/tmp/x"})"},
          {"replace_link", R"({"target":"/usr/bin/python3","path":"/tmp/x"})"},
          {"delete_symlink", R"({"target":"/usr/local/bin/git"})"},
          {"delete_symlink", R"({"target":"/usr/local/bin/git","path":"x"})"},
          {"remove_link", R"({"source":"/usr/bin/python3"})"},
          {"copy_or_move", R"({"source":"/usr/bin/python3","destination":"/tmp/x"})"},
          {"copy_file", R"({"source":"/tmp/x","destination":"/usr/local/bin/git"})"},
          {"copy_file", R"({"source":"/tmp/x","path":"/usr/local/bin/git"})"},
          {"move_file", R"({"source":"/usr/bin/node","destination":"/tmp/x"})"},
          {"generate_ssl", R"({"ssl_path":"/usr/bin/node"})"},
          {"create_ssl_key", R"({"ssl_key_path":"/usr/bin/node"})"},
          {"write_file", R"({"binary":"/usr/bin/sudo","content":"x"})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).find("path.sensitive:medium") < 100);
  }
  CHECK(found("create_terminal", R"({"interpreter":"/home/ann/.ssh/id_rsa"})") ==
        "path.sensitive:high ");
  CHECK(found("set_config_value", R"({"value":"/etc/cron.d/x"})") == "path.sensitive:high ");
}

TEST_CASE("what every program reads is nothing to name, and something to change") {
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"fetch",
            R"({"url":"https://a.example","ca_bundle":"/etc/ssl/certs/ca-certificates.crt"})"},
           {"create_connection", R"({"ssl_ca":"/etc/ssl/certs/ca-certificates.crt"})"},
           {"create_connection", R"({"ca_file":"/etc/ssl/certs/ca-certificates.crt"})"},
           {"connect_db", R"({"ca_path":"/etc/ssl/certs/ca-certificates.crt"})"},
           {"set_tls", R"({"ca_file":"/etc/ssl/certs/ca-certificates.crt"})"},
           {"run_job", R"({"timezone":"/etc/localtime"})"},
           {"frobnicate", R"({"path":"/etc/os-release"})"},
           {"frobnicate", R"({"path":"/etc/hosts"})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).empty());
  }
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"write_file", R"({"path":"/etc/hosts"})"},
           {"update_thing", R"({"path":"/etc/os-release"})"},
           {"delete_thing", R"({"path":"/etc/localtime"})"},
           {"download_file", R"({"url":"https://a.example/x","path":"/etc/ssl/certs/x.pem"})"},
           {"create_certificate", R"({"cert_path":"/etc/ssl/certs/x.crt"})"},
           {"replace_trust", R"({"ca_path":"/etc/ssl/certs/x.crt"})"},
           {"frobnicate", R"({"output":"/etc/hosts"})"},
           {"frobnicate", R"({"path":"/etc/shadow"})"},
           {"frobnicate", R"({"path":"/etc/crontab"})"},
           {"create_connection", R"({"ssl_key":"/etc/ssl/private/x.key"})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).find("path.sensitive") < 100);
  }
}

TEST_CASE("a place in a container is none of this machine's") {
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"create_pod", R"({"volumeMounts":[{"mountPath":"/var/lib/postgresql/data"}]})"},
           {"create_pod", R"({"volumeMounts":[{"mountPath":"/var/run/secrets/tokens"}]})"},
           {"create_pod", R"({"mountPath":"/run/secrets"})"},
           {"add_volume", R"({"container_path":"/etc/nginx"})"},
           {"create_container",
            R"({"mounts":[{"type":"bind","source":"/proj","target":"/etc/nginx"}]})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).empty());
  }
  CHECK(found("create_container", R"({"mounts":[{"source":"/home/ann/.ssh","target":"/k"}]})") ==
        "path.sensitive:high ");
  CHECK(found("create_pod", R"({"volumes":[{"hostPath":{"path":"/var/lib/kubelet"}}]})") ==
        "path.sensitive:medium ");
  CHECK(found("write_file", R"({"target":"/etc/nginx/x"})") == "path.sensitive:medium ");
  // Nor is a tool for files one for containers, or what lies with a person a place in one.
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"read_file", R"({"mountPath":"/home/ann/.ssh/id_rsa"})"},
           {"read_file", R"({"containerPath":"/etc/shadow"})"},
           {"fetch_thing", R"({"mountPath":"/home/ann/.ssh/id_rsa"})"},
           {"put_thing", R"({"mountPath":"/home/ann/.bashrc"})"},
           {"copy_files",
            R"({"volumes":[{"source":"/a","destination":"/home/ann/.ssh/authorized_keys"}]})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).find("path.sensitive:high") < 100);
  }
}

TEST_CASE("a route, a prefix of names and the value of a variable are no files of the system") {
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"create_route", R"({"path":"/log"})"},
           {"create_route", R"({"path":"/sys/health"})"},
           {"add_redirect", R"({"from":"/proc/net","to":"/logs/error.log"})"},
           {"list_objects", R"({"bucket":"b","prefix":"/var/log/2026/"})"},
           {"put_object", R"({"bucket":"b","prefix":"/etc/nginx"})"},
           {"delete_objects", R"({"prefix":"/var/log/"})"},
           {"s3_delete", R"({"prefix":"/var/log/"})"},
           {"create_route", R"({"path":"/lib/app.js"})"},
           {"create_route", R"({"path":"/etc"})"},
           {"add_endpoint", R"({"path":"/etc/x"})"},
           {"set_redirect", R"({"path":"/usr/docs"})"},
           {"create_container", R"({"env":{"PGDATA":"/var/lib/postgresql/data"}})"},
           {"create_container", R"({"env":{"SystemRoot":"C:\\Windows"}})"},
           {"delete_keys", R"({"prefix":"/var/log/app:"})"},
           {"redis_set_key", R"({"prefix":"/etc/app"})"},
           {"scan_keys", R"({"prefix":"/etc/app"})"},
           {"put_object", R"({"bucket":"b","prefix":"/usr/bin/x"})"},
           {"list_objects", R"({"bucket":"b","prefix":"/usr/bin/x"})"},
           {"create_route", R"({"pathPrefix":"/usr/bin/x"})"},
           {"create_route", R"({"prefix":"/log"})"},
           {"create_page", R"({"path":"/dev/docs","title":"x"})"},
           {"update_dashboard", R"({"slug":"/sys/health"})"},
           {"create_pod", R"({"livenessProbe":{"httpGet":{"path":"/sys/health","port":80}}})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).empty());
  }
  CHECK(found("create_route", R"({"path":"/home/ann/.ssh/id_rsa"})") == "path.sensitive:high ");
  CHECK(found("create_route", R"({"path":"/home/ann/.config/autostart/x.desktop"})") ==
        "path.sensitive:high ");
  CHECK(found("create_file_route", R"({"path":"/var/log/syslog"})") == "path.sensitive:medium ");
  CHECK(found("create_container", R"({"env":{"K":"/home/ann/.ssh/id_rsa"}})") ==
        "path.sensitive:high ");
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"read_file", R"({"prefix":"/var/log/auth.log"})"},
           {"webhook_put", R"({"file_path":"/boot/grub/grub.cfg"})"},
           {"http_request", R"({"socketPath":"/var/run/docker.sock"})"},
           {"create_container", R"({"endpoint":"/var/run/docker.sock"})"},
           {"put_thing", R"({"prefix":"/dev/sda"})"},
           // Where keys are made they are files.
           {"create_key_pair", R"({"prefix":"/etc/nginx/ssl/site"})"},
           {"create_key_pair", R"({"prefix":"/usr/local/bin/x"})"},
           {"generate_key", R"({"prefix":"/etc/wireguard/wg0"})"},
           {"generate_ssh_keys", R"({"prefix":"/etc/ssh/x"})"},
           {"create_object", R"({"prefix":"C:/Windows/System32/x"})"},
           {"put_object", R"({"prefix":"/mnt/c/Windows/System32/x"})"},
           {"add_thing", R"({"endpoint":"C:/Windows/System32/drivers/etc/hosts"})"},
           // What is written, sent or logged by a tool about requests and hooks.
           {"http_request", R"({"url":"https://a.example/x","output_path":"/usr/local/bin/git"})"},
           {"http_request", R"({"url":"https://a.example/x","save_to":"/usr/bin/sudo"})"},
           {"http_request",
            R"({"url":"https://a.example/x","destination":"/etc/nginx/conf.d/x.conf"})"},
           {"create_route", R"({"path":"/log","output":"/etc/nginx/conf.d/x.conf"})"},
           {"send_webhook", R"({"attachment":"/var/log/auth.log"})"},
           {"create_pull_request", R"({"path":"/var/log/auth.log"})"},
           {"tail_request_log", R"({"path":"/var/log/auth.log"})"},
           {"view_webhook_config", R"({"path":"/etc/nginx/nginx.conf"})"},
           {"update_routes", R"({"path":"/etc/resolv.conf"})"},
           {"write_redirect", R"({"path":"/etc/ld.so.conf.d/x.conf"})"},
           {"create_route", R"({"path":"/etc/shadow"})"},
           {"create_route", R"({"path":"/run/x"})"},
           {"create_page", R"({"path":"/etc/nginx/x.conf"})"},
           {"create_route_page", R"({"path":"/etc/nginx/x.conf"})"},
           // Of Windows, of another machine, and what a kernel has.
           {"update_page", R"({"path":"C:/Windows/System32/drivers/etc/hosts"})"},
           {"import_page", R"({"path":"C:\\Windows\\System32\\drivers\\etc\\hosts"})"},
           {"update_page", R"({"path":"/mnt/c/Windows/System32/drivers/etc/hosts"})"},
           {"create_route", R"({"path":"/mnt/c/Windows/System32/drivers/etc/hosts"})"},
           {"import_dashboard", R"({"path":"/proc/kmsg"})"},
           {"import_dashboard", R"({"path":"/proc/keys"})"},
           {"import_dashboard", R"({"path":"/dev/kmsg"})"},
           {"import_dashboard", R"({"path":"/dev/input/event0"})"},
           {"import_dashboard", R"({"path":"/dev/ttyS0"})"},
           {"create_route", R"({"path":"/dev/mapper/x"})"},
           {"create_route", R"({"path":"/dev/loop0"})"},
           {"set_route", R"({"path":"/proc/sysrq-trigger"})"},
           {"set_route", R"({"path":"/dev/sda"})"},
           {"create_page", R"({"attachment_path":"/var/log/auth.log"})"},
           {"put_config", R"({"prefix":"/etc/nginx/conf.d","name":"x.conf"})"},
           {"render_chart", R"({"prefix":"/proc/sysrq-trigger"})"},
           {"openPDFDocument", R"({"prefix":"/var/log/auth.log"})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).find("path.sensitive") < 100);
  }
  // What the caller may add at will changes nothing.
  CHECK(found("read_file", R"({"path":"/var/log/syslog","method":"GET","route":"x"})") ==
        "path.sensitive:medium ");
}

TEST_CASE("what calms a path calms all that it leads to, and nothing that is spelled to hide it") {
  CHECK(found("list_objects", R"({"prefix":"/etc/passwd"})") == "path.sensitive:high ");
  for (const char* args : {R"({"prefix":"/x /etc/passwd"})", R"({"prefix":"/var/log/./x"})",
                           R"({"prefix":"/var/%6cog/x"})"}) {
    CAPTURE(args);
    CHECK(found("list_objects", args).find("path.sensitive") < 100);
  }
  // Links: one that goes up behind it, one called like a secret, and one called like a log that is a secret.
  static const auto kPolicy = good("default: allow");
  const auto linked = [](const char* args) {
    Question question = call("list_objects", args);
    question.surroundings.resolve = [](std::string_view path) -> Result<std::string> {
      for (const auto& [from, to] :
           std::initializer_list<std::pair<std::string_view, std::string_view>>{
               {"/proj/link", "/etc/ssl"},
               {"/proj/id_rsa", "/proj/plain"},
               {"/var/log/x", "/etc/shadow"}})
        if (path == from || path.starts_with(std::string(from) + "/"))
          return std::string(to) + std::string(path.substr(from.size()));
      return std::string(path);
    };
    std::string out;
    for (const Finding& finding : ask(*kPolicy, question).findings)
      out += finding.id + ":" + std::string(to_string(finding.severity)) + " ";
    return out;
  };
  CHECK(linked(R"({"prefix":"/proj/link/../passwd"})").find("path.sensitive:high") < 100);
  CHECK(linked(R"({"prefix":"/proj/id_rsa"})").find("path.sensitive:high") < 100);
  CHECK(linked(R"({"prefix":"/var/log/x"})").find("path.sensitive:high") < 100);
  CHECK(linked(R"({"prefix":"/var/log/y"})").empty());
}

TEST_CASE("beside an owner and a repository a relative path is the name of an object elsewhere") {
  for (const char* path : {".zshrc", "certs/server.pem", "config/credentials.json", "/.npmrc",
                           "/.env", "/.github/server.pem"}) {
    CAPTURE(path);
    const std::string args = R"({"owner":"ann","repo":"x","path":")" + std::string(path) + "\"}";
    CHECK(found("get_file_contents", args.c_str()) == "path.sensitive:low ");
    CHECK(found("read_file", args.c_str()) != "path.sensitive:low ");
  }
  CHECK(found("push_files",
              R"({"owner":"a","repo":"b","files":[{"path":".gitconfig","content":"x"}]})") ==
        "path.sensitive:low ");
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/home/ann/.ssh/id_rsa"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"~/.ssh/id_rsa"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/proj/.env"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"//.env"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/./.env"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/etc/shadow"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/host/etc/shadow"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/hostfs/root/.ssh/id_rsa"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/nix/x/.env"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/ETC/shadow"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/.ssh/id_rsa"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"/certs/server.pem"})"},
           {"budget_file_contents", R"({"owner":"a","repo":"b","path":".ssh/id_rsa"})"},
           {"target_file_contents", R"({"owner":"a","repo":"b","path":".ssh/id_rsa"})"},
           {"create_or_update_file",
            R"({"owner":"a","repo":"b","path":"/data/home/x/.ssh/authorized_keys"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"../ann/.ssh/id_rsa"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","path":"%2essh/id_rsa"})"},
           {"get_file_contents", R"({"owner":"a","path":".ssh/id_rsa"})"},
           {"get_file_contents", R"({"owner":"a","repo":"b","local_path":".ssh/id_rsa"})"},
           {"upload_release_asset", R"({"owner":"a","repo":"b","path":".env"})"},
           {"download_artifact", R"({"owner":"a","repo":"b","path":".git/hooks/pre-commit"})"},
           {"fs_read_file", R"({"owner":"a","repo":"b","path":".env"})"},
           {"upload_object", R"({"bucket":"a","key":"b","path":".env"})"},
           {"read-file", R"({"owner":"a","repo":"b","path":".ssh/id_rsa"})"},
           {"view_file", R"({"owner":"a","repo":"b","path":".aws/credentials"})"},
           {"str_replace_editor", R"({"owner":"a","repo":"b","path":".git/hooks/pre-commit"})"},
           {"fs_write", R"({"workspace":"a","repo_slug":"b","path":".ssh/authorized_keys"})"},
           {"get_file_contents", R"({"owner":"","repo":"","path":".ssh/id_rsa"})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).find("path.sensitive:high") < 100);
  }
}

TEST_CASE("whatever a path is called, it is held against roots and self-protection") {
  const auto policy = good("default: allow\nroots: [/proj]\n");
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"create_pod", R"({"volumeMounts":[{"mountPath":"/etc/nginx"}]})"},
           {"create_route", R"({"path":"/log"})"}}) {
    CAPTURE(tool, args);
    CHECK(say(ask(*policy, call(tool, args))) == "deny by roots");
  }
  const auto open = good("default: allow\n");
  Question question = call("push_files", R"({"owner":"a","repo":"b","path":".vscode/mcp.json"})");
  question.surroundings.protected_paths = {"/proj/.vscode/mcp.json"};
  CHECK(say(ask(*open, question)) == "deny by self.protected");
}

TEST_CASE("an option that says where something goes is written to, whatever the tool is called") {
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"git_log", R"({"args":["--output=/etc/cron.d/x"]})"},
           {"git_log", R"({"options":"--output=/etc/cron.d/x"})"},
           {"git_log", R"({"args":["-o/usr/local/bin/git"]})"},
           {"compile", R"({"flags":["-o=/usr/local/bin/git"]})"},
           {"run_report", R"({"args":["--output-file=/usr/local/bin/git"]})"},
           {"git_log", R"({"args":["--output" , "/usr/bin/x"]})"},
           {"git_log", R"({"args":["-o","/usr/local/bin/git","-n","1"]})"},
           {"git_log", R"({"args":["--output","/home/ann/.config/autostart/a.desktop"]})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).starts_with("path.sensitive:"));
  }
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"nginx_test", R"({"args":["--config=/etc/nginx/nginx.conf"]})"},
           {"git_log", R"({"args":["--output=/proj/log.txt"]})"},
           {"compile", R"({"flags":["-o/tmp/a.out","-I/usr/include","-L/usr/lib"]})"},
           {"run_tests", R"({"args":["--python=/usr/bin/python3","--output=json"]})"},
           {"git_log", R"({"args":["--output","/proj/x","/usr/bin/x"]})"},
           {"git_log", R"({"a":["--output"],"args":["/usr/bin/x"]})"},
           {"create_pod", R"({"containers":[{"args":["--output=/var/log/app.log"]}]})"},
           {"create_pod", R"({"containers":[{"args":["-o","/usr/bin/x"]}]})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).empty());
  }
}

}  // namespace
}  // namespace agentmesh::policy
