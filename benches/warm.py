#!/usr/bin/env python3
"""How long a check takes that finds its answer in the cache, as a multiple of `git status` of the same files.

    python3 benches/warm.py PROGRAM REPOSITORY [ROUNDS]

Works on a copy of the repository's files, committed once, in a temporary folder. Every round runs all of them in turn, so
that what else the machine does hits all alike; the medians of the rounds' ratios are printed. Three edits are measured as
well: a comment (the answer is known, its places move), a statement (the answer is found anew) and none with --no-cache.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

IGNORE = shutil.ignore_patterns(".git")


def timed(command, folder):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return time.perf_counter() - start, done.stdout


def main():
    program, repository = os.path.abspath(sys.argv[1]), sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 11
    with tempfile.TemporaryDirectory() as place:
        folder, cache = os.path.join(place, "copy"), os.path.join(place, "cache")
        shutil.copytree(repository, folder, symlinks=True, ignore=IGNORE)
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@y.z", "-c", "core.fsmonitor=false"]
        for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
            subprocess.run(git + command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        status = git + ["status", "--porcelain"]
        check = [program, "check", "--cache-dir", cache, "--output-format", "concise"]
        sources = [path for path in pathlib.Path(folder).rglob("*.py") if not path.is_symlink()]
        sources.sort(key=lambda path: path.stat().st_size)
        edited = sources[len(sources) // 2]
        timed(check, folder)
        # Files that were written a moment ago are not trusted yet.
        time.sleep(2.5)
        timed(check, folder)
        ratios = {"warm": [], "a comment": [], "a statement": [], "cold": []}
        for number in range(rounds):
            base, _ = timed(status, folder)
            warm, said = timed(check, folder)
            ratios["warm"].append(warm / base)
            with edited.open("a") as file:
                file.write(f"# {number}\n")
            ratios["a comment"].append(timed(check, folder)[0] / base)
            with edited.open("a") as file:
                file.write(f"edited_{number} = {number}\n")
            ratios["a statement"].append(timed(check, folder)[0] / base)
            cold, found = timed(check + ["--no-cache"], folder)
            ratios["cold"].append(cold / base)
            kept = timed(check, folder)[1]
            if found != kept:
                sys.exit("the cache tells something else")
            time.sleep(2.5)
            timed(check, folder)
    for name, values in ratios.items():
        print(f"{name:>12}: {statistics.median(values):6.2f} x git status ({min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()
