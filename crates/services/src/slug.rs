//! Slugs: the names in URLs.

/// Lower-case letters, digits, `-` and `_`, not only digits (those are ids), at most 50.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no slug: use lower-case letters, digits, hyphens and underscores, at most 50, and not digits alone")]
pub struct InvalidSlug(pub String);

pub const MAX_LENGTH: usize = 50;

/// Names that would stand where an organization does in addresses.
const RESERVED: [&str; 22] = [
    "0",
    "_static",
    "accept",
    "account",
    "admin",
    "api",
    "assets",
    "auth",
    "avatar",
    "embed",
    "favicon",
    "health",
    "join",
    "login",
    "logout",
    "manage",
    "new",
    "organizations",
    "settings",
    "setup",
    "sentry",
    "static",
];

/// The slug of an organization: some names are taken.
pub fn check_of_organization(text: &str) -> Result<(), InvalidSlug> {
    if RESERVED.contains(&text) {
        return Err(InvalidSlug(text.to_owned()));
    }
    check(text)
}

pub fn check(text: &str) -> Result<(), InvalidSlug> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let valid = !text.is_empty()
        && text.len() <= MAX_LENGTH
        && text.chars().all(allowed)
        && !text.starts_with('-')
        && text.chars().any(|c| !c.is_ascii_digit());
    if valid {
        Ok(())
    } else {
        Err(InvalidSlug(text.to_owned()))
    }
}

/// A slug made of a name, as `My Shop (EU)` to `my-shop-eu`; `fallback` where nothing is left of it.
pub fn of_name(name: &str, fallback: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= MAX_LENGTH {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if check(slug).is_ok() {
        slug.to_owned()
    } else {
        fallback.to_owned()
    }
}

/// The same slug with a number that is not taken yet: `web`, `web-2`, `web-3`, …
pub fn numbered(slug: &str, number: usize) -> String {
    if number <= 1 {
        return slug.to_owned();
    }
    let suffix = format!("-{number}");
    let kept = &slug[..slug.len().min(MAX_LENGTH - suffix.len())];
    format!("{kept}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_made_and_checked() {
        assert_eq!(of_name("My Shop (EU)", "x"), "my-shop-eu");
        assert_eq!(of_name("  ", "project"), "project");
        assert_eq!(of_name("2026", "project"), "project");
        assert_eq!(of_name(&"é".repeat(60), "project"), "project");
        assert_eq!(numbered("web", 1), "web");
        assert_eq!(numbered(&"a".repeat(50), 12).len(), 50);
        for good in ["a", "my-shop", "v2", "_x"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "12", "-a", "A", "a b", "é", "a/b", &"a".repeat(51)] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
