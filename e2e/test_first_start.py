"""The first minute of a newcomer: `cargo run --release`, nothing else."""

import re
import signal
import subprocess
import urllib.request

import pytest

from pages import Visitor
from tocsin import BINARY, ROOT, environment, wait_for

DSN = re.compile(r"http://[0-9a-f]{32}@127\.0\.0\.1:\d+/\d+")


class FirstStart:
    def __init__(self, command, folder, cwd):
        settings = environment(TOCSIN_DATA_DIR=folder / "tocsin-data", TOCSIN_LISTEN="127.0.0.1:0")
        self.out, self.err = folder / "out", folder / "err"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                command, env=settings, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )

    def address(self):
        """the address is printed and answers"""
        assert self.process.poll() is None, self.err.read_text()
        found = re.search(r"http://127\.0\.0\.1:\d+", self.out.read_text())
        try:
            urllib.request.urlopen(f"{found[0]}/_health/", timeout=5).close()
            return found[0]
        except (OSError, TypeError):
            return None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)


@pytest.fixture
def first_start(tmp_path):
    started = []

    def start(command=(BINARY,), cwd=tmp_path):
        started.append(FirstStart(command, tmp_path, cwd))
        return started[-1]

    yield start
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def test_the_readme_command_prints_address_login_and_dsn(first_start):
    run = first_start(["cargo", "run", "--release"], cwd=ROOT)
    # A build by hand may still be due; in CI it is done.
    url = wait_for(run.address, seconds=1200)
    printed = run.out.read_text()
    assert url in printed.splitlines()[0], "the real address is the first line"
    assert "admin@localhost" in printed
    dsn = DSN.search(printed)
    assert dsn, printed
    assert f"@{url.removeprefix('http://')}/" in dsn[0], "the DSN has the real address"
    assert "sentry_sdk.init(" in printed, "a snippet to paste"
    assert run.stop() == 0


def test_the_printed_login_works_and_is_printed_once(first_start):
    run = first_start()
    url = wait_for(run.address)
    printed = run.out.read_text()
    password = re.search(r"password\W+(\S+)", printed, re.IGNORECASE)
    assert password, printed
    assert password[1] not in run.err.read_text(), "the password is in no log"

    wrong = Visitor(url).log_in("admin@localhost", password[1] + "x")
    assert wrong.has("login-error") and not wrong.has("user-menu")
    right = Visitor(url).log_in("admin@localhost", password[1])
    assert right.status == 200 and right.has("user-menu"), right.html
    assert run.stop() == 0

    again = first_start()
    wait_for(again.address)
    assert password[1] not in again.out.read_text() + again.err.read_text()
    assert again.stop() == 0


def test_a_data_folder_belongs_to_one_server(first_start):
    first = first_start()
    wait_for(first.address)
    second = first_start()
    assert second.process.wait(timeout=20) != 0
    assert second.err.read_text().strip(), "it says why"
    assert first.process.poll() is None
    assert first.stop() == 0
