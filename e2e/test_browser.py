"""A person at a browser, and how the main pages look."""

import base64
import json
import time
import urllib.request
import uuid

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import PHONE
from tocsin import PICTURES, wait_for


def test_from_login_to_a_resolved_issue(browser, server, api, run_client, take_pictures):
    browser.log_in("a@example.com", "secret123")

    browser.open("/organizations/acme/projects/web/getting-started/")
    assert browser.see("dsn").text == server.account["dsn"]
    browser.see("waiting")
    take_pictures("set-up")

    run_client("clients/zero.py", ok=False)
    browser.see("arrived")
    assert not [waiting for waiting in browser.all("waiting") if waiting.is_displayed()]
    browser.click("first-issue")

    assert browser.see("issue-title").text == "ZeroDivisionError"
    assert browser.see("issue-value").text == "division by zero"
    assert "unresolved" in browser.see("issue-status").text.lower()
    browser.see("frame-context", "1 / 0")
    browser.check_page()
    browser.click("resolve")
    wait_for(lambda: browser.texts('[data-test="issue-status"]') == ["Resolved"])
    issue = api.issue_titled("ZeroDivisionError")
    assert issue["status"] == "resolved"

    run_client("clients/zero.py", ok=False)
    wait_for(lambda: api.issue_titled("ZeroDivisionError")["status"] == "unresolved")
    assert api.issue_titled("ZeroDivisionError")["id"] == issue["id"], "a regression, not a second issue"


def test_a_busy_project(browser, run_client, api, take_pictures):
    run_client("clients/shop.py")
    api.issue_titled("division by zero")
    browser.log_in("a@example.com", "secret123")
    browser.open("/organizations/acme/issues/")
    assert len(browser.all("issue-row")) >= 7
    take_pictures("issue-list")

    declined = next(row for row in browser.all("issue-row") if "PaymentDeclined" in row.text)
    issue = declined.get_attribute("data-issue-id")
    browser.open(f"/organizations/acme/issues/{issue}/")
    assert len(browser.all("stacktrace")) == 2, "the exception and its cause"
    browser.see("breadcrumbs", "/products/mug-blue/")
    browser.see("tags", "shop@2.8.0")
    browser.see("previous-event")
    take_pictures("issue")


def test_many_issues_are_resolved_at_once(browser, run_client, api):
    run_client("clients/scope.py", "bulk")
    api.issue_titled("checkout failed (bulk)"), api.issue_titled("stock is low (bulk)")
    browser.log_in("a@example.com", "secret123")
    browser.open("/organizations/acme/issues/")
    browser.type("query", "is:unresolved bulk" + Keys.ENTER)
    wait_for(lambda: "bulk" in browser.driver.current_url and len(browser.all("issue-row")) == 2)
    for box in browser.all("issue-select"):
        browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
        box.send_keys(Keys.SPACE)
    browser.click("bulk-resolve")
    browser.see("issues-empty")
    assert {issue["title"] for issue in api.issues(query="is:resolved bulk")} >= {"stock is low (bulk)"}
    browser.driver.back()
    wait_for(lambda: "/issues/" in browser.driver.current_url)


def test_the_list_is_worked_by_keyboard(browser, run_client, api):
    run_client("clients/scope.py", "keyboard")
    issue = api.issue_titled("stock is low (keyboard)")
    browser.log_in("a@example.com", "secret123")
    browser.open("/organizations/acme/issues/")
    browser.press("/")
    assert browser.driver.switch_to.active_element.get_attribute("name") == "query"
    browser.type("query", "is:unresolved level:warning keyboard" + Keys.ENTER)
    wait_for(lambda: len(browser.all("issue-row")) == 1)
    browser.settle()
    browser.press("j")
    browser.press(Keys.ENTER)
    wait_for(lambda: f"/issues/{issue['id']}/" in browser.driver.current_url)


def send(server, envelope):
    """Posts an envelope, given as pairs of header and payload after its own header."""
    key = server.account["dsn"].split("//")[1].split("@")[0]
    project = server.account["dsn"].rsplit("/", 1)[1]
    head, *items = envelope
    body = json.dumps(head).encode() + b"\n"
    for header, payload in items:
        body += json.dumps(header | {"length": len(payload)}).encode() + b"\n" + payload + b"\n"
    request = urllib.request.Request(f"{server.url}/api/{project}/envelope/?sentry_key={key}", data=body)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def test_a_filter_with_an_error_is_mended(browser, server):
    browser.log_in("a@example.com", "secret123")
    path = "/organizations/acme/projects/web/settings/filters/"
    browser.open(path)
    browser.type("error_messages", "Timeout*\nTypeError: [\n*loop*")
    browser.refusals = 1
    browser.click("save")
    error = browser.see("line-error", "Line 2")
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", error)
    error.find_element(By.TAG_NAME, "a").click()
    chosen = browser.driver.execute_script(
        "const a = document.activeElement; return [a.name, a.value.slice(0, a.selectionStart).split('\\n').length]"
    )
    assert chosen == ["error_messages", 2], "the error leads to its line"
    browser.check_page()
    browser.type("error_messages", "Timeout*\n*loop*")
    browser.click("save")
    browser.see("notice")
    browser.check_page()

    dropped = uuid.uuid4().hex
    send(server, [{"event_id": dropped}, ({"type": "event"}, b'{"message": "ResizeObserver loop limit exceeded"}')])
    browser.open("/organizations/acme/stats/")

    def told():
        """the stats say what became of the event"""
        browser.type("event", dropped + Keys.ENTER)
        browser.settle()
        return browser.all("story-dropped")

    story = wait_for(told)[0]
    assert "Filtered" in story.text and "error-message" in story.text
    story.find_element(By.LINK_TEXT, "Inbound filters of web").click()
    wait_for(lambda: browser.driver.current_url.split("?")[0].endswith(path))


def test_the_stats_say_what_was_dropped_and_why(browser, server, run_client, api):
    run_client("clients/scope.py", "stats")
    api.issue_titled("checkout failed (stats)")
    browser.log_in("a@example.com", "secret123")
    browser.open("/organizations/acme/stats/?statsPeriod=24h")
    wait_for(lambda: browser.driver.refresh() or browser.all("stats-chart"))
    assert "web" in browser.find("by-project").text
    browser.click("stats-numbers")
    assert "Accepted" in browser.find("stats-chart").text, "the numbers are one click away"
    browser.size(*PHONE)
    browser.check_page()


def test_a_fingerprint_rule_is_previewed(browser, run_client, api):
    run_client("clients/scope.py", "preview")
    first, second = api.issue_titled("checkout failed (preview)"), api.issue_titled("stock is low (preview)")
    browser.log_in("a@example.com", "secret123")
    browser.open("/organizations/acme/projects/web/settings/grouping/")
    browser.type("fingerprint_rules", "tags.marker:preview -> one-for-all")
    browser.click("preview")
    merge = browser.see("preview-merge")
    assert first["shortId"] in merge.text and second["shortId"] in merge.text, merge.text
    assert "would come to another issue" in browser.find("preview-summary").text
    browser.check_page()
    browser.open("/organizations/acme/projects/web/settings/grouping/")
    assert browser.driver.find_element(By.NAME, "fingerprint_rules").get_attribute("value") == "", "nothing was saved"


PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def test_attachments_are_shown_downloaded_and_deleted(browser, server, api):
    event = uuid.uuid4().hex
    page = b"<script>window.__xss = 1; alert(1)</script>"
    send(server, [
        {"event_id": event},
        ({"type": "event"}, json.dumps({"message": "with files", "platform": "python"}).encode()),
        ({"type": "attachment", "filename": "screenshot.png", "content_type": "image/png"}, PIXEL),
        ({"type": "attachment", "filename": "page.html", "content_type": "text/html"}, page),
    ])
    issue = api.issue_with(event)["id"]
    browser.log_in("a@example.com", "secret123")
    browser.open(f"/organizations/acme/issues/{issue}/")
    browser.see("attachments", "screenshot.png")
    picture = browser.find("attachment-picture")
    wait_for(lambda: browser.driver.execute_script("return arguments[0].naturalWidth", picture) == 1)
    assert len(browser.all("attachment-view")) == 1, "what could run is not shown"
    browser.see("grouping")

    browser.click("all-attachments")
    assert len(browser.see("attachment-table").find_elements(By.CSS_SELECTOR, "tbody tr")) == 2
    browser.see("gallery")
    browser.check_page()
    links = {row.text: row.get_attribute("href") for row in browser.all("attachment-download")}
    answer = browser.driver.execute_async_script(
        """const done = arguments[arguments.length - 1];
        const link = [...document.querySelectorAll('[data-test=attachment-download]')].find(a => a.closest('tr').textContent.includes('page.html'));
        fetch(link.href).then(async a => done([a.headers.get('content-disposition'), a.headers.get('x-content-type-options'),
            a.headers.get('content-security-policy'), await a.text()]))"""
    )
    assert answer[0].startswith("attachment") and answer[1] == "nosniff" and "sandbox" in answer[2], links
    assert answer[3] == page.decode()

    browser.click("attachment-remove")
    browser.click("attachment-delete")
    browser.see("notice", "Deleted")
    assert len(browser.all("attachment-download")) == 1


def test_a_transaction_is_found_by_its_id(browser, server):
    event = uuid.uuid4().hex
    spans = [
        {"span_id": f"{n:016x}", "parent_span_id": "a" * 16, "trace_id": "c" * 32, "op": "db.query", "description": f"SELECT {n}",
         "start_timestamp": time.time() - 1 + n / 10, "timestamp": time.time() - 0.5 + n / 10}
        for n in range(1, 4)
    ]
    transaction = {
        "type": "transaction", "transaction": "/checkout/", "start_timestamp": time.time() - 1, "timestamp": time.time(),
        "contexts": {"trace": {"trace_id": "c" * 32, "span_id": "a" * 16, "op": "http.server", "status": "ok"}}, "spans": spans,
    }
    send(server, [{"event_id": event}, ({"type": "transaction"}, json.dumps(transaction).encode())])
    browser.log_in("a@example.com", "secret123")
    browser.open("/organizations/acme/issues/")

    def found():
        """the search leads to the transaction"""
        browser.type("query", event + Keys.ENTER)
        browser.settle()
        return browser.all("event-page")

    wait_for(found)
    assert browser.find("event-title").text == "/checkout/"
    assert len(browser.all("span")) == 3
    browser.size(*PHONE)
    browser.check_page()


def test_pages_are_light(browser, server):
    """A page is complete under 300 KB, of which script is at most 100 KB; nothing is inline."""
    browser.log_in("a@example.com", "secret123")
    browser.open("/organizations/acme/issues/")
    sizes = browser.driver.execute_script(
        """return performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
            .map(e => [e.initiatorType, e.decodedBodySize])"""
    )
    script = sum(size for kind, size in sizes if kind == "script")
    assert 0 < script <= 100_000, sizes
    assert sum(size for _, size in sizes) <= 300_000, sizes


def test_pictures_of_the_main_pages_are_kept():
    names = ["issue-list", "issue", "set-up", "issue-inbox", "issue-page", "members", "tokens", "audit-log"]
    assert [name for name in names if not (PICTURES / f"{name}.png").is_file()] == []
