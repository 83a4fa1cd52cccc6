#!/usr/bin/env python3
"""The scripted client of scripts/demo: talks to a server through agentmesh, and tells on the terminal what it sees."""

import argparse
import json
import subprocess
import sys
import textwrap

WIDTH = 100


def heading(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}")


def show(text, indent="    "):
    for line in text.splitlines():
        print(textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ") or "")


class Session:
    """One client session over the pipes of a process."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.next_id = 0

    def send(self, message):
        self.process.stdin.write((json.dumps({"jsonrpc": "2.0", **message}) + "\n").encode())
        self.process.stdin.flush()

    def message(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("demo: the server went away")
        return json.loads(line)

    def request(self, method, params):
        self.next_id += 1
        self.send({"id": self.next_id, "method": method, "params": params})
        while True:
            answer = self.message()
            if answer.get("id") == self.next_id:
                return answer.get("result") or answer["error"]

    def notification(self, method):
        """Waits for the next notification of that method."""
        while self.message().get("method") != method:
            pass

    def open(self):
        self.request("initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                                    "clientInfo": {"name": "demo", "version": "1"}})
        self.send({"method": "notifications/initialized"})

    def call(self, tool, arguments):
        return self.request("tools/call", {"name": tool, "arguments": arguments})

    def tools(self):
        return [tool["name"] for tool in self.request("tools/list", {})["tools"]]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def texts(result):
    return [block["text"] for block in result.get("content", []) if block.get("type") == "text"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--title")
    parser.add_argument("--files")
    parser.add_argument("--agentmesh")
    parser.add_argument("server", nargs="+")
    o = parser.parse_args()

    def agentmesh(*words, only=""):
        """Runs a command and shows what it prints (only lines that begin with `only`, at most four)."""
        done = subprocess.run([o.agentmesh, *words], capture_output=True, text=True, check=False)
        lines = (done.stdout + done.stderr).rstrip().splitlines()
        chosen = [line for line in lines if line.startswith(only)]
        if only and len(chosen) > 4:
            chosen = chosen[:3] + [f"… and {len(chosen) - 3} more, each with its definition"]
        show("\n".join(chosen))

    heading(f"agentmesh proxy --policy strict --footer text --name files -- {o.title}")
    session = Session([o.agentmesh, "proxy", "--policy", "strict", "--footer", "text", "--name", "files", "--", *o.server])
    session.open()

    heading("1. strict shows no tool of a new server before a person has approved it")
    show(f"tools/list: {len(session.tools())} tools")
    heading("   $ agentmesh pins list files   # what each of them says of itself")
    agentmesh("pins", "list", "files", only="files (")
    heading("   $ agentmesh pins approve files")
    agentmesh("pins", "approve", "files", only="approved")
    session.notification("notifications/tools/list_changed")
    tools = session.tools()
    show(f"tools/list: {len(tools)} tools ({', '.join(tools[:4])}, …)")

    heading("2. an allowed read: the answer, and the footer")
    for text in texts(session.call("read_text_file", {"path": f"{o.files}/notes.txt"})):
        show(text.rstrip())

    heading("3. a denied write: the server sees nothing of it")
    for text in texts(session.call("write_file", {"path": f"{o.files}/new.txt", "content": "hello"})):
        show(text)
    session.close()

    heading("4. the log   $ agentmesh audit tail -n 6")
    agentmesh("audit", "tail", "-n", "6")
    heading("   $ agentmesh audit verify")
    agentmesh("audit", "verify")


if __name__ == "__main__":
    main()
