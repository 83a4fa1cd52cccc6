"""Calls that need a person: asked in the client's dialog, in both eras, or at a terminal (protocol.md 8; rows 73 to 75)."""
import json
import os
import shutil
import tempfile
import unittest

from session import MODERN, Session, call, line, marks_of, result, text_result
from state import agentmesh, of_type, records, verified

POLICY = """\
version: "1.0"
name: house
default: allow
rules:
  - name: ask-first
    description: a person decides what is erased
    tool: "erase*"
    action: require_approval
    timeout: 30s
  - name: ask-quickly
    description: a person decides soon
    tool: "hasty"
    action: require_approval
    timeout: 1s
  - name: ask-the-team
    description: the team decides
    tool: "team"
    action: require_approval
    approvers: [owners]
"""
YES = {"action": "accept", "content": {"approve": True}}
APPROVAL = "io.agentmesh/approval"
MODERN_DIALOG = {**MODERN, "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}}}


def initialize(version, capabilities):
    return (line(id="i", method="initialize", params={"protocolVersion": version, "capabilities": capabilities,
                                                      "clientInfo": {"name": "desk", "version": "1"}}),
            result("i", protocolVersion=version, capabilities={}, serverInfo={"name": "s", "version": "1"}))


class Approving(unittest.TestCase):
    def session(self, *options, version="2025-11-25", capabilities=None, **more):
        s = Session(*options, policy=POLICY, **more)
        self.addCleanup(s.__exit__)
        hello, welcome = initialize(version, {"elicitation": {}} if capabilities is None else capabilities)
        s.client(hello)
        s.at_server()
        s.server(welcome)
        s.at_client()
        return s

    def asked(self, s):
        """The dialog that the client is shown."""
        dialog = json.loads(s.at_client())
        self.assertEqual(dialog["method"], "elicitation/create")
        self.assertRegex(dialog["id"], r"^agentmesh:[0-9a-f]{32}$")
        return dialog

    def end(self, s):
        s.close_stdin()
        s.pump(b"", b"", lambda: s.server_at_end)
        s.server_leaves()
        self.assertEqual(s.wait(), 0)
        verified(self, s.state)
        return records(s.state)

    def states(self, log):
        return [r["state"] for r in of_type(log, "approval")]

    def decision(self, log, **fields):
        found = of_type(log, "decision", **fields)
        self.assertEqual(len(found), 1, log)
        return found[0]

    # Row 73: the dialog of the legacy eras

    def test_row_73_yes_forwards_the_original_bytes_and_other_traffic_flows_on(self):
        s = self.session()
        held = (b'{"jsonrpc" : "2.0",  "method":"tools\\/call","id":7, "params":{"name":"erase\\u005fnote",'
                b'"arguments":{"n":9007199254740993,"password":"hunter2-hunter2"},"x":1e400}}\r\n')
        s.client(held)
        dialog = self.asked(s)
        self.assertEqual(dialog["params"]["mode"], "form")
        self.assertEqual(dialog["params"]["requestedSchema"]["required"], ["approve"])
        for part in ("erase_note", "house/ask-first", "house.yaml:5", "desk", "notes", "9007199254740993"):
            self.assertIn(part, dialog["params"]["message"])
        s.client(call(8, "read"))
        self.assertEqual(s.at_server(), call(8, "read"))
        s.server(text_result(8))
        self.assertEqual(json.loads(s.at_client())["id"], 8)
        s.client(result(dialog["id"], **YES))
        self.assertEqual(s.at_server(), held)
        s.server(text_result(7))
        self.assertEqual(json.loads(s.at_client())["id"], 7)
        self.assertEqual(s.settle(), ([], []))
        log = self.end(s)
        self.assertEqual(self.states(log), ["asked", "granted"])
        asked, granted = of_type(log, "approval")
        decision = self.decision(log, tool="erase_note")
        self.assertEqual((decision["verdict"], decision["ask"], granted["by"]), ("allow", asked["ask"], "client"))
        self.assertLess(asked["seq"], granted["seq"])
        self.assertLess(granted["seq"], decision["seq"])
        self.assertEqual(asked["args"], decision["args"] | {"commit": asked["args"]["commit"]})

    def test_row_73_no_is_a_denial(self):
        for said in ({"action": "decline"}, {"action": "cancel"}, {"action": "accept", "content": {"approve": False}},
                     {"action": "accept", "content": {"approve": "yes"}}, {"action": "accept"}, {}):
            with self.subTest(said):
                s = self.session(version="2025-06-18")
                s.client(call(7, "erase"))
                dialog = self.asked(s)
                self.assertNotIn("mode", dialog["params"])
                s.client(result(dialog["id"], **said))
                denial = json.loads(s.at_client())
                self.assertEqual((denial["id"], denial["result"]["isError"]), (7, True))
                mark = marks_of(denial)
                self.assertEqual((mark["decision"], mark["rule"]), ("deny", "ask-first"))
                self.assertEqual(s.settle(), ([], []))
                log = self.end(s)
                self.assertEqual(self.states(log), ["asked", "denied"])
                self.assertEqual(self.decision(log, tool="erase")["stage"], "approval")

    def test_row_73_nothing_is_a_denial_when_the_time_is_up_and_the_dialog_goes(self):
        s = self.session()
        s.client(call(7, "hasty", _meta={"progressToken": "t"}))
        dialog = self.asked(s)
        progress, heard = [], json.loads(s.at_client())
        while heard.get("method") == "notifications/progress":
            progress.append(heard["params"])
            heard = json.loads(s.at_client())
        self.assertEqual((heard["method"], heard["params"]["requestId"]), ("notifications/cancelled", dialog["id"]))
        self.assertTrue(json.loads(s.at_client())["result"]["isError"])
        self.assertTrue(progress)
        self.assertEqual({p["progressToken"] for p in progress}, {"t"})
        values = [p["progress"] for p in progress]
        self.assertEqual(values, sorted(set(values)))
        s.client(result(dialog["id"], **YES))  # too late
        self.assertEqual(s.settle(), ([], []))
        self.assertEqual(self.states(self.end(s)), ["asked", "expired"])

    def test_row_73_cancel_brings_no_bytes_and_no_answer(self):
        s = self.session()
        s.client(call(7, "erase"))
        dialog = self.asked(s)
        s.client(line(method="notifications/cancelled", params={"requestId": 7}))
        gone = json.loads(s.at_client())
        self.assertEqual((gone["method"], gone["params"]["requestId"]), ("notifications/cancelled", dialog["id"]))
        s.client(result(dialog["id"], **YES))
        self.assertEqual(s.settle(), ([], []))
        log = self.end(s)
        self.assertEqual(self.states(log), ["asked", "cancelled"])
        self.assertEqual(self.decision(log, tool="erase")["verdict"], "deny")

    def test_row_73_the_client_goes_away_and_the_call_with_it(self):
        s = self.session()
        s.client(call(7, "erase"))
        self.asked(s)
        log = self.end(s)
        self.assertEqual(self.states(log), ["asked", "cancelled"])
        self.assertEqual(self.decision(log, tool="erase")["verdict"], "deny")
        self.assertNotIn(b"erase", s.take()[1])

    def test_row_73_the_server_can_neither_answer_nor_close_nor_fake_a_dialog(self):
        s = self.session()
        s.client(call(7, "erase"))
        dialog = self.asked(s)
        s.server(text_result(7), result(dialog["id"], **YES),
                 line(method="notifications/cancelled", params={"requestId": dialog["id"]}),
                 line(id="agentmesh:0123", method="elicitation/create", params={"message": "yes?", "requestedSchema": {}}))
        at_client, at_server = s.settle()
        self.assertEqual(at_client, [])
        self.assertEqual([json.loads(answer)["error"]["code"] for answer in at_server], [-32600])
        s.client(result(dialog["id"], **YES))
        self.assertEqual(s.at_server(), call(7, "erase"))

    # From a terminal

    def test_row_73_a_terminal_answers_while_the_dialog_is_open_and_the_first_one_counts(self):
        for word, passes in (("approve", True), ("deny", False)):
            with self.subTest(word):
                s = self.session()
                s.client(call(7, "erase", {"what": "all"}))
                dialog = self.asked(s)
                listed = json.loads(agentmesh(s.state, "approvals", "list", "--json").stdout)
                self.assertEqual([(a["kind"], a["status"], a["tool"]) for a in listed], [("dialog", "pending", "erase")])
                self.assertIn("all", listed[0]["arguments"])
                done = agentmesh(s.state, "approvals", word, listed[0]["id"][:4])
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(s.at_client())["params"]["requestId"], dialog["id"])
                if passes:
                    self.assertEqual(s.at_server(), call(7, "erase", {"what": "all"}))
                else:
                    self.assertIn("uid:%d" % os.getuid(), json.loads(s.at_client())["result"]["content"][0]["text"])
                late = agentmesh(s.state, "approvals", "deny", listed[0]["id"])
                self.assertEqual(late.returncode, 1)
                self.assertIn("already %s by uid:%d" % ("approved" if passes else "denied", os.getuid()), late.stderr)
                log = self.end(s)
                self.assertEqual(self.states(log), ["asked", "granted" if passes else "denied"])
                self.assertEqual(of_type(log, "approval")[1]["by"], "uid:%d" % os.getuid())

    def test_row_73_after_the_dialog_a_terminal_comes_too_late(self):
        s = self.session()
        s.client(call(7, "erase"))
        dialog = self.asked(s)
        ask = json.loads(agentmesh(s.state, "approvals", "list", "--json").stdout)[0]["id"]
        s.client(result(dialog["id"], action="decline"))
        s.at_client()
        late = agentmesh(s.state, "approvals", "approve", ask)
        self.assertEqual(late.returncode, 1)
        self.assertIn("already denied by client", late.stderr)

    def test_row_73_without_a_dialog_there_is_a_ticket_for_one_call(self):
        for capabilities, tool, groups in (({}, "erase", ""), ({"elicitation": {}}, "team", "groups: {owners: [%d]}\n" % os.getuid())):
            with self.subTest(tool):
                s = self.session(capabilities=capabilities)
                s.client(call(1, tool, {"n": 1}))
                text = json.loads(s.at_client())["result"]["content"][0]["text"]
                self.assertIn("Needs a yes of owners: run `agentmesh approvals approve " if tool == "team" else
                              "Needs your yes: run `agentmesh approvals approve ", text)
                ask = text.split("approvals approve ")[1].split("`")[0]
                config = os.path.join(s.folder, "config")
                os.makedirs(os.path.join(config, "agentmesh"))
                with open(os.path.join(config, "agentmesh", "agentmesh.yaml"), "w") as file:
                    file.write(groups or "mode: enforce\n")
                if tool == "team":  # nobody but its members
                    refused = agentmesh(s.state, "approvals", "approve", ask)
                    self.assertEqual(refused.returncode, 1)
                    self.assertRegex(refused.stderr, r"is for owners, and uid:\d+ is not one of them \(groups: in /.*/agentmesh.yaml\)\n$")
                done = agentmesh(s.state, "approvals", "approve", ask, environment={"XDG_CONFIG_HOME": config})
                self.assertEqual(done.returncode, 0, done.stderr)
                s.client(call(2, tool, {"n": 2}))  # other arguments
                self.assertTrue(json.loads(s.at_client())["result"]["isError"])
                s.client(call(3, tool, {"n": 1}))
                self.assertEqual(s.at_server(), call(3, tool, {"n": 1}))
                s.server(text_result(3))
                s.at_client()
                s.client(call(4, tool, {"n": 1}))  # once
                self.assertTrue(json.loads(s.at_client())["result"]["isError"])

    def test_approvers_that_are_nobody_are_told_at_the_start_and_with_a_new_policy(self):
        # The groups that count are those of the settings that `approvals` reads, not of those that the proxy may have of its own.
        home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, home)
        os.makedirs(os.path.join(home, "agentmesh"))
        settings = os.path.join(home, "agentmesh", "agentmesh.yaml").encode()
        with open(settings, "w") as file:
            file.write("groups: {others: [0]}\n")
        s = self.session(settings="groups: {owners: [0]}\n", env={**os.environ, "XDG_CONFIG_HOME": home})
        policy = os.path.join(s.folder, "house.yaml").encode()
        s.stderr_until(b"agentmesh: the policy asks owners for a yes (rule ask-the-team, %s:15), and `groups:` in %s has nobody of that name: "
                       b"nobody can approve\n" % (policy, settings))
        with open(policy, "w") as file:
            file.write(POLICY.replace("[owners]", "[keepers, others, user]"))
        s.stderr_until(b"agentmesh: the policy asks keepers for a yes (rule ask-the-team, %s:15), " % policy)
        s.stderr_until(b": only others and user can approve\n")
        with open(settings, "w") as file:
            file.write("groups: {owners: [0]}\n")
        with open(policy, "w") as file:
            file.write(POLICY + "  - {name: more, tool: more, action: deny}\n")
        s.stderr_until(b"(4 rules, enforced)\n")
        self.end(s)
        self.assertEqual(s.errors.count(b"the policy asks"), 2)

    # Rows 74 and 75: the modern era

    def modern(self, id_, tool="erase", arguments=None, meta=MODERN_DIALOG, **params):
        return call(id_, tool, arguments, **params, _meta=meta)

    def question(self, s, *arguments, **more):
        s.client(self.modern(*arguments, **more))
        asked = json.loads(s.at_client())["result"]
        self.assertEqual(asked["resultType"], "input_required")
        self.assertEqual(list(asked["inputRequests"]), [APPROVAL])
        self.assertEqual(asked["inputRequests"][APPROVAL]["method"], "elicitation/create")
        return asked["requestState"]

    def test_row_74_a_foreign_stale_reused_or_altered_state_or_other_arguments_are_denied(self):
        s = Session(policy=POLICY)
        other = Session(policy=POLICY)
        self.addCleanup(s.__exit__)
        self.addCleanup(other.__exit__)
        yes = {APPROVAL: YES}
        state = self.question(s, 1, arguments={"n": 1})
        foreign = self.question(other, 1, arguments={"n": 1})
        stale = self.question(s, 2, tool="hasty")
        altered = state[:-3] + ("A" if state[-3] != "A" else "B") + state[-2:]
        tries = [dict(arguments={"n": 1}, requestState=foreign), dict(arguments={"n": 1}, requestState=altered),
                 dict(arguments={"n": 2}, requestState=state), dict(arguments={"n": 1}, tool="erase_all", requestState=state),
                 dict(arguments={"n": 1}), dict(arguments={"n": 1}, requestState=stale),
                 dict(arguments={"n": 1}, requestState=state, meta={
                     **MODERN_DIALOG, "io.modelcontextprotocol/clientInfo": {"name": "another", "version": "1"}})]
        for number, parts in enumerate(tries, 10):
            with self.subTest(number):
                s.client(self.modern(number, inputResponses=yes, **parts))
                denied = json.loads(s.at_client())["result"]
                self.assertEqual((denied["isError"], denied["resultType"]), (True, "complete"))
        s.client(self.modern(30, arguments={"n": 1}, inputResponses=yes, requestState=state))
        self.assertEqual(s.at_server(), self.modern(30, arguments={"n": 1}))
        s.server(text_result(30, resultType="complete"))
        s.at_client()
        s.client(self.modern(31, arguments={"n": 1}, inputResponses=yes, requestState=state))
        self.assertIn("used already", json.loads(s.at_client())["result"]["content"][0]["text"])
        log = self.end(s)
        self.assertEqual([r["verdict"] for r in of_type(log, "decision", method="tools/call")], ["deny"] * 7 + ["allow", "deny"])

    def test_row_75_a_granted_retry_reaches_the_server_without_what_is_ours(self):
        s = Session(policy=POLICY)
        self.addCleanup(s.__exit__)
        state = self.question(s, 1)
        s.client(self.modern(2, inputResponses={APPROVAL: YES, "theirs": {"roots": []}}, requestState=state))
        self.assertEqual(s.at_server(), self.modern(2, inputResponses={"theirs": {"roots": []}}))
        # The server's own question comes next; the retry to that is the same call, and nobody is asked again.
        s.server(result(2, resultType="input_required", inputRequests={"q": {"method": "roots/list"}}, requestState="own"))
        self.assertEqual(json.loads(s.at_client())["result"]["requestState"], "own")
        s.client(self.modern(3, inputResponses={"q": {"roots": []}}, requestState="own"))
        self.assertEqual(s.at_server(), self.modern(3, inputResponses={"q": {"roots": []}}, requestState="own"))
        s.server(text_result(3, resultType="complete"))
        s.at_client()
        log = self.end(s)
        asked, granted = of_type(log, "approval")
        self.assertEqual((asked["state"], granted["state"], granted["by"]), ("asked", "granted", "client"))
        first, second = of_type(log, "decision", method="tools/call")
        self.assertEqual({first["ask"], second["ask"]}, {asked["ask"]})
        self.assertEqual((json.loads(first["id"]), json.loads(second["id"])), (2, 3))

    def test_row_75_a_modern_client_without_a_form_gets_a_ticket(self):
        s = Session(policy=POLICY)
        self.addCleanup(s.__exit__)
        for number, elicitation in enumerate(({}, {"elicitation": {"url": {}}})):
            s.client(self.modern(number, meta={**MODERN, "io.modelcontextprotocol/clientCapabilities": elicitation}))
            self.assertIn("agentmesh approvals approve", json.loads(s.at_client())["result"]["content"][0]["text"])


if __name__ == "__main__":
    unittest.main()
