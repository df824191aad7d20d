"""Examples of Tocsin's crates that read and write a JSON value a line."""

import json
import os
import subprocess

from tocsin import ROOT


def example(package, name, values=()):
    """What the example of the crate answers to each value."""
    lines = "".join(json.dumps(value) + "\n" for value in values)
    done = subprocess.run(
        ["cargo", "run", "--quiet", "--package", f"tocsin-{package}", "--example", name],
        cwd=ROOT, input=lines, capture_output=True, text=True, env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
