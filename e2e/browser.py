"""One Chromium, and what must hold on every page it opens."""

import json
import shutil
import time
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from tocsin import PATIENCE, wait_for

DESKTOP = (1440, 900)
PHONE = (390, 844)

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-default-apps", "--hide-scrollbars", "--force-device-scale-factor=1", "--lang=en-GB",
]


def program(*names):
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, f"no {' or '.join(names)} on PATH: install Debian's chromium and chromium-driver"
    return found


class Browser:
    def __init__(self, url, folder):
        self.url = url
        self.folder = folder
        # How many forms a test sends that are to be refused: Chromium writes an error to its log for each.
        self.refusals = 0
        # Hosts to which a test lets itself be led.
        self.led_to = set()

    def __enter__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = program("chromium")
        for flag in [*FLAGS, f"--user-data-dir={self.folder / 'browser'}", f"--window-size={DESKTOP[0]},{DESKTOP[1]}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # An alert stays open, so that a test can see that script ran.
        options.set_capability("unhandledPromptBehavior", "ignore")
        self.driver = webdriver.Chrome(options=options, service=Service(program("chromedriver")))
        self.driver.set_page_load_timeout(PATIENCE)
        self.size(*DESKTOP)
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.check_logs()
            else:
                self.driver.save_screenshot(str(self.folder / "failed.png"))
                print(f"the page when it failed: {self.folder / 'failed.png'}, at {self.driver.current_url}")
        except WebDriverException as error:
            if kind is None:
                raise
            print(f"no picture of the failure: {error.msg}")
        finally:
            self.driver.quit()

    # What a person does

    def open(self, path):
        self.driver.get(f"{self.url}{path}")
        self.check_page()

    def log_in(self, email, password):
        self.open("/auth/login/")
        self.type("email", email)
        self.type("password", password)
        self.click("login-submit")
        self.see("user-menu")

    def type(self, field, text):
        element = self.driver.find_element(By.NAME, field)
        element.clear()
        element.send_keys(text)

    def press(self, keys):
        # To the window, as a keyboard does: the element that has the focus may be leaving just now.
        ActionChains(self.driver).send_keys(keys).perform()

    def click(self, name):
        def press():
            found = self.all(name)
            try:
                if found:
                    found[0].click()
                return bool(found)  # not yet there: what was pressed before is still being answered
            except StaleElementReferenceException:
                return False  # replaced between finding and pressing

        press.__doc__ = f"{name} can be pressed on {self.driver.current_url}"
        wait_for(press)

    def choose(self, name, value):
        """Takes the first option of the list `name` whose value begins with `value`."""

        def take():
            try:
                found = self.driver.find_elements(By.CSS_SELECTOR, f'[data-test="{name}"] [value^="{value}"]')
                if found:
                    found[0].click()
                return bool(found)
            except StaleElementReferenceException:
                return False  # the page that was asked for before is just coming

        take.__doc__ = f"{value} can be chosen of {name} on {self.driver.current_url}"
        wait_for(take)

    def all(self, name):
        return self.driver.find_elements(By.CSS_SELECTOR, f'[data-test="{name}"]')

    def texts(self, selector):
        """What is written in each, read at once: between two questions another page may come."""
        script = "return [...document.querySelectorAll(arguments[0])].map((element) => element.innerText)"
        return self.driver.execute_script(script, selector)

    def find(self, name):
        """The first element named so, which the page that is just coming may bring."""

        def found():
            return self.all(name)

        found.__doc__ = f"{name} is there on {self.driver.current_url}"
        return wait_for(found)[0]

    def see(self, name, text="", seconds=PATIENCE):
        """Waits until something named so is visible, with `text` in it in any case."""

        def visible():
            try:
                shown = (element for element in self.all(name) if element.is_displayed())
                return next((element for element in shown if text.lower() in element.text.lower()), None)
            except StaleElementReferenceException:
                return None

        visible.__doc__ = f"a visible {name} with {text!r} at {self.driver.current_url}"
        return wait_for(visible, seconds)

    # What a person sees

    def size(self, width, height):
        self.width = width
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )

    def theme(self, scheme):
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )

    def background(self):
        return self.driver.execute_script("return getComputedStyle(document.body).backgroundColor")

    def screenshot(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        assert self.driver.save_screenshot(str(path))

    # What must hold on every page

    def check_page(self):
        # Not against innerWidth: an emulated phone zooms out until everything fits.
        width = self.driver.execute_script("return document.documentElement.scrollWidth")
        assert width <= self.width, f"{self.driver.current_url} is {width} px wide in a window of {self.width}"
        faults = self.driver.execute_script(
            """const leads = ['href', 'src', 'action', 'formaction', 'xlink:href'];
            return [...document.querySelectorAll('*')].flatMap(e => [...e.attributes]
                // Where it drew a chart, the script has placed the parts.
                .filter(a => a.name.startsWith('on') || (a.name === 'style' && !e.closest('.plot.drawn'))
                    || (leads.includes(a.name) && /^\\s*(javascript|data|vbscript):/i.test(a.value)))
                .map(a => `${e.tagName} ${a.name}=${a.value}`))"""
        )
        assert faults == [], f"{self.driver.current_url}: {faults}"
        unlabelled = self.driver.execute_script(
            """return [...document.querySelectorAll('input, select, textarea, button, a[href]')]
                .filter(e => e.type !== 'hidden' && e.offsetParent !== null)
                .filter(e => !e.textContent.trim() && !e.getAttribute('aria-label')
                    && !e.getAttribute('aria-labelledby') && !e.title && !(e.labels && e.labels.length))
                .map(e => e.outerHTML.slice(0, 120))"""
        )
        assert unlabelled == [], f"{self.driver.current_url}: no label on {unlabelled}"

    def check_logs(self):
        """No error, no refusal by the Content-Security-Policy, no request to another host, so far."""
        bad = [line["message"] for line in self.driver.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
        refused = [message for message in bad if message.endswith("status of 400 (Bad Request)")]
        assert len(refused) == self.refusals and len(bad) == len(refused), bad
        known = {urlsplit(self.url).netloc, *self.led_to}
        messages = (json.loads(line["message"])["message"] for line in self.driver.get_log("performance"))
        sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        elsewhere = [url for url in sent if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc not in known]
        assert sent and elsewhere == [], elsewhere

    def alert(self):
        try:
            return self.driver.switch_to.alert.text
        except NoAlertPresentException:
            return None

    def settle(self):
        """Waits until the page stands still: loaded, and nothing under way for a moment."""

        def still():
            """the page stands still"""
            busy = "return document.readyState !== 'complete' || document.querySelector('.htmx-request') !== null"
            if self.driver.execute_script(busy):
                return False
            before = self.driver.page_source
            time.sleep(0.15)
            return before == self.driver.page_source

        wait_for(still)
