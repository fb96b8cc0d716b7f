#!/usr/bin/env python3
"""Each test that the threat table of docs/who-is-calling.md names exists."""
import re

from sources import ROOT, finish


def named_tests(guide):
    table = guide[guide.index("| threat |"):]
    return re.findall(r"`(\w+(?:\.\w+)?)`", " ".join(row.rsplit("|", 2)[1] for row in table.splitlines()[2:] if row))


def known_tests():
    known = {story.stem for story in (ROOT / "tests/interop/stories").glob("*.mjs")}
    for file in (ROOT / "tests").rglob("*_test.cpp"):
        for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", file.read_text(), re.M):
            known |= {suite, f"{suite}.{name}"}
    return known


if __name__ == "__main__":
    known = known_tests()
    named = named_tests((ROOT / "docs/who-is-calling.md").read_text())
    faults = [f"docs/who-is-calling.md: no test is called {name}" for name in named if name not in known]
    finish(faults if named else ["docs/who-is-calling.md: the threat table names no test"])
