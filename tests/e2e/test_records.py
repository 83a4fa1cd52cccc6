"""What the records of a session say: the exact bytes that are committed to, every end that a call can have, names and hashes."""
import hashlib
import json
import os
import re
import resource
import time
import unittest

from harness import PATIENCE
from session import ORDERS, WITHHELD, Session, call, line, result, text_result
from state import agentmesh, of_type

CAREFUL = """\
version: "1.0"
name: careful
description: What gives orders stays here
default: allow

rules:
""" + WITHHELD

NO_SECRETS = """\
version: "1.0"
name: careful
default: allow

rules:
  - name: no-secrets
    tool: secrets
    action: deny
"""


class Records(unittest.TestCase):
    def session(self, *options, **more):
        s = Session(*options, **more)
        self.addCleanup(s.__exit__)
        return s

    def payload(self, s, record):
        shown = agentmesh(s.state, "audit", "show", str(record["seq"]), "--payload")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        return shown.stdout

    def test_what_is_committed_to_is_the_very_text_that_came(self):
        s = self.session(settings="audit: {payloads: full}\n").hello()
        arguments = '{ "b" : 1.50,"a":[ "\\u00e9", {} ] }'
        params = '{"uri":"file:///notes/a.txt" , "_meta":{}}'
        answer, error = '{"content":[ ],"isError" : false}', '{"code":-32602, "message":"no such note"}'
        asks = [('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":%s}}\n' % arguments).encode(),
                ('{"jsonrpc":"2.0","id":2,"method":"resources/read","params":%s}\n' % params).encode(),
                b'{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"none"}}\n']
        s.asked(*asks)
        s.server(('{"jsonrpc":"2.0","id":1,"result":%s}\n' % answer).encode(), ('{"jsonrpc":"2.0","id":2,"error":%s}\n' % error).encode(),
                 text_result(3))
        s.settle()
        log = s.over()
        decisions, outcomes = of_type(log, "decision"), of_type(log, "outcome")
        self.assertEqual([self.payload(s, d) for d in decisions[:2]], [arguments, params])
        self.assertEqual([self.payload(s, o) for o in outcomes[:2]], [answer, error])
        self.assertEqual([d["args"]["bytes"] for d in decisions[:2]], [len(arguments), len(params)])
        self.assertNotIn("args", decisions[2])  # there were none
        self.assertEqual(agentmesh(s.state, "audit", "verify", "--blobs", "--strict").returncode, 0)

    def test_every_call_that_was_forwarded_ends_once_and_says_how(self):
        s = self.session(policy=CAREFUL).hello()
        s.asked(*(call(n, "t") for n in range(1, 7)))
        s.server(text_result(1), text_result(2, "no", isError=True), line(id=3, error={"code": -32000, "message": "no"}), text_result(4, ORDERS))
        s.settle()
        s.asked(line(method="notifications/cancelled", params={"requestId": 5}))
        s.settle()
        log = s.over()
        decisions = of_type(log, "decision", method="tools/call")
        ends = {r["of"]: r for r in of_type(log, "outcome")}
        self.assertEqual([ends[d["wseq"]]["status"] for d in decisions], ["ok", "tool_error", "rpc_error", "withheld", "cancelled", "lost"])
        self.assertEqual(len(ends), len(of_type(log, "outcome")))
        self.assertEqual(ends[decisions[2]["wseq"]]["code"], -32000)
        self.assertEqual(ends[decisions[3]["wseq"]]["findings"][0]["id"], "result.injection")
        self.assertNotIn("Ignore", json.dumps(log))
        self.assertTrue(all(ends[d["wseq"]]["seq"] > d["seq"] for d in decisions))
        self.assertEqual(of_type(log, "session.end")[0]["lost"], 1)
        totals = json.loads(agentmesh(s.state, "audit", "report", "--json").stdout)["totals"]
        self.assertEqual((totals["without_outcome"], totals["records_lost"]), (0, 0))

    def test_ids_are_told_as_they_were_spelled_and_targets_without_what_they_hide(self):
        s = self.session().hello()
        asks = [call(7, "t"), call("7", "t"), line(id=8, method="resources/read", params={"uri": "https://me:pw@example.org/a?token=1#part"}),
                line(id=9, method="prompts/get", params={"name": "greet"})]
        s.asked(*asks)
        s.server(text_result(7), text_result("7"), result(8, contents=[]), result(9, messages=[]))
        s.settle()
        decisions = of_type(s.over(), "decision")
        self.assertEqual([d["id"] for d in decisions], ["7", '"7"', "8", "9"])
        self.assertEqual([d.get("tool") for d in decisions], ["t", "t", None, None])
        self.assertEqual([d.get("target") for d in decisions], [None, None, "https://example.org/a", "greet"])
        self.assertEqual({(d["dir"], d["server"], d["agent"], d["mode"], d["verdict"]) for d in decisions},
                         {("c2s", "notes", "checklist", "enforce", "allow")})

    def test_a_listing_is_told_by_the_hash_of_its_tools(self):
        s = self.session().hello()
        tools = [{"name": name, "description": "Does %s." % name, "inputSchema": {"type": "object"}} for name in ("b", "a", "c")]
        s.asked(line(id=1, method="tools/list"))
        s.server(result(1, tools=tools))
        s.settle()
        log = s.over()
        listed, = of_type(log, "tools.listed")
        self.assertEqual((listed["count"], [tool["name"] for tool in listed["tools"]]), (3, ["a", "b", "c"]))
        hashes = sorted(tool["hash"] for tool in listed["tools"])
        self.assertEqual(listed["set"], hashlib.sha256("".join(h + "\n" for h in hashes).encode()).hexdigest())
        pinned = {r["tool"]: r for r in of_type(log, "tools.pinned") if r.get("kind", "tool") == "tool"}
        self.assertEqual({name: (r["hash"], r["by"]) for name, r in pinned.items()},
                         {tool["name"]: (tool["hash"], "first-use") for tool in listed["tools"]})
        self.assertEqual([r for r in of_type(log, "decision") if r.get("method") == "tools/list"], [])

    def test_what_is_dropped_before_policy_is_told_with_its_length(self):
        s = self.session().hello()
        s.server(b"Starting up...\n")
        s.settle()
        half = b'{"jsonrpc":"2.0","id":1,"method":"tools/call"'
        s.client(half)
        log = s.over()
        dropped = {d["rule"]: d for d in of_type(log, "decision", stage="read")}
        self.assertEqual(sorted(dropped), ["read.junk", "read.unterminated"])
        self.assertEqual((dropped["read.junk"]["dir"], dropped["read.unterminated"]["dir"]), ("s2c", "c2s"))
        self.assertEqual(dropped["read.unterminated"]["bytes"], len(half))
        self.assertEqual({d["verdict"] for d in dropped.values()}, {"deny"})

    def test_with_queued_records_the_mark_names_the_writers_count(self):
        s = self.session("--durability", "queued", footer="meta").hello()
        s.asked(call(1, "t"))
        s.server(text_result(1))
        mark = json.loads(s.at_client())["result"]["_meta"]["io.agentmesh/verification"]
        self.assertEqual(sorted(mark["audit"]), ["decision_wseq", "log", "outcome_wseq", "w"])
        s.settle()
        log = s.over()
        decision, = of_type(log, "decision")
        outcome, = of_type(log, "outcome")
        self.assertEqual((mark["audit"]["w"], mark["audit"]["decision_wseq"], mark["audit"]["outcome_wseq"]),
                         (decision["w"], decision["wseq"], outcome["wseq"]))
        self.assertEqual(of_type(log, "session.start")[0]["durability"], "queued")

    def on_damage(self, *options, **more):
        """A session on a log of which a record was changed while nothing ran, and the names of the logs that are there then."""
        first = self.session(**more).hello()
        first.over()
        segment = os.path.join(first.state, "audit", "main", "seg", "00000000000000000000.jsonl")
        with open(segment, "r+b") as file:
            data = file.read().replace(b'"mode":"enforce"', b'"mode":"enforcd"', 1)
            file.seek(0)
            file.write(data)
        s = self.session(*options, state=first.state, **more).hello()
        s.client(line(id=5, method="resources/read", params={"uri": "notes:a"}))
        return s, sorted(os.listdir(os.path.join(s.state, "audit")))

    def test_a_damaged_log_is_set_aside_and_a_new_one_begun(self):
        s, logs = self.on_damage()
        s.at_server()
        self.assertEqual((len(logs), logs[-1]), (2, "main"))
        s.over()
        self.assertEqual(agentmesh(s.state, "audit", "verify").returncode, 0)
        self.assertEqual(agentmesh(s.state, "audit", "verify", "--log", logs[0]).returncode, 1)

    def test_or_calls_are_denied_until_a_person_acts(self):
        s, logs = self.on_damage(settings="audit: {on_damage: deny}\n")
        self.assertIn("the audit log is damaged", json.loads(s.at_client())["error"]["message"])
        self.assertEqual(logs, ["main"])
        self.assertEqual(agentmesh(s.state, "audit", "recover", "--seal", "aside").returncode, 0)
        # Once, the proxy has to see that another log is there now.
        s.client(line(id=6, method="resources/read", params={"uri": "notes:a"}))
        self.assertIn("error", json.loads(s.at_client()))
        s.asked(line(id=7, method="resources/read", params={"uri": "notes:a"}))
        s.over()
        self.assertEqual(agentmesh(s.state, "audit", "verify").returncode, 0)

    def test_whatever_on_error_says(self):
        s, logs = self.on_damage(settings="audit: {on_damage: deny, on_error: allow}\n")
        for _ in range(3):
            self.assertIn("the audit log is damaged", json.loads(s.at_client())["error"]["message"])
            s.client(line(id=6, method="resources/read", params={"uri": "notes:a"}))
        self.assertEqual(logs, ["main"])

    def test_a_tools_name_writes_no_line_of_its_own_on_stderr(self):
        name = "x\nagentmesh: all is well\x1b[2J\u202e"
        s = self.session().hello()
        s.client(line(id="l", method="tools/list"))
        s.at_server()
        s.server(result("l", tools=[{"name": name, "inputSchema": {"type": "object"}}]))
        s.at_client()
        for number in range(1, 4):
            s.asked(call(number, name))
            s.server(text_result(number, ORDERS))
            s.at_client()
        s.stderr_until(b"agentmesh: trust of tool:notes/x\\u{A}agentmesh: all is well\\u{1B}[2J\\u{202E} is now ")
        s.over()
        self.assertNotIn(b"\x1b", s.errors)
        self.assertNotIn(b"\nagentmesh: all is well", s.errors)
        # Nor does it stand raw in a policy that is learned from it, which loads.
        learned = agentmesh(s.state, "policy", "learn", "--all")
        self.assertEqual(learned.returncode, 0, learned.stderr)
        self.assertIn("\\u202e", learned.stdout)
        self.assertNotIn("\u202e", learned.stdout)

    def test_calls_that_go_through_without_a_record_are_said_and_dropped_on_the_record(self):
        """The log's file may not grow (EFBIG), as with a full disk, and then may again."""
        for options, settings, why in (((), "audit: {on_error: allow}\n", b"audit.on_error is allow"),
                                       (("--mode", "shadow"), "", b"shadow mode")):
            with self.subTest(options):
                s = self.session(*options, settings=settings).hello()
                before = resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
                for number in range(1, 4):
                    s.asked(call(number, "t"))
                    s.server(text_result(number))
                    s.at_client()
                s.stderr_until(b"File too large; calls go through without a record (" + why + b")\n")
                self.assertEqual(s.errors.count(b"without a record"), 1)
                resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, before)
                deadline = time.monotonic() + PATIENCE
                while b"written again" not in s.errors and time.monotonic() < deadline:
                    number += 1  # a call that meets the writer at what is lost is lost with it
                    s.asked(call(number, "t"))
                    s.settle()
                again = rb"the audit log is written again; (\d+) calls went through without a record, 3 outcomes are not recorded\n"
                self.assertRegex(s.errors, again)
                lost = int(re.search(again, s.errors)[1])
                log = s.over()
                self.assertEqual([r["id"] for r in of_type(log, "decision")], [str(n) for n in range(lost + 1, number + 1)])
                drop, = of_type(log, "drop")
                self.assertEqual(drop["why"], "EFBIG")
                self.assertGreaterEqual(drop["count"], 6)
                self.assertEqual(agentmesh(s.state, "audit", "verify").returncode, 0)

    def test_outcomes_and_denials_that_are_lost_are_said_and_counted(self):
        s = self.session(policy=NO_SECRETS).hello()
        s.asked(*(call(number, "t") for number in range(1, 4)))
        before = resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        for number in range(1, 4):
            s.server(text_result(number))
            s.at_client()
        s.stderr_until(b"File too large; what becomes of calls is not recorded as long as that lasts\n")
        s.client(call(4, "secrets"))
        self.assertIn(b"no-secrets", s.at_client())
        resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, before)
        s.asked(call(5, "t"))
        s.stderr_until(b"the audit log is written again; 3 outcomes are not recorded, 1 other record is lost\n")
        self.assertEqual(s.errors.count(b"not recorded as long as"), 1)
        s.server(text_result(5))
        s.at_client()
        log = s.over()
        self.assertEqual(len(of_type(log, "outcome")), 1)
        self.assertEqual(of_type(log, "session.end")[0]["lost"], 0)  # all were answered
        drop, = of_type(log, "drop")
        report = json.loads(agentmesh(s.state, "audit", "report", "--json").stdout)
        self.assertEqual((report["totals"]["without_outcome"], report["totals"]["records_lost"]), (3, drop["count"]))
        self.assertIn("drop: %d records could not be written (EFBIG)" % drop["count"], [each["what"] for each in report["upkeep"]])
        text = "Calls without a recorded outcome, in sessions that ended: 3. Records that could not be written: %d." % drop["count"]
        self.assertIn(text, agentmesh(s.state, "audit", "report").stdout)
        page = os.path.join(s.state, "page.html")
        agentmesh(s.state, "audit", "report", "--html", page)
        with open(page, encoding="utf-8") as file:
            self.assertIn(text, file.read())

    def test_what_was_never_written_any_more_is_said_at_the_end(self):
        s = self.session(settings="audit: {on_error: allow}\n").hello()
        before = resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        for number in range(1, 3):
            s.asked(call(number, "t"))
            s.server(text_result(number))
            s.at_client()
        s.over()
        self.assertIn(b"agentmesh: the session is over; 2 calls went through without a record, 2 outcomes are not recorded\n", s.errors)
        self.assertRegex(s.errors, rb"agentmesh: the session's end is not in the audit log: [^\n]*(File too large|another thread is at it)\n")

    def test_so_they_are_under_the_strict_preset_and_in_shadow_mode_nothing_is_in_the_way(self):
        s, logs = self.on_damage(policy="strict")
        self.assertIn("error", json.loads(s.at_client()))
        self.assertEqual(logs, ["main"])
        s, logs = self.on_damage("--mode", "shadow", settings="audit: {on_damage: deny}\n")
        s.at_server()
        self.assertEqual(logs, ["main"])


if __name__ == "__main__":
    unittest.main()
