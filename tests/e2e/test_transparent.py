"""Transparency by comparison: legal traffic of every revision through a policy that allows everything, byte for byte at both ends.

AGENTMESH_TRAFFIC_SEED picks other traffic (a failure names its seed); AGENTMESH_TRAFFIC_LINES how many lines of each side in all.
"""
import json
import os
import unittest

from harness import first_difference
from session import MARK, Session
from test_answering import no_twice, strip
from traffic import LEGACY, Traffic

SEED = os.environ.get("AGENTMESH_TRAFFIC_SEED", "1")
LINES = int(os.environ.get("AGENTMESH_TRAFFIC_LINES", "12000"))
REVISIONS = (*LEGACY, "2026-07-28")


class Transparent(unittest.TestCase):
    def played(self, revision, lines, footer="off"):
        """Plays traffic in bursts; gives what each side said and what arrived at the other."""
        said, heard = {"client": [], "server": []}, {"client": bytearray(), "server": bytearray()}
        with Session(footer=footer) as s:
            waiting, side = [], None
            def deliver():
                if not waiting:
                    return
                text = b"".join(waiting)
                told = {"client": 0, "server": 0}
                told["server" if side == "client" else "client"] = len(waiting)
                s.pump(text if side == "client" else b"", text if side == "server" else b"",
                       lambda: s.client_lines >= told["client"] and s.server_lines >= told["server"])
                at_client, at_server = s.take()
                heard["client"] += at_client
                heard["server"] += at_server
                waiting.clear()
            for speaker, text in Traffic(SEED, revision).steps(lines):
                if speaker != side:
                    deliver()
                side = speaker
                waiting.append(text)
                said[speaker].append(text)
            deliver()
            at_client, at_server = s.settle()
            self.assertEqual((at_client, at_server), ([], []))
        return said, heard

    def test_every_byte_arrives(self):
        total = {"client": 0, "server": 0}
        for revision in REVISIONS:
            with self.subTest(revision=revision, seed=SEED):
                said, heard = self.played(revision, LINES // len(REVISIONS))
                for side, other in (("client", "server"), ("server", "client")):
                    self.assertEqual(first_difference(bytes(heard[other]), b"".join(said[side])), "")
                    total[side] += len(said[side])
        self.assertGreaterEqual(min(total.values()), LINES)

    def test_with_marks_every_result_without_what_was_inserted_is_the_servers(self):
        marked = footed = 0
        for revision in REVISIONS:
            said, heard = self.played(revision, LINES // len(REVISIONS) // 4, footer="both")
            self.assertEqual(first_difference(bytes(heard["server"]), b"".join(said["client"])), "")
            lines = split(bytes(heard["client"]))
            self.assertEqual(len(lines), len(said["server"]))
            for original, got in zip(said["server"], lines):
                if original == got:
                    continue
                with self.subTest(revision=revision, seed=SEED, original=original):
                    message = json.loads(got, object_pairs_hook=no_twice)
                    self.assertIn(MARK, message["result"]["_meta"])
                    marked += 1
                    footed += self.only_insertions(original, got)
        self.assertGreater(marked, 300)
        self.assertGreater(footed, 100)

    def only_insertions(self, original, got):
        """Only the mark was put in, and a block at the end of content or none. Gives how many blocks."""
        blocks = 0
        before, after = json.loads(original)["result"], json.loads(got)["result"]
        if before.get("content") != after.get("content"):
            self.assertEqual(after["content"][:-1], before["content"])
            self.assertIn("AgentMesh", after["content"][-1]["text"])
            blocks = 1
        self.assertIn(original, strip(got, blocks))
        return blocks


def split(data):
    lines = data.split(b"\n")
    return [text + b"\n" for text in lines[:-1]]


if __name__ == "__main__":
    unittest.main()
