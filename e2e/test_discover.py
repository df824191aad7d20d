"""A person at the page Discover and at search bars that offer what could be typed."""

import subprocess
import sys
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import PHONE
from tocsin import PATIENCE, environment, wait_for

DISCOVER = "/organizations/acme/discover/"
BY_TRANSACTION = (
    "?dataset=transactions&field=transaction&field=p95(transaction.duration)&field=count()"
    "&sort=-p95(transaction.duration)&yAxis=p95(transaction.duration)&topEvents=5&statsPeriod=1h"
)


@pytest.fixture(scope="module")
def events(server, api):
    program = Path(__file__).parent / "clients" / "discover.py"
    subprocess.run([sys.executable, program, server.account["dsn"]], env=environment(), check=True, timeout=3 * PATIENCE)

    def counted(dataset):
        answer = api.get(f"/organizations/acme/events/?dataset={dataset}&field=count()&statsPeriod=1h")
        return answer["data"][0]["count()"]

    def arrived():
        """three transactions and two errors can be asked about"""
        return counted("transactions") == 3 and counted("errors") == 2

    wait_for(arrived)


@pytest.fixture
def reader(browser, events):
    browser.log_in("a@example.com", "secret123")
    return browser


def cells(browser):
    rows = browser.all("result")
    return [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, ".cell > :first-child")] for row in rows]


def offers(browser):
    return [offer.text for offer in browser.driver.find_elements(By.CSS_SELECTOR, ".offers:not([hidden]) code")]


def test_p95_by_transaction_as_table_chart_and_file(reader):
    reader.open(DISCOVER + BY_TRANSACTION)
    assert cells(reader) == [["/checkout", "2 s", "2"], ["/search", "500 ms", "1"]]
    wait_for(lambda: reader.driver.find_elements(By.CSS_SELECTOR, ".plot.drawn canvas"))
    reader.click("chart-numbers")
    assert "/checkout" in reader.see("discover-chart").text
    # The head sorts.
    reader.driver.find_element(By.LINK_TEXT, "transaction").click()
    wait_for(lambda: "sort=transaction" in reader.driver.current_url)
    assert [row[0] for row in cells(reader)] == ["/checkout", "/search"]
    reader.size(*PHONE)
    reader.check_page()


def test_a_typo_is_pointed_at_and_nothing_typed_is_lost(reader):
    reader.open(DISCOVER)
    reader.type("query", "levle:error")
    reader.press(Keys.ESCAPE)
    reader.type("query", "level:(error")
    reader.press(Keys.ENTER)
    problem = reader.see("query-problem")
    assert "^" in problem.text and "at character" in problem.text
    assert reader.find("search-input").get_attribute("value") == "level:(error"


def test_a_search_bar_offers_keys_and_values_that_occur(reader):
    reader.open(DISCOVER + "?statsPeriod=1h")
    reader.type("query", "relea")
    wait_for(lambda: "release:" in offers(reader))
    while "release:" != reader.driver.execute_script(
        "return document.querySelector('.offers [aria-selected=true] code')?.textContent"
    ):
        reader.press(Keys.ARROW_DOWN)
    reader.press(Keys.ENTER)
    assert reader.find("search-input").get_attribute("value") == "release:"
    wait_for(lambda: "discover@1.2" in offers(reader))
    reader.press(Keys.ESCAPE)
    assert not offers(reader)

    # What an event holds is text here, too.
    reader.type("query", "message:till")
    wait_for(lambda: any("<b>the till</b>" in offer for offer in offers(reader)))
    assert not reader.alert()


def test_a_value_is_added_to_the_search_and_the_question_is_saved(reader):
    reader.open(DISCOVER + "?field=title&field=count()&statsPeriod=1h")
    assert sorted(row[0] for row in cells(reader)) == ["<b>the till</b> is closed", "the cart is empty"]
    reader.driver.find_element(By.CSS_SELECTOR, 'a.only[href*="cart"]').click()
    wait_for(lambda: len(reader.all("result")) == 1)
    reader.click("save")
    reader.see("save-name").send_keys("Empty carts")
    reader.click("save-new")
    assert reader.see("notice", "Saved the query")
    reader.open(DISCOVER)
    reader.click("saved-queries")
    reader.see("saved-query", "Empty carts").click()
    wait_for(lambda: "id=" in reader.driver.current_url)
    assert cells(reader) == [["the cart is empty", "1"]]
    reader.click("saved-delete")
    reader.click("saved-delete-sure")
    assert reader.see("notice", "Deleted the saved query")


def test_the_issue_list_takes_alternatives_in_parentheses(reader):
    reader.open("/organizations/acme/issues/")
    reader.type("query", "(message:*cart* OR message:*till*) level:warning" + Keys.ENTER)
    wait_for(lambda: "query=" in reader.driver.current_url and len(reader.all("issue-row")) == 1)
    assert "the cart is empty" in reader.find("issue-row").text
