"""Items that are no events, as the API gives them back."""

import urllib.request

from tocsin import wait_for

PROJECT = "/projects/acme/web"


def kept(api, kind, key="", of=lambda payload: True):
    """Waits for an item of the kind whose payload `of` knows, and returns the payload."""

    def find():
        for item in api.get(f"{PROJECT}/items/?kind={kind}&key={key}&per_page=100"):
            payload = api.get(f"{PROJECT}/items/{item['id']}/")
            if of(payload):
                return payload
        return None

    find.__doc__ = f"an item {kind} {key}"
    return wait_for(find)


def member(api, kind, name, value):
    """Waits for the log, span or metric whose `name` has `value`: metrics are kept by containers, the others alone."""

    def matching(payload):
        return [item for item in payload.get("items", [payload]) if item.get(name) == value]

    return matching(kept(api, kind, of=matching))[0]


def attribute(item, name):
    return item["attributes"][name]["value"]


def event(api, event_id):
    def find():
        """the event is found by its id"""
        status, found, _ = api.call("GET", f"{PROJECT}/events/{event_id}/")
        return found if status == 200 else None

    return wait_for(find)


def files(api, event_id, count):
    """The attachments of an event by name, with their bytes."""

    def find():
        """the attachments are there"""
        status, found, _ = api.call("GET", f"{PROJECT}/events/{event_id}/attachments/")
        return found if status == 200 and len(found) == count else None

    return {file["name"]: download(api, event_id, file) for file in wait_for(find)}


def download(api, event_id, file):
    request = urllib.request.Request(
        f"{api.url}/api/0{PROJECT}/events/{event_id}/attachments/{file['id']}/?download=1",
        headers={"Authorization": f"Bearer {api.token}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return answer.read()


def counted(api, category):
    """What was counted of a category: quantity by outcome and reason."""
    stats = api.get(
        "/organizations/acme/stats_v2/?project=-1&field=sum(quantity)&groupBy=outcome&groupBy=reason"
        f"&category={category}&interval=1h&statsPeriod=1d"
    )
    groups = stats["groups"]
    return {(group["by"]["outcome"], group["by"]["reason"] or ""): group["totals"]["sum(quantity)"] for group in groups}
