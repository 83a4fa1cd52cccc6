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


class Headings(unittest.TestCase):
    """troubleshooting.md goes by what its reader sees: what a heading quotes is what the program says, or is seen on the page itself."""

    OF_CLIENTS = {"MCP server disconnected", "failed to start"}

    def sources(self):
        texts = []
        for folder in ("base", "config", "policy", "trust", "audit", "proxy", "integrations", "cli"):
            for path, _, names in os.walk(os.path.join(DOCS, "..", folder)):
                for name in names:
                    if name.endswith((".cc", ".h")):
                        with open(os.path.join(path, name), encoding="utf-8") as file:
                            texts.append(file.read())
        return re.sub(r'"\s*\n\s*"', "", "\n".join(texts))  # one literal in several pieces

    def test_what_a_heading_quotes_is_said_by_the_program(self):
        with open(os.path.join(DOCS, "troubleshooting.md"), encoding="utf-8") as file:
            page = file.read()
        said = self.sources() + "".join(re.findall(r"^```console\n(.*?)^```$", page, re.M | re.S))
        quoted = [words for heading in re.findall(r"^### (.*)$", page, re.M) for words in re.findall(r'"([^"]+)"', heading)]
        self.assertGreater(len(quoted), 12)
        for words in quoted:
            for part in filter(None, map(str.strip, re.split("…|; ", words))):
                with self.subTest(words):
                    self.assertTrue(part in said or part in self.OF_CLIENTS, part)


def number(expression):
    """What a C++ constant is: 67'108'864, 32U << 20, (1U << 20) - (128U << 10)."""
    plain = re.sub(r"\bu?int\d+_t\{(\d+)\}", r"\1", expression)  # uint64_t{4} << 30
    plain = re.sub(r"(?<=\d)[UuLl]+", "", plain.replace("'", ""))
    assert re.fullmatch(r"[\d\s()<+*-]+", plain), expression
    return eval(plain)  # digits and operators, as the line above saw


def constant(file, name):
    with open(os.path.join(DOCS, "..", file), encoding="utf-8") as source:
        found = re.findall(r"\b%s\s*=\s*([^;]+);" % name, source.read())
    assert len(found) == 1, (file, name, found)
    return number(found[0])


class Limits(unittest.TestCase):
    """settings.md, "Limits": each row says what the code does, and each default is the code's."""

    DEFAULTS = {  # a key in the example, and where it comes from
        "max_message_bytes": ("proxy/options.h", "max_message_bytes"),
        "max_inspected_bytes": ("proxy/options.h", "max_inspected_bytes"),
        "max_outstanding": ("proxy/options.h", "max_outstanding"),
        "max_sessions": ("proxy/options.h", "max_sessions"),
        "call_timeout_ms": ("proxy/options.h", "call_timeout_ms"),
        "max_bytes_per_hour": ("audit/options.h", "max_bytes_per_hour"),
    }
    MIB = 1 << 20
    ROWS = [  # how a row begins, and the numbers in it with their constants
        ("`max_message_bytes`", [(64 * MIB, "proxy/options.h", "max_message_bytes")]),
        ("nesting of 128", [(128, "proxy/envelope.cc", "kMaxDepth"), (128, "proxy/oversize.h", "kMaxDepth")]),
        ("`max_inspected_bytes`", [(MIB, "proxy/options.h", "max_inspected_bytes"), (MIB, "policy/input.h", "max_inspected_bytes")]),
        ("`max_outstanding`, and 32 MiB of ids and names",
         [(65536, "proxy/options.h", "max_outstanding"), (32 * MIB, "proxy/outstanding.h", "kMostBytes")]),
        ("`max_sessions`", [(256, "proxy/options.h", "max_sessions")]),
        ("`call_timeout_ms`", [(0, "proxy/options.h", "call_timeout_ms")]),
        ("`audit.max_bytes_per_hour`", [(4096 * MIB, "audit/options.h", "max_bytes_per_hour")]),
        ("64 calls and 32 MiB that wait in the client's dialog, 8 requests of the server",
         [(64, "proxy/approvals.cc", "kMaxHeld"), (32 * MIB, "proxy/approvals.cc", "kMaxHeldBytes"),
          (8, "proxy/approvals_held.cc", "kMaxHeldOfServer")]),
        ("256 open approvals of the machine; of these 64 of all servers, 8 dialogs and 8 tickets of one",
         [(256, "trust/shared_file.h", "kMaxTickets"), (64, "trust/shared_file.h", "kMaxTicketsOfServers"),
          (8, "trust/shared_file.h", "kMaxTicketsOfServer")]),
        ("4,096 tools of a server", [(4096, "trust/pins.h", "kMaxPins")]),
        ("8 MiB of our own answers that one side does not read", [(8 * MIB, "proxy/loop.cc", "kMaxAnswers")]),
        ("1 MiB in one direction that the other side does not read", [(MIB - (128 << 10), "proxy/loop.cc", "kMaxQueued")]),
    ]

    def setUp(self):
        with open(os.path.join(DOCS, "settings.md"), encoding="utf-8") as file:
            self.text = file.read()

    def test_the_defaults_on_the_page_are_those_of_the_code(self):
        for key, place in self.DEFAULTS.items():
            with self.subTest(key):
                on_page, = re.findall(r"^ *%s: (\d+)" % key, self.text, re.M)
                self.assertEqual(int(on_page), constant(*place))

    def test_the_table_of_limits_is_what_the_code_does(self):
        table = self.text.split("| limit | at it |\n|---|---|\n")[1].split("\n\n")[0]
        self.assertEqual([row.split("|")[1].strip() for row in table.strip().split("\n")], [begins for begins, _ in self.ROWS])
        for begins, numbers in self.ROWS:
            for expected, *place in numbers:
                with self.subTest(begins, place=place):
                    self.assertEqual(constant(*place), expected)


del Home

if __name__ == "__main__":
    unittest.main()
