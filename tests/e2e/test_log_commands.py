"""The commands of the log, one after the other: what they print, what they leave alone, and how they end."""
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import reader
from harness import HERE, PATIENCE, Proxy
from state import agentmesh, of_type, records, words_for
from test_audit import DATA, Log
from test_denial import call, hello

FIRST = "seg/00000000000000000000.jsonl"
LAST = "seg/00000000000000000952.jsonl"


def all_files(folder):
    """Every file and directory below it: mode, time of change, and bytes."""
    found = {}
    for path, folders, files in os.walk(folder):
        for name in folders + files:
            at = os.path.join(path, name)
            about = os.lstat(at)
            content = None
            if name in files:
                with open(at, "rb") as file:
                    content = file.read()
            found[at] = (about.st_mode, about.st_mtime_ns, content)
    return found


class Commands(Log):
    def ran(self, *words):
        return agentmesh(self.state, *words)

    def change(self, name, old, new):
        path = os.path.join(self.log, name)
        with open(path, "rb") as file:
            data = file.read()
        self.assertIn(old, data)
        with open(path, "wb") as file:
            file.write(data.replace(old, new, 1))

    def add(self, name, data):
        with open(os.path.join(self.log, name), "ab") as file:
            file.write(data)

    def verdict(self, *words):
        done = self.ran("audit", "verify", "--json", *words)
        verdict = json.loads(done.stdout)
        self.assertEqual(verdict["exit"], done.returncode)
        return done.returncode, verdict["result"], verdict["level"], sorted({p["code"] for p in verdict["problems"]})

    def test_verify_says_the_level_that_it_reached_and_no_more(self):
        copy = self.path("copy")
        shutil.copytree(self.log, copy)
        vkeys = os.path.join(self.state, "keys", "audit", "main.vkeys")
        with open(vkeys, encoding="ascii") as file:
            vkey = file.read().strip()
        anchor = os.path.join(DATA, "anchor")
        with open(self.path("note"), "w", encoding="ascii") as file:
            file.write("not a checkpoint\n")
        self.assertEqual(self.verdict(), (0, "ok", "signed", []))
        self.assertEqual(self.verdict("--anchor", anchor), (0, "ok", "anchored", []))
        self.assertEqual(self.verdict("--dir", self.log), (0, "ok", "signed", []))
        # A copy anywhere has no keys beside it; without --state-dir nothing vouches for it.
        alone = subprocess.run([os.environ["AGENTMESH_PROXY"], "audit", "verify", "--json", "--dir", copy], stdout=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, text=True, check=False)
        self.assertEqual(alone.returncode, 3)
        self.assertEqual([p["code"] for p in json.loads(alone.stdout)["problems"]], ["key.untrusted"])
        chain = subprocess.run([os.environ["AGENTMESH_PROXY"], "audit", "verify", "--json", "--chain-only", "--dir", copy],
                               stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, check=False)
        self.assertEqual((chain.returncode, json.loads(chain.stdout)["level"]), (0, "chain"))
        for given in (vkeys, vkey):
            self.assertEqual(self.verdict("--dir", copy, "--vkey", given), (0, "ok", "signed", []))
        # All that is not fine, each with its own end.
        self.assertEqual(self.verdict("--strict"), (3, "not_verifiable", "signed", ["tail.unsigned"]))
        self.assertEqual(self.verdict("--anchor", self.path("note")), (3, "not_verifiable", "signed", ["anchor.form"]))
        self.assertEqual(self.verdict("--anchor", self.path("nowhere")), (4, "io_error", "signed", ["io"]))
        self.assertEqual(self.verdict("--dir", self.path("nowhere"))[:2], (4, "io_error"))
        self.assertEqual(self.ran("audit", "verify", "--no-such-option").returncode, 3)
        for given in ("nonsense", self.path("nowhere"), self.path("note")):  # no key to begin with
            done = self.ran("audit", "verify", "--json", "--vkey", given)
            self.assertEqual((done.returncode, json.loads(done.stdout)["ok"]), (3, False), given)
        self.add(LAST, b'{"half":')
        self.assertEqual(self.verdict(), (2, "torn", "signed", ["tail.torn"]))
        self.change(FIRST, b"read_file", b"list_file")
        self.assertEqual(self.verdict()[0], 1)

    def test_verify_tells_a_directory_that_never_was_a_log_from_one_that_was_emptied(self):
        none = self.path("none")
        os.mkdir(none)

        def alone(*words):
            return subprocess.run([os.environ["AGENTMESH_PROXY"], "audit", "verify", "--dir", none, *words], capture_output=True,
                                  stdin=subprocess.DEVNULL, text=True, check=False)
        for done in (alone(), alone("--chain-only")):
            self.assertEqual((done.returncode, done.stdout), (4, ""))
            self.assertEqual(done.stderr, "agentmesh: nothing is recorded yet: there is no log in %s\n" % none)
        done = alone("--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["result"]), (4, "io_error"))
        # What says that there was one makes a failure of it.
        vkeys = os.path.join(self.state, "keys", "audit", "main.vkeys")
        for words in (("--vkey", vkeys), ("--anchor", os.path.join(DATA, "anchor")), ("--state-dir", self.state)):
            self.assertEqual(alone(*words).returncode, 1, words)
        shutil.rmtree(self.log)
        os.mkdir(self.log)
        self.assertEqual(self.verdict()[:2], (1, "tampered"))
        os.remove(vkeys)
        self.assertEqual(self.verdict()[:2], (1, "tampered"))
        for folder in ("state", "checkpoint"):  # somebody's directory
            os.mkdir(os.path.join(none, folder))
        for file in ("README", "lock", "checkpoint-notes", "tile"):
            os.mknod(os.path.join(none, file))
        self.assertEqual(alone().returncode, 4)
        os.rmdir(os.path.join(none, "state"))
        os.mknod(os.path.join(none, "state"))
        self.assertEqual(alone().returncode, 1)

    def test_verify_of_a_directory_above_a_log_says_where_the_log_is(self):
        copy = self.path("copy")
        shutil.copytree(os.path.join(self.state, "audit"), os.path.join(copy, "audit"))
        for above in (copy, os.path.join(copy, "audit")):
            done = subprocess.run([os.environ["AGENTMESH_PROXY"], "audit", "verify", "--dir", above], capture_output=True,
                                  stdin=subprocess.DEVNULL, text=True, check=False)
            self.assertEqual(done.returncode, 4, done)
            self.assertIn("there is a log below it: " + os.path.join(copy, "audit", "main"), done.stderr)

    def test_verify_begins_with_what_is_proven_and_what_is_not(self):
        first, *facts = self.run_ok("audit", "verify").splitlines()
        self.assertEqual(first, "OK, signed: since they were signed, nobody without the key changed, removed, added or reordered one "
                                "of the first 985 records. Not proven: who wrote them, nor that the end was not cut back to an older "
                                "checkpoint (compare with one kept elsewhere: --anchor).")
        self.assertTrue(all(fact.endswith((".", ")")) or fact.startswith("Note: ") for fact in facts), facts)
        first = self.run_ok("audit", "verify", "--anchor", os.path.join(DATA, "anchor")).splitlines()[0]
        self.assertTrue(first.startswith("OK, anchored: the first "), first)
        self.assertIn("not even the key holder changed or cut any of them", first)
        first = self.run_ok("audit", "verify", "--chain-only", "--dir", shutil.copytree(self.log, self.path("copy")),
                            "--vkey", os.path.join(self.state, "keys", "audit", "main.vkeys")).splitlines()[0]
        self.assertEqual(first, "OK, chain only: lines, links and tree agree; this proves nothing against someone who can recompute "
                                "hashes.")

    def test_verify_of_a_log_that_was_tampered_with_speaks_of_no_end_that_only_waits_for_a_signature(self):
        self.assertIn("not signed yet", self.run_ok("audit", "verify"))
        self.change(LAST, b"read_file", b"list_file")
        done = self.ran("audit", "verify")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"The last checkpoint that matches covers \d+ records?\.\n")
        self.assertNotIn("not signed yet", done.stdout)

    def test_commands_that_read_write_nothing(self):
        before = all_files(self.state)
        for words in (("audit", "verify", "--blobs", "--strict"), ("audit", "tail"), ("audit", "show", "18"), ("audit", "query"),
                      ("audit", "prove", "17"), ("audit", "prove", "--consistency", "1", "985"), ("audit", "export"),
                      ("audit", "export", "--format", "tlog-tiles", "-o", self.path("tiles")), ("audit", "report", "--json"),
                      ("keys", "show")):
            self.assertIn(self.ran(*words).returncode, (0, 3), words)
            self.assertEqual(all_files(self.state), before, words)

    def test_tail_gives_the_newest(self):
        lines = reader.lines_of(self.log)
        self.assertEqual(self.run_ok("audit", "tail", "--json").encode().splitlines(), lines[-10:])
        self.assertEqual(self.run_ok("audit", "tail", "--json", "-n", "60").encode().splitlines(), lines[-60:])
        shown = self.run_ok("audit", "tail", "-n", "3").splitlines()
        self.assertEqual([int(line.split()[0]) for line in shown], [997, 998, 999])

    def test_tail_says_what_an_outcome_answers_as_query_does_though_the_decision_stands_before_what_is_shown(self):
        every = self.run_ok("audit", "query").splitlines()
        last = max(i for i, line in enumerate(every) if re.search(r" · of \d+, ", line))
        for count in (len(every) - last, 60):  # the first of them is an outcome
            self.assertEqual(self.run_ok("audit", "tail", "-n", str(count)).splitlines(), every[-count:])

    def test_show_explains_a_record_with_its_rule_and_what_it_was_worth(self):
        shown = self.run_ok("audit", "show", "10")
        self.assertRegex(shown.splitlines()[0], r"^ *10  2026-11-18 \d\d:\d\d:\d\d\.\d{3}  decision +deny · fs0/read_file")
        for fact in ("rule: paths.private", "rule_at: builtin:12", "reason: The path", "score: 800", "tier: trusted", "severity: high",
                     "commit: 45c7fad4"):
            self.assertIn(fact, shown)
        self.assertEqual(self.run_ok("audit", "show", "10", "--json").encode(), reader.lines_of(self.log)[10] + b"\n")
        outcome = next(r for r in map(json.loads, reader.lines_of(self.log)) if r["type"] == "outcome")
        self.assertIn("read_file", self.run_ok("audit", "show", str(outcome["seq"])).splitlines()[0])  # what it answered
        self.assertEqual(self.ran("audit", "show", "1000").returncode, 3)
        self.assertEqual(self.ran("audit", "show", "10", "--payload").returncode, 3)
        self.assertEqual(self.ran("audit", "show", "ten").returncode, 2)

    def test_a_query_by_agent_and_by_several_things_at_once(self):
        lines = [json.loads(line) for line in reader.lines_of(self.log)]
        decisions = {(r["w"], r["wseq"]): r for r in lines if r["type"] == "decision"}
        about = {r["seq"]: decisions.get((r["w"], r["of"])) if r["type"] == "outcome" else r for r in lines}
        def ask(*words):
            return [json.loads(line)["seq"] for line in self.run_ok("audit", "query", "--json", *words).splitlines()]
        self.assertEqual(ask("--agent", "d*k"), [s for s, r in about.items() if r.get("agent") == "desk"])
        self.assertEqual(ask("--agent", "desk", "--server", "fs1", "--decision", "deny", "--finding", "path.private"),
                         [s for s, r in about.items() if r.get("server") == "fs1" and r.get("verdict") == "deny"])
        self.assertEqual(len(ask("--type", "decision", "-n", "7")), 7)
        self.assertEqual(self.ran("audit", "query", "--agent", "nobody").returncode, 1)
        self.assertEqual(self.ran("audit", "query", "--decision", "denied").returncode, 2)

    def test_what_is_missing_is_said_by_whatever_reads_over_it(self):
        lines = reader.lines_of(self.log)
        os.remove(os.path.join(self.log, "seg", "00000000000000000321.jsonl"))
        left = b"".join(line + b"\n" for line in lines[:321] + lines[635:]).decode()
        gap = f"agentmesh: records 321 to 634 are missing (agentmesh audit verify --state-dir {self.state})\n"

        def said(*words):
            done = self.ran("audit", *words)
            return done.returncode, done.stdout, done.stderr
        for words in (("export",), ("query", "--json"), ("tail", "--json", "-n", "2000"), ("export", "--from", "0", "--to", "999")):
            self.assertEqual(said(*words), (1, left, gap), words)
        for form in ("cloudevents", "ocsf", "otlp"):
            status, out, errors = said("export", "--format", form)
            self.assertEqual((status, len(out.splitlines()), errors), (1, len(left.splitlines()), gap), form)
        self.assertEqual(said("query", "--tool", "nothing*"), (1, "", "agentmesh: no record fits\n" + gap))
        self.assertEqual(said("export", "--from", "400", "--to", "402"), (1, "", gap))
        self.assertEqual(said("show", "400"), (3, "", gap.replace("records", "there is no record 400: records", 1)))
        self.assertEqual(said("show", "2000"), (3, "", "agentmesh: there is no record 2000\n"))
        # Where nothing is missing in what was asked for, nothing is said.
        for words in (("export", "--to", "320"), ("export", "--from", "635"), ("tail",), ("query", "-n", "10"), ("show", "10")):
            done = said(*words)
            self.assertEqual((done[0], done[2]), (0, ""), words)

    def test_what_was_pruned_is_not_missing(self):
        self.run_ok("audit", "prune", "--before", "700")
        for words in (("export",), ("export", "--from", "3"), ("query",), ("tail", "-n", "2000")):
            self.assertEqual(self.ran("audit", *words).stderr, "", words)
            self.run_ok("audit", *words)
        self.assertEqual(self.ran("audit", "show", "3").stderr, "agentmesh: there is no record 3: the log begins with record 635\n")
        os.remove(os.path.join(self.log, "seg", "00000000000000000635.jsonl"))
        for words in (("export",), ("query",)):
            done = self.ran("audit", *words)
            self.assertEqual((done.returncode, done.stderr),
                             (1, f"agentmesh: records 0 to 951 are missing (agentmesh audit verify --state-dir {self.state})\n"))

    def test_prove_gives_nothing_that_no_checkpoint_covers(self):
        for words in (("985",), ("10000",), ("17", "--size", "984"), ("--consistency", "985", "17"), ("--consistency", "1", "986")):
            done = self.ran("audit", "prove", *words)
            self.assertEqual((done.returncode, done.stdout), (3, ""), words)
        proof = json.loads(self.run_ok("audit", "prove", "417", "--json"))
        line = reader.lines_of(self.log)[417]
        self.assertEqual((proof["index"], proof["size"], proof["leaf"]), (417, 985, reader.leaf_of(line).hex()))
        path = [bytes.fromhex(each) for each in proof["path"]]
        self.assertEqual(reader.root_by_path(reader.leaf_of(line), 417, 985, path).hex(), proof["root"])
        self.change(FIRST, b"read_file", b"list_file")
        changed = next(json.loads(line)["seq"] for line in reader.lines_of(self.log) if b"list_file" in line)
        done = self.ran("audit", "prove", str(changed))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(self.ran("audit", "prove").returncode, 2)  # bad usage is no answer

    def test_recover_cuts_a_torn_end_off_and_says_so_once(self):
        self.assertIn("nothing to recover", self.run_ok("audit", "recover"))
        half = b'{"half":'
        path = os.path.join(self.log, "seg", sorted(os.listdir(os.path.join(self.log, "seg")))[-1])
        size = os.path.getsize(path)
        with open(path, "ab") as file:
            file.write(half)
        self.assertIn("8 bytes cut off", self.run_ok("audit", "recover"))
        record, = of_type(records(self.state), "recover")
        self.assertEqual((record["bytes"], record["offset"]), (len(half), size))
        with open(os.path.join(self.log, "recovered", "%020d.bin" % record["seq"]), "rb") as file:
            self.assertEqual(file.read(), half)
        self.assertIn("nothing to recover", self.run_ok("audit", "recover"))
        self.run_ok("audit", "verify", "--strict")

    def test_whichever_command_mends_what_a_crash_left_says_so(self):
        self.add(LAST, b'{"cut":')
        self.assertRegex(self.ran("halt", "other", "--why", "a test").stderr, "^agentmesh: .* 7 bytes .*cut off")
        os.remove(os.path.join(self.log, "checkpoint"))
        self.assertIn("is made anew from checkpoints", self.ran("resume", "other").stderr)
        self.assertNotIn("made anew", self.ran("halt", "other", "--why", "a test").stderr)
        self.run_ok("audit", "verify")

    def test_recover_touches_no_damage_and_seals_it_when_asked(self):
        self.change(LAST, b"read_file", b"list_file")
        before = all_files(self.log)
        done = self.ran("audit", "recover")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing was touched", done.stderr)
        after = {path: what for path, what in all_files(self.log).items() if os.path.basename(path) not in ("state", "lock", "lock.cp")}
        self.assertEqual({p: w[2] for p, w in after.items()}, {p: w[2] for p, w in before.items()})
        self.assertEqual(self.ran("audit", "recover", "--seal", "Not A Name").returncode, 2)
        self.run_ok("audit", "recover", "--seal", "aside")
        genesis = next(r for r in records(self.state) if r["type"] == "genesis" and "after" in r)
        self.assertEqual(genesis["after"]["size"], 985)
        with open(os.path.join(self.log, "checkpoint"), encoding="utf-8") as file:
            self.assertEqual(file.readline().strip(), genesis["after"]["origin"])
        self.run_ok("audit", "verify", "--strict")
        self.assertEqual(self.ran("audit", "verify", "--log", "aside").returncode, 1)
        self.assertEqual(self.ran("audit", "recover", "--seal", "aside").returncode, 1)  # is there already
        done = self.ran("audit", "prune", "--before", "700", "--log", "aside")
        self.assertEqual(done.returncode, 1)

    def test_prune_and_erase_say_what_they_did(self):
        done = json.loads(self.run_ok("audit", "prune", "--before", "700", "--json"))
        self.assertEqual((done["first"], done["files"]), (635, [FIRST, "seg/00000000000000000321.jsonl"]))
        record, = of_type(records(self.state), "prune")
        self.assertEqual((record["first"], record["files"]), (635, done["files"]))
        self.assertTrue(record["by"].startswith("uid:"))
        self.assertEqual(reader.first_of(self.log), 635)
        first = json.loads(reader.lines_of(self.log)[0])
        self.assertEqual((first["type"], first["tree"]["size"]), ("segment.open", 635))
        self.assertIn("nothing to prune", self.run_ok("audit", "prune", "--before", "700"))
        day = "2026-11-18"
        done = json.loads(self.run_ok("audit", "erase", "--day", day, "--reason", "request 4711", "--json"))
        self.assertEqual(done["days"], [day])
        erased, = of_type(records(self.state), "erase")
        self.assertEqual((erased["seq"], erased["days"], erased["reason"]), (done["seq"], [day], "request 4711"))
        self.assertFalse(os.path.exists(os.path.join(self.state, "keys", "blob", "main", day + ".key")))
        self.assertFalse(os.path.exists(os.path.join(self.log, "blob", day)))
        self.run_ok("audit", "verify", "--strict", "--blobs")
        self.assertEqual(self.ran("audit", "erase", "--day", "yesterday").returncode, 2)
        self.assertEqual(self.ran("audit", "prune", "--before", "soon").returncode, 2)

    def test_keys_are_those_of_the_log_that_is_named(self):
        with open(os.path.join(self.state, "keys", "audit", "main.vkeys"), encoding="ascii") as file:
            self.assertIn(self.run_ok("keys", "show").split()[0], file.read())
        pem = self.run_ok("keys", "show", "--pem")
        shown = json.loads(self.run_ok("keys", "show", "--pem", "--json"))
        self.assertEqual([key["pem"] for key in shown["keys"] if key["in_force"]], [pem])
        self.assertNotIn("pem", json.loads(self.run_ok("keys", "show", "--json"))["keys"][0])
        self.assertNotEqual(self.ran("keys", "show", "--log", "other").returncode, 0)
        self.assertNotEqual(self.ran("keys", "rotate", "--log", "other").returncode, 0)
        self.assertNotIn("other.key", os.listdir(os.path.join(self.state, "keys", "audit")))
        os.chmod(os.path.join(self.state, "keys", "audit", "main.key"), 0o640)
        done = self.ran("keys", "rotate")
        self.assertEqual(done.returncode, 1)
        self.assertIn("chmod 600 " + os.path.join(self.state, "keys", "audit", "main.key"), done.stderr)

    def test_tiles_that_are_exported_have_partial_ones_at_the_checkpoints_size(self):
        self.run_ok("audit", "export", "--format", "tlog-tiles", "-o", self.path("tiles"))
        found = sorted(os.path.relpath(os.path.join(at, name), self.path("tiles")) for at, _, names in os.walk(self.path("tiles"))
                       for name in names)
        full = ["%s/00%d" % (kind, n) for kind in ("tile/0", "tile/entries") for n in (0, 1, 2)]
        partial = ["tile/0/003.p/217", "tile/1/000.p/3", "tile/entries/003.p/217"]  # 985 = 3 * 256 + 217
        self.assertEqual(found, sorted(["checkpoint", *full, *partial]))


    def test_what_is_not_exported_leaves_the_file_as_it_was(self):
        for name in os.listdir(os.path.join(self.log, "seg")):
            os.remove(os.path.join(self.log, "seg", name))
        kept = self.path("kept.jsonl")
        with open(kept, "w") as file:
            file.write("from before\n")
        self.assertEqual(self.ran("audit", "export", "-o", kept).returncode, 1)
        with open(kept) as file:
            self.assertEqual(file.read(), "from before\n")

    def test_the_settings_say_which_log_is_meant_and_printed_commands_name_another(self):
        os.rename(self.log, os.path.join(self.state, "audit", "other"))
        for ending in ("key", "vkeys"):
            os.rename(os.path.join(self.state, "keys", "audit", "main." + ending), os.path.join(self.state, "keys", "audit", "other." + ending))
        os.remove(os.path.join(self.state, "audit", "other", "seg", "00000000000000000321.jsonl"))
        where = {"XDG_CONFIG_HOME": self.path("settings")}
        os.makedirs(os.path.join(where["XDG_CONFIG_HOME"], "agentmesh"))
        with open(os.path.join(where["XDG_CONFIG_HOME"], "agentmesh", "agentmesh.yaml"), "w") as file:
            file.write("audit: {log: other}\n")
        named = agentmesh(self.state, "audit", "export", "--log", "other", environment={"XDG_CONFIG_HOME": self.path("none")})
        meant = agentmesh(self.state, "audit", "export", environment=where)
        self.assertEqual((named.returncode, meant.returncode, named.stdout), (1, 1, meant.stdout))
        self.assertIn("(agentmesh audit verify --state-dir %s --log other)\n" % self.state, named.stderr)
        self.assertIn("(agentmesh audit verify --state-dir %s)\n" % self.state, meant.stderr)
        self.assertEqual(agentmesh(self.state, "audit", "export", "--log", "main", environment=where).returncode, 1)
        # Nobody guesses.
        with open(os.path.join(where["XDG_CONFIG_HOME"], "agentmesh", "agentmesh.yaml"), "w") as file:
            file.write("audit: {log: other\n")
        for command, status in (("verify", 3), ("tail", 2), ("recover", 2)):
            done = agentmesh(self.state, "audit", command, environment=where)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn("which log is meant is not known: mend the settings, or name it with --log\n", done.stderr)
        self.assertEqual(agentmesh(self.state, "audit", "verify", "--log", "other", environment=where).returncode, 1)

    def export_tiles(self, name):
        return self.ran("audit", "export", "--format", "tlog-tiles", "-o", self.path(name))

    def test_tiles_are_exported_only_where_every_record_leads_to_the_signed_root(self):
        why = "what is stored does not lead to the signed root"
        segment = "seg/00000000000000000321.jsonl"
        for name, damage in (("under a full tile", lambda: self.change(segment, b"read_file", b"list_file")),
                             ("in the unfinished tile", lambda: self.change(LAST, b"read_file", b"list_file")),
                             ("a line too many", lambda: self.add(FIRST, reader.lines_of(self.log)[320] + b"\n"))):
            with self.subTest(name):
                damage()
                done = self.export_tiles("tiles")
                self.assertEqual((done.returncode, done.stderr), (1, "agentmesh: %s: nothing was exported (agentmesh audit verify%s "
                                                                     "says what is wrong)\n" % (why, words_for(self.state))))
                self.assertFalse(os.path.exists(self.path("tiles")))
                shutil.rmtree(self.state)
                self.copy_state()
        # Whoever has no key can make all of it agree but the signature.
        path = os.path.join(self.log, "checkpoint")
        with open(path, "rb") as file:
            note = file.read()
        with open(path, "wb") as file:
            file.write(note[:-12] + (b"A" if note[-12:-11] != b"A" else b"B") + note[-11:])
        done = self.export_tiles("tiles")
        self.assertEqual((done.returncode, done.stderr),
                         (1, "agentmesh: the checkpoint of 985 records is not signed by the log's key: nothing was exported "
                             "(agentmesh audit verify%s says what is wrong)\n" % words_for(self.state)))
        self.assertFalse(os.path.exists(self.path("tiles")))
        with open(path, "wb") as file:
            file.write(note)
        copy = self.path("copy")
        shutil.copytree(self.log, copy)
        done = subprocess.run([os.environ["AGENTMESH_PROXY"], "audit", "export", "--format", "tlog-tiles", "--dir", copy, "-o", self.path("out")],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stderr),
                         (0, "agentmesh: no key is kept for this log here: whether its checkpoint is signed was not asked\n"))
        os.remove(os.path.join(self.log, segment))
        done = self.export_tiles("tiles")
        self.assertEqual(done.returncode, 1)
        self.assertIn("records 321 to 634 are missing: nothing was exported", done.stderr)
        self.assertFalse(os.path.exists(self.path("tiles")))

    def test_a_stored_tile_that_is_wrong_goes_out_right_while_the_lines_are_there(self):
        for name in ("tile/0/001", "tile/1/000"):
            path = os.path.join(self.log, name)
            size = os.path.getsize(path)
            with open(path, "wb") as file:
                file.write(bytes(size))
        self.assertEqual(self.export_tiles("tiles").returncode, 0)
        self.assertEqual(reader.check_tiles(self.path("tiles"), self.keys()), reader.lines_of(self.log)[:985])

    def test_of_a_pruned_log_the_tiles_go_out_that_stand_for_it_and_the_whole_bundles(self):
        lines = reader.lines_of(self.log)
        self.run_ok("audit", "prune", "--before", "700")
        done = self.export_tiles("tiles")
        self.assertEqual((done.returncode, done.stderr),
                         (0, "agentmesh: 3 bundles of entries are missing: their records were pruned\n"))
        full = b"".join(reader.leaf_of(line) for line in lines[:768])
        for index in range(3):
            with open(self.path("tiles/tile/0/00%d" % index), "rb") as file:
                self.assertEqual(file.read(), full[index * 8192:(index + 1) * 8192])
        bundle, = os.listdir(self.path("tiles/tile/entries"))
        self.assertEqual(bundle, "003.p")
        # Nothing else says what a pruned record was: a wrong hash of one is found by the root.
        with open(os.path.join(self.log, "tile/0/001"), "r+b") as file:
            file.write(bytes(32))
        self.assertEqual(self.export_tiles("wrong").returncode, 1)
        os.remove(os.path.join(self.log, "tile/0/001"))
        self.assertEqual(self.export_tiles("wrong").returncode, 1)
        self.assertFalse(os.path.exists(self.path("wrong")))


class Following(unittest.TestCase):
    """`audit tail -f` beside proxies that write, with segments of a few records."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.state = os.path.join(self.folder, "state")
        self.config = os.path.join(self.folder, "agentmesh.yaml")
        with open(self.config, "w", encoding="ascii") as file:
            file.write("audit:\n  segment_bytes: 4096\nidentity:\n  sponsor: night shift\n")

    def session(self, *notes, words=()):
        command = [os.environ["AGENTMESH_PROXY"], "proxy", "--policy", "permissive", "--name", "notes", "--config", self.config,
                   "--state-dir", self.state, "--", sys.executable, os.path.join(HERE, "servers", "recorder.py"),
                   os.path.join(self.folder, "seen"), *words]
        with Proxy([], command=command) as proxy:
            proxy.send(hello("desk") + b"".join(call(i, "read_note", note=note) for i, note in enumerate(notes)))
            proxy.lines(1 + len(notes))
            proxy.close_stdin()
            self.assertEqual(proxy.wait(), 0)
            return proxy.process.pid

    def test_tail_f_gives_every_record_once_and_in_order_across_rotation(self):
        self.session("first")
        known = len(records(self.state))
        words = [os.environ["AGENTMESH_PROXY"], "audit", "tail", "-f", "-n", "2", "--json", "--state-dir", self.state]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as tail:
            for _ in range(3):
                self.session(*("note %d" % i for i in range(10)))
            expected = [r["seq"] for r in records(self.state)][known - 2:]
            self.assertGreater(len(os.listdir(os.path.join(self.state, "audit", "main", "seg"))), 4)
            got, rest, deadline = [], b"", time.monotonic() + PATIENCE
            while len(got) < len(expected):
                ready, _, _ = select.select([tail.stdout], [], [], max(0, deadline - time.monotonic()))
                self.assertTrue(ready, "tail gave %d of %d records" % (len(got), len(expected)))
                *lines, rest = (rest + os.read(tail.stdout.fileno(), 65536)).split(b"\n")
                got += [json.loads(line)["seq"] for line in lines]
            tail.terminate()
        self.assertEqual(got, expected)

    def test_a_session_is_told_by_what_is_known_of_it_and_by_no_secret(self):
        pid = self.session("a", "b", words=("--token", "hunter2-not-for-the-log"))
        self.session("a", words=("--token", "hunter2-not-for-the-log"))
        self.session("a", words=("--token", "another"))
        found = records(self.state)
        starts = of_type(found, "session.start")
        start = starts[0]
        self.assertEqual((start["server"], start["pid"], start["uid"], start["mode"], start["durability"], start["sponsor"]),
                         ("notes", pid, os.getuid(), "enforce", "written", "night shift"))
        self.assertEqual((start["cmd"], start["argc"]), (os.path.basename(sys.executable), 5))
        self.assertRegex(start["client_exe"], r"^[^/]+$")
        self.assertRegex(start["cmd_mac"], r"^[0-9a-f]{64}$")
        self.assertEqual(starts[1]["cmd_mac"], start["cmd_mac"])
        self.assertNotEqual(starts[2]["cmd_mac"], start["cmd_mac"])
        end = of_type(found, "session.end")[0]
        self.assertEqual((end["reason"], end["exit"], end["calls"], end["denied"], end["lost"]), ("client_eof", 0, 2, 0, 0))
        self.assertEqual((end["client"], end["protocol"]), ({"name": "desk", "version": "1"}, "2025-11-25"))
        for path, (_, _, content) in all_files(os.path.join(self.state, "audit")).items():
            self.assertNotIn(b"hunter2", content or b"", path)
        for record in found:
            # Only the log's own records do not count.
            self.assertEqual("wseq" in record, record["type"] not in ("genesis", "segment.open", "recover"), record)
        load, = of_type(found, "policy.load", w=start["w"])
        self.assertRegex(load["sha256"], r"^[0-9a-f]{64}$")
        self.assertEqual((load["policy"], load["source"]), ("permissive", "builtin"))
        decided = of_type(found, "decision", w=start["w"])
        answered = of_type(found, "outcome", w=start["w"])
        self.assertEqual(sorted(r["of"] for r in answered), [r["wseq"] for r in decided])
        self.assertTrue(re.fullmatch(r'"(\\"|[^"])*"|\d+', decided[0]["id"]), decided[0]["id"])


if __name__ == "__main__":
    unittest.main()
