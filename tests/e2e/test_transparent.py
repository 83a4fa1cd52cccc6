"""Transparency by comparison: legal traffic of every revision, made up and recorded, through a policy that allows everything, byte for
byte at both ends; and lines that are not legal, judged by a second, slow reader as well (slow_reader.py).

AGENTMESH_TRAFFIC_SEED picks other traffic (a failure names its seed); AGENTMESH_TRAFFIC_LINES how many lines of each side in all.
"""
import glob
import json
import os
import random
import unittest

from harness import HERE, first_difference
from session import MARK, Session, line
from slow_reader import ClientReader, ServerReader, id_key
from test_answering import no_twice, strip
from traffic import LEGACY, Traffic

SEED = os.environ.get("AGENTMESH_TRAFFIC_SEED", "1")
LINES = int(os.environ.get("AGENTMESH_TRAFFIC_LINES", "12000"))
SPOILED = LINES // 5  # lines of each side that are not legal, or nearly
REVISIONS = (*LEGACY, "2026-07-28")


def made_up(revision, lines):
    return Traffic(SEED, revision).steps(lines)


def recorded():
    """{name: steps} of what record_traffic.py kept."""
    found = {}
    for path in sorted(glob.glob(os.path.join(HERE, "recorded", "*.jsonl"))):
        with open(path, encoding="utf-8") as file:
            steps = [json.loads(text) for text in file.read().split("\n")[:-1]]
        found[os.path.basename(path)[:-6]] = [(step["from"], step["line"].encode() + b"\n") for step in steps]
    return found


class Transparent(unittest.TestCase):
    def played(self, steps, footer="off"):
        """Plays traffic in bursts; gives what each side said and what arrived at the other."""
        said, heard = {"client": [], "server": []}, {"client": bytearray(), "server": bytearray()}
        with Session(footer=footer) as s:
            waiting, side = [], None
            def deliver():
                if not waiting:
                    return
                text = b"".join(waiting)
                told = {"client": 0, "server": 0}
                told["server" if side == "client" else "client"] = len(waiting)
                s.pump(text if side == "client" else b"", text if side == "server" else b"",
                       lambda: s.client_lines >= told["client"] and s.server_lines >= told["server"])
                at_client, at_server = s.take()
                heard["client"] += at_client
                heard["server"] += at_server
                waiting.clear()
            for speaker, text in steps:
                if speaker != side:
                    deliver()
                side = speaker
                waiting.append(text)
                said[speaker].append(text)
            deliver()
            at_client, at_server = s.settle()
            self.assertEqual((at_client, at_server), ([], []))
        return said, heard

    def test_every_byte_arrives(self):
        total = {"client": 0, "server": 0}
        for revision in REVISIONS:
            with self.subTest(revision=revision, seed=SEED):
                said, heard = self.played(made_up(revision, LINES // len(REVISIONS)))
                for side, other in (("client", "server"), ("server", "client")):
                    self.assertEqual(first_difference(bytes(heard[other]), b"".join(said[side])), "")
                    total[side] += len(said[side])
        self.assertGreaterEqual(min(total.values()), LINES)

    def test_with_marks_every_result_without_what_was_inserted_is_the_servers(self):
        marked = footed = 0
        sources = {revision: made_up(revision, LINES // len(REVISIONS) // 4) for revision in REVISIONS}
        for revision, steps in {**sources, **recorded()}.items():
            said, heard = self.played(steps, footer="both")
            self.assertEqual(first_difference(bytes(heard["server"]), b"".join(said["client"])), "")
            lines = split(bytes(heard["client"]))
            self.assertEqual(len(lines), len(said["server"]))
            for original, got in zip(said["server"], lines):
                if original == got:
                    continue
                with self.subTest(revision=revision, seed=SEED, original=original):
                    message = json.loads(got, object_pairs_hook=no_twice)
                    self.assertIn(MARK, message["result"]["_meta"])
                    marked += 1
                    footed += self.only_insertions(original, got)
        self.assertGreater(marked, 300)
        self.assertGreater(footed, 100)

    def test_every_byte_of_recorded_sessions_arrives(self):
        sessions = recorded()
        self.assertGreaterEqual(len(sessions), 14)
        methods = set()
        for name, steps in sessions.items():
            with self.subTest(name):
                said, heard = self.played(steps)
                self.assertGreater(min(len(said["client"]), len(said["server"])), 15)
                for side, other in (("client", "server"), ("server", "client")):
                    self.assertEqual(first_difference(bytes(heard[other]), b"".join(said[side])), "")
                methods |= {json.loads(text).get("method") for _, text in steps}
        self.assertLessEqual({"initialize", "tools/list", "tools/call", "resources/read", "prompts/get", "completion/complete", "sampling/createMessage",
                              "elicitation/create", "roots/list", "notifications/progress", "notifications/tools/list_changed", "server/discover"}, methods)

    def only_insertions(self, original, got):
        """Only the mark was put in, and a block at the end of content or none. Gives how many blocks."""
        blocks = 0
        before, after = json.loads(original)["result"], json.loads(got)["result"]
        if before.get("content") != after.get("content"):
            self.assertEqual(after["content"][:-1], before["content"])
            self.assertIn("AgentMesh", after["content"][-1]["text"])
            blocks = 1
        self.assertIn(original, strip(got, blocks))
        return blocks


class Spoiler:
    """Lines that were legal, changed a little: seeded."""

    KEYS = (b"jsonrpc", b"id", b"method", b"params", b"result", b"error", b"name", b"arguments", b"uri", b"task", b"cursor", b"_meta", b"content", b"isError")

    def __init__(self, seed):
        self.rng = random.Random("spoiler %s" % seed)

    def cut(self, text, at=None):
        at = self.rng.randrange(len(text)) if at is None else at
        return text[:at], text[at:]

    def spoil(self, text):
        rng = self.rng
        kind = rng.randrange(13)
        before, after = self.cut(text)
        if kind == 0:
            return before + after[1:]
        if kind == 1:
            return before + bytes([rng.choice(b'{}[]:,"\\ntrue0-.eE \t\r\x00\x1f\x7f\xff\xc0\xed/u')]) + after
        if kind == 2:  # a key spelled otherwise
            key = rng.choice(self.KEYS)
            at = rng.randrange(len(key))
            odd = rng.choice((key.upper(), key.capitalize(), key + b" ", b" " + key, key + b"\\u0000", key[:at] + b"\\u%04x" % key[at] + key[at + 1:], key + b"\\u200b",
                              key.replace(b"s", "\u017f".encode()), key.replace(b"k", "\u212a".encode())))
            return text.replace(b'"%s"' % key, b'"%s"' % odd, 1)
        if kind == 3:  # a member twice, the second time perhaps spelled otherwise
            key = rng.choice(self.KEYS)
            at = text.find(b"{", rng.randrange(len(text)))
            return text if at < 0 else text[:at + 1] + b'"%s":%s,' % (rng.choice((key, b"\\u%04x" % key[0] + key[1:], key.title())), rng.choice((b"1", b'"2.0"', b"{}", b"null"))) + text[at + 1:]
        if kind == 4:
            return text.replace(b'"2.0"', rng.choice((b"2.0", b'"1.0"', b"null", b'"2.0 "', b'"\\u0032.0"')), 1)
        if kind == 5:
            return rng.choice((b"\xef\xbb\xbf", b" ", b"\t", b"\r", b"[", b"1 ", b"{} ")) + text
        if kind == 6:
            return text + rng.choice((b"\r", b" ", b"{}", b"]", b",", b" \t", b"\x00", b"x", b"\r\r"))
        if kind == 7:
            depth = rng.choice((3, 120, 126, 127, 128, 129, 300))
            return text.replace(b"{}", b"[" * depth + b"]" * depth, 1)
        if kind == 8:
            word = rng.choice((b"NaN", b"Infinity", b"01", b"1.", b".5", b"1e", b"+1", b"0x1", b"1e5", b"-0", b"1.0", b"TRUE", b"nul", b"'a'", b'"a', b"/**/1", b"\\u0031"))
            return text.replace(b"null", word, 1) if b"null" in text else text.replace(b'{"', b'{"q":%s,"' % word, 1)
        if kind == 9:
            return text.replace(b'":"', b'":"' + rng.choice((b"\\ud83d", b"\\ude00\\ud83d", b"\\ud83d\\ude00", b"\\u12", b"\\x", b"\xed\xa0\x80", b"\xc3", b"\xf4\x90\x80\x80", b"\xe2\x80\xa8")), 1)
        if kind == 10:
            end = text.find(b'"id":')
            stop = min((i for i in (text.find(b",", end), text.find(b"}", end)) if i > 0), default=-1)
            return text if end < 0 or stop < 0 else text[:end + 5] + rng.choice((b"null", b"true", b"1.5", b"1e3", b"-0", b"[]", b"{}", b'""')) + text[stop:]
        if kind == 11:
            return text.replace(b'"method":"', b'"method":"' + rng.choice((b" ", b"\\u0000", b"X")), 1)
        return text.replace(b"tools/call", rng.choice((b"Tools/Call", b"tools/call ", b"tools\\/call", b"tool\xc5\xbf/call", b"tools/call\\u200d", b"vendor/call", b"tools/calls")), 1)

    def lines(self, legal, count):
        while count:
            text = self.spoil(self.rng.choice(legal))
            if self.rng.random() < 0.2:
                text = self.spoil(text)
            if b"\n" not in text:
                count -= 1
                yield text + b"\n"


class Judged(unittest.TestCase):
    """What goes on and what does not, by the product and by a reader that shares no code with it."""

    def legal(self, side):
        made = [text for speaker, text in made_up("2025-11-25", 400) if speaker == side]
        real = [text for name, steps in recorded().items() if name.endswith("2025-11-25") for speaker, text in steps if speaker == side and len(text) < 3000]
        # A cancellation goes where its request went, which is not to be seen from the line.
        return [text.strip() for text in made + real if b"cancelled" not in text and b"requestId" not in text and
                isinstance(json.loads(text), dict) and json.loads(text).get("method") != "notifications/cancelled"]

    def same(self, got, wanted):
        if got != wanted:
            self.fail("seed %s: only the product passes %r, only the slow reader %r" % (
                SEED, [text for text in got if text not in wanted], [text for text in wanted if text not in got]))

    def test_of_spoiled_lines_of_a_client_exactly_those_go_on_that_the_slow_reader_passes(self):
        passed = 0
        with Session() as s:
            s.hello()
            slow = ClientReader()
            asks = [b'{"jsonrpc":"2.0","id":"%d","method":"%s","params":{"name":"t","uri":"note://1","taskId":"t","arguments":{},"x":null}}' % (n, method)
                    for n, method in enumerate((b"tools/call", b"resources/read", b"prompts/get", b"tools/list", b"tasks/get", b"vendor/x", b"ping"))]
            spoiled = list(Spoiler(SEED).lines(asks * 40 + self.legal("client"), SPOILED))
            for start in range(0, len(spoiled), 50):
                chunk = spoiled[start:start + 50]
                verdicts = []
                fresh = []
                for number, text in enumerate(chunk):
                    # Most keep an id of their own, so that they are not all the same request.
                    text = text.replace(b'"id":"', b'"id":"%d.' % (start + number), 1)
                    fresh.append(text)
                    verdicts.append(slow.passes(text))
                s.client(*fresh)
                at_server = s.settle()[1]
                wanted = [text for text, verdict in zip(fresh, verdicts) if verdict]
                passed += len(wanted)
                self.same(at_server, wanted)
        self.assertGreater(passed, SPOILED // 10)
        self.assertLess(passed, SPOILED * 9 // 10)

    def test_the_same_of_lines_of_a_server(self):
        passed = 0
        rng = random.Random("server %s" % SEED)
        with Session() as s:
            s.hello()
            notes = [text for text in self.legal("server") if b'"method"' in text]
            spoiler = Spoiler(SEED + " server")
            slow = ServerReader({})
            for start in range(0, SPOILED, 40):
                chunk, told = [], 0
                for number in range(40):
                    kind = rng.randrange(3)
                    if kind == 2:
                        text = rng.choice(notes).replace(b'"id":', b'"id":"%08x","was":' % rng.getrandbits(32), 1)
                    else:
                        id_ = "%016x" % rng.getrandbits(64)
                        governed = kind == 0
                        s.asked(line(id=id_, method="tools/call" if governed else "vendor/x", params={"name": "t"}))
                        slow.waiting[id_key(id_)] = governed
                        text = b'{"jsonrpc":"2.0","id":"%s","result":{"content":[{"type":"text","text":"a"}],"isError":false,"structuredContent":{},"x":null}}' % id_.encode()
                    chunk.append(next(spoiler.lines([text], 1)))
                wanted = [text for text in chunk if slow.passes(text)]
                slow.waiting.clear()
                s.server(*chunk)
                at_client = [text for text in s.settle()[0] if b"by AgentMesh" not in text]
                passed += len(wanted)
                self.same(at_client, wanted)
        self.assertGreater(passed, SPOILED // 10)

    def test_recorded_and_made_up_lines_are_legal_to_the_slow_reader_too(self):
        for name, steps in {**recorded(), **{revision: list(made_up(revision, 600)) for revision in REVISIONS}}.items():
            for speaker, text in steps:
                with self.subTest(name, text=text[:300]):
                    if "method" in json.loads(text):  # no batch, and no answer to something
                        self.assertIs((ClientReader() if speaker == "client" else ServerReader({})).passes(text), True)


def split(data):
    lines = data.split(b"\n")
    return [text + b"\n" for text in lines[:-1]]


if __name__ == "__main__":
    unittest.main()
