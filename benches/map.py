#!/usr/bin/env python3
"""Measures the map and the symbols of a large tree, beside `ctags -R` of universal-ctags in the same run.

    benches/map.py target/release/bowline [--files 50000] [--sources DIRECTORY]

The tree is made of copies of the sources (those of the cargo registry), each in a directory of its own, until it has so
many files; from the second copy on every file ends with a line of its own, so that no two texts are the same. It stands
in a temporary directory and is removed at the end.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import tempfile
import time


def main():
    arguments = parsed()
    with tempfile.TemporaryDirectory(prefix="bowline-map-") as scratch:
        tree = pathlib.Path(scratch, "tree")
        files, size = make_tree(arguments.sources, tree, arguments.files)
        print(f"{files} files, {size / 1e6:.0f} MB")
        environment = {"PATH": os.environ["PATH"], "HOME": scratch}
        bowline = str(pathlib.Path(arguments.program).resolve())
        cache = pathlib.Path(scratch, ".cache")
        questions = {
            "map": [bowline, "map", "--tokens", "2000"],
            "symbols": [bowline, "symbols", "parse_*", "-n", "10"],
            # A word that one file in seven has.
            "frequent": [bowline, "symbols", "parse", "-n", "10"],
        }
        settle(tree)
        shutil.rmtree(cache, ignore_errors=True)
        measure("map, cold", questions["map"], tree, environment)
        print(f"the cache: {sum(it.stat().st_size for it in cache.rglob('*') if it.is_file()) / 1e6:.0f} MB")
        for _ in range(3):
            measure("map, warm", questions["map"], tree, environment)
        change_one(tree)
        measure("map, one file changed", questions["map"], tree, environment)
        measure("symbols, warm", questions["symbols"], tree, environment)
        for name in ["symbols", "frequent"]:
            shutil.rmtree(cache, ignore_errors=True)
            measure(f"{name}, cold", questions[name], tree, environment)
        if shutil.which("ctags") and shutil.which("readtags"):
            tags = str(pathlib.Path(scratch, "tags"))
            measure("ctags -R", ["ctags", "-R", "-f", tags, "."], tree, environment)
            measure("readtags", ["readtags", "-t", tags, "-p", "parse_"], tree, environment)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--files", type=int, default=50_000)
    registry = pathlib.Path.home() / ".cargo/registry/src"
    parser.add_argument("--sources", type=pathlib.Path, default=registry)
    return parser.parse_args()


def make_tree(sources, tree, wanted):
    files = size = copy = 0
    while files < wanted:
        for path in sorted(sources.rglob("*")):
            if files >= wanted:
                break
            if not path.is_file() or path.is_symlink():
                continue
            data = path.read_bytes()
            if copy and b"\0" not in data:
                data += b"\n" + comment(path, copy)
            to = tree / f"copy{copy}" / path.relative_to(sources)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(data)
            files, size = files + 1, size + len(data)
        copy += 1
    return files, size


def comment(path, copy):
    mark = {".py": "#", ".sh": "#", ".toml": "#", ".rb": "#", ".yml": "#", ".md": ""}.get(path.suffix, "//")
    return f"{mark} {copy}\n".encode()


def settle(tree):
    """Files that were written just now are read again to be sure; those of a checkout are older."""
    hour_ago = time.time() - 3600
    for path in tree.rglob("*"):
        os.utime(path, (hour_ago, hour_ago), follow_symlinks=False)


def change_one(tree):
    path = next(path for path in sorted(tree.rglob("*.rs")) if path.stat().st_size > 10_000)
    with path.open("a") as file:
        file.write("\npub fn added_just_now() {}\n")


def measure(what, command, directory, environment):
    started = time.monotonic()
    child = subprocess.Popen(command, cwd=directory, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - started
    cpu = usage.ru_utime + usage.ru_stime
    code = os.waitstatus_to_exitcode(status)
    print(f"{what:<24} {wall:7.2f} s  {cpu:7.2f} s CPU  {usage.ru_maxrss / 1000:6.0f} MB  exit {code}", flush=True)


if __name__ == "__main__":
    main()
