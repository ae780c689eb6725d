#!/usr/bin/env python3
"""Makes the conformance pages: every normative statement of MQTT 3.1.1 and 5.0, the tests that cite it, and their results.

    generate.py --build build/dev            writes docs/conformance.md, and docs/conformance/mqtt-3.1.1.md and mqtt-5.0.md
    generate.py --build build/dev --check    fails when the files in the repository are not what this run gives

A test cites statements in square brackets in its name: "[MQTT-3.1.2-24] [MQTT5-3.1.2-22] no packet within 1.5 x keep alive: the broker closes",
and "[B-37]" when it shows one of the behaviours of docs/conformance/behaviours.tsv.
The doctest programs that CTest knows in the build folder are run for the tests that cite something; results of other tests (the foreign
clients') are read from the JUnit files in the build folder's reports/. What became of broken statements (./dev mutate) is read from
docs/conformance/mutations.tsv.
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
FOLDER = os.path.join(ROOT, "docs/conformance")
PAGE = os.path.join(ROOT, "docs/conformance.md")
BEHAVIOURS = os.path.join(FOLDER, "behaviours.tsv")
MUTATIONS = os.path.join(FOLDER, "mutations.tsv")

Version = collections.namedtuple("Version", "name table reasons page url")
VERSIONS = (
    Version("3.1.1", "mqtt311.tsv", "not_observable.tsv", "mqtt-3.1.1.md", "https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html"),
    Version("5.0", "mqtt5.tsv", "not_observable5.tsv", "mqtt-5.0.md", "https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html"),
)

CITATION = re.compile(r"\[(MQTT5?-\d+(?:\.\d+)+-\d+|B-\d+)\]")
CITING = "--test-case=*[MQTT-*,*[MQTT5-*,*[B-*"
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
    done = subprocess.run([program, "--list-test-cases", "--no-colors", CITING], capture_output=True, text=True, timeout=RUN_LIMIT_S)
    return CITATION.search(done.stdout) is not None


def run_doctest(name, program, environment):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.xml")
        subprocess.run(
            [program, CITING, "--reporters=junit", f"--out={path}"],
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
        plain = " ".join(CITATION.sub("", test.name).split())
        program = re.sub(r"_test(_.*)?$", "", test.program)
        for statement in CITATION.findall(test.name):
            key = (program, plain)
            found[statement][key] = found[statement].get(key, True) and test.passed
    return found


# ---- the pages -------------------------------------------------------------------------------------------------------------------------------


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


def lines_of_tests(tests):
    return [f"`{program}` {name}".replace("|", "\\|") + ("" if passed else " **fails**") for (program, name), passed in sorted(tests.items())]


def cell_of_tests(row, tests, reasons):
    lines = lines_of_tests(tests)
    for side in bound(row):
        if (row["id"], side) in reasons:
            lines.append(f"*{side}: {reasons[row['id'], side]}*")
    return "<br>".join(lines)


def cell_of_results(result):
    if len(set(result.values())) == 1:
        return next(iter(result.values()))
    return "<br>".join(f"{side}: {what}" for side, what in sorted(result.items()))


KINDS = ("passes", "FAILS", "no test", "not observable")


def summary(name, judged):
    for side in ("server", "client"):
        count = collections.Counter(result[side] for _, result in judged if side in result)
        yield f"| {name} | {side} | {sum(count.values())} | " + " | ".join(str(count[kind]) for kind in KINDS) + " |"


TOP = """# Conformance

What is proven of [MQTT 3.1.1]({url_3}) and [MQTT 5.0]({url_5}), for server and client. Made by `tools/conformance/generate.py` from the names of the
tests and their results; a statement without a test says so. Each numbered statement, the tests that cite it, and whether they pass:

- [MQTT 3.1.1](conformance/mqtt-3.1.1.md)
- [MQTT 5.0](conformance/mqtt-5.0.md)

A test's program tells the side it speaks for: `conformance`, `broker`, `interop` for the server, `client` for the client, `protocol` and `session` for
both. Why some statements cannot be observed is in [not_observable.tsv](conformance/not_observable.tsv) and
[not_observable5.tsv](conformance/not_observable5.tsv).

"""

BEHAVIOUR_TEXT = """
## What brokers get wrong most often

"""

MUTATION_TEXT = """
## Tests that fail when the behaviour is broken

`./dev mutate` breaks the code in one place at a time ([tools/mutation/mutations.toml](../tools/mutation/mutations.toml)) and runs the tests that cite the
statement. {killed} of {all} changes were noticed{commit}.

| statement | the change | noticed by |
|---|---|---|
"""

VERSION_TEXT = """# Conformance to MQTT {name}

Every numbered statement of [MQTT Version {name}]({url}), whom it binds, the tests that cite it, and whether they pass; see
[conformance.md](../conformance.md). "Mutated": the code was changed to break it, and a test noticed (yes) or not (NO).

The statements are shortened here; whole they are in [{table}]({table}), copied from the OASIS standard under [its notice](NOTICE-OASIS.txt).
"""


def version_page(version, judged, found, reasons, mutated):
    lines = [VERSION_TEXT.format(**version._asdict())]
    chapter = None
    for row, result in judged:
        section = ".".join(row["section"].split(".")[:2])
        if section != chapter:
            chapter = section
            lines += ["", f"## {section}", "", "| statement | binds | in short | tests | result | mutated |", "|---|---|---|---|---|---|"]
        tests = cell_of_tests(row, found.get(row["id"], {}), reasons)
        cells = (row["id"], row["applies_to"], short(row["statement"]), tests, cell_of_results(result), mutated.get(row["id"], ""))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def read_mutations(path):
    """The commit they were run on, and their rows; nothing before the first run."""
    if not os.path.exists(path):
        return None, []
    with open(path, encoding="utf-8") as f:
        commit = f.readline().removeprefix("# ").strip()
        return commit, list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def mutation_section(commit, mutations):
    if not mutations:
        return ""
    killed = sum(row["result"] == "killed" for row in mutations)
    text = MUTATION_TEXT.format(killed=killed, all=len(mutations), commit=f" ({commit})" if commit else "")
    for row in mutations:
        by = row["by"].replace("|", "\\|") if row["result"] == "killed" else f"**{row['result']}**"
        text += f"| {row['statements']} | {row['what']} | {by} |\n"
    return text


def statements_mutated(mutations):
    """statement -> yes or NO; NO when one of several changes survived."""
    mutated = {}
    for row in mutations:
        for one in row["statements"].split():
            mutated[one] = "yes" if row["result"] == "killed" and mutated.get(one, "yes") == "yes" else "NO"
    return mutated


def behaviour_section(behaviours, found):
    lines = ["| | behaviour | tests |", "|---|---|---|"]
    for row in behaviours:
        tests = "<br>".join(lines_of_tests(found.get(row["id"], {}))) or "**no test**"
        lines.append(f"| {row['id']} | {row['behaviour'].replace('|', chr(92) + '|')} | {tests} |")
    return BEHAVIOUR_TEXT + "\n".join(lines) + "\n"


def pages(found, mistakes):
    """path -> text, of all pages. What is wrong is added to `mistakes`."""
    commit, mutations = read_mutations(MUTATIONS)
    mutated = statements_mutated(mutations)
    behaviours = rows(BEHAVIOURS)
    known = {row["id"] for row in behaviours}
    table = ["| version | side | statements | " + " | ".join(KINDS) + " |", "|---|---|---" + "|---" * len(KINDS) + "|"]
    made = {}
    for version in VERSIONS:
        statements = rows(os.path.join(FOLDER, version.table))
        reasons = {(row["id"], row["side"]): row["reason"] for row in rows(os.path.join(FOLDER, version.reasons))}
        judged = [(row, judge(row, found.get(row["id"], {}), reasons)) for row in statements]
        known |= {row["id"] for row in statements}
        mistakes += find_mistakes(version, judged, reasons)
        table += summary(version.name, judged)
        made[os.path.join(FOLDER, version.page)] = version_page(version, judged, found, reasons, mutated)
    mistakes += [f"{one} is cited by a test but is no statement" for one in sorted(set(found) - known)]
    for row in behaviours:
        tests = found.get(row["id"], {})
        if not tests:
            print(f"no test: {row['id']}")
        elif not all(tests.values()):
            mistakes.append(f"{row['id']} fails")
    top = TOP.format(url_3=VERSIONS[0].url, url_5=VERSIONS[1].url)
    made[PAGE] = top + "\n".join(table) + "\n" + behaviour_section(behaviours, found) + mutation_section(commit, mutations)
    print("\n".join(table))
    return made


def find_mistakes(version, judged, reasons):
    known = {row["id"] for row, _ in judged}
    mistakes = [f"{version.reasons}: {one} is no statement" for one, _ in reasons if one not in known]
    for row, result in judged:
        for side, what in result.items():
            if what == "no test":
                print(f"no test: {row['id']} ({side})")
            elif what == "FAILS":
                mistakes.append(f"{row['id']} ({side}) fails")
            elif what == "passes" and (row["id"], side) in reasons:
                mistakes.append(f"{version.reasons}: {row['id']} ({side}) has a test after all")
    return mistakes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build/dev"), help="the build folder whose tests are run")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()

    mistakes = []
    made = pages(by_statement(all_tests(arguments.build)), mistakes)
    for one in mistakes:
        print(one, file=sys.stderr)
    if arguments.check:
        return max([check(path, text) for path, text in made.items()]) or (1 if mistakes else 0)
    for path, text in made.items():
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    return 1 if mistakes else 0


def check(path, text):
    name = os.path.relpath(path, ROOT)
    current = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            current = f.read()
    if text == current:
        print(f"{name} agrees with the tests")
        return 0
    difference = list(difflib.unified_diff(current.splitlines(), text.splitlines(), name, "this run", lineterm="", n=0))
    print("\n".join(difference[:40]), file=sys.stderr)
    print(f"{name} is not what the tests say: run tools/conformance/generate.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
