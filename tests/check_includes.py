#!/usr/bin/env python3
"""Checks that includes obey the house: which folder may know which, and where third parties live.

The rules are data, below; a line that breaks one is printed as FILE:LINE with the include and the rule. Run by the tests;
by hand: tests/check_includes.py [ROOT]. --self-test proves that each kind of rule can fail.
"""

import os
import re
import sys
import tempfile

FOLDERS = ["base", "policy", "trust", "audit", "proxy", "config", "integrations", "cli"]

# folder -> what it may include from other folders: a folder, or one header.
ALLOWED = {
    "base": [],
    "policy": ["base"],
    "trust": ["base"],
    "audit": ["base"],
    "proxy": ["policy", "trust", "audit", "base"],
    "config": ["base", "policy/rules.h", "trust/options.h", "audit/options.h", "proxy/options.h"],
    "integrations": ["base", "config/paths.h"],
    "cli": FOLDERS,
}

# third party -> files (regular expressions) that may include it.
ROOMS = {
    r"boost/": [r"proxy/[a-z_]+\.cc"],
    r"simdjson": [r"base/json[a-z_]*\.cc"],
    r"openssl/": [r"base/crypto[a-z_]*\.cc"],
    r"sodium": [r"base/crypto[a-z_]*\.cc"],
    r"re2/": [r"policy/.*"],
    r"yaml-cpp/": [r"config/.*\.cc", r"integrations/yaml[a-z_]*\.cc"],
    r"toml\+\+|toml\.hpp": [r"integrations/toml[a-z_]*\.cc"],
    r"sqlite3": [r"trust/store[a-z_]*\.cc"],
    r"CLI/": [r"cli/(options\w*\.cc|commands\.h)"],
    r"regex$": [],  # <regex>: slow to compile, and not linear
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources(root):
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if name.endswith((".h", ".cc")):
                    yield os.path.relpath(os.path.join(where, name), root)


def may_include(folder, header):
    other = header.split("/")[0]
    if other == folder or other not in FOLDERS:
        return True
    return any(header == allowed or other == allowed for allowed in ALLOWED[folder])


def broken(root):
    """Yields (file, line number, include, rule)."""
    for path in sources(root):
        folder = path.split("/")[0]
        with open(os.path.join(root, path), encoding="utf-8") as text:
            for number, line in enumerate(text, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                quote, header = match.groups()
                if quote == '"':
                    if not may_include(folder, header):
                        allowed = ", ".join(ALLOWED[folder]) or "nothing of ours"
                        yield path, number, header, f"{folder}/ may include {allowed}"
                    continue
                for party, rooms in ROOMS.items():
                    if re.match(party, header) and not any(re.fullmatch(room, path) for room in rooms):
                        yield path, number, header, f"it belongs in {', '.join(rooms) or 'no file'}"


def self_test():
    rows = [
        ("base/a.cc", '#include "policy/policy.h"', True),
        ("policy/a.cc", '#include "trust/trust.h"', True),
        ("policy/cel/a.cc", '#include "base/json.h"', False),
        ("config/a.cc", '#include "proxy/governor.h"', True),
        ("config/a.cc", '#include "proxy/options.h"', False),
        ("integrations/a.cc", '#include "config/config.h"', True),
        ("audit/a.cc", "#include <openssl/evp.h>", True),
        ("proxy/loop.h", "#include <boost/asio.hpp>", True),
        ("proxy/loop.cc", "#include <boost/asio/post.hpp>", False),
        ("base/crypto.cc", "#include <sodium.h>", False),
        ("cli/a.cc", "#include <regex>", True),
    ]
    for path, line, expected in rows:
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, os.path.dirname(path)))
            with open(os.path.join(root, path), "w", encoding="utf-8") as out:
                out.write(line + "\n")
            if bool(list(broken(root))) != expected:
                sys.exit(f"self-test: {path}: {line}: expected {'a complaint' if expected else 'silence'}")


def main():
    if "--self-test" in sys.argv:
        self_test()
        print("self-test passed")
        return
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    files = list(sources(root))
    if not files:
        sys.exit(f"{root}: no sources found")
    complaints = list(broken(root))
    for path, number, header, rule in complaints:
        print(f"{path}:{number}: includes {header}: {rule}")
    if complaints:
        sys.exit(1)
    print(f"{len(files)} files obey the arrows")


if __name__ == "__main__":
    main()
