#!/usr/bin/env python3
"""Cuts a small set out of a directory of labelled records, for the ordinary test run.

    pick.py CORPORA tests/quality/data      about every 25th record of each set, at least three, the shorter ones
"""
import collections
import json
import os
import shutil
import sys

FILES = ("tool_descriptions/attack", "tool_descriptions/benign", "tool_results/attack", "tool_results/benign", "calls/benign",
         "paths/traversal", "paths/benign", "paths/hard_negative", "sql/statements", "sqli/attack", "sqli/hard_negative",
         "shell/injection", "shell/hard_negative", "shell/benign", "ssrf/attack", "ssrf/benign", "secrets/positive",
         "secrets/negative", "unicode/terminal", "unicode/hidden", "unicode/benign", "unicode/confusables", "json/index",
         "json/blns", "egress/cases")
LONGEST = 2500  # bytes of a line


def main():
    source, target = sys.argv[1:]
    for name in FILES:
        with open(os.path.join(source, name + ".jsonl"), encoding="utf-8", newline="\n") as file:
            lines = [line for line in file.read().split("\n") if line and len(line) <= LONGEST]
        groups = collections.defaultdict(list)
        for line in lines:
            record = json.loads(line)
            groups[record["set"], record["label"]].append(line)
        kept = []
        for group in groups.values():
            step = max(1, min(25, len(group) // 3))
            kept += group[::step]
        path = os.path.join(target, name + ".jsonl")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in kept)
    shutil.copyfile(os.path.join(source, "NOTICE.md"), os.path.join(target, "NOTICE.md"))


if __name__ == "__main__":
    main()
