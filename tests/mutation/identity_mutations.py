#!/usr/bin/env python3
"""Proves that the unit tests miss no check of who is calling: without any single one of them, a test must fail.

    identity_mutations.py             all files: prints each mutant that the tests let live, and a summary
    identity_mutations.py --list      only lists the mutants
    identity_mutations.py --file F    only those of files whose path holds F (may be repeated)
    identity_mutations.py --changed   only those of files that differ from the last commit

The tree is copied, every mutant is built into the copy, asleep, and each test run wakes one of them: so all cost one
build. A mutant must be killed by the unit test of its room. Those that no test can kill are in equivalent.txt, each
group with its reason. Exit status: 0 when all others are killed, 1 when not, 2 when it could not be found out.
"""

import argparse
import concurrent.futures
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import checks

ROOT = pathlib.Path(__file__).resolve().parents[2]
EQUIVALENT = pathlib.Path(__file__).resolve().parent / "equivalent.txt"
ROOMS = {
    "core/jose": "core_jose_test",
    "gateway/identity/passport": "identity_passport_test",
    "gateway/identity/assertion": "identity_assertion_test",
    "gateway/identity/capability": "identity_capability_test",
    "gateway/identity/policy": "identity_policy_test",
}
MEMORY = 4 << 30
RANGE = 256


def git_paths(*arguments):
    output = subprocess.run(["git", "-C", ROOT, *arguments, "-z"], check=True, capture_output=True).stdout
    return {path for path in os.fsdecode(output).split("\0") if path}


def room_of(path):
    return next((room for room in ROOMS if path.startswith(room + "/")), None)


def all_mutants():
    """The mutants of all files by their numbers. Each file has a range of its own, so that a change in one does not
    renumber, and rebuild, the others."""
    found = {}
    paths = [path for path in sorted(git_paths("ls-files", "--cached", "--others", "--exclude-standard"))
             if room_of(path) and path.endswith((".cpp", ".hpp")) and (ROOT / path).exists()]
    for index, path in enumerate(paths):
        mutants = checks.find(path, (ROOT / path).read_text())
        found.update(enumerate(mutants, index * RANGE + 1))
        if len(mutants) >= RANGE or index * RANGE >= checks.MOST_MUTANTS - RANGE:
            sys.exit(f"{path}: too many mutants")
    return found


def chosen(mutants, options):
    files = {mutant.file for mutant in mutants.values()}
    if options.changed:
        files &= git_paths("diff", "--name-only", "HEAD") | git_paths("ls-files", "--others", "--exclude-standard")
    if options.file:
        files = {path for path in files if any(part in path for part in options.file)}
    return {number: mutant for number, mutant in mutants.items() if mutant.file in files}


def equivalents():
    """The keys of equivalent.txt. A group of them without a comment before it has no reason and is refused."""
    keys, reason = set(), False
    for number, line in enumerate(EQUIVALENT.read_text().splitlines(), 1):
        if line.startswith("#"):
            reason = True
        elif not line.strip():
            reason = False
        elif reason:
            keys.add(line.strip())
        else:
            sys.exit(f"{EQUIVALENT.name}:{number}: no reason is given")
    return keys


def write_if_new(path, content):
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def copy_tree(mutants, tree):
    """Only what differs is written: the next run builds only that."""
    paths = git_paths("ls-files", "--cached", "--others", "--exclude-standard")
    for old in sorted(tree.rglob("*")):
        if old.is_file() and str(old.relative_to(tree)) not in paths:
            old.unlink()
    for path in sorted(paths):
        if not (ROOT / path).is_file():
            continue
        content = (ROOT / path).read_bytes()
        own = [(number, mutant) for number, mutant in mutants.items() if mutant.file == path]
        if own:
            content = checks.instrumented(content.decode(), own).encode()
        write_if_new(tree / path, content)
        (tree / path).chmod((ROOT / path).stat().st_mode)


def build(work, programs, jobs):
    switch = work / "switch.hpp"
    write_if_new(switch, checks.SWITCH.encode())
    log = work / "build.log"
    environment = dict(os.environ, CCACHE_BASEDIR=str(work))
    with log.open("wb") as output:
        for command in (["cmake", "-S", work / "tree", "-B", work / "build", "-G", "Ninja",
                         "-DCMAKE_BUILD_TYPE=Mutation",
                         f"-DCMAKE_CXX_FLAGS=-O0 -w -D_GLIBCXX_ASSERTIONS -include {switch}"],
                        ["ninja", "-C", work / "build", f"-j{jobs}", *programs]):
            if subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, env=environment).returncode != 0:
                sys.stdout.write(log.read_text(errors="replace")[-8000:])
                print(f"The mutants cannot be built; all of it is in {log}")
                sys.exit(2)


class Bench:
    """Runs the unit tests; of them only those that ask for the mutant, quick ones first."""

    def __init__(self, work):
        self.work = work
        self.programs = {path.name: path for path in (work / "build/tests/unit").glob("*/*_test")}
        self.tests = {}  # by program: (seconds, name, numbers of the mutants it asks for)

    def run(self, program, tests, number, patience, asked=""):
        environment = dict(os.environ, CAUSEWAY_MUTANT=str(number), GTEST_FAIL_FAST="1")
        if asked:
            environment["CAUSEWAY_MUTANTS_ASKED"] = str(asked)
        try:
            return subprocess.run([self.programs[program], "--gtest_filter=" + ":".join(tests)],
                                  cwd=self.work / "tree", env=environment, timeout=patience,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  preexec_fn=limit_memory).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def names(self, program):
        listed = subprocess.run([self.programs[program], "--gtest_list_tests"], check=True, capture_output=True,
                                text=True).stdout
        suite = ""
        for line in listed.splitlines():
            name = line.split("#")[0].strip()
            if line.startswith(" "):
                yield suite + name
            elif name.endswith("."):
                suite = name

    def measure(self, program, name):
        asked = self.work / f"{program}.{name.replace('/', '-')}.asked"
        asked.write_text("")
        begin = time.monotonic()
        if not self.run(program, [name], 0, 600, asked):
            print(f"{program}: {name} fails without any mutant")
            os._exit(2)
        return time.monotonic() - begin, name, {int(line) for line in asked.read_text().split()}

    def measure_all(self, program, pool):
        measured = pool.map(lambda name: self.measure(program, name), self.names(program))
        self.tests[program] = sorted(measured, key=lambda test: test[0])

    def is_killed(self, number, mutant):
        """By the quick half of its tests, or by the others. A run that takes far longer than it should hangs."""
        program = ROOMS[room_of(mutant.file)]
        tests = [test for test in self.tests[program] if number in test[2]]
        for group in (tests[:len(tests) // 2 + 1], tests[len(tests) // 2 + 1:]):
            patience = 60 + 10 * sum(seconds for seconds, _, _ in group)
            if group and not self.run(program, [name for _, name, _ in group], number, patience):
                return True
        return False

    def reaches(self, number):
        return any(number in asked for tests in self.tests.values() for _, _, asked in tests)


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def show_progress(done, total):
    if sys.stderr.isatty():
        print(f"\r{done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)
    elif done % 50 == 0:
        print(f"{done} of {total}", file=sys.stderr, flush=True)


def run_mutants(mutants, everything, options):
    work = pathlib.Path(options.work)
    copy_tree(everything, work / "tree")
    programs = sorted({ROOMS[room_of(mutant.file)] for mutant in mutants.values()})
    build(work, programs, options.jobs)
    bench = Bench(work)
    killed = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for program in programs:
            bench.measure_all(program, pool)
        runs = {pool.submit(bench.is_killed, number, mutant): number for number, mutant in mutants.items()}
        for done, run in enumerate(concurrent.futures.as_completed(runs), 1):
            killed[runs[run]] = run.result()
            show_progress(done, len(mutants))
    return [(bench.reaches(number), mutant) for number, mutant in mutants.items() if not killed[number]]


def report(mutants, survivors, whole):
    excused = equivalents()
    alive = {mutant.key() for _, mutant in survivors}
    bad = [(reached, mutant) for reached, mutant in survivors if mutant.key() not in excused]
    for reached, mutant in bad:
        print(f"SURVIVED {mutant.place()}" + ("" if reached else "   (no test comes here)"))
    files = {mutant.file for mutant in mutants.values()}
    stale = sorted(key for key in excused - alive if whole or key.split(":")[0] in files)
    for key in stale:
        print(f"KILLED, but listed in {EQUIVALENT.name}: {key}")
    print(f"{len(mutants)} mutants, {len(mutants) - len(survivors)} killed, {len(survivors)} survived"
          f" ({len(survivors) - len(bad)} of them equivalent)")
    return 1 if bad or stale else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    parser.add_argument("--file", action="append", help="only files whose path holds this")
    parser.add_argument("--changed", action="store_true", help="only files that differ from the last commit")
    parser.add_argument("--work", default=f"{tempfile.gettempdir()}/causeway-mutation-{os.getuid()}",
                        help="where the copy is built; kept, so that the next run is quicker")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    everything = all_mutants()
    mutants = chosen(everything, options)
    if options.list:
        for mutant in mutants.values():
            print(mutant.place())
        print(f"{len(mutants)} mutants")
        return 0
    if not mutants:
        print("0 mutants")
        return 0
    survivors = run_mutants(mutants, everything, options)
    return report(mutants, survivors, not (options.file or options.changed))


if __name__ == "__main__":
    sys.exit(main())
