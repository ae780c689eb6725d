#!/usr/bin/env python3
"""Measures every row of rows.py, broker after broker in turns, and writes docs/performance.md.

    ./dev bench                          everything, five times (half an hour); the page is written
    ./dev bench --only sparse,qos1       some scenarios; the page stays as it is
    ./dev bench --brokers relay          beside our own only these; the page stays as it is
    ./dev bench --repetitions 1          a quick look; below three the page stays as it is

Status 1 when a row misses its bound ("must"), when a generator failed on our broker or the relay (also: lost, doubled or mixed-up messages), and, where
everything was asked for, when a row could not be measured.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
from typing import NamedTuple

import page
from brokers import Brokers, Running
from rows import PEERS, RELAY, RELAY_AGAIN, SCENARIOS, Row, Scenario

GENERATOR_CORE = "1"
RUN_SECONDS_MAX = 120
PEER_REPETITIONS = 2  # they are there to be seen beside, not to be compared to the last percent
PAGE_REPETITIONS_MIN = 3  # a median of two is a mean


class Fault(NamedTuple):
    scenario: str
    broker: str
    text: str

    def __str__(self) -> str:
        return f"{self.scenario}, {self.broker}: {self.text}"


class Measurement:
    """Figures of all runs that went well: figures[scenario][broker][field] is a list, one entry for each of them. And what went wrong."""

    def __init__(self) -> None:
        self.figures: dict[str, dict[str, dict[str, list[float]]]] = {}
        self.faults: list[Fault] = []

    def add(self, scenario: Scenario, broker: str, result: dict) -> None:
        fields = self.figures.setdefault(scenario.key, {}).setdefault(broker, {})
        for name, value in result.items():
            if isinstance(value, (int, float)):
                fields.setdefault(name, []).append(value)

    def add_fault(self, scenario: Scenario, broker: str, text: str) -> None:
        self.faults.append(Fault(scenario.key, broker, text))
        print(f"  {self.faults[-1]}", file=sys.stderr)

    def figure(self, scenario: str, broker: str, row: Row) -> float | None:
        value = self.counted(scenario, broker, row.figure, row.best)
        if row.growth_from:
            before = self.counted(scenario, broker, row.growth_from, row.best)
            return (value / before - 1) * 100 if value is not None and before else None
        return None if value is None else value * row.scale - row.minus

    def counted(self, scenario: str, broker: str, figure: str, best: bool) -> float | None:
        """What counts of all runs: the median, or the mean of the best fifth."""
        values = self.figures.get(scenario, {}).get(broker, {}).get(figure, [])
        if not values:
            return None
        return statistics.mean(sorted(values)[: max(len(values) // 5, 1)]) if best else statistics.median(values)


def generator(options: argparse.Namespace, scenario: Scenario, port: int, pid: int) -> list[str]:
    if scenario.own_generator:
        command = [options.tepore, "bench", *scenario.arguments.split(), "--broker", f"mqtt://127.0.0.1:{port}", "--pid", str(pid), "--json"]
    else:
        command = [options.mqload, *scenario.arguments.split(), "--port", str(port), "--broker-pid", str(pid), "--drain", "5", "--timeout", "60"]
    command += scenario.seconds.split()
    return ["taskset", "-c", GENERATOR_CORE, *command] if scenario.pinned else command


def run(options: argparse.Namespace, brokers: Brokers, scenario: Scenario, which: list[str], measured: Measurement) -> None:
    """Each once, or slice by slice in turns. One that fails is not measured any further."""
    with contextlib.ExitStack() as ends:
        running: dict[str, Running] = {}
        for broker in which:
            try:
                running[broker] = ends.enter_context(brokers.start(broker, scenario))
            except (RuntimeError, OSError) as why:
                measured.add_fault(scenario, broker, str(why))
        for _ in range(max(scenario.slices, 1)):
            for broker, at in list(running.items()):
                try:
                    measured.add(scenario, broker, load(generator(options, scenario, at.port, at.pid)))
                except (RuntimeError, OSError) as why:
                    measured.add_fault(scenario, broker, str(why))
                    del running[broker]


def load(command: list[str]) -> dict:
    """What the generator tells. RuntimeError when it fails: figures of a run that is not sound are none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired as why:
        raise RuntimeError(f"the generator did not end within {RUN_SECONDS_MAX} s") from why
    if done.returncode != 0:
        raise RuntimeError(f"the generator ended with {done.returncode}: {(done.stderr.strip() or done.stdout.strip())[-300:]}")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"the generator told nothing: {done.stdout[-300:]}")
    try:
        return json.loads(lines[-1])
    except json.JSONDecodeError as why:
        raise RuntimeError(f"the generator told what is not JSON ({why}): {lines[-1][:300]}") from why


def machine() -> str:
    info = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"model name\s*: (.*)", info)
    kernel = ".".join(os.uname().release.split(".")[:2])
    return f"{model.group(1) if model else 'unknown processor'}, {os.cpu_count()} cores, Linux {kernel}"


def names(text: str, known: tuple[str, ...]) -> list[str]:
    """Of a list with commas; for argparse."""
    found = text.split(",") if text else []
    strangers = [name for name in found if name not in known]
    if strangers:
        raise argparse.ArgumentTypeError(f"{', '.join(strangers)}: there are {', '.join(known)}")
    return found


def at_least_one(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} are too few")
    return int(text)


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    scenarios, others = tuple(s.key for s in SCENARIOS), (RELAY, *PEERS)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tepore")
    parser.add_argument("mqload")
    parser.add_argument("relay")
    parser.add_argument("--repetitions", type=at_least_one, default=5)
    parser.add_argument("--only", type=lambda text: names(text, scenarios), default=[], help="scenarios, separated by commas: " + ", ".join(scenarios))
    parser.add_argument("--brokers", type=lambda text: names(text, others), default=[], help="brokers, separated by commas; our own is always measured")
    options = parser.parse_args(arguments)
    options.everything = not options.only and not options.brokers
    return options


def measure(options: argparse.Namespace, wanted: list[Scenario], brokers: Brokers) -> Measurement:
    measured = Measurement()
    for repetition in range(options.repetitions):
        print(f"repetition {repetition + 1} of {options.repetitions}", file=sys.stderr)
        for scenario in wanted:
            which = [broker for broker in scenario.brokers if is_wanted(options, broker, repetition)]
            for together in [which] if scenario.slices else [[broker] for broker in which] * scenario.runs:
                run(options, brokers, scenario, together, measured)
    return measured


def is_wanted(options: argparse.Namespace, broker: str, repetition: int) -> bool:
    if broker in PEERS and repetition >= PEER_REPETITIONS:
        return False
    name = RELAY if broker == RELAY_AGAIN else broker
    return not options.brokers or name not in (RELAY, *PEERS) or name in options.brokers


def is_sound(options: argparse.Namespace, table: list[page.Line], faults: list[Fault]) -> bool:
    """Whether every row that was asked for has a figure, and nothing failed that it is made of."""
    if any(fault.broker not in PEERS for fault in faults):
        return False
    return not options.everything or all(line.verdict != "not measured" for line in table)


def main() -> int:
    options = read_arguments()
    wanted = [s for s in SCENARIOS if not options.only or s.key in options.only]
    with tempfile.TemporaryDirectory() as scratch:
        measured = measure(options, wanted, Brokers(options.tepore, options.relay, pathlib.Path(scratch)))
    table = page.judge(wanted, measured)
    print(page.as_text(table))
    for fault in measured.faults:
        print(f"FAULT  {fault}")
    sound = is_sound(options, table, measured.faults)
    if options.everything and sound and options.repetitions >= PAGE_REPETITIONS_MIN:
        when = datetime.date.today().isoformat()
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
        page.write(table, f"{when}, commit {commit}, {machine()}, {options.repetitions} repetitions")
    else:
        print("docs/performance.md stays as it is", file=sys.stderr)
    return 0 if sound and all(line.verdict != "missed" for line in table) else 1


if __name__ == "__main__":
    sys.exit(main())
