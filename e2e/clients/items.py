"""Sends an item of every kind that the SDK knows; prints, as JSON, what it is told by."""

import json
import sys
import time

import sentry_sdk
from sentry_sdk import logger, metrics
from sentry_sdk.crons import monitor
from sentry_sdk.profiler import start_profiler, stop_profiler

dsn, marker = sys.argv[1:]
told = {}


def note_transaction(event, _hint):
    told["transaction"] = event["event_id"]
    return event


sentry_sdk.init(
    dsn=dsn, release="shop@1.4.2", environment="staging", traces_sample_rate=1.0, enable_logs=True,
    profile_session_sample_rate=1.0, profile_lifecycle="manual", profiles_sample_rate=None,
    auto_session_tracking=False,
    before_send_transaction=note_transaction,
    before_send=lambda event, _hint: None if event.get("message") == "unwanted" else event,
)


@monitor(monitor_slug="nightly", monitor_config={"schedule": {"type": "crontab", "value": "0 3 * * *"}})
def nightly():
    time.sleep(0.01)


def busy(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


# An event with two files.
with sentry_sdk.new_scope() as scope:
    scope.add_attachment(bytes=b"line 1\nline 2 \x00\xff\n", filename="app.log", content_type="text/plain")
    scope.add_attachment(bytes=b"", filename="empty.txt")
    told["event"] = scope.capture_message(f"with files ({marker})", level="error")

# A transaction with spans, and its profile beside it.
start_profiler()
with sentry_sdk.start_transaction(op="task", name=f"pay-{marker}") as transaction:
    told["trace"] = transaction.trace_id
    for number in range(3):
        with sentry_sdk.start_span(op="db.query", name=f"SELECT {number}"):
            busy(0.05)
stop_profiler()

scope = sentry_sdk.get_isolation_scope()
scope.start_session()
told["session"] = scope._session.sid.hex
try:
    1 / 0
except ZeroDivisionError as error:
    sentry_sdk.capture_exception(error)
scope.end_session()

nightly()
logger.warning("stock of {name} is low", name=f"mugs-{marker}")
logger.info(f"as it is {marker}")
metrics.count(f"orders.{marker}", 3)
metrics.gauge(f"queue.{marker}", 7, unit="byte")
metrics.distribution(f"latency.{marker}", 12.5, unit="millisecond")
# Thrown away by the SDK, which says so in a report.
sentry_sdk.capture_message("unwanted")
sentry_sdk.flush(timeout=20)
print(json.dumps(told))
