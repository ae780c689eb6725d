#!/usr/bin/env python3
"""Writes src/sasl/prep_table.cpp from Python's tables of RFC 3454 and Unicode 3.2: `prep_table.py FILE`, or compares: `prep_table.py --check FILE`."""
import pathlib
import stringprep
import sys
import unicodedata

OLD = unicodedata.ucd_3_2_0  # the version that RFC 3454 is bound to
PROHIBITED = (stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4, stringprep.in_table_c5, stringprep.in_table_c6,
              stringprep.in_table_c7, stringprep.in_table_c8, stringprep.in_table_c9, stringprep.in_table_a1)
LETTERS = {"refused": "R", "nothing": "N", "space": "S", "right_to_left": "B"}
HEAD = """// RFC 3454's tables B.1, C.1.2 to C.9, A.1 and D.1, and what normalisation form KC of Unicode 3.2 could change.
// Written by tools/sasl/prep_table.py.
#include "sasl/prep_table.hpp"

namespace tepore::sasl {
namespace {

constexpr auto R = char_kind::refused;
constexpr auto N = char_kind::nothing;
constexpr auto S = char_kind::space;
constexpr auto B = char_kind::right_to_left;

// clang-format off
constexpr char_range ranges[] = {
"""
TAIL = """};
// clang-format on

}  // namespace

std::span<const char_range> prep_ranges() noexcept {
    return ranges;
}

}  // namespace tepore::sasl
"""


def is_surrogate(code):
    return 0xD800 <= code < 0xE000


def joins_others():
    """Characters that a composition can take in: what stands before them would change."""
    found = set()
    for code in range(0x110000):
        if is_surrogate(code):
            continue
        taken_apart = OLD.normalize("NFD", chr(code))
        if taken_apart != chr(code) and OLD.normalize("NFC", taken_apart) == chr(code):
            found.update(taken_apart[1:])
    return found


def kind(char, joining):
    if stringprep.in_table_c12(char):  # before B.1, as RFC 4013 tells them: U+200B is in both
        return "space"
    if stringprep.in_table_b1(char):
        return "nothing"
    if any(in_table(char) for in_table in PROHIBITED):
        return "refused"
    if OLD.normalize("NFKC", char) != char or OLD.combining(char) or char in joining:
        return "refused"
    return "right_to_left" if stringprep.in_table_d1(char) else "plain"


def table():
    joining = joins_others()
    ranges = []
    for code in range(0x80, 0x110000):
        what = kind(chr(code), joining)
        if ranges and ranges[-1][2] == what:
            ranges[-1][1] = code
        else:
            ranges.append([code, code, what])
    cells = [f"{{0x{first:04X}, 0x{last:04X}, {LETTERS[what]}}}," for first, last, what in ranges if what != "plain"]
    lines, line = [], "   "
    for cell in cells:
        if len(line) + 1 + len(cell) > 150:
            lines.append(line)
            line = "   "
        line += " " + cell
    return HEAD + "\n".join(lines + [line]) + "\n" + TAIL


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        if pathlib.Path(sys.argv[2]).read_text() != table():
            sys.exit(f"{sys.argv[2]} is not what tools/sasl/prep_table.py writes")
    elif len(sys.argv) == 2:
        pathlib.Path(sys.argv[1]).write_text(table())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
