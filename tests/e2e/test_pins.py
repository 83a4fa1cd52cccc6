"""What a person accepts is what was shown, whatever the server offers in between and however it is accepted."""
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from harness import PATIENCE, Late, Proxy
from state import agentmesh, of_type, records, verified
from test_denial import call, hello, line

# Offers one tool, described by what stands in the file beside it at that moment.
SERVER = """\
import json, os, sys
for text in sys.stdin:
    m = json.loads(text)
    if "id" not in m: continue
    r = {}
    if m["method"] == "initialize":
        r = {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {"listChanged": True}}, "serverInfo": {"name": "s", "version": "1"}}
    if m["method"] == "tools/list":
        with open(sys.argv[1]) as file: says = file.read()
        r = {"tools": [{"name": "read_note", "description": says, "inputSchema": {"type": "object"}}]}
    if m["method"] == "tools/call": r = {"content": [{"type": "text", "text": "called"}]}
    print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}), flush=True)
"""


class Pins(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-pins-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state, self.says = os.path.join(self.folder, "state"), os.path.join(self.folder, "says")
        self.script = os.path.join(self.folder, "server.py")
        with open(self.script, "w") as file:
            file.write(SERVER)
        self.id = 0

    def start(self):
        p = Proxy([], command=[os.environ["AGENTMESH_PROXY"], "proxy", "--policy", "strict", "--name", "notes", "--state-dir", self.state,
                               "--", sys.executable, self.script, self.says])
        self.addCleanup(p.__exit__)
        p.send(hello())
        p.line()
        return p

    def answer(self, p, bytes_):
        """The result of the request with our newest id. What else came before it is looked at by nobody."""
        p.send(bytes_)
        while True:
            message = json.loads(p.line())
            if message.get("id") == self.id:
                return message["result"]

    def offer(self, p, says):
        """The server offers this from now on, the client lists, and the store has it. Gives the tools that the client sees."""
        with open(self.says, "w") as file:
            file.write(says)
        self.id += 1
        tools = self.answer(p, line(id=self.id, method="tools/list"))["tools"]
        deadline = time.monotonic() + PATIENCE
        while says not in self.row():
            if time.monotonic() > deadline:
                raise Late("%r does not come into the store" % says)
        return tools

    def row(self):
        """What the store has of the tool, accepted and offered."""
        try:
            with sqlite3.connect("file:%s?mode=ro" % os.path.join(self.state, "state.db"), uri=True) as db:
                return "\n".join(a + "\n" + b for a, b in db.execute("SELECT form, offered FROM pin WHERE kind = 'tool'"))
        except sqlite3.OperationalError:
            return ""  # not made yet

    def refused(self, p):
        self.id += 1
        text = self.answer(p, call(self.id, "read_note"))["content"][0]["text"]
        self.assertTrue(text.startswith("Blocked by AgentMesh: "), text)

    def passes(self, p):
        """Once the running proxy has heard."""
        while json.loads(p.line()).get("method") != "notifications/tools/list_changed":
            pass
        self.id += 1
        self.assertEqual(self.answer(p, call(self.id, "read_note"))["content"][0]["text"], "called")

    def pins(self, *words, code, says="", json_=False):
        done = agentmesh(self.state, "pins", *words, *["--json"][:json_])
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(says, done.stdout + done.stderr)
        return done.stdout

    def test_what_was_never_listed_is_shown_first_and_not_accepted(self):
        p = self.start()
        self.assertEqual(self.offer(p, "Reads a note."), [])
        self.pins("approve", "notes", code=1, says='+ description: "Reads a note."')
        self.refused(p)
        self.offer(p, "Reads a note and tells the others.")
        self.pins("approve", "notes", "read_note", code=1, says="and tells the others.")
        self.refused(p)
        self.pins("approve", "notes", "read_note", code=0, says="approved read_note of notes")
        self.passes(p)

    def test_what_the_server_offers_after_the_showing_is_not_accepted(self):
        for words in (("approve", "notes"), ("approve", "notes", "read_note")):
            with self.subTest(words):
                self.state = tempfile.mkdtemp(dir=self.folder)
                p = self.start()
                self.offer(p, "Reads a note.")
                self.pins("list", "notes", code=0, says="Reads a note.")
                self.offer(p, "Reads a note, politely.")
                self.pins(*words, code=1, says="not shown before as it stands now: read_note")
                self.refused(p)
                # A program that asks for JSON is shown nothing by being refused; it lists, and is overtaken again.
                for _ in range(2):
                    self.assertEqual(json.loads(self.pins("list", "notes", code=0, json_=True))[1]["state"], "held")
                    self.offer(p, "Reads a note, %d." % self.id)
                    for _ in range(2):
                        self.assertIn("not shown as it stands now", json.loads(self.pins(*words, code=1, json_=True))["error"])
                self.refused(p)
                self.pins("list", "notes", code=0)
                self.pins(*words, code=0)
                self.passes(p)
                # And a change of what was accepted.
                self.assertEqual(self.offer(p, "Reads and sends."), [])
                self.pins("list", code=0, says='+ description: "Reads and sends."')
                self.offer(p, "Reads and sends and burns.")
                self.pins(*words, code=1, says='+ description: "Reads and sends and burns."')
                self.refused(p)
                self.pins(*words, code=0)
                self.passes(p)
                pinned = of_type(records(self.state), "tools.pinned", tool="read_note")
                self.assertEqual([r["by"] for r in pinned], ["uid:%d" % os.getuid()] * 2)
                p.close_stdin()
                self.assertEqual(p.wait(), 0)
                verified(self, self.state)

    def test_a_script_names_the_hash_of_what_it_accepts(self):
        p = self.start()
        self.offer(p, "Reads a note.")
        seen = [pin["offered_hash"] for pin in json.loads(self.pins("list", "notes", code=0, json_=True)) if "offered_hash" in pin]
        self.assertEqual(len(seen), 1)
        self.offer(p, "Sends a note.")
        self.pins("approve", "notes", "--hash", seen[0], code=1, says="nothing that waits has the hash " + seen[0])
        self.pins("approve", "notes", "--hash", seen[0][:12], code=2, says="is no SHA-256")
        self.refused(p)
        self.offer(p, "Reads a note.")
        self.pins("approve", "notes", "--hash", seen[0], code=0)
        self.passes(p)

    def test_what_did_not_arrive_was_not_shown(self):
        p = self.start()
        self.offer(p, "Reads a note.")
        with open("/dev/full", "wb") as full:
            for words in (("list", "notes"), ("approve", "notes"), ("approve", "notes")):
                done = subprocess.run([os.environ["AGENTMESH_PROXY"], "pins", *words, "--state-dir", self.state], stdout=full, stderr=subprocess.PIPE)
                self.assertIn(b"No space left on device", done.stderr, words)
                self.assertNotEqual(done.returncode, 0)
        self.refused(p)
        self.pins("approve", "notes", code=1, says="Reads a note.")
        self.pins("approve", "notes", code=0)
        self.passes(p)

    def test_the_pin_of_a_command_is_of_the_file_that_was_started_not_of_what_the_server_makes_of_it(self):
        """Its first act is to change the end of its own file. That is large: who hashed it beside the server would come to the end later."""
        program, large = os.path.join(self.folder, "program"), 64 << 20
        with open(program, "w") as file:
            file.write("#!/bin/sh\nprintf changed | dd of='%s' bs=1 seek=%d conv=notrunc 2>/dev/null\nexec %s %s %s\n" % (
                program, large, sys.executable, self.script, self.says))
            file.truncate(large)
            file.seek(large)
            file.write("started")
        os.chmod(program, 0o755)

        def hash_of_it():
            with open(program, "rb") as file:
                return hashlib.sha256(file.read()).hexdigest()
        started = hash_of_it()
        p = Proxy([], command=[os.environ["AGENTMESH_PROXY"], "proxy", "--name", "notes", "--state-dir", self.state, "--", program])
        self.addCleanup(p.__exit__)
        p.send(hello())
        p.line()
        p.close_stdin()
        self.assertEqual(p.wait(), 0)
        self.assertNotEqual(hash_of_it(), started)
        with sqlite3.connect("file:%s?mode=ro" % os.path.join(self.state, "state.db"), uri=True) as db:
            forms = [json.loads(json.loads(form)) for form, in db.execute("SELECT form FROM pin WHERE kind = 'command'")]
        self.assertEqual(forms, [{"command": "program", "file": "program", "sha256": started}])


if __name__ == "__main__":
    unittest.main()
