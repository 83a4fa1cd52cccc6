"""A log of which something is gone or was changed, and what the commands that are no `verify` say of it."""
import json
import os
import shutil
import unittest

from state import agentmesh, words_for
from test_audit import Log

FIRST = "seg/00000000000000000000.jsonl"
MIDDLE = "seg/00000000000000000321.jsonl"
LAST = "seg/00000000000000000952.jsonl"


class Damaged(Log):
    READERS = (("tail",), ("query",), ("export",), ("report",))

    def ran(self, *words):
        return agentmesh(self.state, *words, environment={"HOME": self.folder.name})

    def remove(self, name):
        path = os.path.join(self.log, name)
        (shutil.rmtree if os.path.isdir(path) else os.remove)(path)

    def anew(self):
        shutil.rmtree(self.state)
        self.copy_state()

    def test_a_log_without_segments_is_no_log_that_never_was(self):
        hint = "(agentmesh audit verify%s)\n" % words_for(self.state)
        for name, damage in (("no seg", lambda: self.remove("seg")),
                             ("nothing in it", lambda: [self.remove("seg/" + name) for name in os.listdir(os.path.join(self.log, "seg"))])):
            with self.subTest(name):
                damage()
                for words in self.READERS:
                    done = self.ran("audit", *words)
                    self.assertEqual(done.returncode, 1, words)
                    self.assertNotIn("nothing is recorded", done.stderr)
                    self.assertTrue(done.stderr.endswith(hint), done.stderr)
                for words in (("trust", "replay"), ("policy", "learn"), ("audit", "show", "5"), ("audit", "prove", "5")):
                    done = self.ran(*words)
                    self.assertNotEqual(done.returncode, 0, words)
                    self.assertNotIn("nothing is recorded", done.stderr)
                done = self.ran("status")
                self.assertIn("DAMAGED: there is no segment: agentmesh audit verify%s\n" % words_for(self.state), done.stdout)
                self.assertEqual(json.loads(self.ran("status", "--json").stdout)["log"]["damage"], "there is no segment")
                self.assertEqual(self.ran("audit", "verify").returncode, 1)
                self.anew()
        for name in os.listdir(self.log):
            self.remove(name)
        self.assertIn("DAMAGED", self.ran("status").stdout)  # the keys are there
        self.assertNotIn("nothing is recorded", self.ran("audit", "tail").stderr)
        shutil.rmtree(self.log)
        shutil.rmtree(os.path.join(self.state, "keys"))
        self.assertIn("nothing is recorded yet", self.ran("status").stdout)
        self.assertIn("nothing is recorded yet", self.ran("audit", "tail").stderr)

    def test_of_a_copy_it_is_that_directory_that_is_named(self):
        copy = self.path("copy")
        shutil.copytree(self.log, copy)
        shutil.rmtree(os.path.join(copy, "seg"))
        for words in self.READERS:
            done = self.ran("audit", *words, "--dir", copy)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("(agentmesh audit verify --dir %s" % copy, done.stderr)

    def test_a_segment_that_leads_nowhere_is_what_is_told(self):
        self.remove(MIDDLE)
        os.symlink("nowhere", os.path.join(self.log, MIDDLE))
        for words in (("query",), ("export",), ("report",)):
            done = self.ran("audit", *words)
            self.assertEqual(done.returncode, 1, words)
            self.assertNotIn("nothing is recorded", done.stderr)
            self.assertIn(MIDDLE, done.stderr)

    def test_tiles_without_their_checkpoint_are_told_by_its_name(self):
        self.remove("checkpoint")
        done = self.ran("audit", "export", "--format", "tlog-tiles", "-o", self.path("tiles"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(os.path.join(self.log, "checkpoint") + ": No such file or directory (agentmesh audit verify", done.stderr)
        self.assertFalse(os.path.exists(self.path("tiles")))

    def test_a_report_of_a_log_that_cannot_be_read_whole_is_no_success(self):
        self.remove("checkpoint")
        os.mkdir(os.path.join(self.log, "checkpoint"))
        self.assertEqual(self.ran("audit", "verify").returncode, 4)
        for words in ((), ("--json",), ("--html", self.path("page"))):
            self.assertEqual(self.ran("audit", "report", *words).returncode, 1)

    def test_a_stolen_beginning_is_no_prune(self):
        self.remove(FIRST)
        done = self.ran("audit", "show", "5")
        self.assertEqual((done.returncode, done.stderr), (3, "agentmesh: there is no record 5: records 0 to 320 are missing "
                                                             "(agentmesh audit verify%s)\n" % words_for(self.state)))
        self.anew()
        self.assertEqual(self.ran("audit", "prune", "--before", "400").returncode, 0)
        done = self.ran("audit", "show", "5")
        self.assertEqual((done.returncode, done.stderr), (3, "agentmesh: there is no record 5: the log begins with record 321\n"))

    def test_doctor_says_which_record_it_is_and_where(self):
        path = os.path.join(self.log, LAST)
        with open(path, "rb") as file:
            data = file.read()
        with open(path, "wb") as file:
            file.write(data.replace(b'"v":1', b'"v": 1', 1))
        checks = json.loads(self.ran("doctor", "--no-start", "--json").stdout)["checks"]
        check, = (check for check in checks if check["id"] == "audit.verifies")
        self.assertRegex(check["detail"], r"^record 952: .* \(%s, offset 0\)$" % LAST)


if __name__ == "__main__":
    unittest.main()
