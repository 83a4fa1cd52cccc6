"""End-to-end harness: a command on real pipes, driven by bytes and watched by deadline. No sleeps: every wait is for an event.

    with Proxy(server("echo")) as p:      # agentmesh (or the bare loop) in front of tests/e2e/servers/scripted.py echo
        p.send(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
        line = p.line()                   # the next whole line on its stdout, LF included
        p.close_stdin()
        assert p.wait() == 0

What runs in front of the server is named by two environment variables, so that the same tests hold for both:
    AGENTMESH_PROXY        path of the program under test
    AGENTMESH_PROXY_KIND   loop (tests/proxy/loop_main) | agentmesh (the product)
"""
import json
import mmap
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = float(os.environ.get("AGENTMESH_TEST_PATIENCE", "20"))  # seconds until an event that must come is missed


class Late(AssertionError):
    """An event that had to come did not."""


def kind():
    return os.environ.get("AGENTMESH_PROXY_KIND", "loop")


def server(*words):
    """The words that start the scripted server."""
    return [sys.executable, os.path.join(HERE, "servers", "scripted.py"), *[str(w) for w in words]]


def request(number, method="ping", **params):
    """One request as a line. The spacing is odd on purpose: it has to arrive as it is."""
    return (b'{"jsonrpc": "2.0",  "id":%d, "method":"%s", "params":%s}\n'
            % (number, method.encode(), json.dumps(params).encode()))


def first_difference(got, wanted):
    """'' if equal, else where two byte strings part, with some of what is around."""
    if got == wanted:
        return ""
    at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
    return "at byte %d of %d (wanted %d): got %r, wanted %r" % (
        at, len(got), len(wanted), got[max(0, at - 40):at + 40], wanted[max(0, at - 40):at + 40])


class Process:
    """Any process by its id: gone() waits for its end. Works for grandchildren too."""

    def __init__(self, pid):
        self.pid = pid
        try:
            self.fd = os.pidfd_open(pid)
        except ProcessLookupError:
            self.fd = -1

    def gone(self, patience=PATIENCE):
        return self.fd < 0 or bool(select.select([self.fd], [], [], patience)[0])

    def alive(self):
        return not self.gone(0)

    def kill(self):
        if self.fd >= 0:
            try:
                signal.pidfd_send_signal(self.fd, signal.SIGKILL)
            except ProcessLookupError:
                pass
            os.close(self.fd)
            self.fd = -1


class Proxy:
    """The program under test in front of `words`, with pipes of ours. Times are milliseconds, `max_bytes` the longest line."""

    def __init__(self, words, times=None, max_bytes=None, extra=(), stdin=None, stdout=None, stderr=None, env=None, cwd=None,
                 command=None, **popen):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-e2e-")
        self.buffer = b""
        self.errors = b""
        self.at_end = False
        if command is None:
            command = self._command(words, times or {}, max_bytes, list(extra))
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE if stdin is None else stdin, stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE if stderr is None else stderr, env=env, cwd=cwd, bufsize=0, **popen)
        self.watch = Process(self.process.pid)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
        self.others = []

    def _command(self, words, times, max_bytes, extra):
        program = os.environ["AGENTMESH_PROXY"]
        if kind() == "loop":
            options = [part for name, ms in times.items() for part in ("--" + name, str(ms))]
            if max_bytes is not None:
                options += ["--max", str(max_bytes)]
            return [program, *options, *extra, "--", *words]
        shutdown = {name: ms for name, ms in times.items() if name in ("eof", "busy", "term")}
        settings = []
        if shutdown:
            settings.append("shutdown_ms: {%s}\n" % ", ".join("%s: %d" % pair for pair in shutdown.items()))
        if max_bytes is not None:
            settings.append("max_message_bytes: %d\n" % max_bytes)
        options = extra if "--state-dir" in extra else ["--state-dir", os.path.join(self.folder, "state"), *extra]
        if settings:
            config = os.path.join(self.folder, "agentmesh.yaml")
            with open(config, "w") as file:
                file.writelines(settings)
            options += ["--config", config]
        return [program, "proxy", *options, "--", *words]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.watch.kill()
        for other in self.others:
            other.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # In

    def send(self, data, patience=PATIENCE):
        """Writes all of it; what comes out meanwhile is kept, so nothing can block."""
        self.exchange(data, lambda: True, patience)

    def close_stdin(self):
        self.process.stdin.close()

    def signal(self, number):
        self.process.send_signal(number)

    # Out

    def exchange(self, data, enough, patience=PATIENCE):
        """Writes `data` and reads until it is all written and enough(); raises Late."""
        deadline = time.monotonic() + patience
        view = memoryview(data)
        while len(view) or not enough():
            sources = [s for s in (self.process.stderr,) if s is not None and not s.closed]
            if not self.at_end and self.process.stdout is not None and not self.process.stdout.closed:
                sources.append(self.process.stdout)
            sinks = [self.process.stdin] if len(view) else []
            left = deadline - time.monotonic()
            if left <= 0 or not (sources or sinks):
                raise Late("still %d bytes to send; out so far %r; stderr %r" % (len(view), self.buffer[-300:], self.errors[-2000:]))
            readable, writable, _ = select.select(sources, sinks, [], left)
            if self.process.stdout in readable:
                got = self.process.stdout.read(1 << 20)
                if got:
                    self.buffer += got
                elif got == b"":
                    self.at_end = True
            if self.process.stderr in readable:
                self._read_errors()
            if writable:
                view = view[os.write(self.process.stdin.fileno(), view[:1 << 20]):]

    def _read_errors(self):
        got = self.process.stderr.read(1 << 20)
        if got:
            self.errors += got
        elif got == b"":
            self.process.stderr.close()

    def line(self, patience=PATIENCE):
        """The next whole line, with its LF."""
        self.exchange(b"", lambda: b"\n" in self.buffer or self.at_end, patience)
        if b"\n" not in self.buffer:
            raise Late("end of output instead of a line; stderr %r" % self.errors[-2000:])
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line + b"\n"

    def lines(self, count, patience=PATIENCE):
        self.exchange(b"", lambda: self.buffer.count(b"\n") >= count or self.at_end, patience)
        return [self.line(patience) for _ in range(count)]

    def bytes(self, count, patience=PATIENCE):
        """The next `count` bytes."""
        self.exchange(b"", lambda: len(self.buffer) >= count or self.at_end, patience)
        got, self.buffer = self.buffer[:count], self.buffer[count:]
        return got

    def rest(self, patience=PATIENCE):
        """Everything up to the end of its stdout."""
        self.exchange(b"", lambda: self.at_end, patience)
        rest, self.buffer = self.buffer, b""
        return rest

    def stderr_until(self, text, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while text not in self.errors:
            left = deadline - time.monotonic()
            if self.process.stderr.closed or left <= 0 or not select.select([self.process.stderr], [], [], left)[0]:
                raise Late("%r not on stderr: %r" % (text, self.errors[-2000:]))
            self._read_errors()

    def hello(self):
        """The scripted server's first message: its parameters. Its processes are watched, and killed after the test."""
        params = json.loads(self.line())["params"]
        self.server = Process(params["pid"])
        self.children = [Process(pid) for pid in params.get("children", [])]
        self.others += [self.server, *self.children]
        return params

    # The end

    def wait(self, patience=PATIENCE):
        """Its exit status as a shell gives it. What it still says on the way is kept."""
        deadline = time.monotonic() + patience
        while not self.watch.gone(0):
            sources = [s for s in (self.process.stdout if not self.at_end else None, self.process.stderr)
                       if s is not None and not s.closed]
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late("it does not end; stderr %r" % self.errors[-2000:])
            readable = select.select([*sources, self.watch.fd], [], [], left)[0]
            if self.process.stdout in readable:
                got = self.process.stdout.read(1 << 20)
                if got:
                    self.buffer += got
                elif got == b"":
                    self.at_end = True
            if self.process.stderr in readable:
                self._read_errors()
        if self.process.stderr is not None and not self.process.stderr.closed:
            self._read_errors()  # what it said last, if it ended before anybody looked
        code = self.process.wait()
        return code if code >= 0 else 128 - code


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


def wait_for_child(pid):
    """The first child of `pid`, as soon as it has one that is past its exec."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for child in children_of(pid):
            if os.path.exists("/proc/%d/exe" % child) and os.readlink("/proc/%d/exe" % child) != os.readlink("/proc/%d/exe" % pid):
                return Process(child)
        select.select([], [], [], 0.005)
    raise Late("no child")


def mapped_bytes(pid):
    """The size of its address space; a build with a sanitizer maps terabytes for its shadow."""
    with open("/proc/%d/statm" % pid) as file:
        return int(file.read().split()[0]) * mmap.PAGESIZE


def resident_kib(pid):
    """What a process holds in memory; a build with a sanitizer holds several times that, and says how many."""
    with open("/proc/%d/status" % pid) as file:
        held = int(next(line for line in file if line.startswith("VmRSS:")).split()[1])
    return held / float(os.environ.get("AGENTMESH_TEST_MEMORY", "1"))
