"""What init-integration, doctor and status know of files that are in no client's usual place, and of options on what is wrapped already."""
import json
import os
import shutil
import subprocess
import sys
import unittest

from test_integrations import AGENTMESH, SERVER, Home, bytes_of


class Remembered(Home):
    def setUp(self):
        super().setUp()
        self.project = self.put_servers("projA/.mcp.json", {"a": {"command": SERVER, "args": [self.files]}})
        self.odd = self.put_servers("odd/servers.json", {"b": {"command": SERVER}})
        self.before = [bytes_of(path) for path in (self.project, self.odd)]
        self.run_agentmesh("init-integration", "--claude-code", "--no-probe", "--config-path", self.project)
        self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--config-path", self.odd)

    def test_a_file_that_was_named_is_undone_with_the_others_from_anywhere(self):
        elsewhere = os.path.join(self.home, "elsewhere")
        os.mkdir(elsewhere)
        done = subprocess.run([AGENTMESH, "init-integration", "--all", "--yes", "--undo"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, cwd=elsewhere, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"Claude Code: {self.project}\n  a: restored\n", done.stdout)
        self.assertIn(f"Cursor: {self.odd}\n  b: restored\n", done.stdout)
        self.assertEqual([bytes_of(path) for path in (self.project, self.odd)], self.before)
        # What is not wrapped any more is not looked at again.
        self.assertIn("no client's configuration was found here", self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2).stderr)

    def test_whatever_state_directory_it_was_remembered_in(self):
        other = os.path.join(self.home, "state")
        self.put_servers(".cursor/mcp.json", {})
        third = self.put_servers("third/c.json", {"c": {"command": SERVER}})
        self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--config-path", third, "--state-dir", other)
        self.assertIn("  c: restored\n", self.run_agentmesh("init-integration", "--all", "--yes", "--undo", "--state-dir", other).stdout)
        self.assertEqual([bytes_of(path) for path in (self.project, self.odd)], self.before)

    def test_one_that_is_gone_is_said_and_is_no_error(self):
        shutil.rmtree(os.path.dirname(self.project))
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        forget = ["init-integration", "--claude-code", "--undo", "--config-path", self.project]
        self.assertIn(f"agentmesh: Claude Code: {self.project} is gone: nothing to undo there (agentmesh {' '.join(forget)} forgets it)\n", done.stderr)
        self.assertEqual(bytes_of(self.odd), self.before[1])
        # Its disk may come back: whoever knows better says so.
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.decided(self.project, "deny")
        self.assertIn("would be forgotten", self.run_agentmesh(*forget, "--dry-run").stdout)
        self.assertEqual(self.run_agentmesh(*forget).stdout, f"Claude Code: {self.project} is gone: forgotten\n")
        with open(self.memory()) as file:
            self.assertEqual(json.load(file), {"version": 1, "args_added": [], "files": []})
        self.run_agentmesh(*forget, status=2)

    def test_nothing_is_forgotten_of_what_may_be_there(self):
        real, link, before = self.put_link()
        forget = ["init-integration", "--cursor", "--undo", "--config-path"]
        os.remove(link)
        self.run_agentmesh(*forget, link, status=2)  # what it led to is there
        os.rename(self.odd, self.odd + ".away")
        self.run_agentmesh("init-integration", "--claude", "--undo", "--config-path", self.odd, status=2)  # wrapped for another client
        self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--config-path", self.odd, status=2)
        os.rename(self.odd + ".away", self.odd)
        parent = os.path.dirname(self.odd)
        os.rename(parent, parent + ".away")
        os.symlink(parent, parent)
        self.run_agentmesh(*forget, self.odd, status=2)
        os.remove(parent)
        os.rename(parent + ".away", parent)
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual([bytes_of(real), bytes_of(self.odd)], [before, self.before[1]])

    def test_one_that_was_undone_by_hand_is_not_looked_at_again(self):
        for path, before in zip((self.project, self.odd), self.before):
            with open(path, "wb") as file:
                file.write(before)
        self.assertIn("nothing to undo\n", self.run_agentmesh("init-integration", "--all", "--yes", "--undo").stdout)
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)

    def test_doctor_and_status_know_of_them(self):
        checks = json.loads(self.run_agentmesh("doctor", "--json").stdout)["checks"]
        read = [check["file"] for check in checks if check["id"] == "config.parse" and check["status"] == "ok"]
        self.assertEqual(read, [self.project, self.odd])
        # Whoever may write there wrote them since: they are started when their client is named.
        starts = {check["subject"]: check for check in checks if check["id"] == "server.starts"}
        for name in ("a", "b"):
            self.assertEqual((starts[name]["status"], starts[name]["detail"]),
                             ("skip", "not started: its file is in no usual place of yours; name its client"))
        named = json.loads(self.run_agentmesh("doctor", "--claude-code", "--json").stdout)["checks"]
        self.assertEqual([check["status"] for check in named if check["id"] == "server.starts"], ["ok"])
        named = json.loads(self.run_agentmesh("doctor", "--cursor", "--json", status=1).stdout)["checks"]
        self.assertIn("usage: demo_server DIRECTORY", next(check["detail"] for check in named if check["id"] == "server.starts"))
        status = json.loads(self.run_agentmesh("status", "--json").stdout)
        self.assertEqual({server["server"] for server in status["servers"]}, {"a", "b"})

    def decided(self, path, decision, *words):
        done = subprocess.run([AGENTMESH, "policy", "explain", "--policy", "permissive", "--tool", "write_file", "--json", *words,
                               "--args", json.dumps({"path": path})], capture_output=True, text=True, cwd=self.home, env=self.environment)
        self.assertEqual(json.loads(done.stdout)["decision"], decision, path + "\n" + done.stdout + done.stderr)

    def test_no_server_may_write_to_them(self):
        for path, decision in ((self.odd, "deny"), (self.odd + ".other", "allow")):
            self.decided(path, decision)

    def test_one_that_was_wrapped_for_another_state_directory_is_known_everywhere(self):
        """And so is what its entries name: state, settings, a policy; but not what a project's own file names."""
        other, third = os.path.join(self.home, "state"), os.path.join(self.home, "third/c.json")
        self.put_servers("third/c.json", {"c": {"command": SERVER}, "d": {"command": AGENTMESH, "args": [
            "proxy", "--state-dir", self.home + "/own/state", "--config=" + self.home + "/own/x.yaml", "-p", self.home + "/own/p.yaml", "--", SERVER]}})
        with open(self.project) as file:
            text = file.read()
        with open(self.project, "w") as file:
            file.write(text.replace('"proxy"', '"proxy", "--state-dir", "%s/projects"' % self.home, 1))
        agent = self.put_servers("projB/.kiro/agents/x.json", {"e": {"command": AGENTMESH, "args": [
            "proxy", "--state-dir", self.home + "/projects", "--", SERVER]}, "f": {"command": SERVER}})
        self.run_agentmesh("init-integration", "--kiro", "--no-probe", "--config-path", agent, "--server", "f")
        self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--config-path", third, "--state-dir", other, "--server", "c")
        for words in ((), ("--state-dir", other)):
            for path in (third, other + "/integrations.json", self.home + "/own/state/keys/state.key", self.home + "/own/x.yaml",
                         self.home + "/own/p.yaml", self.odd):
                self.decided(path, "deny", *words)
            self.decided(self.home + "/projects/x", "allow", *words)
        read = [check["file"] for check in json.loads(self.run_agentmesh("doctor", "--json", "--no-start", status=1).stdout)["checks"]
                if check["id"] == "config.parse"]
        self.assertIn(third, read)
        # An undo is heard of wherever the wrapping was.
        self.run_agentmesh("init-integration", "--cursor", "--undo", "--config-path", third)
        with open(third) as file:
            self.assertEqual(json.load(file)["mcpServers"], {"c": {"command": SERVER}, "d": {"command": SERVER, "args": []}})
        for directory in (other, os.path.join(self.home, ".local/state/agentmesh")):
            with open(os.path.join(directory, "integrations.json")) as file:
                self.assertNotIn("third", file.read())

    def test_what_a_pull_brings_into_one_runs_nothing_and_leads_nowhere(self):
        """What it names for its proxy is closed; but not what is remembered there, and doctor does not go on from it."""
        ran, state, far = (os.path.join(self.home, name) for name in ("ran", "repo/state", "far"))
        touch = {"command": "/bin/sh", "args": ["-c", "touch %s; cat >/dev/null" % ran]}
        led = self.put_servers("far/any.json", {"evil": touch, "g": {"command": AGENTMESH, "args": ["proxy", "--state-dir", far + "/deep", "--", SERVER]}})
        os.makedirs(state, 0o700)
        with open(state + "/integrations.json", "w") as file:
            json.dump({"version": 1, "files": [{"file": led, "client": "cursor"}]}, file)
        brought = {"evil": touch, "leading": {"command": AGENTMESH, "args": ["proxy", "--state-dir", state, "--", SERVER]}}
        for place, client in (("repo/x.code-workspace", "claude-code"), ("repo/.devcontainer/py/devcontainer.json", "claude-code"), ("repo/tools/mcp.json", "claude-code")):
            path = self.put_servers(place, {"b": {"command": SERVER}})
            self.run_agentmesh("init-integration", "--" + client, "--no-probe", "--config-path", path)
            self.put_servers(place, brought)
        named_so = os.path.join(self.home, "conf.json")
        os.symlink(self.project, named_so)
        self.run_agentmesh("init-integration", "--claude", "--no-probe", "--config-path", named_so)
        self.put_servers(".cursor/mcp.json", {})
        checks = json.loads(self.run_agentmesh("doctor", "--json").stdout)["checks"]
        self.assertFalse(os.path.exists(ran))
        self.assertNotIn(led, [check.get("file") for check in checks])
        self.assertIn(os.path.join(self.home, "repo/tools/mcp.json"), [check.get("file") for check in checks])
        self.decided(os.path.join(self.home, "repo/tools/mcp.json"), "deny")
        self.decided(os.path.join(state, "keys/state.key"), "deny")
        for path in (led, far + "/deep/x"):
            self.decided(path, "allow")
        # A workspace's file is a project's, as is the one that a link leads to.
        self.put_servers("repo/tools/mcp.json", {})
        self.put_servers("projA/.mcp.json", brought)
        self.decided(os.path.join(state, "keys/state.key"), "allow")
        # What the user's own entry names is followed.
        self.put_servers(".cursor/mcp.json", {"own": {"command": AGENTMESH, "args": ["proxy", "--state-dir", state, "--", SERVER]}})
        self.decided(led, "deny")

    def test_where_the_usual_state_directory_takes_no_note_that_is_said_and_no_refusal(self):
        shutil.rmtree(os.path.join(self.home, ".local"))
        with open(os.path.join(self.home, ".local"), "w") as file:
            file.write("no directory")
        done = self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--state-dir", os.path.join(self.home, "state"), "--config-path",
                                  self.put_servers("third/c.json", {"c": {"command": SERVER}}))
        self.assertIn("  c: wrapped\n", done.stdout)
        self.assertIn("; the servers that keep their state there do not know of %s\n" % os.path.join(self.home, "third/c.json"), done.stderr)

    def test_an_undo_makes_no_state_directory(self):
        for words in (["--cursor", "--config-path", self.odd], ["--all", "--yes"]):
            self.run_agentmesh("init-integration", "--undo", "--state-dir", os.path.join(self.home, "none"), *words)
            self.assertFalse(os.path.exists(os.path.join(self.home, "none")))

    def test_a_large_file_is_seen_by_all_and_one_that_is_too_large_is_said(self):
        state = os.path.join(self.home, "state")
        large = self.put_servers(".claude.json", {"big": {"command": SERVER}})
        for mebibytes, seen in ((5, True), (65, False)):
            with open(large) as file:
                whole = json.load(file)
            whole["history"] = mebibytes * 1024 * 1024 * "x"
            with open(large, "w") as file:
                json.dump(whole, file)
            if seen:
                self.run_agentmesh("init-integration", "--claude-code", "--no-probe", "--state-dir", state, "--config-path", large)
            told = json.loads(self.run_agentmesh("status", "--json", "--state-dir", state).stdout)
            self.assertEqual([server["server"] for server in told["servers"]], ["big"] if seen else [])
            if seen:
                self.decided(state + "/x", "deny")
            else:
                why = "read %s: larger than 67108864 bytes" % large
                self.assertEqual(told["unread"], [why])
                self.assertIn("  %s: what it would tell of wrapped servers is not known\n" % why, self.run_agentmesh("status", "--state-dir", state).stdout)
                self.assertIn("larger than 67108864 bytes", self.run_agentmesh("doctor", "--no-start", status=1).stdout)


    def test_what_was_wrapped_beside_the_usual_files_gets_todays_path_with_the_others(self):
        fresh = {"command": SERVER, "args": [self.files]}
        for path, name in ((self.project, "a"), (self.odd, "b")):
            with open(path) as file:
                servers = json.load(file)["mcpServers"]
            servers[name]["command"] = "/moved/agentmesh"
            self.put_servers(path, {**servers, "new": fresh})
        done = self.run_agentmesh("init-integration", "--all", "--yes")
        self.assertIn(f"Claude Code: {self.project}\n  a: updated\n", done.stdout)
        self.assertIn(f"Cursor: {self.odd}\n  b: updated\n", done.stdout)
        self.assertNotIn("started once", done.stdout)
        for path, name in ((self.project, "a"), (self.odd, "b")):
            with open(path) as file:
                servers = json.load(file)["mcpServers"]
            self.assertEqual(servers[name]["command"], AGENTMESH)
            # Somebody else may have written that since.
            self.assertEqual(servers["new"], fresh)
        # One that cannot be read, or not be changed, is said, and keeps the others from nothing.
        with open(self.project, "w") as file:
            file.write("{")
        self.put_servers(self.odd, {"b": {"command": "/moved/agentmesh", "args": ["proxy", "--name", "b", "--", SERVER]}})
        os.chmod(self.odd, 0o444)
        self.put_servers(".cursor/mcp.json", {"c": fresh})
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--no-probe", status=2)
        self.assertIn(f"agentmesh: {self.project}:1:1: this '{{' is never closed\n", done.stderr)
        self.assertIn(f"{self.odd}: nobody may write it", done.stderr)
        self.assertIn("what is wrapped there stays as it was", done.stderr)
        self.assertIn("  c: wrapped\n", done.stdout)

    def test_all_leaves_a_name_twin_of_a_wrapped_server_as_it_is(self):
        fresh = {"command": SERVER, "args": [self.files]}
        other = os.path.join(self.home, "other/.claude.json")
        os.mkdir(os.path.dirname(other))
        with open(other, "w") as file:
            json.dump({"projects": {"/p/a": {"mcpServers": {"fs": fresh}}}}, file)
        self.run_agentmesh("init-integration", "--claude-code", "--no-probe", "--config-path", other)
        with open(other) as file:
            whole = json.load(file)
        whole["projects"]["/p/a"]["mcpServers"]["fs"]["command"] = "/moved/agentmesh"
        whole["projects"]["/p/b"] = {"mcpServers": {"fs": fresh, "new": fresh}}
        with open(other, "w") as file:
            json.dump(whole, file)
        done = self.run_agentmesh("init-integration", "--all", "--yes")
        self.assertIn("  fs (project /p/a): updated\n", done.stdout)
        self.assertNotIn("/p/b", done.stdout)
        with open(other) as file:
            self.assertEqual(json.load(file)["projects"]["/p/b"], whole["projects"]["/p/b"])
        # Asked for by name it is not there to be wrapped, and it is said how it is.
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--server", "new", status=2)
        self.assertIn("'new' is not wrapped, in a file that was named once: agentmesh init-integration --claude-code --config-path %s --server new\n"
                      % other, done.stderr)

    def test_a_file_that_cannot_be_brought_up_to_date_is_no_success(self):
        self.put_servers(self.odd, {"b": {"command": "/moved/agentmesh", "args": ["proxy", "--name", "b", "--", SERVER]}})
        os.link(self.odd, self.odd + ".twin")
        done = self.run_agentmesh("init-integration", "--all", "--yes", status=2)
        self.assertIn("it has 2 names (hard links)", done.stderr)
        self.assertNotIn("nothing to change", done.stdout)

    def test_all_forgets_what_was_put_back_by_hand(self):
        for path, before in zip((self.project, self.odd), self.before):
            with open(path, "wb") as file:
                file.write(before)
        os.chmod(self.odd, 0o444)  # nor is it anybody's business that it may not be written
        self.run_agentmesh("init-integration", "--all", "--yes")
        with open(self.memory()) as file:
            self.assertEqual(json.load(file)["files"], [])

    def test_a_file_that_nobody_may_write_is_no_trouble_while_it_is_up_to_date(self):
        os.chmod(self.odd, 0o444)
        self.assertEqual(self.run_agentmesh("init-integration", "--all", "--yes").stdout, "nothing to change\n")
        self.run_agentmesh("init-integration", "--all", "--yes", "--policy", "strict", status=2)
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.decided(self.odd, "deny")

    def test_a_file_that_cannot_be_looked_at_is_not_gone(self):
        parent = os.path.dirname(self.odd)
        os.rename(parent, parent + ".away")
        os.symlink(parent, parent)  # leads nowhere, and nothing says that the file is not there
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.assertNotIn("is gone", done.stderr)
        self.assertIn(f"read {self.odd}: ", self.run_agentmesh("doctor", "--no-start", status=1).stdout)
        self.assertIn(f"agentmesh: read {self.odd}: ", done.stderr)
        self.assertIn("not everything is undone", done.stderr)
        os.remove(parent)
        os.rename(parent + ".away", parent)
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual(bytes_of(self.odd), self.before[1])

    def test_a_file_that_was_wrapped_by_a_link_is_undone_where_that_led(self):
        real = self.put_servers("dots/real.json", {"d": {"command": SERVER}})
        before, link = bytes_of(real), os.path.join(self.home, "link.json")
        for target in (self.put_servers("dots/second.json", {"e": {"command": SERVER}}), None):
            os.symlink(real, link)
            self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--config-path", link)
            os.remove(link)
            if target:
                os.symlink(target, link)
            done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
            self.assertNotIn("is gone", done.stderr)
            self.assertEqual(bytes_of(real), before)
            if target:
                os.remove(link)

    def put_link(self):
        real, link = self.put_servers("dots/real.json", {"d": {"command": SERVER}}), os.path.join(self.home, "link.json")
        before = bytes_of(real)
        os.symlink(real, link)
        self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--config-path", link)
        return real, link, before

    def test_the_file_that_took_the_links_place_is_looked_at_with_the_one_that_it_led_to(self):
        real, link, before = self.put_link()
        shutil.copy(real, link + ".new")
        os.rename(link + ".new", link)  # as a client saves
        read = [check["file"] for check in json.loads(self.run_agentmesh("doctor", "--json", "--no-start").stdout)["checks"]
                if check["id"] == "config.parse"]
        self.assertEqual(read[1:3], [link, real])
        for path in (link, real):
            self.decided(path, "deny")
        self.run_agentmesh("init-integration", "--all", "--yes")
        done = self.run_agentmesh("init-integration", "--cursor", "--undo", "--config-path", real)
        self.assertEqual(done.stderr, f"agentmesh: Cursor: {link} is still wrapped "
                         f"(agentmesh init-integration --cursor --undo --config-path {link} takes it out)\n")
        self.decided(link, "deny")  # it is wrapped still
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual([bytes_of(link), bytes_of(real)], [before, before])
        with open(self.memory()) as file:
            self.assertEqual(json.load(file), {"version": 1, "args_added": [], "files": []})

    def test_a_link_that_leads_to_a_copy_is_remembered_though_nothing_is_left_where_it_led(self):
        copy = os.path.join(self.home, "new.json")
        for once_more in (False, True):
            real, link, before = self.put_link()
            shutil.copy(real, copy)
            os.remove(link)
            os.symlink(copy, link)
            self.put_servers("dots/real.json", {})
            self.run_agentmesh("init-integration", "--all", "--yes")
            self.decided(copy, "deny")
            if once_more:  # where it leads now is known, should it lead elsewhere again
                os.remove(link)
                self.decided(copy, "deny")
            self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
            self.assertEqual(bytes_of(copy).replace(b', "args": []', b"" if once_more else b"?"), before)
            self.decided(copy, "allow")
            if not once_more:
                os.remove(link)

    def remembered(self):
        with open(self.memory()) as file:
            return {(row["file"], row.get("real", "")) for row in json.load(file)["files"]}

    def is_gone(self, path, flag="cursor"):
        return f"{path} is gone: nothing to undo there (agentmesh init-integration --{flag} --undo --config-path {path} forgets it)\n"

    def test_what_a_link_led_to_is_not_forgotten_while_its_disk_is_away(self):
        real, link, before = self.put_link()
        away, forget = os.path.join(self.home, "away"), ["init-integration", "--cursor", "--undo", "--config-path", real]
        os.rename(os.path.dirname(real), away)
        os.remove(link)
        os.symlink(self.put_servers("local.json", {"l": {"command": SERVER}}), link)
        self.run_agentmesh("init-integration", "--all", "--yes", "--no-probe")
        self.assertIn((link, real), self.remembered())
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual(done.stderr.count(self.is_gone(real)), 1, done.stderr)
        self.assertIn((link, real), self.remembered())
        # Whoever knows that it does not come back says so.
        self.assertEqual(self.run_agentmesh(*forget, "--dry-run").stdout, f"Cursor: {real} is gone: would be forgotten\n")
        with open(self.memory()) as file:
            kept = file.read()
        self.assertEqual(self.run_agentmesh(*forget).stdout, f"Cursor: {real} is gone: forgotten\n")
        self.assertEqual(self.remembered(), set())
        self.run_agentmesh(*forget, status=2)
        # And if not, it is undone when it is back.
        with open(self.memory(), "w") as file:
            file.write(kept)
        os.rename(away, os.path.dirname(real))
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual(bytes_of(real), before)
        self.assertEqual(self.remembered(), set())

    def test_an_undo_of_the_file_in_a_links_place_names_what_is_away(self):
        usual = os.path.join(self.home, ".cursor", "mcp.json")
        real = self.put_servers("usb/real.json", {"d": {"command": SERVER}})
        before = bytes_of(real)
        os.makedirs(os.path.dirname(usual), exist_ok=True)
        os.symlink(real, usual)
        self.run_agentmesh("init-integration", "--cursor", "--no-probe")
        shutil.copy(real, usual + ".new")
        os.rename(usual + ".new", usual)
        away = os.path.join(self.home, "away")
        os.rename(os.path.dirname(real), away)
        # Nothing of it is forgotten, at whose hand soever, while the other may be wrapped.
        self.run_agentmesh("init-integration", "--cursor", "--undo", "--config-path", real, status=2)
        done = self.run_agentmesh("init-integration", "--cursor", "--undo")
        self.assertEqual((bytes_of(usual), done.stderr.count(self.is_gone(real))), (before, 1), done.stderr)
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual(done.stderr.count(self.is_gone(real)), 1, done.stderr)
        os.rename(away, os.path.dirname(real))
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual(bytes_of(real), before)
        self.assertNotIn("is gone", done.stderr)
        self.assertEqual(self.remembered(), set())

    def test_what_is_named_as_gone_is_not_forgotten_by_the_run_that_says_so(self):
        real, link = self.put_servers("real.json", {"d": {"command": SERVER}}), os.path.join(self.home, "usb", "link.json")
        before, away, rows = bytes_of(real), os.path.join(self.home, "away"), {(link, ""), (link, real)}
        os.mkdir(os.path.dirname(link))
        for comes_back in (True, False):
            os.symlink(real, link)
            self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--config-path", link)
            os.remove(link)
            shutil.copy(real, link)
            self.run_agentmesh("init-integration", "--all", "--yes", "--no-probe")
            self.assertLessEqual(rows, self.remembered())
            os.rename(os.path.dirname(link), away)
            for _ in range(2):
                done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
                self.assertEqual((bytes_of(real), done.stderr.count(self.is_gone(link)), self.remembered()), (before, 1, rows), done.stderr)
            if comes_back:
                os.rename(away, os.path.dirname(link))
                self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
                self.assertEqual(bytes_of(link), before)
                os.remove(link)
            else:  # what it led to is there, and holds nothing of ours
                done = self.run_agentmesh("init-integration", "--cursor", "--undo", "--config-path", link)
                self.assertEqual(done.stdout, f"Cursor: {link} is gone: forgotten\n")
            self.assertEqual(self.remembered(), set())

    def test_what_is_gone_is_not_forgotten_while_the_other_one_is_wrapped_which_is_said(self):
        real, link, before = self.put_link()
        os.remove(link)
        done = self.run_agentmesh("init-integration", "--cursor", "--undo", "--config-path", link, status=2)
        self.assertEqual(done.stderr, f"agentmesh: Cursor: {link} is gone; {real} is still wrapped "
                         f"(agentmesh init-integration --cursor --undo --config-path {real} takes it out)\n")
        self.assertIn((link, real), self.remembered())
        self.run_agentmesh("init-integration", "--cursor", "--undo", "--config-path", real)
        self.assertEqual(bytes_of(real), before)
        self.assertNotIn((link, real), self.remembered())

    def test_what_the_users_entries_name_is_closed_in_either_file(self):
        real, link, _ = self.put_link()
        os.rename(real, link + ".new")
        os.rename(link + ".new", link)
        self.put_servers("dots/real.json", {"d": {"command": AGENTMESH, "args": ["proxy", "-p", self.home + "/own/p.yaml", "--", SERVER]}})
        self.decided(self.home + "/own/p.yaml", "deny")

    def test_where_a_link_led_is_undone_by_the_keys_that_its_name_lets_count(self):
        real, link = os.path.join(self.home, "dots/settings.json"), os.path.join(self.home, "proj/mcp.json")
        for directory in ("dots", "proj"):
            os.mkdir(os.path.join(self.home, directory))
        with open(real, "w") as file:
            json.dump({"servers": {"d": {"command": SERVER}}}, file)
        before = bytes_of(real)
        os.symlink(real, link)
        self.run_agentmesh("init-integration", "--vscode", "--no-probe", "--config-path", link)
        os.remove(link)
        self.assertIn("d", [server["server"] for server in json.loads(self.run_agentmesh("status", "--json").stdout)["servers"]])
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual(bytes_of(real), before)

    def test_what_a_pull_brings_does_not_tell_an_undo_how_it_was(self):
        """Nor what to look for: memory that only an entry of a project's file leads to is told, and not asked."""
        cursor = self.put_servers(".cursor/mcp.json", {"c": {"command": SERVER, "args": []}})
        before, state = bytes_of(cursor), os.path.join(self.home, "repo/state")
        self.run_agentmesh("init-integration", "--cursor", "--no-probe")
        project = self.put_servers("repo/.mcp.json", {"r": {"command": SERVER}})
        self.run_agentmesh("init-integration", "--claude-code", "--no-probe", "--config-path", project)
        self.put_servers("repo/.mcp.json", {"r": {"command": AGENTMESH, "args": ["proxy", "--state-dir", state, "--", SERVER]}})
        os.makedirs(state, 0o700)
        with open(state + "/integrations.json", "w") as file:
            json.dump({"version": 1, "args_added": [{"file": cursor, "under": "mcpServers", "entry": "c", "occurrence": 0}],
                       "files": [{"file": "/etc/passwd", "client": "nine"}]}, file)
        with open(state + "/integrations.json.bad-1", "w"):
            pass
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual((bytes_of(cursor), done.stderr), (before, ""))

    def test_memory_that_only_an_undone_entry_led_to_is_asked_all_the_same(self):
        state = os.path.join(self.home, "state")
        self.put_servers(".cursor/mcp.json", {"c": {"command": SERVER, "args": []}})
        self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--state-dir", state)
        with open(state + "/integrations.json", "w") as file:
            file.write("{garbage")
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.assertIn("  c: restored\n", done.stdout)
        self.assertIn(": it is damaged; files in no usual place that it named may still be wrapped", done.stderr)
        self.assertIn("not everything is undone", done.stderr)
        self.assertEqual([name for name in os.listdir(state) if name.startswith("integrations.json")], ["integrations.json"])

    def test_what_a_version_to_come_has_wrapped_is_named_by_an_undo_of_all(self):
        with open(self.memory()) as file:
            text = file.read()
        with open(self.memory(), "w") as file:
            file.write(text.replace('"client":"cursor"', '"client":"cursor-nine"'))
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.assertIn(f"{self.odd}: wrapped for a client that this version does not know, 'cursor-nine': undo it with the version that did\n",
                      done.stderr)
        os.remove(self.odd)
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)  # nothing is found
        real, link, _ = self.put_link()  # where a link led as well, when the link is no more
        with open(self.memory()) as file:
            text = file.read()
        with open(self.memory(), "w") as file:
            file.write(text.replace('"client":"cursor"', '"client":"cursor-nine"'))
        os.remove(link)
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.assertIn(f"{real}: wrapped for a client that this version does not know", done.stderr)

    def memory(self):
        return os.path.join(self.home, ".local/state/agentmesh/integrations.json")

    def test_memory_that_is_damaged_is_told_and_not_written_over(self):
        with open(self.memory(), "w") as file:
            file.write("{garbage")
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.assertIn(f"{self.memory()}: it is damaged; files in no usual place that it named may still be wrapped: ", done.stderr)
        checks = json.loads(self.run_agentmesh("doctor", "--json", "--no-start", status=1).stdout)["checks"]
        check = next(c for c in checks if c["id"] == "config.remembered")
        self.assertEqual((check["status"], check["file"]), ("fail", self.memory()))
        self.assertIn("agentmesh init-integration --CLIENT --config-path FILE", check["fix"])
        damaged = "%s: it is damaged" % self.memory()
        self.assertEqual(json.loads(self.run_agentmesh("status", "--json").stdout)["unread"], [damaged])
        told = self.run_agentmesh("status").stdout
        self.assertIn("  %s: what it would tell of wrapped servers is not known\n" % damaged, told)
        self.assertIn("no client's configuration that could be read has a wrapped one\n", told)
        # It is set aside by whoever writes.
        done = self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--config-path", self.odd)
        self.assertIn(f"{self.memory()}: it is damaged, and is now {self.memory()}.bad-", done.stderr)
        aside = next(name for name in os.listdir(os.path.dirname(self.memory())) if ".bad-" in name)
        checks = json.loads(self.run_agentmesh("doctor", "--json", "--no-start").stdout)["checks"]
        self.assertEqual([c["status"] for c in checks if c["id"] == "config.remembered"], ["warn"])
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.assertEqual(bytes_of(self.odd), self.before[1])
        self.assertIn(aside + ": it was damaged and set aside; files in no usual place", done.stderr)
        # Once it is mended nothing is said.
        self.run_agentmesh("init-integration", "--claude-code", "--undo", "--config-path", self.project)
        os.remove(os.path.join(os.path.dirname(self.memory()), aside))
        self.assertIn("no client's configuration was found here", self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2).stderr)
        self.assertEqual([bytes_of(path) for path in (self.project, self.odd)], self.before)

    def test_of_a_damaged_row_it_is_said_that_the_others_are_known(self):
        with open(self.memory()) as file:
            text = file.read()
        with open(self.memory(), "w") as file:
            file.write(text.replace('"files":[', '"files":[7,'))
        why = "a file in no usual place that the row named (the other rows are known) may "
        self.assertIn("a row in it is damaged; %sbe wrapped, and not looked at" % why, self.run_agentmesh("doctor", "--no-start", status=1).stdout)
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.assertEqual([bytes_of(path) for path in (self.project, self.odd)], self.before)
        self.assertIn("; the other rows are kept, which file that one named is not known any more", done.stderr)
        self.assertIn("a row in it was damaged and set aside; %sstill be wrapped: " % why, done.stderr)

    def test_a_path_that_is_no_text_is_undone_as_any_other(self):
        odd = os.path.join(os.fsencode(self.home), b"caf\xe9.json")
        with open(odd, "wb") as file:
            file.write(self.before[1])
        self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--config-path", os.fsdecode(odd))
        self.assertNotEqual(bytes_of(odd), self.before[1])
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertNotIn("is gone", done.stderr)
        self.assertEqual(bytes_of(odd), self.before[1])


class Texts(Home):
    def put_text(self, place, text):
        path = os.path.join(self.home, place)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path


class Shared(Texts):
    """Servers of several clients in one file."""

    def test_a_client_that_lives_in_the_file_of_another_is_looked_at_in_its_own_right(self):
        path = self.put_text(".config/Code/User/settings.json", '{"amp.mcpServers": {"p": {"command": "%s"}}}' % SERVER)
        before = bytes_of(path)
        self.run_agentmesh("init-integration", "--amp", "--no-probe", "--config-path", path)
        checks = json.loads(self.run_agentmesh("doctor", "--no-start", "--json").stdout)["checks"]
        self.assertEqual([(c["subject"], c["detail"]) for c in checks if c["id"] == "config.parse"],
                         [("VS Code", path + ": 0 servers"), ("Amp", path + ": 1 server")])
        status = json.loads(self.run_agentmesh("status", "--json").stdout)
        self.assertEqual([server["server"] for server in status["servers"]], ["p"])
        self.assertIn("  p: restored\n", self.run_agentmesh("init-integration", "--all", "--yes", "--undo").stdout)
        self.assertEqual(bytes_of(path), before)

    def test_status_shows_two_of_one_name_in_one_file_and_one_that_two_clients_find_once(self):
        path = self.put_text("odd/x.json", '{"amp.mcpServers": {"p": {"command": "%s"}},\n"mcpServers": {"p": {"command": "%s"}}}' % (SERVER, SERVER))
        for client in ("amp", "claude", "cursor"):
            self.run_agentmesh("init-integration", "--" + client, "--no-probe", "--config-path", path)
        for name in ("claude", "cursor"):  # what is wrapped already is remembered for each that was named
            self.assertIn('"client":"%s"' % name, bytes_of(os.path.join(self.home, ".local/state/agentmesh/integrations.json")).decode().replace(" ", ""))
        server, = json.loads(self.run_agentmesh("status", "--json").stdout)["servers"]
        self.assertEqual((server["server"], [(one["client"], one["file"], one["line"]) for one in server["wrapped"]]),
                         ("p", [("Amp", path, 1), ("Claude Desktop", path, 2)]))
        self.assertIn("wrapped in Amp, Claude Desktop\n", self.run_agentmesh("status").stdout)
        with open(path, "w") as file:
            file.write('agentmesh')
        self.assertEqual({why.startswith(path + ":1:1: ") for why in json.loads(self.run_agentmesh("status", "--json").stdout)["unread"]}, {True})

    def test_an_undo_of_all_takes_out_the_servers_of_each_client(self):
        path = self.put_text("odd/x.json", '{"amp.mcpServers": {"p": {"command": "%s"}}, "mcpServers": {"q": {"command": "%s"}}}' % (SERVER, SERVER))
        before = bytes_of(path)
        for client in ("amp", "claude"):
            self.run_agentmesh("init-integration", "--" + client, "--no-probe", "--config-path", path)
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertIn("  p: restored\n", done.stdout)
        self.assertIn("  q: restored\n", done.stdout)
        self.assertEqual(bytes_of(path), before)

    def test_what_is_left_under_a_client_that_nobody_remembers_is_named(self):
        path = self.put_text(".config/Code/User/settings.json",
                             '{"amp.mcpServers": {"p": {"command": "%s"}}, "mcp": {"servers": {"q": {"command": "%s"}}}}' % (SERVER, SERVER))
        before = bytes_of(path)
        for client in ("amp", "vscode"):
            self.run_agentmesh("init-integration", "--" + client, "--no-probe", "--config-path", path)
        shutil.rmtree(os.path.join(self.home, ".local/state/agentmesh"))
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.assertIn("  q: restored\n", done.stdout)
        self.assertIn(f"agentmesh: {path}: 'p' is still wrapped, as a server of Amp: agentmesh init-integration --amp --config-path {path} --undo\n"
                      "agentmesh: not everything is undone", done.stderr)
        self.run_agentmesh("init-integration", "--amp", "--config-path", path, "--undo")
        self.assertEqual(bytes_of(path), before)
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo")

    def test_one_that_several_clients_would_find_is_named_once_by_doctor(self):
        path = self.put_servers(".cursor/mcp.json", {"a": {"command": SERVER, "args": [self.files]}})
        self.run_agentmesh("init-integration", "--claude", "--no-probe", "--config-path", path)
        checks = json.loads(self.run_agentmesh("doctor", "--json").stdout)["checks"]
        self.assertEqual([c["subject"] for c in checks if c["id"] == "server.starts"], ["a"])
        self.run_agentmesh("init-integration", "--cursor", "--undo")
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertIn("nothing to undo\n", done.stdout)

    def test_a_wrapped_server_that_became_a_list_is_named_as_still_wrapped(self):
        path = self.put_text(".config/opencode/opencode.json",
                             '{"mcp": {"a": {"type": "local", "args": ["q"], "command": ["%s", "proxy", "--name", "a", "--", "%s"]}}}' % (AGENTMESH, SERVER))
        done = self.run_agentmesh("init-integration", "--opencode", "--undo", status=2)
        self.assertIn("'a' is still wrapped and cannot be taken out: command is no text", done.stderr)
        self.assertIn("already", self.run_agentmesh("doctor", "--opencode", "--no-start").stdout)
        self.assertIn("'a' is still wrapped", self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2).stderr)
        self.assertIn("agentmesh", bytes_of(path).decode())


class Shapes(Texts):
    def check(self, flag, path, started):
        """Wrapped, used, seen by doctor, and taken out again. `started`: the server's command line as the client reads it from the file."""
        before = bytes_of(path)
        wrapped = self.run_agentmesh("init-integration", "--" + flag)
        self.assertIn("  notes: wrapped\n", wrapped.stdout)
        self.assertRegex(wrapped.stdout, r"  notes: \d+ tools\n")
        command = started(bytes_of(path).decode())
        self.assertEqual(command[:2], [AGENTMESH, "proxy"])
        self.assertIn("buy milk", json.dumps(self.session(command[0], command[1:])))
        checks = json.loads(self.run_agentmesh("doctor", "--" + flag, "--json").stdout)["checks"]
        self.assertEqual([c["status"] for c in checks if c["id"] in ("server.starts", "target.resolves")], ["ok", "ok"])
        self.run_agentmesh("init-integration", "--" + flag, "--undo")
        self.assertEqual(bytes_of(path), before)

    def test_a_server_of_opencode(self):
        path = self.put_text(".config/opencode/opencode.json", """{
  "mcp": {
    "notes": {"type": "local", "command": [
      "%s",
      "%s"
    ], "environment": {"A": "{env:HOME}"}}
  }
}
""" % (SERVER, self.files))
        self.check("opencode", path, lambda text: json.loads(text)["mcp"]["notes"]["command"])

    def test_a_server_of_goose(self):
        path = self.put_text(".config/goose/config.yaml", """extensions:
  notes:
    enabled: true
    type: stdio
    cmd: %s
    args:
      - %s
    envs: {}
""" % (SERVER, self.files))

        def started(text):
            lines = [line.strip() for line in text.splitlines()]
            return [lines[4].split(": ")[1].strip('"')] + [line[2:].strip('"') for line in lines if line.startswith("- ")]

        self.check("goose", path, started)

    def test_variables_in_a_keyring_keep_a_server_from_being_tried(self):
        self.put_text(".config/goose/config.yaml", "extensions:\n  notes:\n    type: stdio\n    cmd: %s\n    env_keys: [TOKEN]\n" % SERVER)
        checks = json.loads(self.run_agentmesh("doctor", "--goose", "--json").stdout)["checks"]
        self.assertEqual([c["detail"] for c in checks if c["id"] == "server.starts"], ["some of its variables are in its client's keyring"])

    def test_a_server_of_a_dev_container_is_not_started_on_the_host(self):
        """Its command is not even looked for there, nor its agentmesh: both are the container's."""
        path = self.put_text("p/.devcontainer/devcontainer.json", json.dumps({"customizations": {"vscode": {"mcp": {"servers": {
            "notes": {"command": "only-in-there"}}}}}}))
        named = ("--vscode", "--config-path", path)
        done = self.run_agentmesh("init-integration", *named)
        self.assertIn("warning: 'notes' runs on another machine: agentmesh must be there, at the same path\n", done.stdout)
        self.assertIn("  notes: not tried: it runs on another machine\n", done.stdout)
        text = bytes_of(path).decode()
        with open(path, "w") as file:
            file.write(text.replace(AGENTMESH, "/only/in/there/agentmesh"))
        checks = json.loads(self.run_agentmesh("doctor", *named, "--json").stdout)["checks"]
        for id in ("target.resolves", "server.starts"):
            self.assertEqual([(c["status"], c["detail"]) for c in checks if c["id"] == id], [("skip", "it runs on another machine")])
        self.assertNotIn("binary.path", [c["id"] for c in checks])

    def test_claude_code_is_found_where_its_variable_says(self):
        other = self.put_servers("elsewhere/.claude.json", {"a": {"command": SERVER, "args": [self.files]}})
        self.put_servers(".claude.json", {"b": {"command": SERVER}})
        environment = {**self.environment, "CLAUDE_CONFIG_DIR": os.path.dirname(other)}
        done = self.run_agentmesh("init-integration", "--claude-code", "--no-probe", environment=environment)
        self.assertIn(f"Claude Code: {other}\n", done.stdout)
        self.assertIn("also there, not touched: %s" % os.path.join(self.home, ".claude.json"), done.stdout)

    def test_doctor_does_not_call_a_file_fine_whose_server_is_a_line(self):
        path = self.put_text(".gemini/settings.json", '{"mcp": {"serverCommand": "node server.js"}}')
        done = self.run_agentmesh("doctor", "--gemini", "--json")
        checks = {c["id"]: c for c in json.loads(done.stdout)["checks"]}
        self.assertEqual(checks["config.parse"]["detail"], path + ": 1 server")
        self.assertEqual((checks["config.ungoverned"]["subject"], checks["config.ungoverned"]["status"]), ("mcp.serverCommand", "warn"))
        self.assertIn("a whole command line: write its server under mcpServers", checks["config.ungoverned"]["detail"])


class Told(Home):
    def put_script(self, *lines):
        path = os.path.join(self.home, "server.py")
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        return self.put_servers(".cursor/mcp.json", {"a": {"command": sys.executable, "args": [path]}})

    def starts(self):
        checks = json.loads(self.run_agentmesh("doctor", "--cursor", "--timeout", "5", "--json", status=1).stdout)["checks"]
        return next(check for check in checks if check["id"] == "server.starts")

    def test_text_on_stdout_is_named_as_the_mistake_that_it_is(self):
        path = self.put_script("import sys", "print('hello', flush=True)", "sys.stdin.readline()")
        check = self.starts()
        self.assertEqual(check["detail"], "it ended before it answered initialize; it writes text to stdout that is no MCP message "
                                          '(a greeting, a log); the last line beside its messages: "hello"')
        self.assertEqual(check["fix"], "have it write that to stderr (console.error, print(…, file=sys.stderr)), or be quiet: stdout is "
                                       f"for messages alone; the entry is at {path}:1")
        wrapped = self.run_agentmesh("init-integration", "--cursor")
        self.assertIn("it writes text to stdout that is no MCP message (a greeting, a log); its last line beside its messages: \"hello\"\n", wrapped.stdout)

    def test_what_a_server_says_on_stderr_is_no_such_mistake(self):
        self.put_script("import sys", "sys.stderr.write('hello\\n')")
        self.assertEqual(self.starts()["detail"], 'it ended before it answered initialize; last stderr line: "hello"')

    def test_with_settings_that_do_not_load_no_policy_is_called_good(self):
        self.put_servers(".cursor/mcp.json", {})
        settings = os.path.join(self.home, ".config/agentmesh/agentmesh.yaml")
        os.makedirs(os.path.dirname(settings))
        with open(settings, "w") as file:
            file.write("policy: [\n")
        checks = json.loads(self.run_agentmesh("doctor", "--json", status=1).stdout)["checks"]
        self.assertEqual([(c["subject"], c["status"]) for c in checks if c["id"] == "policy.loads"], [("agentmesh.yaml", "fail"), ("the default", "skip")])


class Asked(Home):
    def test_before_the_question_it_is_said_what_would_be(self):
        self.put_servers(".cursor/mcp.json", {"a": {"command": SERVER}})
        asked = self.run_agentmesh("init-integration", "--no-probe", status=2)
        self.assertIn("  a: would be wrapped\n", asked.stderr)
        self.assertNotIn("a: wrapped", asked.stderr + asked.stdout)
        self.run_agentmesh("init-integration", "--all", "--yes", "--no-probe")
        self.assertIn("  a: would be restored\n", self.run_agentmesh("init-integration", "--undo", status=2).stderr)

    def test_nothing_to_do_is_said_once(self):
        self.put_servers(".cursor/mcp.json", {"a": {"command": SERVER}})
        for words in (["--all", "--undo"], ["--all", "--yes", "--undo"], ["--cursor", "--undo"]):
            done = self.run_agentmesh("init-integration", *words)
            self.assertEqual((done.stdout + done.stderr).count("nothing to undo\n"), 1, words)

    def test_what_is_wrapped_already_gets_the_places_that_are_asked_for(self):
        path = self.put_servers(".cursor/mcp.json", {"a": {"command": SERVER, "args": [self.files]}, "b": {"command": SERVER}})
        before = bytes_of(path)
        self.run_agentmesh("init-integration", "--cursor", "--no-probe")
        settings = os.path.join(self.home, "mine.yaml")
        with open(settings, "w") as file:
            file.write("policy: moderate\n")
        done = self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--state-dir", os.path.join(self.home, "s"), "--config", settings)
        self.assertIn("  a: updated\n  b: updated\n", done.stdout)
        with open(path) as file:
            servers = json.load(file)["mcpServers"]
        for name in "ab":
            self.assertEqual(servers[name]["args"][:8], ["proxy", "--name", name, "--state-dir", os.path.join(self.home, "s"), "--config", settings, "--"])
        again = self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--state-dir", os.path.join(self.home, "s"), "--config", settings)
        self.assertIn("nothing to change\n", again.stdout)
        back = self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--state-dir", os.path.join(self.home, ".local/state/agentmesh"))
        self.assertIn("  a: updated\n", back.stdout)
        with open(path) as file:
            self.assertIn(os.path.join(self.home, ".local/state/agentmesh"), file.read())
        self.run_agentmesh("init-integration", "--cursor", "--undo")
        self.assertEqual(bytes_of(path), before)


if __name__ == "__main__":
    unittest.main()
