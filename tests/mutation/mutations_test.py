#!/usr/bin/env python3
"""The mutation run itself is too slow for every day; this proves in seconds that it still finds checks and kills."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import checks
import identity_mutations

PROGRAM = """
#include "core/jose/base64.hpp"
int main() {
    using causeway::jose::decode_base64url;
    return decode_base64url("AA") && !decode_base64url("A") ? 0 : 1;
}
"""


def changed(source):
    """What each mutant of the source is: (text, value)."""
    return [(mutant.text, mutant.value) for mutant in checks.find("a.cpp", source)]


class Checks(unittest.TestCase):
    def test_a_guard_is_one(self):
        self.assertEqual(changed("int f(int x) {\n    if (x > 3) return 0;\n    return x;\n}\n"), [("x > 3", False)])

    def test_each_part_of_an_alternative_is_one(self):
        self.assertEqual(changed("if (!a || b(1, 2)) {\n    note();\n    return {};\n}\n"),
                         [("!a", False), ("b(1, 2)", False)])

    def test_a_conjunction_that_refuses_is_one_and_one_that_accepts_is_several(self):
        self.assertEqual(changed('if (a && b) return Error{"x"};\n'), [("a && b", False)])
        self.assertEqual(changed("if (a && b) return true;\n"), [("a && b", False), ("a", True), ("b", True)])

    def test_what_a_return_demands_is_one_each(self):
        self.assertEqual(changed("return a && (b || c);\n"), [("a", True), ("(b || c)", True), ("b", False), ("c", False)])
        self.assertEqual(changed("return a == 1;\n"), [("a == 1", False), ("a == 1", True)])
        self.assertEqual(changed("return a + 1;\n"), [])

    def test_comments_and_strings_hold_none(self):
        self.assertEqual(changed('// if (a) return 0;\nlog("if (a) return b == c;");\n'), [])

    def test_a_branch_without_a_verdict_is_none(self):
        self.assertEqual(changed("if (a) b();\n"), [])

    def test_the_line_is_told(self):
        self.assertEqual([mutant.line for mutant in checks.find("a.cpp", "\n\nif (a) return 0;\n")], [3])

    def test_the_rooms_have_many(self):
        self.assertGreater(len(identity_mutations.all_mutants()), 500)


class Killing(unittest.TestCase):
    def test_a_mutant_sleeps_until_it_is_asked_for_and_then_is_seen(self):
        source = (identity_mutations.ROOT / "core/jose/base64.cpp").read_text()
        mutants = list(enumerate(checks.find("core/jose/base64.cpp", source), 1))
        odd_length = next(number for number, mutant in mutants if mutant.text == "text.size() % 4 == 1")
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "switch.hpp").write_text(checks.SWITCH)
            (folder / "mutated.cpp").write_text(checks.instrumented(source, mutants) + PROGRAM)
            subprocess.run(["c++", "-std=c++20", "-O0", "-w", f"-I{identity_mutations.ROOT}", "-include",
                            folder / "switch.hpp", folder / "mutated.cpp", "-o", folder / "program"], check=True)
            ends = [subprocess.run([folder / "program"], env=dict(os.environ, CAUSEWAY_MUTANT=str(number))).returncode
                    for number in (0, odd_length)]
        self.assertEqual(ends, [0, 1])


if __name__ == "__main__":
    unittest.main()
