"""Published collections through the product, end to end: JSONTestSuite as raw lines and as arguments, naughty strings both ways.

What must be refused never reaches the server, what must be accepted arrives byte for byte, and what is left to the reader is either
refused or arrives unchanged. Sources and licences: tests/data/json/NOTICE, tests/data/blns/NOTICE.
"""
import glob
import json
import os
import unittest

from harness import HERE
from session import Session

DATA = os.path.join(HERE, "..", "data")


def suite():
    """(name, label, bytes) of every file; the first letter of a name in test_parsing says what must become of it."""
    labels = {"y": "accept", "n": "reject", "i": "either"}
    for path in sorted(glob.glob(os.path.join(DATA, "json", "test_*", "*.json"))):
        name = os.path.basename(path)
        with open(path, "rb") as file:
            yield name, labels[name[0]] if "test_parsing" in path else "either", file.read()


def repeats_a_key(text):
    """A key twice is legal JSON, and refused by rule R1."""
    found = []
    json.loads(text, object_pairs_hook=lambda pairs: found.append(len(pairs) != len(dict(pairs))))
    return any(found)


def naughty():
    with open(os.path.join(DATA, "blns", "blns.jsonl")) as file:
        return [json.loads(text)["text"] for text in file]


def escaped(text):
    units = text.encode("utf-16-be")
    return '"' + "".join("\\u%02x%02x" % (units[i], units[i + 1]) for i in range(0, len(units), 2)) + '"'


class Collections(unittest.TestCase):
    def test_no_file_of_the_suite_is_a_message_by_itself(self):
        with Session() as s:
            for name, _, content in suite():
                with self.subTest(name):
                    s.client(content + b"\n")
                    at_client, at_server = s.settle()
                    self.assertEqual(at_server, [])
                    self.assertTrue(all("error" in json.loads(got) for got in at_client))  # where there was a legal id
                    s.server(content + b"\n")
                    self.assertEqual(s.settle(), ([], []))

    def test_as_an_argument_every_file_meets_its_label(self):
        counts = {"accept": 0, "reject": 0, "either": 0}
        with Session() as s:
            for number, (name, label, content) in enumerate(suite()):
                with self.subTest(name):
                    counts[label] += 1
                    sent = b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"t","arguments":{"value":%s}}}\n' % (number, content.rstrip(b"\n") if label == "accept" else content)
                    s.client(sent)
                    at_server = s.settle()[1]
                    self.assertIn(at_server, ([], [sent]))
                    if label == "reject":
                        self.assertEqual(at_server, [])
                    if label == "accept" and b"\n" not in sent[:-1] and not repeats_a_key(content):
                        self.assertEqual(at_server, [sent])
        self.assertGreater(counts["accept"], 30)
        self.assertGreater(counts["reject"], 80)

    def test_naughty_strings_arrive_both_ways_raw_and_escaped(self):
        strings = naughty()
        self.assertGreater(len(strings), 200)
        for policy in (None, "permissive"):
            with Session(**({"policy": policy} if policy else {})) as s:
                for number, text in enumerate(strings):
                    for spelled in (json.dumps(text, ensure_ascii=False), json.dumps(text), escaped(text)):
                        with self.subTest(policy=policy, text=text):
                            word = spelled.encode("utf-8", "surrogatepass")
                            ask = b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"search_text","arguments":{"text":%s}}}\n' % (number, word)
                            say = b'{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":%s}]}}\n' % (number, word)
                            s.client(ask)
                            self.assertEqual(s.at_server(), ask)
                            s.server(say)
                            self.assertEqual(s.at_client(), say)
                self.assertEqual(s.settle(), ([], []))


if __name__ == "__main__":
    unittest.main()
