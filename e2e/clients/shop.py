"""A day in the life of a small shop: some issues of every kind, for the pictures of the pages."""

import datetime
import logging
import random
import sys

import sentry_sdk

# What the event that is sent now says of itself, see `as_in_production`.
PLACE = {}
NOW = datetime.datetime.now(datetime.timezone.utc)
HOME = "/srv/shop/"
RANDOM = random.Random(7)


def as_in_production(event, _hint):
    """The same event on every machine: paths of the server, and a time within the last day."""
    event["timestamp"] = (NOW - datetime.timedelta(minutes=PLACE["minutes"])).isoformat()
    event["server_name"] = "web-1"
    values = event.get("exception", {}).get("values", [])
    for value in values:
        value["module"] = "shop.errors" if value["module"] == "__main__" else value["module"]
        value["mechanism"] = {"type": "django", "handled": PLACE["handled"]}
        frames = value["stacktrace"]["frames"]
        value["stacktrace"]["frames"] = [frame for frame in frames if frame["function"] != "capture"]
    for frame in (frame for value in values for frame in value["stacktrace"]["frames"]):
        frame["abs_path"] = f"{HOME}{PLACE['file']}"
        frame["filename"] = PLACE["file"]
        frame["module"] = PLACE["file"].removesuffix(".py").replace("/", ".")
    event["transaction"] = PLACE["transaction"]
    if "request" in PLACE:
        event["request"] = PLACE["request"]
    event.get("extra", {}).pop("sys.argv", None)
    return event


class PaymentDeclined(Exception):
    pass


class StockMismatch(Exception):
    pass


def percentage(part, whole):
    return 100 * part / whole


def apply_discount(cart, voucher):
    subtotal = sum(item["price"] * item["count"] for item in cart["items"])
    saved = min(voucher["worth"], subtotal)
    cart["saved_percent"] = percentage(saved, subtotal)
    return subtotal - saved


def view_cart():
    cart = {"id": 5181, "items": [], "currency": "EUR"}
    voucher = {"code": "WELCOME10", "worth": 10}
    return apply_discount(cart, voucher)


def call_provider(order):
    raise ConnectionResetError(104, "Connection reset by peer")


def charge(order):
    try:
        call_provider(order)
    except ConnectionResetError as reset:
        raise PaymentDeclined(f"provider gave no answer for order {order['id']}") from reset


def pay():
    charge({"id": 90210, "total": 129.9, "currency": "EUR"})


def reserve():
    wanted, shelf = 3, {"sku": "MUG-BLUE", "count": 1}
    if shelf["count"] < wanted:
        raise StockMismatch(f"wanted {wanted} of {shelf['sku']}, {shelf['count']} on the shelf")


def show_profile():
    profile = {"name": "Ada"}
    return profile["avatar"]["url"]


def import_prices():
    return [float(cell) for cell in ["12.50", "n/a"]]


def capture(function, times, minutes, file, method="", path="", handled=True):
    """Lets `function` fail that many times within the last `minutes`, most of them of late."""
    for number in range(times):
        PLACE.clear()
        PLACE.update(file=file, transaction=path or function.__name__, handled=handled)
        PLACE["minutes"] = minutes * RANDOM.random() ** 1.6 if number else 2
        if method:
            PLACE["request"] = request(method, path)
        visitor = RANDOM.randrange(1, 60)
        sentry_sdk.set_user({"id": str(visitor), "email": f"visitor{visitor}@example.com"})
        sentry_sdk.set_tag("region", RANDOM.choice(["eu-west", "eu-west", "eu-north"]))
        sentry_sdk.set_tag("browser.name", RANDOM.choice(["Firefox", "Chrome", "Chrome", "Safari"]))
        try:
            function()
        except Exception as error:
            sentry_sdk.capture_exception(error)
            sentry_sdk.flush(timeout=20)


def request(method, path):
    return {
        "method": method, "url": f"https://shop.example.com{path}", "data": {"order": 90210} if method == "POST" else {},
        "headers": {"Accept": "text/html", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"},
    }


def main():
    sentry_sdk.init(
        dsn=sys.argv[1], release="shop@2.8.0", environment="production", before_send=as_in_production,
        auto_session_tracking=False,
    )
    sentry_sdk.set_context("cart", {"id": 5181, "currency": "EUR", "items": 0})
    steps = [("auth", "signed in"), ("navigation", "/products/mug-blue/"), ("ui.click", "Add to cart")]
    for category, message in [*steps, ("navigation", "/cart/")]:
        sentry_sdk.add_breadcrumb(category=category, message=message, level="info")
    sentry_sdk.add_breadcrumb(
        category="http", type="http", level="info",
        data={"method": "GET", "url": "https://shop.example.com/api/vouchers/WELCOME10", "status_code": 200},
    )
    sentry_sdk.add_breadcrumb(category="query", message="SELECT * FROM voucher WHERE code = %s", level="info")
    capture(import_prices, 3, 700, "shop/prices.py")
    capture(show_profile, 11, 1000, "shop/account.py", "GET", "/account/")
    capture(reserve, 24, 1300, "shop/stock.py", "POST", "/checkout/")
    capture(pay, 17, 400, "shop/payment.py", "POST", "/pay/", handled=False)
    PLACE.update(minutes=31, file="shop/mail.py", transaction="send_mails")
    logging.getLogger("shop.mail").error("mail server is slow: %s s for %s mails", 14, 200)
    sentry_sdk.capture_message("Voucher WELCOME10 expires today", level="warning")
    sentry_sdk.flush(timeout=20)
    capture(view_cart, 42, 1400, "shop/cart.py", "GET", "/cart/")


main()
