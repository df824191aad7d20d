"""From a rule made in the browser to the mail that arrives, and what the pages say about who was told and why."""

import re
import uuid
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import Select, WebDriverWait

from browser import PHONE
from pages import Visitor
from smtp import Sink, text
from test_hostile import send
from tocsin import PATIENCE, wait_for

EMAIL, PASSWORD = "a@example.com", "secret123"
ALERTS = "/organizations/acme/alerts/"
RULES = "/organizations/acme/projects/web/alerts/rules/"
NOTIFICATIONS = "/settings/account/notifications/"
LEVEL = "sentry.rules.filters.level.LevelFilter"
# A metric is evaluated once a minute, some seconds after the minute is over.
MINUTES = 150


@pytest.fixture(scope="module")
def admin(server):
    """Whoever runs the installation, with the rights of its pages."""
    person = Visitor(server.url)
    person.log_in(EMAIL, PASSWORD)
    assert person.submit(person.open("/admin/users/"), "password-form", password=PASSWORD).has("users")
    # With a cap there are no digests: what comes soon after another is told at once.
    page = person.open("/organizations/acme/projects/web/settings/notifications/")
    assert person.submit(page, "project-notifications-form", hourly_cap="500").has("notice")
    return person


@pytest.fixture(scope="module")
def sink(admin):
    """A mail server, named in the settings of the installation as an administrator does."""
    with Sink() as started:
        page = admin.open("/admin/mail/")
        fields = {"host": "127.0.0.1", "port": str(urlsplit(started.url).port), "from": "bell@example.com"}
        saved = admin.submit(page, "mail-server-form", **fields)
        assert saved.status == 200 and saved.has("notice"), saved.texts("form-errors")
        yield started


@pytest.fixture
def reader(server):
    person = Visitor(server.url)
    person.log_in(EMAIL, PASSWORD)
    return person


def field(browser, name):
    return browser.driver.find_element(By.CSS_SELECTOR, f'main [name="{name}"]')


def choose(browser, name, label):
    Select(field(browser, name)).select_by_visible_text(label)


def event(server, word, **more):
    """A new issue of its own."""
    title = f"{word}-{uuid.uuid4().hex[:8]}"
    values = [{"type": title, "value": "it broke", "stacktrace": {"frames": [{"function": "pay", "filename": "pay.py", "lineno": 7}]}}]
    sent = {"event_id": uuid.uuid4().hex, "platform": "python", "level": "error", "exception": {"values": values}} | more
    return title, send(server, sent)


def verdict(reader, event_id, rule):
    """What the page says of the rule and the event, when it says something."""

    def answer():
        page = reader.open(f"{ALERTS}why/?event={event_id}")
        return next((row for row in page.texts("verdict") if rule in row and "not known" not in row), None)

    answer.__doc__ = f"a verdict of {rule} about {event_id}"
    return wait_for(answer)


def make_rule(reader, name, **fields):
    page = reader.open(f"{RULES}new/")
    saved = reader.submit(page, "save", name=name, **fields)
    assert saved.has("rule-said"), saved.texts("form-errors")
    return urlsplit(saved.url).path


def test_the_mail_server_is_tried_with_a_button(admin, sink):
    page = admin.open("/admin/mail/")
    sink.refusal = "550 5.1.1 not here"
    try:
        refused = admin.submit(page, "mail-test-form", to="ops@example.com")
        assert "Not sent" in refused.text("mail-tested") and "550 5.1.1 not here" in refused.text("mail-dialogue")
    finally:
        sink.refusal = None
    sent = admin.submit(page, "mail-test-form", to="ops@example.com")
    assert "Sent" in sent.text("mail-tested") and "250 2.0.0 kept" in sent.text("mail-dialogue")
    assert sink.mails[-1][0] == ["ops@example.com"]


def test_a_rule_from_the_builder_to_the_mail_and_to_why(browser, server, api, sink, reader, take_pictures):
    browser.log_in(EMAIL, PASSWORD)
    browser.open(ALERTS)
    browser.click("new-alert")
    browser.click("new-alert-go")
    browser.see("rule-form")
    browser.type("name", "Each new issue")
    # Only the keyboard: the words of the target are reached and chosen with it.
    target = field(browser, "actions.0.target")
    assert not field(browser, "actions.0.address").is_displayed(), "no address while nobody asks for one"
    target.send_keys(Keys.HOME)
    choose(browser, "actions.0.target", "the address")
    assert field(browser, "actions.0.address").is_displayed()
    member = next(row for row in Select(target).options if row.get_attribute("value").startswith("Member:"))
    Select(target).select_by_value(member.get_attribute("value"))
    browser.see("would-fire", "in the last 7 days")
    take_pictures("alert-builder")
    browser.click("save")
    said = browser.see("rule-said").text
    assert "A new issue is created".lower() in said.lower(), said
    rule = urlsplit(browser.driver.current_url).path

    title, event_id = event(server, "CardError")
    mail = sink.wait(title, EMAIL)
    assert "pay.py" in text(mail) and mail["List-Unsubscribe"], text(mail)
    assert "fired" in verdict(reader, event_id, "Each new issue")
    browser.open(f"{ALERTS}why/?event={event_id}")
    browser.see("verdict", "Each new issue")
    wait_for(lambda: "delivered" in reader.open(f"{ALERTS}why/?event={event_id}").html)
    browser.open(f"{ALERTS}why/?event={event_id}")
    browser.see("delivery", "delivered")
    take_pictures("why-was-i-told")
    browser.open(rule)
    browser.see("firing")
    browser.see("fired-chart")
    take_pictures("alert-rule")
    browser.click("mark-false-alarm")
    browser.see("is-false-alarm")
    browser.click("unmark-false-alarm")
    browser.see("mark-false-alarm")
    assert not browser.all("is-false-alarm")
    browser.open(ALERTS)
    assert any("Each new issue" in row.text for row in browser.all("alert-row"))
    take_pictures("alert-list")
    assert len(sink.found(title, EMAIL)) == 1, "told once, by whichever rule came first"


def test_the_builder_works_by_keyboard(browser):
    browser.log_in(EMAIL, PASSWORD)
    browser.open(f"{RULES}new/")
    field(browser, "name").click()
    browser.press("By keyboard")
    seen = []
    for _ in range(60):
        browser.press(Keys.TAB)
        focus = browser.driver.switch_to.active_element
        seen.append(focus.get_attribute("name") or focus.tag_name)
        if focus.get_attribute("data-test") == "add-filters":
            break
        if focus.get_attribute("name") == "add_filters":
            Select(focus).select_by_value(LEVEL)
    browser.press(Keys.ENTER)
    browser.see("rule-form")
    assert field(browser, "name").get_attribute("value") == "By keyboard", "nothing typed is lost"
    wait_for(lambda: browser.driver.find_elements(By.NAME, "filters.0.level"))
    order = [name for name in seen if name in ("owner", "actionMatch", "environment", "filterMatch", "add_filters")]
    assert order == ["owner", "actionMatch", "environment", "filterMatch", "add_filters"], seen
    # Enter in a field saves.
    field(browser, "name").click()
    browser.press(Keys.ENTER)
    browser.see("rule-said", "level")


def test_a_rule_is_built_without_script_and_says_what_is_wrong(reader):
    page = reader.open(f"{RULES}new/")
    before = len(page.texts("rule-row"))
    more = reader.submit(page, "add-filters", name="Without script", add_filters="sentry.rules.filters.issue_occurrences.IssueOccurrencesFilter")
    assert len(more.texts("rule-row")) == before + 1
    refused = reader.submit(more, "save", **{"filters.0.value": "many"})
    assert refused.status == 400 and refused.form("rule-form").value("filters.0.value") == "many", refused.html
    assert refused.has("form-errors")
    saved = reader.submit(refused, "save", **{"filters.0.value": "10"})
    assert "seen at least 10 times" in saved.text("rule-said"), saved.html
    again = reader.open(f"{RULES}new/")
    again = reader.submit(again, "add-filters", name="The same", add_filters="sentry.rules.filters.issue_occurrences.IssueOccurrencesFilter")
    twice = reader.submit(again, "save", **{"filters.0.value": "10"})
    assert twice.status == 400 and "Without script" in " ".join(twice.texts("form-errors")), "the same rule twice"


def test_a_link_in_the_mail_ends_the_mails(server, sink, reader):
    make_rule(reader, "For unsubscribing", **{"actions.0.target": "IssueOwners", "frequency": "60"})
    title, _ = event(server, "Endless")
    mail = sink.wait(title, EMAIL)
    link = re.search(r"<(http[^>]+/unsubscribe/[^>]+)>", mail["List-Unsubscribe"])[1]
    stranger = Visitor(server.url)
    page = stranger.open(urlsplit(link).path)
    assert page.has("unsubscribe-form") and not page.has("unsubscribe-done"), "looking at it ends nothing"
    assert stranger.submit(page, "unsubscribe-form").has("unsubscribe-done")
    # What mail programs send by themselves.
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stranger.open(urlsplit(link).path, b"List-Unsubscribe=One-Click").status == 200
    assert stranger.open(urlsplit(link).path + "x/").status in (200, 404)


def test_a_snoozed_rule_tells_nobody_and_says_so(browser, server, sink, reader):
    rule = make_rule(reader, "To be snoozed", **{"actions.0.target": "Address", "actions.0.address": EMAIL})
    browser.log_in(EMAIL, PASSWORD)
    browser.open(rule)
    browser.click("snooze")
    browser.see("snooze-go")
    browser.driver.find_element(By.CSS_SELECTOR, 'input[name="target"][value="everyone"]').click()
    choose(browser, "hours", "1 hour")
    browser.click("snooze-go")
    browser.see("snoozed", "everybody")
    _, event_id = event(server, "Quiet")
    said = verdict(reader, event_id, "To be snoozed")
    assert "did not fire" in said and "snoozed" in said, said
    browser.open(rule)
    browser.click("switch")
    browser.see("switch", "Turn on")
    browser.size(*PHONE)
    browser.open(rule)


def test_choices_of_an_account_are_kept(browser, take_pictures):
    browser.log_in(EMAIL, PASSWORD)
    browser.open(NOTIFICATIONS)
    form = browser.find("notifications-form")
    box = form.find_element(By.NAME, "quiet")
    assert not box.is_selected()
    box.click()
    Select(form.find_element(By.NAME, "deploy")).select_by_index(0)
    chosen = Select(form.find_element(By.NAME, "deploy")).first_selected_option.get_attribute("value")
    browser.click("save")
    browser.see("notice")
    form = browser.find("notifications-form")
    assert form.find_element(By.NAME, "quiet").is_selected()
    assert Select(form.find_element(By.NAME, "deploy")).first_selected_option.get_attribute("value") == chosen
    take_pictures("account-notifications")
    shown = browser.find("notifications-form")
    shown.find_element(By.NAME, "quiet").click()
    browser.click("save")
    # The page that was clicked on already looks like the one that follows.
    WebDriverWait(browser.driver, PATIENCE).until(staleness_of(shown))
    browser.see("notice")
    assert not browser.find("notifications-form").find_element(By.NAME, "quiet").is_selected()


def test_a_mail_that_waits_is_a_job_that_can_be_tried_again(admin, server, sink, reader):
    make_rule(reader, "To be tried again", **{"actions.0.target": "IssueOwners", "frequency": "5"})
    sink.refusal = "451 4.3.0 later"
    try:
        title, event_id = event(server, "Later")

        def waiting():
            """the job of the mail that is to be tried again"""
            page = admin.open("/admin/jobs/?state=waiting")
            return next((link["attributes"]["href"] for link in page.named
                         if link["name"] == "job-link" and link["text"].strip() == "deliver"), None)

        job = wait_for(waiting)
        wait_for(lambda: "451 4.3.0 later" in admin.open("/admin/mails/").text("mails"))
        assert "451 4.3.0 later" in reader.open(f"{ALERTS}why/?event={event_id}").html
    finally:
        sink.refusal = None
    page = admin.submit(admin.open(job), "retry-form")
    assert page.status == 200 and page.has("notice")
    sink.wait(title, EMAIL)
    wait_for(lambda: admin.open(job).status == 404)


def test_a_metric_rule_opens_an_incident(browser, server, api, sink, take_pictures):
    browser.log_in(EMAIL, PASSWORD)
    browser.open(f"{ALERTS}metric/new/")
    browser.type("name", "Many errors")
    assert not field(browser, "delta").is_displayed(), "nothing to compare with for a fixed number"
    choose(browser, "detection", "the same time before, in percent")
    assert field(browser, "delta").is_displayed()
    choose(browser, "detection", "a fixed number")
    browser.type("critical", "1")
    box = browser.driver.find_element(By.CSS_SELECTOR, 'input[name="projects[]"][value="web"]')
    if not box.is_selected():
        box.click()
    choose(browser, "action0_target", "an e-mail address")
    assert field(browser, "action0_text").is_displayed()
    whom = Select(field(browser, "action0_target"))
    whom.select_by_value(next(row.get_attribute("value") for row in whom.options if row.get_attribute("value").startswith("user:")))
    assert not field(browser, "action0_text").is_displayed(), "a member needs no address"
    browser.click("preview")
    browser.see("metric-chart")
    take_pictures("metric-builder")
    browser.click("save")
    browser.see("rule-said")
    for _ in range(3):
        event(server, "Metric", fingerprint=["metric"])

    def opened():
        """an incident is open"""
        return api.get("/organizations/acme/incidents/?status=open")

    (incident,) = wait_for(opened, MINUTES, 1)
    sink.wait("Many errors", EMAIL)
    browser.open(f"{ALERTS}incidents/")
    browser.see("incident-row", "Many errors")
    browser.open(f"{ALERTS}incidents/{incident['identifier']}/")
    browser.see("incident-status", "critical")
    browser.see("timeline-row")
    browser.type("comment", "It is the payment provider.")
    browser.driver.find_element(By.CSS_SELECTOR, '[data-test="comment-form"] button').click()
    browser.see("timeline", "It is the payment provider.")
    take_pictures("incident")
    browser.click("resolve")
    browser.see("incident-status", "resolved")


def test_links_in_mails_so_far_are_made_useless(server, sink, reader):
    make_rule(reader, "For revoking", **{"actions.0.target": "IssueOwners", "frequency": "10"})
    title, _ = event(server, "Forwarded")
    mail = sink.wait(title, EMAIL)
    link = urlsplit(re.search(r"<(http[^>]+/unsubscribe/[^>]+)>", mail["List-Unsubscribe"])[1]).path
    stranger = Visitor(server.url)
    assert stranger.open(link).has("unsubscribe-form")
    done = reader.submit(reader.open(NOTIFICATIONS), "revoke-links")
    assert "do nothing any more" in done.html, done.html
    assert not stranger.open(link).has("unsubscribe-form")
