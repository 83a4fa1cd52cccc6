"""Everything goes wrong at any moment, by a seed: kills, stops, stalls, signals, tiny pipes, full disks, no descriptors, no
memory, files that may not grow, clocks that jump. After each seed: nobody is left over, nothing hung longer than the
stated time, no call reached the server without its record, none that policy denies or asks about reached it at all, nothing of a
call's arguments stands on stderr, not of a line that cannot be read or is too long either, the log verifies (after `audit recover`,
where the end was torn), and the next session works. In every other seed the server has left a process behind that is nobody's child.

    AGENTMESH_CHAOS_SEEDS=200 python3 -m unittest test_chaos        # seeds 0 to 199; a few in the ordinary run
    AGENTMESH_CHAOS_SEED=17 python3 -m unittest test_chaos          # one of them
"""
import fcntl
import json
import mmap
import os
import random
import re
import resource
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from harness import HERE, PATIENCE, Process, Proxy, mapped_bytes
from state import agentmesh, of_type, records

F_SETPIPE_SZ = 1031
SECRET = "chaos-secret-7d1f"
SHUTDOWN = {"eof": 2000, "busy": 3000, "term": 1000}
# Of the last line sent: the busy wait, SIGTERM's, a descendant's two seconds; the rest is for a slow machine.
STATED = (SHUTDOWN["busy"] + SHUTDOWN["term"] + 2000) / 1000 + PATIENCE
CLOCK = os.environ.get("AGENTMESH_CLOCK_JUMP", "")  # the shim, tests/e2e/clock_jump.cc

POLICY = """version: "1.0"
name: chaos
default: allow
rules:
  - {name: no-erasing, tool: erase_note, action: deny}
  - {name: ask, tool: lend_note, action: require_approval}
"""
LONGEST = 1_600_000  # bytes of a line


def line(**message):
    return json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"


HELLO = (line(id="init", method="initialize", params={"protocolVersion": "2025-11-25", "capabilities": {},
                                                      "clientInfo": {"name": "chaos", "version": "1"}}) +
         line(method="notifications/initialized"))


def call(id_, tool, note):
    return line(id=id_, method="tools/call", params={"name": tool, "arguments": {"note": note}})


class Skip(Exception):
    """This fault cannot be made here."""


class Chaos:
    """One seed: its state, its faults, and what has to hold afterwards."""

    def __init__(self, case, seed):
        self.case = case
        self.seed = seed
        self.chance = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix="agentmesh-chaos-")
        self.state = os.path.join(self.folder, "disk", "state")
        self.seen = os.path.join(self.folder, "seen")
        self.mounted = False
        self.clock = None
        os.mkdir(os.path.join(self.folder, "disk"))
        with open(os.path.join(self.folder, "policy.yaml"), "w") as file:
            file.write(POLICY)
        with open(os.path.join(self.folder, "agentmesh.yaml"), "w") as file:
            # Small segments and quick checkpoints: there is always something going on beside the calls.
            file.write("max_message_bytes: %d\nshutdown_ms: {%s}\naudit: {segment_bytes: 8192, checkpoint_records: 8, checkpoint_ms: 20}\n"
                       % (LONGEST, ", ".join("%s: %d" % pair for pair in SHUTDOWN.items())))

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "-l", os.path.join(self.folder, "disk")], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- the faults: each happens to a running session, and gives what undoes it, if that can be undone ----

    def client_dies(self, proxy):
        for stream in (proxy.process.stdin, proxy.process.stdout):
            stream.close()
        self.client_gone = True

    def client_half_dies(self, proxy):
        proxy.process.stdout.close()
        self.client_gone = True

    def proxy_dies(self, proxy):
        proxy.process.kill()

    def server_dies(self, _):
        self.server.kill_now()

    def server_stops(self, _):
        self.server.send(signal.SIGSTOP)
        return lambda: self.server.send(signal.SIGCONT)

    def proxy_stops(self, proxy):
        proxy.process.send_signal(signal.SIGSTOP)
        return lambda: proxy.process.send_signal(signal.SIGCONT)

    def client_stalls(self, _):
        self.stalled = True

        def go_on():
            self.stalled = False
        return go_on

    def signals(self, proxy):
        for _ in range(self.chance.randrange(1, 4)):
            proxy.process.send_signal(self.chance.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1,
                                                          signal.SIGCHLD, signal.SIGPIPE, signal.SIGCONT, signal.SIGURG,
                                                          signal.SIGWINCH]))

    def tiny_pipes(self, proxy):
        for stream in (proxy.process.stdin, proxy.process.stdout):
            try:
                if not stream.closed:
                    fcntl.fcntl(stream.fileno(), F_SETPIPE_SZ, 4096)
            except OSError:
                pass  # more than that is in it just now

    def mount_small_disk(self):
        """Whether what disk_fills() fills is there: it takes the right to mount one."""
        disk = os.path.join(self.folder, "disk")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=0700", "tmpfs", disk], stderr=subprocess.DEVNULL, check=False)
        self.mounted = done.returncode == 0
        return self.mounted

    def disk_fills(self, _):
        ballast = os.path.join(self.folder, "disk", "ballast")
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass
            try:
                while True:
                    file.write(b"\0" * 64)
            except OSError:
                pass
        return lambda: os.unlink(ballast)

    def limit(self, proxy, what, value):
        before = resource.prlimit(proxy.process.pid, what)
        resource.prlimit(proxy.process.pid, what, (value, before[1]))

        def undo():
            if proxy.process.poll() is None:
                try:
                    resource.prlimit(proxy.process.pid, what, before)
                except ProcessLookupError:
                    pass
        return undo

    def no_descriptors(self, proxy):
        used = len(os.listdir("/proc/%d/fd" % proxy.process.pid))
        return self.limit(proxy, resource.RLIMIT_NOFILE, used + self.chance.randrange(0, 3))

    def no_memory(self, proxy):
        size = mapped_bytes(proxy.process.pid)
        if size > 1 << 40:
            raise Skip("a sanitizer's shadow memory leaves nothing to limit")
        self.big = True
        return self.limit(proxy, resource.RLIMIT_AS, size + self.chance.randrange(0, 2 << 20))

    def files_cannot_grow(self, proxy):
        return self.limit(proxy, resource.RLIMIT_FSIZE, self.chance.randrange(0, 16384))

    def clock_jumps(self, _):
        if self.clock is None:
            raise Skip("the shim cannot be loaded here")
        struct.pack_into("q", self.clock, 0, self.chance.choice([-86400 * 400, -3600, -1, 1, 3600, 86400 * 4000]))
        return lambda: struct.pack_into("q", self.clock, 0, 0)

    FAULTS = [client_dies, proxy_dies, server_dies, server_stops, proxy_stops, client_stalls, signals, tiny_pipes, disk_fills,
              no_descriptors, no_memory, files_cannot_grow, clock_jumps, client_half_dies]

    # ---- a session ----

    def proxy(self):
        env = dict(os.environ)
        if CLOCK and not self.clock:
            path = os.path.join(self.folder, "clock")
            with open(path, "wb") as file:
                file.write(struct.pack("q", 0))
            with open(path, "r+b") as file:
                self.clock = mmap.mmap(file.fileno(), 8)
        if self.clock:
            env.update(LD_PRELOAD=CLOCK, AGENTMESH_TEST_CLOCK=os.path.join(self.folder, "clock"))
        command = [os.environ["AGENTMESH_PROXY"], "proxy", "--policy", os.path.join(self.folder, "policy.yaml"), "--name", "recorder",
                   "--config", os.path.join(self.folder, "agentmesh.yaml"), "--state-dir", self.state,
                   "--", sys.executable, os.path.join(HERE, "servers", "recorder.py"), self.seen]
        return Proxy([], command=command + ["detach"] * (self.seed % 2), env=env)

    def find_server(self, proxy):
        proxy.stderr_until(b"recorder ")
        while not (found := re.search(rb"recorder (\d+)\n", proxy.errors)):
            proxy.stderr_until(b"\n")
        self.server = Server(int(found.group(1)))
        self.detached = [Server(int(pid)) for pid in re.findall(rb"detached (\d+)\n", proxy.errors)]
        self.case.assertEqual(len(self.detached), self.seed % 2)
        proxy.others += [self.server, *self.detached]

    def message(self, number):
        # Ids of both kinds; notes of many sizes, with what must not leak.
        id_ = number if number % 3 else 'r%d "%d" ü' % (self.seed, number)
        size = self.chance.choice([0, 10, 700, 3000, 70_000]) if not self.big else 1_500_000
        if number % 10 == 7:
            size = LONGEST + 1
        note = SECRET + "n" * size
        if number % 10 == 2:  # a line that is no message, and one that two readers would take differently
            return b'{"note": "%s"\n' % note.encode() + call(id_, "read_note", note).replace(b'"note":', b'"note": 1, "note":')
        return call(id_, {3: "lend_note", 4: "erase_note"}.get(number % 5, "read_note"), note)

    def run(self, faults):
        self.client_gone = self.stalled = self.big = False
        events = []  # (after so many answers, microseconds later, what)
        for fault in faults:
            events.append((self.chance.randrange(0, 25), self.chance.randrange(0, 3000), fault))
        total = 40
        with self.proxy() as proxy:
            self.find_server(proxy)
            self.flow(proxy, events, total)
            started = time.monotonic()
            if not self.client_gone:
                proxy.close_stdin()
            self.drain(proxy)
            proxy.wait(STATED)
            self.case.assertLess(time.monotonic() - started, STATED)
            self.case.assertTrue(self.server.gone(), "the server outlives its proxy")
            if proxy.process.returncode != -signal.SIGKILL:  # what is detached outlives a proxy that was killed: a limit
                self.case.assertEqual([one.pid for one in self.detached if not one.gone()], [], "what the server detached is left")
            self.case.assertNotIn(SECRET.encode(), proxy.errors)
            self.errors = proxy.errors

    def flow(self, proxy, events, total):
        """Calls flow, several at a time, and the events come."""
        sent = got = 0
        unsent, undo, due = HELLO, [], []
        give_up = time.monotonic() + PATIENCE
        waiting = sorted(events, key=lambda event: event[0])
        while (waiting or due or undo or got <= total) and not proxy.watch.gone(0):
            now = time.monotonic()
            if now > give_up:
                break  # a server that was stopped or killed answers no more: what counts is what happens at the end
            while waiting and got >= waiting[0][0]:
                due.append((now + waiting[0][1] / 1e6, waiting.pop(0)[2]))
            for moment, fault in [one for one in due if one[0] <= now]:
                due.remove((moment, fault))
                try:
                    back = fault(self, proxy)
                except (ProcessLookupError, FileNotFoundError):
                    back = None  # an earlier fault was its end
                if back:
                    undo.append((now + self.chance.randrange(1, 250) / 1000, back))
                give_up = now + 2.0
            for moment, back in [one for one in undo if one[0] <= now]:
                undo.remove((moment, back))
                back()
                give_up = now + 2.0
            if self.client_gone and not (waiting or due or undo):
                return
            if not unsent and sent < total and sent - got < 8:
                unsent = self.message(sent)
                sent += 1
            next_moment = min([m for m, _ in due + undo] + [now + 0.05])
            sources = [proxy.process.stderr] if not proxy.process.stderr.closed else []
            if not self.client_gone and not self.stalled and not proxy.at_end:
                sources.append(proxy.process.stdout)
            sinks = [proxy.process.stdin] if unsent and not proxy.process.stdin.closed else []
            readable, writable, _ = select.select(sources, sinks, [], max(0, next_moment - now))
            if proxy.process.stderr in readable:
                proxy._read_errors()
            if proxy.process.stdout in readable:
                chunk = os.read(proxy.process.stdout.fileno(), 1 << 16)
                proxy.at_end = not chunk
                proxy.buffer += chunk
                got += chunk.count(b"\n")
            if writable:
                try:
                    unsent = unsent[os.write(proxy.process.stdin.fileno(), unsent[:65536]):]
                except BrokenPipeError:
                    unsent = b""
                    total = sent
            if proxy.at_end:
                break
        for _, back in undo:
            back()

    def drain(self, proxy):
        """Reads what still comes, until the proxy closes it."""
        if not self.client_gone and not proxy.at_end:
            proxy.rest(STATED)
        self.answers = [] if self.client_gone else [json.loads(text) for text in proxy.buffer.split(b"\n")[:-1]]

    # ---- what has to hold ----

    def calls_seen(self):
        ids, tools = [], set()
        if not os.path.exists(self.seen):
            return ids, tools
        with open(self.seen, "rb") as file:
            lines = [text for text in file if text.endswith(b"\n")]
        for text in lines:
            try:
                message = json.loads(text)
            except json.JSONDecodeError:
                continue  # cut off by a kill, ended by the next server
            if message.get("method") == "tools/call":
                ids.append(json.dumps(message["id"]))
                tools.add(message["params"]["name"])
        return ids, tools

    def check(self):
        case = self.case
        seen, tools = self.calls_seen()
        allowed = {r["id"] for r in of_type(records(self.state), "decision", method="tools/call", verdict="allow")}
        case.assertEqual([id_ for id_ in seen if id_ not in allowed], [], "forwarded without a record")
        case.assertLessEqual(tools, {"read_note"}, "a call that is denied or waits for a person reached the server")
        ids = [json.dumps(a["id"]) for a in self.answers if "id" in a and "method" not in a]
        case.assertEqual(len(ids), len(set(ids)), "answered twice")
        if not os.path.exists(os.path.join(self.state, "audit", "main")):
            case.assertEqual(seen, [])
            return  # it was over before the log was born
        verdict = agentmesh(self.state, "audit", "verify")
        case.assertIn(verdict.returncode, (0, 2), verdict.stdout + verdict.stderr)
        if verdict.returncode == 2:
            recovered = agentmesh(self.state, "audit", "recover")
            case.assertEqual(recovered.returncode, 0, recovered.stdout + recovered.stderr)

    def next_session_works(self):
        before = len(self.calls_seen()[0])
        with self.proxy() as proxy:
            proxy.send(HELLO + call("after", "read_note", "x"))
            answers = [json.loads(text) for text in proxy.lines(2)]
            self.case.assertEqual([a["id"] for a in answers], ["init", "after"])
            self.case.assertNotIn("isError", answers[1]["result"], answers[1])
            proxy.close_stdin()
            self.case.assertEqual(proxy.wait(), 0)
        self.case.assertEqual(len(self.calls_seen()[0]), before + 1)
        # The log alone: scores that a full disk or a lost clock kept from state.db are another promise, and another test's.
        verdict = agentmesh(self.state, "audit", "verify")
        self.case.assertEqual(verdict.returncode, 0, verdict.stdout + verdict.stderr)


class Server(Process):
    def send(self, number):
        try:
            if self.fd >= 0:
                signal.pidfd_send_signal(self.fd, number)
        except ProcessLookupError:
            pass

    def kill_now(self):
        self.send(signal.SIGKILL)


class Seeds(unittest.TestCase):
    def one(self, seed):
        chaos = Chaos(self, seed)
        # The first fault goes round, so that a few seeds see each of them; more come by chance.
        faults = [Chaos.FAULTS[seed % len(Chaos.FAULTS)]]
        faults += chaos.chance.choices(Chaos.FAULTS, k=chaos.chance.choice([0, 1, 1, 2]))
        try:
            # What cannot be made here is left out after the draw: the seed's other faults come all the same, and other seeds are as ever.
            if Chaos.disk_fills in faults and not chaos.mount_small_disk():
                faults = [fault for fault in faults if fault is not Chaos.disk_fills]
            if not CLOCK:
                faults = [fault for fault in faults if fault is not Chaos.clock_jumps]
            if not faults:
                raise Skip("a small disk takes the right to mount one, a clock that jumps the shim")
            chaos.run(faults)
            chaos.check()
            chaos.next_session_works()
        except Skip as why:
            self.skipTest(str(why))
        finally:
            chaos.close()

    def test_a_proxy_without_memory_takes_along_what_its_server_detached(self):
        chaos = Chaos(self, 1)  # whose server detaches
        self.addCleanup(chaos.close)
        with chaos.proxy() as proxy:
            chaos.find_server(proxy)
            proxy.send(HELLO)
            proxy.lines(1)
            size = mapped_bytes(proxy.process.pid)
            if size > 1 << 40:
                self.skipTest("a sanitizer's shadow memory leaves nothing to limit")
            resource.prlimit(proxy.process.pid, resource.RLIMIT_AS, (size, size))
            for number in range(64):
                try:
                    proxy.send(call(number, "read_note", "n" * (LONGEST - 1000)))
                except OSError:
                    break
            # An exception that the main thread takes, or one of another thread, which nobody does.
            self.assertIn(proxy.wait(STATED), (2, 128 + signal.SIGABRT))
            self.assertRegex(proxy.errors, rb"bad_alloc|no memory")
            self.assertTrue(chaos.server.gone())
            self.assertEqual([one.pid for one in chaos.detached if not one.gone()], [])

    def test_whatever_goes_wrong_nobody_is_left_nothing_hangs_and_the_log_is_whole(self):
        if "AGENTMESH_CHAOS_SEED" in os.environ:
            seeds = [int(os.environ["AGENTMESH_CHAOS_SEED"])]
        else:
            seeds = range(int(os.environ.get("AGENTMESH_CHAOS_SEEDS", len(Chaos.FAULTS))))
        for seed in seeds:
            with self.subTest(seed=seed):
                self.one(seed)


if __name__ == "__main__":
    unittest.main()
