use std::borrow::Cow;

use crate::{Component, Hash};

/// One view of an event that may lead to a hash.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Variant {
    /// `app`, `system`, `default`, `custom_fingerprint`, `built_in_fingerprint`, `checksum`, `hashed_checksum` or
    /// `fallback`.
    pub name: &'static str,
    pub kind: VariantKind,
    pub hash: Option<Hash>,
    pub contributes: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<Component>,
    /// The resolved entries of a fingerprint that took part, or the checksum.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VariantKind {
    Component,
    SaltedComponent,
    CustomFingerprint,
    BuiltInFingerprint,
    Checksum,
    HashedChecksum,
    Fallback,
}

impl VariantKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::SaltedComponent => "salted_component",
            Self::CustomFingerprint => "custom_fingerprint",
            Self::BuiltInFingerprint => "built_in_fingerprint",
            Self::Checksum => "checksum",
            Self::HashedChecksum => "hashed_checksum",
            Self::Fallback => "fallback",
        }
    }
}

impl Variant {
    /// Of a root, whose id is the variant's name.
    pub(crate) fn of_component(component: Component) -> Self {
        Self {
            name: component.id,
            kind: VariantKind::Component,
            hash: component.hash(),
            contributes: component.contributes,
            hint: None,
            component: Some(component),
            values: Vec::new(),
        }
    }

    fn bare(kind: VariantKind, hash: Hash, values: Vec<String>) -> Self {
        Self {
            name: kind.name(),
            kind,
            hash: Some(hash),
            contributes: true,
            hint: None,
            component: None,
            values,
        }
    }

    /// 32 hex digits are the hash itself, other texts are hashed (`ingest.md` §6.1).
    pub(crate) fn of_checksum(checksum: &str) -> Self {
        let (kind, hash) = match checksum.parse() {
            Ok(hash) => (VariantKind::Checksum, hash),
            Err(_) => (VariantKind::HashedChecksum, Hash::of([checksum])),
        };
        Self::bare(kind, hash, vec![checksum.to_owned()])
    }

    /// By the fingerprint alone.
    pub(crate) fn of_fingerprint(entries: Vec<String>, is_built_in: bool) -> Self {
        let kind = if is_built_in {
            VariantKind::BuiltInFingerprint
        } else {
            VariantKind::CustomFingerprint
        };
        Self::bare(kind, Hash::of(entries.iter().map(String::as_str)), entries)
    }

    /// For events that offer nothing to group by: they all share one issue.
    pub(crate) fn fallback() -> Self {
        Self::bare(VariantKind::Fallback, Hash::of([]), Vec::new())
    }

    pub(crate) fn ignored(mut self, hint: &'static str) -> Self {
        if self.contributes {
            self.contributes = false;
            self.hint = Some(hint.into());
            if let Some(component) = &mut self.component {
                component.ignore(hint);
            }
        }
        self
    }
}
