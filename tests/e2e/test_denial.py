"""What is denied never reaches the server, and says why; and many proxies on one state directory lose nothing."""
import json
import os
import select
import shutil
import sys
import tempfile
import time
import unittest

from harness import HERE, PATIENCE, Late, Proxy
from state import of_type, records, verified

POLICY = """\
version: "1.0"
name: house
description: Notes are read, not erased
default: allow

rules:
  - name: notes-stay
    description: notes are never erased
    tool: erase_note
    action: deny
  - name: no-far-notes
    description: notes of other houses stay closed
    condition: "args.house != 'ours'"
    tool: far_note
    action: deny
"""
PROXIES, CALLS = 4, 100


def line(**message):
    return json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode() + b"\n"


def hello(name="denial"):
    return (line(id="init", method="initialize", params={"protocolVersion": "2025-11-25", "capabilities": {},
                                                         "clientInfo": {"name": name, "version": "1"}})
            + line(method="notifications/initialized"))


def call(id_, tool, **arguments):
    return line(id=id_, method="tools/call", params={"name": tool, "arguments": arguments})


class WithServer(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-denial-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = os.path.join(self.folder, "state")
        self.policy = os.path.join(self.folder, "house.yaml")
        with open(self.policy, "w") as file:
            file.write(POLICY)

    def proxy(self, seen, *options):
        return Proxy([], command=[os.environ["AGENTMESH_PROXY"], "proxy", "--policy", self.policy, "--name", "notes",
                                  "--state-dir", self.state, *options, "--", sys.executable,
                                  os.path.join(HERE, "servers", "recorder.py"), seen])

    def seen(self, path):
        with open(path, "rb") as file:
            return file.read()


class Denial(WithServer):
    def at(self, rule):
        """FILE:LINE of a rule, as a person finds it."""
        number = next(n for n, text in enumerate(POLICY.splitlines(), 1) if text == "  - name: " + rule)
        return "%s:%d" % (os.path.basename(self.policy), number)

    def test_a_denied_call_costs_the_server_no_byte_and_says_rule_file_and_line(self):
        seen = os.path.join(self.folder, "seen")
        passes = hello() + call(1, "read_note", note="a") + call("last", "far_note", house="ours")
        with self.proxy(seen) as p:
            p.send(hello() + call(1, "read_note", note="a"))
            p.lines(2)
            ids = [7, "7", 0, -5, "grün \"\\", 9007199254740993]
            for id_ in ids:
                p.send(call(id_, "erase_note", note="x" * 3000))
                self.denied(json.loads(p.line()), id_, "notes-stay")
                p.send(line(method="notifications/cancelled", params={"requestId": id_, "reason": "too late"}))
            p.send(call("other", "far_note", house="theirs"))
            self.denied(json.loads(p.line()), "other", "no-far-notes")
            # A name in disguise is the name; spaces and order are nothing.
            p.send(b'{ "params":{"arguments":{},"name":"erase\\u005fnote"} ,"method":"tools\\/call","id":"odd","jsonrpc":"2.0"}\n')
            self.denied(json.loads(p.line()), "odd", "notes-stay")
            p.send(call("last", "far_note", house="ours"))
            self.assertEqual(json.loads(p.line())["id"], "last")  # the same tool passes where its condition does not hold
            p.close_stdin()
            self.assertEqual(p.rest(), b"")
            self.assertEqual(p.wait(), 0)
        self.assertEqual(self.seen(seen), passes)
        denied = of_type(records(self.state), "decision", verdict="deny")
        self.assertEqual([json.loads(r["id"]) for r in denied], [*ids, "other", "odd"])
        self.assertEqual({r["rule"] for r in denied}, {"notes-stay", "no-far-notes"})
        asked = {(r["w"], r["wseq"]) for r in denied}
        self.assertEqual([r for r in of_type(records(self.state), "outcome") if (r["w"], r["of"]) in asked], [])
        verified(self, self.state)

    def denied(self, answer, id_, rule):
        self.assertEqual((answer["id"], type(answer["id"])), (id_, type(id_)))
        result = answer["result"]
        self.assertTrue(result["isError"])
        self.assertNotIn("structuredContent", result)
        self.assertEqual([block["type"] for block in result["content"]], ["text"])
        text = result["content"][0]["text"]
        self.assertTrue(text.startswith("Blocked by AgentMesh: "), text)
        self.assertIn("house/" + rule, text)
        self.assertIn(self.at(rule), text)
        self.assertIn("notes", text)
        mark = result["_meta"]["io.agentmesh/verification"]
        self.assertEqual((mark["decision"], mark["policy"], mark["rule"], mark["server"]), ("deny", "house", rule, "notes"))
        self.assertNotIn("outcome", mark["audit"])

    def test_denied_as_an_error_the_message_says_the_same(self):
        seen = os.path.join(self.folder, "seen")
        with self.proxy(seen, "--deny-as", "error") as p:
            p.send(hello())
            p.line()
            p.send(call(3, "erase_note"))
            answer = json.loads(p.line())
            self.assertEqual((answer["id"], answer["error"]["code"]), (3, -31403))
            self.assertIn("house/notes-stay", answer["error"]["message"])
            self.assertIn(self.at("notes-stay"), answer["error"]["message"])
            self.assertEqual(answer["error"]["data"]["io.agentmesh/verification"]["decision"], "deny")
            p.close_stdin()
            self.assertEqual(p.wait(), 0)
        self.assertEqual(self.seen(seen), hello())

    def test_shadow_mode_forwards_the_very_bytes_and_tells_what_would_have_been(self):
        seen = os.path.join(self.folder, "seen")
        sent = hello() + b'{"jsonrpc" : "2.0","id":3,  "method":"tools/call","params":{"name":"erase\\u005fnote"}}\n'
        with self.proxy(seen, "--mode", "shadow") as p:
            p.send(sent)
            mark = json.loads(p.lines(2)[1])["result"]["_meta"]["io.agentmesh/verification"]
            self.assertEqual((mark["decision"], mark["rule"], mark["mode"]), ("would_deny", "notes-stay", "shadow"))
            p.close_stdin()
            self.assertEqual(p.wait(), 0)
        self.assertEqual(self.seen(seen), sent)


class Together(WithServer):
    def test_four_proxies_on_one_state_directory_lose_no_record(self):
        proxies = [self.proxy(os.path.join(self.folder, "seen%d" % n)) for n in range(PROXIES)]
        for p in proxies:
            self.addCleanup(p.__exit__)
        answers = self.all_at_once(proxies, lambda n: hello("client%d" % n) + b"".join(
            call("%d/%d" % (n, i), "erase_note" if i % 10 == 9 else "read_note", note="n" * i) for i in range(CALLS)), CALLS + 1)
        for p in proxies:
            p.close_stdin()
        for p in proxies:
            self.assertEqual(p.wait(), 0)

        log = records(self.state)
        self.assertEqual([r["seq"] for r in log], list(range(len(log))))
        decisions = of_type(log, "decision", method="tools/call")
        self.assertEqual(len(decisions), PROXIES * CALLS)
        outcomes = {(r["w"], r["of"]): r for r in of_type(log, "outcome")}
        by_id = {json.loads(r["id"]): r for r in decisions}
        for n, lines in enumerate(answers):
            self.assertEqual(len({by_id["%d/%d" % (n, i)]["w"] for i in range(CALLS)}), 1)
            results = {a["id"]: a["result"] for a in map(json.loads, lines)}
            for i in range(CALLS):
                decision, result = by_id["%d/%d" % (n, i)], results["%d/%d" % (n, i)]
                outcome = outcomes.pop((decision["w"], decision["wseq"]), None)
                mark = result["_meta"]["io.agentmesh/verification"]["audit"]
                self.assertEqual(mark["decision"], decision["seq"])
                if i % 10 == 9:
                    self.assertEqual((decision["verdict"], decision["rule"], outcome), ("deny", "notes-stay", None))
                else:
                    self.assertEqual((decision["verdict"], outcome["status"], mark["outcome"]), ("allow", "ok", outcome["seq"]))
        self.assertEqual(outcomes, {})
        self.assertEqual(len({r["w"] for r in of_type(log, "session.end")}), PROXIES)
        self.assertTrue(all(r["calls"] == CALLS and r["denied"] == CALLS // 10 for r in of_type(log, "session.end")))
        for n in range(PROXIES):
            got = self.seen(os.path.join(self.folder, "seen%d" % n))
            self.assertEqual(got.count(b"read_note"), CALLS - CALLS // 10)
            self.assertNotIn(b"erase_note", got)
        verified(self, self.state)

    def all_at_once(self, proxies, text, count):
        """Writes to all proxies and reads from all, whoever is ready; `count` lines of each."""
        left = {p: memoryview(text(n)) for n, p in enumerate(proxies)}
        got = {p: b"" for p in proxies}
        deadline = time.monotonic() + PATIENCE
        while any(data.count(b"\n") < count for data in got.values()):
            reading = {p.process.stdout: p for p in proxies}
            writing = {p.process.stdin: p for p in proxies if left[p]}
            readable, writable, _ = select.select(reading, writing, [], max(0, deadline - time.monotonic()))
            if not readable and not writable:
                raise Late("answers so far: %s" % [data.count(b"\n") for data in got.values()])
            for stream in writable:
                p = writing[stream]
                left[p] = left[p][os.write(stream.fileno(), left[p][:8192]):]
            for stream in readable:
                chunk = os.read(stream.fileno(), 1 << 16)
                self.assertTrue(chunk, "a proxy ended by itself")
                got[reading[stream]] += chunk
        return [got[p].splitlines() for p in proxies]
