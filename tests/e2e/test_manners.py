"""The command line's manners: every command, found by walking the help, with the same exit statuses and the same JSON for failure;
and reading commands where nothing is there, or nothing may be written."""
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

from session import Session, call, line, result, text_result
from state import agentmesh, records, words_for


class Manners(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-manners-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)

    def run_it(self, *words):
        """In a home where nothing ever was."""
        return subprocess.run([os.environ["AGENTMESH_PROXY"], *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=30, cwd=self.home,
                              env={"HOME": self.home, "PATH": os.environ["PATH"]})

    def commands(self, *path):
        """Every command that does something, as its words."""
        done = self.run_it(*path, "--help")
        self.assertEqual(done.returncode, 0, path)
        inside = re.search(r"^Subcommands:\n((?:  .*\n)+)", done.stdout, re.M)
        names = re.findall(r"^  (\S+)", inside[1], re.M) if inside else []
        found = [] if names and "COMMAND …" in done.stdout else [(path, done.stdout)]
        for name in names:
            found += self.commands(*path, name)
        return found

    def refused(self, words, status):
        done = self.run_it(*words)
        self.assertEqual(done.returncode, status, (words, done))
        self.assertTrue(done.stderr.startswith("agentmesh: "), (words, done))
        self.assertEqual(done.stderr.count("\n"), 1, (words, done))
        return done

    def test_every_command_refuses_what_it_does_not_know_in_one_way(self):
        commands = self.commands()
        self.assertGreater(len(commands), 40)
        for path, help_text in commands:
            self.assertNotRegex(help_text, r"(?m)^  -.* \.\.\.", path)  # an option takes one word, however often it is given
            usage = 3 if list(path) == ["audit", "verify"] else 2
            needs = len(re.findall(r"REQUIRED", help_text))
            told = self.refused([*path, "--no-such-option"], usage)
            if not needs:
                self.assertIn("--no-such-option", told.stderr, path)
            if needs:
                self.refused(path, usage)
            if "--json" in help_text:
                told = self.refused([*path, "--json", "--no-such-option"], usage)
                self.assertEqual(json.loads(told.stdout), {"ok": False, "error": told.stderr[len("agentmesh: "):].strip()}, path)
            # The example of each is a command line that this program takes.
            self.assertIn("Example:\n  agentmesh " + (" ".join(path[:1]) if path else ""), help_text, path)
        self.assertEqual(os.listdir(self.home), [])

    def test_an_option_that_is_not_there_is_named_with_the_command_that_lacks_it(self):
        for words, why in (
                (("--bogus",), "no such option --bogus; see agentmesh --help"),
                (("-V",), "no such option -V"),
                (("init-integration", "--server", "a", "b"), "'b' is one word too many; --server is given once for each: --server A --server B"),
                (("proxy", "--name", "a", "npx", "-y"), "'npx' is one word too many; the server's command stands behind --: agentmesh proxy [OPTION…] -- npx …; see"),
                (("--state-dir", "d", "--", "x"), "--state-dir stands behind the command that it is for: agentmesh proxy --state-dir …; see agentmesh --help"),
                (("--state-dir", "d", "status"), "--state-dir stands behind the command that it is for: agentmesh status --state-dir …; see agentmesh --help"),
                (("--why", "x", "halt", "--all"), "--why stands behind the command that it is for: agentmesh halt --why …"),
                (("--state-dir=/x", "audit", "verify"), "--state-dir stands behind the command that it is for: agentmesh audit verify --state-dir …"),
                (("audit", "--log", "x", "verify"), "--log stands behind the command that it is for: agentmesh audit verify --log …"),
                (("--state-dir", "status", "doctor"), "--state-dir stands behind the command that it is for: agentmesh doctor --state-dir …"),
                (("audit", "--log", "verify", "tail"), "--log stands behind the command that it is for: agentmesh audit tail --log …"),
                (("--state-dir", "status"), "--state-dir stands behind the command that it is for: agentmesh status --state-dir …"),
                (("--all", "halt", "--why", "x"), "--all stands behind the command that it is for: agentmesh halt --all …"),
                (("--timeout", "5", "status"), "--timeout stands behind the command that it is for: agentmesh doctor --timeout …"),
                (("policy", "--bogus"), "no such option --bogus; see agentmesh policy --help"),
                (("halt", "--all", "--whyy", "x"), "no such option --whyy (did you mean --why?); see agentmesh halt --help"),
                (("allow", "list", "--bogus"), "no such option --bogus; see agentmesh allow list --help"),
                (("doctor", "--timeout", "x"), "--timeout: 'x' is no number; see agentmesh doctor --help"),
                (("proxy", "--policy", "a", "--policy", "b", "--", "x"), "--policy is given more than once")):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("agentmesh: " + why, done.stderr, words)

    def test_an_empty_name_or_path_is_not_taken_for_none(self):
        for words, option in ((("init-integration", "--cursor", "--config-path", ""), "--config-path"),
                              (("proxy", "--policy", "", "--", "true"), "--policy"),
                              (("proxy", "--name", "", "--", "true"), "--name"),
                              (("status", "--state-dir", ""), "--state-dir")):
            done = self.run_it(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertEqual(done.stderr, "agentmesh: %s: is empty; see agentmesh %s --help\n" % (option, words[0]))

    def test_output_that_is_lost_is_no_success(self):
        for words in (("policy", "show", "strict"), ("policy", "schema"), ("version",), ("--version",), ("--help",)):
            with open("/dev/full", "w") as full:
                done = subprocess.run([os.environ["AGENTMESH_PROXY"], *words], stdin=subprocess.DEVNULL, stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=30, env={"HOME": self.home})
            self.assertEqual(done.returncode, 2, words)
            self.assertRegex(done.stderr, r"^agentmesh: stdout: .+\n$")

    def test_a_policy_that_the_settings_choose_in_vain_is_told_with_their_place(self):
        settings = os.path.join(self.home, "a.yaml")
        with open(settings, "w") as file:
            file.write("mode: shadow\npolicy: nosuch\n")
        path = os.path.join(self.home, "mcp.json")
        with open(path, "w") as file:
            file.write('{"mcpServers":{"a":{"command":"demo"}}}')
        for words in (("proxy", "--config", settings, "--", "true"),
                      ("init-integration", "--cursor", "--dry-run", "--config", settings, "--config-path", path)):
            done = self.run_it(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("agentmesh: %s:2:9: policy: this chooses it\n" % settings, done.stderr)

    def test_numbers_words_and_reasons_that_mean_nothing_are_bad_usage(self):
        for words, status in (
                (("audit", "query", "-n", "-3"), 2), (("audit", "query", "-n", "0"), 2), (("audit", "tail", "-n", "-3"), 2),
                (("audit", "tail", "-n", "0"), 2), (("audit", "tail", "-n", "1x"), 2), (("audit", "show", "-1"), 2),
                (("audit", "show", "x"), 2), (("audit", "prove", "--size", "0"), 2), (("audit", "prove", "--consistency", "-1", "2"), 2),
                (("audit", "query", "--decision", "bogus"), 2), (("audit", "query", "--since", "soon"), 2),
                (("audit", "export", "--from", "soon"), 2), (("audit", "report", "--until", "soon"), 2),
                (("halt", "--all", "--why", ""), 2), (("halt", "--all", "--why", " "), 2), (("halt", "--why", "x"), 2),
                (("halt", "a", "--all", "--why", "x"), 2), (("halt", "--all"), 2), (("resume",), 2),
                (("allow", "a", "b", "--always", "--why", ""), 2), (("allow", "a", "--always", "--why", "x"), 2),
                (("allow", "a", "b", "--why", "x"), 2), (("allow", "a", "b", "--for", "soon", "--why", "x"), 2),
                (("allow", "a", "b", "--for", "1h", "--always", "--why", "x"), 2),
                (("trust", "report", "server:a", "--severity", "bad", "--why", "x"), 2),
                (("trust", "report", "server:a", "--severity", "low", "--why", ""), 2),
                (("trust", "reset", "server:a", "--why", ""), 2), (("trust", "show", "a"), 2),
                (("doctor", "--timeout", "0"), 2), (("doctor", "--timeout", "-1"), 2), (("doctor", "--timeout", "x"), 2),
                (("policy", "explain"), 2), (("trust", "--json"), 2), (("audit", "verify", "--bogus"), 3), (("audit", "verify", "x"), 3),
                (("audit", "bogus"), 2), (("audit", "--json", "verify"), 2), (("audit", "prove"), 2), (("audit", "recover", "--seal", "No Name"), 2), (("audit", "erase", "--day", "nope"), 2),
                (("audit", "prune", "--before", "soon"), 2), (("policy", "explain", "--tool", "t", "--trust", "1001"), 2), (("policy", "explain", "--tool", "t", "--trust", "-1"), 2),
                (("policy", "explain", "--tool", "t", "--args", "[1"), 2), (("policy", "explain", "--tool", "t", "--stage", "x"), 2),
                (("policy", "learn", "--since", "soon"), 2), (("policy", "show", "nothing-of-that-name"), 2),
                (("policy", "show", "strict", "--types"), 2), (("trust", "show", "--history"), 2),
                (("init-integration", "--claude", "--cursor"), 2), (("init-integration", "--config-path", "x"), 2),
                (("init-integration", "--jetbrains", "--undo"), 2), (("init-integration", "--all", "--claude"), 2),
                (("proxy",), 2), (("proxy", "--mode", "x", "--", "true"), 2), (("--", "true"), 2), (("no-such",), 2)):
            self.refused(words, status)
        self.assertEqual(self.run_it("help", "pins", "list").stdout, self.run_it("pins", "list", "--help").stdout)
        self.assertIn("--config-path FILE", self.refused(("init-integration", "--jetbrains", "--undo"), 2).stderr)

    def test_show_without_a_name_says_what_can_be_named(self):
        told = self.refused(("policy", "show"), 2)
        self.assertEqual(told.stderr, "agentmesh: name what to show: a preset (strict, moderate, permissive), a library file or a file\n")

    def colours(self, **environment):
        """Whether a command colours what it prints on a terminal with such an environment."""
        master, terminal = os.openpty()
        try:
            done = subprocess.run([os.environ["AGENTMESH_PROXY"], "doctor", "--no-start"], stdin=subprocess.DEVNULL, stdout=terminal,
                                  stderr=subprocess.PIPE, timeout=30, cwd=self.home, env={"HOME": self.home, **environment})
            self.assertEqual(done.returncode, 0, done)
            return b"\x1b[" in os.read(master, 65536)
        finally:
            os.close(terminal)
            os.close(master)

    def test_colours_go_to_terminals_that_have_them_and_to_nobody_who_says_no(self):
        for environment, coloured in (({"TERM": "xterm"}, True), ({}, True), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1"}, False),
                                      ({"NO_COLOR": ""}, True)):  # no-color.org: only when it is not empty
            self.assertEqual(self.colours(**environment), coloured, environment)

    def test_what_is_said_of_names_days_and_arguments_is_what_is_wrong_with_them(self):
        for words, says in (
                (("proxy", "--", ""), "the name of the server's program is empty"),
                (("allow", "a", "b", "--for", "1h", "--always", "--why", "x"), "--for and --always: give one of them"),
                (("policy", "show", "--tool", "x"), "name what to show: a preset"),
                (("policy", "explain", "--tool", "t", "--args", "[]"), "--args is the JSON object of the call's arguments"),
                (("audit", "erase", "--day", "2026-02-30"), "'2026-02-30' is not a day"),
                (("audit", "erase", "--day", "----------"), "'----------' is not a day"),
                (("audit", "prune", "--before", "1d", "--log", "../../../x"), "use 1 to 32 of a-z, 0-9 and '-'"),
                (("audit", "erase", "--day", "2026-02-03", "--log", "../x"), "use 1 to 32 of a-z, 0-9 and '-'"),
                (("audit", "verify", "--log", "../../../x"), "use 1 to 32 of a-z, 0-9 and '-'"),
                (("keys", "show", "--log", "../x"), "use 1 to 32 of a-z, 0-9 and '-'"),
                (("trust", "reset", "server:none", "--why", "x"), "nothing is known of server:none")):
            with self.subTest(words):
                done = self.run_it(*words)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(says, done.stderr)

    def test_a_policy_that_does_not_load_is_told_in_one_way_and_as_json(self):
        for words in (("policy", "test", "zz"), ("policy", "explain", "--policy", "zz", "--tool", "t"),
                      ("policy", "replay", "--policy", "zz"), ("policy", "show", "zz")):
            told = self.run_it(*words, "--json")
            self.assertEqual(told.returncode, 2, words)
            self.assertEqual(json.loads(told.stdout), {"ok": False, "error": told.stderr.removeprefix("agentmesh: ").strip()}, words)

    def test_where_nothing_is_recorded_that_is_said_and_nothing_is_made(self):
        for words, status, says in (
                (("status",), 0, "nothing is recorded yet"), (("trust", "show"), 0, "everybody starts at 800"),
                (("trust", "show", "server:a"), 1, "nothing is known"), (("trust", "explain", "server:a"), 1, "nothing is recorded yet"),
                (("trust", "replay"), 1, "nothing is recorded yet"), (("pins", "list"), 0, "nothing is pinned yet"),
                (("pins", "list", "a"), 1, "has no pins"), (("approvals", "list"), 0, "nothing waits"),
                (("allow", "list"), 0, "no exceptions"), (("audit", "tail"), 1, "nothing is recorded yet"),
                (("audit", "query"), 1, "nothing is recorded yet"), (("audit", "export"), 1, "nothing is recorded yet"),
                (("audit", "report"), 1, "nothing is recorded yet"), (("audit", "show", "1"), 3, "nothing is recorded yet"),
                (("audit", "prove", "1"), 3, "nothing is recorded yet"), (("audit", "export", "-o", "out"), 1, "nothing is recorded yet"),
                (("policy", "replay", "--policy", "strict"), 1, "nothing is recorded yet"),
                (("policy", "learn"), 1, "nothing is recorded yet"), (("keys", "show"), 1, "there is no log"),
                (("policy", "show", "--types", "--server", "a"), 1, "no tools of a server"), (("policy", "reload"), 0, "no proxy runs"),
                (("doctor", "--no-start"), 0, "no client's configuration"), (("audit", "verify"), 4, "nothing is recorded yet")):
            with self.subTest(words):
                done = self.run_it(*words)
                self.assertEqual(done.returncode, status, done)
                self.assertIn(says, done.stdout + done.stderr)
                if words[0] not in ("status", "doctor") and status == 1:
                    told = json.loads(self.run_it(*words, "--json").stdout) if words[:2] != ("audit", "export") else {"ok": False}
                    self.assertIs(told["ok"], False)
                self.assertEqual(os.listdir(self.home), [], words)

    def test_a_file_in_the_place_of_the_state_directory_is_no_empty_state(self):
        os.makedirs(os.path.join(self.home, ".local", "state"))
        with open(os.path.join(self.home, ".local", "state", "agentmesh"), "w"):
            pass
        for words in (("status",), ("trust", "show"), ("pins", "list"), ("approvals", "list"), ("allow", "list"),
                      ("halt", "--all", "--why", "x"), ("policy", "learn"), ("proxy", "--", "true")):
            self.assertIn("is no directory", self.refused(words, 2).stderr)

    def test_reading_needs_no_right_to_write(self):
        with Session() as s:
            s.hello()
            s.client(call(1, "read"))
            s.at_server()
            s.server(text_result(1))
            s.at_client()
            s.over()
            state = os.path.join(self.folder, "copy")
            shutil.copytree(s.state, state)
        def snapshot():
            return sorted((os.path.relpath(os.path.join(at, name), state), os.stat(os.path.join(at, name)).st_size)
                          for at, _, names in os.walk(state) for name in names)
        before = snapshot()
        for at, directories, names in os.walk(state):
            for name in names:
                os.chmod(os.path.join(at, name), stat.S_IRUSR)
            for name in directories:
                os.chmod(os.path.join(at, name), stat.S_IRUSR | stat.S_IXUSR)
        os.chmod(state, stat.S_IRUSR | stat.S_IXUSR)
        reader = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] if os.getuid() == 0 else []
        if reader:
            if shutil.which("setpriv") is None:
                self.skipTest("no setpriv to stop being root with")
            os.chmod(self.folder, 0o755)
            subprocess.run(["chown", "-R", "65534:65534", state], check=True)
        for words, says in ((("status",), "1 request today"), (("trust", "show"), "server:notes"), (("trust", "replay"), "agree"),
                            (("pins", "list"), "command"), (("approvals", "list"), "nothing waits"), (("allow", "list"), "no exceptions"),
                            (("audit", "tail"), "read"), (("audit", "query", "--tool", "read"), "read"), (("audit", "verify"), "")):
            with self.subTest(words):
                done = subprocess.run([*reader, os.environ["AGENTMESH_PROXY"], *words, "--state-dir", state], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
                self.assertEqual(done.returncode, 0, done)
                self.assertIn(says, done.stdout)
        if reader:
            self.assertEqual(snapshot(), before)
        for at, directories, names in os.walk(state):
            for name in directories:
                os.chmod(os.path.join(at, name), 0o700)
        os.chmod(state, 0o700)

    def test_names_that_look_like_commands_or_options_can_be_given(self):
        state = os.path.join(self.folder, "state")
        for words, server, tool in ((("allow", "fs", "list", "--always", "--why", "x"), "fs", "list"),
                                    (("allow", "fs", "end", "--for", "1h", "--why", "x"), "fs", "end"),
                                    (("allow", "--always", "--why", "x", "--", "list", "end"), "list", "end"),
                                    (("allow", "--always", "--why", "x", "--", "-odd", "--json"), "-odd", "--json")):
            done = subprocess.run([os.environ["AGENTMESH_PROXY"], *words[:1], "--state-dir", state, *words[1:]], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
            self.assertEqual(done.returncode, 0, done)
            listed = json.loads(agentmesh(state, "allow", "list", "--json").stdout)
            self.assertIn((server, tool), [(a["server"], a["tool"]) for a in listed])
        self.assertEqual(len([r for r in records(state) if r["type"] == "operator"]), 4)

    def test_a_halt_for_a_name_that_nobody_has_holds_and_says_so(self):
        with Session() as s:
            s.hello()
            for server, strange in (("notes", False), ("ntoes", True)):
                done = agentmesh(s.state, "halt", server, "--why", "x")
                self.assertEqual(done.returncode, 0, done)
                self.assertEqual("no server called 'ntoes' has been seen here; there are: notes" in done.stderr, strange, done)

    def test_the_brake_holds_whatever_the_settings_are(self):
        with Session() as s, tempfile.TemporaryDirectory() as home:
            s.hello()
            os.mkdir(os.path.join(home, "agentmesh"))
            with open(os.path.join(home, "agentmesh", "agentmesh.yaml"), "w") as file:
                file.write("polici: strict\n")
            broken = {"XDG_CONFIG_HOME": home}
            for words, code in ((("halt", "--all", "--why", "x"), 0), (("resume", "notes", "--why", "x"), 1),
                                (("halt", "notes", "--why", "x"), 0), (("resume", "notes", "--why", "x"), 0)):
                done = agentmesh(s.state, *words, environment=broken)
                self.assertEqual(done.returncode, code, done)
                self.assertIn("unknown key 'polici'", done.stderr)
            self.assertEqual(done.stdout, "notes is resumed; everything is still halted: `agentmesh resume%s --all`\n" % words_for(s.state))
            s.client(call(1, "read"))
            self.assertIn("halted", json.loads(s.at_client())["result"]["content"][0]["text"])
            self.assertEqual(agentmesh(s.state, "resume", "--all", environment=broken).returncode, 0)
            self.assertEqual([r["act"] for r in records(s.state) if r["type"] == "operator"], ["halt", "halt", "resume", "resume"])

    def test_a_halt_of_a_name_like_an_option_says_a_way_out_that_works(self):
        with Session() as s:
            s.hello()
            at = {"AGENTMESH_HOME": s.state}
            for words, said in ((("halt", "--why", "x", "--", "-x"), "`agentmesh resume%s -- -x`" % words_for(s.state)), (("resume", "--", "-x"), "-x is resumed")):
                done = subprocess.run([os.environ["AGENTMESH_PROXY"], *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                      env={**os.environ, **at}, timeout=30)
                self.assertEqual(done.returncode, 0, done)
                self.assertIn(said, done.stdout)

    def test_an_exception_that_can_match_nothing_says_so_and_the_same_one_again_is_renewed(self):
        with Session() as s:
            s.hello()
            s.client(line(id="l", method="tools/list"))
            s.at_server()
            s.server(result("l", tools=[{"name": "write_note", "inputSchema": {"type": "object"}}]))
            s.at_client()
            for server, tool, said in (("notes", "write_*", "names are no patterns"), ("ntoes", "write_note", "no server called 'ntoes'")):
                done = agentmesh(s.state, "allow", server, tool, "--for", "1h", "--why", "x")
                self.assertEqual(done.returncode, 0, done)
                self.assertIn(said, done.stderr)
            ids = [re.search("(allowed|renewed) ([0-9a-f]{8})", agentmesh(s.state, "allow", "notes", "write_note", *span, "--why", "x").stdout)
                   for span in (("--for", "1h"), ("--always",))]
            self.assertEqual((ids[0][1], ids[1][1], ids[0][2]), ("allowed", "renewed", ids[1][2]))
            self.assertEqual(agentmesh(s.state, "allow", "end", ids[0][2]).returncode, 0)
            left = json.loads(agentmesh(s.state, "allow", "list", "--json").stdout)
            self.assertNotIn("write_note", [a["tool"] for a in left if a["server"] == "notes"])

    def test_what_is_accepted_cannot_be_rejected_and_that_is_said(self):
        with Session() as s:
            s.hello()
            s.client(line(id="l", method="tools/list"))
            s.at_server()
            s.server(result("l", tools=[{"name": "read", "inputSchema": {"type": "object"}}]))
            s.at_client()
            s.over()
            done = agentmesh(s.state, "pins", "reject", "notes", "read")
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("read of notes is pinned already", done.stderr)
            done = agentmesh(s.state, "pins", "reject", "notes", "read", "--json")
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("read of notes is pinned already", json.loads(done.stdout)["error"])
            with open("/dev/full", "w") as full:
                done = subprocess.run([os.environ["AGENTMESH_PROXY"], "audit", "query", "--state-dir", s.state], stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (2, "agentmesh: stdout: No space left on device\n"))
            self.assertEqual(agentmesh(s.state, "pins", "approve", "notes", "read").returncode, 0)

    HELD = """\
version: "1.0"
name: house
default: allow
rules:
  - {name: no, tool: erase, action: deny, overridable: true}
  - {name: ask, tool: lend, action: require_approval}
  - {name: hold, stage: list, tool: odd, action: require_approval}
"""

    def test_a_state_directory_that_was_named_and_is_not_there_is_told_and_not_made(self):
        slip = os.path.join(self.folder, "slip")
        for words in (("status",), ("approvals", "list"), ("pins", "list"), ("trust", "show"), ("allow", "list")):
            for more in ((), ("--json",)):
                done = self.run_it(*words, "--state-dir", slip, *more)
                self.assertEqual((done.returncode, done.stderr), (0, "agentmesh: %s is not there\n" % slip), words)
                plain = self.run_it(*words, *more)
                self.assertEqual((plain.returncode, plain.stderr), (0, ""), words)
                if words != ("status",):
                    self.assertEqual(done.stdout, plain.stdout)
        self.assertFalse(os.path.exists(slip))
        done = self.run_it("halt", "--all", "--why", "x", "--state-dir", slip)
        self.assertEqual((done.returncode, done.stderr), (0, "agentmesh: %s is not there\n" % slip))
        self.assertEqual(self.run_it("status", "--state-dir", slip).stderr, "")

    def test_a_line_that_is_printed_to_be_typed_reaches_the_state_that_it_is_about(self):
        with tempfile.TemporaryDirectory() as folder, Session(policy=self.HELD, state=os.path.join(folder, "st 7")) as s:
            s.hello()
            plain = {"HOME": self.home, "PATH": os.environ["PATH"]}
            ids = iter(range(1, 100))

            def typed(text, command):
                """Runs every line in `text` that begins so, in a plain terminal, as it is printed."""
                lines = re.findall("agentmesh %s[^`\\n;)|]*" % command, text)
                self.assertTrue(lines, text)
                added = re.search("Add `([^`]*)` to that command", text)
                for one in lines:
                    one += " " + added[1] if added else ""
                    done = subprocess.run(["sh", "-c", one.replace("agentmesh", os.environ["AGENTMESH_PROXY"], 1).split("   or")[0]],
                                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, env=plain, cwd=self.home)
                    self.assertEqual(done.returncode, 0, (one, done.stderr))
                return done.stdout

            def denied(tool):
                s.client(call(next(ids), tool))
                return json.loads(s.at_client())["result"]["content"][0]["text"]

            typed(agentmesh(s.state, "halt", "--all", "--why", "x").stdout, "resume")
            agentmesh(s.state, "halt", "notes", "--why", "x")
            typed(denied("read"), "resume")
            typed(typed(denied("erase"), "allow"), "allow end")
            denied("lend")
            typed(agentmesh(s.state, "approvals", "list").stdout, "approvals approve")
            s.client(call(90, "lend"))
            self.assertEqual(s.at_server(), call(90, "lend"))
            s.server(text_result(90))
            s.at_client()
            typed(denied("lend"), "approvals approve")
            s.client(line(id="l", method="tools/list"))
            s.at_server()
            s.server(result("l", tools=[{"name": name, "inputSchema": {"type": "object"}} for name in ("erase", "odd")]))
            s.at_client()
            text = denied("odd")
            typed(agentmesh(s.state, "status").stdout, "pins list")
            typed(text, "pins list")
            typed(text, "pins approve")

    def test_a_line_that_needs_no_state_directory_has_none(self):
        usual = os.path.join(self.home, ".local", "state", "agentmesh")
        self.assertIn("until `agentmesh resume --all`\n", self.run_it("halt", "--all", "--why", "x").stdout)
        self.assertIn("until `agentmesh resume --all`\n", self.run_it("halt", "--all", "--why", "x", "--state-dir", usual).stdout)
        elsewhere = os.path.join(self.folder, "elsewhere")
        for environment in ({"AGENTMESH_HOME": elsewhere}, {"AGENTMESH_HOME": usual, "XDG_STATE_HOME": self.folder}):
            done = subprocess.run([os.environ["AGENTMESH_PROXY"], "halt", "--all", "--why", "x"], stdin=subprocess.DEVNULL, text=True,
                                  capture_output=True, timeout=30, env={"HOME": self.home, **environment})
            self.assertIn("until `agentmesh resume%s --all`\n" % words_for(environment["AGENTMESH_HOME"]), done.stdout)

    def test_a_call_under_two_halts_is_told_both_ways_out(self):
        with Session() as s:
            s.hello()
            for words in (("--all",), ("notes",)):
                self.assertEqual(agentmesh(s.state, "halt", *words, "--why", "careful").returncode, 0)
            s.client(call(1, "read"))
            text = json.loads(s.at_client())["result"]["content"][0]["text"]
            self.assertIn("`agentmesh resume --all` and `agentmesh resume notes` end it", text)
            self.assertTrue(text.endswith(" Add `%s` to that command." % words_for(s.state).strip()), text)
            self.assertEqual(agentmesh(s.state, "resume", "--all").returncode, 0)
            s.client(call(2, "read"))
            self.assertIn("`agentmesh resume notes` ends it", json.loads(s.at_client())["result"]["content"][0]["text"])


if __name__ == "__main__":
    unittest.main()
