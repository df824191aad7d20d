"""What rows of the feature list say works, with unmodified SDKs; the tests' names begin with the row."""

import time
import uuid

import items
from tocsin import entry, wait_for


def test_cor1_an_error_is_an_issue_within_five_seconds_with_the_right_frames(run_client, api):
    raised = float(run_client("clients/zero.py", ok=False).stdout)
    issue = api.issue_titled("ZeroDivisionError")
    assert time.time() - raised < 5
    frames = entry(api.latest_event(issue), "exception")["values"][0]["stacktrace"]["frames"]
    assert len(frames) == 1
    frame = frames[0]
    assert (frame["function"], frame["inApp"]) == ("<module>", True) and frame["filename"].endswith("zero.py")
    assert dict(frame["context"])[frame["lineNo"]] == "1 / 0"


def test_cor1_the_same_event_id_twice_counts_once(run_client, api):
    event_id = uuid.uuid4().hex
    run_client("clients/twice.py", event_id)
    issue = api.issue_with(event_id)
    # The second was answered as well, and counted as what it is.
    wait_for(lambda: items.counted(api, "error").get(("invalid", "duplicate")) == 1)
    assert api.get(f"/organizations/acme/issues/{issue['id']}/")["count"] == "1"
