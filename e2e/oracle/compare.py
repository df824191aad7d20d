"""Compares what Tocsin and Relay make of the same events, and the differences with those that are explained."""

import fnmatch
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

MAX_LISTED = 40

# Lists of pairs: Relay keeps a pair of which half was removed, Tocsin does not (ingest.md §3.3: dropped at save).
PAIRS = {"tags", "headers", "cookies", "query_string"}


@dataclass(frozen=True)
class Difference:
    """Where two events differ. `path` is dotted, `ours` and `theirs` are the values there (None: nothing)."""

    event: str
    path: str
    ours: object
    theirs: object

    def __str__(self):
        return f"{self.event}: {self.path}\n    ours   {shown(self.ours)}\n    theirs {shown(self.theirs)}"


def shown(value):
    text = repr(value)
    return text if len(text) < 300 else f"{text[:140]} … {text[-140:]}"


def compare(ours, theirs, listed, all_events=True):
    """What is wrong, in words, of two dicts of events by name. `listed` is the path of the explained differences; their
    counts are those of all events, and are not looked at when there are only some."""
    lines = read_listed(listed)
    found = [
        difference
        for name in theirs
        for difference in differences(name, plain(ours[name]), plain(theirs[name]))
    ]
    counts = Counter()
    unexplained = []
    for difference in found:
        line = next((line for line in lines if fnmatch.fnmatchcase(difference.path, line["path"])), None)
        if line:
            counts[line["path"]] += 1
        else:
            unexplained.append(str(difference))
    wrong = unexplained
    for line in lines if all_events else []:
        if counts[line["path"]] != line["count"]:
            wrong.append(f"{listed.name}: {line['path']} is listed with {line['count']}, found {counts[line['path']]}")
    return wrong


def read_listed(path: Path):
    lines = tomllib.loads(path.read_text()).get("difference", [])
    assert len(lines) <= MAX_LISTED, f"{len(lines)} differences are listed, more than {MAX_LISTED}"
    for line in lines:
        assert set(line) == {"path", "count", "reason"}, f"path, count and reason: {line}"
        assert "§" in line["reason"], f"the reason names a section of ingest.md: {line}"
    paths = [line["path"] for line in lines]
    assert len(set(paths)) == len(paths), "a path is listed twice"
    return lines


def differences(event, ours, theirs, path=""):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            inner = f"{path}.{key}" if path else key
            yield from differences(event, ours.get(key), theirs.get(key), inner)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs)):
            yield from differences(event, one, other, f"{path}.{index}")
    elif not same(ours, theirs):
        yield Difference(event, path, ours, theirs)


def same(one, other):
    numbers = (int, float)
    if isinstance(one, numbers) and isinstance(other, numbers) and bool not in (type(one), type(other)):
        return abs(one - other) < 1e-5
    return type(one) is type(other) and one == other


def plain(event):
    """The event without what is written in two ways: absent, null and empty are one; wording is no difference."""
    event = dict(event)
    errors = event.pop("errors", None) or []
    remarks = event.pop("_meta", None) or {}
    event = without_nothing(event) or {}
    event["errors"] = dict(Counter(f"{error['type']} {error.get('name')}" for error in errors if error))
    event["_meta"] = plain_remarks(remarks) or {}
    return event


def without_nothing(value, key=None):
    if isinstance(value, dict):
        inner = {name: without_nothing(part, name) for name, part in value.items()}
        return {name: part for name, part in inner.items() if part is not None} or None
    if isinstance(value, list):
        if key in PAIRS:
            value = [pair for pair in value if isinstance(pair, list) and None not in pair]
        inner = [without_nothing(part) for part in value]
        return [part for part in inner if part is not None] or None
    return value


def plain_remarks(node):
    told = {}
    for key, child in node.items():
        if key == "":
            errors = [error if isinstance(error, str) else error[0] for error in child.get("err", [])]
            entry = {"err": sorted(set(errors)), "rem": child.get("rem"), "len": child.get("len")}
            told[key] = {name: part for name, part in entry.items() if part}
        else:
            told[key] = plain_remarks(child)
    return {key: part for key, part in told.items() if part}
