"""Paths as a server that normalises would open them: however one is spelled, what governs AgentMesh and what lies outside hard roots
stays out of reach, in every preset and mode."""
import json
import os
import tempfile
import unittest
from urllib.parse import unquote, urlparse

from session import Session, call, line, marks_of


def readings(text):
    """What servers open for it: node's path.resolve, the filesystem server's trimming and quotes, Python's open, a file: URL."""
    cut = text.strip()
    bare = cut[1:] if cut[:1] in "\"'" else cut
    bare = bare[:-1] if bare[-1:] in "\"'" else bare
    paths = [text, cut, bare, unquote(cut), cut.replace("\\", "/"), text.split("\0")[0], os.path.expandvars(text)]
    if cut.startswith("file:"):
        paths.append(unquote(urlparse(cut).path))
    out = {os.path.normpath("/" + os.path.join(os.getcwd(), path).lstrip("/")) for path in paths if path}
    out.update(os.path.realpath(path) for path in paths if path and "\0" not in path)
    return out


def spellings(path):
    inner = path.lstrip("/")
    yield path
    yield "/" * 5000 + inner
    yield "/" + "./" * 3000 + inner
    yield "/" + "x/../" * 3000 + inner
    yield "../" * 1370 + inner
    yield "/x\n/../" + inner
    yield "/x\n/y/../../" + inner
    yield "x\n/" + "../" * 20 + inner
    yield "http://" + "../" * 20 + inner
    yield "/x\\y/../" + inner
    yield "/x%2fy/../" + inner
    yield "/x\u2215y/../" + inner
    yield "/x:y/../" + inner
    yield '/"x/../' + inner
    yield "/" + "n" * 300 + "/../" + inner
    for first in ("x y/", "a, b/", "(x y)/", "a; b/", "caf\u00e9/", "caf\u00e9/" + "./" * 2100, "ht\ntp://"):
        yield first + "../" * 20 + inner
    yield "/it's\n/.." + path
    yield "/" + "a/" * 2500 + "'" + "/.." * 2501 + path
    yield "x:/" + "a/" * 2500 + "../" * 2520 + inner
    yield path.replace("/", "\\")
    yield " " + path + "\n"
    yield "\u00a0" + path
    yield '"' + path + '"'
    yield "file://" + path
    yield "file://elsewhere" + path
    yield "file://" + path + "?x"
    yield "".join("%%%02x" % byte for byte in path.encode())


class Hidden(unittest.TestCase):
    def session(self, *options, **more):
        s = Session(*options, **more)
        self.addCleanup(s.__exit__)
        return s.hello()

    def refused(self, s, tool, arguments):
        s.client(call(1, tool, arguments))
        answer = json.loads(s.at_client())
        marks = marks_of(answer)
        self.assertEqual(marks["decision"], "deny", (str(arguments)[:200], marks))
        self.assertEqual(s.settle(), ([], []))
        return marks

    def each(self, s, path, key="path", tool="read_text_file", rules=("self.protected",)):
        for text in spellings(path):
            self.assertTrue(any(path == p or p.startswith(path + "/") for p in readings(text)), repr(text[:99]))  # it is an attack
            self.assertIn(self.refused(s, tool, {key: text})["rule"], rules, repr(text[:99]))

    def test_the_state_directory_cannot_be_read_however_it_is_spelled(self):
        for policy in ("moderate", "strict", "permissive"):
            with self.subTest(policy):
                s = self.session(policy=policy, **({"settings": ""}))
                if policy == "strict":
                    continue  # a new server is held there: see below
                for key in ("path", "source", "uri", "whatever"):
                    self.each(s, os.path.join(s.state, "keys", "state.key"), key=key)

    def test_nor_in_shadow_mode_nor_under_strict_rules(self):
        s = self.session("--mode", "shadow", policy="permissive")
        self.each(s, s.state)
        s = self.session(policy="version: '1.0'\nname: house\nextends: [strict]\npins: {first: pin}\n")
        self.each(s, s.state)

    def test_the_policy_in_force_and_the_settings_cannot_be_written(self):
        s = self.session()
        for name in ("house.yaml", "agentmesh.yaml"):
            self.each(s, os.path.join(s.folder, name), tool="write_file")
        self.refused(s, "push_files", {"files": {os.path.join(s.folder, "house.yaml"): "default: allow"}})

    def test_the_usual_settings_cannot_be_written_whether_they_are_there_or_not(self):
        with tempfile.TemporaryDirectory() as config:
            s = self.session(env={**os.environ, "XDG_CONFIG_HOME": config})
            marks = self.refused(s, "write_file", {"path": config + "/agentmesh/agentmesh.yaml", "content": "policy: permissive\n"})
            self.assertEqual(marks["rule"], "self.protected")
            self.refused(s, "move_file", {"source": "/tmp/x", "destination": config + "/agentmesh/x"})

    def test_a_path_that_stands_in_several_places_of_a_call_is_one(self):
        """Each for itself is harmless: a directory here, a name there, or behind a cd."""
        for policy in ("moderate", "permissive"):
            with self.subTest(policy):
                s = self.session(policy=policy)
                above, inner = s.folder, os.path.relpath(os.path.realpath(s.state), os.path.realpath(s.folder)) + "/keys/state.key"
                os.symlink(os.path.realpath(s.state), above + "/way")
                s.asked(call(90, "git_add", {"repo_path": above, "files": ["src/%d.cc" % i for i in range(200)]}))
                s.asked(call(91, "write_note", {"directory": above, "content": inner}))
                for tool, arguments in (
                        ("read_file", {"directory": above, "file": inner}),
                        ("read_file", {"file": inner, "root": above + "/x/.."}),
                        ("read_file", {"directory": above, "file": "way/keys/state.key"}),
                        ("get", {"parts": [above, *inner.split("/")]}),
                        ("run", {"command": "cd %s && cat %s" % (above, inner)}),
                        ("run", {"command": "cat " + inner, "cwd": above}),
                        ("run", {"command": "tar -C %s -cf /tmp/x.tar %s" % (above, inner)})):
                    self.assertEqual(self.refused(s, tool, arguments)["rule"], "self.protected", arguments)

    def test_what_other_entries_name_for_their_proxies_is_closed_as_well(self):
        with tempfile.TemporaryDirectory() as home:
            home = os.path.realpath(home)
            entry = {"command": os.environ["AGENTMESH_PROXY"], "args": [
                "proxy", "--name", "other", "-p", home + "/own/strict.yaml", "--state-dir", home + "/own/state",
                "--config=" + home + "/own/settings.yaml", "--", "other-server"]}
            os.mkdir(home + "/.cursor")
            with open(home + "/.cursor/mcp.json", "w") as file:
                json.dump({"mcpServers": {"other": entry}}, file)
            s = self.session(policy="permissive", env={**os.environ, "HOME": home})
            for name in ("strict.yaml", "settings.yaml", "state/x"):
                marks = self.refused(s, "write_file", {"path": home + "/own/" + name, "content": "x"})
                self.assertEqual(marks["rule"], "self.protected", name)
            self.assertEqual(self.refused(s, "read_file", {"path": home + "/own/state/keys/state.key"})["rule"], "self.protected")
            s.asked(call(2, "read_file", {"path": home + "/own/strict.yaml"}))
            s.asked(call(3, "write_file", {"path": home + "/own/notes.txt", "content": "x"}))

    def entries(self, home, file, words, **more):
        path = os.path.join(home, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        entry = {"command": os.environ["AGENTMESH_PROXY"], "args": ["proxy", "--name", "other", *words, "--", "other-server"], **more}
        with open(path, "w") as out:
            json.dump({"servers" if "/User/" in file or ".vscode/" in file else "mcpServers": {"other": entry}}, out)

    def test_whatever_file_of_the_user_names_it_and_by_whatever_means(self):
        """Files that a client has beside its usual one, a variable, settings that name a policy."""
        with tempfile.TemporaryDirectory() as home:
            home = os.path.realpath(home)
            self.entries(home, ".copilot/mcp-config.json", ["--policy", home + "/own/a.yaml"])
            self.entries(home, ".config/Code/User/profiles/one/mcp.json", ["--state-dir", home + "/own/b"])
            self.entries(home, ".vscode-server/data/User/mcp.json", ["--config", home + "/own/c.yaml"])
            self.entries(home, ".cursor/mcp.json", [], env={"AGENTMESH_HOME": home + "/own/d", "XDG_CONFIG_HOME": home + "/own/e"})
            os.makedirs(home + "/own/e/agentmesh")
            with open(home + "/own/e/agentmesh/agentmesh.yaml", "w") as file:
                file.write("policy: f.yaml\n")
            s = self.session(policy="permissive", env={**os.environ, "HOME": home})
            for name in ("a.yaml", "b/keys/state.key", "c.yaml", "d/x", "e/agentmesh/agentmesh.yaml", "e/agentmesh/f.yaml"):
                self.assertEqual(self.refused(s, "write_file", {"path": home + "/own/" + name})["rule"], "self.protected", name)
            self.assertEqual(self.refused(s, "read_file", {"path": home + "/own/d/keys/state.key"})["rule"], "self.protected")
            s.asked(call(2, "write_file", {"path": home + "/own/g.yaml"}))

    def test_what_only_a_projects_file_names_is_not_ours(self):
        for file in (".mcp.json", ".cursor/mcp.json", ".vscode/mcp.json", ".roo/mcp.json"):
            with self.subTest(file), tempfile.TemporaryDirectory() as project:
                self.entries(project, file, ["--state-dir", "/", "--policy", "/tmp/x.yaml"])
                s = self.session(cwd=project)
                s.asked(call(1, "read_file", {"path": "/tmp/x"}), call(2, "write_file", {"path": "/tmp/x.yaml"}))
                s.over()

    def test_what_clients_keep_in_a_project_is_closed_in_every_root(self):
        """The working directory, what the server's command names, what the client announces, what the policy says."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        named, announced, ruled = (os.path.join(os.path.realpath(directory.name), name) for name in ("named", "announced", "ruled"))
        for root in (named, announced, ruled):
            os.mkdir(root)
        house = "version: \"1.0\"\nname: open\ndescription: d\ndefault: allow\nroots: [%s, \"${workspace}\"]\n" % json.dumps(ruled)
        s = self.session(policy=house, words=[named])
        for root in (os.getcwd(), named, ruled):
            for file in (".mcp.json", ".vscode/mcp.json", ".claude/settings.json", ".devcontainer/devcontainer.json"):
                self.assertEqual(self.refused(s, "write_file", {"path": os.path.join(root, file)})["rule"], "self.protected", (root, file))
        s = self.session()
        path = os.path.join(announced, ".cursor", "mcp.json")
        s.asked(call(7, "write_file", {"path": path}))
        s.server(line(id="r", method="roots/list"))
        s.at_client()
        s.asked(line(id="r", result={"roots": [{"uri": "file://" + announced, "name": "p"}]}))
        self.assertEqual(self.refused(s, "write_file", {"path": path})["rule"], "self.protected")
        s.asked(call(8, "read_text_file", {"path": path}), call(9, "write_file", {"path": os.path.join(announced, "mcp.json")}))

    def test_what_stands_beside_the_arguments_is_held_against_our_own_too(self):
        """Answers to what a result asked (inputResponses), `_meta`, and members that nobody knows."""
        s = self.session()
        key = os.path.join(s.state, "keys", "audit", "main.key")
        given = {"q": {"action": "accept", "content": {"file": key}}}
        for beside in ({"inputResponses": given}, {"inputResponses": {"q": {"action": "accept", "content": {"names": {"/x/.." + key: 1}}}}},
                       {"_meta": {"cwd": os.path.dirname(key)}}, {"extra": {"note": "/x y/../.." + key}}, {"more": [{"path": key}]}):
            s.client(call(1, "read_text_file", {"path": "notes"}, **beside))
            self.assertEqual(marks_of(json.loads(s.at_client()))["rule"], "self.protected", beside)
        fine = {"action": "accept", "content": {"file": "/tmp/a", "city": "Bern"}}
        s.asked(call(2, "read_text_file", {"path": "notes"}, inputResponses={"q": fine, "r": {"roots": [{"uri": "file:///srv/a"}]}},
                     _meta={"cwd": os.path.dirname(s.state)}))

    def test_an_answer_to_a_servers_question_is_held_against_our_own(self):
        s = self.session("--mode", "shadow")
        key = os.path.join(s.state, "keys", "audit", "main.key")
        ask = {"message": "Which file?", "requestedSchema": {"type": "object", "properties": {"file": {"type": "string"}}}}
        for number, (file, passes) in enumerate(((key, False), ("/tmp/a", True), ("/a b/../.." + key, False))):
            s.server(line(id=number, method="elicitation/create", params=ask))
            s.at_client()
            answer = line(id=number, result={"action": "accept", "content": {"file": file}})
            s.client(answer)
            got = s.at_server()
            if passes:
                self.assertEqual(got, answer)
            else:
                said = json.loads(got)
                self.assertEqual((said["id"], said["error"]["code"]), (number, -32603))
                self.assertNotIn(key, got.decode())
        self.assertEqual(s.settle(), ([], []))
        log = s.over()
        self.assertEqual([r["status"] for r in log if r["type"] == "outcome"], ["withheld", "ok", "withheld"])
        self.assertEqual([r["rule"] for r in log if r["type"] == "decision" and r["verdict"] == "deny"], ["self.protected"] * 2)

    def test_hard_roots_hold_however_a_path_is_spelled(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = os.path.realpath(folder)
            root, secret = folder + "/in", folder + "/secret.txt"
            os.mkdir(root)
            os.mkdir(folder + "/other")
            with open(secret, "w") as file:
                file.write("secret")
            os.symlink(secret, root + "/link")
            os.symlink(folder + "/other", root + "/way")
            s = self.session(policy="version: '1.0'\nname: house\ndefault: allow\nroots: ['%s']\n" % root)
            for key in ("path", "source", "uri"):
                self.each(s, secret, key=key, rules=("roots",))
            for name in ("link", "way/a b", "way/10:30", "way/a\nb", "way\\a"):
                self.assertEqual(self.refused(s, "move_file", {"source": root + "/" + name})["rule"], "roots")
                self.assertEqual(self.refused(s, "move_file", {"destination": name})["rule"], "roots")
            self.each(s, root + "/link", rules=("roots",))
            for arguments in ({"path": root + "/way/../secret.txt"},  # a kernel follows the link first
                              {"zzz": ["%s/%d" % (root, i) for i in range(70)], "path": root + "/link"},
                              {"zzz": ["%s/%d" % (root, i) for i in range(70)] + [root + "/link"]},
                              {"path": "a.txt\n" + secret}):
                self.assertEqual(self.refused(s, "read_file", arguments)["rule"], "roots")
            marks = self.refused(s, "read_file", {"zzz": ["%s/%d" % (root, i) for i in range(10000)], "path": root + "/link"})
            self.assertIn(marks["rule"], ("roots", "self.protected"))
            s.asked(call(2, "read_file", {"paths": ["%s/%d" % (root, i) for i in range(200)]}))
            s.asked(call(3, "write_file", {"path": root + "/a.txt", "content": "/" * 5000 + "\n// import x from '../../../y'\n"}))


if __name__ == "__main__":
    unittest.main()
