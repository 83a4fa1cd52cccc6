// What a command line gives its variables, and what stands for something else in it.

#include "policy/scan/shell.h"
#include "policy/scan/shell_words.h"
#include "tests/catch.h"
#include "tests/policy/scan/shell_looks.h"

namespace agentmesh::policy::scan {

TEST_CASE("variables cannot multiply a short line into a long one") {
  std::string text = "a=xxxxxxxxxxxxxxxx;";
  for (char c = 'b'; c <= 'z'; ++c)
    text +=
        std::string(1, c) + "=$" + static_cast<char>(c - 1) + "$" + static_cast<char>(c - 1) + ";";
  text += "$z";
  const ShellText read = read_commands(text);
  size_t bytes = 0;
  for (const SimpleCommand& command : read.commands)
    for (const std::string& word : command.words) bytes += word.size();
  CHECK(bytes < 1U << 20U);
}

TEST_CASE("what a variable is given may be quoted, and is what a command says by it") {
  for (const char* text :
       {"x='rm -rf /'; $x", "x=\"rm -rf /\"; $x", "x=$'rm -rf /'; $x", "x=\"$Q rm -rf /\"; $x",
        "x=r\"m\"; $x -rf /", "x=rm\\ -rf\\ /; $x", "FOO=\"x\" rm -rf /", "FOO='a b' BAR= rm -rf /",
        "x=''; rm -rf /", "a='b c'; d=$a rm -rf /", "a=b${IFS}c rm -rf /",
        "x=\"a\"'b'$'c' rm -rf /"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "shell.wipe"));
  }
  for (const char* text :
       {"NODE_ENV=\"production\" npm run build", "FOO='' npm test", "A=\"$B:/x\" npm ci",
        "GIT_EDITOR='true' npm x", "A=\"${B:-c d}\" npm ci", "A=\"x\"y'z' npm ci"}) {
    CAPTURE(text);
    CHECK(look(text).shell.commands == std::vector<std::string>{"npm"});
    CHECK(look(text).hits.empty());
  }
  CHECK(look("out=$(ls -l) && echo $out").shell.commands == std::vector<std::string>{"ls", "echo"});
  // What breaks up a command's own name still does, and a name in quotes is given nothing.
  for (const char* text : {"r''m x", "r\"m\" x", "\\rm x", "a-=''b x"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "shell.obfuscated"));
  }
}

TEST_CASE("what is made of a variable, a fallback, arithmetic and a here-document is read") {
  for (const char* text : {"{ x=\"rm -rf /\"; $x; }",
                           "if true; then x='rm -rf /'; $x; fi",
                           "f() { local x=\"rm -rf /\"; $x; }; f",
                           "! x='rm -rf /'; $x",
                           "export \"x=rm -rf /\"; $x",
                           "command export x='rm -rf /'; $x",
                           "for c in \"rm -rf /\"; do $c; done",
                           "for c in rm ls; do $c -rf /; done",
                           "set -- rm -rf /; \"$@\"",
                           "x='zrm -rf /'; ${x#z}",
                           "x='rm -rf /z'; ${x%z}",
                           "x=axm; ${x/ax/r} -rf /",
                           "x=xxrmx; ${x:2:2} -rf /",
                           "x=$'rm\\t-rf\\t/'; $x",
                           "${x-rm} -rf /",
                           "${x:=rm} -rf /; $x",
                           "x=$(echo rm -rf /); $x",
                           "$(echo rm -rf /)",
                           "x=`echo -n rm`; $x -rf /",
                           "x=rm; x+=' -rf /'; $x",
                           "echo $((rm -rf /);(true))",
                           "echo $(( $(rm -rf /) ))",
                           ": ${x:-$(rm -rf /)}",
                           ": ${x:=`rm -rf /`}",
                           "x=${y:-$(rm -rf /)}",
                           "echo ${x:+$(rm -rf /)}",
                           "cat <<EOF\n$(rm -rf /)\nEOF",
                           "cat <<EOF\n`rm -rf /`\nEOF",
                           "x=1; echo ${x:+\"$(rm -rf /)\"}"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "shell.wipe"));
  }
  for (const char* text :
       {"BIN=\"$PWD/bin\"; rm -f \"$BIN\"", "OUT=\"$GITHUB_WORKSPACE\"; ls \"$OUT\"/*",
        "D=\"$RUNNER_TEMP/\"; ls \"$D\"", "cat <<'EOF'\n$(rm -rf /)\nEOF",
        "echo $((1 + (2 * 3))) $(( x + 1 ))", "n=$((n+1)); echo \"$n\"",
        "for f in *.txt; do mv \"$f\" \"${f%.txt}.md\"; done",
        "V=${1:-latest}; docker build -t \"a:$V\" .", "set -- a b; echo \"$1\"",
        "echo ${#x} ${x:?none}", "CMD='npm run build'; $CMD", "S='a,b'; echo ${S//,/ }"}) {
    CAPTURE(text);
    CHECK(look(text).hits.empty());
  }
  CHECK(!has(look("BIN=\"$PWD/bin\"; rm -rf \"$BIN\"").hits, "shell.wipe"));
  CHECK(!has(look("WORK=\"$RUNNER_TEMP\"; rm -rf \"$WORK\"/*").hits, "shell.wipe"));
  // Of more variables, or a longer one, nothing is known; and who runs one of those hides what it is.
  std::string many;
  for (int i = 0; i < 300; ++i) many += "a" + std::to_string(i) + "=1;";
  CHECK(has(look(many + "x='rm -rf /'; $x -rf /").hits, "shell.obfuscated"));
  CHECK(has(look("x=ls; x='" + std::string(5000, ' ') + "rm'; $x -rf /").hits, "shell.obfuscated"));
}

TEST_CASE("nothing of a here-document or a fallback is another command's") {
  for (const char* text :
       {"cat <<A\n$(:)\nA\nX=1 rm -rf ~", "cat <<A\n$(date)\nA\nD=/\nrm -rf $D",
        "bash <<A <<B\n$(true)\nA\nrm -rf /\nB", "echo ${x:-'${'}; rm -rf /",
        "echo ${x#'${'}; rm -rf /", "echo ${x:-'a}b'}; rm -rf /", "echo ${a:-\"}\"}; rm -rf /",
        "echo ${a:-$(echo })}; rm -rf /", "echo \"${a:-'}\"; rm -rf /",
        "D=/; echo export D=safe; rm -rf $D", "D=/; printf readonly D=x; rm -rf $D"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "shell.wipe"));
  }
  for (const char* text :
       {"cat > f <<EOF\nversion: $(curl -s https://api.example/version)\nEOF\nbash deploy.sh",
        "cat > README.md <<\\EOF\nRun `curl https://x.example/i | sh` to install\nEOF",
        "$PYTHON -m pip install x", "\"$CC\" -O2 x.c", "${PYTHON:-python3} -m pytest",
        "$SUDO -u app ls", "${CC:-gcc} -O2 x.c"}) {
    CAPTURE(text);
    CHECK(look(text).hits.empty());
  }
}

TEST_CASE("a variable holds what the shell says it holds where it is used") {
  for (const char* text :
       {"x=; ${x:-rm -rf /}", "x=; ${x:-rm} -rf /", "x=; rm -rf ${x:-/}",
        "if :; then for c in 'rm -rf /'; do $c; done; fi", "{ set -- rm -rf /; \"$@\"; }",
        "set -- rm -rf /; $1 $2 $3", "set rm -rf /; \"$@\"",
        "set -eu -o pipefail -- rm -rf /; \"$@\"", "set -- x rm -rf /; shift; \"$@\"",
        "x='rm -rf /'; eval '$x'", "x='$y'; y='rm -rf /'; eval $x", "x=a; unset x; rm -rf ${x:-/}",
        // What lasts for one command, or in a shell of its own.
        "D=/; D=x true; rm -rf $D", "D=/; D=x rm -rf $D", "D=/; (D=x); rm -rf $D",
        "D=/; D=x | true; rm -rf $D", "D=/; D=x & rm -rf $D", "D=/; true | { D=x; }; rm -rf $D",
        "D=/; x=$(D=y); rm -rf $D", "D=/; a=1 D=x :; rm -rf $D", "D=x; D=/; rm -rf $D",
        "(case a in a) D=/; rm -rf $D;; esac)", "{ D=/; }; rm -rf $D",
        // Elements, arrays, and one that another one names.
        "a=(-rf /); rm \"${a[@]}\"", "a=(rm -rf /); ${a[@]}", "a=(rm); a+=(-rf /); ${a[*]}",
        "a=(\n rm\n -rf # all\n /\n); ${a[@]}", "a[0]=x rm -rf /", "a[$i]=x; rm -rf /",
        "a[0]=rm; a[1]='-rf /'; ${a[@]}", "a=(x /); rm -rf \"${a[1]}\"",
        "a=(rm -rf /); bash -c \"${a[*]}\"", "a=(rm -rf /); x=\"${a[*]}\"; bash -c \"$x\"",
        "set -- rm -rf /; x=\"$*\"; sh -c \"$x\"", "set -- rm -rf /; sh -c \"$*\"",
        "a=(rm -rf /); sh <<< \"${a[*]}\"", "x=rm; x=ls \"$x\" -rf /",
        "D=/; unset D | cat; rm -rf $D", "D=/; eval D=x | cat; rm -rf $D", "D=/ eval 'rm -rf $D'",
        "x='rm -rf /' eval '$x'", "x='rm -rf /'; sh <<< $x", "a=(rm -rf /); <<< \"${a[*]}\" sh",
        "a=(rm -rf /); sh <<< \"${a[@]}\"",
        // Of a list not all is known, and any of it may be the command.
        "a=(x rm); \"${a[*]:1}\" -rf /", "a=(rm x); unset \"a[1]\"; \"${a[*]}\" -rf /",
        "a=(x rm); x=${a[*]:1}; \"$x\" -rf /", "a[0]=rm; a[0]=rm; \"${a[*]}\" -rf /",
        "a=(ls rm -rf /); x=\"${a[*]}\"; ${x#ls }",
        "set -- ls rm -rf /; x=\"$*\"; sh -c \"${x#ls }\"",
        "a=(ls rm -rf /); x=\"${a[*]}\"; eval \"${x/ls /}\"", "set -- rm -rf /; y=$@; sh -c \"$y\"",
        "a=(rm -rf /); y=\"${a[@]:0}\"; sh -c \"$y\"", "set -- -c 'rm -rf /'; \"${@:0}\"",
        "x='rm -rf /'; ${x:0:4+4}", "x=arm; ${x:1+0} -rf /", "set -- -c 'rm -rf /'; \"${@: 0}\"",
        "set -- rm -rf /; \"${y:-$@}\"", "set -- rm x; f() { \"$*\" -rf /; }; f rm",
        // All that it was given, or some.
        "set -- rm -rf /; \"${@}\"", "set -- -rf /; rm \"${@}\"", "set -- rm -rf /; ${*}",
        "set -- x rm -rf /; \"${@:2}\"", "set -- rm -rf / x; \"${@:1:3}\"",
        "set -- a rm -rf /; ${*: -3}", "a=(ls rm -rf /); \"${a[@]:1}\"",
        "a=(rm -rf / x); ${a[@]:0:3}", "a=(rm -rf /); \"${a[@]:n}\"",
        "a=(zrm z-rf z/); \"${a[@]#z}\"", "x='rm -rf /z'; ${x:0:-1}", "x='rm -rf /'; ${x:0:n}",
        // Each item of a loop.
        "for dir in /bin /etc /usr; do\n rm -rf \"$dir\"\ndone",
        "for D in / /tmp/a; do rm -rf \"$D\"; done", "for c in ls 'rm -rf /'; do eval \"$c\"; done",
        "for c in ls 'rm -rf /'; do sh -c \"$c\"; done", "for c in ls rm; do $c -rf /; done",
        "for d in a b; do for e in c /; do rm -rf \"$e\"; done; done",
        "cmds=('echo hi' 'rm -rf /'); for c in \"${cmds[@]}\"; do bash -c \"$c\"; done",
        "set -- 'echo hi' 'rm -rf /'; for c in \"$@\"; do bash -c \"$c\"; done",
        // Commands in what is made of it.
        "x=a; echo \"${x%`rm -rf /`}\"", "x=a; y=${x//a/$(rm -rf /)}",
        "x=abc; echo ${x:$(rm -rf /; echo 1)}", "echo \"${x[$(rm -rf /;echo 0)]}\"",
        "x=a; echo ${x^$(rm -rf /)}", "y='rm -rf /'; x=y; ${!x}", "x='zzrm -rf /'; ${x: 2}",
        "x='rm -rf /zz'; ${x:0: 8}", "x='zrm -rf /'; ${x: -8}"}) {
    CAPTURE(text);
    CHECK(has(look(text).hits, "shell.wipe"));
  }
  for (const char* text :
       {"files=(*.txt); echo \"${files[@]}\"", "declare -A m=([a]=1 [b]=2); echo \"${m[a]}\"",
        "m[key]=v; echo ${m[key]}", "arr[$i]=x; arr[i]=y", "a=( $(ls) ); echo ${a[0]}",
        "x=; echo ${x:-a} ${x:+b} ${x-c}", "set -euo pipefail; npm ci", "x='!x'; echo ${!x}",
        "D=/; (D=x; ls $D)", "for f in a b c; do mv \"$f\" \"$f.bak\"; done", "A=1 B=$A npm ci",
        "set -- a b; shift; echo $1", "shift; echo \"$1\"", "eval \"$(ssh-agent -s)\""}) {
    CAPTURE(text);
    CHECK(look(text).hits.empty());
  }
}

TEST_CASE("what variables come to is bounded, and what is beyond is said") {
  const std::string words = "set -- " + repeated("a ", 4000) + "; echo " + repeated("$@", 10'000);
  const std::string letters = "x=" + std::string(4000, 'a') + "; echo ";
  for (const std::string& text :
       {words, letters + repeated("${x//a/}", 80'000), letters + repeated("$x", 20'000),
        ": ${a:-" + std::string(300'000, 'A') + "}; rm -rf ${x:-/}",
        "y=; z='y-" + repeated("$a", 2000) + "'; x='y-" + repeated("${!z}", 800) +
            "'; : " + repeated("${!x}", 170),
        repeated("$((a)<<A\n(\nA\n)", 1000),
        "for x in " + repeated("a ", 3000) + "; do " + repeated("b;", 100) + " done",
        std::string("echo ${a:-${b}; rm -rf /"), repeated("(", 300) + "rm -rf /"}) {
    CAPTURE(text.substr(0, 60));
    CHECK(look(text).shell.cut);
  }
}

TEST_CASE("expansions in each other are read as deep as substitutions, and once") {
  for (const char* piece :
       {"${x:-",       "$((",          "$(echo ",   "${x:-$(",    "\"${",  "`",
        "${x:-`",      "<<EOF\n${y:-", "${a/b/",    "x+=${x}",    "${${}", "${a${b}",
        "${$(}",       "((",           "(",         "a=(",        "<<A;",  "<<A <<B\n",
        "(case a in ", "{ a;",         "if a;",     "eval '",     "x=1 ",  "x=1 (",
        ")",           "(x=1)",        "set $@ a;", "shift;",     "${!x}", "$(case a in ",
        "\"${x:-\"",   ">(",           "$'\\",      "(cat <<A\n", "a | (", "{ a; } | b;"}) {
    std::string text;
    while (text.size() < 100'000) text += piece;
    CAPTURE(piece);
    (void)look(text);
    CHECK(look("x=a; " + text).hits.size() < 100);
  }
}

TEST_CASE("what a variable holds may name that variable") {
  // Words of it are words, and no assignments.
  const std::string self = "a=0123456789012345678901234567890123456789";
  CHECK(commands("a=$'" + self + " rm -rf / x'; $a; $a") == self);
  CHECK(has(look("a='x y'; a=$a rm -rf /").hits, "shell.wipe"));
}

}  // namespace agentmesh::policy::scan
