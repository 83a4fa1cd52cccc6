"""agentmesh policy …: what its commands print, on which stream, with which exit status; for people and, with --json, for programs."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import unittest.mock

from session import Session, line, result

TEAM = """\
version: "1.0"
name: team
default: allow
rules:
  - {name: no, tool: erase, action: deny, description: notes stay, tags: [notes, care]}
  - {name: ask, tool: lend, action: require_approval, approvers: [operations, user]}
  - {name: few, tool: read, limit: 2/hour}
  - {name: odd, tool: odd, action: deny, condition: "args.n > 1"}
  - {name: key, action: warn, condition: data.contains_secret, tags: secrets}
tests:
  - {name: good, tool: erase, expect: deny, rule: no}
"""
WRONG = 'version: "1.0"\nrules:\n  - {name: a, condition: "tol == 1"}\n  - {name: a, action: dney}\n'


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="agentmesh-policy-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.write("team.yaml", TEAM)
        self.write("wrong.yaml", WRONG)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def run_it(self, *words, status=0, stdin=""):
        done = subprocess.run([os.environ["AGENTMESH_PROXY"], "policy", *words], cwd=self.folder, input=stdin, text=True, capture_output=True,
                              env={**os.environ, "AGENTMESH_HOME": os.path.join(self.folder, "state"), "NO_COLOR": "1"})
        self.assertEqual(done.returncode, status, (words, done))
        return done

    def explain(self, *words):
        return json.loads(self.run_it("explain", "--policy", "team.yaml", *words, "--json").stdout)


class Checking(Commands):
    def test_explain_protects_what_the_proxy_protects(self):
        config = os.path.join(self.folder, "config", "agentmesh")
        with unittest.mock.patch.dict(os.environ, {"XDG_CONFIG_HOME": os.path.dirname(config)}):
            for tool, path in (("write_file", config + "/agentmesh.yaml"), ("delete_directory", config), ("write_file", "team.yaml"),
                               ("write_file", ".mcp.json"), ("write_file", os.environ["AGENTMESH_PROXY"]), ("read_file", "state/keys/k"),
                               ("read_file", "/" * 5000 + self.folder + "/state")):
                said = self.explain("--tool", tool, "--args", json.dumps({"path": path}))
                self.assertEqual(said["rule"], "self.protected", path[-80:])
            self.assertEqual(self.explain("--tool", "write_file", "--args", '{"path":"other.yaml"}')["rule"], "default")

    def test_check_tells_every_problem_with_its_place_and_a_warning_is_no_error(self):
        self.assertEqual(self.run_it("check", "team.yaml", "moderate").stdout.splitlines()[0], "team.yaml: 5 rules, no mistake found")
        told = self.run_it("check", "wrong.yaml", "team.yaml", status=2)
        self.assertEqual([text.split(": ")[0] for text in told.stderr.splitlines()], ["wrong.yaml:3:27", "wrong.yaml:4:23"])
        self.assertIn("did you mean 'tool'?", told.stderr)
        self.assertIn("did you mean 'deny'?", told.stderr)
        self.write("doubt.yaml", TEAM.replace("tests:", "  - {name: dead, tool: erase, action: deny}\ntests:"))
        told = self.run_it("check", "doubt.yaml")
        self.assertEqual(told.stdout, "doubt.yaml: 6 rules, 1 warning\n")
        self.assertIn("doubt.yaml:10:12: warning: rules[5]: 'dead' never decides: 'no' (doubt.yaml:5:12) always does before it", told.stderr)
        self.run_it("check", "--strict", "doubt.yaml", status=1)
        problems = json.loads(self.run_it("check", "--json", "wrong.yaml", "doubt.yaml", status=2).stdout)
        self.assertEqual((problems["ok"], problems["errors"], problems["warnings"]), (False, 2, 1))
        self.assertEqual([(p["level"], p["file"], p["line"], p["column"]) for p in problems["problems"]],
                         [("error", "wrong.yaml", 3, 27), ("error", "wrong.yaml", 4, 23), ("warning", "doubt.yaml", 10, 12)])

    def test_test_names_what_differs_and_takes_cases_from_another_file(self):
        self.assertEqual(self.run_it("test", "team.yaml").stdout, "1 case, all as expected\n")
        self.write("cases.yaml", "tests:\n  - {name: effect, tool: read, expect: deny}\n  - {name: rule, tool: erase, expect: deny, rule: other}\n"
                                 "  - {name: right, tool: lend, expect: require_approval, rule: ask}\n")
        self.assertEqual(self.run_it("test", "team.yaml", "cases.yaml", status=1).stdout,
                         "cases.yaml:2:5: effect: expected deny, got allow by rule 'default'\n"
                         "cases.yaml:3:5: rule: expected deny by rule 'other', got deny by rule 'no'\n2 of 3 cases differ\n")
        told = json.loads(self.run_it("test", "team.yaml", "cases.yaml", "--json", status=1).stdout)
        self.assertEqual((told["cases"], told["failed"], [r["passed"] for r in told["results"]]), (3, 2, [False, False, True]))
        self.run_it("test", "wrong.yaml", status=2)
        self.write("none.yaml", "default: allow\n")
        self.assertIn("holds no cases", self.run_it("test", "none.yaml", status=2).stderr)

    def test_a_policy_that_does_not_load_is_said_with_its_places_on_stderr_and_to_programs_too(self):
        for words in (("explain", "--tool", "t", "--policy", "wrong.yaml"), ("test", "wrong.yaml"), ("show", "--types", "--tool", "t", "wrong.yaml")):
            told = self.run_it(*words, status=2)
            self.assertTrue(told.stderr.startswith("wrong.yaml:3:27: rules[0].condition: unknown name 'tol'"), told)
            self.assertEqual(told.stdout, "")
            told = self.run_it(*words, "--json", status=2)
            self.assertEqual(json.loads(told.stdout), {"ok": False, "error": told.stderr.strip()})


class Explaining(Commands):
    def test_the_answer_to_every_decision_is_exit_0_and_has_all_its_members(self):
        said = self.explain("--tool", "erase", "--args", '{"text":"AKIA4HZ7QJ2LMNOPW3XY"}')
        self.assertEqual((said["decision"], said["rule"], said["approvers"], said["errors"]), ("deny", "no", [], []))
        self.assertEqual(said["matched"], [{"rule": "no", "action": "deny", "file": "team.yaml", "line": 5},
                                           {"rule": "key", "action": "warn", "file": "team.yaml", "line": 9}])
        self.assertEqual([(f["severity"], f["where"]) for f in said["findings"]], [("high", "arguments.text")])
        self.assertEqual((said["reason"], said["suggest"]), ("notes stay", "change rule 'no' at team.yaml:5, or add an `unless` to it"))
        self.assertEqual((said["tags"], self.explain("--tool", "lend")["tags"]), (["notes", "care", "secrets"], []))
        self.assertIn("\n  tags: notes, care\n", self.run_it("explain", "--policy", "team.yaml", "--tool", "erase").stdout)
        self.assertEqual(self.explain("--tool", "lend")["approvers"], ["operations", "user"])
        self.assertEqual((self.explain("--tool", "x")["decision"], self.explain("--tool", "x")["rule"]), ("allow", "default"))
        failed = self.explain("--tool", "odd")
        self.assertEqual((failed["decision"], failed["errors"]), ("deny", [{"rule": "odd", "message": "there is no 'n'"}]))
        text = self.run_it("explain", "--policy", "team.yaml", "--tool", "odd").stdout
        self.assertIn("deny by team/odd (team.yaml:8)\n", text)
        self.assertIn("could not be evaluated: odd: there is no 'n'", text)

    def test_it_is_stateless_but_for_what_is_stated(self):
        for _ in range(4):
            self.assertEqual(self.explain("--tool", "read")["decision"], "allow")
        self.assertEqual(self.explain("--tool", "read", "--session", '{"limits":{"few":1}}')["decision"], "allow")
        used = self.explain("--tool", "read", "--session", '{"limits":{"few":2}}')
        self.assertEqual((used["decision"], used["rule"]), ("deny", "few"))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "state")))

    def test_other_requests_are_asked_by_their_method(self):
        said = self.explain("--method", "resources/read", "--args", '{"uri":"file:///srv/a"}')
        self.assertEqual((said["decision"], said["type"]), ("allow", "read"))
        self.assertEqual(json.loads(self.run_it("explain", "--policy", "strict", "--method", "vendor/x", "--json").stdout)["rule"], "unknown_methods")
        self.assertIn("--tool NAME, or --method METHOD", self.run_it("explain", status=2).stderr)


class Evaluating(Commands):
    def test_value_failure_and_refusal_are_three_exits(self):
        self.assertEqual(self.run_it("eval", "size(args.to) > 2u", "--vars", '{"args":{"to":[1,2,{"$uint":"3"}]}}').stdout, "true\n")
        self.assertEqual(self.run_it("eval", "[1u, 1.5, b'a']", "--json").stdout, '{"value":[{"$uint":"1"},{"$double":1.5},{"$bytes":"YQ=="}]}\n')
        self.assertEqual(self.run_it("eval", "1 / 0", status=1).stderr, "agentmesh: column 3: division by zero\n")
        self.assertEqual(self.run_it("eval", "tool == 3", status=2).stderr, "agentmesh: column 6: '==' compares string with int, which are never equal\n")
        self.assertIn("column 1: unknown name 'tol'; did you mean 'tool'?", self.run_it("eval", "tol", status=2).stderr)
        self.assertEqual(json.loads(self.run_it("eval", "1 +", "--json", status=2).stdout)["ok"], False)
        self.assertIn("--vars: this is not JSON", self.run_it("eval", "1", "--vars", "{", status=2).stderr)

    def test_a_batch_answers_line_by_line(self):
        rows = [{"id": 1, "expr": "1 + 1"}, {"id": "b", "expr": "args.x", "vars": {"args": {}}}, {"id": 3, "expr": "tol"},
                {"id": [4], "expr": "x > y", "vars": {"x": {"$timestamp": "2026-01-01T00:00:01Z"}, "y": {"$timestamp": "2026-01-01T00:00:00Z"}}}]
        text = "".join(json.dumps(row) + "\n" for row in rows) + "\nno JSON\n"
        self.write("rows.jsonl", text)
        answers = [json.loads(row) for row in self.run_it("eval", "--batch", "rows.jsonl").stdout.splitlines()]
        self.assertEqual(answers, [{"id": 1, "value": 2}, {"id": "b", "error": "there is no 'x'", "kind": "evaluation", "column": 6},
                                   {"id": 3, "error": "unknown name 'tol'; did you mean 'tool'?", "kind": "compile", "column": 1}, {"id": [4], "value": True},
                                   {"id": None, "error": "this line is no JSON object", "kind": "compile"}])
        self.assertEqual([json.loads(row) for row in self.run_it("eval", "--batch", "-", stdin=text).stdout.splitlines()], answers)
        self.assertIn("cannot read nowhere", self.run_it("eval", "--batch", "nowhere", status=2).stderr)
        self.assertIn("give one or the other", self.run_it("eval", "1", "--batch", "rows.jsonl", status=2).stderr)


class Showing(Commands):
    def test_presets_and_library_files_are_printed_as_files_that_load_and_pass_their_tests(self):
        for name in ("strict", "moderate", "permissive", "git_safe", "no_destructive_sql", "no_pii_export", "rate_limit", "secrets"):
            self.write("copy.yaml", self.run_it("show", name).stdout)
            self.run_it("check", "--strict", "copy.yaml")
            self.run_it("test", "copy.yaml")
        self.assertEqual(self.run_it("show", "team.yaml").stdout, TEAM)
        self.assertEqual(json.loads(self.run_it("show", "team.yaml", "--json").stdout), {"name": "team.yaml", "text": TEAM})
        strict = json.loads(self.run_it("show", "strict", "--json").stdout)
        self.assertEqual(strict, {"name": "strict", "text": self.run_it("show", "strict").stdout})

    def test_types_tell_how_a_tool_is_classed_by_words_by_name_and_by_server(self):
        table = {row["type"]: row["words"].split() for row in json.loads(self.run_it("show", "--types", "--json").stdout)}
        self.assertEqual(list(table), ["read", "query", "write", "network", "message", "export", "execute", "delete"])
        self.assertIn("purge", table["delete"])
        self.assertIn("email*", table["message"])
        self.write("said.yaml", 'default: allow\ntools: {"frob_*": {type: delete}}\n')
        told = self.run_it("show", "--types", "said.yaml", "--tool", "frob_it", "--tool", "read_it", "--tool", "xyzzy").stdout
        self.assertEqual([row.split() for row in told.splitlines()], [["delete", "frob_it"], ["read", "read_it"], ["unknown", "xyzzy"]])
        with Session(name="garden") as s:
            s.hello()
            s.client(line(id="l", method="tools/list"))
            s.at_server()
            s.server(result("l", tools=[{"name": "prune_tree", "inputSchema": {"type": "object"}}, {"name": "tree_view", "inputSchema": {"type": "object"}}]))
            s.at_client()
            s.over()
            told = self.run_it("show", "--types", "--server", "garden", "--state-dir", s.state, "--json").stdout
        self.assertEqual(json.loads(told), [{"tool": "prune_tree", "type": "delete"}, {"tool": "tree_view", "type": "read"}])

    def test_the_schema_is_one_for_editors(self):
        schema = json.loads(self.run_it("schema").stdout)
        self.assertIn("json-schema.org", schema["$schema"])
        self.assertFalse(schema["additionalProperties"])
