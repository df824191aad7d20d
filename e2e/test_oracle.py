"""Every recorded event, as Tocsin and as Relay itself normalize it."""

import json
import os
from pathlib import Path

from oracle import relay
from oracle.compare import compare
from oracle.examples import example

DIFFERENCES = Path(__file__).with_name("oracle") / "differences.toml"


def recorded():
    """The recorded events of every kind by name; what differs between runs is fixed."""
    events = {}
    for line in example("normalize", "corpus_events"):
        payload = json.loads(line["event"])
        known = line["context"]
        context = {
            "received_at": known["received_at"],
            "event_id": known["event_id"] or payload.get("event_id") or "11" * 16,
        }
        name = line["name"]
        while name in events:
            name += "+"
        events[name] = {"event": line["event"], "context": context}
    return events


def test_relay_normalizes_every_recorded_event_alike():
    events = recorded()
    assert len(events) >= 12
    answers = example("normalize", "normalize", events.values())
    ours = {name: answer["event"] for name, answer in zip(events, answers, strict=True)}
    theirs = {name: relay.normalize(event["event"], event["context"]) for name, event in events.items()}
    # Without the full corpus there are the fixtures.
    wrong = compare(ours, theirs, DIFFERENCES, all_events="TOCSIN_CORPUS" in os.environ)
    assert not wrong, "\n".join(wrong[:50]) + f"\n{len(wrong)} in all"
