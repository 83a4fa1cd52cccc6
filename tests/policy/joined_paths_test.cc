// A path that stands in several places of one call: each for itself is harmless, and together they lead to what governs the call.

#include "tests/policy/ask.h"

namespace agentmesh::policy {
namespace {

using tests::ask;
using tests::call;
using tests::good;
using tests::say;

// State and settings in the home directory, the client's configuration in the working directory; /srv/link leads to the state,
// /srv/up to the directory above it, /proj/out to /out.
Question asked(const char* tool, const std::string& args) {
  Question question = call(tool, args);
  question.surroundings.unreadable_paths = {"/home/ann/.local/state/agentmesh"};
  question.surroundings.protected_paths = {"/proj/.mcp.json", "/home/ann/.claude.json",
                                           "/home/ann/.config/agentmesh/agentmesh.yaml"};
  question.surroundings.resolve = [](std::string_view path) -> Result<std::string> {
    std::string out(path);
    const auto link = [&out](std::string_view from, std::string_view to) {
      if (out == from || out.starts_with(std::string(from) + "/")) out.replace(0, from.size(), to);
    };
    link("/srv/link", "/home/ann/.local/state/agentmesh");
    link("/srv/up", "/home/ann/.local/state");
    link("/proj/out", "/out");
    return out;
  };
  return question;
}

struct Row {
  const char* tool;
  const char* args;
};

TEST_CASE("a path that stands in two arguments, or behind a cd, is judged as one") {
  const Row rows[] = {
      // A directory and a name, under whatever keys and in whatever order.
      {"read_file", R"({"directory":"~/.local/state","file":"agentmesh/keys/audit/main.key"})"},
      {"read_file", R"({"file":"agentmesh/keys/audit/main.key","root":"/home/ann/.local/state"})"},
      {"read_file", R"({"root":"/home/ann/.local","path":"state/agentmesh/keys/main.key"})"},
      {"get", R"({"base":"/home/ann/.local/state","name":"agentmesh"})"},
      {"get", R"({"base":"/home/ann","zzz":".local/state/agentmesh/state.db"})"},
      {"get", R"({"directory":"$HOME/.local","path":"state/agentmesh/state.db"})"},
      {"read_file", R"({"directory":"/home/ann/.local/state","file":"/agentmesh/state.db"})"},
      {"read_file",
       R"({"directory":"/home/ann/.local/state","file":"./x/../agentmesh//state.db"})"},
      {"read_file", R"({"directory":"/home/ann/.local/state","name":"%61gentmesh/state.db"})"},
      {"read_file", R"({"directory":"/home/ann/.local/state","name":" 'agentmesh/state.db'"})"},
      {"read_file",
       R"({"directory":"/home/ann/.local/share","file":"../state/agentmesh/state.db"})"},
      {"read_file",
       R"({"directory":"/home/ann/.local/share","name":"../state/agentmesh/state.db"})"},
      {"write_files", R"({"directory":"/home/ann/.local","files":{"state/agentmesh/x":"1"}})"},
      {"write_file", R"({"directory":"/home/ann","name":".claude.json","content":"{}"})"},
      {"write_file", R"({"directory":"/home/ann/.config","name":"agentmesh/agentmesh.yaml"})"},
      // In more parts than two.
      {"read_file", R"({"base":"/home/ann","directory":".local/state","file":"agentmesh/x"})"},
      {"get", R"({"parts":["/home/ann",".local","state","agentmesh","keys","audit","main.key"]})"},
      {"get", R"({"parts":["~",".local",["state","agentmesh"]]})"},
      {"get", R"({"parts":["agentmesh","state",".local"],"of":"/home/ann"})"},
      {"get", R"({"of":"/home/ann/.local/share/x","parts":["..","..","state","agentmesh"]})"},
      {"delete_directory", R"({"directory":"/home/ann/.local","path":"state"})"},
      // By a link.
      {"read_file", R"({"directory":"/srv","file":"link/keys/main.key"})"},
      {"read_file", R"({"directory":"/srv/up","file":"agentmesh/keys/main.key"})"},
      // A command's words.
      {"run", R"({"command":"cd ~/.local/state && cat agentmesh/keys/audit/main.key"})"},
      {"run", R"({"command":"cd /home/ann/.local/state; cat agentmesh/keys/audit/main.key"})"},
      {"run", R"({"command":"cd ~; cd .local; cd state\ncd agentmesh && cat keys/main.key"})"},
      {"run", R"({"command":"cd && cat .local/state/agentmesh/state.db"})"},
      {"run", R"j({"command":"(cd $HOME/.local/state; cat agentmesh/state.db)"})j"},
      {"run", R"({"command":"pushd ~/.local/state >/dev/null; cat agentmesh/state.db; popd"})"},
      {"run", R"({"command":"cd ~/.local/share; cat ../state/agentmesh/state.db"})"},
      {"run", R"({"command":"cd ~/.local/share/x; cd ../..; cd state; cat agentmesh/state.db"})"},
      {"run", R"({"command":"cd ~ && cd src && cat ../.local/state/agentmesh/state.db"})"},
      {"run", R"({"command":"tar -C ~/.local/state -cf /tmp/x.tar agentmesh"})"},
      {"run", R"({"command":"tar --directory=/home/ann/.local/state -cf x.tar agentmesh/keys"})"},
      {"run", R"({"command":"tar -C/home/ann/.local/state -cf x.tar agentmesh"})"},
      {"run", R"({"command":"git -C ~/.local/state add agentmesh"})"},
      {"run", R"({"command":"env -C ~/.local/state cat agentmesh/state.db"})"},
      {"run", R"({"command":"make -C ~/.local/state F=agentmesh/state.db"})"},
      {"run", R"({"command":"find ~/.local/state -path agentmesh/keys -exec cat {} +"})"},
      {"run", R"({"command":"cd ~/.local && rm -rf state"})"},
      {"run", R"({"command":"cd ~ && tee .claude.json"})"},
      {"run", R"({"command":"bash -c 'cd ~/.local/state && cat agentmesh/state.db'"})"},
      {"run", R"({"command":"cat agentmesh/keys/main.key","cwd":"/home/ann/.local/state"})"},
      {"run", R"({"command":"cat","args":["agentmesh/state.db"],"cwd":"~/.local/state"})"},
      {"run", R"({"command":"cd up && cat agentmesh/state.db","cwd":"/srv"})"},
      {"run", R"({"command":"cd /srv; cat link/state.db"})"},
      {"run", R"({"command":"cd /srv; cat link"})"},
      {"run", R"({"command":"cd /srv; cat -- a link b"})"},
      {"get", R"({"dir":"/srv","name":"link/keys/state.key"})"},
      {"pack", R"({"root":"/home/ann/.local","include":["state/agentmesh/keys/state.key"]})"},
      {"find", R"({"root":"/home/ann/.local","pattern":"state/agentmesh/keys/state.key"})"},
      // In JSON's spelling, or another.
      {"get",
       R"({"base":"/q/a","up":"\u002e\u002e/\u002e\u002e/..","name":"home/ann/.local/state/agentmesh/x"})"},
      {"get",
       R"({"base":"/q/a","up":["\u002e\u002e","\u002e."],"name":"home/ann/.local/state/agentmesh/x"})"},
      {"get", R"({"base":"/q/a","up":"．．/．．","name":"home/ann/.local/state/agentmesh/x"})"},
  };
  for (const char* text : {"default: allow", "default: allow\nmode: shadow",
                           "default: deny\nrules: [{name: all, action: allow, priority: 1000}]"}) {
    const auto policy = good(text);
    for (const Row& row : rows) {
      CAPTURE(text, row.tool, row.args);
      const Verdict verdict = ask(*policy, asked(row.tool, row.args));
      CHECK(say(verdict) == "deny by self.protected");
    }
  }
}

TEST_CASE("names beside a directory that lead nowhere guarded stay what they are") {
  std::string many = R"({"repo_path":"/home/ann/src","files":[)";
  for (int i = 0; i < 200; ++i) {
    if (i != 0) many += ',';
    many += "\"agentmesh/state/file" + std::to_string(i) + ".cc\",\"../inc/h" + std::to_string(i) +
            ".h\"";
  }
  many += "]}";
  std::string entering = "true";
  for (int i = 0; i < 100; ++i) entering += "; cd d" + std::to_string(i) + "; ls ../x src/state";
  const Row rows[] = {
      {"git_add", many.c_str()},
      {"git_add", R"({"repo_path":"/proj","files":["a.cc","src/b.cc","state"]})"},
      {"read_file", R"({"directory":"~/.local/state","file":"other/keys/main.key"})"},
      {"read_file", R"({"directory":"/home/ann/src","file":"agentmesh/keys/audit/main.key"})"},
      {"read_file", R"({"directory":"/home/ann","file":".claude.json"})"},  // may be read
      {"write_file",
       R"({"directory":"/home/ann","file":"a.txt","content":".local/state/agentmesh"})"},
      {"write_file", R"({"path":"/home/ann/a.txt","text":".claude.json"})"},
      {"search", R"({"path":"/home/ann","query":".claude.json"})"},
      {"find", R"({"path":"/home/ann/.local/state","pattern":"agentmesh"})"},
      {"move_file", R"({"source":"/home/ann/a","destination":"/home/ann/state/agentmesh"})"},
      {"run", R"({"command":"cd ~/src/agentmesh && git status && cat state/agentmesh"})"},
      {"run", R"({"command":"cd /proj && git add .mcp.json"})"},  // as it is without the cd
      {"run", R"({"command":"git add .mcp.json","cwd":"/proj"})"},
      {"run", R"({"command":"cd ../agentmesh && make -C build && ls ~/.local"})"},
      {"run", R"({"command":"ls ~ && cd /tmp && cat state/agentmesh/x ../keys"})"},
      {"run", R"({"command":"cd ~/.local && rm -rf share"})"},
      {"find", R"({"root":"/home/ann/.local","pattern":"state/*/keys/state.*"})"},
      {"search", R"({"path":"/home/ann/.local","query":"read/write lock state"})"},
      {"get", R"({"dir":"/srv","name":"linked/keys"})"},
      // Beside what is guarded something is moved and deleted.
      {"delete_file", R"({"directory":"/home/ann","filename":"a.txt"})"},
      {"move_file", R"({"cwd":"/home/ann","source":"a.txt","destination":"b.txt"})"},
      {"rename_file", R"({"folder":"/home/ann/.config","path":"a","new_path":"b"})"},
      {"git_remove", R"({"repo_path":"/home/ann","path":"a.txt"})"},
      {"run", R"({"command":"mv ~/Downloads/x.zip ~/"})"},
      {"run", R"({"command":"mv a.txt b.txt /home/ann"})"},
      {"run", R"({"command":"rsync -av ~/.config/ /backup/"})"},
      {"run", R"({"command":"cd ~ && rsync -a .config/ /backup/"})"},
      {"run", R"({"command":"cd ~/.local && mv share/x state/"})"},
  };
  const auto policy = good("default: allow");
  for (const Row& row : rows) {
    CAPTURE(row.tool, row.args);
    CHECK(say(ask(*policy, asked(row.tool, row.args))) == "allow by default");
  }
  CHECK(say(ask(*policy, asked("run", "{\"command\":\"" + entering + "\"}"))) ==
        "allow by default");
}

TEST_CASE("where it cannot be told where directories lead together, what could lead is protected") {
  std::string command = "cd /tmp";
  for (int i = 0; i < 30; ++i) command += "; cd d" + std::to_string(i) + "; cd ..";
  const auto policy = good("default: allow");
  const auto ends = [&](const std::string& with) {
    return say(ask(*policy, asked("run", "{\"command\":\"" + command + with + "\"}")));
  };
  CHECK(ends("; cat ../.local/state/agentmesh/state.db") == "deny by self.protected");
  CHECK(ends("; cat ../.local/state/other/state.db") == "allow by default");
}

TEST_CASE("what is moved or deleted with all it holds is told from where it goes") {
  const auto policy = good("default: allow");
  const Row rows[] = {
      {"delete_directory", R"({"directory":"/home/ann"})"},
      {"delete_directory", R"({"directory":"/home/ann","path":"x"})"},
      {"delete_files", R"({"directory":"/home/ann","files":["/home/ann/.local","x"]})"},
      {"delete_files", R"({"directory":"/home/ann","path":"x"})"},
      {"delete_files", R"({"files":["/home/ann","x"]})"},
      {"delete_file", R"({"directory":"/home/ann","path":"."})"},
      {"delete_file", R"({"directory":"/home/ann","path":".local"})"},
      {"move_file", R"({"cwd":"/home/ann","source":".local","destination":"b"})"},
      {"run", R"({"command":"mv ~/.local /tmp"})"},
      {"run", R"({"command":"mv -t /tmp ~/x ~/.local"})"},
      {"run", R"({"command":"rsync -a --delete /empty/ /home/ann"})"},
      {"run", R"({"command":"rsync -a --remove-source-files ~/.local /tmp/"})"},
      {"run", R"({"command":"mv x ~/.local/state/agentmesh/state.db"})"},
      {"run", R"({"command":"rsync -a evil/ ~/.config/agentmesh/agentmesh.yaml"})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.tool, row.args);
    CHECK(say(ask(*policy, asked(row.tool, row.args))) == "deny by self.protected");
  }
}

TEST_CASE("directories that lead nowhere do not hide one that does") {
  const auto policy = good("default: allow");
  for (const int count : {15, 16, 17, 300}) {
    std::string dirs;
    std::string entered = "true";
    for (int i = 0; i < count; ++i) {
      dirs += "\"/dec/oy" + std::to_string(i) + "\",";
      entered += "; cd /dec/oy" + std::to_string(i);
    }
    const std::string args =
        "{\"dirs\":[" + dirs + "\"/dec/x\"],\"dir\":\"/srv\",\"file\":\"link/state.db\"}";
    CAPTURE(count);
    CHECK(say(ask(*policy, asked("read_file", args))) == "deny by self.protected");
    CHECK(
        say(ask(*policy, asked("run", "{\"command\":\"" + entered + "; cd /srv; cat link/x\"}"))) ==
        "deny by self.protected");
  }
  const auto rooted = good("default: allow\nroots: [/proj]");
  std::string dirs;
  for (int i = 0; i < 40; ++i) dirs += "\"/proj/d" + std::to_string(i) + "\",";
  Question linked = asked(
      "read_file", "{\"dirs\":[" + dirs + "\"/proj/d\"],\"dir\":\"/proj\",\"file\":\"out/x\"}");
  linked.surroundings.working_directory = "/proj/a";
  CHECK(say(ask(*rooted, linked)) == "deny by roots");
}

TEST_CASE("a directory and a name are held against roots together") {
  const auto policy = good("default: allow\nroots: [/proj]");
  const Row outside[] = {
      {"read_file", R"({"directory":"/proj/a","file":"../../etc/passwd"})"},
      {"read_file", R"({"root":"/proj","path":"a/../../x"})"},
      {"read_file", R"({"directory":"/proj/a/../","file":"out/passwd"})"},
      {"read_file", R"({"file":"x/../../a","directory":"/proj/"})"},
  };
  for (const Row& row : outside) {
    CAPTURE(row.args);
    CHECK(say(ask(*policy, asked(row.tool, row.args))) == "deny by roots");
  }
  // Relative to the working directory it stays inside, and relative to what else is named it does not.
  Question deep = asked("read_file", R"({"directory":"/proj/a","file":"../../x"})");
  deep.surroundings.working_directory = "/proj/a/b/c";
  CHECK(say(ask(*policy, deep)) == "deny by roots");
  Question linked = asked("read_file", R"({"directory":"/proj","file":"out/passwd"})");
  linked.surroundings.working_directory = "/proj/a";
  CHECK(say(ask(*policy, linked)) == "deny by roots");
  const Row inside[] = {
      {"git_add", R"({"repo_path":"/proj/a","files":["x/y","../b/c"]})"},
      {"read_file", R"({"directory":"/proj/a/b","file":"../c"})"},
      {"write_file", R"({"directory":"/proj/a","file":"x","content":"see ../../../etc"})"},
  };
  for (const Row& row : inside) {
    CAPTURE(row.args);
    Question question = asked(row.tool, row.args);
    question.surroundings.working_directory = "/proj/a/b/c";
    CHECK(say(ask(*policy, question)) == "allow by default");
  }
}

}  // namespace
}  // namespace agentmesh::policy
