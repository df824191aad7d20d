"""Pages read, and forms work, without script."""

import pytest

from pages import Visitor


@pytest.fixture
def visitor(server):
    person = Visitor(server.url)
    assert person.log_in("a@example.com", "secret123").has("user-menu")
    return person


@pytest.fixture(scope="module")
def issue(server, api):
    """An issue that came as a stored sample event, so that no SDK is needed."""
    person = Visitor(server.url)
    person.log_in("a@example.com", "secret123")
    page = person.open("/organizations/acme/projects/web/getting-started/")
    assert page.text("dsn") == server.account["dsn"]
    assert person.submit(page, "send-sample").status == 200
    return api.issue_titled("")


def test_a_stranger_is_sent_to_the_login_and_back(server):
    stranger = Visitor(server.url)
    page = stranger.open("/organizations/acme/projects/?from=mail")
    assert page.url.startswith(f"{server.url}/auth/login/") and page.has("login-form")
    after = stranger.submit(page, "login-form", email="a@example.com", password="secret123")
    assert after.url == f"{server.url}/organizations/acme/projects/?from=mail", after.url


def test_logging_out_ends_the_session(server, visitor):
    page = visitor.open("/organizations/acme/issues/")
    kept = [(cookie.name, cookie.value) for cookie in visitor.cookies]
    visitor.submit(page, "logout")
    stolen = Visitor(server.url)
    stolen.opener.addheaders = [("Cookie", "; ".join(f"{name}={value}" for name, value in kept))]
    assert stolen.open("/organizations/acme/issues/").has("login-form"), "the old cookie opens nothing"


def test_a_form_from_another_site_changes_nothing(visitor, issue, api):
    path = f"/organizations/acme/issues/{issue['id']}/"
    page = visitor.open(path)
    form = page.form("resolve")
    form.fields = []  # what another site cannot know
    answer = visitor.submit(page, "resolve")
    assert answer.status in (400, 403), answer.status
    assert api.get(f"/organizations/acme/issues/{issue['id']}/")["status"] == "unresolved"


def test_an_issue_is_resolved_and_opened_again(visitor, issue, api):
    path = f"/organizations/acme/issues/{issue['id']}/"
    steps = [("resolve", "resolved", "resolved"), ("unresolve", "unresolved", "unresolved")]
    # Pages say 'archived' for what the API, in its first words, calls 'ignored'.
    for button, said, status in [*steps, ("ignore", "archived", "ignored"), steps[1]]:
        page = visitor.submit(visitor.open(path), button)
        assert page.status == 200 and said in page.text("issue-status").lower()
        assert api.get(f"/organizations/acme/issues/{issue['id']}/")["status"] == status


def test_the_list_is_searched(visitor, issue):
    page = visitor.open("/organizations/acme/issues/")
    found = visitor.submit(page, "search-form", query=f"is:unresolved {issue['title'].split(':')[0].split()[0]}")
    assert found.texts("issue-row") and "query=" in found.url
    nothing = visitor.submit(page, "search-form", query="is:unresolved no-such-word-anywhere")
    assert nothing.has("issues-empty") and not nothing.has("issue-row")


def test_absent_and_forbidden_look_alike(visitor):
    absent = visitor.open("/organizations/acme/issues/999999999/")
    foreign = visitor.open("/organizations/nobodys/issues/")
    assert (absent.status, foreign.status) == (404, 404)
    assert "a@example.com" in absent.html and "a@example.com" in foreign.html


def test_a_key_is_rotated_with_both_live(visitor, server):
    path = "/organizations/acme/projects/web/settings/keys/"
    page = visitor.open(path)
    assert page.texts("key-dsn") == [server.account["dsn"]]
    after = visitor.submit(page, "key-rotate")
    assert len(after.texts("key-dsn")) == 2 and server.account["dsn"] in after.texts("key-dsn")
