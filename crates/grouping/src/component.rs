use std::borrow::Cow;

use crate::Hash;

/// A part of an event as grouping sees it: a tree whose leaves are texts. What does not contribute is kept to tell why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Component {
    /// `exception`, `stacktrace`, `frame`, `function`, …
    pub id: &'static str,
    pub contributes: bool,
    /// Why it does not contribute, or how it was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Cow<'static, str>>,
    pub values: Vec<ComponentValue>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum ComponentValue {
    Text(String),
    Component(Component),
}

impl Component {
    /// A leaf; it contributes unless it is empty.
    pub(crate) fn text(id: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        let contributes = !text.is_empty();
        Self {
            id,
            contributes,
            hint: None,
            values: if contributes {
                vec![ComponentValue::Text(text)]
            } else {
                Vec::new()
            },
        }
    }

    /// A leaf of what is not there.
    pub(crate) fn absent(id: &'static str) -> Self {
        Self::text(id, String::new())
    }

    /// A leaf of what may be absent.
    pub(crate) fn optional(id: &'static str, text: Option<&str>) -> Self {
        Self::text(id, text.unwrap_or_default())
    }

    /// A branch; it contributes if one of its parts does.
    pub(crate) fn branch(id: &'static str, parts: impl IntoIterator<Item = Self>) -> Self {
        let values: Vec<ComponentValue> = parts.into_iter().map(ComponentValue::Component).collect();
        let contributes = values.iter().any(|value| match value {
            ComponentValue::Component(part) => part.contributes,
            ComponentValue::Text(_) => false,
        });
        Self {
            id,
            contributes,
            hint: None,
            values,
        }
    }

    /// The same, not contributing.
    pub(crate) fn ignored(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.ignore(hint);
        self
    }

    pub(crate) fn ignore(&mut self, hint: impl Into<Cow<'static, str>>) {
        // What holds nothing needs no reason.
        if self.contributes {
            self.contributes = false;
            self.hint = Some(hint.into());
        }
    }

    /// The same, with a word on what was done to it.
    pub(crate) fn hinted(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The first part with this id that contributes, at any depth.
    pub(crate) fn find(&self, id: &str) -> Option<&Self> {
        if !self.contributes {
            return None;
        }
        if self.id == id {
            return Some(self);
        }
        self.values.iter().find_map(|value| match value {
            ComponentValue::Component(part) => part.find(id),
            ComponentValue::Text(_) => None,
        })
    }

    /// The texts of all contributing leaves, depth first.
    pub(crate) fn leaves(&self) -> Vec<&str> {
        let mut leaves = Vec::new();
        self.collect(&mut leaves);
        leaves
    }

    fn collect<'a>(&'a self, leaves: &mut Vec<&'a str>) {
        if !self.contributes {
            return;
        }
        for value in &self.values {
            match value {
                ComponentValue::Text(text) => leaves.push(text),
                ComponentValue::Component(part) => part.collect(leaves),
            }
        }
    }

    pub(crate) fn hash(&self) -> Option<Hash> {
        self.contributes.then(|| Hash::of(self.leaves()))
    }
}
