"""The proxy as a process: what it lets others see of it, where it writes, whom it believes."""
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

import landlock
from harness import HERE, Proxy
from state import agentmesh, of_type, records, verified

NOBODY = 65534


def line(**message):
    return json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"


HELLO = line(id="init", method="initialize", params={"protocolVersion": "2025-11-25", "capabilities": {},
                                                     "clientInfo": {"name": "process", "version": "1"}})
CALL = line(id=1, method="tools/call", params={"name": "read_note", "arguments": {"note": "n"}})


class TheProxy(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="agentmesh-process-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.state = os.path.join(self.folder, "state")
        os.mkdir(os.path.join(self.folder, "server"))

    def proxy(self, python=sys.executable, config=None, **popen):
        command = [os.environ["AGENTMESH_PROXY"], "proxy", "--policy", "permissive", "--state-dir", self.state,
                   *(["--config", config] if config else []), "--",
                   python, os.path.join(HERE, "servers", "recorder.py"), os.path.join(self.folder, "server", "seen")]
        proxy = Proxy([], command=command, **popen)
        self.addCleanup(proxy.__exit__)
        return proxy

    def session(self, proxy):
        proxy.send(HELLO + CALL)
        self.assertEqual([json.loads(text)["id"] for text in proxy.lines(2)], ["init", 1])

    def test_no_other_program_of_the_same_user_reads_its_memory_or_environment(self):
        def become_nobody():
            if os.geteuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
        python = shutil.which("python3", path="/usr/bin:/bin") or sys.executable  # one that nobody may run, too
        if os.geteuid() == 0:
            os.chmod(self.folder, 0o755)
            for name in ("", "server"):
                os.chown(os.path.join(self.folder, name), NOBODY, NOBODY)
        proxy = self.proxy(python, preexec_fn=become_nobody, env={"PATH": os.environ["PATH"], "TOKEN": "secret"})
        self.session(proxy)
        look = "import sys; sys.stdout.write(open(sys.argv[1], 'rb').read(9).hex())"
        for name in ("environ", "mem", "maps", "auxv"):
            with self.subTest(name=name):
                done = subprocess.run([python, "-c", look, "/proc/%d/%s" % (proxy.process.pid, name)],
                                      preexec_fn=become_nobody, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(b"Permission", done.stderr)
        proxy.close_stdin()
        self.assertEqual(proxy.wait(), 0)

    def test_no_other_program_of_the_same_user_traces_it(self):
        def become_nobody():
            if os.geteuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
        python = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
        if os.geteuid() == 0:
            os.chmod(self.folder, 0o755)
            for name in ("", "server"):
                os.chown(os.path.join(self.folder, name), NOBODY, NOBODY)
        trace = ("import ctypes, errno, sys\n"
                 "libc = ctypes.CDLL(None, use_errno=True)\n"
                 "libc.ptrace.argtypes = [ctypes.c_long] * 4\n"
                 "for how in (0x4206, 16):\n"  # PTRACE_SEIZE, PTRACE_ATTACH
                 "    done = libc.ptrace(how, int(sys.argv[1]), 0, 0)\n"
                 "    print('traced' if done == 0 else errno.errorcode[ctypes.get_errno()])\n"
                 "    if done == 0: break\n")
        proxy = self.proxy(python, preexec_fn=become_nobody, env={"PATH": os.environ["PATH"]})
        self.session(proxy)
        other = subprocess.Popen(["sleep", "600"], preexec_fn=become_nobody)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)

        def told(pid):
            return subprocess.run([python, "-c", trace, str(pid)], preexec_fn=become_nobody, stdout=subprocess.PIPE,
                                  check=True).stdout.decode().split()
        if told(other.pid) != ["traced"]:
            # Here nobody traces what is not below it (yama), so what the proxy does of its own would not be seen.
            self.skipTest("programs cannot be traced here")
        self.assertEqual(told(proxy.process.pid), ["EPERM", "EPERM"])
        proxy.close_stdin()
        self.assertEqual(proxy.wait(), 0)

    def test_more_sessions_than_may_run_at_once_are_not_started(self):
        config = os.path.join(self.folder, "agentmesh.yaml")
        with open(config, "w") as file:
            file.write("max_sessions: 2\n")
        first, second = self.proxy(config=config), self.proxy(config=config)
        for proxy in (first, second):
            self.session(proxy)
        third = self.proxy(config=config)
        self.assertEqual(third.wait(), 1)
        self.assertEqual(third.rest(), b"")
        for words in (b"2 sessions run already", b"max_sessions", self.state.encode()):
            third.stderr_until(words)
        second.close_stdin()
        self.assertEqual(second.wait(), 0)
        self.session(self.proxy(config=config))

    def test_it_leaves_no_core_file(self):
        def allow_cores():
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        try:
            control = subprocess.Popen(["sleep", "60"], cwd=self.folder, preexec_fn=allow_cores)
        except subprocess.SubprocessError:
            self.skipTest("core files cannot be allowed here")
        control.send_signal(signal.SIGABRT)
        if not os.WCOREDUMP(os.waitpid(control.pid, 0)[1]):
            control.returncode = 0
            self.skipTest("nobody leaves a core file here")
        control.returncode = 0
        proxy = self.proxy(preexec_fn=allow_cores)
        self.session(proxy)
        proxy.process.send_signal(signal.SIGABRT)
        status = os.waitpid(proxy.process.pid, 0)[1]
        proxy.process.returncode = -signal.SIGABRT
        self.assertTrue(os.WIFSIGNALED(status))
        self.assertFalse(os.WCOREDUMP(status))

    def test_it_writes_nothing_outside_its_state_directory(self):
        if landlock.version() < 1:
            self.skipTest("this kernel has no Landlock")
        os.mkdir(self.state, 0o700)
        server = os.path.join(self.folder, "server")
        proxy = self.proxy(preexec_fn=lambda: landlock.write_only_in(self.state, server, "/dev/null"))
        self.session(proxy)
        proxy.close_stdin()
        self.assertEqual(proxy.wait(), 0)
        self.assertNotIn(b"Permission", proxy.errors)
        self.assertEqual(len(of_type(records(self.state), "outcome", status="ok")), 1)
        verified(self, self.state)

    def loose(self):
        """What of the state directory others may read, write or search."""
        found = []
        for where, folders, files in os.walk(self.state):
            for name in folders + files:
                mode = os.lstat(os.path.join(where, name)).st_mode
                if stat.S_IMODE(mode) & 0o077:
                    found.append("%s %o" % (os.path.join(where, name), stat.S_IMODE(mode)))
        return found

    def test_what_it_makes_is_for_its_user_alone(self):
        self.addCleanup(os.umask, os.umask(0))  # the modes are given, not left to it
        proxy = self.proxy()
        self.session(proxy)
        proxy.close_stdin()
        self.assertEqual(proxy.wait(), 0)
        self.assertEqual(self.loose(), [])

    def test_so_is_what_sandbox_approvals_payloads_and_commands_make(self):
        self.addCleanup(os.umask, os.umask(0))
        config, policy = (os.path.join(self.folder, name) for name in ("agentmesh.yaml", "policy.yaml"))
        with open(config, "w") as file:
            file.write("audit: {payloads: full}\n")
        with open(policy, "w") as file:
            file.write('version: "1.0"\nname: p\ndefault: allow\nrules:\n  - {name: asks, tool: erase, action: require_approval}\n')
        sandbox = ["--sandbox", "files"] if landlock.version() >= 1 else []
        server = os.path.join(self.folder, "server")
        proxy = Proxy([], command=[os.environ["AGENTMESH_PROXY"], "proxy", "--policy", policy, "--state-dir", self.state,
                                   "--config", config, *sandbox, "--name", "notes", "--",
                                   sys.executable, os.path.join(HERE, "servers", "recorder.py"), os.path.join(server, "seen"), server])
        self.addCleanup(proxy.__exit__)
        self.session(proxy)
        proxy.send(line(id=2, method="tools/list", params={}))
        self.assertIn("result", json.loads(proxy.line()))
        proxy.send(line(id=3, method="tools/call", params={"name": "erase", "arguments": {"note": "n"}}))
        self.assertIn("agentmesh approvals approve", json.loads(proxy.line())["result"]["content"][0]["text"])
        self.assertEqual(self.loose(), [])  # while it runs, with the directory for temporary files
        if sandbox:
            self.assertEqual(os.listdir(os.path.join(self.state, "tmp")), [str(proxy.process.pid)])
        asked = json.loads(agentmesh(self.state, "approvals", "list", "--json").stdout)[0]["id"]
        commands = [("approvals", "approve", asked), ("halt", "notes", "--why", "x"), ("resume", "notes", "--why", "x"),
                    ("pins", "list"), ("pins", "approve", "notes"), ("trust", "report", "server:notes", "--severity", "low", "--why", "x")]
        for words in commands:
            done = agentmesh(self.state, *words)
            self.assertIn(done.returncode, (0, 1), (words, done.stderr))
        proxy.close_stdin()
        self.assertEqual(proxy.wait(), 0)
        for words in (("keys", "rotate"), ("audit", "verify")):
            done = agentmesh(self.state, *words)
            self.assertIn(done.returncode, (0, 1), (words, done.stderr))
        # Restoring what was lost makes it anew.
        for name in ("state.db", "shared"):
            os.remove(os.path.join(self.state, name))
        again = self.proxy()
        self.session(again)
        again.close_stdin()
        self.assertEqual(again.wait(), 0)
        self.assertTrue(os.path.exists(os.path.join(self.state, "state.db")))
        self.assertEqual(self.loose(), [])

    def test_a_state_directory_that_others_may_write_is_refused(self):
        os.mkdir(self.state)
        os.chmod(self.state, 0o777)
        proxy = self.proxy()
        self.assertEqual(proxy.wait(), 2)
        self.assertEqual(proxy.errors, b"agentmesh: %s: others may write in it; run: chmod go-w %s\n"
                         % (self.state.encode(), self.state.encode()))
        self.assertEqual(os.listdir(os.path.join(self.folder, "server")), [])
        approvals = agentmesh(self.state, "approvals", "list")
        self.assertEqual((approvals.returncode, approvals.stdout), (2, ""))

    def test_a_place_where_others_could_move_it_is_refused_at_the_first_start_already(self):
        above = os.path.join(self.folder, "open to all")
        os.mkdir(above)
        os.chmod(above, 0o777)
        os.symlink(self.folder, os.path.join(above, "link"))
        for state in (os.path.join(above, "state"), os.path.join(above, "link", "state")):
            self.state = state
            proxy = self.proxy()
            self.assertEqual(proxy.wait(), 2)
            self.assertEqual(proxy.errors.decode(), "agentmesh: %s: others may move it, since they may write in %s; "
                             "run: chmod o-w %s, or choose another directory\n" % (state, above, above))
            self.assertFalse(os.path.exists(state))

    def test_what_is_somebody_elses_is_refused_to_root_as_well(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a file away")
        proxy = self.proxy()
        self.session(proxy)
        proxy.close_stdin()
        proxy.wait()
        for name, status in (("keys/audit/main.key", 1), ("keys/state.key", 1), ("", 2)):
            with self.subTest(name):
                path = os.path.join(self.state, name) if name else self.state
                os.chown(path, 1000, -1)
                again = self.proxy()
                self.assertEqual(again.wait(), status)
                self.assertIn(path.encode() + b": belongs to another user (uid 1000)", again.errors)
                os.chown(path, 0, -1)

    def test_a_key_that_others_may_read_is_refused(self):
        proxy = self.proxy()
        self.session(proxy)
        proxy.close_stdin()
        proxy.wait()
        key = os.path.join(self.state, "keys", "audit", "main.key")
        os.chmod(key, 0o644)
        again = self.proxy()
        self.assertEqual(again.wait(), 1)
        self.assertIn(b"chmod 600 " + key.encode(), again.errors)


if __name__ == "__main__":
    unittest.main()
