"""Damage to the files of a log that a governed session wrote: done from outside, judged by what the binary says of it."""
import json
import os
import random
import shutil
import tempfile
import unittest

from session import Session, call, text_result
from state import agentmesh

TAMPERED, TORN, UNVERIFIABLE, IO = 1, 2, 3, 4
WORDS = {0: "OK", 1: "TAMPERED", 2: "TORN", 3: "NOT VERIFIABLE", 4: "NOT READ"}
SEED = int(os.environ.get("AGENTMESH_DAMAGE_SEED", "1"))
ROUNDS = int(os.environ.get("AGENTMESH_DAMAGE_ROUNDS", "1"))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        for name in ("one", "two"):
            state = os.path.join(cls.folder, name)
            for part in ("early", "late"):
                with Session(state=state, settings="audit: {payloads: full, segment_bytes: 40000, checkpoint_records: 40}\n") as s:
                    s.hello()
                    for n in range(60):
                        s.asked(call(n + 1, "echo", {"n": n}))
                        s.server(text_result(n + 1, "x" * (n % 50)))
                    s.settle()
                    s.over()
                shutil.copytree(os.path.join(state, "audit", "main"), os.path.join(cls.folder, name + "-" + part))
        cls.good = os.path.join(cls.folder, "one-late")
        cls.keys = os.path.join(cls.folder, "one", "keys", "audit", "main.vkeys")
        cls.segments = ["seg/" + name for name in sorted(os.listdir(os.path.join(cls.good, "seg")))]
        assert len(cls.segments) > 3, cls.segments

    def setUp(self):
        self.random = random.Random("%s %s" % (SEED, self.id()))
        self.log = os.path.join(self.folder, "copy", "main")
        self.fresh()

    def fresh(self):
        shutil.rmtree(os.path.dirname(self.log), True)
        shutil.copytree(self.good, self.log)

    def path(self, name):
        return os.path.join(self.log, name)

    def verify(self, *more):
        words = ("audit", "verify", "--dir", self.log, "--vkey", self.keys, "--blobs", *more)
        state = os.path.join(self.folder, "one")
        told, shown = agentmesh(state, *words, "--json"), agentmesh(state, *words)
        self.assertIn(told.returncode, WORDS, told)
        verdict = json.loads(told.stdout)
        self.assertEqual((verdict["exit"], shown.returncode), (told.returncode, told.returncode))
        self.assertTrue(shown.stdout.startswith(WORDS[told.returncode]), shown.stdout)
        for problem in verdict["problems"]:
            self.assertIn(problem["message"], shown.stdout)
        return verdict

    def tampered(self, verdict, *codes, seq=None):
        self.assertEqual(verdict["exit"], TAMPERED, verdict["problems"])
        first = verdict["problems"][0]
        if codes:
            self.assertIn(first["code"], codes, verdict["problems"])
        if seq is not None:
            self.assertIn(first["seq"], seq, verdict["problems"])

    def lines(self, name):
        return read(self.path(name)).splitlines(keepends=True)

    def test_the_log_itself_is_whole(self):
        self.assertEqual(self.verify("--strict")["exit"], 0)

    def test_a_line_that_is_changed_in_any_way_is_named(self):
        def values(line):
            record = json.loads(line)
            key = self.random.choice([k for k in record if k not in ("seq", "v", "prev", "type")])
            record[key] = record[key] + 1 if isinstance(record[key], int) else "other"
            return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

        def form(line):
            return json.dumps(json.loads(line), sort_keys=True).encode() + b"\n"

        def order(line):
            return json.dumps(dict(reversed(json.loads(line).items())), separators=(",", ":")).encode() + b"\n"

        ways = (values, form, order, lambda l: l[:-1] + b"\r\n", lambda l: l[:-1] + b"\0\n", lambda l: l[:-1] + b" \n", lambda l: b" " + l,
                lambda l: b"\xef\xbb\xbf" + l, lambda l: l[:-1], lambda l: l + l, lambda l: b"", lambda l: b"\n" + l, lambda l: l + b"\n",
                lambda l: l[:len(l) // 2] + b"\n" + l[len(l) // 2:], lambda l: l.replace(b'"v":1', b'"v":1.0'), lambda l: l.replace(b'"v":1', b'"v":2'),
                lambda l: l.replace(b'"type":"', b'"type":"\\u0061'), lambda l: l.replace(b',"v":1', b',"v":1,"v":1'),
                lambda l: l[:-2] + b',"z":"' + b"z" * 66000 + b'"}\n', lambda l: b"x" * 3_000_000 + b"\n",
                lambda l: l[:-2] + b',"z":' + b"[" * 20 + b"]" * 20 + b"}\n", lambda l: l[:-2] + b',"z":null}\n', lambda l: l[:-2] + b',"z":1}\n')
        for _ in range(ROUNDS):
            for number, way in enumerate(ways):
                name = self.random.choice(self.segments)
                lines = self.lines(name)
                at = self.random.randrange(len(lines) - 2)
                seq = json.loads(lines[at])["seq"]
                lines[at] = way(lines[at])
                write(self.path(name), b"".join(lines))
                with self.subTest(way=number, seq=seq):
                    self.tampered(self.verify(), seq=(seq, seq + 1))
                self.fresh()

    def test_lines_that_are_moved_are_named(self):
        for _ in range(4 * ROUNDS):
            name, other = self.random.sample(self.segments, 2)
            lines, others = self.lines(name), self.lines(other)
            at = self.random.randrange(1, len(lines) - 2)
            seq = json.loads(lines[at])["seq"]
            for way in range(4):
                new = list(lines)
                if way == 0:
                    new[at], new[at + 1] = new[at + 1], new[at]
                elif way == 1:
                    new[at] = self.random.choice(others)
                elif way == 2:
                    del new[at:at + 3]
                else:
                    new[at:at] = lines[at - 1:at]
                write(self.path(name), b"".join(new))
                with self.subTest(way=way, seq=seq):
                    self.tampered(self.verify(), seq=(seq, seq + 1))
                self.fresh()

    def test_every_flipped_byte_and_every_cut_of_any_file_is_found_or_does_not_matter(self):
        for _ in range(ROUNDS):
            for folder, _, names in os.walk(self.good):
                for name in names:
                    path = os.path.relpath(os.path.join(folder, name), self.good)
                    data = read(os.path.join(self.good, path))
                    if not data:
                        continue
                    at = self.random.randrange(len(data))
                    flipped = data[:at] + bytes([data[at] ^ (1 << self.random.randrange(8))]) + data[at + 1:]
                    for what, new in (("flip", flipped), ("cut", data[:at]), ("empty", b""), ("more", data + b"x"), ("nul", data + b"\0")):
                        write(self.path(path), new)
                        with self.subTest(path=path, at=at, what=what):
                            verdict = self.verify()
                            if path == "state" or path.startswith(("tile/", "recovered/")):
                                self.assertEqual(verdict["exit"], 0, verdict["problems"])  # derived
                            elif path.startswith("blob/") and what in ("more", "nul"):
                                self.assertEqual(verdict["exit"], 0, verdict["problems"])  # no record refers to that
                            elif (what, path) in (("more", self.segments[-1]), ("nul", self.segments[-1]), ("nul", "checkpoints")):
                                self.assertEqual(verdict["exit"], TORN, verdict["problems"])
                            else:
                                self.assertIn(verdict["exit"], (TAMPERED, TORN), verdict["problems"])
                                if verdict["exit"] == TORN:
                                    self.assertEqual((path, what), ("checkpoints", "cut"), verdict["problems"])
                        self.fresh()

    def test_the_last_two_records_cut_at_any_byte(self):
        data = read(self.path(self.segments[-1]))
        lines = data.splitlines(keepends=True)
        start = len(data) - sum(map(len, lines[-2:]))
        step = max(1, (len(data) - start) // (60 * ROUNDS))
        for end in range(start, len(data), step):
            write(self.path(self.segments[-1]), data[:end])
            with self.subTest(end=end):
                verdict = self.verify()  # they were signed
                self.tampered(verdict, "log.truncated", "record.form")
                self.assertIn("log.truncated", [problem["code"] for problem in verdict["problems"]])
        # The same of records that nobody signed yet: an end that was never whole is torn, a whole one fine.
        newest = read(self.path("checkpoint")).splitlines()[1]
        notes = read(self.path("checkpoints"))
        older = notes[:notes.rindex(self.origin() + b"\n" + newest)]
        write(self.path("checkpoints"), older)
        write(self.path("checkpoint"), older[older.rindex(b"\n" + self.origin() + b"\n") + 1:] if older.count(self.origin() + b"\n") > 1 else older)
        signed = int(read(self.path("checkpoint")).splitlines()[1])
        at = next(i for i, l in enumerate(lines) if json.loads(l)["seq"] >= signed)
        start = sum(map(len, lines[:max(at, len(lines) - 2)]))
        for end in range(start, len(data), step):
            write(self.path(self.segments[-1]), data[:end])
            with self.subTest(end=end):
                whole = data[:end].endswith(b"\n")
                verdict = self.verify()
                self.assertEqual(verdict["exit"], 0 if whole else TORN, verdict["problems"])
                if not whole:
                    self.assertEqual(verdict["torn"]["offset"], data[:end].rindex(b"\n") + 1)

    def origin(self):
        return read(self.path("checkpoint")).splitlines()[0]

    def test_files_of_another_log_or_another_place_or_time(self):
        other = os.path.join(self.folder, "two-late")
        for name in (*self.segments, "checkpoint", "checkpoints", "blob"):
            for source in (os.path.join(other, name), os.path.join(self.good, self.random.choice(self.segments))):
                if not os.path.exists(source) or (name == "blob") != (os.path.isdir(source)) or source.endswith("main/" + name) or source == os.path.join(self.good, name):
                    continue
                target = self.path(name)
                if os.path.isdir(target):
                    shutil.rmtree(target)
                    shutil.copytree(source, target)
                else:
                    shutil.copyfile(source, target)
                with self.subTest(name=name, source=source):
                    self.tampered(self.verify())
                self.fresh()
        for name in (*self.segments, "checkpoint", "checkpoints", "blob"):
            shutil.rmtree(self.path(name)) if os.path.isdir(self.path(name)) else os.remove(self.path(name))
            with self.subTest(gone=name):
                self.tampered(self.verify())
            self.fresh()

    def test_a_log_that_was_put_back_as_a_whole_is_found_by_an_anchor_alone(self):
        anchor = os.path.join(self.folder, "anchor")
        shutil.copyfile(os.path.join(self.good, "checkpoint"), anchor)
        self.assertEqual(self.verify("--anchor", anchor)["level"], "anchored")
        shutil.rmtree(self.log)
        shutil.copytree(os.path.join(self.folder, "one-early"), self.log)
        self.assertEqual((self.verify()["exit"], self.verify()["level"]), (0, "signed"))
        self.tampered(self.verify("--anchor", anchor), "anchor.ahead")

    def test_a_log_that_was_written_anew_with_another_key(self):
        shutil.rmtree(self.log)
        shutil.copytree(os.path.join(self.folder, "two-late"), self.log)
        self.tampered(self.verify(), "key.mismatch", "checkpoint.form")

    def test_links_and_what_is_no_file(self):
        for name in (self.segments[0], self.segments[-1], "checkpoint", "checkpoints"):
            kept = self.path(name) + ".kept"
            os.rename(self.path(name), kept)
            for make in (lambda p: os.symlink("/dev/zero", p), lambda p: os.symlink(p, p), os.mkfifo, os.mkdir):
                make(self.path(name))
                with self.subTest(name=name):
                    self.assertIn(self.verify()["exit"], (TAMPERED, IO))
                os.rmdir(self.path(name)) if os.path.isdir(self.path(name)) else os.remove(self.path(name))
            os.rename(kept, self.path(name))


if __name__ == "__main__":
    unittest.main()
