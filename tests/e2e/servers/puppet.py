"""puppet.py SOCKET: a server whose pipes are the test's own. It hands its stdin and stdout over SOCKET and keeps no copy; one byte
from there is its exit status, the end of the connection means 0.
"""
import os
import signal
import socket
import sys

signal.signal(signal.SIGTERM, signal.SIG_DFL)
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as test:
    test.connect(sys.argv[1])
    socket.send_fds(test, [b"x"], [0, 1])
    os.close(0)
    os.close(1)
    status = test.recv(1)
    os._exit(status[0] if status else 0)
