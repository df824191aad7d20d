//! Time zones by name, as `Europe/Vienna`. Their rules are part of the binary: a container has none of its own.

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
}
