//! Tests of what a release's name is made of.

use model::{ReleaseParts, Version};

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
        let parts = ReleaseParts::of(release);
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

#[cfg(test)]
mod tests {
    use super::*;

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
