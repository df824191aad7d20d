"""An application that acts for a user: made, let in, used and taken back."""

import http.server
import json
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest

from pages import Visitor
from tocsin import wait_for

OWNER = ("a@example.com", "secret123")
APPLICATIONS = "/settings/account/api/applications/"
AUTHORIZATIONS = "/settings/account/authorizations/"


class Board:
    """The application: a server that keeps what browsers are led to it with."""

    def __init__(self):
        board = self
        self.led = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path = urllib.parse.urlsplit(self.path)
                if path.path == "/callback":
                    board.led.append(dict(urllib.parse.parse_qsl(path.query)))
                self.send_response(204 if path.path == "/favicon.ico" else 200)
                self.send_header("Content-Type", "text/plain")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.callback = f"http://{self.host}/callback"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def board():
    board = Board()
    yield board
    board.server.shutdown()
    board.server.server_close()


def post(server, fields):
    """Asks for tokens. Returns status and answer."""
    data = urllib.parse.urlencode(fields).encode()
    try:
        with urllib.request.urlopen(f"{server.url}/oauth/token/", data, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def call(server, token):
    request = urllib.request.Request(
        f"{server.url}/api/0/organizations/acme/", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_browser_is_led_from_the_application_to_the_page_and_back(browser, server, board, take_pictures):
    browser.led_to.add(board.host)
    browser.log_in(*OWNER)
    browser.open(APPLICATIONS)
    browser.type("name", "Status board")
    browser.type("redirectUris", board.callback)
    browser.click("create-application")
    secret = browser.see("client-secret").text
    client = {"client_id": browser.see("client-id").text, "client_secret": secret}
    browser.check_page()
    browser.open(f"{APPLICATIONS}{client['client_id']}/")
    assert not browser.all("client-secret"), "the secret is shown again"
    take_pictures("oauth-application")

    asked = urllib.parse.urlencode({
        "client_id": client["client_id"], "response_type": "code", "redirect_uri": board.callback,
        "scope": "openid org:read", "state": "x&y",
    })
    browser.open(f"/oauth/authorize/?{asked}")
    browser.see("consent-scopes", "read organizations")
    take_pictures("oauth-consent")
    browser.click("deny")
    wait_for(lambda: board.led)
    assert board.led.pop() == {"error": "access_denied", "state": "x&y"}
    browser.open(f"/oauth/authorize/?{asked}")
    browser.click("allow")
    wait_for(lambda: board.led)
    answer = board.led.pop()
    assert answer["state"] == "x&y"

    grant = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": board.callback}
    status, tokens = post(server, client | grant)
    assert status == 200, tokens
    assert call(server, tokens["access_token"]) == 200
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    status, newer = post(server, client | refresh)
    assert status == 200 and call(server, newer["access_token"]) == 200
    assert call(server, tokens["access_token"]) == 401
    assert post(server, client | refresh)[1]["error"] == "invalid_grant"

    browser.open(AUTHORIZATIONS)
    browser.see("authorizations", "Status board")
    owner = Visitor(server.url)
    owner.log_in(*OWNER)
    revoked = owner.submit(owner.open(AUTHORIZATIONS), "revoke-authorization")
    assert revoked.has("notice") and not revoked.has("authorizations")
    assert call(server, newer["access_token"]) == 401


def test_the_page_asks_to_sign_in_first_and_leads_back_to_itself(server, board):
    owner = Visitor(server.url)
    owner.log_in(*OWNER)
    made = owner.submit(owner.open(APPLICATIONS), "application-form", name="Other", redirectUris=board.callback)
    client_id = made.text("client-id")
    fields = {"client_id": client_id, "response_type": "code", "scope": "email", "redirect_uri": board.callback}
    stranger = Visitor(server.url)
    login = stranger.open(f"/oauth/authorize/?{urllib.parse.urlencode(fields)}")
    page = stranger.submit(login, "login-form", email=OWNER[0], password=OWNER[1])
    assert page.has("consent-form") and "read your email address" in page.html, page.html
    wrong = urllib.parse.urlencode(fields | {"redirect_uri": "https://evil.example/"})
    refused = stranger.open(f"/oauth/authorize/?{wrong}")
    assert refused.status == 400 and refused.url.startswith(server.url), refused.url
    deleted = owner.submit(owner.open(f"{APPLICATIONS}{client_id}/"), "delete-application")
    assert deleted.has("notice")
    assert stranger.open(f"/oauth/authorize/?{urllib.parse.urlencode(fields)}").status == 400
