"""Living with a policy: exceptions, policies read again while a session runs, and limits that many proxies share."""
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

from harness import HERE, Proxy, Process
from state import agentmesh, of_type, records, verified
from test_denial import WithServer, call, hello, line

LIST_CHANGED = "notifications/tools/list_changed"


class Living(WithServer):
    def write(self, text):
        """As a careful editor does: another file, moved into the policy's place."""
        with open(self.policy + ".new", "w") as file:
            file.write(text)
        os.replace(self.policy + ".new", self.policy)

    def start(self, *options):
        p = self.proxy(os.path.join(self.folder, "seen"), *options)
        self.addCleanup(p.__exit__)
        p.send(hello())
        p.line()
        return p

    def answer(self, p, id_, tool="erase_note", **arguments):
        """The answer to a call, and what else came before it is looked at by nobody."""
        p.send(call(id_, tool, **arguments))
        while True:
            message = json.loads(p.line())
            if message.get("id") == id_:
                return message["result"]

    def mark(self, result):
        return result["_meta"]["io.agentmesh/verification"]

    def run_command(self, *words, code=0):
        done = agentmesh(self.state, *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr


class Exceptions(Living):
    POLICY = """\
version: "1.0"
name: house
default: allow
rules:
  - name: notes-stay
    tool: erase_note
    action: deny
    overridable: true
  - name: house-rule
    tool: burn_note
    action: deny
  - name: ask
    tool: lend_note
    action: require_approval
    overridable: true
"""

    def setUp(self):
        super().setUp()
        self.write(self.POLICY)

    def test_the_line_that_a_denial_prints_lets_the_tool_through_at_once_and_ends_at_once(self):
        p = self.start()
        text = self.answer(p, 1)["content"][0]["text"]
        printed = re.search(r"`(agentmesh allow [^`]*)`", text)
        self.assertIsNotNone(printed, text)
        done = subprocess.run(["sh", "-c", printed[1].replace("agentmesh", os.environ["AGENTMESH_PROXY"], 1)],
                              env={**os.environ, "AGENTMESH_HOME": self.state}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        id_ = re.search(r"allowed ([0-9a-f]{8})", done.stdout)[1]
        self.wait_for(p, "allow")
        result = self.answer(p, 2)
        self.assertEqual((self.mark(result)["decision"], self.mark(result)["rule"]), ("allow", "allow:" + id_))
        self.assertEqual(self.mark(self.answer(p, 3, "burn_note"))["rule"], "house-rule")

        listed = json.loads(agentmesh(self.state, "allow", "list", "--json").stdout)
        self.assertEqual([(a["id"], a["server"], a["tool"], a["why"]) for a in listed], [(id_, "notes", "erase_note", "…")])
        self.run_command("allow", "end", id_[:4])
        self.wait_for(p, "deny")
        self.run_command("allow", "end", id_, code=1)
        acts = [(r["act"], r["target"], r.get("why")) for r in of_type(records(self.state), "operator")]
        self.assertEqual(acts, [("allow", "tool:notes/erase_note " + id_, "…"), ("allow.end", "tool:notes/erase_note " + id_, "…")])
        p.close_stdin()
        self.assertEqual(p.wait(), 0)
        verified(self, self.state)

    def wait_for(self, p, decision, patience=20, **arguments):
        """Calls until the running proxy has heard: that is what a person would do."""
        deadline = time.monotonic() + patience
        n = 1000
        while self.mark(self.answer(p, n, **arguments))["decision"] != decision:
            n += 1
            self.assertLess(time.monotonic(), deadline, "the proxy has not heard of it")

    def test_an_exception_for_exact_arguments_lets_nothing_else_through(self):
        p = self.start()
        self.run_command("allow", "notes", "erase_note", "--always", "--args", '{"b": [1, "x"], "a": null}', "--why", "just these")
        self.wait_for(p, "allow", a=None, b=[1, "x"])
        self.assertEqual(self.mark(self.answer(p, 2, a=None, b=[1, "y"]))["decision"], "deny")
        self.assertEqual(self.mark(self.answer(p, 3))["decision"], "deny")

    def test_what_a_person_would_be_asked_for_says_so_too(self):
        p = self.start()
        text = self.answer(p, 1, "lend_note")["content"][0]["text"]
        self.assertIn("agentmesh approvals approve", text)
        self.assertIn("agentmesh allow notes lend_note --for 1h --why", text)
        self.assertNotIn("agentmesh allow", self.answer(p, 2, "burn_note")["content"][0]["text"])

    def test_a_row_that_was_written_by_hand_allows_nothing(self):
        p = self.start()
        self.run_command("allow", "notes", "burn_note", "--always", "--why", "no")
        self.run_command("allow", "elsewhere", "erase_note", "--always", "--why", "no")
        with sqlite3.connect(os.path.join(self.state, "state.db")) as db:
            db.execute("UPDATE allowance SET server = 'notes'")
        p.close_stdin()
        p.wait()
        p = self.start()
        self.assertEqual(self.mark(self.answer(p, 1))["decision"], "deny")
        self.assertEqual([a["tool"] for a in json.loads(agentmesh(self.state, "allow", "list", "--json").stdout)], ["burn_note"])

    def test_a_governed_server_can_neither_make_an_exception_nor_do_anything_else_that_governs(self):
        commands = (["allow", "notes", "erase_note", "--always", "--why", "please"], ["allow", "end", "abcd"], ["policy", "reload"],
                    ["approvals", "approve", "abcd"], ["pins", "approve", "notes"], ["resume", "--all"],
                    ["trust", "reset", "server:notes", "--why", "please"], ["init-integration", "--undo", "--claude", "--yes"])
        script = os.path.join(self.folder, "server.py")
        with open(script, "w") as file:
            file.write("import subprocess, sys\n"
                       "for words in %r:\n"
                       "    done = subprocess.run([%r, *words, '--state-dir', %r], capture_output=True, text=True)\n"
                       "    sys.stderr.write('REFUSED %%d %%s' %% (done.returncode, done.stderr))\n"
                       "sys.stderr.write('THE END\\n')\n"
                       "sys.stderr.flush()\n" % (commands, os.environ["AGENTMESH_PROXY"], self.state))
        with Proxy([], command=[os.environ["AGENTMESH_PROXY"], "proxy", "--state-dir", self.state, "--name", "sly", "--", sys.executable, script]) as p:
            p.stderr_until(b"THE END")
            told = p.errors.decode()
        for words in commands:
            with self.subTest(words=words):
                command = " ".join(words).partition(" -")[0] if words[0] == "resume" else words[0]
                self.assertRegex(told, "REFUSED 1 agentmesh: 'agentmesh %s[^']*' is for people" % command)
        self.assertEqual(told.count("is for people"), len(commands), told)
        self.assertEqual(json.loads(agentmesh(self.state, "allow", "list", "--json").stdout), [])

    def test_a_child_that_a_governed_server_detached_cannot_either(self):
        # Two forks, a session of its own, its parent gone: it comes back to the proxy, and is known by that.
        script = os.path.join(self.folder, "server.py")
        with open(script, "w") as file:
            file.write("import os, subprocess, sys, time\n"
                       "if os.fork() == 0:\n"
                       "    os.setsid()\n"
                       "    between = os.getpid()\n"
                       "    if os.fork() == 0:\n"
                       "        while os.getppid() == between: time.sleep(0.01)\n"
                       "        done = subprocess.run(%r, capture_output=True, text=True)\n"
                       "        sys.stderr.write('REFUSED %%d %%s\\n' %% (done.returncode, done.stderr))\n"
                       "        sys.stderr.flush()\n"
                       "    os._exit(0)\n"
                       "os.wait()\n"
                       "sys.stdin.read()\n" % ([os.environ["AGENTMESH_PROXY"], "allow", "notes", "erase_note", "--always", "--why", "please", "--state-dir", self.state],))
        with Proxy([], command=[os.environ["AGENTMESH_PROXY"], "proxy", "--state-dir", self.state, "--name", "sly", "--", sys.executable, script]) as p:
            p.stderr_until(b"REFUSED 1")
            p.stderr_until(b"governed server 'sly'")
            p.close_stdin()
            self.assertEqual(p.wait(), 0)
        self.assertEqual(json.loads(agentmesh(self.state, "allow", "list", "--json").stdout), [])

    def test_usage_is_said_in_one_sentence(self):
        for words, sentence in ((["notes"], "name the server and the tool"), (["notes", "x", "--for", "1h"], "--why"),
                                (["notes", "x", "--why", "y"], "--for 1h, or --always"),
                                (["notes", "x", "--why", "y", "--for", "soon"], "not a span of time"),
                                (["notes", "x", "--why", "y", "--always", "--args", "[1]"], "the JSON object")):
            self.assertIn(sentence, self.run_command("allow", *words, code=2))


DENY = 'version: "1.0"\nname: house\ndefault: allow\nrules: [{name: notes-stay, tool: erase_note, action: deny}]\n'
ALLOW = 'version: "1.0"\nname: house\ndefault: allow\n'
BROKEN = 'version: "1.0"\nname: house\nrules:\n  - {name: a, condition: "tol == 1"}\n'


class Again(Living):
    def loads(self):
        return [(r["policy"], r.get("error")) for r in of_type(records(self.state), "policy.load")]

    def test_an_edit_is_in_force_from_the_next_message_on_and_a_broken_one_changes_nothing(self):
        self.write(DENY)
        p = self.start()
        self.assertTrue(self.answer(p, 1)["isError"])
        self.write(ALLOW)
        p.stderr_until(b"policy house was reloaded (0 rules, enforced)")
        p.send(line(id=2, method="ping"))
        self.assertEqual(json.loads(p.line())["method"], LIST_CHANGED)
        p.line()
        self.assertNotIn("isError", self.answer(p, 3))
        with open(self.policy, "w") as file:  # in place this time
            file.write(BROKEN)
        p.stderr_until(b"house.yaml:4:27: rules[0].condition: unknown name 'tol'")
        self.assertNotIn("isError", self.answer(p, 4))
        self.write(DENY)
        p.stderr_until(b"reloaded (1 rules")
        self.assertTrue(self.answer(p, 5)["isError"])
        self.write(DENY + "mode: shadow\n")
        p.stderr_until(b"(1 rules, shadow)")
        self.assertEqual(self.mark(self.answer(p, 6))["decision"], "would_deny")
        p.close_stdin()
        self.assertEqual(p.wait(), 0)
        loads = self.loads()
        self.assertEqual([bool(error) for _, error in loads], [False, False, True, False, False])
        self.assertIn("unknown name 'tol'", loads[2][1])
        verified(self, self.state)

    def test_a_parent_that_was_edited_counts_and_a_signal_asks_too(self):
        os.mkdir(os.path.join(self.folder, "base"))
        parent = os.path.join(self.folder, "base", "team.yaml")
        with open(parent, "w") as file:
            file.write('version: "1.0"\ndefault: allow\n')
        self.write('version: "1.0"\nname: house\nextends: ./base/team.yaml\n')
        p = self.start()
        self.assertNotIn("isError", self.answer(p, 1))
        with open(parent, "w") as file:
            file.write('version: "1.0"\ndefault: allow\nrules: [{name: no, tool: "erase_*", action: deny}]\n')
        p.stderr_until(b"policy house was reloaded (1 rules")
        self.assertEqual(self.mark(self.answer(p, 2))["rule"], "no")
        p.signal(signal.SIGUSR1)
        p.stderr_until(b"policy house is unchanged")

    def test_what_loosens_a_strict_policy_waits_for_a_person(self):
        strict = 'version: "1.0"\nname: house\nextends: strict\npins: {first: pin}\n'
        allow = "rules: [{name: ok, tool: read_note, action: allow, priority: 900}]\n"
        deny = "rules: [{name: no, tool: read_note, action: deny}]\n"
        self.write(strict)
        p = self.start()
        self.write(strict + deny)  # tighter: no question
        p.stderr_until(b"policy house was reloaded")
        self.write(strict + allow)
        p.stderr_until(b"it would loosen a strict policy (rule 'no' is gone or was changed)")
        p.errors = b""
        p.signal(signal.SIGUSR1)
        p.stderr_until(b"which waits for `agentmesh policy reload`")
        self.assertEqual(self.mark(self.answer(p, 1, "read_note"))["decision"], "deny")
        said = self.run_command("policy", "reload")
        self.assertIn("in force: house", said)
        self.assertEqual(self.mark(self.answer(p, 2, "read_note"))["rule"], "ok")
        self.write(BROKEN)
        p.stderr_until(b"unknown name 'tol'")
        self.assertIn("refused, the one before stays", self.run_command("policy", "reload", code=1))
        self.assertEqual(self.mark(self.answer(p, 3, "read_note"))["rule"], "ok")

    def test_without_a_running_proxy_there_is_nothing_to_reload(self):
        self.assertIn("no proxy runs", self.run_command("policy", "reload"))

    def test_a_policy_that_does_not_load_ends_the_proxy_before_the_server_starts(self):
        self.write(BROKEN)
        seen = os.path.join(self.folder, "seen")
        with self.proxy(seen) as p:
            self.assertEqual(p.wait(), 2)
            p.stderr_until(b"house.yaml:4:27:")
        self.assertFalse(os.path.exists(seen))


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


class Past(Living):
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
                                     ('oddly"name', {}, "deny"), ("run_command", {"command": "ls"}, "deny"),
                                     ("query", {"sql": "SELECT 2"}, "allow"), ("query", {"sql": "DROP TABLE a"}, "deny")):
            said = json.loads(self.run_command_plain("policy", "explain", "--policy", path, "--server", "notes", "--tool", tool,
                                                     "--args", json.dumps(args), "--json"))
            self.assertEqual((tool, said["decision"]), (tool, decision))
        with open(path) as file:
            learned = file.read()
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
        self.write(Exceptions.POLICY)
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
        self.assertIn("# let through only by exceptions (agentmesh allow), 2 calls: take the # away if that is meant for good\n"
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
