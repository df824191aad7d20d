//! Measurements: names, units, what cannot be true, and rates that follow (`ingest.md` §7.4).

use std::collections::HashSet;

use protocol::event::{Event, Measurement, Measurements};
use serde_json::Value;

use super::{interval::milliseconds, performance_score, units};
use crate::notes::{Notes, Place, notes};

/// Of those that a program makes up, an event keeps so many.
const MAX_CUSTOM: usize = 10;
/// Bytes of name and unit together.
const MAX_NAME_AND_UNIT: usize = 200;
/// When an event has so many errors, nobody reads further ones.
const MAX_ERRORS: usize = 200;
/// A start or a screen that took longer was the phone asleep.
const MAX_MOBILE: f64 = 180_000.0;

/// What SDKs measure themselves, and its unit.
const BUILT_IN: [(&str, &str); 21] = [
    ("app_start_cold", "millisecond"),
    ("app_start_warm", "millisecond"),
    ("cls", "none"),
    ("fcp", "millisecond"),
    ("fid", "millisecond"),
    ("fp", "millisecond"),
    ("frames_frozen", "none"),
    ("frames_frozen_rate", "ratio"),
    ("frames_slow", "none"),
    ("frames_slow_rate", "ratio"),
    ("frames_total", "none"),
    ("inp", "millisecond"),
    ("lcp", "millisecond"),
    ("stall_count", "none"),
    ("stall_longest_time", "millisecond"),
    ("stall_percentage", "ratio"),
    ("stall_total_time", "millisecond"),
    ("time_to_full_display", "millisecond"),
    ("time_to_initial_display", "millisecond"),
    ("ttfb", "millisecond"),
    ("ttfb.requesttime", "millisecond"),
];
const MOBILE: [&str; 4] = [
    "app_start_cold",
    "app_start_warm",
    "time_to_full_display",
    "time_to_initial_display",
];

pub(super) fn normalize(event: &mut Event) {
    let place = Place::root("measurements");
    let notes = &mut notes!(event);
    rename(&mut event.measurements, &place, notes);
    event.measurements.retain_mut(|(name, measurement)| {
        if measurement.value.is_none() {
            if notes.errors.len() < MAX_ERRORS {
                notes.missing(&place.key(name).key("value"));
            }
            return false;
        }
        set_unit(name, measurement, notes);
        measurement.other.clear();
        true
    });
    remove_impossible(&mut event.measurements, notes);
    limit_custom(&mut event.measurements, notes);
    derive(event);
}

/// Lower-cases the names and removes those that cannot be any. Of two that become the same, the one that was written so
/// stays.
pub(super) fn rename(measurements: &mut Measurements, place: &Place<'_>, notes: &mut Notes<'_>) {
    let is_lower = |(name, _): &(String, Measurement)| !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let (mut kept, mut names) = (Measurements::default(), HashSet::new());
    let (lower, upper): (Vec<_>, Vec<_>) = std::mem::take(&mut measurements.0).into_iter().partition(is_lower);
    for (mut name, measurement) in lower.into_iter().chain(upper) {
        name.make_ascii_lowercase();
        if !is_name(&name) {
            let reason = "the name of a measurement is made of a-z0-9._";
            if notes.errors.len() < MAX_ERRORS {
                notes.invalid(place, name, reason);
            }
        } else if names.insert(name.clone()) {
            kept.push((name, measurement));
        }
    }
    *measurements = kept;
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_');
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(allowed)
}

fn set_unit(name: &str, measurement: &mut Measurement, notes: &mut Notes<'_>) {
    if let Some(unit) = measurement.unit.take() {
        measurement.unit = units::canonical(&unit);
        if measurement.unit.is_none() {
            let place = Place::root("measurements");
            if notes.errors.len() < MAX_ERRORS {
                notes.invalid(&place.key(name).key("unit"), unit, "expected the name of a unit");
            }
            measurement.unit = Some("none".to_owned());
        }
    }
    let usual = built_in(name).unwrap_or("none");
    measurement.unit.get_or_insert_with(|| usual.to_owned());
}

/// The unit of what SDKs measure themselves.
fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, unit)| *unit)
}

fn is_custom(name: &str) -> bool {
    built_in(name).is_none() && !performance_score::is_score(name)
}

fn remove_impossible(measurements: &mut Measurements, notes: &mut Notes<'_>) {
    measurements.retain(|(name, measurement)| {
        let (value, unit) = (measurement.value.unwrap_or_default(), measurement.unit.as_deref());
        let reason = if value < 0.0 && built_in(name) == Some("millisecond") {
            "a duration is not negative"
        } else if MOBILE.contains(&name.as_str()) && value * unit_length(unit) > MAX_MOBILE {
            "too long to be true"
        } else {
            return true;
        };
        refuse(name, value, reason, notes);
        false
    });
}

fn refuse(name: &str, value: f64, reason: &str, notes: &mut Notes<'_>) {
    if notes.errors.len() < MAX_ERRORS {
        let place = Place::root("measurements");
        notes.invalid(&place.key(name), Value::from(value), reason);
    }
}

fn unit_length(unit: Option<&str>) -> f64 {
    unit.and_then(units::in_milliseconds).unwrap_or(1.0)
}

fn limit_custom(measurements: &mut Measurements, notes: &mut Notes<'_>) {
    let mut custom = 0;
    measurements.retain(|(name, measurement)| {
        let length = name.len() + measurement.unit.as_ref().map_or(0, String::len);
        let reason = if length > MAX_NAME_AND_UNIT {
            "the name of the measurement is too long"
        } else {
            let is_custom = is_custom(name);
            custom += usize::from(is_custom);
            if !is_custom || custom <= MAX_CUSTOM {
                return true;
            }
            "too many custom measurements"
        };
        refuse(name, measurement.value.unwrap_or_default(), reason, notes);
        false
    });
}

/// Rates of what mobile SDKs count.
fn derive(event: &mut Event) {
    let measurements = &mut event.measurements;
    if let Some(total) = measurements.value("frames_total").filter(|total| *total > 0.0) {
        for (counted, rate) in [
            ("frames_frozen", "frames_frozen_rate"),
            ("frames_slow", "frames_slow_rate"),
        ] {
            if let Some(frames) = measurements.value(counted) {
                measurements.set(rate, Measurement::new(frames / total, "ratio"));
            }
        }
    }
    let (Some(start), Some(end)) = (event.start_timestamp, event.timestamp) else {
        return;
    };
    let duration = milliseconds(end.0.saturating_sub(start.0));
    let stalled = measurements.named("stall_total_time").and_then(|stalled| {
        let unit = stalled.unit.as_deref();
        matches!(unit, Some("millisecond" | "none")).then_some(stalled.value)?
    });
    if let Some(stalled) = stalled
        && duration > 0.0
    {
        measurements.set("stall_percentage", Measurement::new(stalled / duration, "ratio"));
    }
}
