"""What SDKs send beside events is taken, kept and readable; over a limit they are quiet and say what they left out."""

import json
import uuid

import pytest

import items
from tocsin import entry, wait_for


def test_the_python_sdk_sends_items_of_every_kind(run_client, api):
    marker = uuid.uuid4().hex[:12]
    told = json.loads(run_client("clients/items.py", marker).stdout)

    assert items.files(api, told["event"], 2) == {"app.log": b"line 1\nline 2 \x00\xff\n", "empty.txt": b""}

    profile = items.kept(api, "profile_chunk")
    assert len(profile["profile"]["samples"]) > 1 and profile["platform"] == "python"

    session = items.kept(api, "session", told["session"], of=lambda update: update["errors"] == 1)
    assert session["attrs"] == {"release": "shop@1.4.2", "environment": "staging"}

    done = items.kept(api, "check_in", of=lambda check_in: check_in["status"] == "ok")
    assert done["monitor_slug"] == "nightly" and done["duration"] > 0
    begun = items.kept(api, "check_in", done["check_in_id"], of=lambda check_in: check_in["status"] == "in_progress")
    assert begun["monitor_config"]["schedule"] == {"type": "crontab", "value": "0 3 * * *"}

    log = items.member(api, "log", "body", f"stock of mugs-{marker} is low")
    assert log["level"] == "warn" and items.attribute(log, "sentry.message.template") == "stock of {name} is low"
    assert items.attribute(log, "sentry.message.parameter.name") == f"mugs-{marker}"

    metric = items.member(api, "trace_metric", "name", f"latency.{marker}")
    assert (metric["type"], metric["value"], metric["unit"]) == ("distribution", 12.5, "millisecond")

    assert wait_for(lambda: items.counted(api, "error").get(("client_discard", "before_send"))) == 1


def test_a_transaction_of_the_python_sdk_keeps_its_spans(run_client, api):
    marker = uuid.uuid4().hex[:12]
    told = json.loads(run_client("clients/items.py", marker).stdout)
    transaction = items.event(api, told["transaction"])
    assert transaction["type"] == "transaction" and transaction["title"] == f"pay-{marker}"
    assert transaction["contexts"]["trace"]["trace_id"] == told["trace"]
    spans = entry(transaction, "spans")
    assert [(span["op"], span["description"]) for span in spans] == [("db.query", f"SELECT {n}") for n in range(3)]
    assert transaction["contexts"]["profile"]["profiler_id"]


def test_the_node_sdk_sends_items_of_every_kind(run_client, api):
    marker = uuid.uuid4().hex[:12]
    told = json.loads(run_client("node/items.js", marker).stdout)

    assert items.files(api, told["event"], 1) == {"app.log": b"log\n\x00\xff"}

    root = items.member(api, "span", "name", f"pay-{marker}")
    assert root["is_segment"] is True and root["trace_id"] == told["trace"]

    feedback = items.event(api, told["feedback"])
    said = feedback["contexts"]["feedback"]
    assert said["message"] == f"It does not work ({marker})" and said["contact_email"] == "ada@example.com"
    assert said["associated_event_id"] == told["event"]

    done = items.kept(api, "check_in", told["check_in"], of=lambda check_in: check_in["status"] == "ok")
    assert done["duration"] == 1.5

    log = items.member(api, "log", "body", f"stock is low {marker}")
    assert log["level"] == "warn" and items.attribute(log, "shelf") == 7

    metric = items.member(api, "trace_metric", "name", f"orders.{marker}")
    assert (metric["type"], metric["value"]) == ("counter", 3)

    items.kept(api, "session", of=lambda update: update["attrs"]["release"] == "shop@1.4.2")
    assert wait_for(lambda: items.counted(api, "error").get(("client_discard", "before_send"))) >= 1


@pytest.fixture
def limit(api):
    """Sets the errors that are taken in an hour; no limit stays."""

    def put(count):
        limits = [{"categories": ["error"], "limit": count, "window": 3600}]
        return api.put(f"{items.PROJECT}/quotas/", {"limits": limits})

    yield put
    api.put(f"{items.PROJECT}/quotas/", {"limits": []})


def test_an_sdk_that_is_over_a_limit_is_quiet_and_reports_what_it_left_out(run_client, api, limit):
    marker = uuid.uuid4().hex[:12]
    before = items.counted(api, "error")
    limit(0)
    requests = run_client("clients/limited.py", marker, "5").stdout.split()
    # The first is refused. The SDK then keeps the other four to itself, and says so.
    assert requests == ["1"] * 6

    def told():
        """the SDK's report of what it left out, and the one that was refused"""
        counted = items.counted(api, "error")
        left_out = ("client_discard", "ratelimit_backoff")
        refused = ("rate_limited", "project_quota")
        return [counted.get(key, 0) - before.get(key, 0) for key in (left_out, refused)] == [4, 1]

    wait_for(told)
    assert not [issue for issue in api.issues() if marker in issue["title"]]
