//! What the selects of the builder offer, with what is chosen.

use std::collections::BTreeMap;

use super::sentence::{Choice, Group, Targets};

/// Minutes after which a rule may fire again for an issue.
const FREQUENCIES: [(u32, &str); 9] = [
    (5, "5 minutes"),
    (10, "10 minutes"),
    (30, "30 minutes"),
    (60, "hour"),
    (180, "3 hours"),
    (720, "12 hours"),
    (1_440, "day"),
    (10_080, "week"),
    (43_200, "30 days"),
];

pub(super) fn owners(current: &str, targets: &Targets) -> Vec<Group> {
    let choice = |value: String, label: &str| Choice {
        is_current: value == current,
        value,
        label: label.to_owned(),
    };
    let group = |label: &str, of: &str, known: &BTreeMap<i64, String>| Group {
        label: label.to_owned(),
        choices: known
            .iter()
            .map(|(id, text)| choice(format!("{of}:{id}"), text))
            .collect(),
    };
    let mut groups = vec![
        Group {
            label: String::new(),
            choices: vec![choice(String::new(), "nobody")],
        },
        group("Teams", "team", &targets.teams),
        group("Members", "user", &targets.members),
    ];
    if !groups
        .iter()
        .flat_map(|group| &group.choices)
        .any(|choice| choice.is_current)
    {
        groups[0].choices.push(choice(current.to_owned(), current));
    }
    groups
}

pub(super) fn environments(current: &str, known: Vec<String>) -> Vec<Choice> {
    let mut names = known;
    if !current.is_empty() && !names.iter().any(|name| name == current) {
        names.push(current.to_owned());
    }
    let all = std::iter::once((String::new(), "any environment".to_owned()));
    all.chain(names.into_iter().map(|name| (name.clone(), name)))
        .map(|(value, label)| Choice {
            is_current: value == current,
            value,
            label,
        })
        .collect()
}

pub(super) fn frequencies(current: &str) -> Vec<Choice> {
    let mut choices: Vec<Choice> = FREQUENCIES
        .iter()
        .map(|(minutes, label)| Choice {
            value: minutes.to_string(),
            label: (*label).to_owned(),
            is_current: minutes.to_string() == current,
        })
        .collect();
    if !choices.iter().any(|choice| choice.is_current) {
        choices.push(Choice {
            value: current.to_owned(),
            label: format!("{current} minutes"),
            is_current: true,
        });
    }
    choices
}
