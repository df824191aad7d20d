//! What a shop deals with, and how it fails.

use super::random::Random;

pub(super) const WORDS: [&str; 40] = [
    "account",
    "address",
    "archive",
    "basket",
    "batch",
    "billing",
    "branch",
    "bucket",
    "cache",
    "catalog",
    "channel",
    "checkout",
    "cluster",
    "coupon",
    "customer",
    "delivery",
    "discount",
    "export",
    "gateway",
    "import",
    "inventory",
    "invoice",
    "ledger",
    "mailbox",
    "member",
    "order",
    "parcel",
    "payment",
    "pricing",
    "queue",
    "refund",
    "region",
    "report",
    "search",
    "session",
    "shipment",
    "stock",
    "tenant",
    "voucher",
    "warehouse",
];

pub(super) const VERBS: [&str; 20] = [
    "apply",
    "build",
    "calculate",
    "check",
    "collect",
    "create",
    "dispatch",
    "fetch",
    "find",
    "handle",
    "load",
    "merge",
    "parse",
    "process",
    "publish",
    "reserve",
    "resolve",
    "send",
    "update",
    "validate",
];

pub(super) const ERRORS: [&str; 12] = [
    "ValueError",
    "KeyError",
    "TypeError",
    "ConnectionError",
    "TimeoutError",
    "IntegrityError",
    "PermissionError",
    "LookupError",
    "RuntimeError",
    "DecimalError",
    "ValidationError",
    "OSError",
];

/// Modules of libraries and their files.
pub(super) const LIBRARIES: [(&str, &str); 6] = [
    ("django.core.handlers.base", "django/core/handlers/base.py"),
    ("django.db.models.query", "django/db/models/query.py"),
    ("requests.sessions", "requests/sessions.py"),
    ("urllib3.connectionpool", "urllib3/connectionpool.py"),
    ("celery.app.trace", "celery/app/trace.py"),
    ("sqlalchemy.engine.base", "sqlalchemy/engine/base.py"),
];

pub(super) fn word(random: &mut Random) -> &'static str {
    WORDS[random.index(WORDS.len())]
}
