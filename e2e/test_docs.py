"""Runs what README.md and docs/ tell a reader to run.

The language after the fence says how. A page is one shell that goes from block to block, in a folder of its own:

- `sh`: runs, and must succeed. `sh serve`: starts the server of the page. `sh stopped`: runs while it is stopped.
  `sh ci`: not run here, because CI itself runs that command; it must be one of `RUN_BY_CI`.
- `python`, `js`: a program. `toml NAME`: the content of that file.
- `json output`, `text output`: what the block before printed, where `…` stands for anything.
- anything else (`console`, `nginx`, `ini`, …) is not for a shell.

Examples name the default address and one DSN; the test puts its own port there. A page that uses a server before it
starts one, or that starts none, finds one.
"""

import itertools
import os
import re
import shlex
import signal
import subprocess
import sys

import pytest

from postgres import Postgres
from tocsin import BINARY, ROOT, Tocsin, environment

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
KEY = "0123456789abcdef0123456789abcdef"
RUN_BY_CI = {
    "cargo run --release", "cargo test --workspace", "cargo xtask ci", "cargo xtask tidy", "cargo xtask e2e",
}

PRELUDE = """
set -euo pipefail -m
server=
stop() {
  [ -n "$server" ] || return 0
  kill -TERM -- "-$server"
  wait "$server" || true
  server=
}
healthy() {
  for _ in $(seq 200); do
    curl --fail --silent --output /dev/null "http://$TOCSIN_LISTEN/_health/" && return
    kill -0 "$server" || { cat serve.log >&2; return 1; }
    sleep 0.05
  done
  cat serve.log >&2
  return 1
}
trap stop EXIT
"""


class Block:
    def __init__(self, page, line, info, text):
        self.where, self.text = f"{page.relative_to(ROOT)}:{line}", text
        self.language, _, self.mode = info.partition(" ")


def blocks(page):
    found, fence = [], None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if fence is None and (start := re.match(r"```(.+)$", line)):
            fence = (number, start[1].strip(), [])
        elif fence is not None and line == "```":
            found.append(Block(page, fence[0], fence[1], "\n".join(fence[2])))
            fence = None
        elif fence is not None:
            fence[2].append(line)
    assert fence is None, f"{page}: a fence is open"
    return found


def script(page_blocks):
    """One shell script for the page; the output of block N goes to `output.N`."""
    lines, serve = [PRELUDE], "tocsin serve"
    before = list(itertools.takewhile(lambda block: block.mode != "serve", page_blocks))
    if len(before) == len(page_blocks) or any("http://127.0.0.1:9000" in block.text for block in before):
        lines.append(start(serve))
    for number, block in enumerate(page_blocks):
        lines.append(f"echo {shlex.quote(f'at {block.where}')} >&2")
        match block.language, block.mode:
            case "sh", "serve":
                serve = block.text
                lines += ["stop", start(serve)]
            case "sh", "stopped":
                lines += ["stop", captured(block.text, number), start(serve)]
            case "sh", "":
                lines.append(captured(block.text, number))
            case "sh", "ci":
                assert block.text in RUN_BY_CI, f"{block.where}: CI does not run `{block.text}`"
            case "python" | "js", "":
                interpreter = {"python": "python3 -", "js": "node -"}[block.language]
                lines.append(captured(f"{interpreter} <<'PROGRAM'\n{block.text}\nPROGRAM", number))
            case "toml", name if name:
                lines.append(f"cat >{shlex.quote(name)} <<'FILE'\n{block.text}\nFILE")
            case _, "output" | "":
                pass
            case language, mode:
                raise AssertionError(f"{block.where}: what is ```{language} {mode}?")
    return "\n".join([*lines, "stop"])


def start(command):
    return f"( {command}\n) >serve.log 2>&1 & server=$!\nhealthy"


def captured(text, number):
    return f"{{\n{text}\n}} >output.{number}"


def check_outputs(page_blocks, folder):
    for number, block in enumerate(page_blocks):
        if block.mode == "output":
            pattern = ".*".join(re.escape(part.strip()) for part in block.text.split("…"))
            printed = (folder / f"output.{number - 1}").read_text()
            assert re.search(pattern, printed, re.DOTALL), f"{block.where}: not in what was printed:\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_the_page_says_works(page, tmp_path):
    page_blocks = blocks(page)
    if not any(block.language in ("sh", "python", "js") and block.mode != "ci" for block in page_blocks):
        script(page_blocks)  # nothing to run: what is left to CI must be what CI runs
        return
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "tocsin").symlink_to(BINARY)
    (tools / "python3").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    (tools / "python3").chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    tocsin = Tocsin(work)
    tocsin.environment["TOCSIN_DATA_DIR"] = str(work / "tocsin-data")
    tocsin.setup("--project-id", "1", "--public-key", KEY)

    text = script(page_blocks).replace("127.0.0.1:9000", tocsin.listen)
    settings = {"TOCSIN_LISTEN": tocsin.listen, "NODE_PATH": os.environ.get("TOCSIN_NODE_MODULES", "")}
    with Postgres() as postgres:
        if "127.0.0.1:5432" in text:
            settings |= postgres.start()
            text = text.replace("127.0.0.1:5432", f"127.0.0.1:{postgres.port}")
        (tmp_path / "page.sh").write_text(text)
        path = f"{tools}:{os.environ['PATH']}"
        with subprocess.Popen(
            ["bash", tmp_path / "page.sh"], cwd=work, env=environment(**settings) | {"PATH": path},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as shell:
            try:
                printed, _ = shell.communicate(timeout=120)
            except subprocess.TimeoutExpired:
                shell.send_signal(signal.SIGTERM)  # the trap stops the server
                printed, _ = shell.communicate(timeout=15)
                raise AssertionError(f"not done within 120 s:\n{printed}") from None
    log = work / "serve.log"
    assert shell.returncode == 0, f"{printed}\n{log.read_text() if log.exists() else ''}"
    check_outputs(page_blocks, work)


def block(info, text):
    return Block(ROOT / "page.md", 1, info, text)


def test_a_broken_command_is_found(tmp_path):
    (tmp_path / "output.0").write_text("nothing")
    with pytest.raises(AssertionError, match="not in what was printed"):
        check_outputs([block("sh", "echo nothing"), block("text output", "something")], tmp_path)
    with pytest.raises(AssertionError, match="CI does not run"):
        script([block("sh ci", "cargo do-something-else")])
    failing = f"{PRELUDE}\n{captured('false', 9)}\ntouch went-on"
    assert subprocess.run(["bash", "-c", failing], cwd=tmp_path, check=False).returncode == 1
    assert not (tmp_path / "went-on").exists()
