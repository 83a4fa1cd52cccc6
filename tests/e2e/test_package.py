"""What is installed: the Debian package holds everything, says what it needs, and works where it is unpacked."""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.environ["AGENTMESH_BUILD"]
AGENTMESH = os.environ["AGENTMESH_PROXY"]
GENERATED = os.path.join(BUILD, "generated")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=300, **more)


def commands(*path):
    """Every command's words, as the help lists them."""
    done = run(AGENTMESH, *path, "--help")
    listed = re.search(r"^Subcommands:\n((?:  .*\n)+)", done.stdout, re.M)
    if not listed or path == ("allow",):
        return [path]
    found = [path] if path else []
    for name in re.findall(r"^  (\S+)", listed[1], re.M):
        found += commands(*path, name)
    return found


@unittest.skipUnless(shutil.which("dpkg-shlibdeps") and shutil.which("file"), "needs dpkg-dev and file")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="agentmesh-package-")
        done = run("cpack", "-G", "DEB", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", cls.folder, cwd=cls.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        cls.deb = glob.glob(os.path.join(cls.folder, "*.deb"))[0]
        cls.tree = os.path.join(cls.folder, "tree")
        subprocess.run(["dpkg", "-x", cls.deb, cls.tree], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def test_it_says_which_libraries_it_needs(self):
        depends = run("dpkg-deb", "-f", self.deb, "Depends").stdout
        for library in ("libc6", "libsodium", "libssl", "libsqlite3", "libre2", "libyaml-cpp", "libsimdjson", "libfmt"):
            self.assertIn(library, depends)
        self.assertNotIn("boost", depends)

    def test_the_guide_builds_what_installing_needs(self):
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "getting-started.md")) as file:
            built = re.search(r"^scripts/build release (.*)$", file.read(), re.M)[1].split()
        self.assertEqual(built, ["agentmesh", "generated"])  # `generated` is the manual pages and completions (cmake/install.cmake)

    def test_it_works_where_it_is_unpacked(self):
        binary = os.path.join(self.tree, "usr/bin/agentmesh")
        version = run(binary, "version")
        self.assertEqual(version.stdout, run(AGENTMESH, "version").stdout)
        self.assertIn(version.stdout.split()[1].split("+")[0], run("dpkg-deb", "-f", self.deb, "Version").stdout)
        home = os.path.join(self.folder, "home")
        os.mkdir(home)
        done = run(binary, "proxy", "--", "cat", input="", env={"HOME": home, "PATH": "/usr/bin:/bin"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(run(binary, "audit", "verify", env={"HOME": home}).returncode, 0)
        self.assertIn("name: strict", run(binary, "policy", "show", "strict").stdout)

    def test_everything_else_is_in_its_place(self):
        for path in ("usr/share/doc/agentmesh/copyright", "usr/share/doc/agentmesh/README.md",
                     "usr/share/doc/agentmesh/docs/getting-started.md", "usr/share/doc/agentmesh/examples/python-agent/agent.py",
                     "usr/share/man/man1/agentmesh.1", "usr/share/bash-completion/completions/agentmesh",
                     "usr/share/zsh/vendor-completions/_agentmesh", "usr/share/fish/vendor_completions.d/agentmesh.fish"):
            self.assertTrue(os.path.isfile(os.path.join(self.tree, path)), path)
        modes = run("dpkg-deb", "-c", self.deb).stdout
        self.assertRegex(modes, r"-rwxr-xr-x root/root .*\./usr/bin/agentmesh\n")


class Generated(unittest.TestCase):
    def test_every_command_has_a_man_page_that_formats_without_a_remark(self):
        pages = {os.path.basename(page) for page in glob.glob(os.path.join(GENERATED, "man", "*.1"))}
        wanted = {"agentmesh-" + "-".join(words) + ".1" for words in commands()} | {"agentmesh.1"}
        self.assertEqual(wanted - pages, set())
        self.assertFalse([page for page in pages if "generate" in page])
        with open(os.path.join(GENERATED, "man", "agentmesh-init-integration.1")) as file:
            text = file.read()
        for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "FILES", "EXAMPLES", "SEE ALSO"):
            self.assertIn("\n.SH %s\n" % heading, text)
        if shutil.which("groff"):
            for page in sorted(pages):
                done = run("groff", "-K", "utf8", "-man", "-ww", "-Tutf8", os.path.join(GENERATED, "man", page))
                self.assertEqual((done.returncode, done.stderr), (0, ""), page)

    def complete(self, line):
        script = os.path.join(GENERATED, "agentmesh")
        words = line.split(" ")
        program = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _agentmesh; printf "%s\\n" "${COMPREPLY[@]}"')
        return run("bash", "-c", program, "bash", script, *words).stdout.split("\n")[:-1]

    def test_bash_completes_commands_options_and_values(self):
        self.assertEqual(self.complete("agentmesh doc"), ["doctor"])
        self.assertIn("policy", self.complete("agentmesh "))
        self.assertNotIn("generate", self.complete("agentmesh "))
        self.assertEqual(self.complete("agentmesh policy ch"), ["check"])
        self.assertEqual(self.complete("agentmesh doctor --time"), ["--timeout"])
        self.assertEqual(self.complete("agentmesh proxy --policy str"), ["strict"])
        self.assertIn("/usr/bin/", [word + "/" for word in self.complete("agentmesh proxy --state-dir /usr/bi")])

    def test_zsh_and_fish_read_their_files_where_they_are(self):
        for shell, name in (("zsh", "_agentmesh"), ("fish", "agentmesh.fish")):
            path = os.path.join(GENERATED, name)
            self.assertGreater(os.path.getsize(path), 1000)
            if shutil.which(shell):
                self.assertEqual(run(shell, "-n", path).stderr, "")

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes_commands_and_options(self):
        script = os.path.join(GENERATED, "agentmesh.fish")
        for line, word in (("agentmesh aud", "audit"), ("agentmesh audit ver", "verify"), ("agentmesh proxy --po", "--policy")):
            done = run("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line)
            self.assertEqual(([row.split("\t")[0] for row in done.stdout.splitlines()], done.stderr), ([word], ""), line)


class Manners(unittest.TestCase):
    """How the command line answers what it does not understand."""

    def test_a_word_that_is_no_command_is_named_with_the_nearest(self):
        for words, status, why in (
                (("doctr",), 2, "agentmesh: no such command 'doctr' (did you mean doctor?); see agentmesh --help\n"),
                (("policy", "chekc", "x"), 2, "agentmesh: no such command 'chekc' in agentmesh policy (did you mean check?); "
                                              "see agentmesh policy --help\n"),
                (("audit", "verfy"), 2, "did you mean verify?"),
                (("qwertyuiop",), 2, "agentmesh: no such command 'qwertyuiop'; see agentmesh --help\n"),
                (("doctor", "--jsn"), 2, "agentmesh: no such option --jsn (did you mean --json?); see agentmesh doctor --help\n")):
            done = run(AGENTMESH, *words)
            self.assertEqual((done.returncode, done.stdout), (status, ""), words)
            self.assertIn(why, done.stderr)

    def test_a_group_alone_shows_its_help_on_stderr(self):
        for words in ((), ("policy",), ("trust",)):
            done = run(AGENTMESH, *words)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("Example:", done.stderr)
            self.assertIn("Subcommands:", done.stderr)

    def test_every_help_fits_a_screen_and_shows_an_example(self):
        for words in [()] + commands():
            if words == ("version",):
                continue
            done = run(AGENTMESH, *words, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("Example:\n  agentmesh", done.stdout, words)
            self.assertLessEqual(len(done.stdout.splitlines()), 60, words)


if __name__ == "__main__":
    unittest.main()
