"""Sends one event twice, under the same id."""

import sys

import sentry_sdk

dsn, event_id = sys.argv[1:]
sentry_sdk.init(dsn=dsn, auto_session_tracking=False)
for _ in range(2):
    sentry_sdk.capture_event({"event_id": event_id, "message": f"told twice ({event_id})", "level": "error"})
    sentry_sdk.flush(timeout=20)
