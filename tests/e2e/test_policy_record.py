"""What a rule asks of the record: its tags, to be counted by, and the disk, to be waited for."""
import errno
import json
import os
import shutil
import tempfile
import unittest

from session import Session, call, line, result, text_result
from state import agentmesh, of_type, records

HEAD = 'version: "1.0"\nname: house\ndefault: allow\n'


class Tags(unittest.TestCase):
    POLICY = HEAD + """\
rules:
  - {name: about, tool: "pay*", action: log, tags: [pci, money]}
  - {name: no, tool: pay_all, action: deny, tags: fraud}
  - {name: mask, stage: result, condition: data.contains_secret, action: redact, tags: [privacy]}
  - {name: hidden, stage: list, tool: pay_back, action: deny, tags: [shop, <b>]}
  - {name: plain, tool: burn, action: deny}
"""

    def session(self, *options):
        s = Session(*options, policy=self.POLICY)
        self.addCleanup(s.__exit__)
        s.hello()
        for id_, tool, text in ((1, "read", "fine"), (2, "pay", "fine"), (3, "read", "key AKIA4HZ7QJ2LMNOPW3XY")):
            s.asked(call(id_, tool))
            s.server(text_result(id_, text))
            s.at_client()
        s.client(line(id="l", method="tools/list"))
        s.at_server()
        s.server(result("l", tools=[{"name": "pay_back", "inputSchema": {"type": "object"}}]))
        s.at_client()
        s.client(*[call(id_, tool) for id_, tool in ((4, "pay_all"), (5, "burn"), (6, "pay_back"))])
        s.settle()
        return s

    def told(self, s, *words):
        done = agentmesh(s.state, "audit", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_records_of_what_a_rule_matched_have_its_tags_and_no_other_has(self):
        s = self.session()
        self.assertEqual([(r["id"], r.get("tags")) for r in of_type(records(s.state), "decision")],
                         [("1", None), ("2", ["pci", "money"]), ("3", None), ("4", ["fraud", "pci", "money"]), ("5", None),
                          ("6", ["shop", "<b>"])])
        self.assertEqual([r.get("tags") for r in of_type(records(s.state), "outcome")], [None, None, ["privacy"]])

    def test_show_query_and_report_know_them(self):
        s = self.session()
        tagged = of_type(records(s.state), "decision", id="2")[0]
        self.assertIn("\ntags:\n  - pci\n  - money\n", self.told(s, "show", str(tagged["seq"])))

        def found(tag):
            return [r.get("id", r["type"]) for r in map(json.loads, self.told(s, "query", "--tag", tag, "--json").splitlines())]

        self.assertEqual(found("money"), ["2", "4"])
        self.assertEqual(found("p*"), ["2", "outcome", "4"])
        self.assertEqual(agentmesh(s.state, "audit", "query", "--tag", "mone").returncode, 1)
        self.assertEqual(json.loads(self.told(s, "report", "--json"))["by_tag"], [
            {"tag": tag, "allowed": allowed, "denied": denied, "shadow": 0, "results": results}
            for tag, allowed, denied, results in (("<b>", 0, 1, 0), ("fraud", 0, 1, 0), ("money", 1, 1, 0), ("pci", 1, 1, 0),
                                                  ("privacy", 0, 0, 1), ("shop", 0, 1, 0))])
        self.assertRegex(self.told(s, "report"), r"\nTag +allowed +denied +shadow +results\n  <b> +0 +1 +0 +0\n")
        page = os.path.join(s.folder, "report.html")
        self.told(s, "report", "--html", page)
        with open(page) as file:
            html = file.read()
        numbers = "".join('<td class="n">%d</td>' % n for n in (1, 1, 0, 0))
        self.assertIn("<h2>Calls by tag</h2>", html)
        self.assertIn("<tr><td>money</td>%s</tr>" % numbers, html)
        self.assertIn("<tr><td>&lt;b&gt;</td>", html)

    def test_in_shadow_mode_they_are_counted_as_such(self):
        s = self.session("--mode", "shadow")
        counts = {each["tag"]: each["shadow"] for each in json.loads(self.told(s, "report", "--json"))["by_tag"]}
        self.assertEqual(counts["fraud"], 1)


@unittest.skipUnless(os.environ.get("AGENTMESH_INJECTOR"), "no injector was built")
class Durable(unittest.TestCase):
    POLICY = HEAD + 'rules:\n  - {name: kept, tool: "pay*", action: warn, durable: true}\n  - {name: told, tool: read, action: warn}\n'
    # No checkpoint that is not asked for: a sync of the segment is a call's.
    SETTINGS = "audit: {checkpoint_ms: 86400000, checkpoint_records: 100000}\n"

    def session(self, nth, number):
        """Tells of every sync of a segment from the nth on; with a number, that one fails."""
        folder = tempfile.mkdtemp(prefix="agentmesh-durable-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.happened = os.path.join(folder, "happened")
        state = os.path.join(folder, "state")
        self.assertEqual(agentmesh(state, "halt", "nobody", "--why", "so that there is a log").returncode, 0)
        s = Session(policy=self.POLICY, settings=self.SETTINGS, state=state, env=dict(
            os.environ, LD_PRELOAD=os.environ["AGENTMESH_INJECTOR"], INJECT_CALL="fdatasync", INJECT_NTH=str(nth),
            INJECT_ERRNO=str(number), INJECT_PATH="/audit/main/seg/", INJECT_LOG=self.happened, INJECT_ON="0" if number else "1"))
        self.addCleanup(s.__exit__)
        return s.hello()

    def synced(self):
        if not os.path.exists(self.happened):
            return 0
        with open(self.happened) as file:
            return len(file.readlines())

    def test_a_call_that_a_durable_rule_matches_is_on_the_disk_before_the_server_sees_it_and_no_other_is(self):
        s = self.session(1, 0)
        before = self.synced()
        for id_, tool, more in ((1, "read", 0), (2, "list", 0), (3, "pay", 1), (4, "read", 1), (5, "pay_all", 2)):
            s.asked(call(id_, tool))  # the server has it
            self.assertEqual(self.synced() - before, more, tool)
            s.server(text_result(id_))
            s.at_client()
            self.assertEqual(self.synced() - before, more, tool)
        # The same session again, and the sync of its first durable call fails: the server never sees it.
        s = self.session(before + 1, errno.EIO)
        s.asked(call(1, "read"))
        s.server(text_result(1))
        s.at_client()
        s.client(call(2, "pay"))
        at_client, at_server = s.settle()
        self.assertEqual(at_server, [])
        self.assertIn("the audit log cannot be written", json.loads(at_client[0])["result"]["content"][0]["text"])
        self.assertEqual(self.synced(), 1)


if __name__ == "__main__":
    unittest.main()
