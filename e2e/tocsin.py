"""Starts Tocsin and speaks to it: the command line, the API, and a bound on waiting."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "img"
BINARY = Path(os.environ.get("TOCSIN_BIN", ROOT / "target" / "release" / "tocsin"))

# Generous: a bound for a slow machine, not a budget. `test_speed.py` has the budget.
PATIENCE = 20.0

SETUP = ["--org", "acme", "--project", "web", "--email", "a@example.com", "--password", "secret123"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, seconds=PATIENCE, every=0.05):
    """The first answer of `what` that is not falsy. An error of `what` is not waited out."""
    deadline = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {getattr(what, '__doc__', None) or what}")
        time.sleep(every)


def environment(**settings):
    """The caller's environment without settings of another Tocsin."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    return kept | {name: str(value) for name, value in settings.items()}


class Tocsin:
    """A data folder, an address, and the server on it."""

    def __init__(self, folder, port=None, **settings):
        self.folder = Path(folder)
        self.listen = f"127.0.0.1:{port or free_port()}"
        self.url = f"http://{self.listen}"
        self.settings = {"TOCSIN_DATA_DIR": self.folder / "data", "TOCSIN_LISTEN": self.listen} | settings
        self.environment = environment(**self.settings)
        self.process = None

    def command(self, *args, ok=True):
        """Runs `tocsin ARGS` to its end and returns what it printed."""
        done = subprocess.run(
            [BINARY, *args], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60,
        )
        if ok:
            assert done.returncode == 0, f"tocsin {' '.join(args)} exited {done.returncode}\n{done.stdout}{done.stderr}"
            return done.stdout
        return done

    def setup(self, *args):
        """The object that `tocsin setup --json` prints."""
        return json.loads(self.command("setup", *SETUP, *args, "--json"))

    def start(self):
        self.output = open(self.folder / "stdout", "wb")
        self.log = open(self.folder / "stderr", "wb")
        self.process = subprocess.Popen(
            [BINARY, "serve"], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=self.log,
        )
        wait_for(self.is_healthy)
        return self

    def is_healthy(self):
        """the health page answers 200"""
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}\n{self.printed()}")
        try:
            with urllib.request.urlopen(f"{self.url}/_health/", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def printed(self):
        return "".join((self.folder / name).read_text() for name in ("stdout", "stderr"))

    def stop(self):
        """SIGTERM, and the end within the ten seconds that are promised."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not stop within 10 s\n{self.printed()}") from None
        finally:
            self.process = None
            self.output.close()
            self.log.close()
        return status


class Api:
    """Calls under `/api/0/` with a token."""

    def __init__(self, url, token):
        self.url = url
        self.token = token

    def call(self, method, path, body=None):
        """Status, body as JSON, headers; an error status is an answer as well."""
        request = urllib.request.Request(
            f"{self.url}/api/0{path}", method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                status, headers, text = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, headers, text = error.code, error.headers, error.read()
        return status, json.loads(text) if text else None, headers

    def get(self, path):
        status, body, _ = self.call("GET", path)
        assert status == 200, f"GET {path}: {status} {body}"
        return body

    def post(self, path, body):
        status, answer, _ = self.call("POST", path, body)
        assert status in (200, 201), f"POST {path}: {status} {answer}"
        return answer

    def delete(self, path):
        status, answer, _ = self.call("DELETE", path)
        assert status in (202, 204), f"DELETE {path}: {status} {answer}"

    def put(self, path, body):
        status, answer, _ = self.call("PUT", path, body)
        assert status == 200, f"PUT {path}: {status} {answer}"
        return answer

    def issues(self, org="acme", query=""):
        return self.get(f"/organizations/{org}/issues/?query={urllib.parse.quote(query)}")

    def issue_titled(self, part, org="acme"):
        """Waits for the issue whose title holds `part`."""

        def find():
            return next((issue for issue in self.issues(org) if part in issue["title"]), None)

        find.__doc__ = f"an issue titled … {part} …"
        return wait_for(find)

    def issue_with(self, event_id, org="acme", seconds=PATIENCE):
        """Waits for the issue to which the event belongs."""

        def find():
            """the event is found by its id"""
            status, found, _ = self.call("GET", f"/organizations/{org}/eventids/{event_id}/")
            return found if status == 200 else None

        return self.get(f"/organizations/{org}/issues/{wait_for(find, seconds)['groupId']}/")

    def latest_event(self, issue, org="acme"):
        return self.get(f"/organizations/{org}/issues/{issue['id']}/events/latest/")


def entry(event, kind):
    """The data of the one entry of that kind."""
    found = [entry["data"] for entry in event["entries"] if entry["type"] == kind]
    assert len(found) == 1, f"{len(found)} entries of type {kind} in {[e['type'] for e in event['entries']]}"
    return found[0]


def tags(event):
    return {tag["key"]: tag["value"] for tag in event["tags"]}
