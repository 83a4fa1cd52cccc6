"""The real binary in front of quality_server.py: lines in, answers by id; and what an answer's mark says.

OPTIONS is set by whoever runs it: `agentmesh`, the binary, and `policy`, what a session has that names no other.
"""
import glob
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = "io.agentmesh/verification"
WINDOW = 256  # requests in flight
OPTIONS = None


class Session:
    """A proxy in front of the server; lines in, answers by id."""

    def __init__(self, tools=(), results=(), name="quality", moving_trust=False, policy=None, footer="meta", state=None):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-quality-")
        self.state = state or os.path.join(self.folder, "state")
        work = os.path.join(self.folder, "work")
        os.mkdir(work)
        with open(os.path.join(self.folder, "tools.json"), "w", encoding="utf-8") as file:
            json.dump(list(tools), file)
        with open(os.path.join(self.folder, "results.json"), "w", encoding="utf-8") as file:
            json.dump(list(results), file)
        config = os.path.join(self.folder, "agentmesh.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("trust: {strength: %d}\n" % (20 if moving_trust else 1000000))
        environment = dict(os.environ, HOME=self.folder)
        self.process = subprocess.Popen(
            [OPTIONS.agentmesh, "proxy", "--policy", policy or OPTIONS.policy, "--name", name, "--footer", footer,
             "--state-dir", self.state, "--config", config, "--", sys.executable, os.path.join(HERE, "quality_server.py"),
             self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, cwd=work,
            env=environment)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            os.set_blocking(stream.fileno(), False)
        self.number = 0
        self.offered = {tool["name"] for tool in tools}
        self.errors = b""
        self.odd = []
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "measure", "version": "1"}}
        self.ask([self.request("initialize", hello)])
        self.post(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        self.listed = self.ask([self.request("tools/list", {})])[0].get("result", {}).get("tools", [])
        if (policy or OPTIONS.policy) == "strict":  # a new server is held there: a person has looked at it
            self.pins()
            self.run("pins", "approve", name)
            for _ in range(100):  # the running proxy learns of it between two messages
                self.listed = self.ask([self.request("tools/list", {})])[0].get("result", {}).get("tools", [])
                if self.listed or not tools:
                    break

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def request(self, method, params, ascii_only=True):
        self.number += 1
        text = params if isinstance(params, bytes) else json.dumps(
            params, ensure_ascii=ascii_only, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return self.number, b'{"jsonrpc":"2.0","id":%d,"method":"%s","params":%s}\n' % (
            self.number, method.encode(), text)

    def call(self, tool, arguments, ascii_only=True):
        return self.request("tools/call", {"name": tool, "arguments": arguments}, ascii_only)

    def post(self, data):
        self.exchange(data, set(), {})

    def ask(self, requests, patience=120):
        """Sends [(id, line)], a window at a time, and gives the answers in the order asked; None where none came."""
        answers = {}
        for at in range(0, len(requests), WINDOW):
            part = requests[at:at + WINDOW]
            self.exchange(b"".join(line for _, line in part), {number for number, _ in part}, answers, patience)
        return [answers.get(number) for number, _ in requests]

    def exchange(self, data, wanted, answers, patience=120):
        view = memoryview(data)
        buffer = b""
        wanted = set(wanted)
        while len(view) or wanted:
            sinks = [self.process.stdin] if len(view) else []
            sources = [s for s in (self.process.stdout, self.process.stderr) if not s.closed]
            readable, writable, _ = select.select(sources, sinks, [], patience)
            if not readable and not writable:
                raise SystemExit("no answer to %s\n%s" % (sorted(wanted)[:5], self.errors.decode(errors="replace")[-2000:]))
            if self.process.stderr in readable:
                got = self.process.stderr.read(1 << 16)
                self.errors += got or b""
                if got == b"":
                    self.process.stderr.close()
            if self.process.stdout in readable:
                got = self.process.stdout.read(1 << 20)
                if got == b"":
                    raise SystemExit("the proxy ended\n%s" % self.errors.decode(errors="replace")[-2000:])
                buffer += got or b""
                while b"\n" in buffer:
                    line, _, buffer = buffer.partition(b"\n")
                    message = json.loads(line)
                    number = message.get("id")
                    if number in wanted:
                        answers[number] = message
                        wanted.discard(number)
                    else:
                        self.odd.append(message)
            if writable:
                view = view[os.write(self.process.stdin.fileno(), view[:1 << 16]):]

    def pins(self):
        """What `pins list` says of the tools, by name; pins are written behind the listing, so until they are all there."""
        pins = {}
        for _ in range(200):
            pins = {p["name"]: p for p in json.loads(self.run("pins", "list", "--json").stdout or b"[]") if p["kind"] == "tool"}
            if len(pins) >= len(self.offered):
                break
        return pins

    def decisions(self):
        """The decision records of this session, in order."""
        records = []
        for path in sorted(glob.glob(os.path.join(self.state, "audit", "*", "seg", "*"))):
            with open(path, encoding="utf-8") as file:
                records += [json.loads(line) for line in file.read().split("\n") if '"type":"decision"' in line]
        return records

    def received(self):
        with open(os.path.join(self.folder, "received"), "rb") as file:
            return file.read().split(b"\n")

    def run(self, *words):
        return subprocess.run([OPTIONS.agentmesh, *words, "--state-dir", self.state], capture_output=True, check=False,
                              env=dict(os.environ, HOME=self.folder))


def mark_of(answer):
    if answer is None:
        return {}
    meta = answer.get("result", {}).get("_meta") or answer.get("error", {}).get("data") or {}
    return (meta.get(MARK) or {}) if isinstance(meta, dict) else {}


def text_of(answer):
    content = (answer or {}).get("result", {}).get("content", [])
    return content[0].get("text", "") if content else ""


def found(mark, prefix="", least="low"):
    order = ["low", "medium", "high", "critical"]
    return [f for f in mark.get("findings", [])
            if f["id"].startswith(prefix) and order.index(f["severity"]) >= order.index(least)]


def denied(mark):
    return mark.get("decision") == "deny"


def asked(mark):
    """Denied until a person says yes."""
    return denied(mark) and mark.get("rule") in ("ask-before-danger", "write-outside-roots", "private-then-out",
                                                  "little-trust", "ask-before-talking", "ask-about-unknown", "sql-unread")


def refused(mark):
    return denied(mark) and not asked(mark)


def withheld_by(mark):
    """A call refused for its tool's definition."""
    return denied(mark) and (mark.get("rule") == "poisoned-tool" or mark.get("rule", "").startswith("pin."))
