"""agentmesh status: one screen of what goes on, from the log, the database and the shared file."""
import json
import os
import pty
import re
import select
import subprocess
import unittest

from session import Session, call, line, result, text_result
from state import agentmesh, words_for

POLICY = """\
version: "1.0"
name: house
default: allow
pins: {first: hold}
rules:
  - name: no-erasing
    tool: "erase*"
    action: deny
  - name: ask-first
    tool: "ask*"
    action: require_approval
  - name: odd-condition
    tool: "odd"
    condition: "args.missing == 'x'"
    action: deny
"""


class Status(unittest.TestCase):
    def session(self):
        s = Session(policy=POLICY, patient=False)
        self.addCleanup(s.__exit__)
        return s.hello()

    def status(self, s):
        done = agentmesh(s.state, "status", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def passed(self, s, id_, tool, answer):
        s.client(call(id_, tool))
        self.assertEqual(s.at_server(), call(id_, tool))
        s.server(answer)
        s.at_client()

    def test_what_happened_today_is_on_the_screen(self):
        s = self.session()
        self.passed(s, 1, "read", text_result(1))
        for id_, tool in ((2, "erase"), (3, "ask"), (4, "odd")):
            s.client(call(id_, tool))
            s.at_client()
        for id_ in (5, 6, 7):
            self.passed(s, id_, "broken", line(id=id_, error={"code": -32603, "message": "no"}))
        s.client(line(id=8, method="tools/list"))
        s.at_server()
        s.server(result(8, tools=[{"name": "new_tool", "inputSchema": {"type": "object"}}]))
        s.at_client()
        self.assertNotIn("Exceptions", agentmesh(s.state, "status").stdout)
        self.assertEqual(agentmesh(s.state, "allow", "notes", "erase_all", "--for", "1h", "--why", "a while").returncode, 0)
        self.assertEqual(agentmesh(s.state, "halt", "elsewhere", "--why", "a test").returncode, 0)
        deadline = 100
        seen = self.status(s)  # what the database holds comes a moment behind the messages
        while deadline and not (seen["breakers"] and seen["condition_errors"] and seen["withheld"]):
            deadline -= 1
            seen = self.status(s)
        self.assertEqual([(x["server"], x["running"], x["today"]) for x in seen["servers"]], [("notes", 1, 7)])
        self.assertEqual((seen["today"]["allow"], seen["today"]["deny"], seen["today"]["asked"]), (4, 3, 1))
        self.assertEqual([(a["tool"], a["kind"]) for a in seen["approvals"]], [("ask", "ticket")])
        self.assertEqual([(b["server"], b.get("tool"), b["state"]) for b in seen["breakers"]],
                         [("notes", None, "open"), ("notes", "broken", "open")])
        self.assertEqual([(w["name"], w["state"]) for w in seen["withheld"]], [("new_tool", "held")])
        self.assertEqual([(h["server"], h["why"]) for h in seen["halts"]], [("elsewhere", "a test")])
        self.assertEqual([(e["tool"], e["why"]) for e in seen["exceptions"]], [("erase_all", "a while")])
        self.assertEqual(seen["exceptions"], json.loads(agentmesh(s.state, "allow", "list", "--json").stdout))
        self.assertEqual([(e["rule"], e["count"]) for e in seen["condition_errors"]], [("odd-condition", 1)])
        self.assertIn("server:notes", [t["subject"] for t in seen["trust"]])
        self.assertGreaterEqual(seen["log"]["records"], seen["log"]["checkpoint"]["size"])
        self.assertFalse(seen["log"]["signature_wrong"])

        text = agentmesh(s.state, "status").stdout
        for part in ("HALTED: elsewhere", "notes  running, 7 requests today", "4 allowed, 3 denied, 1 asked", "Circuit breakers",
                     "new_tool on notes: held", "house/odd-condition", "agentmesh approvals approve|deny", "signature is good"):
            self.assertIn(part, text)
        self.assertRegex(text, r"Exceptions\n  [0-9a-f]{8}  erase_all on notes, for \d+ more minutes: a while \(agentmesh allow end%s [0-9a-f]{8}\)\n"
                         % re.escape(words_for(s.state)))
        self.assertNotIn("\033", text)

    def test_servers_that_clients_start_through_agentmesh_are_listed_also_if_they_never_ran(self):
        s = self.session()
        home = os.path.join(s.folder, "home")
        claude, cursor = os.path.join(home, ".config", "Claude", "claude_desktop_config.json"), os.path.join(home, ".cursor", "mcp.json")
        ours = os.environ["AGENTMESH_PROXY"]

        def wrapped(name, state):
            return {"command": ours, "args": ["proxy", "--name", name, "--state-dir", state, "--", "node", "server.js"]}
        for path, servers in ((claude, {"notes": wrapped("notes", s.state), "new": wrapped("new", s.state),
                                        "far": wrapped("far", s.state + "-other"), "bare": {"command": "node"}}),
                              (cursor, {"new": wrapped("new", s.state)})):
            os.makedirs(os.path.dirname(path))
            with open(path, "w") as file:
                json.dump({"mcpServers": servers}, file)
        self.passed(s, 1, "read", text_result(1))
        environment = {"HOME": home, "XDG_CONFIG_HOME": os.path.join(home, ".config")}
        seen = json.loads(agentmesh(s.state, "status", "--json", environment=environment).stdout)["servers"]
        self.assertEqual([(x["server"], x["running"], x["ran"], [(w["client"], w["file"]) for w in x["wrapped"]]) for x in seen],
                         [("new", 0, False, [("Claude Desktop", claude), ("Cursor", cursor)]),
                          ("notes", 1, True, [("Claude Desktop", claude)])])
        text = agentmesh(s.state, "status", environment=environment).stdout
        self.assertIn("  new    never ran yet, wrapped in Claude Desktop, Cursor\n", text)
        self.assertIn("  notes  running, 1 request today, wrapped in Claude Desktop\n", text)

    def test_colours_are_for_a_terminal_and_nothing_is_an_answer_too(self):
        s = self.session()
        there, here = pty.openpty()
        process = subprocess.Popen([os.environ["AGENTMESH_PROXY"], "status", "--watch", "--state-dir", s.state], stdin=here,
                                   stdout=here, stderr=here, env={k: v for k, v in os.environ.items() if k != "NO_COLOR"})
        os.close(here)
        self.addCleanup(os.close, there)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        screen = b""
        while screen.count(b"\033[H\033[2J") < 2 or not screen.rstrip().endswith(b"records it signed"):
            self.assertTrue(select.select([there], [], [], 20)[0], screen)
            screen += os.read(there, 1 << 16)
        self.assertIn(b"\033[1mServers\033[0m", screen)
        # It lives: what happens now is on the next screen.
        self.assertNotIn(b"HALTED", screen)
        self.assertEqual(agentmesh(s.state, "halt", "elsewhere", "--why", "a test").returncode, 0)
        while b"HALTED: elsewhere" not in screen:
            self.assertTrue(select.select([there], [], [], 20)[0], screen[-2000:])
            screen += os.read(there, 1 << 16)

    def test_a_score_that_fell_says_by_how_much(self):
        s = self.session()
        self.passed(s, 1, "read", text_result(1))
        s.over()
        self.assertEqual(agentmesh(s.state, "trust", "report", "server:notes", "--severity", "critical", "--why", "x").returncode, 0)
        server, = [t for t in self.status(s)["trust"] if t["subject"] == "server:notes"]
        self.assertLess(server["score"], 450)
        self.assertLess(server["trend"], -350)
        self.assertIn("↓ %d" % server["trend"], agentmesh(s.state, "status").stdout)

    def test_where_nothing_ever_ran_status_says_so(self):
        s = self.session()
        fresh = os.path.join(s.folder, "fresh")
        done = agentmesh(fresh, "status")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("nothing is recorded yet", done.stdout)
        self.assertIn("everybody starts at 800", done.stdout)


if __name__ == "__main__":
    unittest.main()
