//! What of an event people of a project want to see first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::settings::{Problem, ProjectTopic};

/// The facts that stand on top of every event; without any, those that are usual.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Highlights {
    /// Keys of tags, in the order in which they are shown.
    pub tags: Vec<String>,
    /// Keys of contexts, by the name of the context.
    pub context: BTreeMap<String, Vec<String>>,
}

/// As many as one still sees at a glance.
const MOST_KEYS: usize = 50;

const LONGEST_KEY: usize = 200;

impl Highlights {
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.context.values().all(Vec::is_empty)
    }
}

impl ProjectTopic for Highlights {
    const NAME: &'static str = "highlights";

    fn problems(&self) -> Vec<Problem> {
        let mut names = self.context.keys().chain(self.context.values().flatten());
        let tags = wrong("tags", &mut self.tags.iter());
        tags.into_iter().chain(wrong("context", &mut names)).collect()
    }
}

fn wrong(field: &str, keys: &mut dyn Iterator<Item = &String>) -> Option<Problem> {
    let mut count = 0;
    let mut message = None;
    for key in keys {
        count += 1;
        if key.trim().is_empty() || key.chars().count() > LONGEST_KEY {
            message = Some(format!("a key has from 1 to {LONGEST_KEY} characters"));
        }
    }
    if count > MOST_KEYS {
        message = Some(format!(
            "choose at most {MOST_KEYS}: what is first should be seen at a glance"
        ));
    }
    message.map(|message| Problem {
        field: field.to_owned(),
        line: None,
        column: None,
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_keys_with_names_can_be_chosen() {
        let chosen = |tags: Vec<String>, keys: Vec<String>| Highlights {
            tags,
            context: BTreeMap::from([("user".to_owned(), keys)]),
        };
        let key = || "email".to_owned();
        assert_eq!(chosen(vec![key(); 50], vec![key()]).problems(), []);
        assert!(Highlights::default().is_empty() && chosen(Vec::new(), Vec::new()).is_empty());
        assert!(!chosen(Vec::new(), vec![key()]).is_empty());
        for (wrong, field) in [
            (chosen(vec![key(); 51], Vec::new()), "tags"),
            (chosen(vec![" ".to_owned()], Vec::new()), "tags"),
            (chosen(Vec::new(), vec!["k".repeat(201)]), "context"),
            (chosen(Vec::new(), vec![key(); 50]), "context"),
        ] {
            let problems = wrong.problems();
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].field, field);
        }
    }
}
