"""What `clients/scope.py` and `node/scope.js` send, and how it must come back."""

import uuid

from tocsin import entry, tags


def check_scope(run_client, api, program, *, exception, cause, platform):
    marker = uuid.uuid4().hex[:12]
    exception_id, message_id = run_client(program, marker).stdout.split()

    issue = api.issue_titled(f"checkout failed ({marker})")
    assert issue["level"] == "error" and issue["status"] == "unresolved" and issue["platform"] == platform
    assert issue["count"] == "1" and issue["userCount"] == 1
    assert issue["metadata"]["type"] == exception and issue["metadata"]["value"] == f"checkout failed ({marker})"
    event = api.latest_event(issue)
    assert event["eventID"] == exception_id
    check_what_every_event_has(event, marker)

    # Oldest first, as SDKs send them: the cause, then what it caused.
    chain = entry(event, "exception")["values"]
    said = [(value["type"], value["value"]) for value in chain]
    assert said == [(cause, f"balance too low for 20 ({marker})"), (exception, f"checkout failed ({marker})")]
    frames = chain[0]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "charge" and frames[-1]["lineNo"] > 0
    assert any("balance too low" in line for _, line in frames[-1]["context"])

    # By its id: an SDK that attaches a stack trace to messages has them titled by the function, as Sentry does.
    message = api.issue_with(message_id)
    assert message["level"] == "warning" and message["id"] != issue["id"]
    event_of_message = api.latest_event(message)
    assert event_of_message["eventID"] == message_id
    check_what_every_event_has(event_of_message, marker)
    assert entry(event_of_message, "message")["formatted"] == f"stock is low ({marker})"

    # The same events by their ids, from a project and without one.
    assert api.get(f"/projects/acme/web/events/{exception_id}/")["eventID"] == exception_id
    resolved = api.get(f"/organizations/acme/eventids/{exception_id}/")
    assert (resolved["groupId"], resolved["projectSlug"]) == (issue["id"], "web")
    return event


def check_what_every_event_has(event, marker):
    sent = {"plan": "gold", "marker": marker, "environment": "staging", "release": "shop@1.4.2", "server_name": "web-1"}
    assert sent.items() <= tags(event).items(), tags(event)
    user = {"id": "42", "username": "ada", "email": "ada@example.com", "ip_address": "203.0.113.7"}
    assert user.items() <= event["user"].items(), event["user"]
    assert {"items": 3, "currency": "EUR"}.items() <= event["contexts"]["cart"].items()
    assert event["context"]["attempt"] == 2

    crumbs = entry(event, "breadcrumbs")["values"]
    clicked = next(crumb for crumb in crumbs if crumb["category"] == "ui.click")
    assert (clicked["message"], clicked["level"], clicked["data"]) == ("Buy", "info", {"button": "buy"})
    called = next(crumb for crumb in crumbs if crumb["category"] == "http")
    assert called["type"] == "http" and called["data"] == {"method": "POST", "url": "/pay", "status_code": 502}
