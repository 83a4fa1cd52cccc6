"""A lost database is restored once, whoever comes first: many servers at once, a kill in the middle, commands that need the scores."""
import fcntl
import glob
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from harness import PATIENCE
from session import Session, call, line, result, text_result
from state import agentmesh, of_type, records, verified

TOOLS = [{"name": name, "inputSchema": {"type": "object"}} for name in ("read_good", "read_bad")]
SERVERS = 5
SMALL = "audit: {segment_bytes: 16384}\n"


class Restoring(unittest.TestCase):
    """A server that lost points, and of whose tools a person refused one."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-restoring-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state, self.puppet = os.path.join(self.folder, "state"), os.path.join(self.folder, "puppet")

    def session(self, policy="strict"):
        s = Session(policy=policy, state=self.state, puppet=self.puppet, settings=SMALL)
        self.addCleanup(s.__exit__)
        return s

    def listed(self, s):
        s.client(line(id="l", method="tools/list"))
        s.at_server()
        s.server(result("l", tools=TOOLS))
        return [t["name"] for t in json.loads(s.at_client())["result"]["tools"]]

    def end(self, s):
        s.close_stdin()
        s.pump(b"", b"", lambda: s.server_at_end)
        s.server_leaves()
        self.assertEqual(s.wait(), 0)

    def past(self, calls=3):
        s = self.session().hello()
        self.assertEqual(self.listed(s), [])
        for words in (("pins", "list", "notes"), ("pins", "approve", "notes", "read_good"), ("pins", "reject", "notes", "read_bad"),
                      ("trust", "report", "server:notes", "--severity", "high", "--why", "a test")):
            self.ok(*words)
        for id_ in range(calls):
            s.client(call(id_, "read_good", {"n": id_}))
            self.assertTrue(s.at_server())
            s.server(text_result(id_))
            s.at_client()
        self.end(s)
        verified(self, self.state)
        before = self.scores()
        self.assertLess(before["server:notes"], 700)
        return before

    def ok(self, *words):
        done = agentmesh(self.state, *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def scores(self):
        return {s["subject"]: s["score"] for s in json.loads(self.ok("trust", "show", "--json").stdout)}

    def same(self, before, after):
        self.assertEqual(set(before), set(after))
        for subject, score in before.items():
            self.assertLessEqual(abs(score - after[subject]), 1, subject)

    def lose(self):
        for path in glob.glob(os.path.join(self.state, "state.db*")):
            os.remove(path)

    def hold(self):
        """As a process that is in the middle of restoring."""
        file = open(os.path.join(self.state, "restore.lock"), "w")
        self.addCleanup(file.close)
        fcntl.flock(file, fcntl.LOCK_EX)
        return file

    def until(self, seen):
        deadline = time.monotonic() + PATIENCE
        while not seen():
            self.assertLess(time.monotonic(), deadline)
            select.select([], [], [], 0.002)

    def has_tables(self):
        path = os.path.join(self.state, "state.db")
        return os.path.exists(path) and os.path.getsize(path) + sum(map(os.path.getsize, glob.glob(path + "-wal"))) > 8192

    def test_servers_that_start_at_once_after_the_loss_all_know_what_was_there(self):
        before = self.past()
        self.lose()
        middle = self.hold()
        waiting = []
        for _ in range(SERVERS):
            waiting.append(self.session())
        self.until(self.has_tables)
        middle.close()
        for s in waiting:
            self.assertEqual(self.listed(s.hello()), ["read_good"])
            s.client(call(1, "read_bad"))
            self.assertIn("rejected", s.at_client().decode())
        for s in waiting:
            self.end(s)
        verified(self, self.state)
        self.assertLess(self.scores()["server:notes"], 700)
        self.assertLessEqual(set(before), set(self.scores()))

    def test_who_is_killed_while_restoring_leaves_it_to_the_next(self):
        before = self.past()
        self.lose()
        middle = self.hold()
        killed = subprocess.Popen([os.environ["AGENTMESH_PROXY"], "trust", "show", "--state-dir", self.state], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.until(self.has_tables)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        middle.close()
        self.same(before, self.scores())
        verified(self, self.state)
        self.assertEqual(self.listed(self.session().hello()), ["read_good"])

    def test_a_halt_outlives_whoever_made_the_new_shared_file_and_died(self):
        self.past()
        self.ok("halt", "notes", "--why", "careful")
        os.remove(os.path.join(self.state, "shared"))
        middle = self.hold()
        killed = subprocess.Popen([os.environ["AGENTMESH_PROXY"], "status", "--state-dir", self.state], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.until(lambda: os.path.exists(os.path.join(self.state, "shared")))
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        middle.close()
        s = self.session().hello()
        s.client(call(1, "read_good"))
        self.assertIn("careful", s.at_client().decode())

    def test_a_prune_that_comes_first_keeps_the_scores(self):
        before = self.past(calls=160)
        self.lose()
        pruned = self.ok("audit", "prune", "--before", "1000000", "--json")
        self.assertTrue(json.loads(pruned.stdout)["files"])
        kept = {s["subject"] for r in of_type(records(self.state), "trust.snapshot") for s in r["subjects"]}
        self.assertEqual(kept, set(before))
        self.same(before, self.scores())
        verified(self, self.state)
        self.lose()
        self.same(before, self.scores())

    def test_a_log_that_is_sealed_first_carries_the_scores_over(self):
        before = self.past()
        self.lose()
        self.ok("audit", "recover", "--seal", "old")
        self.same(before, self.scores())
        verified(self, self.state)
        self.lose()
        self.same(before, self.scores())

    def damage_end(self):
        """What no torn write leaves: a proxy that finds it sets the log aside."""
        last = sorted(glob.glob(os.path.join(self.state, "audit", "main", "seg", "*.jsonl")))[-1]
        with open(last, "r+b") as file:
            lines = file.read().splitlines(keepends=True)
            lines[-2] = lines[-2].replace(b'"type"', b'"tape"')
            file.seek(0)
            file.write(b"".join(lines))

    def test_a_log_that_a_proxy_sets_aside_itself_carries_the_scores_over(self):
        for running in (False, True):
            with self.subTest(running=running):
                self.past()
                if running:
                    s = self.session("moderate").hello()
                    self.damage_end()
                    os.remove(os.path.join(self.state, "audit", "main", "state"))  # it looks at the lines again
                else:
                    self.damage_end()
                    s = self.session("moderate").hello()  # strict does without a log rather than set it aside
                for round in "abc":  # what was on its way when it is found is lost, and the next records with it
                    s.client(call(round, "read_good"))
                    s.settle()
                self.end(s)
                self.assertEqual(len(os.listdir(os.path.join(self.state, "audit"))), 2)
                verified(self, self.state)
                self.assertLess(self.scores()["server:notes"], 700)
                shutil.rmtree(self.state)

    def test_a_log_that_a_command_sets_aside_carries_the_scores_over_and_that_is_said(self):
        for words in (("halt", "other", "--why", "a test"), ("resume", "other"),
                      ("trust", "report", "server:notes", "--severity", "low", "--why", "a test")):
            with self.subTest(words=words):
                before = self.past()
                if words[0] == "resume":
                    self.ok("halt", "other", "--why", "a test")
                self.damage_end()
                said = self.ok(*words).stderr
                aside, = (name for name in os.listdir(os.path.join(self.state, "audit")) if name != "main")
                self.assertIn("it was set aside as %s and a new log was begun\n" % os.path.join(self.state, "audit", aside), said)
                self.assertEqual(said.count("set aside"), 1, said)
                verified(self, self.state)
                self.assertEqual(set(self.scores()), set(before))
                self.lose()
                if words[0] != "trust":
                    self.same(before, self.scores())
                verified(self, self.state)
                shutil.rmtree(self.state)

    def test_a_reload_that_comes_first_restores(self):
        before = self.past()
        self.lose()
        self.ok("policy", "reload")
        rows = sqlite3.connect(os.path.join(self.state, "state.db")).execute("SELECT name FROM subject").fetchall()
        self.assertEqual({r[0] for r in rows}, set(before))

    def test_a_database_that_cannot_be_read_keeps_the_log_as_it_is(self):
        self.past(calls=60)
        connection = sqlite3.connect(os.path.join(self.state, "state.db"))
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        count = len(records(self.state))
        for words in (("audit", "prune", "--before", "1000000"), ("audit", "recover", "--seal", "old")):
            done = agentmesh(self.state, *words)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("newer", done.stderr)
        self.assertEqual(len(records(self.state)), count)
        self.assertEqual(of_type(records(self.state), "trust.snapshot"), [])

    def test_a_damaged_log_without_a_database_can_still_be_sealed_and_says_what_is_lost(self):
        self.past(calls=60)
        self.lose()
        segments = sorted(glob.glob(os.path.join(self.state, "audit", "main", "seg", "*.jsonl")))
        with open(segments[0], "r+b") as file:
            file.seek(os.path.getsize(segments[0]) // 2)
            file.write(b"\n{nothing\n")
        done = self.ok("audit", "recover", "--seal", "old")
        self.assertIn("everybody begins at 800", done.stderr)
        self.assertEqual(self.scores(), {})
        verified(self, self.state)


if __name__ == "__main__":
    unittest.main()
