//! Time zones by name, as `Europe/Vienna`. Their rules are part of the binary: a container has none of its own.

use jiff::{
    civil::Time,
    tz::{TimeZone, db},
};

use crate::Timestamp;

/// The name as it is written in the list of zones, whatever the case in which it was typed; `None` for what is no zone.
pub fn canonical_name(name: &str) -> Option<String> {
    // An offset, as `+02:00`, would be a zone as well, and knows no summer.
    let zone = jiff::tz::db().get(name).ok()?;
    zone.iana_name().map(str::to_owned)
}

/// The names to choose from, sorted: places and UTC, without the abbreviations and offsets that are kept for old programs.
pub fn names() -> Vec<String> {
    let is_offered = |name: &str| name == "UTC" || name.contains('/') && !name.starts_with("Etc/");
    let all = jiff::tz::db().available().map(|name| name.to_string());
    let mut names: Vec<String> = all.filter(|name| is_offered(name)).collect();
    names.sort_unstable();
    names
}

/// What a clock on the wall shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Monday is 0.
    pub weekday: u8,
    /// Of the day, from 0 to 1439.
    pub minute: u16,
}

/// What the clocks of a zone show; those of UTC, where there is no zone of this name.
pub fn local(name: &str, at: Timestamp) -> LocalTime {
    let local = at.to_jiff().to_zoned(zone(name));
    LocalTime {
        weekday: u8::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0),
        minute: u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0),
    }
}

/// When the clocks of a zone show this minute of the day the next time. Where they skip it, the moment at which they do.
pub fn next_at(name: &str, after: Timestamp, minute: u16) -> Timestamp {
    let zone = zone(name);
    let minute = minute % (24 * 60);
    let part = |number: u16| i8::try_from(number).unwrap_or(0);
    let time = Time::constant(part(minute / 60), part(minute % 60), 0, 0);
    let mut date = after.to_jiff().to_zoned(zone.clone()).date();
    // Where clocks are put back, a minute comes twice, so that of today may be over or not.
    for _ in 0..3 {
        let at = zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible();
        if let Ok(at) = at
            && at.as_microsecond() > after.micros()
        {
            return Timestamp(at.as_microsecond());
        }
        date = date.saturating_add(jiff::Span::new().days(1));
    }
    after + std::time::Duration::from_secs(24 * 3_600)
}

/// When the day began, on the clocks of a zone, that lies so many days before the one of `at`. Where clocks skip
/// midnight, the moment after it.
pub fn day_start(name: &str, at: Timestamp, days_before: u16) -> Timestamp {
    let zone = zone(name);
    let date = at.to_jiff().to_zoned(zone.clone()).date();
    let date = date.saturating_sub(jiff::Span::new().days(i64::from(days_before)));
    let start = zone
        .to_ambiguous_timestamp(date.to_datetime(Time::midnight()))
        .compatible();
    Timestamp(start.map_or(0, jiff::Timestamp::as_microsecond))
}

/// The date that the clocks of a zone show, as `2026-11-22`.
pub fn date(name: &str, at: Timestamp) -> String {
    at.to_jiff().to_zoned(zone(name)).date().to_string()
}

fn zone(name: &str) -> TimeZone {
    db().get(name).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_name() {
        for (name, expected) in [
            ("UTC", Some("UTC")),
            ("europe/vienna", Some("Europe/Vienna")),
            ("America/Argentina/Buenos_Aires", Some("America/Argentina/Buenos_Aires")),
            ("", None),
            ("Europe/Atlantis", None),
            ("+02:00", None),
            ("../../etc/passwd", None),
        ] {
            assert_eq!(canonical_name(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn what_is_offered_is_known() {
        let names = names();
        assert!(names.len() > 300, "{}", names.len());
        assert!(names.iter().all(|name| canonical_name(name).is_some()));
        assert!(names.is_sorted() && names.iter().any(|name| name == "UTC"));
    }

    #[test]
    fn clocks_on_walls_are_read_and_waited_for() {
        let check = |zone: &str, at: &str, minute: u16, expected: &str| {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(next_at(zone, at, minute).to_string(), expected, "{zone} {at} {minute}");
        };
        let local_at = |zone: &str, at: &str| {
            let local = local(zone, at.parse().unwrap());
            (local.weekday, local.minute)
        };
        // A Sunday.
        assert_eq!(local_at("UTC", "2026-11-22T23:30:00Z"), (6, 1410));
        assert_eq!(local_at("Europe/Vienna", "2026-11-22T23:30:00Z"), (0, 30));
        assert_eq!(local_at("nonsense", "2026-11-22T23:30:00Z"), (6, 1410));
        check("UTC", "2026-11-22T23:30:00Z", 480, "2026-11-23T08:00:00Z");
        check("UTC", "2026-11-22T08:00:00Z", 480, "2026-11-23T08:00:00Z");
        check("UTC", "2026-11-22T07:59:59Z", 480, "2026-11-22T08:00:00Z");
        check("Europe/Vienna", "2026-11-22T07:30:00Z", 480, "2026-11-23T07:00:00Z");
        // The night in which 02:30 is skipped, and the one in which it comes twice.
        check("Europe/Vienna", "2026-03-28T23:30:00Z", 150, "2026-03-29T01:30:00Z");
        check("Europe/Vienna", "2026-10-24T23:30:00Z", 150, "2026-10-25T00:30:00Z");
    }

    #[test]
    fn days_begin_at_midnight_whatever_clocks_do() {
        let check = |zone: &str, at: &str, days: u16, expected: &str| {
            let start = day_start(zone, at.parse().unwrap(), days);
            assert_eq!(start.to_string(), expected, "{zone} {at} {days}");
        };
        check("UTC", "2026-11-22T23:30:00Z", 0, "2026-11-22T00:00:00Z");
        check("Europe/Vienna", "2026-11-22T23:30:00Z", 0, "2026-11-22T23:00:00Z");
        check("Europe/Vienna", "2026-11-22T22:30:00Z", 7, "2026-11-14T23:00:00Z");
        // Clocks were put back within the week.
        check("Europe/Vienna", "2026-10-28T12:00:00Z", 7, "2026-10-20T22:00:00Z");
        // Midnight is skipped there.
        check("Asia/Beirut", "2026-03-29T12:00:00Z", 0, "2026-03-28T22:00:00Z");
        assert_eq!(
            date("Europe/Vienna", "2026-11-22T23:30:00Z".parse().unwrap()),
            "2026-11-23"
        );
    }
}
