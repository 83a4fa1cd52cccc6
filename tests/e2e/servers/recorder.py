"""recorder.py FILE [detach]: appends every byte it receives to FILE as it comes, before it answers; answers initialize, tools/list
and calls.

Its stderr is one line with its process id. A test reads FILE to know what got past the proxy. With "detach" it first leaves a process
behind that has cut every tie to it (another parent, a session of its own), and a line says which.
"""
import json
import os
import subprocess
import sys

TOOLS = [{"name": name, "description": text, "inputSchema": {"type": "object"}}
         for name, text in (("read_note", "Reads a note."), ("erase_note", "Erases a note."))]


def answer(message):
    method = message.get("method")
    if method == "initialize":
        return {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "recorder", "version": "1"}}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        return {"content": [{"type": "text", "text": "done: %s" % message["params"]["name"]}]}
    return {}


def detach():
    """The id of a process that is nobody's child. It is a small one: forking Python would make its end slow."""
    done = subprocess.run(["sh", "-c", "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $!"], stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def main(path, *words):
    if words:
        os.write(2, b"detached %d\n" % detach())
    os.write(2, b"recorder %d\n" % os.getpid())
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if os.fstat(file).st_size > 0:
        os.write(file, b"\n")  # ends a line that a kill cut off in an earlier run
    rest = b""
    while True:
        got = os.read(0, 1 << 16)
        if not got:
            return
        os.write(file, got)
        *lines, rest = (rest + got).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "id" in message and "method" in message:
                reply = {"jsonrpc": "2.0", "id": message["id"], "result": answer(message)}
                os.write(1, json.dumps(reply).encode() + b"\n")


main(*sys.argv[1:])
