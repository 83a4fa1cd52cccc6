"""Landlock for tests: a process that may write in a few places only (and read everywhere)."""
import ctypes
import os
import struct

CREATE, ADD, RESTRICT = 444, 445, 446
WRITES = 1 << 1 | sum(1 << bit for bit in range(4, 13))  # of version 1: write a file; remove and make entries
LIBC = ctypes.CDLL(None, use_errno=True)


def version():
    """The kernel's version of Landlock; 0 without."""
    return max(0, LIBC.syscall(CREATE, None, ctypes.c_size_t(0), 1))


def write_only_in(*directories):
    """For preexec_fn: from here on this process, and all it starts, changes nothing outside `directories`."""
    ruleset = LIBC.syscall(CREATE, struct.pack("Q", WRITES), ctypes.c_size_t(8), 0)
    for directory in directories:
        place = os.open(directory, os.O_PATH | os.O_CLOEXEC)
        rights = WRITES if os.path.isdir(directory) else 1 << 1
        if LIBC.syscall(ADD, ruleset, 1, struct.pack("=Qi", rights, place), 0) != 0:
            raise OSError(ctypes.get_errno(), directory)
        os.close(place)
    if LIBC.prctl(38, 1, 0, 0, 0) != 0 or LIBC.syscall(RESTRICT, ruleset, 0) != 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    os.close(ruleset)
