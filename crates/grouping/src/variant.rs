use crate::{Component, Hash};

/// One view of an event that may lead to a hash.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Variant {
    /// `app`, `system`, `default`, `custom_fingerprint`, `checksum` or `fallback`.
    pub name: &'static str,
    pub kind: VariantKind,
    pub hash: Option<Hash>,
    pub contributes: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<Component>,
    /// The resolved entries of a fingerprint that took part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fingerprint: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VariantKind {
    Component,
    SaltedComponent,
    CustomFingerprint,
    Checksum,
    Fallback,
}

impl Variant {
    pub(crate) fn of_component(name: &'static str, component: Component) -> Self {
        Self {
            name,
            kind: VariantKind::Component,
            hash: component.hash(),
            contributes: component.contributes,
            hint: component.hint,
            component: Some(component),
            fingerprint: Vec::new(),
        }
    }

    fn bare(name: &'static str, kind: VariantKind, hash: Hash) -> Self {
        Self {
            name,
            kind,
            hash: Some(hash),
            contributes: true,
            hint: None,
            component: None,
            fingerprint: Vec::new(),
        }
    }

    /// 32 hex digits are the hash itself, other texts are hashed (`ingest.md` §6.1).
    pub(crate) fn of_checksum(checksum: &str) -> Self {
        let hash = checksum.parse().unwrap_or_else(|_| Hash::of([checksum]));
        Self::bare("checksum", VariantKind::Checksum, hash)
    }

    pub(crate) fn of_fingerprint(entries: Vec<String>) -> Self {
        let hash = Hash::of(entries.iter().map(String::as_str));
        Self {
            fingerprint: entries,
            ..Self::bare("custom_fingerprint", VariantKind::CustomFingerprint, hash)
        }
    }

    /// For events that offer nothing to group by: they all share one issue.
    pub(crate) fn fallback() -> Self {
        Self::bare("fallback", VariantKind::Fallback, Hash::of([]))
    }

    pub(crate) fn ignored(mut self, hint: &'static str) -> Self {
        if self.contributes {
            self.contributes = false;
            self.hint = Some(hint);
        }
        self
    }
}
