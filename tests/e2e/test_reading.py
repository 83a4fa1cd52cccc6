"""protocol.md, checklist rows 1 to 21: what a client's line may be, at the product between two ends of the test.

Every row says which of its lines pass and which are refused; then session.py's settle() tells what reached either end, to the byte.
"""
import json
import unittest

from session import Session, line

NESTED_CALL = b'{"jsonrpc":"2.0","id":901,"method":"tools/call","params":{"name":"erase","arguments":{}}}'


def wrapped(value):
    """A tools/call whose argument is the JSON text `value`, and the id to expect."""
    return b'{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"t","arguments":{"v":%s}}}\n' % value


class Reading(unittest.TestCase):
    def setUp(self):
        self.s = Session()
        self.addCleanup(self.s.__exit__)
        self.s.hello()

    def exact(self, *lines):
        """Each line reaches the server as it is; what is a request is answered, so that its id is free again."""
        for bytes_ in lines:
            with self.subTest(line=bytes_[:200]):
                self.s.client(bytes_)
                self.assertEqual(self.s.at_server(), bytes_)
                message = json.loads(bytes_)
                if "id" in message and "method" in message:
                    raw = json.dumps(message["id"]).encode()
                    answer = b'{"jsonrpc":"2.0","id":%s,"result":{"content":[]}}\n' % raw
                    self.s.server(answer)
                    self.assertEqual(self.s.at_client(), answer)
        self.assertEqual(self.s.settle(), ([], []))

    def refused(self, bytes_, id_=None, codes=(-32600, -32602), rule=None):
        """The server gets nothing. With `id_` (raw JSON): one error with it; else silence."""
        with self.subTest(line=bytes_[:200]):
            self.s.client(bytes_)
            at_client, at_server = self.s.settle()
            self.assertEqual(at_server, [])
            if id_ is None:
                self.assertEqual(at_client, [])
                return
            self.assertEqual(len(at_client), 1, at_client)
            self.assertIn(b'"id":%s,' % id_, at_client[0])
            error = json.loads(at_client[0])["error"]
            self.assertIn(error["code"], codes)
            self.assertTrue(error["message"].startswith("Refused by AgentMesh: "), error)
            if rule:
                self.assertIn(rule, error["message"])

    # What passes

    def test_row_01_ungoverned_lines_pass_to_the_byte(self):
        self.exact(
            b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
            b' \t{ "method" :"vendor/do\\u002Fit" ,"params": { "b":1.10,"a":12345678901234567890 } , "id" : 2, "jsonrpc":"2.0"}  \r\n',
            b'{"params":[],"id":"x\\u0041\\/","jsonrpc":"2.0","method":"completion/complete"}\n',
            b'{"jsonrpc":"2.0","id":3,"method":"logging/setLevel","params":{"level":"info","n":-0.0,"m":-0,"e":1e400,"f":1E-7}}\r\n',
            b'{"jsonrpc":"2.0","method":"notifications/x","params":{"__proto__":{},"":"","Name":1,"name":2,"constructor":[]}}\n',
            b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":0,"progress":1.10,"total":2e0}}\n',
            b'{"jsonrpc":"2.0","id":4,"method":"vendor/Name","params":{"Name":"a","NAME":"b","Method":1},"extra":{"Id":2},"x":[1 , 2]}\n',
            b'{"j\\u0073onrpc":"2\\u002e0","\\u0069d":5,"\\u006dethod":"ping"}\n',
            b'{"jsonrpc":"2.0","id":6,"method":"ping","params":{"e":"\\ud83d\\ude00 \\u0000 \\u001f \\" \\\\ \\/ \\b\\f\\n\\r\\t"}}\n')

    def test_row_03_separators_that_are_no_line_ends(self):
        for separator in ("\u2028", "\u2029", "\u0085", "\x0b".encode("unicode_escape").decode(), "\x7f", "\ufffe", "\U0010ffff"):
            text = separator if not separator.startswith("\\x") else "\\u000b"
            self.exact(('{"jsonrpc":"2.0","id":1,"method":"ping","params":{"t":"a%sb"}}\n' % text).encode())
            at_server = ('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"a%sb"}}\n' % text).encode()
            self.s.server(at_server)
            self.assertEqual(self.s.at_client(), at_server)

    def test_row_04_a_message_in_pieces_is_one_message(self):
        bytes_ = '{"jsonrpc":"2.0","method":"notifications/x","params":{"t":"äß€\U0001f600\u2028"}}\r\n'.encode()
        for size in (1, 2, 3, 7):
            for at in range(0, len(bytes_), size):
                self.s.client(bytes_[at:at + size])
                self.s.client_bytes_taken()
            self.assertEqual(self.s.at_server(), bytes_)
            for at in range(0, len(bytes_), size):
                self.s.server(bytes_[at:at + size])
            self.assertEqual(self.s.at_client(), bytes_)
        self.assertEqual(self.s.settle(), ([], []))

    def test_row_05_two_thousand_messages_each_way_at_once_in_order(self):
        up = [b'{"jsonrpc":"2.0", "method":"notifications/up%d","params":{"n":%d.50}}%s\n' % (n, n, b"\r" * (n % 2)) for n in range(2000)]
        down = [b'{"params":{"data":"%s"},"method":"notifications/message" ,"jsonrpc":"2.0"}\n' % (b"d" * (n % 300)) for n in range(2000)]
        self.s.pump(b"".join(up), b"".join(down),
                    lambda: self.s.client_lines == 2000 and self.s.server_lines == 2000)
        self.assertEqual(self.s.server_buffer, b"".join(up))
        self.assertEqual(self.s.buffer, b"".join(down))

    def test_row_06_an_allowed_call_spelled_with_escapes(self):
        self.exact(b'{"jsonrpc":"2.0","id":1,"method":"tools\\/call","params":{"n\\u0061me":"\\u0072ead","arguments":{"p":"\\u00e9"}}}\n',
                   b'{"id":"\\u0031","\\u006dethod":"\\u0074ools/c\\u0061ll","jsonrpc":"2.0","\\u0070arams":{"name":"re\\u0061d"}}\r\n',
                   b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"r","arguments":null,"vendor":{"Name":1},"other":[]}}\n')

    def test_row_12_ids_of_every_legal_kind_come_back_as_they_were_spelled(self):
        ids = [b"0", b"-5", b"9007199254740993", b"123456789012345678901234567890", b'""', b'"1"', b"1", b'"\\u0031\\/"', b'"' + b"x" * 4096 + b'"',
               '"ключ \U0001f511"'.encode(), b'"a\\"b\\\\"']
        with Session(policy='version: "1.0"\nname: no\ndescription: d\ndefault: deny\n') as closed:
            for raw in ids:
                with self.subTest(id=raw[:40]):
                    ask = b'{"jsonrpc":"2.0","id":%s,"method":"ping"}\n' % raw
                    self.s.asked(ask)
                    say = b'{"jsonrpc":"2.0","id":%s,"result":{}}\n' % raw
                    self.s.server(say)
                    self.assertEqual(self.s.at_client(), say)
                    closed.client(b'{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"t"}}\n' % raw)
                    denied = closed.at_client()
                    self.assertIn(b'"id":%s,' % raw, denied)
                    self.assertTrue(json.loads(denied)["result"]["isError"])
                    closed.client(b'{"jsonrpc":"2.0","id":%s,"method":"resources/read","params":{"uri":"file:///x"}}\n' % raw)
                    self.assertIn(b'"id":%s,"error":{"code":-31403' % raw, closed.at_client())
            self.assertEqual(closed.settle(), ([], []))

    # R1, R2: one key, one reading

    def test_row_07_a_governed_key_twice(self):
        twice = [
            b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","name":"b"}}\n',
            b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","n\\u0061me":"a"}}\n',
            b'{"jsonrpc":"2.0","id":7,"method":"ping","method":"tools/call","params":{"name":"a"}}\n',
            b'{"jsonrpc":"2.0","id":7,"method":"ping","m\\u0065thod":"ping"}\n',
            b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a"},"params":{"name":"b"}}\n',
            b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":{},"arguments":{"x":1}}}\n',
            b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","_meta":{},"\\u005fmeta":{}}}\n',
            b'{"jsonrpc":"2.0","jsonrpc":"2.0","id":7,"method":"ping"}\n',
            b'{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"a:b","\\u0075ri":"a:c"}}\n',
            b'{"jsonrpc":"2.0","id":7,"method":"vendor/x","params":{"a":1,"a":1}}\n',
        ]
        for bytes_ in twice:
            self.refused(bytes_, b"7", rule="read.R1")
        for bytes_ in (b'{"jsonrpc":"2.0","id":7,"id":8,"method":"ping"}\n', b'{"jsonrpc":"2.0","id":7,"method":"ping","\\u0069d":7}\n',
                       b'{"jsonrpc":"2.0","method":"notifications/x","params":{"a":1,"a":2}}\n'):
            self.refused(bytes_)

    def test_row_08_a_key_twice_deep_inside_arguments(self):
        for value in (b'{"a":1,"a":1}', b'[{"k":[{"x":{"y":1,"\\u0079":2}}]}]', b'{"path":"/a","p\\u0061th":"/b"}', b'{"":1,"":2}',
                      b'{"\\ud83d\\ude00":1,"\xf0\x9f\x98\x80":2}', b'[' * 60 + b'{"a":1,"a":2}' + b']' * 60):
            self.refused(wrapped(value), b"77", rule="read.R1")
        self.exact(wrapped(b'{"a":1,"A":1,"a ":1,"\\u0000a":1,"constructor":{"a":1}}'))

    def test_row_09_keys_that_fold_to_governed_ones(self):
        for key in ("Method", "METHOD", "meThod", "method\\u0000", "method ", "\\u200bmethod", "\ufeffmethod", "mеthod"):
            self.refused(('{"jsonrpc":"2.0","id":9,"method":"ping","%s":"tools/call","params":{"name":"a"}}\n' % key).encode(), b"9")
            self.refused(('{"jsonrpc":"2.0","id":9,"%s":"tools/call","params":{"name":"a"}}\n' % key).encode(), b"9")
        for key in ("PARAMS", "Params", "param\u017f", "params\\u0000", "p\u0430rams"):
            self.refused(('{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"a"},"%s":{"name":"b"}}\n' % key).encode(), b"9")
            self.refused(('{"jsonrpc":"2.0","id":9,"method":"tools/call","%s":{"name":"b"}}\n' % key).encode(), b"9")
        for key in ("Name", "NAME", "name\\u0000", "\\u0000name", "na\\u200bme", "name\\t", " name", "Arguments", "argument\u017f", "_META",
                    "ta\u017fk", "tas\u212a", "tasK", "Cursor", "inputresponses", "request\u017ftate", "RequestState"):
            for beside in ('"name":"a",', ''):
                self.refused(('{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{%s"%s":"b"}}\n' % (beside, key)).encode(), b"9")
        for key in ("Uri", "URI", "ur\u0131"):
            self.refused(('{"jsonrpc":"2.0","id":9,"method":"resources/read","params":{"uri":"a:b","%s":"a:c"}}\n' % key).encode(), b"9")
        # An id in disguise is no id: nothing to answer with.
        self.refused(b'{"jsonrpc":"2.0","Id":9,"method":"ping"}\n')
        # What is nobody's business.
        self.exact(b'{"jsonrpc":"2.0","id":9,"method":"vendor/x","params":{"Name":"a","name":"b","URI":1}}\n',
                   b'{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"a","names":1,"arguments":{"Name":1,"name":2}}}\n')

    def test_keys_of_arguments_that_differ_by_case_and_numbers_beyond_a_double_go_on_as_they_are(self):
        self.exact(wrapped(b'{"path":"/a","Path":"/b","PATH":"/c"}'), wrapped(b'[1e400,-1e400,1e-400,9007199254740993,1E2,1.10,-0]'))

    def test_row_10_jsonrpc_is_exactly_2_0(self):
        for version in (b'', b'"jsonrpc":"1.0",', b'"jsonrpc":2.0,', b'"jsonrpc":null,', b'"jsonrpc":"2.00",', b'"jsonrpc":" 2.0",',
                        b'"jsonrpc":["2.0"],', b'"jsonrpc":2,', b'"JSONRPC":"2.0",'):
            self.refused(b'{%s"id":10,"method":"ping"}\n' % version, b"10")
            self.refused(b'{%s"method":"notifications/x"}\n' % version)

    def test_row_11_what_is_no_id(self):
        for raw in (b"null", b"true", b"false", b"{}", b"[]", b"[1]", b"1.5", b"1.0", b"1e0", b"1E2", b"-0", b"0.0", b"-0.0", b"1e-0"):
            for rest in (b'"method":"ping"', b'"method":"tools/call","params":{"name":"a"}', b'"result":{}'):
                self.refused(b'{"jsonrpc":"2.0","id":%s,%s}\n' % (raw, rest))
        self.refused(b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}\n')

    def test_row_13_governed_params_of_another_shape(self):
        for params in (b'', b',"params":null', b',"params":[]', b',"params":["a",{}]', b',"params":"a"', b',"params":7', b',"params":{}',
                       b',"params":{"name":1}', b',"params":{"name":null}', b',"params":{"name":["a"]}', b',"params":{"name":"a","arguments":"{}"}',
                       b',"params":{"name":"a","arguments":[]}', b',"params":{"name":"a","arguments":[{}]}',
                       b',"params":{"name":"a","arguments":true}', b',"params":{"name":"a","arguments":0}'):
            self.refused(b'{"jsonrpc":"2.0","id":13,"method":"tools/call"%s}\n' % params, b"13", codes=(-32602,), rule="read.R7")
        for params in (b'', b',"params":null', b',"params":[]', b',"params":{"uri":1}', b',"params":{"uri":{}}', b',"params":{"name":"x"}'):
            for method in (b"resources/read", b"resources/subscribe", b"resources/unsubscribe"):
                self.refused(b'{"jsonrpc":"2.0","id":13,"method":"%s"%s}\n' % (method, params), b"13", codes=(-32602,))
        for params in (b'', b',"params":{"name":1}', b',"params":{"name":"a","arguments":[]}'):
            self.refused(b'{"jsonrpc":"2.0","id":13,"method":"prompts/get"%s}\n' % params, b"13", codes=(-32602,))

    # R8 to R12: JSON, on one line

    def test_row_14_what_is_not_json(self):
        for value in (b"NaN", b"Infinity", b"-Infinity", b"nan", b"07", b"-07", b"+1", b".5", b"5.", b"0x10", b"1e", b"1e+", b"--1", b"- 1", b"1_000",
                      b"True", b"None", b"undefined", b"'x'", b'"a\tb"', b'"a\x00b"', b'"a\x1fb"', b'"\\x41"', b'"\\u12g4"', b'"\\u{41}"', b'"\\', b'"a\\\'b"',
                      b'"\\U0041"', b"[1,]", b"[,1]", b'{"a":1,}', b"{a:1}", b'{"a" 1}', b'{"a":1 "b":2}', b"1/*c*/", b"1//c", b"1#", b"[1 2]", b'{"a"}', b"]", b""):
            self.refused(wrapped(value))
        for bytes_ in (b'{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":2,"method":"ping"}\n',
                       b'{"jsonrpc":"2.0","id":1,"method":"ping"} {}\n', b'{"jsonrpc":"2.0","id":1,"method":"ping"} x\n',
                       b'{"jsonrpc":"2.0","id":1,"method":"ping"}]\n', b'/**/{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
                       b'{"jsonrpc":"2.0","id":1,"method":"ping"};\n', b'\x00{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
                       b'{"jsonrpc":"2.0","id":1,"method":"ping"}\x00\n', b'{"jsonrpc":"2.0","id":1,"method":"ping"\n', b'\x1e{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
                       b'Content-Length: 40\n', b'\xa0{"jsonrpc":"2.0","id":1,"method":"ping"}\n', b'\x0c{"jsonrpc":"2.0","id":1,"method":"ping"}\n'):
            self.refused(bytes_)

    def test_row_15_a_carriage_return_is_only_a_line_end(self):
        for bytes_ in (b'{"jsonrpc":"2.0",\r"id":1,"method":"ping"}\n', b'{"jsonrpc":"2.0","id":1,"method":"ping"}\r\r\n', b'\r{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
                       b'{"jsonrpc":"2.0","method":"notifications/x","params":\r' + NESTED_CALL + b'\r}\n',
                       b'{"jsonrpc":"2.0","method":"notifications/x","params":{"t":"\r' + NESTED_CALL.replace(b'"', b'\\"') + b'\r"}}\n',
                       b'{"jsonrpc":"2.0","method":"ping","id":1}\r ' + NESTED_CALL + b'\n'):
            self.refused(bytes_)

    def test_row_16_what_is_not_utf8_or_marked_with_a_bom(self):
        good = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"t":"%s"}}\n'
        for bad in (b"\xff", b"\xfe", b"\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xed\xa0\x80", b"\xed\xbf\xbf",
                    b"\xed\xa0\xbd\xed\xb8\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xe2\x28\xa1"):
            self.refused(good % bad)
            self.refused(b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"%s":1}}\n' % bad)
            self.refused(b'{"jsonrpc":"2.0","id":1,"method":"%s"}\n' % bad)
        text = (good % b"x")
        self.refused(b"\xef\xbb\xbf" + text)
        self.refused(b" \xef\xbb\xbf" + text)
        self.refused(text[:-1] + b"\xef\xbb\xbf\n")
        for utf16 in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le"):
            self.s.client(text.decode().encode(utf16) + b"\n")
        self.assertEqual(self.s.settle(), ([], []))
        self.exact(good % "\ufeff inside a string it is a character".encode())

    def test_row_17_nesting(self):
        def nested(depth, open_=b"[", close=b"]"):
            return wrapped(open_ * depth + close * depth)
        self.exact(nested(60), nested(60, b'{"a":', b"}").replace(b'{"a":}', b'{"a":1}'))
        self.exact(nested(125))  # with the three around it: the last that passes
        for depth in (126, 5_000, 200_000):
            self.refused(nested(depth), b"77" if depth == 126 else None) if depth == 126 else self.deep(nested(depth))
        self.exact(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')

    def deep(self, bytes_):
        """Too deep: nothing on; an error with the id where it could still be read."""
        self.s.client(bytes_)
        at_client, at_server = self.s.settle()
        self.assertEqual(at_server, [])
        for got in at_client:
            self.assertEqual((json.loads(got)["id"], "error" in json.loads(got)), (77, True))
        self.assertLessEqual(len(at_client), 1)

    def test_row_18_half_a_surrogate_pair(self):
        for value in (b'"\\ud83d"', b'"\\ude00"', b'"\\ud83d\\ud83d"', b'"\\ude00\\ud83d"', b'"\\uD83Dx"', b'"\\ud83d\\u0041"', b'{"\\udfff":1}'):
            self.refused(wrapped(value), b"77", rule="read.R13")
        self.refused(b'{"jsonrpc":"2.0","id":18,"method":"vendor/\\ud800"}\n', b"18")
        self.refused(b'{"jsonrpc":"2.0","id":18,"method":"tools/call","params":{"name":"\\udc00"}}\n', b"18")
        self.refused(b'{"jsonrpc":"2.0","id":18,"\\ud800":1,"method":"ping"}\n', b"18")
        self.exact(wrapped(b'"\\ud83d\\ude00"'), wrapped(b'"\\\\ud83d"'))

    def test_row_19_documents_that_are_no_message(self):
        for bytes_ in (b"null\n", b"1\n", b"true\n", b'"text"\n', b"[]\n", b"{}\n", b"[1,2]\n", b"[[]]\n", b'{\n', b'  "jsonrpc": "2.0",\n',
                       b'{\n  "jsonrpc": "2.0",\n  "id": 1,\n  "method": "ping"\n}\n', b"1 2\n", b"-\n"):
            self.refused(bytes_)
        for blank in (b"\n", b"\r\n", b"  \t \n", b"\n\n\n"):
            self.refused(blank)
        self.assertEqual([r for r in self.s.over() if r["type"] == "decision" and not r.get("bytes")], [])

    def test_row_20_methods_that_fold_to_governed_ones(self):
        for method in ("Tools/Call", "TOOLS/CALL", "tools/call ", " tools/call", "tools/call\\u0000", "tools/call\\t", "tool\u017f/call", "tools\\/Call",
                       "tools/ca\\u200bll", "tооls/call", "Resources/Read", "resources/read ", "Prompts/get", "tools/List", "tasks/Result", "tas\u212as/result",
                       "sampling/createMessage ", "Subscriptions/listen", "\ufefftools/call"):
            self.refused(('{"jsonrpc":"2.0","id":20,"method":"%s","params":{"name":"a","uri":"a:b","taskId":"t"}}\n' % method).encode(), b"20")
            self.refused(('{"jsonrpc":"2.0","method":"%s","params":{"name":"a"}}\n' % method).encode())
        self.exact(b'{"jsonrpc":"2.0","id":20,"method":"tools/callable","params":{}}\n', b'{"jsonrpc":"2.0","id":20,"method":"x/tools/call","params":{}}\n')

    # R16

    def test_row_21_a_second_request_with_an_outstanding_id(self):
        for raw, again in ((b"21", b"21"), (b'"k"', b'"\\u006b"'), (b"0", b"0")):
            with self.subTest(raw):
                first = b'{"jsonrpc":"2.0","id":%s,"method":"ping"}\n' % raw
                self.s.asked(first)
                for second in (b'"method":"ping"', b'"method":"tools/call","params":{"name":"a"}', b'"method":"tools/call","params":{}', b'"method":"Tools/Call"'):
                    self.refused(b'{"jsonrpc":"2.0","id":%s,%s}\n' % (again, second))
                say = b'{"jsonrpc":"2.0","id":%s,"result":{}}\n' % raw
                self.s.server(say)
                self.assertEqual(self.s.at_client(), say)
                self.exact(first)  # and then it is free
        # What was cancelled still has its id, and who asks anew hears of it: nobody waits for the other's answer.
        self.s.asked(line(id=22, method="ping"), line(method="notifications/cancelled", params={"requestId": 22}))
        self.s.client(line(id=22, method="ping"))
        self.assertEqual(json.loads(self.s.at_client())["error"]["code"], -32600)
        self.s.server(line(id=22, result={}))
        self.assertEqual(self.s.at_client(), line(id=22, result={}))
        self.exact(line(id=22, method="ping"))
        # 1 and "1" are two ids.
        self.s.asked(line(id=1, method="ping"), line(id="1", method="ping"))
        self.s.server(line(id="1", result={}), line(id=1, result={}))
        self.assertEqual(self.s.settle(), ([line(id="1", result={}), line(id=1, result={})], []))


class OneReading(unittest.TestCase):
    """What the refusals leave behind, and that they need no handshake."""

    def test_every_refusal_is_a_record_with_its_rule(self):
        lines = {"read.R1": b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"a":2}}\n', "read.R2": b'{"jsonrpc":"2.0","id":1,"Method":"ping"}\n',
                 "read.R3": b'{"jsonrpc":"2.0","id":1,"method":"Tools/call"}\n', "read.R4": b'{"id":1,"method":"ping"}\n',
                 "read.R5": b'{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}\n', "read.R6": b'{"jsonrpc":"2.0","id":null,"method":"ping"}\n',
                 "read.R7": b'{"jsonrpc":"2.0","id":1,"method":"tools/call"}\n', "read.R8": b"{'a':1}\n", "read.R9": b"{} {}\n",
                 "read.R10": b'{"jsonrpc":"2.0",\r"id":1,"method":"ping"}\n', "read.R11": b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
                 "read.R12": b'{"jsonrpc":"2.0","id":1,"method":"\xff"}\n', "read.R13": b'{"jsonrpc":"2.0","id":1,"method":"ping","params":["\\ud800"]}\n',
                 "read.R14": wrapped(b"[" * 130 + b"]" * 130), "read.R15": b"[1]\n", "read.R16": line(id="held", method="ping")}
        with Session() as s:
            s.asked(line(id="held", method="ping"))
            s.client(*lines.values())
            at_client, at_server = s.settle()
            self.assertEqual(at_server, [])
            read = [r for r in s.over() if r["type"] == "decision" and r.get("stage") == "read"]
        self.assertEqual([r["rule"] for r in read], list(lines))
        self.assertEqual([r["bytes"] for r in read], [len(bytes_) for bytes_ in lines.values()])
        self.assertEqual({r["verdict"] for r in read}, {"deny"})

    def test_shadow_mode_refuses_unreadable_lines_as_well(self):
        with Session("--mode", "shadow") as s:
            s.client(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}\n', wrapped(b"NaN"), b"[]\n")
            at_client, at_server = s.settle()
            self.assertEqual(([json.loads(got)["id"] for got in at_client], at_server), ([1], []))


if __name__ == "__main__":
    unittest.main()
