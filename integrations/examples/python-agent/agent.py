#!/usr/bin/env python3
"""An agent in a few lines, without any library: starts its MCP server through agentmesh, reads a file, and tries what it must not.

    agent.py DIRECTORY [SERVER [ARG…]]        default server: npx -y @modelcontextprotocol/server-filesystem DIRECTORY

The environment may say which program (AGENTMESH, default: agentmesh) and which policy (POLICY, default: moderate).
"""
import json
import os
import subprocess
import sys


class Server:
    """One MCP server behind agentmesh. The only difference to starting it directly is the words in front of --."""

    def __init__(self, name, command, policy="moderate"):
        agentmesh = os.environ.get("AGENTMESH", "agentmesh")
        self.process = subprocess.Popen([agentmesh, "proxy", "--name", name, "--policy", policy, "--", *command],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.last_id = 0
        self.request("initialize", protocolVersion="2025-06-18", capabilities={},
                     clientInfo={"name": "python-agent", "version": "1"})
        self.send(method="notifications/initialized")

    def send(self, **message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def request(self, method, **params):
        self.last_id += 1
        self.send(id=self.last_id, method=method, params=params)
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("id") == self.last_id and "method" not in message:
                return message["result"]
        sys.exit("the server went away")

    def call(self, tool, **arguments):
        return self.request("tools/call", name=tool, arguments=arguments)

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def main():
    directory = os.path.abspath(sys.argv[1])
    command = sys.argv[2:] or ["npx", "-y", "@modelcontextprotocol/server-filesystem", directory]
    server = Server("files", command, os.environ.get("POLICY", "moderate"))
    print("tools:", ", ".join(tool["name"] for tool in server.request("tools/list")["tools"]))

    with open(os.path.join(directory, "hello.txt"), "w", encoding="utf-8") as file:
        file.write("Hello from a file.\n")
    result = server.call("read_text_file", path=os.path.join(directory, "hello.txt"))
    print("read:", result["content"][0]["text"].strip())
    print("mark:", result["_meta"]["io.agentmesh/verification"]["decision"])

    result = server.call("read_text_file", path=directory + "/../../../../etc/passwd")
    print("denied:" if result.get("isError") else "READ IT:", result["content"][0]["text"].splitlines()[0])
    sys.exit(server.close())


if __name__ == "__main__":
    main()
