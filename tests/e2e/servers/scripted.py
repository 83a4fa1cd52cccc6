"""A server that behaves, or misbehaves, on cue: scripted.py MODE [ARG…]. Everything on its stdout is a valid MCP message.

The first message of most modes is a hello with the process ids, so that a test knows whom to watch.
"""
import json
import os
import re
import select
import signal
import subprocess
import sys


def write_all(data, fd=1):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view[:65536]):]


def note(**data):
    write_all(json.dumps({"jsonrpc": "2.0", "method": "notifications/message",
                          "params": {"level": "info", "data": 1, **data}}).encode() + b"\n")


def hello(**more):
    note(pid=os.getpid(), **more)


ID = re.compile(rb'"id" ?: ?("(?:[^"\\]|\\.)*"|-?\d+)')


def id_of(line):
    found = ID.search(line)
    return found.group(1) if found else None


def answer(line, /, **result):
    write_all(b'{"jsonrpc":"2.0","id":%s,"result":%s}\n' % (id_of(line), json.dumps(result).encode()))


def read_lines():
    rest = b""
    while True:
        got = os.read(0, 1 << 16)
        if not got:
            return
        *lines, rest = (rest + got).split(b"\n")
        for line in lines:
            yield line + b"\n"


def forever():
    while True:
        signal.pause()


def echo(code="0"):
    """Answers every request with the bytes of its line, in hex; exits with CODE at end of file."""
    for line in read_lines():
        if id_of(line) is not None:
            answer(line, line=line.hex())
    sys.exit(int(code))


def blob(size="32768"):
    """Answers every request with SIZE bytes of text."""
    text = "b" * int(size)
    for line in read_lines():
        answer(line, text=text)


def hidden(code="0"):
    """Says hello, keeps all answers until end of file, gives them, exits."""
    hello()
    kept = list(read_lines())
    for line in kept:
        answer(line, late=True)
    sys.exit(int(code))


def leave(code):
    sys.exit(int(code))


def flood(megabytes, code):
    """Writes about so much in lines of many lengths, and exits."""
    left, number = int(float(megabytes) * 1e6), 0
    while left > 0:
        number += 1
        line = json.dumps({"jsonrpc": "2.0", "method": "notifications/message",
                           "params": {"level": "info", "data": "%d" % number + "x" * (number * 7919 % 20000)}}).encode() + b"\n"
        write_all(line)
        left -= len(line)
    sys.exit(int(code))


def die(number):
    hello()
    os.kill(os.getpid(), int(number))
    forever()


def ignoring(*what):
    """Ignores what is named: term, eof (always: nothing is read)."""
    if "term" in what:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hello()
    forever()


def polite(code="0"):
    """Ends on SIGTERM with CODE."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(int(code)))
    hello()
    forever()


def family(*what):
    """Two children in the same group that read nothing; `term` makes all of them ignore SIGTERM, `quiet` closes their stdout."""
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN);" if "term" in what else ""
    close = "os.close(1);" if "quiet" in what else ""
    code = "import os,signal;%s%sos.write(%s,b'up');signal.pause()" % (ignore, close, "int(os.environ['UP'])")
    reader, writer = os.pipe()
    children = [subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.DEVNULL, pass_fds=[writer],
                                 env={**os.environ, "UP": str(writer)}) for _ in range(2)]
    up = b""
    while len(up) < 4:
        up += os.read(reader, 4)
    os.close(writer)
    if "term" in what:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hello(children=[child.pid for child in children])
    if "leave" in what:
        os._exit(5)
    for _ in read_lines():
        pass
    forever()


def detaches(*what):
    """A daemon: a grandchild with a session of its own, whose parent is gone before the hello. It ends on SIGTERM, or ignores
    it (`term`), or ends by itself (`brief`). The server exits with 9 at end of file."""
    reader, writer = os.pipe()
    middle = os.fork()
    if middle == 0:
        os.setsid()
        between = os.getpid()
        if os.fork() == 0:
            if "term" in what:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1):
                os.dup2(null, fd)
            while os.getppid() == between:
                select.select([], [], [], 0.01)
            os.write(writer, b"%d %d" % (os.getpid(), os.getppid()))
            os.close(writer)
            if "brief" not in what:
                forever()
        os._exit(0)
    os.waitpid(middle, 0)
    os.close(writer)
    said = b""
    while got := os.read(reader, 64):
        said += got
    daemon, parent = map(int, said.split())
    hello(children=[daemon], parent=parent)
    for line in read_lines():
        answer(line)
    sys.exit(9)


def chatter(count):
    """Leaves with 6 at once, while a child of its goes on to write COUNT messages, one per tenth of a second."""
    parent = os.getpid()
    if os.fork() == 0:
        hello(parent=parent)
        for number in range(int(count)):
            select.select([], [], [], 0.1)
            note(number=number)
        forever()
    os._exit(6)


def closes_stdout(code):
    hello()
    os.close(1)
    for _ in read_lines():
        pass
    os._exit(int(code))


def closes_stdin(count):
    """Closes its stdin; after SIGUSR1 says COUNT more messages and exits with 4."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.close(0)
    hello()
    signal.sigwait([signal.SIGUSR1])
    for number in range(int(count)):
        note(number=number)
    os._exit(4)


def stalls():
    """Reads nothing until SIGUSR1, but speaks: one message per SIGUSR2. Then it echoes."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
    hello()
    number = 0
    while signal.sigwait([signal.SIGUSR1, signal.SIGUSR2]) == signal.SIGUSR2:
        number += 1
        note(number=number)
    total = 0
    for line in read_lines():
        total += len(line)
        if id_of(line) is not None:
            answer(line, seen=total)
    note(total=total)


def stderr(size):
    """SIZE bytes of free text on stderr, in the middle of an answer."""
    for line in read_lines():
        write_all(b"log line with some text in it\n" * (int(size) // 30 + 1), 2)
        answer(line, done=True)


def report(*words):
    """What it was started with."""
    status = open("/proc/self/status").read()
    masks = dict(re.findall(r"^(Sig(?:Blk|Ign)):\s*([0-9a-f]+)$", status, re.M))
    fds = sorted(int(fd) for fd in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + fd))
    hello(words=[os.fsencode(word).hex() for word in words], cwd=os.getcwd(), fds=fds, masks=masks,
          env=sorted([os.fsencode(k).hex(), os.fsencode(v).hex()] for k, v in os.environ.items()),
          group=os.getpgrp(), stderr_flags=__import__("fcntl").fcntl(2, 3))


def one_byte_writes(text):
    for byte in (text + "\n").encode():
        os.write(1, bytes([byte]))


def raw(hexadecimal, *then):
    """Exactly these bytes, then the end (or `stay`: until end of file)."""
    write_all(bytes.fromhex(hexadecimal))
    if "stay" in then:
        for _ in read_lines():
            pass


MODES = {"echo": echo, "blob": blob, "hidden": hidden, "leave": leave, "flood": flood, "die": die, "ignoring": ignoring,
         "polite": polite, "family": family, "detaches": detaches, "chatter": chatter, "closes-stdout": closes_stdout, "closes-stdin": closes_stdin,
         "stalls": stalls, "stderr": stderr, "report": report, "one-byte-writes": one_byte_writes, "raw": raw}

if __name__ == "__main__":
    MODES[sys.argv[1]](*sys.argv[2:])
