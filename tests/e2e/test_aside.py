"""A log that is damaged while a proxy writes it: it is set aside, a new one begins, and everybody hears of it."""
import json
import os
import unittest

from session import Session, call, marks_of, text_result
from state import agentmesh, of_type, words_for


class Aside(unittest.TestCase):
    def asked(self, session, number):
        """One call; the answer the client gets."""
        session.client(call(number, "read_note"))
        at_client, at_server = session.settle()
        if at_server:
            session.server(text_result(number))
            at_client, _ = session.settle()
        return json.loads(at_client[0])

    def records(self, state):
        with open(os.path.join(state, "audit", "main", "seg", "0" * 20 + ".jsonl"), "rb") as file:
            return [json.loads(line) for line in file]

    def damage(self, state):
        segment = os.path.join(state, "audit", "main", "seg", "0" * 20 + ".jsonl")
        with open(segment, "ab") as file:
            file.write(b'{"not":"a record"}\n')

    def test_it_is_told_on_stderr_in_marks_in_status_by_doctor_and_by_verify(self):
        with Session(footer="both") as session:
            session.hello()
            self.asked(session, 1)
            self.damage(session.state)
            # The call that met the damage may be denied for want of a record; those after it go on in the new log.
            answers = [self.asked(session, number) for number in range(2, 6)]
            session.stderr_until(b"was set aside as")
            self.assertNotIn("error", answers[-1])
            self.assertIn("set aside", json.dumps(marks_of(answers[-1])))
            session.close_ends()
            session.over()
            found = self.records(session.state)
            self.assertIn("after", found[0])
            # The new log knows who writes and by which policy, and how many calls did not go on.
            start, = of_type(found, "session.start")
            self.assertEqual(start["server"], "notes")
            load, = of_type(found, "policy.load")
            self.assertLess(load["seq"], min(r["seq"] for r in of_type(found, "decision")))
            end, = of_type(found, "session.end")
            self.assertEqual(end["calls"], 5)
            self.assertEqual(end["denied"], sum("Blocked by AgentMesh" in json.dumps(answer) for answer in answers))

            aside, = (name for name in os.listdir(os.path.join(session.state, "audit")) if name != "main")
            self.assertIn("audit verify%s --log %s" % (words_for(session.state), aside), agentmesh(session.state, "status").stdout)
            self.assertEqual(json.loads(agentmesh(session.state, "status", "--json").stdout)["log"]["set_aside"], [aside])
            verdict = agentmesh(session.state, "audit", "verify", "--json")
            self.assertEqual(verdict.returncode, 0, verdict.stdout)
            self.assertIn("log.after", [note["code"] for note in json.loads(verdict.stdout)["notes"]])
            self.assertEqual(agentmesh(session.state, "audit", "verify", "--log", aside).returncode, 1)
            checks = json.loads(agentmesh(session.state, "doctor", "--json").stdout)["checks"]
            told = [check for check in checks if check["id"] == "audit.verifies"]
            self.assertEqual([check["status"] for check in told], ["warn"])
            self.assertIn(aside, json.dumps(told))


if __name__ == "__main__":
    unittest.main()
