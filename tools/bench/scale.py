#!/usr/bin/env python3
"""Checks the arithmetic of docs/scale.md: many connections to several brokers on one machine, against what few of them cost.

    tools/bench/scale.py TEPORE [--brokers 3] [--connections 17000]

A process may have only so many descriptors (ulimit -Hn), so more connections need more processes, of brokers as of generators.
"""
import argparse
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from brokers import Brokers, Running
from rows import TEPORE, Scenario

RUN_SECONDS_MAX = 180
UNPINNED = Scenario("scale", "idle", (), pinned=False)
FEW = 10_000  # enough that the write buffers which a worker keeps for itself, some 0.5 MB, do not count
DIFFERENCE_MAX = 0.15  # between calculated and measured memory


def slab_bytes() -> int:
    return int(re.search(r"^Slab:\s+(\d+) kB", pathlib.Path("/proc/meminfo").read_text(encoding="ascii"), re.MULTILINE).group(1)) * 1024


@contextlib.contextmanager
def generator(tepore: str, connections: int, broker: Running) -> Iterator[subprocess.Popen]:
    """Holds the connections; ended with the block, whatever happens in it."""
    command = [tepore, "bench", "idle", "--conns", str(connections), "--broker", f"mqtt://127.0.0.1:{broker.port}", "--pid", str(broker.pid), "--seconds", "15",
               "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()  # nothing, where it has ended


def told_by(process: subprocess.Popen) -> dict:
    told = process.stdout.read()
    if process.returncode != 0:
        sys.exit(f"the generator ended with {process.returncode}: {told[-300:]}")
    lines = told.splitlines()
    if not lines:
        sys.exit("the generator told nothing")
    return json.loads(lines[-1])


def hold(brokers: Brokers, tepore: str, count: int, connections: int) -> tuple[list[dict], int]:
    """What each generator said, and how much the kernel's memory grew meanwhile (both ends: the generators are here too)."""
    with contextlib.ExitStack() as cleanup:
        running = [cleanup.enter_context(brokers.start(TEPORE, UNPINNED)) for _ in range(count)]
        before = most = slab_bytes()
        generators = [cleanup.enter_context(generator(tepore, connections, broker)) for broker in running]
        deadline = time.monotonic() + RUN_SECONDS_MAX
        while any(g.poll() is None for g in generators):
            if time.monotonic() > deadline:
                sys.exit(f"the generators did not end within {RUN_SECONDS_MAX} s")
            most = max(most, slab_bytes())
            time.sleep(0.5)
        return [told_by(g) for g in generators], most - before


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tepore")
    parser.add_argument("--brokers", type=int, default=3)
    parser.add_argument("--connections", type=int, default=17000, help="to each broker")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        brokers = Brokers(options.tepore, "", pathlib.Path(scratch))
        few, _ = hold(brokers, options.tepore, 1, FEW)
        many, kernel = hold(brokers, options.tepore, options.brokers, options.connections)
    total = options.brokers * options.connections
    calculated = few[0]["rss_bytes_per_connection"] * total
    measured = sum(one["rss_bytes_per_connection"] * options.connections for one in many)
    difference = measured / calculated - 1
    print(f"{total:,} connections to {options.brokers} brokers")
    print(f"brokers' memory: {calculated / 1e6:.1f} MB calculated from {FEW:,} connections, {measured / 1e6:.1f} MB measured ({difference:+.1%})")
    print(f"kernel: {kernel / total:,.0f} bytes for each connection, both ends")
    print(f"connect and subscribe: {few[0]['broker_cpu_us_per_connect_and_subscribe']:.1f} µs each with few, "
          f"{sum(one['broker_cpu_us_per_connect_and_subscribe'] for one in many) / len(many):.1f} µs with many")
    print(f"idle: {max(one['broker_idle_cpu_cores'] for one in many):.4f} cores at most for a broker")
    return 0 if abs(difference) <= DIFFERENCE_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
