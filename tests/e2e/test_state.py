"""The state database and the shared file: many proxies, a kill, a loss, damage, and files of a newer version."""
import glob
import json
import os
import shutil
import signal
import sqlite3
import tempfile
import time
import unittest

from session import Session, call, line, result, text_result
from state import agentmesh, records, verified
from test_denial import WithServer, call as plain_call, hello

PROXIES, CALLS = 20, 6


class Many(WithServer):
    def test_twenty_proxies_on_one_database_lose_no_score(self):
        proxies = [self.proxy(os.path.join(self.folder, "seen%d" % n)) for n in range(PROXIES)]
        for p in proxies:
            self.addCleanup(p.__exit__)
        for n, p in enumerate(proxies):
            p.send(hello("client%d" % (n % 5)) + b"".join(
                plain_call(i, "erase_note" if i % 3 == 2 else "read_note_%d" % i, n=n) for i in range(CALLS)))
        for p in proxies:
            p.lines(CALLS + 1)
        # A person's report comes in between.
        self.assertEqual(agentmesh(self.state, "trust", "report", "server:notes", "--severity", "high", "--why", "a test").returncode, 0)
        for p in proxies:
            p.close_stdin()
        for p in proxies:
            self.assertEqual(p.wait(), 0)
        verified(self, self.state)
        seen = {s["subject"]: s["events"] for s in json.loads(agentmesh(self.state, "trust", "show", "--json").stdout)}
        counted = {}
        for record in records(self.state):
            for event in record.get("events", []):
                counted[event["subject"]] = counted.get(event["subject"], 0) + 1
        counted["server:notes"] += 1  # the report
        self.assertEqual(seen, counted)


class Busy(unittest.TestCase):
    def test_no_message_waits_for_a_database_that_somebody_else_is_writing_to(self):
        s = Session()
        self.addCleanup(s.__exit__)
        s.hello()
        other = sqlite3.connect(os.path.join(s.state, "state.db"), isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")  # whoever else wants to write waits five seconds, and fails then
        begun = time.monotonic()
        for id_ in range(200):
            s.client(call(id_, "read_%d" % id_))
            s.at_server()
            s.server(text_result(id_))
            s.at_client()
        self.assertLess(time.monotonic() - begun, 5)
        other.execute("ROLLBACK")
        s.over()
        verified(self, s.state)


class Lost(unittest.TestCase):
    def session(self):
        s = Session()
        self.addCleanup(s.__exit__)
        return s.hello()

    def calls(self, s, first, count):
        for id_ in range(first, first + count):
            s.client(call(id_, "read_%d" % id_))
            s.at_server()
            s.server(text_result(id_))
            s.at_client()

    def end(self, s):
        s.close_stdin()
        s.pump(b"", b"", lambda: s.server_at_end)
        s.server_leaves()
        self.assertEqual(s.wait(), 0)

    def test_what_a_killed_proxy_had_not_flushed_comes_from_the_log(self):
        s = self.session()
        self.calls(s, 1, 30)
        s.signal(signal.SIGKILL)
        s.wait()
        verified(self, s.state)
        marks = sqlite3.connect(os.path.join(s.state, "state.db")).execute("SELECT count(*) FROM flushed").fetchone()
        self.assertEqual(marks, (0,))

    def test_a_database_that_vanishes_under_a_running_proxy_is_made_again_with_all_that_was_in_it(self):
        s = self.session()
        self.calls(s, 1, 20)
        self.until_flushed(s)
        for path in glob.glob(os.path.join(s.state, "state.db*")):
            os.remove(path)
        self.calls(s, 100, 3)
        self.end(s)
        verified(self, s.state)

    def until_flushed(self, s):
        """What 20 calls earned is in the database; the command line tells when."""
        for _ in range(200):
            shown = json.loads(agentmesh(s.state, "trust", "show", "--json").stdout)
            if any(one["subject"] == "server:notes" and one["events"] >= 100 for one in shown):
                return
        self.fail(shown)

    def test_a_corrupt_database_is_moved_aside_and_read_from_the_log_again(self):
        s = self.session()
        self.calls(s, 1, 10)
        self.end(s)
        before = agentmesh(s.state, "trust", "show", "--json").stdout
        database = os.path.join(s.state, "state.db")
        with open(database, "r+b") as file:
            file.write(b"this is no database at all" * 100)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(database + suffix):
                os.remove(database + suffix)
        told = agentmesh(s.state, "trust", "show", "--json")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("state.db.bad-", told.stderr)
        self.assertEqual(len(glob.glob(database + ".bad-*")), 1)
        for one, other in zip(json.loads(before), json.loads(told.stdout)):
            self.assertEqual(one["subject"], other["subject"])
            self.assertLessEqual(abs(one["score"] - other["score"]), 1)
        verified(self, s.state)

    def test_a_database_of_a_newer_version_is_left_alone_and_refused_by_name(self):
        s = self.session()
        self.end(s)
        database = os.path.join(s.state, "state.db")
        connection = sqlite3.connect(database)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        for words in (("trust", "show"), ("status",)):
            told = agentmesh(s.state, *words)
            self.assertEqual(told.returncode, 2)
            self.assertIn("state.db", told.stderr)
            self.assertIn("newer", told.stderr)
        self.assertEqual(sqlite3.connect(database).execute("PRAGMA user_version").fetchone(), (99,))

    LIMITED = '''\
version: "1.0"
name: house
default: allow
rules:
  - {name: few, tool: "read*", limit: "4/day"}
'''

    def verdicts(self, s, ids):
        for id_ in ids:
            s.client(call(id_, "read"))
            if id_ < 100:
                s.at_server()
                s.server(text_result(id_))
            answer = json.loads(s.at_client())
            self.assertEqual(answer["id"], id_)
            self.assertEqual("isError" in answer["result"], id_ >= 100)

    def test_a_lost_shared_file_does_not_give_a_days_calls_back(self):
        s = Session(policy=self.LIMITED)
        self.addCleanup(s.__exit__)
        s.hello()
        self.verdicts(s, (1, 2))
        os.remove(os.path.join(s.state, "shared"))  # under a running proxy, which makes another
        self.verdicts(s, (3,))
        os.remove(os.path.join(s.state, "shared"))
        self.assertEqual(agentmesh(s.state, "approvals", "list").returncode, 0)  # a command may come first
        self.assertEqual(agentmesh(s.state, "halt", "other", "--why", "makes the file").returncode, 0)
        self.verdicts(s, (4, 101))
        self.end(s)
        os.remove(os.path.join(s.state, "shared"))
        again = Session(policy=self.LIMITED, state=s.state)
        self.addCleanup(again.__exit__)
        again.hello()
        self.verdicts(again, (102,))
        self.end(again)
        # Nothing is counted twice, however often it is read.
        with open(os.path.join(again.folder, "house.yaml"), "w") as file:
            file.write(self.LIMITED.replace("4/day", "5/day"))
        third = Session(policy=self.LIMITED.replace("4/day", "5/day"), state=s.state)
        self.addCleanup(third.__exit__)
        third.hello()
        self.verdicts(third, (5, 103))

    def lose_database(self, state):
        for path in glob.glob(os.path.join(state, "state.db*")):
            os.remove(path)

    def test_what_a_person_answered_about_definitions_is_read_from_the_log_again(self):
        tools = [{"name": name, "inputSchema": {"type": "object"}} for name in ("good", "bad", "open")]
        folder = tempfile.mkdtemp(prefix="agentmesh-state-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        at = os.path.join(folder, "puppet")
        s = Session(policy="strict", puppet=at)
        self.addCleanup(s.__exit__)
        s.hello()
        s.client(line(id="l", method="tools/list"))
        s.at_server()
        s.server(result("l", tools=tools))
        self.assertEqual(json.loads(s.at_client())["result"]["tools"], [])
        self.end(s)
        for words in (("list",), ("approve", "notes", "good"), ("reject", "notes", "bad")):
            self.assertEqual(agentmesh(s.state, "pins", *words).returncode, 0)
        self.lose_database(s.state)
        self.assertEqual(agentmesh(s.state, "trust", "show").returncode, 0)
        states = {p["name"]: p["state"] for p in json.loads(agentmesh(s.state, "pins", "list", "--json").stdout) if p["name"]}
        self.assertEqual(states, {"good": "approved", "bad": "rejected"})

        again = Session(policy="strict", state=s.state, puppet=at)
        self.addCleanup(again.__exit__)
        again.hello()
        again.client(line(id="l", method="tools/list"))
        again.at_server()
        again.server(result("l", tools=tools))
        self.assertEqual([t["name"] for t in json.loads(again.at_client())["result"]["tools"]], ["good"])

    def test_scores_follow_from_a_log_that_was_begun_anew(self):
        s = self.session()
        self.calls(s, 1, 20)
        self.end(s)
        before = agentmesh(s.state, "trust", "show", "--json").stdout
        self.assertEqual(agentmesh(s.state, "audit", "recover", "--seal", "old").returncode, 0)
        verified(self, s.state)
        self.lose_database(s.state)
        for one, other in zip(json.loads(before), json.loads(agentmesh(s.state, "trust", "show", "--json").stdout)):
            self.assertEqual(one["subject"], other["subject"])
            self.assertLessEqual(abs(one["score"] - other["score"]), 1)

    def test_exceptions_that_are_lost_with_the_database_are_named(self):
        s = self.session()
        self.calls(s, 1, 1)
        self.end(s)
        for tool, span in (("erase", "--always"), ("burn", "--for=1h"), ("old", "--always")):
            self.assertEqual(agentmesh(s.state, "allow", "notes", tool, span, "--why", "a test").returncode, 0)
        old = [a["id"] for a in json.loads(agentmesh(s.state, "allow", "list", "--json").stdout) if a["tool"] == "old"]
        self.assertEqual(agentmesh(s.state, "allow", "end", *old).returncode, 0)
        with open(os.path.join(s.state, "state.db"), "r+b") as file:
            file.write(b"this is no database at all" * 100)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(os.path.join(s.state, "state.db" + suffix)):
                os.remove(os.path.join(s.state, "state.db" + suffix))
        told = agentmesh(s.state, "status").stderr
        self.assertEqual(told.count("an exception was lost"), 2, told)
        self.assertIn("notes/erase", told)
        self.assertIn("notes/burn", told)

    def test_an_exception_that_was_made_first_of_all_is_not_called_lost(self):
        folder = tempfile.mkdtemp(prefix="agentmesh-state-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        state = os.path.join(folder, "new")
        self.assertEqual(agentmesh(state, "allow", "notes", "erase", "--for=1h", "--why", "a test").returncode, 0)
        listed = agentmesh(state, "allow", "list")
        self.assertEqual((listed.returncode, listed.stderr), (0, ""))
        self.assertIn("erase", listed.stdout)
        # What was made before the loss is still told, beside one that was made since.
        self.lose_database(state)
        self.assertIn("notes/erase", agentmesh(state, "allow", "notes", "burn", "--always", "--why", "a test").stderr)
        self.assertEqual(agentmesh(state, "allow", "list").stderr, "")

    def test_a_lost_shared_file_does_not_end_a_halt(self):
        s = self.session()
        self.assertEqual(agentmesh(s.state, "halt", "notes", "--why", "careful").returncode, 0)
        self.assertEqual(agentmesh(s.state, "halt", "other", "--why", "gone").returncode, 0)
        self.assertEqual(agentmesh(s.state, "resume", "other").returncode, 0)
        os.remove(os.path.join(s.state, "shared"))
        halts = json.loads(agentmesh(s.state, "status", "--json").stdout)["halts"]
        self.assertEqual([(h["server"], h["why"]) for h in halts], [("notes", "careful")])
        s.client(call(1, "read"))
        self.assertIn("careful", json.loads(s.at_client())["result"]["content"][0]["text"])


if __name__ == "__main__":
    unittest.main()
