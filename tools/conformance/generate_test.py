#!/usr/bin/env python3
"""The generator of docs/conformance.md must not flatter: what has no test, or a test that fails, is shown as such."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import generate  # noqa: E402
from generate import Test  # noqa: E402


def row(name, applies_to):
    return {"id": name, "section": "3.1.2", "applies_to": applies_to, "statement": "The a|b MUST"}


class Judging(unittest.TestCase):
    def judge(self, applies_to, tests, reasons=None):
        found = generate.by_statement(tests)
        return generate.judge(row("MQTT-3.1.2-1", applies_to), found.get("MQTT-3.1.2-1", {}), reasons or {})

    def test_no_test(self):
        self.assertEqual(self.judge("both", []), {"client": "no test", "server": "no test"})

    def test_one_side_does_not_speak_for_the_other(self):
        tests = [Test("conformance_test", "[MQTT-3.1.2-1] x", True)]
        self.assertEqual(self.judge("both", tests), {"client": "no test", "server": "passes"})

    def test_the_codec_speaks_for_both(self):
        self.assertEqual(self.judge("both", [Test("protocol_test", "[MQTT-3.1.2-1] x", True)]), {"client": "passes", "server": "passes"})

    def test_one_failure_of_several(self):
        tests = [Test("conformance_test", "[MQTT-3.1.2-1] x", True), Test("conformance_test", "[MQTT-3.1.2-1] y", False)]
        self.assertEqual(self.judge("server", tests), {"server": "FAILS"})

    def test_a_second_run_of_the_same_test_counts(self):
        tests = [Test("conformance_test", "[MQTT-3.1.2-1] x", True), Test("conformance_test_3_shards", "[MQTT-3.1.2-1] x", False)]
        self.assertEqual(self.judge("server", tests), {"server": "FAILS"})

    def test_a_reason_is_no_pass(self):
        self.assertEqual(self.judge("server", [], {("MQTT-3.1.2-1", "server"): "why"}), {"server": "not observable"})

    def test_both_versions_and_behaviours_are_cited_apart(self):
        found = generate.by_statement([Test("conformance5_test", "[MQTT-3.1.2-1] [MQTT5-3.1.2-1] x [B-7]", True)])
        self.assertEqual(set(found), {"MQTT-3.1.2-1", "MQTT5-3.1.2-1", "B-7"})
        self.assertEqual(found["B-7"], {("conformance5", "x"): True})

    def test_the_pages_show_it_all(self):
        judged = [(row("MQTT-3.1.2-1", "server"), {"server": "no test"})]
        text = generate.version_page(generate.VERSIONS[0], judged, {}, {}, {"MQTT-3.1.2-1": "NO"})
        self.assertIn("| MQTT-3.1.2-1 | server | The a\\|b MUST |  | no test | NO |", text)
        self.assertEqual(list(generate.summary("3.1.1", judged)), ["| 3.1.1 | server | 1 | 0 | 0 | 1 | 0 |", "| 3.1.1 | client | 0 | 0 | 0 | 0 | 0 |"])

    def test_a_behaviour_without_a_test(self):
        self.assertIn("| B-1 | x | **no test** |", generate.behaviour_section([{"id": "B-1", "behaviour": "x"}], {}))

    def test_one_survivor_of_several_changes(self):
        changes = [{"statements": "MQTT5-1.5.4-1", "result": "SURVIVED"}, {"statements": "MQTT5-1.5.4-1 MQTT5-1.5.4-2", "result": "killed"}]
        self.assertEqual(generate.statements_mutated(changes), {"MQTT5-1.5.4-1": "NO", "MQTT5-1.5.4-2": "yes"})


if __name__ == "__main__":
    unittest.main()
