#!/usr/bin/env python3
"""Cuts a small set out of a directory of labelled records, for the ordinary test run.

    pick.py CORPORA tests/quality/data      about every 25th record of each set, at least three, the shorter ones

Records that were written for the project (source "written") stay as they are.
"""
import collections
import json
import os
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
        if os.path.exists(path):
            with open(path, encoding="utf-8", newline="\n") as file:
                kept += [line for line in file.read().split("\n") if line and json.loads(line)["source"] == "written"]
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in kept)
    notice = os.path.join(target, "NOTICE.md")
    with open(notice, encoding="utf-8") as file:
        own = [line for line in file if "`source` is `written`" in line]
    with open(os.path.join(source, "NOTICE.md"), encoding="utf-8") as file, open(notice, "w", encoding="utf-8") as out:
        for line in file:
            out.writelines([line] + (own if "`source` is `synthetic`" in line else []))


if __name__ == "__main__":
    main()
