"""Writes user_agents.tsv from the regexes.yaml of uap-core: python3 convert.py regexes.yaml (needs PyYAML).

One pattern a line, in order: its kind (browser, os, device), its flags, the pattern, and the replacements in the order
of the columns below. Nothing is escaped: neither tabs nor line breaks occur in the patterns.
"""

import pathlib
import sys

import yaml

COLUMNS = {
    "browser": ("user_agent_parsers", ["family", "v1", "v2", "v3"]),
    "os": ("os_parsers", ["os", "os_v1", "os_v2", "os_v3"]),
    "device": ("device_parsers", ["device", "brand", "model"]),
}


def main(source: str) -> None:
    patterns = yaml.safe_load(pathlib.Path(source).read_text())
    lines = []
    for kind, (key, columns) in COLUMNS.items():
        for entry in patterns[key]:
            replacements = [str(entry.get(f"{column}_replacement", "")) for column in columns]
            fields = [kind, entry.get("regex_flag", ""), entry["regex"], *replacements]
            assert not any("\t" in field or "\n" in field for field in fields), entry
            lines.append("\t".join(fields).rstrip("\t") + "\n")
    pathlib.Path(__file__).with_name("user_agents.tsv").write_text("".join(lines))


main(sys.argv[1])
