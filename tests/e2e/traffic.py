"""Legal MCP traffic, made up: seeded, of one revision, in both directions, spelled as oddly as JSON allows.

A Traffic yields steps (side, line): the client or the server says these bytes. Every line is legal in its session, so a proxy that
allows everything must deliver each one exactly. Sides: "client", "server".
"""
import json
import random

from session import MODERN

LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
WORDS = ["note", "Köln", "\u4f60\u597d", "\U0001f600", "a\u2028b", "x\u0085y", "tab\t", "quote\"", "back\\slash", "/slash/", "\u0000", "\x1f", "e\u0301", "\ufeff",
         "\u202eabc", "__proto__", "", " ", "name", "method", "id", "jsonrpc", "\U0010ffff", "plain words of some length"]


class Spelling:
    """JSON as text in one of its many spellings. `lone`: half surrogates may appear in strings."""

    def __init__(self, rng, lone=False):
        self.rng, self.lone = rng, lone

    def blank(self):
        return self.rng.choice(("", "", "", " ", "\t", "  ")) if self.rng.random() < 0.4 else ""

    def string(self, text):
        out = []
        for c in text:
            code = ord(c)
            odd = self.rng.random()
            if c in '"\\' or code < 0x20:
                short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c)
                out.append(short if short and odd < 0.7 else "\\u%04x" % code)
            elif c == "/" and odd < 0.3:
                out.append("\\/")
            elif odd < 0.04:
                units = c.encode("utf-16-be")
                out.append("".join(("\\u%02x%02x" if self.rng.random() < 0.5 else "\\u%02X%02X") % (units[i], units[i + 1]) for i in range(0, len(units), 2)))
            else:
                out.append(c)
        if self.lone and " " in text and self.rng.random() < 0.1:  # free text: no key and no word of the protocol has a blank
            out.append("\\ud83d")
        return '"' + "".join(out) + '"'

    def key(self, text):
        lone, self.lone = self.lone, False
        try:
            return self.string(text)
        finally:
            self.lone = lone

    def value(self, value):
        if isinstance(value, Raw):
            return value.text
        if isinstance(value, dict):
            items = list(value.items())
            self.rng.shuffle(items)
            return "{" + self.blank() + ("," + self.blank()).join(
                "%s%s:%s%s%s" % (self.key(k), self.blank(), self.blank(), self.value(v), self.blank()) for k, v in items) + "}"
        if isinstance(value, (list, tuple)):
            return "[" + self.blank() + ("," + self.blank()).join(self.value(v) + self.blank() for v in value) + "]"
        if isinstance(value, str):
            return self.string(value)
        return json.dumps(value)

    def line(self, message):
        end = "\r\n" if self.rng.random() < 0.1 else "\n"
        return (self.blank() + self.value(message) + self.blank() + end).encode()


class Raw:
    """A JSON text as it is: numbers that Python would spell otherwise, ids."""

    def __init__(self, text):
        self.text = text


class Traffic:
    def __init__(self, seed, revision):
        self.rng = random.Random("%s/%s" % (seed, revision))
        self.revision, self.modern = revision, revision not in LEGACY
        self.client_spells, self.server_spells = Spelling(self.rng), Spelling(self.rng, lone=True)
        self.open = {"client": {}, "server": {}}  # raw id -> (method, params) of what that side asked and got no answer to
        self.tasks, self.cancelled = [], set()
        self.next_id = {"client": 0, "server": 0}

    # Parts

    def number(self):
        return Raw(self.rng.choice(("0", "-0", "1.10", "1e400", "-1E-400", "12345678901234567890", "9007199254740993", "0.1", "1e2", "-5", "3.0", "1E+2")))

    def text(self):
        return " ".join(self.rng.choice(WORDS) for _ in range(self.rng.randrange(6)))

    def name(self):
        """What a request names: a NUL in it is refused (readers of C strings take what stands before it)."""
        return self.text().replace("\0", "")

    def junk(self, depth=3):
        kind = self.rng.randrange(8 if depth else 5)
        if kind < 2:
            return self.text()
        if kind == 2:
            return self.number()
        if kind == 3:
            return self.rng.choice((True, False, None))
        if kind == 4:
            return self.rng.randrange(-1000, 1000)
        if kind == 5:
            return [self.junk(depth - 1) for _ in range(self.rng.randrange(4))]
        return {self.key(): self.junk(depth - 1) for _ in range(self.rng.randrange(5))}

    def key(self):
        return self.rng.choice(WORDS) + str(self.rng.randrange(1000)) if self.rng.random() < 0.7 else self.rng.choice(("a", "Name", "ID", "path-like", "key"))

    def fresh_id(self, side):
        self.next_id[side] += 1
        n = self.next_id[side]
        return self.rng.choice((str(n), str(n), '"%d"' % n, '"%s-%d"' % (self.rng.choice(("req", "\u00fc", "\\u0041", "a b")), n), str(n + (1 << 60)), str(-n), '"' + "x" * self.rng.randrange(300) + '%d"' % n))

    def extras(self, message):
        if self.rng.random() < 0.15:
            message["x-%d" % self.rng.randrange(100)] = self.junk(2)
        return message

    def meta(self, params):
        meta = {}
        if self.modern:
            meta.update(MODERN)
        if self.rng.random() < 0.3:
            meta["progressToken"] = self.rng.choice((0, 1, "", "token", 1 << 40))
        if self.rng.random() < 0.2:
            meta["example.com/" + self.rng.choice("abc")] = self.junk(2)
        if meta or self.rng.random() < 0.1:
            params["_meta"] = meta
        return params

    # What the two sides say

    def client_request(self):
        choices = ["tools/call"] * 6 + ["tools/list", "resources/list", "resources/templates/list", "resources/read", "prompts/list", "prompts/get", "completion/complete",
                                        "vendor/method", "x/y/z"]
        if self.modern:
            choices += ["server/discover", "subscriptions/listen", "tasks/get", "tasks/update", "tasks/cancel"]
        else:
            choices += ["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"]
            if self.revision == "2025-11-25":
                choices += ["tasks/get", "tasks/result", "tasks/list", "tasks/cancel"]
        method = self.rng.choice(choices)
        params = {"tools/call": lambda: {"name": self.rng.choice(("read", "write", "T\u00f6ol", "a/b", "")), **self.maybe("arguments", lambda: {self.key(): self.junk() for _ in range(4)})},
                  "tools/list": lambda: self.maybe("cursor", self.text), "tasks/list": lambda: self.maybe("cursor", self.text), "resources/read": lambda: {"uri": self.rng.choice(("note://1", "file:///srv/a%20b", "", "x:y"))},
                  "resources/subscribe": lambda: {"uri": "note://1"}, "resources/unsubscribe": lambda: {"uri": "note://1"},
                  "prompts/get": lambda: {"name": self.name(), **self.maybe("arguments", lambda: {"a": self.text()})},
                  "logging/setLevel": lambda: {"level": "debug"}, "completion/complete": lambda: {"ref": {"type": "ref/prompt", "name": self.text()}, "argument": {"name": "a", "value": self.text()}},
                  "subscriptions/listen": lambda: {"notifications": {"toolsListChanged": True, "resourceSubscriptions": ["note://1"]}},
                  "tasks/get": self.task, "tasks/result": self.task, "tasks/cancel": self.task, "tasks/update": lambda: {**self.task(), "inputResponses": {"q": self.junk()}}
                  }.get(method, lambda: {self.key(): self.junk() for _ in range(self.rng.randrange(4))})()
        if method == "tools/call" and self.revision == "2025-11-25" and self.rng.random() < 0.2:
            params["task"] = {"ttl": 60000}
        if method == "tools/call" and self.modern and self.rng.random() < 0.1:
            params.update(inputResponses={"q": {"action": "accept", "content": {"a": self.text()}}}, requestState=self.text())
        return self.request("client", self.client_spells, method, self.meta(params))

    def maybe(self, key, make):
        return {key: make()} if self.rng.random() < 0.7 else {}

    def task(self):
        return {"taskId": self.rng.choice(self.tasks) if self.tasks and self.rng.random() < 0.8 else "t-%d" % self.rng.randrange(9)}

    def request(self, side, spelling, method, params):
        raw = self.fresh_id(side)
        if self.parsed(raw) in self.open[side] or self.twin_open(side, raw):
            return self.request(side, spelling, method, params)
        message = {"jsonrpc": "2.0", "id": Raw(raw), "method": method}
        if params or method in ("tools/call",) or self.rng.random() < 0.5:
            message["params"] = params
        self.open[side][self.parsed(raw)] = (raw, method, params)
        return spelling.line(self.extras(message))

    @staticmethod
    def parsed(raw):
        value = json.loads(raw)
        return (type(value).__name__, value)

    def twin_open(self, side, raw):
        kind, value = self.parsed(raw)
        return any(str(v) == str(value) for k, v in self.open[side])

    def server_request(self):
        if self.modern:
            return None
        method = self.rng.choice(("roots/list", "ping", "vendor/ask") + (("sampling/createMessage",) * 2) + (("elicitation/create",) if self.revision >= "2025-06-18" else ()))
        params = {"sampling/createMessage": lambda: {"messages": [{"role": "user", "content": {"type": "text", "text": self.text()}}], "maxTokens": 100, **self.maybe("systemPrompt", self.text)},
                  "elicitation/create": lambda: {"message": self.text(), "requestedSchema": {"type": "object", "properties": {"city": {"type": "string"}}}}}.get(method, dict)()
        return self.request("server", self.server_spells, method, params)

    def notification(self, side):
        if side == "client":
            method = self.rng.choice(("notifications/progress", "notifications/vendor", "notifications/roots/list_changed", "vendor/note"))
        else:
            method = self.rng.choice(("notifications/progress", "notifications/message", "notifications/tools/list_changed", "notifications/resources/updated", "notifications/prompts/list_changed",
                                      "notifications/tasks/status", "notifications/elicitation/complete", "notifications/subscriptions/acknowledged", "vendor/note"))
        params = {"notifications/progress": lambda: {"progressToken": self.rng.choice((0, "token")), "progress": self.number(), "total": self.number(), "message": self.text()},
                  "notifications/message": lambda: {"level": "info", "data": self.junk()}, "notifications/resources/updated": lambda: {"uri": "note://1"}}.get(method, lambda: self.maybe("x", self.junk))()
        message = {"jsonrpc": "2.0", "method": method}
        if params:
            message["params"] = params
        spelling = self.client_spells if side == "client" else self.server_spells
        return spelling.line(self.extras(message))

    def cancel(self, side):
        waiting = [key for key in self.open[side] if (side, key) not in self.cancelled and self.open[side][key][1] != "initialize"]
        if not waiting or (self.modern and side == "server"):
            return None
        key = self.rng.choice(waiting)
        self.cancelled.add((side, key))
        spelling = self.client_spells if side == "client" else self.server_spells
        return spelling.line({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": Raw(self.open[side][key][0]), **self.maybe("reason", self.text)}})

    def answer(self, side):
        """`side` answers one of the other's requests, whichever."""
        other = "server" if side == "client" else "client"
        waiting = [key for key, (_, method, _) in self.open[other].items() if method != "subscriptions/listen" or self.rng.random() < 0.1]
        if not waiting:
            return None
        key = self.rng.choice(waiting)
        raw, method, params = self.open[other].pop(key)
        self.cancelled.discard((other, key))
        spelling = self.client_spells if side == "client" else self.server_spells
        message = {"jsonrpc": "2.0", "id": Raw(raw)}
        if self.rng.random() < 0.1:
            message["error"] = {"code": Raw(self.rng.choice(("-32601", "-32602", "-32000", "1", "-32001"))), "message": self.text(), **self.maybe("data", self.junk)}
        else:
            message["result"] = self.result_of(method, params) if side == "server" else self.client_result(method)
        return spelling.line(self.extras(message))

    def client_result(self, method):
        return {"roots/list": lambda: {"roots": [{"uri": "file:///srv", "name": self.text()}]}, "ping": dict,
                "sampling/createMessage": lambda: {"role": "assistant", "content": {"type": "text", "text": self.text()}, "model": "m"},
                "elicitation/create": lambda: {"action": "accept", "content": {"city": self.text()}}}.get(method, self.object)()

    def object(self):
        return {self.key(): self.junk() for _ in range(self.rng.randrange(4))}

    def content(self):
        blocks = [lambda: {"type": "text", "text": self.text()}, lambda: {"type": "text", "text": self.text(), "annotations": {"audience": ["user"], "priority": 1.0}},
                  lambda: {"type": "image", "data": "aGk=", "mimeType": "image/png"}, lambda: {"type": "resource", "resource": {"uri": "note://1", "text": self.text(), "_meta": {"a": self.junk(1)}}}]
        if self.revision >= "2025-06-18":
            blocks.append(lambda: {"type": "resource_link", "uri": "note://1", "name": self.text()})
        return [self.rng.choice(blocks)() for _ in range(self.rng.randrange(4))]

    def tool_result(self):
        out = {"content": self.content(), **self.maybe_rarely("isError", lambda: self.rng.random() < 0.5), **self.maybe_rarely("_meta", lambda: {self.key(): self.junk(1)})}
        if self.revision >= "2025-06-18":
            out.update(self.maybe_rarely("structuredContent", self.object if not self.modern else self.junk))
        return out

    def maybe_rarely(self, key, make):
        return {key: make()} if self.rng.random() < 0.25 else {}

    def result_of(self, method, params):
        complete = {"resultType": "complete"} if self.modern else {}
        if method == "tools/call":
            if self.modern and self.rng.random() < 0.15:
                return {"resultType": "input_required", "inputRequests": {"q": {"method": "elicitation/create", "params": {"mode": "form", "message": self.text(), "requestedSchema": {"type": "object", "properties": {}}}}},
                        **self.maybe("requestState", self.text)}
            if "task" in params or (self.modern and self.rng.random() < 0.1):
                task = {"taskId": "t-%d" % len(self.tasks), "status": "working", "ttl": 60000}
                self.tasks.append(task["taskId"])
                return {"resultType": "task", **task} if self.modern else {"task": task}
            return {**complete, **self.tool_result(), **self.maybe_rarely("x-extra", self.junk)}
        if method == "tools/list":
            return {**complete, "tools": [{"name": "tool%d" % self.rng.randrange(20), "description": self.text(), "inputSchema": {"type": "object"}}], **self.maybe_rarely("nextCursor", self.text),
                    **({"ttlMs": 1000, "cacheScope": "private"} if self.modern else {})}
        if method == "resources/read":
            return {**complete, "contents": [{"uri": "note://1", "text": self.text()}, {"uri": "note://2", "blob": "aGk="}]}
        if method == "prompts/get":
            return {**complete, "messages": [{"role": "user", "content": {"type": "text", "text": self.text()}}]}
        if method == "tasks/result":
            return self.tool_result()
        if method == "tasks/get":
            done = self.modern and self.rng.random() < 0.3
            return {**complete, "taskId": params["taskId"], "status": "completed" if done else "working", **({"result": self.tool_result()} if done else {})}
        return {**complete, **self.object()}

    def steps(self, count):
        """`count` lines of each side, at least; in the order in which the two say them."""
        said = {"client": 0, "server": 0}
        if not self.modern:
            yield "client", self.client_spells.line({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": {
                "protocolVersion": self.revision, "capabilities": {"sampling": {}, "roots": {}, "elicitation": {}}, "clientInfo": {"name": "traffic", "version": "1"}}})
            yield "server", self.server_spells.line({"jsonrpc": "2.0", "id": "hello", "result": {
                "protocolVersion": self.revision, "capabilities": {"tools": {"listChanged": True}}, "serverInfo": {"name": "s", "version": self.text()}}})
            yield "client", self.client_spells.line({"jsonrpc": "2.0", "method": "notifications/initialized"})
        while min(said.values()) < count:
            side = self.rng.choice(("client", "server"))
            kind = self.rng.random()
            if side == "client":
                text = self.client_request() if kind < 0.6 else self.answer("client") if kind < 0.85 else self.cancel("client") if kind < 0.9 else self.notification("client")
            else:
                text = self.answer("server") if kind < 0.65 else self.server_request() if kind < 0.8 else self.cancel("server") if kind < 0.83 else self.notification("server")
            if text is not None:
                said[side] += 1
                yield side, text
