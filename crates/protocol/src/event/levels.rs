//! Where parts of one field differ in whether personal data is looked for in them (`ingest.md` §5.3): contexts by their
//! type, reports by their keys.

use serde_json::Value;

use super::{
    Entries, Object,
    attribute_names::TECHNICAL,
    walk::{Fate, Found, Kind, Pii, Place, Visitor, Walk, walk_json},
};

/// Contexts by name. What is known is data on machines and programs, so it is left alone but for some keys. What nobody
/// knows may be anything.
pub(super) fn contexts(contexts: &mut Object, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
    for (name, context) in contexts.iter_mut() {
        let place = place.child(name, Walk::kind(context));
        let kind = context.get("type").and_then(Value::as_str).unwrap_or(name);
        let level = level_in_context(kind);
        let special = match kind {
            "response" => Some(Special::Response),
            "trace" => Some(Special::Trace),
            _ => None,
        };
        match (level, context) {
            (Some(level), Value::Object(map)) => {
                walk_keys(map, &place, level, visitor);
                match special {
                    Some(Special::Response) => walk_pairs(map, &place, visitor),
                    Some(Special::Trace) => walk_trace_data(map, &place, visitor),
                    None => {}
                }
            }
            (_, context) => walk_json(context, &place.with_pii(Pii::True), visitor),
        }
    }
    Fate::Keep
}

/// Contexts of which a part is not visited key by key.
enum Special {
    Response,
    Trace,
}

/// The level of a key of a context of this type; `None` for types whose contexts may be anything.
fn level_in_context(kind: &str) -> Option<fn(&str) -> Pii> {
    Some(match kind {
        "app" => |key| match key {
            "app_identifier" | "app_name" | "app_version" | "app_build" | "app_memory" | "build_type"
            | "in_foreground" | "view_names" => Pii::False,
            _ => Pii::Maybe,
        },
        "browser" | "os" | "runtime" | "client_os" => |key| match key {
            "name" | "version" | "browser" | "os" | "runtime" | "client_os" | "rooted" => Pii::False,
            _ => Pii::Maybe,
        },
        "device" => |key| match key {
            "device_unique_identifier" => Pii::True,
            "family" | "model" | "model_id" | "arch" | "orientation" | "manufacturer" | "brand" => Pii::False,
            _ => Pii::Maybe,
        },
        "feedback" => |key| match key {
            "message" | "contact_email" | "name" | "url" => Pii::Maybe,
            _ => Pii::False,
        },
        "flags" => |key| if key == "values" { Pii::False } else { Pii::Maybe },
        "profile" | "replay" => |_| Pii::False,
        "response" => |key| match key {
            "data" => Pii::True,
            // Headers and cookies are pairs, and visited as such.
            "headers" | "cookies" | "status_code" | "body_size" | "inferred_content_type" => Pii::False,
            _ => Pii::Maybe,
        },
        "trace" => |key| match key {
            // What is in it is visited by its names.
            "data" => Pii::False,
            "trace_id" | "span_id" | "parent_span_id" | "op" | "status" | "exclusive_time" | "client_sample_rate"
            | "origin" | "sampled" => Pii::False,
            _ => Pii::Maybe,
        },
        "unity" => |key| match key {
            "copy_texture_support"
            | "editor_version"
            | "install_mode"
            | "rendering_threading_mode"
            | "target_frame_rate" => Pii::False,
            _ => Pii::Maybe,
        },
        "spring" => |key| {
            if key == "active_profiles" {
                Pii::False
            } else {
                Pii::Maybe
            }
        },
        "culture" | "gpu" | "memory_info" | "monitor" | "otel" | "threadpool_info" => |_| Pii::Maybe,
        _ => return None,
    })
}

/// What a trace context says of its span.
fn walk_trace_data(trace: &mut Object, place: &Place<'_>, visitor: &mut dyn Visitor) {
    if let Some(value) = trace.get_mut("data") {
        let place = place.child("data", Walk::kind(value)).with_pii(Pii::True);
        match value {
            Value::Object(data) => {
                if span_data(data, &place.with_pii(Pii::Maybe), visitor) == Fate::Remove {
                    *value = Value::Null;
                }
            }
            value => walk_json(value, &place, visitor),
        }
    }
}

/// What a span says of itself: to selectors no object, though JSON has one.
pub(super) fn span_data(data: &mut Object, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
    walk_attributes(data, &place.with_kind(Kind::NONE), visitor)
}

/// Attributes of a span or of what is like one, by name. Those of known names say something of machines and programs, or too much to lose.
pub fn walk_attributes(data: &mut Object, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
    if !data.is_empty() && visitor.visit(place, Found::Other) == Fate::Remove {
        return Fate::Remove;
    }
    for (key, value) in data.iter_mut() {
        let place = place.child(key, Walk::kind(value)).with_pii(attribute_level(key));
        walk_json(value, &place, visitor);
    }
    Fate::Keep
}

/// The level of an attribute, by the names that conventions of OpenTelemetry and Sentry give them. Without it a rule for
/// tokens would take the numbers of tokens, and one for addresses the hosts that were asked.
fn attribute_level(name: &str) -> Pii {
    let (family, rest) = name.split_once('.').unwrap_or((name, ""));
    let maybe = match family {
        "id" | "profile_id" | "release" | "replay_id" if rest.is_empty() => return Pii::False,
        "sentry" => match rest {
            "environment"
            | "release"
            | "transaction"
            | "platform"
            | "origin"
            | "op"
            | "source"
            | "group"
            | "segment_id"
            | "replay_id"
            | "sdk.name"
            | "idle_span_finish_reason"
            | "cancellation_reason" => {
                return Pii::False;
            }
            "action"
            | "browser.name"
            | "domain"
            | "exclusive_time"
            | "report_event"
            | "segment.name"
            | "segment.name.source"
            | "status_code"
            | "thread.id" => true,
            rest if rest.starts_with("dsc.") => return Pii::False,
            _ => false,
        },
        // A name that nobody agreed on may hold anything, in these families too.
        _ => is_technical(family, rest),
    };
    if maybe { Pii::Maybe } else { Pii::True }
}

fn is_technical(family: &str, rest: &str) -> bool {
    let Ok(index) = TECHNICAL.binary_search_by_key(&family, |(family, _)| *family) else {
        return false;
    };
    TECHNICAL[index].1.split(' ').any(|name| match name.strip_suffix('*') {
        Some(start) => rest
            .strip_prefix(start)
            .is_some_and(|part| !part.is_empty() && !part.contains('.')),
        None => name == rest || name == "-" && rest.is_empty(),
    })
}

/// Headers and cookies of a response, pairs as those of a request; or what else an SDK sent in their place.
fn walk_pairs(response: &mut Object, place: &Place<'_>, visitor: &mut dyn Visitor) {
    for key in ["headers", "cookies"] {
        let Some(value) = response.get_mut(key) else { continue };
        let place = place.child(key, Kind::OBJECT).with_pii(Pii::True);
        match value {
            Value::Array(pairs) if pairs.iter().all(is_pair) => {
                if visitor.visit(&place, Found::Other) == Fate::Remove {
                    *value = Value::Null;
                    continue;
                }
                for (index, pair) in pairs.iter_mut().enumerate() {
                    if let Some([Value::String(name), value]) = pair.as_array_mut().map(Vec::as_mut_slice) {
                        let kind = Walk::kind(value);
                        walk_json(value, &place.pair(name, index, kind), visitor);
                    }
                }
            }
            value => walk_json(value, &place, visitor),
        }
    }
}

fn is_pair(value: &Value) -> bool {
    matches!(value.as_array().map(Vec::as_slice), Some([Value::String(_), _]))
}

/// A report of a browser on its content security policy.
pub(super) fn csp(report: &mut Object, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
    let level = |key: &str| match key {
        "source_file" => Pii::Maybe,
        "original_policy" | "violated_directive" | "script_sample" | "disposition" | "status_code" | "line_number"
        | "column_number" => Pii::False,
        _ => Pii::True,
    };
    walk_keys(report, place, level, visitor);
    Fate::Keep
}

/// Where a user is: its parts, and not the whole.
pub(super) fn geo(geo: &mut Object, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
    walk_keys(geo, place, |_| Pii::True, visitor);
    Fate::Keep
}

/// The text of a log entry, which selectors can name by what it is.
pub(super) fn message(text: &mut Option<String>, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
    text.walk(&place.with_kind(place.kind.or(Kind::MESSAGE)), visitor)
}

/// What is derived from a span for searching. Only of users it says something personal.
pub(super) fn sentry_tags(tags: &mut Entries, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
    tags.0.retain_mut(|(name, text)| {
        let personal = name == "user" || name.starts_with("user.");
        let pii = if personal { Pii::True } else { Pii::Maybe };
        let place = place.child(name.as_str(), Walk::kind(text)).with_pii(pii);
        visitor.visit(&place, Found::Text(text)) == Fate::Keep
    });
    Fate::Keep
}

fn walk_keys(map: &mut Object, place: &Place<'_>, level: impl Fn(&str) -> Pii, visitor: &mut dyn Visitor) {
    for (key, value) in map.iter_mut() {
        let pii = if key == "type" { Pii::False } else { level(key) };
        walk_json(value, &place.child(key, Walk::kind(value)).with_pii(pii), visitor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_were_agreed_on_are_technical() {
        assert!(TECHNICAL.is_sorted_by_key(|(family, _)| family));
        for name in [
            "server.address",
            "gen_ai.usage.input_tokens",
            "method",
            "score.lcp",
            "resource.render_blocking_status",
        ] {
            assert_eq!(attribute_level(name), Pii::Maybe, "{name}");
        }
        for name in [
            "server.note",
            "gen_ai.note",
            "method.note",
            "score.a.b",
            "resource.password",
            "note",
            "session.token",
        ] {
            assert_eq!(attribute_level(name), Pii::True, "{name}");
        }
        for name in ["release", "sentry.release"] {
            assert_eq!(attribute_level(name), Pii::False, "{name}");
        }
    }
}
