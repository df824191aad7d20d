//! What a release's name is made of: `package@version+build`.

use std::cmp::Ordering;

use crate::{Comparison, Pattern};

/// What `release:latest` asks for; which release that is, is known to the store.
pub const LATEST_RELEASE: &str = "latest";

/// A test of a part of a release's name. A release that has no such part passes none.
#[derive(Debug, Clone, PartialEq)]
pub enum ReleaseTest {
    /// `release.package:com.example.app`: one of these.
    Package(Vec<Pattern>),
    /// `release.version:1.2.*`: one of these, without package and build.
    Version(Vec<Pattern>),
    /// `release.version:>1.2`, by the rules of semantic versions. The same as [`Version::parse`] reads it.
    VersionOrder(Comparison, Version),
    /// `release.build:421`: one of these.
    Build(Vec<Pattern>),
    /// `release.build:>=421`, of builds that are numbers.
    BuildOrder(Comparison, u64),
}

impl ReleaseTest {
    pub fn matches(&self, release: &str) -> bool {
        let parts = Parts::of(release);
        let one_of = |patterns: &[Pattern], part: Option<&str>| {
            part.is_some_and(|part| patterns.iter().any(|pattern| pattern.matches(part)))
        };
        match self {
            Self::Package(patterns) => one_of(patterns, parts.package),
            Self::Version(patterns) => one_of(patterns, Some(parts.version)),
            Self::VersionOrder(comparison, than) => {
                Version::parse(parts.version).is_some_and(|version| comparison.holds(version, than.clone()))
            }
            Self::Build(patterns) => one_of(patterns, parts.build),
            Self::BuildOrder(comparison, than) => {
                let build = parts.build.and_then(|build| build.parse::<u64>().ok());
                build.is_some_and(|build| comparison.holds(build, *than))
            }
        }
    }
}

struct Parts<'a> {
    package: Option<&'a str>,
    version: &'a str,
    build: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(release: &'a str) -> Self {
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
        for text in ["", "abc", "1.x", "1..2", "1.2.3.4.5", "1.0-", "99999999999999999999"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_release_is_tested_by_its_parts() {
        let version = |sign, text: &str| ReleaseTest::VersionOrder(sign, Version::parse(text).unwrap());
        let exact = |text: &str| vec![Pattern::Exact(text.to_owned())];
        let check = |test: ReleaseTest, holds: &[&str], fails: &[&str]| {
            for release in holds {
                assert!(test.matches(release), "{test:?} {release}");
            }
            for release in fails {
                assert!(!test.matches(release), "{test:?} {release}");
            }
        };
        check(
            version(Comparison::Greater, "1.9"),
            &["1.10.0", "shop@2.0", "com.example@1.9.1+7"],
            &["1.9", "shop@1.9.0-beta", "abcdef", "", "shop@"],
        );
        check(
            version(Comparison::Equal, "1.0"),
            &["1.0.0", "a@1.0+5", "v1.0"],
            &["1.0.1"],
        );
        check(
            ReleaseTest::Package(exact("@scope/shop")),
            &["@scope/shop@1.0"],
            &["1.0", "scope/shop@1.0"],
        );
        check(
            ReleaseTest::Version(vec![Pattern::Wildcard(vec!["1.2.".to_owned(), String::new()])]),
            &["shop@1.2.3+4", "1.2.0"],
            &["shop@1.3.0", "1.2"],
        );
        check(ReleaseTest::Build(exact("a7")), &["shop@1.0+a7"], &["shop@1.0", "a7"]);
        check(
            ReleaseTest::BuildOrder(Comparison::GreaterOrEqual, 421),
            &["shop@1.0+421", "1.0+500"],
            &["shop@1.0+42", "1.0+abc", "1.0"],
        );
    }
}
