#!/usr/bin/env python3
"""Measures every row of rows.py, broker after broker in turns, and writes docs/performance.md.

    ./dev bench                          everything, five times (half an hour); the page is written
    ./dev bench --only sparse,qos1       some scenarios; the page stays as it is
    ./dev bench --repetitions 1          a quick look

Status 1 when a row misses its bound ("must"), or a generator found lost, doubled or mixed-up messages on our broker.
"""
import argparse
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import page
from brokers import Brokers
from rows import AEDES, MOSQUITTO, RELAY, SCENARIOS, Row, Scenario

GENERATOR_CORE = "1"
RUN_SECONDS_MAX = 120
PEER_REPETITIONS = 2  # mosquitto and aedes are there to be seen beside, not to be compared to the last percent


class Measurement:
    """Figures of all runs: figures[scenario][broker][field] is a list, one entry for each repetition."""

    def __init__(self) -> None:
        self.figures: dict[str, dict[str, dict[str, list[float]]]] = {}
        self.faults: list[str] = []

    def add(self, scenario: Scenario, broker: str, result: dict) -> None:
        fields = self.figures.setdefault(scenario.key, {}).setdefault(broker, {})
        for name, value in result.items():
            if isinstance(value, (int, float)):
                fields.setdefault(name, []).append(value)

    def figure(self, scenario: str, broker: str, row: Row) -> float | None:
        values = self.figures.get(scenario, {}).get(broker, {}).get(row.figure, [])
        if not values:
            return None
        return (min(values) if row.best else statistics.median(values)) - row.minus


def generator(options: argparse.Namespace, scenario: Scenario, port: int, pid: int) -> list[str]:
    if scenario.own_generator:
        command = [options.tepore, "bench", *scenario.arguments.split(), "--broker", f"mqtt://127.0.0.1:{port}", "--pid", str(pid), "--json"]
    else:
        command = [options.mqload, *scenario.arguments.split(), "--port", str(port), "--broker-pid", str(pid), "--drain", "5", "--timeout", "60"]
    command += scenario.seconds.split()
    return ["taskset", "-c", GENERATOR_CORE, *command] if scenario.pinned else command


def run_once(options: argparse.Namespace, brokers: Brokers, scenario: Scenario, broker: str, measured: Measurement) -> None:
    try:
        running = brokers.start(broker, scenario.listener, scenario.pinned)
    except (RuntimeError, OSError) as why:
        measured.faults.append(f"{scenario.key}, {broker}: {why}")
        print(f"  {measured.faults[-1]}", file=sys.stderr)
        return
    try:
        for _ in range(scenario.extra.get("slices", 1)):
            done = subprocess.run(generator(options, scenario, running.port, running.pid), capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)
            lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
            if lines:
                measured.add(scenario, broker, json.loads(lines[-1]))
            if done.returncode != 0:
                fault = f"{scenario.key}, {broker}: the generator ended with {done.returncode}: {(done.stderr.strip() or done.stdout.strip())[-300:]}"
                measured.faults.append(fault)
                print(f"  {fault}", file=sys.stderr)
    finally:
        running.stop()


def machine() -> str:
    info = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"model name\s*: (.*)", info)
    kernel = ".".join(os.uname().release.split(".")[:2])
    return f"{model.group(1) if model else 'unknown processor'}, {os.cpu_count()} cores, Linux {kernel}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tepore")
    parser.add_argument("mqload")
    parser.add_argument("relay")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", default="", help="scenarios, separated by commas: " + ", ".join(s.key for s in SCENARIOS))
    parser.add_argument("--brokers", default="", help="brokers, separated by commas; our own is always measured")
    options = parser.parse_args()
    wanted = [s for s in SCENARIOS if not options.only or s.key in options.only.split(",")]
    if not wanted:
        parser.error(f"no scenario is called {options.only}")

    measured = Measurement()
    with tempfile.TemporaryDirectory() as scratch:
        brokers = Brokers(options.tepore, options.relay, pathlib.Path(scratch))
        for repetition in range(options.repetitions):
            print(f"repetition {repetition + 1} of {options.repetitions}", file=sys.stderr)
            for scenario in wanted:
                for broker in scenario.brokers:
                    if broker in (MOSQUITTO, AEDES) and repetition >= PEER_REPETITIONS:
                        continue
                    if options.brokers and broker in (MOSQUITTO, AEDES, RELAY) and broker not in options.brokers.split(","):
                        continue
                    run_once(options, brokers, scenario, broker, measured)

    table = page.judge(wanted, measured)
    print(page.as_text(table))
    if not options.only:
        when = datetime.date.today().isoformat()
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
        page.write(table, f"{when}, commit {commit}, {machine()}, {options.repetitions} repetitions")
    ours = [fault for fault in measured.faults if ", tepore" in fault or ", one" in fault]
    missed = [line for line in table if line.verdict == "missed"]
    return 1 if ours or missed else 0


if __name__ == "__main__":
    sys.exit(main())
