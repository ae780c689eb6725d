"""The judgement of figures, without a measurement."""
import unittest

import page
from bench import Measurement
from rows import RELAY, TEPORE, Row, Scenario


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

    def test_the_best_slice_counts_for_latency(self):
        self.assertAlmostEqual(judged(Row("", "x", "", 9, against=RELAY, best=True), [4.0, 2.0], [8.0, 2.0]).ratio, 1.0)

    def test_what_was_asked_for_is_taken_off(self):
        self.assertEqual(judged(Row("", "x", "", 100, 80, minus=64), [150.0], []).verdict, "must")

    def test_nothing_measured_is_no_success(self):
        self.assertEqual(judged(Row("", "x", "", 1.5, against=RELAY), [], [1.0]).verdict, "not measured")
        self.assertEqual(judged(Row("", "x", "", 1.5, against=RELAY), [1.0], []).verdict, "not measured")


if __name__ == "__main__":
    unittest.main()
