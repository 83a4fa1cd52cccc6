"""integrations/examples, each as a user would run it. Servers and places of the examples that this machine does not have are replaced by
the demo server and a temporary directory; nothing else is."""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

from harness import HERE
from state import of_type, records
from test_integrations import AGENTMESH, SERVER, Home, plain_json

EXAMPLES = os.path.join(HERE, "..", "..", "integrations", "examples")
SDK = os.path.join(HERE, "node_modules", "@modelcontextprotocol", "sdk")


def node():
    """A Node and the options with which it runs TypeScript; nothing if there is none."""
    for name in (os.path.join(HERE, "newer-node", "node_modules", "node", "bin", "node"), "node"):
        found = shutil.which(name)
        if not found:
            continue
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        parts = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
        if parts >= (22, 6):
            return [found, "--experimental-strip-types", "--no-warnings"]
    return None


def without_types(text):
    """agent.ts as JavaScript: it keeps to types that can be taken away line by line, for a Node that cannot do that itself."""
    text = re.sub(r"^interface .*?^}\n", "", text, flags=re.M | re.S)
    text = re.sub(r" as unknown as Result| as Record<string, string>", "", text)
    return re.sub(r"^(const \w+): [\w\[\]]+ =", r"\1 =", text, flags=re.M)


class Examples(Home):
    def copy(self, name):
        folder = os.path.join(self.home, os.path.basename(name))
        shutil.copytree(os.path.join(EXAMPLES, name), folder)
        return folder

    def agent(self, words):
        environment = {**self.environment, "AGENTMESH": AGENTMESH}
        done = subprocess.run([*words, self.files, SERVER, self.files], capture_output=True, text=True, timeout=60,
                              cwd=self.home, env=environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
        self.assertIn("read_text_file", lines["tools"])
        self.assertEqual(lines["read"], "Hello from a file.")
        self.assertEqual(lines["mark"], "allow")
        self.assertIn("Blocked by AgentMesh", lines["denied"])
        self.run_agentmesh("audit", "verify")

    def configuration(self, client, folder, name):
        """A client's file: it is what init-integration would write, and its server starts and is governed."""
        path = os.path.join(self.copy(folder), name)
        with open(path) as file:
            text = file.read()
        entry = plain_json(text)["mcpServers" if "mcpServers" in text else "servers"]["filesystem"]
        self.assertEqual(entry["args"][0], "proxy")
        again = self.run_agentmesh("init-integration", "--" + client, "--config-path", path, "--dry-run")
        self.assertRegex(again.stderr, r"filesystem: (already|would be updated)")
        npx = os.path.join(self.home, "npx")
        with open(npx, "w") as file:
            file.write('#!/bin/sh\nexec "%s" "$3"\n' % SERVER)
        os.chmod(npx, 0o755)
        with open(path, "w") as file:
            file.write(text.replace("/usr/bin/agentmesh", AGENTMESH).replace('"npx"', json.dumps(npx))
                       .replace("/home/me/notes", self.files))
        done = self.run_agentmesh("doctor", "--json", "--" + client, "--config-path", path)
        started = [c for c in json.loads(done.stdout)["checks"] if c["id"] == "server.starts"]
        self.assertEqual([c["status"] for c in started], ["ok"], done.stdout)

    def test_claude_desktop(self):
        self.configuration("claude", "claude-desktop", "claude_desktop_config.json")

    def test_claude_code_project(self):
        self.configuration("claude-code", "claude-code", ".mcp.json")

    def test_vs_code(self):
        self.configuration("vscode", "vscode", "mcp.json")

    def test_python_agent(self):
        self.agent([sys.executable, os.path.join(EXAMPLES, "python-agent", "agent.py")])

    def test_typescript_agent(self):
        if not shutil.which("node") or not os.path.isdir(SDK):
            self.skipTest("needs Node and tests/e2e/install-node-packages")
        folder = self.copy("typescript-agent")
        os.symlink(os.path.join(HERE, "node_modules"), os.path.join(folder, "node_modules"))
        words = node()
        if words:
            self.agent([*words, os.path.join(folder, "agent.ts")])
            return
        with open(os.path.join(folder, "agent.ts")) as file:
            script = without_types(file.read())
        with open(os.path.join(folder, "agent.mjs"), "w") as file:
            file.write(script)
        self.agent(["node", os.path.join(folder, "agent.mjs")])

    def test_ci_job(self):
        """Its steps as they stand, in a checkout of what it names, with our server in the place of the one that npx would fetch."""
        checkout = self.copy("ci")
        shutil.copy(os.path.join(EXAMPLES, "python-agent", "agent.py"), checkout)
        programs = os.path.join(self.home, "programs")
        os.mkdir(programs)
        os.symlink(AGENTMESH, os.path.join(programs, "agentmesh"))
        npx = os.path.join(programs, "npx")
        with open(npx, "w") as file:
            file.write('#!/bin/sh\nexec "%s" "$3"\n' % SERVER)
        os.chmod(npx, 0o755)
        with open(os.path.join(checkout, "github-workflow.yml")) as file:
            text = file.read()
        given = os.path.join(self.home, "github.env")
        environment = {**self.environment, "PATH": programs + ":" + self.environment["PATH"], "GITHUB_WORKSPACE": checkout,
                       "GITHUB_ENV": given}

        def step(words):
            done = subprocess.run(["sh", "-e", "-c", words], capture_output=True, text=True, env=environment, cwd=checkout)
            if os.path.exists(given):
                with open(given) as file:
                    environment.update(line.rstrip("\n").split("=", 1) for line in file)
            return done
        install, *steps = re.findall(r"^ *run: (.*)$", text, re.M)
        self.assertIn("agentmesh_*.deb", install)
        self.assertIn("python3", install)
        self.assertRegex(text, r"container: node:\d+-bookworm")  # its package is made for Debian 12, and npx has to be there
        self.assertEqual(len(steps), 4)
        for words in steps:
            done = step(words)
            self.assertEqual(done.returncode, 0, words + done.stdout + done.stderr)
        self.assertEqual([r["policy"] for r in of_type(records(environment["AGENTMESH_HOME"]), "policy.load")], ["ci"])

        kept = os.path.join(self.home, "kept")
        for path in re.search(r"path: \|\n((?: +\S+\n?)+)$", text)[1].split():
            target = os.path.join(kept, os.path.relpath(path, "agentmesh-state"))
            source = os.path.join(checkout, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copytree(source, target) if os.path.isdir(source) else shutil.copy(source, target)
        self.assertEqual([name for _, _, names in os.walk(kept) for name in names if name.endswith(".key")], [])
        verify = re.search(r"^# +agentmesh (audit verify .*)$", text, re.M)[1].split()
        done = subprocess.run([AGENTMESH, *verify], capture_output=True, text=True, env=self.environment, cwd=kept)
        self.assertEqual((done.returncode, done.stdout[:10]), (0, "OK, signed"), done.stdout + done.stderr)

        with open(os.path.join(checkout, "policy.yaml"), "a") as file:
            file.write("  - name: wrong\n    tool: read_file\n    args: {path: /srv/a}\n    expect: deny\n")
        self.assertEqual(step(steps[1]).returncode, 1)

    def test_what_the_container_starts_is_governed(self):
        """Its ENTRYPOINT and CMD as they stand, with our server in the place of the one that only the image has."""
        with open(os.path.join(EXAMPLES, "container", "Containerfile")) as file:
            text = file.read()
        entry, words = (json.loads(re.search(r"^%s (\[.*\])$" % name, text, re.M)[1]) for name in ("ENTRYPOINT", "CMD"))
        self.assertEqual((entry[0], entry[-1], words), ("agentmesh", "mcp-server-filesystem", ["/notes"]))
        state = os.path.join(self.home, "state")
        command = [AGENTMESH, *(state if word == "/state" else word for word in entry[1:-1]), SERVER, self.files]
        asked = [{"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {},
                                                              "clientInfo": {"name": "container", "version": "1"}}},
                 {"method": "notifications/initialized"}, {"id": 2, "method": "tools/list"}]
        done = subprocess.run(command, input="".join(json.dumps({"jsonrpc": "2.0", **one}) + "\n" for one in asked),
                              capture_output=True, text=True, timeout=60, cwd="/", env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("read_text_file", done.stdout)
        self.assertTrue(os.path.isdir(os.path.join(state, "audit", "main")))

    def test_container(self):
        engine = next((name for name in ("docker", "podman") if shutil.which(name) and subprocess.run(
            [name, "info"], capture_output=True, timeout=60, check=False).returncode == 0), None)
        package = os.environ.get("AGENTMESH_DEB")
        if not engine or not package:
            self.skipTest("needs a container engine that works, and AGENTMESH_DEB, the Debian package")
        folder = self.copy("container")
        shutil.copy(package, folder)
        subprocess.run([engine, "build", "-q", "-t", "agentmesh-example", "-f", "Containerfile", "."], cwd=folder, check=True)
        done = subprocess.run([engine, "run", "-i", "--rm", "agentmesh-example"], input="", capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)


del Home

if __name__ == "__main__":
    unittest.main()
