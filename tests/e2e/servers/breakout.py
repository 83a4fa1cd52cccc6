"""A server that tries to get out: each tools/call names one thing to try, and is answered with what came of it.

    {"method": "tools/call", "params": {"name": "do", "arguments": {"what": "read", "where": "/etc/shadow"}}}
        -> content[0].text: "ok …", or the name of the errno
Nothing here is clever: it asks the kernel, as a server that was taken over would.
"""
import ctypes
import errno
import fcntl
import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import termios
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {  # x86_64, aarch64
    "ptrace": (101, 117), "mount": (165, 40), "unshare": (272, 97), "bpf": (321, 280), "keyctl": (250, 219),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "kexec_load": (246, 104), "chroot": (161, 51),
    "process_vm_readv": (310, 270), "perf_event_open": (298, 241), "setns": (308, 268), "open_by_handle_at": (304, 265),
    "prlimit64": (302, 261), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "setpriority": (141, 140), "ioprio_set": (251, 30), "process_madvise": (440, 440),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "tgkill": (234, 131),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "msgget": (68, 186), "msgrcv": (70, 188), "semget": (64, 190),
    "semop": (65, 193), "mq_open": (240, 180), "mq_unlink": (241, 181), "kcmp": (312, 272),
}


def call(name, *arguments):
    number = NUMBERS[name][0 if os.uname().machine == "x86_64" else 1]
    padded = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    if LIBC.syscall(ctypes.c_long(number), *padded) < 0:
        raise OSError(ctypes.get_errno(), name)
    return "done"


def read(where):
    with open(where, "rb") as file:
        return file.read(200).decode(errors="replace")


def write(where, how="w"):
    with open(where, how) as file:
        file.write("written")
    return "written"


def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(5)
        s.connect(address)
    return "connected"


def datagram(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"out", ("127.0.0.1", port))
    return "sent"


def deep(levels):
    """Directories of its own, one in another."""
    here = os.getcwd()
    os.chdir(os.environ["TMPDIR"])
    for _ in range(levels):
        os.mkdir("d" * 50)
        os.chdir("d" * 50)
    os.chdir(here)


def pair_out(where):
    """From one end of a pair to a name that neither has."""
    kind, path = where
    ours, theirs = socket.socketpair(socket.AF_UNIX, getattr(socket, kind))
    with ours, theirs:
        ours.sendto(b"out", path)
    return "sent"


def run(words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return "%d %s" % (done.returncode, done.stdout.decode(errors="replace").strip())


def limit(pid, resource_name, value):
    """Another program's limit, or (0) one's own."""
    which = getattr(resource, resource_name)
    resource.prlimit(pid, which, (value, resource.prlimit(pid, which)[1]))
    return "limited"


def by_pidfd(pid):
    handle = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(handle, 0)
    finally:
        os.close(handle)
    return "sent"


def write_into(where):
    """Writes into a file of the kernel's, which is not emptied first."""
    path, text = where
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)
    return "written"


def shared_memory(name):
    """Another program's segment, by its name."""
    handle = LIBC.shm_open(name.encode(), os.O_RDWR, 0)
    if handle < 0:
        raise OSError(ctypes.get_errno(), name)
    os.close(handle)
    return "opened"


def arrange_signal(pid):
    """SIGIO to another program, when something happens to a pipe of ours."""
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, pid)
    fcntl.fcntl(reading, fcntl.F_SETFL, fcntl.fcntl(reading, fcntl.F_GETFL) | os.O_ASYNC)
    os.write(writing, b"x")
    os.close(reading)
    os.close(writing)
    return "arranged"


def tell(signal_number):
    os.kill(os.getppid(), signal_number)
    return "sent"


def terminal_modes():
    """No echo, and no Ctrl-C."""
    modes = termios.tcgetattr(2)
    modes[3] &= ~(termios.ECHO | termios.ISIG)
    termios.tcsetattr(2, termios.TCSANOW, modes)
    return "set"


def flood():
    """Says more on stderr than anybody reads, beside all else."""
    threading.Thread(target=lambda: [os.write(2, b"x" * 4096) for _ in range(1 << 14)], daemon=True).start()
    return "flooding"


def litter():
    """Leaves a group of processes behind that make files in TMPDIR as fast as they can; its number."""
    group = os.fork()
    if group:
        return group
    os.setsid()
    for number in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    os.fork()
    os.fork()
    where = os.open(os.environ["TMPDIR"], os.O_RDONLY)
    for number in itertools.count():
        try:
            os.close(os.open("%d-%d" % (os.getpid(), number), os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=where))
        except OSError:
            os._exit(0)


TRIES = {
    "read": read,
    "list": lambda where: " ".join(sorted(os.listdir(where))),
    "write": write,
    "append": lambda where: write(where, "a"),
    "truncate": lambda where: os.truncate(where, 0) or "cut",
    "remove": lambda where: os.unlink(where) or "removed",
    "make_directory": lambda where: os.mkdir(where) or "made",
    "rename": lambda where: os.rename(*where) or "moved",
    "link": lambda where: os.link(*where) or "linked",
    "symlink": lambda where: os.symlink(*where) or "linked",
    "run": run,
    "parent": lambda name: read("/proc/%d/%s" % (os.getppid(), name)),
    "signal_parent": tell,
    "tcp": lambda port: connect(socket.AF_INET, ("127.0.0.1", port)),
    "udp": datagram,
    "unix": lambda where: connect(socket.AF_UNIX, where),
    "pair": lambda _: [s.close() for s in socket.socketpair()] and "made",
    "pair_out": pair_out,
    "socket": lambda where: socket.socket(*where).close() or "made",
    "temporary": lambda _: write(os.path.join(os.environ["TMPDIR"], "x")),
    "litter": lambda _: litter(),
    "read_stderr": lambda _: os.read(2, 100).decode(),
    "terminal_modes": lambda _: terminal_modes(),
    "cut_stderr": lambda _: os.ftruncate(2, 0) or "cut",
    "stderr_is": lambda _: os.readlink("/proc/self/fd/2"),
    "say": lambda text: os.write(2, text.encode()) and "said",
    "flood": lambda _: flood(),
    "deep": lambda levels: deep(levels) or "made",
    "environment": lambda _: " ".join(sorted(os.environ)),
    "limit": lambda words: limit(*words),
    "by_pidfd": by_pidfd,
    "write_into": write_into,
    "shared_memory": shared_memory,
    "arrange_signal": arrange_signal,
    "nicer": lambda by: os.nice(by) or "nicer",
    "call": lambda words: call(*words),
    "threads": lambda _: run([sys.executable, "-c", "import threading; t = threading.Thread(target=lambda: print('ran'));"
                              " t.start(); t.join()"]),
}


def attempt(what, where):
    try:
        return "ok %s" % TRIES[what](where)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    except termios.error as error:
        return errno.errorcode[error.args[0]]
    except subprocess.SubprocessError as error:
        return repr(error)


def main():
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        result = {}
        if message["method"] == "tools/call":
            arguments = message["params"]["arguments"]
            where = arguments.get("where")
            if "hidden" in arguments:  # what no reader of messages can see through
                where = json.loads(bytes.fromhex(arguments["hidden"]))
            result = {"content": [{"type": "text", "text": attempt(arguments["what"], where)}]}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)


main()
