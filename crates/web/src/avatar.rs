use std::fmt;

use askama::filters::HtmlSafe;
use store::users::User;

use crate::{urls, visit::display_name};

/// What stands in the round frame of somebody: the picture that they sent, else letters of their name. A picture of
/// gravatar.com is letters here: pages load nothing from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Picture {
    Letters(String),
    /// By its ident.
    Sent(String),
}

impl Picture {
    /// For whoever has no picture.
    pub(crate) fn of_name(name: &str) -> Self {
        Self::Letters(initials(name))
    }

    pub(crate) fn of_user(user: &User) -> Self {
        match &user.avatar.ident {
            Some(ident) => Self::Sent(ident.clone()),
            None => Self::of_name(&display_name(user)),
        }
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Letters and digits, or a question mark: nothing to be escaped.
            Self::Letters(letters) => f.write_str(letters),
            Self::Sent(ident) => write!(f, r#"<img src="{}" alt="">"#, urls::avatar(ident)),
        }
    }
}

impl HtmlSafe for Picture {}

/// Up to two letters: `Ada Lovelace` and `ada.lovelace@example.com` are `AL`.
fn initials(name: &str) -> String {
    let name = name.split('@').next().unwrap_or(name);
    let words = name
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let letters: String = words
        .filter_map(|word| word.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect();
    if letters.is_empty() { "?".to_owned() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_of_names_and_addresses() {
        for (name, expected) in [
            ("Ada Lovelace", "AL"),
            ("ada.lovelace@example.com", "AL"),
            ("ß", "SS"),
            ("", "?"),
            ("🦊", "?"),
            ("a b c", "AB"),
            ("<b> <i>", "BI"),
        ] {
            assert_eq!(Picture::of_name(name).to_string(), expected);
        }
    }

    #[test]
    fn a_picture_that_was_sent_is_shown() {
        let picture = Picture::Sent("00ff".to_owned());
        assert_eq!(picture.to_string(), r#"<img src="/avatar/00ff/?s=64" alt="">"#);
    }
}
