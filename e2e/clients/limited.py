"""Sends errors one by one, and prints after each how many requests with an error the transport has made."""

import gzip
import sys

import sentry_sdk
from sentry_sdk.transport import HttpTransport

REQUESTS = []


class Counting(HttpTransport):
    def _send_request(self, body, headers, *args, **kwargs):
        REQUESTS.append(b'"type":"event"' in gzip.decompress(body))
        return super()._send_request(body, headers, *args, **kwargs)


dsn, marker, count = sys.argv[1:]
sentry_sdk.init(dsn=dsn, transport=Counting, auto_session_tracking=False, default_integrations=False)
for number in range(int(count)):
    sentry_sdk.capture_message(f"number {number} ({marker})", level="error")
    sentry_sdk.flush(timeout=20)
    print(sum(REQUESTS), flush=True)
# At its end it says what it did not send.
sentry_sdk.get_client().close(timeout=20)
print(sum(REQUESTS))
