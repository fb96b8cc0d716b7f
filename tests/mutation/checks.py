"""Finds the checks of a C++ source file and makes mutants of them: each mutant is the file without one check.

A check is the condition of a guard (`if (...) return|continue|break|throw`, or one that clears a flag), a part of its
&& and || chains, and what a `return` or a `bool` says. There is no C++ parser here: the sources are formatted by
clang-format, and what is not understood is left out, never guessed.
"""

import collections
import dataclasses
import re

OPENING, CLOSING = "([{", ")]}"
JUMP = re.compile(r"\s*(return|continue|break|throw)\b")
REFUSAL = re.compile(r"Error\{|refused\(|[Ff]ault|false|nullopt|nullptr|invalid|continue|break|throw|not_allowed|-1")
DECLARATION = re.compile(r"\s*(?:const\s+)?[\w:]+(?:<[^=;]*>)?\s*[*&]*\s*(\w+)\s*=(?!=)")
COMPARISON = re.compile(r"==|!=|<=|>=|\s[<>]\s|^!")
BOOL_FUNCTION = re.compile(r"^(?:\s*(?:static|constexpr|inline)\s+)*\s*bool\s+[\w:]+\(", re.MULTILINE)
LAMBDA = re.compile(r"\](?:\s*\([^()]*(?:\([^()]*\)[^()]*)*\))?\s*(?:->\s*[\w:]+\s*)?\{")


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One condition, `start` to `end` in the file, that always has the same `value`."""

    file: str
    line: int
    start: int
    end: int
    value: bool
    text: str
    declared: str = ""  # the variable of an `if (auto x = ...)`, which is tested behind its declaration
    twin: int = 1  # counts those of the same text in the file

    def what(self):
        return f"{self.text} => {str(self.value).lower()}" + (f" #{self.twin}" if self.twin > 1 else "")

    def key(self):
        return f"{self.file}: {self.what()}"

    def place(self):
        return f"{self.file}:{self.line}: {self.what()}"


def blank(source):
    """The source without comments, strings and directives: same length, same lines."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<end>[^(\s]*)\(.*?\)(?P=end)"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ \t]*#[^\n]*", re.DOTALL | re.MULTILINE)

    def empty(match):
        text = match.group()
        filler = " " if text[0] in "/# \t" else "s"
        return "".join(c if c == "\n" else filler for c in text)

    return pattern.sub(empty, source)


def closing(code, start):
    """Behind the bracket that closes the one at `start`."""
    depth = 0
    for i in range(start, len(code)):
        if code[i] in OPENING:
            depth += 1
        elif code[i] in CLOSING:
            depth -= 1
            if depth == 0:
                return i + 1
    raise ValueError("unbalanced brackets")


def top_level(code, start, end, mark):
    """The places of `mark` between start and end that stand in no bracket."""
    places, i = [], start
    while i < end:
        if code[i] in OPENING:
            i = closing(code, i)
        elif code.startswith(mark, i):
            places.append(i)
            i += len(mark)
        else:
            i += 1
    return places


def end_of_statement(code, start):
    i = start
    while code[i] != ";":
        i = closing(code, i) if code[i] in OPENING else i + 1
    return i


def trimmed(code, start, end):
    while start < end and code[start].isspace():
        start += 1
    while start < end and code[end - 1].isspace():
        end -= 1
    return start, end


def split(code, start, end, mark):
    cuts = top_level(code, start, end, mark)
    edges = zip([start] + [cut + len(mark) for cut in cuts], cuts + [end])
    return [trimmed(code, *edge) for edge in edges]


class Finder:
    def __init__(self, file, source):
        self.file, self.source, self.code = file, source, blank(source)
        self.found = {}
        self.bool_bodies = self.bodies(BOOL_FUNCTION, lambda match: match.end() - 1)
        self.lambda_bodies = [(m.end() - 1, closing(self.code, m.end() - 1)) for m in LAMBDA.finditer(self.code)]

    def bodies(self, pattern, parameters):
        spans = []
        for match in pattern.finditer(self.code):
            after = closing(self.code, parameters(match))
            body = re.compile(r"(?:\s|const|noexcept|override)*\{").match(self.code, after)
            if body:
                spans.append((body.end() - 1, closing(self.code, body.end() - 1)))
        return spans

    def add(self, start, end, value, declared=""):
        text = " ".join(self.source[start:end].split())
        if text in ("true", "false"):
            return
        line = self.source.count("\n", 0, start) + 1
        mutant = Mutant(self.file, line, start, end, value, text, declared)
        self.found[start, end, value] = mutant

    def chain(self, start, end, narrow):
        """The parts of && and || chains; `narrow`: a part of && counts as a check of its own."""
        start, end = trimmed(self.code, start, end)
        if self.code[start] == "(" and closing(self.code, start) == end:
            return self.chain(start + 1, end - 1, narrow)
        if self.code.startswith("!(", start) and closing(self.code, start + 1) == end:
            return self.chain(start + 2, end - 1, True)
        for mark, value in (("||", False), ("&&", True)):
            parts = split(self.code, start, end, mark)
            if len(parts) > 1:
                for part in parts:
                    if narrow or not value:
                        self.add(*part, value)
                    self.chain(*part, narrow)
                return True
        return False

    def guard(self, opening):
        after = closing(self.code, opening)
        start, end = opening + 1, after - 1
        body = after
        if self.code[after:].lstrip().startswith("{"):
            body = self.code.index("{", after)
            text = self.code[body:closing(self.code, body)]
            rejects = re.search(r"\b(return|continue|break|throw)\b[^;]*;\s*\}$|= false;", text)
        else:
            text = self.code[after:end_of_statement(self.code, after) + 1]
            rejects = JUMP.match(text) or "= false;" in text
        if not rejects:
            return
        declared = ""
        init = top_level(self.code, start, end, ";")
        if init:
            start = init[0] + 1
        elif DECLARATION.match(self.code[start:end]):
            declared = DECLARATION.match(self.code[start:end]).group(1)
        start, end = trimmed(self.code, start, end)
        # A || chain is gone when its parts are.
        if declared or len(split(self.code, start, end, "||")) == 1:
            self.add(start, end, False, declared)
        if not declared:
            self.chain(start, end, not REFUSAL.search(text))

    def verdict(self, start, end, is_bool):
        """What a return says, or a flag is set to: either may be the refusal."""
        start, end = trimmed(self.code, start, end)
        if start == end or self.code[start] == "{":
            return
        question = top_level(self.code, start, end, "?")
        if question:
            start, end = trimmed(self.code, start, question[0])
        if not self.chain(start, end, True) and (is_bool or question or self.is_comparison(start, end)):
            self.add(start, end, True)
            self.add(start, end, False)

    def is_comparison(self, start, end):
        outside = self.code[start:end]
        while re.search(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}", outside):
            outside = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}", "", outside)
        return COMPARISON.search(outside) is not None

    def in_bool_function(self, place):
        inner = [span for span in self.lambda_bodies if span[0] < place < span[1]]
        outer = [span for span in self.bool_bodies if span[0] < place < span[1]]
        return bool(outer) and not any(outer[-1][0] < span[0] for span in inner)

    def find(self):
        for match in re.finditer(r"\bif\s*\(", self.code):
            self.guard(match.end() - 1)
        for match in re.finditer(r"\breturn\b", self.code):
            self.verdict(match.end(), end_of_statement(self.code, match.end()), self.in_bool_function(match.start()))
        flags = set(re.findall(r"\bbool\s+(\w+)\s*=", self.code))
        for match in re.finditer(r"\b(\w+)\s*=(?!=)", self.code):
            if match.group(1) in flags and self.code[match.start() - 1] in " \n":
                self.verdict(match.end(), end_of_statement(self.code, match.end()), False)
        ordered = [self.found[key] for key in sorted(self.found, key=lambda k: (k[0], -k[1], k[2]))]
        twins = collections.Counter()
        for index, mutant in enumerate(ordered):
            twins[mutant.text, mutant.value] += 1
            ordered[index] = dataclasses.replace(mutant, twin=twins[mutant.text, mutant.value])
        return ordered


def find(file, source):
    return Finder(file, source).find()


def instrumented(source, mutants):
    """The source with every mutant of it built in: `mutants` are pairs of a number and a Mutant. The one whose number
    is asked for at run time is alive; so one build serves all."""
    inserts = []
    for order, (number, mutant) in enumerate(mutants):
        asked = f"causeway_mutant({number})"
        inner = mutant.declared or ""
        start = mutant.end if inner else mutant.start
        before = f"{asked} || (" if mutant.value else f"!{asked} && ("
        size = mutant.end - start
        inserts.append((start, 1, -size, order, ("; " if inner else "(") + before + inner))
        inserts.append((mutant.end, 0 if size else 2, size, -order, ")" if inner else "))"))
    result, last = [], 0
    for place, _, _, _, text in sorted(inserts):
        result += [source[last:place], text]
        last = place
    return "".join(result) + source[last:]


MOST_MUTANTS = 65536  # of the numbers in SWITCH

# Included before everything. Which mutant is alive, and which were asked for: the second is told at the end of a run
# that wants to know.
SWITCH = r"""#pragma once
#include <cstdio>
#include <cstdlib>
namespace causeway_mutation {
struct Asked {
    bool numbers[65536] = {};
    ~Asked() {
        const char* path = std::getenv("CAUSEWAY_MUTANTS_ASKED");
        std::FILE* file = path ? std::fopen(path, "w") : nullptr;
        for (int i = 0; file && i < 65536; ++i)
            if (numbers[i]) std::fprintf(file, "%d\n", i);
        if (file) std::fclose(file);
    }
};
inline bool ask(int number) {
    static Asked asked;
    static const int alive = std::atoi(std::getenv("CAUSEWAY_MUTANT") ? std::getenv("CAUSEWAY_MUTANT") : "0");
    asked.numbers[number] = true;
    return number == alive;
}
}
constexpr bool causeway_mutant(int number) {
    return !__builtin_is_constant_evaluated() && causeway_mutation::ask(number);
}
"""
