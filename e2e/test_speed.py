"""An uncaught error is on its issue page within two seconds."""

import subprocess
import sys
import time

from conftest import HERE
from pages import Visitor
from tocsin import environment, wait_for

BUDGET = 2.0


def test_an_uncaught_error_is_on_the_issue_page_within_two_seconds(server):
    visitor = Visitor(server.url)
    assert visitor.log_in("a@example.com", "secret123").has("user-menu")
    script = [sys.executable, HERE / "clients/zero.py", server.account["dsn"]]
    with subprocess.Popen(script, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        raised = float(run.stdout.readline())

        def page():
            """an issue page with ZeroDivisionError"""
            link = visitor.open("/organizations/acme/issues/").links.get("issue-link")
            found = visitor.open(link) if link else None
            return found if found and "ZeroDivisionError" in found.texts("issue-page")[0] else None

        found = wait_for(page, every=0.02)
        took = time.time() - raised
        assert "Traceback" in run.stderr.read(), "the program fails as it would without the SDK"
    assert run.returncode == 1
    assert took < BUDGET, f"visible after {took:.2f} s"
    assert "division by zero" in found.texts("issue-value")[0]
