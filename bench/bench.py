#!/usr/bin/env python3
"""Runs the measurements of bench/ and prints them as one table. scripts/bench builds, then calls this.

Everything that is compared is measured in one run, in turns: a direct connection, a proxy that only pumps bytes, and the
governed ones. The run proves its own honesty: every log that it wrote is verified and has to hold each call's decision and
outcome, or the run fails. Figures are worth something on a quiet machine only; the load is printed with them.
"""

import argparse
import datetime
import glob
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

from tables import markdown, show, stages, table

HELLO = 0  # initialize and tools/list are not governed calls: they leave no decision


class Bench:
    def __init__(self, build, scale):
        self.bin = os.path.join(build, "bench")
        self.agentmesh = os.path.join(build, "agentmesh")
        self.server = os.path.join(self.bin, "bench_echo_server")
        self.scale = scale
        self.root = tempfile.mkdtemp(prefix="agentmesh-bench-")
        self.logs = []  # (state directory, calls it must hold, or None)
        self.policies = {}

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def count(self, usual, least=1):
        return max(least, int(usual * self.scale))

    def policy(self, rules):
        """moderate and that many rules more."""
        if rules not in self.policies:
            path = os.path.join(self.root, f"bench-{rules}.yaml")
            with open(path, "w", encoding="utf-8") as out:
                subprocess.run([os.path.join(self.bin, "bench_policy_file"), str(rules)], stdout=out, check=True)
            self.policies[rules] = path
        return self.policies[rules]

    def state(self, name):
        path = os.path.join(self.root, name.replace(" ", "-"))
        os.makedirs(path, mode=0o700, exist_ok=True)
        return path

    def config(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def proxy(self, name, state=None, rules=100, policy=None, options=""):
        """A --case of the measuring programs: a governed connection with a state directory of its own."""
        state = state or self.state(name)
        policy = policy or self.policy(rules)
        return f"{name}: {self.agentmesh} proxy --policy {policy} --name notes --state-dir {state} {options} -- {{server}}"

    def direct(self):
        return "direct: {server}"

    def pump(self):
        return f"pump: {self.agentmesh} proxy --pump --state-dir {self.state('pump')} -- {{server}}"

    def run(self, program, cases, *options, one_core=False):
        def stay():
            if one_core:
                os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

        words = [os.path.join(self.bin, program), "--server", self.server]
        for case in cases:
            words += ["--case", case]
        words += [str(option) for option in options]
        done = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True, preexec_fn=stay)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return {row["case"]: row for row in rows}

    def wrote(self, state, calls):
        self.logs.append((state, int(calls)))

    def check_logs(self):
        """Every log verifies, and has one decision and one outcome for each call that was made."""
        checked = []
        for state, calls in self.logs:
            done = subprocess.run([self.agentmesh, "audit", "verify", "--state-dir", state, "--json"],
                                  stdout=subprocess.PIPE, text=True)
            if done.returncode != 0:
                sys.exit(f"bench: the log in {state} does not verify:\n{done.stdout}")
            open_calls = set()
            decisions = outcomes = 0
            for path in sorted(glob.glob(os.path.join(state, "audit/main/seg/*.jsonl"))):
                with open(path, encoding="utf-8") as lines:
                    for line in lines:
                        if '"type":"decision"' in line:
                            record = json.loads(line)
                            decisions += 1
                            open_calls.add((record["w"], record["wseq"]))
                        elif '"type":"outcome"' in line:
                            record = json.loads(line)
                            outcomes += 1
                            open_calls.discard((record["w"], record["of"]))
            if open_calls or decisions != outcomes or decisions != calls:
                sys.exit(f"bench: the log in {state} holds {decisions} decisions and {outcomes} outcomes of {calls} calls, "
                         f"{len(open_calls)} without their outcome")
            checked.append({"calls": calls, "decisions": decisions, "outcomes": outcomes})
        return checked


# ---- measurements: each returns what it saw ----


def latency(bench):
    """Round trips one after the other."""
    cases = [bench.direct(), bench.pump(), bench.proxy("governed"),
             bench.proxy("no extra rules", policy="moderate"),
             bench.proxy("permissive", policy="permissive"),
             bench.proxy("queued", options="--durability queued"),
             bench.proxy("no footer", options="--footer off")]
    rows = bench.run("bench_latency", cases, "--calls", bench.count(20000, 400))
    for name, row in rows.items():
        if name not in ("direct", "pump"):
            bench.wrote(bench.state(name), row["calls"])
    return rows


def one_core(bench):
    """Round trips with client, proxy and server on one core: no wake-up of another core is in them, so what is left is work.

    Without this, the scheduler keeps a connection's processes together on a core or apart for thousands of calls, as it likes:
    the same connection has two speeds.
    """
    cases = [bench.direct(), bench.pump(), bench.proxy("one core", policy="moderate"), bench.proxy("one core, 100 rules")]
    rows = bench.run("bench_latency", cases, "--calls", bench.count(10000, 400), one_core=True)
    for name in ("one core", "one core, 100 rules"):
        bench.wrote(bench.state(name), rows[name]["calls"])
    return {"direct": rows["direct"], "pump": rows["pump"], "no extra rules": rows["one core"],
            "governed": rows["one core, 100 rules"]}


def throughput(bench):
    """Calls a second with 1, 8 and 64 on their way."""
    seen = {}
    for in_flight in (1, 8, 64):
        calls = bench.count(100000 if in_flight > 1 else 20000, 1000)
        name = f"governed {in_flight}"
        rows = bench.run("bench_throughput", [bench.direct(), bench.pump(), bench.proxy(name)],
                         "--in-flight", in_flight, "--calls", calls, "--turn", max(200, calls // 20))
        bench.wrote(bench.state(name), calls)
        rows["governed"] = rows.pop(name)
        seen[str(in_flight)] = rows
    return seen


def large(bench):
    """Results of 1 and 10 MiB, with nothing looked at and with everything on."""
    # As near to nothing as the product lets one come: a KiB of a value is looked at, and the log keeps its hash.
    config = bench.config("unlooked.yaml", "max_inspected_bytes: 1024\n")
    seen = {}
    for mib in (1, 10):
        rounds = bench.count(20 if mib == 1 else 6, 3)
        names = {"governed": f"governed {mib} MiB", "not looked at": f"not looked at {mib} MiB"}
        cases = [bench.direct(), bench.pump(), bench.proxy(names["governed"]),
                 bench.proxy(names["not looked at"], policy="permissive", options=f"--footer off --config {config}")]
        rows = bench.run("bench_large", cases, "--bytes", mib << 20, "--rounds", rounds)
        for name, full in names.items():
            bench.wrote(bench.state(full), rounds + 2)
            rows[name] = rows.pop(full)
        seen[str(mib)] = rows
    return seen


def start(bench):
    """From the start of a command to the first line of the server's main(), and to the answer to initialize."""
    hello = ('{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
             '"capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}\n')
    marker = os.path.join(bench.root, "started")
    kinds = {
        "direct": [bench.server],
        "pump": [bench.agentmesh, "proxy", "--pump", "--state-dir", bench.state("start pump"), "--", bench.server],
        "governed": [bench.agentmesh, "proxy", "--policy", bench.policy(100), "--state-dir", bench.state("start"), "--",
                     bench.server],
        "moderate": [bench.agentmesh, "proxy", "--policy", "moderate", "--state-dir", bench.state("start"), "--",
                     bench.server],
    }
    seen = {name: {"spawned": [], "answered": []} for name in kinds}
    for _ in range(bench.count(30, 5)):
        for name, words in kinds.items():
            if os.path.exists(marker):
                os.remove(marker)
            begin = time.monotonic_ns()
            with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  env=dict(os.environ, BENCH_STARTED=marker)) as child:
                child.stdin.write(hello.encode())
                child.stdin.flush()
                child.stdout.readline()
                answered = time.monotonic_ns()
                child.stdin.close()
                child.stdout.read()
            with open(marker, encoding="utf-8") as at:
                seen[name]["spawned"].append((int(at.read()) - begin) / 1e6)
            seen[name]["answered"].append((answered - begin) / 1e6)

    def middle(times):
        return sorted(times)[len(times) // 2]

    return {name: {what: middle(times) for what, times in row.items()} for name, row in seen.items()}


def memory(bench, calls):
    """Resident memory before and after many calls."""
    rows = bench.run("bench_throughput", [bench.proxy("memory")], "--calls", calls, "--turn", calls)
    bench.wrote(bench.state("memory"), calls)
    return rows["memory"]


def durable(bench):
    """Round trips that wait for the disk, beside two and four syncs in a row."""
    cases = [bench.pump(), bench.proxy("durable", options="--durability durable")]
    for payloads in ("none", "full"):
        config = bench.config(f"{payloads}.yaml", f"audit:\n  payloads: {payloads}\n")
        cases.append(bench.proxy(f"durable {payloads}", options=f"--durability durable --config {config}"))
    rows = bench.run("bench_latency", cases, "--calls", bench.count(400, 60), "--warmup", 40, "--block", 10, "--syncs",
                     bench.root)
    for name in ("durable", "durable none", "durable full"):
        bench.wrote(bench.state(name), rows[name]["calls"])
    return rows


def checkpoints(bench):
    """What the checkpoints behind them cost the calls in front: the same connection with them and without."""
    config = bench.config("unsigned.yaml", "audit:\n  checkpoint_records: 1000000000\n  checkpoint_ms: 86400000\n")
    names = {"with checkpoints": "", "without": f"--config {config}"}
    cases = [bench.direct(), bench.pump()]
    cases += [bench.proxy(f"checkpoints {name}", options=options) for name, options in names.items()]
    rows = bench.run("bench_latency", cases, "--calls", bench.count(20000, 400))
    for name in names:
        state = bench.state(f"checkpoints {name}")
        rows[name] = rows.pop(f"checkpoints {name}")
        bench.wrote(state, rows[name]["calls"])
        with open(os.path.join(state, "audit/main/checkpoints"), encoding="utf-8") as notes:
            signed = sum(line.startswith("\u2014") for line in notes)
        rows[name]["calls_a_checkpoint"] = rows[name]["calls"] / signed
    return rows


def policy(bench):
    """A decision as rules grow, facts known, and what loading them costs (bench_policy)."""
    done = subprocess.run([os.path.join(bench.bin, "bench_policy"), "--json"], stdout=subprocess.PIPE, check=True, text=True)
    return {row["case"]: row for row in (json.loads(line) for line in done.stdout.splitlines())}


def many(bench):
    """16 connections at an agent's pace, all proxies on one log."""
    rows = bench.run("bench_many", [bench.direct(), bench.pump(), bench.proxy("many")], "--seconds", bench.count(5, 1))
    bench.wrote(bench.state("many"), rows["many"]["calls"])
    rows["governed"] = rows.pop("many")
    return rows


def growth_rules(bench):
    """What rules cost."""
    counts = (0, 100, 300, 1000)
    cases = [bench.pump()] + [bench.proxy(f"{n} rules", rules=n) for n in counts]
    rows = bench.run("bench_latency", cases, "--calls", bench.count(5000, 200), "--warmup", 500)
    for n in counts:
        bench.wrote(bench.state(f"{n} rules"), rows[f"{n} rules"]["calls"])
    return rows


def growth_log(bench):
    """What a long log costs: a new one beside one of many records."""
    grown = bench.state("long log")
    calls = bench.count(100000, 1000)
    bench.run("bench_throughput", [bench.proxy("long log", state=grown)], "--calls", calls, "--turn", calls)
    rows = bench.run("bench_latency", [bench.pump(), bench.proxy("new log"), bench.proxy("long log", state=grown)],
                     "--calls", bench.count(5000, 200), "--warmup", 500)
    bench.wrote(bench.state("new log"), rows["new log"]["calls"])
    bench.wrote(grown, calls + rows["long log"]["calls"])
    rows["long log"]["records"] = 2 * calls
    return rows


def micro(bench):
    """Each stage by itself (bench_micro), in microseconds of processor time."""
    program = os.path.join(bench.bin, "bench_micro")
    if not os.path.exists(program):
        return {}
    wanted = ("framing_lines/1$|message_call/150|message_result/150|decide_call/moderate$|decide_call/moderate_and_100_rules|"
              "decide_result/moderate$|record/|append/1$|splice_mark/150|governed/|decide_result/moderate_1_MiB")
    done = subprocess.run([program, f"--benchmark_filter={wanted}", "--benchmark_format=json",
                           f"--benchmark_min_time={0.3 * min(1, bench.scale)}"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True, text=True)
    rows = {}
    for row in json.loads(done.stdout)["benchmarks"]:
        rows[row["name"]] = {"us": row["cpu_time"] / 1000}
        if "allocations" in row:
            rows[row["name"]]["allocations"] = row["allocations"]
    return rows


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def audit(bench):
    """The log by itself (audit_bench), as it says it."""
    program = os.path.join(bench.bin, "audit_bench")
    done = subprocess.run([program, "--records", str(max(10_000, int(1_000_000 * min(1, bench.scale))))],
                          stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


def main():
    everything = {"one_core": one_core, "latency": latency, "throughput": throughput, "large": large, "start": start, "durable": durable,
                  "checkpoints": checkpoints, "many": many, "policy": policy, "growth_rules": growth_rules, "growth_log": growth_log, "micro": micro,
                  "audit": audit}
    parser = argparse.ArgumentParser(description="Measures AgentMesh over real pipes, in turns with a bare byte pump.")
    parser.add_argument("--build", default="build/release", help=argparse.SUPPRESS)
    parser.add_argument("--json", help="where the figures go (default: BUILD/bench.json)")
    parser.add_argument("--against", metavar="FILE", help="an earlier run's JSON, shown beside this one")
    parser.add_argument("--markdown", action="store_true", help="the tables as docs/performance.md has them")
    parser.add_argument("--only", metavar="NAMES", help="some of: " + ", ".join([*everything, "memory"]))
    parser.add_argument("--scale", type=float, default=1, help="times the usual number of calls (0.1: a quick look)")
    parser.add_argument("--memory-calls", type=int, default=100000, help="calls of the memory measurement (1000000: the aim's)")
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else [*everything, "memory"]
    unknown = [name for name in wanted if name not in everything and name != "memory"]
    if unknown:
        sys.exit(f"bench: --only {unknown[0]}: no such measurement (there are {', '.join([*everything, 'memory'])})")
    against = None
    if options.against:
        with open(options.against, encoding="utf-8") as earlier:
            against = json.load(earlier)["seen"]

    bench = Bench(options.build, options.scale)
    seen = {}
    load = os.getloadavg()[0]
    try:
        print(f"{datetime.date.today()}, {machine()}, load {load:.2f}")
        for name in wanted:
            print(f"bench: {name} …", file=sys.stderr, flush=True)
            if name == "memory":
                seen[name] = memory(bench, max(1000, int(options.memory_calls * min(1, options.scale))))
            else:
                seen[name] = everything[name](bench)
        honest = bench.check_logs()
    finally:
        bench.close()
    show(seen, against)
    if options.markdown:
        markdown(seen)
    calls = sum(log["calls"] for log in honest)
    print(f"\n{len(honest)} logs verified: {calls:,} calls, each with its decision and its outcome")
    path = options.json or os.path.join(options.build, "bench.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"date": str(datetime.date.today()), "machine": machine(), "load": load, "command": sys.argv[1:],
                   "seen": seen, "table": table(seen), "stages": stages(seen), "logs": honest}, out, indent=1)
        out.write("\n")
    print(f"as JSON in {path}")


if __name__ == "__main__":
    main()
