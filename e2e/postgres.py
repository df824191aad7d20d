"""A PostgreSQL of the tests' own, from the installed server binaries, as an unprivileged user."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tocsin import free_port, wait_for


def installed(name):
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = shutil.which(name) or next(map(str, versions), None)
    assert found, f"no {name}: install Debian's postgresql"
    return found


class Postgres:
    def __init__(self):
        self.process = None

    def __enter__(self):
        return self

    def start(self):
        """Starts it and returns the variables that let `psql` in as its administrator."""
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="tocsin-postgres-"))
        user = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            owner = pwd.getpwnam("nobody")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        data = self.folder / "data"
        subprocess.run(
            [installed("initdb"), "--pgdata", data, "--username", "postgres", "--auth", "trust", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **user,
        )
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [installed("postgres"), "-D", data, "-p", str(self.port), "-k", self.folder,
             "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.folder, **user,
        )
        variables = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres", "PGDATABASE": "postgres"}

        def accepts():
            """PostgreSQL accepts connections"""
            assert self.process.poll() is None, (self.folder / "log").read_text()
            probe = [installed("psql"), "--quiet", "--command", "SELECT 1"]
            return subprocess.run(probe, env=os.environ | variables, capture_output=True, check=False).returncode == 0

        wait_for(accepts)
        return variables

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.log.close()
            shutil.rmtree(self.folder)
