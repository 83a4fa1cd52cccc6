"""What the product leaves in a state directory, read for tests: its log, and the verdict of its own commands on it."""
import glob
import json
import os
import shlex
import subprocess
import time

from harness import PATIENCE


def agentmesh(state, *words, patience=30, environment=None):
    """Runs `agentmesh WORDS --state-dir STATE`; gives the finished process, its output as text."""
    return subprocess.run([os.environ["AGENTMESH_PROXY"], *words, "--state-dir", state], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=patience,
                          env={**os.environ, **(environment or {})})


def words_for(state):
    """What stands behind `agentmesh COMMAND` in printed lines that are about this state directory, which is not the usual one."""
    return " --state-dir " + shlex.quote(state)


def approve_pin(case, state, server, tool, *words):
    """Shows the pins of `server` until that of `tool` is among them, which is a moment after the listing, and approves (`words`: which)."""
    give_up = time.monotonic() + PATIENCE
    while tool not in (shown := agentmesh(state, "pins", "list", server)).stdout:
        case.assertLess(time.monotonic(), give_up, shown.stdout + shown.stderr)
    done = agentmesh(state, "pins", "approve", server, *words)
    case.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def verified(case, state):
    """Asserts that `audit verify` has nothing to say against the log, and that every score follows from it."""
    for words in (("audit", "verify"), ("trust", "replay")):
        done = agentmesh(state, *words)
        case.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def records(state):
    """Every whole line of the log, in order. An unfinished last line is no record."""
    found = []
    for segment in sorted(glob.glob(os.path.join(state, "audit", "*", "seg", "*.jsonl"))):
        with open(segment, "rb") as file:
            found += [json.loads(line) for line in file if line.endswith(b"\n")]
    return found


def of_type(records_, name, **fields):
    return [r for r in records_ if r["type"] == name and all(r.get(key) == value for key, value in fields.items())]
