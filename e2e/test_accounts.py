"""Accounts, sign-in, tokens and the installation's administration, by their forms."""

import base64
import hashlib
import hmac
import json
import re
import struct
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from pages import Visitor

OWNER = ("a@example.com", "secret123")
ACCOUNT = "/settings/account/"
SECURITY = ACCOUNT + "security/"
TOKENS = ACCOUNT + "api/auth-tokens/"


def visitor(server, email=OWNER[0], password=OWNER[1]):
    person = Visitor(server.url)
    page = person.log_in(email, password)
    assert page.status == 200 and not page.has("login-error"), page.html
    return person


@pytest.fixture
def owner(server):
    return visitor(server)


@pytest.fixture
def user(server):
    """Makes somebody who belongs to no organization."""

    def make(email, *more):
        server.command("user", "create", "--email", email, "--password", "correct horse", *more)
        return email, "correct horse"

    return make


def administrator(server):
    person = visitor(server)
    asked = person.open("/admin/users/")
    assert asked.has("password-form") and "/auth/superuser/" in asked.url, "a permission does not act by itself"
    inside = person.submit(asked, "password-form", password=OWNER[1])
    assert inside.has("users") and inside.has("superuser"), inside.html
    return person


def newest_link(server, to, path):
    """The link in the newest mail to somebody, as an administrator passes it on."""
    admin = administrator(server)
    for link in admin.open("/admin/mails/").html.split('href="/admin/mails/')[1:]:
        text = admin.open("/admin/mails/" + link.split('"')[0]).html
        if to in text and path in text:
            return urllib.parse.urlsplit(re.search(rf'http\S+{path}\w+/', text)[0]).path
    raise AssertionError(f"no mail to {to} with {path}")


def totp(secret):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_a_profile_is_changed(owner):
    page = owner.open(ACCOUNT)
    refused = owner.submit(page, "profile-form", timezone="Mars/Olympus")
    assert refused.status == 400 and "no time zone" in refused.html
    saved = owner.submit(page, "profile-form", name="Ada", timezone="Europe/Vienna")
    assert saved.has("notice") and saved.form("profile-form").value("timezone") == "Europe/Vienna"
    assert 'data-zone="Europe/Vienna"' in saved.html
    assert 'data-zone' not in owner.submit(saved, "profile-form", timezone="").html


def test_an_address_is_confirmed_and_signs_in(server, user):
    email, password = user("two@example.com")
    person = visitor(server, email, password)
    added = person.submit(person.open(ACCOUNT), "email-form", email="Second@Example.com")
    assert "not confirmed" in added.text("emails") and "second@example.com" in added.text("emails")
    link = newest_link(server, "second@example.com", "/auth/confirm/")
    stranger = Visitor(server.url)
    page = stranger.open(link)
    assert "not confirmed" in person.open(ACCOUNT).text("emails"), "looking at the link confirms nothing"
    stranger.submit(page, "confirm-form")
    assert stranger.submit(page, "confirm-form").has("link-gone"), "it works once"
    confirmed = person.open(ACCOUNT)
    assert "not confirmed" not in confirmed.text("emails")
    primary = next(form for form in confirmed.forms if form.action.endswith("/primary/"))
    person.open(primary.action, urllib.parse.urlencode(primary.fields).encode())
    assert visitor(server, "second@example.com", password)
    assert Visitor(server.url).log_in(email, password).has("login-error")


def test_aut5_password_change_signs_out_the_other_browser(server, user):
    email, password = user("browsers@example.com")
    here, there = visitor(server, email, password), visitor(server, email, password)
    page = here.open(SECURITY)
    assert page.text("sessions").count("Python-urllib") == 2
    refused = here.submit(page, "password-form", old="wrong", new="another password")
    assert refused.status == 400 and "not your password" in refused.html
    assert there.open(ACCOUNT).has("profile-form")
    changed = here.submit(page, "password-form", old=password, new="another password")
    assert changed.has("notice") and changed.text("sessions").count("Python-urllib") == 1
    assert there.open(ACCOUNT).has("login-form")
    there = visitor(server, email, "another password")
    here.submit(here.open(SECURITY), "sign-out-everywhere")
    assert there.open(ACCOUNT).has("login-form") and here.open(ACCOUNT).has("profile-form")


def test_aut5_cookie_post_without_token_is_403(server, owner):
    for data in ({}, {"csrf_token": "wrong"}, {"csrf_token": ""}):
        for path in (ACCOUNT, TOKENS, "/organizations/acme/settings/", "/auth/logout/"):
            page = owner.open(path, urllib.parse.urlencode({"name": "x", "timezone": ""} | data).encode())
            assert page.status == 403 and "too old" in page.text("error-page"), path
    assert owner.open(ACCOUNT).has("profile-form"), "nothing was done"


def test_nobody_is_signed_in_by_another_site(server):
    fields = urllib.parse.urlencode({"email": OWNER[0], "password": OWNER[1]}).encode()
    for name, value in (("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")):
        request = urllib.request.Request(server.url + "/auth/login/", data=fields, headers={name: value})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        with refused.value as answer:
            assert answer.code == 403 and "Set-Cookie" not in answer.headers


def test_the_way_after_the_sign_in_leads_to_no_other_site(server):
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "/\t/evil.example/", "javascript:x"):
        person = Visitor(server.url)
        page = person.open("/auth/login/?next=" + urllib.parse.quote(target))
        landed = person.submit(page, "login-form", email=OWNER[0], password=OWNER[1])
        assert landed.url.startswith(server.url + "/organizations/"), (target, landed.url)


def test_attempts_are_limited(server, user):
    email, password = user("guessed@example.com")
    person = Visitor(server.url)
    page = person.open("/auth/login/")
    for _ in range(10):
        assert person.submit(page, "login-form", email=email, password="wrong").status == 401
    refused = person.submit(page, "login-form", email=email, password=password)
    assert refused.status == 429 and "too many attempts" in refused.text("login-error")
    assert visitor(server), "others are not concerned"


def test_a_forgotten_password_is_chosen_anew(server, user):
    email, password = user("forgetful@example.com")
    person = Visitor(server.url)
    page = person.open("/auth/recover/")
    for asked in (email, "nobody@example.com"):
        assert person.submit(page, "recover-form", email=asked).has("recovery-sent"), "said alike"
    link = newest_link(server, email, "/auth/recover/")
    page = person.open(link)
    short = person.submit(page, "new-password-form", password="short")
    assert short.status == 400 and "at least 8" in short.html
    assert person.submit(page, "new-password-form", password="remembered now").has("login-form")
    assert visitor(server, email, "remembered now")
    assert person.open(link).status == 404
    assert Visitor(server.url).log_in(email, password).has("login-error")


def test_accounts_by_oneself_only_where_that_is_open(server):
    person = Visitor(server.url)
    assert person.open("/auth/register/").status == 404
    admin = administrator(server)
    name = "auth.allow-registration"
    settings = admin.submit(admin.open("/admin/settings/"), "admin-settings-form", **{name: "1"})
    assert settings.form("admin-settings-form").value(name) == "1"
    page = person.open("/auth/register/")
    wrong = person.submit(page, "register-form", name="N", email="nobody", password="correct horse")
    assert wrong.status == 400 and wrong.form("register-form").value("email") == "nobody"
    inside = person.submit(page, "register-form", name="New", email="new@example.com", password="correct horse")
    assert "belong to no organization" in inside.text("error-page")
    assert person.open("/organizations/acme/issues/").status == 404
    closed = admin.open("/admin/settings/", urllib.parse.urlencode(
        [field for field in settings.form("admin-settings-form").fields if field[0] != name]).encode())
    assert closed.form("admin-settings-form").value(name) is None
    assert person.open("/auth/register/").status == 404


def test_a_second_factor_from_set_up_to_loss(server, user):
    email, password = user("factor@example.com")
    person = visitor(server, email, password)
    page = person.open(SECURITY + "second-factor/")
    secret = page.text("secret")
    assert "<svg" in page.html and re.fullmatch("[A-Z2-7]{32}", secret)
    refused = person.submit(page, "second-factor-form", code="000000")
    assert refused.status == 400 and refused.text("secret") == secret, "the same until it is confirmed"
    code = totp(secret)
    codes = person.submit(page, "second-factor-form", code=code).text("recovery-codes").split()
    assert len(codes) == 10

    again = Visitor(server.url)
    asked = again.log_in(email, password)
    assert asked.has("code-form") and again.open(ACCOUNT).has("login-form"), "the password alone does not suffice"
    wrong = again.submit(asked, "code-form", code=code)
    assert wrong.status == 401 and "used before" in wrong.text("code-error"), "a code works once"
    assert again.submit(wrong, "code-form", code=codes[0], trust="1").status == 200
    assert again.open(ACCOUNT).has("profile-form")
    assert any(cookie.name == "tocsin_trusted" and cookie.has_nonstandard_attr("HttpOnly") for cookie in again.cookies)
    again.submit(again.open(ACCOUNT), "logout")
    assert not again.log_in(email, password).has("code-form"), "this browser is trusted"

    # Recovery of the password does not go around the second factor.
    assert Visitor(server.url).log_in(email, password).has("code-form")
    removed = person.submit(person.open(SECURITY + "second-factor/"), "remove", code=codes[1])
    assert removed.has("set-up"), removed.html
    assert not Visitor(server.url).log_in(email, password).has("code-form")


def test_an_organization_that_asks_for_a_second_factor_leads_to_it(server, api, owner):
    organization = "/api/0/organizations/acme/"
    page = owner.open(SECURITY + "second-factor/")
    secret = page.text("secret")
    codes = owner.submit(page, "second-factor-form", code=totp(secret)).text("recovery-codes").split()
    try:
        set_flag(api, organization, True)
        server.command("setup", "--org", "acme", "--project", "web", "--email", "late@example.com",
                       "--password", "correct horse", "--json")
        late = visitor(server, "late@example.com", "correct horse")
        led = late.open("/organizations/acme/issues/")
        assert led.has("second-factor-form") and "asks its members" in led.text("notice")
        late.submit(led, "second-factor-form", code=totp(led.text("secret")))
        assert late.open("/organizations/acme/issues/").has("search-form")
    finally:
        set_flag(api, organization, False)
        owner.submit(owner.open(SECURITY + "second-factor/"), "remove", code=codes[0])


def set_flag(api, path, active):
    request = urllib.request.Request(
        api.url + path, data=json.dumps({"require2FA": active}).encode(), method="PUT",
        headers={"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert json.load(answer)["require2FA"] is active


def call(server, token, path):
    request = urllib.request.Request(server.url + path, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_aut1_token_visible_once(server, owner):
    made = owner.submit(owner.open(TOKENS), "token-form", name="script", expires="30", **{"scope[]": "org:read"})
    token = made.text("created-token")
    assert token.startswith("sntryu_") and token not in owner.open(TOKENS).html
    assert token[-4:] in owner.open(TOKENS).html
    assert call(server, token, "/api/0/organizations/") == 200
    assert call(server, token, "/api/0/organizations/acme/issues/") == 403
    database = b"".join(path.read_bytes() for path in (server.folder / "data").glob("tocsin.db*"))
    assert token.encode() not in database and hashlib.sha256(token.encode()).hexdigest().encode() in database


def test_tokens_of_the_organization_by_their_page(server, owner):
    path = "/organizations/acme/settings/auth-tokens/"
    made = owner.submit(owner.open(path), "organization-token-form", name="pipeline", expires="")
    token = made.text("created-token")
    payload = json.loads(base64.b64decode(token.split("_")[1]))
    assert payload["org"] == "acme" and payload["url"] == server.url, payload
    assert call(server, token, "/api/0/organizations/acme/releases/") == 200
    assert call(server, token, "/api/0/organizations/acme/issues/") == 403
    page = owner.open(path)
    revoke = next(form for form in page.forms if form.action.split("?")[0].endswith("/revoke/"))
    revoked = owner.open(revoke.action, urllib.parse.urlencode(revoke.fields).encode())
    assert "revoked" in revoked.text("organization-tokens"), "it stays in the list"
    assert call(server, token, "/api/0/organizations/acme/releases/") == 401


def test_an_administrator_makes_and_mends_users(server):
    admin = administrator(server)
    page = admin.open("/admin/users/new/")
    wrong = admin.submit(page, "new-user-form", name="Bob", email="bob", password="correct horse")
    assert wrong.status == 400 and wrong.form("new-user-form").value("email") == "bob"
    bob = admin.submit(page, "new-user-form", name="Bob", email="bob@example.com", password="correct horse")
    assert "bob@example.com" in bob.html and bob.has("active-form")
    person = visitor(server, "bob@example.com", "correct horse")
    assert person.open("/admin/users/").status == 403, "a permission is needed, a password would not help"
    off = admin.submit(bob, "active-form", is_active="0")
    assert person.open(ACCOUNT).has("login-form")
    assert Visitor(server.url).log_in("bob@example.com", "correct horse").has("login-error")
    admin.submit(off, "active-form", is_active="1")
    bob = admin.open(bob.url)
    admin.submit(bob, "recovery-form")
    link = newest_link(server, "bob@example.com", "/auth/recover/")
    person = Visitor(server.url)
    person.submit(person.open(link), "new-password-form", password="remembered now")
    assert visitor(server, "bob@example.com", "remembered now")
    log = admin.open("/admin/audit-log/").text("log")
    for action in ("superuser.enter", "user.create", "user.edit", "mail.read"):
        assert action in log, log
    assert "127.0.0.1" in log and "remembered" not in log
    left = admin.submit(admin.open("/admin/users/"), "superuser")
    assert not left.has("superuser") and admin.open("/admin/users/").has("password-form")


def test_z_all_tokens_go_at_once(server, owner):
    token = owner.submit(owner.open(TOKENS), "token-form", name="one", **{"scope[]": "org:read"}).text("created-token")
    assert call(server, token, "/api/0/organizations/") == 200
    assert owner.submit(owner.open(TOKENS), "revoke-all").has("notice")
    assert call(server, token, "/api/0/organizations/") == 401


def test_pictures_of_tokens(browser, server, take_pictures):
    browser.log_in(*OWNER)
    browser.open(TOKENS)
    browser.type("name", "release notes")
    browser.click("create-token")
    assert browser.see("created-token").text.startswith("sntryu_")
    browser.open("/organizations/acme/settings/auth-tokens/")
    browser.check_page()
    browser.open(TOKENS)
    take_pictures("tokens")
