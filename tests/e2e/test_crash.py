"""The proxy is killed at any moment: what the server was asked and what the client was told is in the log, the server is gone,
the next start carries on.

Order is what is tested: a decision is written before its call is forwarded, so a call that the server has seen has a record,
whatever the instant. The instants are drawn with a fixed seed (AGENTMESH_TEST_SEED draws others).
"""
import json
import os
import random
import re
import select
import shutil
import sys
import tempfile
import time
import unittest

from harness import HERE, PATIENCE, Process, Proxy
from state import agentmesh, of_type, records, verified

ROUNDS = 18
SLOW = max(1.0, PATIENCE / 20)  # a build with a sanitizer is told to be patient: a kill comes as much later
SEED = int(os.environ.get("AGENTMESH_TEST_SEED", "20261121"))


def line(**message):
    return json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"


HELLO = (line(id="init", method="initialize", params={"protocolVersion": "2025-11-25", "capabilities": {},
                                                      "clientInfo": {"name": "crash", "version": "1"}}) +
         line(method="notifications/initialized"))


def call(id_, note):
    return line(id=id_, method="tools/call", params={"name": "read_note", "arguments": {"note": note}})


class Crash(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-crash-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = os.path.join(self.folder, "state")
        self.seen = os.path.join(self.folder, "seen")

    def proxy(self):
        command = [os.environ["AGENTMESH_PROXY"], "proxy", "--policy", "permissive", "--name", "recorder", "--state-dir", self.state,
                   "--", sys.executable, os.path.join(HERE, "servers", "recorder.py"), self.seen]
        return Proxy([], command=command)

    def server_of(self, proxy):
        proxy.stderr_until(b"recorder ")
        while not (found := re.search(rb"recorder (\d+)\n", proxy.errors)):
            proxy.stderr_until(b"\n")
        server = Process(int(found.group(1)))
        proxy.others.append(server)
        return server

    def run_until_killed(self, proxy, number, answers, microseconds):
        """Calls flow, several at a time; `microseconds` after the answer number `answers` the proxy is killed, mid-flight."""
        sent, got, deadline = 0, 0, None
        self.answers = b""
        out, back = proxy.process.stdin.fileno(), proxy.process.stdout.fileno()
        unsent = HELLO
        give_up = time.monotonic() + PATIENCE
        while True:
            if not unsent and sent - got < 8:
                # Ids of both kinds, and texts that need escapes: the log keeps them as they were spelled.
                id_ = 100_000 * number + sent if sent % 3 else 'r%d "%d" ü' % (number, sent)
                unsent = call(id_, "n" * (sent % 5 * 700))
                sent += 1
            now = time.monotonic()
            self.assertLess(now, give_up, "no %d answers: %r" % (answers, proxy.errors[-500:]))
            if deadline is not None and now >= deadline:
                break
            wait = (deadline or give_up) - now
            readable, writable, _ = select.select([back], [out] if unsent else [], [], wait)
            if writable:
                unsent = unsent[os.write(out, unsent[:4096]):]
            if readable:
                chunk = os.read(back, 1 << 16)
                self.assertTrue(chunk, "the proxy ended by itself: %r" % proxy.errors[-500:])
                got += chunk.count(b"\n")
                self.answers += chunk
            if got >= answers and deadline is None:
                deadline = time.monotonic() + microseconds * SLOW / 1e6
        proxy.process.kill()
        self.assertEqual(proxy.wait(), 128 + 9)

    def answered(self):
        """The raw ids of all calls whose answers the client had when the proxy died."""
        messages = [json.loads(text) for text in self.answers.split(b"\n")[:-1]]
        return [json.dumps(message["id"]) for message in messages if message.get("id") != "init"]

    def calls_seen(self):
        """The raw ids, as JSON text, of all calls that the server received whole."""
        with open(self.seen, "rb") as file:
            lines = [text for text in file if text.endswith(b"\n")]
        ids = []
        for text in lines:
            try:
                message = json.loads(text)
            except json.JSONDecodeError:
                continue  # a line that a kill cut off in an earlier round, ended by the next server
            if message.get("method") == "tools/call":
                ids.append(json.dumps(message["id"]))
        return ids

    def test_what_a_server_has_seen_is_in_the_log_whenever_the_proxy_dies(self):
        chance = random.Random(SEED)
        ended_in_flight = 0
        for number in range(ROUNDS):
            answers, microseconds = chance.randrange(0, 60), chance.randrange(0, 4000)
            if number == 0:
                answers, microseconds = 1, 0
            with self.subTest(round=number, answers=answers, microseconds=microseconds), self.proxy() as proxy:
                server = self.server_of(proxy)
                self.run_until_killed(proxy, number, answers, microseconds)
                self.assertTrue(server.gone(), "the server outlives its proxy")
                seen = self.calls_seen()
                decided = {r["id"]: r for r in of_type(records(self.state), "decision", method="tools/call")}
                self.assertEqual([id_ for id_ in seen if id_ not in decided], [])
                self.assertTrue(all(decided[id_]["verdict"] == "allow" and decided[id_]["tool"] == "read_note" for id_ in seen))
                outcomes = {(r["w"], r["of"]) for r in of_type(records(self.state), "outcome")}
                # An outcome is written before its answer is passed on.
                self.assertEqual([id_ for id_ in self.answered()
                                  if (decided[id_]["w"], decided[id_]["wseq"]) not in outcomes], [])
                ended_in_flight += any((r["w"], r["wseq"]) not in outcomes for r in decided.values())
        if SLOW == 1:  # where the proxy is slower than the server, hardly anything is under way between two of its reads
            self.assertGreater(ended_in_flight, ROUNDS // 3, "the kills came when nothing flowed: this tests little")
        self.assertGreater(len(self.calls_seen()), ROUNDS)

        # The next proxy starts as if nothing had been, and the log is whole again.
        before = len(self.calls_seen())
        with self.proxy() as proxy:
            proxy.send(HELLO + call("after", "x"))
            answers = [json.loads(text) for text in proxy.lines(2)]
            self.assertEqual([a["id"] for a in answers], ["init", "after"])
            self.assertNotIn("isError", answers[1]["result"])
            proxy.close_stdin()
            self.assertEqual(proxy.wait(), 0)
        self.assertEqual(len(self.calls_seen()), before + 1)
        verified(self, self.state)

    def test_after_every_single_kill_verify_finds_a_torn_end_at_most_and_recover_mends_it(self):
        chance = random.Random(SEED + 1)
        for number in range(5):
            with self.subTest(round=number), self.proxy() as proxy:
                self.server_of(proxy)
                self.run_until_killed(proxy, number, chance.randrange(1, 30), chance.randrange(0, 3000))
                verdict = agentmesh(self.state, "audit", "verify")
                self.assertIn(verdict.returncode, (0, 2), verdict.stdout + verdict.stderr)
                recovered = agentmesh(self.state, "audit", "recover")
                self.assertEqual(recovered.returncode, 0, recovered.stdout + recovered.stderr)
                verified(self, self.state)
