"""The story of trust, with a real client: a server earns its score, misbehaves, loses it, and from then on a person is asked."""
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import HERE, PATIENCE, Late
from state import agentmesh, of_type, records, verified
from test_sdk import need_node, node

READERS = 40


class Client:
    """sdk/driver_v1.mjs: a client of the official SDK, told what to call."""

    def __init__(self, case, state, words, *options):
        self.process = subprocess.Popen(
            [node(), os.path.join(HERE, "sdk", "driver_v1.mjs"), *options, "--", os.environ["AGENTMESH_PROXY"], "proxy", "--policy",
             "moderate", "--name", "notes", "--state-dir", state, "--", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.rest = b""
        for cleanup in (self.process.stdin.close, self.process.stdout.close, self.process.wait, self.process.kill):
            case.addCleanup(cleanup)
        case.assertEqual(self.line(), {"connected": "moody"})

    def line(self):
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Late("the client says nothing more after %r" % self.rest)
            got = os.read(self.process.stdout.fileno(), 1 << 16)
            if not got:
                raise AssertionError("the client ended")
            self.rest += got
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def tell(self, tool, **arguments):
        self.process.stdin.write(json.dumps({"name": tool, "arguments": arguments}).encode() + b"\n")
        self.process.stdin.flush()

    def call(self, tool, **arguments):
        self.tell(tool, **arguments)
        return self.line()["result"]

    def end(self):
        self.process.stdin.close()
        return self.process.wait(PATIENCE)


class Story(unittest.TestCase):
    def setUp(self):
        need_node()
        self.folder = tempfile.mkdtemp(prefix="agentmesh-story-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = os.path.join(self.folder, "state")
        self.mood, self.seen = os.path.join(self.folder, "mood"), os.path.join(self.folder, "seen")
        self.be("good")
        self.words = [sys.executable, os.path.join(HERE, "servers", "moody.py"), self.mood, self.seen]

    def be(self, mood):
        with open(self.mood, "w") as file:
            file.write(mood)

    def score(self):
        """As the mark of the newest outcome has it."""
        return of_type(records(self.state), "outcome")[-1]["trust"]["score"]

    def writes_seen(self):
        with open(self.seen) as file:
            return file.read().count("write_note")

    def test_a_server_rises_falls_and_has_to_ask(self):
        desk = Client(self, self.state, self.words, "--approve", "--name", "desk")

        # It behaves well, and rises; its writes pass.
        for n in range(READERS):
            self.assertNotIn("isError", desk.call("read_note_%d" % n))
        self.assertNotIn("isError", desk.call("write_note", text="a"))
        self.assertGreater(self.score(), 850)
        self.assertEqual(self.writes_seen(), 1)

        # It starts to misbehave, and falls below 500.
        self.be("bad")
        for n in range(READERS):
            desk.call("read_note_%d" % n)
            if self.score() < 500:
                break
        self.assertLess(self.score(), 500)
        falls = of_type(records(self.state), "trust.change", subject="server:notes", cause="tier")
        self.assertEqual(falls[-1]["tier"], "probationary")

        # Its writes begin to ask; the person says yes in the client's own dialog.
        desk.tell("write_note", text="b")
        asked = desk.line()["asked"]
        self.assertIn("write_note", asked["message"])
        self.assertIn("moderate/little-trust", asked["message"])
        self.assertNotIn("isError", desk.line()["result"])
        self.assertEqual(self.writes_seen(), 2)

        # A client without a dialog gets a ticket, which the person refuses.
        plain = Client(self, self.state, self.words, "--name", "plain")
        held = plain.call("write_note", text="c")
        self.assertTrue(held["isError"])
        ask = held["content"][0]["text"].split("approvals approve ")[1].split("`")[0]
        shown = json.loads(agentmesh(self.state, "status", "--json").stdout)
        self.assertEqual([a["tool"] for a in shown["approvals"]], ["write_note"])
        self.assertEqual([(s["server"], s["running"]) for s in shown["servers"]], [("notes", 2)])
        self.assertEqual(agentmesh(self.state, "approvals", "deny", ask).returncode, 0)
        self.assertTrue(plain.call("write_note", text="c")["isError"])
        self.assertEqual(self.writes_seen(), 2)
        self.assertEqual((desk.end(), plain.end()), (0, 0))

        # Every step is in the log, in this order.
        log = records(self.state)
        story = [(r["state"], r.get("by")) for r in of_type(log, "approval")]
        me = "uid:%d" % os.getuid()
        self.assertEqual(story, [("asked", None), ("granted", "client"), ("asked", None), ("denied", me), ("asked", None)])
        writes = of_type(log, "decision", tool="write_note")
        self.assertEqual([r["verdict"] for r in writes], ["allow", "allow", "deny", "deny"])
        self.assertEqual([r.get("ask") for r in writes[1:3]], [r["ask"] for r in of_type(log, "approval")[0:4:2]])
        explained = json.loads(agentmesh(self.state, "trust", "explain", "server:notes", "--json").stdout)
        worst = explained["events"][0]
        self.assertLess(worst["effect"], 0)
        self.assertTrue(any(e["subject"] == "server:notes" and e["v"] == 0 for e in log[worst["seq"]]["events"]))

        # And the scores follow from it, also where the database is lost.
        verified(self, self.state)
        before = json.loads(agentmesh(self.state, "trust", "show", "--json").stdout)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(os.path.join(self.state, "state.db" + suffix)):
                os.remove(os.path.join(self.state, "state.db" + suffix))
        after = json.loads(agentmesh(self.state, "trust", "show", "--json").stdout)
        self.assertEqual([s["subject"] for s in before], [s["subject"] for s in after])
        for one, other in zip(before, after):
            self.assertLessEqual(abs(one["score"] - other["score"]), 1, one["subject"])
        verified(self, self.state)


if __name__ == "__main__":
    unittest.main()
