"""What a client gets when its session has added to the log what one may add within an hour (settings.md, Limits)."""
import json
import unittest

from session import Session, call, text_result
from state import of_type, verified

SETTINGS = "audit: {max_bytes_per_hour: 15000, on_error: %s}\n"


class Growth(unittest.TestCase):
    def session(self, on_error):
        s = Session(settings=SETTINGS % on_error)
        self.addCleanup(s.__exit__)
        return s.hello()

    def test_beyond_its_bytes_of_an_hour_new_calls_are_denied_and_answers_under_way_arrive(self):
        s = self.session("deny")
        s.asked(call("under way", "read_note"))
        passed = denied = 0
        while denied < 3 and passed < 200:
            number = passed + denied
            s.client(call(number, "read_note"))
            at_client, at_server = s.settle()
            if at_server:
                self.assertEqual((at_client, at_server), ([], [call(number, "read_note")]))
                self.assertEqual(denied, 0, "a call passed after one was denied")
                s.server(text_result(number))
                self.assertEqual(s.at_client(), text_result(number))
                passed += 1
                continue
            answer, = at_client
            answer = json.loads(answer)
            self.assertEqual((answer["id"], answer["result"]["isError"]), (number, True))
            self.assertIn("audit", answer["result"]["content"][0]["text"])
            denied += 1
        self.assertGreater(passed, 3)
        self.assertEqual(denied, 3)
        s.server(text_result("under way", "at last"))
        self.assertEqual(s.at_client(), text_result("under way", "at last"))
        said = s.errors.decode()
        self.assertEqual(said.count("this session would add more than 15000 bytes to it within an hour (audit.max_bytes_per_hour)"), 1, said)
        log = s.over()
        decisions = [r["id"] for r in of_type(log, "decision", method="tools/call")]
        self.assertEqual(decisions, ['"under way"'] + [str(number) for number in range(passed)])
        self.assertEqual(len(of_type(log, "outcome")), passed + 1)
        drop, = of_type(log, "drop")
        self.assertEqual(drop["why"], "growth")
        self.assertGreaterEqual(drop["count"], denied)
        verified(self, s.state)

    def test_beyond_them_calls_pass_where_errors_of_the_log_let_them(self):
        s = self.session("allow")
        for number in range(100):
            s.asked(call(number, "read_note"))
            s.server(text_result(number))
            self.assertEqual(s.at_client(), text_result(number))
        log = s.over()
        recorded = len(of_type(log, "decision", method="tools/call"))
        self.assertLess(recorded, 100)
        self.assertEqual(recorded + sum(drop["count"] for drop in of_type(log, "drop", why="growth")), 100)
        verified(self, s.state)


if __name__ == "__main__":
    unittest.main()
