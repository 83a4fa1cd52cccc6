"""A second reader of lines, slow and plain: one character after the other, from RFC 8259 and the rules R1 to R16 of the protocol's design.

It shares no code with the product and uses no JSON library, so what both say of a line is said twice. For a Reader of one side's lines,
passes(line) is whether the line goes on as it is in a session without batches that allows everything: True, False, or None for a blank
line, which is nothing.
"""
import unicodedata

KEYS = {"jsonrpc", "id", "method", "params", "result", "error"}
PARAMS = {"name", "arguments", "_meta", "task", "uri", "cursor", "inputResponses", "requestState"}
# Methods whose params are judged, with their own further keys; and what `params` has to hold.
JUDGED = {"tools/list": ("object or none", None, ()), "tools/call": ("object", "name", ()), "resources/read": ("object", "uri", ()),
          "resources/subscribe": ("object", "uri", ()), "resources/unsubscribe": ("object", "uri", ()), "subscriptions/listen": ("object", None, ("notifications",)),
          "prompts/get": ("object", "name", ()), "tasks/get": ("object", None, ("taskId",)), "tasks/result": ("object", None, ("taskId",)),
          "tasks/cancel": ("object", None, ("taskId",)), "tasks/update": ("object", None, ("taskId",)), "tasks/list": ("object or none", None, ())}
# The same for what a server asks.
ASKED = {"sampling/createMessage": ("messages", "systemPrompt", "maxTokens", "includeContext", "tools", "toolChoice"),
         "elicitation/create": ("mode", "message", "requestedSchema", "url")}
ARGUMENTS = {"tools/call", "prompts/get"}
LOOKED_AT = set(JUDGED) | {"initialize", "server/discover", "sampling/createMessage", "elicitation/create", "roots/list"}
DEEPEST = 128


class Bad(Exception):
    pass


class Number(str):
    """As it is spelled."""


class Pairs(list):
    """An object: its members in order, doubled ones too."""

    def get(self, key):
        found = [value for name, value in self if name == key]
        return found[0] if found else None

    def has(self, key):
        return any(name == key for name, _ in self)


class Text:
    def __init__(self, text):
        self.text, self.at = text, 0

    def peek(self):
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, wanted):
        if self.text[self.at:self.at + len(wanted)] != wanted:
            raise Bad("expected %r" % wanted)
        self.at += len(wanted)

    def blanks(self):
        while self.peek() and self.peek() in " \t\n\r":
            self.at += 1

    def value(self, depth):
        c = self.peek()
        if c == "{":
            return self.container(depth, "{", "}")
        if c == "[":
            return self.container(depth, "[", "]")
        if c == '"':
            return self.string()
        for word, meaning in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return meaning
        return self.number()

    def container(self, depth, opens, closes):
        if depth == DEEPEST:
            raise Bad("too deep")
        self.take(opens)
        found = Pairs() if opens == "{" else []
        self.blanks()
        if self.peek() == closes:
            self.take(closes)
            return found
        while True:
            self.blanks()
            if opens == "{":
                key = self.string()
                self.blanks()
                self.take(":")
                self.blanks()
                found.append((key, self.value(depth + 1)))
            else:
                found.append(self.value(depth + 1))
            self.blanks()
            if self.peek() == closes:
                self.take(closes)
                return found
            self.take(",")

    def digits(self):
        start = self.at
        while self.peek() and self.peek() in "0123456789":
            self.at += 1
        if self.at == start:
            raise Bad("a digit is missing")

    def number(self):
        start = self.at
        if self.peek() == "-":
            self.at += 1
        if self.peek() == "0":
            self.at += 1
        else:
            self.digits()
        if self.peek() == ".":
            self.at += 1
            self.digits()
        if self.peek() and self.peek() in "eE":
            self.at += 1
            if self.peek() and self.peek() in "+-":
                self.at += 1
            self.digits()
        return Number(self.text[start:self.at])

    def unit(self):
        four = self.text[self.at:self.at + 4]
        if len(four) != 4 or any(c not in "0123456789abcdefABCDEF" for c in four):
            raise Bad("a bad escape")
        self.at += 4
        return int(four, 16)

    def string(self):
        self.take('"')
        out = []
        while True:
            c = self.peek()
            if c == "" or ord(c) < 0x20:
                raise Bad("a bad string")
            self.at += 1
            if c == '"':
                return "".join(out)
            if c != "\\":
                out.append(c)
                continue
            c = self.peek()
            self.at += 1
            short = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
            if c != "" and c in short:
                out.append(short[c])
            elif c == "u":
                code = self.unit()
                if 0xD800 <= code < 0xDC00 and self.text.startswith("\\u", self.at):
                    before = self.at
                    self.at += 2
                    low = self.unit()
                    if 0xDC00 <= low < 0xE000:
                        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                    else:
                        self.at = before
                out.append(chr(code))
            else:
                raise Bad("a bad escape")


def lone(text):
    return any(0xD800 <= ord(c) < 0xE000 for c in text)


def fold(text):
    """What careless readers make of a key or a method: other case, blanks and what cannot be seen gone, two odd letters."""
    seen = "".join(c for c in text if lone(c) or unicodedata.category(c)[0] not in "ZC")
    return "".join({"\u017f": "s", "\u212a": "k"}.get(c, c.lower() if ord(c) < 128 else c) for c in seen)


def is_like(text, words):
    return text not in words and fold(text) in {fold(word) for word in words}


def every_string(value):
    if isinstance(value, Pairs):
        for key, inner in value:
            yield key
            yield from every_string(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_string(inner)
    elif isinstance(value, str) and not isinstance(value, Number):
        yield value


def twice_anywhere(value):
    if isinstance(value, Pairs):
        keys = [key for key, _ in value]
        return len(set(keys)) < len(keys) or any(twice_anywhere(inner) for _, inner in value)
    return isinstance(value, list) and any(twice_anywhere(inner) for inner in value)


def id_key(value):
    """Type and value of a legal id, else None (R6); what has no UTF-8 cannot be compared."""
    if isinstance(value, Number):
        digits = value[1:] if value.startswith("-") else value
        return ("number", str(value)) if digits.isdigit() and value != "-0" else None
    return ("text", value) if isinstance(value, str) and not lone(value) else None


class Reader:
    def __init__(self):
        self.outstanding = set()

    def document(self, line):
        """The one object of the line (R8 to R12, R14, R15); Bad otherwise."""
        text = line[:-1] if line.endswith(b"\n") else line
        if text.endswith(b"\r"):
            text = text[:-1]
        if b"\r" in text or text.startswith(b"\xef\xbb\xbf"):
            raise Bad("CR or BOM")
        try:
            reader = Text(text.decode("utf-8", "strict"))
        except UnicodeDecodeError:
            raise Bad("no UTF-8") from None
        reader.blanks()
        found = reader.value(0)
        reader.blanks()
        if reader.peek():
            raise Bad("more than one document")
        if not isinstance(found, Pairs):
            raise Bad("no object")
        return found

    def passes(self, line):
        if not line.strip(b" \t\r\n"):
            return None
        try:
            return self.judge(self.document(line))
        except Bad:
            return False


class ClientReader(Reader):
    """The client's lines; answers to requests of the server are not expected."""

    def judge(self, message):
        if twice_anywhere(message) or any(lone(text) for text in every_string(message)):
            return False  # R1, R13
        if any(is_like(key, KEYS) for key, _ in message) or message.get("jsonrpc") != "2.0" or isinstance(message.get("jsonrpc"), Number):
            return False  # R2, R4
        method, has_id = message.get("method"), message.has("id")
        if message.has("method") == (message.has("result") or message.has("error")):
            return False  # R5
        if not message.has("method"):  # nobody asked; but a peer that could read no id may say so
            return message.has("error") and not message.has("result") and not (has_id and message.get("id") is not None)
        if not isinstance(method, str) or isinstance(method, Number) or is_like(method, LOOKED_AT):
            return False  # R3
        if has_id and id_key(message.get("id")) is None:
            return False  # R6
        if not has_id and method in LOOKED_AT:
            return False  # a notification does no governed work
        if method in JUDGED:
            wants, text, more = JUDGED[method]
            params = message.get("params")
            if not isinstance(params, Pairs) and (wants == "object" or message.has("params")):
                return False  # R7
            if isinstance(params, Pairs):
                if any(is_like(key, PARAMS | set(more)) for key, _ in params):
                    return False  # R2
                name = params.get(text) if text else None
                if text and (not isinstance(name, str) or isinstance(name, Number) or "\0" in name):
                    return False
                if method in ARGUMENTS and params.has("arguments") and not isinstance(params.get("arguments"), Pairs) and params.get("arguments") is not None:
                    return False
        if has_id:
            key = id_key(message.get("id"))
            if key in self.outstanding:
                return False  # R16
            self.outstanding.add(key)
        return True


class ServerReader(Reader):
    """Notifications and requests of the server, and answers to the ids in `waiting` (id key → whether its result is governed)."""

    def __init__(self, waiting):
        super().__init__()
        self.waiting = waiting

    def judge(self, message):
        keys = [key for key, _ in message]
        if len(set(keys)) < len(keys) or any(is_like(key, KEYS) for key in keys):
            return False  # R1, R2
        if message.get("jsonrpc") != "2.0" or isinstance(message.get("jsonrpc"), Number):
            return False  # R4
        method, has_id = message.get("method"), message.has("id")
        answers = message.has("result") + message.has("error")
        if message.has("method"):
            if answers or not isinstance(method, str) or isinstance(method, Number):
                return False  # R5
            if is_like(method, LOOKED_AT):
                return False  # R3
            if has_id and twice_anywhere(message) or not has_id and method in LOOKED_AT:
                return False
            if method in ASKED:  # R7, R2
                params = message.get("params")
                if not isinstance(params, Pairs) or any(is_like(key, PARAMS | set(ASKED[method])) for key, _ in params):
                    return False
            if has_id and id_key(message.get("id")) is None:
                return False
            if has_id and id_key(message.get("id")) in self.outstanding:
                return False
            if has_id:
                self.outstanding.add(id_key(message.get("id")))
            return True
        if answers != 1:
            return False
        if message.has("error") and (not has_id or message.get("id") is None):
            return True
        key = id_key(message.get("id")) if has_id else None
        if key not in self.waiting:
            return False
        if message.has("result"):
            governed = self.waiting[key]
            result = message.get("result")
            if governed and isinstance(result, Pairs):
                words = {"content", "structuredContent", "isError", "_meta", "resultType", "tools", "contents", "messages", "inputRequests", "requestState", "task"}
                outside = Pairs((k, v if k not in ("structuredContent", "_meta") else None) for k, v in result)
                if twice_anywhere(outside) or any(is_like(k, words) for k, _ in result):
                    return False
        elif twice_anywhere(Pairs((k, v) for k, v in message.get("error") if k != "data") if isinstance(message.get("error"), Pairs) else None):
            return False
        del self.waiting[key]
        return True
