"""A secret that a call or a server names stands nowhere that is ours: not in the log, on stderr, in a dialog, a denial or a list."""
import json
import os
import unittest

from session import ORDERS, WITHHELD, Session, call, line, result, text_result
from state import agentmesh, of_type, verified

# In two pieces, so that nobody takes them for real ones.
SECRETS = {
    "github": "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a",
    "aws": "AKIA" + "IOSFODNN7SAMPLE4",
    "telegram": "12345678" + "9:AAH9xKq2LmZx7Rt4Vb8Nc1Wy6Udp0sJfGh3",
    "slack webhook": "hooks.slack.com/services/TFAKEAXYETB/" + "BFAKEWO091C/AasPm32OHFAKE0J271GEn1T9",
    "jwt": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "eyJzdWIiOiI3NDE4NTI5NjMwIiwibmFtZSI6IkFkYSJ9.q3Zt8xLw2VbN5mR7cY1dK9fH4jP6sT0uA_eGiXoQvWk",
}
POLICY = """\
version: "1.0"
name: house
default: allow
rules:
  - name: never
    description: not in this house
    tool: "forbidden*"
    action: deny
  - name: ask-first
    description: a person decides what is erased
    tool: "erase*"
    action: require_approval
  - name: ask-the-team
    description: the team decides
    tool: "team*"
    action: require_approval
    approvers: [owners]
  - name: small-numbers
    description: numbers above three are too many
    tool: "number*"
    condition: int(args.note) > 3
    action: deny
""" + WITHHELD


class Secrets(unittest.TestCase):
    def parts(self, secret):
        """The secret as it is, and its last part, which is what opens."""
        return secret, secret.rsplit("/", 1)[-1].rsplit(":", 1)[-1]

    def nowhere(self, secret, where, text):
        for part in self.parts(secret):
            at = text.find(part)
            self.assertEqual(at, -1, "%s: ...%s..." % (where, text[max(0, at - 200):at + 100]))

    def test_no_secret_of_a_call_stands_in_what_is_ours(self):
        for kind, secret in SECRETS.items():
            with self.subTest(kind=kind):
                self.one(secret)

    def one(self, secret):
        s = Session(policy=POLICY, footer="both")
        self.addCleanup(s.__exit__)
        s.hello(capabilities={"elicitation": {}})
        ours = []  # lines that we wrote for the client
        places = {
            "value": {"note": "it is " + secret}, "key": {secret: "x"}, "both": {secret: secret, "plain": "y"},
            "deep": {"a": [{"b " + secret: [secret]}]},
        }
        number = 100
        # Let through, and answered with it.
        for arguments in places.values():
            number += 1
            s.asked(call(number, "read", arguments))
            s.server(text_result(number, "it is " + secret))
            s.at_client()
        # A tool's name is what it is known and scored by: it stands in the log as it is.
        passing = [call(secret, "read", {}),
                   line(id=2, method="resources/read", params={"uri": "https://api.example.org/%s%s/get" % ("bot" * (":AA" in secret), secret)}),
                   line(id=3, method="resources/read", params={"uri": "https://%s" % secret}),
                   line(id=4, method="resources/read", params={"uri": "https://example.org/x?key=%s#%s" % (secret, secret)}),
                   line(id=5, method="prompts/get", params={"name": secret, "arguments": {"a": secret}})]
        for ask in passing:
            s.asked(ask)
            s.server(line(id=json.loads(ask)["id"], error={"code": -32000, "message": "no " + secret}))
            s.at_client()
        # Its results are withheld, its tools poisoned.
        s.asked(call(6, "read", {}))
        s.server(text_result(6, ORDERS + " The key is " + secret))
        ours.append(s.at_client())
        s.asked(line(id=7, method="tools/list"))
        s.server(result(7, tools=[{"name": "t", "description": ORDERS + " The key is " + secret, "inputSchema": {"type": "object"}}]))
        s.at_client()
        # Denied, asked about in a dialog and by a ticket.
        for tool in ("forbidden", "team", "erase"):
            for arguments in places.values():
                number += 1
                s.client(call(number, tool, arguments))
                got = s.at_client()
                ours.append(got)
                message = json.loads(got)
                if tool == "erase":
                    self.assertEqual(message.get("method"), "elicitation/create", message)
                    s.client(line(id=message["id"], result={"action": "decline"}))
                    ours.append(s.at_client())
        s.client(line(id=10, method=secret, params={}, result={}))  # neither a request nor an answer
        ours.append(s.at_client())
        # A condition that fails on it holds the call back, and says why.
        s.client(call(11, "number", places["value"]))
        ours.append(s.at_client())
        self.assertIn(b"small-numbers", ours[-1])
        # What the server says that is no message is shown: as a whole, and cut where the secret's last part would be in halves.
        last = self.parts(secret)[1]
        at_the_cut = b"x" * (500 - len(secret) + len(last)) + b" " + secret.encode()
        s.server(b"key: " + secret.encode() + b" in use\n", at_the_cut + b"\n", b"long " + secret.encode() + b" " + b"y" * 20000 + b"\n",
                 b"{\"half\": \"" + secret.encode() + b"\n", b"no more junk\n")
        s.settle()
        s.stderr_until(b"no more junk")
        for shown in (b" in use", b"x" * 300, b"y" * 300, b"half"):
            self.assertIn(shown, s.errors)
        self.assertNotIn(last[:8], s.errors.decode())
        for text in ours:
            self.nowhere(secret, "the client", text.decode())
        for words in (("approvals", "list"), ("approvals", "list", "--json"), ("pins", "list"), ("audit", "query"), ("status",)):
            done = agentmesh(s.state, *words)
            self.nowhere(secret, words, done.stdout + done.stderr)
        s.over()
        self.nowhere(secret, "stderr", s.errors.decode())
        for words in (("status",), ("status", "--json")):  # which now has what could not be evaluated
            done = agentmesh(s.state, *words)
            self.assertIn("small-numbers", done.stdout)
            self.nowhere(secret, words, done.stdout + done.stderr)
        looked_at = 0
        for folder, _, names in os.walk(s.state):
            for name in names:
                if name.startswith("state.db"):
                    continue  # what a tool was when it was pinned, word for word
                with open(os.path.join(folder, name), "rb") as file:
                    self.nowhere(secret, os.path.join(folder, name), file.read().decode("latin-1"))
                looked_at += 1
        self.assertGreater(looked_at, 5)

    def test_nothing_of_a_call_stands_in_what_proc_shows_of_us_to_everybody(self):
        for kind, secret in SECRETS.items():
            with self.subTest(kind=kind):
                s = Session(policy=POLICY)
                self.addCleanup(s.__exit__)
                s.hello(client="desk " + secret)
                for number, tool in enumerate(("read", "read_" + secret, "forbidden"), 1):
                    s.client(call(number, tool, {"note": secret, secret: 1}))
                    if tool != "forbidden":
                        s.at_server()
                        s.server(text_result(number, "it is " + secret))
                    s.at_client()
                ours = "/proc/%d" % s.process.pid
                names = [ours + "/cmdline", ours + "/comm"] + ["%s/task/%s/comm" % (ours, thread) for thread in os.listdir(ours + "/task")]
                self.assertGreater(len(names), 3)  # there are workers
                for name in names:
                    with open(name, "rb") as file:
                        shown = file.read().decode()
                    self.assertTrue(shown)
                    for at in range(len(secret) - 7):  # a thread's name has room for 15 bytes
                        self.assertNotIn(secret[at:at + 8], shown, name)

    def test_a_secret_in_a_name_is_nowhere_and_the_scores_follow_from_the_log(self):
        secret = SECRETS["github"]
        shown = "[masked:secret.github-token]"
        long_name = "x" * 239 + " " + secret  # cut at 256 bytes, which leaves no half of it
        for options, client, agent in (((), "desk " + secret, "desk " + shown), ((), long_name, "x" * 239 + " " + shown[:16]),
                                       (("--agent", "desk " + secret), "a client", "desk " + shown)):
            with self.subTest(options=options, client=client):
                s = Session(*options, footer="both")
                self.addCleanup(s.__exit__)
                s.hello(client=client)
                for number in range(1, 4):  # which opens its breaker
                    s.asked(call(number, "deploy_" + secret))
                    s.server(line(id=number, error={"code": -32603, "message": "broken"}))
                    s.at_client()
                for number in range(5, 9):  # which is held against the agent
                    s.client(call(number, "read_" + secret, {"path": os.path.join(s.state, "keys", "a")}))
                    s.at_client()
                seen = s.over()
                self.assertEqual({r["agent"] for r in of_type(seen, "decision")}, {agent})
                self.assertEqual({r["tool"] for r in of_type(seen, "decision")}, {"deploy_" + shown, "read_" + shown})
                subjects = {e["subject"] for r in seen for e in r.get("events", ())}
                self.assertEqual(subjects, {("agent:" + agent)[:256], "server:notes", "tool:notes/deploy_" + shown})
                self.assertIn(("agent:" + agent)[:256], {r["subject"] for r in of_type(seen, "trust.change")})
                verified(self, s.state)
                for words in (("status",), ("status", "--json"), ("trust", "show"), ("audit", "query"), ("trust", "replay")):
                    done = agentmesh(s.state, *words)
                    self.nowhere(secret, words, done.stdout + done.stderr)
                before = agentmesh(s.state, "trust", "show", "--json").stdout
                self.nowhere(secret, "stderr", s.errors.decode())
                for folder, _, names in os.walk(s.state):
                    for name in names:
                        with open(os.path.join(folder, name), "rb") as file:
                            self.nowhere(secret, os.path.join(folder, name), file.read().decode("latin-1"))
                # What is lost comes back from the log, under the same names.
                for name in os.listdir(s.state):
                    if name.startswith("state.db"):
                        os.remove(os.path.join(s.state, name))
                with Session(state=s.state) as again:
                    again.hello()
                    again.settle()
                    again.over()
                scores = {one["subject"]: one["score"] for one in json.loads(before)}
                after = {one["subject"]: one["score"] for one in json.loads(agentmesh(s.state, "trust", "show", "--json").stdout)}
                for subject in subjects - {"server:notes"}:
                    self.assertAlmostEqual(scores[subject], after[subject], delta=1)


if __name__ == "__main__":
    unittest.main()
