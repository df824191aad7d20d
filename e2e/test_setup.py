"""`tocsin setup`: a contract that scripts depend on."""

import json
import re

import pytest

from tocsin import SETUP, Api, Tocsin

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def tocsin(tmp_path):
    made = Tocsin(tmp_path)
    yield made
    made.stop()


def test_twice_gives_the_same_dsn_and_a_new_token(tocsin):
    first = tocsin.setup()
    fields = {"url", "organization", "project", "project_id", "dsn", "public_key", "email", "auth_token"}
    assert set(first) == fields
    assert (first["organization"], first["project"], first["email"]) == ("acme", "web", "a@example.com")
    assert first["url"] == tocsin.url
    assert first["dsn"] == f"http://{first['public_key']}@{tocsin.listen}/{first['project_id']}"
    assert re.fullmatch("[0-9a-f]{32}", first["public_key"])

    tocsin.start()
    assert Api(tocsin.url, first["auth_token"]).issues() == []
    second = tocsin.setup()  # while the server runs
    assert second == first | {"auth_token": second["auth_token"]}
    assert second["auth_token"] != first["auth_token"]
    assert Api(tocsin.url, second["auth_token"]).issues() == []
    status, _, _ = Api(tocsin.url, first["auth_token"]).call("GET", "/organizations/acme/issues/")
    assert status == 401, "the token before is revoked at once"


def test_the_dsn_of_an_installation_that_is_replaced_is_kept(tocsin):
    kept = tocsin.setup("--project-id", "4505", "--public-key", KEY)
    assert kept["dsn"] == f"http://{KEY}@{tocsin.listen}/4505"
    assert tocsin.setup("--project-id", "4505", "--public-key", KEY)["dsn"] == kept["dsn"]
    assert tocsin.setup()["dsn"] == kept["dsn"]


@pytest.mark.parametrize("other", [["--project-id", "9"], ["--public-key", KEY[::-1]]])
def test_what_contradicts_is_an_error_and_changes_nothing(tocsin, other):
    before = tocsin.setup("--project-id", "4505", "--public-key", KEY)
    refused = tocsin.command("setup", *SETUP, *other, "--json", ok=False)
    assert refused.returncode == 1
    assert refused.stdout == "" and refused.stderr.strip()
    tocsin.start()
    assert Api(tocsin.url, before["auth_token"]).issues() == [], "the token still holds"
    assert tocsin.setup()["dsn"] == before["dsn"]


def test_without_json_it_speaks_to_a_person(tocsin):
    printed = tocsin.command("setup", *SETUP)
    with pytest.raises(json.JSONDecodeError):
        json.loads(printed)
    assert re.search(rf"http://[0-9a-f]{{32}}@{re.escape(tocsin.listen)}/\d+", printed)


def test_check_tells_good_from_bad(tocsin):
    tocsin.setup()
    tocsin.command("check")
    tocsin.environment["TOCSIN_LISTEN"] = "nowhere"
    bad = tocsin.command("check", ok=False)
    assert bad.returncode == 1
    assert "listen" in (bad.stdout + bad.stderr).lower(), "it names what is wrong"


def test_version_and_help(tocsin):
    assert re.fullmatch(r"tocsin \d+\.\d+\.\d+\S*", tocsin.command("--version").strip())
    assert "setup" in tocsin.command("help")
    assert "--public-key" in tocsin.command("help", "setup")
