#!/usr/bin/env python3
"""Coroutines that g++ 12 compiles wrongly: it destroys captures and temporaries of co_await expressions twice.
So: no capturing lambda is a coroutine, a co_await expression has neither lambda nor braces, and
asio::experimental::channel (broken after a cancelled receive in Boost 1.81) stays out."""
import re

from sources import ROOT, code_of, cpp_files, finish

KEYWORDS = r"\bco_(await|return|yield)\b"


def matching(code, start):
    """Index behind the bracket that closes the one at `start`."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    open_brackets = []
    for index in range(start, len(code)):
        if code[index] in pairs:
            open_brackets.append(pairs[code[index]])
        elif open_brackets and code[index] == open_brackets[-1]:
            open_brackets.pop()
            if not open_brackets:
                return index + 1
    return len(code)


def capturing_lambdas(code):
    """(start, body) of each lambda with captures."""
    for found in re.finditer(r"(?<![\w\])\[])\s*\[(?!\[)([^\]]*\S[^\]]*)\]\s*(?=[({])", code):
        body = code.find("{", found.end())
        if body >= 0 and not re.search(r"[;=]", code[found.end():body].replace("= default", "")):
            yield found.start(1), code[body:matching(code, body)]


def without_lambdas(body):
    """A lambda inside has a body of its own."""
    for found in reversed(list(re.finditer(r"\][^;{}]*\{", body[1:]))):
        start = found.end()
        body = body[:start] + body[matching(body, start):]
    return body


def awaited(code, start):
    """The co_await expression: up to its semicolon or the bracket that encloses it."""
    index = start
    while index < len(code) and code[index] not in ";)]}":
        index = matching(code, index) if code[index] in "([" else index + 1
    return code[start:index]


def faults_in(path, text):
    code = code_of(text)
    line = lambda index: f"{path}:{code.count(chr(10), 0, index) + 1}"
    for start, body in capturing_lambdas(code):
        if re.search(KEYWORDS, without_lambdas(body)):
            yield f"{line(start)}: a lambda with captures is a coroutine"
    for found in re.finditer(r"\bco_await\b", code):
        expression = awaited(code, found.end())
        if "{" in expression or re.search(r"\[[^\]]*\]\s*\(", expression):
            yield f"{line(found.start())}: a temporary or lambda inside co_await: name it first"
    for found in re.finditer(r"experimental(::|/)(basic_|concurrent_)?channel", text):
        yield f"{line(found.start())}: asio's experimental channel breaks after a cancelled receive"


if __name__ == "__main__":
    finish([fault for file in cpp_files() for fault in faults_in(file.relative_to(ROOT), file.read_text())])
