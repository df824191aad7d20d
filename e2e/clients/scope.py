"""Sends an exception, a chained one and a message with everything that a scope can hold."""

import sys

import sentry_sdk

dsn, marker = sys.argv[1:]
sentry_sdk.init(
    dsn=dsn, release="shop@1.4.2", environment="staging", traces_sample_rate=1.0, server_name="web-1",
    send_default_pii=True,
)
sentry_sdk.set_user({"id": "42", "username": "ada", "email": "ada@example.com", "ip_address": "203.0.113.7"})
sentry_sdk.set_tag("plan", "gold")
sentry_sdk.set_tag("marker", marker)
sentry_sdk.set_context("cart", {"items": 3, "currency": "EUR"})
sentry_sdk.set_extra("attempt", 2)
sentry_sdk.add_breadcrumb(category="ui.click", message="Buy", level="info", data={"button": "buy"})
sentry_sdk.add_breadcrumb(category="http", type="http", data={"method": "POST", "url": "/pay", "status_code": 502})


def charge(amount):
    account = {"balance": 5, "note": "naïve café 🐍"}
    if account["balance"] < amount:
        raise ValueError(f"balance too low for {amount} ({marker})")


with sentry_sdk.start_transaction(op="task", name="checkout"):
    try:
        try:
            charge(20)
        except ValueError as low:
            raise RuntimeError(f"checkout failed ({marker})") from low
    except RuntimeError as error:
        print(sentry_sdk.capture_exception(error))
    print(sentry_sdk.capture_message(f"stock is low ({marker})", level="warning"))
sentry_sdk.flush(timeout=20)
