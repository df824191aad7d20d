"""Issues worked off in a browser: the inbox by keyboard, the page of one, what people write, and how they look."""

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import DESKTOP, PHONE, Browser
from pages import Visitor
from tocsin import PATIENCE, PICTURES, Api, Tocsin, environment, wait_for

LIST = "/organizations/acme/issues/"
PAYLOAD = "\"><img src=x onerror=\"window.__xss=1\"><script>window.__xss=2</script>"


def send(server, **event):
    """As the oldest SDKs do: one JSON body to the store endpoint."""
    key, project = server.account["public_key"], server.account["project_id"]
    event = {"event_id": uuid.uuid4().hex, "platform": "python"} | event
    request = urllib.request.Request(
        f"{server.url}/api/{project}/store/?sentry_version=7&sentry_key={key}", data=json.dumps(event).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200
    return event["event_id"]


def issues_of(server, api, marker, *names, **event):
    """An issue for each name, the last one seen last; by name."""
    for name in names:
        event_id = send(server, message=f"{marker} {name}", fingerprint=[marker, name], tags={"marker": marker}, **event)
        api.issue_with(event_id)
    return {name: api.issue_titled(f"{marker} {name}") for name in names}


@pytest.fixture
def reader(browser):
    browser.log_in("a@example.com", "secret123")
    return browser


def shown(browser):
    """The short titles of the rows, from the top."""
    return browser.texts('[data-test="issue-row"] .title b')


def current(browser):
    return next(iter(browser.texts("tr.current .title b")), None)


def open_list(browser, marker):
    browser.open(f"{LIST}?query={urllib.parse.quote(f'is:unresolved marker:{marker}')}")


def select(browser, *boxes):
    for box in boxes:
        browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
        box.send_keys(Keys.SPACE)


def test_an_inbox_is_worked_off_by_keyboard(reader, server, api):
    found = issues_of(server, api, "keys", "a", "b", "c", "d", "e")
    open_list(reader, "keys")
    assert shown(reader) == [f"keys {name}" for name in "edcba"]
    reader.press("j")
    reader.press("j")
    assert current(reader) == "keys d"
    reader.press("k")
    assert current(reader) == "keys e"

    # What is resolved leaves, and the next one is where the reader was.
    reader.press("r")
    wait_for(lambda: shown(reader) == [f"keys {name}" for name in "dcba"])
    reader.see("notice", "Resolved")
    wait_for(lambda: current(reader) == "keys d")
    reader.press("a")
    wait_for(lambda: shown(reader) == [f"keys {name}" for name in "cba"])
    wait_for(lambda: current(reader) == "keys c")
    status = lambda name: api.get(f"/organizations/acme/issues/{found[name]['id']}/")  # noqa: E731
    assert (status("e")["status"], status("d")["status"]) == ("resolved", "ignored")
    assert status("d")["substatus"] == "archived_until_escalating"

    # Several at once, and back.
    reader.press("x")
    reader.press("j")
    reader.press("x")
    assert "2 selected" in reader.driver.find_element(By.CSS_SELECTOR, "[data-selected-count]").text
    reader.press("m")
    wait_for(lambda: status("c")["assignedTo"] and status("b")["assignedTo"])
    reader.see("notice", "Assigned")
    wait_for(lambda: current(reader) == "keys b")
    reader.press("/")
    assert reader.driver.switch_to.active_element.get_attribute("name") == "query"
    reader.press(Keys.ESCAPE)
    reader.press(Keys.ESCAPE)
    reader.press("?")
    assert reader.driver.find_element(By.ID, "keys").is_displayed()
    reader.press(Keys.ESCAPE)
    wait_for(lambda: not reader.driver.find_element(By.ID, "keys").is_displayed())
    reader.press("?")
    # Who types on at once presses the next key before the page is drawn without the dialog.
    reader.driver.execute_script("""
        document.getElementById("keys").close();
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "v", bubbles: true }));
    """)
    reader.see("notice", "reviewed")
    wait_for(lambda: current(reader) == "keys b")
    to_review = urllib.parse.quote("is:for_review marker:keys")
    to_review = [issue["id"] for issue in api.get(f"/organizations/acme/issues/?query={to_review}")]
    assert found["a"]["id"] in to_review and found["b"]["id"] not in to_review
    reader.press(Keys.ENTER)
    wait_for(lambda: reader.all("issue-page"))
    reader.press("r")
    reader.see("undo").click()
    reader.see("notice", "Opened")
    assert reader.find("issue-status").text == "Unresolved"
    reader.press("a")
    reader.see("issue-status", "Archived")


def test_all_that_match_are_changed_after_a_question(reader, server, api):
    names = [f"n{number:02}" for number in range(27)]
    for name in names:
        event_id = send(server, message=f"many {name}", fingerprint=["many", name], tags={"marker": "many"})
    api.issue_with(event_id)
    wait_for(lambda: len(api.issues(query="marker:many")) == 27)
    open_list(reader, "many")
    assert len(shown(reader)) == 25
    select(reader, reader.all("issue-select")[0])
    reader.driver.find_element(By.NAME, "all_matching").click()
    reader.click("bulk-resolve")
    assert reader.see("confirm-what").text == "Resolve 27 issues?"
    reader.check_page()
    reader.click("cancel")
    wait_for(lambda: len(shown(reader)) == 25)
    assert len(api.issues(query="is:unresolved marker:many")) == 27, "nothing was changed"

    select(reader, reader.all("issue-select")[0])
    reader.driver.find_element(By.NAME, "all_matching").click()
    reader.click("bulk-resolve")
    reader.click("confirm")
    reader.see("notice", "Resolved 27 issues")
    reader.see("issues-empty")
    assert api.issues(query="is:unresolved marker:many") == []


def test_a_list_stays_fresh_and_keeps_its_order(reader, server, api):
    found = issues_of(server, api, "live", "a", "b")
    open_list(reader, "live")
    assert shown(reader) == ["live b", "live a"]
    reader.press("j")
    # The page asks every ten seconds; a test does not wait so long.
    ask = "document.dispatchEvent(new Event('visibilitychange'))"
    for _ in range(3):
        send(server, message="live a", fingerprint=["live", "a"], tags={"marker": "live"})
    issues_of(server, api, "live", "c")

    def counted():
        """the number of the row is new, and what is new is counted"""
        reader.driver.execute_script(ask)
        return [row.text for row in reader.all("issue-events")] == ["1", "4"] and reader.see("fresh", "1 other issue")

    wait_for(counted)
    assert shown(reader) == ["live b", "live a"], "rows stay where they are"
    assert current(reader) == "live b"
    api.put(f"/organizations/acme/issues/{found['b']['id']}/", {"status": "resolved"})

    def told():
        """the row says what somebody else did"""
        reader.driver.execute_script(ask)
        return "Resolved meanwhile" in reader.all("issue-row")[0].text

    wait_for(told)
    reader.click("fresh")
    wait_for(lambda: shown(reader) == ["live c", "live a"])


def test_the_page_of_an_issue_does_what_its_menus_say(reader, server, api):
    issue = issues_of(server, api, "menus", "a", release="web@1.0.0")["a"]
    path = f"{LIST}{issue['id']}/"
    details = lambda: api.get(f"/organizations/acme/issues/{issue['id']}/")  # noqa: E731
    reader.open(path)
    reader.click("resolve-menu")
    reader.check_page()
    reader.click("resolve-next")
    reader.see("settled", "Resolved in the release after web@1.0.0")
    assert details()["statusDetails"]["inNextRelease"] is True
    reader.click("unresolve")
    reader.click("resolve-menu")
    # Enter in a field presses the button beside it, no other.
    reader.see("in-release").send_keys("web@1.0.0" + Keys.ENTER)
    reader.see("settled", "Resolved in web@1.0.0")
    reader.click("unresolve")

    reader.click("archive-menu")
    reader.see("archive-events").send_keys("100" + Keys.ENTER)
    reader.see("settled", "until 100 more events")
    assert details()["statusDetails"]["ignoreCount"] == 100
    reader.click("unresolve")
    reader.click("archive-menu")
    reader.click("archive-for")
    reader.see("settled", "Archived for a while")
    assert details()["statusDetails"]["ignoreUntil"]
    reader.click("unresolve")
    reader.click("archive-menu")
    reader.click("archive-forever")
    reader.see("settled", "Archived forever")
    reader.click("unresolve")

    # Choosing is enough.
    reader.choose("priority", "low")
    wait_for(lambda: details()["priority"] == "low")
    reader.choose("assignee", "team")
    wait_for(lambda: details()["assignedTo"] and details()["assignedTo"]["type"] == "team")
    reader.click("bookmark")
    wait_for(lambda: details()["isBookmarked"])
    reader.click("subscribe")
    wait_for(lambda: not details()["isSubscribed"])
    said = [item.text for item in reader.all("activity-item")]
    assert any("archived it until it happens 100 times more" in line for line in said), said
    assert any("set its priority to low" in line for line in said), said


def test_what_people_write_is_shown_as_text(reader, server, api):
    marker = uuid.uuid4().hex[:8]
    send(server, exception={"values": [{"type": PAYLOAD, "value": PAYLOAD}]}, tags={"marker": marker}, fingerprint=[marker])
    issue = wait_for(lambda: api.issues(query=f"marker:{marker}"))[0]
    path = f"{LIST}{issue['id']}/"
    reader.open(path)
    reader.find("comment-text").send_keys(PAYLOAD)
    reader.click("comment")
    reader.see("notice", "Your comment is there")
    assert reader.find("comment-body").text == PAYLOAD
    reader.click("add-link")
    reader.type("service", PAYLOAD)
    reader.type("name", PAYLOAD)
    reader.type("url", "https://tracker.example/1")
    reader.press(Keys.ENTER)
    assert PAYLOAD in reader.see("links").text
    reader.click("share-menu")
    reader.click("share")
    reader.click("share-menu")
    share = reader.find("share-url").get_attribute("value")

    reader.open(f"{LIST}?query=marker:{marker}")
    reader.click("save-view")
    reader.find("view-name").send_keys(PAYLOAD)
    reader.click("view-save")
    reader.see("notice", "Saved the view")
    assert any(tab.get_attribute("textContent").startswith(PAYLOAD[:40]) for tab in reader.all("view-tab"))

    settings = "/organizations/acme/projects/web/settings/"
    reader.open(f"{settings}ownership/")
    reader.refusals += 1
    reader.type("raw", f"path:{PAYLOAD} #nobody")
    reader.click("save")
    reader.see("form-errors")
    reader.open(f"{settings}ownership/")
    pages = [path, LIST, f"{LIST}views/", f"{path}merged/", f"{path}similar/", f"{path}events/", share.removeprefix(server.url),
             f"{settings}ownership/", f"{settings}highlights/"]
    for page in pages:
        reader.open(page)
        reader.settle()
        assert reader.alert() is None
        assert reader.driver.execute_script("return window.__xss") is None, page
    reader.size(*PHONE)
    for page in pages:
        reader.open(page)


def test_a_shared_issue_is_read_without_an_account_until_it_is_not(server, api):
    visitor, stranger = Visitor(server.url), Visitor(server.url)
    visitor.log_in("a@example.com", "secret123")
    event_id = send(
        server, message="shared with all", fingerprint=["share"], user={"email": "secret@example.com", "ip_address": "203.0.113.9"},
        exception={"values": [{"type": "SharedError", "value": "boom", "stacktrace": {"frames": [
            {"function": "pay", "filename": "shop.py", "lineno": 3, "in_app": True, "vars": {"card": "4242-secret"}},
        ]}}]},
    )
    path = f"{LIST}{api.issue_with(event_id)['id']}/"
    page = visitor.submit(visitor.open(path), "share")
    share = next(element["attributes"]["value"] for element in page.named if element["name"] == "share-url")
    seen = stranger.open(share)
    assert seen.text("shared-title") == "SharedError" and "shop.py" in seen.html
    for hidden in ("secret", "203.0.113.9"):
        assert hidden not in seen.html
    visitor.submit(visitor.open(path), "unshare")
    assert stranger.open(share).status == 404


def test_issues_are_merged_and_taken_apart_without_script(server, api):
    visitor = Visitor(server.url)
    visitor.log_in("a@example.com", "secret123")
    found = issues_of(server, api, "merge", "a", "b")
    for _ in range(2):
        send(server, message="merge a", fingerprint=["merge", "a"], tags={"marker": "merge"})
    wait_for(lambda: api.get(f"/organizations/acme/issues/{found['a']['id']}/")["count"] == "3")
    page = visitor.open(f"{LIST}?query=marker:merge")
    form = page.form("bulk-merge")
    form.fields += [("issue[]", issue["id"]) for issue in found.values()]
    page = visitor.submit(page, "bulk-merge")
    assert "Merged 2 issues" in page.text("notice")
    merged = visitor.open(f"{LIST}{found['b']['id']}/merged/")
    assert len(merged.texts("hash-row")) == 2
    # The one that was merged leads to what it is now.
    assert visitor.open(f"{LIST}{found['b']['id']}/").url.rstrip("/").endswith(found["a"]["id"])
    rows = [row.split() for row in merged.texts("hash-row")]
    small = next(hash for _, hash, _, events, *_ in rows if events == "1")
    merged.form("unmerge").fields.append(("hash[]", small))
    page = visitor.submit(merged, "unmerge")
    assert page.status == 200 and "issue of their own" in page.text("notice"), page.html[:2000]
    wait_for(lambda: sorted(issue["count"] for issue in api.issues(query="marker:merge")) == ["1", "3"])


def test_rules_are_tried_on_an_event_before_they_are_saved(reader, server, api):
    event_id = send(
        server, message="whose", fingerprint=["owners"], tags={"kind": "slow"}, request={"url": "https://shop.example/checkout/"},
    )
    api.issue_with(event_id)
    path = "/organizations/acme/projects/web/settings/ownership/"
    reader.open(path)
    reader.type("raw", "url:*/checkout/* a@example.com\ntags.kind:slow #acme")
    reader.type("event", event_id)
    reader.click("try")
    rules = [rule.text for rule in wait_for(lambda: reader.all("trial-rule"))]
    assert len(rules) == 2 and "tags.kind:slow" in rules[0] and "Decides" in rules[0] and "#acme" in rules[0], rules
    reader.check_page()
    assert api.get("/projects/acme/web/ownership/")["raw"] in (None, ""), "nothing was saved"
    reader.type("event", "0" * 32)
    reader.refusals += 1
    reader.click("try")
    reader.see("form-errors", "no event of this id")
    reader.type("event", "")
    reader.click("save")
    reader.see("notice", "Saved")
    event_id = send(server, message="whose next", fingerprint=["owners", "next"], tags={"kind": "slow"})
    issue = wait_for(lambda: next((i for i in [api.issue_with(event_id)] if i["assignedTo"]), None))
    assert issue["assignedTo"]["name"] == "acme"
    reader.open(f"{LIST}{issue['id']}/")
    assert "#acme" in reader.see("owners").text


def test_a_codeowners_file_is_pasted_and_deleted(server, api):
    visitor = Visitor(server.url)
    visitor.log_in("a@example.com", "secret123")
    page = visitor.open("/organizations/acme/projects/web/settings/ownership/")
    wrong = visitor.submit(page, "codeowners-form", codeowners="*.rb @acme/web", names="@acme/web is whom")
    assert wrong.status == 400 and wrong.form("codeowners-form").value("names") == "@acme/web is whom"
    assert "Line 1" in wrong.text("form-errors")
    page = visitor.submit(page, "codeowners-form", codeowners="*.rb @acme/web\n/lib/ @gone\n", names="@acme/web #acme")
    assert "1 rule" in page.text("codeowners") and "@gone" in page.text("codeowners")
    (file,) = api.get("/projects/acme/web/codeowners/")
    assert file["names"] == {"@acme/web": "#acme"} and file["raw"].startswith("*.rb @acme/web")
    delete = next(form for form in page.forms if form.action.endswith("/delete/"))
    assert not visitor.send(page, delete).has("codeowners")
    assert api.get("/projects/acme/web/codeowners/") == []


def test_tabs_change_places(server):
    visitor = Visitor(server.url)
    visitor.log_in("a@example.com", "secret123")
    for name in ("Left", "Right"):
        page = visitor.submit(visitor.open(f"{LIST}?query=level:error"), "view-save", name=name)
    assert page.texts("view-tab")[-2:] == ["Left", "Right"]
    views = visitor.open(f"{LIST}views/")
    row = next(place for place, text in enumerate(views.texts("view-row")) if text.startswith("Right"))
    forms = [form for form in views.forms if "view-star" in form.names]
    visitor.send(views, forms[row], star="left")
    assert visitor.open(LIST).texts("view-tab")[-2:] == ["Right", "Left"]

    # What is searched in a view can be kept in it.
    page = visitor.submit(page, "search-form", query="level:warning")
    page = visitor.submit(page, "view-update")
    assert "Saved the view" in page.text("notice") and "level%3Awarning" in page.url, page.url
    assert "level:warning" in next(text for text in visitor.open(f"{LIST}views/").texts("view-row") if text.startswith("Right"))


def test_what_is_discarded_does_not_come_again(server, api):
    visitor = Visitor(server.url)
    visitor.log_in("a@example.com", "secret123")
    issue = issues_of(server, api, "discard", "a")["a"]
    page = visitor.submit(visitor.open(f"{LIST}{issue['id']}/"), "discard")
    assert "dropped from now on" in page.text("notice")
    send(server, message="discard a", fingerprint=["discard", "a"], tags={"marker": "discard"})
    # What comes later has been processed, so that the one before was, too.
    api.issue_with(send(server, message="discard b", fingerprint=["discard", "b"], tags={"marker": "discard"}))
    found = wait_for(lambda: api.issues(query="marker:discard"))
    assert [issue["title"] for issue in found] == ["discard b"]


def test_chosen_highlights_stand_on_top(reader, server, api):
    event_id = send(server, message="highlighted", fingerprint=["highlights"], tags={"region": "eu-1"}, contexts={"os": {"name": "Linux"}})
    issue = api.issue_with(event_id)
    reader.open("/organizations/acme/projects/web/settings/highlights/")
    reader.type("tags", "region")
    reader.type("context", "os: name")
    reader.click("save")
    reader.see("notice", "Saved")
    reader.open(f"{LIST}{issue['id']}/")
    assert reader.driver.find_element(By.ID, "highlights").text.split()[:4] == ["region", "eu-1", "os:", "name"]


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A server of its own with people, teams and issues in all states, to be looked at."""
    server = Tocsin(tmp_path_factory.mktemp("busy"))
    server.account = server.setup()
    server.start()
    try:
        api = Api(server.url, server.account["auth_token"])
        program = Path(__file__).parent / "clients" / "shop.py"
        subprocess.run([sys.executable, program, server.account["dsn"]], env=environment(), check=True, timeout=3 * PATIENCE)
        api.issue_titled("division by zero")
        wait_for(lambda: len(api.issues()) >= 7)
        yield server, api
    finally:
        server.stop()


def test_the_inbox_and_an_issue_look_right(busy, tmp_path):
    server, api = busy
    issues = api.issues()
    declined = next(issue for issue in issues if "PaymentDeclined" in issue["title"])
    team = api.get("/organizations/acme/teams/")[0]["id"]
    api.put(f"/organizations/acme/issues/{declined['id']}/", {"assignedTo": f"team:{team}", "isBookmarked": True})
    for text in ("Only carts with a coupon, since the deploy of noon.", "#acme can you look at the coupon service?"):
        assert api.call("POST", f"/issues/{declined['id']}/comments/", {"text": text})[0] == 201
    link = {"serviceType": "Tracker", "displayName": "SHOP-118", "webUrl": "https://tracker.example/SHOP-118"}
    assert api.call("POST", f"/issues/{declined['id']}/external-issues/", link)[0] == 201
    others = [issue for issue in issues if issue["id"] != declined["id"]]
    api.put(f"/organizations/acme/issues/{others[0]['id']}/", {"assignedTo": "a@example.com"})
    api.put(f"/organizations/acme/issues/{others[1]['id']}/", {"priority": "low"})
    for name, query in [("Checkout", "is:unresolved checkout"), ("Payments", "is:unresolved payment")]:
        view = {"name": name, "query": query, "querySort": "date", "projects": [], "environments": [], "timeFilters": {}, "starred": True}
        assert api.call("POST", "/organizations/acme/group-search-views/", view)[0] == 201

    kept = PICTURES if os.environ.get("TOCSIN_UPDATE_SCREENSHOTS") == "1" else tmp_path
    with Browser(server.url, tmp_path) as browser:
        browser.log_in("a@example.com", "secret123")
        for name, path in [("issue-inbox", LIST), ("issue-page", f"{LIST}{declined['id']}/")]:
            browser.size(*DESKTOP)
            browser.open(path)
            browser.settle()
            if path == LIST:
                browser.press("j")
            browser.theme("light")
            browser.screenshot(kept / f"{name}.png")
            light = browser.background()
            browser.theme("dark")
            browser.screenshot(tmp_path / f"{name}-dark.png")
            assert browser.background() != light
            browser.theme("light")
            browser.size(*PHONE)
            browser.check_page()
            browser.screenshot(tmp_path / f"{name}-phone.png")
        browser.size(*DESKTOP)
        assert browser.find("comment-body").is_displayed()
