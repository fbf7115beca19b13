#!/usr/bin/env python3
"""Measures change sets as a user makes them, beside `git apply` of the same difference in the same run. By hand:

    cargo build --profile dist && benches/change_sets.py target/dist/bowline

`bowline apply` does what `git apply` does, with a change set that is already proposed, and more: it has git prove the
difference, writes all or nothing with its journal, and syncs; `git apply` syncs nothing. The session is a whole headless
one in mode `edit`, its model played from a cassette: it also starts, drafts, parses, shows the difference, and keeps
the bytes of both sides for undo. Prints wall and CPU time (children included) and peak memory, the medians of several
runs. Needs nothing but git and Python's standard library.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

RUN = "import json, sys; from process import run; print(json.dumps(run(*json.load(sys.stdin))))"


def run_apart(arguments, environment):
    """`process.run` from a small process of its own: a child's peak memory begins with that of its parent."""
    here = os.path.dirname(os.path.abspath(__file__))
    said = subprocess.run([sys.executable, "-c", RUN], input=json.dumps([arguments, environment]), text=True, check=True,
                          stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": here})
    return json.loads(said.stdout)


def one_large_file(size):
    """One hunk in the middle of a file of that many bytes, in lines of the length of code."""
    lines = []
    total = 0
    while total < size:
        line = f"pub static VALUE_{len(lines)}: u8 = next();\n"
        lines.append(line)
        total += len(line)
    return {"large.rs": (lines, [len(lines) // 2])}


def many_hunks(files, hunks):
    """So many hunks in each of so many files of 1,000 lines."""
    def lines(number):
        return [f"pub static VALUE_{number}_{index}: u8 = next();\n" for index in range(1000)]
    return {f"src/file_{number}.rs": (lines(number), [(index + 1) * 1000 // (hunks + 1) for index in range(hunks)])
            for number in range(files)}


def patch_of(files):
    """The change as a model sends it: each marked line replaced, three lines around it kept."""
    text = ["*** Begin Patch\n"]
    for name, (lines, marked) in files.items():
        text.append(f"*** Update File: {name}\n")
        for at in marked:
            text.append("@@\n")
            text += [" " + line for line in lines[at - 3:at]]
            text += ["-" + lines[at], "+" + changed(lines[at])]
            text += [" " + line for line in lines[at + 1:at + 4]]
    return "".join(text) + "*** End Patch\n"


def changed(line):
    return line.replace("next()", "last()")


def write(directory, files, is_changed=False):
    for name, (lines, marked) in files.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        marks = set(marked) if is_changed else ()
        with open(path, "w") as file:
            file.writelines(changed(line) if at in marks else line for at, line in enumerate(lines))


def cassette(path, patch):
    """A model that sends the patch and ends its turn when that is answered."""
    def exchange(delta, reason):
        chunks = [{"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]},
                  {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}]
        data = [json.dumps(chunk) for chunk in chunks] + ["[DONE]"]
        head = {"status": 200, "headers": {"content-type": "text/event-stream"}, "ms": 0}
        return {"head": head, "frames": [{"ms": 0, "data": it} for it in data], "end": "complete", "ms": 0}
    call = {"index": 0, "id": "call_1", "type": "function",
            "function": {"name": "edit", "arguments": json.dumps({"patch": patch})}}
    header = {"cassette": 1, "program": "bowline", "wire": "chat/completions", "kind": "script", "endpoint": "script:",
              "retries": 0}
    with open(path, "w") as file:
        for line in (header, exchange({"tool_calls": [call]}, "tool_calls"), exchange({"content": "Done."}, "stop")):
            file.write(json.dumps(line) + "\n")


class Scene:
    """The files before, the files after, and the same difference for both programs."""

    def __init__(self, work, files):
        self.before, self.after = os.path.join(work, "before"), os.path.join(work, "after")
        self.work, self.runs = work, 0
        write(self.before, files)
        write(self.after, files, is_changed=True)
        self.cassette, self.diff = os.path.join(work, "cassette.jsonl"), os.path.join(work, "change.diff")
        cassette(self.cassette, patch_of(files))
        subprocess.run(["git", "init", "-q", self.before], check=True)
        in_before = ["git", "-C", self.before, "--git-dir", os.path.join(self.before, ".git")]
        subprocess.run([*in_before, "add", "."], check=True)
        with open(self.diff, "wb") as file:
            subprocess.run([*in_before, "--work-tree", self.after, "diff"], stdout=file, check=True)
        shutil.rmtree(os.path.join(self.before, ".git"))

    def commands(self, bowline):
        """For each name what is run first, unmeasured, and what is measured."""
        turn = [bowline, "-p", "go", "-m", "openai/bench", "--replay", self.cassette]
        return {"git apply": ([], [shutil.which("git"), "apply", self.diff]),
                "bowline apply": (turn, [bowline, "apply"]),
                "session": ([], [*turn, "--mode", "edit", "--sandbox", "off"])}

    def measure(self, first, arguments):
        """One run on a fresh copy, whose result is looked at."""
        # Nothing is removed between runs: ext4 looks at every inode that was freed within seconds before it takes one.
        self.runs += 1
        tree, home = (os.path.join(self.work, f"{name}_{self.runs}") for name in ("tree", "home"))
        shutil.copytree(self.before, tree)
        os.makedirs(home)
        subprocess.run(["git", "init", "-q", tree], check=True)
        os.chdir(tree)
        environment = {"PATH": os.environ["PATH"], "HOME": home, "OPENAI_API_KEY": "no-key"}
        if first:
            subprocess.run(first, env=environment, check=True, capture_output=True)
        # What was written before is not to be waited for by any.
        os.sync()
        values = run_apart(arguments, environment)
        if values[3] != 0:
            raise SystemExit(f"{arguments[0]}: exit code {values[3]}")
        if subprocess.run(["diff", "-rq", "--exclude=.git", tree, self.after]).returncode != 0:
            raise SystemExit(f"{arguments[0]}: the files are not what they were to be")
        return values[:3]


def compare(label, files, options):
    work = tempfile.mkdtemp(dir=options.directory)
    try:
        scene = Scene(work, files)
        print(label)
        medians = {}
        for _ in range(options.repeat):
            for name, (first, arguments) in scene.commands(options.program).items():
                medians.setdefault(name, []).append(scene.measure(first, arguments))
        medians = {name: [statistics.median(it) for it in zip(*values)] for name, values in medians.items()}
        theirs = medians["git apply"]
        size = max(os.path.getsize(os.path.join(scene.before, name)) for name in files)
        for name, (cpu, wall, peak) in medians.items():
            print(f"    {name:<14} wall {wall * 1000:7.1f} ms ({wall / theirs[1]:5.2f} ×)  cpu {cpu * 1000:7.1f} ms ({cpu / theirs[0]:5.2f} ×)  "
                  f"peak {peak / 1024:6.1f} MB ({peak * 1024 / size:5.2f} × the largest file)", flush=True)
    finally:
        os.chdir("/")
        shutil.rmtree(work, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--size", type=int, default=50, help="megabytes of the large file")
    parser.add_argument("--directory", help="where to work: the disk that is measured")
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    compare("200 hunks over 50 files", many_hunks(50, 4), options)
    compare(f"one hunk in a file of {options.size} MB", one_large_file(options.size * 1_000_000), options)


if __name__ == "__main__":
    main()
