//! Why an event was grouped as it was, in the form in which Sentry's `grouping-info` endpoint tells it.

use serde_json::{Map, Value, json};

use crate::{Component, ComponentValue, FingerprintInfo, Grouping, Hash, StrategyId, Variant, VariantKind};

/// Every variant by its name. `stored` are the hashes that the event was stored with: settings may have changed since.
pub fn grouping_info(grouping: &Grouping, stored: &[Hash]) -> Value {
    let variants = grouping.variants.iter().map(|variant| {
        let info = variant_info(variant, grouping, stored);
        (variant.name.to_owned(), Value::Object(info))
    });
    Value::Object(variants.collect())
}

fn variant_info(variant: &Variant, grouping: &Grouping, stored: &[Hash]) -> Map<String, Value> {
    let hash = variant
        .hash
        .filter(|_| variant.contributes || variant.component.is_none());
    let mismatch = hash.is_some_and(|hash| !stored.contains(&hash));
    let mut info = Map::new();
    info.insert("key".to_owned(), variant.name.into());
    info.insert("type".to_owned(), variant.kind.name().replace('_', "-").into());
    info.insert("description".to_owned(), description(variant).into());
    info.insert("hash".to_owned(), json!(hash));
    info.insert("hashMismatch".to_owned(), mismatch.into());
    info.insert("contributes".to_owned(), variant.contributes.into());
    info.insert("hint".to_owned(), json!(variant.hint));
    if let Some(component) = &variant.component {
        info.insert("component".to_owned(), component_info(component));
        info.insert("config".to_owned(), config_info(grouping.strategy));
    }
    match variant.kind {
        VariantKind::CustomFingerprint | VariantKind::BuiltInFingerprint | VariantKind::SaltedComponent => {
            info.extend(fingerprint_info(variant, &grouping.fingerprint));
        }
        VariantKind::Checksum => {
            info.insert("checksum".to_owned(), json!(hash));
        }
        VariantKind::HashedChecksum => {
            info.insert("checksum".to_owned(), json!(hash));
            info.insert("raw_checksum".to_owned(), json!(variant.values.first()));
        }
        VariantKind::Component | VariantKind::Fallback => {}
    }
    info
}

fn fingerprint_info(variant: &Variant, fingerprint: &FingerprintInfo) -> Map<String, Value> {
    let mut info = Map::new();
    info.insert("values".to_owned(), json!(variant.values));
    if !fingerprint.client_values.is_empty() {
        info.insert("client_values".to_owned(), json!(fingerprint.client_values));
    }
    if let Some(rule) = &fingerprint.matched_rule {
        info.insert("matched_rule".to_owned(), rule.text.as_str().into());
    }
    info
}

fn config_info(strategy: StrategyId) -> Value {
    json!({ "id": strategy.name() })
}

fn component_info(component: &Component) -> Value {
    let values = component.values.iter().map(|value| match value {
        ComponentValue::Text(text) => text.as_str().into(),
        ComponentValue::Component(part) => component_info(part),
    });
    json!({
        "id": component.id,
        "name": name(component.id),
        "contributes": component.contributes,
        "hint": component.hint,
        "values": values.collect::<Vec<Value>>(),
    })
}

/// What a component is called on pages.
fn name(id: &str) -> &str {
    match id {
        "app" => "in-app",
        "chained-exception" => "chained exception",
        "stacktrace" => "stack trace",
        "ns-error" => "NSError",
        "context-line" => "context line",
        "csp" => "CSP report",
        "hpkp" => "HPKP report",
        "expect-ct" => "Expect-CT report",
        "expect-staple" => "Expect-Staple report",
        "uri" => "URI",
        "salt" => "salt",
        "type" => "error type",
        "value" => "error value",
        id => id,
    }
}

/// By what an event is grouped, in a few words.
fn description(variant: &Variant) -> String {
    let component = match (variant.kind, &variant.component) {
        (VariantKind::CustomFingerprint, _) => return "custom fingerprint".to_owned(),
        (VariantKind::BuiltInFingerprint, _) => return "built-in fingerprint".to_owned(),
        (VariantKind::Checksum, _) => return "checksum".to_owned(),
        (VariantKind::HashedChecksum, _) => return "hashed checksum".to_owned(),
        (_, Some(component)) => component,
        (_, None) => return "fallback: nothing to group by".to_owned(),
    };
    let subject = subject(component);
    let frames = match variant.name {
        "app" if component.find("stacktrace").is_some() => ", in-app frames",
        "system" if component.find("stacktrace").is_some() => ", all frames",
        _ => "",
    };
    let salt = match variant.kind {
        VariantKind::SaltedComponent => " and custom fingerprint",
        _ => "",
    };
    format!("{subject}{frames}{salt}")
}

fn subject(root: &Component) -> &'static str {
    let has = |id: &str| root.find(id).is_some();
    let first = root.values.iter().find_map(|value| match value {
        ComponentValue::Component(part) if part.contributes => Some(part.id),
        _ => None,
    });
    match first {
        Some("chained-exception") if has("stacktrace") => "stack traces of the chained exceptions",
        Some("chained-exception") => "chained exceptions",
        Some("exception") if has("stacktrace") => "stack trace of the exception",
        Some("exception") if has("ns-error") => "domain and code of the error",
        Some("exception") if has("value") => "type and message of the exception",
        Some("exception") => "type of the exception",
        Some("threads") => "stack trace of the thread",
        Some("stacktrace") => "stack trace of the event",
        Some("template") => "file and line of the template",
        Some("csp") if has("violation") => "directive and what was inlined",
        Some("csp") => "directive and blocked source",
        Some("hpkp" | "expect-ct" | "expect-staple") => "host name",
        Some("message") => "message",
        _ => "nothing",
    }
}
