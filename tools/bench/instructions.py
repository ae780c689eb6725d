#!/usr/bin/env python3
"""Instructions of the micro-benchmarks, counted by callgrind and compared with bench/micro/instructions.tsv.

    tools/bench/instructions.py PROGRAM [--keep] [PART OF A NAME]

Status 1 when an operation needs more than 3 % more than is kept: explain the rise in the change's message, and keep the new figure with --keep.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

KEPT = pathlib.Path(__file__).resolve().parents[2] / "bench/micro/instructions.tsv"
RISE_MAX = 0.03
SECONDS_MAX = 600
HEADER = "# operation\tinstructions (-O2, g++ 12, x86-64, callgrind); written by: ./dev bench instructions --keep\n"
# glibc picks its string functions by processor; the ones that every x86-64 machine has count the same everywhere.
TUNABLES = "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-BMI2,-ERMS,-FSRM,-SSE4_2,-SSSE3,-RTM"


def count(program: str, wanted: str) -> dict[str, float]:
    """Instructions per operation, by name, in the order of the program."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "counts"
        command = ["valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={out}", program, "--instructions", wanted]
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, env=os.environ | {"GLIBC_TUNABLES": TUNABLES}, check=False)
        if run.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with {run.returncode}:\n{run.stderr[-2000:]}")
        found = {}
        for place, line in enumerate(run.stdout.splitlines(), 1):
            name, operations = line.split()
            summary = re.search(r"^(?:summary|totals): (\d+)", pathlib.Path(f"{out}.{place}").read_text(), re.MULTILINE)
            found[name] = int(summary.group(1)) / int(operations)
        return found


def kept() -> dict[str, float]:
    if not KEPT.exists():
        return {}
    rows = (line.split("\t") for line in KEPT.read_text().splitlines() if line and not line.startswith("#"))
    return {name: float(figure) for name, figure in rows}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="tepore_micro")
    parser.add_argument("--keep", action="store_true", help="write the counts down as the ones to compare with")
    parser.add_argument("wanted", nargs="?", default="", help="only operations with this in their name")
    options = parser.parse_args()

    before, now = kept(), count(options.program, options.wanted)
    if not now:
        sys.exit(f"no operation has '{options.wanted}' in its name")
    risen = []
    for name, figure in now.items():
        old = before.get(name)
        change = "new" if old is None else f"{(figure / old - 1) * 100:+.1f} %"
        print(f"{name:45} {figure:12.1f} {change:>9}")
        if old is None or figure > old * (1 + RISE_MAX):
            risen.append(name)
    if options.keep:
        KEPT.write_text(HEADER + "".join(f"{name}\t{figure:.1f}\n" for name, figure in (before | now).items()))
        return 0
    gone = [] if options.wanted else [name for name in before if name not in now]
    for name in risen:
        print(f"{name}: more than {RISE_MAX:.0%} above what is kept. Explain it in the change, then: ./dev bench instructions --keep", file=sys.stderr)
    for name in gone:
        print(f"{name}: kept, but no longer measured: take it out of {KEPT.name}", file=sys.stderr)
    return 1 if risen or gone else 0


if __name__ == "__main__":
    sys.exit(main())
