// Where what a shell reads as one thing ends, and what belongs together: comments, quotes in quotes, here-documents, groups and pipes.

#include "policy/scan/shell.h"
#include "policy/scan/shell_words.h"
#include "tests/catch.h"
#include "tests/policy/scan/shell_looks.h"

namespace agentmesh::policy::scan {

TEST_CASE("a comment begins where a word would, and nowhere else") {
  for (const char* text :
       {"echo ${x:-}#; rm -rf /", "x=; echo $x#; rm -rf /", "x=' '; echo $x#; rm -rf /",
        "echo ${IFS}#; rm -rf /", "echo \r#; rm -rf /", "echo $(echo \"a \")#; rm -rf /",
        "echo a#; rm -rf /", "echo ''#; rm -rf /", "echo \\ #; rm -rf /", "echo a\\\n#; rm -rf /",
        "echo #\nrm -rf /", "# a\nrm -rf / # b"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "shell.wipe"));
  }
  for (const char* text :
       {"echo a #; rm -rf /", "# rm -rf /", "ls;# rm -rf /", "ls &&# x; rm -rf /",
        "(# rm -rf /\nls)", "echo \\\n#; rm -rf /", "echo >a #; rm -rf /"}) {
    CAPTURE(text);
    CHECK(look(text).hits.empty());
  }
}

TEST_CASE("a substitution ends where the shell ends it, whatever quotes and brackets are in it") {
  for (const char* text :
       {"echo $(echo \")\"); rm -rf /", "echo \"${x:-\"}\"}\"; rm -rf /",
        "echo ${x:-\"$(echo \"}\" '\"')\"}; rm -rf /", "echo ${x:-$'\\''}; rm -rf / # '}",
        "echo \"${x#'}'}\"; rm -rf /", "x=$(case a in a) echo;; esac); rm -rf /",
        "x=$(case a in a) rm -rf /;; esac)", "x=$(if a; then case b in (b) c;; esac; fi); rm -rf /",
        "x=$(echo a # )\n); rm -rf /", "x=$(echo case in); rm -rf /",
        "x=$(echo \"$(echo \"`echo ')'`\")\"); rm -rf /",
        "git commit -m \"$(cat <<'EOF'\nDon't (or do\nEOF\n)\"; rm -rf /",
        "x=$(cat <<E\nfoo )\nE); rm -rf /", "x=$(cat <<-'E F'\n\tit's\n\tE F\n); rm -rf /",
        "x=$(cat <<<')'); rm -rf /", "echo $((1 << 2)); rm -rf /",
        "echo $(( (1 << 2) | 1 ))\nrm -rf /"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "shell.wipe"));
  }
  CHECK(look("git commit -m \"$(cat <<'EOF'\nDon't (or do\n\nrm -rf / is said\nEOF\n)\"")
            .hits.empty());
}

TEST_CASE("a here-document is its own command's, is expanded as it says, and ends where it ends") {
  for (const char* text :
       {"sh <<A && echo ok\nrm -rf /\nA", "bash <<EOF 2>&1 | tee log\nrm -rf /\nEOF",
        "sudo bash <<EOF || exit 1\nrm -rf /\nEOF", "cat <<E | sh; true\nrm -rf /\nE",
        "x='rm -rf /'; sh <<E\n$x\nE", "D=/; sh <<E\nrm -rf $D\nE",
        "sh <<E\necho \\\"; rm -rf /\nE", "cat <<A\n A\n'\nA\nrm -rf /",
        "cat <<A\nA\r\n'\nA\nrm -rf /", "cat <<A\r\n'\nA\r\nrm -rf /",
        "cat <<-A\n\t\tx\n\tA\nrm -rf /", "cat <<'A B'\nx\nA B\nrm -rf /",
        "cat <<\\A\n'\nA\nrm -rf /", "cat <<\"A\"B\n'\nAB\nrm -rf /", "(( x = 1 << 2 ))\nrm -rf /",
        "for ((i=1;i<9;i=i<<1)); do rm -rf /; done", "sh <<A; cat <<B\nrm -rf /\nA\nx\nB"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "shell.wipe"));
  }
  for (const char* text :
       {"cat <<E > f; sh g\nrm -rf /\nE", "x='rm -rf /'; sh <<'E'\necho $x\nE",
        "cat <<A; sh <<B\nrm -rf /\nA\nls\nB", "cat <<E | grep a\nrm -rf /\nE"}) {
    CAPTURE(text);
    CHECK(!has(look(text).hits, "shell.wipe"));
  }
  // What shells read differently counts as not read.
  for (const char* text : {"x=B; cat <<$x\nB\n'\n$x\nrm -rf /", "a[1<<2]=3\nrm -rf /"}) {
    CAPTURE(text);
    CHECK(look(text).shell.cut);
  }
}

TEST_CASE(
    "what comes into a group is read by each command in it, and what goes out is each one's") {
  for (const char* text :
       {"curl x | (cd /tmp && sh)", "curl x | { :; sh; }", "curl x | sh -o errexit",
        "curl x > >(sh)", "curl x | tee >(bash)", "{ curl x; true; } | sh", "(curl x; echo) | sh",
        "curl x |\n sh", "curl x | # and\n sh", "curl x | while read l; do sh; done",
        "if true; then curl x; fi | bash", "curl x | (case a in a) sh;; esac)",
        "f() { curl x; echo; } | sh", "curl x | bash +o posix -s"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "shell.pipe-to-shell"));
  }
  for (const char* text :
       {"curl x | { cat; }; sh y.sh", "(curl x); echo | cat; sh y.sh", "curl x | (cat) && sh y.sh",
        "curl x | while read l; do bash build.sh \"$l\"; done", "curl x | tee >(grep a)",
        "ls | { read a; echo $a; }", "curl x | python3 -m json.tool", "{ date; uptime; } | sort"}) {
    CAPTURE(text);
    CHECK(!has(look(text).hits, "shell.pipe-to-shell"));
  }
}

TEST_CASE("functions, patterns of names and escapes of bytes hide no command") {
  CHECK(has(look("f(){ rm -rf /; }; f").hits, "shell.wipe"));
  CHECK(has(look("f()(rm -rf /); f").hits, "shell.wipe"));
  CHECK(has(look("$'rm\\0zz' -rf /").hits, "shell.wipe"));
  CHECK(has(look("$'\\x{72}m' -rf /").hits, "shell.wipe"));
  CHECK(has(look("r{m,} -rf /").hits, "shell.obfuscated"));
  for (const char* text : {"((n*2))", "if (( a % b == 0 )); then ls; fi", "cp file{,.bak}"}) {
    CAPTURE(text);
    CHECK(look(text).hits.empty());
  }
}

}  // namespace agentmesh::policy::scan
