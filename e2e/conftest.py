import os
import subprocess
import sys
from pathlib import Path

import pytest

from browser import DESKTOP, PHONE, Browser
from tocsin import BINARY, PATIENCE, PICTURES, Api, Tocsin, environment

HERE = Path(__file__).resolve().parent


def pytest_sessionstart():
    if not BINARY.is_file():
        pytest.exit(f"no binary at {BINARY}: run `cargo xtask e2e`, or name one with TOCSIN_BIN", returncode=2)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running server with the organization `acme` and the project `web`."""
    tocsin = Tocsin(tmp_path_factory.mktemp("tocsin"))
    tocsin.account = tocsin.setup()
    tocsin.start()
    try:
        yield tocsin
    finally:
        assert tocsin.stop() == 0, tocsin.printed()


@pytest.fixture(scope="module")
def api(server):
    return Api(server.url, server.account["auth_token"])


@pytest.fixture
def browser(server, tmp_path):
    with Browser(server.url, tmp_path) as opened:
        yield opened


@pytest.fixture
def take_pictures(browser, tmp_path):
    """Light at desk width for the documents when asked to; dark and at phone width beside them, to be looked at."""
    kept = PICTURES if os.environ.get("TOCSIN_UPDATE_SCREENSHOTS") == "1" else tmp_path

    def take(name):
        browser.settle()
        browser.theme("light")
        browser.screenshot(kept / f"{name}.png")
        light = browser.background()
        browser.theme("dark")
        browser.screenshot(tmp_path / f"{name}-dark.png")
        assert browser.background() != light, "the page has a dark theme"
        browser.theme("light")
        browser.size(*PHONE)
        browser.check_page()
        browser.screenshot(tmp_path / f"{name}-phone.png")
        browser.size(*DESKTOP)

    return take


@pytest.fixture
def run_client(server):
    """Runs a program of `clients/` or `node/` with the DSN as its first argument, and returns what it printed."""

    def run(program, *args, ok=True):
        interpreter = "node" if program.endswith(".js") else sys.executable
        done = subprocess.run(
            [interpreter, HERE / program, server.account["dsn"], *args],
            env=environment(NODE_PATH=os.environ.get("TOCSIN_NODE_MODULES", "")),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3 * PATIENCE,
        )
        if ok:
            assert done.returncode == 0, f"{program}:\n{done.stdout}{done.stderr}"
        return done

    return run
