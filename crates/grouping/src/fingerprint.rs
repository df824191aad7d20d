//! Fingerprints: what SDKs say instead of, or beside, what grouping finds (`ingest.md` §6.7).

use protocol::event::Event;

use crate::{Hash, Variant, VariantKind, message};

/// Replaces the variants by the fingerprint, or salts them with it.
pub(crate) fn apply(event: &Event, variants: Vec<Variant>) -> Vec<Variant> {
    let entries: Vec<Entry<'_>> = event.fingerprint.iter().map(|text| Entry::of(text)).collect();
    let default = |entry: &Entry<'_>| matches!(entry, Entry::Variable("default"));
    if entries.is_empty() || entries.len() == 1 && default(&entries[0]) {
        return variants;
    }
    let resolved: Vec<String> = entries.iter().map(|entry| entry.resolve(event)).collect();
    if !entries.iter().any(default) {
        let custom = Variant::of_fingerprint(resolved);
        let overridden = variants
            .into_iter()
            .map(|variant| variant.ignored("the fingerprint takes precedence"));
        return std::iter::once(custom).chain(overridden).collect();
    }
    variants
        .into_iter()
        .map(|variant| salt(variant, &entries, &resolved))
        .collect()
}

/// The entries in their order, with the variant's own texts in the place of `{{ default }}`.
fn salt(mut variant: Variant, entries: &[Entry<'_>], resolved: &[String]) -> Variant {
    let Some(component) = variant.component.as_ref().filter(|_| variant.contributes) else {
        return variant;
    };
    let mut texts = Vec::new();
    for (entry, text) in entries.iter().zip(resolved) {
        match entry {
            Entry::Variable("default") => texts.extend(component.leaves()),
            _ => texts.push(text),
        }
    }
    variant.hash = Some(Hash::of(texts));
    variant.kind = VariantKind::SaltedComponent;
    variant.fingerprint = resolved.to_vec();
    variant
}

/// An entry of a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry<'a> {
    Text(&'a str),
    /// What stands between `{{` and `}}`.
    Variable(&'a str),
}

impl<'a> Entry<'a> {
    fn of(text: &'a str) -> Self {
        let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        match inner.map(str::trim) {
            Some(name) if !name.contains(['{', '}']) => Self::Variable(name),
            _ => Self::Text(text),
        }
    }

    fn resolve(self, event: &Event) -> String {
        let name = match self {
            Self::Text(text) => return text.to_owned(),
            Self::Variable(name) => name,
        };
        let or = |value: Option<&str>, missing: &str| value.unwrap_or(missing).to_owned();
        let exception = event.exception.last();
        let frame = || event.crash_frame();
        match name {
            "default" => "{{ default }}".to_owned(),
            "transaction" => or(event.transaction.as_deref(), "<no-transaction>"),
            "message" => match event.logentry.as_ref().and_then(|entry| entry.text()) {
                Some(text) => message::normalize(text),
                None => match exception.and_then(|exception| exception.value.as_deref()) {
                    Some(value) => message::normalize(value),
                    None => "<no-message>".to_owned(),
                },
            },
            "type" | "error.type" => or(exception.and_then(|exception| exception.kind.as_deref()), "<no-type>"),
            "value" | "error.value" => or(exception.and_then(|exception| exception.value.as_deref()), "<no-value>"),
            "function" | "stack.function" => or(frame().and_then(|frame| frame.function.as_deref()), "<no-function>"),
            "path" | "stack.abs_path" => {
                let path = frame().and_then(|frame| frame.abs_path.as_deref().or(frame.filename.as_deref()));
                or(path, "<no-abs-path>")
            }
            "stack.filename" => {
                let path = frame().and_then(|frame| frame.filename.as_deref().or(frame.abs_path.as_deref()));
                or(path, "<no-filename>")
            }
            "module" | "stack.module" => or(frame().and_then(|frame| frame.module.as_deref()), "<no-module>"),
            "package" | "stack.package" => {
                let package = frame().and_then(|frame| frame.package.as_deref());
                or(
                    package.and_then(|package| package.rsplit(['/', '\\']).next()),
                    "<no-package>",
                )
            }
            "level" => or(event.level.map(|level| level.name()), "<no-level>"),
            "logger" => or(event.logger.as_deref(), "<no-logger>"),
            _ => match name.strip_prefix("tags.") {
                Some(key) => {
                    let tag = event.tags.iter().find(|(tag, _)| tag == key);
                    tag.map_or_else(|| format!("<no-value-for-tag-{key}>"), |(_, value)| value.clone())
                }
                None => format!("<unrecognized-variable-{name}>"),
            },
        }
    }
}
