#!/usr/bin/env python3
"""Breaks the code in one place at a time and sees whether the tests that cite the broken statement notice.

    mutate.py               builds a copy with all changes of mutations.toml in it, runs each, writes docs/conformance/mutations.tsv
    mutate.py --only TEXT   only those whose description or statements contain TEXT; nothing is written
    mutate.py --check       only looks whether every change still has its place in the sources

All changes are compiled into one set of test programs; which of them is alive is said by the environment variable TEPORE_MUTANT when a program is
started. So there is one build however many changes there are.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as xml

FOLDER = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(FOLDER, "../.."))
LIST = os.path.join(FOLDER, "mutations.toml")
RESULT = os.path.join(ROOT, "docs/conformance/mutations.tsv")
SCRATCH = os.path.join(ROOT, "build/mutation")

RUN_LIMIT_S = 120
KILLERS_SHOWN = 3

# Put at the top of every file that is changed. A change may leave a variable unused.
SWITCH = """#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wempty-body"
#ifndef TEPORE_MUTANT
#define TEPORE_MUTANT
#include <cstdlib>
namespace {
[[maybe_unused]] bool tepore_mutant(int number) noexcept {
    static const char* const alive = std::getenv("TEPORE_MUTANT");
    static const int which = alive == nullptr ? 0 : std::atoi(alive);
    return which == number;
}
}  // namespace
#endif
"""


def read_list():
    with open(LIST, "rb") as f:
        listed = tomllib.load(f)
    for number, one in enumerate(listed["mutation"], 1):
        one["number"] = number
        one["statements"] = one["statements"].split()
    return listed["programs"], listed["mutation"]


# ---- the changed sources ---------------------------------------------------------------------------------------------------------------------


def changed(group):
    """The text that stands in the place of their common "find": all, and questions which of them is alive."""
    text = group[0]["find"]
    for one in group:
        alive = f"tepore_mutant({one['number']})"
        if one.get("statement", False):
            text = f"if ({alive}) {{ {one['replace']} }} else {{ {text} }}"
        else:
            text = f"({alive} ? ({one['replace']}) : ({text}))"
    return text


def apply(text, mutations):
    """The source with these changes in it. Places are looked for in the text as it was."""
    groups = {}
    for one in mutations:
        groups.setdefault(one["find"], []).append(one)
    places = []
    for find, group in groups.items():
        count = text.count(find)
        if count != 1:
            raise LookupError(f"{group[0]['file']}: stands there {count} times, not once: {find!r} ({group[0]['what']})")
        places.append((text.index(find), find, changed(group)))
    places.sort()
    for (at, find, _), (then, _, _) in zip(places, places[1:]):
        if then < at + len(find):
            raise LookupError(f"{mutations[0]['file']}: two changes overlap")
    for at, find, new in reversed(places):
        text = text[:at] + new + text[at + len(find) :]
    return SWITCH + text


def by_file(mutations):
    files = {}
    for one in mutations:
        files.setdefault(one["file"], []).append(one)
    return files


def changed_sources(mutations):
    """path -> text; and what does not fit any more."""
    sources, wrong = {}, []
    for path, group in by_file(mutations).items():
        try:
            with open(os.path.join(ROOT, path), encoding="utf-8") as f:
                sources[path] = apply(f.read(), group)
        except (LookupError, OSError) as problem:
            wrong.append(str(problem))
    return sources, wrong


# ---- the copy --------------------------------------------------------------------------------------------------------------------------------


def write_if_new(path, content):
    """Keeps the time of what has not changed, so that it is not compiled again."""
    try:
        with open(path, "rb") as f:
            if f.read() == content:
                return
    except OSError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)


def make_copy(sources):
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True).stdout
    for path in filter(None, listed.decode().split("\0")):
        origin = os.path.join(ROOT, path)
        if path in sources or not os.path.isfile(origin):
            continue
        with open(origin, "rb") as f:
            write_if_new(os.path.join(SCRATCH, path), f.read())
        os.chmod(os.path.join(SCRATCH, path), os.stat(origin).st_mode)
    for path, text in sources.items():
        write_if_new(os.path.join(SCRATCH, path), text.encode())


def build(programs):
    cache = []
    if subprocess.run(["which", "ccache"], capture_output=True).returncode == 0:
        cache = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", "-DCMAKE_C_COMPILER_LAUNCHER=ccache"]
    # At the same depth and with the same flags as in the tree itself, so that ccache knows what has not been changed.
    folder = os.path.join(SCRATCH, "build/dev")
    subprocess.run(["cmake", "--preset", "dev", *cache], cwd=SCRATCH, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder, "-j", "2", "--target", *programs], check=True)
    found = {}
    for at, _, files in os.walk(folder):
        found.update({name: os.path.join(at, name) for name in files if name in programs})
    return found


# ---- the runs --------------------------------------------------------------------------------------------------------------------------------


def run(program, statements, number):
    """(tests run, names of those that failed). A program that crashes or does not end has failed as a whole."""
    chosen = ",".join(f"*[{one}]*" for one in statements)
    environment = dict(os.environ, TEPORE_MUTANT=str(number))
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.xml")
        try:
            done = subprocess.run([program, f"--test-case={chosen}", "--reporters=junit", f"--out={report}"], env=environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=RUN_LIMIT_S)
            cases = list(xml.parse(report).getroot().iter("testcase"))
        except subprocess.TimeoutExpired:
            return 1, [f"no end within {RUN_LIMIT_S} s"]
        except (OSError, xml.ParseError):
            return 1, ["the program ended early"]
        failed = [case.get("name") for case in cases if case.find("failure") is not None or case.find("error") is not None]
        if done.returncode != 0 and not failed:
            failed = ["the program ended early"]
        return len(cases), failed


def short(name):
    return " ".join(re.sub(r"\[(MQTT5?|B)-[^]]*\]", "", name).split())


def judge(one, programs, unsound):
    """'killed' with the tests that noticed, 'SURVIVED', or 'no test'. Those of `unsound` fail anyway and have no say."""
    tests, killers, seen = 0, [], set()
    for name, path in programs.items():
        count, failed = run(path, one["statements"], one["number"])
        tests += count
        for test in failed:
            if (name, test) in unsound:
                continue
            text = f"`{name.removesuffix('_test')}` {short(test)}"
            if text not in seen:
                seen.add(text)
                killers.append(text)
    if killers:
        more = len(killers) - KILLERS_SHOWN
        return "killed", "<br>".join(killers[:KILLERS_SHOWN]) + (f"<br>and {more} more" if more > 0 else "")
    return ("SURVIVED" if tests else "no test"), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="TEXT", default="")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()

    programs, mutations = read_list()
    sources, wrong = changed_sources(mutations)
    statements = {one for mutation in mutations for one in mutation["statements"]}
    for problem in wrong:
        print(problem, file=sys.stderr)
    if wrong:
        return 1
    if arguments.check:
        print(f"{len(mutations)} changes of {len(statements)} statements have their places")
        return 0

    make_copy(sources)
    found = build(programs)
    unsound = {(name, test) for name, path in found.items() for test in run(path, sorted(statements), 0)[1]}
    for name, test in sorted(unsound):
        print(f"fails without any change, and has no say: {name}: {test}", file=sys.stderr)

    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True, check=True).stdout.strip()
    rows = []
    for one in mutations:
        if arguments.only not in one["what"] and arguments.only not in one["statements"]:
            continue
        result, by = judge(one, found, unsound)
        rows.append((" ".join(one["statements"]), one["what"], one["file"], result, by))
        print(f"{result}: {' '.join(one['statements'])}: {one['what']}", flush=True)
    killed = sum(row[3] == "killed" for row in rows)
    print(f"{killed} of {len(rows)} noticed")
    if not arguments.only:
        with open(RESULT, "w", encoding="utf-8") as f:
            f.write(f"# on {commit}\nstatements\twhat\tfile\tresult\tby\n")
            f.writelines("\t".join(row) + "\n" for row in rows)
        print("the pages that show this are made anew by tools/conformance/generate.py")
    return 0 if killed == len(rows) and not unsound else 1


if __name__ == "__main__":
    sys.exit(main())
