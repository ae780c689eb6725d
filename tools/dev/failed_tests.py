#!/usr/bin/env python3
"""failed_tests.py FILE: of each failed test in CTest's JUnit file, the first words of trouble and what it said last. Nothing when none failed."""

import re
import sys
import xml.etree.ElementTree as xml

TROUBLE = re.compile(r"\b(ERROR|FAIL|FAILED|not ok|runtime error|SUMMARY|terminate called|Traceback)\b")
TROUBLES, LINES_EACH, LAST_LINES = 3, 3, 4  # few: .ci/run repeats the last thirty lines of a step

for test in xml.parse(sys.argv[1]).iter("testcase"):
    if test.get("status") != "fail":
        continue
    said = (test.findtext("system-out") or "").rstrip().splitlines()
    shown = set(range(max(len(said) - LAST_LINES, 0), len(said)))
    for at in [n for n, line in enumerate(said) if TROUBLE.search(line)][:TROUBLES]:
        shown.update(range(at, min(at + LINES_EACH, len(said))))
    print(f"--- {test.get('name')} failed", *(said[n] for n in sorted(shown)), sep="\n    ")
