use percent_encoding::percent_decode;

/// The decoded pairs of a query string or a form body, in order: `+` is a space, a name without `=` has an empty value,
/// bytes that are no UTF-8 are replaced. A leading `?` is skipped.
pub fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let text = text.strip_prefix('?').unwrap_or(text);
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> String {
    let plus = text.replace('+', " ");
    let decoded = percent_decode(plus.as_bytes()).decode_utf8_lossy();
    // U+0000 cannot be stored, and this is another way to write it.
    if decoded.contains('\0') {
        decoded.replace('\0', "\u{fffd}")
    } else {
        decoded.into_owned()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn decodes_pairs() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> = super::pairs(text).collect();
            let pairs: Vec<(&str, &str)> = pairs
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!(pairs, expected, "{text}");
        };
        check(
            "?a=1&b=%20x+y&c&&=d",
            &[("a", "1"), ("b", " x y"), ("c", ""), ("", "d")],
        );
        check("a=b=c&%C3%A9=%ff", &[("a", "b=c"), ("é", "\u{fffd}")]);
        check("a=%00%zz%", &[("a", "\u{fffd}%zz%")]);
        check("", &[]);
    }
}
