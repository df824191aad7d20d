//! Files: of which kind they are.

/// Longer endings are names.
const MAX_EXTENSION: usize = 10;

/// The size in parentheses, which some SDKs add, is no part of the name.
pub(super) fn scrubbed(description: &str) -> String {
    let path = description.split(' ').next().unwrap_or(description);
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && !ending.is_empty() => match extension(ending) {
            "*" | "" => "*".to_owned(),
            extension => format!("*.{extension}"),
        },
        _ => "*".to_owned(),
    }
}

/// An ending as far as it is one: `js` of `js~1`, and a star for what has more than one digit (`mp4` has one).
pub(super) fn extension(ending: &str) -> &str {
    let end = ending
        .find(|letter: char| !letter.is_ascii_alphanumeric())
        .unwrap_or(ending.len());
    let extension = &ending[..end];
    let digits = extension.bytes().filter(u8::is_ascii_digit).count();
    if digits > 1 || extension.len() > MAX_EXTENSION {
        "*"
    } else {
        extension
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn endings() {
        for (description, expected) in [
            ("data.data (42 KB)", "*.data"),
            ("/a/b.c/Info.plist", "*.plist"),
            ("C:\\x\\song.mp4", "*.mp4"),
            ("noextension", "*"),
            ("backup.2024041101", "*"),
            (".hidden", "*"),
            ("a.", "*"),
            ("a.verylongextension", "*"),
        ] {
            assert_eq!(super::scrubbed(description), expected, "{description}");
        }
    }
}
