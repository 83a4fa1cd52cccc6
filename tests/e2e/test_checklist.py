"""Every row of protocol.md's checklist has a test that bears its number: `test_row_NN_…`, or several numbers, `test_row_NN_MM_…`."""
import glob
import os
import re
import unittest

from harness import HERE

ROWS = range(1, 77)


class Checklist(unittest.TestCase):
    def test_no_row_is_forgotten(self):
        tested = set()
        for path in glob.glob(os.path.join(HERE, "test_*.py")):
            with open(path) as file:
                for numbers in re.findall(r"^    def test_row_((?:\d\d_)+)", file.read(), re.M):
                    tested.update(int(number) for number in numbers.split("_") if number)
        self.assertEqual(tested - set(ROWS), set())
        self.assertEqual(sorted(set(ROWS) - tested), [])


if __name__ == "__main__":
    unittest.main()
