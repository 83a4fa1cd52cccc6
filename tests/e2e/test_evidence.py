"""What servers and agents do besides calling and answering, and what it does to their scores: each in its record, and replayed."""
import json
import os
import shutil
import tempfile
import unittest

from session import Session, call, line, result
from state import agentmesh, of_type, records, verified

TOOLS = [{"name": "sum", "description": "Adds.", "inputSchema": {"type": "object"},
          "outputSchema": {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}},
         {"name": "fetch", "description": "Gives a text.", "inputSchema": {"type": "object"}}]


class Evidence(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-evidence-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = os.path.join(self.folder, "state")
        self.ids = 0

    def session(self):
        s = Session(state=self.state, puppet=os.path.join(self.folder, "puppet"))
        self.addCleanup(s.__exit__)
        s.hello()
        s.client(line(id="list", method="tools/list"))
        s.at_server()
        s.server(result("list", tools=TOOLS))
        s.at_client()
        return s

    def call(self, s, tool, arguments, **answer):
        self.ids += 1
        s.client(call(self.ids, tool, arguments))
        s.at_server()
        s.server(result(self.ids, **answer))
        s.at_client()

    def events(self, record, subject):
        return [(e["dim"], e["w"], e["v"]) for e in record.get("events", []) if e["subject"] == subject and e["v"] == 0]

    def noted(self, id_):
        """The outcomes with this finding."""
        return [r for r in records(self.state) if id_ in [f["id"] for f in r.get("findings", [])]]

    def test_every_input_of_a_score_is_in_a_record_and_replayed(self):
        s = self.session()
        text = {"content": [{"type": "text", "text": "fine"}]}
        self.call(s, "sum", {"a": 1}, **text, structuredContent={"total": 1})
        self.call(s, "sum", {"a": 1}, **text, structuredContent={"total": "one"})
        for n in range(20):
            self.call(s, "fetch", {"n": n}, **text)
        self.call(s, "fetch", {"n": "long"}, content=[{"type": "text", "text": "x" * 300_000}])
        for _ in range(4):
            self.call(s, "fetch", {"n": "none"}, **text, isError=True)
        for n in range(250):
            self.call(s, "fetch", {"n": n}, **text)
        s.server_leaves(3)
        s.wait()
        verified(self, self.state)

        mismatch, = self.noted("result.schema-mismatch")
        self.assertEqual(self.events(mismatch, "tool:notes/sum"), [("output_quality", 1000, 0)])
        large, = self.noted("result.oversized")
        self.assertEqual(self.events(large, "server:notes"), [("resource_efficiency", 1000, 0)])
        vain = self.noted("call.repeated-in-vain")
        self.assertEqual([self.events(r, "agent:checklist") for r in vain], [[("resource_efficiency", 1000, 0)]] * 2)
        burst, = self.noted("call.burst")
        self.assertEqual(self.events(burst, "agent:checklist"), [("resource_efficiency", 1000, 0)])
        end, = of_type(records(self.state), "session.end")
        self.assertEqual(self.events(end, "server:notes"), [("collaboration_health", 8000, 0)])
        told = json.loads(agentmesh(self.state, "trust", "explain", "server:notes", "--json").stdout)
        self.assertIn((end["seq"], "session.end", "collaboration_health"),
                      [(e["seq"], e["type"], e["dim"]) for e in told["events"]])

        # The second time it is what it was, and leaves when it is asked to.
        s = self.session()
        self.call(s, "fetch", {"n": 1}, **text)
        s.over()
        verified(self, self.state)
        end = of_type(records(self.state), "session.end")[-1]
        self.assertEqual(sorted((e["dim"], e["v"]) for e in end["events"]),
                         [("collaboration_health", 1000)] * 2 + [("security_posture", 1000)])

    def test_a_name_longer_than_the_log_keeps_is_one_subject_here_and_there(self):
        s = self.session()
        for name in ("n" * 300, "n" * 255 + "\u00e9" * 9):
            for _ in range(3):
                self.call(s, name, {}, content=[{"type": "text", "text": "fine"}], isError=True)
        s.over()  # and its scores follow from its log
        subjects = {e["subject"] for r in records(self.state) for e in r.get("events", []) if e["subject"].startswith("tool:")}
        self.assertEqual(subjects, {("tool:notes/" + "n" * 300)[:256]})


if __name__ == "__main__":
    unittest.main()
