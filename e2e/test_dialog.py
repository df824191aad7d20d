"""A page of somebody else's with the loader's one line: an error there arrives, and so does what its user says about it."""

import http.server
import os
import subprocess
import threading
import uuid
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

import items
from browser import Browser
from tocsin import Tocsin, entry, environment, wait_for

PAGE = """<!doctype html>
<title>A shop</title>
<script>
  window.sentryOnLoad = function () {
    Sentry.init({
      release: "shop@1.4.2",
      beforeSend(event) {
        window.sent = event.event_id;
        Sentry.showReportDialog({ eventId: event.event_id, user: { name: "Ada" } });
        return event;
      },
    });
  };
</script>
<script src="LOADER" crossorigin="anonymous"></script>
<button id="pay">Pay</button>
<script>
  document.getElementById("pay").addEventListener("click", function pay() {
    throw new RangeError("no money left");
  });
</script>
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The newest SDK for browsers in one file, as its authors publish it."""
    modules = Path(os.environ.get("TOCSIN_NODE_MODULES", ""))
    folder = tmp_path_factory.mktemp("bundle")
    # A plain object, as theirs is: the loader puts its own `init` in.
    (folder / "sdk.mjs").write_text('import * as sdk from "@sentry/browser"; window.Sentry = { ...sdk };')
    flags = ["--bundle", "--minify", "--format=iife", "--log-level=warning"]
    subprocess.run(
        [modules / ".bin" / "esbuild", folder / "sdk.mjs", *flags, f"--outfile={folder / 'bundle.min.js'}"],
        env=environment(NODE_PATH=modules), check=True, timeout=60,
    )
    return (folder / "bundle.min.js").read_bytes()


class Shop(http.server.BaseHTTPRequestHandler):
    """The page, and the bundle whatever its version and parts are called."""

    page = bundle = b""

    def do_GET(self):
        is_script = self.path.endswith(".min.js")
        body = self.bundle if is_script else self.page if self.path == "/" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def shop(bundle):
    """An origin of its own."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Shop", (Shop,), {"bundle": bundle})) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        try:
            yield site
        finally:
            site.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory, shop):
    """A server that knows the place of the bundle."""
    bundles = f"http://127.0.0.1:{shop.server_port}/{{version}}/{{bundle}}"
    tocsin = Tocsin(tmp_path_factory.mktemp("tocsin"), TOCSIN_SDK_BUNDLES=bundles)
    tocsin.account = tocsin.setup()
    tocsin.start()
    shop.RequestHandlerClass.page = PAGE.replace(
        "LOADER", f"{tocsin.url}/js-sdk-loader/{tocsin.account['public_key']}.min.js"
    ).encode()
    try:
        yield tocsin
    finally:
        assert tocsin.stop() == 0, tocsin.printed()


class Stranger(Browser):
    """On a page that is not ours, and that fails on purpose."""

    def check_logs(self):
        refused = [line["message"] for line in self.driver.get_log("browser") if "Content Security Policy" in line["message"]]
        assert refused == [], refused

    def in_dialog(self, selector):
        host = self.driver.find_elements(By.CSS_SELECTOR, "[data-crash-report]")
        return host[0].shadow_root.find_elements(By.CSS_SELECTOR, selector) if host else []


def test_an_error_of_a_page_and_what_its_user_says_arrive(shop, server, api, tmp_path):
    said = f"I clicked twice ({uuid.uuid4().hex[:8]})"
    with Stranger(f"http://127.0.0.1:{shop.server_port}", tmp_path) as browser:
        browser.driver.get(f"{browser.url}/")
        browser.driver.find_element(By.ID, "pay").click()
        wait_for(lambda: browser.in_dialog("form"))
        event_id = browser.driver.execute_script("return window.sent")

        assert browser.in_dialog("#name")[0].get_attribute("value") == "Ada"
        browser.in_dialog("#comments")[0].send_keys(said)
        send = browser.in_dialog("button[type=submit]")[0]
        send.click()
        # Without an address it is not sent, and the dialog says so.
        assert browser.in_dialog("#error")[0].is_displayed()
        browser.in_dialog("#email")[0].send_keys("ada@example.com")
        send.click()
        wait_for(lambda: browser.in_dialog("[role=status]"))

    event = items.event(api, event_id)
    assert entry(event, "exception")["values"][0]["value"] == "no money left"
    assert event["sdk"]["name"] == "sentry.javascript.browser"

    def report():
        """the report is with its issue"""
        reports = api.get(f"/issues/{event['groupID']}/user-reports/")
        return reports[0] if reports else None

    written = wait_for(report)
    assert (written["name"], written["email"], written["comments"]) == ("Ada", "ada@example.com", said)
    assert written["eventID"] == event_id
