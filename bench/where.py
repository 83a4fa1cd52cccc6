#!/usr/bin/env python3
"""Where the loop's processor time goes: samples of one governed connection's first thread, by stage.

    scripts/bench --only throughput --scale 0.1   # builds
    python3 bench/where.py [--in-flight 64] [--result-mib N] [--options "--policy moderate"]

Needs perf and the right to sample. Each share is of the thread's own time, with everything that the stage calls; stages may
hold each other. The dwarf call graphs slow the process down, evenly: the shares are what counts.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

STAGES = [  # (what, a function that perf knows it by)
    ("poll", "__x64_sys_poll"),
    ("read", "ksys_read"),
    ("strict reading", "agentmesh::proxy::MessageReader::read"),
    ("the policy's answers, all", "agentmesh::policy::Policy::ask"),
    ("  looking at arguments, with the scanners", "agentmesh::policy::look_at_arguments"),
    ("  looking at results, with the scanners", "agentmesh::policy::look_at_result"),
    ("  rules", "agentmesh::policy::decide"),
    ("appends, all", "agentmesh::audit::Log::Impl::append"),
    ("  commitments (SHA-256 of the payloads)", "agentmesh::audit::Commitments::commit"),
    ("  the lines' texts", "agentmesh::audit::draft"),
    ("  leaves (SHA-256 of the lines)", "agentmesh::audit::Journal::stage"),
    ("  lock, write, state file", "agentmesh::audit::Journal::commit"),
    ("scores and manners", "agentmesh::proxy::Results::settle_trust"),
    ("marks, and handing over", "agentmesh::proxy::Carrier::carry_out"),
    ("writing to the peers", "agentmesh::proxy::Sink::flush"),
    ("all of a turn", "agentmesh::proxy::Loop::State::turn"),
]


def main():
    parser = argparse.ArgumentParser(description="Where the loop's processor time goes, by stage.")
    parser.add_argument("--build", default="build/release", help=argparse.SUPPRESS)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--result-mib", type=int, default=0, help="results of that size, one after the other, instead of small calls")
    parser.add_argument("--options", help="of the proxy (default: moderate and 100 rules more)")
    given = parser.parse_args()
    tools = os.path.join(given.build, "bench")
    agentmesh = os.path.join(given.build, "agentmesh")
    server = os.path.join(tools, "bench_echo_server")
    with tempfile.TemporaryDirectory(prefix="agentmesh-where-") as root:
        rules = os.path.join(root, "bench.yaml")
        with open(rules, "w", encoding="utf-8") as out:
            subprocess.run([os.path.join(tools, "bench_policy_file"), "100"], stdout=out, check=True)
        state = os.path.join(root, "state")
        os.mkdir(state, 0o700)
        case = f"where: {agentmesh} proxy {given.options or '--policy ' + rules} --name notes --state-dir {state} -- {{server}}"
        if given.result_mib:
            words = ["bench_large", "--bytes", given.result_mib << 20, "--rounds", max(100, 600 // given.result_mib)]
        else:
            words = ["bench_throughput", "--in-flight", given.in_flight, "--calls", 120_000, "--turn", 120_000]
        client = subprocess.Popen([os.path.join(tools, words[0]), "--server", server, "--case", case, *map(str, words[1:])],
                                  stdout=subprocess.PIPE, text=True)
        proxy = ""
        while not proxy and client.poll() is None:
            proxy = subprocess.run(["pgrep", "-P", str(client.pid)], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
        time.sleep(0.2)  # the start is not asked for
        samples = os.path.join(root, "samples")
        subprocess.run(["perf", "record", "-e", "cpu-clock", "-F", "3000", "--call-graph", "dwarf,16384", "-t", proxy, "-o", samples,
                        "--", "sleep", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        seen = client.communicate()[0]
        if client.returncode != 0:
            sys.exit("where: the measured connection failed")
        report = subprocess.run(["perf", "report", "-i", samples, "--children", "-g", "none", "--stdio"], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, check=True).stdout
    shares = {}
    for line in report.splitlines():
        found = re.match(r"\s+([0-9.]+)%\s+[0-9.]+%.*\[[.k]\] (\S+)", line)
        if found:
            shares[found.group(2)] = max(shares.get(found.group(2), 0), float(found.group(1)))
    print(seen, end="")
    for what, function in STAGES:
        print(f"{what:<44}{shares.get(function, 0):>6.1f} %")


if __name__ == "__main__":
    main()
