#!/usr/bin/env python3
"""Measures the real binary from outside, over stdio, on a directory of labelled records: what a client and a server see.

    outside.py --agentmesh build/dev/agentmesh DIRECTORY [--policy moderate] [--only SURFACE,…] [--every N] [--show ROW]
               [--figures FILE [--record]]

DIRECTORY has the corpora's layout (tests/quality/data is a small one). Each surface gets a session of its own: a proxy with a
fresh state directory in front of quality_server.py. One line per row: caught of n, percent, 95 % interval (Wilson).
Attack sessions run with a trust that does not move, so that each record is judged for itself; benign ones with the default.
With --figures the run fails if a row is worse than FILE says (fewer caught where more is better, more where less is);
--record writes the file anew: do that when a figure has become better.
"""
import argparse
import base64
import json
import math
import os
import sys

import connection
from connection import Session, asked, denied, found, mark_of, refused, text_of, withheld_by


class Rows:
    def __init__(self):
        self.rates = {}
        self.figures = {}

    def add(self, row, hit, record, attack):
        """`attack`: more hits are better."""
        n, hits, _ = self.rates.get(row, (0, 0, attack))
        self.rates[row] = (n + 1, hits + bool(hit), attack)
        if OPTIONS.show and OPTIONS.show in row and bool(hit) != attack:
            print("   %s: %s" % (row, json.dumps({k: record[k] for k in record if k not in ("source", "licence", "inputSchema")},
                                                ensure_ascii=False)[:600]))

    def flush(self):
        for row in sorted(self.rates):
            n, hits, attack = self.rates[row]
            p, z = hits / n, 1.96
            middle = (p + z * z / (2 * n)) / (1 + z * z / n)
            half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
            print("%-66s %5d of %5d  %5.1f %%  [%5.1f, %5.1f]" % (row, hits, n, 100 * p, 100 * (middle - half),
                                                                 100 * (middle + half)), flush=True)
            self.figures[row] = (hits, n, "more" if attack else "less")
        self.rates = {}

    def compare(self, path):
        """Says what is worse than the file's figures; True if nothing is."""
        good = True
        with open(path, encoding="utf-8") as file:
            for line in file.read().splitlines():
                if not line or line.startswith("#"):
                    continue
                row, hits, n, better = line.split("\t")
                if row not in self.figures:
                    continue
                now, count, _ = self.figures[row]
                if count != int(n):
                    print("outside.py: %s: %d records where there were %s" % (row, count, n), file=sys.stderr)
                    good = False
                elif now < int(hits) if better == "more" else now > int(hits):
                    print("outside.py: worse than recorded: %s: %d of %d, was %s" % (row, now, count, hits), file=sys.stderr)
                    good = False
        return good

    def record(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.write("# row, caught, of, what is better; tests/quality/outside.py compares and rewrites it\n")
            for row, (hits, n, better) in self.figures.items():
                file.write("%s\t%d\t%d\t%s\n" % (row, hits, n, better))


def load(name):
    path = os.path.join(OPTIONS.directory, name + ".jsonl")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="\n") as file:
        records = [json.loads(line) for line in file.read().split("\n") if line]
    return records[::OPTIONS.every]


def schema_of(record):
    """BFCL's schemas are not JSON Schema: their types are mended."""
    names = {"dict": "object", "float": "number", "tuple": "array", "any": None, "HashMap": "object", "ArrayList": "array",
             "String": "string", "Array": "array", "Boolean": "boolean", "hashtable": "object", "char": "string",
             "long": "integer", "double": "number", "Bigint": "integer", "byte": "integer", "short": "integer",
             "list": "array", "int": "integer", "str": "string", "bool": "boolean"}

    def mend(value):
        if isinstance(value, list):
            return [mend(v) for v in value]
        if not isinstance(value, dict):
            return value
        out = {}
        for key, inner in value.items():
            if key == "type" and isinstance(inner, str) and inner in names:
                if names[inner]:
                    out[key] = names[inner]
            else:
                out[key] = mend(inner)
        return out

    return mend(record.get("inputSchema") or {"type": "object", "properties": {}})


def calls(records, rows, tool, key, judge, attack, name="quality", **session):
    """One call per record, {key: text}; judge(record, mark, arrived) -> {row: hit}."""
    if not records:
        return
    with Session([{"name": tool, "inputSchema": {"type": "object"}}], name=name, moving_trust=not attack, **session) as proxy:
        requests = [proxy.call(tool, {key: r["text"]}) for r in records]
        answers = proxy.ask(requests)
        arrived = set(proxy.received())
        for record, request, answer in zip(records, requests, answers):
            for row, hit in judge(record, mark_of(answer), request[1].rstrip(b"\n") in arrived).items():
                rows.add(row, hit, record, attack)


def descriptions(rows):
    for side in ("attack", "benign"):
        records = load("tool_descriptions/" + side)
        tools = []
        for i, record in enumerate(records):
            tool = {"name": "item_%d" % i, "description": record["text"], "inputSchema": schema_of(record)}
            if record.get("annotations"):
                tool["annotations"] = record["annotations"]
            tools.append(tool)
        if not tools:
            continue
        with Session(tools, moving_trust=side == "benign") as proxy:
            listed = {t["name"] for t in proxy.listed}
            answers = proxy.ask([proxy.call(t["name"], {}) for t in tools])
            pins = proxy.pins()
            for tool, record, answer in zip(tools, records, answers):
                mark = mark_of(answer)
                withheld = tool["name"] not in listed or withheld_by(mark)
                seen = withheld or found({"findings": pins.get(tool["name"], {}).get("findings", [])}, "tool.")
                rows.add("description flagged, %s · %s" % (side, record["set"]), seen, record, side == "attack")
                rows.add("description withheld, %s · %s" % (side, record["set"]), withheld, record, side == "attack")
        rows.flush()


def results(rows):
    for side in ("attack", "benign"):
        records = load("tool_results/" + side)
        raw = [json.dumps({"content": [{"type": "text", "text": r["text"]}]}, ensure_ascii=i % 2 == 0)
               for i, r in enumerate(records)]
        if not records:
            continue
        with Session([{"name": "read_note", "inputSchema": {"type": "object"}}], raw, moving_trust=side == "benign") as proxy:
            answers = proxy.ask([proxy.call("read_note", {"n": i}) for i in range(len(records))])
            for record, answer in zip(records, answers):
                mark = mark_of(answer)
                attack = side == "attack"
                rows.add("result flagged, %s · %s" % (side, record["set"]), found(mark, "", "medium"), record, attack)
                rows.add("result changed or withheld, %s · %s" % (side, record["set"]), text_of(answer) != record["text"],
                         record, attack)
        rows.flush()


def benign_calls(rows):
    records = load("calls/benign")
    by_server = {}
    for record in records:
        by_server.setdefault(record.get("server", "bfcl"), []).append(record)
    for server, part in sorted(by_server.items()):
        names = sorted({r["tool"] for r in part})
        with Session([{"name": n, "inputSchema": {"type": "object"}} for n in names], name=server or "bfcl",
                     moving_trust=True) as proxy:
            requests = [proxy.call(r["tool"], r["arguments"], i % 2 == 0) for i, r in enumerate(part)]
            answers = proxy.ask(requests)
            arrived = set(proxy.received())
            for record, request, answer in zip(part, requests, answers):
                mark = mark_of(answer)
                rows.add("call refused · " + record["set"], refused(mark) or mark.get("rule") == "little-trust", record, False)
                rows.add("call asked about · " + record["set"], asked(mark), record, False)
                rows.add("call flagged · " + record["set"], found(mark, "", "low"), record, False)
                rows.add("call changed · " + record["set"], not denied(mark) and request[1].rstrip(b"\n") not in arrived,
                         record, False)
    rows.flush()


def paths(rows):
    for name, attack in (("traversal", True), ("benign", False), ("hard_negative", False)):
        calls(load("paths/" + name), rows, "read_file", "path",
              lambda r, m, a, name=name: {"path refused, %s · %s" % (name, r["set"]): refused(m) and not a}, attack)
    rows.flush()


def sql(rows):
    records = load("sql/statements")
    if not records:
        return
    with Session([{"name": "query", "inputSchema": {"type": "object"}}]) as proxy:
        answers = proxy.ask([proxy.call("query", {"sql": r["text"]}) for r in records])
        decisions = [d for d in proxy.decisions() if d.get("tool") == "query"]
        for record, answer, decision in zip(records, answers, decisions):
            label, found_class = record["label"], decision.get("facts", {}).get("sql", "none")
            rows.add("sql refused, %s" % label, refused(mark_of(answer)), record, label in ("destructive", "privilege"))
            if label == "read_only":
                rows.add("sql asked about, read_only", asked(mark_of(answer)), record, False)
                rows.add("sql unparsed, read_only", found_class == "unparsed", record, False)
            if label not in ("other", "procedure"):
                rows.add("sql class right", found_class == label, record, True)
    rows.flush()


def kinds(rows):
    if OPTIONS.policy != "moderate":
        return  # what a tool does is read from its name, whatever the policy
    for name in ("calls/benign", "tool_descriptions/benign"):
        records = [r for r in load(name) if r.get("tool")]
        by_set = {}
        for record in records:
            by_set.setdefault(record["set"], []).append(record)
        for part in by_set.values():
            names = sorted({r["tool"] for r in part})
            with Session([{"name": n, "inputSchema": {"type": "object"}} for n in names]) as proxy:
                proxy.ask([proxy.call(r["tool"], r.get("arguments", {})) for r in part])
                decisions = [d for d in proxy.decisions() if d.get("method") == "tools/call"]
                for record, decision in zip(part, decisions):
                    rows.add("kind unknown, %s · %s" % (name.replace("_", " "), record["set"]),
                             decision.get("facts", {}).get("type", "unknown") == "unknown", record, False)
    rows.flush()


def injections(rows):
    for folder, tool, key in (("sqli", "search_customers", "name"), ("shell", "get_host_address", "host")):
        for file, attack in (("attack" if folder == "sqli" else "injection", True), ("hard_negative", False)):
            calls(load("%s/%s" % (folder, file)), rows, tool, key, lambda r, m, a, f=folder, file=file: {
                "%s %s flagged or refused · %s" % (f, file, r["set"]): denied(m) or found(m, "", "medium")}, attack)
    rows.flush()
    calls(load("shell/benign"), rows, "run_command", "command", lambda r, m, a: {
        "shell tool refused, benign · " + r["set"]: refused(m),
        "shell tool arrived unasked, benign · " + r["set"]: a}, False)
    calls(load("shell/injection"), rows, "run_command", "command", lambda r, m, a: {
        "shell tool refused, attack · " + r["set"]: refused(m)}, True)
    rows.flush()


def urls(rows):
    for name, attack in (("attack", True), ("benign", False)):
        calls(load("ssrf/" + name), rows, "fetch", "url", lambda r, m, a, name=name: {
            "url refused, %s · %s" % (name, r["set"]): refused(m),
            "url refused or flagged, %s · %s" % (name, r["set"]): denied(m) or found(m, "", "medium")}, attack)
    rows.flush()


def secrets(rows):
    for name, attack in (("positive", True), ("negative", False)):
        records = load("secrets/" + name)

        def label(r, name=name):
            return "%s%s" % (name, "" if name == "negative" else " · plain" if r.get("encoding") == "none" else " · encoded")
        calls(records, rows, "send_message", "body", lambda r, m, a: {
            "secret in arguments refused, " + label(r): refused(m)}, attack)
        for policy in ("strict", "moderate"):
            if not records:
                continue
            raw = [json.dumps({"content": [{"type": "text", "text": r["text"]}], "structuredContent": {"v": r["text"]}},
                              ensure_ascii=i % 2 == 0) for i, r in enumerate(records)]
            with Session([{"name": "read_note", "inputSchema": {"type": "object"}}], raw, policy=policy) as proxy:
                answers = proxy.ask([proxy.call("read_note", {"n": i}) for i in range(len(records))])
                for record, answer in zip(records, answers):
                    text = text_of(answer)
                    inner = (answer or {}).get("result", {}).get("structuredContent", {}).get("v")
                    if policy == "strict":
                        hit = record["text"] not in text and record["text"] != inner
                    else:
                        hit = bool(found(mark_of(answer), "secret."))
                    rows.add("secret in a result %s, %s" % ("stopped (strict)" if policy == "strict" else "annotated",
                                                           label(record)), hit, record, attack)
    rows.flush()


def unicode(rows):
    for name, attack in (("hidden", True), ("terminal", True), ("benign", False)):
        records = load("unicode/" + name)
        if not records:
            continue
        raw = [json.dumps({"content": [{"type": "text", "text": r["text"]}]}, ensure_ascii=i % 2 == 0)
               for i, r in enumerate(records)]
        tools = [{"name": "read_note", "inputSchema": {"type": "object"}}]
        tools += [{"name": "item_%d" % i, "description": "Reads a note." + r["text"], "inputSchema": {"type": "object"}}
                  for i, r in enumerate(records)]
        with Session(tools, raw, moving_trust=not attack) as proxy:
            listed = {t["name"] for t in proxy.listed}
            answers = proxy.ask([proxy.call("read_note", {"n": i}) for i in range(len(records))])
            refusals = proxy.ask([proxy.call("item_%d" % i, {}) for i in range(len(records))])
            pins = proxy.pins()
            for i, (record, answer, refusal) in enumerate(zip(records, answers, refusals)):
                row = "%s · %s" % (name, record["set"])
                mark = mark_of(answer)
                rows.add("unicode, result changed or flagged, " + row,
                         text_of(answer) != record["text"] or found(mark), record, attack)
                rows.add("unicode, description withheld or flagged, " + row,
                         "item_%d" % i not in listed or withheld_by(mark_of(refusal)) or
                         found({"findings": pins.get("item_%d" % i, {}).get("findings", [])}, "tool."), record, attack)
    rows.flush()
    records = load("unicode/confusables")
    if not records:
        return
    with Session([{"name": "read", "inputSchema": {"type": "object"}}]) as proxy:
        kept, lines = [], []
        for record in records:
            for key in ("params", "name", "method", "arguments"):
                at = key.lower().find(record["target"].lower())
                if at < 0:
                    continue
                twin = key[:at] + record["text"] + key[at + 1:]
                proxy.number += 1
                outer = {"jsonrpc": "2.0", "id": proxy.number, "method": "tools/call",
                         "params": {"name": "read", "arguments": {"x": 1}}}
                if key in ("params", "method"):
                    outer[twin] = outer[key]
                else:
                    outer["params"][twin] = outer["params"][key]
                kept.append(record)
                lines.append((proxy.number, json.dumps(outer, ensure_ascii=False).encode() + b"\n"))
        proxy.ask(lines)
        arrived = set(proxy.received())
        for record, (_, line) in zip(kept, lines):
            rows.add("confusable as key stopped", line.rstrip(b"\n") not in arrived, record, True)
    tools = []
    for i, record in enumerate(records):
        stem = "read_%d_" % i
        tools += [{"name": stem + record["target"] + "x", "inputSchema": {"type": "object"}},
                  {"name": stem + record["text"] + "x", "inputSchema": {"type": "object"}}]
    with Session(tools) as proxy:
        listed = {t["name"] for t in proxy.listed}
        pins = proxy.pins()
        for i, record in enumerate(records):
            name = tools[2 * i + 1]["name"]
            rows.add("confusable in a tool's name found", name not in listed or
                     found({"findings": pins.get(name, {}).get("findings", [])}, "tool."), record, True)
    rows.flush()


def lines(rows):
    index = load("json/index")
    if index:
        with Session([{"name": "echo", "inputSchema": {"type": "object"}}]) as proxy:
            sent = []
            for record in index:
                data = base64.b64decode(record["base64"])
                proxy.number += 1
                raw = data + b"\n"
                wrapped = (b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"value":%s}}}\n'
                           % (proxy.number, data))
                sent.append((record, raw, wrapped))
                proxy.post(raw)
                proxy.post(wrapped)
            proxy.ask([proxy.request("ping", {})])
            arrived = set(proxy.received()) - {b""}
            for record, raw, wrapped in sent:
                if b"\n" in raw[:-1] or b"\r" in raw:
                    continue  # several lines: measured on the inside
                reached = wrapped.rstrip(b"\n") in arrived
                label = record["label"]
                hit = not reached and raw.rstrip(b"\n") not in arrived if label == "reject" else reached
                rows.add("json %s: %s" % (label, "stopped" if label == "reject" else "arrives byte-identical"), hit, record, True)
    records = load("json/blns")
    if records:
        raw = [json.dumps({"content": [{"type": "text", "text": r["text"]}]}, ensure_ascii=i % 2 == 0)
               for i, r in enumerate(records)]
        with Session([{"name": "search_text", "inputSchema": {"type": "object"}},
                      {"name": "read_note", "inputSchema": {"type": "object"}}], raw, moving_trust=True) as proxy:
            for ascii_only in (True, False):
                requests = [proxy.call("search_text", {"text": r["text"]}, ascii_only) for r in records]
                answers = proxy.ask(requests)
                arrived = set(proxy.received())
                for record, request in zip(records, requests):
                    rows.add("blns arrives byte-identical, %s" % ("escaped" if ascii_only else "raw"),
                             request[1].rstrip(b"\n") in arrived, record, True)
            answers = proxy.ask([proxy.call("read_note", {"n": i}) for i in range(len(records))])
            for record, answer in zip(records, answers):
                rows.add("blns result unchanged", text_of(answer) == record["text"], record, True)
    rows.flush()


def egress(rows):
    for record in load("egress/cases"):
        attack = record["label"] == "attack"
        messages = record["messages"]
        tools, raw, stopped = [], [], False
        for message in messages:
            result = message.get("result", {})
            tools += result.get("tools", [])
            if "content" in result:
                raw.append(json.dumps(result))
        names = {t["name"] for t in tools}
        for message in messages:
            name = message.get("params", {}).get("name")
            if name and name not in names:
                names.add(name)
                tools.append({"name": name, "inputSchema": {"type": "object"}})
        with Session(tools + [{"name": "read_note", "inputSchema": {"type": "object"}}], raw) as proxy:
            listed = {t["name"] for t in proxy.listed}
            stopped = any(n not in listed for n in names)
            asked_only = False
            for message in messages:
                if message.get("method") != "tools/call":
                    continue
                answer = proxy.ask([proxy.call(message["params"]["name"], message["params"].get("arguments", {}))])[0]
                stopped = stopped or denied(mark_of(answer))
                asked_only = asked_only or asked(mark_of(answer))
            for n in range(len(raw)):
                answer = proxy.ask([proxy.call("read_note", {"n": n})])[0]
                stopped = stopped or bool(found(mark_of(answer), "", "medium"))
            rows.add("egress stopped, %s" % record["label"], stopped, record, attack)
    rows.flush()


SURFACES = (descriptions, results, benign_calls, paths, sql, injections, urls, secrets, unicode, lines, egress, kinds)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("directory")
    parser.add_argument("--agentmesh", required=True)
    parser.add_argument("--policy", default="moderate")
    parser.add_argument("--only", default="", help="surfaces, with commas: %s" % ", ".join(s.__name__ for s in SURFACES))
    parser.add_argument("--every", type=int, default=1, help="every N-th record only")
    parser.add_argument("--show", default="", help="prints the records of these rows that went the wrong way")
    parser.add_argument("--figures", help="fails if a row is worse than this file says")
    parser.add_argument("--record", action="store_true", help="writes that file anew instead")
    OPTIONS = parser.parse_args()
    OPTIONS.agentmesh = os.path.abspath(OPTIONS.agentmesh)
    connection.OPTIONS = OPTIONS
    rows = Rows()
    for surface in SURFACES:
        if not OPTIONS.only or surface.__name__ in OPTIONS.only.split(","):
            surface(rows)
    if OPTIONS.figures and OPTIONS.record:
        rows.record(OPTIONS.figures)
    elif OPTIONS.figures:
        return 0 if rows.compare(OPTIONS.figures) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
