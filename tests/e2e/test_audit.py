"""The audit log as outsiders see it: by an independent reader, through every export, and on a page."""
import hashlib
import json
import os
import pty
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

import reader
from harness import HERE, Proxy
from state import agentmesh, of_type, records
from test_denial import call, hello

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "audit")


class Log(unittest.TestCase):
    """A copy of the known log of 1,000 records, which a test may change."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.state = os.path.join(self.folder.name, "state")
        self.log = os.path.join(self.state, "audit", "main")
        self.copy_state()

    def copy_state(self):
        shutil.copytree(os.path.join(DATA, "state"), self.state)
        for path, folders, files in os.walk(self.state):
            for name in folders:
                os.chmod(os.path.join(path, name), 0o700)
            for name in files:
                os.chmod(os.path.join(path, name), 0o600)

    def keys(self):
        with open(os.path.join(self.state, "keys", "audit", "main.vkeys"), encoding="utf-8") as file:
            return [reader.Key(line) for line in file]

    def run_ok(self, *words):
        done = agentmesh(self.state, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def path(self, name):
        return os.path.join(self.folder.name, name)


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed: signatures cannot be asked elsewhere")
class Reader(Log):
    def test_an_independent_reader_finds_the_log_whole_and_signed(self):
        lines, sizes = reader.check_log(self.log, self.keys())
        self.assertEqual((len(lines), sizes[-1]), (1000, 985))
        verdict = json.loads(self.run_ok("audit", "verify", "--json"))
        self.assertEqual(verdict["root"], reader.root_of(reader.check_chain(lines)).hex())

    def test_an_independent_reader_takes_every_proof(self):
        lines, sizes = reader.check_log(self.log, self.keys())
        leaves = [reader.leaf_of(line) for line in lines]
        for seq in (0, 1, 254, 255, 256, 511, 512, 767, 768, 900, 984):
            proof = self.run_ok("audit", "prove", str(seq))
            self.assertEqual(reader.check_proof(proof, lines[seq], self.keys()), (seq, 985))
            with self.assertRaises(AssertionError):
                reader.check_proof(proof, lines[seq] + b" ", self.keys())
        for old in (1, 2, 255, 256, 257, 400, 600, 984, 985):
            proof = self.run_ok("audit", "prove", "--consistency", str(old), "985")
            self.assertEqual(reader.check_growth(proof, reader.root_of(leaves[:old]), self.keys()), (old, 985))
        older = self.run_ok("audit", "prove", "17", "--size", str(sizes[2]))
        self.assertEqual(reader.check_proof(older, lines[17], self.keys()), (17, sizes[2]))

    def test_an_independent_reader_takes_the_exported_tiles(self):
        self.run_ok("audit", "export", "--format", "tlog-tiles", "-o", self.path("tiles"))
        self.assertEqual(reader.check_tiles(self.path("tiles"), self.keys()), reader.lines_of(self.log)[:985])

    def test_an_independent_reader_follows_a_change_of_keys(self):
        self.run_ok("keys", "rotate")
        self.run_ok("keys", "rotate")
        self.assertEqual(len(self.keys()), 3)
        lines, _ = reader.check_log(self.log, self.keys())
        self.assertEqual(json.loads(lines[-1])["type"], "key.rotate")
        self.run_ok("audit", "verify", "--strict")
        # What was signed before, at, and after a change is proven by whoever knows the keys.
        newest = len(lines)
        for seq in (0, 417, 984, newest - 2, newest - 1):
            self.assertEqual(reader.check_proof(self.run_ok("audit", "prove", str(seq)), lines[seq], self.keys()), (seq, newest))
        leaves = [reader.leaf_of(line) for line in lines]
        for old in (985, newest - 1):
            growth = self.run_ok("audit", "prove", "--consistency", str(old), str(newest))
            self.assertEqual(reader.check_growth(growth, reader.root_of(leaves[:old]), self.keys()), (old, newest))
        self.run_ok("audit", "export", "--format", "tlog-tiles", "-o", self.path("tiles"))
        self.assertEqual(reader.check_tiles(self.path("tiles"), self.keys()), lines)
        # The reader can tell a checkpoint that only the old key signed.
        with self.assertRaises(AssertionError):
            with open(os.path.join(self.log, "checkpoints"), "r+", encoding="utf-8") as file:
                notes = reader.notes_of(file.read())
                notes[-1] = notes[-1][:notes[-1].rindex(reader.DASH)]
                file.seek(0)
                file.truncate()
                file.write("".join(notes))
            reader.check_log(self.log, self.keys())

    def test_what_was_pruned_is_proven_to_who_kept_the_line(self):
        kept = reader.lines_of(self.log)[100]
        self.run_ok("audit", "prune", "--before", "700")
        self.assertNotIn("00000000000000000000.jsonl", os.listdir(os.path.join(self.log, "seg")))
        index, _ = reader.check_proof(self.run_ok("audit", "prove", "100"), kept, self.keys())
        self.assertEqual(index, 100)
        self.run_ok("audit", "verify", "--strict")
        lines, sizes = reader.check_log(self.log, self.keys())
        self.assertEqual(sizes[-1], reader.first_of(self.log) + len(lines))
        self.run_ok("keys", "rotate")
        reader.check_log(self.log, self.keys())
        # A tile that stands for lines is what the reader goes by, and would miss.
        tile = os.path.join(self.log, "tile", "0", "000")
        with open(tile, "r+b") as file:
            file.seek(100 * 32)
            file.write(b"x")
        with self.assertRaises(AssertionError):
            reader.check_log(self.log, self.keys())
        self.assertEqual(agentmesh(self.state, "audit", "verify").returncode, 1)

    def test_the_commands_of_the_manual_follow_a_link_by_hand(self):
        script = r"""
            LINE=$(sed -n 2p "$1/seg/00000000000000000000.jsonl")
            LEAF=$({ printf '\0'; printf %s "$LINE"; } | sha256sum | cut -d' ' -f1)
            sed -n 3p "$1/seg/00000000000000000000.jsonl" | grep -o '"prev":"[0-9a-f]*"' | grep -q "$LEAF"
        """
        self.assertEqual(subprocess.run(["sh", "-c", script, "sh", self.log], check=False).returncode, 0)

    def test_the_commands_of_the_manual_check_a_signature_by_hand(self):
        with open(self.path("pub.pem"), "w", encoding="ascii") as file:
            file.write(self.run_ok("keys", "show", "--pem"))
        script = r"""
            set -e
            sed '/^$/q' "$1/checkpoint" | sed '$d' > "$2/text"
            sed -n 's/^— [^ ]* //p' "$1/checkpoint" | base64 -d | tail -c 64 > "$2/sig"
            openssl pkeyutl -verify -pubin -inkey "$2/pub.pem" -rawin -in "$2/text" -sigfile "$2/sig"
        """
        done = subprocess.run(["sh", "-c", script, "sh", self.log, self.folder.name], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


class Status(Log):
    def change(self, seq):
        for name in sorted(os.listdir(os.path.join(self.log, "seg"))):
            path = os.path.join(self.log, "seg", name)
            with open(path, "rb") as file:
                lines = file.readlines()
            for i, line in enumerate(lines):
                if json.loads(line)["seq"] == seq:
                    lines[i] = line.replace(b'"server":"', b'"server":"x', 1) if b'"server":"' in line else \
                        line.replace(b'"us":', b'"us":1', 1)
                    self.assertNotEqual(lines[i], line)
                    with open(path, "wb") as file:
                        file.writelines(lines)
                    return

    def status(self):
        return json.loads(self.run_ok("status", "--json"))["log"]

    def test_status_says_which_records_it_read_and_no_more(self):
        self.assertEqual(self.status()["checked"], {"first": 768, "last": 984})
        self.assertIn("read just now: 768 to 984 are the records it signed; for older ones: agentmesh audit verify",
                      self.run_ok("status"))
        self.change(417)
        self.assertEqual(self.status()["checked"], {"first": 768, "last": 984})

    def test_a_good_signature_over_changed_records_is_not_called_good_for_long(self):
        self.change(800)
        log = self.status()
        self.assertNotIn("checked", log)
        self.assertIn("record 801: prev is not the leaf of the line before", log["damage"])
        self.assertIn("DAMAGED: ", self.run_ok("status"))


class Strange(Log):
    """Something else where a file of the log or a key was: whatever comes of it, nobody waits for it."""

    FILES = ("seg/00000000000000000000.jsonl", "seg/00000000000000000952.jsonl", "checkpoint", "checkpoints", "tile/0/000",
             "tile/1/000", "lock", "lock.cp", "state", "blob/2026-11-18/8723a526277c845d.blob",
             "recovered/00000000000000001000.bin", "seg", "tile", "blob", "recovered")
    KEYS = ("audit/main.key", "audit/main.vkeys", "audit/main.mac", "audit/main.key.next", "audit/lock",
            "blob/main/2026-11-18.key")
    STATE = ("state.db", "state.db-wal", "state.db-shm", "state.db-journal", "state.db.lock", "shared", "wake", "restore.lock",
             "integrations.json", "integrations.lock", "keys/state.key", "run/1")
    READING = (("audit", "verify", "--blobs"), ("audit", "prove", "417"), ("status",))
    READING_MORE = (("audit", "tail"), ("audit", "show", "5"), ("audit", "show", "5", "--payload"), ("audit", "query", "--tool", "x*"),
                    ("audit", "export"), ("audit", "report", "--json"), ("keys", "show"), ("trust", "replay"), ("doctor",))
    STATEFUL = (("status",), ("doctor", "--no-start"), ("trust", "show"), ("trust", "explain", "server:fs1"), ("trust", "replay"),
                ("trust", "report", "server:fs1", "--severity", "low", "--why", "x"), ("pins", "list"), ("approvals", "list"),
                ("allow", "list"), ("allow", "--why", "x", "a", "b"), ("policy", "reload"), ("halt", "--all", "--why", "x"),
                ("resume", "--all"), ("init-integration", "--all", "--yes", "--undo"), ("audit", "prune", "--before", "700"),
                ("audit", "recover", "--seal", "aside"))
    WRITING = (("audit", "prune", "--before", "700"), ("audit", "erase", "--day", "2026-11-18"), ("keys", "rotate"),
               ("audit", "recover"))

    @staticmethod
    def put(kind, path):
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        if kind == "directory":
            os.mkdir(path, 0o700)
        elif kind == "socket":
            os.mknod(path, 0o600 | stat.S_IFSOCK)
        elif kind == "link to a device":
            os.symlink("/dev/zero", path)
        else:
            os.mkfifo(path + (".pipe" if kind == "link to a pipe" else ""), 0o600)
            if kind == "link to a pipe":
                os.symlink(path + ".pipe", path)

    def start(self):
        words = [os.environ["AGENTMESH_PROXY"], "proxy", "--state-dir", self.state, "--", "cat"]
        subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30, check=False)

    def try_all(self, kind, names, commands):
        for name in names:
            with self.subTest(kind=kind, name=name):
                shutil.rmtree(self.state)
                self.copy_state()
                folder = self.log if name in self.FILES else self.state if name in self.STATE else os.path.join(self.state, "keys")
                self.put(kind, os.path.join(folder, name))
                for words in commands:
                    done = agentmesh(self.state, *words, environment={"HOME": self.folder.name})
                    self.assertGreaterEqual(done.returncode, 0, words)  # within its patience
                self.run_export()
                self.start()

    def run_export(self):
        agentmesh(self.state, "audit", "export", "--format", "tlog-tiles", "-o", tempfile.mkdtemp(dir=self.folder.name) + "/tiles")

    def test_nobody_waits_for_a_pipe(self):
        self.try_all("pipe", self.FILES + self.KEYS, self.READING + self.READING_MORE + self.WRITING)

    def test_nor_for_anything_else_that_is_no_file(self):
        names = ("seg/00000000000000000952.jsonl", "checkpoints", "tile/1/000", "lock.cp", "state", "audit/main.key",
                 "audit/main.vkeys", "blob/main/2026-11-18.key")
        for kind in ("directory", "socket", "link to a pipe", "link to a device"):
            self.try_all(kind, names, self.READING + self.WRITING)

    def test_nor_for_what_lies_where_the_state_is(self):
        for kind in ("pipe", "directory", "link to a pipe"):
            self.try_all(kind, self.STATE, self.STATEFUL)

    def test_it_is_said_what_is_no_file(self):
        for name, words in (("state.db", ("trust", "show")), ("keys/state.key", ("allow", "--always", "--why", "x", "a", "b"))):
            shutil.rmtree(self.state)
            self.copy_state()
            self.put("pipe", os.path.join(self.state, name))
            done = agentmesh(self.state, *words)
            self.assertIn(os.path.join(self.state, name) + ": not a file", done.stderr)

    def test_a_pipe_that_the_shell_gives_is_read(self):
        for option, path in (("--vkey", os.path.join(self.state, "keys/audit/main.vkeys")),
                             ("--anchor", os.path.join(DATA, "anchor"))):
            script = 'exec "$1" audit verify --state-dir "$2" "$3" <(cat "$4")'
            done = subprocess.run(["bash", "-c", script, "bash", os.environ["AGENTMESH_PROXY"], self.state, option, path],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
        script = 'mkfifo "$3"; cat "$3" > "$4" & "$1" audit export --state-dir "$2" -o "$3" && wait'
        done = subprocess.run(["bash", "-c", script, "bash", os.environ["AGENTMESH_PROXY"], self.state, self.path("pipe"), self.path("copy")],
                              timeout=30, check=False)
        self.assertEqual(done.returncode, 0)
        with open(self.path("copy"), "rb") as file:
            self.assertEqual(file.read().split(b"\n")[:-1], reader.lines_of(self.log))


class Exports(Log):
    def lines(self, *words):
        return [json.loads(line) for line in self.run_ok("audit", "export", *words).splitlines()]

    def test_jsonl_is_the_lines_as_they_are(self):
        self.assertEqual(self.run_ok("audit", "export").encode(),
                         b"".join(line + b"\n" for line in reader.lines_of(self.log)))
        some = self.run_ok("audit", "export", "--from", "400", "--to", "402").encode()
        self.assertEqual(some.splitlines(), reader.lines_of(self.log)[400:403])

    def test_every_form_holds_every_record_whole(self):
        records = [json.loads(line) for line in reader.lines_of(self.log)]
        self.assertEqual([event["data"] for event in self.lines("--format", "cloudevents")], records)
        self.assertEqual([event["unmapped"]["agentmesh"] for event in self.lines("--format", "ocsf")], records)
        bodies = [request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["body"]["stringValue"]
                  for request in self.lines("--format", "otlp")]
        self.assertEqual([body.encode() for body in bodies], reader.lines_of(self.log))

    def test_a_cloud_event_names_its_record(self):
        line = reader.lines_of(self.log)[10]
        record = json.loads(line)
        event, = self.lines("--format", "cloudevents", "--from", "10", "--to", "10")
        self.assertEqual((event["specversion"], event["id"], event["type"], event["datacontenttype"], event["amleaf"]),
                         ("1.0", "10", "io.agentmesh.audit.decision", "application/json", reader.leaf_of(line).hex()))
        self.assertRegex(event["source"], r"^//agentmesh\.local/log/[0-9a-f]{16}$")
        self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertEqual(int(event["time"][-7:-1]), record["ts"] % 1_000_000)

    def test_ocsf_tells_calls_from_the_rest(self):
        for event in self.lines("--format", "ocsf"):
            record = event["unmapped"]["agentmesh"]
            call = record["type"] in ("decision", "outcome")
            self.assertEqual(event["class_uid"], 6003 if call else 0)
            self.assertEqual(event["category_uid"], 6 if call else 0)
            self.assertEqual((event["activity_id"], event["type_uid"]), (99, event["class_uid"] * 100 + 99))
            self.assertEqual(event["time"], record["ts"] // 1000)
            self.assertEqual(event["metadata"]["uid"], str(record["seq"]))
            worst = max([0] + [("low", "medium", "high", "critical").index(f["severity"]) + 1
                               for f in record.get("findings", [])])
            self.assertEqual(event["severity_id"], worst + 1)
            if call:
                self.assertEqual(event["api"]["operation"], "read_file")

    def test_otlp_times_are_nanoseconds_as_text(self):
        request, = self.lines("--format", "otlp", "--from", "7", "--to", "7")
        record = json.loads(reader.lines_of(self.log)[7])
        self.assertEqual(request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["timeUnixNano"],
                         str(record["ts"] * 1000))


class Questions(Log):
    def ask(self, *words):
        done = agentmesh(self.state, "audit", "query", "--json", *words)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_query_finds_what_a_plain_look_at_the_log_finds(self):
        records = [json.loads(line) for line in reader.lines_of(self.log)]
        decisions = {(r["w"], r["wseq"]): r for r in records if r["type"] == "decision"}
        for record in records:
            asked = decisions.get((record["w"], record.get("of", -1)))
            if record["type"] == "outcome":
                record["about"] = asked
        def about(record):
            return record.get("about") or record

        def plain(keep):
            return [r["seq"] for r in records if keep(about(r), r)]

        def seqs(*words):
            return [r["seq"] for r in self.ask(*words)]

        self.assertEqual(seqs("--decision", "deny"), plain(lambda a, r: a.get("verdict") == "deny"))
        self.assertEqual(seqs("--tool", "read_*"), plain(lambda a, r: a.get("tool") == "read_file"))
        self.assertEqual(seqs("--rule", "paths.private"), plain(lambda a, r: a.get("rule") == "paths.private"))
        self.assertEqual(seqs("--finding", "path.*"),
                         plain(lambda a, r: any(f["id"].startswith("path.") for f in r.get("findings", []))))
        self.assertEqual(seqs("--type", "segment.open"), plain(lambda a, r: r["type"] == "segment.open"))
        self.assertEqual(seqs("--server", "fs1", "--type", "outcome"),
                         plain(lambda a, r: r["type"] == "outcome" and a["server"] == "fs1"))
        self.assertEqual(seqs("--since", "2026-11-18T11:10:00Z", "--until", "2026-11-18T11:20:00Z"),
                         plain(lambda a, r: 1795000200000000 <= r["ts"] < 1795000800000000))

    def test_nothing_found_is_an_answer_of_its_own(self):
        self.assertEqual(agentmesh(self.state, "audit", "query", "--tool", "nothing").returncode, 1)
        self.assertEqual(agentmesh(self.state, "audit", "query", "--since", "soon").returncode, 2)


class Report(Log):
    def test_a_report_counts_what_the_records_say(self):
        report = json.loads(self.run_ok("audit", "report", "--json"))
        records = [json.loads(line) for line in reader.lines_of(self.log)]
        decisions = [r for r in records if r["type"] == "decision"]
        self.assertEqual(report["totals"]["calls"], len(decisions))
        self.assertEqual(report["totals"]["denied"], sum(r["verdict"] == "deny" for r in decisions))
        self.assertEqual(report["period"]["records"], 1000)
        self.assertEqual(report["integrity"]["level"], "signed")
        self.assertEqual(sum(each["allowed"] + each["denied"] for each in report["by_tool"]), len(decisions))
        self.assertEqual({each["id"]: each["count"] for each in report["findings"]},
                         {"path.private": sum("findings" in r for r in records)})
        self.assertEqual(report["outcomes"], {"ok": sum(r["type"] == "outcome" for r in records)})

    def test_controls_are_evidenced_partly_or_not_by_this_tool_and_name_their_records(self):
        report = json.loads(self.run_ok("audit", "report", "--json"))
        frameworks = {control["framework"] for control in report["controls"]}
        for name in ("EU AI Act", "SOC 2", "HIPAA", "GDPR", "OWASP MCP"):
            self.assertTrue(any(framework.startswith(name) for framework in frameworks), name)
        for control in report["controls"]:
            self.assertIn(control["state"], ("evidenced", "partly", "not by this tool"))
            if control["state"] == "evidenced":
                self.assertTrue(any(each["count"] > 0 for each in control["records"]), control)
            else:
                self.assertTrue(control["missing"], control)

    def test_a_log_that_does_not_verify_evidences_nothing(self):
        segment = os.path.join(self.log, "seg", "00000000000000000000.jsonl")
        with open(segment, "r+b") as file:
            data = file.read().replace(b"read_file", b"list_file", 1)
            file.seek(0)
            file.write(data)
        done = agentmesh(self.state, "audit", "report", "--json")
        self.assertEqual(done.returncode, 1)
        report = json.loads(done.stdout)
        self.assertEqual(report["integrity"]["result"], "tampered")
        self.assertNotIn("evidenced", {control["state"] for control in report["controls"]})

    def test_the_page_needs_nothing_but_itself_and_never_says_compliant(self):
        self.run_ok("audit", "report", "--html", self.path("report.html"))
        with open(self.path("report.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertNotRegex(page, r"(?i)\b(src|href)\s*=|url\(|@import|<script|https?://")
        self.assertNotRegex(page, r"(?i)complian")
        self.assertGreaterEqual(page.count("<svg"), 3)
        self.assertIn("prefers-color-scheme:dark", page)
        self.assertIn("@media print", page)
        self.assertIn("A call is one governed request", page)

    def test_a_period_without_records_of_a_kind_evidences_nothing_by_checkpoints_alone(self):
        report = json.loads(self.run_ok("audit", "report", "--json", "--until", "2026-11-18T11:06:41Z"))
        for control in report["controls"]:
            if all(record["count"] == 0 or record["kind"] == "checkpoints" for record in control["records"]) and \
                    control["control"] != "164.312(c)(1)-(2)":
                self.assertNotEqual(control["state"], "evidenced", control)

    def test_what_a_record_says_cannot_become_part_of_the_page(self):
        segment = os.path.join(self.log, "seg", "00000000000000000952.jsonl")
        with open(segment, "r+b") as file:
            data = file.read().replace(b'"tool":"read_file"', b'"tool":"<script>alert(1)</script>"', 1)
            file.seek(0)
            file.write(data)
        agentmesh(self.state, "audit", "report", "--html", self.path("report.html"))
        with open(self.path("report.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertNotIn("<script", page)
        self.assertIn("&lt;script&gt;", page)


class Salts(unittest.TestCase):
    def test_who_has_the_original_and_the_days_key_proves_that_it_was_this_one(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        state = os.path.join(folder.name, "state")
        command = [os.environ["AGENTMESH_PROXY"], "proxy", "--policy", "permissive", "--name", "notes", "--state-dir", state, "--",
                   sys.executable, os.path.join(HERE, "servers", "recorder.py"), os.path.join(folder.name, "seen")]
        with Proxy([], command=command) as proxy:
            proxy.send(hello() + call(1, "read_note", note="ours"))
            proxy.lines(2)
            proxy.close_stdin()
            proxy.wait()
        decision, = of_type(records(state), "decision", tool="read_note")
        genesis, = of_type(records(state), "genesis")
        keys = os.path.join(state, "keys", "blob", "main")
        name, = os.listdir(keys)
        with open(os.path.join(keys, name), encoding="ascii") as file:
            key = bytes.fromhex(file.read().strip())
        bound = "agentmesh-blob-v1\n%s\n%s\n%d\nargs\n" % (genesis["origin"], decision["w"], decision["wseq"])
        salt = hashlib.blake2b(bound.encode(), digest_size=32, key=key).digest()[:16]
        original = b'{"note": "ours"}'
        self.assertEqual(decision["args"], {"bytes": len(original), "commit": hashlib.sha256(salt + original).hexdigest()})


class Payloads(unittest.TestCase):
    """Arguments and results that are kept, from a call through the proxy to the person who opens them."""

    SECRET = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    CONTROLS = "\u009b2J\u202egnp"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = os.path.join(folder.name, "state")
        config = os.path.join(folder.name, "agentmesh.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write("audit:\n  payloads: full\n")
        command = [os.environ["AGENTMESH_PROXY"], "proxy", "--policy", "permissive", "--name", "notes", "--config", config,
                   "--state-dir", self.state, "--", sys.executable, os.path.join(HERE, "servers", "recorder.py"),
                   os.path.join(folder.name, "seen")]
        with Proxy([], command=command) as proxy:
            proxy.send(hello() + call(1, "read_note", note="the plain one") + call(2, "read_note", note=self.SECRET) +
                       call(3, "read_note", note="HERE").replace(b"HERE", self.CONTROLS.encode()) +
                       call(4, "HERE").replace(b"HERE", self.CONTROLS.encode()))
            proxy.lines(5)
            proxy.close_stdin()
            proxy.wait()
        self.decisions = of_type(records(self.state), "decision", tool="read_note")
        self.day = self.decisions[0]["args"]["blob"]["day"]

    def test_a_kept_payload_is_shown_to_who_has_the_keys_and_stands_nowhere_else(self):
        plain, masked, _ = self.decisions
        shown = agentmesh(self.state, "audit", "show", str(plain["seq"]), "--payload")
        self.assertEqual(json.loads(shown.stdout), {"note": "the plain one"})
        shown = agentmesh(self.state, "audit", "show", str(masked["seq"]), "--payload")
        self.assertRegex(json.loads(shown.stdout)["note"], r"^\[masked:secret\.[a-z-]+\]$")
        self.assertTrue(masked["args"]["blob"]["masked"])
        self.assertEqual(agentmesh(self.state, "audit", "verify", "--blobs", "--strict").returncode, 0)
        for path, _, files in os.walk(os.path.join(self.state, "audit")):
            for name in files:
                with open(os.path.join(path, name), "rb") as file:
                    data = file.read()
                self.assertNotIn(b"the plain one", data)
                self.assertNotIn(self.SECRET.encode(), data)

    def test_a_terminal_is_shown_no_controls_of_a_payload_and_a_file_gets_them_as_they_came(self):
        command = ("audit", "show", str(self.decisions[2]["seq"]), "--payload")
        self.assertEqual(json.loads(agentmesh(self.state, *command).stdout), {"note": self.CONTROLS})
        there, here = pty.openpty()
        self.addCleanup(os.close, there)
        shown = subprocess.run([os.environ["AGENTMESH_PROXY"], *command, "--state-dir", self.state], stdin=here, stdout=here)
        os.close(here)
        self.assertEqual(shown.returncode, 0)
        self.assertEqual(os.read(there, 1 << 16).decode(), '{"note": "\\u{9B}2J\\u{202E}gnp"}')

    def on_terminal(self, *words):
        """What a terminal gets of a command's output."""
        there, here = pty.openpty()
        self.addCleanup(os.close, there)
        self.addCleanup(os.close, here)
        shown = subprocess.Popen([os.environ["AGENTMESH_PROXY"], *words, "--state-dir", self.state], stdin=here, stdout=here,
                                 stderr=subprocess.DEVNULL)
        # A terminal whose last writer closes it may be at its end to a reader who has not got the last lines yet: the kernel
        # asks for lines first and for the end after it. So it stays open, and its end is told in words.
        end = b"\0the end"

        def tell_the_end():
            shown.wait()
            os.write(here, end)

        teller = threading.Thread(target=tell_the_end)
        teller.start()
        text = b""
        while not text.endswith(end):
            text += os.read(there, 1 << 16)
        teller.join()
        self.assertEqual(shown.returncode, 0)
        return text[:-len(end)].decode()

    def test_a_terminal_is_shown_no_controls_of_exported_records_and_they_mean_what_they_meant(self):
        for form in ("jsonl", "cloudevents", "ocsf", "otlp"):
            with self.subTest(form):
                command = ("audit", "export", "--format", form)
                plain = agentmesh(self.state, *command).stdout
                self.assertIn(self.CONTROLS, plain)
                shown = self.on_terminal(*command)
                self.assertNotRegex(shown, "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]")
                self.assertIn("\\u009b2J\\u202egnp", shown)
                self.assertEqual([json.loads(line) for line in shown.splitlines()], [json.loads(line) for line in plain.splitlines()])

    def test_an_erased_day_is_gone_and_the_log_still_verifies(self):
        done = agentmesh(self.state, "audit", "erase", "--day", self.day, "--reason", "asked to")
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = agentmesh(self.state, "audit", "show", str(self.decisions[0]["seq"]), "--payload")
        self.assertEqual((shown.returncode, shown.stdout), (3, ""))
        self.assertEqual(agentmesh(self.state, "audit", "verify", "--blobs", "--strict").returncode, 0)
        erased, = of_type(records(self.state), "erase")
        self.assertEqual((erased["days"], erased["reason"]), ([self.day], "asked to"))

    def test_a_log_that_was_set_aside_verifies_when_a_day_of_it_was_erased_afterwards(self):
        for words in (("audit", "recover", "--seal", "old"), ("audit", "erase", "--day", self.day), ("audit", "verify", "--blobs", "--strict"),
                      ("audit", "verify", "--blobs", "--strict", "--log", "old")):
            done = agentmesh(self.state, *words)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
