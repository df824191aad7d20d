"""The command line of Sentry, unmodified, against Tocsin."""

import subprocess
import sys
from pathlib import Path

import pytest

from tocsin import PATIENCE, environment, wait_for

PROGRAM = Path(sys.executable).with_name("sentry-cli")


@pytest.fixture(scope="module")
def cli(server, tmp_path_factory):
    """Runs `sentry-cli ARGS` as somebody who has set it up by its environment, and returns what it printed."""
    settings = environment(
        SENTRY_URL=server.url, SENTRY_AUTH_TOKEN=server.account["auth_token"], SENTRY_ORG="acme", SENTRY_PROJECT="web",
        SENTRY_DSN=server.account["dsn"], SENTRY_DISABLE_UPDATE_CHECK="1", HOME=tmp_path_factory.mktemp("home"),
    )

    def run(*args, ok=True, **more):
        done = subprocess.run(
            [PROGRAM, *args], env=settings | more, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=3 * PATIENCE, cwd=settings["HOME"],
        )
        if ok:
            assert done.returncode == 0, f"sentry-cli {' '.join(args)}:\n{done.stdout}{done.stderr}"
            return done.stdout
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    return run


def rows(table):
    """The cells of what it prints as a table, without the head."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.fixture(scope="module")
def issues(cli, api):
    """Three issues that it sent itself, by message."""
    for name in ("one", "two", "three"):
        cli("send-event", "-m", f"told by the command line: {name}", "--level", "warning", "-r", "web@1.0",
            "-t", f"which:{name}", "--fingerprint", name, "-u", "email:ada@example.com")
    return {name: api.issue_titled(f"command line: {name}") for name in ("one", "two", "three")}


def status(api, issue):
    return api.get(f"/organizations/acme/issues/{issue['id']}/")["status"]


def test_info_says_who_one_is(cli, server):
    told = cli("info")
    assert server.url in told and "a@example.com" in told and "acme" in told, told
    assert "Invalid token (http status: 401)" in cli("info", ok=False, SENTRY_AUTH_TOKEN="0" * 64)


def test_organizations_and_projects_are_listed(cli, server):
    assert any("acme" in row for row in rows(cli("organizations", "list")))
    projects = rows(cli("projects", "list"))
    assert any("web" in row and str(server.account["project_id"]) in row for row in projects), projects


def test_an_event_is_sent_with_all_that_it_says(issues, api):
    event = api.latest_event(issues["one"])
    assert {tag["key"]: tag["value"] for tag in event["tags"]}["which"] == "one"
    assert event["user"]["email"] == "ada@example.com"
    assert event["release"]["version"] == "web@1.0"
    assert issues["one"]["level"] == "warning"


def test_issues_are_listed(cli, issues):
    def listed(*args):
        return {row[0] for row in rows(cli("issues", "list", *args))}

    ids = {issue["id"] for issue in issues.values()}
    assert ids <= listed()
    # With `list` it sends neither ids nor a status, only the query. Tags are found a moment after the issue.
    wait_for(lambda: listed("--query", "which:three") == {issues["three"]["id"]})
    assert listed("--query", "is:resolved").isdisjoint(ids)


def test_issues_are_resolved_muted_and_opened_again(cli, issues, api):
    one, two, three = issues["one"], issues["two"], issues["three"]
    cli("issues", "resolve", "-i", one["id"])
    assert status(api, one) == "resolved" and status(api, two) == "unresolved"
    cli("issues", "mute", "-i", two["id"])
    assert status(api, two) == "ignored"
    cli("issues", "unresolve", "-i", two["id"])
    assert status(api, two) == "unresolved"

    cli("issues", "resolve", "--next-release", "-i", three["id"])
    details = api.get(f"/organizations/acme/issues/{three['id']}/")
    assert (details["status"], details["statusDetails"].get("inNextRelease")) == ("resolved", True)

    # All that have a status.
    cli("issues", "unresolve", "-s", "resolved")
    assert {status(api, issue) for issue in (one, two, three)} == {"unresolved"}
    cli("issues", "resolve", "-a")
    assert {status(api, issue) for issue in (one, two, three)} == {"resolved"}


def test_events_are_listed(cli, issues, api):
    event = api.latest_event(issues["one"])

    def listed():
        """the event is in the list"""
        return event["id"].replace("-", "") in cli("events", "list", "-U", "-T").replace("-", "")

    wait_for(listed)
    assert "ada@example.com" in cli("events", "list", "-U")


def test_a_release_is_made_finalized_and_deployed(cli, api):
    cli("releases", "new", "web@2.0")
    cli("releases", "finalize", "web@2.0")
    release = api.get("/organizations/acme/releases/web@2.0/")
    assert release["version"] == "web@2.0" and release["dateReleased"]
    cli("deploys", "new", "--release", "web@2.0", "-e", "production")
    deploys = api.get("/organizations/acme/releases/web@2.0/deploys/")
    assert [deploy["environment"] for deploy in deploys] == ["production"]
    assert any("web@2.0" in " ".join(row) for row in rows(cli("releases", "list")))
