"""How a session ends (protocol.md section 9, rows 57 to 65 of its checklist), on real processes: late answers, signals,
launchers, descendants that stay, sides that stop reading or speaking."""
import errno
import glob
import json
import os
import resource
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from harness import Late, Process, Proxy, children_of, first_difference, kind, mapped_bytes, request, server, wait_for_child

QUICK = {"eof": 300, "busy": 1500, "term": 300}


class Ends(unittest.TestCase):
    def test_row_57_late_answers_are_delivered_after_the_clients_end_of_file(self):
        with Proxy(server("hidden", 3)) as p:
            p.hello()
            p.send(b"".join(request(n) for n in range(5)))
            p.close_stdin()
            answers = [json.loads(line)["id"] for line in p.lines(5)]
            self.assertEqual(answers, [0, 1, 2, 3, 4])
            self.assertEqual(p.rest(), b"")
            self.assertEqual(p.wait(), 3)

    def test_row_58_everything_a_server_wrote_before_it_left_arrives(self):
        direct = subprocess.run(server("flood", 3, 7), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
        with Proxy(server("flood", 3, 7)) as p:
            self.assertEqual(first_difference(p.rest(), direct), "")
            self.assertEqual(p.wait(), 7)  # our stdin is still open

    def test_the_same_with_a_client_that_begins_to_read_only_when_the_server_is_gone(self):
        direct = subprocess.run(server("flood", 0.7, 7), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
        with Proxy(server("flood", 0.7, 7)) as p:
            child = wait_for_child(p.process.pid)
            self.assertTrue(child.gone(10))
            self.assertEqual(first_difference(p.rest(), direct), "")
            self.assertEqual(p.wait(), 7)

    def test_what_a_server_detaches_comes_back_to_us_and_goes_with_the_session(self):
        for what, ends in ((("brief",), None), ((), "eof"), (("term",), "eof"), ((), "signal"), (("term",), "signal")):
            with self.subTest(what=what, ends=ends), Proxy(server("detaches", *what), times={"term": 300}) as p:
                said = p.hello()
                self.assertEqual(said["parent"], p.process.pid)
                daemon, = p.children
                if ends is None:  # gone by itself: reaped, and the session goes on
                    self.assertTrue(daemon.gone(10))
                    for n in range(1000):  # each a turn of the loop, in one of which it is told that a child ended
                        p.send(request(n))
                        p.line()
                        if children_of(p.process.pid) == [said["pid"]]:
                            break
                    self.assertEqual(children_of(p.process.pid), [said["pid"]])
                    p.close_stdin()
                elif ends == "eof":
                    self.assertFalse(daemon.gone(0))
                    p.close_stdin()
                else:
                    p.signal(signal.SIGTERM)
                self.assertEqual(p.wait(), 143 if ends == "signal" else 9)
                self.assertTrue(daemon.gone(0))

    def test_what_a_wrapper_started_before_it_became_us_is_left_alone(self):
        class Wrapped(Proxy):
            def _command(self, *how):
                self.note = os.path.join(self.folder, "earlier")
                wrapper = 'sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >"$0"; exec "$@"'
                return ["sh", "-c", wrapper, self.note, *super()._command(*how)]
        with Wrapped(server("detaches"), times={"term": 300}) as p:
            p.hello()
            with open(p.note) as file:
                earlier = Process(int(file.read()))
            p.others.append(earlier)
            daemon, = p.children
            p.close_stdin()
            self.assertEqual(p.wait(), 9)
            self.assertTrue(daemon.gone(0))
            self.assertFalse(earlier.gone(0))

    def test_a_launcher_that_leaves_its_server_behind_is_no_orphanage(self):
        with Proxy(["sh", "-c", "trap '' TERM; (exec sleep 1000) >/dev/null & echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"method\\\":\\\"x\\\",\\\"params\\\":{\\\"pid\\\":$!}}\"; exit 4"],
                   times={"descendant": 200}) as p:
            left = Process(p.hello()["pid"])
            self.assertEqual(p.wait(), 4)
            self.assertTrue(left.gone(0))

    def test_row_59_a_killed_server_is_told_by_its_signal(self):
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
            with self.subTest(number), Proxy(server("die", int(number))) as p:
                p.hello()
                self.assertEqual(p.wait(5), 128 + number)

    def test_row_60_commands_that_cannot_be_started(self):
        with tempfile.TemporaryDirectory() as folder:
            plain = os.path.join(folder, "plain")
            with open(plain, "w") as file:
                file.write("#!/bin/sh\n")
            for words, status in ((["agentmesh-no-such-command"], 127), ([plain], 126), ([folder], 126),
                                  (["sh", "-c", "exit 3"], 3)):
                with self.subTest(words), Proxy(words) as p:
                    self.assertEqual(p.rest(), b"")
                    self.assertEqual(p.wait(), status)
                    if status > 100:
                        said = [line for line in p.errors.splitlines() if line.startswith(b"agentmesh: ")]
                        self.assertEqual(len(said), 1, p.errors)

    def test_row_61_a_signal_to_us_ends_the_server_and_all_its_children(self):
        me = [sys.executable, os.path.join(os.path.dirname(__file__), "servers", "scripted.py")]
        shell = ["sh", "-c", '"$@"; exit 9', "sh", *me, "polite"]
        rows = [(server("polite", 8), 8), (server("ignoring", "term"), 137), (server("ignoring"), 143), (shell, 143),
                (server("family"), 143), (server("family", "term"), 137), (server("family", "quiet"), 143)]
        for words, status in rows:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                if number != signal.SIGTERM and status == 137:
                    continue
                with self.subTest(words=words[-2:], signal=number), Proxy(words, times=QUICK) as p:
                    p.hello()
                    p.signal(number)
                    self.assertEqual(p.wait(), status)
                    self.assertEqual(p.rest(), b"")
                    for process in (p.server, *p.children):
                        self.assertTrue(process.gone(5))

    def test_so_does_one_that_comes_while_we_still_read_our_state(self):
        if kind() == "loop":
            self.skipTest("it has no state")
        with tempfile.TemporaryDirectory() as folder:
            state, note = os.path.join(folder, "state"), os.path.join(folder, "pid")
            command = [os.environ["AGENTMESH_PROXY"], "proxy", "--state-dir", state, "--name", "notes", "--"]
            subprocess.run([*command, "cat"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            os.mkfifo(note)
            database = sqlite3.connect(os.path.join(state, "state.db"), isolation_level=None)
            database.execute("BEGIN EXCLUSIVE")  # whoever opens it waits
            proxy = subprocess.Popen([*command, "sh", "-c", 'sleep 1000 & echo $! > "$0"; wait', note], stdin=subprocess.PIPE,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(note) as pid:
                child = Process(int(pid.read()))
            try:
                proxy.send_signal(signal.SIGTERM)
                database.close()
                self.assertEqual(proxy.wait(20), 143)
                self.assertTrue(child.gone(5))
            finally:
                child.kill()
                proxy.kill()
                proxy.wait()
                proxy.stdin.close()

    def test_a_second_signal_does_not_wait(self):
        with Proxy(server("ignoring", "term"), times={"term": 60000}) as p:
            p.hello()
            p.signal(signal.SIGTERM)
            with self.assertRaises(Late):
                p.wait(0.2)
            p.signal(signal.SIGINT)
            self.assertEqual(p.wait(5), 137)
            self.assertTrue(p.server.gone(5))

    def test_signals_that_nobody_sends_on_purpose_end_nothing_and_quit_is_an_orderly_end(self):
        if kind() == "loop":
            self.skipTest("the product's own doing")
        with Proxy(server("echo"), times=QUICK) as p:
            p.send(request(0))
            p.line()
            for number in (signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGIO, signal.SIGPWR,
                           signal.SIGRTMIN, signal.SIGRTMAX):
                p.signal(number)
            p.send(request(1))
            self.assertIn(b'"id":1', p.line())
            p.signal(signal.SIGQUIT)
            self.assertEqual(p.wait(10), 143)
            with open(glob.glob(os.path.join(p.folder, "state", "audit", "main", "seg", "*"))[0]) as log:
                self.assertEqual(json.loads(log.readlines()[-1])["type"], "session.end")

    def test_a_signal_while_the_client_does_not_read(self):
        with Proxy(server("flood", 3, 0), times=QUICK) as p:
            wait_for_child(p.process.pid)
            p.line()
            p.signal(signal.SIGTERM)
            select.select([p.watch.fd], [], [], 10)  # nothing is read here
            self.assertTrue(p.watch.gone(0))

    def test_what_the_server_says_after_the_signal_is_delivered(self):
        code = ("import os,signal,sys;signal.signal(signal.SIGTERM,lambda *_:(os.write(1,b'{\"jsonrpc\":\"2.0\",\"method\":"
                "\"notifications/bye\"}\\n'),os._exit(0)));os.write(1,b'{\"jsonrpc\":\"2.0\",\"method\":\"notifications/hi\"}\\n')"
                "\nwhile 1:signal.pause()")
        with Proxy([sys.executable, "-c", code]) as p:
            self.assertIn(b"/hi", p.line())
            p.signal(signal.SIGTERM)
            self.assertIn(b"/bye", p.line())
            self.assertEqual(p.wait(), 0)

    def test_row_62_killed_we_take_the_server_with_us(self):
        for words in (server("polite"), server("ignoring", "term")):
            with self.subTest(words[-1]), Proxy(words) as p:
                p.hello()
                p.signal(signal.SIGKILL)
                self.assertTrue(p.server.gone(5))

    def test_row_63_a_descendant_that_holds_stdout_does_not_keep_us(self):
        with Proxy(server("family", "leave")) as p:
            p.hello()
            began = time.monotonic()
            self.assertEqual(p.wait(10), 5)
            self.assertGreater(time.monotonic() - began, 1.5)
            self.assertEqual(p.rest(), b"")

    def test_a_descendant_that_still_speaks_is_heard(self):
        with Proxy(server("chatter", 25)) as p:
            p.hello()
            self.assertEqual([json.loads(line)["params"]["number"] for line in p.lines(25)], list(range(25)))
            self.assertEqual(p.wait(10), 6)

    def test_row_64_a_server_that_will_not_leave_is_ended(self):
        for words, status in ((server("ignoring"), 143), (server("ignoring", "term"), 137), (server("family", "term"), 137)):
            with self.subTest(words[-2:]), Proxy(words, times=QUICK) as p:
                p.hello()
                p.close_stdin()
                self.assertEqual(p.wait(10), status)
                for process in (p.server, *p.children):
                    self.assertTrue(process.gone(5))

    def test_a_server_with_open_requests_gets_the_longer_time(self):
        with Proxy(server("ignoring"), times={"eof": 50, "busy": 600, "term": 300}) as p:
            p.hello()
            p.send(request(1, "tools/list") if kind() != "loop" else b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n')
            began = time.monotonic()
            p.close_stdin()
            self.assertEqual(p.wait(10), 143)
            self.assertGreaterEqual(time.monotonic() - began, 0.55)

    def test_row_65_a_client_that_stops_reading_ends_both(self):
        for words in (server("ignoring"), server("ignoring", "term"), server("echo")):
            with self.subTest(words[-1]), Proxy(words, times=QUICK) as p:
                if words[-1] != "echo":
                    p.hello()
                else:
                    p.send(request(1))
                    p.line()
                child = wait_for_child(p.process.pid)
                p.process.stdout.close()
                p.at_end = True
                p.wait(10)
                self.assertTrue(child.gone(5))

    def test_a_client_that_hangs_up_before_it_was_all_read_is_at_its_end(self):
        for code in ("", "import signal,os;signal.signal(signal.SIGTERM,lambda *_:os._exit(0))\n"):
            words = [sys.executable, "-c", code + "import sys,time\nsys.stderr.write('up\\n');sys.stderr.flush()\nwhile 1:time.sleep(9)"]
            with self.subTest(code), Proxy(words, times=QUICK) as p:
                wait_for_child(p.process.pid)
                fd, line = p.process.stdin.fileno(), b'{"jsonrpc":"2.0","method":"notifications/x","params":{"p":"%s"}}\n' % (b"y" * 2000)
                os.set_blocking(fd, False)
                left = b""
                while select.select([], [fd], [], 0.5)[1]:  # until it takes no more: it has no room, its server reads nothing
                    left = left or line
                    left = left[os.write(fd, left):]
                p.close_stdin()
                self.assertEqual(p.wait(10), 0 if code else 143)
                if kind() == "loop":
                    continue
                with open(glob.glob(os.path.join(p.folder, "state", "audit", "main", "seg", "*"))[0], encoding="utf-8") as log:
                    end = json.loads(log.readlines()[-1])
                # It was we who ended the server: nothing is held against it.
                self.assertEqual((end["type"], end["reason"]), ("session.end", "client_eof"))
                self.assertNotIn(0, [event["v"] for event in end.get("events", [])])

    def test_a_server_that_closes_its_stdout_closes_ours_and_is_asked_to_go(self):
        with Proxy(server("closes-stdout", 4)) as p:
            p.hello()
            self.assertEqual(p.rest(), b"")
            self.assertEqual(p.wait(), 4)

    def test_a_server_that_closes_its_stdin_is_still_heard(self):
        with Proxy(server("closes-stdin", 3)) as p:
            params = p.hello()
            p.send(b"".join(request(n) for n in range(3000)))  # more than a pipe holds
            os.kill(params["pid"], signal.SIGUSR1)
            self.assertEqual([json.loads(line)["params"]["number"] for line in p.lines(3)], [0, 1, 2])
            self.assertEqual(p.wait(), 4)

    def test_a_proxy_that_may_not_wait_any_more_ends_and_takes_the_server_along(self):
        """Somebody took its descriptors away (prlimit): poll(2) itself fails, and nothing would come through any more."""
        with Proxy(server("ignoring", "term")) as p:
            p.hello()
            if mapped_bytes(p.process.pid) > 1 << 40:
                self.skipTest("a sanitizer asks the kernel by descriptors of its own, and takes a refusal for a fault of ours")
            resource.prlimit(p.process.pid, resource.RLIMIT_NOFILE, (0, 0))
            p.send(request(1))
            self.assertEqual(p.wait(10), 137)
            self.assertTrue(p.server.gone(5))
            self.assertIn(b"agentmesh: the session ends: poll", p.errors)

    def test_row_35_half_a_line_at_the_end_goes_nowhere(self):
        with Proxy(server("echo")) as p:
            p.send(request(1) + request(2)[:-1])
            p.close_stdin()
            self.assertEqual(json.loads(p.line())["id"], 1)
            self.assertEqual(p.rest(), b"")
            self.assertEqual(p.wait(), 0)
        whole = b'{"jsonrpc":"2.0","method":"notifications/x"}\n'
        with Proxy(server("raw", (whole + whole[:-1]).hex())) as p:
            self.assertEqual(p.rest(), whole)
            self.assertEqual(p.wait(), 0)


@unittest.skipUnless(os.environ.get("AGENTMESH_INJECTOR"), "no injector was built")
class PollRefused(unittest.TestCase):
    """By the kernel, that is out of memory."""

    def start(self, error, stays):
        folder = tempfile.TemporaryDirectory(prefix="agentmesh-poll-")
        self.addCleanup(folder.cleanup)
        self.happened = os.path.join(folder.name, "happened")
        environment = dict(os.environ, LD_PRELOAD=os.environ["AGENTMESH_INJECTOR"], INJECT_CALL="poll", INJECT_NTH="3", INJECT_PATH="",
                           INJECT_ERRNO=str(error), INJECT_LOG=self.happened, INJECT_ON="1" if stays else "0")
        return Proxy(["env", "-u", "LD_PRELOAD", *server("echo")], env=environment)

    def times(self):
        with open(self.happened) as file:
            return len(file.readlines())

    def test_what_passes_does_not_end_the_session(self):
        for error in (errno.ENOMEM, errno.EAGAIN):
            with self.subTest(error=error), self.start(error, stays=False) as p:
                for number in range(5):
                    p.send(request(number))
                    self.assertEqual(json.loads(p.line())["id"], number)
                p.close_stdin()
                self.assertEqual(p.wait(), 0)
                self.assertNotIn(b"the session ends", p.errors)
                self.assertEqual(self.times(), 1)

    def test_what_stays_ends_it_without_spinning(self):
        with self.start(errno.ENOMEM, stays=True) as p:
            p.send(request(1) + request(2))
            p.wait()
            self.assertIn(b"agentmesh: the session ends: poll: Cannot allocate memory", p.errors)
            self.assertLess(self.times(), 1000)
            self.assertGreater(self.times(), 3)


if __name__ == "__main__":
    unittest.main()
