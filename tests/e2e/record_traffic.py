"""Records what real servers and real clients say to each other, for test_transparent.py to replay:  record_traffic.py [NAME…]

Each recording is a file recorded/NAME.jsonl with a line per message, in the order in which it passed: {"from": "client" or "server",
"line": its text without the LF}. A recording is made of a server in a fixed place under /tmp, so that no path of this machine stands in
it, and is looked through before it is kept: whoever records again reads the difference.
"""
import json
import os
import select
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = os.path.join(HERE, "node_modules", "@modelcontextprotocol")
RECORDED = os.path.join(HERE, "recorded")
PLACE = "/tmp/agentmesh-recording"
REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
SERVERS = {
    "everything": ["node", os.path.join(MODULES, "server-everything", "dist", "index.js"), "stdio"],
    "filesystem": ["node", os.path.join(MODULES, "server-filesystem", "dist", "index.js"), PLACE],
    "memory": ["node", os.path.join(MODULES, "server-memory", "dist", "index.js")],
}
SESSIONS = {"everything-sdk-1": "session_v1.mjs", "everything-sdk-2": "session_v2.mjs"}
LONGEST = 20_000  # bytes of a line that is worth keeping
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": PLACE, "MEMORY_FILE_PATH": PLACE + "/memory.json"}

CALLS = {
    "everything": [("echo", {"message": "Grüße, \U0001f600 \u2028 and \"quotes\""}), ("echo", {}), ("get-sum", {"a": 0.1, "b": 9007199254740993}),
                   ("get-structured-content", {"location": "New York"}), ("get-annotated-message", {"messageType": "error", "includeImage": False}),
                   ("get-resource-links", {"count": 3}), ("get-resource-reference", {"resourceType": "Text", "resourceId": 1}), ("trigger-sampling-request", {"prompt": "a city", "maxTokens": 20}),
                   ("trigger-elicitation-request", {}), ("get-roots-list", {}), ("trigger-long-running-operation", {"duration": 0.3, "steps": 3}), ("no-such-tool", {})],
    "filesystem": [("list_allowed_directories", {}), ("write_file", {"path": PLACE + "/a b.txt", "content": "line one\r\nline two é\n"}), ("read_text_file", {"path": PLACE + "/a b.txt"}),
                   ("edit_file", {"path": PLACE + "/a b.txt", "edits": [{"oldText": "two", "newText": "2"}]}), ("list_directory", {"path": PLACE}),
                   ("directory_tree", {"path": PLACE}), ("search_files", {"path": PLACE, "pattern": "*.txt"}), ("read_multiple_files", {"paths": [PLACE + "/a b.txt", PLACE + "/none"]}),
                   ("read_text_file", {"path": "/etc/hostname"}), ("move_file", {"source": PLACE + "/a b.txt", "destination": PLACE + "/c.txt"}), ("list_directory", {})],
    "memory": [("create_entities", {"entities": [{"name": "Ada", "entityType": "person", "observations": ["wrote notes", "\u4f60\u597d"]}, {"name": "Engine", "entityType": "machine", "observations": []}]}),
               ("create_relations", {"relations": [{"from": "Ada", "to": "Engine", "relationType": "describes"}]}), ("add_observations", {"observations": [{"entityName": "Ada", "contents": ["1843"]}]}),
               ("read_graph", {}), ("search_nodes", {"query": "notes"}), ("open_nodes", {"names": ["Ada"]}), ("delete_entities", {"entityNames": ["Engine"]}), ("delete_relations", {})],
}
ANSWERS = {
    "roots/list": {"roots": [{"uri": "file://" + PLACE, "name": "the place"}]},
    "sampling/createMessage": {"role": "assistant", "content": {"type": "text", "text": "Köln"}, "model": "none", "stopReason": "endTurn"},
    "elicitation/create": {"action": "decline"},
}


class Recording:
    def __init__(self, name):
        self.name, self.steps = name, []

    def add(self, side, line):
        text = line.decode()
        assert text.endswith("\n")
        self.steps.append({"from": side, "line": text[:-1]})

    def keep(self):
        os.makedirs(RECORDED, exist_ok=True)
        with open(os.path.join(RECORDED, self.name + ".jsonl"), "w", encoding="utf-8") as file:
            for step in self.steps:
                file.write(json.dumps(step, ensure_ascii=False, separators=(",", ":")) + "\n")


class Conversation:
    """A client of a few lines: it asks, answers what it is asked, and records."""

    def __init__(self, name, words):
        self.recording = Recording(name)
        self.server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd=PLACE, bufsize=0)
        self.rest, self.last = b"", 0

    def say(self, **message):
        line = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self.recording.add("client", line)
        self.server.stdin.write(line)

    def hear(self):
        while b"\n" not in self.rest:
            got = os.read(self.server.stdout.fileno(), 1 << 16)
            assert got, "the server has gone"
            self.rest += got
        line, _, self.rest = self.rest.partition(b"\n")
        self.recording.add("server", line + b"\n")
        message = json.loads(line)
        if "method" in message and "id" in message:
            known = ANSWERS.get(message["method"])
            self.say(id=message["id"], **({"result": known} if known is not None else {"error": {"code": -32601, "message": "no such method"}}))
        return message

    def ask(self, method, params=None, id_=None):
        self.last += 1
        id_ = self.last if id_ is None else id_
        self.say(id=id_, method=method, **({} if params is None else {"params": params}))
        while True:
            message = self.hear()
            if "method" not in message and message.get("id") == id_:
                return message

    def over(self):
        self.server.stdin.close()
        while got := os.read(self.server.stdout.fileno(), 1 << 16):
            self.rest += got
        for line in self.rest.splitlines(keepends=True):
            self.recording.add("server", line)
        self.server.wait(20)
        self.recording.keep()


def talk(name, server, revision):
    shutil.rmtree(PLACE, ignore_errors=True)
    os.makedirs(PLACE)
    c = Conversation(name, SERVERS[server])
    capabilities = {"roots": {"listChanged": True}, "sampling": {}, **({"elicitation": {}} if revision >= "2025-06-18" else {})}
    c.ask("initialize", {"protocolVersion": revision, "capabilities": capabilities, "clientInfo": {"name": "recorder", "version": "1"}}, "init")
    c.say(method="notifications/initialized")
    for method, params in (("ping", None), ("tools/list", {}), ("resources/list", None), ("resources/list", {"cursor": ""}), ("resources/templates/list", {}), ("prompts/list", {}),
                           ("server/discover", {}), ("logging/setLevel", {"level": "warning"}), ("vendor/unknown", {"x": [1, {"y": None}]})):
        c.ask(method, params)
    offered = {"everything": [("resources/read", {"uri": "demo://resource/dynamic/text/1"}), ("resources/subscribe", {"uri": "demo://resource/dynamic/text/1"}),
                              ("prompts/get", {"name": "simple-prompt"}), ("prompts/get", {"name": "args-prompt", "arguments": {"city": "Köln"}}),
                              ("completion/complete", {"ref": {"type": "ref/prompt", "name": "completable-prompt"}, "argument": {"name": "department", "value": "E"}}),
                              ("resources/unsubscribe", {"uri": "demo://resource/dynamic/text/1"})]}.get(server, [])
    for method, params in offered:
        c.ask(method, params)
    for number, (tool, arguments) in enumerate(CALLS[server]):
        more = {"_meta": {"progressToken": "p%d" % number}} if number % 2 else {}
        c.ask("tools/call", {"name": tool, "arguments": arguments, **more}, number if number % 3 else "call-%d" % number)
    c.ask("ping")
    c.over()


def tee(name, words):
    """Between a real client and a real server: every line is noted and goes on."""
    recording = Recording(name)
    server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    ways = {0: ("client", server.stdin.fileno(), bytearray()), server.stdout.fileno(): ("server", 1, bytearray())}
    while ways:
        for fd in select.select(list(ways), [], [])[0]:
            side, to, buffer = ways[fd]
            got = os.read(fd, 1 << 16)
            if not got:
                del ways[fd]
                if fd == 0:
                    server.stdin.close()
                continue
            buffer += got
            while (end := buffer.find(b"\n") + 1) > 0:
                line = bytes(buffer[:end])
                del buffer[:end]
                recording.add(side, line)
                view = memoryview(line)
                while view:
                    view = view[os.write(to, view):]
    server.wait(20)
    # Long echoes have their own tests; what they belong to goes with them.
    long = {json.dumps(json.loads(s["line"]).get("id")) + s["from"] for s in recording.steps if len(s["line"]) > LONGEST}
    ids = {key[:-6] for key in long}
    recording.steps = [s for s in recording.steps if json.dumps(json.loads(s["line"]).get("id")) not in ids]
    recording.keep()


def main():
    if sys.argv[1:2] == ["tee"]:
        return tee(sys.argv[2], sys.argv[4:])
    for server in SERVERS:
        for revision in REVISIONS:
            name = "%s-%s" % (server, revision)
            if not sys.argv[1:] or name in sys.argv[1:]:
                talk(name, server, revision)
    for name, script in SESSIONS.items():
        if not sys.argv[1:] or name in sys.argv[1:]:
            subprocess.run(["node", os.path.join(HERE, "sdk", script), "--", sys.executable, "-B", os.path.abspath(__file__), "tee", name, "--", *SERVERS["everything"]],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, env={**ENVIRONMENT, "HOME": os.environ.get("HOME", "/")}, cwd="/tmp")
    shutil.rmtree(PLACE, ignore_errors=True)


if __name__ == "__main__":
    main()
