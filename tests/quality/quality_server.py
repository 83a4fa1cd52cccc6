#!/usr/bin/env python3
"""A server that says what it is told to: the other end of outside.py.

    quality_server.py FOLDER      FOLDER/tools.json    what tools/list answers: an array of tools
                                  FOLDER/results.json  an array of results (raw JSON texts); a call with arguments {"n": 7}
                                                       is answered by the eighth, any other call by "ok"
                                  FOLDER/received      every line that arrived, as it arrived
"""
import json
import os
import sys


def load(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return []


def id_of(line):
    """The id as it is spelled; scripts send {"jsonrpc":"2.0","id":17,... so that it need not be parsed."""
    head = b'{"jsonrpc":"2.0","id":'
    if not line.startswith(head):
        return None
    digits = line[len(head):].split(b",", 1)[0]
    return digits if digits.isdigit() else None


def main():
    folder = sys.argv[1]
    tools = load(folder, "tools.json")
    results = load(folder, "results.json")
    received = open(os.path.join(folder, "received"), "ab", buffering=0)
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        received.write(line)
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or "method" not in message:
            number = id_of(line)
            if number:
                out.write(b'{"jsonrpc":"2.0","id":%s,"result":{"content":[]}}\n' % number)
                out.flush()
            continue
        if "id" not in message:
            continue
        number = id_of(line) or json.dumps(message["id"]).encode()
        method = message["method"]
        params = message.get("params") or {}
        if method == "initialize":
            answer = json.dumps({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                                 "serverInfo": {"name": "quality", "version": "1"}})
        elif method == "tools/list":
            answer = json.dumps({"tools": tools})
        else:
            arguments = params.get("arguments") if isinstance(params, dict) else None
            n = arguments.get("n") if isinstance(arguments, dict) else None
            answer = (results[n] if isinstance(n, int) and not isinstance(n, bool) and 0 <= n < len(results)
                      else '{"content":[{"type":"text","text":"ok"}]}')
        out.write(b'{"jsonrpc":"2.0","id":%s,"result":%s}\n' % (number, answer.encode()))
        out.flush()


if __name__ == "__main__":
    main()
