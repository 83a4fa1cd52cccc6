#!/usr/bin/env python3
"""Checks that SECURITY.md promises nothing that no test holds.

An item of a list is a promise, and ends in "Tests:" with the titles of at least as many tests as it has sentences; or it begins with
**Limit.** and says what is not so. A limit, like the text between the lists, promises nothing in passing: a sentence of it with one of the
words of PROMISES quotes a test itself, unless the item has its own "Tests:". Whatever is quoted has to be a test's title.

That a test holds its sentence only a reader can say.

    tests/check_security.py [ROOT]        problems as FILE:LINE on stdout, exit 1
    tests/check_security.py --self-test   proves that each kind of problem is found
"""
import os
import re
import sys
import tempfile

FREE = ("Reporting a vulnerability",)  # speaks of what people do, and quotes other things than tests
LIMIT = "**Limit.**"
# "is not found" promises nothing: the words stand next to each other.
PROMISES = re.compile(
    r"\b(?:(?:is|are|stays?|gets) (?:found|refused|denied|withheld|masked|stopped|held|closed|searched|decoded|judged|recorded|removed|"
    r"bounded|protected|seen|said|told|shown|marked|named|counted|pinned|kept from)|"
    r"asks|refuses?|denies|withholds|masks|closes|finds|holds|prevents|protects|guarantees|counts as|shows|keeps|never|always|nobody)\b")


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


def parts(text):
    """(section, line number, whether it is an item, text) of every list item and every paragraph."""
    section, lines, start, item = "", [], 0, False
    for number, line in enumerate(text.split("\n") + ["# end"], 1):
        if lines and (line.startswith(("* ", "#")) or not line.strip()):
            yield section, start, item, " ".join(lines)
            lines = []
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif line.strip():
            if not lines:
                start, item = number, line.startswith("* ")
            lines.append((line[2:] if line.startswith("* ") else line).strip())


def sentences(text):
    """The sentences of `text`; what is quoted ends none."""
    quoted = []

    def put_by(match):
        quoted.append(match[0])
        return "\0%d\0" % (len(quoted) - 1)

    apart = re.split(r"(?<=[.!?])\s+", re.sub(r'"[^"]*"', put_by, text.replace(LIMIT, "")).strip())
    return [re.sub("\0(\\d+)\0", lambda match: quoted[int(match[1])], one) for one in apart if one]


def without_quotes(text):
    return re.sub(r'"[^"]*"', "", text)


def problems(root):
    with open(os.path.join(root, "SECURITY.md"), encoding="utf-8") as file:
        text = file.read()
    known = titles(root)
    for section, number, item, whole in parts(text):
        if section in FREE:
            continue
        said, marker, listed = whole.partition(" Tests: ")
        named = re.findall(r'"([^"]+)"', listed)
        limit = said.startswith(LIMIT)
        if marker and not named:
            yield number, "names no test behind 'Tests:'"
        for name in re.findall(r'"([^"]+)"', whole):
            if name not in known:
                yield number, 'no test is called "%s"' % name
        if not limit and LIMIT in said:
            yield number, "a limit inside a promise: an item of its own, please"
        if item and not limit and not marker and section != "Who is who":
            yield number, "neither names tests behind 'Tests:' nor says that it is a limit"
        if marker and named and not limit and len(named) < len(sentences(said)):
            yield number, "promises in %d sentences and names %d tests" % (len(sentences(said)), len(named))
        if not marker:
            for sentence in sentences(said):
                word = PROMISES.search(without_quotes(sentence))
                if word and '"' not in sentence and (limit or not item or section == "Who is who"):
                    yield number, "promises in passing (%s), without a test: %s" % (word[0], sentence[:80])


def self_test():
    good = ('# Security\nAs it is.\n## Claims\n* It holds. And it holds here.\n  Tests: "a test", "test_that"\n'
            '* **Limit.** Not this. That is not found. What is read is found: "a test". So on ("test_that").\n'
            '* **Limit.** It is refused.\n  Tests: "a test"\n')
    rows = [(good, []),
            (good + "* Promised.\n", [9]),
            (good + '* Promised.\n  Tests: "another"\n', [9]),
            (good + "* Promised.\n  Tests: some\n", [9]),
            (good + '* Promised "a test".\n', [9]),
            (good + '* One. Two. Three.\n  Tests: "a test", "test_that"\n', [9]),
            (good + '* One. **Limit.** Not two.\n  Tests: "a test", "test_that"\n', [9]),
            (good + '* **Limit.** As "nothing" says.\n', [9]),
            (good + "* **Limit.** Not this. But that is\n  found.\n", [9]),
            (good + "* **Limit.** It never happens.\n", [9]),
            (good + '* **Limit.** This is found ("a test"). That is found.\n', [9]),
            (good + "## More\nBetween the lists it refuses too.\n", [10]),
            (good + "## Who is who\n* Somebody.\n", []),
            (good + "## Who is who\n* Somebody who is held.\n", [10]),
            (good + '## Reporting a vulnerability\nIt is always "so".\n', [])]
    for text, lines in rows:
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(os.path.join(root, "tests"))
            for name, content in (("SECURITY.md", text), ("tests/a_test.cc", 'TEST_CASE("a "\n    "test") {'),
                                  ("tests/test_a.py", "    def test_that(self):\n")):
                with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                    file.write(content)
            found = list(problems(root))
            if [number for number, _ in found] != lines:
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
