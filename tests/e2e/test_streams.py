"""What flows while a session lives (rows 66 to 72 of the checklist in protocol.md), on real processes: large lines, full
pipes, order, descriptors of every kind, and what wakes the loop."""
import json
import os
import select
import signal
import subprocess
import tempfile
import time
import unittest

from harness import Proxy, first_difference, kind, request, resident_kib, server, wait_for_child


class Flows(unittest.TestCase):
    def test_row_66_two_megabytes_on_stderr_stop_nothing(self):
        with Proxy(server("stderr", 2 << 20)) as p:
            p.send(request(1))
            self.assertEqual(json.loads(p.line())["id"], 1)
            p.close_stdin()
            self.assertEqual(p.wait(), 0)
            p.exchange(b"", lambda: p.process.stderr.closed)
            self.assertGreaterEqual(p.errors.count(b"log line with some text in it\n"), (2 << 20) // 30)

    def test_row_67_the_server_is_started_as_the_client_would(self):
        words = [b"", b"--", b"-p", "é".encode(), b"$HOME", b'"a b"', b"\xff\xfe", b"--policy", b"line\nbreak", b""]
        with tempfile.TemporaryDirectory() as folder:
            env = {**os.environb, b"EMPTY": b"", b"ODD": b"\xff=\n", b"LC_ALL": b"C.UTF-8"}
            leak = os.open("/dev/null", os.O_RDONLY)
            os.set_inheritable(leak, True)
            with Proxy([*server("report"), *words], env=env, cwd=folder, pass_fds=[leak]) as p:
                got = p.hello()
                self.assertEqual(p.wait(), 0)
            os.close(leak)
        self.assertEqual(got["words"], [word.hex() for word in words])
        self.assertEqual(os.path.realpath(got["cwd"]), os.path.realpath(folder))
        self.assertEqual(got["fds"], [0, 1, 2])
        self.assertEqual(got["group"], got["pid"])
        self.assertEqual(int(got["masks"]["SigBlk"], 16), 0)
        # What Python itself ignores, it ignores in every Python: SIGPIPE and SIGXFSZ.
        self.assertEqual(int(got["masks"]["SigIgn"], 16) & ~((1 << 12) | (1 << 24)), 0)
        self.assertEqual(sorted([k.hex(), v.hex()] for k, v in env.items()), got["env"])
        self.assertEqual(got["stderr_flags"] & os.O_NONBLOCK, 0)

    def test_row_68_large_lines_and_five_megabytes_both_ways_at_once(self):
        with Proxy(server("blob", 5_000_000)) as p:
            big = request(1, text="a" * 5_000_000) + request(2, text="c" * 9_000_000)
            p.exchange(big, lambda: p.buffer.count(b"\n") == 2)
            for number in (1, 2):
                line = p.line()
                self.assertEqual(first_difference(
                    line, b'{"jsonrpc":"2.0","id":%d,"result":{"text": "%s"}}\n' % (number, b"b" * 5_000_000)), "")

    def test_row_69_pipelined_calls_larger_than_a_pipe_do_not_lock(self):
        with Proxy(server("blob", 32768)) as p:
            p.send(b"".join(request(n, text="q" * 32768) for n in range(400)))
            got = p.lines(400)
            self.assertEqual([json.loads(line)["id"] for line in got], list(range(400)))
            self.assertEqual({len(json.loads(line)["result"]["text"]) for line in got}, {32768})

    def test_row_70_a_server_that_does_not_read_fills_a_bounded_queue_and_stays_audible(self):
        with Proxy(server("stalls")) as p:
            params = p.hello()
            data, sent = memoryview(b"".join(request(n, text="f" * 10_000) for n in range(1600))), 0  # 16 MB
            while select.select([], [p.process.stdin], [], 0.5)[1]:
                sent += os.write(p.process.stdin.fileno(), data[sent:sent + 65536])
            self.assertLess(sent, 4_000_000)
            self.assertLess(resident_kib(p.process.pid), 64 * 1024)
            for number in (1, 2, 3):
                os.kill(params["pid"], signal.SIGUSR2)
                self.assertEqual(json.loads(p.line())["params"]["number"], number)
            os.kill(params["pid"], signal.SIGUSR1)
            p.send(bytes(data[sent:]))
            p.close_stdin()
            lines = p.rest().splitlines()
            self.assertEqual(p.wait(), 0)
            self.assertEqual(json.loads(lines[-1])["params"]["total"], len(data))

    def test_row_70_a_client_that_does_not_read_gets_everything_when_it_does(self):
        direct = subprocess.run(server("flood", 8, 0), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
        with Proxy(server("flood", 8, 0)) as p:
            child = wait_for_child(p.process.pid)
            # It reads on as long as its own pipe, our queue and the client's pipe take something.
            self.assertFalse(child.gone(0.5))
            self.assertLess(resident_kib(p.process.pid), 64 * 1024)
            p.send(request(1))  # the other way is free
            self.assertEqual(first_difference(p.rest(), direct), "")
            self.assertEqual(p.wait(), 0)

    def test_row_71_72_one_message_is_forwarded_at_once_and_a_quiet_session_is_quiet(self):
        with Proxy(server("echo")) as p:
            self.assertEqual(select.select([p.process.stdout], [], [], 0.3)[0], [])
            p.send(request(1))
            first = p.line()
            began = time.monotonic()
            p.send(request(2))
            p.line()
            self.assertLess(time.monotonic() - began, 0.5)
            self.assertIn(b'"id":1', first)
            self.assertEqual(select.select([p.process.stdout], [], [], 0.3)[0], [])

    def test_row_01_03_05_bytes_arrive_as_they_were_sent_and_in_order(self):
        odd = [b'{"jsonrpc":"2.0","id":%d,  "method":"ping","params":{"n":1.10,"big":12345678901234567890,"t":"\\u0041\\/ %s"}}%s'
               % (n, b"\xe2\x80\xa8\xc2\x85" * (n % 3), b"\r\n" if n % 2 else b"\n") for n in range(2000)]
        with Proxy(server("echo")) as p:
            p.exchange(b"".join(odd), lambda: p.buffer.count(b"\n") >= 2000)
            for n, line in enumerate(p.lines(2000)):
                answer = json.loads(line)
                self.assertEqual(answer["id"], n)
                self.assertEqual(first_difference(bytes.fromhex(answer["result"]["line"]), odd[n]), "")

    def test_row_04_a_message_in_pieces_is_one_message(self):
        text = '{"jsonrpc":"2.0","method":"notifications/x","params":{"t":"äöü€😀"}}'
        with Proxy(server("one-byte-writes", text)) as p:
            self.assertEqual(p.rest(), text.encode() + b"\n")
        line = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"t":"\xf0\x9f\x98\x80"}}\n'
        with Proxy(server("echo")) as p:
            for byte in line:
                p.send(bytes([byte]))
            self.assertEqual(json.loads(p.line())["id"], 1)

    def test_a_line_over_the_limit_is_dropped_and_its_neighbours_are_not(self):
        with Proxy(server("echo"), max_bytes=100_000) as p:
            p.exchange(request(1) + request(2, text="x" * 3_000_000) + request(3), lambda: p.buffer.count(b"\n") >= 2)
            ids = {json.loads(line)["id"] for line in p.lines(2)}
            p.close_stdin()
            ids |= {json.loads(line)["id"] for line in p.rest().splitlines()}
            self.assertLessEqual({1, 3}, ids)
            self.assertEqual(p.wait(), 0)


class Streams(unittest.TestCase):
    """Whatever kind of file the client gives us."""

    def test_files_as_stdin_and_stdout(self):
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as taken:
            given.write(b"not ours\n" + request(1) + request(2))
            given.flush()
            os.lseek(given.fileno(), 9, os.SEEK_SET)  # somebody read the first line before
            os.write(taken.fileno(), b"before\n")
            with Proxy(server("echo", 2), stdin=given, stdout=taken) as p:
                self.assertEqual(p.wait(), 2)
            taken.seek(0)
            lines = taken.read().splitlines()
            self.assertEqual(lines[0], b"before")
            self.assertEqual([json.loads(line)["id"] for line in lines[1:]], [1, 2])

    def test_dev_null_as_stdin(self):
        with Proxy(server("hidden", 0), stdin=subprocess.DEVNULL) as p:
            p.hello()
            self.assertEqual(p.wait(), 0)

    def test_sockets_as_node_gives_them(self):
        import socket
        ours, theirs = socket.socketpair()
        back, forth = socket.socketpair()
        with ours, back:
            with Proxy(server("blob", 300_000), stdin=theirs, stdout=forth) as p:
                theirs.close()
                forth.close()
                ours.sendall(request(1, text="s" * 100_000))
                got = b""
                while not got.endswith(b"\n"):
                    more = back.recv(1 << 20)
                    self.assertTrue(more)
                    got += more
                self.assertEqual(len(json.loads(got)["result"]["text"]), 300_000)
                ours.shutdown(socket.SHUT_WR)
                self.assertEqual(back.recv(1), b"")
                self.assertEqual(p.wait(), 0)

    def test_one_socket_for_both_directions(self):
        import socket
        ours, theirs = socket.socketpair()
        with ours:
            with Proxy(server("echo"), stdin=theirs, stdout=theirs) as p:
                theirs.close()
                ours.sendall(request(1))
                self.assertIn(b'"id":1', ours.recv(1 << 20))
                ours.shutdown(socket.SHUT_WR)
                self.assertEqual(ours.recv(1), b"")
                self.assertEqual(p.wait(), 0)

    def test_the_flags_of_descriptors_we_share_stay_as_they_were(self):
        import fcntl
        import socket
        pipe_in, pipe_in_w = os.pipe()
        pipe_out_r, pipe_out = os.pipe()
        sock, sock_other = socket.socketpair()
        error_r, error = os.pipe()
        for stdin, stdout, feed in ((pipe_in, pipe_out, pipe_in_w), (sock.fileno(), sock.fileno(), sock_other.fileno())):
            with Proxy(server("echo"), stdin=stdin, stdout=stdout, stderr=error) as p:
                os.write(feed, request(1))
                out = pipe_out_r if stdout == pipe_out else sock_other.fileno()
                self.assertTrue(os.read(out, 65536))
                for fd in (stdin, stdout, error):
                    self.assertEqual(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK, 0)
                p.signal(signal.SIGKILL)
                p.wait()
                for fd in (stdin, stdout, error):
                    self.assertEqual(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK, 0)
        for fd in (pipe_in, pipe_in_w, pipe_out_r, pipe_out, error_r, error):
            os.close(fd)
        sock.close()
        sock_other.close()

    def test_closed_descriptors_are_dev_null(self):
        for closed in ((0,), (1,), (2,), (0, 1, 2)):
            def close():
                for fd in closed:
                    os.close(fd)
            with self.subTest(closed), Proxy(server("report"), preexec_fn=close) as p:
                self.assertEqual(p.wait(), 0)
                if 1 not in closed:
                    self.assertEqual(p.hello()["fds"], [0, 1, 2])

    def test_a_full_stderr_that_nobody_reads_stops_nothing_of_ours(self):
        error_r, error = os.pipe()
        os.set_blocking(error, False)
        try:
            while True:
                os.write(error, b"x" * 4096)
        except BlockingIOError:
            pass
        os.set_blocking(error, True)
        junk = b"".join(b"junk %d\n" % n for n in range(100))
        whole = b'{"jsonrpc":"2.0","method":"notifications/x"}\n'
        stream = (junk if kind() != "loop" else b"") + whole
        with Proxy(server("raw", stream.hex(), "stay"), stderr=error) as p:
            os.close(error)
            self.assertEqual(p.line(), whole)
            p.send(b"half a line")
            p.close_stdin()
            self.assertEqual(p.wait(), 0)
        os.close(error_r)


@unittest.skipUnless(kind() == "loop", "the product has tests of its own for these")
class Bells(unittest.TestCase):
    def test_the_wake_file_wakes_whether_it_is_made_touched_or_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            wake = os.path.join(folder, "wake")
            with Proxy(server("echo"), extra=["--wake", wake]) as p:
                p.send(request(1))
                p.line()
                p.errors = b""
                with open(os.path.join(folder, "other"), "w") as file:
                    file.write("x")
                open(wake, "w").close()
                p.stderr_until(b"woken\n")
                for touch in (lambda: os.utime(wake), lambda: os.replace(os.path.join(folder, "other"), wake),
                              lambda: os.utime(wake)):
                    # Events that came together are one; the next touch comes after the last was heard.
                    p.send(request(2))
                    p.line()
                    p.exchange(b"", lambda: not select.select([p.process.stderr], [], [], 0.05)[0])
                    p.errors = b""
                    touch()
                    p.stderr_until(b"woken\n")

    def test_sigusr1_is_a_reload(self):
        with Proxy(server("echo")) as p:
            p.send(request(1))
            p.line()
            p.signal(signal.SIGUSR1)
            p.stderr_until(b"reload\n")
            p.send(request(2))
            self.assertIn(b'"id":2', p.line())

    def test_an_ignored_sighup_stays_ignored(self):
        with Proxy(server("echo"), preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as p:
            p.send(request(1))
            p.line()
            p.signal(signal.SIGHUP)
            p.send(request(2))
            self.assertIn(b'"id":2', p.line())


if __name__ == "__main__":
    unittest.main()
