"""protocol.md sections 3 and 10 beyond the checklist: what servers ask for, wherever they put it; tasks in both spellings; methods nobody
knows; calls that are never answered."""
import json
import os
import time
import unittest

from session import MARK, MODERN, ORDERS, WITHHELD, Session, call, line, marks_of, result, text_result

CAREFUL = """\
version: "1.0"
name: careful
description: Servers may ask for little
default: allow
rules:
  - name: no-secrets
    stage: request
    description: servers must not ask for secrets
    condition: "findings.exists(f, f.id == 'request.secret')"
    action: deny
  - name: no-bad-pages
    stage: request
    description: no pages that hide where they lead
    condition: "findings.exists(f, f.id.startsWith('url.'))"
    action: deny
  - name: no-sampling
    stage: request
    description: the model is not the server's
    condition: "method == 'sampling/createMessage'"
    action: deny
  - name: no-secret-resources
    description: these stay closed
    condition: "paths.exists(p, p.startsWith('/secret'))"
    action: deny
""" + WITHHELD
SECRETS = [{"password": {"type": "string"}}, {"apiKey": {"type": "string"}}, {"x": {"type": "string", "title": "Your GitHub token"}},
           {"card_number": {"type": "string"}}, {"x": {"type": "string", "format": "password"}}, {"wallet": {"type": "object", "properties": {"seed-phrase": {}}}}]
HARMLESS = [{"city": {"type": "string"}}, {"pageToken": {"type": "string"}}, {"max_tokens": {"type": "integer"}}, {"key": {"type": "string", "title": "Key of the song"}},
            {"pinned": {"type": "boolean"}}, {"secretary": {"type": "string"}}, {"passenger": {"type": "string"}}, {"tokenizer": {"type": "string"}}]


def form(properties, message="Please fill this in", **more):
    return {"message": message, "requestedSchema": {"type": "object", "properties": properties}, **more}


class Asking(unittest.TestCase):
    def session(self, *options, **more):
        s = Session(*options, **{"policy": CAREFUL, **more})
        self.addCleanup(s.__exit__)
        return s

    def refused_by(self, answer, rule, id_):
        """The server was refused: -31403, its own id, the client saw nothing."""
        message = json.loads(answer)
        self.assertEqual((message["id"], message["error"]["code"]), (id_, -31403))
        self.assertIn(rule, message["error"]["message"])

    def exact(self, s, ask, answer):
        s.asked(ask)
        s.server(answer)
        self.assertEqual(s.settle(), ([answer], []))

    def test_a_servers_request_is_judged_before_the_client_sees_it(self):
        s = self.session().hello(capabilities={"elicitation": {}, "sampling": {}})
        for number, properties in enumerate(SECRETS):
            s.server(line(id=number, method="elicitation/create", params=form(properties)))
            at_client, (answer,) = s.settle()
            self.assertEqual(at_client, [])
            self.refused_by(answer, "no-secrets", number)
        for url in ("http://169.254.169.254/latest", "http://0x7f.1/x", "https://good.example@evil.example/", "gopher://x/", "http://localhost:8080/"):
            s.server(line(id="u", method="elicitation/create", params={"mode": "url", "elicitationId": "1", "message": "Open this", "url": url}))
            at_client, (answer,) = s.settle()
            self.assertEqual(at_client, [])
            self.refused_by(answer, "no-bad-pages", "u")
        s.server(line(id="s", method="sampling/createMessage", params={"messages": [], "maxTokens": 5}))
        self.refused_by(s.at_server(), "no-sampling", "s")
        for number, properties in enumerate(HARMLESS):
            ask = line(id=number, method="elicitation/create", params=form(properties))
            s.server(ask)
            self.assertEqual(s.at_client(), ask)
            s.asked(line(id=number, result={"action": "accept", "content": {}}))
        page = line(id="p", method="elicitation/create", params={"mode": "url", "elicitationId": "1", "message": "Open this", "url": "https://example.com/login?x=1"})
        s.server(page)
        self.assertEqual(s.at_client(), page)

    def test_completions_that_a_server_asks_for_are_counted_per_session(self):
        policy = ('version: "1.0"\nname: few\ndefault: allow\nrules:\n'
                  '  - {name: only-three, stage: request, condition: "method == \'sampling/createMessage\' && session.sampled >= 3", action: deny}\n')
        ask = {"method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 5}}
        for mode in ("enforce", "shadow"):
            s = self.session("--mode", mode, policy=policy).hello(capabilities={"sampling": {}})
            for id_ in range(3):
                s.server(line(id=id_, **ask), line(id="e%d" % id_, method="roots/list"))
                self.assertEqual(s.settle(), ([line(id=id_, **ask), line(id="e%d" % id_, method="roots/list")], []))
            s.server(line(id=3, **ask))
            if mode == "shadow":
                self.assertEqual(s.at_client(), line(id=3, **ask))
            else:
                self.refused_by(s.at_server(), "only-three", 3)
            # However it asks: inside an answer of 2026-07-28 too.
            s.asked(call("m", "t", _meta=MODERN))
            s.server(result("m", resultType="input_required", inputRequests={"q": ask}))
            self.assertEqual(b"only-three" in s.at_client(), mode == "enforce")
            sampled = [r["verdict"] for r in s.over() if r["type"] == "decision" and r["method"] == "sampling/createMessage"]
            self.assertEqual(sampled, ["allow"] * 3 + ["deny" if mode == "enforce" else "would_deny"] * 2)

    def test_the_same_inside_an_input_required_result(self):
        s = self.session()
        bad = [{"q": {"method": "elicitation/create", "params": form(SECRETS[0])}}, {"a": {"method": "roots/list"}, "q": {"method": "sampling/createMessage", "params": {"messages": []}}},
               {"q": {"method": "elicitation/create", "params": {"mode": "url", "message": "m", "url": "http://169.254.169.254/"}}}]
        for requests in bad:
            s.asked(call(1, "t", _meta=MODERN))
            s.server(result(1, resultType="input_required", inputRequests=requests, requestState="x"))
            answer = json.loads(s.at_client())
            self.assertEqual((answer["id"], answer["result"]["isError"], answer["result"]["resultType"]), (1, True, "complete"))
            self.assertIn("careful/", answer["result"]["content"][0]["text"])
            for method, params in (("resources/read", {"uri": "note://1"}), ("prompts/get", {"name": "p"}), ("tools/list", {}), ("vendor/x", {}), ("completion/complete", {})):
                s.asked(line(id=2, method=method, params={**params, "_meta": MODERN}))
                s.server(result(2, resultType="input_required", inputRequests=requests))
                self.assertEqual(json.loads(s.at_client())["error"]["code"], -31403, method)
        # Two readings of it are none.
        for requests in (b'{"q":{"method":"roots/list","method":"sampling/createMessage"}}', b'{"q":{"method":"ping","Method":"sampling/createMessage"}}',
                         b'{"q":{"method":"elicitation/create","params":{"message":"m"},"Params":{}}}', b'{"q":{"method":"elicitation/create","params":{"url":"https://a.example","URL":"x"}}}',
                         b'[{"method":"sampling/createMessage","params":{"messages":[]}}]',
                         b'{"q":{"method":"Sampling/CreateMessage","params":{}}}', b'{"q":{"method":"elicitation/create","params":{"message":"a","message":"b"}}}'):
            for ask in (call(3, "t", _meta=MODERN), line(id=3, method="vendor/x", params={"_meta": MODERN})):
                s.asked(ask)
                s.server(b'{"jsonrpc":"2.0","id":3,"result":{"resultType":"input_required","inputRequests":%s}}\n' % requests)
                got, = s.settle()[0]
                self.assertNotIn(b"inputRequests", got)
                self.assertEqual(json.loads(got)["id"], 3)
        for twice in (b'"inputRequests":{},"inputRequests":{"q":{"method":"sampling/createMessage"}}', b'"inputRequests":{},"InputRequests":{}', b'"inputRequests":{},"input\\u0052equests":{"q":{"method":"sampling/createMessage"}}'):
            s.asked(line(id=4, method="vendor/x", params={"_meta": MODERN}))
            s.server(b'{"jsonrpc":"2.0","id":4,"result":{"resultType":"input_required",%s}}\n' % twice)
            self.assertIn("error", json.loads(s.at_client()))
        self.assertEqual(s.settle(), ([], []))

    def test_the_pages_of_error_32042(self):
        s = self.session().hello()
        def error(id_, *pages, **more):
            return line(id=id_, error={"code": -32042, "message": "Sign in first", "data": {"elicitations": [{"mode": "url", "elicitationId": "e", "message": "m", **page} for page in pages], **more}})
        self.exact(s, call(1, "t"), error(1, {"url": "https://example.com/a"}, {"url": "https://example.org/b"}))
        self.exact(s, line(id=2, method="vendor/x"), error(2, {"url": "https://example.com/a"}))
        for ask, id_ in ((call(3, "t"), 3), (line(id="r", method="resources/read", params={"uri": "note://1"}), "r"), (line(id=4, method="vendor/x"), 4), (line(id=5, method="tools/list"), 5)):
            s.asked(ask)
            s.server(error(id_, {"url": "https://example.com/a"}, {"url": "http://169.254.169.254/latest"}))
            answer = json.loads(s.at_client())
            text = answer["result"]["content"][0]["text"] if id_ == 3 else answer["error"]["message"]
            self.assertEqual(answer["id"], id_)
            self.assertIn("no-bad-pages", text)
            self.assertNotIn(b"169.254", json.dumps(answer).encode())
        for data in (b'{"elicitations":[],"elicitations":[{"url":"x"}]}', b'{"elicitations":[{"url":"https://a.example","url":"http://169.254.169.254"}]}',
                     b'{"elicitations":[],"Elicitations":[{"url":"x"}]}', b'{"elicitations":[{"url":"https://a.example","Url":"x"}]}',
                     b'{"Elicitations":[{"url":"x"}]}'):
            for ask in (call(6, "t"), line(id=6, method="vendor/x")):
                s.asked(ask)
                s.server(b'{"jsonrpc":"2.0","id":6,"error":{"code":-32042,"message":"m","data":%s}}\n' % data)
                self.assertEqual(json.loads(s.at_client())["error"]["code"], -32603)
        for ask in (call(6, "t"), line(id=6, method="vendor/x")):
            s.asked(ask)
            s.server(b'{"jsonrpc":"2.0","id":6,"error":{"code":-32042,"message":"m","data":{"elicitations":{"0":{"url":"http://169.254.169.254"}}}}}\n')
            self.assertNotIn(b"169.254", s.at_client())
        # Some readers take these for -32042 as well.
        for code in (b"-32042.0", b"-3.2042e4", b"-32000", b'"-32042"'):
            s.asked(call(8, "t"))
            s.server(b'{"jsonrpc":"2.0","id":8,"error":{"code":%s,"message":"m","data":{"elicitations":[{"mode":"url","url":"http://169.254.169.254/latest"}]}}}\n' % code)
            self.assertNotIn(b"169.254", s.at_client())
        # Other errors keep what they like in their data.
        self.exact(s, call(7, "t"), b'{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"m","data":{"a":1,"a":2,"Elicitations":[]}}}\n')

    def test_no_key_beside_an_answer_keeps_it_from_being_looked_at(self):
        policy = ('version: "1.0"\nname: open\ndefault: allow\nrules:\n'
                  '  - {name: no-keys, stage: result, condition: "data.contains_secret", action: deny}\n')
        key = "AKIAQ3EGR7XLN2VBWKTD"
        with Session(policy=policy) as s:
            for id_, more in enumerate(({"resultType": "complete"}, {"resultType": "task", "taskId": "a"}, {"resultType": "input_required"})):
                s.asked(call(id_, "t", _meta=MODERN))
                s.server(result(id_, structuredContent={"k": key}, **more))
                self.assertNotIn(key.encode(), s.at_client(), more)
            s.asked(line(id=9, method="prompts/get", params={"name": "p", "_meta": MODERN}))
            s.server(result(9, resultType="input_required", description=key))
            self.assertNotIn(key.encode(), s.at_client())

    def test_subscriptions_are_decided_by_what_they_name(self):
        s = self.session()
        def listen(id_, *uris):
            return line(id=id_, method="subscriptions/listen", params={"notifications": {"resourceSubscriptions": list(uris)}, "_meta": MODERN})
        s.asked(listen(1, "file:///srv/a", "note://1"))
        s.client(listen(2, "file:///srv/a", "file:///secret/b"))
        answer = json.loads(s.at_client())
        self.assertEqual((answer["id"], answer["error"]["code"]), (2, -31403))
        self.assertIn("no-secret-resources", answer["error"]["message"])
        for method in ("resources/read", "resources/subscribe"):
            s.client(line(id=3, method=method, params={"uri": "file:///secret/%62"}))
            self.assertIn("no-secret-resources", json.loads(s.at_client())["error"]["message"])
        # The server ends it: the id is free, the record is there.
        ends = line(method="notifications/cancelled", params={"requestId": 1, "reason": "shutting down"})
        s.server(ends)
        self.assertEqual(s.settle(), ([ends], []))
        s.asked(listen(1, "note://2"))
        log = s.over()
        first, = [r for r in log if r["type"] == "decision" and r["verdict"] == "allow" and r["id"] == "1" and r["seq"] < [x for x in log if x["type"] == "outcome"][0]["seq"]]
        self.assertEqual([r["status"] for r in log if r["type"] == "outcome" and r["of"] == first["wseq"]], ["cancelled"])

    def test_a_servers_cancellation_reaches_no_other_request_of_the_client(self):
        s = self.session(footer="meta").hello()
        s.asked(call(1, "t"))
        cancel = line(method="notifications/cancelled", params={"requestId": 1})
        s.server(cancel, text_result(1))
        got = s.settle()[0]
        self.assertEqual(got[0], cancel)
        self.assertEqual(marks_of(json.loads(got[1]))["decision"], "allow")

    def test_tasks_of_the_2026_extension(self):
        s = self.session(footer="both")
        def poll(id_, task="t-1"):
            return line(id=id_, method="tasks/get", params={"taskId": task, "_meta": MODERN})
        self.exact(s, call(1, "slow", _meta=MODERN), result(1, resultType="task", taskId="t-1", status="working", ttlMs=1000))
        self.exact(s, poll(2), result(2, resultType="complete", taskId="t-1", status="working"))
        # What the server asks meanwhile is judged.
        self.exact(s, poll(3), result(3, taskId="t-1", status="input_required", inputRequests={"q": {"method": "elicitation/create", "params": form(HARMLESS[0])}}))
        s.asked(poll(4))
        s.server(result(4, taskId="t-1", status="input_required", inputRequests={"q": {"method": "elicitation/create", "params": form(SECRETS[1])}}))
        self.assertEqual(json.loads(s.at_client())["error"]["code"], -31403)
        update = line(id=5, method="tasks/update", params={"taskId": "t-1", "inputResponses": {"q": {"action": "accept", "content": {"city": "Bonn"}}}, "_meta": MODERN})
        self.exact(s, update, result(5, resultType="complete"))
        # The final result is scanned where it is, and recorded once, however often it is fetched.
        for id_ in (6, 7):
            self.exact(s, poll(id_), b'{"jsonrpc":"2.0","id":%d,"result":{"taskId":"t-1", "status":"completed","result":{"content":[ {"type":"text","text":"d\\u006fne"}],"isError":false}}}\n' % id_)
        self.exact(s, call("2nd", "slow", _meta=MODERN), result("2nd", resultType="task", taskId="t-2", status="working"))
        s.asked(poll(8, "t-2"))
        s.server(result(8, taskId="t-2", status="completed", result={"content": [{"type": "text", "text": ORDERS}]}))
        answer = json.loads(s.at_client())
        self.assertEqual(answer["error"]["code"], -31403)
        self.assertNotIn("ssh", json.dumps(answer))
        self.exact(s, call("3rd", "slow", _meta=MODERN), result("3rd", resultType="task", taskId="t-3", status="working"))
        self.exact(s, poll(9, "t-3"), result(9, taskId="t-3", status="failed", error={"code": -32000, "message": "broken"}))
        log = s.over()
        calls = [r["wseq"] for r in log if r["type"] == "decision" and r["method"] == "tools/call"]
        self.assertEqual([[r["status"] for r in log if r["type"] == "outcome" and r["of"] == wseq] for wseq in calls], [["ok"], ["withheld"], ["rpc_error"]])

    def test_tasks_of_an_earlier_process_have_a_decision_and_an_outcome(self):
        for ask, answer, status in (
                (line(id=1, method="tasks/result", params={"taskId": "old"}), text_result(1, "late"), "ok"),
                (line(id=1, method="tasks/result", params={"taskId": "old"}), line(id=1, error={"code": -32602, "message": "no such task"}), "rpc_error"),
                (line(id=1, method="tasks/get", params={"taskId": "old", "_meta": MODERN}), result(1, taskId="old", status="completed", result={"content": []}), "ok"),
                (line(id=1, method="tasks/get", params={"taskId": "old", "_meta": MODERN}), line(id=1, error={"code": -32602, "message": "no such task"}), "rpc_error")):
            with self.subTest(ask=ask):
                s = self.session().hello()
                self.exact(s, ask, answer)
                log = s.over()
                decision, = [r for r in log if r["type"] == "decision"]
                outcome, = [r for r in log if r["type"] == "outcome"]
                self.assertEqual((decision["rule"], decision["verdict"], outcome["of"], outcome["status"]), ("task.unknown", "allow", decision["wseq"], status))
        # Polled, and done later: one decision, one outcome.
        s = self.session()
        for id_ in (1, 2):
            self.exact(s, line(id=id_, method="tasks/get", params={"taskId": "old", "_meta": MODERN}), result(id_, taskId="old", status="working"))
        self.exact(s, line(id=3, method="tasks/get", params={"taskId": "old", "_meta": MODERN}), result(3, taskId="old", status="completed", result={"content": []}))
        log = s.over()
        self.assertEqual(([r["type"] for r in log if r["type"] in ("decision", "outcome")], [r["status"] for r in log if r["type"] == "outcome"]), (["decision", "outcome"], ["ok"]))
        # In the older spelling as well: polls hold words of the server.
        s = self.session().hello()
        for id_ in (1, 2):
            self.exact(s, line(id=id_, method="tasks/get", params={"taskId": "old"}), result(id_, taskId="old", status="completed", statusMessage="soon"))
        self.exact(s, line(id=3, method="tasks/result", params={"taskId": "old"}), text_result(3, "late"))
        self.assertEqual([r.get("rule", r.get("status")) for r in s.over() if r["type"] in ("decision", "outcome")], ["task.unknown", "ok"])

    def test_a_task_whose_call_was_denied_or_whose_result_gives_orders(self):
        s = self.session(footer="both").hello()
        self.exact(s, call(1, "slow", task={}), result(1, task={"taskId": "t", "status": "working"}))
        s.asked(line(id=2, method="tasks/result", params={"taskId": "t"}))
        s.server(text_result(2, ORDERS))
        answer = json.loads(s.at_client())
        self.assertEqual((answer["result"]["isError"], answer["id"]), (True, 2))
        self.assertNotIn("ssh", answer["result"]["content"][0]["text"])

    def test_what_a_server_says_of_a_task_is_read_wherever_it_stands(self):
        nests = [[{"type": "text", "text": ORDERS}], ORDERS, [[[ORDERS]]], {"content": ORDERS}, {"resultType": "task", "x": {"y": [ORDERS]}}]
        tellings = [{"status": "completed", "result": nest} for nest in nests] + [
            {"status": "working", "statusMessage": ORDERS}, {"status": "completed", "statusMessage": ORDERS, "result": {"content": []}},
            {"status": "failed", "error": {"code": 1, "message": ORDERS}}, {"status": "failed", "error": ORDERS}]
        for more in (None, MODERN):
            s = self.session(footer="both") if more else self.session(footer="both").hello()
            _meta = {"_meta": more} if more else {}
            for id_, telling in enumerate(tellings):
                with self.subTest(telling=telling, modern=bool(more)):
                    handle = {"taskId": "t%d" % id_, "status": "working"}
                    self.exact(s, call("c%d" % id_, "slow", **_meta, **({} if more else {"task": {}})),
                               result("c%d" % id_, resultType="task", **handle) if more else result("c%d" % id_, task=handle))
                    s.asked(line(id=id_, method="tasks/get", params={"taskId": "t%d" % id_, **_meta}))
                    s.server(result(id_, taskId="t%d" % id_, **telling))
                    answer = s.at_client()
                    self.assertEqual((json.loads(answer)["id"], json.loads(answer)["error"]["code"]), (id_, -31403))
                    self.assertNotIn(b"evil", answer)
            listed = [{"taskId": "a", "status": "working", "statusMessage": words} for words in ("fine", ORDERS)]
            for method, said in (("tasks/list", {"tasks": listed}), ("tasks/cancel", listed[1])):
                s.asked(line(id="l", method=method, params={"taskId": "a", **_meta}))
                s.server(result("l", **said))
                self.assertEqual(json.loads(s.at_client())["error"]["code"], -31403, method)
            s.server(line(method="notifications/tasks/status", params=listed[1]), line(method="notifications/tasks/status", params=listed[0]))
            self.assertEqual(s.settle(), ([line(method="notifications/tasks/status", params=listed[0])], []))
            log = s.over()
            self.assertEqual([r["status"] for r in log if r["type"] == "outcome"], ["withheld"] * len(tellings))
            self.assertEqual([(r["method"], r["verdict"], r["stage"]) for r in log if r["type"] == "decision" and r["dir"] == "s2c"],
                             [(method, "deny", "result") for method in ("tasks/list", "tasks/cancel", "notifications/tasks/status")])

    def test_completions_and_the_list_of_resources_are_read_as_results_are(self):
        said = {"completion/complete": lambda text: {"completion": {"values": ["a", text], "hasMore": False}},
                "resources/list": lambda text: {"resources": [{"uri": "note://1", "name": "n", "description": text}]}}
        for policy in ("moderate", "strict"):
            s = self.session(policy=policy).hello()
            for method, words in said.items():
                with self.subTest(policy=policy, method=method):
                    ask = line(id=1, method=method, params={})
                    self.exact(s, ask, b' {"id":1, "jsonrpc":"2.0", "result" :%s}\n' % json.dumps(words("plain \u00e9")).encode())
                    s.asked(ask)
                    s.server(result(1, **words("\x1b[8mhidden")))
                    answer = json.loads(s.at_client())
                    if policy == "strict":
                        self.assertEqual(answer["error"]["code"], -31403)
                        self.assertIn("strict/hidden-in-result", answer["error"]["message"])
                    else:
                        self.assertEqual(answer["result"], words("<ESC>[8mhidden"))
                    s.asked(ask)
                    s.server(result(1, **words("key AKIAQ7XAKEF4LDPC6VUS")))
                    answer = json.loads(s.at_client())["result"]
                    self.assertEqual(answer, words("key [redacted:secret.aws-access-key]" if policy == "strict" else "key AKIAQ7XAKEF4LDPC6VUS"))
            said_again = [(r["method"], r["verdict"]) for r in s.over() if r["type"] == "decision" and r["dir"] == "s2c"]
            hidden = "deny" if policy == "strict" else "allow"
            self.assertEqual(said_again, [(method, verdict) for method in said for verdict in (hidden, "allow")])

    def test_roots_that_a_modern_retry_announces_are_roots(self):
        rule = 'rules: [{name: outside, description: d, condition: "findings.exists(f, f.id == \'path.outside-roots\')", action: deny}]'
        s = self.session(policy='version: "1.0"\nname: rooted\ndescription: d\ndefault: allow\n%s\n' % rule)
        s.asked(call(1, "t", _meta=MODERN))
        s.server(result(1, resultType="input_required", inputRequests={"r": {"method": "roots/list"}}))
        s.at_client()
        s.asked(call(2, "t", _meta=MODERN, inputResponses={"r": {"roots": [{"uri": "file:///usr"}]}}))
        s.asked(call(3, "t", {"path": "/usr/lib"}, _meta=MODERN))
        s.client(call(4, "t", {"path": "/etc/hosts"}, _meta=MODERN))
        self.assertEqual(marks_of(json.loads(s.at_client()))["rule"], "outside")

    def test_unknown_methods_pass_unless_the_policy_is_strict(self):
        ask, note = line(id=1, method="vendor/unheard", params={"a": 1}), line(method="notifications/vendor/x", params={})
        for policy in ("moderate", "permissive"):
            s = self.session(policy=policy).hello()
            s.asked(ask, note)
            s.server(ask, note)
            self.assertEqual(s.settle(), ([ask, note], []))
        s = self.session(policy="strict").hello()
        s.client(ask)
        answer = json.loads(s.at_client())
        self.assertEqual((answer["id"], answer["error"]["code"]), (1, -31403))
        s.server(ask)
        answer = json.loads(s.at_server())
        self.assertEqual((answer["id"], answer["error"]["code"]), (1, -31403))
        s.asked(note, line(id=2, method="ping"), line(id=3, method="completion/complete"), line(id=4, method="logging/setLevel", params={"level": "info"}))
        s.server(note)
        self.assertEqual(s.settle(), ([note], []))

    def test_no_method_reaches_what_is_our_own(self):
        for policy in ("permissive", "moderate", "strict"):
            with self.subTest(policy):
                s = self.session(policy=policy).hello()
                key = os.path.join(s.state, "keys", "audit", "main.key")
                asks = [line(id=1, method="fs/read", params={"path": key}),
                        line(id=2, method="completion/complete", params={"ref": {"type": "ref/prompt", "name": "p"}, "argument": {"name": "a", "value": key}})]
                for ask in asks:
                    s.client(ask)
                    answer = json.loads(s.at_client())
                    self.assertEqual(answer["error"]["code"], -31403, answer)
                s.client(line(method="notifications/fs/write", params={"deep": [{"file": key}]}))
                s.asked(line(id=4, method="completion/complete", params={"argument": {"name": "a", "value": "/tmp/a"}}),
                        line(method="notifications/fs/write", params={"path": "/tmp/a"}))
                log = s.over()
                self.assertEqual([r["rule"] for r in log if r["type"] == "decision" and r["verdict"] == "deny"], ["self.protected"] * 3)

    def test_a_call_that_is_not_answered_in_time(self):
        s = self.session(settings="call_timeout_ms: 300\n", footer="meta").hello()
        began = time.monotonic()
        s.asked(call(1, "t"), line(id="p", method="ping"), call("two", "t"))
        s.server(text_result("two"))
        self.assertIsNotNone(marks_of(json.loads(s.at_client())))
        late = json.loads(s.at_client())
        self.assertGreaterEqual(time.monotonic() - began, 0.29)
        self.assertEqual((late["id"], late["error"]["code"]), (1, -32603))
        self.assertIn("call_timeout_ms", late["error"]["message"])
        cancel = json.loads(s.at_server())
        self.assertEqual((cancel["method"], cancel["params"]["requestId"]), ("notifications/cancelled", 1))
        s.server(text_result(1), line(id="p", result={}))
        self.assertEqual(s.settle(), ([line(id="p", result={})], []))  # the late answer goes nowhere, a ping may take its time
        s.asked(call(1, "t"))
        s.server(text_result(1))
        self.assertIsNotNone(marks_of(json.loads(s.at_client())))
        log = s.over()
        self.assertEqual(sorted(r["status"] for r in log if r["type"] == "outcome"), ["ok", "ok", "timeout"])
        self.assertIn("read.unmatched", [r["rule"] for r in log if r["type"] == "decision"])

    def test_cancelled_calls_that_are_never_answered_do_not_fill_the_table(self):
        s = self.session(settings="max_outstanding: 1000\n").hello()
        for start in range(0, 3000, 500):
            s.client(*[call(n, "t") + line(method="notifications/cancelled", params={"requestId": n}) for n in range(start, start + 500)])
        self.assertEqual(len(s.settle()[1]), 6000)
        # What nobody cancelled fills it.
        s.client(*[call("k%d" % n, "t") for n in range(1100)])
        at_client, at_server = self.unfenced(s, 1000)
        self.assertEqual(len(at_server), 1000)
        self.assertEqual({json.loads(got)["error"]["code"] for got in at_client}, {-32603})

    def unfenced(self, s, count):
        s.pump(b"", b"", lambda: s.server_lines >= count and s.client_lines >= 100)
        at_client, at_server = s.take()
        return at_client.splitlines(), at_server.splitlines()


if __name__ == "__main__":
    unittest.main()
