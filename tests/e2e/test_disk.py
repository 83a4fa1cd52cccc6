"""A disk that fails under the product: the real binary, with one system call of its log made to fail from outside.

Whatever fails, what the server saw is in the log, and the log verifies.
"""
import errno
import json
import os
import shutil
import sys
import tempfile
import unittest

from harness import HERE, Proxy
from state import agentmesh, of_type, records
from test_denial import call, hello

CALLS = 6


@unittest.skipUnless(os.environ.get("AGENTMESH_INJECTOR"), "no injector was built")
class Disk(unittest.TestCase):
    def session(self, name, number, nth, durability, stays=False):
        folder = tempfile.mkdtemp(prefix="agentmesh-disk-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        state = os.path.join(folder, "state")
        seen = os.path.join(folder, "seen")
        happened = os.path.join(folder, "happened")
        # Born before anything fails.
        self.assertEqual(agentmesh(state, "halt", "nobody", "--why", "so that there is a log").returncode, 0)
        environment = dict(os.environ, LD_PRELOAD=os.environ["AGENTMESH_INJECTOR"], INJECT_CALL=name, INJECT_NTH=str(nth),
                           INJECT_ERRNO=str(number), INJECT_PATH="/audit/main/", INJECT_LOG=happened,
                           INJECT_ON="1" if stays else "0")
        # The server runs without it.
        command = ["env", "-u", "LD_PRELOAD", sys.executable, os.path.join(HERE, "servers", "recorder.py"), seen]
        with Proxy([], env=environment, command=[
                os.environ["AGENTMESH_PROXY"], "proxy", "--policy", "permissive", "--name", "notes", "--durability", durability,
                "--state-dir", state, "--", *command]) as proxy:
            proxy.send(hello() + b"".join(call(n, "read_note", note="note %d" % n) for n in range(CALLS)))
            answers = proxy.lines(CALLS + 1)
            proxy.close_stdin()
            proxy.wait()
        with open(seen, "rb") as file:
            forwarded = [json.loads(line)["id"] for line in file if b"tools/call" in line]
        found = records(state)
        allowed = [int(r["id"]) for r in of_type(found, "decision", verdict="allow") if r.get("tool") == "read_note"]
        self.assertEqual(len(answers), CALLS + 1)
        self.assertEqual(sorted(set(forwarded)), sorted(forwarded))
        self.assertLessEqual(set(forwarded), set(allowed), "a call reached the server that the log does not have")
        # Scores may know of an outcome that the disk refused: the log alone is asked.
        self.assertEqual(agentmesh(state, "audit", "verify").returncode, 0)
        self.assertEqual(agentmesh(state, "audit", "recover").returncode, 0)
        self.assertEqual(agentmesh(state, "audit", "verify", "--strict").returncode, 0)
        return os.path.exists(happened)

    def at_every_step(self, name, number, durability, most):
        for nth in range(1, most + 1):
            with self.subTest(call=name, nth=nth):
                if not self.session(name, number, nth, durability):
                    self.assertGreater(nth, 1, "%s was never called" % name)
                    break

    def test_any_write_that_fails(self):
        self.at_every_step("write", errno.ENOSPC, "written", 8)

    def test_any_write_that_fails_for_good(self):
        for nth in (1, 3, 6):
            with self.subTest(nth=nth):
                self.session("write", errno.EIO, nth, "written", stays=True)

    def test_any_sync_that_fails(self):
        self.at_every_step("fdatasync", errno.EIO, "durable", 6)

    def test_any_rename_that_fails(self):
        self.at_every_step("rename", errno.EIO, "written", 3)


if __name__ == "__main__":
    unittest.main()
