//! Operating systems: what runtimes give as one text is taken apart (`ingest.md` §3.2).

use protocol::event::Object;

use super::{set, text, whole_name};

pub(super) fn normalize(context: &mut Object) {
    if text(context, "name").is_none()
        && text(context, "version").is_none()
        && let Some(parsed) = text(context, "raw_description").and_then(parse)
    {
        set(context, "name", &parsed.name);
        for (field, value) in [
            ("version", parsed.version),
            ("kernel_version", parsed.kernel_version),
            ("build", parsed.build),
        ] {
            if let Some(value) = value
                && (field == "version" || !context.contains_key(field))
            {
                set(context, field, &value);
            }
        }
    }
    whole_name(context, "os");
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Parsed {
    name: String,
    version: Option<String>,
    kernel_version: Option<String>,
    build: Option<String>,
}

/// Windows goes by the names on the box, for what it calls itself by has not changed since 2015.
fn windows(description: &str) -> Option<Parsed> {
    let rest = description.strip_prefix("Microsoft ").unwrap_or(description);
    let rest = rest
        .strip_prefix("Windows ")
        .filter(|rest| !rest.starts_with("Server "))?;
    // Unity: `Windows 10  (10.0.19041) 64bit`. .NET: `Microsoft Windows [NT ]10.0.19041[.0]`.
    let numbers = match rest.split_once('(') {
        Some((_, inner)) => inner,
        None => rest.strip_prefix("NT ").unwrap_or(rest),
    };
    let numbers = leading_version(numbers)?;
    let mut parts = numbers.split('.');
    let (major, minor, build) = (parts.next()?, parts.next()?, parts.next()?);
    let build_number: u32 = build.parse().ok()?;
    let version = match (major, minor) {
        ("5", "1") => "XP",
        ("6", "0") => "Vista",
        ("6", "1") => "7",
        ("6", "2") => "8",
        ("6", "3") => "8.1",
        ("10", "0") if build_number >= 22_000 => "11",
        ("10", "0") => "10",
        _ => return None,
    };
    Some(Parsed {
        name: "Windows".to_owned(),
        version: Some(version.to_owned()),
        build: Some(build.to_owned()),
        kernel_version: None,
    })
}

fn parse(description: &str) -> Option<Parsed> {
    let description = description.trim();
    if let Some(windows) = windows(description) {
        return Some(windows);
    }
    if description.starts_with("Windows Server ") {
        return None;
    }
    if description == "Nintendo Switch" {
        return Some(named("Nintendo OS"));
    }
    if let Some(rest) = description.strip_prefix("Android OS ") {
        return Some(Parsed {
            version: Some(leading_version(rest)?),
            ..named("Android")
        });
    }
    if let Some(rest) = description.strip_prefix("Mac OS X ") {
        return Some(Parsed {
            version: Some(leading_version(rest)?),
            build: in_parentheses(rest),
            ..named("macOS")
        });
    }
    if let Some(linux) = distribution(description) {
        return Some(linux);
    }
    let (name, rest) = description.split_once(' ')?;
    let version = leading_version(rest)?;
    let is_word = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphabetic());
    // Devices' systems have a version of their own; elsewhere what `uname` gives is that of the kernel.
    let own_version = ["iOS", "iPadOS", "tvOS", "watchOS", "visionOS"].contains(&name) || !version.contains('.');
    match (is_word, own_version) {
        (false, _) => None,
        (true, true) if rest == version => Some(Parsed {
            version: Some(version),
            ..named(name)
        }),
        (true, true) => None,
        (true, false) => Some(Parsed {
            kernel_version: Some(version),
            ..named(name)
        }),
    }
}

/// Unity on Linux: `Linux 5.4 Ubuntu 20.04 64bit`.
fn distribution(description: &str) -> Option<Parsed> {
    let rest = description.strip_prefix("Linux ")?;
    let mut words = rest
        .strip_suffix(" 64bit")
        .or_else(|| rest.strip_suffix(" 32bit"))?
        .split(' ');
    let kernel_version = leading_version(words.next()?)?;
    let name = words.next()?;
    Some(Parsed {
        version: Some(leading_version(words.next()?)?),
        kernel_version: Some(kernel_version),
        ..named(name)
    })
}

fn named(name: &str) -> Parsed {
    Parsed {
        name: name.to_owned(),
        ..Parsed::default()
    }
}

/// Up to three numbers with dots between them, at the beginning.
pub(super) fn leading_version(text: &str) -> Option<String> {
    let mut end = 0;
    for part in text.split('.').take(3) {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            break;
        }
        end += usize::from(end > 0) + digits;
        if digits < part.len() {
            break;
        }
    }
    (end > 0).then(|| text[..end].to_owned())
}

fn in_parentheses(text: &str) -> Option<String> {
    let (inner, _) = text.split_once('(')?.1.split_once(')')?;
    (!inner.is_empty()).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[track_caller]
    fn check(description: &str, expected: Value) {
        let mut context = json!({"raw_description": description}).as_object().unwrap().clone();
        super::normalize(&mut context);
        context.shift_remove("raw_description");
        context.shift_remove("os");
        assert_eq!(Value::Object(context), expected, "{description}");
    }

    #[test]
    fn descriptions_are_taken_apart() {
        let windows = |version: &str, build: &str| json!({"name": "Windows", "version": version, "build": build});
        check("Microsoft Windows 10.0.19041", windows("10", "19041"));
        check("Microsoft Windows NT 10.0.19041.0", windows("10", "19041"));
        check("Windows 10  (10.0.19041) 64bit", windows("10", "19041"));
        check("Microsoft Windows 10.0.22631", windows("11", "22631"));
        check("Microsoft Windows 6.1.7601 S", windows("7", "7601"));
        check("Windows 8.1  (6.3.9600) 64bit", windows("8.1", "9600"));
        let kernel = |name: &str, version: &str| json!({"name": name, "kernel_version": version});
        check("Linux 5.4.0-1 #1 SMP", kernel("Linux", "5.4.0"));
        check(
            "Linux 4.14.181-142.260.amzn2.x86_64 #1 SMP",
            kernel("Linux", "4.14.181"),
        );
        check("Darwin 19.0.0 Darwin Kernel Version 19.0.0", kernel("Darwin", "19.0.0"));
        check("Unix 19.0.0.0", kernel("Unix", "19.0.0"));
        check("macOS 13.1 (22C65)", kernel("macOS", "13.1"));
        check("Mac OS X 10.14.2", json!({"name": "macOS", "version": "10.14.2"}));
        check(
            "Mac OS X 10.14.2 (18C54)",
            json!({"name": "macOS", "version": "10.14.2", "build": "18C54"}),
        );
        check(
            "Android OS 11 / API-30 (RP1A.201005.001/2107031736)",
            json!({"name": "Android", "version": "11"}),
        );
        check("Nintendo Switch", json!({"name": "Nintendo OS"}));
        check("iOS 17.1", json!({"name": "iOS", "version": "17.1"}));
        check(
            "Linux 5.4 Ubuntu 20.04 64bit",
            json!({"name": "Ubuntu", "version": "20.04", "kernel_version": "5.4"}),
        );
        check("foo 1", json!({"name": "foo", "version": "1"}));
        for unknown in [
            "",
            "foo",
            "Xbox",
            "Android API 28",
            "Debian GNU/Linux 11",
            "Windows Server 2022  (10.0.20348)",
            "é 1.2.3",
        ] {
            check(unknown, json!({}));
        }
    }

    #[test]
    fn what_is_told_apart_stays() {
        for field in ["name", "version"] {
            let mut context = json!({"raw_description": "Linux 5.4.0", field: "x"})
                .as_object()
                .unwrap()
                .clone();
            super::normalize(&mut context);
            assert!(!context.contains_key("kernel_version"), "{field}");
        }
    }
}
