"""protocol.md, checklist rows 61, 62 and 68 to 72 with governed traffic: calls that are judged, recorded and marked, large and many."""
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import unittest

from harness import HERE, PATIENCE, Late, Proxy, first_difference, resident_kib
from session import MARK, MODERN, Session, call, line, marks_of, text_result
from state import agentmesh

TEN_MIB = 10 << 20
LIMIT = "max_message_bytes: 33554432\n"


def only(fd):
    """The next line from `fd`, and nothing else is read."""
    got = b""
    while not got.endswith(b"\n"):
        if not select.select([fd], [], [], PATIENCE)[0]:
            raise Late("no line: %r" % got)
        got += os.read(fd, 1 << 16)
    return got


class Flowing(unittest.TestCase):
    def session(self, *options, **more):
        s = Session(*options, **more)
        self.addCleanup(s.__exit__)
        return s

    def only_inserted(self, original, got):
        """`got` is `original` with one text inserted; gives that text."""
        added = len(got) - len(original)
        self.assertGreater(added, 0)
        at = next((i for i in range(0, len(original), 4096) if original[i:i + 4096] != got[i:i + 4096]), len(original))
        at += next((i for i in range(4096) if original[at + i:at + i + 1] != got[at + i:at + i + 1]), 0)
        # What is inserted may begin with bytes that follow it as well.
        for start in range(at, max(at - 64, -1), -1):
            if got[:start] == original[:start] and got[start + added:] == original[start:]:
                return got[start:start + added]
        self.fail(first_difference(got, original))

    def test_row_68_large_calls_and_results(self):
        s = self.session(footer="meta", settings=LIMIT).hello()
        for size, unit in ((9 << 20, b"b"), (20 << 20, b"\\u00e9\\n"), (5 << 20, "\u20ac".encode())):
            with self.subTest(size=size, unit=unit):
                text = unit * (size // len(unit))
                ask = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"text":"%s"}}}\n' % text
                say = b'{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"%s"}]}}\r\n' % text
                s.client(ask)
                self.assertEqual(first_difference(s.at_server(), ask), "")
                s.server(say)
                got = s.at_client()
                self.assertIn(MARK.encode(), self.only_inserted(say, got))
        # Both ways at once.
        up = b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"t","arguments":{"text":"%s"}}}\n' % (n, b"u" * 5_000_000) for n in (2, 3))
        down = b'{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"%s"}}\n' % (b"d" * 5_000_000) * 2
        s.pump(up, down, lambda: s.client_lines == 2 and s.server_lines == 2)
        self.assertEqual((first_difference(s.buffer, down), first_difference(s.server_buffer, up)), ("", ""))

    def test_row_68_a_line_of_up_to_ten_mib_is_never_made_longer_than_that(self):
        s = self.session(footer="both").hello()
        shell = len(text_result(1, ""))
        for length in (TEN_MIB - 3000, TEN_MIB - 500, TEN_MIB - 10, TEN_MIB, TEN_MIB + 1):
            with self.subTest(length=length):
                s.asked(call(1, "t"))
                say = text_result(1, "x" * (length - shell))
                s.server(say)
                got = s.at_client()
                if length <= TEN_MIB:
                    self.assertLessEqual(len(got), TEN_MIB)
                # First the text goes, then the mark.
                marked, footed = MARK.encode() in got, got.count(b'"type":"text"') > 1
                self.assertEqual((marked, footed), {TEN_MIB - 3000: (True, True), TEN_MIB - 500: (True, False), TEN_MIB - 10: (False, False),
                                                    TEN_MIB: (False, False)}.get(length, (True, True)))
                if not marked:
                    self.assertEqual(first_difference(got, say), "")

    def test_over_the_limit_a_line_is_discarded_and_the_session_lives(self):
        s = self.session(settings=LIMIT).hello()
        much = b"x" * (33554432 + 100)
        s.client(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"text":"%s"}}}\n' % much)
        refused = json.loads(s.at_client())
        self.assertEqual((refused["id"], refused["error"]["code"]), (1, -32600))
        s.client(b'{"jsonrpc":"2.0","method":"notifications/x","params":{"text":"%s"}}\n' % much)
        s.asked(call(2, "t"))
        s.server(b'{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"%s"}]}}\n' % much)
        withheld = json.loads(s.at_client())
        self.assertEqual((withheld["id"], withheld["error"]["code"]), (2, -32603))
        self.assertEqual(s.settle(), ([], []))
        s.stderr_until(b"a line of the server was discarded")
        self.assertEqual(s.errors.count(b"a line of the client was discarded"), 2)
        self.assertLess(resident_kib(s.process.pid), 512 * 1024)
        self.assertEqual([r["rule"] for r in s.over() if r["type"] == "decision" and r["verdict"] == "deny"], ["read.oversize"] * 3)

    def test_row_69_four_hundred_governed_calls_of_32_kib_pipelined(self):
        s = self.session(footer="meta").hello()
        up = [call(n, "t", {"text": "q" * 32768}) for n in range(400)]
        down = [text_result(n, "r" * 32768) for n in range(400)]
        s.pump(b"".join(up), b"", lambda: s.server_lines == 400)
        self.assertEqual(first_difference(s.server_buffer, b"".join(up)), "")
        s.take()
        s.pump(b"".join(call(n + 400, "t", {"text": "q" * 32768}) for n in range(400)), b"".join(down),
               lambda: s.client_lines == 400 and s.server_lines == 400)
        for n in range(400):
            got = s.at_client()
            self.assertIn(MARK.encode(), self.only_inserted(down[n], got))

    def test_row_70_calls_into_a_server_that_does_not_read(self):
        s = self.session(footer="meta").hello()
        data = memoryview(b"".join(call(n, "t", {"text": "f" * 10_000}) for n in range(1600)))
        sent = 0
        while select.select([], [s.process.stdin], [], 0.5)[1]:
            sent += os.write(s.process.stdin.fileno(), data[sent:sent + 65536])
        self.assertLess(sent, 4_000_000)
        self.assertLess(resident_kib(s.process.pid), 96 * 1024)
        note = line(method="notifications/message", params={"level": "info", "data": 1})
        for _ in range(100):  # the other direction flows
            os.write(s.ends[1], note)
            self.assertEqual(only(s.process.stdout.fileno()), note)
        s.pump(bytes(data[sent:]), b"", lambda: s.server_lines == 1600)
        self.assertEqual(first_difference(s.server_buffer, bytes(data)), "")

    def test_row_70_results_for_a_client_that_does_not_read(self):
        s = self.session(footer="meta").hello()
        s.pump(b"".join(call(n, "t") for n in range(1600)), b"", lambda: s.server_lines == 1600)
        s.take()
        data, sent = memoryview(b"".join(text_result(n, "f" * 10_000) for n in range(1600))), 0
        while select.select([], [s.ends[1]], [], 0.5)[1]:
            sent += os.write(s.ends[1], data[sent:sent + 65536])
        self.assertLess(sent, 4_000_000)
        self.assertLess(resident_kib(s.process.pid), 96 * 1024)
        note = line(method="notifications/x")
        for _ in range(100):
            os.write(s.process.stdin.fileno(), note)
            self.assertEqual(only(s.ends[0]), note)
        s.pump(b"", bytes(data[sent:]), lambda: s.client_lines == 1600)
        for n in range(1600):
            got = s.at_client()
            self.assertIn(b'"id":%d,' % n, got)
            self.assertIn(b"f" * 10_000, got)
            self.assertIsNotNone(marks_of(json.loads(got)))

    def test_row_70_denials_for_a_client_that_does_not_read(self):
        s = self.session(policy='version: "1.0"\nname: no\ndescription: d\ndefault: deny\n').hello()
        count = 20_000
        data, sent = memoryview(b"".join(call(n, "t", {"text": "x" * 100}) for n in range(count))), 0
        while sent < len(data) and select.select([], [s.process.stdin], [], 0.5)[1]:
            sent += os.write(s.process.stdin.fileno(), data[sent:sent + 65536])
        self.assertLess(sent, len(data))
        self.assertLess(resident_kib(s.process.pid), 96 * 1024)
        s.pump(bytes(data[sent:]), b"", lambda: s.client_lines == count, patience=60)
        at_client, at_server = s.take()
        self.assertEqual(at_server, b"")
        self.assertEqual([int(got.partition(b'"id":')[2].partition(b",")[0]) for got in at_client.splitlines()], list(range(count)))

    def test_row_71_a_single_governed_message_is_forwarded_at_once(self):
        s = self.session(footer="both").hello()
        ask = call(1, "t")
        os.write(s.process.stdin.fileno(), ask)  # and nothing after it, no end of file, no second message
        self.assertEqual(s.at_server(), ask)
        os.write(s.ends[1], text_result(1))
        self.assertIsNotNone(marks_of(json.loads(s.at_client())))

    def test_row_72_the_one_line_of_our_own_comes_after_pins_approve(self):
        policy = 'version: "1.0"\nname: held\ndescription: d\ndefault: allow\npins: {first: hold}\n'
        s = self.session(policy=policy).hello()
        self.assertEqual(select.select([s.process.stdout, s.ends[0]], [], [], 0.3)[0], [])
        s.asked(line(id=1, method="tools/list"))
        s.server(line(id=1, result={"tools": [{"name": "t", "description": "d", "inputSchema": {"type": "object"}}]}))
        self.assertEqual(json.loads(s.at_client())["result"]["tools"], [])
        self.assertEqual(s.settle(), ([], []))
        # The pin is in the store a moment after the listing; an approval of what is not there yet changes nothing.
        while True:
            agentmesh(s.state, "pins", "list", "notes")
            done = agentmesh(s.state, "pins", "approve", "notes")
            if done.returncode == 0 and select.select([s.process.stdout], [], [], 1)[0]:
                break
        self.assertEqual(s.settle(), ([line(method="notifications/tools/list_changed")], []))
        self.assertEqual(select.select([s.process.stdout, s.ends[0]], [], [], 0.3)[0], [])


class Probes(unittest.TestCase):
    def test_row_53_a_client_that_probes_with_a_process_of_its_own_and_kills_it(self):
        """A dual-era client asks server/discover, ends that process at once, and starts another: five times over on one state."""
        state = tempfile.mkdtemp(prefix="agentmesh-probes-")
        self.addCleanup(shutil.rmtree, state, ignore_errors=True)
        for number in range(5):
            with Session(state=state) as s:
                probe = line(id="server-discover-probe-1", method="server/discover", params={"_meta": MODERN})
                s.asked(probe)
                if number % 2 == 0:
                    answer = line(id="server-discover-probe-1", error={"code": -32601, "message": "Method not found"})
                    s.server(answer)
                    self.assertEqual(s.at_client(), answer)
                s.signal(signal.SIGTERM)
                s.close_ends()
                self.assertEqual(s.wait(), 128 + signal.SIGTERM)
        with Session(state=state) as s:
            s.hello("2025-06-18")
            s.asked(call(1, "t"))
            s.server(text_result(1))
            self.assertEqual(s.at_client(), text_result(1))
        done = agentmesh(state, "audit", "verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Chains(unittest.TestCase):
    """Servers as launchers start them: npx runs sh, sh runs node, node runs a helper."""

    def chain(self, *words):
        me = [sys.executable, os.path.join(HERE, "servers", "scripted.py"), *words]
        inner = ["sh", "-c", '"$@"', "inner", *me]
        return ["sh", "-c", '"$@"; exit 9', "outer", *inner]

    def test_row_61_a_chain_of_launchers_ends_within_the_grace(self):
        for words in (("polite",), ("family",), ("family", "term"), ("ignoring", "term")):
            with self.subTest(words), Proxy(self.chain(*words), times={"eof": 300, "busy": 1500, "term": 300}) as p:
                p.hello()
                p.signal(signal.SIGTERM)
                self.assertIn(p.wait(), (137, 143))
                for process in (p.server, *p.children):
                    self.assertTrue(process.gone(5))

    def test_row_62_a_chain_of_launchers_sees_the_end_of_file_when_we_are_killed(self):
        with Proxy(self.chain("hidden", "0")) as p:
            p.hello()
            p.signal(signal.SIGKILL)
            self.assertTrue(p.server.gone(5))

    def test_row_64_a_chain_that_will_not_leave_after_the_end_of_file(self):
        with Proxy(self.chain("family", "term"), times={"eof": 300, "busy": 1500, "term": 300}) as p:
            p.hello()
            p.close_stdin()
            self.assertIn(p.wait(), (137, 143))
            for process in (p.server, *p.children):
                self.assertTrue(process.gone(5))


if __name__ == "__main__":
    unittest.main()
