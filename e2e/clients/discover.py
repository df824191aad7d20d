"""Sends two kinds of errors and transactions of a known duration."""

import datetime
import sys

import sentry_sdk

sentry_sdk.init(sys.argv[1], release="discover@1.2", environment="production", traces_sample_rate=1.0)
sentry_sdk.set_user({"id": "7", "email": "ada@example.com"})

sentry_sdk.capture_message("the cart is empty", level="warning")
sentry_sdk.capture_message("<b>the till</b> is closed", level="error")

now = datetime.datetime.now(datetime.timezone.utc)
for name, seconds in [("/checkout", 2), ("/checkout", 2), ("/search", 0.5)]:
    transaction = sentry_sdk.start_transaction(
        name=name, op="http.server", start_timestamp=now - datetime.timedelta(seconds=seconds + 60)
    )
    transaction.finish(end_timestamp=now - datetime.timedelta(seconds=60))

sentry_sdk.flush(10)
