"""Ways out of the sandbox that were found: through the next start, through the place of our state, through descriptor 2.

The walls themselves are test_sandbox.py.
"""
import fcntl
import json
import os
import pty
import select
import shutil
import sys
import termios
import time
import unittest
from unittest import mock

from harness import HERE, PATIENCE
from test_sandbox import Case, landlock

BREAKOUT = os.path.join(HERE, "servers", "breakout.py")


class NextStart(Case):
    """Start, let the server change what it may, end, start again in the same way."""

    def ended(self, proxy):
        proxy.close_stdin()
        self.assertEqual(proxy.wait(PATIENCE), 0)

    def replaced(self, proxy, where, target):
        """The server puts a link in the place of what is at `where`."""
        self.assertEqual(self.attempt(proxy, "rename", [where, where + ".old"]), "ok moved")
        self.assertEqual(self.attempt(proxy, "symlink", [target, where], hidden=True), "ok linked")

    def test_a_file_of_the_command_that_became_a_link_is_not_followed_out(self):
        named = self.path("root", "config.json")
        with open(named, "w") as file:
            file.write("{}")
        secret = self.path("outside", "secret.txt")
        words = [sys.executable, BREAKOUT, self.path("root"), named]
        first = self.start(words=words)
        self.assertEqual(self.attempt(first, "read", named), "ok {}")
        self.replaced(first, named, secret)
        self.ended(first)
        second = self.start(words=words)
        self.assertEqual(self.attempt(second, "read", named, hidden=True), "EACCES")
        self.assertEqual(self.attempt(second, "read", secret, hidden=True), "EACCES")
        second.stderr_until(b"sandbox: %s leads to %s, and the server could change that" % (named.encode(), secret.encode()))
        self.ended(second)
        # By its own path a person opens it.
        third = self.start(words=words, level="", policy="sandbox: {level: files, read: ['%s']}\n" % secret)
        self.assertEqual(self.attempt(third, "read", named, hidden=True), "ok content of outside/secret.txt")

    def test_a_root_below_a_root_that_became_a_link_is_not_followed_out(self):
        inner = self.path("root", "data")
        os.mkdir(inner)
        policy = "roots: ['%s', '%s']\n" % (self.path("root"), inner)
        secret = self.path("outside", "secret.txt")
        first = self.start(policy=policy)
        self.replaced(first, inner, self.path("outside"))
        self.ended(first)
        second = self.start(policy=policy)
        for what, where in (("read", secret), ("append", secret), ("write", self.path("outside", "new"))):
            self.assertEqual(self.attempt(second, what, where, hidden=True), "EACCES")
        second.stderr_until(b"data leads to ")

    def test_packages_beside_a_script_that_became_a_link_are_not_followed_out(self):
        with open(self.path("root", "server.py"), "w") as file:
            file.write("exec(open(%r).read())\n" % BREAKOUT)
        with open(self.path("root", "package.json"), "w") as file:
            file.write("{}")
        words = [sys.executable, self.path("root", "server.py"), self.path("root")]
        policy = "sandbox: {read: ['%s']}\n" % BREAKOUT
        first = self.start(words=words, policy=policy)
        self.assertEqual(self.attempt(first, "symlink", [self.path("outside"), self.path("root", "node_modules")], hidden=True),
                         "ok linked")
        self.ended(first)
        second = self.start(words=words, policy=policy)
        self.assertEqual(self.attempt(second, "read", self.path("outside", "secret.txt"), hidden=True), "EACCES")
        second.stderr_until(b"node_modules leads to ")

    def test_our_state_behind_a_link_in_a_root_is_not_put_elsewhere(self):
        os.makedirs(self.path("home", ".local"))
        os.makedirs(self.path("disk"))
        link = self.path("home", ".local", "state")
        os.symlink("../../disk", link)
        state = os.path.join(link, "agentmesh")
        words = [sys.executable, BREAKOUT, self.path("home", "x"), self.path("home", ".local")]
        proxy = self.start(words=words, extra=["--state-dir", state])
        for what, where in (("remove", link), ("rename", [link, link + "2"]), ("write", self.path("home", ".local", "new")),
                            ("list", state), ("write", self.path("disk", "new"))):
            with self.subTest(what=what):
                self.assertIn(self.attempt(proxy, what, where, hidden=True), ("EACCES", "EXDEV"))
        proxy.stderr_until(b"holds a state directory or a link that leads to it")
        self.assertEqual(self.attempt(proxy, "temporary"), "ok written")

    def test_the_state_of_other_proxies_in_a_root_is_closed_as_well(self):
        other, later = self.path("root", "other"), self.path("root", "later")
        os.makedirs(os.path.join(other, "keys"))
        key = os.path.join(other, "keys", "state.key")
        with open(key, "w") as file:
            file.write("theirs")
        os.makedirs(self.path("home", ".cursor"))
        entry = {"command": os.environ["AGENTMESH_PROXY"], "args": ["proxy", "--state-dir", other, "--", "x"]}
        with open(self.path("home", ".cursor", "mcp.json"), "w") as file:
            json.dump({"mcpServers": {"a": entry, "b": {**entry, "args": ["proxy", "--state-dir", later, "--", "x"]}}}, file)
        proxy = self.start()
        for what, where in (("read", key), ("list", other), ("write", os.path.join(other, "new")), ("rename", [other, other + "2"]),
                            ("write", later)):
            with self.subTest(what=what):
                self.assertIn(self.attempt(proxy, what, where, hidden=True), ("EACCES", "EXDEV"))
        proxy.stderr_until(b"holds a state directory")

    # What governs the next start lies in a root, where clients and people like to have it.

    def refused(self, proxy, where, there=True):
        """Nothing that a server does changes what is at `where`, or puts another thing there."""
        before = None
        if there:
            with open(where, "rb") as file:
                before = file.read()
        own = self.path("root", "work", "own")
        self.assertEqual(self.attempt(proxy, "write", own, hidden=True), "ok written")
        tries = [("write", where), ("append", where), ("rename", [own, where]), ("symlink", [own, where]), ("link", [own, where])]
        if there:
            tries += [("remove", where), ("rename", [where, self.path("root", "work", "away")]), ("rename", [where, where + ".old"]),
                      ("link", [where, self.path("root", "work", "same")])]
            if landlock() >= 3:
                tries.append(("truncate", where))
        for what, arguments in tries:
            with self.subTest(what=what, where=arguments):
                self.assertIn(self.attempt(proxy, what, arguments, hidden=True), ("EACCES", "EXDEV", "EEXIST", "ETXTBSY"))
        self.assertEqual(os.path.exists(where), there)
        if there:
            with open(where, "rb") as file:
                self.assertEqual(file.read(), before)
            self.assertTrue(self.attempt(proxy, "read", where, hidden=True).startswith("ok "))

    def furnish(self):
        os.makedirs(self.path("root", "work"))
        os.makedirs(self.path("root", "conf", "agentmesh"))
        for name in ("policy.yaml", "parent.yaml"):
            with open(self.path("root", name), "w") as file:
                file.write('version: "1.0"\nname: %s\ndefault: allow\nextends: [%s]\n'
                           % (name[:6], "./parent.yaml" if name == "policy.yaml" else "permissive"))
        with open(self.path("root", "conf", "agentmesh", "agentmesh.yaml"), "w") as file:
            file.write("max_sessions: 100\n")

    def test_what_governs_the_next_start_cannot_be_changed_in_a_root(self):
        self.furnish()
        program = shutil.copy(os.environ["AGENTMESH_PROXY"], self.path("root", "conf", "agentmesh-program"))
        for name in (".mcp.json", "conf/claude_desktop_config.json"):
            with open(self.path("root", name), "w") as file:
                file.write('{"mcpServers":{}}')
        os.makedirs(self.path("root", ".config", "Claude"))
        os.rename(self.path("root", "conf", "claude_desktop_config.json"),
                  self.path("root", ".config", "Claude", "claude_desktop_config.json"))
        with mock.patch.dict(os.environ, AGENTMESH_PROXY=program):
            proxy = self.start(extra=["--policy", self.path("root", "policy.yaml")], cwd=self.path("root"),
                               XDG_CONFIG_HOME=self.path("root", ".config"))
        for name in ("policy.yaml", "parent.yaml", ".mcp.json", "conf/agentmesh-program", ".config/Claude/claude_desktop_config.json"):
            self.refused(proxy, self.path("root", name))
        for name in (".config/agentmesh/agentmesh.yaml", ".config/agentmesh", ".cursor/mcp.json", ".vscode"):
            where = self.path("root", name)
            with self.subTest(name=name):
                self.assertFalse(os.path.exists(where))
                for what in ("write", "make_directory"):
                    self.assertIn(self.attempt(proxy, what, where, hidden=True), ("EACCES", "ENOENT"))
        # Nor by a directory on the way.
        for name in ("conf", ".config", ".config/Claude"):
            self.assertIn(self.attempt(proxy, "rename", [self.path("root", name), self.path("root", "work", "x")], hidden=True),
                          ("EACCES", "EXDEV"))
        proxy.stderr_until(b"holds what decides how servers are started, or could")
        # And work goes on.
        self.assertEqual(self.attempt(proxy, "append", self.path("root", "inside.txt"), hidden=True), "ok written")
        self.assertIn("inside.txt", self.attempt(proxy, "list", self.path("root"), hidden=True))
        self.assertEqual(self.attempt(proxy, "make_directory", self.path("root", "work", "d"), hidden=True), "ok made")

    def test_settings_that_are_there_cannot_be_changed_in_a_root(self):
        self.furnish()
        proxy = self.start(XDG_CONFIG_HOME=self.path("root", "conf"))
        self.refused(proxy, self.path("root", "conf", "agentmesh", "agentmesh.yaml"))
        self.assertEqual(self.attempt(proxy, "write", self.path("root", "conf", "agentmesh", "new"), hidden=True), "EACCES")

    def test_a_person_may_declare_a_project_and_its_policy_stays_closed(self):
        self.furnish()
        declared = "sandbox: {write: ['${workspace}']}\n"
        with open(self.path("root", ".mcp.json"), "w") as file:
            file.write('{"mcpServers":{}}')
        proxy = self.start(policy=declared, cwd=self.path("root"))
        self.assertEqual(self.attempt(proxy, "write", self.path("root", ".mcp.json"), hidden=True), "ok written")
        proxy.stderr_until(b"is declared to be written: the configurations that clients keep in a project can be changed")
        self.ended(proxy)
        os.remove(self.path("root", ".mcp.json"))
        with open(self.path("root", "policy.yaml"), "a") as file:
            file.write(declared)
        second = self.start(extra=["--policy", self.path("root", "policy.yaml")], cwd=self.path("root"))
        self.refused(second, self.path("root", "policy.yaml"))


class Stderr(Case):
    """What a server can do with its descriptor 2, and that nothing of what it says is lost."""

    def test_neither_what_is_typed_in_the_terminal_nor_its_modes_are_the_servers(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        proxy = self.start("files+net", stderr=theirs)
        os.write(ours, b"a password\n")
        self.assertEqual(self.attempt(proxy, "read_stderr"), "EBADF")
        before = termios.tcgetattr(theirs)
        self.assertEqual(self.attempt(proxy, "terminal_modes"), "ENOTTY")
        self.assertEqual(termios.tcgetattr(theirs), before)
        self.assertEqual(os.read(theirs, 100), b"a password\n")

    def test_the_file_that_the_lines_go_to_is_not_emptied(self):
        log = self.path("outside", "client.log")
        with open(log, "wb+") as file:
            file.write(b"before\n")
            file.flush()
            proxy = self.start("files+net", stderr=file)
            self.assertEqual(self.attempt(proxy, "cut_stderr"), "EINVAL")
            self.assertEqual(self.attempt(proxy, "say", "said\n"), "ok said")
            proxy.close_stdin()
            self.assertEqual(proxy.wait(), 0)
        with open(log, "rb") as file:
            text = file.read()
        self.assertTrue(text.startswith(b"before\nagentmesh: sandbox files+net"), text)
        self.assertTrue(text.endswith(b"said\n"), text)

    def test_all_that_the_server_says_arrives_in_order_to_its_last_word(self):
        text = "".join("line %d\n" % n for n in range(60_000))  # far more than a pipe holds
        proxy = self.start(words=[sys.executable, "-c", "import os, sys\nsys.stdin.readline()\n"
                                  "os.write(1, b'{\"jsonrpc\":\"2.0\",\"method\":\"x\"}\\n')\n"
                                  "sys.stderr.write(''.join('line %d\\n' % n for n in range(60_000)))\nsys.stderr.write('the end')\n"
                                  "sys.stderr.flush()\nos._exit(7)\n"])
        proxy.send(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        self.assertEqual(proxy.wait(), 7)
        while not proxy.process.stderr.closed and select.select([proxy.process.stderr], [], [], PATIENCE)[0]:
            proxy._read_errors()
        self.assertIn((text + "the end").encode(), proxy.errors)

    def test_a_stderr_that_nobody_reads_stops_neither_an_answer_nor_the_end(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        proxy = self.start(stderr=writing)
        os.close(writing)
        self.assertEqual(self.attempt(proxy, "flood"), "ok flooding")
        self.assertTrue(select.select([reading], [], [], PATIENCE)[0])
        for _ in range(50):
            self.assertEqual(self.attempt(proxy, "pair"), "ok made")
        begun = time.monotonic()
        proxy.close_stdin()
        proxy.wait(PATIENCE)
        self.assertLess(time.monotonic() - begun, 15)

    def test_a_stderr_whose_reader_has_gone_ends_nothing_but_itself(self):
        reading, writing = os.pipe()
        proxy = self.start(stderr=writing)
        os.close(writing)
        os.close(reading)
        self.attempt(proxy, "say", "lost\n")
        self.assertEqual(self.attempt(proxy, "pair"), "ok made")
        proxy.close_stdin()
        self.assertEqual(proxy.wait(PATIENCE), 0)

    def test_without_a_sandbox_the_server_has_ours(self):
        log = self.path("outside", "client.log")
        with open(log, "wb") as file:
            proxy = self.start("off", stderr=file)
            self.assertEqual(self.attempt(proxy, "stderr_is"), "ok %s" % log)


if __name__ == "__main__":
    unittest.main()
