"""The pages of docs/ for users, as a new user tries them: every command runs, and prints what the page says.

A block of console holds commands behind "$ " and what they print; "…" stands for anything, "[2]" on a line of its own is the exit
status of the command above it. Comments <!-- run: session SERVER TOOL KEY=VALUE … --> stand for what a person does in a client: the
server is used as Claude Desktop's file says. <!-- run: meets SERVER -->: a server nobody knows is listed once, under strict. <!-- run: sh COMMAND --> is what the reader has done before.
"""
import json
import os
import re
import shlex
import subprocess
import unittest

from test_integrations import AGENTMESH, SERVER, Home, servers_of

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
STEP = re.compile(r"^```console\n(.*?)^```$|<!-- run: (.*?) -->", re.M | re.S)


class Pages(Home):
    def setUp(self):
        super().setUp()
        # What a user has: a client with one server that npx starts. The real package needs the network; ours does not.
        tools = os.path.join(self.home, "bin")
        os.mkdir(tools)
        os.symlink(AGENTMESH, os.path.join(tools, "agentmesh"))
        npx = os.path.join(tools, "npx")
        with open(npx, "w") as file:
            file.write('#!/bin/sh\nexec %s "$3"\n' % shlex.quote(SERVER))
        os.chmod(npx, 0o755)
        self.environment["PATH"] = tools + ":/usr/local/bin:/usr/bin:/bin"
        self.environment["NO_COLOR"] = "1"
        with open(os.path.join(self.files, "notes.txt"), "w") as file:
            file.write("buy milk\n")
        config = {"mcpServers": {"filesystem": {
            "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", self.files]}}}
        os.makedirs(os.path.dirname(self.place("claude")))
        with open(self.place("claude"), "w") as file:
            json.dump(config, file, indent=2)
        self.before = self.bytes("claude")

    def shell(self, command):
        return subprocess.run(["bash", "-c", command], cwd=self.home, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)

    def console(self, body):
        commands = re.split(r"^\$ ", body, flags=re.M)[1:]
        for text in commands:
            command, _, output = text.partition("\n")
            done = self.shell(command)
            status = re.search(r"^\[(\d+)\]\n", output, re.M)
            expected = output.replace(status[0], "") if status else output
            self.assertEqual(done.returncode, int(status[1]) if status else 0, "%s\n%s" % (command, done.stdout))
            pattern = ".*".join(re.escape(part) for part in expected.rstrip("\n").split("…"))
            self.assertRegex(done.stdout.rstrip("\n"), re.compile("^" + pattern + "$", re.S), command)
        return len(commands)

    def in_a_client(self, words):
        """What the page tells a person to do in Claude Desktop."""
        kind, server, *rest = shlex.split(words)
        if kind == "sh":
            done = self.shell(words[3:])
            self.assertEqual(done.returncode, 0, done.stdout)
            return
        if kind == "meets":  # a server that was never there before, under strict
            command, args = AGENTMESH, ["proxy", "--policy", "strict", "--name", server, "--", "npx", "-y", server, self.files]
            self.session(command, args, "tools/list", {})
            return
        self.assertEqual(kind, "session")
        command, args = servers_of("claude", self.bytes("claude").decode())[server]
        self.session(command, args, "tools/list", {})  # as every client does
        if rest != ["tools"]:
            arguments = dict(word.split("=", 1) for word in rest[1:])
            self.session(command, args, "tools/call", {
                "name": rest[0], "arguments": {k: v.replace("$FILES", self.files) for k, v in arguments.items()}})

    def session(self, command, args, method, params):
        lines = [{"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {},
                                                              "clientInfo": {"name": "claude-ai", "version": "1"}}},
                 {"method": "notifications/initialized"}, {"id": 2, "method": method, "params": params}]
        data = "".join(json.dumps({"jsonrpc": "2.0", **line}) + "\n" for line in lines)
        done = subprocess.run([command, *args], input=data, capture_output=True, text=True, timeout=60, cwd="/",
                              env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"id":2', done.stdout.replace(" ", ""))

    def page(self, name, least):
        with open(os.path.join(DOCS, name), encoding="utf-8") as file:
            text = file.read()
        commands = 0
        for match in STEP.finditer(text):
            with self.subTest(page=name, line=text.count("\n", 0, match.start()) + 1):
                if match[1] is not None:
                    commands += self.console(match[1])
                else:
                    self.in_a_client(match[2])
        self.assertGreaterEqual(commands, least)

    def test_getting_started(self):
        self.page("getting-started.md", 10)
        self.assertEqual(self.bytes("claude"), self.before)  # its last section takes everything out again

    def test_clients(self):
        self.page("clients.md", 1)

    def test_troubleshooting(self):
        self.page("troubleshooting.md", 10)


del Home

if __name__ == "__main__":
    unittest.main()
