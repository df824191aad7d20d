"""A disk that gets full: what was accepted is kept, the rest is refused in words, and room lets it go on."""

import json
import os
import subprocess
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from tocsin import BINARY, PATIENCE, SETUP, Api, Tocsin, wait_for

DISK = 160 << 20
# What is left for the events beside the ballast: some thousand of them.
ROOM = 40 << 20

# A disk of its own that nobody else sees; it goes with the server.
ON_A_SMALL_DISK = """
mkdir -p "$TOCSIN_DATA_DIR" &&
mount -t tmpfs -o size="$1" none "$TOCSIN_DATA_DIR" &&
"$2" setup "$@" --json > account 2> setup-errors &&
exec "$2" serve
"""


class OnSmallDisk(Tocsin):
    def start(self):
        script = ON_A_SMALL_DISK.replace('setup "$@"', f"setup {' '.join(SETUP)}")
        self.output = open(self.folder / "stdout", "wb")
        self.log = open(self.folder / "stderr", "wb")
        self.process = subprocess.Popen(
            ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(DISK), str(BINARY)],
            env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.log,
        )
        wait_for(self.is_healthy)
        self.account = json.loads((self.folder / "account").read_text())
        return self

    def data(self):
        """The data folder as the server sees it."""
        return Path(f"/proc/{self.process.pid}/root{self.settings['TOCSIN_DATA_DIR']}")

    def free(self):
        disk = os.statvfs(self.data())
        return disk.f_bavail * disk.f_frsize


def send(server, key, project):
    """Sends an error that no compressor makes smaller; its id, the status, and the limits that the answer names."""
    event_id = uuid.uuid4().hex
    event = {"event_id": event_id, "message": "small disk", "extra": {"noise": os.urandom(10_000).hex()}}
    payload = json.dumps(event).encode()
    body = b'{"event_id":"%s"}\n{"type":"event","length":%d}\n%s\n' % (event_id.encode(), len(payload), payload)
    request = urllib.request.Request(
        f"{server.url}/api/{project}/envelope/", data=body, headers={"X-Sentry-Auth": f"Sentry sentry_key={key}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            status, headers = answer.status, answer.headers
    except urllib.error.HTTPError as error:
        with error:
            status, headers = error.code, error.headers
    return event_id, status, headers.get("X-Sentry-Rate-Limits", "")


def test_a_full_disk_loses_nothing_that_was_accepted(tmp_path):
    server = OnSmallDisk(tmp_path).start()
    try:
        dsn = server.account["dsn"]
        key, project = dsn.split("//")[1].split("@")[0], dsn.rsplit("/", 1)[1]
        ballast = server.data() / "ballast"
        with open(ballast, "wb") as file:
            file.write(b"\0" * max(0, server.free() - ROOM))

        accepted, refused = [], []
        while len(refused) < 50:
            event_id, status, limits = send(server, key, project)
            if status == 200:
                accepted.append(event_id)
                assert len(accepted) * 20_000 < 2 * DISK, "more is accepted than the disk can hold"
            else:
                refused.append((status, limits))
        assert len(accepted) > 300, f"only {len(accepted)} were accepted before {refused[0]}"
        # By the rate limit of the full disk, or by the spool itself, which is quicker than the next look at the disk.
        assert {status for status, _ in refused} <= {429, 503}, refused[:3]
        assert server.process.poll() is None, server.printed()

        def refused_for_the_disk():
            """the full disk is named"""
            _, status, limits = send(server, key, project)
            return status == 429 and "disk_full" in limits or None

        wait_for(refused_for_the_disk)

        os.remove(ballast)

        def accepted_again():
            """events are taken when there is room"""
            event_id, status, _ = send(server, key, project)
            return event_id if status == 200 else None

        accepted.append(wait_for(accepted_again))
        api = Api(server.url, server.account["auth_token"])
        # What could not be written is tried again after ever longer pauses, of 10 s at most.
        issue = api.issue_with(accepted[-1], seconds=3 * PATIENCE)

        def all_counted():
            """every accepted event is counted"""
            return int(api.get(f"/organizations/acme/issues/{issue['id']}/")["count"]) == len(accepted) or None

        wait_for(all_counted, seconds=3 * PATIENCE)
        for event_id in accepted[:: max(1, len(accepted) // 50)]:
            found = api.get(f"/organizations/acme/eventids/{event_id}/")
            assert found["groupId"] == issue["id"]
    finally:
        assert server.stop() == 0, server.printed()
