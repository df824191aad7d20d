"""A person at a browser, and how the main pages look."""

import os
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from browser import DESKTOP, PHONE
from tocsin import ROOT, wait_for

PICTURES = ROOT / "docs" / "img"


@pytest.fixture
def take_pictures(browser, tmp_path):
    """Light at desk width for the documents when asked to; dark and at phone width beside them, to be looked at."""
    kept = PICTURES if os.environ.get("TOCSIN_UPDATE_SCREENSHOTS") == "1" else tmp_path

    def take(name):
        browser.settle()
        browser.theme("light")
        browser.screenshot(kept / f"{name}.png")
        light = browser.background()
        browser.theme("dark")
        browser.screenshot(tmp_path / f"{name}-dark.png")
        assert browser.background() != light, "the page has a dark theme"
        browser.theme("light")
        browser.size(*PHONE)
        browser.check_page()
        browser.screenshot(tmp_path / f"{name}-phone.png")
        browser.size(*DESKTOP)

    return take


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
    browser.see("issue-status", "resolved")
    wait_for(lambda: "unresolved" not in browser.find("issue-status").text.lower())
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
    names = ["issue-list", "issue", "set-up"]
    assert [name for name in names if not Path(PICTURES / f"{name}.png").is_file()] == []
