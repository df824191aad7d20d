use crate::Hash;

/// A part of an event as grouping sees it: a tree whose leaves are texts. What does not contribute is kept to tell why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Component {
    /// `exception`, `stacktrace`, `frame`, `function`, …
    pub id: &'static str,
    pub contributes: bool,
    /// Why it does not contribute, or was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
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
        let values = if contributes {
            vec![ComponentValue::Text(text)]
        } else {
            Vec::new()
        };
        Self {
            id,
            contributes,
            hint: None,
            values,
        }
    }

    /// A leaf of what may be absent.
    pub(crate) fn optional(id: &'static str, text: Option<&str>) -> Self {
        Self::text(id, text.unwrap_or_default())
    }

    /// A branch; it contributes if one of its parts does.
    pub(crate) fn branch(id: &'static str, parts: Vec<Self>) -> Self {
        let contributes = parts.iter().any(|part| part.contributes);
        Self {
            id,
            contributes,
            hint: None,
            values: parts.into_iter().map(ComponentValue::Component).collect(),
        }
    }

    /// The same, not contributing.
    pub(crate) fn ignored(mut self, hint: &'static str) -> Self {
        // What holds nothing needs no reason.
        if self.contributes {
            self.contributes = false;
            self.hint = Some(hint);
        }
        self
    }

    /// The part with this id, if it contributes, at any depth.
    pub(crate) fn has(&self, id: &'static str) -> bool {
        self.contributes
            && (self.id == id
                || self.values.iter().any(|value| match value {
                    ComponentValue::Component(part) => part.has(id),
                    ComponentValue::Text(_) => false,
                }))
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
