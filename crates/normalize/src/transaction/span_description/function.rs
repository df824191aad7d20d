//! Names of functions and the like, in which ids may stand.

/// Shorter runs of hex digits are words.
const MIN_HEX: usize = 6;

pub(super) fn scrubbed(description: &str) -> String {
    replaced(description, "*")
}

/// The text with a placeholder for every id: UUIDs, six hex digits or more, two digits or more.
pub(super) fn replaced(text: &str, placeholder: &str) -> String {
    let mut scrubbed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let hex = hex_digits(rest);
        let has_digits = rest[..hex].bytes().any(|byte| byte.is_ascii_digit());
        // Words such as `facade` and `decade` are of hex digits too.
        let is_id = hex >= MIN_HEX && has_digits;
        let length = uuid(rest).or_else(|| is_id.then_some(hex)).or_else(|| number(rest));
        let (kept, taken) = match length {
            Some(length) => (placeholder, length),
            // A whole word at once: letter by letter it would be counted again and again.
            None if !has_digits && hex > 0 => (&rest[..hex], hex),
            None => (&rest[..letter.len_utf8()], letter.len_utf8()),
        };
        scrubbed.push_str(kept);
        rest = &rest[taken..];
    }
    scrubbed
}

fn hex_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_hexdigit).count()
}

fn number(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (digits >= 2).then_some(digits)
}

fn uuid(text: &str) -> Option<usize> {
    const LENGTH: usize = 36;
    let candidate = text.as_bytes().get(..LENGTH)?;
    let fits = candidate.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    fits.then_some(LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_names() {
        for (description, expected) in [
            ("handler", "handler"),
            ("facade.decade", "facade.decade"),
            ("job-8ff81d74-606d-4c75-ac5e-cee65cbbc866-x", "job-*-x"),
            ("sync_0123abcdef", "sync_*"),
            ("step 12 of 3", "step * of 3"),
            ("é1234é", "é*é"),
            ("", ""),
        ] {
            assert_eq!(scrubbed(description), expected, "{description}");
        }
        assert_eq!(replaced("users123", "{%s}"), "users{%s}");
        assert_eq!(scrubbed(&"a".repeat(500_000)).len(), 500_000);
    }
}
