"""Every recorded event and a table of questions, as Tocsin and as Relay itself scrub them."""

import json
import os
from pathlib import Path

from oracle import relay, scrubbing
from oracle.compare import compare, plain
from oracle.examples import example

DIFFERENCES = Path(__file__).with_name("oracle") / "scrubbing.toml"


def scrub(requests):
    return example("scrub", "scrub", requests)


def test_relay_scrubs_every_recorded_event_alike():
    """Both scrub what Relay has normalized: only what they change is compared."""
    events, config = {}, scrubbing.derived()
    for number, line in enumerate(example("normalize", "corpus_events")):
        payload, known = json.loads(line["event"]), line["context"]
        if isinstance(payload, dict) and line["kind"] in ("event", "transaction"):
            context = {"received_at": known["received_at"], "event_id": "11" * 16}
            events[f"{line['name']} {number}"] = relay.normalize(line["event"], context)
    assert len(events) >= 12
    settings = scrubbing.ours_of_switches()
    befores = scrub({"event": event} for event in events.values())
    afters = scrub({"event": event, "settings": settings} for event in events.values())
    ours, theirs = {}, {}
    for (name, event), before, after in zip(events.items(), befores, afters, strict=True):
        ours[name] = scrubbing.changes(before, after)
        theirs[name] = scrubbing.changes(scrubbing.strip(event, {}), scrubbing.strip(event, config))
    assert any(theirs.values())
    wrong = compare(ours, theirs, DIFFERENCES, all_events="TOCSIN_CORPUS" in os.environ)
    assert not wrong, "\n".join(wrong[:50]) + f"\n{len(wrong)} in all"


def test_relay_finds_the_same_in_texts():
    asked = [
        (f"@{kind}{method}", text)
        for kind, texts in scrubbing.TEXTS.items()
        for method in scrubbing.METHODS
        for text in texts
    ]
    requests = [{"config": {"applications": {"extra.x": [rule]}}, "event": {"extra": {"x": text}}} for rule, text in asked]
    wrong = []
    for request, (rule, text), ours in zip(requests, asked, scrub(requests), strict=True):
        theirs = scrubbing.strip(request["event"], request["config"])
        del ours["type"]
        if plain(ours) != plain(theirs):
            wrong.append(f"{rule} {text!r}\n    ours   {ours}\n    theirs {theirs}")
    assert not wrong, "\n".join(wrong)


def test_what_relay_does_not_find_is_explained():
    requests = [
        {"config": {"applications": {"extra.x": [f"@{rule}"]}}, "event": {"extra": {"x": text}}}
        for rule, text, _, _ in scrubbing.FINDS_MORE
    ]
    for request, (rule, text, expected, why), ours in zip(requests, scrubbing.FINDS_MORE, scrub(requests), strict=True):
        assert ours["extra"]["x"] == expected, (rule, text)
        theirs = scrubbing.strip(request["event"], request["config"])["extra"]["x"]
        assert theirs != expected, f"no difference any more: {rule} {text!r}, {why}"


def without_empty(value):
    """Pairs have no room for null: an empty text stands for it."""
    if isinstance(value, dict):
        return {key: without_empty(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_empty(inner) for inner in value]
    return None if value == "" else value


def selected(before, after):
    changes = scrubbing.changes(before, without_empty(after)).items()
    return {path: value for path, value in changes if not path.startswith(("_meta", "errors", "event_id"))}


def test_relay_selects_the_same():
    selectors = [selector.strip() for selector in scrubbing.SELECTORS.split(" ; ") if selector.strip()]
    rules = ["@anything:replace", "@anything:remove"]
    asked = [(selector, rule) for selector in selectors for rule in rules]
    configs = [{"applications": {selector: [rule]}} for selector, rule in asked]
    [before] = scrub([{"event": scrubbing.EVENT}])
    afters = scrub({"event": scrubbing.EVENT, "config": config} for config in configs)
    their_before = scrubbing.strip(scrubbing.EVENT, {})
    wrong = []
    for question, config, after in zip(asked, configs, afters, strict=True):
        ours = selected(before, after)
        theirs = selected(their_before, scrubbing.strip(scrubbing.EVENT, config))
        if ours != theirs:
            wrong.append(f"{question}\n    ours   {ours}\n    theirs {theirs}")
    assert not wrong, "\n".join(wrong)

    for selector, expected in scrubbing.FROM_THE_EVENT.items():
        config = {"applications": {selector: ["@anything:replace"]}}
        [after] = scrub([{"event": scrubbing.EVENT, "config": config}])
        assert selected(before, after) == expected
        assert not selected(their_before, scrubbing.strip(scrubbing.EVENT, config)), f"no difference any more: {selector}"


def test_relay_reads_the_same_selectors_and_configurations():
    for selectors, valid in ((scrubbing.VALID, True), (scrubbing.INVALID, False)):
        for selector, error in zip(selectors, scrub({"selector": selector} for selector in selectors), strict=True):
            assert scrubbing.is_selector(selector) == valid, selector
            assert (error is None) == valid, (selector, error)
    answers = scrub({"config": config} for config in scrubbing.CONFIGS)
    for config, answer in zip(scrubbing.CONFIGS, answers, strict=True):
        assert scrubbing.is_config(config) == (answer is None), (config, answer)
