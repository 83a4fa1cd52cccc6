"""protocol.md, checklist rows 28 to 38, 55, 56 and 76: denied calls, in every spelling, era and company, and batches."""
import json
import unittest

from harness import Late
from session import MARK, MODERN, Session, call, line, result, text_result

HOUSE = """\
version: "1.0"
name: house
description: Nothing is erased
default: allow
rules:
  - name: no-erasing
    description: what is there stays
    tool: "erase*"
    action: deny
  - name: closed-book
    description: this resource stays closed
    condition: "method == 'resources/read' || method == 'resources/subscribe'"
    action: deny
  - name: closed-prompt
    description: this prompt stays closed
    condition: "method == 'prompts/get'"
    action: deny
"""


class Governing(unittest.TestCase):
    def session(self, *options, **more):
        s = Session(*options, **{"policy": HOUSE, **more})
        self.addCleanup(s.__exit__)
        return s

    def denied(self, bytes_, id_, modern=False, rule="no-erasing"):
        """One isError result that names the rule, with the id as it was spelled."""
        self.assertTrue(bytes_.endswith(b"\n") and bytes_.count(b"\n") == 1)
        self.assertIn(b'"id":%s,' % id_, bytes_)
        message = json.loads(bytes_)
        self.assertEqual(set(message), {"jsonrpc", "id", "result"})
        wanted = {"content", "isError", "_meta"} | ({"resultType"} if modern else set())
        self.assertEqual(set(message["result"]), wanted)
        self.assertIs(message["result"]["isError"], True)
        if modern:
            self.assertEqual(message["result"]["resultType"], "complete")
        self.assertEqual([block["type"] for block in message["result"]["content"]], ["text"])
        text = message["result"]["content"][0]["text"]
        self.assertTrue(text.startswith("Blocked by AgentMesh: "), text)
        self.assertIn(rule, text)
        self.assertEqual(message["result"]["_meta"][MARK]["decision"], "deny")
        return text

    def denied_as_error(self, bytes_, id_, rule):
        message = json.loads(bytes_)
        self.assertIn(b'"id":%s,' % id_, bytes_)
        self.assertEqual((set(message), message["error"]["code"]), ({"jsonrpc", "id", "error"}, -31403))
        self.assertTrue(message["error"]["message"].startswith("Blocked by AgentMesh: "), message)
        self.assertIn(rule, message["error"]["message"])
        self.assertIn("house.yaml:", message["error"]["message"])
        self.assertEqual(message["error"]["data"][MARK]["decision"], "deny")

    def test_row_28_a_denied_legacy_call_is_one_result_and_no_byte_at_the_server(self):
        for revision in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
            with self.subTest(revision):
                s = self.session().hello(revision)
                for number, footer_free in enumerate(("erase", "erase_all", "eraser")):
                    s.client(call(number, footer_free, {"what": "x" * 5000}))
                    self.denied(s.at_client(), b"%d" % number)
                self.assertEqual(s.settle(), ([], []))

    def test_row_29_the_same_in_the_modern_era_is_complete(self):
        s = self.session()
        s.client(call(1, "erase", _meta=MODERN))
        self.denied(s.at_client(), b"1", modern=True)
        s.client(b'{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"\\u005fmeta":{"io.modelcontextprotocol\\/protocolVersion":"2026-07-28"},"name":"erase"}}\n')
        self.denied(s.at_client(), b"2", modern=True)
        self.assertEqual(s.settle(), ([], []))

    def test_row_30_each_denial_in_the_era_of_its_call(self):
        s = self.session().hello()
        s.client(call(1, "erase"), call(2, "erase", _meta=MODERN), call(3, "erase", _meta={"progressToken": 0}), call(4, "erase", _meta=MODERN))
        for number in (1, 2, 3, 4):
            self.denied(s.at_client(), b"%d" % number, modern=number % 2 == 0)
        self.assertEqual(s.settle(), ([], []))

    def test_row_31_denied_as_errors(self):
        s = self.session("--deny-as", "error").hello()
        s.client(call(1, "erase"))
        self.denied_as_error(s.at_client(), b"1", "no-erasing")
        s = self.session().hello()
        s.client(line(id=2, method="resources/read", params={"uri": "file:///etc/passwd"}))
        self.denied_as_error(s.at_client(), b"2", "closed-book")
        s.client(line(id="s", method="resources/subscribe", params={"uri": "note://1"}))
        self.denied_as_error(s.at_client(), b'"s"', "closed-book")
        s.client(line(id=3, method="prompts/get", params={"name": "p", "arguments": {"a": "b"}}))
        self.denied_as_error(s.at_client(), b"3", "closed-prompt")
        s.client(call(4, "erase", task={"ttl": 60000}))
        self.denied_as_error(s.at_client(), b"4", "no-erasing")
        s.client(call(5, "erase", task={}))
        self.denied_as_error(s.at_client(), b"5", "no-erasing")
        s.client(call(6, "erase", task={"ttl": 1}, _meta=MODERN))  # no task in the modern era
        self.denied(s.at_client(), b"6", modern=True)
        self.assertEqual(s.settle(), ([], []))

    def test_row_32_a_denied_call_without_an_id_has_no_answer(self):
        s = self.session().hello()
        for id_ in (b'', b'"id":null,', b'"Id":1,', b'"id":1.5,'):
            for method, params in ((b"tools/call", b'{"name":"erase"}'), (b"tools/call", b'{"name":"read"}'), (b"resources/read", b'{"uri":"a:b"}'),
                                   (b"prompts/get", b'{"name":"p"}'), (b"tools/list", b'{}'), (b"tasks/cancel", b'{"taskId":"1"}')):
                s.client(b'{"jsonrpc":"2.0",%s"method":"%s","params":%s}\n' % (id_, method, params))
        self.assertEqual(s.settle(), ([], []))
        read = [r for r in s.over() if r["type"] == "decision"]
        self.assertEqual((len(read), {r["verdict"] for r in read}), (24, {"deny"}))

    def test_row_33_a_denied_call_spelled_with_escapes_is_denied(self):
        s = self.session().hello()
        for number, params in enumerate((b'"n\\u0061me":"erase"', b'"name":"er\\u0061se"', b'"name":"\\u0065\\u0072\\u0061\\u0073\\u0065"',
                                         b'"arguments":{"name":"read"},"name":"erase"', b'"_meta":{"name":"read"},"name":"erase" ')):
            for method in (b"tools/call", b"tools\\/call", b"\\u0074ools/\\u0063all"):
                s.client(b' {"params": {%s} ,"method"\t:"%s","id":%d,"jsonrpc":"2.\\u0030"}\r\n' % (params, method, number))
                self.denied(s.at_client(), b"%d" % number)
        self.assertEqual(s.settle(), ([], []))

    def test_row_34_allow_deny_allow_in_one_write(self):
        s = self.session().hello()
        for number in range(20):
            first, second, third = call(3 * number, "read"), call(3 * number + 1, "erase"), call(3 * number + 2, "write", {"t": "x" * 70000})
            s.client(first + second + third)
            self.denied(s.at_client(), b"%d" % (3 * number + 1))
            self.assertEqual((s.at_server(), s.at_server()), (first, third))
        self.assertEqual(s.settle(), ([], []))

    def test_row_35_a_denied_call_as_an_unterminated_last_line(self):
        for end in (call(2, "erase")[:-1], call(2, "read")[:-1], call(2, "read")[:-1] + b"\r", b"{", b" "):
            with self.subTest(end=end[-10:]):
                s = self.session().hello()
                s.client(call(1, "read") + end)
                self.assertEqual(s.at_server(), call(1, "read"))
                s.close_stdin()
                s.pump(b"", b"", lambda: s.server_at_end)
                self.assertEqual(s.server_buffer, b"")
                s.server(text_result(1))
                self.assertEqual(s.at_client(), text_result(1))
                s.server_leaves()
                self.assertEqual(s.rest(), b"")
                self.assertEqual(s.wait(), 0)

    def test_row_36_half_of_a_call_and_then_nothing(self):
        for half in (call(2, "erase"), call(2, "read"), line(id=2, method="ping", params={"t": "x" * 200_000})):
            for part in (len(half) // 2, len(half) - 1):
                s = self.session().hello()
                s.client(half[:part])
                s.client_bytes_taken()
                for _ in range(3):  # turns of the loop in which it could go wrong
                    s.server(line(method="notifications/message", params={"level": "info", "data": 1}))
                    s.at_client()
                s.pump(b"", b"", lambda: True)
                self.assertEqual((s.server_buffer, s.buffer), (b"", b""))

    def test_row_37_a_denied_retry_with_input_responses(self):
        s = self.session()
        s.client(call(1, "erase", _meta=MODERN, inputResponses={"q": {"action": "accept", "content": {"ok": True}}}, requestState="opaque"))
        self.denied(s.at_client(), b"1", modern=True)
        self.assertEqual(s.settle(), ([], []))

    def test_row_38_a_thousand_denied_calls_in_one_write(self):
        s = self.session().hello()
        s.client(b"".join(call(number, "erase", {"n": number}) for number in range(1000)))
        for number in range(1000):
            self.assertIn(b'"id":%d,' % number, s.at_client())
        self.assertEqual(s.settle(), ([], []))
        s.asked(call("after", "read"))
        s.server(text_result("after"))
        self.assertEqual(s.at_client(), text_result("after"))
        self.assertEqual(len([r for r in s.over() if r["type"] == "decision" and r["verdict"] == "deny"]), 1000)

    def test_a_cancellation_of_a_denied_call_stays_here(self):
        s = self.session().hello()
        for raw in (b"1", b'"1"', b"0"):
            s.client(b'{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"erase"}}\n' % raw)
            self.denied(s.at_client(), raw)
            s.client(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s,"reason":"late"}}\n' % raw)
            self.assertEqual(s.settle(), ([], []))
        # The id is used again for a call that passes: its cancellation passes too.
        again = call(1, "read")
        cancel = line(method="notifications/cancelled", params={"requestId": 1})
        s.asked(again, cancel)

    # Batches

    def test_row_55_an_array_where_there_are_no_batches_is_refused_whole(self):
        mixed = b'[%s,%s,%s,%s,7]\n' % (call(1, "read")[:-1], line(method="notifications/x")[:-1], call(2, "erase")[:-1], line(id=3, result={})[:-1])
        for revision in (None, "2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28"):
            with self.subTest(revision):
                s = self.session()
                if revision and revision < "2026":
                    s.hello(revision)
                elif revision:
                    s.asked(line(id=0, method="server/discover", params={"_meta": MODERN}))
                s.client(mixed)
                at_client, at_server = s.settle()
                self.assertEqual(at_server, [])
                answers = [json.loads(got) for got in at_client]
                self.assertEqual([(a["id"], a["error"]["code"]) for a in answers], [(1, -32600), (2, -32600)])
                s.client(b"[%s,%s,%s]\n" % (call(6, "read")[:-1], call(6, "erase")[:-1], call("6", "erase")[:-1]))
                at_client, at_server = s.settle()
                self.assertEqual(([json.loads(got)["id"] for got in at_client], at_server), (["6"], []))
                for bytes_ in (b"[]\n", b"[1]\n", b'[null]\n', b'[[%s]]\n' % call(5, "read")[:-1], b"[%s]\n" % line(method="notifications/x")[:-1]):
                    s.client(bytes_)
                    self.assertEqual(s.settle(), ([], []), bytes_)
                # Members that two readers could read differently get no answer that could be mistaken.
                s.asked(line(id=9, method="ping"))
                s.client(b'[%s,%s]\n' % (line(id=9, method="ping")[:-1], b'{"jsonrpc":"2.0","id":4,"id":5,"method":"ping"}'))
                self.assertEqual(s.settle(), ([], []))

    def test_row_56_batches_under_2025_03_26(self):
        s = self.session().hello("2025-03-26")
        one, note, two = b' {"jsonrpc":"2.0", "id":1,"method":"tools/call","params":{"name":"read"}}', line(method="notifications/x")[:-1], line(id="2", method="ping")[:-1]
        whole = b"[%s ,\t%s,%s ]\r\n" % (one, note, two)
        s.client(whole)
        self.assertEqual(s.at_server(), whole)
        back = b"[%s, %s]\n" % (line(id="2", result={})[:-1], text_result(1)[:-1])
        s.server(back)
        self.assertEqual(s.at_client(), back)
        # One denied: it is absent, and answered on a line of its own; the others' bytes, in order.
        s.client(b"[ %s ,%s, %s]\n" % (one.strip(), call(5, "erase")[:-1], two))
        self.denied(s.at_client(), b"5")
        self.assertEqual(s.at_server(), b"[%s,%s]\n" % (one.strip(), two))
        s.server(line(id="2", result={}), text_result(1))
        s.settle()
        # All denied: nothing is sent.
        s.client(b"[%s,%s]\n" % (call(6, "erase")[:-1], call(7, "eraser")[:-1]))
        self.denied(s.at_client(), b"6")
        self.denied(s.at_client(), b"7")
        self.assertEqual(s.settle(), ([], []))
        # Not objects only, empty, with initialize, nested, one id twice.
        s.client(b"[%s,1]\n" % call(8, "read")[:-1], b"[]\n", b"[%s]\n" % line(id=9, method="initialize", params={})[:-1])
        at_client, at_server = s.settle()
        self.assertEqual(at_server, [])
        self.assertLessEqual({json.loads(got)["id"] for got in at_client}, {8, 9})
        self.assertTrue(all(json.loads(got)["error"]["code"] == -32600 for got in at_client))
        s.client(b"[%s,%s]\n" % (call(10, "read")[:-1], call(10, "write")[:-1]))
        self.assertEqual(s.settle(), ([], [b"[%s]\n" % call(10, "read")[:-1]]))

    def test_row_56_a_batch_of_answers_is_governed_member_by_member(self):
        s = self.session(footer="meta").hello("2025-03-26")
        s.asked(call(1, "read"), line(id=2, method="ping"), call("3", "read"))
        ping = b'{"jsonrpc":"2.0" ,"id":2, "result":{}}'
        s.server(b"[%s, %s,%s,%s]\n" % (text_result(1)[:-1], ping, text_result("3")[:-1], text_result(44)[:-1]))
        got = s.at_client()
        self.assertIn(ping, got)
        one, two, three = json.loads(got)
        self.assertEqual((one["id"], two["id"], three["id"]), (1, 2, "3"))
        self.assertEqual((one["result"]["_meta"][MARK]["decision"], three["result"]["_meta"][MARK]["decision"]), ("allow", "allow"))
        self.assertEqual(s.settle(), ([], []))

    def test_row_76_shadow_mode_changes_no_byte_and_records_what_would_have_been(self):
        s = self.session("--mode", "shadow").hello()
        calls = [b'{"jsonrpc" : "2.0","id":1,  "method":"tools/call","params":{"name":"er\\u0061se"}}\n', line(id=2, method="resources/read", params={"uri": "a:b"}),
                 line(id=3, method="prompts/get", params={"name": "p"})]
        answers = [text_result(1, "gone"), result(2, contents=[{"uri": "a:b", "text": "x"}]), result(3, messages=[])]
        s.asked(*calls)
        s.server(*answers)
        self.assertEqual([s.at_client() for _ in answers], answers)
        self.assertEqual(s.settle(), ([], []))
        decided = [r for r in s.over() if r["type"] == "decision"]
        self.assertEqual([(r["verdict"], r["rule"], r["mode"]) for r in decided],
                         [("would_deny", rule, "shadow") for rule in ("no-erasing", "closed-book", "closed-prompt")])
        s = self.session("--mode", "shadow", footer="meta").hello()
        s.asked(calls[0])
        s.server(text_result(1, "gone"))
        mark = json.loads(s.at_client())["result"]["_meta"][MARK]
        self.assertEqual((mark["decision"], mark["rule"], mark["mode"]), ("would_deny", "no-erasing", "shadow"))

    def test_a_command_line_that_turns_enforce_into_shadow_is_told_and_recorded(self):
        for policy, words, told, mode in (("mode: enforce\n", ["--mode", "shadow"], True, "shadow"), ("mode: enforce\n", [], False, "enforce"),
                                          ("mode: shadow\n", ["--mode", "enforce"], False, "enforce"), ("", ["--mode", "shadow"], False, "shadow")):
            with self.subTest(policy=policy, words=words):
                s = self.session(*words, policy='version: "1.0"\nname: house\ndefault: allow\n' + policy).hello()
                started = [r for r in s.over() if r["type"] == "session.start"]
                self.assertEqual([r["mode"] for r in started], [mode])
                self.assertEqual(s.errors.count(b"agentmesh: the policy asks for mode enforce; the command line makes it shadow\n"), told)


if __name__ == "__main__":
    unittest.main()
