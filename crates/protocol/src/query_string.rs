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
    percent_decode(plus.as_bytes()).decode_utf8_lossy().into_owned()
}
