#!/usr/bin/env python3
"""Makes docs/conformance.md: every normative statement of MQTT 3.1.1, the tests that cite it, and their results.

    generate.py --build build/dev            writes docs/conformance.md
    generate.py --build build/dev --check    fails when the file in the repository is not what this run gives

A test cites statements in square brackets in its name: "[MQTT-3.1.2-24] no packet within 1.5 x keep alive: the broker closes".
The doctest programs that CTest knows in the build folder are run for the tests that cite something; results of other tests (the foreign
clients') are read from the JUnit files in the build folder's reports/.
"""

import argparse
import collections
import csv
import difflib
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
TABLE = os.path.join(ROOT, "docs/conformance/mqtt311.tsv")
REASONS = os.path.join(ROOT, "docs/conformance/not_observable.tsv")
PAGE = os.path.join(ROOT, "docs/conformance.md")

CITATION = re.compile(r"\[(MQTT-\d+\.\d+\.\d+-\d+)\]")
RUN_LIMIT_S = 280
SHORT_CHARACTERS = 160

# Whom a program's tests speak for. The codec and the session rules are used by both sides.
SIDES = (
    (re.compile(r"^(conformance|broker|interop|net|raw)"), ("server",)),
    (re.compile(r"^client"), ("client",)),
    (re.compile(r""), ("client", "server")),
)

Test = collections.namedtuple("Test", "program name passed")


def rows(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def sides_of(program):
    return next(sides for pattern, sides in SIDES if pattern.search(program))


# ---- results ---------------------------------------------------------------------------------------------------------------------------------


def ctest_programs(build):
    """(name, command, environment) of each CTest test that is a program of this build without arguments: a doctest program, if it says so."""
    done = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True, check=True)
    for test in json.loads(done.stdout)["tests"]:
        command = test.get("command", [])
        if len(command) != 1 or not os.path.abspath(command[0]).startswith(os.path.abspath(build) + os.sep):
            continue
        properties = {one["name"]: one["value"] for one in test.get("properties", [])}
        environment = dict(os.environ, **dict(one.split("=", 1) for one in properties.get("ENVIRONMENT", [])))
        yield test["name"], command[0], environment


def cites_something(program):
    """Whether the program is doctest's and has tests that cite statements; only its test cases are listed."""
    with open(program, "rb") as f:
        if b"[doctest]" not in f.read():
            return False
    done = subprocess.run([program, "--list-test-cases", "--no-colors", "--test-case=*MQTT-*"], capture_output=True, text=True, timeout=RUN_LIMIT_S)
    return CITATION.search(done.stdout) is not None


def run_doctest(name, program, environment):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.xml")
        subprocess.run(
            [program, "--test-case=*MQTT-*", "--reporters=junit", f"--out={path}"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=RUN_LIMIT_S,
        )
        return list(read_junit(path, name))


def read_junit(path, program):
    """A file that is missing or cut, because its program crashed, is an error here and not a page without those tests."""
    for case in xml.parse(path).getroot().iter("testcase"):
        passed = case.find("failure") is None and case.find("error") is None
        yield Test(program, case.get("name"), passed)


def all_tests(build):
    tests = []
    for name, program, environment in ctest_programs(build):
        if os.path.exists(program) and cites_something(program):
            tests += run_doctest(name, program, environment)
    for path in sorted(glob.glob(os.path.join(build, "reports", "*.xml"))):
        tests += read_junit(path, os.path.splitext(os.path.basename(path))[0])
    return tests


def by_statement(tests):
    """statement -> {(program, name without citations): passed}. A test of the same name in several runs of a program is one, and passes when all do."""
    found = collections.defaultdict(dict)
    for test in tests:
        plain = CITATION.sub("", test.name)
        plain = re.sub(r"\[MQTT5-[^]]*\]", "", plain).strip()
        program = re.sub(r"_test(_.*)?$", "", test.program)
        for statement in CITATION.findall(test.name):
            key = (program, plain)
            found[statement][key] = found[statement].get(key, True) and test.passed
    return found


# ---- the page --------------------------------------------------------------------------------------------------------------------------------


def bound(row):
    return ("client", "server") if row["applies_to"] == "both" else (row["applies_to"],)


def judge(row, tests, reasons):
    """side -> 'passes', 'FAILS', 'no test' or 'not observable'."""
    result = {}
    for side in bound(row):
        own = [passed for (program, _), passed in tests.items() if side in sides_of(program)]
        if own:
            result[side] = "passes" if all(own) else "FAILS"
        else:
            result[side] = "not observable" if (row["id"], side) in reasons else "no test"
    return result


def short(text):
    text = " ".join(text.replace("|", "\\|").split())
    if len(text) <= SHORT_CHARACTERS:
        return text
    return text[:SHORT_CHARACTERS].rsplit(" ", 1)[0] + " …"


def cell_of_tests(row, tests, reasons):
    lines = [f"`{program}` {name}".replace("|", "\\|") + ("" if passed else " **fails**") for (program, name), passed in sorted(tests.items())]
    for side in bound(row):
        if (row["id"], side) in reasons:
            lines.append(f"*{side}: {reasons[row['id'], side]}*")
    return "<br>".join(lines)


def cell_of_results(result):
    if len(set(result.values())) == 1:
        return next(iter(result.values()))
    return "<br>".join(f"{side}: {what}" for side, what in sorted(result.items()))


def summary(judged):
    counts = {side: collections.Counter(result[side] for _, result in judged if side in result) for side in ("server", "client")}
    kinds = ("passes", "FAILS", "no test", "not observable")
    lines = ["| bound | statements | " + " | ".join(kinds) + " |", "|---|---" + "|---" * len(kinds) + "|"]
    for side, count in counts.items():
        lines.append(f"| {side} | {sum(count.values())} | " + " | ".join(str(count[kind]) for kind in kinds) + " |")
    return lines


INTRODUCTION = """# Conformance to MQTT 3.1.1

Every numbered statement of [MQTT Version 3.1.1](https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html), whom it binds, the tests that
cite it, and whether they pass. Made by `tools/conformance/generate.py` from the names of the tests and their results; a statement without a
test says so. A test's program tells the side it speaks for: `conformance`, `broker` and `interop` for the server, `client` for the client,
`protocol` and `session` for both.

The statements are shortened here; whole they are in [mqtt311.tsv](conformance/mqtt311.tsv), copied from the OASIS standard under
[its notice](conformance/NOTICE-OASIS.txt). Why some cannot be observed is in [not_observable.tsv](conformance/not_observable.tsv).
"""


def page(statements, found, reasons):
    judged = [(row, judge(row, found.get(row["id"], {}), reasons)) for row in statements]
    lines = [INTRODUCTION, *summary(judged)]
    chapter = None
    for row, result in judged:
        section = ".".join(row["section"].split(".")[:2])
        if section != chapter:
            chapter = section
            lines += ["", f"## {section}", "", "| statement | binds | in short | tests | result |", "|---|---|---|---|---|"]
        tests = cell_of_tests(row, found.get(row["id"], {}), reasons)
        lines.append(f"| {row['id']} | {row['applies_to']} | {short(row['statement'])} | {tests} | {cell_of_results(result)} |")
    return "\n".join(lines) + "\n", judged


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build/dev"), help="the build folder whose tests are run")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()

    statements = rows(TABLE)
    known = {row["id"] for row in statements}
    reasons = {(row["id"], row["side"]): row["reason"] for row in rows(REASONS)}
    found = by_statement(all_tests(arguments.build))
    mistakes = [f"{one} is cited by a test but is no statement" for one in sorted(set(found) - known)]
    mistakes += [f"{REASONS}: {one} is no statement" for one, _ in reasons if one not in known]
    text, judged = page(statements, found, reasons)
    for row, result in judged:
        for side, what in result.items():
            if what == "no test":
                print(f"no test: {row['id']} ({side})")
            elif what == "FAILS":
                mistakes.append(f"{row['id']} ({side}) fails")
            elif what == "passes" and (row["id"], side) in reasons:
                mistakes.append(f"{REASONS}: {row['id']} ({side}) has a test after all")
    for one in mistakes:
        print(one, file=sys.stderr)

    if arguments.check:
        return check(text) or (1 if mistakes else 0)
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(text)
    print("\n".join(text.splitlines()[len(INTRODUCTION.splitlines()) :][:4]))
    return 1 if mistakes else 0


def check(text):
    current = ""
    if os.path.exists(PAGE):
        with open(PAGE, encoding="utf-8") as f:
            current = f.read()
    if text == current:
        print("docs/conformance.md agrees with the tests")
        return 0
    difference = list(difflib.unified_diff(current.splitlines(), text.splitlines(), "docs/conformance.md", "this run", lineterm="", n=0))
    print("\n".join(difference[:40]), file=sys.stderr)
    print("docs/conformance.md is not what the tests say: run tools/conformance/generate.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
