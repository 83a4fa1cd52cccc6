"""docs/policy.md, as a new user tries it: every policy on the page loads without a remark and passes its own tests, every command
prints what the page says.

A block of yaml is a policy; its info string may name its file ("yaml team.yaml") and say how many errors it has ("(1 error)").
A block of console holds commands behind "$ " and what they print; "…" stands for anything, "[2]" on a line of its own is the
exit status of the command above it. Files of earlier blocks are there.
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from harness import HERE

PAGE = os.path.join(HERE, "..", "..", "docs", "policy.md")
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)


def blocks():
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    for match in BLOCK.finditer(text):
        yield match[1], match[2].strip(), match[3], text.count("\n", 0, match.start()) + 1


def keys_in(schema):
    """Every key that the schema knows the name of, at any depth."""
    found = set()
    if isinstance(schema, dict):
        found.update(schema.get("properties", {}))
        for name, below in schema.items():
            parts = below.values() if name in ("properties", "definitions") else [below]
            for part in parts:
                found |= keys_in(part)
    elif isinstance(schema, list):
        for part in schema:
            found |= keys_in(part)
    return found


class Page(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-docs-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def run_words(self, words):
        return subprocess.run([os.environ["AGENTMESH_PROXY"], *words], cwd=self.folder, stdin=subprocess.DEVNULL,
                              env={**os.environ, "AGENTMESH_HOME": os.path.join(self.folder, "state"), "NO_COLOR": "1"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def test_every_policy_and_every_command_of_the_page(self):
        policies = commands = 0
        for kind, info, body, line in blocks():
            with self.subTest(line=line):
                if kind == "yaml":
                    policies += 1
                    self.policy(info, body)
                elif kind == "console":
                    commands += self.console(body)
        self.assertGreaterEqual(policies, 30)
        self.assertGreaterEqual(commands, 5)

    def test_each_key_of_the_schema_is_told_of_and_no_other(self):
        schema = json.loads(self.run_words(["policy", "schema"]).stdout)
        with open(PAGE, encoding="utf-8") as file:
            section = file.read().split("\n## The file\n")[1].split("\n## ")[0]
        told = {word for span in re.findall(r"`([^`]+)`", section) for word in re.findall(r"\w+", span)}
        self.assertEqual(keys_in(schema) - told, set())
        rows = section.split("| key | what it says | absent |\n|---|---|---|\n")[1].split("\n\n")[0].split("\n")
        in_table = {word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[1])}
        older = set(re.findall(r"`(\w+)`", next(text for text in section.split("\n") if text.startswith("In older policies"))))
        self.assertEqual(set(schema["properties"]), in_table | older)

    def policy(self, info, body):
        name, _, errors = info.partition(" ")
        name = name or "recipe.yaml"
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(body)
        checked = self.run_words(["policy", "check", name])
        if errors:
            self.assertEqual(checked.returncode, 2)
            self.assertEqual(len(checked.stdout.splitlines()), int(errors.strip("()").split()[0]), checked.stdout)
            return
        self.assertEqual(checked.returncode, 0, checked.stdout)
        if name != "site.yaml":  # which shows a warning
            self.assertIn("no mistake found", checked.stdout.splitlines()[0])
        tested = self.run_words(["policy", "test", name])
        self.assertEqual(tested.returncode, 0, tested.stdout)

    def console(self, body):
        commands = re.split(r"^\$ ", body, flags=re.M)[1:]
        for text in commands:
            command, _, output = text.partition("\n")
            words = shlex.split(command)
            self.assertEqual(words[0], "agentmesh")
            done = self.run_words(words[1:])
            status = re.search(r"^\[(\d+)\]\n", output, re.M)
            expected = output.replace(status[0], "") if status else output
            self.assertEqual(done.returncode, int(status[1]) if status else 0, done.stdout)
            pattern = ".*".join(re.escape(part) for part in expected.rstrip("\n").split("…"))
            self.assertRegex(done.stdout.rstrip("\n"), re.compile("^" + pattern + "$", re.S))
        return len(commands)
