"""What several proxies of one client know together: facts of the session, and limits."""
import json
import os
import tempfile
import time
import unittest

from session import Session, marks_of, text_result
from session import call as called
from state import agentmesh, of_type, records
from test_denial import call, hello
from test_policy import Living


class Facts(Living):
    POLICY = """\
version: "1.0"
name: house
default: allow
share_session: %s
servers: {"%s": {untrusted: true}}
rules: [{name: tainted, condition: "session.tainted && action.type == 'export'", action: deny}]
"""

    def one_is_tainted(self, shared):
        self.write(self.POLICY % (shared, "far*"))
        one, other = self.start(), self.start()
        self.answer(one, 1, "fetch_note")
        self.assertEqual(self.mark(self.answer(one, 2, "upload_note"))["rule"], "tainted")
        return other

    def test_what_one_proxy_of_a_client_saw_is_its_own(self):
        other = self.one_is_tainted("false")
        self.assertEqual(self.mark(self.answer(other, 1, "upload_note"))["decision"], "allow")

    def test_what_one_proxy_of_a_client_saw_counts_for_the_others_where_the_policy_says_so(self):
        other = self.one_is_tainted("true")
        deadline = time.monotonic() + 20
        n = 1
        while self.mark(self.answer(other, n, "upload_note"))["decision"] == "allow":
            n += 1
            self.assertLess(time.monotonic(), deadline, "the other proxy has not heard of it")

    def test_what_comes_from_an_untrusted_server_taints(self):
        self.write(self.POLICY % ("false", "note*"))
        p = self.start()
        self.answer(p, 1, "read_note")
        self.assertEqual(self.mark(self.answer(p, 2, "upload_note"))["rule"], "tainted")


class Limits(Living):
    PROXIES, CALLS = 20, 100
    POLICY = """\
version: "1.0"
name: house
default: allow
rules:
  - {name: no, tool: burn_note, action: deny}
  - {name: few, tool: "*_note", limit: "100/hour", limit_by: rule}
"""

    def started(self, n):
        p = self.proxy(os.path.join(self.folder, "seen%d" % n))
        self.addCleanup(p.__exit__)
        return p

    def all_at_once(self):
        self.write(self.POLICY)
        proxies = [self.started(n) for n in range(self.PROXIES)]
        half = b"".join(call(i, "burn_note" if i % 2 else "read_note", n=i) for i in range(self.CALLS))
        for p in proxies:  # burnt ones are denied and count for none
            p.send(hello() + half)
        return proxies

    def counted(self):
        """How many calls were let through by the log, and how many arrived; none that was denied did."""
        arrived = denied = 0
        for n in range(self.PROXIES):
            with open(os.path.join(self.folder, "seen%d" % n), "rb") as file:
                got = file.read()
            arrived += got.count(b'"name": "read_note"')
            denied += got.count(b"burn_note")
        self.assertEqual(denied, 0)
        return len(of_type(records(self.state), "decision", tool="read_note", verdict="allow")), arrived

    def test_of_twenty_proxies_with_a_hundred_calls_each_exactly_a_hundred_arrive(self):
        for p in self.all_at_once():
            p.lines(self.CALLS + 1)
        self.assertEqual(self.counted(), (100, 100))

    def test_what_a_killed_proxy_used_up_stays_used_up(self):
        proxies = self.all_at_once()
        proxies[3].line()
        proxies[3].process.kill()
        proxies[3].process.wait()
        for p in proxies[:3] + proxies[4:]:
            p.lines(self.CALLS + 1)
        again = self.started(3)
        again.send(hello() + b"".join(call(i, "read_note") for i in range(self.CALLS)))
        answers = {a.get("id"): a for a in map(json.loads, again.lines(self.CALLS + 1))}
        self.assertEqual(answers[self.CALLS - 1]["result"]["_meta"]["io.agentmesh/verification"]["rule"], "few")
        # It may have died between counting a call, recording it and sending it on: never more than allowed.
        taken, arrived = self.counted()
        self.assertLessEqual(arrived, taken)
        self.assertLessEqual(taken, 100)
        self.assertGreaterEqual(arrived, 100 - self.CALLS // 2)


class Halts(unittest.TestCase):
    """Proxies of two servers, each in a session of its own as clients start them, and a person at a third place."""

    def start(self, name, state=None):
        s = Session(name=name, state=state, start_new_session=True)
        self.addCleanup(s.__exit__)
        return s.hello()

    def passes(self, s, id_):
        s.asked(called(id_, "read_note"))
        s.server(text_result(id_))
        self.assertEqual(json.loads(s.at_client())["result"]["content"][0]["text"], "fine")

    def refused(self, s, id_, way_out):
        s.client(called(id_, "read_note"))
        at_client, at_server = s.settle()
        self.assertEqual(at_server, [])
        message = json.loads(at_client[0])
        self.assertEqual(marks_of(message)["decision"], "deny")
        self.assertIn("`agentmesh resume %s`" % way_out, message["result"]["content"][0]["text"])

    def brake(self, *words):
        done = agentmesh(self.state, *words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_settings_that_cannot_be_used_keep_no_record_from_the_default_log(self):
        notes = self.start("notes")
        self.state = notes.state
        with tempfile.TemporaryDirectory() as config:
            os.mkdir(os.path.join(config, "agentmesh"))
            for text in ("audit: {log: ../../x}\n", "audit: {origin: a b}\n", "audit: [\n", "polcy: strict\n"):
                with open(os.path.join(config, "agentmesh", "agentmesh.yaml"), "w") as file:
                    file.write(text)
                for words in (("halt", "--all", "--why", text), ("resume", "--all")):
                    done = agentmesh(self.state, *words, environment={"XDG_CONFIG_HOME": config})
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertIn("the settings cannot be used as they are: what is done is recorded in the log 'main'\n", done.stderr)
                    self.assertNotIn("could not be recorded", done.stderr)
        self.assertEqual([r["act"] for r in of_type(records(self.state), "operator")], 4 * ["halt", "resume"])

    def test_a_halt_of_all_holds_for_every_proxy_of_the_state_directory_also_for_later_ones_until_resumed(self):
        notes = self.start("notes")
        self.state = notes.state
        mail = self.start("mail", self.state)
        self.assertEqual(len({os.getsid(s.process.pid) for s in (notes, mail)} | {os.getsid(0)}), 3)
        elsewhere = self.start("notes")
        for s in (notes, mail, elsewhere):
            self.passes(s, 1)
        self.brake("halt", "--all", "--why", "careful")
        for s in (notes, mail):
            self.refused(s, 2, "--all")
        later = self.start("later", self.state)
        self.refused(later, 2, "--all")
        self.passes(elsewhere, 2)  # another state directory is another house

        self.brake("halt", "mail", "--why", "careful")
        self.brake("resume", "--all")
        for s in (notes, later):
            self.passes(s, 3)
        self.refused(mail, 3, "mail")
        self.brake("resume", "mail")
        self.passes(mail, 4)


if __name__ == "__main__":
    unittest.main()
