"""A user's first day: every client's file wrapped, its server used as the client would use it, and the file taken back to the byte."""
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import tomllib
import unittest

from harness import HERE

FIXTURES = os.path.join(HERE, "..", "integrations", "fixtures")
AGENTMESH = os.environ["AGENTMESH_PROXY"]
SERVER = os.environ["AGENTMESH_DEMO_SERVER"]

# client -> the place of its file under HOME, and where its servers are in it
PLACES = {
    "claude": (".config/Claude/claude_desktop_config.json", ["mcpServers"]),
    "claude-code": (".claude.json", ["mcpServers"]),
    "cursor": (".cursor/mcp.json", ["mcpServers"]),
    "vscode": (".config/Code/User/mcp.json", ["servers"]),
    "windsurf": (".codeium/windsurf/mcp_config.json", ["mcpServers"]),
    "zed": (".config/zed/settings.json", ["context_servers"]),
    "cline": (".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", ["mcpServers"]),
    "roo": (".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", ["mcpServers"]),
    "gemini": (".gemini/settings.json", ["mcpServers"]),
    "codex": (".codex/config.toml", ["mcp_servers"]),
    "continue": (".continue/config.yaml", ["mcpServers"]),
    "junie": (".junie/mcp/mcp.json", ["mcpServers"]),
}


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


def plain_json(text):
    """What comments and trailing commas leave of a JSON text."""
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|[^"/]+|/', text.lstrip("\ufeff"), re.S)
    bare = "".join(token for token in tokens if not token.startswith(("//", "/*")))
    return json.loads(re.sub(r",(\s*[]}])", r"\1", bare))


def servers_of(client, text):
    """name -> (command, args), read by a reader that is not ours (for YAML: by one that knows the fixture's layout)."""
    if client == "continue":
        text = text.replace("\r\n", "\n")
        found = {}
        for entry in re.split(r"\n  - ", text)[1:]:
            words = re.findall(r"^\s+- (?:\"([^\"]*)\"|(\S+))", entry, re.M)
            name = re.search(r"name: (\S+?),?[\s,]", entry + " ")
            command = re.search(r"command: [\"']?([^\"'\s,]+)", entry)
            if name and command:
                flow = re.search(r"args: \[([^]]*)\]", entry)
                args = [a or b.strip("'") for a, b in words]
                if flow:
                    args = [word.strip().strip("\"'") for word in flow.group(1).split(",")]
                found[name.group(1)] = (command.group(1), args)
        return found
    text = text.lstrip("\ufeff").replace("\r\n", "\n")
    data = tomllib.loads(text) if client == "codex" else plain_json(text)
    for key in PLACES[client][1]:
        data = data[key]
    return {name: (entry.get("command"), entry.get("args", [])) for name, entry in data.items()}


class Home(unittest.TestCase):
    def setUp(self):
        self.home = os.path.realpath(tempfile.mkdtemp(prefix="agentmesh-home-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.files = os.path.join(self.home, "notes")
        os.mkdir(self.files)
        with open(os.path.join(self.files, "a.txt"), "w") as file:
            file.write("buy milk\n")
        self.environment = {"HOME": self.home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def place(self, client):
        return os.path.join(self.home, PLACES[client][0])

    def put(self, client):
        """The client's fixture in its place; returns its bytes."""
        name = next(n for n in os.listdir(FIXTURES) if n.split(".")[0] == client)
        with open(os.path.join(FIXTURES, name), "rb") as file:
            data = file.read()
        data = data.replace(b"@SERVER@", SERVER.encode()).replace(b"@FILES@", self.files.encode())
        os.makedirs(os.path.dirname(self.place(client)), exist_ok=True)
        with open(self.place(client), "wb") as file:
            file.write(data)
        return data

    def put_servers(self, place, servers):
        path = os.path.join(self.home, place)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            json.dump({"mcpServers": servers}, file)
        return path

    def bytes(self, client):
        with open(self.place(client), "rb") as file:
            return file.read()

    def run_agentmesh(self, *words, status=0, environment=None):
        done = subprocess.run([AGENTMESH, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              cwd=self.home, env=environment or self.environment)
        self.assertEqual(done.returncode, status, "%s\n%s%s" % (" ".join(words), done.stdout, done.stderr))
        return done

    def session(self, command, args, env=None, call=None):
        """Opens the server as its client would, with the entry's `env`, reads a note, and gives the call's result."""
        lines = [{"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {},
                                                              "clientInfo": {"name": "test", "version": "1"}}},
                 {"method": "notifications/initialized"},
                 {"id": 2, "method": "tools/call",
                  "params": call or {"name": "read_text_file", "arguments": {"path": os.path.join(self.files, "a.txt")}}}]
        data = "".join(json.dumps({"jsonrpc": "2.0", **line}) + "\n" for line in lines)
        done = subprocess.run([command, *args], input=data, capture_output=True, text=True, timeout=60, cwd="/",
                              env={**self.environment, **(env or {})})
        self.assertEqual(done.returncode, 0, done.stderr)
        answers = {m.get("id"): m for m in map(json.loads, done.stdout.splitlines())}
        return answers[2]["result"]


class Clients(Home):
    def test_every_client_is_wrapped_used_and_restored_to_the_byte(self):
        for client in PLACES:
            with self.subTest(client=client):
                before = self.put(client)
                stdio = [n for n, (command, _) in servers_of(client, before.decode()).items() if command == SERVER]
                self.assertIn("notes", stdio)
                done = self.run_agentmesh("init-integration", "--" + client, "--no-probe")
                self.assertNotIn("sesame", done.stdout + done.stderr)
                self.assertNotEqual(self.bytes(client), before)
                after = servers_of(client, self.bytes(client).decode())
                for name in stdio:
                    command, args = after[name]
                    self.assertEqual(command, AGENTMESH, name)
                    self.assertEqual(args[:3], ["proxy", "--name", name])
                    self.assertEqual(args[args.index("--") + 1], SERVER)
                command, args = after["notes"]
                result = self.session(command, [a.replace("${FILES:-%s}" % self.files, self.files) for a in args])
                self.assertEqual(result["content"][0]["text"], "buy milk\n")
                self.assertEqual(result["_meta"]["io.agentmesh/verification"]["server"], "notes")

                mtime = os.stat(self.place(client)).st_mtime_ns
                again = self.run_agentmesh("init-integration", "--" + client)
                self.assertIn("nothing to change", again.stdout)
                self.assertEqual(os.stat(self.place(client)).st_mtime_ns, mtime)

                self.run_agentmesh("init-integration", "--" + client, "--undo")
                self.assertEqual(self.bytes(client), before)

    def round_trip(self, client, before):
        """Wraps the file, uses its server `notes`, and takes it back to the byte."""
        self.run_agentmesh("init-integration", "--" + client, "--no-probe")
        self.assertNotEqual(self.bytes(client), before)
        command, args = servers_of(client, self.bytes(client).decode())["notes"]
        self.assertEqual(command, AGENTMESH)
        result = self.session(command, [a.replace("${FILES:-%s}" % self.files, self.files) for a in args])
        self.assertEqual(result["content"][0]["text"], "buy milk\n")
        self.run_agentmesh("init-integration", "--" + client, "--undo")
        self.assertEqual(self.bytes(client), before)

    def test_whatever_editors_and_other_systems_do_to_a_file_it_comes_back_to_the_byte(self):
        bom = b"\xef\xbb\xbf"
        clothes = {"CRLF": lambda data: data.replace(b"\n", b"\r\n"), "BOM": lambda data: bom + data,
                   "BOM, CRLF, no last end of line": lambda data: bom + data.rstrip(b"\n").replace(b"\n", b"\r\n"),
                   "no last end of line": lambda data: data.rstrip(b"\n"), "blank lines at the end": lambda data: data + b"\n\n"}
        for client in PLACES:
            plain = self.put(client)
            for what, wear in clothes.items():
                with self.subTest(client=client, what=what):
                    with open(self.place(client), "wb") as file:
                        file.write(wear(plain))
                    self.round_trip(client, wear(plain))
            with self.subTest(client=client, what="a link"):
                real = os.path.join(self.home, "dotfiles-" + client)
                with open(real, "wb") as file:
                    file.write(plain)
                os.remove(self.place(client))
                os.symlink(real, self.place(client))
                self.round_trip(client, plain)
                self.assertTrue(os.path.islink(self.place(client)))
                os.remove(self.place(client))

    def put_text(self, text):
        os.makedirs(os.path.dirname(self.place("claude")), exist_ok=True)
        data = text.replace("@SERVER@", SERVER).replace("@FILES@", self.files).encode()
        with open(self.place("claude"), "wb") as file:
            file.write(data)
        return data

    def test_odd_ways_to_write_the_same(self):
        notes = '{"command": "@SERVER@", "args": ["@FILES@"]}'
        for text in ('{"mcpServer\\u0073":{"n\\u006ftes":{"comm\\u0061nd":"@SERVER@","\\u0061rgs":["@FILES@"]}}}',
                     '{"mcpServers":{"notes":%s,"two":%s}}' % (notes, notes),
                     '{\t"mcpServers"\t:\t{\t"notes"\t:\t%s\t}\t}' % notes,
                     '{"deep":%s%s,"mcpServers":{"notes":%s}}' % ("[" * 120, "]" * 120, notes),
                     '{"mcpServers":{"notes":{"command":"else"},"notes":%s}}' % notes,
                     '{"mcpServers":{"notes":%s,},} // mine' % notes):
            with self.subTest(text):
                self.round_trip("claude", self.put_text(text))

    def test_what_cannot_be_edited_is_refused_with_its_place_or_has_nothing_to_change(self):
        notes = '{"command": "@SERVER@", "args": ["@FILES@"]}'
        for text, status, says in (
                ("", 0, "no MCP servers here"), ("\n", 0, "no MCP servers here"), ("{}", 0, "no MCP servers here"),
                ('{"mcpServers": null}', 0, "no MCP servers here"),
                ('{"deep":%s%s,"mcpServers":{"notes":%s}}' % ("[" * 200, "]" * 200, notes), 2, ":1:"),
                ('{"mcpServers":{"notes":%s}' % notes, 2, ":1:"),
                ('{"mcpServers":{"notes":{"command":"a","command":"b"}}}', 0, "duplicate-key")):
            with self.subTest(text):
                before = self.put_text(text)
                done = self.run_agentmesh("init-integration", "--claude", "--no-probe", status=status)
                self.assertIn(says, done.stdout + done.stderr)
                self.assertEqual(self.bytes("claude"), before)
                self.assertEqual(len(os.listdir(os.path.dirname(self.place("claude")))), 1)

    def test_a_directory_that_may_not_be_written_is_named_and_nothing_changes(self):
        before = self.put("claude")
        words = [AGENTMESH]
        if os.getuid() == 0:
            if shutil.which("setpriv") is None:
                self.skipTest("no setpriv to stop being root with")
            words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", AGENTMESH]
            subprocess.run(["chown", "-R", "65534:65534", self.home], check=True)
        directory = os.path.dirname(self.place("claude"))
        os.chmod(directory, 0o555)
        try:
            done = subprocess.run([*words, "init-integration", "--claude", "--no-probe"], stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=60, cwd=self.home, env=self.environment)
        finally:
            os.chmod(directory, 0o755)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("make the backup %s" % self.place("claude"), done.stderr)
        self.assertIn("Permission denied", done.stderr)
        self.assertEqual(self.bytes("claude"), before)
        self.assertEqual(len(os.listdir(directory)), 1)
        self.assertFalse(os.path.exists(os.path.join(self.home, ".local/state/agentmesh/integrations.json")))

    def test_a_directory_that_may_not_be_entered_is_not_taken_for_an_empty_one(self):
        """What could not be looked at was "no configuration found", also to an undo of all."""
        before = self.put("cursor")
        words = [AGENTMESH]
        if os.getuid() == 0:
            if shutil.which("setpriv") is None:
                self.skipTest("no setpriv to stop being root with")
            words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", AGENTMESH]
            subprocess.run(["chown", "-R", "65534:65534", self.home], check=True)
        directory = os.path.dirname(self.place("cursor"))
        os.chmod(directory, 0)
        try:
            for command, status in (("init-integration --cursor --no-probe", 2), ("init-integration --all --yes --no-probe", 2),
                                    ("init-integration --all --yes --undo", 2), ("doctor --no-start", 1)):
                with self.subTest(command):
                    done = subprocess.run([*words, *command.split()], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                          timeout=60, cwd=self.home, env=self.environment)
                    self.assertEqual(done.returncode, status, done)
                    self.assertIn("read %s: Permission denied" % self.place("cursor"), done.stdout + done.stderr)
        finally:
            os.chmod(directory, 0o755)
        self.assertEqual(self.bytes("cursor"), before)

    def test_an_entry_that_a_hand_has_bent_is_named_and_neither_forgotten_nor_wrapped_once_more(self):
        path = self.put_servers("team/servers.json", {"a": {"command": SERVER, "args": [self.files]}})
        words = ("init-integration", "--claude", "--config-path", path, "--no-probe")
        self.run_agentmesh(*words)
        with open(path) as file:
            text = file.read().replace(' "--",', "")
        with open(path, "w") as file:
            file.write(text)
        what = "no -- stands in front of the server's command, line 1"
        undo = self.run_agentmesh(*words[:4], "--undo", status=2)
        self.assertIn("%s: 'a' is still wrapped and cannot be taken out: %s" % (path, what), undo.stderr)
        everywhere = self.run_agentmesh("init-integration", "--all", "--undo", "--yes", status=2)
        self.assertIn("'a' is still wrapped and cannot be taken out: " + what, everywhere.stderr)
        self.assertIn("  a: skipped bent (no whole agentmesh proxy … -- COMMAND: %s; it does not start so: mend it by hand" % what,
                      self.run_agentmesh(*words).stdout)
        with open(path) as file:
            self.assertEqual(file.read(), text)
        with open(os.path.join(self.home, ".local/state/agentmesh/integrations.json")) as file:
            self.assertEqual([row["file"] for row in json.load(file)["files"]], [path])
        with open(path, "w") as file:
            file.write(text.replace('"%s"' % SERVER, '"--", "%s"' % SERVER))
        self.assertIn("  a: restored", self.run_agentmesh(*words[:4], "--undo").stdout)

    def test_all_clients_at_once_are_listed_asked_for_and_done(self):
        before = {client: self.put(client) for client in PLACES}
        refused = self.run_agentmesh("init-integration", status=2)
        self.assertIn("say --yes to go ahead; nothing was changed", refused.stderr)
        for client in PLACES:
            self.assertIn(self.place(client), refused.stderr)
            self.assertEqual(self.bytes(client), before[client])
        dry = subprocess.run([AGENTMESH, "init-integration", "--all", "--dry-run"], stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=60, cwd=self.home, env=self.environment)
        self.assertEqual(dry.returncode, 0)
        self.run_agentmesh("init-integration", "--all", "--yes", "--no-probe")
        wrapped = {client: self.bytes(client) for client in PLACES}
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        for client in PLACES:
            self.assertEqual(self.bytes(client), before[client], client)
        if shutil.which("patch"):
            subprocess.run(["patch", "-s", "-p0", "-d", "/", "--binary"], input=dry.stdout, check=True)
            for client in PLACES:
                self.assertEqual(self.bytes(client), wrapped[client], client)

    def test_one_file_that_must_be_refused_changes_none(self):
        before = self.put("cursor")
        self.put("codex")
        with open(self.place("codex"), "a") as file:
            file.write("broken = \n")
        refused = self.run_agentmesh("init-integration", "--all", "--yes", status=2)
        self.assertRegex(refused.stderr, r"agentmesh: .*/\.codex/config\.toml:\d+:\d+: ")
        self.assertEqual(self.bytes("cursor"), before)

    def test_all_at_once_says_what_it_left_alone(self):
        self.put_servers(".cursor/mcp.json", {"a": {"command": "npx -y foo"}})
        self.put_servers(".junie/mcp/mcp.json", {"b": {"command": "demo"}})
        self.put_servers(".gemini/settings.json", None)
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--no-probe")
        self.assertIn("  a: skipped command-line (command holds a whole command line", done.stdout)
        self.assertIn("  b: wrapped\n", done.stdout)
        self.assertEqual(done.stdout.count("Junie: "), 1)

    def test_a_project_s_file_is_named_and_undone_with_the_others(self):
        self.put_servers(".cursor/mcp.json", {})
        work = os.path.join(self.home, "work")
        project = self.put_servers("work/.cursor/mcp.json", {"a": {"command": "demo"}})
        named = self.put_servers("work/.mcp.json", {"b": {"command": "demo"}})
        before = [bytes_of(path) for path in (project, named)]

        def run(*words):
            return subprocess.run([AGENTMESH, "init-integration", *words], stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=60, cwd=work, env=self.environment)

        done = run("--all", "--yes", "--no-probe")
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"also there, not touched: {project}", done.stdout)
        self.assertIn(f"Claude Code: {named} is there, and left alone", done.stderr)
        self.assertEqual(run("--cursor", "--no-probe", "--config-path", project).returncode, 0)
        self.assertEqual(run("--claude-code", "--no-probe", "--config-path", named).returncode, 0)
        self.assertIn(f"also there, not touched and still wrapped: {project}", run("--cursor", "--undo").stdout)
        undone = run("--all", "--yes", "--undo")
        self.assertIn("  a: restored\n", undone.stdout)
        self.assertIn("  b: restored\n", undone.stdout)
        self.assertEqual([bytes_of(path) for path in (project, named)], before)
        again = run("--all", "--yes", "--undo")
        self.assertEqual((again.returncode, again.stdout.count("nothing to undo\n")), (0, 2))

    def test_what_only_a_project_names_is_neither_wrapped_nor_run_unless_its_client_is_named(self):
        work = os.path.join(self.home, "work")
        mine = self.put_servers(".cursor/mcp.json", {"mine": {"command": SERVER, "args": [self.files]}})
        planted = []
        for place, key in ((".vscode/mcp.json", "servers"), (".cursor/mcp.json", "mcpServers"), (".junie/mcp/mcp.json", "mcpServers")):
            path = os.path.join(work, place)
            os.makedirs(os.path.dirname(path))
            with open(path, "w") as file:
                json.dump({key: {"evil": {"command": "/bin/sh", "args": ["-c", "touch %s/ran" % work]}}}, file)
            planted.append(path)
        # The user's own of the same client counts behind the project's.
        settings = os.path.join(self.home, ".config/Code/User/settings.json")
        os.makedirs(os.path.dirname(settings))
        with open(settings, "w") as file:
            json.dump({"mcp": {"servers": {"own": {"command": SERVER, "args": [self.files]}}}}, file)
        before = [bytes_of(path) for path in planted]

        def run(*words):
            return subprocess.run([AGENTMESH, "init-integration", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=60, cwd=work, env=self.environment)

        self.assertNotIn("evil", run().stderr)
        done = run("--all", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("  mine: wrapped\n", done.stdout)
        self.assertIn("  own: wrapped\n", done.stdout)
        self.assertNotIn("evil", done.stdout)
        for title, path, flag in (("VS Code", planted[0], "vscode"), ("Junie", planted[2], "junie")):
            self.assertIn("agentmesh: %s: %s is this project's own word, and left alone unless its client is named: agentmesh "
                          "init-integration --%s\n" % (title, path, flag), done.stderr)
        self.assertEqual([bytes_of(path) for path in planted], before)
        self.assertFalse(os.path.exists(os.path.join(work, "ran")))
        self.assertIn(AGENTMESH.encode(), bytes_of(mine))
        self.assertEqual(run("--vscode").returncode, 0)
        self.assertIn(AGENTMESH.encode(), bytes_of(planted[0]))
        self.assertTrue(os.path.exists(os.path.join(work, "ran")))
        run("--all", "--yes", "--undo")
        self.assertEqual([bytes_of(path) for path in planted], before)

    def test_a_file_that_cannot_be_read_keeps_no_other_from_being_undone(self):
        whole = self.put_servers(".cursor/mcp.json", {"a": {"command": "demo"}})
        broken = self.put_servers(".junie/mcp/mcp.json", {"b": {"command": "demo"}})
        stuck = self.put_servers(".gemini/settings.json", {"c": {"command": "/x/agentmesh", "args": ["proxy", "--", 1]}})
        before = bytes_of(whole)
        self.run_agentmesh("init-integration", "--cursor", "--no-probe")
        with open(broken, "a") as file:
            file.write("}")
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", status=2)
        self.assertEqual(bytes_of(whole), before)
        self.assertIn("  a: restored\n", done.stdout)
        self.assertIn(f"agentmesh: {broken}:1:", done.stderr)
        self.assertIn(f"agentmesh: {stuck}: 'c' is still wrapped", done.stderr)
        self.assertTrue(done.stderr.endswith("agentmesh: not everything is undone: mend what is said above, and run this again\n"))
        again = self.run_agentmesh("init-integration", "--all", "--yes", "--undo", "--server", "a", status=2)
        self.assertIn("nothing to undo\n", again.stdout)

    def test_where_only_a_projects_own_file_is_it_is_said_how_to_name_it(self):
        named = self.put_servers("my work/.mcp.json", {"b": {"command": "demo"}})
        done = subprocess.run([AGENTMESH, "init-integration", "--all", "--yes"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, cwd=os.path.dirname(named), env=self.environment)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr, f"agentmesh: Claude Code: {named} is there, and left alone unless it is named: agentmesh "
                                      f"init-integration --claude-code --config-path '{named}'\n"
                                      "agentmesh: no other configuration of a client was found here\n")

    def test_for_jetbrains_names_and_skips_are_told_and_undo_leaves_no_empty_list(self):
        path = self.put_servers("j.json", {"a": {"command": "demo"}, "far": {"url": "https://x"}})
        refused = self.run_agentmesh("init-integration", "--jetbrains", "--config-path", path, "--server", "zz", status=2)
        self.assertIn("no server 'zz' here; there are: a, far", refused.stderr)
        done = self.run_agentmesh("init-integration", "--jetbrains", "--config-path", path)
        self.assertIn("  far: skipped remote", done.stderr)
        with open(path, "w") as file:
            file.write(done.stdout)
        undone = self.run_agentmesh("init-integration", "--jetbrains", "--undo", "--config-path", path)
        self.assertEqual(json.loads(undone.stdout)["mcpServers"]["a"], {"command": "demo"})

    @unittest.skipUnless(os.getuid() == 0, "only root can make files of another user")
    def test_a_file_of_another_user_is_not_replaced_by_one_of_ours(self):
        path = self.put_servers("shared/mcp.json", {"a": {"command": "demo"}})
        os.chown(path, 1234, 1234)
        os.chmod(path, 0o644)
        for place in (self.home, os.path.dirname(path)):
            os.chmod(place, 0o777)
        with open(path, "rb") as file:
            before = file.read()
        for mode in (0o644, 0o666):
            os.chmod(path, mode)
            done = subprocess.run([AGENTMESH, "init-integration", "--cursor", "--no-probe", "--config-path", path], text=True,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd=self.home, user=4321, group=4321,
                                  extra_groups=[], env={**self.environment, "AGENTMESH_HOME": os.path.join(self.home, "s")})
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            with open(path, "rb") as file:
                self.assertEqual((os.stat(path).st_uid, file.read()), (1234, before))
            self.assertEqual(os.listdir(os.path.dirname(path)), ["mcp.json"])

    def test_wrapped_servers_are_started_once_and_their_tools_listed(self):
        self.put("cline")
        done = self.run_agentmesh("init-integration", "--cline", "--policy", "strict")
        self.assertIn("  notes: 3 tools\n    allowed (2): read_text_file, list_directory\n    denied (1): write_file\n",
                      done.stdout)
        self.assertIn("agentmesh pins approve notes", done.stdout)
        self.assertFalse(os.path.exists(os.path.join(self.home, ".local/state/agentmesh/audit")))

    def test_a_server_that_does_not_start_is_named_without_its_secrets(self):
        os.makedirs(os.path.dirname(self.place("cursor")))
        with open(self.place("cursor"), "w") as file:
            json.dump({"mcpServers": {"bad": {"command": "sh", "args": ["-c", "echo the token $T is bad >&2; exit 3"],
                                              "env": {"T": "sesame-4711"}},
                                      "theirs": {"command": "x", "args": ["${input:key}"]}}}, file)
        done = self.run_agentmesh("init-integration", "--cursor")
        self.assertIn('bad: did not start: it ended before it answered initialize; its last line on stderr: "the token *** is bad"',
                      done.stdout)
        self.assertIn("theirs: not tried: only the client can fill in ${input:key}", done.stdout)
        self.assertNotIn("sesame", done.stdout + done.stderr)

    def test_what_steered_the_state_is_written_into_the_entries(self):
        self.put("cline")
        state = os.path.join(self.home, "elsewhere")
        self.run_agentmesh("init-integration", "--cline", "--no-probe",
                           environment={**self.environment, "AGENTMESH_HOME": state})
        _, args = servers_of("cline", self.bytes("cline").decode())["notes"]
        self.assertEqual(args[args.index("--state-dir") + 1], state)

    def test_a_policy_s_file_is_written_as_it_was_found_links_and_all(self):
        self.put("cline")
        for folder in ("real/sub", "pol"):
            os.makedirs(os.path.join(self.home, folder))
        with open(os.path.join(self.home, "real/pol.yaml"), "w") as file:
            file.write("version: '1.0'\nname: real\nextends: [moderate]\n")
        os.symlink("real/sub", os.path.join(self.home, "link"))
        self.run_agentmesh("init-integration", "--cline", "--no-probe", "--policy", "link/../pol.yaml")
        command, args = servers_of("cline", self.bytes("cline").decode())["notes"]
        policy = args[args.index("--policy") + 1]
        self.assertTrue(policy.startswith("/") and os.path.samefile(policy, os.path.join(self.home, "real/pol.yaml")), policy)
        self.assertIn("real/", json.dumps(self.session(command, args)))

    def test_files_of_profiles_and_blocks_are_told_by_doctor_and_undone_with_the_others(self):
        servers = {"a": {"command": SERVER, "args": [self.files]}}
        block = self.put_servers(".continue/mcpServers/z.json", servers)
        profile = self.put_servers(".config/Code/User/profiles/-1a2b/mcp.json", {})
        with open(profile, "w") as file:
            json.dump({"servers": servers}, file)
        before = [bytes_of(path) for path in (block, profile)]
        checks = json.loads(self.run_agentmesh("doctor", "--no-start", "--json").stdout)["checks"]
        self.assertEqual(sorted(c["file"] for c in checks if c["id"] == "config.ungoverned"), sorted([block, profile]))
        done = self.run_agentmesh("init-integration", "--all", "--yes", "--no-probe")
        self.assertIn("VS Code: %s is there, and left alone unless it is named" % profile, done.stderr)
        self.run_agentmesh("init-integration", "--vscode", "--no-probe", "--config-path", profile)
        for path, text in zip((block, profile), before):
            self.assertNotEqual(bytes_of(path), text)
        self.run_agentmesh("init-integration", "--all", "--yes", "--undo")
        self.assertEqual([bytes_of(path) for path in (block, profile)], before)

    def test_contradicting_options_are_refused(self):
        for words, why in ((("--claude", "--cursor"), "one client at a time"), (("--all", "--zed"), "--all is every client"),
                           (("--config-path", "x"), "goes with the client"), (("--claude", "--undo", "--policy", "strict"), "--undo takes agentmesh out"),
                           (("--all", "--undo", "--config", "x"), "--undo takes agentmesh out")):
            self.assertIn(why, self.run_agentmesh("init-integration", *words, status=2).stderr)

    def test_for_jetbrains_there_is_something_to_paste_and_nothing_is_written(self):
        before = self.put("junie").replace(b"}, }", b"} }")
        with open(self.place("junie"), "wb") as file:
            file.write(before)
        done = self.run_agentmesh("init-integration", "--jetbrains")
        self.assertEqual(json.loads(done.stdout)["mcpServers"]["NAME"]["args"][-2:], ["COMMAND", "ARG"])
        self.assertIn("AI Assistant", done.stderr)
        done = self.run_agentmesh("init-integration", "--jetbrains", "--config-path", self.place("junie"))
        self.assertEqual(json.loads(done.stdout)["mcpServers"]["notes"]["command"], AGENTMESH)
        self.assertEqual(self.bytes("junie"), before)


class OwnVariables(Home):
    """Entries that set HOME and its like for their server: the proxy in front of it gets them too."""

    PLACES = ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "AGENTMESH_HOME")

    def setUp(self):
        super().setUp()
        self.other = os.path.join(self.home, "other")
        os.mkdir(self.other, 0o700)

    def entry(self, variable, **more):
        return {"command": SERVER, "args": [self.files], "env": {variable: self.other}, **more}

    def entries(self):
        with open(self.place("cursor")) as file:
            return json.load(file)["mcpServers"]

    def call(self, name, tool="read_text_file", **arguments):
        entry = self.entries()[name]
        arguments = arguments or {"path": os.path.join(self.files, "a.txt")}
        return self.session(entry["command"], entry["args"], entry.get("env"), {"name": tool, "arguments": arguments})

    def settings(self, text, home=None):
        path = os.path.join(home or self.home, ".config/agentmesh/agentmesh.yaml")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def elsewhere(self, status=0):
        """What doctor says of where the entries lead."""
        checks = json.loads(self.run_agentmesh("doctor", "--cursor", "--no-start", "--json", status=status).stdout)["checks"]
        return {check["subject"]: check for check in checks if check["id"] == "config.elsewhere"}

    def test_a_halt_holds_for_servers_with_a_home_of_their_own(self):
        self.put_servers(".cursor/mcp.json", {variable: self.entry(variable) for variable in self.PLACES})
        before = self.bytes("cursor")
        self.run_agentmesh("init-integration", "--cursor", "--no-probe")
        wrapped = self.bytes("cursor")
        self.run_agentmesh("halt", "--all", "--why", "x")
        for variable in self.PLACES:
            self.assertTrue(self.call(variable)["isError"], variable)
        self.assertEqual(os.listdir(self.other), [])
        self.assertNotIn("never ran yet", self.run_agentmesh("status").stdout)
        self.assertEqual(self.elsewhere(), {})
        self.assertIn("nothing to change", self.run_agentmesh("init-integration", "--cursor").stdout)
        self.assertEqual(self.bytes("cursor"), wrapped)
        self.run_agentmesh("init-integration", "--cursor", "--undo")
        self.assertEqual(self.bytes("cursor"), before)

    def test_the_settings_of_everybody_are_those_of_servers_with_a_home_of_their_own(self):
        with open(os.path.join(self.home, "mine.yaml"), "w") as file:
            file.write("version: '1.0'\nname: mine\ndefault: deny\n")
        self.settings("policy: ~/mine.yaml\n")
        self.settings("policy: permissive\n", self.other)
        self.put_servers(".cursor/mcp.json", {variable: self.entry(variable) for variable in self.PLACES})
        self.run_agentmesh("init-integration", "--cursor", "--no-probe")
        for variable in self.PLACES:
            said = self.call(variable)
            self.assertTrue(said["isError"], variable)
            self.assertIn("mine/default", json.dumps(said))

    def test_settings_that_come_or_go_later_hold_for_servers_with_a_home_of_their_own(self):
        self.settings("policy: permissive\n", self.other)
        usual = os.path.join(self.home, ".config/agentmesh/agentmesh.yaml")
        self.put_servers(".cursor/mcp.json", {"a": self.entry("HOME")})
        before = self.bytes("cursor")
        self.run_agentmesh("init-integration", "--cursor", "--no-probe")
        args = self.entries()["a"]["args"]
        self.assertEqual(args[args.index("--config") + 1], usual)
        self.assertEqual(self.elsewhere(), {})
        write = {"path": os.path.join(self.files, "b.txt"), "content": "x"}
        self.assertNotIn("permissive", json.dumps(self.call("a", "write_file", **write)))
        self.settings("policy: strict\n")
        self.assertEqual(self.elsewhere(), {})
        self.assertIn("strict", json.dumps(self.call("a", "write_file", **write)))
        os.remove(usual)
        self.assertEqual(self.elsewhere(), {})
        self.assertNotIn("strict", json.dumps(self.call("a", "write_file", **write)))
        self.assertIn("nothing to change", self.run_agentmesh("init-integration", "--cursor", "--no-probe").stdout)
        self.run_agentmesh("init-integration", "--cursor", "--undo")
        self.assertEqual(self.bytes("cursor"), before)

    def test_no_settings_of_an_earlier_version_are_told_and_brought_up_to_date_and_those_of_a_person_stay(self):
        usual = os.path.join(self.home, ".config/agentmesh/agentmesh.yaml")
        state = os.path.join(self.home, ".local/state/agentmesh")
        run = {"old": ["--config", "/dev/null"], "meant": ["--config=/dev/null"], "plain": ["--config", "/dev/null"]}
        self.put_servers(".cursor/mcp.json", {
            name: {**self.entry("HOME"), "command": AGENTMESH, "args": ["proxy", "--state-dir", state, *words, "--", SERVER, self.files]}
            for name, words in run.items()})
        entries = self.entries()
        entries["plain"]["env"] = {}
        self.put_servers(".cursor/mcp.json", entries)
        self.assertEqual({name: check["status"] for name, check in self.elsewhere().items()}, {"old": "warn"})
        self.settings("policy: strict\n")
        found = self.elsewhere(status=1)
        self.assertEqual(sorted(found), ["old"])
        self.assertIn("other settings (none)", found["old"]["detail"])
        write = {"path": os.path.join(self.files, "b.txt"), "content": "x"}
        self.assertNotIn("strict", json.dumps(self.call("old", "write_file", **write)))
        # Writing to what stands for no settings is no attack on them.
        self.assertNotIn("self.protected", json.dumps(self.call("meant", "write_file", path="/dev/null", content="x")))
        self.assertIn("  old: updated\n", self.run_agentmesh("init-integration", "--cursor", "--no-probe").stdout)
        self.assertEqual(self.elsewhere(), {})
        self.assertEqual(self.entries()["old"]["args"][3:5], ["--config", usual])
        for name in ("meant", "plain"):
            self.assertEqual(self.entries()[name], entries[name])
        self.assertIn("strict", json.dumps(self.call("old", "write_file", **write)))

    def test_settings_that_an_entry_names_elsewhere_and_that_are_gone_are_told(self):
        gone = os.path.join(self.home, "mine.yaml")
        self.put_servers(".cursor/mcp.json", {"a": {"command": AGENTMESH, "args": ["proxy", "--config", gone, "--", SERVER, self.files]}})
        found = self.elsewhere(status=1)["a"]
        self.assertIn("the settings that it names are not there (%s)" % gone, found["detail"])
        self.assertIn("make the file, or take --config out of ", found["fix"])

    def test_where_a_client_would_expand_the_places_only_the_entries_that_must_say_them_are_left_alone(self):
        home = os.path.join(self.home, "ho$me")
        os.makedirs(os.path.join(home, ".cursor"))
        with open(os.path.join(home, ".cursor/mcp.json"), "w") as file:
            json.dump({"mcpServers": {"a": {"command": SERVER}, "b": self.entry("HOME")}}, file)
        done = self.run_agentmesh("init-integration", "--cursor", "--no-probe", environment={**self.environment, "HOME": home})
        self.assertIn("  a: wrapped\n", done.stdout)
        self.assertIn("  b: skipped placeholder (%s/.local/state/agentmesh would have to be in it, where" % home, done.stdout)

    def test_what_an_earlier_version_wrapped_is_told_by_doctor_and_brought_up_to_date(self):
        state = os.path.join(self.home, ".local/state/agentmesh")
        usual = os.path.join(self.home, ".config/agentmesh/agentmesh.yaml")
        env_file = os.path.join(self.home, "own.env")
        with open(env_file, "w") as file:
            file.write("XDG_STATE_HOME=%s\n" % self.other)
        old = {name: {**self.entry(name), "command": AGENTMESH, "args": ["proxy", "--name", name, "--", SERVER, self.files]}
               for name in ("HOME", "XDG_STATE_HOME")}
        old["file"] = {**old["HOME"], "args": ["proxy", "--name", "file", "--", SERVER, self.files], "env": {}, "envFile": env_file}
        old["meant"] = {**old["HOME"], "args": ["proxy", "--state-dir", self.other, "--", SERVER, self.files]}
        old["plain"] = {**old["HOME"], "env": {"A": "b"}}
        self.put_servers(".cursor/mcp.json", old)
        found = self.elsewhere(status=1)
        self.assertEqual(sorted(found), ["HOME", "XDG_STATE_HOME", "file"])
        self.assertIn("another state directory (%s" % self.other, found["HOME"]["detail"])
        self.assertIn("init-integration --cursor --config-path", found["HOME"]["fix"])
        self.assertEqual(found["HOME"]["status"], "fail")
        done = self.run_agentmesh("init-integration", "--cursor", "--no-probe")
        for name in ("HOME", "XDG_STATE_HOME", "file"):
            self.assertIn("  %s: updated\n" % name, done.stdout)
            self.assertEqual(self.entries()[name]["args"],
                             ["proxy", "--name", name, "--state-dir", state, "--config", usual, "--", SERVER, self.files])
        self.assertEqual(self.entries()["meant"]["args"][:5], ["proxy", "--state-dir", self.other, "--config", usual])
        self.assertEqual(self.entries()["plain"], old["plain"])
        self.assertEqual(self.elsewhere(), {})

    def test_what_governs_the_others_of_the_user_is_protected_whatever_home_is_set(self):
        self.put_servers(".cursor/mcp.json", {"a": self.entry("HOME")})
        self.run_agentmesh("init-integration", "--cursor", "--no-probe", "--policy", "permissive")
        home = pwd.getpwuid(os.getuid()).pw_dir
        for tool, path in (("read_text_file", ".local/state/agentmesh/keys/audit"), ("write_file", ".local/state/agentmesh/shared"),
                           ("write_file", ".config/agentmesh/agentmesh.yaml"), ("write_file", ".cursor/mcp.json")):
            said = json.dumps(self.call("a", tool, path=os.path.join(home, path), content="x"))
            self.assertIn("self.protected", said, path)
        # And where the entry leads, as before.
        self.assertIn("self.protected", json.dumps(self.call("a", "write_file", path=self.other + "/.cursor/mcp.json", content="x")))


if __name__ == "__main__":
    unittest.main()
