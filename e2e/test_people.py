"""Members, teams, the audit log, and what comes back: on pages without script."""

import csv
import io
from urllib.parse import urlsplit

import pytest

from browser import PHONE
from pages import Visitor

SETTINGS = "/organizations/acme/settings/"
PASSWORD = "secret123"


@pytest.fixture
def owner(server):
    person = Visitor(server.url)
    assert person.log_in("a@example.com", PASSWORD).has("user-menu")
    return person


def invited(owner, server, name, role="member"):
    """Somebody who has accepted an invitation by the link on the page."""
    page = owner.open(f"{SETTINGS}members/")
    page = owner.submit(page, "invite-form", email=f"{name}@example.com", role=role)
    assert page.status == 200, page.html
    (link,) = [link for link in page.texts("invitation-link")]
    person = Visitor(server.url)
    offer = person.open(urlsplit(link).path)
    page = person.submit(offer, "accept-new-form", name=name.title(), password=PASSWORD)
    assert page.url == f"{server.url}/organizations/acme/issues/", page.url
    # It works once.
    assert Visitor(server.url).open(urlsplit(link).path).has("invitation-gone")
    return person


def member(api, name):
    return next(row for row in api.get("/organizations/acme/members/") if row["email"] == f"{name}@example.com")


def change(owner, path, **values):
    """Sends the one form that goes there."""
    page = owner.open(f"{SETTINGS}members/")
    form = next(form for form in page.forms if form.action.endswith(path))
    return owner.send(page, form, **values)


def test_somebody_joins_by_a_link_and_leaves_again(server, owner, api):
    grace = invited(owner, server, "grace")
    row = member(api, "grace")
    assert (row["orgRole"], row["user"]["name"]) == ("member", "Grace")
    entry = next(row for row in api.get("/organizations/acme/audit-logs/")["rows"] if row["event"] == "member.accept-invite")
    assert (entry["ipAddress"], entry["channel"]) == ("127.0.0.1", "web"), entry
    assert grace.open(f"{SETTINGS}audit-log/").status == 403
    assert change(owner, f"members/{row['id']}/role/", role="manager").status == 200
    assert member(api, "grace")["orgRole"] == "manager"
    assert grace.open(f"{SETTINGS}audit-log/").has("audit-log")
    page = grace.open(f"{SETTINGS}members/")
    form = next(form for form in page.forms if form.action.endswith(f"members/{row['id']}/remove/"))
    grace.send(page, form)
    assert grace.open("/organizations/acme/issues/").status == 404


def test_the_last_owner_stays(server, owner, api):
    row = member(api, "a")
    answer = change(owner, f"members/{row['id']}/remove/")
    assert answer.status == 403 and "at least one owner" in answer.html


def test_people_ask_to_join(server, owner, api):
    stranger = Visitor(server.url)
    page = stranger.open("/join/acme/")
    assert stranger.submit(page, "join-form", email="alan@example.com").has("join-sent")
    page = owner.open(f"{SETTINGS}members/")
    assert "alan@example.com" in page.text("requests")
    request = api.get("/organizations/acme/invite-requests/")[0]
    assert change(owner, f"members/{request['id']}/approve/").status == 200
    assert member(api, "alan")["pending"]
    assert change(owner, f"members/{member(api, 'alan')['id']}/remove/").status == 200


def test_teams_are_closed_asked_for_and_opened(server, owner, api):
    ada = invited(owner, server, "ada")
    page = owner.submit(owner.open(f"{SETTINGS}teams/"), "team-form", name="Backend")
    assert page.url.endswith("/settings/teams/backend/"), page.url
    api.put("/organizations/acme/", {"openMembership": False})
    try:
        assert ada.open("/organizations/acme/projects/web/settings/").status == 404
        page = ada.open(f"{SETTINGS}teams/")
        form = next(form for form in page.forms if form.action.endswith("/teams/acme/join/"))
        assert "asked to join" in ada.send(page, form).html
        request = api.get("/organizations/acme/access-requests/")[0]
        change(owner, f"team-requests/{request['id']}/approve/")
        assert ada.open("/organizations/acme/projects/web/settings/").status == 200
    finally:
        api.put("/organizations/acme/", {"openMembership": True})
    page = owner.open("/organizations/acme/projects/web/settings/teams/")
    page = owner.submit(page, "add-team", team="backend")
    assert "#backend" in page.text("project-teams")


def test_an_organization_is_deleted_with_the_password_and_brought_back(server, owner):
    page = owner.open("/organizations/new/")
    page = owner.submit(page, "new-organization-form", name="Short Lived")
    assert page.url.endswith("/organizations/short-lived/projects/new/"), page.url
    general = "/organizations/short-lived/settings/"
    wrong = owner.submit(owner.open(general), "delete-organization", confirm="other")
    if wrong.url.startswith(f"{server.url}/auth/sudo/"):
        form = next(form for form in wrong.forms if "password" in dict(form.fields))
        owner.send(wrong, form, password=PASSWORD)
    page = owner.submit(owner.open(general), "delete-organization", confirm="short-lived")
    assert page.has("restore-form"), page.html
    assert owner.open(general).status == 404
    page = owner.submit(page, "restore-form")
    assert page.url.endswith(general) and page.status == 200, page.url


def test_a_project_is_deleted_and_brought_back(owner, api):
    api.post("/organizations/acme/projects/", {"name": "Old shop"})
    api.delete("/projects/acme/old-shop/")
    page = owner.open(SETTINGS)
    assert "old-shop" in page.text("deleted-projects")
    form = next(form for form in page.forms if form.action.endswith("/restore/"))
    assert owner.send(page, form).url.endswith("/projects/old-shop/settings/")


def test_the_audit_log_is_chosen_from_and_saved(server, owner, api):
    api.put("/organizations/acme/", {"name": "=Acme"})
    api.put("/organizations/acme/", {"name": "acme"})
    page = owner.open(f"{SETTINGS}audit-log/")
    page = owner.submit(page, "audit-filter", event="org.edit")
    assert page.status == 200 and "org.edit" in page.text("audit-log") and "team.create" not in page.text("audit-log")
    assert not owner.open(f"{SETTINGS}audit-log/?until=2020-01-01").has("audit-log")
    text = owner.open(page.links["audit-csv"]).html
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows and {row["event"] for row in rows} == {"org.edit"}
    assert rows[0]["actor"] == "a@example.com" and '"name"' in rows[0]["after"]


def test_pictures_of_members_and_the_audit_log(browser, server, owner, take_pictures):
    invited(owner, server, "edsger", role="manager")
    page = owner.open(f"{SETTINGS}members/")
    owner.submit(page, "invite-form", email="barbara@example.com")
    browser.log_in("a@example.com", PASSWORD)
    browser.open(f"{SETTINGS}members/")
    take_pictures("members")
    browser.open(f"{SETTINGS}audit-log/")
    take_pictures("audit-log")
    for path in ["", "teams/", "teams/acme/"]:
        browser.open(f"{SETTINGS}{path}")
    browser.open("/organizations/acme/projects/web/settings/teams/")


def test_pages_fit_a_phone(browser, owner, api):
    for name in ("Payments and billing", "Operations", "Mobile clients"):
        api.post("/organizations/acme/teams/", {"name": name})
    owner.submit(owner.open(f"{SETTINGS}members/"), "invite-form", email=f"{'long' * 12}@example.com")
    browser.log_in("a@example.com", PASSWORD)
    browser.size(*PHONE)
    for path in ["", "members/", "teams/", "teams/acme/", "auth-tokens/", "audit-log/"]:
        browser.open(f"{SETTINGS}{path}")
    for path in ["", "security/", "security/second-factor/", "api/auth-tokens/", "api/applications/", "authorizations/"]:
        browser.open(f"/settings/account/{path}")
    for path in ["ownership/", "highlights/", "environments/", "teams/"]:
        browser.open(f"/organizations/acme/projects/web/settings/{path}")
