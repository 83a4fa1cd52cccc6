"""What redact and neutralise make of structuredContent still fits the tool's outputSchema, or the client hears why there is none.

With the client of the official SDK, which throws what does not fit away and says only that it does not.
"""
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import HERE, PATIENCE, Late
from state import of_type, records
from test_sdk import MARK, need_node, node

KEY = "AKIAQ7XAKEF4LDPC6VUS"
RED = "\x1b[31mred\x1b[0m"
MASKING = """\
version: "1.0"
name: masking
extends: [moderate]
default: allow
rules:
  - name: mask
    stage: result
    condition: data.contains_secret
    action: redact
"""


def of(schema, name="a"):
    return {"type": "object", "properties": {name: schema}, "required": [name]}


# tool: its outputSchema, what it gives, and the rule that changes it; None: the change does not fit.
TOOLS = {
    "read_pattern": (of({"type": "string", "pattern": "^AKIA[A-Z0-9]{16}$"}), {"a": KEY}, None),
    "read_pattern_that_fits": (of({"type": "string", "pattern": "^[^ ]+$"}), {"a": KEY}, {"a": "[redacted:secret.aws-access-key]"}),
    "read_maximum": (of({"type": "string", "maxLength": 20}), {"a": KEY}, None),
    "read_room": (of({"type": "string", "maxLength": 100}), {"a": KEY}, {"a": "[redacted:secret.aws-access-key]"}),
    "read_choice": (of({"type": "string", "enum": [KEY, "none"]}), {"a": KEY}, None),
    "read_constant": (of({"const": KEY}), {"a": KEY}, None),
    "read_key": (of({"type": "integer"}, KEY), {KEY: 1}, None),
    "read_closed": ({"type": "object", "properties": {KEY: {}}, "additionalProperties": False}, {KEY: 1}, None),
    "read_format": (of({"type": "string", "format": "uri"}), {"a": "https://example.org/?k=" + KEY}, None),
    "read_line": (of({"type": "string", "maxLength": 12}), {"a": RED}, None),
    "read_text": (of({"type": "string"}), {"a": RED}, {"a": "<ESC>[31mred<ESC>[0m"}),
    "read_untouched": (of({"type": "string", "pattern": "^x"}), {"a": "xyz"}, {"a": "xyz"}),
}


class Promises(unittest.TestCase):
    def setUp(self):
        need_node()
        self.folder = tempfile.mkdtemp(prefix="agentmesh-promises-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = os.path.join(self.folder, "state")
        policy = os.path.join(self.folder, "masking.yaml")
        with open(policy, "w") as file:
            file.write(MASKING)
        served = json.dumps({name: tool[:2] for name, tool in TOOLS.items()})
        self.client = subprocess.Popen(
            [node(), os.path.join(HERE, "sdk", "driver_v1.mjs"), "--name", "c", "--", os.environ["AGENTMESH_PROXY"], "proxy", "--policy", policy,
             "--name", "promising", "--state-dir", self.state, "--", sys.executable, os.path.join(HERE, "servers", "promising.py"), served],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.rest = b""
        for cleanup in (self.client.stdin.close, self.client.stdout.close, self.client.wait, self.client.kill):
            self.addCleanup(cleanup)
        self.assertEqual(self.line(), {"connected": "promising"})

    def line(self):
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self.rest:
            if not select.select([self.client.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Late("the client says nothing more after %r" % self.rest)
            got = os.read(self.client.stdout.fileno(), 1 << 16)
            if not got:
                raise AssertionError("the client ended")
            self.rest += got
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def test_a_result_that_would_not_fit_any_more_is_withheld_with_the_reason(self):
        for tool, (_, given, arrives) in TOOLS.items():
            with self.subTest(tool):
                self.client.stdin.write(json.dumps({"name": tool, "arguments": {}}).encode() + b"\n")
                self.client.stdin.flush()
                said = self.line()
                self.assertIn("result", said)
                result = said["result"]
                mark = result["_meta"][MARK]
                rule = "hidden-in-result" if RED in given.values() else "mask"
                if arrives is None:
                    self.assertTrue(result["isError"])
                    self.assertNotIn("structuredContent", result)
                    self.assertRegex(result["content"][0]["text"], r"^Withheld by AgentMesh: .*outputSchema.* Rule: masking/" + rule)
                    self.assertEqual(mark["result"], {"action": "deny", "rule": rule})
                    self.assertEqual(of_type(records(self.state), "outcome")[-1]["status"], "withheld")
                else:
                    self.assertEqual(result["structuredContent"], arrives)
                    changed = {"action": "redact" if rule == "mask" else "neutralise", "rule": rule}
                    self.assertEqual(mark.get("result"), None if arrives == given else changed)
