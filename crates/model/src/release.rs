//! What a release's name is made of: `package@version+build`.

use std::cmp::Ordering;

/// A release's name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseParts<'a> {
    pub package: Option<&'a str>,
    /// Without package and build.
    pub version: &'a str,
    pub build: Option<&'a str>,
}

impl<'a> ReleaseParts<'a> {
    pub fn of(release: &'a str) -> Self {
        let (package, rest) = match release.rsplit_once('@') {
            Some((package, rest)) if !package.is_empty() => (Some(package), rest),
            _ => (None, release),
        };
        match rest.split_once('+') {
            Some((version, build)) if !build.is_empty() => Self {
                package,
                version,
                build: Some(build),
            },
            _ => Self {
                package,
                version: rest.trim_end_matches('+'),
                build: None,
            },
        }
    }
}

/// `1.2.3-beta.1`: up to four numbers, of which the missing ones are 0, and what comes before the release proper.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: [u64; 4],
    prerelease: String,
    /// As it was written.
    text: String,
}

impl Version {
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let (core, prerelease) = bare.split_once('-').unwrap_or((bare, ""));
        let mut numbers = [0; 4];
        let mut digits = core.split('.');
        for (place, digit) in digits.by_ref().take(numbers.len()).enumerate() {
            if digit.is_empty() || !digit.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            numbers[place] = digit.parse().ok()?;
        }
        if digits.next().is_some() || bare.ends_with('-') {
            return None;
        }
        Some(Self {
            numbers,
            prerelease: prerelease.to_owned(),
            text: text.to_owned(),
        })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Major, minor, patch, and what some count below that.
    pub fn numbers(&self) -> [u64; 4] {
        self.numbers
    }

    /// May be empty.
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// A text for databases: keys stand in the order of their versions. It is made of the digits of hexadecimal numbers
    /// only, whose order is the same in every collation.
    pub fn sort_key(&self) -> String {
        let mut key = String::new();
        for number in self.numbers {
            key.push_str(&format!("{number:016x}"));
        }
        if self.prerelease.is_empty() {
            key.push('f');
            return key;
        }
        key.push('0');
        for identifier in self.prerelease.split('.') {
            match identifier.parse::<u64>() {
                Ok(number) => key.push_str(&format!("1{number:016x}")),
                Err(_) => {
                    key.push('2');
                    for byte in identifier.bytes() {
                        key.push_str(&format!("{byte:02x}"));
                    }
                    // Behind a shorter word stands less than any letter of a longer one.
                    key.push_str("00");
                }
            }
        }
        key
    }
}

/// `1.0` and `1.0.0` are the same version in two spellings.
impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Version {
    /// By semver.org §11.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let order = self.numbers.cmp(&other.numbers);
        Some(order.then_with(|| prerelease_order(&self.prerelease, &other.prerelease)))
    }
}

fn prerelease_order(one: &str, other: &str) -> Ordering {
    match (one.is_empty(), other.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                // Numbers come before words.
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_semver_says() {
        let sorted = [
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-beta.11.x",
            "1.0.0-betas",
            "1.0.0-rc.1",
            "v1.0",
            "1.0.0.1",
            "1.0.1",
            "1.2",
            "1.10.0",
            "2.0.0",
        ];
        let versions: Vec<Version> = sorted.iter().map(|text| Version::parse(text).unwrap()).collect();
        for pair in versions.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        for (one, other) in versions
            .iter()
            .flat_map(|one| versions.iter().map(move |other| (one, other)))
        {
            let by_key = one.sort_key().cmp(&other.sort_key());
            assert_eq!(Some(by_key), one.partial_cmp(other), "{one:?} {other:?}");
        }
        for text in ["", "abc", "1.x", "1..2", "1.2.3.4.5", "1.0-", "99999999999999999999"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_is_taken_apart() {
        let check = |name: &str, package: Option<&str>, version: &str, build: Option<&str>| {
            let parts = ReleaseParts {
                package,
                version,
                build,
            };
            assert_eq!(ReleaseParts::of(name), parts, "{name}");
        };
        check("@scope/shop@1.0+7", Some("@scope/shop"), "1.0", Some("7"));
        check("shop@1.0", Some("shop"), "1.0", None);
        check("1.0+", None, "1.0", None);
        check("@1.0", None, "@1.0", None);
        check("", None, "", None);
    }
}
