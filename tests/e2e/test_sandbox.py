"""What the kernel keeps a server from (docs/sandbox.md), with a server that tries, and with real ones.

Everything runs under the permissive policy: here it is not the messages that stop a server.
"""
import ctypes
import errno
import json
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from multiprocessing import shared_memory

from harness import HERE, PATIENCE, Proxy, request
from older_kernel import SECCOMP, OlderLandlock

NODE_MODULES = os.path.join(HERE, "node_modules")


def landlock():
    """The kernel's version of Landlock; 0 without."""
    return max(0, ctypes.CDLL(None).syscall(444, None, 0, 1))


class Case(unittest.TestCase):
    def setUp(self):
        if landlock() < 1:
            self.skipTest("this kernel has no Landlock")
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="agentmesh-sandbox-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        for name in ("root", "outside", "home"):
            os.mkdir(self.path(name))
        for name in ("root/inside.txt", "outside/secret.txt", "home/.profile"):
            with open(self.path(name), "w") as file:
                file.write("content of " + name)
        self.number = 0

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def start(self, level="files", words=None, policy="", extra=(), stderr=None, cwd=None, preexec_fn=None, **environment):
        """A proxy in front of the server that tries; `policy`: what stands in the file besides `extends: permissive`."""
        file = self.path("policy.yaml")
        with open(file, "w") as out:
            out.write('version: "1.0"\nname: p\ndefault: allow\nextends: [permissive]\n' + policy)
        if words is None:
            words = [sys.executable, os.path.join(HERE, "servers", "breakout.py"), self.path("root")]
        options = [*([] if "--policy" in extra else ["--policy", file]), *(["--sandbox", level] if level else []), *extra]
        env = dict(os.environ, HOME=self.path("home"), **environment)
        proxy = Proxy(words, extra=options, env=env, stderr=stderr, cwd=cwd, preexec_fn=preexec_fn)
        self.addCleanup(proxy.__exit__)
        return proxy

    def ask(self, proxy, method, **params):
        self.number += 1
        proxy.send(request(self.number, method, **params))
        while True:
            message = json.loads(proxy.line())
            if message.get("id") == self.number:
                return message

    def attempt(self, proxy, what, where=None, hidden=False):
        """What came of it. `hidden`: so that no reader of messages can know what the call is about."""
        told = {"hidden": json.dumps(where).encode().hex()} if hidden else {"where": where}
        answer = self.ask(proxy, "tools/call", name="do", arguments={"what": what, **told})
        return answer["result"]["content"][0]["text"]

    def records(self, proxy):
        folder = os.path.join(proxy.folder, "state", "audit", "main", "seg")
        with open(os.path.join(folder, sorted(os.listdir(folder))[0])) as file:
            return [json.loads(line) for line in file]


class Walls(Case):
    def test_what_is_outside_the_roots_fails_in_the_kernel_though_policy_let_the_call_through(self):
        proxy = self.start()
        secret = self.path("outside", "secret.txt")
        inside = self.path("root", "inside.txt")
        self.assertEqual(self.attempt(proxy, "read", inside), "ok content of root/inside.txt")
        for what, where in (("read", secret), ("list", self.path("outside")), ("write", secret), ("append", secret),
                            ("remove", secret), ("write", self.path("outside", "new")),
                            ("make_directory", self.path("outside", "new")), ("read", self.path("home", ".profile")),
                            ("list", self.path("home")), ("rename", [secret, self.path("root", "x")]),
                            ("rename", [inside, self.path("outside", "x")]), ("link", [secret, self.path("root", "x")])):
            with self.subTest(what=what, where=where):
                self.assertIn(self.attempt(proxy, what, where), ("EACCES", "EXDEV"))
        with open(secret) as file:
            self.assertEqual(file.read(), "content of outside/secret.txt")
        verdicts = [r["verdict"] for r in self.records(proxy) if r["type"] == "decision" and r.get("tool") == "do"]
        self.assertEqual(set(verdicts), {"allow"})

    def test_a_link_inside_a_root_does_not_lead_out(self):
        proxy = self.start()
        link = self.path("root", "link")
        self.assertEqual(self.attempt(proxy, "symlink", [self.path("outside", "secret.txt"), link]), "ok linked")
        self.assertEqual(self.attempt(proxy, "read", link), "EACCES")

    def test_a_root_can_be_changed_and_with_roots_read_it_cannot(self):
        proxy = self.start()
        new = self.path("root", "new.txt")
        self.assertEqual(self.attempt(proxy, "write", new), "ok written")
        self.assertEqual(self.attempt(proxy, "rename", [new, new + "2"]), "ok moved")
        self.assertEqual(self.attempt(proxy, "remove", new + "2"), "ok removed")
        self.assertEqual(self.attempt(proxy, "make_directory", self.path("root", "d")), "ok made")
        self.assertEqual(self.attempt(proxy, "rename", [self.path("root", "inside.txt"), self.path("root", "d", "x")]),
                         "ok moved" if landlock() >= 2 else "EXDEV")
        closed = self.start(level="", policy="sandbox: {roots: read}\n")
        inside = self.path("root", "d", "x") if landlock() >= 2 else self.path("root", "inside.txt")
        self.assertEqual(self.attempt(closed, "read", inside), "ok content of root/inside.txt")
        for what in ("write", "append", "remove"):
            self.assertEqual(self.attempt(closed, what, inside), "EACCES")

    def test_truncating_a_file_outside_fails(self):
        if landlock() < 3:
            self.skipTest("this kernel's Landlock (%d) does not know truncate" % landlock())
        proxy = self.start()
        self.assertEqual(self.attempt(proxy, "truncate", self.path("outside", "secret.txt")), "EACCES")

    def test_what_the_server_starts_is_inside_as_well(self):
        proxy = self.start()
        secret = self.path("outside", "secret.txt")
        self.assertEqual(self.attempt(proxy, "run", ["cat", self.path("root", "inside.txt")]), "ok 0 content of root/inside.txt")
        self.assertEqual(self.attempt(proxy, "run", ["cat", secret]), "ok 1 ")
        self.assertEqual(self.attempt(proxy, "threads"), "ok 0 ran")

    def test_the_policys_own_roots_count_instead_of_the_commands(self):
        proxy = self.start(policy="roots: ['%s']\n" % self.path("outside"))
        self.assertEqual(self.attempt(proxy, "read", self.path("root", "inside.txt"), hidden=True), "EACCES")
        self.assertEqual(self.attempt(proxy, "read", self.path("outside", "secret.txt")), "ok content of outside/secret.txt")

    def test_declared_paths_are_open_and_what_is_declared_and_not_there_is_said(self):
        proxy = self.start(level="", policy="sandbox: {level: files, read: ['%s'], write: ['~/.profile', '~/missing']}\n"
                           % self.path("outside"))
        secret = self.path("outside", "secret.txt")
        self.assertEqual(self.attempt(proxy, "read", secret), "ok content of outside/secret.txt")
        self.assertEqual(self.attempt(proxy, "write", secret), "EACCES")
        self.assertEqual(self.attempt(proxy, "append", self.path("home", ".profile")), "ok written")
        proxy.stderr_until(b"missing is not there and stays closed")

    def test_keys_and_log_stay_closed_even_where_a_root_holds_them(self):
        proxy = self.start(words=[sys.executable, os.path.join(HERE, "servers", "breakout.py"), self.path()],
                           extra=["--state-dir", self.path("state")])
        for what, where in (("list", "state"), ("list", "state/keys/audit"), ("read", "state/keys/audit/main.key"),
                            ("read", "state/audit/main/checkpoint"), ("append", "state/audit/main/seg/00000000000000000000.jsonl"),
                            ("write", "state/x"), ("rename", ["state", "gone"])):
            with self.subTest(what=what, where=where):
                where = [self.path(w) for w in where] if isinstance(where, list) else self.path(where)
                self.assertIn(self.attempt(proxy, what, where, hidden=True), ("EACCES", "EXDEV"))
        self.assertEqual(self.attempt(proxy, "read", self.path("outside", "secret.txt")), "ok content of outside/secret.txt")

    def test_temporary_files_go_to_a_directory_of_its_own_that_is_gone_afterwards(self):
        proxy = self.start()
        self.assertEqual(self.attempt(proxy, "temporary"), "ok written")
        self.assertEqual(self.attempt(proxy, "write", "/tmp/agentmesh-sandbox-x"), "EACCES")
        own = os.path.join(proxy.folder, "state", "tmp")
        self.assertEqual(os.listdir(own), [str(proxy.process.pid)])
        proxy.close_stdin()
        self.assertEqual(proxy.wait(), 0)
        self.assertEqual(os.listdir(own), [])

    def test_they_are_gone_however_deep_they_are(self):
        proxy = self.start()
        most = resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, (100, most))
        self.assertEqual(self.attempt(proxy, "deep", 130), "ok made")  # more than it has descriptors
        proxy.close_stdin()
        self.assertEqual(proxy.wait(), 0)
        self.assertEqual(os.listdir(os.path.join(proxy.folder, "state", "tmp")), [])

    def test_what_a_killed_proxy_left_is_removed_by_the_next(self):
        proxy = self.start(extra=["--state-dir", self.path("state")])
        self.assertEqual(self.attempt(proxy, "temporary"), "ok written")
        proxy.process.kill()
        proxy.wait()
        self.assertEqual(os.listdir(self.path("state", "tmp")), [str(proxy.process.pid)])
        again = self.start(extra=["--state-dir", self.path("state")])
        self.attempt(again, "pair")
        self.assertEqual(os.listdir(self.path("state", "tmp")), [str(again.process.pid)])

    def test_who_outlives_a_killed_proxy_and_litters_does_not_keep_the_next_from_its_start(self):
        proxy = self.start(extra=["--state-dir", self.path("state")])
        group = int(self.attempt(proxy, "litter").split()[1])
        self.addCleanup(os.killpg, group, signal.SIGKILL)
        proxy.process.kill()
        proxy.wait()
        before = time.monotonic()
        again = self.start(extra=["--state-dir", self.path("state")])
        self.attempt(again, "pair")
        self.assertLess(time.monotonic() - before, 15)
        again.close_stdin()
        self.assertEqual(again.wait(), 0)
        # Where the machine is busy elsewhere, who litters may be the slower one.
        stays = bool(os.listdir(self.path("state", "tmp")))
        self.assertEqual(b"temporary files of an earlier session stay" in again.errors, stays, again.errors)
        if stays:
            self.assertRegex(again.errors, rb"than could be removed in (1[0-9]{3}|2000) ms")

    def test_the_proxys_memory_and_environment_are_out_of_reach(self):
        proxy = self.start()
        for name in ("environ", "mem", "maps"):
            with self.subTest(name=name):
                self.assertIn(self.attempt(proxy, "parent", name), ("EACCES", "EPERM"))
        if landlock() >= 6:
            self.assertEqual(self.attempt(proxy, "signal_parent", 0), "EPERM")

    def test_calls_that_no_server_needs_are_refused(self):
        if os.uname().machine not in ("x86_64", "aarch64"):
            self.skipTest("no filter for this machine")
        proxy = self.start()
        for words in (["ptrace", 16, proxy.process.pid, 0, 0], ["mount", b"".decode(), 0, 0, 0, 0], ["unshare", 0x10000000],
                      ["bpf", 0, 0, 0], ["keyctl", 0, -3, 0, 0, 0], ["userfaultfd", 1], ["io_uring_setup", 1, 0],
                      ["kexec_load", 0, 0, 0, 0], ["process_vm_readv", proxy.process.pid, 0, 0, 0, 0, 0],
                      ["perf_event_open", 0, 0, -1, -1, 0], ["setns", 0, 0], ["chroot", 0], ["open_by_handle_at", 0, 0, 0]):
            words = [0 if w == "" else w for w in words]
            with self.subTest(call=words[0]):
                self.assertEqual(self.attempt(proxy, "call", words), "EPERM")

    def victim(self):
        """Another program of the same user."""
        process = subprocess.Popen(["sleep", "600"])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process.pid

    def test_no_other_program_is_limited_slowed_or_signalled(self):
        if os.uname().machine not in ("x86_64", "aarch64"):
            self.skipTest("no filter for this machine")
        proxy = self.start()
        for pid in (self.victim(), proxy.process.pid):
            before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            for words in (["prlimit64", pid, 1, 0, 0], ["sched_setaffinity", pid, 0, 0], ["sched_setscheduler", pid, 0, 0],
                          ["sched_setparam", pid, 0], ["sched_setattr", pid, 0, 0], ["setpriority", 0, pid, 19],
                          ["setpriority", 1, 0, 19], ["setpriority", 2, 0, 19], ["ioprio_set", 1, pid, 3 << 13],
                          ["ioprio_set", 3, 0, 3 << 13], ["move_pages", pid, 0, 0, 0, 0, 0], ["migrate_pages", pid, 0, 0, 0],
                          ["process_madvise", -1, 0, 0, 4, 0], ["kcmp", pid, pid, 0, 0, 0]):
                with self.subTest(call=words[0], pid=pid):
                    self.assertEqual(self.attempt(proxy, "call", words), "EPERM")
            self.assertEqual(self.attempt(proxy, "limit", [pid, "RLIMIT_FSIZE", 0]), "EPERM")
            self.assertEqual(resource.prlimit(pid, resource.RLIMIT_FSIZE), before)
            if landlock() >= 6:
                self.assertEqual(self.attempt(proxy, "call", ["tgkill", pid, pid, 0]), "EPERM")
                self.assertEqual(self.attempt(proxy, "by_pidfd", pid), "EPERM")
            for name, text in (("oom_score_adj", "1000"), ("autogroup", "19")):
                if os.path.exists("/proc/%d/%s" % (pid, name)):
                    with self.subTest(name=name, pid=pid):
                        self.assertEqual(self.attempt(proxy, "write_into", ["/proc/%d/%s" % (pid, name), text], hidden=True), "EACCES")
        # And what a program does to itself goes on.
        self.assertEqual(self.attempt(proxy, "limit", [0, "RLIMIT_CORE", 0]), "ok limited")
        self.assertTrue(self.attempt(proxy, "nicer", 1).startswith("ok "))

    def test_no_signal_is_arranged_for_another_program(self):
        # SIGIO ends who does not expect it.
        open_to_all = self.start("off")
        victim = self.victim()
        self.assertEqual(self.attempt(open_to_all, "arrange_signal", victim), "ok arranged")
        self.assertEqual(os.waitpid(victim, 0)[1], signal.SIGIO)
        if landlock() < 6:
            self.skipTest("this kernel's Landlock (%d) does not know signals" % landlock())
        proxy = self.start()
        victim = self.victim()
        self.assertEqual(self.attempt(proxy, "arrange_signal", victim), "ok arranged")
        # A signal that it gets comes before one that is sent later.
        os.kill(victim, signal.SIGTERM)
        self.assertEqual(os.waitpid(victim, 0)[1], signal.SIGTERM)

    def test_sockets_by_the_level(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        port = listener.getsockname()[1]
        path = self.path("root", "s")
        local = socket.socket(socket.AF_UNIX)
        self.addCleanup(local.close)
        local.bind(path)
        local.listen()
        files = self.start("files")
        self.assertEqual(self.attempt(files, "tcp", port), "ok connected")
        self.assertEqual(self.attempt(files, "unix", path), "EACCES")
        closed = self.start("files+net")
        self.assertEqual(self.attempt(closed, "tcp", port), "EACCES")
        self.assertEqual(self.attempt(closed, "udp", port), "EACCES")
        self.assertEqual(self.attempt(closed, "unix", path), "EACCES")
        self.assertEqual(self.attempt(closed, "pair"), "ok made")  # what a parent and its child talk through
        opened = self.start("files+net", policy="sandbox: {unix_sockets: true}\n")
        self.assertEqual(self.attempt(opened, "unix", path), "ok connected")
        self.assertEqual(self.attempt(opened, "tcp", port), "EACCES")

    def test_no_socket_reaches_another_program_but_by_tcp_and_udp(self):
        path = self.path("root", "log")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.bind(path)
            proxy = self.start("files")
            for kind in ("SOCK_DGRAM", "SOCK_RAW"):  # the second is another name for the first
                self.assertEqual(self.attempt(proxy, "pair_out", [kind, path]), "EACCES")
            opened = self.start("files", policy="sandbox: {unix_sockets: true}\n")
            self.assertEqual(self.attempt(opened, "pair_out", ["SOCK_DGRAM", path]), "ok sent")
            self.assertEqual(log.recv(10), b"out")
        inet, stream, datagram = int(socket.AF_INET), int(socket.SOCK_STREAM), int(socket.SOCK_DGRAM)
        for words in ([inet, stream, 132], [inet, datagram, 1], [inet, datagram, 136], [inet, int(socket.SOCK_RAW), 1]):
            self.assertEqual(self.attempt(proxy, "socket", words), "EACCES")  # SCTP, ICMP, UDP-Lite, raw
        for words in ([inet, stream], [inet, stream, 6], [inet, datagram], [inet, datagram, 17]):
            self.assertEqual(self.attempt(proxy, "socket", words), "ok made")

    def test_memory_queues_and_semaphores_of_other_programs_are_closed(self):
        if os.uname().machine not in ("x86_64", "aarch64"):
            self.skipTest("no filter for this machine")
        proxy = self.start()
        for words in (["shmget", 7, 4096, 0o600], ["shmat", 0, 0, 0], ["shmctl", 0, 2, 0], ["msgget", 7, 0o600],
                      ["msgrcv", 0, 0, 0, 0, 0], ["semget", 7, 1, 0o600], ["semop", 0, 0, 0], ["mq_open", 0, 0, 0, 0],
                      ["mq_unlink", 0]):
            with self.subTest(call=words[0]):
                self.assertEqual(self.attempt(proxy, "call", words), "EPERM")

    def test_no_memory_of_another_program_is_opened_by_its_name(self):
        memory = shared_memory.SharedMemory(create=True, size=64)
        self.addCleanup(memory.unlink)
        self.addCleanup(memory.close)
        self.assertEqual(self.attempt(self.start("off"), "shared_memory", "/" + memory.name.lstrip("/")), "ok opened")
        proxy = self.start()
        self.assertEqual(self.attempt(proxy, "shared_memory", "/" + memory.name.lstrip("/")), "EACCES")
        for what in ("read", "append", "remove"):
            self.assertEqual(self.attempt(proxy, what, "/dev/shm/" + memory.name.lstrip("/"), hidden=True), "EACCES")
        # Nor is any made, under the name that multiprocessing would give or another.
        self.assertEqual(self.attempt(proxy, "write", "/dev/shm/sem.mp-agentmesh", hidden=True), "EACCES")

    def test_the_environment_passes_and_with_a_list_only_what_it_names(self):
        proxy = self.start(GITHUB_TOKEN="x", SECRET_THING="y")
        self.assertIn("SECRET_THING", self.attempt(proxy, "environment").split())
        listed = self.start(policy="sandbox: {env: ['GITHUB_*']}\n", GITHUB_TOKEN="x", SECRET_THING="y")
        names = self.attempt(listed, "environment").split()
        self.assertIn("GITHUB_TOKEN", names)
        self.assertIn("PATH", names)
        self.assertIn("TMPDIR", names)
        self.assertNotIn("SECRET_THING", names)

    def test_without_being_asked_there_are_no_walls(self):
        proxy = self.start(level="")
        self.assertEqual(self.attempt(proxy, "read", self.path("outside", "secret.txt")), "ok content of outside/secret.txt")
        start = next(r for r in self.records(proxy) if r["type"] == "session.start")
        self.assertNotIn("sandbox", start)


class Told(Case):
    def test_what_is_in_force_is_said_and_recorded(self):
        proxy = self.start("files+net")
        self.attempt(proxy, "pair")
        proxy.stderr_until(b"agentmesh: sandbox files+net: the server can change " + self.path("root").encode())
        start = next(r for r in self.records(proxy) if r["type"] == "session.start")
        self.assertEqual(start["sandbox"]["level"], "files+net")
        self.assertEqual(start["sandbox"]["landlock"], landlock())
        self.assertEqual("missing" in start["sandbox"], landlock() < 6)

    @unittest.skipUnless(SECCOMP, "not known how to ask in place of this machine's kernel")
    def test_what_an_older_kernel_does_not_hold_is_said_and_recorded(self):
        told = []
        for version in (3, 1):
            proxy = self.start("files", preexec_fn=OlderLandlock(version).enter)
            self.attempt(proxy, "pair")
            sandbox = next(r for r in self.records(proxy) if r["type"] == "session.start")["sandbox"]
            self.assertEqual((sandbox["level"], sandbox["landlock"]), ("files", version))
            told.append(sandbox["missing"])
            for gap in sandbox["missing"]:
                proxy.stderr_until(b"agentmesh: sandbox: this kernel does not hold all of it: %s\n" % gap.encode())
        self.assertGreater(len(told[1]), len(told[0]))

    def test_the_command_line_can_turn_the_policys_sandbox_off_and_that_is_said_and_recorded(self):
        proxy = self.start("off", policy="sandbox: files\n")
        self.assertEqual(self.attempt(proxy, "read", self.path("outside", "secret.txt")), "ok content of outside/secret.txt")
        proxy.stderr_until(b"the policy asks for sandbox files; the command line makes it off")
        start = next(r for r in self.records(proxy) if r["type"] == "session.start")
        self.assertEqual(start["sandbox"], {"level": "off"})

    def test_where_the_kernel_refuses_nothing_is_started(self):
        def without_landlock():
            """landlock_create_ruleset is a call that this kernel does not know, as seccomp has it."""
            steps = [(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x00050000 | errno.ENOSYS), (0x06, 0, 0, 0x7fff0000)]
            text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
            program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(text)))
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, program, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "seccomp")
        marker = self.path("root", "started")
        words = ["/bin/sh", "-c", "echo > '%s'; read x" % marker]
        for level in ("files", "files+net"):
            proxy = self.start(level, words=words, extra=["--state-dir", self.path("state")], preexec_fn=without_landlock)
            self.assertEqual(proxy.wait(), 126)
            proxy.stderr_until(b"no Landlock")
            self.assertFalse(os.path.exists(marker))
            self.assertEqual(os.listdir(self.path("state", "tmp")) if os.path.exists(self.path("state", "tmp")) else [], [])
        # The control: without walls it starts here as well.
        proxy = self.start("off", words=words, preexec_fn=without_landlock)
        proxy.close_stdin()
        proxy.wait()
        self.assertTrue(os.path.exists(marker))

    def test_a_shim_that_ends_at_once_and_a_script_without_a_package_are_told(self):
        shim = self.path("outside", "shim")
        with open(shim, "w") as file:
            file.write("#!/bin/sh\nexit 126\n")
        os.chmod(shim, 0o755)
        proxy = self.start(words=[shim])
        self.assertEqual(proxy.wait(), 126)
        proxy.stderr_until(b"if the server is started by a shim")
        proxy.stderr_until(b"sandbox: %s can be read: a script of the command lies in it, and no package says what belongs to it"
                           % self.path("outside").encode())

    def test_a_parents_level_holds_for_its_children(self):
        with open(self.path("parent.yaml"), "w") as file:
            file.write('version: "1.0"\nname: parent\ndefault: allow\nsandbox: files+net\n')
        with open(self.path("child.yaml"), "w") as file:
            file.write('version: "1.0"\nname: child\nextends: [./parent.yaml]\ndefault: allow\nsandbox: off\n')
        proxy = self.start("", extra=["--policy", self.path("child.yaml")])
        self.assertEqual(self.attempt(proxy, "read", self.path("outside", "secret.txt")), "EACCES")


class RealServers(Case):
    """Node servers as a client would start them, all walls up."""

    def words(self, name, *arguments, script=("dist", "index.js")):
        script = os.path.join(NODE_MODULES, *name.split("/"), *script)
        if shutil.which("node") is None or not os.path.exists(script):
            self.skipTest("Node.js or its packages are not here; tests/e2e/install-node-packages brings them")
        return ["node", script, *arguments]

    def session(self, words, **how):
        proxy = self.start("files+net", words=words, **how)
        answer = self.ask(proxy, "initialize", protocolVersion="2025-06-18", capabilities={},
                          clientInfo={"name": "t", "version": "1"})
        self.assertIn("serverInfo", answer["result"], answer)
        proxy.send(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        self.assertTrue(self.ask(proxy, "tools/list")["result"]["tools"])
        return proxy

    def text(self, proxy, name, **arguments):
        answer = self.ask(proxy, "tools/call", name=name, arguments=arguments)["result"]
        return answer.get("isError", False), answer["content"][0]["text"]

    def end(self, proxy):
        proxy.close_stdin()
        self.assertEqual(proxy.wait(PATIENCE), 0)

    def test_the_filesystem_server_works(self):
        proxy = self.session(self.words("@modelcontextprotocol/server-filesystem", self.path("root")))
        self.assertEqual(self.text(proxy, "read_text_file", path=self.path("root", "inside.txt")),
                         (False, "content of root/inside.txt"))
        self.assertFalse(self.text(proxy, "write_file", path=self.path("root", "n.txt"), content="n")[0])
        self.assertFalse(self.text(proxy, "move_file", source=self.path("root", "n.txt"),
                                   destination=self.path("root", "m.txt"))[0])
        self.assertIn("m.txt", self.text(proxy, "list_directory", path=self.path("root"))[1])
        self.end(proxy)

    def test_the_memory_server_works_with_its_file_declared(self):
        memory = self.path("outside", "memory.jsonl")
        proxy = self.session(self.words("@modelcontextprotocol/server-memory"), policy="sandbox: {write: ['%s']}\n" % self.path("outside"),
                             MEMORY_FILE_PATH=memory)
        entities = [{"name": "n", "entityType": "t", "observations": ["o"]}]
        self.assertFalse(self.text(proxy, "create_entities", entities=entities)[0])
        self.assertIn('"n"', self.text(proxy, "read_graph")[1])
        self.assertTrue(os.path.exists(memory))
        self.end(proxy)

    def test_the_everything_server_works(self):
        proxy = self.session(self.words("@modelcontextprotocol/server-everything"))
        self.assertEqual(self.text(proxy, "echo", message="m"), (False, "Echo: m"))
        self.end(proxy)

    def test_a_browser_server_starts_and_lists_its_tools(self):
        proxy = self.session(self.words("@playwright/mcp", "--headless", "--isolated", script=("cli.js",)))
        names = [tool["name"] for tool in self.ask(proxy, "tools/list")["result"]["tools"]]
        self.assertIn("browser_navigate", names)
        self.end(proxy)

    def test_a_git_server_works(self):
        if shutil.which("git") is None:
            self.skipTest("git is not here")
        words = self.words("@cyanheads/git-mcp-server")
        with open(self.path("home", ".gitconfig"), "w") as file:
            file.write("[user]\nname = n\nemail = e@example.org\n")
        root = self.path("root")
        proxy = self.session(words, policy="sandbox: {write: ['%s']}\n" % root, MCP_TRANSPORT_TYPE="stdio", MCP_LOG_LEVEL="silent")
        for tool, arguments in (("git_init", {}), ("git_add", {"paths": ["inside.txt"]}), ("git_commit", {"message": "first"}),
                                ("git_status", {})):
            failed, text = self.text(proxy, tool, path=root, **arguments)
            self.assertFalse(failed, (tool, text))
        self.assertIn("first", self.text(proxy, "git_log", path=root)[1])
        # What is outside stays outside for git as well.
        self.assertTrue(self.text(proxy, "git_init", path=self.path("outside"))[0])
        self.assertFalse(os.path.exists(self.path("outside", ".git")))
        self.end(proxy)

    def test_a_server_started_by_its_link_in_bin_works(self):
        self.words("@modelcontextprotocol/server-filesystem")
        link = os.path.join(HERE, "node_modules", ".bin", "mcp-server-filesystem")
        proxy = self.session([link, self.path("root")])
        self.assertFalse(self.text(proxy, "read_text_file", path=self.path("root", "inside.txt"))[0])
        self.end(proxy)


if __name__ == "__main__":
    unittest.main()
