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

    def test_the_page_shows_it_all(self):
        text, _ = generate.page([row("MQTT-3.1.2-1", "server")], {}, {})
        self.assertIn("| MQTT-3.1.2-1 | server | The a\\|b MUST |  | no test |", text)
        self.assertIn("| server | 1 | 0 | 0 | 1 | 0 |", text)


if __name__ == "__main__":
    unittest.main()
