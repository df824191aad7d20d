//! Runtimes: .NET's descriptions and release numbers (`ingest.md` §3.2).

use protocol::event::Object;

use super::{set, text, whole_name};

/// What .NET Framework calls its releases in the registry, by the versions that people know.
const NET_FRAMEWORK: [(&str, &str); 22] = [
    ("378389", "4.5"),
    ("378675", "4.5.1"),
    ("378758", "4.5.1"),
    ("379893", "4.5.2"),
    ("393295", "4.6"),
    ("393297", "4.6"),
    ("394254", "4.6.1"),
    ("394271", "4.6.1"),
    ("394802", "4.6.2"),
    ("394806", "4.6.2"),
    ("460798", "4.7"),
    ("460805", "4.7"),
    ("461308", "4.7.1"),
    ("461310", "4.7.1"),
    ("461808", "4.7.2"),
    ("461814", "4.7.2"),
    ("528040", "4.8"),
    ("528049", "4.8"),
    ("528209", "4.8"),
    ("528372", "4.8"),
    ("533320", "4.8.1"),
    ("533325", "4.8.1"),
];
/// Windows 11's and Server 2022's copy of 4.8.
const NET_FRAMEWORK_SERVER: (&str, &str) = ("528449", "4.8");

pub(super) fn normalize(context: &mut Object) {
    if text(context, "name").is_none()
        && text(context, "version").is_none()
        && let Some((name, version)) = text(context, "raw_description").and_then(parse)
    {
        let (name, version) = (name.to_owned(), version.to_owned());
        set(context, "name", &name);
        set(context, "version", &version);
    }
    if text(context, "name").is_some_and(|name| name.starts_with(".NET Framework"))
        && let Some(build) = text(context, "build")
        && let Some((_, version)) = NET_FRAMEWORK
            .iter()
            .chain([&NET_FRAMEWORK_SERVER])
            .find(|(release, _)| *release == build)
    {
        set(context, "version", version);
    }
    if text(context, "version").is_some() {
        whole_name(context, "runtime");
    }
}

/// A name, and behind the last space before the first number its version: `.NET Core 2.0.0`, `Mono 5.10.1.47 (tarball …)`.
fn parse(description: &str) -> Option<(&str, &str)> {
    let start = description
        .match_indices(' ')
        .map(|(space, _)| space)
        .find(|space| description[space + 1..].starts_with(|letter: char| letter.is_ascii_digit()))?;
    let (name, rest) = (&description[..start], &description[start + 1..]);
    let end = rest
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(rest.len());
    let version = rest[..end].trim_end_matches('.');
    (version.contains('.') && !name.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[track_caller]
    fn check(mut sent: Value, name: &str, version: Option<&str>) {
        let context = sent.as_object_mut().unwrap();
        super::normalize(context);
        assert_eq!(context.get("name").and_then(Value::as_str).unwrap_or_default(), name);
        assert_eq!(context.get("version").and_then(Value::as_str), version, "{name}");
    }

    #[test]
    fn descriptions_are_taken_apart() {
        let described = |description: &str, name: &str, version: Option<&str>| {
            check(json!({"raw_description": description}), name, version);
        };
        described(".NET Framework 4.8.4250.0", ".NET Framework", Some("4.8.4250.0"));
        described(".NET Core 2.0.0", ".NET Core", Some("2.0.0"));
        described(".NET 6.0.3-servicing.22", ".NET", Some("6.0.3"));
        described(
            "Mono 5.10.1.47 (tarball Tue Apr 17 09:23:16 UTC 2018)",
            "Mono",
            Some("5.10.1.47"),
        );
        described("CPython 3.8", "CPython", Some("3.8"));
        for unknown in ["", "Python 3", ".NET Framework", "foo bar", "é", "1.2"] {
            described(unknown, "", None);
        }
        check(json!({"raw_description": ".NET 5.0", "name": "own"}), "own", None);
    }

    #[test]
    fn releases_have_versions() {
        let check_build = |build: Value, version: Option<&str>| {
            check(
                json!({"name": ".NET Framework", "build": build}),
                ".NET Framework",
                version,
            );
        };
        check_build(json!("378389"), Some("4.5"));
        check_build(json!("461814"), Some("4.7.2"));
        check_build(json!("528449"), Some("4.8"));
        check_build(json!("1"), None);
        check(json!({"name": "Mono", "build": "378389"}), "Mono", None);
    }
}
