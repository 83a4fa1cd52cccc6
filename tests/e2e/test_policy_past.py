"""A policy against what the log tells: replay and learn."""
import json
import os
import re
import subprocess

import test_policy
from state import of_type, records
from test_denial import line


class Past(test_policy.Living):
    """replay and learn: a policy against what the log tells."""

    SHADOW = """\
version: "1.0"
name: house
default: deny
mode: shadow
rules: [{name: reads, tool: "read_*", action: allow}]
"""

    def session(self, *calls, options=()):
        p = self.start(*options)
        for n, (tool, arguments) in enumerate(calls):
            self.answer(p, n, tool, **arguments)
        p.close_stdin()
        self.assertEqual(p.wait(), 0)

    def keeping_payloads(self):
        path = os.path.join(self.folder, "agentmesh.yaml")
        with open(path, "w") as file:
            file.write("audit:\n  payloads: full\n")
        return "--config", path

    def replay(self, text, *options):
        path = os.path.join(self.folder, "new.yaml")
        with open(path, "w") as file:
            file.write(text)
        return json.loads(self.run_command("policy", "replay", "--policy", path, "--json", *options))

    def test_a_learned_policy_lets_through_what_was_recorded_and_nothing_else(self):
        self.write(self.SHADOW)
        inside = os.path.join(self.folder, "seen")
        with open(inside, "w"):
            pass
        self.session(("read_note", {"id": 1}), ("erase_note", {"path": "/far/away"}), ('odd*"name', {}),
                     ("run_command", {"command": "rm -rf /"}), ("query", {"sql": "SELECT 1"}))
        learned = json.loads(self.run_command("policy", "learn", "--json"))
        self.assertEqual((learned["calls"], learned["learned"]), (5, 4))
        self.assertEqual({row["tool"] for row in learned["left_out"]}, {"run_command"})
        path = os.path.join(self.folder, "learned.yaml")
        with open(path, "w") as file:
            file.write(self.run_command("policy", "learn", "--since", "1h"))
        self.run_command_plain("policy", "check", "--strict", path)
        for tool, args, decision in (("read_note", {}, "allow"), ("erase_note", {}, "allow"), ('odd*"name', {}, "allow"),
                                     ("erase_note", {"path": "/home/ann/.ssh/id_rsa"}, "deny"),
                                     ('oddly"name', {}, "deny"), ("run_command", {"command": "ls"}, "deny"),
                                     ("query", {"sql": "SELECT 2"}, "allow"), ("query", {"sql": "DROP TABLE a"}, "deny")):
            said = json.loads(self.run_command_plain("policy", "explain", "--policy", path, "--server", "notes", "--tool", tool,
                                                     "--args", json.dumps(args), "--json"))
            self.assertEqual((tool, said["decision"]), (tool, decision))
        with open(path) as file:
            learned = file.read()
        self.assertIn("    action: deny\n    overridable: true\n", learned)  # what is no attack can be allowed
        replayed = self.replay(learned)
        self.assertEqual((replayed["calls"], replayed["same"]), (5, 2))
        self.assertEqual({(c["tool"], c["was"], c["now"]) for c in replayed["changes"] if c["sure"]},
                         {("erase_note", "deny", "allow"), ('odd*"name', "deny", "allow"), ("query", "deny", "allow")})
        self.write(learned)
        p = self.start()
        p.send(line(id="l", method="tools/list"))
        self.assertEqual([tool["name"] for tool in json.loads(p.line())["result"]["tools"]], ["read_note", "erase_note"])
        self.assertEqual(self.answer(p, 1, "read_note")["content"][0]["text"], "done: read_note")
        self.assertTrue(self.answer(p, 2, "burn_note")["isError"])

    def run_command_plain(self, *words):
        done = subprocess.run([os.environ["AGENTMESH_PROXY"], *words], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_replay_lists_what_would_change_and_says_what_it_cannot_know(self):
        self.write('version: "1.0"\nname: house\ndefault: allow\n')
        self.session(("read_note", {"id": 1}), ("erase_note", {"id": 2}), ("read_note", {"path": "/x"}), ("list_notes", {}))
        same = self.replay('default: allow\n')
        self.assertEqual((same["calls"], same["same"], same["changes"]), (4, 4, []))
        flipped = self.replay('default: allow\nrules: [{name: no, tool: "erase_*", action: deny}]\n')
        self.assertEqual([(c["tool"], c["was"], c["now"], c["rule"], c["sure"]) for c in flipped["changes"]],
                         [("erase_note", "allow", "deny", "no", True)])
        unsure = self.replay('default: allow\nrules: [{name: one, tool: "read_*", condition: "has(args.id) && args.id == 1", action: deny}]\n')
        self.assertEqual([(c["tool"], c["sure"]) for c in unsure["changes"]], [("read_note", False)] * 2)
        limited = self.replay('default: allow\nrules: [{name: few, limit: 3/hour}]\n')
        self.assertEqual([(c["tool"], c["now"]) for c in limited["changes"]], [("list_notes", "deny")])
        rooted = self.replay('default: allow\nroots: [/srv]\n')
        self.assertEqual([(c["tool"], c["sure"]) for c in rooted["changes"]], [("read_note", False)])
        path = os.path.join(self.folder, "new.yaml")
        text = self.run_command("policy", "replay", "--policy", path, "--strict", code=1)
        self.assertIn("flips 0 of 4 recorded calls; 1 could not be told from what was kept", text)
        self.assertEqual(self.replay('default: deny\n', "--since", "2099-01-01")["calls"], 0)
        self.assertIn("is not a time", self.run_command("policy", "replay", "--policy", path, "--since", "soon", code=2))

    def test_what_a_pin_would_have_held_in_shadow_mode_is_learned_too(self):
        self.write(self.SHADOW + "pins: {first: hold}\n")
        self.session(("read_note", {"id": 1}), ("erase_note", {"id": 2}))
        p = self.start()
        p.send(line(id="l", method="tools/list"))
        self.assertEqual(json.loads(p.line())["id"], "l")
        self.answer(p, 1, "read_note", id=3)  # held by its pin now, as `pins list` says
        p.close_stdin()
        self.assertEqual(p.wait(), 0)
        stages = [r.get("stage") for r in of_type(records(self.state), "decision", tool="read_note")]
        self.assertEqual(stages, [None, "pin"])
        learned = json.loads(self.run_command("policy", "learn", "--json"))
        self.assertEqual((learned["calls"], learned["learned"]), (3, 3))
        self.assertIn('"read_note"', learned["policy"])

    def test_what_took_an_exception_or_was_never_listed_is_proposed_and_not_learned(self):
        self.write(test_policy.Exceptions.POLICY)
        self.run_command("allow", "notes", "erase_note", "--always", "--why", "a test")
        p = self.start()
        p.send(line(id="l", method="tools/list"))
        self.assertEqual(json.loads(p.line())["id"], "l")
        for n, tool in enumerate(("read_note", "erase_note", "erase_note", "hidden_note")):
            self.assertNotIn("isError", self.answer(p, n, tool, id=n))
        p.close_stdin()
        self.assertEqual(p.wait(), 0)
        policy = json.loads(self.run_command("policy", "learn", "--all", "--json"))["policy"]
        rules = policy.partition("rules:\n")[2]
        self.assertIn('    tool: ["read_note"]\n', rules)
        self.assertIn("# let through by exceptions (agentmesh allow), 2 calls: take the # away if that is meant for good\n"
                      '#  - {name: "notes-erase_note", server: "notes", tool: "erase_note", action: allow}\n', rules)
        self.assertIn("# called, though the server never listed it, 1 call: take the # away if that is meant for good\n"
                      '#  - {name: "notes-hidden_note", server: "notes", tool: "hidden_note", action: allow}\n', rules)
        path = os.path.join(self.folder, "learned.yaml")
        for text, decision in ((policy, "deny"), (policy.replace("#  - ", "  - "), "allow")):
            with open(path, "w") as file:
                file.write(text)
            self.run_command_plain("policy", "check", path)
            for tool in ("erase_note", "hidden_note"):
                said = json.loads(self.run_command_plain("policy", "explain", "--policy", path, "--server", "notes", "--tool", tool, "--json"))
                self.assertEqual(said["decision"], decision)

    def test_what_a_person_let_through_does_not_widen_what_was_learned(self):
        self.write("""\
version: "1.0"
name: house
default: allow
rules:
  - {name: no-change, condition: "!(sql.class in ['none', 'read_only'])", action: deny, overridable: true}
  - {name: ask, tool: lend_note, condition: "has(args.far)", action: require_approval, overridable: true}
""")
        p = self.start()
        self.answer(p, 1, "query", sql="SELECT 1")
        self.answer(p, 2, "lend_note", id=1)
        self.run_command("allow", "notes", "query", "--always", "--why", "a test")
        self.run_command("policy", "reload")
        deadline = 100  # each a round trip: the exception holds within moments
        while self.answer(p, deadline, "query", sql="UPDATE a SET b = 1 WHERE c = 2").get("isError"):
            deadline += 1
        ticket = self.answer(p, 3, "lend_note", far=True)["content"][0]["text"]
        self.run_command("approvals", "approve", re.search(r"approvals approve ([0-9a-f]+)", ticket)[1])
        self.assertNotIn("isError", self.answer(p, 4, "lend_note", far=True))
        self.run_command("allow", "notes", "lend_note", "--always", "--why", "a test")
        self.run_command("policy", "reload")
        while self.answer(p, deadline, "lend_note", far=True).get("isError"):
            deadline += 1
        p.close_stdin()
        self.assertEqual(p.wait(), 0)
        rules = json.loads(self.run_command("policy", "learn", "--all", "--json"))["policy"].partition("rules:\n")[2]
        self.assertIn('    tool: ["query"]\n    condition: >-\n      sql.class in [\'none\', \'read_only\']\n', rules)
        self.assertIn("# let through by exceptions (agentmesh allow), 1 call: take the # away if that is meant for good\n"
                      '#  - {name: "notes-query", server: "notes", tool: "query", action: allow}\n', rules)
        # One rule for both, the stricter.
        self.assertIn("# let through by exceptions (agentmesh allow), 1 call; approved by a person when asked, 1 call: "
                      "take the # away if that is meant for good\n"
                      '#  - {name: "notes-lend_note", server: "notes", tool: "lend_note", action: require_approval}\n', rules)
        self.assertIn('    tool: ["lend_note"]\n', rules)
        path = os.path.join(self.folder, "learned.yaml")
        with open(path, "w") as file:
            file.write(self.run_command("policy", "learn", "--all").replace("#  - ", "  - "))
        self.run_command_plain("policy", "check", path)

    def test_replay_opens_arguments_that_were_kept_and_decides_with_them(self):
        self.write('version: "1.0"\nname: house\ndefault: allow\n')
        self.session(("read_note", {"id": 1}), ("read_note", {"id": 2}), ("read_note", {"path": "/srv/x"}),
                     ("read_note", {"path": "/etc/x"}), ("read_note", {"path": "notes/x"}), options=self.keeping_payloads())
        one = 'default: allow\nrules: [{name: one, tool: "read_*", condition: "has(args.id) && args.id == 1", action: deny}]\n'
        self.assertEqual([(c["now"], c["sure"]) for c in self.replay(one)["changes"]], [("deny", True)])
        # A condition that fails on real arguments counts as it does for a live call.
        failing = self.replay('default: allow\nrules: [{name: one, tool: "read_*", condition: "args.id == 1", action: deny}]\n')
        self.assertEqual([c["sure"] for c in failing["changes"]], [True] * 4)
        # An absolute path can be told; where a relative one led, and what ${workspace} was, cannot.
        rooted = self.replay('default: allow\nroots: [/srv]\n')
        self.assertEqual([(c["now"], c["sure"]) for c in rooted["changes"]], [("deny", True), ("allow", False)])
        derived = self.replay('default: allow\nroots: ["${workspace}"]\n')
        self.assertEqual([c["sure"] for c in derived["changes"]], [False] * 3)

    def test_a_kept_payload_without_its_key_leaves_what_the_log_says(self):
        self.write('version: "1.0"\nname: house\ndefault: allow\n')
        self.session(("read_note", {"id": 1}), options=self.keeping_payloads())
        day = os.listdir(os.path.join(self.state, "audit/main/blob"))[0][:10]
        self.run_command("audit", "erase", "--day", day, "--reason", "a test")
        unsure = self.replay('default: allow\nrules: [{name: one, tool: "read_*", condition: "has(args.id) && args.id == 1", action: deny}]\n')
        self.assertEqual([c["sure"] for c in unsure["changes"]], [False])

    def test_without_a_shadow_session_there_is_nothing_to_learn(self):
        self.write('version: "1.0"\nname: house\ndefault: allow\n')
        self.session(("read_note", {"id": 1}))
        self.assertIn("no calls were recorded in shadow mode", self.run_command("policy", "learn", code=1))
        self.assertIn("read_note", self.run_command("policy", "learn", "--all"))
