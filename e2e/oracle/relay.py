"""What Relay makes of an event."""

import json
import re

from sentry_relay.processing import StoreNormalizer

HALF_PAIR = re.compile("[\ud800-\udfff]")


def normalize(payload: str, context: dict) -> dict:
    event = json.loads(payload)
    event["event_id"] = context["event_id"]
    # Half a surrogate pair cannot be passed on as UTF-8; what Tocsin puts for it is put here.
    raw = HALF_PAIR.sub("\ufffd", json.dumps(event, ensure_ascii=False)).encode()
    normalizer = StoreNormalizer(
        project_id=1,
        received_at=context["received_at"],
        max_secs_in_future=60,
        max_secs_in_past=30 * 24 * 3600,
        normalize_user_agent=True,
        enable_trimming=True,
        remove_other=True,
    )
    normalized = normalizer.normalize_event(raw_event=raw)
    # Of the project that was named above.
    del normalized["project"]
    return normalized
