"""agentmesh doctor finds what is wrong: ten faults and more are planted one by one in a home that is otherwise well."""
import json
import os
import pwd
import shutil
import sqlite3
import stat
import subprocess
import unittest

import landlock
from test_integrations import AGENTMESH, SERVER, Home

WELL = {"mcpServers": {"notes": {"command": SERVER, "args": ["@FILES@"], "env": {"TOKEN": "sesame-4711"}}}}


class Doctor(Home):
    """Every test starts from a wrapped, healthy Claude Desktop with some records in its log."""

    def setUp(self):
        super().setUp()
        self.file = self.place("claude")
        os.makedirs(os.path.dirname(self.file))
        self.write(WELL)
        self.run_agentmesh("init-integration", "--claude", "--no-probe")
        self.state = os.path.join(self.home, ".local/state/agentmesh")

    def write(self, config):
        with open(self.file, "w") as file:
            file.write(json.dumps(config, indent=2).replace("@FILES@", self.files))

    def config(self):
        with open(self.file) as file:
            return json.load(file)

    def change(self, change):
        config = self.config()
        change(config["mcpServers"]["notes"])
        self.write(config)

    def use(self):
        entry = self.config()["mcpServers"]["notes"]
        self.session(entry["command"], entry["args"])

    def doctor(self, *words, status):
        before = sorted(os.listdir(self.state)) if os.path.isdir(self.state) else None
        done = self.run_agentmesh("doctor", "--json", *words, status=status)
        self.assertNotIn("sesame", done.stdout + done.stderr)
        after = sorted(os.listdir(self.state)) if os.path.isdir(self.state) else None
        self.assertEqual(before, after)
        report = json.loads(done.stdout)
        self.assertEqual(report["ok"], status == 0)
        return report["checks"]

    def finds(self, id_, how, *words, detail=""):
        """Asserts that the check says so, in JSON and to people, and that it comes with a fix."""
        status = 1 if how == "fail" else 0
        checks = self.doctor(*words, status=status)
        found = [c for c in checks if c["id"] == id_ and c["status"] == how]
        self.assertTrue(found, json.dumps(checks, indent=1))
        self.assertIn(detail, found[0]["detail"])
        if how in ("fail", "warn"):
            self.assertTrue(found[0].get("fix"), found[0])
        shown = self.run_agentmesh("doctor", *words, status=status).stdout
        self.assertIn({"fail": "✗ ", "warn": "! ", "skip": "- ", "ok": "✓ "}[how] + id_, shown)
        self.assertNotIn("sesame", shown)
        return found[0]

    def test_a_healthy_home_has_nothing_to_mend(self):
        self.use()
        checks = self.doctor(status=0)
        self.assertEqual({c["status"] for c in checks}, {"ok"}, json.dumps(checks, indent=1))
        self.assertEqual([c["id"] for c in checks],
                         ["binary.path", "config.parse", "target.resolves", "server.starts", "policy.loads", "state.writable",
                          "keys.mode", "keys.sign", "audit.verifies", "state.db", "clock.sane"])
        started = next(c for c in checks if c["id"] == "server.starts")
        self.assertEqual(started["subject"], "notes")
        self.assertEqual(started["tools"]["allowed"], ["read_text_file", "list_directory", "write_file"])
        self.assertEqual(started["line"], 3)

    def test_1_a_wrapped_command_that_is_not_there(self):
        self.change(lambda entry: entry.update(command="/gone/agentmesh"))
        self.finds("binary.path", "fail", detail="not there")

    def test_2_a_file_that_does_not_parse(self):
        with open(self.file, "a") as file:
            file.write("}")
        found = self.finds("config.parse", "fail", detail=":18:2: something follows the end of the value")
        self.assertEqual(found["file"], self.file)

    def test_3_a_comment_in_the_file_of_a_strict_client(self):
        with open(self.file) as file:
            text = file.read()
        with open(self.file, "w") as file:
            file.write(text.replace("{", "{ // mine", 1))
        self.finds("config.strict", "warn", detail="line 1")

    def test_4_a_server_beside_the_governor_and_answers_given_in_advance(self):
        config = self.config()
        config["mcpServers"]["free"] = {"command": SERVER, "args": [self.files], "autoApprove": ["write_file"]}
        config["mcpServers"]["far"] = {"url": "https://mcp.example.com"}
        self.write(config)
        os.makedirs(os.path.join(os.path.dirname(self.file), "Claude Extensions", "ant.dir.files"))
        self.finds("config.ungoverned", "warn", detail="starts it without agentmesh")
        checks = [c for c in self.doctor(status=0) if c["id"] == "config.ungoverned"]
        self.assertEqual([(c["status"], c["subject"]) for c in checks],
                         [("skip", "ant.dir.files"), ("warn", "free"), ("warn", "free"), ("skip", "far")])

    def test_4_a_server_that_only_mentions_agentmesh_is_wrapped_and_one_that_may_run_it_is_told(self):
        config = self.config()
        config["mcpServers"]["mention"] = {"command": "sh", "args": ["-c", "exec %s %s # not agentmesh proxy -- yet" % (SERVER, self.files)]}
        self.write(config)
        self.finds("config.ungoverned", "warn", "--no-start", detail="Claude Desktop starts it without agentmesh")
        self.assertIn("  mention: wrapped\n", self.run_agentmesh("init-integration", "--claude", "--no-probe").stdout)
        config = self.config()
        config["mcpServers"]["doubt"] = {"command": "sh", "args": ["-c", "exec \"$0\" \"$@\"", AGENTMESH, "proxy", "--", SERVER]}
        self.write(config)
        self.finds("config.ungoverned", "warn", "--no-start", detail="in-doubt: it may run agentmesh through another program")
        self.assertIn("  doubt: skipped in-doubt (it may run", self.run_agentmesh("init-integration", "--claude", "--no-probe").stdout)

    def test_4_an_entry_that_a_hand_has_bent_is_named_and_not_waited_for(self):
        self.change(lambda entry: entry["args"].remove("--"))
        found = self.finds("config.ungoverned", "fail", detail="bent: no whole agentmesh proxy … -- COMMAND: no -- stands in front of")
        self.assertIn("change the entry at %s:" % self.file, found["fix"])
        self.assertFalse([c for c in self.doctor(status=1) if c["id"] == "server.starts"])

    def test_5_a_target_that_is_not_there_or_only_on_a_shells_path(self):
        self.change(lambda entry: entry["args"].__setitem__(4, "no-such-server"))
        self.finds("target.resolves", "fail", detail="no-such-server was not found")
        tools = os.path.join(self.home, "shell-tools")
        os.mkdir(tools)
        os.symlink(SERVER, os.path.join(tools, "my-server"))
        self.environment["PATH"] = tools + ":" + self.environment["PATH"]
        self.change(lambda entry: entry["args"].__setitem__(4, "my-server"))
        self.finds("target.resolves", "warn", detail="not by a program that was not started from a shell")
        self.change(lambda entry: entry["args"].__setitem__(4, "shell-tools/my-server"))
        self.finds("target.resolves", "warn", detail="relative path")

    def test_6_a_server_that_does_not_start_or_does_not_answer(self):
        self.change(lambda entry: entry.__setitem__("args", entry["args"][:4] + [
            "sh", "-c", "echo GITHUB_TOKEN is not set, not $TOKEN >&2; exit 1"]))
        found = self.finds("server.starts", "fail", detail='last stderr line: "GITHUB_TOKEN is not set, not ***"')
        self.assertIn('add it to "env" in %s:3' % self.file, found["fix"])
        self.change(lambda entry: entry.__setitem__("args", entry["args"][:4] + ["sh", "-c", "cat >/dev/null"]))
        self.finds("server.starts", "fail", "--timeout", "1", detail="no answer to initialize in 1 s")
        self.change(lambda entry: entry.__setitem__("disabled", True))
        self.finds("server.starts", "skip", detail="switched off")

    def project(self, servers):
        """A project of VS Code with these servers, in a directory whose name has a blank."""
        work = os.path.join(self.home, "my work")
        for name in (".vscode", "bin"):
            os.makedirs(os.path.join(work, name), exist_ok=True)
        tool = os.path.join(work, "bin", "mysrv")
        if not os.path.exists(tool):
            os.symlink(SERVER, tool)
        with open(os.path.join(work, ".vscode", "mcp.json"), "w") as file:
            json.dump({"servers": servers}, file)
        return work

    def in_project(self, work, *words, status=0):
        checks = self.doctor("--vscode", "--config-path", os.path.join(work, ".vscode", "mcp.json"), *words, status=status)
        return {(c["id"], c["subject"]): c for c in checks if c["id"] in ("target.resolves", "server.starts", "config.ungoverned")}

    def test_5_what_a_client_fills_in_is_filled_in_for_the_target_too(self):
        work = self.project({
            "a": {"command": "mysrv", "args": [self.files], "env": {"PATH": "${workspaceFolder}/bin:${env:PATH}"}},
            "b": {"command": "mysrv", "args": [self.files], "envFile": "${workspaceFolder}/.env"},
            "c": {"command": "./bin/mysrv", "args": [self.files], "cwd": "${workspaceFolder}"},
            "d": {"command": "./bin/mysrv", "args": [self.files], "cwd": "${input:where}"},
            "e": {"command": "mysrv", "args": [self.files], "env": {"PATH": "${input:where}"}},
        })
        with open(os.path.join(work, ".env"), "w") as file:
            file.write("PATH=%s/bin:%s\n" % (work, self.environment["PATH"]))
        found = self.in_project(work)
        for name in "abc":
            self.assertEqual(found["target.resolves", name]["status"], "ok", found)
            self.assertEqual(found["server.starts", name]["status"], "ok", found)
        for name in "de":
            self.assertEqual(found["target.resolves", name]["detail"], "only the client can fill in ${input:where}")
            self.assertEqual(found["server.starts", name]["status"], "skip")
        # The fix can be typed as it stands.
        fix = found["config.ungoverned", "a"]["fix"].split(" ", 1)
        subprocess.run("%s %s --dry-run" % (AGENTMESH, fix[1]), shell=True, check=True, capture_output=True,
                       env=self.environment)

    def test_6_directories_and_files_that_an_entry_names_and_that_are_not_there(self):
        work = self.project({
            "a": {"command": SERVER, "cwd": "${workspaceFolder}/gone"},
            "b": {"command": SERVER, "envFile": "${workspaceFolder}/gone.env"},
        })
        found = self.in_project(work, status=1)
        self.assertEqual(found["server.starts", "a"]["detail"], "its cwd is no directory that is there: %s/gone" % work)
        self.assertEqual(found["server.starts", "b"]["status"], "fail")
        self.assertIn("its envFile cannot be read", found["server.starts", "b"]["detail"])

    def test_a_server_that_is_switched_off_is_no_failure(self):
        self.change(lambda entry: entry.update(disabled=True, args=entry["args"][:4] + ["no-such-server"]))
        self.finds("target.resolves", "warn", detail="no-such-server was not found, or cannot be run (the server is switched off)")
        for enabled, status in ((False, "warn"), (True, "fail"), (1, "fail"), (None, "fail")):
            self.change(lambda entry: entry.update(disabled=False, enabled=enabled))
            self.finds("target.resolves", status)

    def test_a_project_of_claude_code_is_looked_at_beside_the_user(self):
        named = self.put_servers(".mcp.json", {"shared": {"command": SERVER, "args": [self.files]}})
        for words in ((), ("--claude-code",)):
            found = self.finds("config.ungoverned", "warn", *words, detail="Claude Code starts it without agentmesh")
            self.assertEqual((found["subject"], found["file"]), ("shared", named))
            self.assertEqual(found["fix"], "agentmesh init-integration --claude-code --config-path " + named)

    def cloned(self):
        """Somebody's project, whose file for Claude Code names a program of its own as agentmesh and a server that leaves a trace."""
        work = os.path.join(self.home, "clone")
        os.makedirs(os.path.join(work, "tools"))
        program = os.path.join(work, "tools", "agentmesh")
        with open(program, "w") as file:
            file.write("#!/bin/sh\ntouch %s/ran-program\necho agentmesh 0.0.1\n" % work)
        os.chmod(program, 0o755)
        with open(os.path.join(work, ".mcp.json"), "w") as file:
            json.dump({"mcpServers": {"x": {"command": program, "args": ["proxy", "--", "true"]},
                                      "y": {"command": "sh", "args": ["-c", "touch %s/ran-server; cat >/dev/null" % work]}}}, file)
        return work

    def doctor_in(self, work, *words):
        done = subprocess.run([AGENTMESH, "doctor", "--json", "--timeout", "2", *words], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, cwd=work, env=self.environment)
        ran = sorted(name for name in os.listdir(work) if name.startswith("ran-"))
        return json.loads(done.stdout)["checks"], ran

    def test_what_a_project_names_is_not_run_unless_its_client_is_named(self):
        work = self.cloned()
        for words in ((), ("--no-start",), ("--claude-code", "--no-start")):
            with self.subTest(words):
                checks, ran = self.doctor_in(work, *words)
                self.assertEqual(ran, [])
                binary, = [c for c in checks if c["id"] == "binary.path" and c.get("subject") == work + "/tools/agentmesh"]
                self.assertEqual(binary["status"], "skip")
                self.assertIn("it was not run to ask for its version", binary["detail"])
                starts = {c["subject"]: c for c in checks if c["id"] == "server.starts" and c["file"] == work + "/.mcp.json"}
                self.assertEqual({name: c["status"] for name, c in starts.items()}, {"x": "skip", "y": "skip"})
                if not words:
                    self.assertEqual(starts["y"]["detail"], "not started: its file is in no usual place of yours; name its client")
                    self.assertIn("agentmesh doctor --claude-code", starts["y"]["fix"])
        # The user's own servers are started meanwhile, and the project's once they are named.
        checks, _ = self.doctor_in(work)
        self.assertEqual([c["status"] for c in checks if c["id"] == "server.starts" and c["subject"] == "notes"], ["ok"])
        for words in (("--claude-code",), ("--claude-code", "--config-path", ".mcp.json")):
            for name in ("ran-program", "ran-server"):
                if os.path.exists(os.path.join(work, name)):
                    os.remove(os.path.join(work, name))
            self.assertEqual(self.doctor_in(work, *words)[1], ["ran-program", "ran-server"])

    def test_a_pipe_where_a_file_should_be_is_not_waited_for(self):
        work = self.project({
            "a": {"command": SERVER, "args": [self.files], "envFile": "${workspaceFolder}/pipe"},
            "b": {"command": AGENTMESH, "args": ["proxy", "--policy", os.path.join(self.home, "my work", "pipe"), "--", SERVER]},
        })
        os.mkfifo(os.path.join(work, "pipe"))
        for words in ((), ("--vscode",)):
            checks, _ = self.doctor_in(work, "--no-start", *words)
            policy, = [c for c in checks if c["id"] == "policy.loads" and c["status"] == "fail"]
            self.assertIn("pipe: not a file", policy["detail"])
        starts, = [c for c in self.doctor_in(work, "--vscode")[0] if c["id"] == "server.starts" and c["subject"] == "a"]
        self.assertEqual(starts["status"], "fail")
        self.assertIn("its envFile cannot be read", starts["detail"])

    def test_a_path_cannot_speak_to_the_terminal(self):
        work = os.path.join(self.home, "a\x1b[2J\n✓ audit.verifies      all is well")
        os.makedirs(os.path.join(work, ".cursor"))
        for text in ('{"mcpServers":{"s":{"command":"no-such"}}}', "{"):
            with open(os.path.join(work, ".cursor", "mcp.json"), "w") as file:
                file.write(text)
            for words in (("doctor", "--no-start"), ("doctor", "--no-start", "--cursor", "--config-path", "none"),
                          ("init-integration", "--cursor", "--no-probe"), ("init-integration", "--cursor", "--undo"),
                          ("init-integration", "--all", "--yes", "--no-probe"), ("init-integration", "--all", "--yes", "--undo")):
                done = subprocess.run([AGENTMESH, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                                      cwd=work, env=self.environment)
                self.assertNotIn("\x1b", done.stdout + done.stderr, words)
                self.assertNotIn("\n✓ audit.verifies      all is well", done.stdout + done.stderr, words)

    def test_a_fault_in_a_file_has_its_line(self):
        with open(self.file, "a") as file:
            file.write("}")
        found = self.finds("config.parse", "fail", detail=self.file + ":")
        self.assertTrue(found["detail"].startswith("%s:%d:" % (self.file, found["line"])), found)

    def test_7_a_policy_that_does_not_load(self):
        policy = os.path.join(self.home, "mine.yaml")
        with open(policy, "w") as file:
            file.write('version: "1.0"\nname: mine\nrules:\n  - nmae: x\n')
        self.change(lambda entry: entry["args"].__setitem__(slice(3, 3), ["--policy", policy]))
        found = self.finds("policy.loads", "fail", detail="%s:4:" % policy)
        self.assertEqual(found["fix"], "agentmesh policy check " + policy)

    def test_a_policy_is_read_as_the_proxy_reads_it_however_it_is_written(self):
        for words in (["-pstrict"], ["-p", "strict"], ["--policy=strict"], ["--agent", "--policy", "-pstrict"]):
            with self.subTest(words):
                self.change(lambda entry, words=words: entry["args"].__setitem__(slice(1, entry["args"].index("--")), [*words, "--name", "n"]))
                started, = [c for c in self.doctor(status=0) if c["id"] == "server.starts"]
                self.assertNotIn("write_file", started["tools"]["allowed"])

    def test_7_what_of_a_policys_sandbox_is_in_force(self):
        policy = os.path.join(self.home, "mine.yaml")
        with open(policy, "w") as file:
            file.write('version: "1.0"\nname: mine\nextends: [moderate]\ndefault: allow\nsandbox: files+net\n')
        self.change(lambda entry: entry["args"].__setitem__(slice(3, 3), ["--policy", policy]))
        version = landlock.version()
        if version >= 6:
            self.finds("policy.sandbox", "ok", detail="network: none")
        elif version >= 1:
            self.finds("policy.sandbox", "warn", detail="not enforced")
        else:
            self.finds("policy.sandbox", "fail", detail="no Landlock")

    def test_7_the_level_that_an_entry_asks_for_itself_is_told_as_it_is_in_force(self):
        policy = os.path.join(self.home, "mine.yaml")
        words = self.config()["mcpServers"]["notes"]["args"]
        held = "ok" if landlock.version() >= 6 else "warn" if landlock.version() >= 1 else "fail"
        for of_policy, own, how, detail in (
                ("off", "files+net", held, "network: none"), ("off", "files", held, "files: "), ("files", "files+net", held, "network: none"),
                ("off", "off", "skip", "off (--sandbox of the entry)"),
                ("files", "off", "warn", "off (--sandbox of the entry); the policy asks for files"),
                ("files+net", "files", "fail" if held == "fail" else "warn", "; the policy asks for files+net"),
                ("off", "fiels", "fail", "--sandbox fiels is no level: its proxy does not start")):
            with self.subTest(policy=of_policy, own=own):
                with open(policy, "w") as file:
                    file.write('version: "1.0"\nname: mine\nextends: [moderate]\nsandbox: %s\nroots: [%s]\n' % (of_policy, self.files))
                run = [*words[:3], "--policy", policy, "--sandbox", own, *words[3:]]
                self.change(lambda entry: entry.__setitem__("args", run))
                checks = self.doctor("--no-start", status=1 if how == "fail" else 0)
                told = [(c["status"], c["detail"], c.get("fix", "")) for c in checks if c["id"] == "policy.sandbox" and c["subject"] == "notes"]
                self.assertEqual([told[0][0], bool(told[0][2])], [how, how in ("warn", "fail")], told)
                self.assertIn(detail, told[0][1])
                started = subprocess.run([AGENTMESH, *run], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                                         cwd=self.home, env=self.environment)
                in_force = "sandbox %s: " % own
                self.assertEqual(in_force in started.stderr, own in ("files", "files+net") and how != "fail", started.stderr)
                self.assertEqual("the command line makes it" in started.stderr, "the policy asks" in detail and how != "fail", started.stderr)

    def test_7_a_policy_that_only_an_entrys_own_settings_name_is_looked_at(self):
        policy, settings = os.path.join(self.home, "mine.yaml"), os.path.join(self.home, "own.yaml")
        with open(settings, "w") as file:
            file.write("policy: %s\n" % policy)
        self.change(lambda entry: entry["args"].__setitem__(slice(3, 3), ["--config", settings]))
        for text, id_, statuses in (("sandbox: files+net\n", "policy.sandbox", ("ok", "warn", "fail")), ("sandboxes: 1\n", "policy.loads", ("fail",))):
            with open(policy, "w") as file:
                file.write('version: "1.0"\nname: mine\nextends: [moderate]\n' + text)
            done = subprocess.run([AGENTMESH, "doctor", "--no-start", "--json"], capture_output=True, timeout=60, cwd=self.home,
                                  env=self.environment).stdout
            told = [c["status"] for c in json.loads(done)["checks"] if c["id"] == id_ and c["subject"] == policy]
            self.assertEqual(len(told), 1, done)
            self.assertIn(told[0], statuses)

    def test_7_what_a_sandboxed_server_may_not_change_in_its_root_is_told(self):
        policy = os.path.join(self.home, "mine.yaml")
        with open(policy, "w") as file:
            file.write('version: "1.0"\nname: mine\nextends: [moderate]\ndefault: allow\nsandbox: files\nroots: [%s]\n' % self.home)
        self.change(lambda entry: entry["args"].__setitem__(slice(3, 3), ["--policy", policy]))
        if landlock.version() < 6:
            self.skipTest("this kernel has more to tell")
        found = self.finds("policy.sandbox", "warn", "--no-start", detail="holds what decides how servers are started, or could (")
        self.assertIn("nothing can be made, moved or removed directly in %s" % self.home, found["detail"])

    def test_7_the_walls_that_are_told_are_those_of_a_start(self):
        """With what other entries name, and with the entry's own settings."""
        if landlock.version() < 6:
            self.skipTest("this kernel has more to tell")
        place = {name: os.path.join(self.home, name) for name in ("work", "policies", "settings")}
        for path in place.values():
            os.mkdir(path)
        policy = os.path.join(place["policies"], "a.yaml")
        with open(policy, "w") as file:
            file.write('version: "1.0"\nname: a\nextends: [permissive]\nsandbox: files\nroots: [%s]\n' % place["work"])
        settings = os.path.join(place["settings"], "own.yaml")
        with open(settings, "w") as file:
            file.write("policy: %s\n" % policy)
        other = os.path.join(place["work"], "b.yaml")
        with open(other, "w") as file:
            file.write('version: "1.0"\nname: b\nextends: [permissive]\n')
        config = self.config()
        entry = config["mcpServers"]["notes"]
        run = entry["args"][:3]
        config["mcpServers"] = {
            "policy": {**entry, "args": [*run, "--policy", policy, "--", SERVER, self.files]},
            "settings": {**entry, "args": [*run, "--config", settings, "--", SERVER, self.files]},
            "other": {**entry, "args": [*run, "--policy", other, "--", SERVER, self.files]},
        }
        self.write(config)
        told = {c["subject"]: c["detail"] for c in self.doctor("--no-start", status=0) if c["id"] == "policy.sandbox" and c["status"] == "warn"}
        self.assertEqual(sorted(told), ["policy", "settings"])
        for name in told:
            words = config["mcpServers"][name]["args"]
            started = subprocess.run([AGENTMESH, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                                     cwd=self.home, env=self.environment)
            self.assertIn("directly in %s" % place["work"], told[name])
            for remark in told[name].split("; "):
                self.assertIn(remark, started.stderr)

    def mine(self, text):
        """The entry's own policy."""
        policy = os.path.join(self.home, "mine.yaml")
        with open(policy, "w") as file:
            file.write('version: "1.0"\nname: mine\ndefault: allow\n' + text)
        return policy

    def settings(self, text):
        path = os.path.join(self.home, ".config/agentmesh/agentmesh.yaml")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def run_with(self, *words):
        """Gives the entry's proxy these options beside its name."""
        self.change(lambda entry: entry.__setitem__("args", entry["args"][:3] + [*words] + entry["args"][entry["args"].index("--"):]))

    def test_7_a_server_that_is_only_watched_is_told_with_who_says_so(self):
        rules = "rules:\n  - {name: no, tool: 'write_*', action: deny}\n  - {name: ask, tool: 'list_*', action: require_approval}\n"
        policy, settings = os.path.join(self.home, "mine.yaml"), os.path.join(self.home, ".config/agentmesh/agentmesh.yaml")
        for of_entry, of_policy, of_settings, said_by in (
                (["--mode", "shadow"], "mode: enforce\n", "", "--mode of the entry; the policy asks for enforce"),
                (["--mode=shadow"], "", "", "--mode of the entry"),
                ([], "mode: shadow\n", "mode: enforce\n", policy + ":4"),
                ([], "", "policy: moderate\nmode: shadow\n", settings + ":2"),
                ([], "mode: enforce\n", "mode: shadow\n", ""),
                (["--mode", "enforce"], "mode: shadow\n", "mode: shadow\n", ""),
                ([], "", "", "")):
            with self.subTest(entry=of_entry, policy=of_policy, settings=of_settings):
                self.mine(of_policy + rules)
                self.settings(of_settings)
                self.run_with("--policy", policy, *of_entry)
                checks = self.doctor(status=0)
                told = [(c["status"], c["detail"], bool(c["fix"]), c["line"]) for c in checks if c["id"] == "policy.mode"]
                self.assertEqual(told, [("warn", "shadow (%s): it is only watched, and calls pass that the policy denies or asks about" % said_by,
                                         True, 3)] if said_by else [])
                tools = next(c for c in checks if c["id"] == "server.starts")["tools"]
                asks, denies = ("would_ask", "would_deny") if said_by else ("asks", "denied")
                self.assertEqual(tools, {"allowed": ["read_text_file"], asks: ["list_directory"], denies: ["write_file"]})
                shown = self.run_agentmesh("doctor").stdout
                self.assertIn("would ask you (1): list_directory\n" if said_by else " asks you (1): list_directory\n", shown)
                self.assertIn("would be denied (1): write_file\n" if said_by else " denied (1): write_file\n", shown)
                result = self.session(AGENTMESH, self.config()["mcpServers"]["notes"]["args"],
                                      call={"name": "write_file", "arguments": {"path": os.path.join(self.files, "b.txt"), "content": "x"}})
                self.assertEqual("Blocked by AgentMesh" in result["content"][0]["text"], not said_by, result)
        self.run_with("--policy", policy, "--mode", "audit")
        found = self.finds("policy.mode", "fail", "--no-start", detail="--mode audit is no mode: its proxy does not start")
        self.assertIn("enforce or shadow", found["fix"])

    def test_7_what_only_the_client_can_fill_in_is_no_mistake(self):
        work = self.project({"a": {"command": AGENTMESH, "args": ["proxy", "--name", "a", "--policy", "${input:policy}", "--mode", "${input:mode}",
                                                                  "--state-dir", "${input:state}", "--", SERVER, self.files]}})
        checks = self.doctor("--vscode", "--config-path", os.path.join(work, ".vscode", "mcp.json"), status=0)
        for id_, option, name in (("policy.loads", "--policy", "policy"), ("policy.mode", "--mode", "mode"), ("config.elsewhere", "--state-dir", "state")):
            self.assertEqual([(c["status"], c["detail"]) for c in checks if c["id"] == id_ and c["subject"] == "a"],
                             [("skip", "%s: only the client can fill in ${input:%s}" % (option, name))])
        self.assertEqual([c["id"] for c in checks if c["status"] == "fail"], [])

    def test_7_a_state_directory_that_is_named_from_somewhere_is_looked_for(self):
        self.run_with("--state-dir", "some/where")
        checks = self.doctor("--no-start", status=0)
        self.assertIn("some/where", " ".join(c["subject"] for c in checks if c["id"] == "state.writable"))

    def test_7_json_tells_what_is_held(self):
        for policy, held in (("strict", True), ("moderate", None)):
            self.run_with("--policy", policy)
            tools = next(c for c in self.doctor(status=0) if c["id"] == "server.starts")["tools"]
            self.assertEqual(tools.get("held"), held)

    def test_7_what_is_held_is_approved_where_the_proxy_of_the_entry_keeps_it(self):
        for where, told in (("${workspaceFolder}/st", True), ("${input:where}", False)):
            work = self.project({"a": {"command": AGENTMESH, "args": ["proxy", "--policy", "strict", "--state-dir", where, "--name", "a", "--",
                                                                      SERVER, self.files]}})
            shown = self.run_agentmesh("doctor", "--vscode", "--config-path", os.path.join(work, ".vscode", "mcp.json")).stdout
            self.assertIn("denied (", shown)
            self.assertEqual("pins approve --state-dir '%s/st' a" % work in shown, told, shown)
            self.assertEqual("pins approve" in shown, told)

    def test_7_the_probe_of_init_integration_tells_what_is_only_watched(self):
        self.settings("policy: %s\n" % self.mine("mode: shadow\nrules:\n  - {name: no, tool: 'write_*', action: deny}\n"))
        self.run_agentmesh("init-integration", "--claude", "--undo")
        self.assertIn("would be denied (1): write_file\n", self.run_agentmesh("init-integration", "--claude").stdout)

    def test_6_what_the_proxy_says_of_its_policy_is_no_last_word_of_a_server(self):
        policy = self.mine("mode: enforce\nrules:\n  - {name: ask, tool: x, action: require_approval, approvers: [nosuchgroup]}\n")
        self.change(lambda entry: entry.__setitem__("args", entry["args"][:3] + ["--policy", policy, "--", "sh", "-c", "cat >/dev/null"]))
        found = self.finds("server.starts", "fail", "--timeout", "1", detail="no answer to initialize in 1 s")
        self.assertNotIn("the policy asks", found["detail"])

    def test_7_approvers_that_are_nobody_are_told(self):
        policy = self.mine("rules:\n  - {name: ask, tool: 'write_*', action: require_approval, approvers: [%s]}\n")
        self.run_with("--policy", policy)
        with open(policy) as file:
            text = file.read()
        for approvers, groups, told in (
                ("nosuchgroup", "", "asks nosuchgroup for a yes (rule ask, %s:5), and `groups:` in %s has nobody of that name: nobody can approve"),
                ("'nosuchgroup', user", "", "nobody of that name: only user can approve"),
                ("owners, others", "groups: {owners: [], others: [0]}\n", "asks owners for a yes (rule ask, %s:5)"),
                ("user", "groups: {user: []}\n", "asks user for a yes"),
                ("user", "", ""), ("owners", "groups: {owners: [0]}\n", "")):
            with self.subTest(approvers, groups=groups):
                with open(policy, "w") as file:
                    file.write(text % approvers)
                path = self.settings(groups)
                if told:
                    found = self.finds("policy.approvers", "warn", "--no-start", detail=told.replace("%s:5", policy + ":5").replace("%s", path))
                    self.assertEqual((found["subject"], found["line"]), (policy, 5))
                else:
                    self.assertEqual([c for c in self.doctor("--no-start", status=0) if c["id"] == "policy.approvers"], [])

    def test_9_a_log_that_need_not_be_written_is_told(self):
        path = self.settings("audit: {on_error: allow}\n")
        self.finds("audit.on_error", "warn", "--no-start", detail="allow (%s): where the log cannot be written, calls pass unrecorded" % path)
        self.settings("audit: {durability: queued}\n")
        checks = self.doctor("--no-start", status=0)
        self.assertEqual([c["id"] for c in checks if c["id"].startswith("audit.on")], [])
        self.assertIn("queued (%s)" % path, next(c["detail"] for c in checks if c["id"] == "audit.durability" and c["status"] == "skip"))
        self.run_with("--durability", "written")
        self.assertEqual([c for c in self.doctor("--no-start", status=0) if c["id"] == "audit.durability"], [])
        own = os.path.join(self.home, "own.yaml")
        with open(own, "w") as file:
            file.write("audit: {on_error: allow, durability: durable}\n")
        self.run_with("--config", own, "--durability=queued")
        self.finds("audit.on_error", "warn", "--no-start", detail="allow (%s)" % own)
        self.finds("audit.durability", "skip", "--no-start", detail="queued (--durability of the entry)")

    def test_9_a_halt_in_force_is_told(self):
        halts = lambda: [(c["status"], c["detail"], c["fix"]) for c in self.doctor("--no-start", status=0) if c["id"] == "state.halted"]
        self.run_agentmesh("halt", "other", "--why", "not this one")
        self.assertEqual(halts(), [])
        self.run_agentmesh("halt", "notes", "--why", "looking into it")
        (how, detail, fix), = halts()
        self.assertEqual((how, fix), ("warn", "agentmesh resume notes"))
        self.assertRegex(detail, r"^it is halted by uid:\d+ since \d{4}-\S+Z: looking into it; every call is denied$")
        self.run_agentmesh("halt", "--all", "--why", "everything")
        (_, detail, fix), = halts()
        self.assertIn("every server is halted by", detail)
        self.assertEqual(sorted(fix.split(" && ")), ["agentmesh resume --all", "agentmesh resume notes"])
        own = os.path.join(self.home, "own state")
        self.run_with("--state-dir", own)
        self.assertEqual(halts(), [])
        self.run_agentmesh("halt", "notes", "--why", "there", "--state-dir", own)
        (_, detail, fix), = halts()
        self.assertEqual(fix, "agentmesh resume --state-dir '%s' notes" % own)
        self.run_agentmesh("resume", "notes", "--state-dir", own)
        self.assertEqual(halts(), [])

    def test_8_a_state_directory_that_others_may_read(self):
        self.use()
        os.chmod(self.state, 0o755)
        found = self.finds("state.writable", "fail", detail="mode 755")
        self.assertEqual(found["fix"], "chmod 700 " + self.state)

    def test_8_a_state_directory_of_somebody_else_is_not_taken_away_from_them(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a directory away")
        self.use()
        for owner, name in ((54321, "'#54321'"), (pwd.getpwnam("nobody").pw_uid, "nobody")):
            os.chown(self.state, owner, -1)
            found = self.finds("state.writable", "fail", detail=f"it belongs to user {owner}, not to you")
            self.assertEqual(found["fix"], f"sudo -u {name} agentmesh doctor --state-dir {self.state}")
        os.chown(self.state, 0, -1)

    def test_8_a_state_directory_that_nobody_can_make(self):
        done = self.run_agentmesh("doctor", "--no-start", "--json", "--state-dir", "/proc/nodir", status=1)
        found = [c for c in json.loads(done.stdout)["checks"] if c["id"] == "state.writable" and c["subject"] == "/proc/nodir"]
        self.assertEqual([c["status"] for c in found], ["fail"])
        self.assertIn("/proc is the kernel's own (proc)", found[0]["detail"])

    def test_8_a_state_directory_that_others_could_exchange(self):
        above = os.path.join(self.home, "above")
        state = os.path.join(above, "state")
        os.mkdir(above)
        os.chmod(above, 0o777)
        for there in (False, True):
            if there:
                os.mkdir(state, 0o700)
            started = self.run_agentmesh("proxy", "--state-dir", state, "--", SERVER, self.files, status=2)
            done = self.run_agentmesh("doctor", "--no-start", "--json", "--state-dir", state, status=1)
            found = [c for c in json.loads(done.stdout)["checks"] if c["id"] == "state.writable" and c["subject"] == state]
            self.assertEqual([c["status"] for c in found], ["fail"])
            self.assertEqual("agentmesh: %s: %s; run: %s\n" % (state, found[0]["detail"], found[0]["fix"]), started.stderr)
            self.assertEqual(found[0]["fix"], "chmod o-w %s, or choose another directory" % above)

    def test_9_a_key_that_others_may_read(self):
        self.use()
        for folder, _, names in os.walk(os.path.join(self.state, "keys")):
            for name in names:
                if not name.endswith("vkeys"):
                    key = os.path.join(folder, name)
        os.chmod(key, 0o644)
        self.assertIn(key, self.finds("keys.mode", "fail", detail="mode 644")["fix"])

    def test_10_a_log_that_was_tampered_with(self):
        self.use()
        folder = os.path.join(self.state, "audit/main/seg")
        segment = os.path.join(folder, os.listdir(folder)[0])
        with open(segment, "rb") as file:
            data = file.read()
        os.chmod(segment, 0o600)
        with open(segment, "wb") as file:
            file.write(data.replace(b'"read_text_file"', b'"list_directory"'[:16].ljust(16, b"x"), 1))
        self.finds("audit.verifies", "fail")

    def test_11_a_database_that_is_damaged_or_newer(self):
        self.use()
        path = os.path.join(self.state, "state.db")
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
        self.finds("state.db", "fail")
        with open(path, "wb") as file:
            file.write(b"not a database" * 1000)
        for extra in ("-wal", "-shm"):
            if os.path.exists(path + extra):
                os.remove(path + extra)
        self.finds("state.db", "fail")

    def test_12_a_log_from_the_future(self):
        self.use()
        folder = os.path.join(self.state, "audit/main/seg")
        os.utime(os.path.join(folder, os.listdir(folder)[0]), (4e9, 4e9))
        self.finds("clock.sane", "warn", detail="in the future")

    def test_another_version_of_ours_is_named(self):
        other = os.path.join(self.home, "bin/agentmesh")
        os.mkdir(os.path.dirname(other))
        with open(other, "w") as file:
            file.write("#!/bin/sh\n[ \"$1\" = version ] && echo 'agentmesh 0.0.1' && exit\nexec %s \"$@\"\n" % AGENTMESH)
        os.chmod(other, 0o755)
        self.change(lambda entry: entry.update(command=other))
        self.finds("binary.path", "warn", detail="another version (0.0.1")

    def test_bad_usage_is_told_apart_from_a_bad_state(self):
        for words, why in ((("--config-path", self.file), "goes with the client"), (("--timeout", "0"), "--timeout is 1 to"),
                           (("--json", "x"), "one word too many")):
            self.assertIn(why, self.run_agentmesh("doctor", *words, status=2).stderr)

    def test_nothing_configured_is_no_failure(self):
        shutil.rmtree(os.path.dirname(self.file))
        checks = self.doctor(status=0)
        self.assertIn("no client's configuration was found here", [c["detail"] for c in checks])


del Home  # its tests are not ours to run again

if __name__ == "__main__":
    unittest.main()
