"""A kernel with an older Landlock, for tests: who starts a program answers its question for the version.

    older = OlderLandlock(3)
    subprocess.Popen(..., preexec_fn=older.enter)
"""
import ctypes
import fcntl
import os
import platform
import socket
import struct
import threading

CREATE_RULESET = 444
SECCOMP = {"x86_64": 317, "aarch64": 277}.get(platform.machine())
NEW_LISTENER = 1 << 3
ALLOW, ASK = 0x7FFF0000, 0x7FC00000
RECEIVE, ANSWER = 0xC0502100, 0xC0182101  # ioctls of seccomp_unotify(2)


class OlderLandlock:
    """Only the question for the version is answered here; rules are made by the kernel that there is, which knows all older ones."""

    def __init__(self, version):
        self.version = version
        self.ours, self.theirs = socket.socketpair()
        threading.Thread(target=self._answer, daemon=True).start()

    def enter(self):
        """For preexec_fn."""
        steps = [(0x20, 0, 0, 0), (0x15, 0, 3, CREATE_RULESET),  # which call
                 (0x20, 0, 0, 32), (0x15, 0, 1, 1),  # its flags: the version is asked for
                 (0x06, 0, 0, ASK), (0x06, 0, 0, ALLOW)]
        text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
        program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(text)))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(38, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no_new_privs")
        listener = libc.syscall(SECCOMP, 1, NEW_LISTENER, program)
        if listener < 0:
            raise OSError(ctypes.get_errno(), "seccomp")
        socket.send_fds(self.theirs, [b"it"], [listener])
        os.close(listener)

    def _answer(self):
        listener = socket.recv_fds(self.ours, 2, 1)[1][0]
        self.ours.close()
        self.theirs.close()
        while True:
            asked = bytearray(80)
            try:
                fcntl.ioctl(listener, RECEIVE, asked)
                fcntl.ioctl(listener, ANSWER, struct.pack("QqiI", struct.unpack_from("Q", asked)[0], self.version, 0, 0))
            except OSError:
                break  # nobody is left who could ask
        os.close(listener)
