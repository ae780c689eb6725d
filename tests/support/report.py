"""Results of tests that are not doctest programs: one line each on the terminal, and JUnit XML for docs/conformance.md."""

import argparse
import os
import time
import xml.etree.ElementTree as xml

SAID_AGAIN = 5  # failures, at the end


class Report:
    def __init__(self, suite):
        self.suite = suite
        self.results = []  # (where, case, seconds, why or None)
        self.started = time.monotonic()

    def add(self, where, case, seconds, why=None):
        self.results.append((where, case, seconds, why))
        self.say(self.results[-1])

    @staticmethod
    def say(result):
        where, case, _, why = result
        print(f"{'PASS' if why is None else 'FAIL'}  {where:<28} {case}" + (f": {why}" if why else ""), flush=True)

    def run(self, where, case, test, *arguments):
        """Calls the test; whatever it raises is the reason of its failure."""
        begin = time.monotonic()
        why = None
        try:
            test(*arguments)
        except Exception as problem:  # a failing test must not stop the others
            why = f"{type(problem).__name__}: {problem}" if not isinstance(problem, AssertionError) else str(problem)
        self.add(where, case, time.monotonic() - begin, why)
        return why is None

    def run_cases(self, where, cases):
        """Each of cases.CASES, which are names and methods."""
        for name, case in cases.CASES:
            self.run(where, name, case, cases)

    @property
    def failed(self):
        return sum(1 for result in self.results if result[3] is not None)

    def finish(self, path=None):
        """Prints again what failed first, and the closing line, writes the file, and gives the exit code."""
        if path:
            self.write(path)
        for result in [one for one in self.results if one[3] is not None][:SAID_AGAIN]:
            self.say(result)
        print(f"{self.suite}: {len(self.results) - self.failed} passed, {self.failed} failed, {time.monotonic() - self.started:.1f} s", flush=True)
        return 1 if self.failed or not self.results else 0

    def write(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        suite = xml.Element("testsuite", name=self.suite, tests=str(len(self.results)), failures=str(self.failed))
        for where, case, seconds, why in self.results:
            one = xml.SubElement(suite, "testcase", classname=where, name=case, time=f"{seconds:.3f}")
            if why is not None:
                xml.SubElement(one, "failure", message=why)
        root = xml.Element("testsuites")
        root.append(suite)
        xml.ElementTree(root).write(path, encoding="unicode", xml_declaration=True)


def binary_and_report(about):
    """The command line of a suite: the program's whole path, and where the XML goes, if anywhere."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the tepore program")
    parser.add_argument("--report", help="write JUnit XML here")
    arguments = parser.parse_args()
    return os.path.abspath(arguments.binary), arguments.report


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def check_equal(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: found {shorten(found)}, expected {shorten(expected)}")


def shorten(value):
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}... ({len(text)} characters)"
