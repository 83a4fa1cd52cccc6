"""What a run of bench.py says: its figures against their aims, and where the time goes; for people, and for docs/performance.md."""


def p(rows, case, which="p50"):
    return rows[case]["us"][which]


def table(seen):
    """(what, aim, seen, met) in the order of the aims."""
    rows = []

    def row(what, aim, shown, met=None):
        rows.append({"what": what, "aim": aim, "seen": shown, "met": met})

    if "one_core" in seen:
        rows_ = seen["one_core"]
        for name, what in (("no extra rules", "moderate"), ("governed", "100 rules more")):
            ratio = p(rows_, name) / p(rows_, "pump")
            row(f"on one core, {what}: p50 / the pump's", "≤ 4", f"{ratio:.2f} ({p(rows_, name):.1f} / {p(rows_, 'pump'):.1f} µs, "
                f"direct {p(rows_, 'direct'):.1f})", ratio <= 4)
    if "latency" in seen:
        rows_ = seen["latency"]
        ratio = p(rows_, "governed") / p(rows_, "pump")
        beyond = p(rows_, "governed") - p(rows_, "pump")
        row("round trip p50, governed / pump", "≤ 4", f"{ratio:.2f} ({p(rows_, 'governed'):.1f} / {p(rows_, 'pump'):.1f} µs)",
            ratio <= 4)
        row("added beyond the pump, p50", "≤ 15 µs", f"{beyond:.1f} µs", beyond <= 15)
        added = p(rows_, "governed", "p99") - p(rows_, "direct", "p99")
        pumped = p(rows_, "pump", "p99") - p(rows_, "direct", "p99")
        row("added over direct, p99", "≤ 150 µs and ≤ 3 × the pump's", f"{added:.1f} µs (the pump: {pumped:.1f})",
            added <= 150 and added <= 3 * pumped)
        row("added over direct, p50", "", f"{p(rows_, 'governed') - p(rows_, 'direct'):.1f} µs "
            f"(the pump: {p(rows_, 'pump') - p(rows_, 'direct'):.1f})")
    if "throughput" in seen:
        for in_flight, rows_ in seen["throughput"].items():
            rate, pumped = rows_["governed"]["per_second"], rows_["pump"]["per_second"]
            aim = "≥ 60,000 and ≥ 1/4 of the pump" if in_flight == "64" else ""
            row(f"calls a second, {in_flight} in flight", aim, f"{rate:,.0f} (pump {pumped:,.0f}, "
                f"direct {rows_['direct']['per_second']:,.0f})",
                rate >= 60000 and rate >= pumped / 4 if aim else None)
    if "large" in seen:
        for mib, rows_ in seen["large"].items():
            ratio = p(rows_, "not looked at") / p(rows_, "pump")
            row(f"result of {mib} MiB, not looked at", "≤ 1.5 × the pump",
                f"{ratio:.2f} × ({p(rows_, 'not looked at') / 1000:.2f} / {p(rows_, 'pump') / 1000:.2f} ms)", ratio <= 1.5)
        for mib, rows_ in seen["large"].items():
            beyond = (p(rows_, "governed") - p(rows_, "pump")) / 1000
            allowed = 5 * min(int(mib), 1) + int(mib)  # max_inspected_bytes is 1 MiB of a value
            row(f"result of {mib} MiB, all on, beyond the pump", f"≤ {allowed} ms",
                f"{beyond:.1f} ms (pump {p(rows_, 'pump') / 1000:.1f} ms)", beyond <= allowed)
    if "start" in seen:
        rows_ = seen["start"]
        own = rows_["governed"]["spawned"] - rows_["direct"]["spawned"]
        row("start to server spawned", "≤ 10 ms", f"{own:.1f} ms beyond a direct start (moderate alone: "
            f"{rows_['moderate']['spawned'] - rows_['direct']['spawned']:.1f})", own <= 10)
    if "memory" in seen:
        rows_ = seen["memory"]
        idle, after = rows_["resident_idle_kib"] / 1024, rows_["resident_kib"] / 1024
        row("resident memory, idle", "≤ 12 MB", f"{idle:.1f} MiB", idle <= 12 * 1e6 / 1048576)
        row(f"resident memory after {rows_['calls']:,.0f} calls", "≤ 20 MB", f"{after:.1f} MiB", after <= 20 * 1e6 / 1048576)
    if "durable" in seen:
        rows_ = seen["durable"]
        for name, what, syncs in (("durable none", "none", 2), ("durable", "salt", 2), ("durable full", "full", 4)):
            floor = p(rows_, f"{syncs} syncs")
            ratio = p(rows_, name) / floor
            row(f"durable, payloads: {what}, p50", f"≤ 1.3 × {'two' if syncs == 2 else 'four'} syncs",
                f"{ratio:.2f} × ({p(rows_, name):.0f} / {floor:.0f} µs)", ratio <= 1.3)
    if "checkpoints" in seen:
        rows_ = seen["checkpoints"]
        for which in ("p50", "p99"):
            row(f"checkpoints, {which} with them / without", "", f"{p(rows_, 'with checkpoints', which):.1f} / "
                f"{p(rows_, 'without', which):.1f} µs (one for {rows_['with checkpoints']['calls_a_checkpoint']:.0f} calls)")
    if "policy" in seen:
        for rules, allowed in (("100", 3), ("1000", 10)):
            median = seen["policy"][rules]["median"]
            row(f"a decision among {rules} rules, median", f"≤ {allowed} µs", f"{median:.2f} µs", median <= allowed)
        load = seen["policy"]["1000"]["load_ms"]
        row("loading 1000 rules", "≤ 50 ms", f"{load:.1f} ms", load <= 50)
    if "many" in seen:
        rows_ = seen["many"]
        added = p(rows_, "governed", "p99") - p(rows_, "direct", "p99")
        row("16 proxies on one log, added p99", "≤ 1 ms", f"{added / 1000:.2f} ms (the pump: "
            f"{(p(rows_, 'pump', 'p99') - p(rows_, 'direct', 'p99')) / 1000:.2f})", added <= 1000)
    if "growth_rules" in seen:
        rows_ = seen["growth_rules"]
        for name in rows_:
            if name.endswith("rules"):
                row(f"{name} more than moderate, p50 beyond the pump", "", f"{p(rows_, name) - p(rows_, 'pump'):.1f} µs")
    if "growth_log" in seen:
        rows_ = seen["growth_log"]
        row(f"log of {rows_['long log']['records']:,} records against a new one, p50", "",
            f"{p(rows_, 'long log'):.1f} / {p(rows_, 'new log'):.1f} µs")
    return rows


def stages(seen):
    """What each microsecond of a round trip is spent on: parts measured by themselves, and the rest."""
    parts = seen.get("micro", {})
    if "latency" not in seen or not parts:
        return []

    def us(name):
        return parts[name]["us"]

    rows = [("the pump: two more processes' switches, four system calls", p(seen["latency"], "pump")),
            ("framing, both ways", 2 * us("framing_lines/1")),
            ("strict reading of the call", us("message_call/150")),
            ("strict reading of the result", us("message_result/150")),
            ("the policy's answer about the call, scanning included", us("decide_call/moderate")),
            ("100 more rules", us("decide_call/moderate_and_100_rules") - us("decide_call/moderate")),
            ("the policy's answer about the result, scanning included", us("decide_result/moderate")),
            ("two appends, two records in them", 2 * us("append/1")),
            ("mark and footer, spliced", us("splice_mark/150"))]
    known = sum(value for _, value in rows[1:])
    rows.append(("the rest of our own work (session, trust, correlation, records)",
                 us("governed/moderate_and_100_rules") - known))
    rows.append(("seen beyond that in the round trip (caches, wake-ups, the keeper beside it)",
                 p(seen["latency"], "governed") - p(seen["latency"], "pump") - us("governed/moderate_and_100_rules")))
    return rows


def spent(seen):
    """Processor time, sleeps and new pages of the measured process, for a call: what else the machine does hardly changes them."""
    rows = []

    def take(title, measured):
        for name, row in measured.items():
            if name != "direct" and "spent" in row:
                rows.append((f"{title}: {name}" if title else name, row["spent"]))

    take("", seen.get("latency", {}))
    take("", seen.get("checkpoints", {}))
    take("durable", seen.get("durable", {}))
    for in_flight, measured in seen.get("throughput", {}).items():
        take(f"{in_flight} in flight", measured)
    for mib, measured in seen.get("large", {}).items():
        take(f"{mib} MiB", measured)
    return rows


def show(seen, against):
    print(f"\n{'':<52}{'aim':<34}seen")
    for row in table(seen):
        sign = {True: "✓", False: "✗", None: " "}[row["met"]]
        before = ""
        if against:
            old = next((r["seen"] for r in table(against) if r["what"] == row["what"]), None)
            before = f"   before: {old}" if old else ""
        print(f"{row['what']:<52}{row['aim']:<34}{sign} {row['seen']}{before}")
    if "latency" in seen:
        print(f"\n{'round trips, µs':<24}{'p50':>9}{'p90':>9}{'p99':>9}{'p99.9':>10}{'mean':>9}")
        for name, row in seen["latency"].items():
            f = row["us"]
            print(f"{name:<24}{f['p50']:>9.1f}{f['p90']:>9.1f}{f['p99']:>9.1f}{f['p99.9']:>10.1f}{f['mean']:>9.1f}")
    used = spent(seen)
    if used:
        print(f"\n{'what the process uses for a call':<44}{'loop µs':>9}{'beside µs':>11}{'sleeps':>8}{'new pages':>11}")
        for name, row in used:
            print(f"{name:<44}{row['loop_us']:>9.1f}{row['beside_us']:>11.1f}{row['switches']:>8.2f}{row['faults']:>11.2f}")
    parts = stages(seen)
    if parts:
        print("\nwhat a round trip is spent on, µs")
        for name, value in parts:
            print(f"  {name:<74}{value:>7.1f}")
        print(f"  allocations of a round trip: {seen['micro']['governed/moderate']['allocations']:.0f}")
    if "audit" in seen:
        print("\nthe log by itself, µs where nothing else is said")
        for row in seen["audit"]:
            print(f"  {row}")


def markdown(seen):
    """The same tables for docs/performance.md."""
    print("\n| what | aim | seen | |\n|---|---|---|---|")
    for row in table(seen):
        sign = {True: "met", False: "not met", None: ""}[row["met"]]
        print(f"| {row['what']} | {row['aim']} | {row['seen']} | {sign} |")
    if "latency" in seen:
        print("\n| round trips, µs | p50 | p90 | p99 | p99.9 | mean |\n|---|---|---|---|---|---|")
        for name, row in seen["latency"].items():
            f = row["us"]
            print(f"| {name} | {f['p50']:.1f} | {f['p90']:.1f} | {f['p99']:.1f} | {f['p99.9']:.1f} | {f['mean']:.1f} |")
    if spent(seen):
        print("\n| what the process uses for a call | its loop, µs | other threads, µs | sleeps | new pages |\n|---|---|---|---|---|")
        for name, row in spent(seen):
            print(f"| {name} | {row['loop_us']:.1f} | {row['beside_us']:.1f} | {row['switches']:.2f} | {row['faults']:.2f} |")
    if stages(seen):
        print("\n| what a round trip is spent on | µs |\n|---|---|")
        for name, value in stages(seen):
            print(f"| {name} | {value:.1f} |")
