"""What keeps the log from being signed: the wrong key, none, or nothing to sign in. Nobody signs wrongly, and it is said."""
import json
import os
import shutil
import subprocess
import unittest

from session import Session, call, text_result
from state import agentmesh


class Signing(unittest.TestCase):
    def asked(self, session, number):
        session.client(call(number, "read_note"))
        session.settle()
        session.server(text_result(number))
        session.settle()

    def begun(self, session):
        """A session whose log has been opened and looked at: the record of its first call is in it."""
        session.hello()
        self.asked(session, 0)

    def a_session(self, state=None):
        """A whole session of one call."""
        session = Session(state=state)
        self.addCleanup(session.__exit__, None, None, None)
        session.hello()
        self.asked(session, 1)
        session.close_ends()
        session.over()
        return session

    def started(self, state):
        """A proxy that is not to start: its status and what it says."""
        done = subprocess.run([os.environ["AGENTMESH_PROXY"], "proxy", "--state-dir", state, "--name", "notes", "--", "cat"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        return done.returncode, done.stderr

    def verify(self, state, status, *words):
        done = agentmesh(state, "audit", "verify", *words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def status(self, state):
        return json.loads(agentmesh(state, "status", "--json").stdout)["log"]

    def key_check(self, state):
        checks = json.loads(agentmesh(state, "doctor", "--json").stdout)["checks"]
        found, = (check for check in checks if check["id"] == "keys.sign")
        return found

    def test_a_key_from_before_a_rotation_signs_nothing_and_everybody_says_so(self):
        state = self.a_session().state
        key = os.path.join(state, "keys", "audit", "main.key")
        shutil.copy(key, key + ".old")
        self.assertEqual(agentmesh(state, "keys", "rotate").returncode, 0)
        os.rename(key, key + ".new")
        self.assertEqual(self.key_check(state)["status"], "fail")
        os.rename(key + ".old", key)
        status, said = self.started(state)
        self.assertEqual(status, 1)
        self.assertEqual(said.count("\n"), 1, said)
        self.assertIn("%s: this key (" % key, said)
        self.assertIn("put the right one back, or set the log aside", said)
        self.verify(state, 0, "--strict")
        self.assertIn("is not the one in force", self.status(state)["cannot_sign"])
        self.assertIn("NOTHING CAN BE SIGNED", agentmesh(state, "status").stdout)
        check = self.key_check(state)
        self.assertEqual((check["status"], check["subject"]), ("fail", key))
        self.assertIn("is not the one in force", check["detail"])
        self.assertIn("put the right one back", check["fix"])
        for words in (("keys", "show"), ("keys", "rotate"), ("audit", "recover")):
            done = agentmesh(state, *words)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("is not the one in force", done.stderr)
        os.rename(key + ".new", key)
        self.assertEqual(self.key_check(state)["status"], "ok")
        self.assertNotIn("cannot_sign", self.status(state))
        self.a_session(state)
        self.verify(state, 0, "--strict")

    def test_without_its_public_keys_a_key_is_changed_all_the_same_and_is_shown(self):
        state = self.a_session().state
        vkeys = os.path.join(state, "keys", "audit", "main.vkeys")
        os.remove(vkeys)
        shown = agentmesh(state, "keys", "show")
        self.assertEqual((shown.returncode, shown.stderr),
                         (0, "agentmesh: %s is gone: which keys signed before is not known here any more\n" % vkeys))
        self.assertIn("  (in force)\n", shown.stdout)
        self.assertFalse(self.status(state)["signature_wrong"])
        done = agentmesh(state, "keys", "rotate")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.a_session(state)
        self.verify(state, 0, "--strict")
        self.assertEqual(self.key_check(state)["status"], "ok")

    def test_an_older_log_put_back_is_called_by_verify_what_the_proxies_call_it(self):
        state = self.a_session().state
        log, copy = os.path.join(state, "audit"), os.path.join(state, "copy")
        shutil.copytree(log, copy)
        self.assertEqual(agentmesh(state, "keys", "rotate").returncode, 0)
        self.verify(state, 0, "--strict")
        shutil.rmtree(log)
        os.rename(copy, log)
        self.assertIn("the log was cut back, or an older copy was put in its place", self.verify(state, 1))
        shutil.copytree(os.path.join(log, "main"), copy)  # as a copy it is what it is
        self.verify(state, 0, "--dir", copy)
        shutil.rmtree(copy)
        self.assertEqual(json.loads(agentmesh(state, "audit", "verify", "--json").stdout)["problems"][0]["code"], "key.ahead")
        checks = json.loads(agentmesh(state, "doctor", "--json").stdout)["checks"]
        self.assertEqual([c["status"] for c in checks if c["id"] == "audit.verifies"], ["fail"])

    def test_a_replaced_key_vouches_for_no_newest_checkpoint(self):
        state = self.a_session().state
        path = os.path.join(state, "audit", "main", "checkpoint")
        tiles = os.path.join(state, "tiles")
        with open(path, "rb") as file:
            old = file.read()
        self.assertEqual(agentmesh(state, "keys", "rotate").returncode, 0)
        self.assertFalse(self.status(state)["signature_wrong"])
        for words in (), ("--log", "main"):
            done = agentmesh(state, "audit", "export", "--format", "tlog-tiles", "-o", tiles, *words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            shutil.rmtree(tiles)
        with open(path, "wb") as file:
            file.write(old)
        self.assertTrue(self.status(state)["signature_wrong"])
        done = agentmesh(state, "audit", "export", "--format", "tlog-tiles", "-o", tiles)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not signed by the log's key: nothing was exported", done.stderr)
        copy = os.path.join(state, "copy")  # which may be older
        shutil.copytree(os.path.join(state, "audit", "main"), copy)
        done = agentmesh(state, "audit", "export", "--format", "tlog-tiles", "-o", tiles, "--dir", copy)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_another_logs_key_goes_on_with_a_log_of_its_own_and_with_no_other(self):
        state = self.a_session().state
        shutil.copy(os.path.join(self.a_session().state, "keys", "audit", "main.key"), os.path.join(state, "keys", "audit"))
        self.assertEqual(self.started(state)[0], 1)
        self.verify(state, 0, "--strict")
        self.assertEqual(agentmesh(state, "audit", "recover", "--seal", "before").returncode, 0)
        self.a_session(state)
        self.assertIn("log.after", self.verify(state, 0))
        self.verify(state, 0, "--log", "before")

    def test_a_session_that_cannot_sign_says_so_once_and_once_that_it_can_again(self):
        with Session(settings="audit: {checkpoint_ms: 20}\n") as session:
            self.begun(session)
            key = os.path.join(session.state, "keys", "audit", "main.key")
            os.rename(key, key + ".away")
            self.asked(session, 1)
            session.stderr_until(b"agentmesh: the audit log cannot be signed: %s: " % key.encode())
            self.assertIn(key, self.status(session.state)["cannot_sign"])
            self.asked(session, 2)
            os.rename(key + ".away", key)
            session.stderr_until(b"agentmesh: the audit log is signed again\n")
            session.close_ends()
            session.over()
            self.assertEqual(session.errors.count(b"cannot be signed"), 1)
            self.verify(session.state, 0, "--strict")

    def test_a_session_that_could_not_sign_says_so_at_its_end_and_the_next_one_finds_why(self):
        with Session(settings="audit: {checkpoint_ms: 3600000}\n") as session:
            self.begun(session)
            os.remove(os.path.join(session.state, "audit", "main", "checkpoints"))
            self.asked(session, 1)
            session.close_ends()
            session.over()
            self.assertIn(b"agentmesh: the audit log cannot be signed: the file checkpoints is gone; ", session.errors)
        kept = self.a_session().state
        os.remove(os.path.join(kept, "audit", "main", "checkpoints"))
        self.assertIn("checkpoints is gone", self.status(kept)["cannot_sign"])
        self.assertEqual(self.key_check(kept)["status"], "fail")
        with Session(state=kept) as session:
            session.stderr_until(b"checkpoints is gone; it was set aside as")
            session.hello()
            self.asked(session, 1)  # behind the scores, which the new log has to hold first
            session.close_ends()
            session.over()
        self.assertIn("log.after", self.verify(kept, 0))

    def test_the_newest_checkpoint_is_made_anew_from_all_of_them_and_that_is_said(self):
        state = self.a_session().state
        path = os.path.join(state, "audit", "main", "checkpoint")
        os.remove(path)
        self.verify(state, 1)
        done = agentmesh(state, "audit", "recover")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("is made anew from checkpoints", done.stdout)
        self.verify(state, 0, "--strict")
        os.remove(path)
        with Session(state=state) as session:
            session.stderr_until(b"file checkpoint is gone; it is made anew")
            session.close_ends()
            session.over()
        self.verify(state, 0, "--strict")


if __name__ == "__main__":
    unittest.main()
