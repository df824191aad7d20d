"""Pages without a browser: cookies, forms, and what carries a `data-test` name."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Form:
    def __init__(self, attributes):
        self.action = attributes.get("action", "")
        self.method = attributes.get("method", "get").lower()
        self.fields = []
        self.names = set()
        self.buttons = {}

    def value(self, name):
        """What stands in the field."""
        found = [value for field, value in self.fields if field == name]
        return found[0] if found else None

    def filled(self, **values):
        kept = [(name, value) for name, value in self.fields if name not in values]
        return kept + list(values.items())


class Page(HTMLParser):
    """A parsed page: the text of each `data-test` element, and the forms."""

    def __init__(self, status, url, text):
        super().__init__()
        self.status, self.url, self.html = status, url, text
        self.named = []
        self.forms = []
        self.links = {}
        self._open = []
        self._form = None
        self._select = self._area = None
        self._chosen = {}
        self._worded = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        name = attributes.get("data-test")
        element = {"name": name, "text": "", "attributes": attributes}
        if name:
            self.named.append(element)
            if tag == "a":
                self.links.setdefault(name, attributes.get("href"))
        if tag == "form":
            self._form = Form(attributes)
            self.forms.append(self._form)
        if self._form:
            if name:
                self._form.names.add(name)
            if tag in ("button", "input") and name:
                self._form.buttons[name] = attributes
            self._read_field(tag, attributes)
        if tag not in VOID:
            self._open.append((tag, element))

    def _read_field(self, tag, attributes):
        """What a browser would send of the field, were the form sent as it is."""
        if tag == "option":
            is_chosen = self._select and ("selected" in attributes or self._select not in self._chosen)
            # Without a value, its words are what is sent.
            self._worded = bool(is_chosen) and "value" not in attributes
            if is_chosen:
                self._chosen[self._select] = attributes.get("value", "")
        named = attributes.get("name")
        if named is None or "disabled" in attributes:
            return
        kind = attributes.get("type")
        if tag == "select":
            self._select = named
        elif tag == "textarea":
            self._area = [named, ""]
        elif tag == "input" and kind in ("checkbox", "radio"):
            if "checked" in attributes:
                self._form.fields.append((named, attributes.get("value", "on")))
        elif tag == "input" and kind != "submit":
            self._form.fields.append((named, attributes.get("value", "")))

    def handle_endtag(self, tag):
        if tag == "textarea" and self._area:
            # The line break behind the tag is none of the text.
            self._form.fields.append((self._area[0], self._area[1].removeprefix("\n")))
            self._area = None
        if tag == "option":
            self._worded = False
        if tag == "select" and self._select:
            self._form.fields.append((self._select, self._chosen.pop(self._select, "")))
            self._select = None
        while self._open:
            closed, _ = self._open.pop()
            if closed == "form":
                self._form = None
            if closed == tag:
                break

    def handle_data(self, data):
        if self._area:
            self._area[1] += data
        if self._worded:
            self._chosen[self._select] += data
        for _, element in self._open:
            element["text"] += data

    def texts(self, name):
        return [" ".join(element["text"].split()) for element in self.named if element["name"] == name]

    def text(self, name):
        found = self.texts(name)
        assert len(found) == 1, f"{len(found)} elements named {name} on {self.url}"
        return found[0]

    def has(self, name):
        return any(element["name"] == name for element in self.named)

    def form(self, name):
        """The form that is named so, or that holds what is named so."""
        found = [form for form in self.forms if name in form.names]
        assert len(found) == 1, f"{len(found)} forms with {name} on {self.url}"
        return found[0]


class Visitor:
    """A person without script: follows redirects, keeps cookies, sends forms."""

    def __init__(self, url):
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def open(self, path, data=None):
        request = urllib.request.Request(urllib.parse.urljoin(self.url, path), data=data)
        if data is not None:
            request.add_header("Origin", self.url)
        try:
            with self.opener.open(request, timeout=20) as answer:
                return Page(answer.status, answer.url, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Page(error.code, error.url, error.read().decode())

    def submit(self, page, name, /, **values):
        """Sends the form with `name` in it, as a press on its button would."""
        form = page.form(name)
        button = form.buttons.get(name, {})
        pressed = {button["name"]: button.get("value", "")} if "name" in button else {}
        fields = urllib.parse.urlencode(form.filled(**(pressed | values)))
        target = urllib.parse.urljoin(page.url, button.get("formaction") or form.action)
        if form.method == "post":
            return self.open(target, fields.encode())
        return self.open(f"{target.split('?')[0]}?{fields}")

    def send(self, page, form, **values):
        """Sends a form that was looked up by where it goes."""
        fields = urllib.parse.urlencode(form.filled(**values))
        return self.open(urllib.parse.urljoin(page.url, form.action), fields.encode())

    def log_in(self, email, password):
        page = self.open("/auth/login/")
        assert page.status == 200, page.html
        return self.submit(page, "login-form", email=email, password=password)
