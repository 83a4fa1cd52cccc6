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
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"create_container", R"({"image":"alpine","entrypoint":["/bin/sh","-c"]})"},
           {"create_terminal", R"({"shell":"/bin/zsh"})"},
           {"set_config_value", R"({"name":"shell","value":"/bin/bash"})"},
           {"update_settings", R"({"pythonPath":"/usr/bin/python3"})"},
           {"update_settings", R"({"go":{"binary_path":"/usr/lib/go/bin/go"}})"},
           {"run_task", R"({"path":"/usr/bin/make"})"},
           {"frobnicate", R"({"path":"/usr/bin/make"})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).empty());
  }
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"write_file", R"({"path":"/usr/local/bin/ls"})"},
           {"move_file", R"({"source":"a","destination":"/usr/bin/node"})"},
           {"download_file", R"({"url":"https://a.example/x","path":"/usr/local/bin/x"})"},
           {"build", R"({"output":"/usr/bin/x"})"},
           {"write_file", R"({"target":"/lib/x.so"})"},
           {"write_file", R"({"binary":"/usr/bin/sudo","content":"x"})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).find("path.sensitive:medium") < 100);
  }
  CHECK(found("create_terminal", R"({"interpreter":"/home/ann/.ssh/id_rsa"})") ==
        "path.sensitive:high ");
  CHECK(found("set_config_value", R"({"value":"/etc/cron.d/x"})") == "path.sensitive:high ");
}

TEST_CASE("a place in a container is none of this machine's") {
  for (const auto& [tool, args] : std::initializer_list<Case>{
           {"create_pod", R"({"volumeMounts":[{"mountPath":"/var/lib/postgresql/data"}]})"},
           {"create_pod", R"({"volumeMounts":[{"mountPath":"/var/run/secrets/tokens"}]})"},
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
           {"create_container", R"({"env":{"PGDATA":"/var/lib/postgresql/data"}})"},
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
  for (const auto& [tool, args] :
       std::initializer_list<Case>{{"read_file", R"({"prefix":"/var/log/auth.log"})"},
                                   {"webhook_put", R"({"file_path":"/boot/grub/grub.cfg"})"},
                                   {"http_request", R"({"socketPath":"/var/run/docker.sock"})"},
                                   {"create_container", R"({"endpoint":"/var/run/docker.sock"})"},
                                   {"put_thing", R"({"prefix":"/dev/sda"})"}}) {
    CAPTURE(tool, args);
    CHECK(found(tool, args).find("path.sensitive") < 100);
  }
  // What the caller may add at will changes nothing.
  CHECK(found("read_file", R"({"path":"/var/log/syslog","method":"GET","route":"x"})") ==
        "path.sensitive:medium ");
}

TEST_CASE("beside an owner and a repository a relative path is the name of an object elsewhere") {
  for (const char* path : {".zshrc", "certs/server.pem", "config/credentials.json"}) {
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

}  // namespace
}  // namespace agentmesh::policy
