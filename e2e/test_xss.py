"""Script in every text field of every form, kept or sent back, in a real browser: it runs nowhere."""

import re
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

from pages import Visitor
from test_hostile import hostile, send

EMAIL, PASSWORD = "a@example.com", "secret123"

# Short enough for names; each breaks out of another place.
PAYLOADS = [
    "\"'><img src=x onerror=__xss='img'>",
    "</textarea></title><script>__xss='script'</script>",
    "javascript:__xss='url'//",
]

# What ends the session, or takes away what the next form is about. Their fields are sent all the same, as parameters.
ENDING = re.compile(r"logout|delete|remove|revoke|leave|/end/|transfer|/auth/(login|register)|second-factor|password|restore")
PASSES_ON = re.compile(r"^/(assets|avatar|api|auth/logout)|/(csv|download|json|markdown|live|complete)/")

PARAMETERS = ["query", "environment", "project", "statsPeriod", "start", "end", "sort", "cursor", "next", "event", "field",
              "yAxis", "action", "user", "trace", "request", "page", "category", "key", "view", "s", "issue", "rule", "status",
              "state", "by", "month", "of"]


class Text(HTMLParser):
    """The forms of a page with their fields, those that take text apart."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.links, self._area = [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a" and attributes.get("href", "").startswith("/"):
            self.links.append(attributes["href"])
        if tag == "form":
            self.forms.append({"action": attributes.get("action", ""), "method": attributes.get("method", "get").lower(),
                               "text": {}, "other": [], "password": []})
        name = attributes.get("name")
        if not self.forms or not name or "disabled" in attributes:
            return
        form, kind = self.forms[-1], attributes.get("type", "text")
        if tag == "textarea":
            self._area = (form, name)
            form["text"][name] = ""
        elif tag == "input" and kind in ("text", "search", "url", "email", "tel"):
            form["text"][name] = attributes.get("value", "")
        elif tag == "input" and kind == "password":
            form["password"].append(name)
        elif tag == "input" and (kind not in ("checkbox", "radio") or "checked" in attributes):
            form["other"].append((name, attributes.get("value", "on")))

    def handle_data(self, data):
        if self._area:
            form, name = self._area
            form["text"][name] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = None


def pattern(path):
    """Pages of the same kind look alike."""
    return re.sub(r"/(?:[0-9]+|[0-9a-f]{32})(?=/)", "/*", path.split("?")[0])


class Crawler:
    def __init__(self, server):
        self.visitor = Visitor(server.url)
        self.visitor.log_in(EMAIL, PASSWORD)
        self.sent = 0

    def pages(self):
        """One path of each kind of page that can be reached."""
        found, waiting = {}, ["/", "/admin/users/", "/admin/settings/", "/organizations/acme/discover/"]
        while waiting:
            path = waiting.pop()
            kind = pattern(path)
            if kind in found or PASSES_ON.search(path) or len(found) > 150:
                continue
            page = self.visitor.open(path)
            if page.status >= 400:
                continue
            found[kind] = (path, Text(page.html))
            waiting.extend(link for link in found[kind][1].links if link.startswith("/"))
        return [(path, text) for path, text in found.values()]

    def fill(self, path, form, payload):
        """All text fields at once, then each alone where that was refused."""
        own = form["text"]
        fields = form["other"] + [(name, PASSWORD) for name in form["password"]]
        answer = self.submit(path, form, fields + [(name, payload) for name in own])
        if answer.status == 400:
            for name in own:
                one = [(other, payload if other == name else value) for other, value in own.items()]
                self.submit(path, form, fields + one)

    def submit(self, path, form, fields):
        self.sent += 1
        target = urllib.parse.urljoin(path, form["action"] or path)
        data = urllib.parse.urlencode(fields)
        if form["method"] == "post":
            answer = self.visitor.open(target, data.encode())
        else:
            answer = self.visitor.open(f"{target.split('?')[0]}?{data}")
        assert answer.status < 500, (target, answer.html[:300])
        check_markup(answer.html, target)
        return answer


def check_markup(text, place):
    """No payload stands in the page as markup."""
    assert "<script>__xss" not in text, place
    assert "<img src=x" not in text, place
    assert not re.search(r"""(?:href|src|action|formaction)=["']?\s*javascript:""", text, re.I), place


class NoScript:
    """The browser, which notes whether anything ran."""

    def __init__(self, browser):
        self.browser = browser

    def open(self, path):
        self.browser.driver.get(f"{self.browser.url}{path}")
        assert self.browser.alert() is None, path
        assert self.browser.driver.execute_script("return window.__xss") is None, path


def write_by_api(api, payload):
    """Texts that come by the API: names and descriptions of everything that it makes."""
    bodies = [
        ("PUT", "/organizations/acme/", {"name": payload}),
        ("PUT", "/projects/acme/web/", {"name": payload, "subjectPrefix": payload}),
        ("POST", "/organizations/acme/teams/", {"name": payload, "slug": f"t{abs(hash(payload)) % 10_000}"}),
        ("POST", "/projects/acme/web/keys/", {"name": payload}),
        ("POST", "/organizations/acme/releases/", {"version": payload[:60], "projects": ["web"], "url": payload}),
        ("POST", "/organizations/acme/discover/saved/", {"name": payload, "fields": ["title"], "query": "", "range": "24h"}),
        ("POST", "/organizations/acme/members/", {"email": "x@example.com", "orgRole": "member"}),
        ("POST", "/organizations/acme/org-auth-tokens/", {"name": payload}),
        ("POST", "/api-tokens/", {"name": payload, "scopes": ["org:read"]}),
        ("PUT", "/projects/acme/web/ownership/", {"raw": f"path:{payload.split()[0]} a@example.com"}),
        ("POST", "/projects/acme/web/rules/", {
            "name": payload, "actionMatch": "any", "filterMatch": "none", "frequency": 5,
            "conditions": [{"id": "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"}],
            "filters": [{"id": "sentry.rules.filters.tagged_event.TaggedEventFilter", "key": payload, "match": "eq", "value": payload}],
            "actions": [{"id": "sentry.mail.actions.NotifyEmailAction", "targetType": "IssueOwners", "subject": payload}],
        }),
        ("POST", "/organizations/acme/alert-rules/", {
            "name": payload, "aggregate": "count()", "query": "", "timeWindow": 5, "thresholdType": 0, "dataset": "events",
            "projects": ["web"], "triggers": [{"label": "critical", "alertThreshold": 1_000_000, "actions": [
                {"type": "email", "targetType": "specific", "targetIdentifier": "x@example.com"}]}],
        }),
    ]
    for method, path, body in bodies:
        status, answer, sent = api.call(method, path, body)
        assert status < 500, (method, path, answer)
        assert sent["Content-Type"] in (None, "application/json"), (path, sent["Content-Type"])


def superuser(crawler):
    page = crawler.visitor.open("/auth/superuser/")
    for form in Text(page.html).forms:
        if form["password"]:
            fields = form["other"] + [(name, PASSWORD) for name in form["password"]]
            crawler.submit("/auth/superuser/", form, fields)


def test_script_in_every_text_field_of_every_form_runs_nowhere(server, api, browser):
    crawler = Crawler(server)
    superuser(crawler)
    for payload in PAYLOADS:
        event = hostile(payload)
        send(server, event)
        issue = api.issue_with(event["event_id"])["id"]
        crawler.visitor.open(f"/organizations/acme/issues/{issue}/")
        write_by_api(api, payload)
        for path, text in crawler.pages():
            for form in text.forms:
                if form["text"] and not ENDING.search(form["action"] or path):
                    crawler.fill(path, form, payload)
    assert crawler.sent > 60, crawler.sent
    pages = [path for path, _ in crawler.pages()]
    assert len(pages) > 40, pages
    browser.log_in(EMAIL, PASSWORD)
    quiet = NoScript(browser)
    for path in pages:
        quiet.open(path)
    # What was refused is logged by the browser, and nothing else may be.
    browser.driver.get_log("browser")


def test_script_in_every_parameter_and_path_runs_nowhere(server, browser):
    crawler = Crawler(server)
    browser.log_in(EMAIL, PASSWORD)
    quiet = NoScript(browser)
    paths = [path for path, _ in crawler.pages()]
    for path in paths:
        for payload in PAYLOADS:
            quoted = urllib.parse.quote(payload, safe="")
            query = "&".join(f"{name}={quoted}" for name in PARAMETERS)
            answer = crawler.visitor.open(f"{path.split('?')[0]}?{query}")
            assert answer.status < 500, (path, answer.html[:300])
            check_markup(answer.html, path)
    for path in paths[:25]:
        quoted = urllib.parse.quote(PAYLOADS[0], safe="")
        quiet.open(f"{path.split('?')[0]}?" + "&".join(f"{name}={quoted}" for name in PARAMETERS))
    for path in ["/organizations/{}/issues/", "/organizations/acme/projects/{}/settings/", "/organizations/acme/issues/{}/",
                 "/organizations/acme/issues/views/{}/", "/accept/{}/", "/join/{}/", "/share/issue/{}/", "/auth/recover/{}/", "/unsubscribe/{}/",
                 "/organizations/acme/alerts/why/?event={}", "/organizations/acme/alerts/incidents/{}/"]:
        for payload in PAYLOADS:
            quiet.open(path.format(urllib.parse.quote(payload, safe="")))
    browser.driver.get_log("browser")


def headers(visitor, path):
    request = urllib.request.Request(urllib.parse.urljoin(visitor.url, path))
    try:
        with visitor.opener.open(request, timeout=20) as answer:
            return answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.headers


def test_every_page_comes_with_a_strict_policy(server):
    crawler = Crawler(server)
    for path in [path for path, _ in crawler.pages()] + ["/nothing/here/", "/auth/login/"]:
        sent = headers(crawler.visitor, path)
        policy = dict(part.strip().partition(" ")[::2] for part in sent["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'", path
        assert policy["frame-ancestors"] == "'none'" and policy["base-uri"] == "'none'", path
        assert "unsafe" not in sent["Content-Security-Policy"], path
        assert sent["X-Content-Type-Options"] == "nosniff", path
        assert sent["Referrer-Policy"] == "same-origin", path


def test_a_policy_stops_script_that_stands_in_a_page(server, browser):
    """Were a text not escaped after all, the browser would refuse to run it."""
    browser.log_in(EMAIL, PASSWORD)
    browser.driver.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.__xss = 1'; document.body.append(s);"
        "const i = document.createElement('div'); i.innerHTML = '<img src=x onerror=\"window.__xss = 2\">';"
        "document.body.append(i);"
    )
    browser.settle()
    assert browser.driver.execute_script("return window.__xss") is None
    refused = [line["message"] for line in browser.driver.get_log("browser")]
    assert any("Content Security Policy" in line for line in refused), refused
