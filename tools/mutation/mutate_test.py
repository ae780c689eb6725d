#!/usr/bin/env python3
"""Changes go where they belong, and one that has lost its place is an error."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import mutate  # noqa: E402


def change(number, find, replace, **more):
    return {"number": number, "find": find, "replace": replace, "file": "a.cpp", "what": "x", **more}


class Applying(unittest.TestCase):
    def apply(self, text, *changes):
        return mutate.apply(text, list(changes)).removeprefix(mutate.SWITCH)

    def test_an_expression(self):
        self.assertEqual(self.apply("if (a == 1) b();", change(3, "a == 1", "false")), "if ((tepore_mutant(3) ? (false) : (a == 1))) b();")

    def test_a_statement(self):
        self.assertEqual(self.apply("a(); b();", change(3, "b();", "c();", statement=True)), "a(); if (tepore_mutant(3)) { c(); } else { b(); }")

    def test_two_changes_of_one_place(self):
        made = self.apply("f(a)", change(1, "a", "b"), change(2, "a", "c"))
        self.assertEqual(made, "f((tepore_mutant(2) ? (c) : ((tepore_mutant(1) ? (b) : (a)))))")

    def test_a_place_that_is_gone_or_not_the_only_one(self):
        for text in ("", "a + a"):
            with self.assertRaises(LookupError):
                self.apply(text, change(1, "a", "b"))

    def test_places_that_overlap(self):
        with self.assertRaises(LookupError):
            self.apply("a + b + c", change(1, "a + b", "0"), change(2, "b + c", "0"))


class Listed(unittest.TestCase):
    def test_every_change_has_its_place(self):
        _, mutations = mutate.read_list()
        self.assertEqual(mutate.changed_sources(mutations)[1], [])

    def test_at_least_forty_statements(self):
        _, mutations = mutate.read_list()
        self.assertGreaterEqual(len({one for mutation in mutations for one in mutation["statements"]}), 40)


if __name__ == "__main__":
    unittest.main()
