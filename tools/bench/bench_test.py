"""Which figures count and how they are judged, without a measurement."""
import contextlib
import io
import sys
import unittest
from unittest import mock

import bench
import page
from bench import Measurement
from rows import AEDES, ONE_WORKER, RELAY, RELAY_AGAIN, TEPORE, TWO_WORKERS, Row, Scenario


def judged(row: Row, ours: list[float], others: list[float]) -> page.Line:
    measured = Measurement()
    scenario = Scenario("s", "", (row,), (TEPORE, RELAY))
    for value in ours:
        measured.add(scenario, TEPORE, {"x": value})
    for value in others:
        measured.add(scenario, RELAY, {"x": value})
    return page.judge([scenario], measured)[0]


class Judged(unittest.TestCase):
    def test_a_ratio_is_of_medians(self):
        line = judged(Row("", "x", "", 1.5, 1.2, against=RELAY), [1.0, 1.3, 9.0], [1.0, 1.0, 0.1])
        self.assertAlmostEqual(line.ratio, 1.3)
        self.assertEqual(line.verdict, "must")

    def test_bounds_are_kept_or_not(self):
        for ours, verdict in ((1.2, "aim"), (1.21, "must"), (1.5, "must"), (1.51, "missed")):
            self.assertEqual(judged(Row("", "x", "", 1.5, 1.2, against=RELAY), [ours], [1.0]).verdict, verdict)

    def test_more_may_be_better(self):
        for ours, verdict in ((0.99, "missed"), (1.0, "must")):
            self.assertEqual(judged(Row("", "x", "", 1.0, against=RELAY, more_is_better=True), [ours], [1.0]).verdict, verdict)

    def test_the_best_fifth_counts_for_latency(self):
        row = Row("", "x", "", 9, against=RELAY, best=True)
        self.assertAlmostEqual(judged(row, [4.0, 2.0], [8.0, 2.0]).ratio, 1.0)
        self.assertAlmostEqual(judged(row, [9.0, 4.0, 9.0, 9.0, 2.0, 9.0, 9.0, 9.0, 9.0, 9.0], [1.0]).ratio, 3.0)

    def test_growth_is_that_of_what_counts(self):
        measured, row = Measurement(), Row("", "after", "%", 10, best=True, growth_from="before")
        scenario = Scenario("s", "", (row,), (TEPORE,))
        for before, after in ((200.0, 110.0), (100.0, 300.0)):
            measured.add(scenario, TEPORE, {"before": before, "after": after})
        line = page.judge([scenario], measured)[0]
        self.assertAlmostEqual(line.judged, 10.0)
        self.assertEqual(page.judge([Scenario("t", "", (row,), (TEPORE,))], measured)[0].verdict, "not measured")

    def test_what_was_asked_for_is_taken_off(self):
        self.assertEqual(judged(Row("", "x", "", 100, 80, minus=64), [150.0], []).verdict, "must")

    def test_units_may_be_larger_than_the_generators(self):
        line = judged(Row("", "x", "MB", 300, scale=1e-6), [288e6], [])
        self.assertEqual((line.judged, line.verdict), (288.0, "must"))

    def test_nothing_measured_is_no_success(self):
        self.assertEqual(judged(Row("", "x", "", 1.5, against=RELAY), [], [1.0]).verdict, "not measured")
        self.assertEqual(judged(Row("", "x", "", 1.5, against=RELAY), [1.0], []).verdict, "not measured")


class Shown(unittest.TestCase):
    def test_the_rate_of_one_worker_stands_where_it_is_judged(self):
        measured = Measurement()
        scenario = Scenario("s", "", (Row("", "x", "1/s", 1.4, against=ONE_WORKER, more_is_better=True),), (TWO_WORKERS, ONE_WORKER))
        measured.add(scenario, TWO_WORKERS, {"x": 15.0})
        measured.add(scenario, ONE_WORKER, {"x": 10.0})
        line = page.judge([scenario], measured)[0]
        self.assertEqual(page.cells(line), ["15.0", "", "", "", ""])
        self.assertEqual(page.judged_words(line), "ratio 1.50 (one worker: 10.0)")
        self.assertIn("| ratio 1.50 (one worker: 10.0) | ≥ 1.40 |", page.as_markdown([line], ""))
        self.assertIn("ratio 1.50 (one worker: 10.0): holds", page.as_text([line]))

    def test_what_a_second_relay_differs_stands_where_it_was_measured(self):
        measured = Measurement()
        scenario = Scenario("s", "", (Row("", "x", "µs", 1.3, against=RELAY, best=True),), (TEPORE, RELAY, RELAY_AGAIN))
        for broker, best in ((TEPORE, 30.0), (RELAY, 20.0), (RELAY_AGAIN, 50.0)):
            measured.add(scenario, broker, {"x": best})
        line = page.judge([scenario], measured)[0]
        self.assertEqual((page.judged_words(line), line.verdict), ("ratio 1.50 (a second relay: 2.50)", "missed"))

    def test_a_miss_says_what_remains(self):
        known, unknown = Row("known", "x", "", 1.5, against=RELAY, remains="the kernel"), Row("unknown", "x", "", 1.5, against=RELAY)
        lines = [judged(row, [ours], [1.0]) for row in (known, unknown) for ours in (1.0, 2.0)]
        for text, mark in ((page.as_text(lines), "MISSED  "), (page.as_markdown(lines, ""), "- **")):
            told = [line.removeprefix(mark).replace("**", "") for line in text.splitlines() if line.startswith(mark)]
            self.assertEqual(told, ["known: the kernel", "unknown: not looked into yet"])
        self.assertNotIn("remains", page.as_markdown(lines[:1], ""))


class Counted(unittest.TestCase):
    """A run of a program in place of the generator."""

    def setUp(self):
        self.scenario, self.measured = Scenario("s", "", (), (TEPORE,)), Measurement()

    def run_with(self, program, timeout=30):
        brokers = mock.Mock()
        brokers.start.return_value = contextlib.nullcontext(mock.Mock(port=1, pid=1))
        with mock.patch.object(bench, "generator", lambda *_: [sys.executable, "-c", program]), mock.patch.object(bench, "RUN_SECONDS_MAX", timeout), \
                contextlib.redirect_stderr(io.StringIO()):
            bench.run(mock.Mock(), brokers, self.scenario, [TEPORE], self.measured)

    def fault(self):
        self.assertEqual(self.measured.figures, {})
        self.assertEqual([(f.scenario, f.broker) for f in self.measured.faults], [("s", TEPORE)])
        return self.measured.faults[0].text

    def test_a_run_that_went_well(self):
        self.run_with("""print('{"x": 2.5, "words": "no figure", "nothing": null}')""")
        self.assertEqual(self.measured.figures, {"s": {TEPORE: {"x": [2.5]}}})
        self.assertEqual(self.measured.faults, [])

    def test_figures_of_a_run_that_failed_are_none(self):
        self.run_with("""print('{"x": 2.5}'); raise SystemExit(2)""")
        self.assertIn("ended with 2", self.fault())

    def test_a_run_without_end_is_a_fault(self):
        self.run_with("import signal; signal.pause()", timeout=0.2)
        self.assertIn("did not end", self.fault())

    def test_so_are_silence_and_nonsense(self):
        self.run_with("pass")
        self.assertIn("told nothing", self.fault())
        self.measured = Measurement()
        self.run_with("print('{nonsense')")
        self.assertIn("not JSON", self.fault())

    def test_a_broker_that_does_not_start_is_a_fault(self):
        brokers = mock.Mock()
        brokers.start.side_effect = RuntimeError("does not listen")
        with contextlib.redirect_stderr(io.StringIO()):
            bench.run(mock.Mock(), brokers, self.scenario, [TEPORE], self.measured)
        self.assertIn("does not listen", self.fault())

    def test_slices_are_taken_in_turns_until_a_broker_fails(self):
        self.scenario = Scenario("s", "", (), (TEPORE, RELAY), slices=3)
        brokers, asked = mock.Mock(), []
        brokers.start.side_effect = lambda which, _: contextlib.nullcontext(mock.Mock(port=which, pid=1))

        def load(port):
            asked.append(port)
            if port == RELAY and asked.count(RELAY) == 2:
                raise RuntimeError("lost a message")
            return {"x": len(asked)}

        with mock.patch.object(bench, "generator", lambda _options, _scenario, port, _pid: port), mock.patch.object(bench, "load", load), \
                contextlib.redirect_stderr(io.StringIO()):
            bench.run(mock.Mock(), brokers, self.scenario, [TEPORE, RELAY], self.measured)
        self.assertEqual(asked, [TEPORE, RELAY, TEPORE, RELAY, TEPORE])
        self.assertEqual(self.measured.figures, {"s": {TEPORE: {"x": [1, 3, 5]}, RELAY: {"x": [2]}}})
        self.assertEqual([(f.broker, f.text) for f in self.measured.faults], [(RELAY, "lost a message")])


class Ended(unittest.TestCase):
    """The exit status, and whether the page is written."""

    def end(self, *flags, figures=((TEPORE, 1.0), (RELAY, 1.0)), faults=()):
        scenario = Scenario("sparse", "", (Row("", "x", "", 1.5, against=RELAY),), (TEPORE, RELAY))

        def measure(*_):
            measured = Measurement()
            for broker, value in figures:
                measured.add(scenario, broker, {"x": value})
            measured.faults += [bench.Fault("sparse", broker, "it, tepore, failed") for broker in faults]
            return measured

        with mock.patch.object(bench, "SCENARIOS", (scenario,)), mock.patch.object(bench, "measure", measure), mock.patch.object(bench, "Brokers"), \
                mock.patch.object(page, "write") as write, mock.patch.object(sys, "argv", ["bench.py", "t", "m", "r", *flags]), \
                contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
            status = bench.main()
        for broker in faults:
            self.assertIn(f"FAULT  sparse, {broker}: ", out.getvalue())
        return status, write.called

    def test_everything_three_times_is_written(self):
        self.assertEqual(self.end(), (0, True))
        self.assertEqual(self.end("--repetitions", "3"), (0, True))
        self.assertEqual(self.end(figures=((TEPORE, 2.0), (RELAY, 1.0))), (1, True))  # missed, and so it is

    def test_a_part_is_not(self):
        for flags in (("--repetitions", "2"), ("--only", "sparse"), ("--brokers", "relay")):
            self.assertEqual(self.end(*flags), (0, False))

    def test_a_row_that_could_not_be_measured_fails_where_everything_was_asked_for(self):
        self.assertEqual(self.end(figures=((TEPORE, 1.0),)), (1, False))
        self.assertEqual(self.end("--brokers", AEDES, figures=((TEPORE, 1.0),)), (0, False))

    def test_faults_of_ours_and_the_relay_fail_those_of_others_are_shown(self):
        for broker in (TEPORE, TWO_WORKERS, ONE_WORKER, RELAY):
            self.assertEqual(self.end(faults=(broker,)), (1, False))
        self.assertEqual(self.end(faults=(AEDES,)), (0, True))

    def test_what_makes_no_sense_is_refused(self):
        for flags in (("--repetitions", "0"), ("--only", "sparse,dense"), ("--brokers", "tepore")):
            with self.assertRaises(SystemExit):
                self.end(*flags)


if __name__ == "__main__":
    unittest.main()
