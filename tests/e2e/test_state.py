"""The state database and the shared file: many proxies, a kill, a loss, damage, and files of a newer version."""
import glob
import json
import os
import signal
import sqlite3
import unittest

from session import Session, call, text_result
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
