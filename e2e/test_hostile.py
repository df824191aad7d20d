"""Script in every field of an event runs nowhere; what is too long is shown all the same."""

import json
import urllib.parse
import urllib.request
import uuid

import pytest

from pages import Visitor

PAYLOADS = [
    "<script>window.__xss='script';alert(1)</script>",
    "\"><img src=x onerror=\"window.__xss='img';alert(1)\">",
    "'></textarea></title></style></script><svg onload=window.__xss='svg'>",
    "javascript:window.__xss='url'//",
    "{{7*7}}${7*7}<%= 7*7 %>",
]


def send(server, event):
    """As the oldest SDKs do: one JSON body to the store endpoint."""
    key, project = server.account["public_key"], server.account["project_id"]
    request = urllib.request.Request(
        f"{server.url}/api/{project}/store/?sentry_version=7&sentry_key={key}", data=json.dumps(event).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200
        return json.load(answer)["id"]


def hostile(payload):
    frame = {
        "function": payload, "filename": payload, "abs_path": payload, "module": payload, "lineno": 3, "in_app": True,
        "pre_context": [payload], "context_line": payload, "post_context": [payload], "vars": {payload: payload},
        "package": payload, "source_link": payload,
    }
    return {
        "event_id": uuid.uuid4().hex, "platform": "python", "level": "error", "logger": payload,
        "transaction": payload, "culprit": payload, "server_name": payload, "release": "a@1", "environment": "live",
        "fingerprint": [uuid.uuid4().hex],
        "message": {"formatted": payload, "message": payload, "params": [payload]},
        "exception": {"values": [{
            "type": payload, "value": payload, "module": payload,
            "mechanism": {"type": payload, "handled": False, "help_link": payload, "data": {payload: payload}},
            "stacktrace": {"frames": [frame, frame | {"in_app": False}]},
        }]},
        "breadcrumbs": {"values": [{
            "type": payload, "category": payload, "message": payload, "level": "info", "data": {payload: payload},
            "timestamp": 1700000000,
        }]},
        "tags": {"hostile": payload[:190], payload[:30].replace(" ", "-"): "x"},
        "user": {"id": payload, "username": payload, "email": payload, "ip_address": "203.0.113.7", payload: payload},
        "request": {
            "url": payload, "method": payload, "query_string": payload, "fragment": payload, "cookies": payload,
            "data": {payload: payload}, "headers": {payload: payload, "Referer": payload}, "env": {payload: payload},
        },
        "contexts": {
            "browser": {"type": "browser", "name": payload, "version": payload}, payload: {payload: payload},
            "trace": {"trace_id": "a" * 32, "span_id": "b" * 16, "op": payload, "description": payload},
        },
        "extra": {payload: payload}, "modules": {payload: payload},
        "sdk": {"name": payload, "version": payload, "packages": [{"name": payload, "version": payload}]},
    }


@pytest.mark.parametrize("payload", PAYLOADS)
def test_script_in_every_field_runs_nowhere(server, api, browser, payload):
    event = hostile(payload)
    send(server, event)
    issue = api.issue_with(event["event_id"])["id"]
    browser.log_in("a@example.com", "secret123")
    pages = [
        "/organizations/acme/issues/",
        f"/organizations/acme/issues/{issue}/",
        f"/organizations/acme/issues/{issue}/events/{event['event_id']}/",
        "/organizations/acme/projects/web/settings/",
        f"/organizations/acme/issues/{issue}/attachments/",
        f"/organizations/acme/stats/?event={urllib.parse.quote(payload)}&category={urllib.parse.quote(payload)}",
    ]
    for page in pages:
        browser.open(page)
        browser.settle()
        assert browser.alert() is None
        assert browser.driver.execute_script("return window.__xss") is None, page
    browser.open(pages[1])
    shown = browser.find("issue-page").text
    assert payload in shown, "it is shown as the text that it is"
    assert "49" not in browser.find("issue-value").text


def test_a_search_shows_what_was_typed_as_text(browser):
    browser.log_in("a@example.com", "secret123")
    typed = urllib.parse.quote(PAYLOADS[1])
    for page in ["issues/", "projects/"]:
        browser.open(f"/organizations/acme/{page}?query={typed}&environment={typed}")
        assert browser.alert() is None
        assert browser.driver.execute_script("return window.__xss") is None


PARAMETERS = ["query", "environment", "project", "statsPeriod", "start", "sort", "cursor", "next", "event", "category", "drops", "key"]


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_no_parameter_comes_back_as_markup(server, parameter):
    visitor = Visitor(server.url)
    visitor.log_in("a@example.com", "secret123")
    for payload in PAYLOADS:
        for page in [
            "/organizations/acme/issues/", "/organizations/acme/projects/", "/organizations/acme/stats/",
            "/organizations/acme/stats/csv/", "/organizations/acme/projects/web/settings/loader/", "/auth/login/",
        ]:
            answer = visitor.open(f"{page}?{parameter}={urllib.parse.quote(payload)}")
            assert answer.status < 500 and payload not in answer.html


FRAMES = [{"function": f"f{n}", "filename": "deep.py", "lineno": n, "in_app": n % 3 == 0} for n in range(300)]
EXTREMES = {
    "many frames": {"exception": {"values": [{"type": "Deep", "value": "on", "stacktrace": {"frames": FRAMES}}]}},
    "a long word": {"message": "x" * 100_000},
    "right to left": {"exception": {"values": [{"type": "שגיאה", "value": "\u202eתשובה לא צפויה 🎉\u202c"}]}},
    "control characters": {"message": "a\u0000b\u0007c\u001b[31md"},
    "empty": {},
}


@pytest.mark.parametrize("kind", EXTREMES)
def test_extremes_are_shown(server, api, browser, kind):
    event = EXTREMES[kind] | {"event_id": uuid.uuid4().hex, "fingerprint": [kind], "platform": "python"}
    send(server, event)
    issue = api.issue_with(event["event_id"])["id"]
    browser.log_in("a@example.com", "secret123")
    for size in [(1440, 900), (390, 844)]:
        browser.size(*size)
        browser.open("/organizations/acme/issues/")
        browser.open(f"/organizations/acme/issues/{issue}/")
        browser.see("issue-page")
