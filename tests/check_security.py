#!/usr/bin/env python3
"""Checks that SECURITY.md promises nothing that no test holds: each item of its lists names tests that exist, or is a limit.

    tests/check_security.py [ROOT]        problems as FILE:LINE on stdout, exit 1
    tests/check_security.py --self-test   proves that each kind of problem is found
"""
import os
import re
import sys
import tempfile

DESCRIBE = ("Who is who", "Reporting a vulnerability")  # sections that tell and promise nothing


def titles(root):
    """Names of all tests: Catch2's titles, Python's methods, ctest's own."""
    found = set()
    for where, folders, files in os.walk(os.path.join(root, "tests")):
        folders[:] = [f for f in folders if f not in ("node_modules", "data", "corpus")]
        for name in files:
            if not name.endswith((".cc", ".py", "CMakeLists.txt")):
                continue
            with open(os.path.join(where, name), encoding="utf-8", errors="replace") as file:
                text = file.read()
            if name.endswith(".cc"):
                for literals in re.findall(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', text):
                    found.add("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)))
            elif name.endswith(".py"):
                found.update(re.findall(r"def (test_\w+)", text))
            elif name == "CMakeLists.txt":
                found.update(re.findall(r'NAME "([^"]+)"', text))
                found.update("fuzz corpus: " + target for target in re.findall(r"fuzz_target\((\w+)", text))
                for part in re.findall(r"foreach\(part ([^)]*)\)\s*fuzz_target", text):
                    found.update("fuzz corpus: %s_fuzz" % one for one in part.split())
    return found


def items(text):
    """(line number, text) of every list item, with the section it stands in."""
    section, item, start = "", [], 0
    for number, line in enumerate(text.split("\n") + ["# end"], 1):
        ends = line.startswith(("* ", "#")) or not line.strip()
        if item and ends:
            yield section, start, " ".join(item)
            item = []
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif line.startswith("* "):
            item, start = [line[2:].strip()], number
        elif item:
            item.append(line.strip())


def problems(root):
    with open(os.path.join(root, "SECURITY.md"), encoding="utf-8") as file:
        text = file.read()
    known = titles(root)
    for section, number, item in items(text):
        if section in DESCRIBE:
            continue
        promise, _, tests = item.partition(" Tests: ")
        named = re.findall(r'"([^"]+)"', tests if tests else item)
        if not tests and not promise.startswith("**Limit.**"):
            yield number, "neither names a test nor says that it is a limit"
        if tests and not named:
            yield number, "names no test behind 'Tests:'"
        for name in named:
            if name not in known:
                yield number, 'no test is called "%s"' % name


def self_test():
    good = '# Security\n## Claims\n* It holds.\n  Tests: "a test", "test_that"\n* **Limit.** Not this ("a test").\n'
    rows = [(good, []), (good + "* Promised.\n", [6]), (good + '* Promised.\n  Tests: "another"\n', [6]),
            (good + "* Promised.\n  Tests: some\n", [6]), (good + '* **Limit.** As "nothing" says.\n', [6]),
            (good + "## Who is who\n* Somebody.\n", [])]
    for text, lines in rows:
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(os.path.join(root, "tests"))
            for name, content in (("SECURITY.md", text), ("tests/a_test.cc", 'TEST_CASE("a "\n    "test") {'),
                                  ("tests/test_a.py", "    def test_that(self):\n")):
                with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                    file.write(content)
            found = [number for number, _ in problems(root)]
            if found != lines:
                sys.exit("self-test: %r gave %r instead of %r" % (text, found, lines))


def main():
    if "--self-test" in sys.argv:
        return self_test()
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    found = list(problems(root))
    for number, what in found:
        print("SECURITY.md:%d: %s" % (number, what))
    return sys.exit(1 if found else 0)


main()
